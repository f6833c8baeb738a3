"""One shipment for the whole order: every node and service compared. Exact."""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.codes import UNREACHED
from omniroute.kernels.arrays import I8
from omniroute.kernels.problem import (
    K_LINE,
    K_NODE,
    K_QUANTITY,
    K_SERVICE,
    L_GRAMS,
    L_QUANTITY,
    L_SCALE,
    Lanes,
    Order,
    Scratch,
    clear_words,
    copy_words,
    grams,
    handling,
    rate,
    transit,
    units_started,
)

# What a node could send of the order, summed over its lines.
_UNITS = 0
_GRAMS = 1
_LINES = 2
_STARTED = 3
#: The first line it holds: between equal plans, served lines come before others.
_FIRST = 4
_FIELDS = 5

# Words of a key, the least is the best.
_KEY_UNITS = 0
_KEY_NODE = 5
_KEY_SERVICE = 6
_KEY_WORDS = 7


@kernel()
def _sum_by_node(order: Order, scratch: Scratch, sums: I8) -> int:
    n_touched = 0
    for i in range(order.lines.shape[0]):
        line = order.lines[i]
        for h in range(order.line_ptr[i], order.line_ptr[i + 1]):
            node = order.hit_node[h]
            if scratch.node_word[node] == 0:
                scratch.touched[n_touched] = node
                n_touched += 1
                scratch.node_word[node] = n_touched
                sums[n_touched - 1, :] = 0
                sums[n_touched - 1, _FIRST] = i
            at = scratch.node_word[node] - 1
            quantity = min(order.hit_free[h], line[L_QUANTITY])
            sums[at, _UNITS] += quantity
            sums[at, _GRAMS] += grams(quantity, line[L_GRAMS], line[L_SCALE])
            sums[at, _LINES] += 1
            sums[at, _STARTED] += units_started(quantity, line[L_SCALE])
    return n_touched


@kernel()
def _before(a: I8, b: I8) -> bool:
    """Compare keys word by word."""
    for j in range(a.size):
        if a[j] != b[j]:
            return a[j] < b[j]
    return False


@kernel()
def _pick_node(order: Order, scratch: Scratch, node: int, service: int) -> int:
    n_picks = 0
    for i in range(order.lines.shape[0]):
        for h in range(order.line_ptr[i], order.line_ptr[i + 1]):
            if order.hit_node[h] == node:
                pick = scratch.picks[n_picks]
                pick[K_NODE] = node
                pick[K_SERVICE] = service
                pick[K_LINE] = i
                pick[K_QUANTITY] = min(order.hit_free[h], order.lines[i, L_QUANTITY])
                n_picks += 1
    return n_picks


@kernel()
def best_single(lanes: Lanes, order: Order, scratch: Scratch) -> tuple[int, bool]:
    """Choose the one shipment that serves most units, then costs least, then ties.

    Returns ``(picks, too_heavy)``: lines written to ``scratch.picks``, and whether an
    option was passed over, its whole load being over the service's limit, that might
    serve more units with a part of it.
    """
    size = _FIELDS * scratch.touched.size
    sums = scratch.large[:size].reshape(scratch.touched.size, _FIELDS)
    best = scratch.small[:_KEY_WORDS]
    key = scratch.small[_KEY_WORDS : 2 * _KEY_WORDS]
    best[_KEY_UNITS] = UNREACHED
    heavy_units = 0
    n_touched = _sum_by_node(order, scratch, sums)
    for j in range(n_touched):
        node = scratch.touched[j]
        c = lanes.cls[node]
        for s in range(lanes.services.shape[0]):
            if (lanes.admitted[c] >> s) & 1 == 0:
                continue
            price = rate(lanes, c, s, sums[j, _GRAMS])
            if price == UNREACHED:
                heavy_units = max(heavy_units, sums[j, _UNITS])
                continue
            key[_KEY_UNITS] = -sums[j, _UNITS]
            key[1] = price + handling(lanes, c, sums[j, _LINES], sums[j, _STARTED])
            key[2] = transit(lanes, c, s)
            key[3] = lanes.dist_m[node]
            key[4] = sums[j, _FIRST]
            key[_KEY_NODE] = node
            key[_KEY_SERVICE] = s
            if _before(key, best):
                copy_words(key, best)
    clear_words(scratch, n_touched)
    if best[_KEY_UNITS] == UNREACHED:
        return 0, heavy_units > 0
    too_heavy = heavy_units > -best[_KEY_UNITS]
    return _pick_node(order, scratch, best[_KEY_NODE], best[_KEY_SERVICE]), too_heavy
