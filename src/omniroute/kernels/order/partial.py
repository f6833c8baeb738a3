"""When not everything can be served: nodes may serve part of a line."""

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
    grams,
    handling,
    held_by,
    rate,
    transit,
    units_started,
)
from omniroute.kernels.order.subset_table import (
    DEAR,
    T_CHOICE,
    T_NODE,
    T_SERVICE,
    missing_key,
    table_block,
)
from omniroute.kernels.order.subset_ties import trace
from omniroute.kernels.order.subsets import fill_limited, offer, reset_costs
from omniroute.kernels.order.trim import fill_load, lightest_first


@kernel()
def lines_of(order: Order, members: I8, subset: int, lines: I8) -> int:
    """List the lines of a set, the lightest first. Returns how many they are."""
    n = 0
    for b in range(members.size):
        if (subset >> b) & 1:
            lines[n] = members[b]
            n += 1
    lightest_first(order, lines[:n])
    return n


@kernel()
def held_mask(order: Order, members: I8, node: int) -> int:
    """Lines of which a node holds anything, as bits."""
    mask = 0
    for b in range(members.size):
        if held_by(order, members[b], node) > 0:
            mask |= 1 << b
    return mask


@kernel()
def part_cost(
    lanes: Lanes, order: Order, node: int, s: int, lines: I8, sent: I8
) -> tuple[int, bool]:
    """Key of a node's load of some lines by a service, each as far as it can be sent.

    That is its cost and what units it leaves out weigh; `UNREACHED` where a line would
    be left out altogether. The load is noted in ``sent``. Returns ``(key, heavy)``:
    whether a load of several lines was made lighter, to which there may be better ways.
    """
    c, limit_g = lanes.cls[node], lanes.services[s, S_MAX_G]
    fill_load(order, node, limit_g, lines, sent)
    weight_g, started, missing, heavy = 0, 0, 0, False
    for x in range(lines.size):
        line = order.lines[lines[x]]
        heavy = heavy or sent[x] < held_by(order, lines[x], node)
        if sent[x] == 0:
            return UNREACHED, lines.size > 1
        weight_g += grams(sent[x], line[L_GRAMS], line[L_SCALE])
        started += units_started(sent[x], line[L_SCALE])
        missing += line[L_QUANTITY] - sent[x]
    price = rate(lanes, c, s, weight_g)
    heavy = heavy and lines.size > 1
    if price >= UNREACHED:
        return UNREACHED, heavy
    cost = price + handling(lanes, c, lines.size, started)
    return cost + missing_key(missing), heavy or cost >= DEAR


@kernel()
def _offer_partial(
    lanes: Lanes, order: Order, members: I8, table: I8, node: int, small: I8
) -> bool:
    """Offer every set of lines a node holds, each as far as it can send it.

    Returns whether a load was too heavy, to which there may be a better way.
    """
    held = small[32 : 32 + members.size]
    mask = 0
    for b in range(members.size):
        held[b] = held_by(order, members[b], node)
        if held[b] > 0:
            mask |= 1 << b
    c = lanes.cls[node]
    doubt = False
    subset = mask
    while subset > 0:
        weight_g, started, n_lines, missing = 0, 0, 0, 0
        for b in range(members.size):
            if (subset >> b) & 1:
                line = order.lines[members[b]]
                weight_g += grams(held[b], line[L_GRAMS], line[L_SCALE])
                started += units_started(held[b], line[L_SCALE])
                missing += line[L_QUANTITY] - held[b]
                n_lines += 1
        for s in range(lanes.services.shape[0]):
            if (lanes.admitted[c] >> s) & 1:
                second = (transit(lanes, c, s) << 32) | lanes.dist_m[node]
                price = rate(lanes, c, s, weight_g)
                cost = price + handling(lanes, c, n_lines, started)
                doubt = doubt or (price < UNREACHED and cost >= DEAR)
                cost += missing_key(missing)
                if price >= UNREACHED:
                    n = lines_of(order, members, subset, small)
                    lines, sent = small[:n], small[16 : 16 + n]
                    cost, heavy = part_cost(lanes, order, node, s, lines, sent)
                    doubt = doubt or heavy
                if cost < UNREACHED:
                    offer(table, subset, cost, second, node, s)
        subset = (subset - 1) & mask
    return doubt


@kernel()
def touch_all(order: Order, members: I8, scratch: Scratch) -> int:
    """List the nodes that hold anything of ``members``, marked in ``node_word``."""
    n_touched = 0
    for b in range(members.size):
        i = members[b]
        for h in range(order.line_ptr[i], order.line_ptr[i + 1]):
            node = order.hit_node[h]
            if scratch.node_word[node] == 0:
                scratch.node_word[node] = 1
                scratch.touched[n_touched] = node
                n_touched += 1
    return n_touched


@kernel()
def partial_lines(
    lanes: Lanes, order: Order, members: I8, scratch: Scratch, most: int
) -> tuple[int, bool]:
    """Best plan when a limit leaves something out: most units, then least cost.

    Every line is served by one shipment at most, as far as its node can send it. Returns
    ``(picks, doubt)``: whether a load had to be made lighter.
    """
    table = table_block(scratch, members.size)
    reset_costs(table)
    n_touched = touch_all(order, members, scratch)
    doubt = False
    for j in range(n_touched):
        node = scratch.touched[j]
        if lanes.admitted[lanes.cls[node]] != 0:
            heavy = _offer_partial(lanes, order, members, table, node, scratch.small)
            doubt = doubt or heavy
    clear_words(scratch, n_touched)
    limit = min(members.size, most) if most > 0 else members.size
    fill_limited(table, order, members, limit)
    trace(table, order, members, limit, True, scratch.small)
    return emit_partial(lanes, order, members, table, limit, scratch), doubt


@kernel()
def emit_partial(
    lanes: Lanes, order: Order, members: I8, table: I8, j: int, scratch: Scratch
) -> int:
    """Write the chosen shipments as picks, each line as far as it is sent."""
    m, n_picks = table.shape[1] - 1, 0
    while m > 0:
        t = table[T_CHOICE + j, m]
        m ^= abs(t)
        if t < 0:
            continue
        j -= 1
        node, s = table[T_NODE, t], table[T_SERVICE, t]
        n_picks = emit_part(lanes, order, members, node, s, t, scratch, n_picks)
    return n_picks


@kernel()
def emit_part(
    lanes: Lanes,
    order: Order,
    members: I8,
    node: int,
    s: int,
    subset: int,
    scratch: Scratch,
    n_picks: int,
) -> int:
    """Write the picks of a load that `part_cost` has seen."""
    n = lines_of(order, members, subset, scratch.small)
    lines, sent = scratch.small[:n], scratch.small[16 : 16 + n]
    fill_load(order, node, lanes.services[s, S_MAX_G], lines, sent)
    for x in range(n):
        pick = scratch.picks[n_picks]
        pick[K_NODE], pick[K_SERVICE] = node, s
        pick[K_LINE], pick[K_QUANTITY] = lines[x], sent[x]
        n_picks += 1
    return n_picks
