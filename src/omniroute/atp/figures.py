"""Figures by cell and date, labelled: what is promised from, and read off."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from omniroute._show import aligned, html_table, html_text, told
from omniroute.codes import SHARE_ONE, UNLIMITED
from omniroute.errors import ValidationError
from omniroute.kernels.phased.matrix import earliest_bucket, total_by_bucket
from omniroute.model.atp_rule import AtpRule
from omniroute.model.checks import whole
from omniroute.model.exact import Number, from_scaled
from omniroute.model.quantity import to_quanta
from omniroute.model.timelines import Timelines

I8 = NDArray[np.int64]

#: Most rows and columns a table shows before it leaves some out.
TABLE_ROWS = 20
TABLE_COLUMNS = 10

#: Rules whose figures count what is there by the date; the others count what is new.
_RUNNING = ("net", "net_plus_future", "cumulative", "accumulate", "look_ahead")


@attrs.frozen(eq=False, repr=False, slots=False)
class DatedFigures:
    """Figures by cell and date, labelled: what `AtpSchedule` promises from.

    Parameters
    ----------
    timelines, rule, today, at_confidence, excess
        See `AtpSchedule`.
    """

    _figures: I8
    timelines: Timelines
    rule: AtpRule
    today: int
    at_confidence: int = 0
    excess: I8 | None = attrs.field(default=None, kw_only=True)

    @cached_property
    def quanta(self) -> I8:
        """Figures by cell and date, int64[C, H], read-only.

        Signed; `omniroute.codes.UNLIMITED` from the infinite-supply fence on; in 1/10,000
        quanta where the rule keeps fractions.
        """
        # Kernels are compiled for arrays that can be written to: they get the original.
        shown = self._figures.view()
        shown.flags.writeable = False
        return shown

    @cached_property
    def dates(self) -> tuple[date | datetime, ...]:
        """The first instant of each bucket: dates, where buckets are days."""
        label = self.timelines.buckets.label
        return tuple(label(self.today + t) for t in range(self.rule.horizon_days))

    @property
    def ids(self) -> tuple[Any, ...]:
        """What the cells are called."""
        return self.timelines.ids

    @property
    def values(self) -> NDArray[Any]:
        """Units: the quanta, or float64 where these are not whole units.

        No limit shows as `UNLIMITED`, in float64 as infinity.
        """
        units = 10.0 ** self.timelines.decimals[:, None] * self._scale
        if (units == 1).all():
            return self.quanta
        return np.where(self.quanta == UNLIMITED, np.inf, self.quanta / units)

    def __array__(
        self, dtype: np.dtype[Any] | None = None, copy: bool | None = None
    ) -> NDArray[Any]:
        return np.array(self.values, dtype=dtype, copy=copy)

    def at(self, cell: Any, on: date | datetime | int) -> int | Decimal | float:
        """Return the units of one cell on one date; infinity for no limit.

        Raises
        ------
        ValidationError
            No such cell, or a date outside the horizon.
        """
        c = self.timelines.cell(cell)
        return self.units(int(self.quanta[c, self._column(on, "on")]), c)

    def total(self) -> I8:
        """Return what all cells together can promise, in quanta by date.

        Each cell is clamped at zero first: no cell's surplus makes up for another's
        shortage. Of live stock less than the sum, where some of it is kept back from the
        network as a whole.

        Raises
        ------
        ValidationError
            Cells of items with different decimals.
        """
        if len(np.unique(self.timelines.decimals)) > 1:
            found = self.timelines.decimals.tolist()
            raise ValidationError("timelines", "items of equal decimals", found)
        out = np.empty(self.rule.horizon_days, np.int64)
        total_by_bucket(self._figures, out)
        if self.excess is not None:
            out[out < UNLIMITED] -= self.excess[out < UNLIMITED]
        return out

    def earliest(
        self,
        quantity: Number,
        cell: Any = None,
        after: date | datetime | int | None = None,
    ) -> date | datetime | None:
        """Return the first date on which a cell can promise a quantity whole.

        Parameters
        ----------
        quantity
            Units, above 0.
        cell
            Id of the cell; may be left out where there is one only.
        after
            First date that will do; today by default.

        Returns
        -------
        date or None
            None: on no date of the horizon. A datetime, where buckets are not days.

        Raises
        ------
        ValidationError
            No such cell, not a quantity, or a date outside the horizon.
        """
        c = self._cell(cell)
        quanta = self._quanta(quantity, c)
        out = np.empty(1, np.int64)
        earliest_bucket(self._figures[c : c + 1], quanta, self._after(after), out)
        return None if out[0] < 0 else self.dates[out[0]]

    def earliest_by_cell(
        self, quanta: int, after: date | datetime | int | None = None
    ) -> I8:
        """Return the first column in which each cell can promise a quantity; -1: none.

        Parameters
        ----------
        quanta
            Quanta, above 0.
        after
            First date that will do; today by default.
        """
        wanted = whole(quanta, "quanta", 1, UNLIMITED // SHARE_ONE) * self._scale
        out = np.empty(len(self.ids), np.int64)
        earliest_bucket(self._figures, wanted, self._after(after), out)
        return out

    @property
    def is_running(self) -> bool:
        """Whether figures count what is there by the date, not what is new."""
        return self.rule.name in _RUNNING or self.rule.name == "nearest_receipt"

    def units(self, quanta: int, c: int) -> int | Decimal | float:
        """Return figures of a cell as units; infinity for no limit."""
        if quanta >= UNLIMITED:
            return float("inf")
        places = int(self.timelines.decimals[c])
        if self._scale > 1:
            exact = from_scaled(quanta, places + 4)
            return int(exact) if exact == int(exact) else exact
        return from_scaled(quanta, places) if places else quanta

    def why_withheld(self, _: int) -> tuple[list[tuple[str, I8 | int]], str]:
        """Return the most that each reason withholds of a cell, and who has the rest."""
        return [], "safety"

    def unavailable(self, _: int) -> Mapping[str, int]:
        """Return quanta of a cell that cannot be sold, by reason."""
        return {}

    def table(self, rows: int = TABLE_ROWS, columns: int = TABLE_COLUMNS) -> str:
        """Return the upper left part as aligned text."""
        return aligned(self._cells(rows, columns))

    def _repr_html_(self) -> str:
        cells = self._cells(TABLE_ROWS, TABLE_COLUMNS)
        return html_table(cells) + html_text(repr(self))

    def _cells(self, rows: int, columns: int) -> list[list[str]]:
        more = ["..."] if len(self.dates) > columns else []
        lines = [["", *map(str, self.dates[:columns]), *more]]
        for c, id in enumerate(self.ids[:rows]):
            figures = self.quanta[c, :columns].tolist()
            shown = [told(self.units(figure, c)) for figure in figures]
            lines.append([str(id), *shown, *more])
        if len(self.ids) > rows:
            lines.append(["..."] * len(lines[0]))
        return lines

    @property
    def _scale(self) -> int:
        return SHARE_ONE if self.rule.fractions == "keep" else 1

    def _quanta(self, quantity: Number, c: int, path: str = "quantity") -> int:
        places = int(self.timelines.decimals[c])
        return to_quanta(quantity, places, path) * self._scale

    def _cell(self, cell: Any) -> int:
        if cell is None:
            if len(self.ids) != 1:
                expected = f"the id of a cell, one of {len(self.ids)}"
                hint = f"as in cell={self.ids[0]!r}" if self.ids else "there is none"
                raise ValidationError("cell", expected, cell, hint)
            return 0
        return self.timelines.cell(cell)

    def _after(self, after: date | datetime | int | None) -> int:
        return 0 if after is None else self._column(after, "after")

    def _column(self, on: date | datetime | int, path: str) -> int:
        t = self.timelines.buckets.bucket(on, path) - self.today
        if not 0 <= t < self.rule.horizon_days:
            expected = f"a date from {self.dates[0]} to {self.dates[-1]}"
            raise ValidationError(path, expected, on)
        return t
