"""Many SKUs for one destination: the best node for each, by every service."""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.codes import P_FREE, UNREACHED
from omniroute.kernels.arrays import I4, I8
from omniroute.kernels.decide.memory import bar, lane_views
from omniroute.kernels.order.layout import (
    A_HEADER,
    A_LATEST,
    A_OBJECTIVE,
    A_SLOT,
    C_ROWS,
)
from omniroute.kernels.order.problem import (
    Lanes,
    admit,
    admitted,
    grams,
    handling,
    quanta_of_unit,
    rate,
    transit,
    units_started,
)
from omniroute.kernels.order.scan import may_serve

#: Words of an offer: node (-1: none), cost, transit, price row.
G_NODE, G_COST, G_TRANSIT, G_ROW = 0, 1, 2, 3
OFFER_WIDTH = 4


@kernel()
def _nearest(
    rows: I8,
    cell_node: I4,
    free: I4,
    lanes: Lanes,
    barred: I8,
    ask: I8,
    sku: int,
    quanta: int,
    near: I8,
) -> None:
    """Note the nearest node of each class that holds so much; -1 where none does."""
    near[:] = -1
    for p in range(rows[sku, 0], rows[sku, 0] + rows[sku, 1]):
        node = cell_node[p]
        if free[p] < quanta or admitted(lanes, node) == 0:
            continue
        if not may_serve(lanes, barred, ask, node):
            continue
        c = lanes.cls[node]
        best = near[c]
        if best >= 0:
            metres, least = lanes.dist_m[node], lanes.dist_m[best]
            if metres > least or (metres == least and node > best):
                continue
        near[c] = node


@kernel()
def _is_better(
    lanes: Lanes, node: int, first: int, second: int, offer: I8, key: I8
) -> bool:
    """Compare a node with the best so far: two words, then metres, then its number."""
    if offer[G_NODE] < 0:
        return True
    if first != key[0]:
        return first < key[0]
    if second != key[1]:
        return second < key[1]
    metres, least = lanes.dist_m[node], lanes.dist_m[offer[G_NODE]]
    return metres < least or (metres == least and node < offer[G_NODE])


@kernel()
def _write_best(
    lanes: Lanes, near: I8, s: int, item: I8, quanta: int, fast: bool, offer: I8
) -> None:
    """Write the best class's nearest node for one service."""
    weight_g = grams(quanta, item[0], item[1])
    started = units_started(quanta, item[1])
    key = offer[G_COST : G_TRANSIT + 1]
    offer[G_NODE] = -1
    for c in range(near.size):
        if near[c] < 0 or (lanes.admitted[c] >> s) & 1 == 0:
            continue
        price = rate(lanes, c, s, weight_g)
        if price >= UNREACHED:
            continue
        cost, arrives = price + handling(lanes, c, 1, started), transit(lanes, c, s)
        first, second = (arrives, cost) if fast else (cost, arrives)
        if _is_better(lanes, near[c], first, second, offer, key):
            offer[G_NODE], key[0], key[1] = near[c], first, second
            offer[G_ROW] = lanes.records[c, C_ROWS + s]
    if fast:
        offer[G_COST], offer[G_TRANSIT] = offer[G_TRANSIT], offer[G_COST]


@kernel(
    "i8[,] i4[] i4[,] i8[,] i8[,] i8[,] i4[,,] i8[,,] i8[] i8[] i8[] i8 i8[] i8[,,]"
)
def best_offers(
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
    skus: I8,
    units: int,
    memory: I8,
    out: I8,
) -> None:
    """Find, for every SKU and service, the best node that sends so many units whole.

    Arguments up to ``ask`` as in `route.route`; the ask has one group and no lines. As
    routing such an order by that service alone decides.

    Parameters
    ----------
    skus : int64[n]
    units : int
        Whole units of each.
    memory : int64[N + 2 C] -- scratch; the first N words are zero between calls.
    out : int64[n, V, OFFER_WIDTH] -- written; a node of -1 where no node has it whole.
    """
    n_nodes, n_classes = lane_nodes.shape[2], lane_sizes[ask[A_SLOT]]
    barred = memory[:n_nodes]
    near = memory[n_nodes : n_nodes + n_classes]
    lanes = lane_views(
        services,
        prices,
        lane_nodes,
        lane_records,
        ask[A_SLOT],
        memory[n_nodes + n_classes : n_nodes + 2 * n_classes],
    )
    admit(lanes, ask[A_HEADER], ask[A_LATEST])
    bar(ask, barred, 1)
    for i in range(skus.size):
        sku = skus[i]
        quanta = units * quanta_of_unit(items[sku, 1])
        free = planes[P_FREE]
        _nearest(rows, cell_node, free, lanes, barred, ask, sku, quanta, near)
        for s in range(services.shape[0]):
            fast, offer = ask[A_OBJECTIVE] == 1, out[i, s]
            _write_best(lanes, near, s, items[sku], quanta, fast, offer)
    bar(ask, barred, 0)
