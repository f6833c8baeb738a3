"""Which nodes to open: an exact search through sets of nodes, with a bound at any time.

Opening a node that no good plan of the relaxation uses, or closing one that it does use,
costs at least the node's *regret*: its reduced cost in the Lagrangian bound (`lagrange`).
Regrets add up, so that few sets stay below the cost of the best plan known (reduced-cost
fixing: Beasley 1990 does so for covers, Computers and Operations Research 17). The line
that fewest nodes hold is covered first, each of its holders in turn, those before it shut;
once all are covered, the set is priced by its brackets and, if that is below the cost
known, packed. Each set is met once. Depth first; the effort is counted in steps.
"""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.codes import UNREACHED
from omniroute.kernels.arrays import I8
from omniroute.kernels.brackets import (
    ANY_CURVE,
    ANY_LINE,
    ANY_ORDER,
    ANY_UNIT,
    ANYONE,
    CHOICES_MAX,
    E_LEAST,
    E_MASK,
    E_OPEN,
    E_OWNER,
    GRAM,
    M_HIGH,
    M_LOW,
    M_NODE,
    MEMBERS_MAX,
    Sets,
    find_choices,
    first_bracket,
    handling_of,
    measure,
    price_of_gram,
    rebracket,
)
from omniroute.kernels.curves import Curves, draw_least
from omniroute.kernels.fleet import (
    F_CLASS,
    F_FIRST,
    H_BEST,
    H_CAP,
    H_LINE,
    Fleet,
    save,
    size_of,
    total_cost,
)
from omniroute.kernels.lagrange import FINE, V_VALUE, Dual, regret_of
from omniroute.kernels.layout import C_LINE, C_ORDER, C_UNIT
from omniroute.kernels.packing import NO_WAY, PACKED, arrange, carry_out, pack
from omniroute.kernels.problem import (
    L_TARGET,
    L_WEIGHT,
    L_WHOLE,
    Lanes,
    Order,
    order_weight,
)

# Columns of a node.
N_REGRET = 0
#: 0 open to choice, 1 open, -1 closed; the level that closed it.
N_STATE = 1
N_CLOSER = 2

# Columns of a level of the search.
#: The line whose holders are tried, -1 for all active nodes; the next to try.
V_LINE = 0
V_NEXT = 1
#: The node that is open below, and the bound on everything there, times FINE.
V_NODE = 2
V_BOUND = 3

#: Steps of one packing, and of one set, in the budget's terms.
PACK_STEPS = 40_000
SET_STEPS = 40


@kernel()
def money_unit(lanes: Lanes, curves: Curves, fleet: Fleet) -> int:
    """Largest amount that every cost is a multiple of; 1 where a curve is not exact."""
    unit, seen = 0, 0
    for k in range(size_of(fleet)):
        c = fleet.nodes[k, F_CLASS]
        for word in (C_ORDER, C_LINE, C_UNIT):
            unit = _divisor(unit, lanes.records[c, word])
        u = curves.of[c]
        if u >= 62 or (seen >> u) & 1 == 0:
            seen |= 1 << min(u, 62)
            for b in range(curves.n[u]):
                if curves.upper[u, b] != curves.price[u, b]:
                    return 1
                unit = _divisor(unit, curves.price[u, b])
    return max(unit, 1)


@kernel()
def _divisor(a: int, b: int) -> int:
    """Greatest common divisor; cheap where ``a`` divides ``b``."""
    if a == 1 or (a > 1 and b % a == 0):
        return a
    while b:
        a, b = b, a % b
    return a


# -- getting ready ---------------------------------------------------------------------


@kernel()
def rank_nodes(
    lanes: Lanes,
    order: Order,
    curves: Curves,
    fleet: Fleet,
    dual: Dual,
    sets: Sets,
    most: int,
) -> tuple[int, int]:
    """List the nodes that a plan within a bound of ``most`` may use, by regret.

    Returns ``(their number, bound)`` for the values at hand; bounds are times FINE.
    """
    bound = 0
    for i in range(dual.lines.shape[0]):
        bound += dual.lines[i, V_VALUE]
    for k in range(size_of(fleet)):
        regret = regret_of(lanes, order, curves, fleet, dual, k)
        sets.nodes[k, N_REGRET] = regret
        sets.nodes[k, N_STATE] = 0
        bound += min(0, regret)
    n = 0
    for k in range(size_of(fleet)):
        if bound + max(0, sets.nodes[k, N_REGRET]) <= most:
            sets.active[n] = k
            n += 1
    _sort(sets.active, n, sets.nodes)
    return n, bound


@kernel()
def _sort(items: I8, n: int, keys: I8) -> None:
    """Sort the first ``n`` items by column 0 of their rows in ``keys``, by halves."""
    gap = n // 2
    while gap > 0:
        for x in range(gap, n):
            item, y = items[x], x
            key = keys[item, 0]
            while y >= gap and _after(keys, items[y - gap], key, item):
                items[y] = items[y - gap]
                y -= gap
            items[y] = item
        gap //= 2


@kernel()
def _after(keys: I8, other: int, key: int, item: int) -> bool:
    return keys[other, 0] > key or (keys[other, 0] == key and other > item)


@kernel()
def index_holders(order: Order, fleet: Fleet, sets: Sets, n_active: int) -> None:
    """For each line its holders by rising regret; lines by rarity, and by weight."""
    n_lines = order.lines.shape[0]
    for i in range(n_lines + 1):
        sets.line_ptr[i] = 0
    for j in range(n_active):
        k = sets.active[j]
        for e in range(fleet.nodes[k, F_FIRST], fleet.nodes[k + 1, F_FIRST]):
            sets.line_ptr[fleet.holdings[e, H_LINE]] += 1
    for i in range(n_lines):
        sets.lines[i, 0] = sets.line_ptr[i]
        sets.by_rarity[i] = i
    _sort(sets.by_rarity, n_lines, sets.lines)
    for i in range(n_lines):
        sets.lines[i, 0] = -order.lines[i, L_WEIGHT]
        sets.lines[i, E_OPEN] = 0
        sets.by_weight[i] = i
    _sort(sets.by_weight, n_lines, sets.lines)
    for i in range(1, n_lines + 1):
        sets.line_ptr[i] += sets.line_ptr[i - 1]
    for j in range(n_active - 1, -1, -1):
        k = sets.active[j]
        for e in range(fleet.nodes[k, F_FIRST], fleet.nodes[k + 1, F_FIRST]):
            i = fleet.holdings[e, H_LINE]
            sets.line_ptr[i] -= 1
            sets.holders[sets.line_ptr[i]] = k


# -- one set ---------------------------------------------------------------------------


@kernel()
def _narrow(order: Order, sets: Sets, n: int, spare: int) -> bool:
    """Take lines from members whose handling costs more than there is to spare."""
    changed = False
    for i in range(sets.lines.shape[0]):
        line, entry = order.lines[i], sets.lines[i]
        if line[L_WHOLE] == 0 or line[L_TARGET] == 0:
            continue
        mask = entry[E_MASK]
        if mask & (mask - 1) == 0:
            continue
        for a in range(n):
            member = sets.members[a]
            if (mask >> a) & 1 and handling_of(member, line) > entry[E_LEAST] + spare:
                mask &= ~(1 << a)
                member[M_HIGH] -= line[L_WEIGHT]
        if mask != entry[E_MASK]:
            changed = True
            entry[E_MASK] = mask
            if mask & (mask - 1) == 0:
                _oblige_owner(line, entry, sets, n)
    return changed


@kernel()
def _oblige_owner(line: I8, entry: I8, sets: Sets, n: int) -> None:
    for a in range(n):
        if (entry[E_MASK] >> a) & 1:
            entry[E_OWNER] = a
            sets.members[a, M_LOW] += line[L_WEIGHT]


@kernel()
def _least_choice(
    curves: Curves, sets: Sets, n: int, weight_g: int, most: int, unit: int
) -> tuple[int, int, int, int]:
    """Cheapest brackets up to ``most``.

    Returns ``(price, price of a gram, bound on prices, steps taken)``.
    """
    gram, bound, steps = price_of_gram(curves, sets, n, weight_g, most * GRAM)
    lowest = (bound + GRAM - 1) // GRAM
    # First what loses little against the price of a gram, which goes fast.
    least, top, part = UNREACHED, lowest - 1, (most - lowest) >> 6
    while least > most and top < most:
        top = min(most, lowest + part)
        part = 4 * part + unit
        least, _, more = find_choices(
            curves, sets, n, weight_g, gram, bound, -1, top, False
        )
        steps += more
    return least, gram, bound, steps


@kernel()
def _list_choices(
    curves: Curves,
    sets: Sets,
    n: int,
    weight_g: int,
    gram: int,
    bound: int,
    above: int,
    most: int,
) -> tuple[int, int, int]:
    """Write down the choices above a price, to ``most`` or less if they are too many.

    Returns ``(their number, the price up to which none is left out, steps taken)``.
    """
    found, steps, limit = CHOICES_MAX + 1, 0, most
    for _ in range(6):
        if found > CHOICES_MAX and limit > above:
            _, found, more = find_choices(
                curves, sets, n, weight_g, gram, bound, above, limit, True
            )
            steps += more
            if found > CHOICES_MAX:
                limit = above + (limit - above) // 4
    if found > CHOICES_MAX:
        return 0, above, steps
    return found, limit, steps


@kernel()
def try_set(
    lanes: Lanes,
    order: Order,
    curves: Curves,
    fleet: Fleet,
    sets: Sets,
    n: int,
    cost: int,
    unit: int,
    budget: int,
) -> tuple[int, int, int]:
    """Best plan of the first ``n`` members, if it is cheaper than ``cost``.

    Returns ``(cost of the best plan known, bound on plans of the set, budget left)``; the
    bound is `UNREACHED` if the set has nothing better to give.
    """
    budget -= SET_STEPS + sets.lines.shape[0]
    money, weight_g = measure(lanes, order, curves, fleet, sets, n)
    most = cost - unit - money
    if most < 0:
        return cost, UNREACHED, budget
    least, gram, bound, steps = _least_choice(curves, sets, n, weight_g, most, unit)
    budget -= steps
    if least > most:
        return cost, UNREACHED, budget
    if _narrow(order, sets, n, most - least):
        if not rebracket(curves, sets, n):
            return cost, UNREACHED, budget
        least, gram, bound, steps = _least_choice(curves, sets, n, weight_g, most, unit)
        budget -= steps
        if least > most:
            return cost, UNREACHED, budget
    low, limit, going = UNREACHED, least - 1, True
    while going and limit < cost - unit - money:
        above = limit
        found, limit, steps = _list_choices(
            curves, sets, n, weight_g, gram, bound, above, cost - unit - money
        )
        cost, left_open, budget = _pack_choices(
            lanes,
            order,
            curves,
            fleet,
            sets,
            n,
            found,
            money,
            cost,
            unit,
            budget - steps,
        )
        low = min(low, left_open)
        going = limit > above and budget > 0
    if limit < cost - unit - money:
        low = min(low, limit + 1)
    return cost, low if low >= UNREACHED else low + money, budget


@kernel()
def _pack_choices(
    lanes: Lanes,
    order: Order,
    curves: Curves,
    fleet: Fleet,
    sets: Sets,
    n: int,
    found: int,
    money: int,
    cost: int,
    unit: int,
    budget: int,
) -> tuple[int, int, int]:
    """Pack the choices of brackets, the cheapest first, while that can be cheaper.

    Returns ``(cost of the best plan, least price of a choice left open, budget left)``.
    """
    low, x = UNREACHED, 0
    n_free = arrange(order, fleet, sets, n)
    while x < found:
        price = sets.choices[x, 0]
        spare = cost - unit - money - price
        if spare < 0:
            break
        if budget <= 0:
            return cost, min(low, price), budget
        steps = min(PACK_STEPS, budget)
        code, left = pack(order, curves, fleet, sets, n, n_free, x, spare, steps)
        budget -= steps - left + n
        better = False
        if code == PACKED:
            carry_out(order, fleet, sets, n)
            reached = total_cost(lanes, fleet)
            if reached < cost:
                better, cost = True, reached
                save(fleet, H_BEST)
        if not better:  # else there may be a packing of less handling still
            x += 1
            if code != NO_WAY:
                low = min(low, price)
    return cost, low, budget


# -- the search ------------------------------------------------------------------------


@kernel()
def know_anyone(
    lanes: Lanes, order: Order, curves: Curves, fleet: Fleet, sets: Sets
) -> None:
    """Note what a node yet to be opened costs at least, if everyone can send it all."""
    sets.anyone[ANY_CURVE] = -1
    sets.last_gram[0] = 0
    weight_g = order_weight(order)
    for k in range(size_of(fleet)):
        if (
            first_bracket(curves, curves.of[fleet.nodes[k, F_CLASS]], weight_g)
            == curves.n[curves.of[fleet.nodes[k, F_CLASS]]]
        ):
            return
    sets.anyone[ANY_CURVE] = draw_least(curves)
    for word in (ANY_ORDER, ANY_LINE, ANY_UNIT):
        sets.anyone[word] = UNREACHED
    for k in range(size_of(fleet)):
        record = lanes.records[fleet.nodes[k, F_CLASS]]
        sets.anyone[ANY_ORDER] = min(sets.anyone[ANY_ORDER], record[C_ORDER])
        sets.anyone[ANY_LINE] = min(sets.anyone[ANY_LINE], record[C_LINE])
        sets.anyone[ANY_UNIT] = min(sets.anyone[ANY_UNIT], record[C_UNIT])


@kernel()
def _with_anyone(
    lanes: Lanes,
    order: Order,
    curves: Curves,
    fleet: Fleet,
    sets: Sets,
    n: int,
    cost: int,
    unit: int,
) -> tuple[int, int]:
    """Bound in money on plans that open more than the first ``n`` members.

    One member more stands for all the others. Returns ``(bound, steps taken)``.
    """
    sets.members[n, M_NODE] = ANYONE
    money, weight_g = measure(lanes, order, curves, fleet, sets, n + 1)
    most = cost - unit - money
    steps = SET_STEPS + 2 * sets.lines.shape[0]
    if most < 0:
        return UNREACHED, steps
    _, bound, more = price_of_gram(curves, sets, n + 1, weight_g, most * GRAM)
    price = (bound + GRAM - 1) // GRAM
    return (UNREACHED if price > most else money + price), steps + more


@kernel()
def _uncovered(order: Order, sets: Sets) -> int:
    """The rarest line that the open nodes do not hold; -1 if there is none."""
    for x in range(sets.by_rarity.size):
        i = sets.by_rarity[x]
        if sets.lines[i, E_OPEN] < order.lines[i, L_TARGET]:
            return i
    return -1


@kernel()
def _set_open(fleet: Fleet, sets: Sets, k: int, sign: int) -> None:
    """Count what a node holds as open, or no longer so."""
    for e in range(fleet.nodes[k, F_FIRST], fleet.nodes[k + 1, F_FIRST]):
        sets.lines[fleet.holdings[e, H_LINE], E_OPEN] += sign * fleet.holdings[e, H_CAP]


@kernel()
def _start_level(order: Order, sets: Sets, d: int, bound: int) -> None:
    level = sets.levels[d]
    level[V_LINE] = _uncovered(order, sets)
    level[V_BOUND] = bound
    level[V_NEXT] = 0 if level[V_LINE] < 0 else sets.line_ptr[level[V_LINE]]


@kernel()
def _next_node(sets: Sets, d: int, n_active: int, most: int) -> int:
    """The next node to open at a level within a bound of ``most``; -1: none is left.

    Leaves the level's place at the node, for what is told when the search stops there.
    """
    level = sets.levels[d]
    i = level[V_LINE]
    end = n_active if i < 0 else sets.line_ptr[i + 1]
    while level[V_NEXT] < end:
        k = sets.active[level[V_NEXT]] if i < 0 else sets.holders[level[V_NEXT]]
        if sets.nodes[k, N_STATE] == 0:
            if level[V_BOUND] + max(0, sets.nodes[k, N_REGRET]) <= most:
                return k
            break  # the regrets of the others are no less
        level[V_NEXT] += 1
    return -1


@kernel()
def _end_level(sets: Sets, d: int) -> None:
    """Give the nodes that a level closed back to choice."""
    level = sets.levels[d]
    i = level[V_LINE]
    start = 0 if i < 0 else sets.line_ptr[i]
    for at in range(start, level[V_NEXT]):
        k = sets.active[at] if i < 0 else sets.holders[at]
        if sets.nodes[k, N_STATE] < 0 and sets.nodes[k, N_CLOSER] == d:
            sets.nodes[k, N_STATE] = 0


@kernel()
def _close(fleet: Fleet, sets: Sets, d: int) -> None:
    """Close the node that was open below a level, for the rest of the level."""
    level = sets.levels[d]
    k = level[V_NODE]
    _set_open(fleet, sets, k, -1)
    sets.nodes[k, N_STATE], sets.nodes[k, N_CLOSER] = -1, d
    level[V_BOUND] += max(0, -sets.nodes[k, N_REGRET])
    level[V_NEXT] += 1


@kernel()
def search_sets(
    lanes: Lanes,
    order: Order,
    curves: Curves,
    fleet: Fleet,
    sets: Sets,
    n_active: int,
    cost: int,
    bound: int,
    most_open: int,
    unit: int,
    budget: int,
) -> tuple[int, int, int]:
    """Search the sets of the active nodes. The best plan is left in `H_BEST`.

    ``bound`` is that of the relaxation, times FINE. Returns ``(cost, bound in money,
    budget left)``; they are equal if the search came to its end.
    """
    low, d = UNREACHED, 0
    down = True
    while d >= 0:
        if down:
            start = bound if d == 0 else sets.levels[d, V_BOUND]
            _start_level(order, sets, d, start)
            if sets.levels[d, V_LINE] < 0 and d > 0:
                cost, left_open, budget = try_set(
                    lanes, order, curves, fleet, sets, d, cost, unit, budget
                )
                if left_open < UNREACHED:
                    low = min(low, max(left_open * FINE, start))
            if 0 < d < MEMBERS_MAX and budget > 0 and sets.anyone[ANY_CURVE] >= 0:
                more, steps = _with_anyone(
                    lanes, order, curves, fleet, sets, d, cost, unit
                )
                budget -= steps
                sets.levels[d, V_BOUND] = max(start, min(more, cost) * FINE)
        down = False
        budget -= 2
        k = _next_node(sets, d, n_active, (cost - unit) * FINE)
        if k >= 0 and budget <= 0:
            low = min(low, sets.levels[d, V_BOUND] + max(0, sets.nodes[k, N_REGRET]))
            k = -1
        full = d == MEMBERS_MAX or (most_open > 0 and d == most_open)
        if k >= 0 and full:
            if d == MEMBERS_MAX:
                low = min(low, sets.levels[d, V_BOUND])
            k = -1
        if k >= 0:
            level = sets.levels[d]
            level[V_NODE] = k
            sets.members[d, M_NODE] = k
            sets.nodes[k, N_STATE] = 1
            _set_open(fleet, sets, k, 1)
            sets.levels[d + 1, V_BOUND] = level[V_BOUND] + max(
                0, sets.nodes[k, N_REGRET]
            )
            d += 1
            down = True
        else:
            _end_level(sets, d)
            d -= 1
            if d >= 0:
                _close(fleet, sets, d)
    if low >= UNREACHED:
        return cost, cost, budget
    money = (low + FINE - 1) // FINE
    return cost, min(cost, (money + unit - 1) // unit * unit), budget
