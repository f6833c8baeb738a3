"""One set of open nodes: the best plan that uses them all, if it is cheaper.

The set is priced by its brackets and by what its lines lose where they go; the choices of
brackets that cost little enough are listed, cheap ones first, and lines packed into them.
Where they are many, the heaviest line is assigned to each member in turn, and the set
priced anew: soon there is little left to choose.
"""

from __future__ import annotations

from omniroute._jit import kernel, step
from omniroute.codes import UNREACHED
from omniroute.kernels.cover.case import (
    G_BUDGET,
    G_COST,
    Case,
    charge,
    keep_if_cheaper,
)
from omniroute.kernels.cover.choices import brackets_to_beat, try_choices
from omniroute.kernels.cover.fleet import quanta_left, total_cost
from omniroute.kernels.cover.gram_prices import (
    GRAM,
    QUICK,
    least_money,
    price_for_all,
    price_for_each,
)
from omniroute.kernels.cover.moves import improve
from omniroute.kernels.cover.obliged import assign, measure, narrow, rebracket
from omniroute.kernels.cover.packing import send_as_priced
from omniroute.kernels.cover.sets import (
    E_ASSIGNED,
    E_MASK,
    E_SENDER,
    E_SENDERS,
    GRAM_BOUND,
    SET_CUT,
    SET_LIMIT,
    SET_MONEY,
    SET_STOP,
    Sets,
)
from omniroute.kernels.order.problem import L_TARGET, L_WHOLE

#: Effort of one set.
SET_STEPS = 40
#: What listing its choices may use, as a part of what it may use in all, before a line is
#: assigned; and in steps, before one more is.
LIST_PART = 4
LIST_STEPS = 1_000
#: Times that grams are priced; in between lines are taken from where they cost too much.
_PRICINGS = 3
#: A plan is improved if it costs no more than the best and one part in so many.
NEAR = 16


@step
def try_set(case: Case, sets: Sets, n: int) -> int:
    """Look for a plan of the first ``n`` members that is cheaper than the best known.

    Returns a bound in money on plans of the set that were not looked at; it is
    `UNREACHED` if the set has nothing better to give.
    """
    charge(case, SET_STEPS + sets.lines.shape[0])
    measure(case, sets, n)
    if brackets_to_beat(case, sets) < 0:
        return UNREACHED
    price_for_all(case, sets, n, brackets_to_beat(case, sets))
    if not _price(case, sets, n):
        return UNREACHED
    _round(case, sets, n)
    return min(UNREACHED, _settle(case, sets, n) + sets.words[SET_MONEY])


@kernel()
def _price(case: Case, sets: Sets, n: int) -> bool:
    """Price grams, and take lines from where they lose too much; False if too dear."""
    most = brackets_to_beat(case, sets)
    for turn in range(_PRICINGS):
        if sets.words[GRAM_BOUND] <= most * GRAM:
            price_for_each(case, sets, n, most)
        slack = most * GRAM - sets.words[GRAM_BOUND]
        if slack < 0:
            return False
        if turn == _PRICINGS - 1 or not narrow(case.order, sets, n, slack):
            break
        if not rebracket(case, sets, n):
            return False
    return True


@kernel()
def _round(case: Case, sets: Sets, n: int) -> None:
    """Try the plan that the prices of a gram suggest; if it is good, a better one."""
    charge(case, SET_STEPS + case.fleet.holdings.shape[0] // QUICK)
    send_as_priced(case, sets, n)
    cost = total_cost(case.lanes, case.fleet)
    if quanta_left(case.fleet) == 0 and cost - cost // NEAR <= case.goal[G_COST]:
        improve(case, True)
        keep_if_cheaper(case)


# -- lines assigned one by one ---------------------------------------------------------


@step
def _settle(case: Case, sets: Sets, n: int) -> int:
    """Look for a plan of a set that was priced; the least cost left open.

    Where the choices of brackets are many, the heaviest line that is free to choose is
    assigned to each of the members that have it, one after the other: depth first.
    """
    total_stop = max(0, case.goal[G_BUDGET] - sets.words[SET_LIMIT])
    least, left_open = least_money(sets), UNREACHED
    depth, going = 0, True
    while depth >= 0:
        if going:
            i = _heaviest_free(case, sets)
            stop = total_stop
            if i >= 0:
                effort = LIST_STEPS if depth else sets.words[SET_LIMIT] // LIST_PART
                stop = max(stop, case.goal[G_BUDGET] - effort)
            sets.words[SET_STOP] = stop
            low = try_choices(case, sets, n)
            if low < UNREACHED and case.goal[G_BUDGET] <= total_stop:
                sets.words[SET_CUT] = 1
                return min(left_open, least)
            if low < UNREACHED and i >= 0:
                entry = sets.lines[depth]
                entry[E_ASSIGNED], entry[E_SENDER] = i, -1
                entry[E_SENDERS] = sets.lines[i, E_MASK]
                depth += 1
            else:
                left_open = min(left_open, low)
        if depth == 0:
            break
        entry = sets.lines[depth - 1]
        entry[E_SENDER] = _next_bit(entry[E_SENDERS], entry[E_SENDER] + 1)
        if entry[E_SENDER] < 0:
            depth, going = depth - 1, False
        else:
            going = _assign_all(case, sets, n, depth)
    return left_open


@kernel()
def _next_bit(mask: int, first: int) -> int:
    """The lowest bit that is set from a place on; -1 if there is none."""
    bits = mask >> first
    if bits == 0:
        return -1
    while bits & 1 == 0:
        bits >>= 1
        first += 1
    return first


@kernel()
def _heaviest_free(case: Case, sets: Sets) -> int:
    """The heaviest whole line that several members may send; -1 if there is none."""
    for x in range(sets.by_weight.size):
        i = sets.by_weight[x]
        line, mask = case.order.lines[i], sets.lines[i, E_MASK]
        if line[L_WHOLE] and line[L_TARGET] > 0 and mask & (mask - 1) != 0:
            return i
    return -1


@kernel()
def _assign_all(case: Case, sets: Sets, n: int, depth: int) -> bool:
    """Price the set with the first lines assigned; False if it is then too dear."""
    charge(case, SET_STEPS + sets.lines.shape[0])
    measure(case, sets, n)
    for x in range(depth):
        entry = sets.lines[x]
        assign(case.order, sets, n, entry[E_ASSIGNED], entry[E_SENDER])
    if not rebracket(case, sets, n):
        return False
    sets.words[GRAM_BOUND] = 0
    return _price(case, sets, n)
