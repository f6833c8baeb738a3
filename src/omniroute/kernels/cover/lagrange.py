"""A lower bound on the cost of any plan, by Lagrangian relaxation.

Every line i gets a value v_i for being placed in full. A node then sends what is worth
more than it costs; with any values,

    sum_i v_i + sum_nodes min(0, cost of its best load - value of that load)

is at most the cost of every plan that places everything. The best load is bounded step by
step of the node's curve: within a step's weight, the lines worth most a gram, the last of
them in part. Most nodes gain nothing; a straight line under the curve, kept for each, is
enough to see that. Values are improved by subgradient steps; the bound itself is
evaluated in integers of 1/256 of a money unit, rounded the safe way.
"""

from __future__ import annotations

from typing import NamedTuple

from omniroute._jit import kernel, view
from omniroute.codes import UNREACHED
from omniroute.kernels.arrays import I8
from omniroute.kernels.cover.case import Case
from omniroute.kernels.cover.curves import Curves
from omniroute.kernels.cover.fleet import (
    D_GRAMS,
    D_LINES,
    D_STARTED,
    F_ALPHA,
    F_ASLEEP,
    F_BETA,
    F_CLASS,
    F_FIRST,
    F_KEEN,
    F_LOAD,
    H_AMOUNT,
    H_CAP,
    H_LINE,
    Fleet,
    cost_of,
    size_of,
)
from omniroute.kernels.order.layout import C_LINE, C_ORDER, C_UNIT
from omniroute.kernels.order.problem import (
    L_GRAMS,
    L_SCALE,
    L_TARGET,
    L_WHOLE,
    Order,
    grams,
    order_weight,
    prorated,
    quanta_of_unit,
    units_started,
)

#: Fixed point of the bound's arithmetic.
FINE = 256
#: Fixed point of what the relaxation places of a line.
ONE = 1 << 20
#: What a gram costs on a straight line, times the grams of an order, stays below it.
_SLOPES_MAX = 1 << 61
#: Most times that the first values are lowered by a fifth.
SCALINGS = 8
#: What a step keeps of the course of the last one.
_COURSE_KEPT = 0.7

# Columns of an item: a holding as the relaxation sees it.
I_GRAMS = 0
#: Least handling money of sending it in full; its value less that. Times FINE.
I_WORK = 1
I_GAIN = 2
#: The node's items by falling gain a gram.
I_RANK = 3
ITEM_FIELDS = 4

# Columns of a line.
V_VALUE = 0
V_BEST = 1
V_PLACED = 2
#: The direction of the last step, times ONE.
V_COURSE = 3
#: How far a step moves it, beside other lines: what it was worth at first.
V_SCALE = 4
VALUE_FIELDS = 5


class Dual(NamedTuple):
    """Values of the lines, and what every holding gains under them."""

    items: I8
    lines: I8


@kernel()
def dual_memory(n_hits: int, n_lines: int) -> int:
    """Words that a dual takes."""
    return ITEM_FIELDS * n_hits + VALUE_FIELDS * n_lines


@view
def dual_views(memory: I8, fleet: Fleet) -> Dual:
    """Cut the memory of the dual of a fleet."""
    n_items, n_lines = fleet.holdings.shape[0], fleet.wants.shape[0]
    a = ITEM_FIELDS * n_items
    b = a + VALUE_FIELDS * n_lines
    return Dual(
        memory[:a].reshape(n_items, ITEM_FIELDS),
        memory[a:b].reshape(n_lines, VALUE_FIELDS),
    )


@kernel()
def prepare_dual(case: Case, dual: Dual) -> None:
    """Weigh every holding, and share the plan's cost out as the first values."""
    lanes, order, fleet = case.lanes, case.order, case.fleet
    for k in range(size_of(fleet)):
        record = lanes.records[fleet.nodes[k, F_CLASS]]
        fleet.nodes[k, F_ALPHA] = -1
        fleet.nodes[k, F_BETA] = 0
        for e in range(fleet.nodes[k, F_FIRST], fleet.nodes[k + 1, F_FIRST]):
            line = order.lines[fleet.holdings[e, H_LINE]]
            _weigh(line, record, fleet.holdings[e, H_CAP], dual.items[e])
            dual.items[e, I_RANK] = e
    for i in range(fleet.wants.shape[0]):
        dual.lines[i, V_VALUE] = 0
        dual.lines[i, V_COURSE] = 0
    for j in range(fleet.opened[0]):
        _share_cost(case, dual, fleet.opened[1 + j])
    keep_values(dual)


@kernel()
def _share_cost(case: Case, dual: Dual, k: int) -> None:
    """Add what a node costs to the values of what it sends: by handling, then weight."""
    lanes, order, fleet = case.lanes, case.order, case.fleet
    load = fleet.nodes[k, F_LOAD:]
    record = lanes.records[fleet.nodes[k, F_CLASS]]
    money = cost_of(lanes, fleet, k, load)
    money -= record[C_LINE] * load[D_LINES] + record[C_UNIT] * load[D_STARTED]
    for e in range(fleet.nodes[k, F_FIRST], fleet.nodes[k + 1, F_FIRST]):
        amount, i = fleet.holdings[e, H_AMOUNT], fleet.holdings[e, H_LINE]
        if amount > 0:
            line = order.lines[i]
            started = units_started(amount, line[L_SCALE])
            share = 1.0 / load[D_LINES]
            if load[D_GRAMS] > 0:
                part_g = grams(amount, line[L_GRAMS], line[L_SCALE])
                share = float(part_g) / load[D_GRAMS]
            value = record[C_LINE] + record[C_UNIT] * started + int(money * share)
            dual.lines[i, V_VALUE] += value * FINE


@kernel()
def _weigh(line: I8, record: I8, cap: int, item: I8) -> None:
    """Grams and handling of a holding; of a line to spread, what each part takes least."""
    if line[L_WHOLE]:
        item[I_GRAMS] = grams(cap, line[L_GRAMS], line[L_SCALE])
        started = record[C_UNIT] * units_started(cap, line[L_SCALE]) * FINE
    else:
        item[I_GRAMS] = cap * line[L_GRAMS] // quanta_of_unit(line[L_SCALE])
        started = prorated(cap, record[C_UNIT] * FINE, line[L_SCALE])
    item[I_WORK] = started + record[C_LINE] * FINE


@kernel()
def evaluate(case: Case, dual: Dual, everyone: bool) -> int:
    """The bound for the values as they are, times FINE; V_PLACED tells how often a line
    is placed, times ONE. F_KEEN tells what each node gains.

    If not ``everyone`` is asked, nodes that are asleep are taken to gain nothing: that is
    no bound.
    """
    fleet, bound, steepest = case.fleet, 0, steepest_slope(case.order)
    for i in range(dual.lines.shape[0]):
        dual.lines[i, V_PLACED] = 0
        bound += dual.lines[i, V_VALUE]
    for k in range(size_of(fleet)):
        if everyone or not fleet.nodes[k, F_ASLEEP]:
            bound += ask_node(case, dual, k, False, steepest)
    return bound


@kernel()
def steepest_slope(order: Order) -> int:
    """The most that a gram may cost on a straight line."""
    return _SLOPES_MAX // max(1, order_weight(order))


@kernel()
def ask_node(case: Case, dual: Dual, k: int, is_open: bool, steepest: int) -> int:
    """Cost less value of a node's best load, times FINE; adds the load to V_PLACED.

    At most 0, unless the node is open: then it has one, and pays for it.
    """
    curves, fleet = case.curves, case.fleet
    node = fleet.nodes[k]
    u = curves.of[node[F_CLASS]]
    base = case.lanes.records[node[F_CLASS], C_ORDER]
    first, end = node[F_FIRST], fleet.nodes[k + 1, F_FIRST]
    profit = node[F_ALPHA]
    profit -= _note_gains(case.order, fleet, dual, first, end, node[F_BETA])
    node[F_KEEN] = 1 if 4 * profit < (curves.price[u, 0] + base) * FINE else 0
    node[F_ASLEEP] = 1 - node[F_KEEN]
    if profit >= 0 and not is_open:
        return 0
    _rank(dual.items, first, end)
    step, beta = _best_step(curves, u, dual.items, first, end)
    profit = _place(case, u, base, dual, k, step, is_open)
    if profit < 0:
        node[F_KEEN] = 1 - profit
    else:
        node[F_BETA] = min(beta, steepest)
        node[F_ALPHA] = _intercept(curves, u, base, node[F_BETA])
    return profit


@kernel()
def regret_of(case: Case, dual: Dual, k: int) -> int:
    """Cost less value of a node's best load that is not empty, at most; times FINE.

    What the bound rises by if the node is open although that is positive, or closed
    although it is negative: its reduced cost.
    """
    node, items, curves = case.fleet.nodes[k], dual.items, case.curves
    u, first, end = (
        curves.of[node[F_CLASS]],
        node[F_FIRST],
        case.fleet.nodes[k + 1, F_FIRST],
    )
    _note_gains(case.order, case.fleet, dual, first, end, 0)
    _rank(items, first, end)
    best, x, weight, value = UNREACHED, first, 0, 0
    for b in range(curves.n[u]):
        limit = curves.limit_g[u, b]
        while x < end and _next_fits(items, x, weight, limit):
            weight += items[items[x, I_RANK], I_GRAMS]
            value += items[items[x, I_RANK], I_GAIN]
            x += 1
        more = x < end and items[items[x, I_RANK], I_GAIN] > 0
        reached = value
        if more:
            item = items[items[x, I_RANK]]
            reached += int(float(item[I_GAIN]) * (limit - weight) / item[I_GRAMS]) + 1
        best = min(best, curves.price[u, b] * FINE - reached)
        if not more:
            break
    return best + case.lanes.records[node[F_CLASS], C_ORDER] * FINE


@kernel()
def _note_gains(
    order: Order, fleet: Fleet, dual: Dual, first: int, end: int, beta: int
) -> int:
    """Note value less handling of each holding of a node.

    Returns the sum of what they gain if a gram costs ``beta``, of those that gain.
    """
    most = 0
    for e in range(first, end):
        i, cap = fleet.holdings[e, H_LINE], fleet.holdings[e, H_CAP]
        value = dual.lines[i, V_VALUE]
        target = order.lines[i, L_TARGET]
        if cap != target:
            value = int(float(value) * cap / target) + 1
        gain = value - dual.items[e, I_WORK]
        dual.items[e, I_GAIN] = gain
        most += max(0, gain - beta * dual.items[e, I_GRAMS])
    return most


@kernel()
def _intercept(curves: Curves, u: int, base: int, beta: int) -> int:
    """Largest alpha with alpha + beta * grams nowhere above the cost of a load."""
    alpha = UNREACHED
    for b in range(curves.n[u]):
        # The line is nearest the price at a step's end, its heaviest load.
        cost = (curves.price[u, b] + base) * FINE
        alpha = min(alpha, cost - beta * curves.limit_g[u, b])
    return alpha


@kernel()
def _rank(items: I8, first: int, end: int) -> None:
    """Sort a node's items by falling gain a gram. They hardly move between rounds."""
    for x in range(first + 1, end):
        e = items[x, I_RANK]
        # What weighs nothing comes first if it gains, and last if it does not.
        gain, weight = float(items[e, I_GAIN]), max(float(items[e, I_GRAMS]), 1e-9)
        y = x
        while y > first:
            f = items[y - 1, I_RANK]
            if items[f, I_GAIN] * weight >= gain * max(float(items[f, I_GRAMS]), 1e-9):
                break
            items[y, I_RANK] = f
            y -= 1
        items[y, I_RANK] = e


@kernel()
def _best_step(
    curves: Curves, u: int, items: I8, first: int, end: int
) -> tuple[int, int]:
    """Step of the curve up to which a load gains most, and what a gram gains there.

    Within each step's weight the items are taken by rank, the last one in part.
    """
    best, best_step, best_beta = UNREACHED, 0, 0
    x, weight, value = first, 0, 0
    for b in range(curves.n[u]):
        limit = curves.limit_g[u, b]
        while x < end and _next_fits(items, x, weight, limit):
            weight += items[items[x, I_RANK], I_GRAMS]
            value += items[items[x, I_RANK], I_GAIN]
            x += 1
        more = x < end and items[items[x, I_RANK], I_GAIN] > 0
        reached, beta = value, 0
        if more:
            item = items[items[x, I_RANK]]
            beta = item[I_GAIN] // item[I_GRAMS]
            reached += int(float(item[I_GAIN]) * (limit - weight) / item[I_GRAMS])
        profit = curves.price[u, b] * FINE - reached
        if profit < best:
            best, best_step, best_beta = profit, b, beta
        if not more:
            break
    return best_step, best_beta


@kernel()
def _next_fits(items: I8, x: int, weight: int, limit: int) -> bool:
    item = items[items[x, I_RANK]]
    return item[I_GAIN] > 0 and weight + item[I_GRAMS] <= limit


@kernel()
def _place(
    case: Case, u: int, base: int, dual: Dual, k: int, step: int, is_open: bool
) -> int:
    """Cost less value of the best load up to a step; adds it to V_PLACED.

    At most 0, unless the node is open.
    """
    order, fleet, items = case.order, case.fleet, dual.items
    limit = case.curves.limit_g[u, step]
    first, end = fleet.nodes[k, F_FIRST], fleet.nodes[k + 1, F_FIRST]
    profit = (case.curves.price[u, step] + base) * FINE
    for sign in (1, -1):  # first what it gains, then, if it does, what it places
        if sign < 0 and profit >= 0 and not is_open:
            return 0
        weight = 0
        for x in range(first, end):
            e = items[x, I_RANK]
            if items[e, I_GAIN] <= 0:
                break
            i = fleet.holdings[e, H_LINE]
            part = 1.0
            if weight + items[e, I_GRAMS] > limit:
                part = float(limit - weight) / items[e, I_GRAMS]
            weight += items[e, I_GRAMS]
            if sign > 0:
                profit -= int(part * items[e, I_GAIN]) + 1
            else:
                share = fleet.holdings[e, H_CAP] * ONE // order.lines[i, L_TARGET]
                dual.lines[i, V_PLACED] += int(part * share)
            if weight > limit:
                break
    return profit


@kernel()
def scale_values(case: Case, dual: Dual) -> None:
    """Lower all values alike while that gives a better bound; note the best."""
    best = 0
    for _ in range(SCALINGS):
        bound = evaluate(case, dual, True)
        if bound <= best and best > 0:
            break
        best = max(best, bound)
        keep_values(dual)
        for i in range(dual.lines.shape[0]):
            dual.lines[i, V_VALUE] = dual.lines[i, V_VALUE] * 4 // 5
    best_values(dual)
    for i in range(dual.lines.shape[0]):
        dual.lines[i, V_SCALE] = max(1, dual.lines[i, V_VALUE])


@kernel()
def step_values(order: Order, dual: Dual, gap: float) -> bool:
    """Move the values towards lines placed too little, to gain about ``gap``.

    The course remembers a part of the last one, which damps its zigzag; lines that are
    worth more move more. False at a maximum: every line is placed just once.
    """
    norm = 0.0
    for i in range(dual.lines.shape[0]):
        line = dual.lines[i]
        line[V_COURSE] = int(_COURSE_KEPT * line[V_COURSE]) + ONE - line[V_PLACED]
        if order.lines[i, L_TARGET] == 0:
            line[V_COURSE] = 0
        norm += float(line[V_COURSE]) * line[V_COURSE] * line[V_SCALE]
    if norm == 0.0:
        return False
    for i in range(dual.lines.shape[0]):
        line = dual.lines[i]
        change = int(gap * line[V_COURSE] * line[V_SCALE] * ONE / norm)
        line[V_VALUE] = max(0, line[V_VALUE] + change)
    return True


@kernel()
def keep_values(dual: Dual) -> None:
    """Note the values as the best so far."""
    for i in range(dual.lines.shape[0]):
        dual.lines[i, V_BEST] = dual.lines[i, V_VALUE]


@kernel()
def best_values(dual: Dual) -> None:
    """Go back to the best values."""
    for i in range(dual.lines.shape[0]):
        dual.lines[i, V_VALUE] = dual.lines[i, V_BEST]
        dual.lines[i, V_COURSE] = 0
