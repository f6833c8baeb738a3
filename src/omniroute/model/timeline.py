"""What is there and what is dated: supplies and demands of one cell, or of many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cached_property
from typing import Any, Final, NamedTuple, TypeAlias

import attrs
import numpy as np
from attrs import field
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
    UNDATED,
    V_BUCKET,
    V_KIND,
    V_LAST,
    V_QUANTITY,
    V_TIME,
    V_UNTIL,
)
from omniroute.errors import OmnirouteError, ValidationError
from omniroute.model.atp_rule import DAYS_MAX, share
from omniroute.model.buckets import Buckets
from omniroute.model.checks import text, whole
from omniroute.model.exact import Number
from omniroute.model.item import DECIMALS_MAX
from omniroute.model.quantity import check_quantity, to_quanta

I8 = NDArray[np.int64]
#: A date, an aware datetime, whole seconds UTC; None for now.
When: TypeAlias = "date | datetime | int | None"

#: The type of what is there, and the default type of what is not there yet.
ON_HAND: Final = "on_hand"
INBOUND: Final = "inbound"
#: The default class of a demand.
ORDER: Final = "order"


def _when(value: Any, path: str) -> Any:
    if value is not None:
        Buckets().wall_s(value, path)
    return value


def _at(value: Any) -> Any:
    return _when(value, "at")


def _until(value: Any) -> Any:
    return _when(value, "until")


def _quantity(value: Number) -> Number:
    check_quantity(value, "quantity")
    return value


def _type(value: Any) -> Any:
    return None if value is None else text(value, "type")


def _id(value: Any) -> str | None:
    return None if value is None else text(value, "id")


def _class(value: Any) -> str:
    return text(value, "demand_class")


@attrs.frozen
class Supply:
    """Units that are there, or will be.

    Parameters
    ----------
    quantity
        Units, above 0.
    at
        From when on they can be used: a date, an aware datetime or seconds UTC. A date
        in the past is an overdue receipt. None: they are on hand.
    type
        Name of a supply type, for confidence and considerations; ``"on_hand"`` without
        a date, else ``"inbound"``.
    until
        First instant at which they can no longer be used: the window is [at, until).
        None: they do not expire. Rule ``expiring`` matches by it; every rule leaves out
        what has ended by today.
    id
        What explanations call it.

    Raises
    ------
    ValidationError
        One of these cannot be, or the window is empty.

    Examples
    --------
    >>> Supply(20, date(2026, 10, 10), "purchase_order").type
    'purchase_order'
    """

    quantity: Number = field(converter=_quantity)
    at: When = field(default=None, converter=_at)
    type: str = field(default=None, converter=_type)
    until: When = field(default=None, converter=_until)
    id: str | None = field(default=None, converter=_id)

    def __attrs_post_init__(self) -> None:
        if self.type is None:
            kind = ON_HAND if self.at is None else INBOUND
            object.__setattr__(self, "type", kind)
        if (self.type == ON_HAND) != (self.at is None):
            expected = f"no date for {ON_HAND!r}, and one for every other type"
            raise ValidationError("at", expected, self.at)
        if self.at is None or self.until is None:
            return
        days = Buckets()
        if days.wall_s(self.until, "until") <= days.wall_s(self.at, "at"):
            raise ValidationError("until", f"a time after {self.at}", self.until)


@attrs.frozen
class Demand:
    """Units that somebody needs.

    Parameters
    ----------
    quantity
        Units, above 0.
    at
        When they are needed: a date, an aware datetime or seconds UTC; in the past for
        an overdue issue. None: today.
    demand_class
        Name of its class, for considerations.
    id
        What explanations call it.

    Raises
    ------
    ValidationError
        One of these cannot be.

    Examples
    --------
    >>> Demand(3, date(2026, 10, 10)).demand_class
    'order'
    """

    quantity: Number = field(converter=_quantity)
    at: When = field(default=None, converter=_at)
    demand_class: str = field(default=ORDER, converter=_class)
    id: str | None = field(default=None, converter=_id)


def _members(value: Any, kind: type, path: str) -> tuple[Any, ...]:
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        raise ValidationError(path, f"a sequence of {kind.__name__}", value)
    found = tuple(value)
    for i, member in enumerate(found):
        if not isinstance(member, kind):
            raise ValidationError(f"{path}[{i}]", f"a {kind.__name__}", member)
    return found


def _supplies(value: Iterable[Supply]) -> tuple[Supply, ...]:
    return _members(value, Supply, "supplies")


def _demands(value: Iterable[Demand]) -> tuple[Demand, ...]:
    return _members(value, Demand, "demands")


def _lead_time(value: Any) -> int | None:
    return None if value is None else whole(value, "lead_time_days", 0, DAYS_MAX)


def _decimals(value: Any) -> int:
    return whole(value, "decimals", 0, DECIMALS_MAX)


def _find(value: Any) -> Number:
    share(value, "find_probability")
    return value  # type: ignore[no-any-return]


@attrs.frozen
class Timeline:
    """What one cell has and what is dated there.

    Parameters
    ----------
    on_hand
        Units there, fit for sale; may be negative where a till sold what no record
        knew of.
    supplies, demands
        What is dated, in any order; past-due included.
    safety
        Units held back from promising.
    decimals
        The item's decimals, 0 to 3.
    lead_time_days
        Replenishment lead time, for rules whose fence follows it.
    find_probability
        Chance that a pick finds its units, from 0 to 1.

    Raises
    ------
    ValidationError
        One of these cannot be; the path says which.

    Examples
    --------
    >>> cell = Timeline(20, [Supply(10, date(2022, 2, 3))], [Demand(3, date(2022, 2, 1))])
    >>> cell.supplies[0].quantity
    10
    >>> Timeline(20, [Demand(3)])
    Traceback (most recent call last):
        ...
    omniroute.errors.ValidationError: supplies[0]: expected a Supply, found \
Demand(quantity=3, at=None, demand_class='order', id=None)
    """

    on_hand: Number = 0
    supplies: tuple[Supply, ...] = field(default=(), converter=_supplies)
    demands: tuple[Demand, ...] = field(default=(), converter=_demands)
    safety: Number = 0
    decimals: int = field(default=0, converter=_decimals)
    lead_time_days: int | None = field(default=None, converter=_lead_time)
    find_probability: Number = field(default=1, converter=_find)

    def __attrs_post_init__(self) -> None:
        to_quanta(self.on_hand, self.decimals, "on_hand", positive=False)
        if to_quanta(self.safety, self.decimals, "safety", positive=False) < 0:
            raise ValidationError("safety", "a number not below 0", self.safety)
        for path, members in (("supplies", self.supplies), ("demands", self.demands)):
            for i, member in enumerate(members):
                to_quanta(member.quantity, self.decimals, f"{path}[{i}].quantity")  # type: ignore[attr-defined]


class _Row(NamedTuple):
    """One event on its way into the arrays."""

    cell: int
    time: int
    demand: bool
    quantity: int
    kind: str
    until: int
    id: str


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
    event_ids: tuple[str, ...] = ()

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
        named = _named(timelines)
        calendar = buckets or Buckets()
        rows: list[_Row] = []
        cells = np.empty((CELL_ROWS, len(named)), np.int64)
        for c, (id, timeline) in enumerate(named.items()):
            cells[:, c] = _cell(timeline)
            try:
                rows.extend(_rows(c, timeline, calendar))
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
        rows: Sequence[_Row],
        cells: I8,
        decimals: Sequence[int],
    ) -> Timelines:
        types = _numbered(ON_HAND, (row.kind for row in rows if not row.demand))
        classes = _numbered(ORDER, (row.kind for row in rows if row.demand))
        events = np.empty((EVENT_ROWS, len(rows)), np.int64)
        for e, row in enumerate(rows):
            sign, kinds = (-1, classes) if row.demand else (1, types)
            events[V_QUANTITY, e] = sign * row.quantity
            events[V_KIND, e] = kinds[row.kind]
        events[V_TIME] = [row.time for row in rows]
        events[V_UNTIL] = [row.until for row in rows]
        _fill_buckets(events, calendar)
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
        cells[L_ON_HAND] = _by_cell(on_hand, len(ids), "on_hand", -QUANTITY_MAX)
        cells[L_SAFETY] = _by_cell(safety, len(ids), "safety", 0)
        cells[L_LEAD], cells[L_FIND] = FOREVER, SHARE_ONE
        plus, types = _columns(supply, "supply", len(ids), calendar, ON_HAND)
        minus, classes = _columns(demand, "demand", len(ids), calendar, ORDER)
        minus[V_QUANTITY + 1] *= -1
        both = np.concatenate([plus, minus], axis=1)
        # Stable: supply was put first, and so comes first at equal times.
        order = np.lexsort((both[V_TIME + 1], both[0]))
        both = both[:, order]
        events = np.ascontiguousarray(both[1:])
        _fill_buckets(events, calendar)
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


def _named(timelines: Any) -> dict[Any, Timeline]:
    if isinstance(timelines, Timeline):
        return {0: timelines}
    if isinstance(timelines, Mapping):
        named = dict(timelines)
    elif isinstance(timelines, Iterable) and not isinstance(timelines, str):
        named = dict(enumerate(timelines))
    else:
        raise ValidationError("timelines", "a Timeline, or some of them", timelines)
    for id, member in named.items():
        if not isinstance(member, Timeline):
            raise ValidationError(f"timelines[{id!r}]", "a Timeline", member)
    return named


def _cell(timeline: Timeline) -> list[int]:
    places = timeline.decimals
    lead = timeline.lead_time_days
    found = [0] * CELL_ROWS
    found[L_ON_HAND] = to_quanta(timeline.on_hand, places, "on_hand", positive=False)
    found[L_SAFETY] = to_quanta(timeline.safety, places, "safety", positive=False)
    found[L_LEAD] = FOREVER if lead is None else lead
    found[L_FIND] = share(timeline.find_probability, "find_probability")
    return found


def _rows(c: int, timeline: Timeline, calendar: Buckets) -> Iterable[_Row]:
    for i, one in enumerate(timeline.supplies):
        path = f"supplies[{i}]"
        time, until = UNDATED, FOREVER
        if one.at is not None:
            time = calendar.wall_s(one.at, f"{path}.at")
        if one.until is not None:
            until = calendar.wall_s(one.until, f"{path}.until")
        if until <= time:
            raise ValidationError(f"{path}.until", f"a time after {one.at}", one.until)
        quanta = to_quanta(one.quantity, timeline.decimals, f"{path}.quantity")
        yield _Row(c, time, False, quanta, one.type, until, one.id or "")
    for i, need in enumerate(timeline.demands):
        path = f"demands[{i}]"
        time = UNDATED
        if need.at is not None:
            time = calendar.wall_s(need.at, f"{path}.at")
        quanta = to_quanta(need.quantity, timeline.decimals, f"{path}.quantity")
        yield _Row(c, time, True, quanta, need.demand_class, FOREVER, need.id or "")


def _numbered(first: str, names: Iterable[str]) -> dict[str, int]:
    """Numbers of names: the one that always is 0, then as they come."""
    found = {first: 0}
    for name in names:
        found.setdefault(name, len(found))
    return found


def _fill_buckets(events: I8, calendar: Buckets) -> None:
    """Write the buckets that belong to the times."""
    for times, place, none in (
        (V_TIME, V_BUCKET, UNDATED),
        (V_UNTIL, V_LAST, FOREVER),
    ):
        bucket = (events[times] - calendar.origin_s) // calendar.length_s
        events[place] = np.where(events[times] == none, none, bucket)


def _by_cell(value: Any, count: int, path: str, low: int) -> I8:
    """Whole quanta by cell."""
    found = np.asarray(value)
    if found.dtype.kind not in "iu" or found.shape not in ((), (count,)):
        raise ValidationError(path, f"whole quanta, one or {count} of them", value)
    found = np.broadcast_to(found.astype(np.int64), (count,))
    wrong = (found < low) | (found > QUANTITY_MAX)
    if wrong.any():
        c = int(wrong.argmax())
        expected = f"quanta from {low} to {QUANTITY_MAX}"
        raise ValidationError(f"{path}[{c}]", expected, int(found[c]))
    return found


def _columns(
    frame: Mapping[str, Any], path: str, cells: int, calendar: Buckets, first: str
) -> tuple[I8, tuple[str, ...]]:
    """Columns of a frame under a row of cells, and the names of the kinds."""
    if not frame:
        return np.empty((EVENT_ROWS + 1, 0), np.int64), (first,)
    known = {"cell", "at", "quantity", "kind", "until"}
    for name in ("cell", "at", "quantity"):
        if name not in frame:
            raise ValidationError(path, f"a column {name!r}", sorted(frame))
    for name in frame:
        if name not in known or (name == "until" and path == "demand"):
            raise ValidationError(f"{path}.{name}", "no such column", name)
    cell = _whole_column(frame["cell"], f"{path}.cell", 0, cells - 1)
    found = np.empty((EVENT_ROWS + 1, len(cell)), np.int64)
    found[0] = cell
    quantity = _whole_column(frame["quantity"], f"{path}.quantity", 1, QUANTITY_MAX)
    found[V_QUANTITY + 1] = _as_long(quantity, len(cell), f"{path}.quantity")
    time = calendar.wall_column(frame["at"], f"{path}.at")
    found[V_TIME + 1] = _as_long(time, len(cell), f"{path}.at")
    found[V_UNTIL + 1] = FOREVER
    if "until" in frame:
        until = calendar.wall_column(frame["until"], f"{path}.until")
        found[V_UNTIL + 1] = _as_long(until, len(cell), f"{path}.until")
        wrong = found[V_UNTIL + 1] <= found[V_TIME + 1]
        if wrong.any():
            i = int(wrong.argmax())
            raise ValidationError(
                f"{path}.until[{i}]", "a time after `at`", frame["until"][i]
            )
    names = [first if path == "demand" else INBOUND] * len(cell)
    if "kind" in frame:
        names = [
            text(name, f"{path}.kind[{i}]") for i, name in enumerate(frame["kind"])
        ]
        _as_long(np.array(names), len(cell), f"{path}.kind")
    numbers = _numbered(first, dict.fromkeys(names))
    found[V_KIND + 1] = [numbers[name] for name in names]
    return found, tuple(numbers)


def _whole_column(column: Any, path: str, low: int, high: int) -> I8:
    found = np.asarray(column)
    if found.dtype.kind not in "iu" or found.ndim != 1:
        raise ValidationError(path, "a column of whole numbers", column)
    wrong = (found < low) | (found > high)
    if wrong.any():
        i = int(wrong.argmax())
        expected = f"a whole number from {low} to {high}"
        raise ValidationError(f"{path}[{i}]", expected, int(found[i]))
    return found.astype(np.int64)


def _as_long(column: NDArray[Any], length: int, path: str) -> NDArray[Any]:
    if len(column) != length:
        raise ValidationError(path, f"a column of {length} rows", len(column))
    return column
