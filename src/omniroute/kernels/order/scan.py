"""Where each line of an order is in stock, among the nodes that may serve it."""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.kernels.arrays import I4, I8
from omniroute.kernels.order.layout import (
    A_COLLECT_AT,
    A_EXCLUDED,
    A_MAX_DISTANCE_M,
    A_SPLIT,
    SPLIT_FREELY,
    SPLIT_NEVER,
)
from omniroute.kernels.order.problem import (
    L_ASKED,
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
    most_carried,
    takes_any,
    units_started,
)


@kernel()
def is_picky(ask: I8) -> bool:
    """Whether the ask rules out nodes that have an admitted service."""
    ruled_out = ask[A_EXCLUDED] > 0 or ask[A_MAX_DISTANCE_M] >= 0
    return ruled_out or ask[A_COLLECT_AT] >= 0


@kernel()
def may_serve(lanes: Lanes, barred: I8, ask: I8, node: int) -> bool:
    """Whether the ask leaves room for the node; -1 stands for no limit."""
    max_m, only = ask[A_MAX_DISTANCE_M], ask[A_COLLECT_AT]
    if barred[node] != 0 or (max_m >= 0 and lanes.dist_m[node] > max_m):
        return False
    return only < 0 or node == only


@kernel()
def _lighten(lanes: Lanes, order: Order, i: int, n_hits: int) -> tuple[int, int, int]:
    """Take the hits of line i for no more than one shipment can carry.

    Nodes that can send nothing of it are no hits. Returns ``(hits, total, most)`` as
    they are then.
    """
    total, most, kept = 0, 0, order.line_ptr[i]
    for h in range(order.line_ptr[i], n_hits):
        node = order.hit_node[h]
        able = most_carried(lanes, order.lines[i], node, order.hit_free[h])
        if able > 0:
            order.hit_node[kept], order.hit_free[kept] = node, able
            kept += 1
            total += able
            most = max(most, able)
    return kept, total, most


@kernel()
def _classify(order: Order, i: int, total: int, most: int, n_live: int) -> int:
    """Note what can become of line i, of which nodes have ``total`` and one ``most``.

    Whole from one node, spread, or not at all; returns the lines that can be served.
    """
    line = order.lines[i]
    quantity = line[L_QUANTITY]
    line[L_TARGET] = min(total, quantity)
    line[L_UNITS] = units_started(quantity, line[L_SCALE])
    line[L_WHOLE] = 1 if most >= quantity else 0
    line[L_LIVE] = -1
    if total == 0:
        return n_live
    line[L_LIVE] = n_live
    order.live[n_live] = i
    return n_live + 1


@kernel()
def _settle_for(line: I8, most: int) -> None:
    """Ask no more of a line than one node can send: it is then whole there."""
    line[L_QUANTITY] = most
    line[L_WEIGHT] = grams(most, line[L_GRAMS], line[L_SCALE])


@kernel()
def scan(
    rows: I8, cell_node: I4, free: I4, lanes: Lanes, order: Order, barred: I8, ask: I8
) -> tuple[int, int]:
    """Collect the hits of every line: nodes that may serve it and hold some of it.

    Of a heavy line, that is what one shipment can carry. ``barred`` is zero for nodes
    that are not excluded. Lines are classified on the way.
    Returns ``(hits, lines that can be served)``. Time: the cells of the order's SKUs.
    """
    n_hits, n_live = 0, 0
    picky = is_picky(ask)
    undivided, freely = ask[A_SPLIT] == SPLIT_NEVER, ask[A_SPLIT] == SPLIT_FREELY
    order.line_ptr[0] = 0
    for i in range(order.lines.shape[0]):
        total, most = 0, 0
        sku, quantity = order.lines[i, L_SKU], order.lines[i, L_ASKED]
        order.lines[i, L_QUANTITY] = quantity
        start = rows[sku, 0]
        for p in range(start, start + rows[sku, 1]):
            held = int(free[p])
            node = cell_node[p]
            if held <= 0 or admitted(lanes, node) == 0:
                continue
            if picky and not may_serve(lanes, barred, ask, node):
                continue
            order.hit_node[n_hits] = node
            order.hit_free[n_hits] = held
            n_hits += 1
            total += held
            most = max(most, held)
        weight_g = grams(quantity, order.lines[i, L_GRAMS], order.lines[i, L_SCALE])
        order.lines[i, L_WEIGHT] = weight_g
        if not takes_any(lanes, weight_g):
            n_hits, total, most = _lighten(lanes, order, i, n_hits)
        order.line_ptr[i + 1] = n_hits
        if undivided and 0 < most < quantity:
            _settle_for(order.lines[i], most)
        n_live = _classify(order, i, total, most, n_live)
        if freely and quantity > 1 and n_hits > order.line_ptr[i] + 1:
            order.lines[i, L_WHOLE] = 0  # there are parts, and who could send them
    return n_hits, n_live
