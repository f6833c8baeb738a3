"""One request in parts over dates, each as early as it can be promised."""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.codes import UNLIMITED
from omniroute.kernels.arrays import I8
from omniroute.kernels.phased.events import X_BUCKET, X_LAST, X_LEFT


@kernel()
def part_of(open_: int, free: int, least: int) -> int:
    """How much of what is open to deliver where so much is free; 0: wait.

    No part is below ``least``, nor is what it leaves for later, unless all of the
    request is.
    """
    take = min(open_, max(0, free))
    if 0 < open_ - take < least:
        take = open_ - least
    if take < open_ and take < least:
        return 0
    return take


@kernel("i8[] i8 i8 i8 i8 i8 i8[]")
def partial_deliveries(
    atp: I8,
    quantity: int,
    first: int,
    end: int,
    least: int,
    running: int,
    out: I8,
) -> int:
    """Write what to deliver in each bucket; returns what stays open. O(H).

    Parameters
    ----------
    atp
        int64[H]: what one cell can promise; read.
    quantity
        Wanted.
    first, end
        Buckets that may be used, from ``first`` to before ``end``.
    least
        Least quantity of a part.
    running
        1 where ``atp`` counts what is there by then, so that earlier parts come off it.
    out
        int64[H]. Written.
    """
    open_ = quantity
    for t in range(out.size):
        out[t] = 0
    for t in range(first, end):
        free = atp[t] - (quantity - open_ if running else 0)
        take = part_of(open_, free, least)
        out[t] = take
        open_ -= take
    return int(open_)


@kernel()
def free_in(listed: I8, t: int) -> int:
    """What is left of the supplies that can be used in a bucket."""
    free = 0
    for i in range(listed.shape[1]):
        if listed[X_LEFT, i] > 0 and listed[X_BUCKET, i] <= t < listed[X_LAST, i]:
            free += listed[X_LEFT, i]
    return free


@kernel()
def take_in(listed: I8, t: int, quantity: int) -> None:
    """Take units in a bucket: of what ends first, then of what came last."""
    while quantity > 0:
        best = -1
        for i in range(listed.shape[1]):
            if listed[X_LEFT, i] > 0 and listed[X_BUCKET, i] <= t < listed[X_LAST, i]:
                if best < 0 or listed[X_LAST, i] <= listed[X_LAST, best]:
                    best = i
        if best < 0:
            return
        take = min(quantity, listed[X_LEFT, best])
        listed[X_LEFT, best] -= take
        quantity -= take


@kernel("i8[,] i8 i8 i8 i8 i8 i8 i8[]")
def partial_windows(
    listed: I8,
    safety: int,
    fence: int,
    quantity: int,
    first: int,
    end: int,
    least: int,
    out: I8,
) -> int:
    """As `partial_deliveries`, from supplies that end: returns what stays open.

    Parameters
    ----------
    listed
        int64[LIST_ROWS, n]: events of a cell after matching. Modified in place.
    safety
        Held back in each bucket.
    fence
        First bucket of unlimited supply.
    quantity, first, end, least, out
        As for `partial_deliveries`.
    """
    open_ = quantity
    for t in range(out.size):
        out[t] = 0
    for t in range(first, end):
        free = UNLIMITED if t >= fence else free_in(listed, t) - safety
        take = part_of(open_, free, least)
        if t < fence:
            take_in(listed, t, take)
        out[t] = take
        open_ -= take
    return int(open_)
