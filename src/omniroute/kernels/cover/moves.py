"""Making a plan cheaper: lines move between shipments while it pays."""

from __future__ import annotations

from omniroute._jit import kernel, step
from omniroute.codes import UNREACHED
from omniroute.kernels.arrays import I8
from omniroute.kernels.cover.case import G_BUDGET, G_MOST, Case, charge
from omniroute.kernels.cover.fleet import (
    D_LINES,
    F_FIRST,
    F_KEEN,
    F_LOAD,
    F_MASK,
    F_SENDS,
    H_AMOUNT,
    H_CAP,
    H_LINE,
    H_SAVED,
    Fleet,
    add_to_load,
    cost_of,
    holding_of,
    note_opened,
    size_of,
    total_cost,
)
from omniroute.kernels.order.problem import copy_words


@kernel()
def improve(case: Case, among_open: bool) -> None:
    """Move lines while it pays, and while there is budget; or just among open nodes."""
    fleet, better = case.fleet, True
    while better and case.goal[G_BUDGET] > 0:
        better = False
        for to in range(size_of(fleet)):
            if fleet.nodes[to, F_LOAD + D_LINES] == 0:
                if among_open or fleet.nodes[to, F_KEEN] == 0:
                    continue
            size = fleet.nodes[to + 1, F_FIRST] - fleet.nodes[to, F_FIRST]
            charge(case, 4 * fleet.opened[0] * (size + 4))
            if _improve_node(case, to):
                better = True


@step
def _improve_node(case: Case, to: int) -> bool:
    """Try what node ``to`` could take over. True if the plan got cheaper."""
    fleet = case.fleet
    better, j = False, 0
    while j < fleet.opened[0]:
        k = fleet.opened[1 + j]
        j += 1
        if k == to or fleet.nodes[k, F_SENDS] & fleet.nodes[to, F_MASK] == 0:
            continue  # it sends nothing that the other has
        if _try_pull(case, to, k):
            better = True
        elif fleet.nodes[to, F_LOAD + D_LINES] == 0:
            continue
        elif _pull_each(case, to, k):
            note_opened(fleet)
            better = True
    if fleet.nodes[to, F_LOAD + D_LINES] > 0:
        better = _try_close(case, to) or better
    return better


# -- lines of one node to another ------------------------------------------------------


@kernel()
def _try_pull(case: Case, to: int, k: int) -> bool:
    """Move all that node ``to`` can take over from k, if that pays."""
    fleet, most = case.fleet, case.goal[G_MOST]
    if _pull_gain(case, to, k, -1) <= 0:
        return False
    opens = fleet.nodes[to, F_LOAD + D_LINES] == 0
    stays = case.loads[2, D_LINES] > 0
    if opens and stays and most > 0 and fleet.opened[0] >= most:
        return False
    _move(case, to, k, -1)
    note_opened(fleet)
    return True


@kernel()
def _pull_each(case: Case, to: int, k: int) -> bool:
    """Move lines one by one from k to ``to`` while it pays."""
    fleet, better = case.fleet, False
    for e in range(fleet.nodes[k, F_FIRST], fleet.nodes[k + 1, F_FIRST]):
        if fleet.holdings[e, H_AMOUNT] > 0:
            i = fleet.holdings[e, H_LINE]
            if _pull_gain(case, to, k, i) > 0:
                _move(case, to, k, i)
                better = True
    return better


@kernel()
def _pull_gain(case: Case, to: int, k: int, only: int) -> int:
    """What moving lines from k to ``to`` would save; not positive if nothing.

    The loads as they would be are left in ``loads[1]`` and ``loads[2]``.
    """
    lanes, fleet = case.lanes, case.fleet
    target, source = case.loads[1], case.loads[2]
    ours, theirs = fleet.nodes[to, F_LOAD:], fleet.nodes[k, F_LOAD:]
    copy_words(ours, target)
    copy_words(theirs, source)
    if _pull(case, to, k, only, False, target, source) == 0:
        return 0
    before = cost_of(lanes, fleet, to, ours) + cost_of(lanes, fleet, k, theirs)
    after = cost_of(lanes, fleet, to, target)
    return before - after - cost_of(lanes, fleet, k, source)


@kernel()
def _move(case: Case, to: int, k: int, only: int) -> None:
    """Move what can be moved from k to ``to``: all lines, or ``only`` one."""
    ours, theirs = case.fleet.nodes[to, F_LOAD:], case.fleet.nodes[k, F_LOAD:]
    _pull(case, to, k, only, True, ours, theirs)


@kernel()
def _pull(
    case: Case, to: int, k: int, only: int, write: bool, target: I8, source: I8
) -> int:
    """Move to node ``to`` what it can take over from node k: all lines, or ``only`` one.

    Adds to the loads ``target`` and ``source``; changes the plan only if ``write``.
    Returns the number of lines moved.
    """
    moved = 0
    order, fleet, holdings = case.order, case.fleet, case.fleet.holdings
    first, end = fleet.nodes[k, F_FIRST], fleet.nodes[k + 1, F_FIRST]
    if only >= 0:
        first = holding_of(fleet, k, only)
        end = first + 1
    for e in range(first, end):
        have, i = holdings[e, H_AMOUNT], holdings[e, H_LINE]
        if have == 0:
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


# -- closing a node --------------------------------------------------------------------


@kernel()
def _try_close(case: Case, k: int) -> bool:
    """Hand the lines of node k over to other open nodes, if that pays."""
    before = total_cost(case.lanes, case.fleet)
    _save_open(case.fleet)
    if _hand_over(case, k) and total_cost(case.lanes, case.fleet) < before:
        note_opened(case.fleet)
        return True
    _restore_open(case)
    return False


@kernel()
def _save_open(fleet: Fleet) -> None:
    """Remember what the open nodes send: only among them lines are handed over."""
    for j in range(fleet.opened[0]):
        k = fleet.opened[1 + j]
        for e in range(fleet.nodes[k, F_FIRST], fleet.nodes[k + 1, F_FIRST]):
            fleet.holdings[e, H_SAVED] = fleet.holdings[e, H_AMOUNT]


@kernel()
def _restore_open(case: Case) -> None:
    """Let the open nodes send again what they sent."""
    fleet, holdings = case.fleet, case.fleet.holdings
    for j in range(fleet.opened[0]):
        k = fleet.opened[1 + j]
        load = fleet.nodes[k, F_LOAD:]
        for e in range(fleet.nodes[k, F_FIRST], fleet.nodes[k + 1, F_FIRST]):
            before, now = holdings[e, H_SAVED], holdings[e, H_AMOUNT]
            if before != now:
                add_to_load(case.order, holdings[e, H_LINE], now, -1, load)
                add_to_load(case.order, holdings[e, H_LINE], before, 1, load)
                holdings[e, H_AMOUNT] = before


@kernel()
def _hand_over(case: Case, k: int) -> bool:
    """Hand all lines of node k to the open nodes that take them for the least more."""
    fleet = case.fleet
    for e in range(fleet.nodes[k, F_FIRST], fleet.nodes[k + 1, F_FIRST]):
        i = fleet.holdings[e, H_LINE]
        while fleet.holdings[e, H_AMOUNT] > 0:
            to = _cheapest_taker(case, k, i)
            if to < 0:
                return False
            _move(case, to, k, i)
    return True


@kernel()
def _cheapest_taker(case: Case, k: int, i: int) -> int:
    """The open node that takes line i over from k for the least more, -1 if none can."""
    lanes, fleet, target = case.lanes, case.fleet, case.loads[1]
    best, least = -1, UNREACHED
    for j in range(fleet.opened[0]):
        to = fleet.opened[1 + j]
        if to == k:
            continue
        ours = fleet.nodes[to, F_LOAD:]
        copy_words(ours, target)
        if _pull(case, to, k, i, False, target, case.loads[2]) > 0:
            more = cost_of(lanes, fleet, to, target) - cost_of(lanes, fleet, to, ours)
            if more < least:
                best, least = to, more
    return best
