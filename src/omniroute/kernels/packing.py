"""Filling brackets: which member of a set sends which line.

Given the most grams that each member may send, the lines that several members hold are
placed heaviest first, depth first. What a member can still use of its room is the lesser
of the room and of what it holds of the lines to come; once that no longer adds up to what
is left, the branch is dropped (the waste bound of bin packing: Martello and Toth 1990,
Knapsack Problems, chapter 8). Lines to spread are poured into what is left at the end.
"""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.kernels.arrays import I8
from omniroute.kernels.case import Case
from omniroute.kernels.curves import Curves
from omniroute.kernels.fleet import (
    F_FIRST,
    H_CAP,
    H_LINE,
    note_opened,
    send,
    unload,
)
from omniroute.kernels.obliged import handling_of
from omniroute.kernels.pouring import GAVE_UP, NO_WAY, PACKED, pour_all, send_poured
from omniroute.kernels.problem import L_TARGET, L_WEIGHT, L_WHOLE, Order
from omniroute.kernels.sets import (
    E_LEAST,
    E_MASK,
    E_OWNER,
    M_CURVE,
    M_NODE,
    M_ROOM,
    MEMBERS_MAX,
    N_SPREAD,
    SET_FREE,
    Sets,
)
from omniroute.kernels.spreading import least_grams, most_grams

#: Effort of pouring a line, in steps of packing.
POUR_STEPS = 20


@kernel()
def arrange(case: Case, sets: Sets, n: int) -> None:
    """List the lines that are free to choose, heaviest first; `SET_FREE` of them.

    Notes for each place in the list what members may get from there on.
    """
    order, n_free = case.order, 0
    for x in range(sets.by_weight.size):
        i = sets.by_weight[x]
        line, mask = order.lines[i], sets.lines[i, E_MASK]
        if line[L_WHOLE] == 0 or line[L_TARGET] == 0:
            continue
        if mask & (mask - 1) == 0:
            sets.placed[i] = sets.lines[i, E_OWNER]
        else:
            sets.free[n_free] = i
            n_free += 1
    sets.words[SET_FREE] = n_free
    _sum_spread(case, sets, n, sets.later[n_free])
    for x in range(n_free - 1, -1, -1):
        i = sets.free[x]
        weight_g = order.lines[i, L_WEIGHT]
        here, after = sets.later[x], sets.later[x + 1]
        here[MEMBERS_MAX] = after[MEMBERS_MAX] + weight_g
        for a in range(n):
            here[a] = after[a] + ((sets.lines[i, E_MASK] >> a) & 1) * weight_g


@kernel()
def _sum_spread(case: Case, sets: Sets, n: int, row: I8) -> None:
    """Grams of lines to spread: what each member holds, and what is to be sent."""
    order, fleet = case.order, case.fleet
    row[MEMBERS_MAX] = 0
    for i in range(order.lines.shape[0]):
        line = order.lines[i]
        if line[L_WHOLE] == 0:
            row[MEMBERS_MAX] += least_grams(line[L_TARGET], line)
    for a in range(n):
        row[a] = 0
        k = sets.members[a, M_NODE]
        for e in range(fleet.nodes[k, F_FIRST], fleet.nodes[k + 1, F_FIRST]):
            line = order.lines[fleet.holdings[e, H_LINE]]
            if line[L_WHOLE] == 0:
                row[a] += most_grams(fleet.holdings[e, H_CAP], line)


@kernel()
def pack(
    case: Case, sets: Sets, n: int, x: int, spare: int, steps: int
) -> tuple[int, int]:
    """Find who sends what within the brackets of choice ``x``.

    ``spare`` is the handling money there is above the least. Returns ``(PACKED, NO_WAY
    or GAVE_UP, steps left)``.
    """
    order, n_free = case.order, sets.words[SET_FREE]
    if not _make_room(order, case.curves, sets, n, x) or not _fits_still(sets, n, 0):
        return NO_WAY, steps
    sure, place, back = True, 0, False
    _begin(sets, place)
    while place >= 0 and steps > 0:
        if place == n_free and not back:
            code = pour_all(case, sets, n, spare)
            steps -= POUR_STEPS * max(1, sets.words[N_SPREAD])
            if code == PACKED:
                return PACKED, steps
            sure, back = sure and code == NO_WAY, True
        if back:
            place -= 1
            if place < 0:
                break
        i = sets.free[place]
        spare += _take_back(order, sets, i)
        a = _next_member(order, sets, n, i, spare)
        back = a < 0
        if a >= 0:
            steps -= 1
            spare -= _put(order, sets, i, a)
            if _fits_still(sets, n, place + 1):
                place += 1
                _begin(sets, place)
    if place >= 0:
        return GAVE_UP, 0
    return (NO_WAY if sure else GAVE_UP), steps


@kernel()
def _make_room(order: Order, curves: Curves, sets: Sets, n: int, x: int) -> bool:
    """Rooms of a choice of brackets, less what each member must send."""
    for a in range(n):
        member = sets.members[a]
        member[M_ROOM] = curves.limit_g[member[M_CURVE], sets.choices[x, 1 + a]]
    for i in range(sets.lines.shape[0]):
        mask = sets.lines[i, E_MASK]
        if mask & (mask - 1) == 0 and order.lines[i, L_WHOLE]:
            sets.members[sets.lines[i, E_OWNER], M_ROOM] -= order.lines[i, L_WEIGHT]
    for a in range(n):
        if sets.members[a, M_ROOM] < 0:
            return False
    return True


@kernel()
def _fits_still(sets: Sets, n: int, place: int) -> bool:
    """Whether the rooms may take what is left from a place on."""
    later = sets.later[place]
    usable = 0
    for a in range(n):
        usable += min(sets.members[a, M_ROOM], later[a])
    return usable >= later[MEMBERS_MAX]


@kernel()
def _begin(sets: Sets, place: int) -> None:
    """Nobody was tried yet for the line at a place."""
    if place < sets.words[SET_FREE]:
        sets.placed[sets.free[place]] = -1


@kernel()
def _next_member(order: Order, sets: Sets, n: int, i: int, spare: int) -> int:
    """The member to try next for line i, -1 if none is left."""
    line, entry = order.lines[i], sets.lines[i]
    for a in range(sets.placed[i] + 1, n):
        member = sets.members[a]
        if (entry[E_MASK] >> a) & 1 and member[M_ROOM] >= line[L_WEIGHT]:
            if handling_of(member, line) - entry[E_LEAST] <= spare:
                return a
    sets.placed[i] = -1
    return -1


@kernel()
def _put(order: Order, sets: Sets, i: int, a: int) -> int:
    """Place line i at a member; returns its handling above the least."""
    line, member = order.lines[i], sets.members[a]
    sets.placed[i] = a
    member[M_ROOM] -= line[L_WEIGHT]
    return handling_of(member, line) - sets.lines[i, E_LEAST]


@kernel()
def _take_back(order: Order, sets: Sets, i: int) -> int:
    """Undo `_put`, but for the note of who was tried; returns the same money."""
    a = sets.placed[i]
    if a < 0:
        return 0
    line, member = order.lines[i], sets.members[a]
    member[M_ROOM] += line[L_WEIGHT]
    return handling_of(member, line) - sets.lines[i, E_LEAST]


@kernel()
def carry_out(case: Case, sets: Sets, n: int) -> None:
    """Make what was packed the plan of the fleet."""
    order, fleet = case.order, case.fleet
    unload(order, fleet)
    for i in range(order.lines.shape[0]):
        if order.lines[i, L_WHOLE] and order.lines[i, L_TARGET] > 0:
            k = sets.members[sets.placed[i], M_NODE]
            send(order, fleet, k, i, order.lines[i, L_TARGET])
    send_poured(case, sets, n)
    note_opened(fleet)
