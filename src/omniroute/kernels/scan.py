"""Where each line of an order is in stock, among the nodes that may serve it."""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.kernels.arrays import I4, I8
from omniroute.kernels.problem import (
    L_GRAMS,
    L_LIVE,
    L_QUANTITY,
    L_SCALE,
    L_SKU,
    L_TARGET,
    L_UNITS,
    L_WEIGHT,
    L_WHOLE,
    Lanes,
    Order,
    admitted,
    grams,
    units_started,
)


@kernel()
def scan(
    rows: I8,
    cell_node: I4,
    free: I4,
    lanes: Lanes,
    order: Order,
    barred: I8,
    max_m: int,
    only: int,
) -> int:
    """Collect the hits of every line: nodes that may serve it and hold some of it.

    ``barred`` is zero for nodes that may serve; ``max_m`` and ``only`` are -1 for no
    limit. Time: the cells of the order's SKUs.
    """
    n_hits = 0
    for i in range(order.lines.shape[0]):
        order.line_ptr[i] = n_hits
        sku = order.lines[i, L_SKU]
        start = rows[sku, 0]
        for p in range(start, start + rows[sku, 1]):
            if free[p] <= 0:
                continue
            node = cell_node[p]
            if admitted(lanes, node) == 0 or barred[node] != 0:
                continue
            if max_m >= 0 and lanes.dist_m[node] > max_m:
                continue
            if only >= 0 and node != only:
                continue
            order.hit_node[n_hits] = node
            order.hit_free[n_hits] = free[p]
            n_hits += 1
    order.line_ptr[order.lines.shape[0]] = n_hits
    return n_hits


@kernel()
def classify(order: Order) -> int:
    """Tell lines that a node holds whole, lines to spread, and lines out of stock.

    Returns the number of lines that can be served.
    """
    n_live = 0
    for i in range(order.lines.shape[0]):
        line = order.lines[i]
        quantity = line[L_QUANTITY]
        total, most = 0, 0
        for h in range(order.line_ptr[i], order.line_ptr[i + 1]):
            total += order.hit_free[h]
            most = max(most, order.hit_free[h])
        line[L_WHOLE] = 1 if most >= quantity else 0
        line[L_TARGET] = min(total, quantity)
        line[L_WEIGHT] = grams(quantity, line[L_GRAMS], line[L_SCALE])
        line[L_UNITS] = units_started(quantity, line[L_SCALE])
        line[L_LIVE] = -1
        if total > 0:
            line[L_LIVE] = n_live
            order.live[n_live] = i
            n_live += 1
    return n_live
