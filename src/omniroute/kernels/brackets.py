"""What a plan over a given set of nodes costs at least, weight bracket by weight bracket.

A set of nodes that together hold an order may share its weight out in many ways, but it
can only pay for so many *brackets*: one step of its curve each. Within what every member
must and can send (`obliged`), each choice of brackets that carries the total weight is a
candidate, and the cheapest is a bound. It is exact but for one thing, whether lines can be
found that fill the brackets so (`packing`), and so it is nearly always the cost of the
best plan of the set: nothing is relaxed about fixed costs, steps, or who holds what.

Candidates are found by what they lose against a price of a gram (the multiplier of the
total weight: Everett 1963, Operations Research 11), which few brackets stay within.
"""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.codes import UNREACHED
from omniroute.kernels.arrays import I8
from omniroute.kernels.case import Case, charge
from omniroute.kernels.curves import Curves, first_bracket
from omniroute.kernels.sets import (
    CHOICES_MAX,
    GRAM_BOUND,
    GRAM_PRICE,
    M_AT,
    M_COST,
    M_CURVE,
    M_END,
    M_FROM,
    M_GRAMS,
    M_HIGH,
    M_LAST,
    M_LEAST,
    M_LOSS,
    M_START,
    SET_GRAMS,
    Sets,
)

#: Steps of one search for choices.
CHOICE_STEPS = 20_000
#: Fixed point of the price of a gram.
GRAM = 1 << 10
#: What all grams of an order cost at a price of a gram stays below it, for each member.
_SLOPES_MAX = 1 << 57
#: Prices of a gram that are tried.
_TURNS = 20


# -- the price of a gram ---------------------------------------------------------------


@kernel()
def price_of_gram(case: Case, sets: Sets, n: int, enough: int) -> None:
    """Find the price of a gram that gives the best bound: `GRAM_PRICE`, `GRAM_BOUND`.

    Between a choice that carries too little and one that carries enough, the price at
    which both are worth the same is tried, until no better choice turns up or the bound
    is above ``enough`` money. The price that served last is tried first.
    """
    curves, weight_g = case.curves, sets.words[SET_GRAMS]
    effort = 0
    for a in range(n):
        effort += 4 + sets.members[a, M_LAST] - sets.members[a, M_FROM]
    charge(case, effort)
    _choose_at(curves, sets, n, sets.words[GRAM_PRICE])
    if sets.words[GRAM_BOUND] > enough * GRAM:
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
            if known or sets.words[GRAM_BOUND] > enough * GRAM:
                break
            if got_g < weight_g:
                low_price, low_g = price, got_g
            else:
                high_price, high_g = price, got_g
    _choose_at(curves, sets, n, gram)
    charge(case, turns * effort)


@kernel()
def _choose_at(curves: Curves, sets: Sets, n: int, gram: int) -> tuple[int, int]:
    """Best brackets at a price of a gram, and the bound they give: ``(price, grams)``."""
    value, price, weight_g = 0, 0, 0
    for a in range(n):
        member = sets.members[a]
        u = member[M_CURVE]
        least, at = UNREACHED, 0
        for b in range(member[M_FROM], member[M_LAST] + 1):
            net = _net(curves, member, b, gram)
            if net < least:
                least, at = net, b
        member[M_LEAST] = least
        value += least
        price += curves.price[u, at]
        weight_g += _carried(curves, member, at)
    sets.words[GRAM_PRICE] = gram
    sets.words[GRAM_BOUND] = value + gram * sets.words[SET_GRAMS]
    return price, weight_g


@kernel()
def _largest(curves: Curves, sets: Sets, n: int) -> tuple[int, int]:
    """Price and grams of everybody's last bracket."""
    price, weight_g = 0, 0
    for a in range(n):
        member = sets.members[a]
        price += curves.price[member[M_CURVE], member[M_LAST]]
        weight_g += _carried(curves, member, member[M_LAST])
    return price, weight_g


@kernel()
def _carried(curves: Curves, member: I8, b: int) -> int:
    """Most grams that a member sends within bracket b."""
    return min(curves.limit_g[member[M_CURVE], b], member[M_HIGH])


@kernel()
def _net(curves: Curves, member: I8, b: int, gram: int) -> int:
    """Price of bracket b less its grams at the price of a gram; times GRAM."""
    price = curves.price[member[M_CURVE], b]
    return price * GRAM - gram * _carried(curves, member, b)


@kernel()
def least_money(sets: Sets) -> int:
    """The bound on brackets, in money."""
    return (sets.words[GRAM_BOUND] + GRAM - 1) // GRAM


# -- choices ---------------------------------------------------------------------------


@kernel()
def find_choices(
    case: Case, sets: Sets, n: int, above: int, most: int, keep: bool
) -> tuple[int, int]:
    """Choices of brackets that cost more than ``above`` and at most ``most``.

    `price_of_gram` comes first. Returns ``(least cost, number)``; with ``keep`` the
    choices are written down, and the number is `CHOICES_MAX` + 1 if there are more than
    there is room or time for (the cost is then no more than a bound).
    """
    curves, members, gram = case.curves, sets.members, sets.words[GRAM_PRICE]
    bound = sets.words[GRAM_BOUND]
    least, found, a, steps = UNREACHED, 0, 0, CHOICE_STEPS
    if not _keep_near(curves, members, n, gram, most * GRAM - bound):
        charge(case, 1)
        return least, 0
    _enter(members[0], 0, 0, 0)
    while a >= 0 and steps > 0 and found <= CHOICES_MAX:
        member = members[a]
        steps -= 1
        if a == n - 1:
            need = sets.words[SET_GRAMS] - member[M_GRAMS]
            member[M_AT] = _first_that_carries(curves, member, need)
            while member[M_AT] <= member[M_END]:
                cost = _cost_at(curves, member)
                if cost > most or found > CHOICES_MAX:
                    break
                if cost > above:
                    least = min(least, cost)
                    if not keep:  # only a cheaper one is of interest
                        most = cost - 1
                        break
                    if found < CHOICES_MAX:
                        _write_choice(sets, n, found, cost)
                    found += 1
                member[M_AT] += 1
            a -= 1
        elif _step_on(curves, member, gram, most * GRAM - bound):
            a += 1
            _enter_after(curves, member, gram, members[a])
        else:
            a -= 1
    charge(case, CHOICE_STEPS - steps)
    if a >= 0 and found <= CHOICES_MAX:  # out of steps
        return min(least, least_money(sets)), CHOICES_MAX + 1
    return least, found


@kernel()
def _keep_near(curves: Curves, members: I8, n: int, gram: int, loss_max: int) -> bool:
    """Note which brackets of each member lose little enough; False if none does."""
    for a in range(n):
        member = members[a]
        member[M_START], member[M_END] = -1, -1
        for b in range(member[M_FROM], member[M_LAST] + 1):
            if _net(curves, member, b, gram) - member[M_LEAST] <= loss_max:
                member[M_END] = b
                if member[M_START] < 0:
                    member[M_START] = b
        if member[M_START] < 0:
            return False
    return True


@kernel()
def _enter(member: I8, loss: int, cost: int, weight_g: int) -> None:
    """Start at a member, after what those before it lose, cost and carry."""
    member[M_LOSS], member[M_COST], member[M_GRAMS] = loss, cost, weight_g
    member[M_AT] = member[M_START] - 1


@kernel()
def _step_on(curves: Curves, member: I8, gram: int, loss_max: int) -> bool:
    """Move a member to its next bracket that loses little enough."""
    for b in range(member[M_AT] + 1, member[M_END] + 1):
        net = _net(curves, member, b, gram)
        if member[M_LOSS] + net - member[M_LEAST] <= loss_max:
            member[M_AT] = b
            return True
    return False


@kernel()
def _enter_after(curves: Curves, member: I8, gram: int, following: I8) -> None:
    """Go on to the following member with this one's bracket at hand."""
    b = member[M_AT]
    loss = member[M_LOSS] + _net(curves, member, b, gram) - member[M_LEAST]
    weight_g = member[M_GRAMS] + _carried(curves, member, b)
    _enter(following, loss, _cost_at(curves, member), weight_g)


@kernel()
def _cost_at(curves: Curves, member: I8) -> int:
    """What a choice costs up to a member, with its bracket at hand."""
    return member[M_COST] + curves.price[member[M_CURVE], member[M_AT]]


@kernel()
def _first_that_carries(curves: Curves, member: I8, weight_g: int) -> int:
    """A member's first bracket for a weight; one after its last if it cannot send it."""
    if weight_g > member[M_HIGH]:
        return member[M_END] + 1
    return max(member[M_START], first_bracket(curves, member[M_CURVE], weight_g))


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
