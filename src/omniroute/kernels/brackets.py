"""What a plan over a given set of nodes costs at least, weight bracket by weight bracket.

A set of nodes that together hold an order may share its weight out in many ways, but it
can only pay for so many *brackets*: one step of its curve each. The lines that a single
member holds weigh on that member whatever happens, and nobody sends more than it holds;
within these limits every choice of brackets that carries the total weight is a candidate,
and the cheapest is a bound. It is exact but for one thing, whether lines can be found
that fill the brackets so (`packing`), and so it is nearly always the cost of the best
plan of the set: nothing is relaxed about fixed costs, steps, or who holds what.

Candidates are found by what they lose against a price of a gram (the multiplier of the
total weight: Everett 1963, Operations Research 11), which few brackets stay within.
"""

from __future__ import annotations

from typing import NamedTuple

from omniroute._jit import kernel, view
from omniroute.codes import UNREACHED
from omniroute.kernels.arrays import I8
from omniroute.kernels.curves import Curves
from omniroute.kernels.fleet import (
    F_CLASS,
    F_FIRST,
    H_CAP,
    H_LINE,
    Fleet,
    holding_of,
)
from omniroute.kernels.layout import C_LINE, C_ORDER, C_UNIT
from omniroute.kernels.problem import (
    L_GRAMS,
    L_SCALE,
    L_TARGET,
    L_UNITS,
    L_WEIGHT,
    L_WHOLE,
    Lanes,
    Order,
    grams,
)

#: Most nodes of a set.
MEMBERS_MAX = 14
#: Candidates looked at in one go.
CHOICES_MAX = 256
#: Steps of one search for them.
CHOICE_STEPS = 20_000
#: Fixed point of the price of a gram.
GRAM = 1 << 10
#: What all grams of an order cost at a price of a gram stays below it, for each member.
_SLOPES_MAX = 1 << 57

# Columns of a member.
M_NODE = 0
#: Grams that only this member can send, and all that it can.
M_LOW = 1
M_HIGH = 2
#: Its brackets that matter: from the first, up to and with the last.
M_FROM = 3
M_LAST = 4
M_CURVE = 5
#: Least price less grams at the price of a gram, times GRAM.
M_LEAST = 6
#: The bracket at hand, and what the members before lose, cost and carry with theirs.
M_AT = 7
M_LOSS = 8
M_COST = 9
M_GRAMS = 10
#: Room left, in grams, while lines are packed.
M_ROOM = 11
#: Handling money per line and per unit.
M_LINE = 12
M_UNIT = 13
#: Quanta it sends of the line that is being poured.
M_POURED = 14
#: Its brackets that lose little enough by themselves: first and last.
M_START = 15
M_END = 16
MEMBER_FIELDS = 17
#: Stands for a node yet to be opened: it has every line, and the least of all prices.
ANYONE = -1

# Columns of a line.
#: Members that can send it, as bits; the last of them.
E_MASK = 0
E_OWNER = 1
#: Least handling money; what the members hold; what the open nodes hold.
E_LEAST = 2
E_HELD = 3
E_OPEN = 4
SET_LINE_FIELDS = 5


# Words about `ANYONE`.
ANY_CURVE = 0
ANY_ORDER = 1
ANY_LINE = 2
ANY_UNIT = 3


class Sets(NamedTuple):
    """Sets of nodes: the one at hand, and the search through them."""

    members: I8
    lines: I8
    #: Candidates: cost, then a bracket a member.
    choices: I8
    #: Grams that each member may still get from a place in the order of packing on.
    later: I8
    #: Lines by falling weight; those in the order of packing, and their members.
    by_weight: I8
    free: I8
    placed: I8
    #: Lines by rising number of holders, and those by rising regret.
    by_rarity: I8
    line_ptr: I8
    holders: I8
    #: Regret of each node, its state, the level that closed it; nodes by rising regret.
    nodes: I8
    active: I8
    levels: I8
    #: The price of a gram that gave the last bound.
    last_gram: I8
    #: Least curve and least handling of all nodes, in the order of `ANY_CURVE`...
    anyone: I8


NODE_FIELDS = 3
LEVEL_FIELDS = 5
LATER_WIDTH = MEMBERS_MAX + 1


@kernel()
def set_memory(n_hits: int, n_nodes: int, n_lines: int) -> int:
    """Words that a search through sets takes."""
    return (
        5
        + MEMBER_FIELDS * MEMBERS_MAX
        + (MEMBERS_MAX + 1) * CHOICES_MAX
        + LEVEL_FIELDS * (MEMBERS_MAX + 2)
        + (SET_LINE_FIELDS + LATER_WIDTH + 5) * (n_lines + 1)
        + n_hits
        + (NODE_FIELDS + 1) * (n_nodes + 1)
    )


@view
def set_views(memory: I8, fleet: Fleet) -> Sets:
    """Cut the memory of a search through the sets of a fleet's nodes."""
    n_lines = fleet.wants.shape[0]
    n_nodes = fleet.nodes.shape[0] - 1
    n_hits = fleet.holdings.shape[0]
    a = MEMBER_FIELDS * MEMBERS_MAX
    b = a + SET_LINE_FIELDS * n_lines
    c = b + (MEMBERS_MAX + 1) * CHOICES_MAX
    d = c + LATER_WIDTH * (n_lines + 1)
    e = d + n_lines
    f = e + n_lines
    g = f + n_lines
    h = g + n_lines
    i = h + n_lines + 1
    j = i + n_hits
    k = j + NODE_FIELDS * n_nodes
    m = k + n_nodes
    n = m + LEVEL_FIELDS * (MEMBERS_MAX + 2)
    return Sets(
        memory[:a].reshape(MEMBERS_MAX, MEMBER_FIELDS),
        memory[a:b].reshape(n_lines, SET_LINE_FIELDS),
        memory[b:c].reshape(CHOICES_MAX, MEMBERS_MAX + 1),
        memory[c:d].reshape(n_lines + 1, LATER_WIDTH),
        memory[d:e],
        memory[e:f],
        memory[f:g],
        memory[g:h],
        memory[h:i],
        memory[i:j],
        memory[j:k].reshape(n_nodes, NODE_FIELDS),
        memory[k:m],
        memory[m:n].reshape(MEMBERS_MAX + 2, LEVEL_FIELDS),
        memory[n : n + 1],
        memory[n + 1 : n + 5],
    )


# -- what a set must and can send ------------------------------------------------------


@kernel()
def handling_of(member: I8, line: I8) -> int:
    """Handling money of a whole line at a member."""
    return member[M_LINE] + member[M_UNIT] * line[L_UNITS]


@kernel()
def _least_grams(quantity: int, line: I8) -> int:
    """Grams of some of a line, rounded down: its parts may weigh so little in all."""
    return quantity * line[L_GRAMS] // line[L_SCALE]


@kernel()
def _most_grams(quantity: int, line: I8) -> int:
    """Grams of some of a line, rounded up: rounded down, parts could miss the whole."""
    return grams(quantity, line[L_GRAMS], line[L_SCALE])


@kernel()
def _collect(order: Order, fleet: Fleet, sets: Sets, n: int) -> None:
    """Note for every line which members have it and what handling costs least."""
    for i in range(sets.lines.shape[0]):
        sets.lines[i, E_MASK], sets.lines[i, E_HELD] = 0, 0
        sets.lines[i, E_LEAST] = UNREACHED
    for a in range(n):
        member, k = sets.members[a], sets.members[a, M_NODE]
        if k == ANYONE:
            _collect_all(order, sets, a)
            continue
        for e in range(fleet.nodes[k, F_FIRST], fleet.nodes[k + 1, F_FIRST]):
            i, cap = fleet.holdings[e, H_LINE], fleet.holdings[e, H_CAP]
            line, entry = order.lines[i], sets.lines[i]
            entry[E_MASK] |= 1 << a
            entry[E_OWNER] = a
            entry[E_HELD] += cap
            if line[L_WHOLE]:
                member[M_HIGH] += line[L_WEIGHT]
                entry[E_LEAST] = min(entry[E_LEAST], handling_of(member, line))
            else:
                member[M_HIGH] += _most_grams(cap, line)


@kernel()
def _collect_all(order: Order, sets: Sets, a: int) -> None:
    """Let a member have every line."""
    member = sets.members[a]
    for i in range(sets.lines.shape[0]):
        line, entry = order.lines[i], sets.lines[i]
        entry[E_MASK] |= 1 << a
        entry[E_OWNER] = a
        entry[E_HELD] += line[L_TARGET]
        if line[L_WHOLE]:
            member[M_HIGH] += line[L_WEIGHT]
            entry[E_LEAST] = min(entry[E_LEAST], handling_of(member, line))
        else:
            member[M_HIGH] += _most_grams(line[L_TARGET], line)


@kernel()
def _oblige(order: Order, fleet: Fleet, sets: Sets, n: int) -> tuple[int, int]:
    """Note what each member must send. Returns ``(least handling, grams in all)``."""
    money, weight_g, spread = 0, 0, False
    for i in range(sets.lines.shape[0]):
        line, entry = order.lines[i], sets.lines[i]
        if line[L_TARGET] == 0:
            continue
        if line[L_WHOLE] == 0:
            spread = True
            least, total_g = _oblige_spread(order, fleet, sets, n, i)
            money += least
            weight_g += total_g
            continue
        money += entry[E_LEAST]
        weight_g += line[L_WEIGHT]
        if entry[E_MASK] & (entry[E_MASK] - 1) == 0:
            sets.members[entry[E_OWNER], M_LOW] += line[L_WEIGHT]
    if spread:
        _oblige_holders(order, fleet, sets, n)
    return money, weight_g


@kernel()
def _oblige_spread(
    order: Order, fleet: Fleet, sets: Sets, n: int, i: int
) -> tuple[int, int]:
    """Least handling of a line to spread, and its least weight.

    Units where they are cheapest, as far as those members hold them; no fewer parts than
    the largest holdings need, and a part at everyone who must send some.
    """
    line, entry = order.lines[i], sets.lines[i]
    target = line[L_TARGET]
    money = _cheapest_units(line, entry, fleet, sets, n, i)
    line_fee, forced, forced_fee = UNREACHED, 0, 0
    for a in range(n):
        if (entry[E_MASK] >> a) & 1:
            line_fee = min(line_fee, sets.members[a, M_LINE])
            if entry[E_HELD] - _held_by(fleet, sets, a, i, target) < target:
                forced += 1
                forced_fee += sets.members[a, M_LINE]
    parts = _fewest_parts(entry, fleet, sets, n, i, target)
    entry[E_LEAST] = money + forced_fee + max(0, parts - forced) * line_fee
    return entry[E_LEAST], _least_grams(target, line)


@kernel()
def _held_by(fleet: Fleet, sets: Sets, a: int, i: int, target: int) -> int:
    """Quanta of line i that a member can send."""
    if sets.members[a, M_NODE] == ANYONE:
        return target
    return fleet.holdings[holding_of(fleet, sets.members[a, M_NODE], i), H_CAP]


@kernel()
def _cheapest_units(
    line: I8, entry: I8, fleet: Fleet, sets: Sets, n: int, i: int
) -> int:
    """Handling per unit of a line to spread, at least."""
    left, money, mask = line[L_TARGET], 0, entry[E_MASK]
    while left > 0 and mask:
        best = -1
        for a in range(n):
            if (mask >> a) & 1:
                if best < 0 or sets.members[a, M_UNIT] < sets.members[best, M_UNIT]:
                    best = a
        mask &= ~(1 << best)
        take = min(left, _held_by(fleet, sets, best, i, line[L_TARGET]))
        # A unit that several share is counted once, where it is cheapest.
        money += take * sets.members[best, M_UNIT] // line[L_SCALE]
        left -= take
    return money


@kernel()
def _fewest_parts(
    entry: I8, fleet: Fleet, sets: Sets, n: int, i: int, target: int
) -> int:
    """How many members it takes at least to send a line."""
    left, parts, mask = target, 0, entry[E_MASK]
    while left > 0 and mask:
        best, most = 0, 0
        for a in range(n):
            if (mask >> a) & 1:
                held = _held_by(fleet, sets, a, i, target)
                if held > most:
                    best, most = a, held
        mask &= ~(1 << best)
        left -= most
        parts += 1
    return parts


@kernel()
def _oblige_holders(order: Order, fleet: Fleet, sets: Sets, n: int) -> None:
    """Of a line to spread, a member must send what the others lack."""
    for a in range(n):
        k = sets.members[a, M_NODE]
        if k == ANYONE:
            for i in range(sets.lines.shape[0]):
                line = order.lines[i]
                if line[L_WHOLE] == 0:
                    missing = max(0, 2 * line[L_TARGET] - sets.lines[i, E_HELD])
                    sets.members[a, M_LOW] += _least_grams(missing, line)
            continue
        for e in range(fleet.nodes[k, F_FIRST], fleet.nodes[k + 1, F_FIRST]):
            i = fleet.holdings[e, H_LINE]
            line = order.lines[i]
            if line[L_WHOLE] == 0:
                others = sets.lines[i, E_HELD] - fleet.holdings[e, H_CAP]
                missing = max(0, line[L_TARGET] - others)
                sets.members[a, M_LOW] += _least_grams(missing, line)


@kernel()
def first_bracket(curves: Curves, u: int, weight_g: int) -> int:
    """First step of a curve that carries a weight; the number of steps if none does."""
    low, high = 0, curves.n[u]
    while low < high:
        middle = (low + high) >> 1
        if curves.limit_g[u, middle] < weight_g:
            low = middle + 1
        else:
            high = middle
    return low


@kernel()
def measure(
    lanes: Lanes, order: Order, curves: Curves, fleet: Fleet, sets: Sets, n: int
) -> tuple[int, int]:
    """Take stock of the first ``n`` members, whose `M_NODE` is given.

    Returns ``(money that is paid in any case, grams in all)``; the money is `UNREACHED`
    if a member cannot send what it must.
    """
    money = 0
    for a in range(n):
        member = sets.members[a]
        member[M_LOW], member[M_HIGH] = 0, 0
        if member[M_NODE] == ANYONE:
            member[M_CURVE] = sets.anyone[ANY_CURVE]
            member[M_LINE] = sets.anyone[ANY_LINE]
            member[M_UNIT] = sets.anyone[ANY_UNIT]
            money += sets.anyone[ANY_ORDER]
            continue
        c = fleet.nodes[member[M_NODE], F_CLASS]
        member[M_CURVE] = curves.of[c]
        member[M_LINE] = lanes.records[c, C_LINE]
        member[M_UNIT] = lanes.records[c, C_UNIT]
        money += lanes.records[c, C_ORDER]
    _collect(order, fleet, sets, n)
    least, weight_g = _oblige(order, fleet, sets, n)
    if not rebracket(curves, sets, n):
        return UNREACHED, weight_g
    return money + least, weight_g


@kernel()
def rebracket(curves: Curves, sets: Sets, n: int) -> bool:
    """Note the brackets that matter to each member; False if it must send too much."""
    for a in range(n):
        member = sets.members[a]
        last = curves.n[member[M_CURVE]] - 1
        member[M_FROM] = first_bracket(curves, member[M_CURVE], member[M_LOW])
        if member[M_FROM] > last:
            return False
        high = first_bracket(curves, member[M_CURVE], member[M_HIGH])
        member[M_LAST] = min(high, last)
    return True


# -- the brackets they pay for ---------------------------------------------------------


@kernel()
def _carried(curves: Curves, member: I8, b: int) -> int:
    """Most grams that a member sends within bracket b."""
    return min(curves.limit_g[member[M_CURVE], b], member[M_HIGH])


@kernel()
def _choose_at(curves: Curves, sets: Sets, n: int, gram: int) -> tuple[int, int, int]:
    """Best brackets at a price of a gram: ``(value, price, grams)``; value times GRAM."""
    value, price, weight_g = 0, 0, 0
    for a in range(n):
        member = sets.members[a]
        u = member[M_CURVE]
        least, at = UNREACHED, 0
        for b in range(member[M_FROM], member[M_LAST] + 1):
            net = curves.price[u, b] * GRAM - gram * _carried(curves, member, b)
            if net < least:
                least, at = net, b
        member[M_LEAST] = least
        value += least
        price += curves.price[u, at]
        weight_g += _carried(curves, member, at)
    return value, price, weight_g


@kernel()
def price_of_gram(
    curves: Curves, sets: Sets, n: int, weight_g: int, enough: int
) -> tuple[int, int, int]:
    """The price of a gram that gives the best bound: ``(it, bound, steps taken)``.

    Between a choice that carries too little and one that carries enough, the price at
    which both are worth the same is tried, until no better choice turns up or the bound
    is above ``enough``; both are times GRAM. The price that served last is tried first.
    """
    size = 0
    for a in range(n):
        size += 4 + sets.members[a, M_LAST] - sets.members[a, M_FROM]
    gram = sets.last_gram[0]
    value, _, _ = _choose_at(curves, sets, n, gram)
    if value + gram * weight_g > enough:
        return gram, value + gram * weight_g, size
    _, low_price, low_g = _choose_at(curves, sets, n, 0)
    high_price, high_g = 0, 0
    for a in range(n):
        member = sets.members[a]
        high_price += curves.price[member[M_CURVE], member[M_LAST]]
        high_g += _carried(curves, member, member[M_LAST])
    gram, turns = 0, 2
    dearest = _SLOPES_MAX // max(1, weight_g)
    if low_g < weight_g:
        for _ in range(20):
            turns += 1
            gram = (high_price - low_price) * GRAM // max(1, high_g - low_g)
            gram = min(gram, dearest)  # any price gives a bound
            value, price, got_g = _choose_at(curves, sets, n, gram)
            known = got_g in (low_g, high_g)
            if known or value + gram * weight_g > enough:
                break
            if got_g < weight_g:
                low_price, low_g = price, got_g
            else:
                high_price, high_g = price, got_g
    value, _, _ = _choose_at(curves, sets, n, gram)
    sets.last_gram[0] = gram
    return gram, value + gram * weight_g, turns * size


@kernel()
def _step_on(curves: Curves, sets: Sets, a: int, gram: int, loss_max: int) -> bool:
    """Move a member to its next bracket that loses little enough."""
    member = sets.members[a]
    u = member[M_CURVE]
    for b in range(member[M_AT] + 1, member[M_END] + 1):
        carried = _carried(curves, member, b)
        net = curves.price[u, b] * GRAM - gram * carried
        if member[M_LOSS] + net - member[M_LEAST] <= loss_max:
            member[M_AT] = b
            return True
    return False


@kernel()
def _enter(sets: Sets, a: int, loss: int, cost: int, weight_g: int) -> None:
    member = sets.members[a]
    member[M_LOSS], member[M_COST], member[M_GRAMS] = loss, cost, weight_g
    member[M_AT] = member[M_START] - 1


@kernel()
def _keep_near(curves: Curves, sets: Sets, n: int, gram: int, loss_max: int) -> bool:
    """Note which brackets of each member lose little enough; False if none does."""
    for a in range(n):
        member = sets.members[a]
        u, b = member[M_CURVE], member[M_FROM]
        start, end = -1, -1
        while b <= member[M_LAST]:
            net = curves.price[u, b] * GRAM - gram * _carried(curves, member, b)
            if net - member[M_LEAST] <= loss_max:
                end = b
                if start < 0:
                    start = b
            b += 1
        if start < 0:
            return False
        member[M_START], member[M_END] = start, end
    return True


@kernel()
def find_choices(
    curves: Curves,
    sets: Sets,
    n: int,
    weight_g: int,
    gram: int,
    bound: int,
    above: int,
    most: int,
    keep: bool,
) -> tuple[int, int, int]:
    """Choices of brackets that cost more than ``above`` and at most ``most``.

    ``bound`` is times GRAM, as `price_of_gram` gives it. Returns ``(least cost, number,
    steps taken)``; with ``keep`` the choices are written down, and the number is
    `CHOICES_MAX` + 1 if there are more than there is room or time for (the cost is then
    no more than a bound).
    """
    least, found, a, steps = UNREACHED, 0, 0, CHOICE_STEPS
    if not _keep_near(curves, sets, n, gram, most * GRAM - bound):
        return least, 0, 1
    _enter(sets, 0, 0, 0, 0)
    while a >= 0:
        steps -= 1
        if steps == 0:
            least = min(least, (bound + GRAM - 1) // GRAM)
            return least, CHOICES_MAX + 1, CHOICE_STEPS
        member = sets.members[a]
        if a == n - 1:
            u = member[M_CURVE]
            need = weight_g - member[M_GRAMS]
            b = max(member[M_START], first_bracket(curves, u, need))
            while need <= member[M_HIGH] and b <= member[M_END]:
                cost = member[M_COST] + curves.price[u, b]
                if cost > most:
                    break
                if cost <= above:
                    b += 1
                    continue
                least = min(least, cost)
                if not keep:
                    most = cost - 1
                    break
                if found == CHOICES_MAX:
                    return least, CHOICES_MAX + 1, CHOICE_STEPS - steps
                member[M_AT] = b
                _write_choice(sets, n, found, cost)
                found += 1
                b += 1
            a -= 1
        elif _step_on(curves, sets, a, gram, most * GRAM - bound):
            u, b = member[M_CURVE], member[M_AT]
            carried = _carried(curves, member, b)
            net = curves.price[u, b] * GRAM - gram * carried
            loss = member[M_LOSS] + net - member[M_LEAST]
            cost = member[M_COST] + curves.price[u, b]
            a += 1
            _enter(sets, a, loss, cost, member[M_GRAMS] + carried)
        else:
            a -= 1
    return least, found, CHOICE_STEPS - steps


@kernel()
def _write_choice(sets: Sets, n: int, x: int, cost: int) -> None:
    """Write down the brackets at hand, sorted by cost."""
    while x > 0 and sets.choices[x - 1, 0] > cost:
        for a in range(n + 1):
            sets.choices[x, a] = sets.choices[x - 1, a]
        x -= 1
    sets.choices[x, 0] = cost
    for a in range(n):
        sets.choices[x, 1 + a] = sets.members[a, M_AT]
