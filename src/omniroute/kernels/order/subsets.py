"""The subset table: the exact choice for up to a dozen lines.

``g[S]`` is the least cost of one shipment that carries the lines S; ``f[M]`` the least
cost of shipments that together carry M: the best T holding M's lowest line, plus what is
left. Exact because merging two shipments of one node and service never costs more (rate
cards are closed under parcelling), so no order needs two of them. About N 2^n + 3^n / 6
integer steps: only sets without line 0, and the whole, are ever asked for.
"""

from __future__ import annotations

from omniroute._jit import kernel, view
from omniroute.codes import SHORT_UNIT, UNREACHED
from omniroute.kernels.arrays import I8
from omniroute.kernels.order.alike import group_alike, mark_holders
from omniroute.kernels.order.layout import (
    C_LINE,
    C_ORDER,
    C_ROWS,
    C_UNIT,
    S_DEN,
    S_MAX_G,
    S_NUM,
)
from omniroute.kernels.order.problem import (
    L_UNITS,
    L_WEIGHT,
    Lanes,
    Order,
    Scratch,
    clear_words,
    transit,
)
from omniroute.kernels.order.subset_table import (
    N_CLASS,
    N_DIST,
    N_MASK,
    N_NODE,
    NOBODY,
    ONE_SHIPMENT,
    T_COST,
    T_COVER,
    T_GRAMS,
    T_LABEL,
    T_LINES,
    T_NODE,
    T_SECOND,
    T_SERVICE,
    T_STEP,
    T_UNITS,
    entry_block,
    missing,
    table_block,
)
from omniroute.kernels.order.subset_ties import emit, trace


@kernel()
def sum_subsets(table: I8, order: Order, members: I8) -> None:
    """Lines, units started and grams of every subset of ``members``."""
    table[T_LINES, 0] = 0
    table[T_UNITS, 0] = 0
    table[T_GRAMS, 0] = 0
    for b in range(members.size):
        line = order.lines[members[b]]
        bit = 1 << b
        for s in range(bit):
            table[T_LINES, bit | s] = table[T_LINES, s] + 1
            table[T_UNITS, bit | s] = table[T_UNITS, s] + line[L_UNITS]
            table[T_GRAMS, bit | s] = table[T_GRAMS, s] + line[L_WEIGHT]


@kernel()
def reset_costs(table: I8) -> None:
    """Mark every subset as carried by nobody."""
    for s in range(table.shape[1]):
        table[T_COST, s] = UNREACHED
        table[T_SECOND, s] = UNREACHED
        table[T_NODE, s] = NOBODY


@kernel()
def offer(
    table: I8, subset: int, cost: int, second: int, node: int, service: int
) -> None:
    """Take a shipment into the table if it is the best for its subset."""
    if cost > table[T_COST, subset]:
        return
    if cost == table[T_COST, subset]:
        if second > table[T_SECOND, subset]:
            return
        if second == table[T_SECOND, subset] and node >= table[T_NODE, subset]:
            return
    table[T_COST, subset] = cost
    table[T_SECOND, subset] = second
    table[T_NODE, subset] = node
    table[T_SERVICE, subset] = service


@kernel()
def step_subsets(table: I8, services: I8, s: int) -> None:
    """Note the price step of every subset on the card of ``s``, 0 where too heavy."""
    num, den, max_g = services[s, S_NUM], services[s, S_DEN], services[s, S_MAX_G]
    for subset in range(table.shape[1]):
        weight_g = table[T_GRAMS, subset]
        t = 0
        if weight_g <= max_g:
            t = max(1, (weight_g * num + den - 1) // den)
        table[T_STEP, subset] = t


@kernel()
def same_steps(services: I8, a: int, b: int) -> bool:
    """Whether two services tell the weights of their rate cards in the same steps."""
    for word in (S_NUM, S_DEN, S_MAX_G):
        if services[a, word] != services[b, word]:
            return False
    return True


@kernel()
def fill_costs(lanes: Lanes, table: I8, entries: I8, n_entries: int) -> None:
    """Best shipment for every subset: each entry, each service, each subset it holds."""
    any_admitted = 0
    for e in range(n_entries):
        any_admitted |= lanes.admitted[entries[e, N_CLASS]]
    stepped = -1
    for s in range(lanes.services.shape[0]):
        if (any_admitted >> s) & 1 == 0:
            continue
        if stepped < 0 or not same_steps(lanes.services, s, stepped):
            stepped = s
            step_subsets(table, lanes.services, s)
        for e in range(n_entries):
            if (lanes.admitted[entries[e, N_CLASS]] >> s) & 1:
                _fill_entry(lanes, table, entries[e], s)


@kernel()
def _fill_entry(lanes: Lanes, table: I8, entry: I8, s: int) -> None:
    record = lanes.records[entry[N_CLASS]]
    prices = lanes.prices[record[C_ROWS + s]]
    second = (transit(lanes, entry[N_CLASS], s) << 32) | entry[N_DIST]
    base, line, unit = record[C_ORDER], record[C_LINE], record[C_UNIT]
    node = entry[N_NODE]
    mask = entry[N_MASK]
    subset = mask
    while subset > 0:
        t = table[T_STEP, subset]
        if t > 0:
            cost = prices[t] + base
            cost += line * table[T_LINES, subset] + unit * table[T_UNITS, subset]
            if cost <= table[T_COST, subset]:
                offer(table, subset, cost, second, node, s)
        subset = (subset - 1) & mask


@kernel()
def _cover_of(cost: I8, cover: I8, low: int, rest: int) -> int:
    """Least of g[low | r] + f[rest \\ r] over all r within rest."""
    best = cost[low] + cover[rest]
    r = rest
    while r > 0:
        best = min(best, cost[low | r] + cover[rest ^ r])
        r = (r - 1) & rest
    return min(best, UNREACHED)


@kernel()
def fill_cover(table: I8, every: bool) -> None:
    """f without a limit of shipments; only sets without line 0 and the whole, or all."""
    cost, cover = table[T_COST], table[T_COVER]
    cover[0] = 0
    whole = cover.size - 1
    stride = 1 if every else 2
    for m in range(stride, whole + 1, stride):
        low = m & -m
        cover[m] = _cover_of(cost, cover, low, m ^ low)
    if not every:
        cover[whole] = _cover_of(cost, cover, 1, whole ^ 1)


@kernel()
def fill_limited(table: I8, order: Order, members: I8, most: int) -> None:
    """f by number of shipments, 0 to ``most``; lines may be left out, at a price."""
    cost = table[T_COST]
    whole = cost.size - 1
    for j in range(most + 1):
        cover = table[T_COVER + j]
        fewer = table[T_COVER + max(j - 1, 0)]
        cover[0] = 0
        for step in range(1, (whole >> 1) + 2):
            m = min(2 * step, whole)
            low = m & -m
            rest = m ^ low
            best = missing(order, members, low) + cover[rest]
            if j > 0:
                best = min(best, _cover_of(cost, fewer, low, rest))
            cover[m] = best


@kernel()
def shipments_of(table: I8) -> int:
    """Shipments of the plan that `trace` chose."""
    return table[T_LABEL, table.shape[1] - 1] // ONE_SHIPMENT


@kernel()
def whole_lines(
    lanes: Lanes, order: Order, members: I8, scratch: Scratch, most: int, n_picks: int
) -> tuple[int, bool]:
    """Best plan when every line is held whole by some node.

    ``most`` limits the shipments (0: no limit); picks are written behind the first
    ``n_picks``. Returns ``(picks, complete)``; where the limit leaves lines out,
    ``complete`` is False and nothing is written: a node may then serve part of a line,
    which is `partial_lines`' work.
    """
    table = table_block(scratch, members.size)
    entries = entry_block(scratch, members.size)
    n_touched = mark_holders(order, members, scratch)
    n_entries = group_alike(lanes, scratch, n_touched, members.size, entries)
    clear_words(scratch, n_touched)
    sum_subsets(table, order, members)
    reset_costs(table)
    fill_costs(lanes, table, entries, n_entries)
    return choose_cover(table, order, members, scratch, most, n_picks)


@view
def choose_cover(
    table: I8, order: Order, members: I8, scratch: Scratch, most: int, n_picks: int
) -> tuple[int, bool]:
    """The best plan from the costs in the table; see `whole_lines`."""
    fill_cover(table, False)
    if table[T_COVER, table.shape[1] - 1] >= UNREACHED:
        return n_picks, False
    trace(table, order, members, 0, False, scratch.small)
    if most == 0 or shipments_of(table) <= most:
        return emit(table, order, members, 0, False, scratch.picks, n_picks), True
    fill_limited(table, order, members, most)
    if table[T_COVER + most, table.shape[1] - 1] >= SHORT_UNIT:
        return n_picks, False
    trace(table, order, members, most, True, scratch.small)
    return emit(table, order, members, most, True, scratch.picks, n_picks), True
