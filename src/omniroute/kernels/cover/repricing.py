"""The bound anew below every node that is opened or closed: values fit for what is left.

At the values of the level above, an open node costs what it costs, and the lines it holds
are worth what they were worth when nobody was open. Moved to what the set still needs, they
say far more: most sets need not be looked at any further. Nodes that lose too much
against the new bound are left out below.
"""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.kernels.cover.case import Case, charge, to_beat
from omniroute.kernels.cover.fleet import F_FIRST
from omniroute.kernels.cover.gram_prices import QUICK
from omniroute.kernels.cover.lagrange import (
    FINE,
    V_COURSE,
    V_PLACED,
    V_VALUE,
    Dual,
    ask_node,
    best_values,
    keep_values,
    regret_of,
    steepest_slope,
    step_values,
)
from omniroute.kernels.cover.sets import (
    M_NODE,
    N_CLOSER,
    N_STATE,
    V_BOUND,
    V_FLOOR,
    V_NODES,
    Sets,
)

#: Rounds of a level, in turns; one more turn is taken after one that gained such a part of
#: what is missing.
TURNS = 2
ROUNDS = 4
WORTH_IT = 0.1
#: Length of the first steps; rounds without a better bound after which it is shorter.
PACE = 1.0
SHORTER = 0.6
PATIENCE = 2


@kernel()
def reprice(case: Case, dual: Dual, sets: Sets, d: int) -> None:
    """Improve the values of a level with ``d`` open nodes, and its bound: `V_BOUND`.

    Notes what nodes lose against it, and strikes from the level's list those that a better
    plan cannot open.
    """
    level, most = sets.levels[d], to_beat(case.goal) * FINE
    for i in range(dual.lines.shape[0]):
        dual.lines[i, V_VALUE], dual.lines[i, V_COURSE] = sets.values[d, i], 0
    best = _ascend(case, dual, sets, d, most)
    best_values(dual)
    # Regrets are against the bound at these very values, which may be the lower one.
    level[V_FLOOR] = max(level[V_FLOOR], level[V_BOUND])
    level[V_BOUND] = best
    for i in range(dual.lines.shape[0]):
        sets.values[d, i] = dual.lines[i, V_VALUE]
    charge(case, _effort(case, sets, d))
    _strike(case, dual, sets, d, most)


@kernel()
def inherit(case: Case, sets: Sets, d: int) -> None:
    """Keep the regrets of the level above; strike nodes that lose too much by now."""
    level, choices, n = sets.levels[d], sets.choices[d], 0
    most = to_beat(case.goal) * FINE - level[V_BOUND]
    charge(case, level[V_NODES] // QUICK)
    for x in range(level[V_NODES]):
        k = choices[x]
        regret = sets.regrets[d - 1, k]
        if max(0, regret) <= most:
            sets.regrets[d, k] = regret
            choices[n] = k
            n += 1
    level[V_NODES] = n


@kernel()
def _ascend(case: Case, dual: Dual, sets: Sets, d: int, most: int) -> int:
    """Best bound of a level that a few rounds find, or one above ``most``; times FINE."""
    effort = _effort(case, sets, d)
    best, pace, stale, goal = -most, PACE, 0, most + FINE
    for turn in range(TURNS):
        before = best
        for _ in range(ROUNDS):
            charge(case, effort)
            bound = _evaluate(case, dual, sets, d)
            stale += 1
            if bound > best:
                best, stale = bound, 0
                keep_values(dual)
            if best > most:
                return best
            if stale == PATIENCE:
                pace, stale = SHORTER * pace, 0
            if not step_values(case.order, dual, pace * (goal - bound)):
                return best
        if turn > 0 and best - before < WORTH_IT * (goal - best):
            break
    return best


@kernel()
def _effort(case: Case, sets: Sets, d: int) -> int:
    """Steps that asking the nodes of a level once is worth."""
    nodes, size = case.fleet.nodes, 4 + sets.lines.shape[0] // QUICK
    for a in range(d):  # they are always looked at closely
        k = sets.members[a, M_NODE]
        size += 4 + 2 * (nodes[k + 1, F_FIRST] - nodes[k, F_FIRST])
    for x in range(sets.levels[d, V_NODES]):
        k = sets.choices[d, x]
        size += 1 + nodes[k + 1, F_FIRST] - nodes[k, F_FIRST]
    return size


@kernel()
def _evaluate(case: Case, dual: Dual, sets: Sets, d: int) -> int:
    """The bound at the values as they are, times FINE."""
    bound, steepest = 0, steepest_slope(case.order)
    for i in range(dual.lines.shape[0]):
        dual.lines[i, V_PLACED] = 0
        bound += dual.lines[i, V_VALUE]
    for a in range(d):
        bound += ask_node(case, dual, sets.members[a, M_NODE], True, steepest)
    for x in range(sets.levels[d, V_NODES]):
        k = sets.choices[d, x]
        if sets.nodes[k, N_STATE] == 0:
            bound += ask_node(case, dual, k, False, steepest)
    return bound


@kernel()
def _strike(case: Case, dual: Dual, sets: Sets, d: int, most: int) -> None:
    """Note every node's regret; keep those that may be opened, or were closed here."""
    level, choices, n = sets.levels[d], sets.choices[d], 0
    for x in range(level[V_NODES]):
        k = choices[x]
        if sets.nodes[k, N_STATE] == 0 and level[V_BOUND] <= most:
            sets.regrets[d, k] = regret_of(case, dual, k)
            kept = level[V_BOUND] + max(0, sets.regrets[d, k]) <= most
        else:
            kept = sets.nodes[k, N_STATE] < 0 and sets.nodes[k, N_CLOSER] == d
        if kept:
            choices[n] = k
            n += 1
    level[V_NODES] = n
