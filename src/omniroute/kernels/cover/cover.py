"""Orders too large for a table: a good plan first, then the best one, with a bound.

A greedy cover opens nodes by cost for value (`greedy`), then lines move between shipments
while it pays (`moves`). The values of the lines are improved with the bound (`lagrange`),
and now and then the cover is tried anew. What the bound leaves open is searched, set of
nodes by set of nodes (`opening`), to the optimum or to the end of the effort. One service
a node. Deterministic; effort is limited in steps, not seconds.
"""

from __future__ import annotations

from omniroute._jit import kernel, step
from omniroute.kernels.cover.case import (
    G_BUDGET,
    G_COST,
    G_MOST,
    G_UNIT,
    Case,
    charge,
    keep_if_cheaper,
    round_bound,
    to_beat,
)
from omniroute.kernels.cover.fleet import (
    F_ASLEEP,
    F_FIRST,
    H_BEST,
    W_WORTH,
    quanta_left,
    restore,
    size_of,
)
from omniroute.kernels.cover.greedy import first_plan, greedy
from omniroute.kernels.cover.lagrange import (
    FINE,
    V_VALUE,
    Dual,
    best_values,
    evaluate,
    keep_values,
    prepare_dual,
    scale_values,
    step_values,
)
from omniroute.kernels.cover.moves import improve
from omniroute.kernels.cover.one_table import solve_by_table
from omniroute.kernels.cover.opening import search_sets
from omniroute.kernels.cover.ranking import money_unit
from omniroute.kernels.cover.sets import Sets
from omniroute.kernels.order.problem import Scratch

#: Rounds of the bound; a new plan is tried at some of them.
ROUNDS = 48
PLAN_EVERY = 12
#: Rounds without a better bound after which steps are shorter, and how much.
PATIENCE = 5
SHORTER = 0.7
#: Where there is no time to ask all nodes each round, they are every so many.
SOME = 6
#: Such a part of the effort is then left for the search.
RESERVE = 3
#: Steps shorter than this part of what is missing are not worth the effort.
PACE_LEAST = 0.05


@step
def plan_and_bound(case: Case, dual: Dual, sets: Sets, scratch: Scratch) -> int:
    """Find the best plan, or a good one, and a bound on all that place what they can.

    The fleet then carries the plan out. Where units are left out, the bound is 0.
    """
    goal, fleet, bound = case.goal, case.fleet, 0
    budget = goal[G_BUDGET]
    first_plan(case)
    improve(case, False)
    goal[G_BUDGET] = budget  # the first plan has as much to itself
    if quanta_left(fleet) == 0:
        keep_if_cheaper(case)
        goal[G_UNIT] = money_unit(case)
        bound = ascend(case, dual)
        if bound < goal[G_COST]:
            bound = search_sets(case, dual, sets, bound)
        if bound < goal[G_COST]:
            bound = max(bound, solve_by_table(case, scratch))
            if fleet.opened[0] > 0 and _within_limit(case):
                keep_if_cheaper(case)
        restore(case.order, fleet, H_BEST)
    return min(goal[G_COST], bound)


@kernel()
def _within_limit(case: Case) -> bool:
    return case.goal[G_MOST] == 0 or case.fleet.opened[0] <= case.goal[G_MOST]


@step
def ascend(case: Case, dual: Dual) -> int:
    """Improve the values of the bound, and with them the plan; returns the bound.

    Of a very large order, only every few rounds ask all the nodes, and some of the effort
    is left for the search.
    """
    goal = case.goal
    reserve = goal[G_BUDGET] // RESERVE
    prepare_dual(case, dual)
    scale_values(case, dual)
    best, pace, stale, every = 0, 1.0, 0, _rounds_of_some(case)
    if every == 1:
        reserve = 0
    for turn in range(ROUNDS * min(every, 2)):
        everyone = turn % every == 0
        bound = evaluate(case, dual, everyone)
        charge(case, _effort(case, everyone))
        stale += everyone
        if everyone and bound > best:
            best, stale = bound, 0
            keep_values(dual)
        if best > to_beat(goal) * FINE or goal[G_BUDGET] <= reserve:
            break
        if stale == PATIENCE:
            pace, stale = SHORTER * pace, 0
            if pace < PACE_LEAST:
                break
            best_values(dual)
            bound = evaluate(case, dual, True)
        if turn % PLAN_EVERY == PLAN_EVERY // 2:
            _plan_by_values(case, dual)
        gap = float(goal[G_COST] * FINE - bound)
        if not everyone:  # some may gain unseen
            gap = max(gap, 0.01 * goal[G_COST] * FINE)
        if not step_values(case.order, dual, pace * gap):
            break
    best_values(dual)
    return round_bound(goal, (best + FINE - 1) // FINE)


@kernel()
def _rounds_of_some(case: Case) -> int:
    """In one of how many rounds all nodes are asked: each, if there is the time."""
    return SOME if 7 * ROUNDS * _effort(case, True) > case.goal[G_BUDGET] else 1


@kernel()
def _effort(case: Case, everyone: bool) -> int:
    """Steps that a round of the bound is worth."""
    nodes, size = case.fleet.nodes, size_of(case.fleet)
    n_holdings = case.fleet.holdings.shape[0]
    for k in range(0 if everyone else size):
        if nodes[k, F_ASLEEP]:
            n_holdings -= nodes[k + 1, F_FIRST] - nodes[k, F_FIRST]
    return size + n_holdings


@step
def _plan_by_values(case: Case, dual: Dual) -> None:
    """Try a plan by the values of the bound."""
    fleet = case.fleet
    for i in range(fleet.wants.shape[0]):
        fleet.wants[i, W_WORTH] = dual.lines[i, V_VALUE] // FINE
    greedy(case, False)
    improve(case, False)
    if quanta_left(fleet) == 0:
        keep_if_cheaper(case)
