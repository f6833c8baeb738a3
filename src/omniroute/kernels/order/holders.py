"""Lines that some node holds whole: scanned, marked and grouped in one pass."""

from __future__ import annotations

import numpy as np

from omniroute._jit import kernel, view
from omniroute.codes import SUBSET_LINES_MAX
from omniroute.kernels.arrays import I4, I8
from omniroute.kernels.order.layout import A_OBJECTIVE, A_UNDIVIDED, A_WITHIN
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
    clear_words,
    grams,
    takes_any,
    units_started,
)
from omniroute.kernels.order.scan import is_picky, may_serve
from omniroute.kernels.order.subsets import (
    BEYOND,
    N_CLASS,
    N_DIST,
    N_FIELDS,
    N_KEY,
    N_MASK,
    N_NODE,
    T_ROWS,
)

#: Keys there may be: so many entries find room where quantities are split otherwise.
KEYS_MAX = 1 << 13


@view
def key_block(scratch: Scratch, n_lines: int) -> I8:
    """Room for one entry a key, behind the table."""
    start = T_ROWS << n_lines
    return scratch.large[start : start + N_FIELDS * KEYS_MAX].reshape(KEYS_MAX, N_FIELDS)


@kernel()
def may_be_whole(
    lanes: Lanes, order: Order, scratch: Scratch, ask: I8, most: int
) -> bool:
    """Whether lines that are held whole are settled by `find_holders`.

    Notes weight and units of the lines.
    """
    n_lines = order.lines.shape[0]
    if most == 1 or n_lines > SUBSET_LINES_MAX or ask[A_OBJECTIVE] == 1:
        return False
    if ask[A_WITHIN] > 0 or ask[A_UNDIVIDED] > 1:
        return False
    if lanes.admitted.size << n_lines > min(KEYS_MAX, scratch.stamps.size):
        return False
    for i in range(n_lines):
        line = order.lines[i]
        quantity = line[L_ASKED]
        weight_g = grams(quantity, line[L_GRAMS], line[L_SCALE])
        if not takes_any(lanes, weight_g):
            return False
        line[L_QUANTITY], line[L_WEIGHT] = quantity, weight_g
        line[L_UNITS] = units_started(quantity, line[L_SCALE])
    return True


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
    entries: I8,
) -> tuple[int, int]:
    """`scan`, `mark_holders` and `group_alike` in one, of lines that are held whole.

    Returns ``(hits, entries)``, -1 entries where no node holds some line whole.
    """
    n_hits, n_touched, n_entries = 0, 0, 0
    n_lines = order.lines.shape[0]
    picky = is_picky(ask)
    stamps, words = scratch.stamps, scratch.node_word
    for i in range(n_lines):
        sku, quantity = order.lines[i, L_SKU], order.lines[i, L_ASKED]
        start = rows[sku, 0]
        bit, holders = 1 << i, 0
        nodes = cell_node[start : start + rows[sku, 1]]
        holds = free[start : start + rows[sku, 1]]
        for p in range(nodes.size):
            held = int(holds[p])
            node = np.uint32(nodes[p])
            c = lanes.cls[node]
            if held <= 0 or c < 0 or lanes.admitted[c] == 0:
                continue
            if picky and not may_serve(lanes, barred, ask, int(node)):
                continue
            n_hits += 1
            if held < quantity:
                continue
            holders += 1
            word = words[node]
            scratch.touched[np.uint32(n_touched)] = node
            n_touched += word == 0
            words[node] = word | bit
            key = np.uint32((int(c) << n_lines) | word | bit)
            best = stamps[key]
            if best == 0:
                entries[np.uint32(n_entries), N_KEY] = key
                n_entries += 1
            stamps[key] = max(best, BEYOND - ((int(lanes.dist_m[node]) << 32) | int(node)))
        if holders == 0:
            break
    clear_words(scratch, n_touched)
    for e in range(n_entries):
        entry = entries[e]
        key = entry[N_KEY]
        place = BEYOND - stamps[key]
        stamps[key] = 0
        entry[N_CLASS] = int(key) >> n_lines
        entry[N_MASK] = int(key) & ((1 << n_lines) - 1)
        entry[N_DIST] = place >> 32
        entry[N_NODE] = place & 0xFFFFFFFF
    return n_hits, n_entries if holders > 0 else -1
