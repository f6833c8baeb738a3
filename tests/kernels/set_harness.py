"""One set of nodes handed to the kernels that price and pack it, and its naive twin."""

from __future__ import annotations

from itertools import product

import numba
import numpy as np

from omniroute.codes import P_FREE
from omniroute.kernels.cover.case import (
    G_COST,
    G_UNIT,
    Case,
    goal_of,
    loads_of,
    set_goal,
)
from omniroute.kernels.cover.curves import curve_memory, curve_views, draw_curves
from omniroute.kernels.cover.fleet import (
    F_NODE,
    H_BEST,
    count_nodes,
    fleet_memory,
    fleet_views,
    gather,
    restore,
    size_of,
    total_cost,
)
from omniroute.kernels.cover.ranking import index_lines, know_anyone, money_unit
from omniroute.kernels.cover.sets import M_NODE, SET_CUT, SET_LIMIT, set_views
from omniroute.kernels.cover.trial import try_set
from omniroute.kernels.decide.memory import carve, count_cells, lane_views, read_lines
from omniroute.kernels.decide.route import route
from omniroute.kernels.order.layout import A_HEADER, A_LINES, A_SLOT
from omniroute.kernels.order.problem import admit, order_weight
from omniroute.kernels.order.scan import scan
from tests.conftest import WITHOUT_JIT
from tests.kernels.route_harness import Router, as_arrays, ask_of
from tests.naive.routing_instance import Instance


def _try(
    rows, cell_node, planes, items, prices, services, lane_nodes, lane_records,
    lane_sizes, ask, chosen, cost, budget, work, out
):  # fmt: skip
    """Try the nodes ``chosen``: cost known, what is left open, cost of the plan kept."""
    n_classes = lane_sizes[ask[A_SLOT]]
    scratch, order, barred, admitted = carve(
        work, lane_nodes.shape[2], ask[A_LINES], count_cells(rows, ask), n_classes
    )
    lanes = lane_views(
        services, prices, lane_nodes, lane_records, ask[A_SLOT], admitted
    )
    read_lines(ask, items, order.lines)
    admit(lanes, ask[A_HEADER], -1)
    scan(rows, cell_node, planes[P_FREE], lanes, order, barred, ask)
    n = count_nodes(lanes, order, scratch)
    fleet = fleet_views(order, scratch.cover, n)
    gather(lanes, order, scratch, fleet, n)
    used = fleet_memory(fleet.holdings.shape[0], n, order.lines.shape[0])
    curves = curve_views(scratch.cover[used:], n_classes)
    draw_curves(lanes, order_weight(order), curves)
    sets = set_views(scratch.cover[used + curve_memory(n_classes) :], fleet)
    words = scratch.small[128:]
    case = Case(lanes, order, curves, fleet, goal_of(words), loads_of(words))
    set_goal(case.goal, 0, budget)
    case.goal[G_COST], case.goal[G_UNIT] = cost, money_unit(case)
    index_lines(case, sets)
    know_anyone(case, sets)
    sets.words[SET_LIMIT], sets.words[SET_CUT] = budget, 0
    size = 0
    for k in range(size_of(fleet)):
        for j in range(chosen.size):
            if fleet.nodes[k, F_NODE] == chosen[j]:
                sets.members[size, M_NODE] = k
                size += 1
    out[1] = try_set(case, sets, size)
    out[0] = out[2] = case.goal[G_COST]
    if out[0] < cost:
        restore(order, fleet, H_BEST)
        out[2] = total_cost(lanes, fleet)


_compiled = _try if WITHOUT_JIT else numba.njit(_try, error_model="numpy", _nrt=False)


def trial(
    instance: Instance, chosen: list[int], cost: int, budget: int = 2_000_000
) -> tuple[int, int, int]:
    """Return (cost of the best plan known, bound on what is open, cost of the plan)."""
    arrays, ask, router = as_arrays(instance), ask_of(instance), Router()
    router.call(route, *arrays, ask)  # makes the memory large enough
    out = np.zeros(3, np.int64)
    nodes = np.array(chosen, np.int64)
    _compiled(*arrays, ask, nodes, cost, budget, router.work, out)
    return int(out[0]), int(out[1]), int(out[2])


def best_of_set(instance: Instance, chosen: list[int]) -> tuple[int | None, int | None]:
    """Cost of the best plan that uses all the nodes, and of the best that need not.

    Every way to share every line out is tried; None where there is none. One service and
    one load a node. The search only asks for the first, but may come upon the second.
    """
    ways = [list(_shares(instance, chosen, i)) for i in range(len(instance.lines))]
    tariff = {option.node: option.price for option in instance.options}
    best: list[int | None] = [None, None]
    for plan in product(*ways):
        loads = [[share[j] for share in plan] for j in range(len(chosen))]
        costs = [
            _cost(instance, k, load, tariff[k]) if any(load) else 0
            for k, load in zip(chosen, loads, strict=True)
        ]
        if None not in costs:
            for x in (0, 1) if all(any(load) for load in loads) else (1,):
                if best[x] is None or sum(costs) < best[x]:
                    best[x] = sum(costs)
    return best[0], best[1]


def _shares(instance: Instance, chosen: list[int], i: int):
    """Ways to share line i: by one node where any node of all could, else by several."""
    line = instance.lines[i]
    caps = [min(line.quantity, instance.nodes[k].stock[i]) for k in chosen]
    for share in product(*(range(cap + 1) for cap in caps)):
        whole = sum(part > 0 for part in share) == 1
        if sum(share) == line.quantity and (whole or not instance.whole_able[i]):
            yield share


def _cost(instance, k, quantities, tariff):
    node = instance.nodes[k]
    sent = [(line, q) for line, q in zip(instance.lines, quantities, strict=True) if q]
    price = tariff(sum(line.weight_of(q) for line, q in sent))
    if price is None:
        return None
    units = sum(-(-q // line.scale) for line, q in sent)
    return price + node.order_cost + node.line_cost * len(sent) + node.unit_cost * units
