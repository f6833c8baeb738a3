"""A large order as its search sees it, and how far the search has come."""

from __future__ import annotations

from typing import NamedTuple

from omniroute._jit import kernel, view
from omniroute.codes import UNREACHED
from omniroute.kernels.arrays import I8
from omniroute.kernels.cover.curves import Curves
from omniroute.kernels.cover.fleet import H_BEST, LOAD_WORDS, Fleet, save, total_cost
from omniroute.kernels.order.problem import Lanes, Order

# Words of a goal.
#: Money of the best plan known, which is kept in `H_BEST`.
G_COST = 0
#: What every cost is a multiple of.
G_UNIT = 1
#: Steps left; no less than none are taken where the rest is quick.
G_BUDGET = 2
#: Most shipments, 0 for no limit.
G_MOST = 3
#: The most that a plan costs that is looked for now.
G_AIM = 4
GOAL_WORDS = 5
#: Loads that moves between shipments are tried in.
N_LOADS = 3


class Case(NamedTuple):
    """One order, who can send what of it and at what prices, and the search's goal."""

    lanes: Lanes
    order: Order
    curves: Curves
    fleet: Fleet
    goal: I8
    #: Loads to try things in, `LOAD_WORDS` each.
    loads: I8


@view
def goal_of(memory: I8) -> I8:
    """The words of a goal."""
    return memory[:GOAL_WORDS]


@view
def loads_of(memory: I8) -> I8:
    """The loads to try things in."""
    start = GOAL_WORDS
    end = start + N_LOADS * LOAD_WORDS
    return memory[start:end].reshape(N_LOADS, LOAD_WORDS)


@kernel()
def set_goal(goal: I8, most: int, budget: int) -> None:
    """Begin a search: no plan is known."""
    goal[G_COST], goal[G_UNIT] = 2 * UNREACHED, 1
    goal[G_MOST], goal[G_BUDGET], goal[G_AIM] = most, budget, 2 * UNREACHED


@kernel()
def keep_if_cheaper(case: Case) -> bool:
    """Keep the plan as it stands if it is cheaper than the best known."""
    cost = total_cost(case.lanes, case.fleet)
    if cost >= case.goal[G_COST]:
        return False
    case.goal[G_COST] = cost
    save(case.fleet, H_BEST)
    return True


@kernel()
def to_beat(goal: I8) -> int:
    """The most that a cheaper plan costs that is looked for now."""
    return min(goal[G_COST] - goal[G_UNIT], goal[G_AIM])


@kernel()
def charge(case: Case, steps: int) -> None:
    """Count effort."""
    case.goal[G_BUDGET] -= steps


@kernel()
def round_bound(goal: I8, money: int) -> int:
    """A bound in money, raised to what a cost can be; no more than the best known."""
    unit = goal[G_UNIT]
    return min(goal[G_COST], (money + unit - 1) // unit * unit)
