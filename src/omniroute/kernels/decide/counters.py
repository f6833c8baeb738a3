"""Nodes that hold a whole order: where it can be collected, each with its price."""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.codes import P_FREE, UNREACHED
from omniroute.kernels.arrays import I4, I8
from omniroute.kernels.decide.memory import (
    bar,
    carve,
    count_cells,
    lane_views,
    read_lines,
    work_needed,
)
from omniroute.kernels.decide.route import NEED_ROOM, NEED_WORK
from omniroute.kernels.order.layout import (
    A_HEADER,
    A_LATEST,
    A_LINES,
    A_SLOT,
    C_ROWS,
)
from omniroute.kernels.order.problem import (
    L_QUANTITY,
    L_UNITS,
    Lanes,
    Order,
    Scratch,
    admit,
    best_rate,
    clear_words,
    handling,
    order_weight,
    transit,
)
from omniroute.kernels.order.scan import scan

#: Words of a row: node, service, transit, metres, price row, cost.
W_NODE, W_SERVICE, W_TRANSIT, W_DISTANCE_M, W_ROW, W_COST = 0, 1, 2, 3, 4, 5
WHOLE_WIDTH = 6


@kernel()
def _count_whole(order: Order, scratch: Scratch) -> int:
    """Count, by node, the lines it holds whole; returns the nodes that hold any."""
    n_touched = 0
    for i in range(order.lines.shape[0]):
        for h in range(order.line_ptr[i], order.line_ptr[i + 1]):
            if order.hit_free[h] < order.lines[i, L_QUANTITY]:
                continue
            node = order.hit_node[h]
            if scratch.node_word[node] == 0:
                scratch.touched[n_touched] = node
                n_touched += 1
            scratch.node_word[node] += 1
    return n_touched


@kernel()
def _write_whole(lanes: Lanes, order: Order, scratch: Scratch, n: int, out: I8) -> int:
    """Price the order at each node that holds all of it; returns how many there are."""
    n_lines, n_units, found = order.lines.shape[0], 0, 0
    for i in range(n_lines):
        n_units += order.lines[i, L_UNITS]
    weight_g = order_weight(order)
    for j in range(n):
        node = scratch.touched[j]
        if scratch.node_word[node] < n_lines:
            continue
        c = lanes.cls[node]
        price, s = best_rate(lanes, c, weight_g)
        if price >= UNREACHED:
            continue
        row = out[WHOLE_WIDTH * found : WHOLE_WIDTH * (found + 1)]
        row[W_NODE], row[W_SERVICE] = node, s
        row[W_TRANSIT], row[W_DISTANCE_M] = transit(lanes, c, s), lanes.dist_m[node]
        row[W_ROW] = lanes.records[c, C_ROWS + s]
        row[W_COST] = price + handling(lanes, c, n_lines, n_units)
        found += 1
    return found


@kernel("i8[,] i4[] i4[,] i8[,] i8[,] i8[,] i4[,,] i8[,,] i8[] i8[] i8[] i8[]")
def whole_orders(
    rows: I8,
    cell_node: I4,
    planes: I4,
    items: I8,
    prices: I8,
    services: I8,
    lane_nodes: I4,
    lane_records: I8,
    lane_sizes: I8,
    ask: I8,
    work: I8,
    out: I8,
) -> int:
    """List the nodes that can serve all of an order by one service of its first group.

    Arguments as in `route.route`. Rows of `WHOLE_WIDTH` words are written to ``out``, in
    no order. Returns their number, or a negative `NEED_*` code with the size wanted in
    out[1].
    """
    n_nodes, n_lines = lane_nodes.shape[2], ask[A_LINES]
    n_cells, n_classes = count_cells(rows, ask), lane_sizes[ask[A_SLOT]]
    if work.size < work_needed(n_nodes, n_lines, n_cells, n_classes):
        out[1] = work_needed(n_nodes, n_lines, n_cells, n_classes)
        return NEED_WORK
    if out.size < WHOLE_WIDTH * n_nodes:
        out[1] = WHOLE_WIDTH * n_nodes
        return NEED_ROOM
    scratch, order, barred, admitted = carve(work, n_nodes, n_lines, n_cells, n_classes)
    lanes = lane_views(
        services, prices, lane_nodes, lane_records, ask[A_SLOT], admitted
    )
    read_lines(ask, items, order.lines)
    bar(ask, barred, 1)
    admit(lanes, ask[A_HEADER], ask[A_LATEST])
    scan(rows, cell_node, planes[P_FREE], lanes, order, barred, ask)
    bar(ask, barred, 0)
    n_touched = _count_whole(order, scratch)
    found = _write_whole(lanes, order, scratch, n_touched, out)
    clear_words(scratch, n_touched)
    return found
