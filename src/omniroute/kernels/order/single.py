"""One shipment for the whole order: every node and service compared. Exact."""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.codes import UNREACHED
from omniroute.kernels.arrays import I8
from omniroute.kernels.order.layout import S_MAX_G
from omniroute.kernels.order.problem import (
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
from omniroute.kernels.order.trim import fill_load, lightest_first

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
def _sum_sent(order: Order, lines: I8, sent: I8, load: I8) -> None:
    """Sum up what is sent of some lines."""
    load[:] = 0
    load[_FIRST] = order.lines.shape[0]
    for x in range(lines.size):
        if sent[x] > 0:
            line = order.lines[lines[x]]
            load[_UNITS] += sent[x]
            load[_GRAMS] += grams(sent[x], line[L_GRAMS], line[L_SCALE])
            load[_LINES] += 1
            load[_STARTED] += units_started(sent[x], line[L_SCALE])
            load[_FIRST] = min(load[_FIRST], lines[x])


@kernel()
def _pick(node: int, service: int, lines: I8, sent: I8, picks: I8) -> int:
    n_picks = 0
    for x in range(lines.size):
        if sent[x] > 0:
            pick = picks[n_picks]
            pick[K_NODE], pick[K_SERVICE] = node, service
            pick[K_LINE], pick[K_QUANTITY] = lines[x], sent[x]
            n_picks += 1
    return n_picks


@kernel()
def best_single(lanes: Lanes, order: Order, scratch: Scratch) -> tuple[int, bool]:
    """Choose the one shipment that serves most units, then costs least, then ties.

    A load over a service's limit is made lighter. Returns ``(picks, doubt)``: lines
    written to ``scratch.picks``, and whether such a load, of several lines, might have
    been made lighter in a better way.
    """
    n_nodes, n_lines = scratch.touched.size, order.lines.shape[0]
    a = _FIELDS * n_nodes
    sums = scratch.large[:a].reshape(n_nodes, _FIELDS)
    lines = scratch.large[a : a + n_lines]
    sent = scratch.large[a + n_lines : a + 2 * n_lines]
    best = scratch.small[:_KEY_WORDS]
    key = scratch.small[_KEY_WORDS : 2 * _KEY_WORDS]
    lighter = scratch.small[2 * _KEY_WORDS : 2 * _KEY_WORDS + _FIELDS]
    for i in range(n_lines):
        lines[i] = i
    best[_KEY_UNITS] = UNREACHED
    heavy, heavy_units = False, 0
    n_touched = _sum_by_node(order, scratch, sums)
    for j in range(n_touched):
        node = scratch.touched[j]
        c = lanes.cls[node]
        for s in range(lanes.services.shape[0]):
            if (lanes.admitted[c] >> s) & 1 == 0:
                continue
            load = sums[j]
            price = rate(lanes, c, s, load[_GRAMS])
            if price == UNREACHED:
                if not heavy:
                    heavy = True
                    lightest_first(order, lines)
                if load[_LINES] > 1:
                    heavy_units = max(heavy_units, load[_UNITS])
                fill_load(order, node, lanes.services[s, S_MAX_G], lines, sent)
                _sum_sent(order, lines, sent, lighter)
                load = lighter
                price = rate(lanes, c, s, load[_GRAMS])
                if load[_UNITS] == 0 or price == UNREACHED:
                    continue
            key[_KEY_UNITS] = -load[_UNITS]
            key[1] = price + handling(lanes, c, load[_LINES], load[_STARTED])
            key[2] = transit(lanes, c, s)
            key[3] = lanes.dist_m[node]
            key[4] = load[_FIRST]
            key[_KEY_NODE] = node
            key[_KEY_SERVICE] = s
            if _before(key, best):
                copy_words(key, best)
    clear_words(scratch, n_touched)
    if best[_KEY_UNITS] == UNREACHED:
        return 0, False
    node, s = best[_KEY_NODE], best[_KEY_SERVICE]
    fill_load(order, node, lanes.services[s, S_MAX_G], lines, sent)
    doubt = heavy_units > -best[_KEY_UNITS]
    return _pick(node, s, lines, sent, scratch.picks), doubt
