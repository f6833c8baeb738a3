"""Timelines of many cells as flat arrays, ready to be asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from omniroute.codes import (
    CELL_ROWS,
    EVENT_ROWS,
    FOREVER,
    L_FIND,
    L_LEAD,
    L_ON_HAND,
    L_SAFETY,
    QUANTITY_MAX,
    SHARE_ONE,
    V_KIND,
    V_LAST,
    V_QUANTITY,
    V_TIME,
    V_UNTIL,
)
from omniroute.errors import OmnirouteError, ValidationError
from omniroute.model.buckets import Buckets
from omniroute.model.timeline import ON_HAND, ORDER, Timeline
from omniroute.model.timeline_columns import (
    by_cell,
    dated_columns,
    fill_buckets,
    numbered,
)
from omniroute.model.timeline_rows import (
    DatedRow,
    cell_figures,
    dated_rows,
    named_timelines,
)

I8 = NDArray[np.int64]


@attrs.frozen(eq=False, repr=False, slots=False)
class Timelines:
    """Timelines of many cells as flat arrays, ready to be asked.

    Made by `Timelines.of` from objects or by `Timelines.from_columns` from arrays.

    Parameters
    ----------
    ids
        What each cell is called.
    buckets
        The calendar.
    events
        int64[6, E]: dated supply and demand (rows ``V_*`` of `omniroute.codes`), cell by
        cell, each by time and supply first.
    pointer
        int64[C + 1]: events of cell c are ``pointer[c]`` to before ``pointer[c + 1]``.
    cells
        int64[4, C]: rows ``L_*``.
    decimals
        int8[C]: decimals of each cell's item.
    supply_types, demand_classes
        Names by number.
    event_ids
        Names of the events for explanations; empty for none.

    Examples
    --------
    >>> from datetime import date
    >>> from omniroute.model.timeline import Supply
    >>> Timelines.of({"N1": Timeline(20), "N2": Timeline(0, [Supply(5, date(2026, 1, 1))])})
    Timelines(2 cells, 1 supply, 0 demands)
    """

    ids: tuple[Any, ...]
    buckets: Buckets
    events: I8
    pointer: I8
    cells: I8
    decimals: NDArray[np.int8]
    supply_types: tuple[str, ...]
    demand_classes: tuple[str, ...]
    event_ids: Sequence[str] = ()

    def __repr__(self) -> str:
        supplies = int(np.count_nonzero(self.events[V_QUANTITY] > 0))
        demands = self.events.shape[1] - supplies
        counts = (
            (len(self.ids), "cell", "cells"),
            (supplies, "supply", "supplies"),
            (demands, "demand", "demands"),
        )
        told = (f"{n:,} {one if n == 1 else many}" for n, one, many in counts)
        return f"Timelines({', '.join(told)})"

    @cached_property
    def most_events(self) -> int:
        """Events of the cell that has most."""
        return int(np.diff(self.pointer).max(initial=0))

    @cached_property
    def expires(self) -> bool:
        """Whether some supply has an end."""
        return bool((self.events[V_LAST] < FOREVER).any())

    def cell(self, id: Any, path: str = "cell") -> int:
        """Return the place of a cell.

        Raises
        ------
        ValidationError
            No cell is called that.
        """
        try:
            return self.ids.index(id)
        except ValueError:
            raise ValidationError(path, "the id of a cell", id) from None

    @classmethod
    def of(
        cls,
        timelines: Timeline | Sequence[Timeline] | Mapping[Any, Timeline],
        buckets: Buckets | None = None,
    ) -> Timelines:
        """Compile timelines of one cell, of several, or by id.

        Parameters
        ----------
        timelines
            One `Timeline`, a sequence (cells are called 0, 1, ...) or a mapping.
        buckets
            The calendar; days in UTC by default.

        Raises
        ------
        ValidationError
            Something else than a `Timeline`, or a time the calendar has no place for.
        """
        named = named_timelines(timelines)
        calendar = buckets or Buckets()
        rows: list[DatedRow] = []
        cells = np.empty((CELL_ROWS, len(named)), np.int64)
        for c, (id, timeline) in enumerate(named.items()):
            cells[:, c] = cell_figures(timeline)
            try:
                rows.extend(dated_rows(c, timeline, calendar))
            except OmnirouteError as error:
                raise error.under(f"timelines[{id!r}]") from None
        rows.sort(key=lambda row: row[:3])
        decimals = [timeline.decimals for timeline in named.values()]
        return cls._of_rows(tuple(named), calendar, rows, cells, decimals)

    @classmethod
    def _of_rows(
        cls,
        ids: tuple[Any, ...],
        calendar: Buckets,
        rows: Sequence[DatedRow],
        cells: I8,
        decimals: Sequence[int],
    ) -> Timelines:
        types = numbered(ON_HAND, (row.kind for row in rows if not row.demand))
        classes = numbered(ORDER, (row.kind for row in rows if row.demand))
        events = np.empty((EVENT_ROWS, len(rows)), np.int64)
        for e, row in enumerate(rows):
            sign, kinds = (-1, classes) if row.demand else (1, types)
            events[V_QUANTITY, e] = sign * row.quantity
            events[V_KIND, e] = kinds[row.kind]
        events[V_TIME] = [row.time for row in rows]
        events[V_UNTIL] = [row.until for row in rows]
        fill_buckets(events, calendar)
        counts = np.bincount([row.cell for row in rows], minlength=len(ids))
        return cls(
            ids,
            calendar,
            events,
            np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            cells,
            np.array(decimals, np.int8),
            tuple(types),
            tuple(classes),
            tuple(row.id for row in rows),
        )

    @classmethod
    def from_columns(
        cls,
        ids: Sequence[Any],
        supply: Mapping[str, Any],
        demand: Mapping[str, Any],
        on_hand: Any = 0,
        safety: Any = 0,
        buckets: Buckets | None = None,
    ) -> Timelines:
        """Compile timelines of many cells from columns of whole quanta.

        Parameters
        ----------
        ids
            What each cell is called.
        supply, demand
            Columns of equal length: ``cell`` (place in ``ids``), ``at``, ``quantity``
            (whole quanta above 0), and if wanted ``kind`` (a name each: supply type or
            demand class) and, for supply, ``until``. ``at`` is ``datetime64`` on the
            calendar's wall clock, whole seconds UTC, or a sequence of dates.
        on_hand, safety
            Whole quanta by cell, or one figure for all.
        buckets
            The calendar; days in UTC by default.

        Raises
        ------
        ValidationError
            A column is missing, too short or holds what it cannot; the path says where.

        Examples
        --------
        >>> at = np.array(["2026-01-05", "2026-01-09"], "datetime64[D]")
        >>> supply = {"cell": [0, 1], "at": at, "quantity": [4, 6]}
        >>> Timelines.from_columns(["N1", "N2"], supply, {}, on_hand=[1, 0])
        Timelines(2 cells, 2 supplies, 0 demands)
        """
        calendar = buckets or Buckets()
        cells = np.empty((CELL_ROWS, len(ids)), np.int64)
        cells[L_ON_HAND] = by_cell(on_hand, len(ids), "on_hand", -QUANTITY_MAX)
        cells[L_SAFETY] = by_cell(safety, len(ids), "safety", 0)
        cells[L_LEAD], cells[L_FIND] = FOREVER, SHARE_ONE
        plus, types = dated_columns(supply, "supply", len(ids), calendar, ON_HAND)
        minus, classes = dated_columns(demand, "demand", len(ids), calendar, ORDER)
        minus[V_QUANTITY + 1] *= -1
        both = np.concatenate([plus, minus], axis=1)
        # Stable: supply was put first, and so comes first at equal times.
        order = np.lexsort((both[V_TIME + 1], both[0]))
        both = both[:, order]
        events = np.ascontiguousarray(both[1:])
        fill_buckets(events, calendar)
        counts = np.bincount(both[0], minlength=len(ids))
        return cls(
            tuple(ids),
            calendar,
            events,
            np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            cells,
            np.zeros(len(ids), np.int8),
            types,
            classes,
        )
