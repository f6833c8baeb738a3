"""Matching single receipts and issues: pegging, considerations, and rules A10 and A11.

All of it works on a cell's *list* of events (`phased_events.list_events`): sorted by the
time at which they count, supply before demand.
"""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.codes import FOREVER, Fate
from omniroute.kernels.arrays import I8
from omniroute.kernels.phased.events import (
    W_ASKED,
    W_FORWARD,
    X_BUCKET,
    X_EVENT,
    X_KIND,
    X_LAST,
    X_LEFT,
    X_TIME,
    X_UNTIL,
)

# -- rows of the pegs, int64[PEG_ROWS, n] ----------------------------------------------

#: Places of the demand and of the supply among the timeline's events; -1: on hand.
G_DEMAND = 0
G_SUPPLY = 1
G_QUANTITY = 2
PEG_ROWS = 3

_NOT_USABLE = int(Fate.NOT_USABLE)
_ELSEWHERE = int(Fate.ELSEWHERE)


@kernel()
def usable_now(listed: I8, i: int, d: int) -> bool:
    """Whether a supply has something left for a demand, and has not ended by then."""
    ended = listed[X_UNTIL, i] <= listed[X_TIME, d]
    return bool(listed[X_LEFT, i] > 0 and not ended)


@kernel()
def peg(listed: I8, i: int, d: int, pegs: I8, found: int) -> int:
    """Give a demand what a supply has left for it; returns the pegs there are now."""
    take = min(listed[X_LEFT, i], -listed[X_LEFT, d])
    listed[X_LEFT, i] -= take
    listed[X_LEFT, d] += take
    pegs[G_DEMAND, found] = listed[X_EVENT, d]
    pegs[G_SUPPLY, found] = listed[X_EVENT, i]
    pegs[G_QUANTITY, found] = take
    return found + 1


@kernel()
def best_before(listed: I8, d: int, usable: I8, without: I8, check: bool) -> int:
    """Supply that a demand takes next of those before it; -1 for none.

    The one that ends first; among those, and where nothing ends, the nearest. With
    ``check``, supplies whose type is in ``without`` are left alone.
    """
    best = -1
    until = FOREVER
    for i in range(d - 1, -1, -1):
        kind = listed[X_KIND, i]
        if not usable_now(listed, i, d) or not usable[listed[X_KIND, d], kind]:
            continue
        if check and without[kind]:
            continue
        if best < 0 or listed[X_UNTIL, i] < until:
            best, until = i, listed[X_UNTIL, i]
    return best


@kernel()
def peg_backward(
    listed: I8, size: int, usable: I8, without: I8, check: bool, pegs: I8, found: int
) -> int:
    """Give each demand, in order of time, what was there before it."""
    for d in range(size):
        while listed[X_LEFT, d] < 0:
            i = best_before(listed, d, usable, without, check)
            if i < 0:
                break
            found = peg(listed, i, d, pegs, found)
    return found


@kernel()
def peg_forward(
    listed: I8, size: int, usable: I8, words: I8, pegs: I8, found: int
) -> int:
    """Give what is still uncovered the receipts of the days after it, in order."""
    for d in range(size):
        i = d + 1
        while listed[X_LEFT, d] < 0 and i < size:
            if listed[X_BUCKET, i] - listed[X_BUCKET, d] > words[W_FORWARD]:
                break
            if listed[X_LEFT, i] > 0 and usable[listed[X_KIND, d], listed[X_KIND, i]]:
                found = peg(listed, i, d, pegs, found)
            i += 1
    return found


@kernel()
def peg_all(listed: I8, size: int, usable: I8, words: I8, pegs: I8, found: int) -> int:
    """Match demand to supply: backward, then forward. Returns the number of pegs."""
    found = peg_backward(listed, size, usable, usable[0], False, pegs, found)
    if words[W_FORWARD] >= 0:
        found = peg_forward(listed, size, usable, words, pegs, found)
    return found


@kernel()
def consider(
    listed: I8, size: int, usable: I8, words: I8, begin: int, fates: I8, pegs: I8
) -> int:
    """Leave of a list what concerns the class that asks; returns the number of pegs.

    Demands first take what the asking class may not use. Then that supply goes, and so
    do demands that could use nothing of what the asking class may.
    """
    asked = words[W_ASKED]
    mine = usable[asked]
    found = peg_backward(listed, size, usable, mine, True, pegs, 0)
    for i in range(size):
        kind, event = listed[X_KIND, i], listed[X_EVENT, i]
        if listed[X_LEFT, i] > 0 and not mine[kind]:
            listed[X_LEFT, i] = 0
            if event >= 0:
                fates[event - begin] = _NOT_USABLE
        elif listed[X_LEFT, i] < 0 and not shares(listed, size, usable, kind, mine):
            listed[X_LEFT, i] = 0
            if event >= 0:
                fates[event - begin] = _ELSEWHERE
    return found


@kernel()
def shares(listed: I8, size: int, usable: I8, other: int, mine: I8) -> bool:
    """Whether a demand class may use some supply of the list that the asking one may."""
    for i in range(size):
        kind = listed[X_KIND, i]
        if listed[X_LEFT, i] > 0 and mine[kind] and usable[other, kind]:
            return True
    return False


@kernel()
def left_by_bucket(listed: I8, size: int, safety: int, last: int, out: I8) -> None:
    """A10, A11: what is left of the supplies that can be used in each bucket.

    Safety stock is held back in each: it is a level to keep, not units of one receipt.
    """
    for t in range(last):
        out[t] = -safety
    for i in range(size):
        if listed[X_LEFT, i] > 0:
            for t in range(listed[X_BUCKET, i], min(last, listed[X_LAST, i])):
                out[t] += listed[X_LEFT, i]
