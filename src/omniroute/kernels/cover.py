"""Orders too large for a table: a good plan first, then the best one, with a bound.

A greedy cover opens nodes by cost for value, then lines move between shipments while it
pays. The values of the lines are improved with the bound (see `lagrange`), and now and
then the cover is tried anew. What the bound leaves open is searched, set of nodes by set
of nodes (see `opening`), to the optimum or to the end of the effort. One service a node.
Deterministic; effort is limited in steps, not seconds.
"""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.codes import UNREACHED
from omniroute.kernels.arrays import I8
from omniroute.kernels.brackets import Sets
from omniroute.kernels.curves import Curves
from omniroute.kernels.fleet import (
    D_GRAMS,
    D_LINES,
    F_CLASS,
    F_FIRST,
    F_KEEN,
    F_LOAD,
    H_AMOUNT,
    H_BEST,
    H_CAP,
    H_LINE,
    H_SAVED,
    LOAD_WORDS,
    W_LEFT,
    W_WORTH,
    Fleet,
    add_to_load,
    clear_load,
    cost_of,
    holding_of,
    note_opened,
    quanta_left,
    restore,
    save,
    size_of,
    total_cost,
    unload,
)
from omniroute.kernels.lagrange import (
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
from omniroute.kernels.opening import (
    index_holders,
    know_anyone,
    money_unit,
    rank_nodes,
    search_sets,
)
from omniroute.kernels.problem import (
    L_TARGET,
    L_WHOLE,
    Lanes,
    Order,
    Scratch,
    copy_words,
    heaviest_load,
    most_within,
)
from omniroute.kernels.refit import solve_by_table

#: Rounds of the bound; a new plan is tried at some of them.
ROUNDS = 48
PLAN_EVERY = 12
#: Rounds without a better bound after which steps are halved.
PATIENCE = 5
#: Steps shorter than this part of what is missing are not worth the effort.
PACE_LEAST = 0.1


@kernel()
def price_alone(lanes: Lanes, order: Order, fleet: Fleet, load: I8) -> None:
    """Value each line at what it costs by itself at its cheapest node."""
    for i in range(fleet.wants.shape[0]):
        fleet.wants[i, W_WORTH] = UNREACHED
    for k in range(size_of(fleet)):
        for e in range(fleet.nodes[k, F_FIRST], fleet.nodes[k + 1, F_FIRST]):
            i, cap = fleet.holdings[e, H_LINE], fleet.holdings[e, H_CAP]
            clear_load(load)
            add_to_load(order, i, cap, 1, load)
            cost = cost_of(lanes, fleet, k, load)
            if cost < UNREACHED:
                cost = cost * order.lines[i, L_TARGET] // cap
                fleet.wants[i, W_WORTH] = min(fleet.wants[i, W_WORTH], cost)
    for i in range(fleet.wants.shape[0]):
        if fleet.wants[i, W_WORTH] == UNREACHED:
            fleet.wants[i, W_WORTH] = 0


# -- a first plan ----------------------------------------------------------------------


@kernel()
def _fitting(
    lanes: Lanes, order: Order, fleet: Fleet, k: int, i: int, take: int, load: I8
) -> int:
    """What a load at node k can take of line i: of a line to spread, also a part."""
    room_g = heaviest_load(lanes, fleet.nodes[k, F_CLASS]) - load[D_GRAMS]
    able = most_within(order.lines[i], room_g, take)
    return 0 if able < take and order.lines[i, L_WHOLE] else able


@kernel()
def _offer_of(
    lanes: Lanes, order: Order, fleet: Fleet, k: int, gently: bool, load: I8
) -> tuple[int, int]:
    """Load of everything node k can still send: ``(value, quanta)``.

    ``gently``, what would make it too heavy is left out.
    """
    value, quanta = 0, 0
    clear_load(load)
    for e in range(fleet.nodes[k, F_FIRST], fleet.nodes[k + 1, F_FIRST]):
        i = fleet.holdings[e, H_LINE]
        take = min(fleet.holdings[e, H_CAP], fleet.wants[i, W_LEFT])
        if gently:
            take = _fitting(lanes, order, fleet, k, i, take, load)
        if take > 0:
            add_to_load(order, i, take, 1, load)
            value += fleet.wants[i, W_WORTH] * take // order.lines[i, L_TARGET]
            quanta += take
    return value, quanta


@kernel()
def _open_best(
    lanes: Lanes, order: Order, fleet: Fleet, by_units: bool, gently: bool, load: I8
) -> int:
    """The node to open next: least cost for value, or most units. -1: none can add."""
    best, best_cost, best_value = -1, 0, 0
    for k in range(size_of(fleet)):
        if fleet.nodes[k, F_LOAD + D_LINES] > 0 or fleet.nodes[k, F_KEEN] == 0:
            continue
        value, quanta = _offer_of(lanes, order, fleet, k, gently, load)
        if quanta == 0:
            continue
        cost = cost_of(lanes, fleet, k, load)
        if cost >= UNREACHED:
            continue
        if by_units:
            better = quanta > best_value or (quanta == best_value and cost < best_cost)
            value = quanta
        else:
            better = float(cost) * best_value < float(best_cost) * value
        if best < 0 or better:
            best, best_cost, best_value = k, cost, value
    return best


@kernel()
def _take_all(lanes: Lanes, order: Order, fleet: Fleet, k: int, gently: bool) -> None:
    """Let node k send what `_offer_of` saw."""
    load = fleet.nodes[k, F_LOAD:]
    for e in range(fleet.nodes[k, F_FIRST], fleet.nodes[k + 1, F_FIRST]):
        i = fleet.holdings[e, H_LINE]
        take = min(fleet.holdings[e, H_CAP], fleet.wants[i, W_LEFT])
        if gently:
            take = _fitting(lanes, order, fleet, k, i, take, load)
        if take > 0:
            add_to_load(order, i, take, 1, load)
            fleet.holdings[e, H_AMOUNT] = take
            fleet.wants[i, W_LEFT] -= take


@kernel()
def greedy(
    lanes: Lanes,
    order: Order,
    fleet: Fleet,
    most: int,
    by_units: bool,
    start: int,
    load: I8,
) -> None:
    """Open nodes until everything is placed or the limit of shipments is reached.

    The first is node ``start``, if that is not -1.
    """
    unload(order, fleet)
    n_open = 0
    while most == 0 or n_open < most:
        gently = False
        k = start if n_open == 0 else -1
        if k < 0:
            k = _open_best(lanes, order, fleet, by_units, False, load)
        if k < 0:
            k = _open_best(lanes, order, fleet, by_units, True, load)
            gently = True
        if k < 0:
            break
        _take_all(lanes, order, fleet, k, gently)
        n_open += 1
    note_opened(fleet)


# -- moves -----------------------------------------------------------------------------


@kernel()
def _pull(
    order: Order,
    fleet: Fleet,
    to: int,
    k: int,
    only: int,
    write: bool,
    target: I8,
    source: I8,
) -> int:
    """Move to node ``to`` what it can take over from node k: all lines, or ``only`` one.

    Adds to the loads ``target`` and ``source``; changes the plan only if ``write``.
    Returns the number of lines moved.
    """
    moved = 0
    holdings = fleet.holdings
    for e in range(fleet.nodes[k, F_FIRST], fleet.nodes[k + 1, F_FIRST]):
        have, i = holdings[e, H_AMOUNT], holdings[e, H_LINE]
        if have == 0 or (only >= 0 and only != i):
            continue
        at = holding_of(fleet, to, i)
        if at < 0:
            continue
        there = holdings[at, H_AMOUNT]
        take = min(have, holdings[at, H_CAP] - there)
        if take == 0:
            continue
        add_to_load(order, i, have, -1, source)
        add_to_load(order, i, have - take, 1, source)
        add_to_load(order, i, there, -1, target)
        add_to_load(order, i, there + take, 1, target)
        if write:
            holdings[e, H_AMOUNT] = have - take
            holdings[at, H_AMOUNT] = there + take
        moved += 1
    return moved


@kernel()
def _pull_gain(
    lanes: Lanes, order: Order, fleet: Fleet, to: int, k: int, only: int, loads: I8
) -> int:
    """What moving lines from k to ``to`` would save; not positive if nothing."""
    target, source = loads[1], loads[2]
    ours, theirs = fleet.nodes[to, F_LOAD:], fleet.nodes[k, F_LOAD:]
    copy_words(ours, target)
    copy_words(theirs, source)
    if _pull(order, fleet, to, k, only, False, target, source) == 0:
        return 0
    before = cost_of(lanes, fleet, to, ours) + cost_of(lanes, fleet, k, theirs)
    after = cost_of(lanes, fleet, to, target)
    return before - after - cost_of(lanes, fleet, k, source)


@kernel()
def _try_pull(
    lanes: Lanes,
    order: Order,
    fleet: Fleet,
    to: int,
    k: int,
    only: int,
    most: int,
    loads: I8,
) -> bool:
    gain = _pull_gain(lanes, order, fleet, to, k, only, loads)
    if gain <= 0:
        return False
    opens = fleet.nodes[to, F_LOAD + D_LINES] == 0
    if opens and loads[2, D_LINES] > 0 and most > 0 and fleet.opened[0] >= most:
        return False
    ours, theirs = fleet.nodes[to, F_LOAD:], fleet.nodes[k, F_LOAD:]
    _pull(order, fleet, to, k, only, True, ours, theirs)
    note_opened(fleet)
    return True


@kernel()
def _try_close(lanes: Lanes, order: Order, fleet: Fleet, k: int, loads: I8) -> bool:
    """Hand the lines of node k over to other open nodes, if that pays."""
    before = total_cost(lanes, fleet)
    save(fleet, H_SAVED)
    if _hand_over(lanes, order, fleet, k, loads):
        note_opened(fleet)
        if total_cost(lanes, fleet) < before:
            return True
    restore(order, fleet, H_SAVED)
    return False


@kernel()
def _hand_over(lanes: Lanes, order: Order, fleet: Fleet, k: int, loads: I8) -> bool:
    """Hand all lines of node k to the open nodes that take them for the least more."""
    for e in range(fleet.nodes[k, F_FIRST], fleet.nodes[k + 1, F_FIRST]):
        i = fleet.holdings[e, H_LINE]
        while fleet.holdings[e, H_AMOUNT] > 0:
            to = _cheapest_taker(lanes, order, fleet, k, i, loads)
            if to < 0:
                return False
            ours, theirs = fleet.nodes[to, F_LOAD:], fleet.nodes[k, F_LOAD:]
            _pull(order, fleet, to, k, i, True, ours, theirs)
    return True


@kernel()
def _cheapest_taker(
    lanes: Lanes, order: Order, fleet: Fleet, k: int, i: int, loads: I8
) -> int:
    """The open node that takes line i over from k for the least more, -1 if none can."""
    best, least = -1, UNREACHED
    for j in range(fleet.opened[0]):
        to = fleet.opened[1 + j]
        if to == k:
            continue
        ours, target = fleet.nodes[to, F_LOAD:], loads[1]
        copy_words(ours, target)
        if _pull(order, fleet, to, k, i, False, target, loads[2]) > 0:
            more = cost_of(lanes, fleet, to, target) - cost_of(lanes, fleet, to, ours)
            if more < least:
                best, least = to, more
    return best


@kernel()
def _pull_each(
    lanes: Lanes, order: Order, fleet: Fleet, to: int, k: int, loads: I8
) -> bool:
    """Move lines one by one from k to ``to`` while it pays."""
    better = False
    for e in range(fleet.nodes[k, F_FIRST], fleet.nodes[k + 1, F_FIRST]):
        if fleet.holdings[e, H_AMOUNT] > 0:
            i = fleet.holdings[e, H_LINE]
            if _pull_gain(lanes, order, fleet, to, k, i, loads) > 0:
                ours, theirs = fleet.nodes[to, F_LOAD:], fleet.nodes[k, F_LOAD:]
                _pull(order, fleet, to, k, i, True, ours, theirs)
                better = True
    return better


@kernel()
def _improve_node(
    lanes: Lanes, order: Order, fleet: Fleet, to: int, most: int, loads: I8
) -> bool:
    """Try what node ``to`` could take over. True if the plan got cheaper."""
    better = False
    j = 0
    while j < fleet.opened[0]:
        k = fleet.opened[1 + j]
        j += 1
        if k == to:
            continue
        if _try_pull(lanes, order, fleet, to, k, -1, most, loads):
            better = True
        elif fleet.nodes[to, F_LOAD + D_LINES] == 0:
            continue
        elif _pull_each(lanes, order, fleet, to, k, loads):
            note_opened(fleet)
            better = True
    if fleet.nodes[to, F_LOAD + D_LINES] > 0:
        better = _try_close(lanes, order, fleet, to, loads) or better
    return better


@kernel()
def improve(
    lanes: Lanes, order: Order, fleet: Fleet, most: int, budget: int, loads: I8
) -> int:
    """Move lines while it pays. Returns the steps left of ``budget``."""
    better = True
    while better and budget > 0:
        better = False
        for to in range(size_of(fleet)):
            if fleet.nodes[to, F_KEEN] == 0 and fleet.nodes[to, F_LOAD + D_LINES] == 0:
                continue
            budget -= (
                4
                * fleet.opened[0]
                * (fleet.nodes[to + 1, F_FIRST] - fleet.nodes[to, F_FIRST] + 4)
            )
            if _improve_node(lanes, order, fleet, to, most, loads):
                better = True
    return budget


# -- plan and bound --------------------------------------------------------------------


@kernel()
def first_plan(lanes: Lanes, order: Order, fleet: Fleet, most: int, loads: I8) -> None:
    """A plan of few shipments: where a limit leaves units out, the better of two."""
    price_alone(lanes, order, fleet, loads[0])
    greedy(lanes, order, fleet, most, True, -1, loads[0])
    left = quanta_left(fleet)
    if most > 0 and left > 0:
        save(fleet, H_SAVED)
        greedy(lanes, order, fleet, most, False, -1, loads[0])
        if quanta_left(fleet) >= left:
            restore(order, fleet, H_SAVED)


@kernel()
def _plan_by_values(
    lanes: Lanes,
    order: Order,
    fleet: Fleet,
    dual: Dual,
    most: int,
    budget: int,
    loads: I8,
) -> int:
    """A plan by the values of the bound. Returns the steps left of ``budget``."""
    for i in range(fleet.wants.shape[0]):
        fleet.wants[i, W_WORTH] = dual.lines[i, V_VALUE] // FINE
    greedy(lanes, order, fleet, most, False, -1, loads[0])
    return improve(lanes, order, fleet, most, budget, loads)


@kernel()
def plan_and_bound(
    lanes: Lanes,
    order: Order,
    curves: Curves,
    fleet: Fleet,
    dual: Dual,
    sets: Sets,
    scratch: Scratch,
    most: int,
    budget: int,
) -> int:
    """Find a good plan, and a bound in money on every plan that places all it can.

    The fleet then carries the plan out. Where units are left out, the bound is 0.
    """
    loads = scratch.small[128 : 128 + 3 * LOAD_WORDS].reshape(3, LOAD_WORDS)
    first_plan(lanes, order, fleet, most, loads)
    if quanta_left(fleet) > 0:
        improve(lanes, order, fleet, most, budget, loads)
        return 0
    improve(lanes, order, fleet, most, budget, loads)
    save(fleet, H_BEST)
    cost = total_cost(lanes, fleet)
    unit = money_unit(lanes, curves, fleet)
    prepare_dual(lanes, order, fleet, dual)
    scale_values(lanes, order, curves, fleet, dual)
    cost, bound, budget = _ascend(
        lanes,
        order,
        curves,
        fleet,
        dual,
        most,
        cost,
        unit,
        budget,
        loads,
    )
    if bound < cost:
        n, relaxed = rank_nodes(
            lanes, order, curves, fleet, dual, sets, (cost - unit) * FINE
        )
        index_holders(order, fleet, sets, n)
        know_anyone(lanes, order, curves, fleet, sets)
        cost, closed, budget = search_sets(
            lanes, order, curves, fleet, sets, n, cost, relaxed, most, unit, budget
        )
        bound = max(bound, closed)
    if bound < cost:
        known = solve_by_table(lanes, order, fleet, scratch)
        if fleet.opened[0] > 0 and (most == 0 or fleet.opened[0] <= most):
            if total_cost(lanes, fleet) < cost:
                cost = total_cost(lanes, fleet)
                save(fleet, H_BEST)
        bound = max(bound, known)
    restore(order, fleet, H_BEST)
    return min(cost, bound)


@kernel()
def _ascend(
    lanes: Lanes,
    order: Order,
    curves: Curves,
    fleet: Fleet,
    dual: Dual,
    most: int,
    cost: int,
    unit: int,
    budget: int,
    loads: I8,
) -> tuple[int, int, int]:
    """Improve the values of the bound, and with them the plan.

    Returns ``(cost of the best plan, bound, budget left)``; the best values are set.
    """
    best, pace, stale = 0, 1.0, 0
    for turn in range(ROUNDS):
        bound = evaluate(lanes, order, curves, fleet, dual)
        budget -= size_of(fleet) + 4 * fleet.holdings.shape[0]
        stale += 1
        if bound > best:
            best, stale = bound, 0
            keep_values(dual)
        if best > (cost - unit) * FINE or budget <= 0:
            best = min(best, cost * FINE)
            break
        if stale == PATIENCE:
            pace, stale = 0.5 * pace, 0
            if pace < PACE_LEAST:
                break
            best_values(dual)
            bound = evaluate(lanes, order, curves, fleet, dual)
        if turn % PLAN_EVERY == PLAN_EVERY // 2:
            budget = _plan_by_values(lanes, order, fleet, dual, most, budget, loads)
            if quanta_left(fleet) == 0 and total_cost(lanes, fleet) < cost:
                save(fleet, H_BEST)
                cost = total_cost(lanes, fleet)
        if not step_values(order, dual, pace * (cost * FINE - bound)):
            break
    best_values(dual)
    money = (best + FINE - 1) // FINE
    return cost, min(cost, (money + unit - 1) // unit * unit), budget
