"""Nodes that are alike to an order: the same lines, the same terms; one entry for all."""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.kernels.arrays import I8
from omniroute.kernels.order.problem import L_QUANTITY, Lanes, Order, Scratch
from omniroute.kernels.order.subset_table import (
    BEYOND,
    N_CLASS,
    N_DIST,
    N_KEY,
    N_MASK,
    N_NODE,
    N_STAMP,
)


@kernel()
def mark_holders(order: Order, members: I8, scratch: Scratch) -> int:
    """Write in ``node_word`` which of ``members`` each node holds whole, as bits."""
    n_touched = 0
    for b in range(members.size):
        i = members[b]
        quantity = order.lines[i, L_QUANTITY]
        for h in range(order.line_ptr[i], order.line_ptr[i + 1]):
            if order.hit_free[h] < quantity:
                continue
            node = order.hit_node[h]
            word = scratch.node_word[node]
            if word == 0:
                scratch.touched[n_touched] = node
                n_touched += 1
            scratch.node_word[node] = word | (1 << b)
    return n_touched


@kernel()
def _alike_by_key(
    lanes: Lanes, scratch: Scratch, n_touched: int, n_lines: int, entries: I8
) -> int:
    """`group_alike` with a stamp for every key there can be.

    A stamp says how much nearer than `BEYOND` the best node is, so that the largest is
    of the nearest (then first) and 0 of none.
    """
    n_entries, stamps = 0, scratch.stamps
    for j in range(n_touched):
        node = scratch.touched[j]
        c = lanes.cls[node]
        if lanes.admitted[c] == 0:
            continue
        key = (c << n_lines) | scratch.node_word[node]
        best = stamps[key]
        if best == 0:
            entries[n_entries, N_KEY] = key
            n_entries += 1
        stamps[key] = max(best, BEYOND - ((int(lanes.dist_m[node]) << 32) | node))
    for e in range(n_entries):
        entry = entries[e]
        key = entry[N_KEY]
        place = BEYOND - stamps[key]
        stamps[key] = 0
        entry[N_CLASS] = key >> n_lines
        entry[N_MASK] = key & ((1 << n_lines) - 1)
        entry[N_DIST] = place >> 32
        entry[N_NODE] = place & 0xFFFFFFFF
    return n_entries


@kernel()
def _alike_by_search(
    lanes: Lanes, scratch: Scratch, n_touched: int, n_lines: int, entries: I8
) -> int:
    """`group_alike` with fewer stamps than keys: at the key or the next free place.

    Networks too large for that keep every node: slower, same answer.
    """
    n_entries = 0
    stamps = scratch.stamps
    last = stamps.size - 1
    if 2 * n_touched > stamps.size:
        last = -1
    for j in range(n_touched):
        node = scratch.touched[j]
        c = lanes.cls[node]
        if lanes.admitted[c] == 0:
            continue
        mask = scratch.node_word[node]
        dist = lanes.dist_m[node]
        key = (c << n_lines) | mask
        at = key & last
        while last > 0 and stamps[at] and entries[stamps[at] - 1, N_KEY] != key:
            at = (at + 1) & last
        if last < 0 or stamps[at] == 0:
            entry = entries[n_entries]
            n_entries += 1
            entry[N_CLASS] = c
            entry[N_MASK] = mask
            entry[N_KEY] = key
            if last > 0:
                stamps[at] = n_entries
                entry[N_STAMP] = at
        else:
            entry = entries[stamps[at] - 1]
            nearer = dist < entry[N_DIST]
            if not (nearer or (dist == entry[N_DIST] and node < entry[N_NODE])):
                continue
        entry[N_DIST] = dist
        entry[N_NODE] = node
    if last > 0:
        for e in range(n_entries):
            stamps[entries[e, N_STAMP]] = 0
    return n_entries


@kernel()
def group_alike(
    lanes: Lanes, scratch: Scratch, n_touched: int, n_lines: int, entries: I8
) -> int:
    """Keep, of the nodes with one class and one set of lines, the nearest (then first).

    Returns the number of ``entries`` written. ``stamps`` tell them apart.
    """
    if lanes.admitted.size << n_lines <= scratch.stamps.size:
        return _alike_by_key(lanes, scratch, n_touched, n_lines, entries)
    return _alike_by_search(lanes, scratch, n_touched, n_lines, entries)
