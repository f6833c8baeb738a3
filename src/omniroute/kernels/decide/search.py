"""Orders that tables do not settle: quantities split over nodes, and many lines.

Each entry tries one group of services, within one latest transit time if asked, and
writes one answer; the caller (`routing.decide`) goes through groups and times.
"""

from __future__ import annotations

from omniroute._jit import kernel, step
from omniroute.codes import P_FREE, SUBSET_LINES_MAX, UNREACHED
from omniroute.kernels.arrays import I4, I8
from omniroute.kernels.cover.case import Case, goal_of, loads_of, set_goal
from omniroute.kernels.cover.cover import plan_and_bound
from omniroute.kernels.cover.curves import (
    Curves,
    carries,
    curve_memory,
    curve_views,
    draw_curves,
)
from omniroute.kernels.cover.fleet import (
    MEMO_CURVES,
    count_nodes,
    emit_fleet,
    first_nodes,
    fleet_memory,
    fleet_views,
    gather,
    prune,
)
from omniroute.kernels.cover.lagrange import dual_memory, dual_views
from omniroute.kernels.cover.sets import set_views
from omniroute.kernels.decide.memory import (
    bar,
    carve,
    count_cells,
    lane_views,
    read_lines,
)
from omniroute.kernels.decide.route import (
    METHOD_COVER,
    METHOD_SPLIT,
    NEED_ROOM,
    least_short,
    split_lines,
)
from omniroute.kernels.order.answer import (
    finish,
    reset,
    room_needed,
    total,
    write_picks,
)
from omniroute.kernels.order.layout import (
    A_BUDGET,
    A_HEADER,
    A_LATEST,
    A_LINES,
    A_SLOT,
    O_BOUND,
    O_CANDIDATES,
    O_COST,
    O_METHOD,
    O_PROVEN,
    O_SHORT,
    O_SHORT_LEAST,
)
from omniroute.kernels.order.pack import pack_lines
from omniroute.kernels.order.problem import (
    K_NODE,
    K_SERVICE,
    Lanes,
    Order,
    Scratch,
    admit,
    order_weight,
    short_of_stock,
)
from omniroute.kernels.order.scan import scan
from omniroute.kernels.order.split import SPREAD_MAX, spread_lines
from omniroute.kernels.order.subsets import whole_lines

#: The search was not begun: too large, or nothing of it fits.
NOT_BEGUN = -4
#: Not every line can be placed within the latest transit time.
NOT_IN_TIME = -5


@kernel()
def _count_shipments(scratch: Scratch, n_picks: int) -> int:
    n = 0
    for j in range(n_picks):
        new = True
        for k in range(j):
            if scratch.picks[k, K_NODE] == scratch.picks[j, K_NODE]:
                if scratch.picks[k, K_SERVICE] == scratch.picks[j, K_SERVICE]:
                    new = False
        n += new
    return n


@kernel()
def _spread(
    lanes: Lanes,
    order: Order,
    scratch: Scratch,
    n_live: int,
    most: int,
    budget: int,
    out: I8,
) -> int:
    """Search over quantities; the number of picks, or `NOT_BEGUN`."""
    small = scratch.small
    n_whole, n_spread = split_lines(order, n_live, small)
    if n_whole > SUBSET_LINES_MAX or n_spread > SPREAD_MAX:
        return NOT_BEGUN
    whole, spread = small[160 : 160 + n_whole], small[192 : 192 + n_spread]
    if n_spread == 0:  # tables would have settled it, but for loads that are too heavy
        n_picks, doubt = pack_lines(lanes, order, whole, scratch, most, budget)
        out[O_METHOD], out[O_PROVEN] = METHOD_SPLIT, 0 if doubt else 1
        return n_picks if n_picks >= 0 else NOT_BEGUN
    n_picks, rest, proven = spread_lines(lanes, order, whole, spread, scratch, budget)
    if n_picks < 0:
        return NOT_BEGUN
    members = small[224:240]
    n = 0
    for b in range(n_whole):
        if (rest >> b) & 1:
            members[n] = whole[b]
            n += 1
    if n > 0:
        n_picks, _ = whole_lines(lanes, order, members[:n], scratch, 0, n_picks)
    if most > 0 and _count_shipments(scratch, n_picks) > most:
        return NOT_BEGUN
    out[O_METHOD], out[O_PROVEN] = METHOD_SPLIT, 1 if proven else 0
    return n_picks


@kernel()
def _one_load(lanes: Lanes, curves: Curves, weight_g: int) -> bool:
    """Whether no node needs two shipments because of a weight limit.

    A curve ends at the heaviest single load; the bound counts on one load a node. A node
    with one service has no other.
    """
    for c in range(lanes.admitted.size):
        bits = lanes.admitted[c]
        if bits & (bits - 1) != 0 and not carries(curves, c, weight_g):
            return False
    return True


@step
def _cover(
    lanes: Lanes, order: Order, scratch: Scratch, most: int, budget: int, out: I8
) -> int:
    """Best plan found, with a bound where everything could be placed."""
    out[O_METHOD] = METHOD_COVER
    n_lines, n_classes = order.lines.shape[0], lanes.admitted.size
    n_hits = int(order.line_ptr[n_lines])
    n = count_nodes(lanes, order, scratch)
    everyone = fleet_views(order, scratch.cover, n)
    gather(lanes, order, scratch, everyone, n)
    used = fleet_memory(n_hits, n, n_lines)
    curves = curve_views(scratch.cover[used:], n_classes)
    weight_g = order_weight(order)
    draw_curves(lanes, weight_g, curves)
    used += curve_memory(n_classes)
    memo = scratch.cover[used : used + MEMO_CURVES * MEMO_CURVES]
    by_size, masks = scratch.touched, scratch.node_row
    n = prune(lanes, order, curves, everyone, n, weight_g, by_size, masks, memo)
    fleet = first_nodes(everyone, n)
    dual = dual_views(scratch.cover[used:], fleet)
    used += dual_memory(fleet.holdings.shape[0], n_lines)
    sets = set_views(scratch.cover[used:], fleet)
    words = scratch.small[128:]
    case = Case(lanes, order, curves, fleet, goal_of(words), loads_of(words))
    set_goal(case.goal, most, budget)
    bound = plan_and_bound(case, dual, sets, scratch)
    n_picks = emit_fleet(lanes, fleet, scratch.picks)
    if not write_picks(lanes, order, scratch, n_picks, out):
        out[1] = room_needed(n_picks)
        return NEED_ROOM
    total(lanes, order, out)
    sound = out[O_SHORT] == out[O_SHORT_LEAST] and _one_load(lanes, curves, weight_g)
    out[O_BOUND] = bound if sound else 0
    out[O_PROVEN] = 1 if sound and bound == out[O_COST] else 0
    return 0


@kernel()
def _prepare(
    rows: I8,
    cell_node: I4,
    free: I4,
    items: I8,
    lanes: Lanes,
    order: Order,
    barred: I8,
    ask: I8,
    latest: int,
    out: I8,
) -> tuple[int, int]:
    """Find the hits of the ask's first group; ``(code, lines that can be served)``."""
    group, most = ask[A_HEADER], ask[A_HEADER + 1]
    read_lines(ask, items, order.lines)
    bar(ask, barred, 1)
    admit(lanes, group, ask[A_LATEST])
    n_hits, n_live = scan(rows, cell_node, free, lanes, order, barred, ask)
    bar(ask, barred, 0)
    reset(out, order)
    out[O_CANDIDATES], unavoidable = n_hits, short_of_stock(order)
    admit(lanes, group, ask[A_LATEST] if latest < 0 else latest)
    out[O_SHORT_LEAST] = least_short(lanes, order)
    if most == 0 and out[O_SHORT_LEAST] > unavoidable:
        return NOT_IN_TIME, n_live
    return 0, n_live


_ARGUMENTS = "i8[,] i4[] i4[,] i8[,] i8[,] i8[,] i4[,,] i8[,,] i8[] i8[] i8 i8[] i8[]"


@kernel(_ARGUMENTS)
def search_spread(
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
    latest: int,
    work: I8,
    out: I8,
) -> int:
    """Split quantities over nodes, exactly, for the first group of an ask.

    Arguments as in `route.route`, whose call has made ``work`` large enough; ``latest``
    is the latest arrival in transit, -1 for the ask's own. Returns 0, or `NOT_BEGUN`,
    `NOT_IN_TIME` or `NEED_ROOM`.
    """
    n_classes = lane_sizes[ask[A_SLOT]]
    scratch, order, barred, admitted = carve(
        work,
        lane_nodes.shape[2],
        ask[A_LINES],
        count_cells(rows, ask),
        n_classes,
    )
    lanes = lane_views(
        services, prices, lane_nodes, lane_records, ask[A_SLOT], admitted
    )
    code, n_live = _prepare(
        rows, cell_node, planes[P_FREE], items, lanes, order, barred, ask, latest, out
    )
    if code == 0:
        most, budget = ask[A_HEADER + 1], ask[A_BUDGET]
        n_picks = _spread(lanes, order, scratch, n_live, most, budget, out)
        if n_picks < 0:
            return n_picks
        if not finish(lanes, order, scratch, n_picks, out):
            out[1] = room_needed(n_picks)
            return NEED_ROOM
        if out[O_COST] >= UNREACHED:
            return NOT_BEGUN
    return code


@kernel(_ARGUMENTS)
def search_cover(
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
    latest: int,
    work: I8,
    out: I8,
) -> int:
    """A good plan with a bound for the first group of an ask, whatever its size.

    Arguments and result as in `search_spread`.
    """
    n_classes = lane_sizes[ask[A_SLOT]]
    scratch, order, barred, admitted = carve(
        work,
        lane_nodes.shape[2],
        ask[A_LINES],
        count_cells(rows, ask),
        n_classes,
    )
    lanes = lane_views(
        services, prices, lane_nodes, lane_records, ask[A_SLOT], admitted
    )
    code, _ = _prepare(
        rows, cell_node, planes[P_FREE], items, lanes, order, barred, ask, latest, out
    )
    if code == 0:
        most, budget = ask[A_HEADER + 1], ask[A_BUDGET]
        code = _cover(lanes, order, scratch, most, budget, out)
    return code
