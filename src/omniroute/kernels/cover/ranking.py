"""Which nodes a better plan may use, in what order they are tried, and what money steps in.

Opening a node that no good plan of the relaxation uses, or closing one that it does use,
costs at least the node's *regret*: its reduced cost in the Lagrangian bound (`lagrange`).
Nodes that cost too much even so are out (reduced-cost fixing: Beasley 1990 does it for
covers, Computers and Operations Research 17).
"""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.codes import UNREACHED
from omniroute.kernels.arrays import I8
from omniroute.kernels.cover.case import Case
from omniroute.kernels.cover.curves import draw_least, first_bracket
from omniroute.kernels.cover.fleet import F_CLASS, size_of
from omniroute.kernels.cover.lagrange import V_VALUE, Dual, regret_of
from omniroute.kernels.cover.sets import (
    ANY_CURVE,
    ANY_LINE,
    ANY_ORDER,
    ANY_UNIT,
    E_KEY,
    E_OPEN,
    GRAM_PRICE,
    N_SPREAD,
    N_STATE,
    V_BOUND,
    V_FLOOR,
    V_NODES,
    Sets,
)
from omniroute.kernels.order.layout import C_LINE, C_ORDER, C_UNIT
from omniroute.kernels.order.problem import L_TARGET, L_WEIGHT, L_WHOLE, order_weight


@kernel()
def money_unit(case: Case) -> int:
    """Largest amount that every cost is a multiple of; 1 where a curve is not exact."""
    curves, unit, seen = case.curves, 0, 0
    for k in range(size_of(case.fleet)):
        c = case.fleet.nodes[k, F_CLASS]
        for word in (C_ORDER, C_LINE, C_UNIT):
            unit = _divisor(unit, case.lanes.records[c, word])
        u = curves.of[c]
        if u >= 62 or (seen >> u) & 1 == 0:
            seen |= 1 << min(u, 62)
            for b in range(curves.n[u]):
                if curves.upper[u, b] != curves.price[u, b]:
                    return 1
                unit = _divisor(unit, curves.price[u, b])
    return max(unit, 1)


@kernel()
def _divisor(a: int, b: int) -> int:
    """Greatest common divisor; cheap where ``a`` divides ``b``."""
    if a == 1 or (a > 1 and b % a == 0):
        return a
    while b:
        a, b = b, a % b
    return a


# -- nodes -----------------------------------------------------------------------------


@kernel()
def rank_nodes(case: Case, dual: Dual, sets: Sets, most: int) -> None:
    """Begin the first level: nodes that a plan within a bound of ``most`` may open.

    Its bound is that of the relaxation for the values at hand; bounds are times FINE.
    """
    bound, n_nodes, level = 0, size_of(case.fleet), sets.levels[0]
    for i in range(dual.lines.shape[0]):
        bound += dual.lines[i, V_VALUE]
        sets.values[0, i] = dual.lines[i, V_VALUE]
    for k in range(n_nodes):
        regret = regret_of(case, dual, k)
        sets.regrets[0, k], sets.nodes[k, N_STATE] = regret, 0
        bound += min(0, regret)
    level[V_BOUND], level[V_FLOOR], level[V_NODES] = bound, 0, 0
    for k in range(n_nodes):
        if bound + max(0, sets.regrets[0, k]) <= most:
            sets.choices[0, level[V_NODES]] = k
            level[V_NODES] += 1


@kernel()
def _sort(items: I8, n: int, rows: I8, column: int) -> None:
    """Sort the first ``n`` items by a column of their rows, then by number: by halves."""
    gap = n // 2
    while gap > 0:
        for x in range(gap, n):
            item, y = items[x], x
            key = rows[item, column]
            while y >= gap:
                other = items[y - gap]
                if rows[other, column] < key:
                    break
                if rows[other, column] == key and other < item:
                    break
                items[y] = other
                y -= gap
            items[y] = item
        gap //= 2


# -- lines -----------------------------------------------------------------------------


@kernel()
def index_lines(case: Case, sets: Sets) -> None:
    """List the lines by falling weight, and those to spread; nothing is open yet."""
    order, n_lines = case.order, case.order.lines.shape[0]
    sets.words[N_SPREAD] = 0
    for i in range(n_lines):
        sets.by_weight[i] = i
        sets.lines[i, E_OPEN] = 0
        if order.lines[i, L_WHOLE] == 0 and order.lines[i, L_TARGET] > 0:
            sets.shared[sets.words[N_SPREAD]] = i
            sets.words[N_SPREAD] += 1
        sets.lines[i, E_KEY] = -order.lines[i, L_WEIGHT]
    _sort(sets.by_weight, n_lines, sets.lines, E_KEY)
    _sort(sets.shared, sets.words[N_SPREAD], order.lines, L_TARGET)


# -- a stand-in for all ----------------------------------------------------------------


@kernel()
def know_anyone(case: Case, sets: Sets) -> None:
    """Note what a node yet to be opened costs at least, if everyone can send it all."""
    curves, words = case.curves, sets.words
    words[GRAM_PRICE] = 0  # the price that is tried first
    words[ANY_CURVE] = -1
    weight_g = order_weight(case.order)
    for k in range(size_of(case.fleet)):
        u = curves.of[case.fleet.nodes[k, F_CLASS]]
        if first_bracket(curves, u, weight_g) == curves.n[u]:
            return
    words[ANY_CURVE] = draw_least(curves)
    for word in (ANY_ORDER, ANY_LINE, ANY_UNIT):
        words[word] = UNREACHED
    for k in range(size_of(case.fleet)):
        record = case.lanes.records[case.fleet.nodes[k, F_CLASS]]
        words[ANY_ORDER] = min(words[ANY_ORDER], record[C_ORDER])
        words[ANY_LINE] = min(words[ANY_LINE], record[C_LINE])
        words[ANY_UNIT] = min(words[ANY_UNIT], record[C_UNIT])
