"""The decision for one order, wherever tables settle it exactly.

`route` reads an *ask* and writes an *answer*; `layout` says where each number stands. It
decides and changes nothing. Orders that need a search (lines to spread over nodes, or
more lines than the tables take) are answered `NEED_SEARCH`: see `search`.
"""

from __future__ import annotations

from omniroute._jit import kernel, step, view
from omniroute.codes import P_FREE, SUBSET_LINES_MAX, UNREACHED, Status
from omniroute.kernels.arrays import I4, I8
from omniroute.kernels.decide.memory import (
    bar,
    carve,
    count_cells,
    first_line,
    lane_views,
    read_lines,
    work_needed,
)
from omniroute.kernels.order.answer import better, finish, reset, words_used
from omniroute.kernels.order.holders import find_holders, may_be_whole, offer_holders
from omniroute.kernels.order.layout import (
    A_COMPLETE,
    A_GROUPS,
    A_HEADER,
    A_LATEST,
    A_LINES,
    A_OBJECTIVE,
    A_SLOT,
    A_WITHIN,
    C_ROWS,
    GROUP_WIDTH,
    LINE_WIDTH,
    O_BOUND,
    O_CANDIDATES,
    O_COST,
    O_HEADER,
    O_METHOD,
    O_OBJECTIVE,
    O_PICKS,
    O_PROVEN,
    O_SHORT,
    O_SHORT_LEAST,
    O_STATUS,
    PICK_WIDTH,
    SHIPMENT_WIDTH,
)
from omniroute.kernels.order.partial import partial_lines
from omniroute.kernels.order.problem import (
    L_ASKED,
    L_WEIGHT,
    L_WHOLE,
    Lanes,
    Order,
    Scratch,
    admit,
    admitted,
    copy_words,
    most_carried,
    short_of_stock,
    takes_any,
    transit,
)
from omniroute.kernels.order.scan import may_serve, scan
from omniroute.kernels.order.single import best_single
from omniroute.kernels.order.subset_table import table_block
from omniroute.kernels.order.subsets import (
    choose_cover,
    reset_costs,
    sum_subsets,
    whole_lines,
)

#: Answered instead of a plan: the scratch memory, or the room for the answer, is too
#: small (the word after says how many are needed); or tables do not settle the order.
NEED_WORK = -1
NEED_ROOM = -2
NEED_SEARCH = -3

METHOD_NONE, METHOD_SINGLE, METHOD_SUBSETS, METHOD_SPLIT, METHOD_COVER = 0, 1, 2, 3, 4
STATUS_OK, STATUS_SHORT = int(Status.OK), int(Status.SHORT)
STATUS_UNSERVED, STATUS_OUT_OF_STOCK = int(Status.UNSERVED), int(Status.OUT_OF_STOCK)
STATUS_TOO_HEAVY = int(Status.TOO_HEAVY)


@kernel()
def split_lines(order: Order, n_live: int, small: I8) -> tuple[int, int]:
    """Sort the lines that can be served: whole ones, and those to spread. Their numbers.

    The first of each are noted in ``small``: whole from 160, to spread from 192.
    """
    n_whole, n_spread = 0, 0
    for j in range(n_live):
        i = order.live[j]
        if order.lines[i, L_WHOLE]:
            if n_whole <= SUBSET_LINES_MAX:
                small[160 + n_whole] = i
            n_whole += 1
        else:
            if n_spread < 32:
                small[192 + n_spread] = i
            n_spread += 1
    return n_whole, n_spread


@kernel()
def _by_table(
    lanes: Lanes, order: Order, scratch: Scratch, n_live: int, most: int, out: I8
) -> int:
    """Cheapest plan for the admitted services. Returns 0, `NEED_SEARCH` or `NEED_ROOM`."""
    out[O_METHOD], out[O_PROVEN] = METHOD_NONE, 1
    n_picks = 0
    n_whole, n_spread = split_lines(order, n_live, scratch.small)
    if n_live > 0 and most == 1:
        out[O_METHOD] = METHOD_SINGLE
        n_picks, doubt = best_single(lanes, order, scratch)
        out[O_PROVEN] = 0 if doubt else 1
    elif n_spread > 0 or n_whole > SUBSET_LINES_MAX:
        return NEED_SEARCH
    elif n_live > 0:
        out[O_METHOD] = METHOD_SUBSETS
        whole = scratch.small[160 : 160 + n_whole]
        n_picks, complete = whole_lines(lanes, order, whole, scratch, most, 0)
        if not complete:
            n_picks, doubt = partial_lines(lanes, order, whole, scratch, most)
            out[O_PROVEN] = 0 if doubt else 1
    if not finish(lanes, order, scratch, n_picks, out):
        return NEED_ROOM
    # Two loads that are too heavy for one shipment: no table minds that.
    return NEED_SEARCH if out[O_COST] >= UNREACHED else 0


@step
def _by_holders(
    lanes: Lanes, order: Order, scratch: Scratch, most: int, out: I8
) -> bool:
    """Cheapest plan of the lines that `find_holders` has found; False for none."""
    n_lines = order.lines.shape[0]
    members = scratch.small[160 : 160 + n_lines]
    for i in range(n_lines):
        members[i] = i
    table = table_block(scratch, n_lines)
    sum_subsets(table, order, members)
    reset_costs(table)
    offer_holders(lanes, table, scratch.stamps, n_lines)
    n_picks, complete = choose_cover(table, order, members, scratch, most, 0)
    if not complete or not finish(lanes, order, scratch, n_picks, out):
        return False
    out[O_METHOD] = METHOD_SUBSETS
    return out[O_COST] < UNREACHED


@kernel()
def next_transit(lanes: Lanes, group: int, after: int) -> int:
    """Next transit time after ``after`` days among the group's lanes; -1: none."""
    best = -1
    for c in range(lanes.records.shape[0]):
        for s in range(lanes.services.shape[0]):
            if (group >> s) & 1 and lanes.records[c, C_ROWS + s] >= 0:
                days = transit(lanes, c, s)
                if days > after and (best < 0 or days < best):
                    best = days
    return best


@kernel()
def least_short(lanes: Lanes, order: Order) -> int:
    """Quanta that the admitted services cannot serve, whatever the plan."""
    short = 0
    for i in range(order.lines.shape[0]):
        most, total = 0, 0
        light = takes_any(lanes, order.lines[i, L_WEIGHT])
        for h in range(order.line_ptr[i], order.line_ptr[i + 1]):
            node, able = order.hit_node[h], order.hit_free[h]
            if admitted(lanes, node) != 0:
                if not light:
                    able = most_carried(lanes, order.lines[i], node, able)
                most = max(most, able)
                total += able
        here = most if order.lines[i, L_WHOLE] else total
        short += max(0, order.lines[i, L_ASKED] - here)
    return short


@view
def _fastest(
    lanes: Lanes,
    order: Order,
    scratch: Scratch,
    n_live: int,
    group: int,
    most: int,
    out: I8,
) -> int:
    """Least latest arrival, then least cost: try each transit time from the shortest.

    Serving most units comes first; under a limit of shipments that needs a choice of its
    own. Returns what `_by_table` returns.
    """
    short, sure, code = out[O_SHORT_LEAST], True, 0
    if most > 0:
        code = _by_table(lanes, order, scratch, n_live, most, out)
        short, sure = out[O_SHORT], out[O_PROVEN] == 1
    days = next_transit(lanes, group, -1)
    while code == 0 and days >= 0:
        admit(lanes, group, days)
        if least_short(lanes, order) <= short:
            code = _by_table(lanes, order, scratch, n_live, most, out)
            if not sure:
                out[O_PROVEN] = 0
            if out[O_SHORT] <= short:
                days = 1 << 40
        days = next_transit(lanes, group, days)
    return code


@view
def _solve_group(
    rows: I8,
    cell_node: I4,
    free: I4,
    lanes: Lanes,
    order: Order,
    scratch: Scratch,
    barred: I8,
    ask: I8,
    at_group: int,
    out: I8,
) -> int:
    """Best plan within one group of services. Returns what `_by_table` returns."""
    group, most = ask[at_group], ask[at_group + 1]
    admit(lanes, group, ask[A_LATEST])
    reset(out, order)
    if may_be_whole(lanes, order, scratch, ask, most):
        n_hits, whole = find_holders(
            rows, cell_node, free, lanes, order, barred, ask, scratch
        )
        if whole and _by_holders(lanes, order, scratch, most, out):
            out[O_CANDIDATES] = n_hits
            return 0
    n_hits, n_live = scan(rows, cell_node, free, lanes, order, barred, ask)
    out[O_CANDIDATES], out[O_SHORT_LEAST] = n_hits, short_of_stock(order)
    if ask[A_OBJECTIVE] == 1 and n_live > 0:
        code = _fastest(lanes, order, scratch, n_live, group, most, out)
    else:
        if ask[A_WITHIN] > 0:
            admit(lanes, group, ask[A_WITHIN] - 1)
        code = _by_table(lanes, order, scratch, n_live, most, out)
    return code


@kernel()
def services_asked(ask: I8) -> int:
    """Services that any group of the ask admits, as bits."""
    bits = 0
    for k in range(ask[A_GROUPS]):
        bits |= ask[A_HEADER + GROUP_WIDTH * k]
    return bits


@kernel()
def _serves(lanes: Lanes, barred: I8, ask: I8, node: int) -> bool:
    """Whether a node may send something, by one of the services admitted."""
    return admitted(lanes, node) != 0 and may_serve(lanes, barred, ask, node)


@kernel()
def _why_nothing(
    rows: I8, cell_node: I4, free: I4, lanes: Lanes, barred: I8, ask: I8
) -> int:
    """Status of an order of which nothing can be served."""
    admit(lanes, services_asked(ask), ask[A_LATEST])
    line = first_line(ask)
    for i in range(ask[A_LINES]):
        sku = ask[line + LINE_WIDTH * i]
        for p in range(rows[sku, 0], rows[sku, 0] + rows[sku, 1]):
            if free[p] > 0 and _serves(lanes, barred, ask, cell_node[p]):
                return STATUS_TOO_HEAVY
    for node in range(lanes.cls.size):
        if _serves(lanes, barred, ask, node):
            return STATUS_OUT_OF_STOCK
    return STATUS_UNSERVED


@kernel()
def conclude(nothing: int, ask: I8, order: Order, out: I8) -> None:
    """Set the status; an order to be served whole or not at all loses a part plan.

    ``nothing`` is the status of an answer that serves nothing.
    """
    if out[O_SHORT] == 0:
        out[O_STATUS] = STATUS_OK
    elif out[O_PICKS] > 0:
        out[O_STATUS] = STATUS_SHORT
    else:
        out[O_STATUS] = nothing
    if ask[A_COMPLETE] == 1 and out[O_STATUS] == STATUS_SHORT:
        candidates, method, proven = out[O_CANDIDATES], out[O_METHOD], out[O_PROVEN]
        reset(out, order)
        out[O_STATUS], out[O_PROVEN] = STATUS_SHORT, proven
        out[O_CANDIDATES], out[O_METHOD] = candidates, method
    out[O_OBJECTIVE] = out[O_COST]


@kernel()
def keep_better(trial: I8, best: I8, fastest: bool) -> None:
    """Keep the better of two groups' answers in ``best``; no proof if one has none."""
    candidates = trial[O_CANDIDATES] + best[O_CANDIDATES]
    proven = trial[O_PROVEN] * best[O_PROVEN]
    if trial[O_PICKS] > 0 and (best[O_PICKS] == 0 or better(trial, best, fastest)):
        copy_words(trial[: words_used(trial)], best)
    best[O_CANDIDATES] = candidates
    if proven == 0:
        best[O_PROVEN], best[O_BOUND] = 0, 0


@kernel()
def decide(
    rows: I8,
    cell_node: I4,
    free: I4,
    items: I8,
    prices: I8,
    services: I8,
    lane_nodes: I4,
    lane_records: I8,
    lane_sizes: I8,
    ask: I8,
    work: I8,
    out: I8,
) -> int:
    """Route one order; see `route` for the arguments."""
    n_lines, n_nodes = ask[A_LINES], lane_nodes.shape[2]
    n_classes = lane_sizes[ask[A_SLOT]]
    n_cells = count_cells(rows, ask)
    need = work_needed(n_nodes, n_lines, n_cells, n_classes)
    if work.size < need:
        out[1] = need
        return NEED_WORK
    need = 2 * (O_HEADER + (n_lines + 1) * (SHIPMENT_WIDTH + PICK_WIDTH))
    if out.size < need:
        out[1] = need
        return NEED_ROOM
    scratch, order, barred, admitted = carve(work, n_nodes, n_lines, n_cells, n_classes)
    lanes = lane_views(
        services, prices, lane_nodes, lane_records, ask[A_SLOT], admitted
    )
    read_lines(ask, items, order.lines)
    bar(ask, barred, 1)
    half = out.size // 2
    best, trial = out[:half], out[half : 2 * half]
    reset(best, order)
    code = 0
    for k in range(ask[A_GROUPS]):
        at_group = A_HEADER + GROUP_WIDTH * k
        code = _solve_group(
            rows, cell_node, free, lanes, order, scratch, barred, ask, at_group, trial
        )
        if code != 0:
            break
        keep_better(trial, best, ask[A_OBJECTIVE] == 1)
    nothing = 0
    if code == 0 and best[O_PICKS] == 0:
        nothing = _why_nothing(rows, cell_node, free, lanes, barred, ask)
    bar(ask, barred, 0)
    if code != 0:
        out[1] = 2 * out.size
        return code
    conclude(nothing, ask, order, best)
    return best[O_STATUS]


@kernel(
    "i8[,] i4[] i4[,] i8[,] i8[,] i8[,] i4[,,] i8[,,] i8[] i8[] i8[] i8[]",
)
def route(
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
    work: I8,
    out: I8,
) -> int:
    """Choose the best plan for one order. Decides; changes no stock.

    Parameters
    ----------
    rows : int64[S, 3]
        Start, length and capacity of each SKU's cells in the arena.
    cell_node : int32[C]
    planes : int32[P, C] (quanta)
    items : int64[S, 2]
        Grams of a unit; quanta in a unit.
    prices : int64[R, T] (money)
        Closed prices by (service, zone) row and weight step.
    services : int64[V, S_WIDTH]
    lane_nodes : int32[D, 2, N]
        By destination slot: class, and distance in metres, of every node.
    lane_records : int64[D, C, 4 + 2 V]
        By destination slot: what each class costs.
    lane_sizes : int64[D]
        Classes in use.
    ask, out : int64[]
        See `layout`. ``out`` is written.
    work : int64[]
        Scratch; `work_needed` says how much. Its stamps and words are zero between calls.

    Returns
    -------
    int
        The plan's status, or a negative `NEED_*` code, with the size wanted in out[1].
    """
    return decide(
        rows,
        cell_node,
        planes[P_FREE],
        items,
        prices,
        services,
        lane_nodes,
        lane_records,
        lane_sizes,
        ask,
        work,
        out,
    )
