"""What a gram is worth at each member of a set, and the bound that follows.

Take from every member what its room for so many grams is worth, and let every line pay
for the grams it takes where it goes: for any prices of a gram, a set costs at least

    sum_members least (price of a bracket - worth of its grams)
    + sum_lines least (handling + worth of the line's grams) over the members that have it

(Geoffrion 1974: a Lagrangian relaxation of the rooms). One price for all members knows
the total weight only; a price for each also knows who holds what, and where handling is
dear. Each bracket, and each line at each member, then loses so much against the bound:
what loses more than a better plan can is left out, and so the choices are few.
"""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.codes import UNREACHED
from omniroute.kernels.arrays import I8
from omniroute.kernels.cover.case import Case, charge
from omniroute.kernels.cover.curves import Curves
from omniroute.kernels.cover.sets import (
    E_BEST,
    E_LEAST,
    E_MASK,
    E_OWNER,
    E_UNITS,
    GRAM_BOUND,
    GRAM_PRICE,
    M_AT,
    M_CHOSEN,
    M_COURSE,
    M_CURVE,
    M_FROM,
    M_GRAM,
    M_KEPT,
    M_LAST,
    M_LEAST,
    M_LOAD,
    M_OLD_FROM,
    M_OLD_GRAM,
    M_OLD_LAST,
    M_RATE,
    M_REACH,
    M_UNIT,
    SET_GRAMS,
    Sets,
)
from omniroute.kernels.cover.spreading import handling_of, held_by_member
from omniroute.kernels.order.problem import (
    L_GRAMS,
    L_SCALE,
    L_TARGET,
    L_WEIGHT,
    L_WHOLE,
    quanta_of_unit,
)

#: Fixed point of the price of a gram.
GRAM = 1 << 10
#: What all grams of an order cost at a price of a gram stays below it, for each member.
_SLOPES_MAX = 1 << 57
#: Handling above the least that is told apart.
_EXTRA_MAX = 1 << 44
#: Prices of a gram that are tried: one for all members, then one for each.
_TURNS = 20
_TURNS_EACH = 24
#: Looking at a bracket takes a step's time divided by it.
QUICK = 8
#: Turns without a better bound after which steps are halved; shortest steps.
_PATIENCE = 3
_PACE_LEAST = 0.05


@kernel()
def carried(member: I8, b: int) -> int:
    """Most grams that a member sends within bracket b."""
    return member[M_REACH + b]


@kernel()
def net_price(curves: Curves, member: I8, b: int) -> int:
    """Price of bracket b less what its grams are worth at the member; times GRAM."""
    price = curves.price[member[M_CURVE], b]
    return price * GRAM - member[M_GRAM] * carried(member, b)


@kernel()
def reduced_cost(sets: Sets, line: I8, i: int, a: int) -> int:
    """What whole line i loses against the bound if member a sends it; times GRAM."""
    return _cost_at(sets, line, i, a) - sets.lines[i, E_BEST]


@kernel()
def least_money(sets: Sets) -> int:
    """The bound on brackets, and on handling above the least, in money."""
    return (sets.words[GRAM_BOUND] + GRAM - 1) // GRAM


# -- one price for all -----------------------------------------------------------------


@kernel()
def price_for_all(case: Case, sets: Sets, n: int, most: int) -> None:
    """Find the price of a gram that gives the best bound on brackets: `GRAM_PRICE`.

    Between a choice that carries too little and one that carries enough, the price at
    which both are worth the same is tried, until no better choice turns up or the bound
    is above ``most``. The price that served last is tried first.
    """
    curves, weight_g = case.curves, sets.words[SET_GRAMS]
    effort = _effort(sets, n)
    charge(case, effort)
    _choose_at(curves, sets, n, sets.words[GRAM_PRICE])
    if sets.words[GRAM_BOUND] > most * GRAM:
        return
    low_price, low_g = _choose_at(curves, sets, n, 0)
    high_price, high_g = _largest(curves, sets, n)
    gram, turns = 0, 1
    dearest = _SLOPES_MAX // max(1, weight_g)
    if low_g < weight_g:
        for _ in range(_TURNS):
            turns += 1
            gram = (high_price - low_price) * GRAM // max(1, high_g - low_g)
            gram = min(gram, dearest)  # any price gives a bound
            price, got_g = _choose_at(curves, sets, n, gram)
            known = got_g in (low_g, high_g)
            if known or sets.words[GRAM_BOUND] > most * GRAM:
                break
            if got_g < weight_g:
                low_price, low_g = price, got_g
            else:
                high_price, high_g = price, got_g
    _choose_at(curves, sets, n, gram)
    charge(case, turns * effort)


@kernel()
def _effort(sets: Sets, n: int) -> int:
    """Steps that looking at all brackets once is worth; they are quick ones."""
    brackets = 0
    for a in range(n):
        brackets += 4 + sets.members[a, M_LAST] - sets.members[a, M_FROM]
    return brackets // QUICK


@kernel()
def _choose_at(curves: Curves, sets: Sets, n: int, gram: int) -> tuple[int, int]:
    """Best brackets at a price of a gram, and the bound they give: ``(price, grams)``."""
    value, price, weight_g = 0, 0, 0
    for a in range(n):
        member = sets.members[a]
        member[M_GRAM] = gram
        at = _choose_bracket(curves, member)
        value += member[M_LEAST]
        price += curves.price[member[M_CURVE], at]
        weight_g += member[M_CHOSEN]
    sets.words[GRAM_PRICE] = gram
    sets.words[GRAM_BOUND] = value + gram * sets.words[SET_GRAMS]
    return price, weight_g


@kernel()
def _choose_bracket(curves: Curves, member: I8) -> int:
    """A member's best bracket at its price of a gram; notes what it costs and carries."""
    least, at = UNREACHED, 0
    for b in range(member[M_FROM], member[M_LAST] + 1):
        net = net_price(curves, member, b)
        if net < least:
            least, at = net, b
    member[M_LEAST] = least
    member[M_CHOSEN] = carried(member, at)
    return at


@kernel()
def _largest(curves: Curves, sets: Sets, n: int) -> tuple[int, int]:
    """Price and grams of everybody's last bracket."""
    price, weight_g = 0, 0
    for a in range(n):
        member = sets.members[a]
        price += curves.price[member[M_CURVE], member[M_LAST]]
        weight_g += carried(member, member[M_LAST])
    return price, weight_g


@kernel()
def price_rooms(case: Case, sets: Sets, n: int, most: int) -> int:
    """Bound on the brackets at hand, at prices of a gram found for them; times GRAM.

    The prices stay until `go_back_to_set`.
    """
    for a in range(n):
        member = sets.members[a]
        member[M_OLD_FROM], member[M_OLD_LAST] = member[M_FROM], member[M_LAST]
        member[M_OLD_GRAM] = member[M_GRAM]
        member[M_FROM] = member[M_LAST] = member[M_AT]
    price_for_each(case, sets, n, most)
    return sets.words[GRAM_BOUND]


@kernel()
def go_back_to_set(case: Case, sets: Sets, n: int) -> None:
    """Go back to the brackets and the prices of a gram that were before."""
    for a in range(n):
        member = sets.members[a]
        member[M_FROM], member[M_LAST] = member[M_OLD_FROM], member[M_OLD_LAST]
        member[M_GRAM] = member[M_OLD_GRAM]
    _evaluate(case, sets, n)


# -- one price for each ----------------------------------------------------------------


@kernel()
def price_for_each(case: Case, sets: Sets, n: int, most: int) -> None:
    """Improve the members' prices by subgradient steps; the best are left in place."""
    effort = _effort(sets, n) + n * sets.lines.shape[0] // (2 * QUICK)
    for a in range(n):
        sets.members[a, M_COURSE] = 0
    best, pace, stale = -UNREACHED, 1.0, 0
    for _ in range(_TURNS_EACH):
        charge(case, effort)
        _evaluate(case, sets, n)
        value = sets.words[GRAM_BOUND]
        stale += 1
        if value > best:
            best, stale = value, 0
            _keep_prices(sets, n)
        if best > most * GRAM or pace < _PACE_LEAST:
            break
        if stale == _PATIENCE:
            pace, stale = 0.5 * pace, 0
            _go_back(sets, n)
        elif not _step(sets, n, pace * (most * GRAM - value + abs(most) * GRAM / 64)):
            break
    _go_back(sets, n)
    _evaluate(case, sets, n)


@kernel()
def _keep_prices(sets: Sets, n: int) -> None:
    """Note the prices as the best so far."""
    for a in range(n):
        sets.members[a, M_KEPT] = sets.members[a, M_GRAM]


@kernel()
def _go_back(sets: Sets, n: int) -> None:
    """Go back to the best prices, on no course."""
    for a in range(n):
        sets.members[a, M_GRAM] = sets.members[a, M_KEPT]
        sets.members[a, M_COURSE] = 0


@kernel()
def _step(sets: Sets, n: int, gain: float) -> bool:
    """Raise prices where more is sent than there is room for, to gain about ``gain``.

    False where every member is sent just what it has room for.
    """
    norm = 0.0
    for a in range(n):
        member = sets.members[a]
        member[M_COURSE] = (
            int(0.3 * member[M_COURSE]) + member[M_LOAD] - member[M_CHOSEN]
        )
        norm += float(member[M_COURSE]) * member[M_COURSE]
    if norm == 0.0:
        return False
    dearest = _SLOPES_MAX // max(1, sets.words[SET_GRAMS])
    for a in range(n):
        member = sets.members[a]
        gram = member[M_GRAM] + gain * member[M_COURSE] / norm
        member[M_GRAM] = int(min(max(gram, 0.0), float(dearest)))
    return True


@kernel()
def _evaluate(case: Case, sets: Sets, n: int) -> None:
    """The bound at the members' prices as they are, and what each is then sent."""
    value = 0
    for a in range(n):
        _choose_bracket(case.curves, sets.members[a])
        value += sets.members[a, M_LEAST]
        sets.members[a, M_LOAD] = 0
    for i in range(sets.lines.shape[0]):
        line, entry = case.order.lines[i], sets.lines[i]
        if line[L_TARGET] == 0:
            continue
        if line[L_WHOLE] == 0:
            value += _spread_out(case, sets, n, i)
            continue
        a = entry[E_OWNER]
        if entry[E_MASK] & (entry[E_MASK] - 1):
            a = best_member(sets, line, n, i)
        entry[E_BEST] = _cost_at(sets, line, i, a)
        value += entry[E_BEST]
        sets.members[a, M_LOAD] += line[L_WEIGHT]
    sets.words[GRAM_BOUND] = value


@kernel()
def _cost_at(sets: Sets, line: I8, i: int, a: int) -> int:
    """Handling of a whole line above the least, and its grams' worth; times GRAM."""
    member = sets.members[a]
    extra = min(handling_of(member, line) - sets.lines[i, E_LEAST], _EXTRA_MAX)
    return extra * GRAM + member[M_GRAM] * line[L_WEIGHT]


@kernel()
def best_member(sets: Sets, line: I8, n: int, i: int) -> int:
    """The member that sends whole line i for the least."""
    best, least = 0, UNREACHED
    for a in range(n):
        if (sets.lines[i, E_MASK] >> a) & 1:
            cost = _cost_at(sets, line, i, a)
            if cost < least:
                best, least = a, cost
    return best


@kernel()
def _spread_out(case: Case, sets: Sets, n: int, i: int) -> int:
    """Least handling per unit and grams' worth of a line to spread, times GRAM.

    Above what its units are handled for at least. Members send what they hold of it, in
    the order of what that costs; fees per line are not looked at.
    """
    line = case.order.lines[i]
    mask, quanta = rate_members(sets, line, n, i), quanta_of_unit(line[L_SCALE])
    left, money = line[L_TARGET], 0.0
    while left > 0 and mask:
        best = least_rate(sets, n, mask)
        mask &= ~(1 << best)
        take = min(left, held_by_member(case, sets, best, i))
        member = sets.members[best]
        money += float(take) * member[M_RATE] / quanta
        member[M_LOAD] += take * line[L_GRAMS] // quanta
        left -= take
    least = int(money - money * 1e-14) - 1  # rounded the safe way
    return least - sets.lines[i, E_UNITS] * GRAM


@kernel()
def rate_members(sets: Sets, line: I8, n: int, i: int) -> int:
    """Note what a unit of a line to spread costs at each member; who has it, as bits."""
    lot = max(1, -line[L_SCALE])
    for a in range(n):
        member = sets.members[a]
        member[M_RATE] = member[M_UNIT] * lot * GRAM + member[M_GRAM] * line[L_GRAMS]
    return sets.lines[i, E_MASK]


@kernel()
def least_rate(sets: Sets, n: int, mask: int) -> int:
    """The member of some, as bits, where a unit costs least."""
    best = -1
    for a in range(n):
        if (mask >> a) & 1:
            if best < 0 or sets.members[a, M_RATE] < sets.members[best, M_RATE]:
                best = a
    return best
