"""What can be promised on each date: the answer, its parts and its reasons."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from omniroute.atp.explain import explain_cell
from omniroute.atp.explanation import AtpExplanation
from omniroute.atp.figures import DatedFigures
from omniroute.atp.partials import Partials, partials_in_reach, partials_under
from omniroute.atp.windows import partials_of_windows
from omniroute.codes import ATP_EXPIRING
from omniroute.errors import ValidationError
from omniroute.kernels.phased.partials import partial_deliveries
from omniroute.model.checks import whole
from omniroute.model.exact import Number
from omniroute.model.quotas import QuotaBook

I8 = NDArray[np.int64]


@attrs.frozen(eq=False, repr=False, slots=False)
class AtpSchedule(DatedFigures):
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
    >>> from omniroute.model.atp_rule import AtpRule
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
        window = self._window(after, max_late_days)
        quanta = self._quanta(quantity, c)
        least = (
            1 if min_shipment is None else self._quanta(min_shipment, c, "min_shipment")
        )
        out = np.zeros(self.rule.horizon_days, np.int64)
        rest = self._write_parts(c, (quanta, least), window, quotas, out)
        given = [(self.dates[t], self.units(int(out[t]), c)) for t in out.nonzero()[0]]
        return Partials(tuple(given), self.units(int(rest), c))  # type: ignore[arg-type]

    def _window(
        self, after: date | datetime | int | None, max_late_days: int | None
    ) -> tuple[int, int]:
        """Return the columns that may be used: the first, and the one after the last."""
        first, end = self._after(after), self.rule.horizon_days
        if max_late_days is None:
            return first, end
        late = whole(max_late_days, "max_late_days", 0, end)
        return first, min(end, first + late + 1)

    def _write_parts(
        self,
        c: int,
        wanted: tuple[int, int],
        window: tuple[int, int],
        quotas: QuotaBook | None,
        out: I8,
    ) -> int:
        """Write what to deliver on each date into zeros; returns what is open."""
        if quotas is not None:
            self._check_quotas(quotas)
            return partials_under(self, c, wanted, window, quotas, out)
        if self.rule.accumulation_window_days is not None:
            return partials_in_reach(self, c, wanted, window, out)
        quanta, least = wanted
        return self._deliver(c, quanta, window, least, out)

    def _deliver(
        self, c: int, quanta: int, window: tuple[int, int], least: int, out: I8
    ) -> int:
        """Write what to deliver on each date in the way of the rule."""
        if self.rule.number == ATP_EXPIRING:
            return partials_of_windows(self, c, (quanta, least), window, out)
        figures, running = self._figures[c], int(self.is_running)
        return int(partial_deliveries(figures, quanta, *window, least, running, out))

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
        return explain_cell(self, self._cell(cell))

    def __repr__(self) -> str:
        rows, columns = self.quanta.shape
        cells = f"{rows:,} cell{'s' if rows != 1 else ''}"
        dates = f"{columns} date{'s' if columns != 1 else ''} from {self.dates[0]}"
        return f"AtpSchedule({self.rule.name}, {cells} x {dates})"
