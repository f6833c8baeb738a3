"""The plans of least regret, by dynamic programming over nodes; no others are followed.

The state is what has been sent: which whole lines, how much of each spread line. Nodes
send a load each, or none. A way whose regret is beyond what is allowed is dropped: so few
are left that they are kept in a list, found again by their state.
"""

from __future__ import annotations

from typing import NamedTuple

from omniroute._jit import kernel
from omniroute.codes import UNREACHED
from omniroute.kernels.arrays import I8
from omniroute.kernels.order.kinds import (
    D_NET,
    D_SENT,
    D_SERVICE,
    K_CLASS,
    K_COUNT,
    K_END,
    K_FIRST,
    K_LEAST,
    K_NEAR,
    LINES,
    Kinds,
    field,
    guards,
    next_nearest,
    wanted,
)
from omniroute.kernels.order.problem import Lanes, Order, Scratch, transit
from omniroute.kernels.order.subset_table import T_COVER, T_LABEL
from omniroute.kernels.order.worth import SHIPS, Worth

# Columns of a way.
W_SENT = 0
#: (Cost less worth of what is sent) << SHIPS, plus shipments.
W_KEY = 1
#: Tie-break label (see `subsets`).
W_LABEL = 2
#: The way before its last load (-1 at the start), and that load: node << 32 | load.
W_BEFORE = 3
W_LOAD = 4
WAY_FIELDS = 5

#: No rate is more, so that keys stay far below `UNREACHED`.
_RATE_MOST = 1 << 28
#: Steps that a way to a state is worth, beside one for every load that is looked at.
_REACH_STEPS = 2

#: Found nothing within what is allowed, or left off as it is too much.
NOT_WITHIN = -1
TOO_MUCH = -2


class Ways(NamedTuple):
    """The ways that are followed."""

    ways: I8
    #: The best way to each state, as it is before a node and after it.
    before: I8
    after: I8
    #: States by place: their row in ``after`` and 1.
    slots: I8
    #: Rows of ``ways`` and of ``after`` in use, and steps left.
    n: I8
    #: The least regret a quantum of each spread line, of the nodes to come.
    rates: I8


@kernel()
def _swap(loads: I8, a: int, b: int) -> None:
    for f in range(loads.shape[1]):
        loads[a, f], loads[b, f] = loads[b, f], loads[a, f]


@kernel()
def _sort_by_net(loads: I8, first: int, end: int) -> None:
    """Sort some loads, the least net first (by Shell's method)."""
    gap = (end - first) >> 1
    while gap > 0:
        for j in range(first + gap, end):
            at = j
            while at - gap >= first and loads[at, D_NET] < loads[at - gap, D_NET]:
                _swap(loads, at, at - gap)
                at -= gap
        gap >>= 1


@kernel()
def _near_first(kinds: Kinds, k: int, allowed: int) -> None:
    """Put the loads of a kind that may be followed before its others, in order."""
    kind, loads = kinds.kinds[k], kinds.loads
    near = kind[K_FIRST]
    for j in range(kind[K_FIRST], kind[K_END]):
        if loads[j, D_NET] - kind[K_LEAST] <= allowed:
            _swap(loads, j, near)
            near += 1
    kind[K_NEAR] = near
    _sort_by_net(loads, kind[K_FIRST], near)


@kernel()
def _begin(ways: Ways) -> None:
    """Nothing sent."""
    ways.slots[:] = 0
    ways.ways[0, :] = 0
    ways.ways[0, W_BEFORE] = -1
    ways.after[0] = 0
    ways.slots[0] = 1
    ways.n[0], ways.n[1] = 1, 1


@kernel()
def _place(ways: Ways, sent: int) -> int:
    """Where in ``slots`` a state is, or would be."""
    at = sent % ways.slots.size
    while ways.slots[at] != 0:
        if ways.ways[ways.after[ways.slots[at] - 1], W_SENT] == sent:
            break
        at = (at + 1) % ways.slots.size
    return at


@kernel()
def _reach(ways: Ways, sent: int, key: int, label: int, before: int, load: int) -> bool:
    """Keep a way if it is the best to its state; False where there is no room."""
    at = _place(ways, sent)
    if ways.slots[at] != 0:
        other = ways.ways[ways.after[ways.slots[at] - 1]]
        if (key, label) >= (other[W_KEY], other[W_LABEL]):
            return True
    elif ways.n[1] == ways.after.size:
        return False
    if ways.n[0] == ways.ways.shape[0]:
        return False
    if ways.slots[at] == 0:
        ways.n[1] += 1
        ways.slots[at] = ways.n[1]
    way = ways.ways[ways.n[0]]
    way[W_SENT], way[W_KEY], way[W_LABEL] = sent, key, label
    way[W_BEFORE], way[W_LOAD] = before, load
    ways.after[ways.slots[at] - 1] = ways.n[0]
    ways.n[0] += 1
    return True


@kernel()
def _still_to_come(full: int, sent: int, rates: I8) -> int:
    """The least regret of sending what a way has not sent yet of the spread lines."""
    least = 0
    for x in range(rates.size):
        least = max(least, (field(full, x) - field(sent, x)) * rates[x])
    return least


@kernel()
def _stage(
    lanes: Lanes,
    scratch: Scratch,
    kind: I8,
    j: int,
    kinds: Kinds,
    full: int,
    beyond: int,
    ways: Ways,
) -> bool:
    """Let node ``j`` add a load to every way; keys from ``beyond`` are not followed."""
    node, n_before, guard = scratch.node_row[j], ways.n[1], guards()
    for x in range(n_before):
        ways.before[x] = ways.after[x]
    ways.n[2] -= n_before
    for x in range(n_before):
        way = ways.ways[ways.before[x]]
        sent, key = way[W_SENT], way[W_KEY] + 1
        for at in range(kind[K_FIRST], kind[K_NEAR]):
            load = kinds.loads[at]
            after = key + (load[D_NET] << SHIPS)
            ways.n[2] -= 1
            if after >= beyond:
                break  # and so are all that follow
            if sent & load[D_SENT] & LINES != 0:
                continue
            together = sent + load[D_SENT]
            if ((full | guard) - (together & ~LINES)) & guard != guard:
                continue  # more of a line than is wanted
            if after + (_still_to_come(full, together, ways.rates) << SHIPS) >= beyond:
                continue
            days = transit(lanes, kind[K_CLASS], load[D_SERVICE])
            label = way[W_LABEL] + ((days << 32) | lanes.dist_m[node])
            step = (j << 32) | at
            ways.n[2] -= _REACH_STEPS
            if not _reach(ways, together, after, label, ways.before[x], step):
                return False
    return ways.n[2] >= 0


@kernel()
def _note_rates(kinds: Kinds, rates: I8) -> None:
    """The least regret a quantum of each spread line, of nodes that need send nothing."""
    rates[:] = UNREACHED
    for k in range(kinds.n[0]):
        kind = kinds.kinds[k]
        if kind[K_LEAST] == 0:
            for j in range(kind[K_FIRST], kind[K_NEAR]):
                for x in range(rates.size):
                    quanta = field(kinds.loads[j, D_SENT], x)
                    if quanta > 0:
                        rates[x] = min(rates[x], kinds.loads[j, D_NET] // quanta)
    for x in range(rates.size):
        rates[x] = min(rates[x], _RATE_MOST)


@kernel()
def _useful(kinds: Kinds, k: int, allowed: int) -> int:
    """How many nodes of a kind a plan may need; of nodes alike, it takes the nearest."""
    kind = kinds.kinds[k]
    if kind[K_NEAR] == kind[K_FIRST]:
        return 0
    net = kinds.loads[kind[K_FIRST], D_NET]
    if net <= 0:
        return kind[K_COUNT]
    return min(kind[K_COUNT], allowed // net)


@kernel()
def _best_end(table: I8, worth: Worth, full: int, ways: Ways) -> tuple[int, int]:
    """The best way to send everything, with what it leaves to the table; its net."""
    n_sets = table.shape[1]
    best, best_label, end = UNREACHED, 0, NOT_WITHIN
    for x in range(ways.n[1]):
        way = ways.ways[ways.after[x]]
        rest = (n_sets - 1) ^ (way[W_SENT] & LINES)
        if way[W_SENT] & ~LINES != full or table[T_COVER, rest] >= UNREACHED:
            continue
        key = way[W_KEY] + table[T_COVER, rest] - (worth.sets[rest] << SHIPS)
        label = way[W_LABEL] + table[T_LABEL, rest]
        if key < best or (key == best and label < best_label):
            best, best_label, end = key, label, ways.after[x]
    return end, best >> SHIPS


@kernel()
def follow(
    lanes: Lanes,
    order: Order,
    spread: I8,
    table: I8,
    scratch: Scratch,
    kinds: Kinds,
    worth: Worth,
    allowed: int,
    ways: Ways,
) -> tuple[int, int]:
    """The plan of least cost, if its regret is within what is allowed.

    Returns ``(way, regret)``: `NOT_WITHIN` with the regret of the best plan met (or
    `UNREACHED`) where there may be a better one, `TOO_MUCH` where it is left off.
    """
    ahead, full = 0, wanted(order, spread)
    rates = ways.rates
    rates[:] = 0
    for k in range(kinds.n[0]):
        _near_first(kinds, k, allowed)
        ahead += kinds.kinds[k, K_LEAST] * kinds.kinds[k, K_COUNT]
    most = ahead + allowed  # net of a plan, less that of lines sent alone
    _begin(ways)
    for last in range(2):
        if last:
            _note_rates(kinds, rates)
        for k in range(kinds.n[0]):
            kind, j = kinds.kinds[k], -1
            if (kind[K_LEAST] == 0) != (last == 1):
                continue
            for _ in range(_useful(kinds, k, allowed)):
                j = next_nearest(lanes, scratch, kinds, k, j)
                ahead -= kind[K_LEAST]
                beyond = (most - ahead + 1) << SHIPS
                if not _stage(lanes, scratch, kind, j, kinds, full, beyond, ways):
                    return TOO_MUCH, 0
    end, net = _best_end(table, worth, full, ways)
    if end < 0:
        return NOT_WITHIN, UNREACHED
    regret = net - worth.alone[0] - (most - allowed)
    return (end, regret) if regret <= allowed else (NOT_WITHIN, regret)
