"""What lines are worth, so that a bound on all plans is as high as can be.

Give every whole line, and every quantum of a spread line, a value. A plan then costs the
values of all lines, and what each of its loads costs more than the lines in it are worth.
No plan has less of that than every node's least: the bound (a Lagrangian one, by whose
slopes the values are improved). What a plan has more is its regret.
"""

from __future__ import annotations

from typing import NamedTuple

from omniroute._jit import kernel
from omniroute.codes import UNREACHED
from omniroute.kernels.arrays import I8
from omniroute.kernels.order.kinds import (
    D_COST,
    D_NET,
    D_SENT,
    K_COUNT,
    K_END,
    K_FIRST,
    K_LEAST,
    LINES,
    Kinds,
    field,
)
from omniroute.kernels.order.problem import L_TARGET, Order, copy_words
from omniroute.kernels.order.subset_table import T_COST, T_COVER

#: Keys are cost << SHIPS | shipments, so that equal costs mean fewer shipments.
SHIPS = 10
#: Rounds of the bound; after so many without a better one, its aim is halved.
ROUNDS = 100
PATIENCE = 2
#: The first aim is such a part above the bound; one below the last is no aim.
AIM_FIRST = 3
AIM_LAST = 11


class Worth(NamedTuple):
    """Values of whole lines, then of a quantum of each spread line."""

    value: I8
    #: The values of the best bound.
    kept: I8
    #: What each line was worth, all of it, at first.
    scale: I8
    #: How much of it the least loads take.
    taken: I8
    #: Value of each set of whole lines.
    sets: I8
    #: The least that whole lines sent alone cost more than they are worth.
    alone: I8


@kernel()
def _wants(order: Order, spread: I8, n_whole: int, i: int) -> int:
    """Quanta that the value of line ``i`` counts."""
    return 1 if i < n_whole else order.lines[spread[i - n_whole], L_TARGET]


@kernel()
def worth_of(worth: Worth, n_whole: int, n_spread: int, sent: int) -> int:
    """What a load takes is worth."""
    money = worth.sets[sent & LINES]
    for x in range(n_spread):
        money += worth.value[n_whole + x] * field(sent, x)
    return money


@kernel()
def _first_values(
    order: Order, spread: I8, table: I8, kinds: Kinds, worth: Worth
) -> bool:
    """Begin with values at which no load costs less than it is worth; False: no load."""
    n_sets = table.shape[1]
    n_whole = 0
    while (1 << n_whole) < n_sets:
        best = UNREACHED
        for s in range(n_sets):
            if (s >> n_whole) & 1 and table[T_COST, s] < UNREACHED:
                n, rest = 0, s
                while rest > 0:
                    rest &= rest - 1
                    n += 1
                best = min(best, (table[T_COST, s] >> SHIPS) // n)
        worth.value[n_whole] = best
        n_whole += 1
    for x in range(spread.size):
        worth.value[n_whole + x] = UNREACHED
    for j in range(kinds.n[1]):
        load = kinds.loads[j]
        n = 0
        for x in range(spread.size):
            n += field(load[D_SENT], x) > 0
        for x in range(spread.size):
            quanta = field(load[D_SENT], x)
            if quanta > 0:
                share = load[D_COST] // (quanta * n)
                worth.value[n_whole + x] = min(worth.value[n_whole + x], share)
    for i in range(n_whole + spread.size):
        if worth.value[i] == UNREACHED:
            return False
        worth.scale[i] = worth.value[i] * _wants(order, spread, n_whole, i)
    return True


@kernel()
def _take(worth: Worth, n_whole: int, sent: int, count: int) -> None:
    """Count what ``count`` shipments of a load take."""
    for b in range(n_whole):
        worth.taken[b] += ((sent >> b) & 1) * count
    for x in range(worth.value.size - n_whole):
        worth.taken[n_whole + x] += field(sent, x) * count


@kernel()
def least_regrets(
    order: Order, spread: I8, table: I8, kinds: Kinds, worth: Worth
) -> int:
    """Find every kind's least at the present values; returns the bound."""
    value, sets = worth.value, worth.sets
    n_spread = spread.size
    n_whole, bound = value.size - n_spread, 0
    worth.taken[:] = 0
    for i in range(value.size):
        bound += value[i] * _wants(order, spread, n_whole, i)
    sets[0] = 0
    for b in range(n_whole):
        for s in range(1 << b):
            sets[(1 << b) | s] = sets[s] + value[b]
    for k in range(kinds.n[0]):
        kind = kinds.kinds[k]
        least, best = 0, -1
        for j in range(kind[K_FIRST], kind[K_END]):
            load = kinds.loads[j]
            net = load[D_COST] - worth_of(worth, n_whole, n_spread, load[D_SENT])
            load[D_NET] = net
            if net < least:
                least, best = net, j
        kind[K_LEAST] = least
        if best >= 0:
            bound += least * kind[K_COUNT]
            _take(worth, n_whole, kinds.loads[best, D_SENT], kind[K_COUNT])
    least, best = 0, 0
    for s in range(1, sets.size):
        net = (table[T_COVER, s] >> SHIPS) - sets[s]
        if net < least:
            least, best = net, s
    worth.alone[0] = least
    _take(worth, n_whole, best, 1)
    return bound + least


@kernel()
def _step(order: Order, spread: I8, worth: Worth, missing: int) -> bool:
    """Move the values towards a bound higher by ``missing``; False where none is."""
    n_whole, norm = worth.value.size - spread.size, 0.0
    for i in range(worth.value.size):
        wants = _wants(order, spread, n_whole, i)
        slope = float(worth.scale[i]) * (wants - worth.taken[i]) / wants
        norm += slope * slope
    if norm == 0.0:
        return False
    for i in range(worth.value.size):
        wants = _wants(order, spread, n_whole, i)
        scale = float(worth.scale[i])
        slope = scale * scale * (wants - worth.taken[i]) / wants
        worth.value[i] += int(missing * slope / norm / wants)
        worth.value[i] = max(worth.value[i], 0)
    return True


@kernel()
def raise_bound(order: Order, spread: I8, table: I8, kinds: Kinds, worth: Worth) -> int:
    """Improve the values and leave the best; their bound, -1 where a line has no load."""
    if not _first_values(order, spread, table, kinds, worth):
        return -1
    best, aim, stale = 0, 0, 0
    for turn in range(ROUNDS):
        bound = least_regrets(order, spread, table, kinds, worth)
        stale += 1
        if bound > best:
            if turn > 0 and bound >= best + (aim >> 1):
                stale = 0
            best = bound
            copy_words(worth.value, worth.kept)
        if turn == 0:
            aim = best >> AIM_FIRST
        if stale > PATIENCE:
            stale, aim = 0, aim >> 1
            copy_words(worth.kept, worth.value)
            bound = least_regrets(order, spread, table, kinds, worth)
        if aim <= best >> AIM_LAST:
            break
        if not _step(order, spread, worth, best + aim - bound):
            break
    copy_words(worth.kept, worth.value)
    return least_regrets(order, spread, table, kinds, worth)
