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
    K_LINE,
    K_NODE,
    K_QUANTITY,
    K_SERVICE,
    L_GRAMS,
    L_QUANTITY,
    L_SCALE,
    L_UNITS,
    L_WEIGHT,
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
from omniroute.kernels.order.trim import fill_load, lightest_first

# Rows of the table block, one column a subset.
T_COST = 0
#: Transit days << 32 | metres of the best shipment: the tie-break.
T_SECOND = 1
T_NODE = 2
T_SERVICE = 3
T_LINES = 4
T_UNITS = 5
T_GRAMS = 6
T_STEP = 7
#: Layers of f, of tie-break labels and of choices follow, 13 each.
T_COVER = 8
LAYERS = 13
T_LABEL = T_COVER + LAYERS
T_CHOICE = T_LABEL + LAYERS
T_ROWS = T_CHOICE + LAYERS

# Columns of an entry: nodes that are alike, by the best of them.
N_CLASS = 0
N_MASK = 1
N_DIST = 2
N_NODE = 3
N_KEY = 4
#: Where its key is stamped.
N_STAMP = 5
N_FIELDS = 6

#: A shipment more outweighs any sum of days and metres in a tie-break label.
ONE_SHIPMENT = 1 << 57
#: The node of a line nobody serves: sorts after every node.
NOBODY = 1 << 40
#: A dozen shipments that cost less than this cost less than a missing unit weighs.
DEAR = SHORT_UNIT >> 4
#: Above every metres << 32 | node.
BEYOND = 1 << 62


@view
def table_block(scratch: Scratch, n_lines: int) -> I8:
    """The table for ``n_lines`` lines, in the scratch memory."""
    size = 1 << n_lines
    return scratch.large[: T_ROWS * size].reshape(T_ROWS, size)


@view
def entry_block(scratch: Scratch, n_lines: int) -> I8:
    """Room for one entry a node, behind the table."""
    start = T_ROWS << n_lines
    n_nodes = scratch.touched.size
    return scratch.large[start : start + N_FIELDS * n_nodes].reshape(n_nodes, N_FIELDS)


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
def mark_holders(order: Order, members: I8, scratch: Scratch) -> int:
    """Write in ``node_word`` which of ``members`` each node holds whole, as bits."""
    n_touched = 0
    for b in range(members.size):
        i = members[b]
        quantity = order.lines[i, L_QUANTITY]
        for h in range(order.line_ptr[i], order.line_ptr[i + 1]):
            if order.hit_free[h] < quantity:
                continue
            node = order.hit_node[h]
            word = scratch.node_word[node]
            if word == 0:
                scratch.touched[n_touched] = node
                n_touched += 1
            scratch.node_word[node] = word | (1 << b)
    return n_touched


@kernel()
def _alike_by_key(
    lanes: Lanes, scratch: Scratch, n_touched: int, n_lines: int, entries: I8
) -> int:
    """`group_alike` with a stamp for every key there can be.

    A stamp says how much nearer than `BEYOND` the best node is, so that the largest is
    of the nearest (then first) and 0 of none.
    """
    n_entries, stamps = 0, scratch.stamps
    for j in range(n_touched):
        node = scratch.touched[j]
        c = lanes.cls[node]
        if lanes.admitted[c] == 0:
            continue
        key = (c << n_lines) | scratch.node_word[node]
        best = stamps[key]
        if best == 0:
            entries[n_entries, N_KEY] = key
            n_entries += 1
        stamps[key] = max(best, BEYOND - ((int(lanes.dist_m[node]) << 32) | node))
    for e in range(n_entries):
        entry = entries[e]
        key = entry[N_KEY]
        place = BEYOND - stamps[key]
        stamps[key] = 0
        entry[N_CLASS] = key >> n_lines
        entry[N_MASK] = key & ((1 << n_lines) - 1)
        entry[N_DIST] = place >> 32
        entry[N_NODE] = place & 0xFFFFFFFF
    return n_entries


@kernel()
def _alike_by_search(
    lanes: Lanes, scratch: Scratch, n_touched: int, n_lines: int, entries: I8
) -> int:
    """`group_alike` with fewer stamps than keys: at the key or the next free place.

    Networks too large for that keep every node: slower, same answer.
    """
    n_entries = 0
    stamps = scratch.stamps
    last = stamps.size - 1
    if 2 * n_touched > stamps.size:
        last = -1
    for j in range(n_touched):
        node = scratch.touched[j]
        c = lanes.cls[node]
        if lanes.admitted[c] == 0:
            continue
        mask = scratch.node_word[node]
        dist = lanes.dist_m[node]
        key = (c << n_lines) | mask
        at = key & last
        while last > 0 and stamps[at] and entries[stamps[at] - 1, N_KEY] != key:
            at = (at + 1) & last
        if last < 0 or stamps[at] == 0:
            entry = entries[n_entries]
            n_entries += 1
            entry[N_CLASS] = c
            entry[N_MASK] = mask
            entry[N_KEY] = key
            if last > 0:
                stamps[at] = n_entries
                entry[N_STAMP] = at
        else:
            entry = entries[stamps[at] - 1]
            nearer = dist < entry[N_DIST]
            if not (nearer or (dist == entry[N_DIST] and node < entry[N_NODE])):
                continue
        entry[N_DIST] = dist
        entry[N_NODE] = node
    if last > 0:
        for e in range(n_entries):
            stamps[entries[e, N_STAMP]] = 0
    return n_entries


@kernel()
def group_alike(
    lanes: Lanes, scratch: Scratch, n_touched: int, n_lines: int, entries: I8
) -> int:
    """Keep, of the nodes with one class and one set of lines, the nearest (then first).

    Returns the number of ``entries`` written. ``stamps`` tell them apart.
    """
    if lanes.admitted.size << n_lines <= scratch.stamps.size:
        return _alike_by_key(lanes, scratch, n_touched, n_lines, entries)
    return _alike_by_search(lanes, scratch, n_touched, n_lines, entries)


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
def missing_key(quanta: int) -> int:
    """What quanta that are left out weigh in a key."""
    return quanta * SHORT_UNIT


@kernel()
def _missing(order: Order, members: I8, low: int) -> int:
    """What leaving out the line at bit ``low`` weighs."""
    b = 0
    while (1 << b) < low:
        b += 1
    return missing_key(order.lines[members[b], L_QUANTITY])


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
            best = _missing(order, members, low) + cover[rest]
            if j > 0:
                best = min(best, _cover_of(cost, fewer, low, rest))
            cover[m] = best


# -- among plans of equal cost: fewer shipments, sooner, nearer, first node ids ---------


@kernel()
def _next_layer(j: int, limited: bool) -> int:
    return j - 1 if limited else j


@kernel()
def _is_tight(table: I8, j: int, limited: bool, m: int, t: int) -> bool:
    """Whether sending T of M in one shipment keeps the least cost."""
    if limited and j == 0:
        return False
    after = table[T_COVER + _next_layer(j, limited), m ^ t]
    return table[T_COST, t] + after == table[T_COVER + j, m]


@kernel()
def _by_line(
    table: I8, row: int, j: int, limited: bool, m: int, t: int, values: I8
) -> None:
    """Node, or service, of each line of M when T goes first and the best choices follow.

    ``row`` is `T_NODE` or `T_SERVICE`.
    """
    while m > 0:
        sent = abs(t)
        for b in range(values.size):
            if (sent >> b) & 1:
                values[b] = table[row, sent] if t > 0 else NOBODY
        m ^= sent
        if t > 0:
            j = _next_layer(j, limited)
        t = table[T_CHOICE + j, m] if m > 0 else 0


@kernel()
def _first_by_line(table: I8, j: int, limited: bool, m: int, t: int, small: I8) -> bool:
    """Whether T beats the choice noted for (j, M) on nodes, then services, by line."""
    n_lines = 0
    while (1 << n_lines) < table.shape[1]:
        n_lines += 1
    ours, theirs = small[:n_lines], small[16 : 16 + n_lines]
    for row in (T_NODE, T_SERVICE):
        _by_line(table, row, j, limited, m, t, ours)
        _by_line(table, row, j, limited, m, table[T_CHOICE + j, m], theirs)
        for b in range(n_lines):
            if (m >> b) & 1 and ours[b] != theirs[b]:
                return ours[b] < theirs[b]
    return False


@kernel()
def _label(
    table: I8, j: int, limited: bool, m: int, t: int, second: int, small: I8
) -> None:
    """Note the choice T for (j, M) if its tie-break label is the best so far."""
    nxt = _next_layer(j, limited) if t > 0 else j
    label = second + table[T_LABEL + nxt, m ^ abs(t)]
    best = table[T_LABEL + j, m]
    if label > best:
        return
    if label == best and not _first_by_line(table, j, limited, m, t, small):
        return
    table[T_LABEL + j, m] = label
    table[T_CHOICE + j, m] = t


@kernel()
def _mark_reached(
    table: I8, order: Order, members: I8, most: int, limited: bool
) -> None:
    """Set the label of every state that a plan of least cost passes through to -1."""
    whole = table.shape[1] - 1
    table[T_LABEL : T_LABEL + most + 1, :] = UNREACHED
    table[T_LABEL + most, whole] = -1
    for step in range((whole >> 1) + 1, 0, -1):
        m = min(2 * step, whole)
        low = m & -m
        for j in range(most, -1, -1):
            if table[T_LABEL + j, m] != -1:
                continue
            r = m ^ low
            while True:
                if _is_tight(table, j, limited, m, low | r):
                    table[T_LABEL + _next_layer(j, limited), m ^ (low | r)] = -1
                if r == 0:
                    break
                r = (r - 1) & (m ^ low)
            if limited and _drop_is_tight(table, order, members, j, m, low):
                table[T_LABEL + j, m ^ low] = -1


@kernel()
def _drop_is_tight(
    table: I8, order: Order, members: I8, j: int, m: int, low: int
) -> bool:
    kept = table[T_COVER + j, m ^ low]
    return _missing(order, members, low) + kept == table[T_COVER + j, m]


@kernel()
def trace(
    table: I8, order: Order, members: I8, most: int, limited: bool, small: I8
) -> None:
    """Choose, among the plans of least cost, by the tie-breaks; note it in T_CHOICE.

    Follows only transitions that keep the least cost, so it is cheap unless ties abound.
    """
    _mark_reached(table, order, members, most, limited)
    whole = table.shape[1] - 1
    table[T_LABEL : T_LABEL + most + 1, 0] = 0
    for step in range(1, (whole >> 1) + 2):
        m = min(2 * step, whole)
        low = m & -m
        for j in range(most + 1):
            if table[T_LABEL + j, m] != -1:
                continue
            table[T_LABEL + j, m] = UNREACHED
            r = m ^ low
            while True:
                t = low | r
                if _is_tight(table, j, limited, m, t):
                    second = ONE_SHIPMENT + table[T_SECOND, t]
                    _label(table, j, limited, m, t, second, small)
                if r == 0:
                    break
                r = (r - 1) & (m ^ low)
            if limited and _drop_is_tight(table, order, members, j, m, low):
                _label(table, j, limited, m, -low, 0, small)


@kernel()
def emit(
    table: I8, order: Order, members: I8, j: int, limited: bool, picks: I8, n_picks: int
) -> int:
    """Write the chosen shipments as picks of whole lines."""
    m = table.shape[1] - 1
    while m > 0:
        t = table[T_CHOICE + j, m]
        m ^= abs(t)
        if t < 0:
            continue
        j = _next_layer(j, limited)
        for b in range(members.size):
            if (t >> b) & 1:
                pick = picks[n_picks]
                pick[K_NODE] = table[T_NODE, t]
                pick[K_SERVICE] = table[T_SERVICE, t]
                pick[K_LINE] = members[b]
                pick[K_QUANTITY] = order.lines[members[b], L_QUANTITY]
                n_picks += 1
    return n_picks


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


# -- when not everything can be served: nodes may serve part of a line -----------------


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
