"""Which nodes to open: an exact search through sets of nodes, with a bound at any time.

The line that fewest nodes hold is covered first, each of its holders in turn, those before
it shut; once all are covered, the set is tried (`trial`), and grows on. Regrets (`ranking`)
of nodes that are open or shut add up, and what is still to be opened is never cheaper than
one node that has the best of everything: few sets stay below the cost of the best plan
known. Each set is met once. Depth first; the effort is counted in steps.
"""

from __future__ import annotations

from omniroute._jit import kernel, step
from omniroute.codes import UNREACHED
from omniroute.kernels.arrays import I8
from omniroute.kernels.cover.case import (
    G_BUDGET,
    G_COST,
    G_MOST,
    Case,
    charge,
    round_bound,
    to_beat,
)
from omniroute.kernels.cover.fleet import F_FIRST, H_CAP, H_LINE, Fleet
from omniroute.kernels.cover.gram_prices import least_money, price_for_all
from omniroute.kernels.cover.lagrange import FINE, Dual
from omniroute.kernels.cover.obliged import measure
from omniroute.kernels.cover.ranking import index_lines, know_anyone, rank_nodes
from omniroute.kernels.cover.sets import (
    ANY_CURVE,
    ANYONE,
    E_OPEN,
    M_NODE,
    MEMBERS_MAX,
    N_ACTIVE,
    N_CLOSER,
    N_REGRET,
    N_STATE,
    SET_CUT,
    SET_LIMIT,
    SET_MONEY,
    V_BOUND,
    V_FLOOR,
    V_LINE,
    V_NEXT,
    V_NODE,
    Sets,
)
from omniroute.kernels.cover.trial import SET_STEPS, brackets_to_beat, try_set
from omniroute.kernels.order.problem import L_TARGET, Order

#: What one set may use of the effort at first.
FIRST_LIMIT = 20_000


@step
def search_sets(case: Case, dual: Dual, sets: Sets) -> int:
    """Search the sets of nodes for a plan cheaper than the best known, which is kept.

    The values of ``dual`` give the regrets. Returns a bound in money on every plan: the
    best cost itself if the search came to its end. A set on which too much effort would
    go is left open at first, and looked at again when a good plan is known.
    """
    know_anyone(case, sets)
    bound, limit, going = 0, FIRST_LIMIT, True
    while going:
        sets.words[SET_LIMIT], sets.words[SET_CUT] = limit, 0
        low = _search_once(case, dual, sets)
        bound = max(bound, round_bound(case.goal, (low + FINE - 1) // FINE))
        if low >= UNREACHED:
            bound = case.goal[G_COST]
        going = sets.words[SET_CUT] != 0 and case.goal[G_BUDGET] > 0
        limit *= 8
    return min(bound, case.goal[G_COST])


@step
def _search_once(case: Case, dual: Dual, sets: Sets) -> int:
    """Go through all sets once; bound on what was left open, times FINE."""
    sets.levels[0, V_BOUND] = rank_nodes(case, dual, sets, to_beat(case.goal) * FINE)
    sets.levels[0, V_FLOOR] = 0
    index_lines(case, sets)
    _start_level(case.order, sets, 0)
    low, d = UNREACHED, 0
    while d >= 0:
        charge(case, 2)
        k = -1 if _is_full(case.goal, d) else _next_node(case, sets, d)
        if k >= 0 and _must_stop(case, d):
            low = min(low, _bound_with(sets, d, k))
            k = -1
        if k >= 0:
            _open(case.fleet, sets, d, k)
            d += 1
            low = min(low, _arrive(case, sets, d))
        else:
            _end_level(sets, d)
            d -= 1
            if d >= 0:
                _close(case.fleet, sets, d)
    return low


@kernel()
def _is_full(goal: I8, d: int) -> bool:
    """Whether as many nodes are open as there may be shipments."""
    return goal[G_MOST] > 0 and d == goal[G_MOST]


@kernel()
def _must_stop(case: Case, d: int) -> bool:
    """Whether there is no time or no room to open more nodes."""
    return case.goal[G_BUDGET] <= 0 or d == MEMBERS_MAX


@kernel()
def _bound_with(sets: Sets, d: int, k: int) -> int:
    """Bound on what is left of a level where node k is next, times FINE."""
    level = sets.levels[d]
    return max(level[V_FLOOR], level[V_BOUND] + max(0, sets.nodes[k, N_REGRET]))


# -- sets as they are met --------------------------------------------------------------


@step
def _arrive(case: Case, sets: Sets, d: int) -> int:
    """Begin a level with ``d`` open nodes; try them as a set if they hold everything.

    Returns a bound on what stays open of that set, times FINE.
    """
    _start_level(case.order, sets, d)
    level, low = sets.levels[d], UNREACHED
    if level[V_LINE] < 0:
        left_open = try_set(case, sets, d)
        if left_open < UNREACHED:
            low = max(left_open * FINE, level[V_BOUND], level[V_FLOOR])
    if not _must_stop(case, d) and sets.words[ANY_CURVE] >= 0:
        more = min(_with_anyone(case, sets, d), case.goal[G_COST])
        level[V_FLOOR] = max(level[V_FLOOR], more * FINE)
    return low


@kernel()
def _with_anyone(case: Case, sets: Sets, n: int) -> int:
    """Bound in money on plans that open more than the first ``n`` members.

    One member more stands for all the others.
    """
    charge(case, SET_STEPS + 2 * sets.lines.shape[0])
    sets.members[n, M_NODE] = ANYONE
    measure(case, sets, n + 1)
    most = brackets_to_beat(case, sets)
    if most < 0:
        return UNREACHED
    price_for_all(case, sets, n + 1, most)
    price = least_money(sets)
    return UNREACHED if price > most else sets.words[SET_MONEY] + price


# -- levels ----------------------------------------------------------------------------


@kernel()
def _start_level(order: Order, sets: Sets, d: int) -> None:
    level = sets.levels[d]
    level[V_LINE] = _uncovered(order, sets)
    level[V_NEXT] = _first_place(sets, d)


@kernel()
def _uncovered(order: Order, sets: Sets) -> int:
    """The rarest line that the open nodes do not hold; -1 if there is none."""
    for x in range(sets.by_rarity.size):
        i = sets.by_rarity[x]
        if sets.lines[i, E_OPEN] < order.lines[i, L_TARGET]:
            return i
    return -1


@kernel()
def _first_place(sets: Sets, d: int) -> int:
    """Where a level's list of nodes begins: holders of its line, or all active ones."""
    i = sets.levels[d, V_LINE]
    return 0 if i < 0 else sets.line_ptr[i]


@kernel()
def _node_at(sets: Sets, d: int, place: int) -> int:
    """The node at a place of a level's list."""
    return sets.active[place] if sets.levels[d, V_LINE] < 0 else sets.holders[place]


@kernel()
def _next_node(case: Case, sets: Sets, d: int) -> int:
    """The next node of a level that a cheaper plan may open; -1: none is left.

    Leaves the level's place at the node.
    """
    level = sets.levels[d]
    i = level[V_LINE]
    end = sets.words[N_ACTIVE] if i < 0 else sets.line_ptr[i + 1]
    while level[V_NEXT] < end:
        k = _node_at(sets, d, level[V_NEXT])
        if sets.nodes[k, N_STATE] == 0:
            within = _bound_with(sets, d, k) <= to_beat(case.goal) * FINE
            return k if within else -1  # the regrets of the others are no less
        level[V_NEXT] += 1
    return -1


@kernel()
def _open(fleet: Fleet, sets: Sets, d: int, k: int) -> None:
    """Open a node below a level."""
    sets.levels[d, V_NODE] = k
    regret = max(0, sets.nodes[k, N_REGRET])
    sets.levels[d + 1, V_BOUND] = sets.levels[d, V_BOUND] + regret
    sets.levels[d + 1, V_FLOOR] = sets.levels[d, V_FLOOR]
    sets.members[d, M_NODE] = k
    sets.nodes[k, N_STATE] = 1
    _count_open(fleet, sets, k, 1)


@kernel()
def _close(fleet: Fleet, sets: Sets, d: int) -> None:
    """Close the node that was open below a level, for the rest of the level."""
    level = sets.levels[d]
    k = level[V_NODE]
    _count_open(fleet, sets, k, -1)
    sets.nodes[k, N_STATE], sets.nodes[k, N_CLOSER] = -1, d
    level[V_BOUND] += max(0, -sets.nodes[k, N_REGRET])
    level[V_NEXT] += 1


@kernel()
def _end_level(sets: Sets, d: int) -> None:
    """Give the nodes that a level closed back to choice."""
    for place in range(_first_place(sets, d), sets.levels[d, V_NEXT]):
        k = _node_at(sets, d, place)
        if sets.nodes[k, N_STATE] < 0 and sets.nodes[k, N_CLOSER] == d:
            sets.nodes[k, N_STATE] = 0


@kernel()
def _count_open(fleet: Fleet, sets: Sets, k: int, sign: int) -> None:
    """Count what a node holds as open, or no longer so."""
    for e in range(fleet.nodes[k, F_FIRST], fleet.nodes[k + 1, F_FIRST]):
        sets.lines[fleet.holdings[e, H_LINE], E_OPEN] += sign * fleet.holdings[e, H_CAP]
