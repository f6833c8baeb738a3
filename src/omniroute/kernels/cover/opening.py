"""Which nodes to open: an exact search through sets of nodes, with a bound at any time.

The line that fewest nodes hold is covered first, each of its holders in turn, those before
it shut; once all are covered, the set is tried (`trial`), and grows on. The bound is found
anew with every node that is opened or shut (`repricing`), and what is still to be opened is
never cheaper than one node that has the best of everything: few sets stay below the cost
of the best plan known. Each set is met once. Depth first; the effort is counted in steps.
"""

from __future__ import annotations

from omniroute._jit import kernel, step
from omniroute.codes import UNREACHED
from omniroute.kernels.arrays import I8
from omniroute.kernels.cover.case import (
    G_AIM,
    G_BUDGET,
    G_COST,
    G_MOST,
    G_UNIT,
    Case,
    charge,
    round_bound,
    to_beat,
)
from omniroute.kernels.cover.choices import brackets_to_beat
from omniroute.kernels.cover.fleet import F_FIRST, H_CAP, H_LINE, Fleet, holding_of
from omniroute.kernels.cover.gram_prices import QUICK, least_money, price_for_all
from omniroute.kernels.cover.lagrange import FINE, Dual
from omniroute.kernels.cover.obliged import measure
from omniroute.kernels.cover.ranking import index_lines, know_anyone, rank_nodes
from omniroute.kernels.cover.repricing import inherit, reprice
from omniroute.kernels.cover.sets import (
    ANY_CURVE,
    ANYONE,
    E_KEY,
    E_OPEN,
    M_NODE,
    MEMBERS_MAX,
    N_CLOSER,
    N_STATE,
    SET_BRIEF,
    SET_CUT,
    SET_LIMIT,
    SET_MONEY,
    V_BOUND,
    V_FLOOR,
    V_LINE,
    V_NODE,
    V_NODES,
    V_TRIED,
    Sets,
)
from omniroute.kernels.cover.trial import SET_STEPS, try_set
from omniroute.kernels.order.problem import L_TARGET

#: What one set may use of the effort at first.
FIRST_LIMIT = 20_000
#: What the search with no bound found anew may use: so many steps, and such a part of what
#: there is; and what one set may use there.
BRIEF_STEPS = 500_000
BRIEF_PART = 4
BRIEF_LIMIT = 80_000
#: First plans are looked for that cost up to such a part of the gap above the bound.
PARTS = 2
#: Without a node that lost less than such a part of what is missing, the bound is found
#: anew.
NEAR_USE = 4


@step
def search_sets(case: Case, dual: Dual, sets: Sets, bound: int) -> int:
    """Search the sets of nodes for a plan cheaper than the best known, which is kept.

    The values of ``dual`` are where it begins, with a bound in money on every plan. Returns
    such a bound: the best cost itself if the search came to its end. Plans little dearer
    than the bound are looked for first, as if a plan were known that cost no more; that is
    quick, and tells what all others cost at least. A set on which too much effort would go
    is left open at first, and looked at again.
    """
    goal, limit, parts = case.goal, FIRST_LIMIT, 1
    know_anyone(case, sets)
    bound = max(bound, _search_briefly(case, dual, sets))
    start, gap = bound, goal[G_COST] - bound
    going = goal[G_BUDGET] > 0 and gap > 0
    while going:
        goal[G_AIM] = start + gap * parts // PARTS
        sets.words[SET_LIMIT], sets.words[SET_CUT] = limit, 0
        low = _search_once(case, dual, sets)
        reached = min(to_beat(goal) + goal[G_UNIT], (low + FINE - 1) // FINE)
        bound = max(bound, round_bound(goal, reached))
        if sets.words[SET_CUT] != 0:
            limit *= 8
        else:
            going = goal[G_AIM] < goal[G_COST] - goal[G_UNIT]
            parts *= 2
        going = going and goal[G_BUDGET] > 0 and bound < goal[G_COST]
    goal[G_AIM] = 2 * UNREACHED
    return bound


@step
def _search_briefly(case: Case, dual: Dual, sets: Sets) -> int:
    """Search with regrets added up, on a part of the effort; a bound in money.

    Most orders are settled so before a bound found anew at each node would begin to pay.
    """
    goal, words, limit, low = case.goal, sets.words, BRIEF_LIMIT, 0
    brief = min(BRIEF_STEPS, goal[G_BUDGET] // BRIEF_PART)
    later = goal[G_BUDGET] - brief
    goal[G_BUDGET] = brief
    words[SET_BRIEF], words[SET_CUT] = 1, 1
    while words[SET_CUT] != 0 and goal[G_BUDGET] > 0:
        words[SET_LIMIT], words[SET_CUT] = limit, 0
        low = max(low, _search_once(case, dual, sets))
        limit *= 8
    words[SET_BRIEF] = 0
    goal[G_BUDGET] += later
    return round_bound(goal, (min(low, goal[G_COST] * FINE) + FINE - 1) // FINE)


@step
def _search_once(case: Case, dual: Dual, sets: Sets) -> int:
    """Go through all sets once; bound on what was left open, times FINE."""
    rank_nodes(case, dual, sets, to_beat(case.goal) * FINE)
    index_lines(case, sets)
    _choose_line(case, sets, 0)
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
            low = min(low, _arrive(case, dual, sets, d))
        else:
            _end_level(sets, d)
            d -= 1
            if d >= 0:
                _close(case, dual, sets, d)
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
    return max(level[V_FLOOR], level[V_BOUND] + max(0, sets.regrets[d, k]))


# -- sets as they are met --------------------------------------------------------------


@step
def _arrive(case: Case, dual: Dual, sets: Sets, d: int) -> int:
    """Begin a level with ``d`` open nodes; try them as a set if they hold everything.

    Returns a bound on what stays open of that set, times FINE.
    """
    level, low = sets.levels[d], UNREACHED
    if sets.words[SET_BRIEF]:
        inherit(case, sets, d)
    else:
        reprice(case, dual, sets, d)
    _choose_line(case, sets, d)
    if level[V_BOUND] > to_beat(case.goal) * FINE:
        level[V_TRIED] = 0
        return low
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
def _choose_line(case: Case, sets: Sets, d: int) -> None:
    """Choose the line of a level: of those that the open nodes lack, the rarest.

    If they lack none, all nodes of the level's list are to be tried.
    """
    level, fleet = sets.levels[d], case.fleet
    for i in range(sets.lines.shape[0]):
        sets.lines[i, E_KEY] = 0
    for x in range(level[V_NODES]):
        k = sets.choices[d, x]
        for e in range(fleet.nodes[k, F_FIRST], fleet.nodes[k + 1, F_FIRST]):
            sets.lines[fleet.holdings[e, H_LINE], E_KEY] += 1
    level[V_LINE], fewest = -1, UNREACHED
    for i in range(sets.lines.shape[0]):
        lacks = sets.lines[i, E_OPEN] < case.order.lines[i, L_TARGET]
        if lacks and sets.lines[i, E_KEY] < fewest:
            level[V_LINE], fewest = i, sets.lines[i, E_KEY]
    _holders_first(case.fleet, sets, d)


@kernel()
def _holders_first(fleet: Fleet, sets: Sets, d: int) -> None:
    """Move the nodes that are to be tried to the front of a level's list."""
    level, choices, n = sets.levels[d], sets.choices[d], 0
    for x in range(level[V_NODES]):
        k = choices[x]
        if level[V_LINE] < 0 or holding_of(fleet, k, level[V_LINE]) >= 0:
            choices[x], choices[n] = choices[n], k
            n += 1
    level[V_TRIED] = n


@kernel()
def _next_node(case: Case, sets: Sets, d: int) -> int:
    """The next node of a level that a cheaper plan may open: that of least regret.

    -1 if none is left.
    """
    level, best = sets.levels[d], -1
    charge(case, level[V_TRIED] // QUICK)
    for x in range(level[V_TRIED]):
        k = sets.choices[d, x]
        if sets.nodes[k, N_STATE] == 0:
            if best < 0 or sets.regrets[d, k] < sets.regrets[d, best]:
                best = k
    if best >= 0 and _bound_with(sets, d, best) > to_beat(case.goal) * FINE:
        return -1
    return best


@kernel()
def _open(fleet: Fleet, sets: Sets, d: int, k: int) -> None:
    """Open a node below a level: what may be opened besides is what may be here."""
    level, below, n = sets.levels[d], sets.levels[d + 1], 0
    level[V_NODE] = k
    sets.members[d, M_NODE] = k
    sets.nodes[k, N_STATE] = 1
    _count_open(fleet, sets, k, 1)
    for x in range(level[V_NODES]):
        if sets.nodes[sets.choices[d, x], N_STATE] == 0:
            sets.choices[d + 1, n] = sets.choices[d, x]
            n += 1
    for i in range(sets.lines.shape[0]):
        sets.values[d + 1, i] = sets.values[d, i]
    below[V_NODES] = n
    below[V_BOUND] = level[V_BOUND] + max(0, sets.regrets[d, k])
    below[V_FLOOR] = level[V_FLOOR]


@kernel()
def _close(case: Case, dual: Dual, sets: Sets, d: int) -> None:
    """Close the node that was open below a level, for the rest of the level."""
    level = sets.levels[d]
    k = level[V_NODE]
    _count_open(case.fleet, sets, k, -1)
    sets.nodes[k, N_STATE], sets.nodes[k, N_CLOSER] = -1, d
    level[V_BOUND] += max(0, -sets.regrets[d, k])
    missing = to_beat(case.goal) * FINE - level[V_BOUND]
    anew = not sets.words[SET_BRIEF]
    if anew and missing >= 0 and NEAR_USE * sets.regrets[d, k] < missing:
        reprice(case, dual, sets, d)
        _holders_first(case.fleet, sets, d)


@kernel()
def _end_level(sets: Sets, d: int) -> None:
    """Give the nodes that a level closed back to choice."""
    for x in range(sets.levels[d, V_NODES]):
        k = sets.choices[d, x]
        if sets.nodes[k, N_STATE] < 0 and sets.nodes[k, N_CLOSER] == d:
            sets.nodes[k, N_STATE] = 0


@kernel()
def _count_open(fleet: Fleet, sets: Sets, k: int, sign: int) -> None:
    """Count what a node holds as open, or no longer so."""
    for e in range(fleet.nodes[k, F_FIRST], fleet.nodes[k + 1, F_FIRST]):
        sets.lines[fleet.holdings[e, H_LINE], E_OPEN] += sign * fleet.holdings[e, H_CAP]
