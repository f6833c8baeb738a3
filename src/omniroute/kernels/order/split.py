"""Orders with lines that no node holds whole: how many units from where. Exact if it fits.

Nodes that hold some of the lines to spread are taken one after the other; the state is
which whole lines they carry (M) and how many units of each spread line are gathered (r).
What they leave of the whole lines is covered by the subset table. The size is checked
before the search starts: it either closes or is not begun.
"""

from __future__ import annotations

from typing import NamedTuple

from omniroute._jit import kernel, view
from omniroute.codes import UNREACHED
from omniroute.kernels.arrays import I8
from omniroute.kernels.order.alike import group_alike, mark_holders
from omniroute.kernels.order.layout import C_ROWS, S_DEN, S_NUM, S_T_MAX
from omniroute.kernels.order.partial import touch_all
from omniroute.kernels.order.problem import (
    K_LINE,
    K_NODE,
    K_QUANTITY,
    K_SERVICE,
    L_GRAMS,
    L_QUANTITY,
    L_SCALE,
    L_TARGET,
    Lanes,
    Order,
    Scratch,
    best_rate,
    clear_words,
    grams,
    handling,
    order_weight,
    steps,
    too_heavy,
    transit,
    units_started,
)
from omniroute.kernels.order.subset_table import (
    N_FIELDS,
    T_COST,
    T_COVER,
    T_GRAMS,
    T_LABEL,
    T_LINES,
    T_ROWS,
    T_SECOND,
    T_UNITS,
    entry_block,
    table_block,
)
from omniroute.kernels.order.subsets import (
    fill_costs,
    fill_cover,
    reset_costs,
    sum_subsets,
)

#: Keys are cost << SHIPS | shipments, so that equal costs mean fewer shipments.
SHIPS = 10
#: Lines to spread in one search; more are left to `cover`.
SPREAD_MAX = 3
#: Most states of gathered units; with it, the figures that measure a search fit 64 bits.
STATES_MAX = 1 << 16

# A load in one word: state number << 20 | whole lines << 7 | service << 1 | 1.
_STATE = 20
_LINES = 7


class Search(NamedTuple):
    """The dynamic programme of one order."""

    #: Best key to have sent whole lines M and gathered r: before a node, then after it.
    before: I8
    after: I8
    #: Tie-break labels (see `subsets`) of the best ways there.
    label: I8
    label_after: I8
    #: The load that the node at hand sends on the best way to each state, 0 for none.
    choices: I8
    #: Loads of spread lines that the node at hand can add: state number, key, the load
    #: in one word, label.
    loads: I8


@kernel()
def _cap(order: Order, i: int, node: int) -> int:
    """Quanta of line i that a node can add, up to what is wanted."""
    for h in range(order.line_ptr[i], order.line_ptr[i + 1]):
        if order.hit_node[h] == node:
            return min(order.hit_free[h], order.lines[i, L_TARGET])
    return 0


@kernel()
def _states(order: Order, spread: I8) -> int:
    """Number of ways to have gathered some of each spread line, as far as it matters."""
    size = 1
    for x in range(spread.size):
        size = min(size * (order.lines[spread[x], L_TARGET] + 1), STATES_MAX + 1)
    return size


@kernel()
def _digit(order: Order, spread: I8, code: int, x: int) -> int:
    """Units of spread line x in a state number."""
    for y in range(x):
        code //= order.lines[spread[y], L_TARGET] + 1
    return code % (order.lines[spread[x], L_TARGET] + 1)


@kernel()
def _fits(order: Order, spread: I8, r: int, d: int) -> bool:
    for x in range(spread.size):
        target = order.lines[spread[x], L_TARGET]
        if _digit(order, spread, r, x) + _digit(order, spread, d, x) > target:
            return False
    return True


@kernel()
def _within_caps(order: Order, spread: I8, d: int, node: int) -> bool:
    for x in range(spread.size):
        if _digit(order, spread, d, x) > _cap(order, spread[x], node):
            return False
    return True


@kernel()
def _list_loads(order: Order, spread: I8, node: int, loads: I8) -> int:
    """List the loads, as state numbers, that a node can add; not the empty one."""
    n = 0
    for d in range(1, loads.shape[1]):
        if _within_caps(order, spread, d, node):
            loads[0, n] = d
            n += 1
    return n


@kernel()
def _load_cost(
    lanes: Lanes, order: Order, spread: I8, table: I8, c: int, subset: int, d: int
) -> tuple[int, int]:
    """Cheapest service for a node's load: ``(cost, service)``."""
    weight_g = table[T_GRAMS, subset]
    started = table[T_UNITS, subset]
    n_lines = table[T_LINES, subset]
    for x in range(spread.size):
        line = order.lines[spread[x]]
        quantity = _digit(order, spread, d, x)
        if quantity > 0:
            weight_g += grams(quantity, line[L_GRAMS], line[L_SCALE])
            started += units_started(quantity, line[L_SCALE])
            n_lines += 1
    best, service = best_rate(lanes, c, weight_g)
    if best == UNREACHED:
        return UNREACHED, 0
    return best + handling(lanes, c, n_lines, started), service


@kernel()
def _bits(mask: int) -> int:
    n = 0
    while mask > 0:
        mask &= mask - 1
        n += 1
    return n


# -- is the search small enough, and does it see every plan? ---------------------------


@kernel()
def _note_nodes(
    lanes: Lanes, order: Order, members: I8, spread: I8, scratch: Scratch
) -> int:
    """List the nodes that can send spread lines, and the whole lines of each, as bits.

    They are left in ``node_row`` and ``node_mask``. Returns how many there are.
    """
    n_touched = touch_all(order, spread, scratch)
    for b in range(members.size):
        i = members[b]
        for h in range(order.line_ptr[i], order.line_ptr[i + 1]):
            node = order.hit_node[h]
            if scratch.node_word[node] != 0:
                if order.hit_free[h] >= order.lines[i, L_QUANTITY]:
                    scratch.node_word[node] |= 2 << b
    n = 0
    for j in range(n_touched):
        node = scratch.touched[j]
        if lanes.admitted[lanes.cls[node]] != 0:
            scratch.node_row[n] = node
            scratch.node_mask[n] = scratch.node_word[node] >> 1
            n += 1
    clear_words(scratch, n_touched)
    return n


@kernel()
def _steps_needed(
    order: Order,
    spread: I8,
    n_states: int,
    n_members: int,
    scratch: Scratch,
    n_nodes: int,
    most: int,
) -> int:
    """Elementary steps the search will take; more than ``most`` if that is too many."""
    total = 0
    for j in range(n_nodes):
        loads = 1
        for x in range(spread.size):
            loads *= _cap(order, spread[x], scratch.node_row[j]) + 1
        held = _bits(scratch.node_mask[j])
        pairs = 1 << (n_members - held)
        for _ in range(held):
            pairs *= 3
        total += (pairs * loads + (1 << n_members)) * n_states
        if total > most:
            break
    return total


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
    for j in range(n_nodes):
        node = scratch.node_row[j]
        held = 0
        for x in range(spread.size):
            held += _cap(order, spread[x], node) > 0
        if held > 1 and not _one_service_serves(lanes, lanes.cls[node], weight_g):
            return False
    return True


# -- the search ------------------------------------------------------------------------


@kernel()
def _words_needed(n_members: int, n_states: int, n_nodes: int) -> int:
    """Words that the search takes, behind the subset table and its entries."""
    return (n_nodes + 4) * (n_states << n_members) + 4 * n_states


@view
def _search_views(
    scratch: Scratch, n_members: int, n_states: int, n_nodes: int
) -> Search:
    """Cut the memory of a search."""
    n_sets = 1 << n_members
    size = n_sets * n_states
    a = (T_ROWS << n_members) + N_FIELDS * scratch.touched.size
    b = a + size
    c = b + size
    d = c + size
    e = d + size
    f = e + n_nodes * size
    large = scratch.large
    return Search(
        large[a:b].reshape(n_sets, n_states),
        large[b:c].reshape(n_sets, n_states),
        large[c:d].reshape(n_sets, n_states),
        large[d:e].reshape(n_sets, n_states),
        large[e:f].reshape(n_nodes * n_sets, n_states),
        large[f : f + 4 * n_states].reshape(4, n_states),
    )


@kernel()
def _begin(search: Search) -> None:
    """Nothing sent, nothing gathered."""
    for m in range(search.before.shape[0]):
        for r in range(search.before.shape[1]):
            search.before[m, r] = UNREACHED
            search.after[m, r] = UNREACHED
            search.label[m, r] = 0
            search.label_after[m, r] = 0
    search.before[0, 0] = 0
    search.after[0, 0] = 0


@kernel()
def _stage(
    lanes: Lanes,
    order: Order,
    spread: I8,
    table: I8,
    node: int,
    mask: int,
    search: Search,
    j: int,
) -> None:
    """Let node ``j`` of the search add a load to every state, at most once."""
    n_sets = search.before.shape[0]
    first = j * n_sets
    for m in range(n_sets):
        for r in range(search.before.shape[1]):
            search.choices[first + m, r] = 0
    n_loads = _list_loads(order, spread, node, search.loads)
    c = lanes.cls[node]
    subset = mask
    while True:
        for k in range(n_loads):
            d = search.loads[0, k]
            cost, service = _load_cost(lanes, order, spread, table, c, subset, d)
            search.loads[1, k] = (cost << SHIPS) | 1 if cost < UNREACHED else UNREACHED
            days = transit(lanes, c, service)
            search.loads[3, k] = (days << 32) | lanes.dist_m[node]
            search.loads[2, k] = (d << _STATE) | (subset << _LINES) | (service << 1) | 1
        _extend(order, spread, subset, search, n_loads, first)
        if subset == 0:
            break
        subset = (subset - 1) & mask
    for m in range(n_sets):
        for r in range(search.before.shape[1]):
            search.before[m, r] = search.after[m, r]
            search.label[m, r] = search.label_after[m, r]


@kernel()
def _extend(
    order: Order, spread: I8, subset: int, search: Search, n_loads: int, first: int
) -> None:
    """Try one set of whole lines with every load on every state before this node."""
    before, after, loads = search.before, search.after, search.loads
    n_states = before.shape[1]
    rest = (before.shape[0] - 1) ^ subset
    m = rest
    while True:
        for r in range(n_states):
            base = before[m, r]
            if base >= UNREACHED:
                continue
            for k in range(n_loads):
                to = r + loads[0, k]
                if to >= n_states:
                    break  # loads rise
                key, best = base + loads[1, k], after[m | subset, to]
                if key > best:
                    continue
                label = search.label[m, r] + loads[3, k]
                if key < best or label < search.label_after[m | subset, to]:
                    if spread.size == 1 or _fits(order, spread, r, loads[0, k]):
                        after[m | subset, to] = key
                        search.label_after[m | subset, to] = label
                        search.choices[first + (m | subset), to] = loads[2, k]
        if m == 0:
            break
        m = (m - 1) & rest


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


@kernel()
def _emit_node(
    order: Order, spread: I8, members: I8, node: int, load: int, picks: I8, n_picks: int
) -> int:
    service, subset, d = (load >> 1) & 63, _lines_of(load), load >> _STATE
    for b in range(members.size):
        if (subset >> b) & 1:
            pick = picks[n_picks]
            pick[K_NODE], pick[K_SERVICE] = node, service
            pick[K_LINE] = members[b]
            pick[K_QUANTITY] = order.lines[members[b], L_QUANTITY]
            n_picks += 1
    for x in range(spread.size):
        quantity = _digit(order, spread, d, x)
        if quantity > 0:
            pick = picks[n_picks]
            pick[K_NODE], pick[K_SERVICE] = node, service
            pick[K_LINE] = spread[x]
            pick[K_QUANTITY] = quantity
            n_picks += 1
    return n_picks


@kernel()
def _lines_of(load: int) -> int:
    return (load >> _LINES) & 0x1FFF


@kernel()
def _trace_nodes(
    order: Order,
    spread: I8,
    members: I8,
    n_nodes: int,
    m: int,
    search: Search,
    scratch: Scratch,
) -> int:
    """Read the choices back from the last node to the first; write their picks."""
    r = search.before.shape[1] - 1
    n_picks = 0
    for j in range(n_nodes - 1, -1, -1):
        load = search.choices[j * search.before.shape[0] + m, r]
        if load != 0:
            node = scratch.node_row[j]
            n_picks = _emit_node(
                order, spread, members, node, load, scratch.picks, n_picks
            )
            m ^= _lines_of(load)
            r -= load >> _STATE
    return n_picks


@kernel()
def _best_end(table: I8, search: Search) -> int:
    """Whole lines that the searched nodes carry in the best plan, -1 if there is none."""
    n_sets, last = search.before.shape[0], search.before.shape[1] - 1
    best, best_label, best_m = UNREACHED, 0, -1
    for m in range(n_sets):
        rest = (n_sets - 1) ^ m
        key = search.before[m, last] + table[T_COVER, rest]
        if key < UNREACHED:
            label = search.label[m, last] + table[T_LABEL, rest]
            if key < best or (key == best and label < best_label):
                best, best_label, best_m = key, label, m
    return best_m


@kernel()
def spread_lines(
    lanes: Lanes, order: Order, members: I8, spread: I8, scratch: Scratch, budget: int
) -> tuple[int, int, bool]:
    """Best plan when ``spread`` lines must come from several nodes.

    ``members`` are the lines some node holds whole (twelve at most). Returns
    ``(picks, rest, proven)``: the picks of nodes that send spread lines, the whole lines
    they leave, as bits, and whether the search covers every plan. ``picks`` is -1 where
    the search is larger than ``budget`` or the memory, and nothing was searched, or where
    loads are too heavy.
    """
    n_states = _states(order, spread)
    if n_states > STATES_MAX:
        return -1, 0, False
    n_nodes = _note_nodes(lanes, order, members, spread, scratch)
    work = _steps_needed(
        order, spread, n_states, members.size, scratch, n_nodes, budget
    )
    start = (T_ROWS << members.size) + N_FIELDS * scratch.touched.size
    room = scratch.large.size - start
    if work > budget or _words_needed(members.size, n_states, n_nodes) > room:
        return -1, 0, False
    table = table_block(scratch, members.size)
    _whole_table(lanes, order, members, scratch, table)
    search = _search_views(scratch, members.size, n_states, n_nodes)
    _begin(search)
    for j in range(n_nodes):
        node, mask = scratch.node_row[j], scratch.node_mask[j]
        _stage(lanes, order, spread, table, node, mask, search, j)
    m = _best_end(table, search)
    if m < 0:
        return -1, 0, False
    n_picks = _trace_nodes(order, spread, members, n_nodes, m, search, scratch)
    proven = spread.size == 1 or _sees_every_plan(
        lanes, order, spread, scratch, n_nodes
    )
    return n_picks, ((1 << members.size) - 1) ^ m, proven
