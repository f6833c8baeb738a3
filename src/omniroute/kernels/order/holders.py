"""Orders of a few lines, each held whole by some node: one pass over the cells.

What `scan`, `mark_holders`, `group_alike` and `fill_costs` of `subsets` do one after the
other, with everything noted on the way, is done here while a cell is looked at: the same
plan in half the time. It takes a word for each class of nodes and each set of lines, so
the lines have to be few.
"""

from __future__ import annotations

import numpy as np

from omniroute._jit import kernel
from omniroute.codes import SUBSET_LINES_MAX
from omniroute.kernels.arrays import I4, I8
from omniroute.kernels.order.layout import (
    A_OBJECTIVE,
    A_SPLIT,
    A_WITHIN,
    C_LINE,
    C_ORDER,
    C_ROWS,
    C_UNIT,
    SPLIT_FREELY,
)
from omniroute.kernels.order.problem import (
    L_ASKED,
    L_GRAMS,
    L_QUANTITY,
    L_SCALE,
    L_SKU,
    L_UNITS,
    L_WEIGHT,
    Lanes,
    Order,
    Scratch,
    grams,
    takes_any,
    transit,
    units_started,
)
from omniroute.kernels.order.scan import is_picky, may_serve
from omniroute.kernels.order.subset_table import BEYOND, T_LINES, T_STEP, T_UNITS
from omniroute.kernels.order.subsets import offer, same_steps, step_subsets

#: Classes times sets of lines, at most: every one is looked at, whoever holds it.
KEYS_MAX = 1 << 11


@kernel()
def may_be_whole(
    lanes: Lanes, order: Order, scratch: Scratch, ask: I8, most: int
) -> bool:
    """Whether `find_holders` may settle the order. Notes weight and units of its lines.

    Not where an order may be served sooner, by one shipment only or by parts of lines, or
    where a line is too heavy for some service: what nodes hold then counts otherwise.
    """
    n_lines = order.lines.shape[0]
    if most == 1 or ask[A_OBJECTIVE] == 1 or ask[A_WITHIN] > 0:
        return False
    if ask[A_SPLIT] == SPLIT_FREELY:
        return False
    if n_lines > SUBSET_LINES_MAX:
        return False
    if lanes.admitted.size << n_lines > min(KEYS_MAX, scratch.stamps.size):
        return False
    for i in range(n_lines):
        line = order.lines[i]
        quantity = line[L_ASKED]
        line[L_QUANTITY] = quantity
        line[L_WEIGHT] = grams(quantity, line[L_GRAMS], line[L_SCALE])
        line[L_UNITS] = units_started(quantity, line[L_SCALE])
        if not takes_any(lanes, line[L_WEIGHT]):
            return False
    return True


@kernel()
def _all_admitted(lanes: Lanes) -> bool:
    """Whether every class has an admissible service."""
    for c in range(lanes.admitted.size):
        if lanes.admitted[c] == 0:
            return False
    return True


@kernel()
def _may_send(lanes: Lanes, barred: I8, ask: I8, node: int) -> bool:
    """Whether a node of some class has an admissible service, and may serve."""
    if lanes.admitted[lanes.cls[node]] == 0:
        return False
    return not is_picky(ask) or may_serve(lanes, barred, ask, node)


@kernel()
def find_holders(
    rows: I8,
    cell_node: I4,
    free: I4,
    lanes: Lanes,
    order: Order,
    barred: I8,
    ask: I8,
    scratch: Scratch,
) -> tuple[int, bool]:
    """Stamp, by class and set of lines, the nearest (then first) node that holds them.

    A stamp says how much nearer than `BEYOND` the node is. What a node holds is stamped
    line by line, so that it has its stamp for some smaller sets too: no harm, as it
    holds them. Returns how many nodes hold something of each line, summed up, and whether
    every line is held whole by some node; if not, no stamps are left.
    """
    n_hits, n_touched, whole = 0, 0, True
    n_lines = order.lines.shape[0]
    plain = _all_admitted(lanes) and not is_picky(ask)
    # Noted where the table will be: there is room for one more than all nodes, as a node
    # is written down before it is known to be new.
    stamps, words, touched = scratch.stamps, scratch.node_word, scratch.large
    for i in range(n_lines):
        sku, quantity = order.lines[i, L_SKU], order.lines[i, L_ASKED]
        start, end = rows[sku, 0], rows[sku, 0] + rows[sku, 1]
        nodes, holds = cell_node[start:end], free[start:end]
        bit, n_whole = 1 << i, 0
        for p in range(nodes.size):
            # Unsigned, so that no index is looked at for being from the end.
            node = np.uint32(nodes[p])
            held, c = int(holds[p]), int(lanes.cls[node])
            if held <= 0 or c < 0:
                continue
            if not plain and not _may_send(lanes, barred, ask, int(node)):
                continue
            n_hits += 1
            if held < quantity:
                continue
            n_whole += 1
            word = words[node]
            if word == 0:
                touched[n_touched] = node
                n_touched += 1
            words[node] = word | bit
            key = np.uint32((c << n_lines) | word | bit)
            place = (int(lanes.dist_m[node]) << 32) | int(node)
            stamps[key] = max(stamps[key], BEYOND - place)
        if n_whole == 0:
            whole = False
            break
    for j in range(n_touched):
        words[touched[j]] = 0
    if not whole:
        _clear_stamps(lanes, stamps, n_lines)
    return n_hits, whole


@kernel()
def _clear_stamps(lanes: Lanes, stamps: I8, n_lines: int) -> None:
    for key in range(lanes.admitted.size << n_lines):
        stamps[key] = 0


@kernel()
def _hand_down(own: I8) -> None:
    """Let every set have the best stamp of the sets that it is part of."""
    bit = 1
    while bit < own.size:
        for first in range(0, own.size, 2 * bit):
            for subset in range(first, first + bit):
                own[subset] = max(own[subset], own[subset + bit])
        bit *= 2


@kernel()
def _offer_class(lanes: Lanes, table: I8, c: int, own: I8, s: int) -> None:
    """Offer every set that a class holds, by one service."""
    record = lanes.records[c]
    prices = lanes.prices[record[C_ROWS + s]]
    base, line, unit = record[C_ORDER], record[C_LINE], record[C_UNIT]
    days = transit(lanes, c, s) << 32
    for subset in range(1, own.size):
        t = table[T_STEP, subset]
        if own[subset] > 0 and t > 0:
            cost = prices[t] + base
            cost += line * table[T_LINES, subset] + unit * table[T_UNITS, subset]
            place = BEYOND - own[subset]
            offer(table, subset, cost, days | (place >> 32), place & 0xFFFFFFFF, s)


@kernel()
def offer_holders(lanes: Lanes, table: I8, stamps: I8, n_lines: int) -> None:
    """Best shipment for every set of lines: `fill_costs`, by class. Clears the stamps."""
    n_classes, stepped = lanes.admitted.size, -1
    for c in range(n_classes):
        _hand_down(stamps[c << n_lines : (c + 1) << n_lines])
    for s in range(lanes.services.shape[0]):
        if stepped < 0 or not same_steps(lanes.services, s, stepped):
            stepped = s
            step_subsets(table, lanes.services, s)
        for c in range(n_classes):
            own = stamps[c << n_lines : (c + 1) << n_lines]
            if (lanes.admitted[c] >> s) & 1 and own[0] > 0:
                _offer_class(lanes, table, c, own, s)
    _clear_stamps(lanes, stamps, n_lines)
