"""A quantity in parts, each as early as the figures and quotas let it be promised."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import attrs
import numpy as np
from numpy.typing import NDArray

from omniroute._show import aligned, html_table
from omniroute.atp.figures import DatedFigures
from omniroute.model.buckets import day_of_label
from omniroute.model.quotas import QuotaBook

I8 = NDArray[np.int64]


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


def partials_under(
    schedule: DatedFigures,
    c: int,
    wanted: tuple[int, int],
    window: tuple[int, int],
    quotas: QuotaBook,
    out: I8,
) -> int:
    """Write the parts of a request by bucket, none beyond a quota; returns what is open.

    Parameters
    ----------
    schedule
        What can be promised; a rule whose figures may be added up over dates, or that
        count what is there by the date.
    c
        The cell.
    wanted
        Quanta, and the least of a part.
    window
        Buckets that may be used: the first, and the one after the last.
    quotas
        What is left of the quotas; not modified.
    out
        int64[H] of zeros. Written.
    """
    quantity, least = wanted
    book = quotas.copy()
    open_ = quantity
    for t in range(*window):
        day = day_of_label(schedule.dates[t])
        figure = int(schedule.quanta[c, t])
        free = figure - taken_before(schedule, out, t)
        part = _part(open_, min(free, book.room(day)), least)
        if part:
            book.consume(day, part)
            out[t] = part
            open_ -= part
    return open_


def partials_in_reach(
    schedule: DatedFigures,
    c: int,
    wanted: tuple[int, int],
    window: tuple[int, int],
    out: I8,
) -> int:
    """Write what to deliver where a surplus can be used for some days only.

    As `kernels.phased.partials.partial_deliveries`; returns what stays open. Parts of
    days whose surplus is out of reach take nothing from this one: any run of days gets
    no more than the surpluses that they reach.
    """
    open_, least = wanted
    for t in range(*window):
        free = int(schedule.quanta[c, t]) - taken_before(schedule, out, t)
        part = _part(open_, free, least)
        out[t] = part
        open_ -= part
    return open_


def taken_before(schedule: DatedFigures, out: I8, t: int) -> int:
    """Return what earlier parts have had of a date's figure."""
    if not schedule.is_running:
        return 0
    reach = schedule.rule.accumulation_window_days
    return int(out[0 if reach is None else max(0, t - reach) : t].sum())


def _part(open_: int, free: int, least: int) -> int:
    """As `kernels.phased.partials.part_of`, which only kernels can call."""
    take = min(open_, max(0, free))
    if 0 < open_ - take < least:
        take = open_ - least
    return 0 if take < open_ and take < least else take
