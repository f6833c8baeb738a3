"""Orders with lines that no node holds whole: how many units from where. Exact if it fits.

Nodes that hold some of the lines to spread send a load each (`kinds`); what they leave of
the whole lines is covered by the subset table. The lines get values that make a bound on
all plans (`worth`), and the plans that cost little more are all followed (`ways`); where
there are none, more is allowed. It closes within its effort, or nothing is said.
"""

from __future__ import annotations

from omniroute._jit import kernel, view
from omniroute.codes import UNREACHED
from omniroute.kernels.arrays import I8
from omniroute.kernels.order.alike import group_alike, mark_holders
from omniroute.kernels.order.kinds import (
    D_SENT,
    D_SERVICE,
    KIND_FIELDS,
    LINES,
    LOAD_FIELDS,
    QUANTA_MAX,
    SPREAD_MAX,
    Kinds,
    field,
    group_kinds,
    list_loads,
    note_nodes,
)
from omniroute.kernels.order.layout import C_ROWS, S_DEN, S_NUM, S_T_MAX
from omniroute.kernels.order.problem import (
    K_LINE,
    K_NODE,
    K_QUANTITY,
    K_SERVICE,
    L_QUANTITY,
    L_TARGET,
    Lanes,
    Order,
    Scratch,
    clear_words,
    order_weight,
    steps,
    too_heavy,
)
from omniroute.kernels.order.subset_table import (
    N_FIELDS,
    T_COST,
    T_COVER,
    T_LABEL,
    T_ROWS,
    T_SECOND,
    entry_block,
    table_block,
)
from omniroute.kernels.order.subsets import (
    fill_costs,
    fill_cover,
    reset_costs,
    sum_subsets,
)
from omniroute.kernels.order.ways import (
    NOT_WITHIN,
    W_BEFORE,
    W_LOAD,
    W_SENT,
    WAY_FIELDS,
    Ways,
    follow,
)
from omniroute.kernels.order.worth import SHIPS, Worth, raise_bound

#: Room for kinds and loads, for states, and for the places to find them at.
_KINDS = 1 << 11
_LOADS = 1 << 14
_STATES = 1 << 14
_SLOTS = (1 << 15) - 19  # a prime number
#: Such a part of the effort is spent here; the rest is for `cover`.
_SHARE = 5
#: The first regret allowed is the bound >> so much; then it is half as much again.
_REGRET_FIRST = 8
#: Beyond the bound >> so much the ways are many: only such a part of the effort is left.
_REGRET_FAR = 3
_SHARE_FAR = 40

# -- does the search see every plan? ---------------------------------------------------


@kernel()
def _one_service_serves(lanes: Lanes, c: int, weight_g: int) -> bool:
    """Whether one admitted service is cheapest at every weight up to ``weight_g``.

    Then a node never needs two services for one order (merging costs no more).
    """
    for s in range(lanes.services.shape[0]):
        if (lanes.admitted[c] >> s) & 1:
            if not too_heavy(lanes.services, s, weight_g):
                if _is_cheapest(lanes, c, s, weight_g):
                    return True
    return False


@kernel()
def _is_cheapest(lanes: Lanes, c: int, s: int, weight_g: int) -> bool:
    """Whether no other service of a class is cheaper at any weight, as steps tell."""
    services = lanes.services
    ours = lanes.prices[lanes.records[c, C_ROWS + s]]
    for other in range(services.shape[0]):
        if other == s or (lanes.admitted[c] >> other) & 1 == 0:
            continue
        for word in (S_NUM, S_DEN):
            if services[s, word] != services[other, word]:
                return False
        theirs = lanes.prices[lanes.records[c, C_ROWS + other]]
        last = min(steps(services, s, weight_g), services[other, S_T_MAX])
        for t in range(1, last + 1):
            if ours[t] > theirs[t]:
                return False
    return True


@kernel()
def _sees_every_plan(
    lanes: Lanes, order: Order, spread: I8, scratch: Scratch, n_nodes: int
) -> bool:
    """Whether a node never needs two services to send several of the spread lines."""
    weight_g = order_weight(order)
    for j in range(n_nodes if spread.size > 1 else 0):
        held = 0
        for x in range(spread.size):
            held += field(scratch.node_mask[j], x) > 0
        c = lanes.cls[scratch.node_row[j]]
        if held > 1 and not _one_service_serves(lanes, c, weight_g):
            return False
    return True


# -- the lines that some node holds whole ----------------------------------------------


@kernel()
def _shift_costs(table: I8) -> None:
    """Turn costs into keys that also count the shipment."""
    for s in range(table.shape[1]):
        if table[T_COST, s] < UNREACHED:
            table[T_COST, s] = (table[T_COST, s] << SHIPS) | 1


@kernel()
def _whole_table(
    lanes: Lanes, order: Order, members: I8, scratch: Scratch, table: I8
) -> None:
    """Subset table of the whole lines, every subset covered, keys instead of costs."""
    entries = entry_block(scratch, members.size)
    sum_subsets(table, order, members)
    n_touched = mark_holders(order, members, scratch)
    n_entries = group_alike(lanes, scratch, n_touched, members.size, entries)
    clear_words(scratch, n_touched)
    reset_costs(table)
    fill_costs(lanes, table, entries, n_entries)
    _shift_costs(table)
    fill_cover(table, True)
    _label_cover(table)


@kernel()
def _label_cover(table: I8) -> None:
    """Note the least tie-break label of the whole lines that keeps their least key."""
    cost, cover, label = table[T_COST], table[T_COVER], table[T_LABEL]
    label[0] = 0
    for m in range(1, cover.size):
        label[m] = UNREACHED
        low = m & -m
        r = m ^ low
        while cover[m] < UNREACHED:
            t = low | r
            if cost[t] + cover[m ^ t] == cover[m]:
                label[m] = min(label[m], table[T_SECOND, t] + label[m ^ t])
            if r == 0:
                break
            r = (r - 1) & (m ^ low)


# -- the search ------------------------------------------------------------------------


@kernel()
def _fields_hold(order: Order, spread: I8) -> bool:
    """Whether what is wanted of each spread line fits its field of a word."""
    for x in range(spread.size):
        if order.lines[spread[x], L_TARGET] > QUANTA_MAX:
            return False
    return True


@view
def _kinds_views(memory: I8, n_nodes: int) -> Kinds:
    """Cut the memory of the kinds."""
    a = n_nodes
    b = a + KIND_FIELDS * _KINDS
    c = b + LOAD_FIELDS * _LOADS
    return Kinds(
        memory[:a],
        memory[a:b].reshape(_KINDS, KIND_FIELDS),
        memory[b:c].reshape(_LOADS, LOAD_FIELDS),
        memory[c : c + 2],
    )


@view
def _worth_views(memory: I8, n_whole: int, n_lines: int) -> Worth:
    """Cut the memory of the values."""
    n_sets = 1 << n_whole
    a = 4 * n_lines
    lines = memory[:a].reshape(4, n_lines)
    alone = memory[a + n_sets : a + n_sets + 1]
    sets = memory[a : a + n_sets]
    return Worth(lines[0], lines[1], lines[2], lines[3], sets, alone)


@view
def _ways_views(memory: I8) -> Ways:
    """Cut the memory of the ways; what is left of it is theirs."""
    a = 2 * _STATES
    b = a + _SLOTS
    c = b + 3 + SPREAD_MAX
    n = (memory.size - c) // WAY_FIELDS
    return Ways(
        memory[c : c + n * WAY_FIELDS].reshape(n, WAY_FIELDS),
        memory[:_STATES],
        memory[_STATES:a],
        memory[a:b],
        memory[b : b + 3],
        memory[b + 3 : c],
    )


@kernel()
def _words_before_ways(n_nodes: int, n_whole: int, n_lines: int) -> tuple[int, int]:
    """Words of the kinds, and of the values."""
    kinds = n_nodes + KIND_FIELDS * _KINDS + LOAD_FIELDS * _LOADS + 2
    return kinds, 4 * n_lines + (1 << n_whole) + 1


@kernel()
def _follow_wider(
    lanes: Lanes,
    order: Order,
    spread: I8,
    table: I8,
    scratch: Scratch,
    kinds: Kinds,
    worth: Worth,
    bound: int,
    budget: int,
    ways: Ways,
) -> int:
    """Allow more and more regret until there is a plan; its way, or a code."""
    allowed = max(1, bound >> _REGRET_FIRST)
    ways.n[2] = budget // _SHARE
    while True:
        end, regret = follow(
            lanes, order, spread, table, scratch, kinds, worth, allowed, ways
        )
        if end != NOT_WITHIN or (allowed > bound and regret == UNREACHED):
            return end
        allowed = min(allowed + (allowed >> 1) + 1, regret)
        if allowed > bound >> _REGRET_FAR:
            ways.n[2] = min(ways.n[2], budget // _SHARE_FAR)


@kernel()
def _emit_load(
    order: Order,
    spread: I8,
    members: I8,
    node: int,
    load: I8,
    picks: I8,
    n_picks: int,
) -> int:
    """Write the picks of one load."""
    sent, service = load[D_SENT], load[D_SERVICE]
    for b in range(members.size):
        if (sent >> b) & 1:
            pick = picks[n_picks]
            pick[K_NODE], pick[K_SERVICE] = node, service
            pick[K_LINE] = members[b]
            pick[K_QUANTITY] = order.lines[members[b], L_QUANTITY]
            n_picks += 1
    for x in range(spread.size):
        quantity = field(sent, x)
        if quantity > 0:
            pick = picks[n_picks]
            pick[K_NODE], pick[K_SERVICE] = node, service
            pick[K_LINE] = spread[x]
            pick[K_QUANTITY] = quantity
            n_picks += 1
    return n_picks


@kernel()
def _emit_way(
    order: Order,
    spread: I8,
    members: I8,
    kinds: Kinds,
    ways: Ways,
    end: int,
    scratch: Scratch,
) -> int:
    """Write the picks of a way, from its last node to its first."""
    n_picks = 0
    while ways.ways[end, W_BEFORE] >= 0:
        word = ways.ways[end, W_LOAD]
        node, load = scratch.node_row[word >> 32], kinds.loads[word & 0xFFFFFFFF]
        n_picks = _emit_load(order, spread, members, node, load, scratch.picks, n_picks)
        end = ways.ways[end, W_BEFORE]
    return n_picks


@kernel()
def spread_lines(
    lanes: Lanes, order: Order, members: I8, spread: I8, scratch: Scratch, budget: int
) -> tuple[int, int, bool]:
    """Best plan when ``spread`` lines must come from several nodes.

    ``members`` are the lines some node holds whole (twelve at most). Returns
    ``(picks, rest, proven)``: the picks of nodes that send spread lines, the whole lines
    they leave, as bits, and whether the search covers every plan. ``picks`` is -1 where
    the search does not close within ``budget`` or the memory, or loads are too heavy.
    """
    n_nodes = note_nodes(lanes, order, members, spread, scratch)
    n_lines = members.size + spread.size
    first = (T_ROWS << members.size) + N_FIELDS * scratch.touched.size
    of_kinds, of_worth = _words_before_ways(n_nodes, members.size, n_lines)
    second = first + of_kinds
    third = second + of_worth
    if third + 2 * (2 * _STATES + _SLOTS) > scratch.large.size:
        return -1, 0, False
    if n_nodes == 0 or not _fields_hold(order, spread):
        return -1, 0, False
    kinds = _kinds_views(scratch.large[first:second], n_nodes)
    worth = _worth_views(scratch.large[second:third], members.size, n_lines)
    ways = _ways_views(scratch.large[third:])
    if not group_kinds(lanes, scratch, n_nodes, kinds, ways.slots):
        return -1, 0, False
    sees_all = _sees_every_plan(lanes, order, spread, scratch, n_nodes)
    table = table_block(scratch, members.size)
    sum_subsets(table, order, members)
    if not list_loads(lanes, order, spread, table, kinds):
        return -1, 0, False
    _whole_table(lanes, order, members, scratch, table)
    bound = raise_bound(order, spread, table, kinds, worth)
    if bound < 0:
        return -1, 0, False
    end = _follow_wider(
        lanes, order, spread, table, scratch, kinds, worth, bound, budget, ways
    )
    if end < 0:
        return -1, 0, False
    n_picks = _emit_way(order, spread, members, kinds, ways, end, scratch)
    rest = ((1 << members.size) - 1) ^ (ways.ways[end, W_SENT] & LINES)
    return n_picks, rest, sees_all
