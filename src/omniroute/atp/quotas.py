"""Quotas over dates: what live reservations have used of them, and parts under them."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from omniroute.kernels.stock.book import (
    C_LINES,
    H_CREATED,
    L_OPEN,
    L_OWNER,
    L_SHIPPED,
    L_SKU,
)
from omniroute.model.buckets import Buckets
from omniroute.model.quotas import QuotaBook
from omniroute.stock.state import State

if TYPE_CHECKING:
    from omniroute.atp.schedule import AtpSchedule

I8 = NDArray[np.int64]


def charge(
    book: QuotaBook, state: State, sku: int, channel: str | None, calendar: Buckets
) -> None:
    """Note in a book of quotas what reservations hold of a SKU, or had sent.

    Each on the day on which it was made; what was given back does not count. O(lines).

    Parameters
    ----------
    book
        Modified in place.
    state
        Read, never modified.
    sku
        SKU number.
    channel
        Only what came through this channel; None for all.
    calendar
        When days begin.
    """
    reservations = state.book
    lines = reservations.lines[: reservations.counters[C_LINES]]
    kept = lines[:, L_OPEN] + lines[:, L_SHIPPED]
    some = np.flatnonzero((lines[:, L_SKU] == sku) & (kept > 0))
    owners, kept = lines[some, L_OWNER], kept[some]
    if channel is not None:
        ways = state.aside.through
        number = state.aside.channels.numbers.get(channel, -1)
        its = [ways.get(owner) == number for owner in owners.tolist()]
        owners, kept = owners[its], kept[its]
    made = calendar.wall_column(reservations.heads[owners, H_CREATED], "created")
    buckets = (made - calendar.origin_s) // calendar.length_s
    days, place = np.unique(buckets, return_inverse=True)
    sums = np.zeros(len(days), np.int64)
    np.add.at(sums, place, kept)
    for bucket, quanta in zip(days.tolist(), sums.tolist(), strict=True):
        book.consume(_day(calendar.label(bucket)), quanta)


def partials_under(
    schedule: AtpSchedule,
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
        day = _day(schedule.dates[t])
        figure = int(schedule.quanta[c, t])
        free = figure - taken_before(schedule, out, t)
        part = _part(open_, min(free, book.room(day)), least)
        if part:
            book.consume(day, part)
            out[t] = part
            open_ -= part
    return open_


def partials_in_reach(
    schedule: AtpSchedule,
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
    out[:] = 0
    for t in range(*window):
        free = int(schedule.quanta[c, t]) - taken_before(schedule, out, t)
        part = _part(open_, free, least)
        out[t] = part
        open_ -= part
    return open_


def taken_before(schedule: AtpSchedule, out: I8, t: int) -> int:
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


def _day(label: date | datetime) -> date:
    return label.date() if isinstance(label, datetime) else label
