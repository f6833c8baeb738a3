"""Lines to spread, poured into the rooms that packing has left over: a rule of thumb.

One line after the other: most first, or where a unit is handled for less. That it fails
proves nothing (`sharing` then tries every way); only a line that would not even fit by
itself does.
"""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.kernels.arrays import I8
from omniroute.kernels.cover.case import Case
from omniroute.kernels.cover.fleet import send
from omniroute.kernels.cover.sets import (
    E_LEAST,
    E_MASK,
    M_LEFT,
    M_LINE,
    M_NODE,
    M_POURED,
    M_ROOM,
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
    prorated,
    quanta_of_unit,
    units_started,
)

PACKED, NO_WAY, GAVE_UP = 1, 0, -1


@kernel()
def pour_by_thumb(case: Case, sets: Sets, n: int, spare: int) -> int:
    """Pour the lines to spread into the rooms left, for no more handling than ``spare``.

    What members send is left in ``poured``; `GAVE_UP` where another way might still go.
    """
    clear_rooms(sets, n)
    if not may_pour(case, sets, n, 0, spare):
        return NO_WAY
    for x in range(sets.words[N_SPREAD]):
        i = sets.shared[x]
        extra, left = _pour_better(case, sets, n, i)
        spare -= extra
        if left > 0 or spare < 0:
            return GAVE_UP
        for a in range(n):
            sets.poured[i, a] = sets.members[a, M_POURED]
    return PACKED


@kernel()
def send_poured(case: Case, sets: Sets, n: int) -> None:
    """Let the members send what was poured."""
    for x in range(sets.words[N_SPREAD]):
        i = sets.shared[x]
        for a in range(n):
            if sets.poured[i, a] > 0:
                k = sets.members[a, M_NODE]
                send(case.order, case.fleet, k, i, sets.poured[i, a])


@kernel()
def clear_rooms(sets: Sets, n: int) -> None:
    """All the room that packing left is there for pouring."""
    for a in range(n):
        sets.members[a, M_LEFT] = sets.members[a, M_ROOM]


# -- whether it can be done at all -----------------------------------------------------


@kernel()
def may_pour(case: Case, sets: Sets, n: int, first: int, spare: int) -> bool:
    """Whether each line from the first on, had it the rooms to itself, could be poured."""
    for x in range(first, sets.words[N_SPREAD]):
        i = sets.shared[x]
        for a in range(n):
            sets.members[a, M_POURED] = 0
            if (sets.lines[i, E_MASK] >> a) & 1:
                held = held_by_member(case, sets, a, i)
                sets.members[a, M_POURED] = takes(case, sets, a, i, held)
        extra, left = _least_extra(case, sets, n, i)
        spare -= max(0, extra)
        if left > 0 or spare < 0:
            return False
    return True


@kernel()
def takes(case: Case, sets: Sets, a: int, i: int, most: int) -> int:
    """Quanta of a line that a member can take into its room."""
    line = case.order.lines[i]
    take = min(most, line[L_TARGET])
    if line[L_GRAMS] > 0:
        quanta = quanta_of_unit(line[L_SCALE])
        take = min(take, sets.members[a, M_LEFT] * quanta // line[L_GRAMS])
    return take


@kernel()
def _least_extra(case: Case, sets: Sets, n: int, i: int) -> tuple[int, int]:
    """Handling above the least, at least, where members take up to `M_POURED`.

    Fewest parts, each at the lowest fee; units where they are cheapest. Also returns
    what is left over.
    """
    line = case.order.lines[i]
    money, left = _cheapest_units(line, sets, n)
    if left > 0:
        return 0, left
    fee = -1
    for a in range(n):
        member = sets.members[a]
        if member[M_POURED] > 0 and (fee < 0 or member[M_LINE] < fee):
            fee = member[M_LINE]
    parts = _fewest_parts(line, sets, n)
    return money + parts * fee - sets.lines[i, E_LEAST], 0


@kernel()
def _cheapest_units(line: I8, sets: Sets, n: int) -> tuple[int, int]:
    """Handling per unit, at least; and what is left over."""
    money, left, done = 0, line[L_TARGET], 0
    while left > 0:
        best = -1
        for a in range(n):
            if (done >> a) & 1 == 0 and sets.members[a, M_POURED] > 0:
                if best < 0 or sets.members[a, M_UNIT] < sets.members[best, M_UNIT]:
                    best = a
        if best < 0:
            break
        done |= 1 << best
        take = min(left, sets.members[best, M_POURED])
        money += prorated(take, sets.members[best, M_UNIT], line[L_SCALE])
        left -= take
    return money, left


@kernel()
def _fewest_parts(line: I8, sets: Sets, n: int) -> int:
    """How many members it takes at least; together they take it all."""
    parts, left, done = 0, line[L_TARGET], 0
    while left > 0:
        best, most = 0, 0
        for a in range(n):
            if (done >> a) & 1 == 0 and sets.members[a, M_POURED] > most:
                best, most = a, sets.members[a, M_POURED]
        done |= 1 << best
        left -= most
        parts += 1
    return parts


# -- doing it --------------------------------------------------------------------------


@kernel()
def _pour_better(case: Case, sets: Sets, n: int, i: int) -> tuple[int, int]:
    """Pour one line the better of two ways: ``(handling above the least, left over)``.

    Takes the room for it; quantities are noted in `M_POURED`.
    """
    extra, left = _pour(case, sets, n, i, False)
    if left > 0:
        return extra, left
    other, still = _pour(case, sets, n, i, True)
    if still > 0 or other >= extra:
        _pour(case, sets, n, i, False)
    line = case.order.lines[i]
    for a in range(n):
        poured = sets.members[a, M_POURED]
        sets.members[a, M_LEFT] -= grams(poured, line[L_GRAMS], line[L_SCALE])
    return (min(extra, other) if still == 0 else extra), 0


@kernel()
def _pour(case: Case, sets: Sets, n: int, i: int, cheap: bool) -> tuple[int, int]:
    """Pour one line: ``(handling above the least, quanta left over)``.

    Most first, or with ``cheap`` where a unit is handled for less.
    """
    line, entry = case.order.lines[i], sets.lines[i]
    left, mask, money = line[L_TARGET], entry[E_MASK], 0
    for a in range(n):
        sets.members[a, M_POURED] = 0
    while left > 0 and mask != 0:
        best, most = -1, 0
        for a in range(n):
            if (mask >> a) & 1:
                held = min(held_by_member(case, sets, a, i), left)
                take = takes(case, sets, a, i, held)
                better = take > most
                if cheap and best >= 0 and take > 0:
                    fee = sets.members[best, M_UNIT]
                    if sets.members[a, M_UNIT] != fee:
                        better = sets.members[a, M_UNIT] < fee
                if better:
                    best, most = a, take
        if best < 0:
            break
        mask &= ~(1 << best)
        left -= most
        member = sets.members[best]
        member[M_POURED] = most
        money += member[M_LINE] + member[M_UNIT] * units_started(most, line[L_SCALE])
    return money - entry[E_LEAST], left
