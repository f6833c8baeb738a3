"""What is lost by date as supply ends: one cell in every bucket.

Rules that say what is there by a date count what has come. Of what ends, that is as much
too much as could be wanted more at the end of a bucket if nothing ended than can be with
every demand before served by what is there and ends first.
"""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.codes import FOREVER, UNDATED
from omniroute.kernels.arrays import I8
from omniroute.kernels.phased_events import (
    W_BUCKET_S,
    W_ORIGIN_S,
    W_TODAY,
    X_LEFT,
    X_TIME,
    X_UNTIL,
    list_events,
)

# -- whose ends count ------------------------------------------------------------------

#: Nothing's.
OF_NONE = 0
#: What is on its way's; what is there is taken to last.
OF_COMING = 1
OF_ALL = 2


@kernel()
def ends_of(listed: I8, i: int, whose: int) -> int:
    """Instant at which a supply of the list ends, where such ends count."""
    of_now = listed[X_TIME, i] == UNDATED
    if whose == OF_NONE or (of_now and whose == OF_COMING):
        return FOREVER
    return int(listed[X_UNTIL, i])


@kernel()
def first_to_end(listed: I8, size: int, left: I8, at: int, whose: int) -> int:
    """Supply with something left at an instant that ends first; -1 for none."""
    best, soonest = -1, FOREVER
    for i in range(size):
        if listed[X_TIME, i] > at:
            break
        until = ends_of(listed, i, whose)
        if left[i] > 0 and until > at and (best < 0 or until < soonest):
            best, soonest = i, until
    return best


@kernel()
def served(listed: I8, size: int, left: I8, at: int, wanted: int, whose: int) -> int:
    """Take what is there at an instant, of what ends first; returns how much that was."""
    open_ = wanted
    while open_ > 0:
        i = first_to_end(listed, size, left, at, whose)
        if i < 0:
            break
        some = min(open_, left[i])
        left[i] -= some
        open_ -= some
    return wanted - open_


@kernel()
def more_at(listed: I8, size: int, left: I8, at: int, whose: int) -> int:
    """How much more can be wanted at an instant, less what is short without it."""
    for i in range(size):
        left[i] = max(0, listed[X_LEFT, i])
    taken, done = 0, False
    short = 0
    for d in range(size):
        if not done and listed[X_TIME, d] > at:
            taken, done = served(listed, size, left, at, FOREVER, whose), True
        if listed[X_LEFT, d] < 0:
            wanted = -listed[X_LEFT, d]
            short += wanted - served(
                listed, size, left, listed[X_TIME, d], wanted, whose
            )
    if not done:
        taken = served(listed, size, left, at, FOREVER, whose)
    return taken - short


@kernel("i8[,] i8 i8 i8 i8[] i8[] i8[] i8 i8[,] i8[] i8[] i8 i8[]")
def lost_by_date(
    events: I8,
    begin: int,
    end: int,
    on_hand: int,
    words: I8,
    share: I8,
    next_open: I8,
    fence: int,
    listed: I8,
    fates: I8,
    left: I8,
    whose: int,
    out: I8,
) -> None:
    """Write what one cell loses by the end of each bucket. O(H x events squared).

    Parameters
    ----------
    events, words, share, next_open, listed, fates
        As of `kernels.phased.atp_matrix`; the words of a rule that matches by instants and
        looks at ends.
    begin, end
        Where the events of the cell lie.
    on_hand
        What counts of its stock without an end.
    fence
        First bucket of unlimited supply.
    left
        int64[M + 1]: scratch.
    whose
        OF_ALL, or OF_COMING.
    out
        int64[H]. Written.
    """
    size = list_events(
        events, begin, end, on_hand, words, share, next_open, fence, listed, fates
    )
    start = words[W_ORIGIN_S] + words[W_TODAY] * words[W_BUCKET_S]
    for t in range(out.size):
        last = start + (t + 1) * words[W_BUCKET_S] - 1
        with_ends = more_at(listed, size, left, last, whose)
        out[t] = more_at(listed, size, left, last, OF_NONE) - with_ends
