"""Whole lines whose loads meet a weight limit: no service takes a second load of a node.

The subset table may ask one service of one node twice, for loads that are too heavy as
the one shipment they would be. Here (node, service) pairs are taken one after the other;
the state is which lines have been sent and, under a limit, by how many shipments. Any
line may stay behind, and a node may send a part. The size is checked before the search.
"""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.codes import UNREACHED
from omniroute.kernels.arrays import I8
from omniroute.kernels.order.partial import (
    emit_part,
    held_mask,
    lines_of,
    part_cost,
    touch_all,
)
from omniroute.kernels.order.problem import (
    L_QUANTITY,
    Lanes,
    Order,
    Scratch,
    clear_words,
    transit,
)
from omniroute.kernels.order.subset_table import ONE_SHIPMENT, missing_key

# Rows of a plane of states: key and tie-break label, before a pair and after it.
_BEFORE = 0
_LABEL = 1
_AFTER = 2
_LABEL_AFTER = 3
_PLANES = 4


@kernel()
def _list_pairs(lanes: Lanes, order: Order, members: I8, scratch: Scratch) -> int:
    """List the nodes that hold anything, in ``touched``, and count their services."""
    n_touched = touch_all(order, members, scratch)
    clear_words(scratch, n_touched)
    n_nodes, n_pairs = 0, 0
    for j in range(n_touched):
        bits = lanes.admitted[lanes.cls[scratch.touched[j]]]
        if bits != 0:
            scratch.touched[n_nodes] = scratch.touched[j]
            n_nodes += 1
        while bits > 0:
            bits &= bits - 1
            n_pairs += 1
    scratch.small[48] = n_nodes
    return n_pairs


@kernel()
def _offer_loads(
    lanes: Lanes,
    order: Order,
    members: I8,
    node: int,
    s: int,
    layers: int,
    planes: I8,
    choices: I8,
    small: I8,
) -> bool:
    """Let a pair send any set of the lines its node holds, once. Returns a doubt."""
    mask = held_mask(order, members, node)
    second = (transit(lanes, lanes.cls[node], s) << 32) | lanes.dist_m[node]
    second += ONE_SHIPMENT
    doubt, n_sets = False, 1 << members.size
    subset = mask
    while subset > 0:
        n = lines_of(order, members, subset, small)
        cost, heavy = part_cost(lanes, order, node, s, small[:n], small[16 : 16 + n])
        doubt = doubt or heavy
        rest = (n_sets - 1) ^ subset
        m = rest
        while cost < UNREACHED:
            for j in range(max(1, layers - 1)):
                at = j * n_sets + m
                to = min(j + 1, layers - 1) * n_sets + (m | subset)
                key, label = planes[_BEFORE, at] + cost, planes[_LABEL, at] + second
                best = planes[_AFTER, to]
                if key < best or (key == best and label < planes[_LABEL_AFTER, to]):
                    planes[_AFTER, to], planes[_LABEL_AFTER, to] = key, label
                    choices[to] = subset
            if m == 0:
                break
            m = (m - 1) & rest
        subset = (subset - 1) & mask
    return doubt


@kernel()
def pack_lines(
    lanes: Lanes, order: Order, members: I8, scratch: Scratch, most: int, budget: int
) -> tuple[int, bool]:
    """Best plan of whole lines, no (node, service) asked twice: most units, then cost.

    Returns ``(picks, doubt)``, see `subsets.partial_lines`; ``picks`` is -1 where the
    search is larger than ``budget`` or the memory.
    """
    n_sets, large, small = 1 << members.size, scratch.large, scratch.small
    layers = 1 if most == 0 else min(most, members.size) + 1
    n_pairs = _list_pairs(lanes, order, members, scratch)
    n_nodes, size = small[48], layers * n_sets
    work = n_pairs * layers
    for _ in range(members.size):
        work = min(3 * work, budget + 1)
    if work > budget or (_PLANES + n_pairs) * size > large.size:
        return -1, False
    planes = large[: _PLANES * size].reshape(_PLANES, size)
    planes[:, :] = UNREACHED
    planes[_BEFORE, 0], planes[_LABEL, 0] = 0, 0
    planes[_AFTER, 0], planes[_LABEL_AFTER, 0] = 0, 0
    doubt, p = False, 0
    for x in range(n_nodes):
        node = scratch.touched[x]
        for s in range(lanes.services.shape[0]):
            if (lanes.admitted[lanes.cls[node]] >> s) & 1 == 0:
                continue
            at = (_PLANES + p) * size
            choices = large[at : at + size]
            choices[:] = 0
            heavy = _offer_loads(
                lanes, order, members, node, s, layers, planes, choices, small
            )
            doubt = doubt or heavy
            p += 1
            for w in range(size):
                planes[_BEFORE, w] = planes[_AFTER, w]
                planes[_LABEL, w] = planes[_LABEL_AFTER, w]
    key, end = _best_end(order, members, planes)
    # Loads that were made lighter leave units out: no matter if nothing needs to be.
    doubt = doubt and key >= missing_key(1)
    return _trace(lanes, order, members, scratch, n_nodes, n_pairs, size, end), doubt


@kernel()
def _best_end(order: Order, members: I8, planes: I8) -> tuple[int, int]:
    """Key and state of the best plan: what it leaves out counts."""
    best, label, end = UNREACHED, UNREACHED, 0
    for at in range(planes.shape[1]):
        key = planes[_BEFORE, at]
        if key < UNREACHED:
            for b in range(members.size):
                if (at >> b) & 1 == 0:
                    key += missing_key(order.lines[members[b], L_QUANTITY])
            if key < best or (key == best and planes[_LABEL, at] < label):
                best, label, end = key, planes[_LABEL, at], at
    return best, end


@kernel()
def _trace(
    lanes: Lanes,
    order: Order,
    members: I8,
    scratch: Scratch,
    n_nodes: int,
    n_pairs: int,
    size: int,
    end: int,
) -> int:
    """Read the choices back from the last pair to the first; write their picks."""
    n_sets, p, n_picks = 1 << members.size, n_pairs, 0
    for x in range(n_nodes - 1, -1, -1):
        node = scratch.touched[x]
        for s in range(lanes.services.shape[0] - 1, -1, -1):
            if (lanes.admitted[lanes.cls[node]] >> s) & 1 == 0:
                continue
            p -= 1
            subset = scratch.large[(_PLANES + p) * size + end]
            if subset != 0:
                n_picks = emit_part(
                    lanes, order, members, node, s, subset, scratch, n_picks
                )
                end -= subset
                if size > n_sets:
                    end -= n_sets
    return n_picks
