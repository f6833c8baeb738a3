"""Look-ahead where classes may not use every type of supply: what all of them still get.

A class that asks can have of a date what can be sent to it while every demand that is
served stays served, by whatever supply it may use. That is a flow: supply of a type lies
where it arrives and is carried from bucket to bucket; a demand takes from the types that
its class may use. Demands are served in the order of the list, each as far as moving
others between supplies allows; then the class that asks takes what is left, bucket by
bucket. Where every class may use every type this is the least projected stock.

``flow`` int64[flow_rows(types, groups), H] is laid out in rows of one figure a bucket: for
each type what has come and is not used, what is carried on, by which of its neighbours a
search came here, and what it gives each group. A group is a set of types: `sets`
int64[G, T], one for each class, then the class that asks, safety stock, and stock below
zero.
"""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.codes import Fate
from omniroute.kernels.arrays import I8
from omniroute.kernels.phased.events import (
    X_BUCKET,
    X_EVENT,
    X_KIND,
    X_LEFT,
    X_REST,
)
from omniroute.kernels.phased.pegs import peg

#: More than any cell will ever have.
_NO_END = 2**61
#: A place a search has not come to; the place where it began; one reached by carrying.
_UNSEEN, _SINK, _CARRIED = -2, -1, -1

_NOT_USABLE = int(Fate.NOT_USABLE)
_ELSEWHERE = int(Fate.ELSEWHERE)


@kernel("i8 i8")
def flow_rows(types: int, groups: int) -> int:
    """Rows of ``flow``."""
    return types * (5 + groups)


@kernel()
def given(types: int, tau: int, group: int) -> int:
    """Row of what a type gives a group."""
    return (5 + group) * types + tau


@kernel()
def lay_out(listed: I8, size: int, last: int, flow: I8) -> None:
    """Put supplies where they arrive; nothing is carried or given yet."""
    for row in range(flow.shape[0]):
        for t in range(last):
            flow[row, t] = 0
    for i in range(size):
        if listed[X_LEFT, i] > 0:
            flow[listed[X_KIND, i], listed[X_BUCKET, i]] += listed[X_LEFT, i]


@kernel()
def come_to(
    flow: I8, types: int, tau: int, t: int, parent: int, via: int, end: int
) -> int:
    """Note that a search has come to a type in a bucket; returns the end of the queue."""
    if flow[2 * types + tau, t] != _UNSEEN:
        return end
    last = flow.shape[1]
    flow[2 * types + tau, t] = parent
    flow[3 * types + tau, t] = via
    flow[4 * types + end // last, end % last] = tau * last + t
    return end + 1


@kernel()
def find_supply(flow: I8, sets: I8, group: int, at: int, last: int) -> int:
    """Nearest supply, as ``type x H + bucket``, that can be sent to a group; -1 for none.

    The way is left behind in the rows of neighbours.
    """
    groups, types = sets.shape
    width = flow.shape[1]
    for tau in range(types):
        for t in range(last):
            flow[2 * types + tau, t] = _UNSEEN
    end, head = 0, 0
    for tau in range(types):
        if sets[group, tau]:
            end = come_to(flow, types, tau, at, _SINK, group, end)
    while head < end:
        place = flow[4 * types + head // width, head % width]
        head += 1
        tau, t = place // width, place % width
        if flow[tau, t] > 0:
            return int(place)
        if t > 0:
            end = come_to(flow, types, tau, t - 1, place, _CARRIED, end)
        if t + 1 < last and flow[types + tau, t] > 0:
            # What is carried on from here could come from the next bucket instead.
            end = come_to(flow, types, tau, t + 1, place, _CARRIED, end)
        for g in range(groups):
            if flow[given(types, tau, g), t] > 0:
                for other in range(types):
                    if sets[g, other]:
                        end = come_to(flow, types, other, t, place, g, end)
    return -1


@kernel()
def send_along(
    flow: I8, types: int, place: int, group: int, most: int, write: bool
) -> int:
    """Send units from a supply along the way found; returns how many it can take."""
    width = flow.shape[1]
    while True:
        tau, t = place // width, place % width
        parent, via = flow[2 * types + tau, t], flow[3 * types + tau, t]
        if parent == _SINK:
            if write:
                flow[given(types, tau, group), t] += most
            return most
        to, u = parent // width, parent % width
        if via == _CARRIED and t < u:
            if write:
                flow[types + tau, t] += most
        elif via == _CARRIED:
            most = min(most, flow[types + tau, u])
            if write:
                flow[types + tau, u] -= most
        else:
            most = min(most, flow[given(types, to, via), t])
            if write:
                flow[given(types, tau, via), t] += most
                flow[given(types, to, via), t] -= most
        place = parent


@kernel()
def send(flow: I8, sets: I8, group: int, at: int, wanted: int, last: int) -> int:
    """Send a group in a bucket as much as it wants; returns how much it gets."""
    types, got = sets.shape[1], 0
    while got < wanted:
        place = find_supply(flow, sets, group, at, last)
        if place < 0:
            break
        tau, t = place // flow.shape[1], place % flow.shape[1]
        most = min(wanted - got, flow[tau, t])
        most = send_along(flow, types, place, group, most, False)
        send_along(flow, types, place, group, most, True)
        flow[tau, t] -= most
        got += most
    return got


@kernel()
def group_of(listed: I8, i: int, groups: int) -> int:
    """Group of a demand of the list; stock below zero may be made good by everything."""
    return int(listed[X_KIND, i] if listed[X_EVENT, i] >= 0 else groups - 1)


@kernel()
def serve(listed: I8, size: int, sets: I8, last: int, flow: I8) -> None:
    """Serve demands in order; X_REST of each gets what nothing can serve on its date."""
    groups = sets.shape[0]
    lay_out(listed, size, last, flow)
    for i in range(size):
        listed[X_REST, i] = 0
        if listed[X_LEFT, i] < 0:
            wanted = -listed[X_LEFT, i]
            group = group_of(listed, i, groups)
            got = send(flow, sets, group, listed[X_BUCKET, i], wanted, last)
            listed[X_REST, i] = wanted - got


@kernel()
def weighs(listed: I8, size: int, d: int, mine: I8, own: I8) -> int:
    """What of an unserved demand weighs on the class that asks.

    All of it, where that class may use whatever there is for this one; else what later
    supplies of the types that both may use could make good.
    """
    rest, later, all_of_mine = listed[X_REST, d], 0, True
    for i in range(size):
        kind = listed[X_KIND, i]
        if listed[X_LEFT, i] <= 0 or not mine[kind]:
            continue
        if not own[kind]:
            all_of_mine = False
        elif listed[X_BUCKET, i] > listed[X_BUCKET, d]:
            later += listed[X_LEFT, i]
    return int(rest if all_of_mine else min(rest, later))


@kernel()
def look_ahead_limited(
    listed: I8, size: int, safety: int, last: int, sets: I8, flow: I8, out: I8
) -> None:
    """A9 for the class that asks; signed, like the least projected stock.

    Safety stock is kept of what that class may use, where that is stock on hand at all;
    else of what is on hand, after all demands.
    """
    groups = sets.shape[0]
    asker, keeper = groups - 3, groups - 2
    serve(listed, size, sets, last, flow)
    owed = 0
    for i in range(size):
        if listed[X_LEFT, i] < 0:
            own = sets[group_of(listed, i, groups)]
            owed += weighs(listed, size, i, sets[asker], own)
    if last > 0 and safety > 0:
        missing = safety - send(flow, sets, keeper, 0, safety, last)
        owed += missing if sets[asker, 0] else 0
    had = -owed
    for t in range(last):
        had += send(flow, sets, asker, t, _NO_END, last)
        out[t] = had


@kernel()
def peg_flow(listed: I8, size: int, sets: I8, last: int, flow: I8, pegs: I8) -> int:
    """Name the supplies that serve each demand; returns the number of pegs.

    Of the types that the flow gives it, once the class that asks has had all it can, the
    nearest before it.
    """
    groups, types = sets.shape
    serve(listed, size, sets, last, flow)
    if last > 0:
        send(flow, sets, groups - 3, last - 1, _NO_END, last)
    found = 0
    for d in range(size):
        group, t = group_of(listed, d, groups), listed[X_BUCKET, d]
        for tau in range(types):
            while listed[X_LEFT, d] < -listed[X_REST, d]:
                left = flow[given(types, tau, group), t]
                i = d - 1
                while i >= 0 and not (
                    listed[X_LEFT, i] > 0 and listed[X_KIND, i] == tau
                ):
                    i -= 1
                if left == 0 or i < 0:
                    break
                before = listed[X_LEFT, d]
                # No more than the flow gives: the rest of the demand is set aside.
                aside = max(0, -before - left)
                listed[X_LEFT, d] += aside
                found = peg(listed, i, d, pegs, found)
                listed[X_LEFT, d] -= aside
                flow[given(types, tau, group), t] -= listed[X_LEFT, d] - before
    return found


@kernel()
def has_any(listed: I8, size: int, types: I8) -> bool:
    """Whether there is any supply of some types."""
    for i in range(size):
        if listed[X_LEFT, i] > 0 and types[listed[X_KIND, i]]:
            return True
    return False


@kernel()
def note_fates(
    listed: I8, size: int, sets: I8, begin: int, any_of_mine: bool, fates: I8
) -> None:
    """Say of what is left why it does not concern the class that asks.

    Where that class has no supply at all, every demand that is not served weighs on it.
    """
    groups = sets.shape[0]
    mine = sets[groups - 3]
    for i in range(size):
        event = listed[X_EVENT, i]
        if event < 0 or listed[X_LEFT, i] == 0:
            continue
        if listed[X_LEFT, i] > 0 and not mine[listed[X_KIND, i]]:
            fates[event - begin] = _NOT_USABLE
        elif listed[X_LEFT, i] < 0:
            own, both = sets[group_of(listed, i, groups)], False
            for tau in range(mine.size):
                both = both or bool(mine[tau] and own[tau])
            if any_of_mine and not both:
                fates[event - begin] = _ELSEWHERE
