"""The nodes that can send something of a large order, and what each is asked to send."""

from __future__ import annotations

from typing import NamedTuple

from omniroute._jit import kernel, view
from omniroute.codes import UNREACHED
from omniroute.kernels.arrays import I8
from omniroute.kernels.cover.curves import Curves, carries, nowhere_above
from omniroute.kernels.order.layout import C_LINE, C_ORDER, C_UNIT
from omniroute.kernels.order.problem import (
    K_LINE,
    K_NODE,
    K_QUANTITY,
    K_SERVICE,
    L_GRAMS,
    L_QUANTITY,
    L_SCALE,
    L_TARGET,
    L_UNITS,
    L_WEIGHT,
    L_WHOLE,
    Lanes,
    Order,
    Scratch,
    best_rate,
    grams,
    handling,
    units_started,
)

# Columns of a node; its load is what it is asked to send.
F_NODE = 0
F_CLASS = 1
#: Its holdings are those from here to the next node's first.
F_FIRST = 2
#: Its lines as bits, the 62nd line again as the first: to tell quickly who holds more.
F_MASK = 3
#: 0 if the node is not worth a try in a plan; the larger, the more.
F_KEEN = 4
#: A straight line under its costs, which the bound tries before it looks closer.
F_ALPHA = 5
F_BETA = 6
#: 1 if the bound does not look at the node for now: it was far from worth opening.
F_ASLEEP = 7
#: The lines that it sends, as bits like F_MASK; of open nodes, or more bits than those.
F_SENDS = 8
#: The last columns, so that a load is a slice up to the end.
F_LOAD = 9
FLEET_FIELDS = 12

# Words of a load.
D_GRAMS = 0
D_LINES = 1
D_STARTED = 2
LOAD_WORDS = 3

# Columns of a holding: a line that a node can send, lines rising.
H_LINE = 0
#: Most quanta it can send of it; what it sends now; what it sent in two saved plans.
H_CAP = 1
H_AMOUNT = 2
H_SAVED = 3
H_BEST = 4
HOLDING_FIELDS = 5

# Columns of a line of the order.
W_LEFT = 0
#: Money that placing the whole line is worth, to a choice between nodes.
W_WORTH = 1
#: Its bit in the subset table while it is chosen anew, else 0.
W_BIT = 2
WANT_FIELDS = 3

MASK_BITS = 62


class Fleet(NamedTuple):
    """Who can send what of an order, and the plan as it stands."""

    #: One row a node, and a last one that ends its holdings.
    nodes: I8
    holdings: I8
    wants: I8
    #: Rows of the nodes that send something: ``opened[0]`` of them from ``opened[1]`` on.
    opened: I8


@kernel()
def fleet_memory(n_hits: int, n_nodes: int, n_lines: int) -> int:
    """Words that a fleet takes."""
    return (
        (FLEET_FIELDS + 1) * (n_nodes + 1)
        + HOLDING_FIELDS * n_hits
        + (WANT_FIELDS * n_lines)
    )


@kernel()
def _sendable(order: Order, i: int, h: int) -> bool:
    """Whether a hit can be used: a line that some node holds whole is sent whole."""
    line = order.lines[i]
    return line[L_WHOLE] == 0 or order.hit_free[h] >= line[L_QUANTITY]


@kernel()
def count_nodes(lanes: Lanes, order: Order, scratch: Scratch) -> int:
    """Number the nodes that can send something, and count the lines of each.

    Row by node is left in ``node_row``, lines by row in ``node_mask``.
    """
    n_nodes = 0
    for i in range(order.lines.shape[0]):
        for h in range(order.line_ptr[i], order.line_ptr[i + 1]):
            node = order.hit_node[h]
            if not _sendable(order, i, h) or lanes.admitted[lanes.cls[node]] == 0:
                continue
            if scratch.node_word[node] == 0:
                scratch.node_word[node] = 1
                scratch.touched[n_nodes] = node
                scratch.node_row[node] = n_nodes
                scratch.node_mask[n_nodes] = 0
                n_nodes += 1
            scratch.node_mask[scratch.node_row[node]] += 1
    for k in range(n_nodes):
        scratch.node_word[scratch.touched[k]] = 0
    return n_nodes


@view
def fleet_views(order: Order, memory: I8, n: int) -> Fleet:
    """Cut the memory of a fleet of ``n`` nodes."""
    n_lines = order.lines.shape[0]
    n_hits = order.line_ptr[n_lines]
    a = FLEET_FIELDS * (n + 1)
    b = a + HOLDING_FIELDS * n_hits
    c = b + WANT_FIELDS * n_lines
    return Fleet(
        memory[:a].reshape(n + 1, FLEET_FIELDS),
        memory[a:b].reshape(n_hits, HOLDING_FIELDS),
        memory[b:c].reshape(n_lines, WANT_FIELDS),
        memory[c : c + n + 1],
    )


@kernel()
def gather(lanes: Lanes, order: Order, scratch: Scratch, fleet: Fleet, n: int) -> None:
    """Fill in the fleet of an order: who holds what, nothing placed yet."""
    nodes = fleet.nodes
    nodes[0, F_FIRST] = 0
    for k in range(n):
        nodes[k, F_NODE] = scratch.touched[k]
        nodes[k, F_CLASS] = lanes.cls[scratch.touched[k]]
        nodes[k, F_MASK] = 0
        nodes[k, F_KEEN] = 1
        nodes[k + 1, F_FIRST] = nodes[k, F_FIRST] + scratch.node_mask[k]
        scratch.node_mask[k] = nodes[k, F_FIRST]
    for i in range(order.lines.shape[0]):
        for h in range(order.line_ptr[i], order.line_ptr[i + 1]):
            node = order.hit_node[h]
            if not _sendable(order, i, h) or lanes.admitted[lanes.cls[node]] == 0:
                continue
            k = scratch.node_row[node]
            holding = fleet.holdings[scratch.node_mask[k]]
            scratch.node_mask[k] += 1
            holding[H_LINE] = i
            holding[H_CAP] = min(order.hit_free[h], order.lines[i, L_TARGET])
            nodes[k, F_MASK] |= 1 << (i % MASK_BITS)


# -- nodes that others stand in for ----------------------------------------------------


@kernel()
def prune(
    lanes: Lanes,
    order: Order,
    curves: Curves,
    fleet: Fleet,
    n: int,
    weight_g: int,
    by_size: I8,
    masks: I8,
    memo: I8,
) -> int:
    """Drop nodes that another can stand in for. Returns how many are left.

    That is one that holds the same lines and more and costs no more: a plan with the
    first becomes one with the second, at no more money and no more shipments. Lines to
    spread may meet themselves there, so it must have them whole; and everybody stays if a
    load could be too heavy. ``by_size`` and ``masks`` have ``n`` words, ``memo`` one
    for each pair of the first `MEMO_CURVES` curves.
    """
    memo[:] = 0
    for c in range(lanes.admitted.size):
        if lanes.admitted[c] != 0 and not carries(curves, c, weight_g):
            return n
    _sort_by_size(order, fleet, n, by_size)
    n_kept = 0
    for x in range(n):
        k = by_size[x]
        mask = fleet.nodes[k, F_MASK]
        kept = True
        for y in range(n_kept):
            if mask & ~masks[y] == 0:
                if _stands_in(lanes, order, curves, fleet, by_size[y], k, memo):
                    kept = False
                    break
        if kept:
            by_size[n_kept] = k
            masks[n_kept] = mask
            n_kept += 1
        else:
            fleet.nodes[k, F_NODE] = -1
    return _close_ranks(fleet, n)


MEMO_CURVES = 64


@kernel()
def _sort_by_size(order: Order, fleet: Fleet, n: int, by_size: I8) -> None:
    """List the nodes by falling number of lines: a stand-in holds no fewer."""
    at = 0
    for size in range(order.lines.shape[0], 0, -1):
        for k in range(n):
            if fleet.nodes[k + 1, F_FIRST] - fleet.nodes[k, F_FIRST] == size:
                by_size[at] = k
                at += 1


@kernel()
def _stands_in(
    lanes: Lanes, order: Order, curves: Curves, fleet: Fleet, a: int, b: int, memo: I8
) -> bool:
    """Whether node ``a``, whose bits cover those of ``b``, can stand in for it."""
    nodes = fleet.nodes
    ours, theirs = nodes[a, F_CLASS], nodes[b, F_CLASS]
    if ours != theirs and not _cheaper(lanes, curves, ours, theirs, memo):
        return False
    e = nodes[a, F_FIRST]
    for f in range(nodes[b, F_FIRST], nodes[b + 1, F_FIRST]):
        i = fleet.holdings[f, H_LINE]
        while e < nodes[a + 1, F_FIRST] and fleet.holdings[e, H_LINE] < i:
            e += 1
        if e == nodes[a + 1, F_FIRST] or fleet.holdings[e, H_LINE] != i:
            return False
        if fleet.holdings[e, H_CAP] < order.lines[i, L_TARGET]:
            return False
    return True


@kernel()
def _cheaper(lanes: Lanes, curves: Curves, a: int, b: int, memo: I8) -> bool:
    """Whether a node of class ``a`` costs no more than one of ``b`` for any load."""
    ours, theirs = lanes.records[a], lanes.records[b]
    for word in (C_ORDER, C_LINE, C_UNIT):
        if ours[word] > theirs[word]:
            return False
    u, v = curves.of[a], curves.of[b]
    if u == v:
        return True
    if u >= MEMO_CURVES or v >= MEMO_CURVES:
        return nowhere_above(curves, u, v)
    at = u * MEMO_CURVES + v
    if memo[at] == 0:
        memo[at] = 2 if nowhere_above(curves, u, v) else 1
    return memo[at] == 2


@kernel()
def _close_ranks(fleet: Fleet, n: int) -> int:
    """Move the nodes that are left, and their holdings, to the front."""
    nodes = fleet.nodes
    n_kept, at = 0, 0
    for k in range(n):
        first, end = nodes[k, F_FIRST], nodes[k + 1, F_FIRST]
        if nodes[k, F_NODE] < 0:
            continue
        for j in range(F_LOAD):
            nodes[n_kept, j] = nodes[k, j]
        nodes[n_kept, F_FIRST] = at
        for e in range(first, end):
            fleet.holdings[at, H_LINE] = fleet.holdings[e, H_LINE]
            fleet.holdings[at, H_CAP] = fleet.holdings[e, H_CAP]
            at += 1
        n_kept += 1
    nodes[n_kept, F_FIRST] = at
    return n_kept


@view
def first_nodes(fleet: Fleet, n: int) -> Fleet:
    """The fleet of the first ``n`` nodes."""
    return Fleet(
        fleet.nodes[: n + 1],
        fleet.holdings[: fleet.nodes[n, F_FIRST]],
        fleet.wants,
        fleet.opened,
    )


# -- loads -----------------------------------------------------------------------------


@kernel()
def size_of(fleet: Fleet) -> int:
    """Number of nodes."""
    return fleet.nodes.shape[0] - 1


@kernel()
def unload(order: Order, fleet: Fleet) -> None:
    """Start anew: nothing is sent, every line is to be placed as far as it can be."""
    for k in range(size_of(fleet)):
        clear_load(fleet.nodes[k, F_LOAD:])
    for e in range(fleet.holdings.shape[0]):
        fleet.holdings[e, H_AMOUNT] = 0
    for i in range(order.lines.shape[0]):
        fleet.wants[i, W_LEFT] = order.lines[i, L_TARGET]
    fleet.opened[0] = 0


@kernel()
def clear_load(load: I8) -> None:
    """Empty a load."""
    for j in range(LOAD_WORDS):
        load[j] = 0


@kernel()
def add_to_load(order: Order, i: int, quantity: int, sign: int, load: I8) -> None:
    """Add a quantity of line i to a load, or take it out."""
    if quantity > 0:
        line = order.lines[i]
        load[D_LINES] += sign
        if quantity == line[L_QUANTITY]:
            load[D_GRAMS] += sign * line[L_WEIGHT]
            load[D_STARTED] += sign * line[L_UNITS]
        else:
            load[D_GRAMS] += sign * grams(quantity, line[L_GRAMS], line[L_SCALE])
            load[D_STARTED] += sign * units_started(quantity, line[L_SCALE])


@kernel()
def best_service(lanes: Lanes, c: int, load: I8) -> tuple[int, int]:
    """Cheapest service for a load at a class: ``(cost, service)``; empty costs nothing."""
    if load[D_LINES] == 0:
        return 0, 0
    best, service = best_rate(lanes, c, load[D_GRAMS])
    if best < UNREACHED:
        best += handling(lanes, c, load[D_LINES], load[D_STARTED])
    return best, service


@kernel()
def cost_of(lanes: Lanes, fleet: Fleet, k: int, load: I8) -> int:
    """Cost of a load at node k; `UNREACHED` if it is too heavy."""
    cost, _ = best_service(lanes, fleet.nodes[k, F_CLASS], load)
    return cost


@kernel()
def total_cost(lanes: Lanes, fleet: Fleet) -> int:
    """Cost of the plan as it stands."""
    total = 0
    for j in range(fleet.opened[0]):
        k = fleet.opened[1 + j]
        total = min(
            UNREACHED, total + cost_of(lanes, fleet, k, fleet.nodes[k, F_LOAD:])
        )
    return total


@kernel()
def quanta_left(fleet: Fleet) -> int:
    """Quanta that the plan does not place."""
    left = 0
    for i in range(fleet.wants.shape[0]):
        left += fleet.wants[i, W_LEFT]
    return left


@kernel()
def note_opened(fleet: Fleet) -> None:
    """List the nodes that send something."""
    n = 0
    for k in range(size_of(fleet)):
        if fleet.nodes[k, F_LOAD + D_LINES] > 0:
            n += 1
            fleet.opened[n] = k
            fleet.nodes[k, F_SENDS] = _lines_sent(fleet, k)
    fleet.opened[0] = n


@kernel()
def _lines_sent(fleet: Fleet, k: int) -> int:
    """The lines that a node sends, as bits."""
    bits = 0
    for e in range(fleet.nodes[k, F_FIRST], fleet.nodes[k + 1, F_FIRST]):
        if fleet.holdings[e, H_AMOUNT] > 0:
            bits |= 1 << (fleet.holdings[e, H_LINE] % MASK_BITS)
    return bits


@kernel()
def save(fleet: Fleet, column: int) -> None:
    """Remember the plan as it stands, in `H_SAVED` or `H_BEST`."""
    for e in range(fleet.holdings.shape[0]):
        fleet.holdings[e, column] = fleet.holdings[e, H_AMOUNT]


@kernel()
def restore(order: Order, fleet: Fleet, column: int) -> None:
    """Go back to a saved plan."""
    holdings = fleet.holdings
    unload(order, fleet)
    for k in range(size_of(fleet)):
        for e in range(fleet.nodes[k, F_FIRST], fleet.nodes[k + 1, F_FIRST]):
            amount = holdings[e, column]
            if amount > 0:
                holdings[e, H_AMOUNT] = amount
                fleet.wants[holdings[e, H_LINE], W_LEFT] -= amount
                add_to_load(
                    order, holdings[e, H_LINE], amount, 1, fleet.nodes[k, F_LOAD:]
                )
    note_opened(fleet)


@kernel()
def holding_of(fleet: Fleet, k: int, i: int) -> int:
    """Holding of line i at node k, -1 if it has none. Holdings are sorted by line."""
    low, high = fleet.nodes[k, F_FIRST], fleet.nodes[k + 1, F_FIRST]
    while low < high:
        middle = (low + high) >> 1
        if fleet.holdings[middle, H_LINE] < i:
            low = middle + 1
        else:
            high = middle
    if low < fleet.nodes[k + 1, F_FIRST] and fleet.holdings[low, H_LINE] == i:
        return low
    return -1


@kernel()
def send(order: Order, fleet: Fleet, k: int, i: int, amount: int) -> None:
    """Let node k, which sends nothing of line i yet, send so much of it."""
    fleet.holdings[holding_of(fleet, k, i), H_AMOUNT] = amount
    fleet.wants[i, W_LEFT] -= amount
    add_to_load(order, i, amount, 1, fleet.nodes[k, F_LOAD:])


@kernel()
def emit_fleet(lanes: Lanes, fleet: Fleet, picks: I8) -> int:
    """Write the plan as picks."""
    n_picks = 0
    for j in range(fleet.opened[0]):
        k = fleet.opened[1 + j]
        c = fleet.nodes[k, F_CLASS]
        _, service = best_service(lanes, c, fleet.nodes[k, F_LOAD:])
        for e in range(fleet.nodes[k, F_FIRST], fleet.nodes[k + 1, F_FIRST]):
            if fleet.holdings[e, H_AMOUNT] > 0:
                pick = picks[n_picks]
                pick[K_NODE] = fleet.nodes[k, F_NODE]
                pick[K_SERVICE] = service
                pick[K_LINE] = fleet.holdings[e, H_LINE]
                pick[K_QUANTITY] = fleet.holdings[e, H_AMOUNT]
                n_picks += 1
    return n_picks
