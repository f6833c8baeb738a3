"""What can be promised on each date: the answer, and what is read off it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from omniroute._show import aligned, html_table, html_text, told
from omniroute.atp.quotas import partials_in_reach, partials_under
from omniroute.atp.windows import partials_of_windows
from omniroute.codes import ATP_EXPIRING, SHARE_ONE, UNLIMITED
from omniroute.errors import ValidationError
from omniroute.kernels.phased.matrix import earliest_bucket, total_by_bucket
from omniroute.kernels.phased.partials import partial_deliveries
from omniroute.model.atp_rule import AtpRule
from omniroute.model.checks import whole
from omniroute.model.exact import Number, from_scaled
from omniroute.model.quantity import to_quanta
from omniroute.model.quotas import QuotaBook
from omniroute.model.timelines import Timelines

if TYPE_CHECKING:
    from omniroute.atp.explain import AtpExplanation

I8 = NDArray[np.int64]

#: Most rows and columns a table shows before it leaves some out.
TABLE_ROWS = 20
TABLE_COLUMNS = 10

#: Rules whose figures count what is there by the date; the others count what is new.
_RUNNING = ("net", "net_plus_future", "cumulative", "accumulate", "look_ahead")


@attrs.frozen
class Partials:
    """A quantity delivered in parts.

    Parameters
    ----------
    deliveries
        Date and units of each, earliest first.
    open
        Units that no date can promise.

    Examples
    --------
    >>> print(Partials(((date(2026, 1, 5), 6),), 4))
    6 on 2026-01-05; 4 open
    """

    deliveries: tuple[tuple[date | datetime, int | Decimal], ...]
    open: int | Decimal

    @property
    def confirmed(self) -> int | Decimal:
        """Units that are promised, all dates together."""
        return sum((quantity for _, quantity in self.deliveries), 0)

    def __str__(self) -> str:
        told = [f"{quantity} on {at}" for at, quantity in self.deliveries]
        return "; ".join([*told, *([f"{self.open} open"] if self.open else [])])

    def table(self) -> str:
        """Return the deliveries as aligned text."""
        lines = [["date", "units"], *([str(at), str(q)] for at, q in self.deliveries)]
        return aligned([*lines, *([["open", str(self.open)]] if self.open else [])])

    def _repr_html_(self) -> str:
        lines = [["date", "units"], *([str(at), str(q)] for at, q in self.deliveries)]
        return html_table([*lines, ["open", str(self.open)]])


@attrs.frozen(eq=False, repr=False, slots=False)
class AtpSchedule:
    """What cells can promise by date, labelled.

    Its figures are ``quanta``.

    Parameters
    ----------
    timelines
        What was asked about.
    rule
        The rule.
    today
        Bucket of the first date since the calendar's origin.
    at_confidence
        Least find probability of a cell that counts, in 1/10,000.
    excess
        int64[H]: what all cells together promise less than the sum of their figures,
        where they share what the network has left; None for nothing.

    Examples
    --------
    >>> from omniroute.atp.by_date import atp_by_date
    >>> from omniroute.model.timeline import Supply, Timeline
    >>> cell = Timeline(5, [Supply(4, date(2026, 1, 3))], safety=1)
    >>> found = atp_by_date(
    ...     {"N1": cell}, AtpRule(horizon_days=4), today=date(2026, 1, 1)
    ... )
    >>> found
    AtpSchedule(look_ahead, 1 cell x 4 dates from 2026-01-01)
    >>> print(found.table())
        2026-01-01  2026-01-02  2026-01-03  2026-01-04
    N1           4           4           8           8
    >>> found.earliest(6), found.at("N1", date(2026, 1, 2))
    (datetime.date(2026, 1, 3), 4)
    >>> print(found.partials(10))
    4 on 2026-01-01; 4 on 2026-01-03; 2 open
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

    def partials(
        self,
        quantity: Number,
        cell: Any = None,
        after: date | datetime | int | None = None,
        max_late_days: int | None = None,
        min_shipment: Number | None = None,
        quotas: QuotaBook | None = None,
    ) -> Partials:
        """Return a quantity in parts, each as early as it can be promised.

        Parameters
        ----------
        quantity
            Units, above 0.
        cell
            Id of the cell; may be left out where there is one only.
        after
            Date asked for; today by default.
        max_late_days
            Days after that on which a part may still come; None: to the horizon.
        min_shipment
            Least units of a part; a smaller request comes in one.
        quotas
            Confirm no more in a day, week or month than these have room for; they stay
            as they are. Not under rule ``expiring``, nor where fractions are kept.

        Raises
        ------
        ValidationError
            No such cell, not a quantity, a date outside the horizon, or quotas that do
            not go with the rule.
        """
        c = self._cell(cell)
        first, end = self._after(after), self.rule.horizon_days
        if max_late_days is not None:
            late = whole(max_late_days, "max_late_days", 0, end)
            end = min(end, first + late + 1)
        quanta = self._quanta(quantity, c)
        least = (
            1 if min_shipment is None else self._quanta(min_shipment, c, "min_shipment")
        )
        out = np.empty(self.rule.horizon_days, np.int64)
        if quotas is not None:
            out[:] = 0
            self._check_quotas(quotas)
            window = first, end
            rest = partials_under(self, c, (quanta, least), window, quotas, out)
        elif self.rule.accumulation_window_days is not None:
            rest = partials_in_reach(self, c, (quanta, least), (first, end), out)
        else:
            rest = self._deliver(c, quanta, (first, end), least, out)
        given = [(self.dates[t], self.units(int(out[t]), c)) for t in out.nonzero()[0]]
        return Partials(tuple(given), self.units(int(rest), c))  # type: ignore[arg-type]

    def _deliver(
        self, c: int, quanta: int, window: tuple[int, int], least: int, out: I8
    ) -> int:
        """Write what to deliver on each date; returns what is open."""
        if self.rule.number == ATP_EXPIRING:
            return partials_of_windows(self, c, quanta, *window, least, out)
        figures, running = self._figures[c], int(self.is_running)
        return int(partial_deliveries(figures, quanta, *window, least, running, out))

    @property
    def is_running(self) -> bool:
        """Whether figures count what is there by the date, not what is new."""
        return self.rule.name in _RUNNING or self.rule.name == "nearest_receipt"

    def _check_quotas(self, quotas: QuotaBook) -> None:
        if not isinstance(quotas, QuotaBook):
            raise ValidationError("quotas", "a QuotaBook", quotas)
        if self.rule.number == ATP_EXPIRING or self._scale > 1:
            expected = "None under rule expiring, and where fractions are kept"
            raise ValidationError("quotas", expected, quotas)

    def explain(self, cell: Any = None) -> AtpExplanation:
        """Return why: every term by date, what was withheld, who is served by what.

        Parameters
        ----------
        cell
            Id of the cell; may be left out where there is one only.

        Raises
        ------
        ValidationError
            No such cell.
        """
        # Explanations show tables as schedules do, and so import from here.
        from omniroute.atp.explain import explain_cell  # noqa: PLC0415

        return explain_cell(self, self._cell(cell))

    def why_withheld(self, _: int) -> tuple[list[tuple[str, I8 | int]], str]:
        """Return the most that each reason withholds of a cell, and who has the rest."""
        return [], "safety"

    def unavailable(self, _: int) -> Mapping[str, int]:
        """Return quanta of a cell that cannot be sold, by reason."""
        return {}

    def units(self, quanta: int, c: int) -> int | Decimal | float:
        """Return figures of a cell as units; infinity for no limit."""
        if quanta >= UNLIMITED:
            return float("inf")
        places = int(self.timelines.decimals[c])
        if self._scale > 1:
            exact = from_scaled(quanta, places + 4)
            return int(exact) if exact == int(exact) else exact
        return from_scaled(quanta, places) if places else quanta

    def __repr__(self) -> str:
        rows, columns = self.quanta.shape
        cells = f"{rows:,} cell{'s' if rows != 1 else ''}"
        dates = f"{columns} date{'s' if columns != 1 else ''} from {self.dates[0]}"
        return f"AtpSchedule({self.rule.name}, {cells} x {dates})"

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
