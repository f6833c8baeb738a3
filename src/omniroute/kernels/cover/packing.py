"""Filling brackets: which member of a set sends which line.

Given the most grams that each member may send, the lines that several members hold are
placed heaviest first, depth first. What a member can still use of its room is the lesser
of the room and of what it holds of the lines to come; once that no longer adds up to what
is left, the branch is dropped (the waste bound of bin packing: Martello and Toth 1990,
Knapsack Problems, chapter 8). So it is once lines placed where they cost more, and room
that stays empty, have lost more against the bound (`gram_prices`) than there is to lose.
Lines to spread are poured into what is left at the end.
"""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.kernels.arrays import I8
from omniroute.kernels.cover.case import Case
from omniroute.kernels.cover.fleet import (
    F_FIRST,
    H_CAP,
    H_LINE,
    W_LEFT,
    note_opened,
    send,
    unload,
)
from omniroute.kernels.cover.gram_prices import (
    best_member,
    carried,
    least_rate,
    rate_members,
    reduced_cost,
)
from omniroute.kernels.cover.pouring import GAVE_UP, NO_WAY, PACKED, send_poured
from omniroute.kernels.cover.sets import (
    E_LEAST,
    E_MASK,
    E_OWNER,
    M_AT,
    M_GRAM,
    M_NODE,
    M_OWN,
    M_ROOM,
    MEMBERS_MAX,
    SET_FREE,
    Sets,
)
from omniroute.kernels.cover.sharing import pour_all
from omniroute.kernels.cover.spreading import (
    handling_of,
    held_by_member,
    least_grams,
    most_grams,
)
from omniroute.kernels.order.problem import L_TARGET, L_WEIGHT, L_WHOLE, Order


@kernel()
def arrange(case: Case, sets: Sets, n: int) -> None:
    """List the lines that are free to choose, heaviest first; `SET_FREE` of them.

    Notes for each place in the list what members may get from there on.
    """
    order, n_free = case.order, 0
    for a in range(n):
        sets.members[a, M_OWN] = 0
    for x in range(sets.by_weight.size):
        i = sets.by_weight[x]
        line, mask = order.lines[i], sets.lines[i, E_MASK]
        if line[L_WHOLE] == 0 or line[L_TARGET] == 0:
            continue
        if mask & (mask - 1) == 0:
            sets.placed[i] = sets.lines[i, E_OWNER]
            sets.members[sets.placed[i], M_OWN] += line[L_WEIGHT]
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
    case: Case, sets: Sets, n: int, spare: int, slack: int, steps: int
) -> tuple[int, int]:
    """Find who sends what within the brackets at hand.

    ``spare`` is the money there is for handling above the least, ``slack`` what may be
    lost against the bound, times GRAM. Returns ``(PACKED, NO_WAY or GAVE_UP, steps left)``.
    """
    order, n_free = case.order, sets.words[SET_FREE]
    if not _make_room(sets, n) or spare < 0:
        return NO_WAY, steps
    if not _fits_still(sets, n, 0, slack):
        return NO_WAY, steps
    _note_losses(order, sets, n)
    sure, place, back = True, 0, False
    _begin(sets, place)
    while place >= 0 and steps > 0:
        if place == n_free and not back:
            code, steps = pour_all(case, sets, n, spare, steps)
            if code == PACKED:
                return PACKED, steps
            sure, back = sure and code == NO_WAY, True
        if back:
            place -= 1
            if place < 0:
                break
        i = sets.free[place]
        line, a = order.lines[i], sets.placed[i]
        if a >= 0:  # take it back
            spare += _extra(sets, line, i, a)
            slack += sets.losses[i, a]
            sets.members[a, M_ROOM] += line[L_WEIGHT]
        a = _next_member(order, sets, n, i, spare, slack)
        back = a < 0
        if a >= 0:
            steps -= 1
            spare -= _extra(sets, line, i, a)
            slack -= sets.losses[i, a]
            sets.members[a, M_ROOM] -= line[L_WEIGHT]
            if _fits_still(sets, n, place + 1, slack):
                place += 1
                _begin(sets, place)
    if place >= 0:
        return GAVE_UP, 0
    return (NO_WAY if sure else GAVE_UP), steps


@kernel()
def _note_losses(order: Order, sets: Sets, n: int) -> None:
    """Note what each line that is free to choose loses at each member that has it."""
    for x in range(sets.words[SET_FREE]):
        i = sets.free[x]
        for a in range(n):
            if (sets.lines[i, E_MASK] >> a) & 1:
                sets.losses[i, a] = reduced_cost(sets, order.lines[i], i, a)


@kernel()
def _make_room(sets: Sets, n: int) -> bool:
    """Rooms of the brackets at hand, less what each member must send."""
    possible = True
    for a in range(n):
        member = sets.members[a]
        member[M_ROOM] = carried(member, member[M_AT]) - member[M_OWN]
        possible = possible and member[M_ROOM] >= 0
    return possible


@kernel()
def _fits_still(sets: Sets, n: int, place: int, slack: int) -> bool:
    """Whether the rooms may take what is left from a place on.

    Room that cannot be filled any more is lost against the bound.
    """
    later = sets.later[place]
    usable = 0
    for a in range(n):
        member = sets.members[a]
        usable += min(member[M_ROOM], later[a])
        slack -= max(0, member[M_ROOM] - later[a]) * member[M_GRAM]
    return usable >= later[MEMBERS_MAX] and slack >= 0


@kernel()
def _begin(sets: Sets, place: int) -> None:
    """Nobody was tried yet for the line at a place."""
    if place < sets.words[SET_FREE]:
        sets.placed[sets.free[place]] = -1


@kernel()
def _next_member(
    order: Order, sets: Sets, n: int, i: int, spare: int, slack: int
) -> int:
    """The member to try next for line i, by rising loss; -1 if none is left.

    Notes who it is.
    """
    line, mask, before = order.lines[i], sets.lines[i, E_MASK], sets.placed[i]
    best, least, losses = -1, slack, sets.losses[i]
    tried = losses[before] if before >= 0 else -1
    for a in range(n):
        if (mask >> a) & 1 and sets.members[a, M_ROOM] >= line[L_WEIGHT]:
            loss = losses[a]
            later = loss > tried or (loss == tried and a > before)
            better = loss < least or (loss == least and best < 0)
            if later and better and _extra(sets, line, i, a) <= spare:
                best, least = a, loss
    sets.placed[i] = best
    return best


@kernel()
def _extra(sets: Sets, line: I8, i: int, a: int) -> int:
    """Handling of a whole line at a member, above the least."""
    return handling_of(sets.members[a], line) - sets.lines[i, E_LEAST]


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


@kernel()
def send_as_priced(case: Case, sets: Sets, n: int) -> None:
    """Send every line where it costs least at the prices of a gram, full or not."""
    order, fleet = case.order, case.fleet
    unload(order, fleet)
    for i in range(order.lines.shape[0]):
        if order.lines[i, L_TARGET] == 0:
            continue
        if order.lines[i, L_WHOLE]:
            a = best_member(sets, order.lines[i], n, i)
            send(order, fleet, sets.members[a, M_NODE], i, order.lines[i, L_TARGET])
            continue
        mask = rate_members(sets, order.lines[i], n, i)
        while fleet.wants[i, W_LEFT] > 0 and mask:
            a = least_rate(sets, n, mask)
            mask &= ~(1 << a)
            held = held_by_member(case, sets, a, i)
            take = min(held, fleet.wants[i, W_LEFT])
            send(order, fleet, sets.members[a, M_NODE], i, take)
    note_opened(fleet)
