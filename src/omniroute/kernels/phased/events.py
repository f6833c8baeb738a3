"""When a dated supply or demand counts, and for how much: one rule for all that follows.

A cell's events are turned into a pair of rows by bucket (`spread`), or into a *list* of
their own, sorted by the time at which they count (`list_events`), for what has to match
single receipts and issues.
"""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.codes import (
    ATP_BY_EVENT,
    ATP_NET_PLUS_FUTURE,
    FOREVER,
    L_ON_HAND,
    SHARE_ONE,
    UNDATED,
    V_BUCKET,
    V_KIND,
    V_LAST,
    V_QUANTITY,
    V_TIME,
    V_UNTIL,
    Fate,
)
from omniroute.kernels.arrays import I8

# -- words of a rule, int64[RULE_WORDS] ------------------------------------------------

W_RULE = 0
#: Bucket of today since the calendar's origin.
W_TODAY = 1
#: Buckets looked at; also the number of columns of the answer.
W_HORIZON = 2
#: Most days a receipt, or an issue, may be overdue and still count.
W_LATE_SUPPLY = 3
W_LATE_DEMAND = 4
#: Bucket in which an overdue receipt, or issue, is taken to happen.
W_SUPPLY_OFFSET = 5
W_DEMAND_OFFSET = 6
#: First bucket of unlimited supply for every cell; -1: each cell's lead time.
W_FENCE = 7
#: 1 where receipts on closed days count on the next open one.
W_CLOSED_DAYS = 8
#: 1 where some supply type counts at less than its quantity.
W_SHARED = 9
#: What quantities are multiplied by: `SHARE_ONE` where fractions are kept, else 1.
W_SCALE = 10
#: Class that asks, where it may not use every type of supply; else -1.
W_ASKED = 11
#: Days after its own in which an uncovered demand may still be served; -1: never.
W_FORWARD = 12
#: Days for which a period's surplus can be used by later ones.
W_WINDOW = 13
W_CARRY = 14
W_CLAMP = 15
#: Least find probability a cell has to have, in 1/10,000.
W_FIND = 16
#: 1 where some supply has an end.
W_EXPIRES = 17
#: 1 where that end is looked at for matching.
W_MATCH_UNTIL = 18
#: Length of a bucket and origin of the calendar, in seconds.
W_BUCKET_S = 19
W_ORIGIN_S = 20
#: 1 under `look_ahead`, where some class may not use every type of supply.
W_LIMITED = 21
RULE_WORDS = 22

# -- rows of a list of events, int64[LIST_ROWS, n] -------------------------------------

#: Bucket from today.
X_BUCKET = 0
X_TIME = 1
#: Quanta not matched yet: above 0 for supply, below for demand.
X_LEFT = 2
X_KIND = 3
X_UNTIL = 4
X_LAST = 5
#: Place among the timeline's events; -1 for what is on hand.
X_EVENT = 6
#: What nothing serves of a demand on its date.
X_REST = 7
LIST_ROWS = 8

_EXPIRED = -int(Fate.EXPIRED)
_PAST_DUE = -int(Fate.PAST_DUE)
_AFTER_FENCE = -int(Fate.AFTER_FENCE)
_AFTER_HORIZON = -int(Fate.AFTER_HORIZON)


@kernel()
def overdue(late: int, supply: bool, words: I8) -> int:
    """Bucket in which an event counts that is so many days late, or minus its `Fate`."""
    if late > (words[W_LATE_SUPPLY] if supply else words[W_LATE_DEMAND]):
        return _PAST_DUE
    return int(words[W_SUPPLY_OFFSET] if supply else words[W_DEMAND_OFFSET])


@kernel()
def settle(events: I8, e: int, words: I8, next_open: I8, fence: int) -> int:
    """Bucket from today in which an event counts, or minus the `Fate` that keeps it out.

    In this order: overdue events are dropped or dated anew, receipts on closed days move
    to the next open one, the fence and the horizon cut.
    """
    supply = events[V_QUANTITY, e] > 0
    bucket = events[V_BUCKET, e]
    at = bucket - words[W_TODAY]
    if supply and words[W_EXPIRES] and events[V_LAST, e] <= words[W_TODAY]:
        return _EXPIRED
    if bucket == UNDATED:
        at = 0
    elif at < 0:
        at = overdue(-at, supply, words)
        if at < 0:
            return at
    if supply and words[W_CLOSED_DAYS] and at < next_open.size and bucket != UNDATED:
        at = next_open[at]
    if at >= fence:
        return _AFTER_FENCE
    if at >= words[W_HORIZON]:
        # A rule without dates counts what is reserved however far off it is due.
        if not supply and words[W_RULE] <= ATP_NET_PLUS_FUTURE:
            return int(words[W_HORIZON]) - 1
        return _AFTER_HORIZON
    return int(at)


@kernel()
def counted(quantity: int, kind: int, words: I8, share: I8) -> int:
    """Signed quantity that counts: supply at its confidence, demand in full."""
    if quantity > 0 and words[W_SHARED]:
        part = quantity * share[kind]
        return int(part if words[W_SCALE] > 1 else part // SHARE_ONE)
    return int(quantity * words[W_SCALE])


@kernel()
def on_hand_of(cells: I8, c: int, words: I8, share: I8) -> int:
    """What counts of a cell's stock without an end."""
    return counted(cells[L_ON_HAND, c], 0, words, share) if cells[L_ON_HAND, c] else 0


@kernel()
def spread(
    events: I8,
    begin: int,
    end: int,
    words: I8,
    share: I8,
    next_open: I8,
    fence: int,
    supply: I8,
    demand: I8,
) -> int:
    """Add the events of a cell up by bucket; returns the supply without a date.

    ``supply`` and ``demand`` int64[horizon] are written. O(events + horizon).
    """
    for t in range(supply.size):
        supply[t] = 0
        demand[t] = 0
    undated = 0
    for e in range(begin, end):
        at = settle(events, e, words, next_open, fence)
        if at < 0:
            continue
        quantity = counted(events[V_QUANTITY, e], events[V_KIND, e], words, share)
        if quantity < 0:
            demand[at] -= quantity
        elif events[V_BUCKET, e] == UNDATED:
            undated += quantity
        else:
            supply[at] += quantity
    return undated


@kernel()
def spread_list(listed: I8, size: int, supply: I8, demand: I8) -> int:
    """As `spread`, of a list of events: what is left of each of them."""
    for t in range(supply.size):
        supply[t] = 0
        demand[t] = 0
    undated = 0
    for i in range(size):
        left = listed[X_LEFT, i]
        if left < 0:
            demand[listed[X_BUCKET, i]] -= left
        elif listed[X_TIME, i] == UNDATED:
            undated += left
        else:
            supply[listed[X_BUCKET, i]] += left
    return undated


@kernel()
def list_events(
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
) -> int:
    """Write the events that count, by time and supply first; returns how many.

    What is on hand comes first, as supply that was always there; below zero, it is a
    demand of today. ``fates`` gets a `Fate` for each event.
    """
    size = 0
    if on_hand != 0:
        start = words[W_ORIGIN_S] + words[W_TODAY] * words[W_BUCKET_S]
        since = UNDATED if on_hand > 0 else start
        put(listed, 0, 0, since, on_hand, 0, FOREVER, FOREVER, -1)
        size = 1
    for e in range(begin, end):
        at = settle(events, e, words, next_open, fence)
        fates[e - begin] = min(0, at)
        if at < 0:
            continue
        quantity = counted(events[V_QUANTITY, e], events[V_KIND, e], words, share)
        if quantity == 0:
            continue
        time = time_of(events, e, at, words)
        until, last = FOREVER, FOREVER
        if quantity > 0 and words[W_MATCH_UNTIL] and events[V_LAST, e] < FOREVER:
            until = events[V_UNTIL, e]
            last = events[V_LAST, e] - words[W_TODAY]
        place = size
        while place > 0 and comes_before(time, quantity, listed, place - 1):
            move(listed, place - 1, place)
            place -= 1
        kind = events[V_KIND, e]
        put(listed, place, at, time, quantity, kind, until, last, e)
        size += 1
    for e in range(end - begin):
        fates[e] = -fates[e]
    return size


@kernel()
def time_of(events: I8, e: int, at: int, words: I8) -> int:
    """Instant at which an event counts: its own, or the start of the day it moved to.

    Rules that work on buckets know no instants within one. An undated demand is due at
    the start of today: it can use what is on hand, and receipts that are dated then.
    """
    bucket = words[W_TODAY] + at
    start = words[W_ORIGIN_S] + bucket * words[W_BUCKET_S]
    if events[V_BUCKET, e] == UNDATED:
        return UNDATED if events[V_QUANTITY, e] > 0 else start
    own = words[W_RULE] >= ATP_BY_EVENT and events[V_BUCKET, e] == bucket
    return int(events[V_TIME, e] if own else start)


@kernel()
def comes_before(time: int, quantity: int, listed: I8, i: int) -> bool:
    """Whether an event goes ahead of the one at ``i``; equal ones keep their order."""
    if time != listed[X_TIME, i]:
        return bool(time < listed[X_TIME, i])
    return bool(quantity > 0 and listed[X_LEFT, i] < 0)


@kernel()
def put(
    listed: I8,
    i: int,
    at: int,
    time: int,
    quantity: int,
    kind: int,
    until: int,
    last: int,
    event: int,
) -> None:
    """Write one event of the list."""
    listed[X_BUCKET, i] = at
    listed[X_TIME, i] = time
    listed[X_LEFT, i] = quantity
    listed[X_KIND, i] = kind
    listed[X_UNTIL, i] = until
    listed[X_LAST, i] = last
    listed[X_EVENT, i] = event


@kernel()
def move(listed: I8, i: int, to: int) -> None:
    """Copy one event of the list to another place."""
    for row in range(LIST_ROWS):
        listed[row, to] = listed[row, i]
