"""Every way to share lines to spread out over the rooms there are, until one goes.

Depth first, line by line and member by member, the most a member can send first. Where a
line is handled by the whole unit, and none is yet to come, each member sends all it can or
nothing, those first where a unit is handled for less: no other way costs less or needs
less room. What is left of the lines to come must fit, each by itself, and be paid for.
"""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.kernels.arrays import I8
from omniroute.kernels.cover.case import Case
from omniroute.kernels.cover.pouring import (
    GAVE_UP,
    NO_WAY,
    PACKED,
    clear_rooms,
    may_pour,
    pour_by_thumb,
    takes,
)
from omniroute.kernels.cover.sets import (
    E_LEAST,
    E_MASK,
    M_LEFT,
    M_LINE,
    M_TURN,
    M_UNIT,
    N_SPREAD,
    Sets,
)
from omniroute.kernels.cover.spreading import held_by_member
from omniroute.kernels.order.problem import (
    L_GRAMS,
    L_SCALE,
    L_TARGET,
    grams,
    units_started,
)

#: Effort of pouring a line by the rule of thumb, and the most of sharing lines out.
POUR_STEPS = 20
SHARE_STEPS = 3_000
#: Nothing was tried yet of what a member may send; nothing is left to try.
UNTRIED = -1
NONE_LEFT = -2


@kernel()
def pour_all(case: Case, sets: Sets, n: int, spare: int, steps: int) -> tuple[int, int]:
    """Pour the lines to spread into the rooms left, for no more handling than ``spare``.

    What members send is left in ``poured``. Returns ``(PACKED, NO_WAY, or GAVE_UP where
    another way might still go; steps left)``.
    """
    n_spread = sets.words[N_SPREAD]
    if n_spread == 0:
        return PACKED, steps
    steps -= POUR_STEPS * n_spread
    code = pour_by_thumb(case, sets, n, spare)
    if code == GAVE_UP:
        return _share(case, sets, n, spare, steps)
    return code, steps


@kernel()
def _share(case: Case, sets: Sets, n: int, spare: int, steps: int) -> tuple[int, int]:
    """Try every way to share the lines out, within `SHARE_STEPS`."""
    clear_rooms(sets, n)
    _order_members(sets, n)
    end = sets.words[N_SPREAD] * n
    tries = min(SHARE_STEPS, steps)
    steps -= tries
    place, back, left = 0, False, 0
    while tries > 0:
        if place == end and not back:
            return PACKED, steps + tries
        tries -= 1
        if back:
            if place % n == 0:  # the line before was served in full
                left = 0
                if place < end:
                    spare -= sets.lines[sets.shared[place // n], E_LEAST]
            place -= 1
            if place < 0:
                return NO_WAY, steps + tries
        i = sets.shared[place // n]
        line, a = case.order.lines[i], sets.members[place % n, M_TURN]
        if back:
            left += sets.poured[i, a]
            spare += _change(sets, line, i, a, 1)
        else:
            sets.poured[i, a] = UNTRIED
            if place % n == 0:
                left = line[L_TARGET]
                if not may_pour(case, sets, n, place // n, spare):
                    sets.poured[i, a] = NONE_LEFT
                spare += sets.lines[i, E_LEAST]
        _try_next(case, sets, n, place, left, spare)
        back = sets.poured[i, a] < 0
        if not back:
            left -= sets.poured[i, a]
            spare -= _change(sets, line, i, a, -1)
            place += 1
    return GAVE_UP, steps


@kernel()
def _order_members(sets: Sets, n: int) -> None:
    """List the members by rising handling of a unit."""
    for a in range(n):
        y = a
        while y > 0:
            before = sets.members[y - 1, M_TURN]
            if sets.members[before, M_UNIT] <= sets.members[a, M_UNIT]:
                break
            sets.members[y, M_TURN] = before
            y -= 1
        sets.members[y, M_TURN] = a


@kernel()
def _change(sets: Sets, line: I8, i: int, a: int, sign: int) -> int:
    """Give back (1) or take (-1) the room of what a member sends; returns its handling."""
    quantity, member = sets.poured[i, a], sets.members[a]
    member[M_LEFT] += sign * grams(quantity, line[L_GRAMS], line[L_SCALE])
    return _handling(member, line, quantity)


@kernel()
def _handling(member: I8, line: I8, quantity: int) -> int:
    """Handling money of a part of a line."""
    if quantity == 0:
        return 0
    return member[M_LINE] + member[M_UNIT] * units_started(quantity, line[L_SCALE])


@kernel()
def _try_next(
    case: Case, sets: Sets, n: int, place: int, left: int, spare: int
) -> None:
    """Note what the member at a place sends next: less than before, if it can be paid."""
    i = sets.shared[place // n]
    line, a = case.order.lines[i], sets.members[place % n, M_TURN]
    sent = sets.poured[i, a]
    if sent == NONE_LEFT:
        return
    most = min(_able(case, sets, a, i), left)
    least = left
    for turn in range(place % n + 1, n):
        least -= _able(case, sets, sets.members[turn, M_TURN], i)
    least = max(0, least)
    is_last = place // n == sets.words[N_SPREAD] - 1
    all_or_nothing = is_last and line[L_SCALE] <= 1
    if sent == UNTRIED:
        sent = most
    elif all_or_nothing:
        sent = 0 if sent > 0 else NONE_LEFT
    else:
        sent -= 1
    if sent > 0 and _handling(sets.members[a], line, sent) > spare:
        sent = 0 if all_or_nothing else _affordable(sets.members[a], line, sent, spare)
    sets.poured[i, a] = sent if sent >= least else NONE_LEFT


@kernel()
def _affordable(member: I8, line: I8, sent: int, spare: int) -> int:
    """As much of a part as can be paid."""
    while sent > 0 and _handling(member, line, sent) > spare:
        sent -= 1
    return sent


@kernel()
def _able(case: Case, sets: Sets, a: int, i: int) -> int:
    """Quanta of a line that a member can send within the room it has left."""
    if (sets.lines[i, E_MASK] >> a) & 1 == 0:
        return 0
    return takes(case, sets, a, i, held_by_member(case, sets, a, i))
