"""Quotas over dates: what live reservations have used of them."""

from __future__ import annotations

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
from omniroute.model.buckets import Buckets, day_of_label
from omniroute.model.quotas import QuotaBook
from omniroute.stock.state import State

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
        book.consume(day_of_label(calendar.label(bucket)), quanta)
