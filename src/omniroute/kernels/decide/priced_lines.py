"""The subset table where a unit of a line costs something else at every node.

A price of a unit where it lies is no matter of a node's class: every node is then its own.
One table, by number of shipments, with lines left out at a price, settles orders of up to
a dozen lines that need not be spread.
"""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.codes import P_FREE, SUBSET_LINES_MAX, UNREACHED
from omniroute.kernels.arrays import I4, I8
from omniroute.kernels.decide.memory import (
    bar,
    carve,
    count_cells,
    lane_views,
    read_lines,
    work_needed,
)
from omniroute.kernels.decide.route import (
    METHOD_SUBSETS,
    NEED_ROOM,
    NEED_SEARCH,
    NEED_WORK,
    split_lines,
)
from omniroute.kernels.order.answer import finish, reset
from omniroute.kernels.order.layout import (
    A_HEADER,
    A_LATEST,
    A_LINES,
    A_SLOT,
    A_WITHIN,
    O_CANDIDATES,
    O_COST,
    O_METHOD,
    O_PROVEN,
    O_SHORT_LEAST,
)
from omniroute.kernels.order.partial import emit_partial, lines_of, part_cost, touch_all
from omniroute.kernels.order.problem import (
    L_GRAMS,
    L_QUANTITY,
    L_SCALE,
    Lanes,
    Order,
    Scratch,
    admit,
    clear_words,
    grams,
    handling,
    held_by,
    rate,
    short_of_stock,
    transit,
    units_started,
)
from omniroute.kernels.order.scan import scan
from omniroute.kernels.order.subset_table import (
    DEAR,
    T_GRAMS,
    T_LINES,
    T_STEP,
    T_UNITS,
    missing_key,
    table_block,
)
from omniroute.kernels.order.subset_ties import trace
from omniroute.kernels.order.subsets import fill_limited, offer, reset_costs


@kernel()
def counted(quantity: int, scale: int) -> int:
    """Units that money is for: those started, or lots of what is sold by the lot."""
    return quantity if scale < 0 else units_started(quantity, scale)


@kernel()
def _sum_held(order: Order, members: I8, table: I8, money: I8, node: int) -> int:
    """Sum up what a node has of every set of lines that it holds; return the largest set.

    Lines, units and grams; what it costs beside handling and weighs by what is missing.
    """
    mask = 0
    for row in (T_LINES, T_UNITS, T_GRAMS, T_STEP):
        table[row, 0] = 0
    for b in range(members.size):
        i = members[b]
        held = held_by(order, i, node)
        if held == 0:
            continue
        line = order.lines[i]
        units = units_started(held, line[L_SCALE])
        extra = money[i, node] * counted(held, line[L_SCALE])
        extra += missing_key(line[L_QUANTITY] - held)
        below = mask
        while True:
            s = (1 << b) | below
            table[T_LINES, s] = table[T_LINES, below] + 1
            table[T_UNITS, s] = table[T_UNITS, below] + units
            weight_g = grams(held, line[L_GRAMS], line[L_SCALE])
            table[T_GRAMS, s] = table[T_GRAMS, below] + weight_g
            table[T_STEP, s] = table[T_STEP, below] + extra
            if below == 0:
                break
            below = (below - 1) & mask
        mask |= 1 << b
    return mask


@kernel()
def _lighter(
    lanes: Lanes,
    order: Order,
    members: I8,
    subset: int,
    money: I8,
    node: int,
    s: int,
    small: I8,
) -> tuple[int, bool]:
    """Key of a load that is too heavy as a whole: see `part_cost`."""
    n = lines_of(order, members, subset, small)
    lines, sent = small[:n], small[16 : 16 + n]
    key, heavy = part_cost(lanes, order, node, s, lines, sent)
    if key < UNREACHED:
        for x in range(n):
            count = counted(sent[x], order.lines[lines[x], L_SCALE])
            key += money[lines[x], node] * count
    return key, heavy


@kernel()
def _offer_all(
    lanes: Lanes,
    order: Order,
    members: I8,
    table: I8,
    money: I8,
    node: int,
    small: I8,
) -> bool:
    """Offer every set of lines a node holds; whether there may be a better way to one."""
    c = lanes.cls[node]
    mask = _sum_held(order, members, table, money, node)
    doubt = False
    for s in range(lanes.services.shape[0]):
        if (lanes.admitted[c] >> s) & 1 == 0:
            continue
        second = (transit(lanes, c, s) << 32) | lanes.dist_m[node]
        subset = mask
        while subset > 0:
            key = rate(lanes, c, s, table[T_GRAMS, subset])
            if key < UNREACHED:
                key += handling(
                    lanes, c, table[T_LINES, subset], table[T_UNITS, subset]
                )
                key += table[T_STEP, subset]
                doubt = doubt or key & (missing_key(1) - 1) >= DEAR
            else:
                key, heavy = _lighter(
                    lanes, order, members, subset, money, node, s, small
                )
                doubt = doubt or heavy
            if key < UNREACHED:
                offer(table, subset, key, second, node, s)
            subset = (subset - 1) & mask
    return doubt


@kernel()
def _by_table(
    lanes: Lanes,
    order: Order,
    members: I8,
    money: I8,
    scratch: Scratch,
    most: int,
) -> tuple[int, bool]:
    """Best plan of one shipment a line at the most: ``(picks, doubt)``."""
    table = table_block(scratch, members.size)
    reset_costs(table)
    n_touched = touch_all(order, members, scratch)
    doubt = False
    for j in range(n_touched):
        node = scratch.touched[j]
        if lanes.admitted[lanes.cls[node]] != 0:
            more = _offer_all(lanes, order, members, table, money, node, scratch.small)
            doubt = doubt or more
    clear_words(scratch, n_touched)
    limit = min(members.size, most) if most > 0 else members.size
    fill_limited(table, order, members, limit)
    trace(table, order, members, limit, True, scratch.small)
    return emit_partial(lanes, order, members, table, limit, scratch), doubt


@kernel(
    "i8[,] i4[] i4[,] i8[,] i8[,] i8[,] i4[,,] i8[,,] i8[] i8[] i8[,] i8[] i8[]",
)
def route_priced(
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
    money: I8,
    work: I8,
    out: I8,
) -> int:
    """Choose the best plan for the first group of an ask, units priced where they lie.

    Arguments as in `route.route`, and ``money`` int64[lines, N]: what a unit started, or
    a lot, of each line counts at each node, 0 or more. The cost written to ``out`` is
    without it. Returns 0, `NEED_SEARCH`, `NEED_WORK` or `NEED_ROOM`.
    """
    n_nodes, n_lines = lane_nodes.shape[2], ask[A_LINES]
    n_cells, n_classes = count_cells(rows, ask), lane_sizes[ask[A_SLOT]]
    need = work_needed(n_nodes, n_lines, n_cells, n_classes)
    if work.size < need:
        out[1] = need
        return NEED_WORK
    scratch, order, barred, admitted = carve(work, n_nodes, n_lines, n_cells, n_classes)
    lanes = lane_views(
        services, prices, lane_nodes, lane_records, ask[A_SLOT], admitted
    )
    group, most = ask[A_HEADER], ask[A_HEADER + 1]
    read_lines(ask, items, order.lines)
    bar(ask, barred, 1)
    admit(lanes, group, ask[A_LATEST])
    n_hits, n_live = scan(rows, cell_node, planes[P_FREE], lanes, order, barred, ask)
    bar(ask, barred, 0)
    reset(out, order)
    out[O_CANDIDATES], out[O_SHORT_LEAST] = n_hits, short_of_stock(order)
    if ask[A_WITHIN] > 0:
        admit(lanes, group, ask[A_WITHIN] - 1)
    n_whole, n_spread = split_lines(order, n_live, scratch.small)
    if n_whole > SUBSET_LINES_MAX or (n_spread > 0 and most != 1):
        return NEED_SEARCH
    if n_whole + n_spread > SUBSET_LINES_MAX:
        return NEED_SEARCH
    n_picks = 0
    out[O_METHOD] = METHOD_SUBSETS
    if n_live > 0:
        members = order.live[:n_live]
        n_picks, doubt = _by_table(lanes, order, members, money, scratch, most)
        out[O_PROVEN] = 0 if doubt else 1
    if not finish(lanes, order, scratch, n_picks, out):
        out[1] = 2 * out.size
        return NEED_ROOM
    # Two loads that are too heavy for one shipment: no table minds that.
    return NEED_SEARCH if out[O_COST] >= UNREACHED else 0
