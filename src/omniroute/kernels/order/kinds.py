"""Who can send lines that are spread: kinds of nodes, and the loads of each kind.

Nodes of one class that hold the same are of a kind: they can send the same loads at the
same costs. What a load takes is one word: the whole lines as bits, then the quanta of
each spread line in a field of its own, with a guard bit above it.
"""

from __future__ import annotations

from typing import NamedTuple

from omniroute._jit import kernel
from omniroute.codes import SUBSET_LINES_MAX, UNREACHED
from omniroute.kernels.arrays import I8
from omniroute.kernels.order.partial import touch_all
from omniroute.kernels.order.problem import (
    L_GRAMS,
    L_QUANTITY,
    L_SCALE,
    L_TARGET,
    Lanes,
    Order,
    Scratch,
    best_rate,
    clear_words,
    grams,
    handling,
    units_started,
)
from omniroute.kernels.order.subset_table import T_GRAMS, T_LINES, T_UNITS

#: Lines to spread in one search; more are left to `cover`.
SPREAD_MAX = 3
#: Bits of a field, the guard among them.
_FIELD = 17
#: Most quanta of a spread line.
QUANTA_MAX = (1 << (_FIELD - 1)) - 1
#: The whole lines in such a word.
LINES = (1 << SUBSET_LINES_MAX) - 1

# Columns of a kind.
K_CLASS = 0
#: What a node of it holds, as a word; of spread lines no more than is wanted.
K_HELD = 1
K_COUNT = 2
#: Its loads.
K_FIRST = 3
K_END = 4
#: The least that a load of it costs more than what it takes is worth; 0 at most.
K_LEAST = 5
#: The end of its loads that are followed.
K_NEAR = 6
#: Its first node, in the list of ``node_row``.
K_NODES = 7
KIND_FIELDS = 8

# Columns of a load.
D_SENT = 0
D_COST = 1
D_SERVICE = 2
#: Its cost less what it takes is worth.
D_NET = 3
LOAD_FIELDS = 4


class Kinds(NamedTuple):
    """The nodes of an order that can send spread lines."""

    #: The next node of the same kind, for each of ``node_row``; -1 for the last.
    next: I8
    kinds: I8
    loads: I8
    #: Kinds and loads there are.
    n: I8


@kernel()
def field(word: int, x: int) -> int:
    """Quanta of spread line x in a word."""
    return (word >> (SUBSET_LINES_MAX + _FIELD * x)) & QUANTA_MAX


@kernel()
def in_field(quanta: int, x: int) -> int:
    """The word of so many quanta of spread line x."""
    return quanta << (SUBSET_LINES_MAX + _FIELD * x)


@kernel()
def guards() -> int:
    """The guard bits of a word."""
    word = 0
    for x in range(SPREAD_MAX):
        word |= in_field(QUANTA_MAX + 1, x)
    return word


@kernel()
def wanted(order: Order, spread: I8) -> int:
    """What is wanted of the spread lines, as a word."""
    word = 0
    for x in range(spread.size):
        word |= in_field(order.lines[spread[x], L_TARGET], x)
    return word


@kernel()
def note_nodes(
    lanes: Lanes, order: Order, members: I8, spread: I8, scratch: Scratch
) -> int:
    """List the nodes that can send spread lines, and what they hold, as words.

    They are left in ``node_row`` and ``node_mask``. Returns how many there are.
    """
    n_touched = touch_all(order, spread, scratch)
    for j in range(n_touched):
        scratch.node_word[scratch.touched[j]] = j + 1
        scratch.node_mask[j] = 0
    for x in range(spread.size):
        i = spread[x]
        for h in range(order.line_ptr[i], order.line_ptr[i + 1]):
            held = min(order.hit_free[h], order.lines[i, L_TARGET])
            at = scratch.node_word[order.hit_node[h]] - 1
            scratch.node_mask[at] += in_field(held, x)
    for b in range(members.size):
        i = members[b]
        for h in range(order.line_ptr[i], order.line_ptr[i + 1]):
            at = scratch.node_word[order.hit_node[h]] - 1
            if at >= 0 and order.hit_free[h] >= order.lines[i, L_QUANTITY]:
                scratch.node_mask[at] |= 1 << b
    clear_words(scratch, n_touched)
    n = 0
    for j in range(n_touched):
        node = scratch.touched[j]
        if lanes.admitted[lanes.cls[node]] != 0:
            scratch.node_row[n] = node
            scratch.node_mask[n] = scratch.node_mask[j]
            n += 1
    return n


@kernel()
def group_kinds(
    lanes: Lanes, scratch: Scratch, n_nodes: int, kinds: Kinds, slots: I8
) -> bool:
    """Give every listed node its kind; False: too many.

    ``slots``, of which there are more than kinds, find them again.
    """
    n = 0
    slots[:] = 0
    for j in range(n_nodes):
        c, held = lanes.cls[scratch.node_row[j]], scratch.node_mask[j]
        at = (held + c) % slots.size
        while slots[at] != 0:
            kind = kinds.kinds[slots[at] - 1]
            if kind[K_CLASS] == c and kind[K_HELD] == held:
                break
            at = (at + 1) % slots.size
        if slots[at] == 0:
            if n == kinds.kinds.shape[0]:
                return False
            kind = kinds.kinds[n]
            kind[K_CLASS], kind[K_HELD] = c, held
            kind[K_COUNT], kind[K_NODES] = 0, -1
            n += 1
            slots[at] = n
        kind = kinds.kinds[slots[at] - 1]
        kind[K_COUNT] += 1
        kinds.next[j], kind[K_NODES] = kind[K_NODES], j
    kinds.n[0] = n
    return True


@kernel()
def next_nearest(
    lanes: Lanes, scratch: Scratch, kinds: Kinds, k: int, after: int
) -> int:
    """The node of a kind that comes after ``after`` (-1: the first) by distance."""
    best, best_m = -1, 0
    last_m = -1 if after < 0 else int(lanes.dist_m[scratch.node_row[after]])
    j = kinds.kinds[k, K_NODES]
    while j >= 0:
        dist_m = int(lanes.dist_m[scratch.node_row[j]])
        if dist_m > last_m or (dist_m == last_m and j > after):
            if best < 0 or dist_m < best_m or (dist_m == best_m and j < best):
                best, best_m = j, dist_m
        j = kinds.next[j]
    return best


@kernel()
def _load_cost(
    lanes: Lanes, order: Order, spread: I8, table: I8, c: int, sent: int
) -> tuple[int, int]:
    """Cheapest service for a load: ``(cost, service)``."""
    subset = sent & LINES
    weight_g = table[T_GRAMS, subset]
    started = table[T_UNITS, subset]
    n_lines = table[T_LINES, subset]
    for x in range(spread.size):
        line = order.lines[spread[x]]
        quantity = field(sent, x)
        if quantity > 0:
            weight_g += grams(quantity, line[L_GRAMS], line[L_SCALE])
            started += units_started(quantity, line[L_SCALE])
            n_lines += 1
    best, service = best_rate(lanes, c, weight_g)
    if best == UNREACHED:
        return UNREACHED, 0
    return best + handling(lanes, c, n_lines, started), service


@kernel()
def _count_loads(held: int) -> int:
    n = 1
    for x in range(SPREAD_MAX):
        n *= field(held, x) + 1
    n -= 1
    subset = held & LINES
    while subset > 0:
        subset &= subset - 1
        n *= 2
    return n


@kernel()
def list_loads(lanes: Lanes, order: Order, spread: I8, table: I8, kinds: Kinds) -> bool:
    """List what each kind can send in one shipment with spread lines; False: too much."""
    total = 0
    for k in range(kinds.n[0]):
        total += _count_loads(kinds.kinds[k, K_HELD])
        if total > kinds.loads.shape[0]:
            return False
    n = 0
    for k in range(kinds.n[0]):
        kind = kinds.kinds[k]
        held = kind[K_HELD]
        kind[K_FIRST] = n
        mask = held & LINES
        subset = mask
        while True:
            for a in range(field(held, 0) + 1):
                for b in range(field(held, 1) + 1):
                    for c in range(field(held, 2) + 1):
                        if a + b + c > 0:
                            sent = in_field(a, 0) + in_field(b, 1) + in_field(c, 2)
                            n += _list_load(
                                lanes,
                                order,
                                spread,
                                table,
                                kind,
                                sent | subset,
                                kinds.loads[n],
                            )
            if subset == 0:
                break
            subset = (subset - 1) & mask
        kind[K_END] = n
    kinds.n[1] = n
    return True


@kernel()
def _list_load(
    lanes: Lanes, order: Order, spread: I8, table: I8, kind: I8, sent: int, load: I8
) -> int:
    """Note a load, if any service takes it."""
    cost, service = _load_cost(lanes, order, spread, table, kind[K_CLASS], sent)
    load[D_SENT], load[D_COST], load[D_SERVICE] = sent, cost, service
    return 1 if cost < UNREACHED else 0
