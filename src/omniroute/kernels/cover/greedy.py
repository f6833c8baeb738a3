"""A first plan for a large order: nodes opened one by one, by cost for value."""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.codes import UNREACHED
from omniroute.kernels.arrays import I8
from omniroute.kernels.cover.case import G_MOST, Case
from omniroute.kernels.cover.fleet import (
    D_GRAMS,
    D_LINES,
    F_CLASS,
    F_FIRST,
    F_KEEN,
    F_LOAD,
    H_AMOUNT,
    H_CAP,
    H_LINE,
    H_SAVED,
    W_LEFT,
    W_WORTH,
    add_to_load,
    clear_load,
    cost_of,
    note_opened,
    quanta_left,
    restore,
    save,
    size_of,
    unload,
)
from omniroute.kernels.order.problem import (
    L_TARGET,
    L_WHOLE,
    heaviest_load,
    most_within,
)


@kernel()
def first_plan(case: Case) -> None:
    """A plan of few shipments: where a limit leaves units out, the better of two."""
    order, fleet = case.order, case.fleet
    price_alone(case)
    greedy(case, True)
    left = quanta_left(fleet)
    if case.goal[G_MOST] > 0 and left > 0:
        save(fleet, H_SAVED)
        greedy(case, False)
        if quanta_left(fleet) >= left:
            restore(order, fleet, H_SAVED)


@kernel()
def price_alone(case: Case) -> None:
    """Value each line at what it costs by itself at its cheapest node."""
    order, fleet, load = case.order, case.fleet, case.loads[0]
    for i in range(fleet.wants.shape[0]):
        fleet.wants[i, W_WORTH] = UNREACHED
    for k in range(size_of(fleet)):
        for e in range(fleet.nodes[k, F_FIRST], fleet.nodes[k + 1, F_FIRST]):
            i, cap = fleet.holdings[e, H_LINE], fleet.holdings[e, H_CAP]
            clear_load(load)
            add_to_load(order, i, cap, 1, load)
            cost = cost_of(case.lanes, fleet, k, load)
            if cost < UNREACHED:
                cost = cost * order.lines[i, L_TARGET] // cap
                fleet.wants[i, W_WORTH] = min(fleet.wants[i, W_WORTH], cost)
    for i in range(fleet.wants.shape[0]):
        if fleet.wants[i, W_WORTH] == UNREACHED:
            fleet.wants[i, W_WORTH] = 0


@kernel()
def greedy(case: Case, by_units: bool) -> None:
    """Open nodes until everything is placed or the limit of shipments is reached."""
    unload(case.order, case.fleet)
    n_open, most, k = 0, case.goal[G_MOST], 0
    while k >= 0 and (most == 0 or n_open < most) and quanta_left(case.fleet) > 0:
        gently = False
        k = _open_best(case, by_units, gently)
        if k < 0:
            gently = True
            k = _open_best(case, by_units, gently)
        if k >= 0:
            _take_all(case, k, gently)
            n_open += 1
    note_opened(case.fleet)


@kernel()
def _open_best(case: Case, by_units: bool, gently: bool) -> int:
    """The node to open next: least cost for value, or most units. -1: none can add."""
    fleet, load = case.fleet, case.loads[0]
    best, best_cost, best_value = -1, 0, 0
    for k in range(size_of(fleet)):
        if fleet.nodes[k, F_LOAD + D_LINES] > 0 or fleet.nodes[k, F_KEEN] == 0:
            continue
        value, quanta = _offer_of(case, k, gently, load)
        if quanta == 0:
            continue
        cost = cost_of(case.lanes, fleet, k, load)
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
def _offer_of(case: Case, k: int, gently: bool, load: I8) -> tuple[int, int]:
    """Load of everything node k can still send: ``(value, quanta)``.

    ``gently``, what would make it too heavy is left out.
    """
    order, fleet = case.order, case.fleet
    value, quanta = 0, 0
    clear_load(load)
    for e in range(fleet.nodes[k, F_FIRST], fleet.nodes[k + 1, F_FIRST]):
        i = fleet.holdings[e, H_LINE]
        take = min(fleet.holdings[e, H_CAP], fleet.wants[i, W_LEFT])
        if gently:
            take = _fitting(case, k, i, take, load)
        if take > 0:
            add_to_load(order, i, take, 1, load)
            value += fleet.wants[i, W_WORTH] * take // order.lines[i, L_TARGET]
            quanta += take
    return value, quanta


@kernel()
def _fitting(case: Case, k: int, i: int, take: int, load: I8) -> int:
    """What a load at node k can take of line i: of a line to spread, also a part."""
    line = case.order.lines[i]
    room_g = heaviest_load(case.lanes, case.fleet.nodes[k, F_CLASS]) - load[D_GRAMS]
    able = most_within(line, room_g, take)
    return 0 if able < take and line[L_WHOLE] else able


@kernel()
def _take_all(case: Case, k: int, gently: bool) -> None:
    """Let node k send what `_offer_of` saw."""
    order, fleet, load = case.order, case.fleet, case.fleet.nodes[k, F_LOAD:]
    for e in range(fleet.nodes[k, F_FIRST], fleet.nodes[k + 1, F_FIRST]):
        i = fleet.holdings[e, H_LINE]
        take = min(fleet.holdings[e, H_CAP], fleet.wants[i, W_LEFT])
        if gently:
            take = _fitting(case, k, i, take, load)
        if take > 0:
            add_to_load(order, i, take, 1, load)
            fleet.holdings[e, H_AMOUNT] = take
            fleet.wants[i, W_LEFT] -= take
