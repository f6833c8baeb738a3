"""What a plan over a given set of nodes costs at least, weight bracket by weight bracket.

A set of nodes that together hold an order may share its weight out in many ways, but it
can only pay for so many *brackets*: one step of its curve each. Within what every member
must and can send (`obliged`), each choice of brackets that carries the total weight is a
candidate, and the cheapest is a bound. It is exact but for one thing, whether lines can be
found that fill the brackets so (`packing`), and so it is nearly always the cost of the
best plan of the set: nothing is relaxed about fixed costs, steps, or who holds what.

Candidates are found by what they lose against the bound at given prices of a gram
(`gram_prices`; Everett 1963, Operations Research 11), which few brackets stay within. That
bound also says what handling costs in them at least, so that a choice whose lines would
have to be worked where it is dear is known by what it costs in the end.
"""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.codes import UNREACHED
from omniroute.kernels.arrays import I8
from omniroute.kernels.cover.case import G_BUDGET, Case, charge
from omniroute.kernels.cover.curves import Curves, first_bracket
from omniroute.kernels.cover.gram_prices import GRAM, carried, net_price
from omniroute.kernels.cover.sets import (
    GRAM_BOUND,
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
    SET_LEVEL,
    SET_STOP,
    Sets,
)

#: What `next_choice` says when the effort is used up.
NO_TIME = -1


@kernel()
def start_choices(case: Case, sets: Sets, n: int, most: int) -> None:
    """Begin to list the choices of brackets that cost no more than ``most``.

    `price_for_each` comes first.
    """
    loss_max = most * GRAM - sets.words[GRAM_BOUND]
    sets.words[SET_LEVEL] = -1
    if _keep_near(case.curves, sets.members, n, loss_max):
        sets.words[SET_LEVEL] = 0
        _enter(case.curves, sets, n, 0, 0, 0, 0)


@kernel()
def next_choice(case: Case, sets: Sets, n: int, above: int, most: int) -> int:
    """Cost of the next choice that costs more than ``above`` and at most ``most``.

    A choice costs what its brackets do, or what the bound says of it if that is more.
    `UNREACHED` if there is none left, `NO_TIME` if none was found in time.
    """
    curves, a = case.curves, sets.words[SET_LEVEL]
    loss_max = most * GRAM - sets.words[GRAM_BOUND]
    while a >= 0:
        charge(case, 1)
        if case.goal[G_BUDGET] <= sets.words[SET_STOP]:
            return NO_TIME
        member = sets.members[a]
        if not _step_on(curves, member, loss_max):
            a -= 1
        elif a < n - 1:
            a += 1
            _enter_after(curves, sets, n, a)
        else:
            cost = _cost_of(curves, member, sets.words[GRAM_BOUND])
            if above < cost <= most:
                sets.words[SET_LEVEL] = a
                return cost
    return UNREACHED


@kernel()
def price_of_choice(curves: Curves, sets: Sets, n: int) -> int:
    """What the brackets at hand cost."""
    return _price_at(curves, sets.members[n - 1])


@kernel()
def bound_of_choice(curves: Curves, sets: Sets, n: int) -> int:
    """What the bound says of the brackets at hand, times GRAM."""
    return _bound_at(curves, sets.members[n - 1], sets.words[GRAM_BOUND])


@kernel()
def _keep_near(curves: Curves, members: I8, n: int, loss_max: int) -> bool:
    """Note which brackets of each member lose little enough; False if none does."""
    for a in range(n):
        member = members[a]
        member[M_START], member[M_END] = -1, -1
        for b in range(member[M_FROM], member[M_LAST] + 1):
            if net_price(curves, member, b) - member[M_LEAST] <= loss_max:
                member[M_END] = b
                if member[M_START] < 0:
                    member[M_START] = b
        if member[M_START] < 0:
            return False
    return True


@kernel()
def _enter(
    curves: Curves, sets: Sets, n: int, a: int, loss: int, price: int, weight_g: int
) -> None:
    """Start at a member, after what those before it lose, cost and carry.

    It carries no less than is then left for it.
    """
    member, need = sets.members[a], sets.words[SET_GRAMS] - weight_g
    member[M_LOSS], member[M_COST], member[M_GRAMS] = loss, price, weight_g
    for later in range(a + 1, n):
        need -= carried(sets.members[later], sets.members[later, M_END])
    member[M_AT] = _first_that_carries(curves, member, need) - 1


@kernel()
def _enter_after(curves: Curves, sets: Sets, n: int, a: int) -> None:
    """Go on to member ``a`` with the bracket at hand of the one before."""
    before = sets.members[a - 1]
    b = before[M_AT]
    loss = before[M_LOSS] + net_price(curves, before, b) - before[M_LEAST]
    weight_g = before[M_GRAMS] + carried(before, b)
    _enter(curves, sets, n, a, loss, _price_at(curves, before), weight_g)


@kernel()
def _step_on(curves: Curves, member: I8, loss_max: int) -> bool:
    """Move a member to its next bracket that loses little enough."""
    for b in range(member[M_AT] + 1, member[M_END] + 1):
        if b > member[M_FROM] and carried(member, b) == carried(member, b - 1):
            continue
        net = net_price(curves, member, b)
        if member[M_LOSS] + net - member[M_LEAST] <= loss_max:
            member[M_AT] = b
            return True
    return False


@kernel()
def _price_at(curves: Curves, member: I8) -> int:
    """What the brackets of a choice cost up to a member, with its own at hand."""
    return member[M_COST] + curves.price[member[M_CURVE], member[M_AT]]


@kernel()
def _bound_at(curves: Curves, member: I8, bound: int) -> int:
    """What the bound says of a choice up to a member; times GRAM."""
    loss = member[M_LOSS] + net_price(curves, member, member[M_AT]) - member[M_LEAST]
    return bound + loss


@kernel()
def _cost_of(curves: Curves, member: I8, bound: int) -> int:
    """What the choice costs whose last bracket is at hand."""
    least = (_bound_at(curves, member, bound) + GRAM - 1) // GRAM
    return max(least, _price_at(curves, member))


@kernel()
def _first_that_carries(curves: Curves, member: I8, weight_g: int) -> int:
    """A member's first bracket for a weight; one after its last if it cannot send it."""
    if weight_g > member[M_HIGH]:
        return member[M_END] + 1
    b = max(member[M_START], first_bracket(curves, member[M_CURVE], weight_g))
    while b <= member[M_END] and carried(member, b) < weight_g:
        b += 1
    return b
