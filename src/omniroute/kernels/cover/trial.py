"""One set of open nodes: the best plan that uses them all, if it is cheaper.

The set is priced by its brackets and by what its lines lose where they go; the choices of
brackets that cost little enough are listed, cheap ones first, and lines packed into them.
"""

from __future__ import annotations

from omniroute._jit import kernel, step
from omniroute.codes import UNREACHED
from omniroute.kernels.cover.brackets import (
    bound_of_choice,
    next_choice,
    price_of_choice,
    start_choices,
)
from omniroute.kernels.cover.case import (
    G_BUDGET,
    G_COST,
    G_UNIT,
    Case,
    charge,
    keep_if_cheaper,
    to_beat,
)
from omniroute.kernels.cover.fleet import quanta_left, total_cost
from omniroute.kernels.cover.gram_prices import (
    GRAM,
    QUICK,
    go_back_to_set,
    least_money,
    price_for_all,
    price_for_each,
    price_rooms,
)
from omniroute.kernels.cover.moves import improve
from omniroute.kernels.cover.obliged import measure, narrow, rebracket
from omniroute.kernels.cover.packing import arrange, carry_out, pack, send_as_priced
from omniroute.kernels.cover.pouring import GAVE_UP, NO_WAY, PACKED
from omniroute.kernels.cover.sets import (
    GRAM_BOUND,
    SET_CUT,
    SET_LIMIT,
    SET_MONEY,
    SET_STOP,
    Sets,
)

#: Effort of one set; the most of one packing before its rooms are priced, and after, as
#: part of what a set may use.
SET_STEPS = 40
FIRST_STEPS = 200
PACKS = 1
#: The first choices are those within one part in 2**6 of what there is to spare.
_PORTIONS = 6
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
    most = brackets_to_beat(case, sets)
    if most < 0:
        return UNREACHED
    price_for_all(case, sets, n, most)
    for turn in range(_PRICINGS):
        if sets.words[GRAM_BOUND] <= most * GRAM:
            price_for_each(case, sets, n, most)
        slack = most * GRAM - sets.words[GRAM_BOUND]
        if slack < 0:
            return UNREACHED
        if turn == _PRICINGS - 1 or not narrow(case.order, sets, n, slack):
            break
        if not rebracket(case, sets, n):
            return UNREACHED
    _round(case, sets, n)
    return min(UNREACHED, _try_choices(case, sets, n) + sets.words[SET_MONEY])


@kernel()
def _round(case: Case, sets: Sets, n: int) -> None:
    """Try the plan that the prices of a gram suggest; if it is good, a better one."""
    charge(case, SET_STEPS + case.fleet.holdings.shape[0] // QUICK)
    send_as_priced(case, sets, n)
    cost = total_cost(case.lanes, case.fleet)
    if quanta_left(case.fleet) == 0 and cost - cost // NEAR <= case.goal[G_COST]:
        improve(case, True)
        keep_if_cheaper(case)


@kernel()
def brackets_to_beat(case: Case, sets: Sets) -> int:
    """The most that the brackets of a cheaper plan of the set cost."""
    return to_beat(case.goal) - sets.words[SET_MONEY]


@step
def _try_choices(case: Case, sets: Sets, n: int) -> int:
    """Pack the choices of brackets, the cheap ones first; the least cost left open.

    Rather than sort them, it lists them again and again, at first those that cost hardly
    more than the bound, then some more; each is packed once.
    """
    sets.words[SET_STOP] = max(0, case.goal[G_BUDGET] - sets.words[SET_LIMIT])
    arrange(case, sets, n)
    done, left_open = least_money(sets) - 1, UNREACHED
    part = (brackets_to_beat(case, sets) - done) >> _PORTIONS
    while done < brackets_to_beat(case, sets):
        part = 4 * part + case.goal[G_UNIT]
        most = min(done + part, brackets_to_beat(case, sets))
        start_choices(case, sets, n, most)
        cost = next_choice(case, sets, n, done, most)
        while cost >= 0 and cost < UNREACHED:
            most = min(most, brackets_to_beat(case, sets))
            if cost <= most:
                left_open = min(left_open, _pack_choice(case, sets, n, cost))
            cost = next_choice(case, sets, n, done, most)
        if cost < 0:
            sets.words[SET_CUT] = 1
            return min(left_open, done + 1)
        done = most
    return left_open


@kernel()
def _pack_choice(case: Case, sets: Sets, n: int, cost: int) -> int:
    """Pack lines into the brackets at hand as long as that gives a cheaper plan.

    Returns what the choice costs if that is left open, else `UNREACHED`.
    """
    code = _pack_once(case, sets, n, bound_of_choice(case.curves, sets, n), FIRST_STEPS)
    if code == GAVE_UP:
        bound = price_rooms(case, sets, n, brackets_to_beat(case, sets))
        most = PACKS * sets.words[SET_LIMIT]
        code = _pack_once(case, sets, n, bound, most)
        go_back_to_set(case, sets, n)
    if code == GAVE_UP:
        sets.words[SET_CUT] = 1
    return UNREACHED if code == NO_WAY else cost


@kernel()
def _pack_once(case: Case, sets: Sets, n: int, bound: int, steps: int) -> int:
    """Pack the brackets at hand, whose bound is known: what came of it in the end."""
    while True:
        most = brackets_to_beat(case, sets)
        spare = most - price_of_choice(case.curves, sets, n)
        effort = max(0, min(steps, case.goal[G_BUDGET] - sets.words[SET_STOP]))
        code, left = pack(case, sets, n, spare, most * GRAM - bound, effort)
        charge(case, effort - left + n)
        if code != PACKED:
            return code
        carry_out(case, sets, n)
        if not keep_if_cheaper(case):
            return GAVE_UP
