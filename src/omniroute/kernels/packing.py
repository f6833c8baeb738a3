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
from omniroute.kernels.brackets import (
    E_LEAST,
    E_MASK,
    E_OWNER,
    M_CURVE,
    M_GRAMS,
    M_LINE,
    M_NODE,
    M_POURED,
    M_ROOM,
    M_UNIT,
    MEMBERS_MAX,
    Sets,
    handling_of,
)
from omniroute.kernels.curves import Curves
from omniroute.kernels.fleet import (
    F_FIRST,
    F_LOAD,
    H_AMOUNT,
    H_CAP,
    H_LINE,
    W_LEFT,
    Fleet,
    add_to_load,
    holding_of,
    note_opened,
    unload,
)
from omniroute.kernels.problem import (
    L_GRAMS,
    L_SCALE,
    L_TARGET,
    L_WEIGHT,
    L_WHOLE,
    Order,
    grams,
    units_started,
)

PACKED, NO_WAY, GAVE_UP = 1, 0, -1
#: Effort of pouring, in steps of packing.
POUR_STEPS = 20


@kernel()
def arrange(order: Order, fleet: Fleet, sets: Sets, n: int) -> int:
    """List the lines that are free to choose, heaviest first; their number.

    Notes for each place in the list what members may get from there on.
    """
    n_free = 0
    for x in range(sets.by_weight.size):
        i = sets.by_weight[x]
        line, mask = order.lines[i], sets.lines[i, E_MASK]
        if line[L_WHOLE] == 0 or line[L_TARGET] == 0:
            continue
        if mask & (mask - 1) == 0:
            sets.placed[i] = sets.lines[i, E_OWNER]
        else:
            sets.placed[i] = -1
            sets.free[n_free] = i
            n_free += 1
    _sum_spread(order, fleet, sets, n, sets.later[n_free])
    for x in range(n_free - 1, -1, -1):
        i = sets.free[x]
        weight_g = order.lines[i, L_WEIGHT]
        here, after = sets.later[x], sets.later[x + 1]
        here[MEMBERS_MAX] = after[MEMBERS_MAX] + weight_g
        for a in range(n):
            here[a] = after[a] + ((sets.lines[i, E_MASK] >> a) & 1) * weight_g
    return n_free


@kernel()
def _sum_spread(order: Order, fleet: Fleet, sets: Sets, n: int, row: I8) -> None:
    """Grams of lines to spread: what each member holds, and what is to be sent."""
    row[MEMBERS_MAX] = 0
    for i in range(order.lines.shape[0]):
        line = order.lines[i]
        if line[L_WHOLE] == 0:
            row[MEMBERS_MAX] += line[L_TARGET] * line[L_GRAMS] // line[L_SCALE]
    for a in range(n):
        row[a] = 0
        k = sets.members[a, M_NODE]
        for e in range(fleet.nodes[k, F_FIRST], fleet.nodes[k + 1, F_FIRST]):
            line = order.lines[fleet.holdings[e, H_LINE]]
            if line[L_WHOLE] == 0:
                row[a] += grams(fleet.holdings[e, H_CAP], line[L_GRAMS], line[L_SCALE])


@kernel()
def _fits_still(sets: Sets, n: int, place: int) -> bool:
    """Whether the rooms may take what is left from a place on."""
    later = sets.later[place]
    usable = 0
    for a in range(n):
        usable += min(sets.members[a, M_ROOM], later[a])
    return usable >= later[MEMBERS_MAX]


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
def _next_member(order: Order, sets: Sets, n: int, i: int, spare: int) -> int:
    """The member to try next for line i, -1 if none is left."""
    line, entry = order.lines[i], sets.lines[i]
    for a in range(sets.placed[i] + 1, n):
        member = sets.members[a]
        if (entry[E_MASK] >> a) & 1 and member[M_ROOM] >= line[L_WEIGHT]:
            if handling_of(member, line) - entry[E_LEAST] <= spare:
                return a
    return -1


@kernel()
def pack(
    order: Order,
    curves: Curves,
    fleet: Fleet,
    sets: Sets,
    n: int,
    n_free: int,
    x: int,
    spare: int,
    steps: int,
) -> tuple[int, int]:
    """Find who sends what within the brackets of choice ``x``.

    ``spare`` is the handling money there is above the least. Returns ``(PACKED, NO_WAY
    or GAVE_UP, steps left)``.
    """
    if not _make_room(order, curves, sets, n, x) or not _fits_still(sets, n, 0):
        return NO_WAY, steps
    _forget(sets, n_free)
    sure, place = True, 0
    back = False
    while True:
        if place == n_free and not back:
            code = _pour_all(order, fleet, sets, n, spare, False)
            steps -= POUR_STEPS
            if code == PACKED:
                return PACKED, steps
            sure = sure and code == NO_WAY
            back = True
        if back:
            place -= 1
            if place < 0:
                return (NO_WAY if sure else GAVE_UP), steps
        i = sets.free[place]
        line, entry = order.lines[i], sets.lines[i]
        a = sets.placed[i]
        if a >= 0:
            sets.members[a, M_ROOM] += line[L_WEIGHT]
            spare += handling_of(sets.members[a], line) - entry[E_LEAST]
        a = _next_member(order, sets, n, i, spare)
        sets.placed[i] = a
        back = a < 0
        if a >= 0:
            steps -= 1
            if steps <= 0:
                return GAVE_UP, 0
            sets.members[a, M_ROOM] -= line[L_WEIGHT]
            spare -= handling_of(sets.members[a], line) - entry[E_LEAST]
            if _fits_still(sets, n, place + 1):
                place += 1
                if place < n_free:
                    sets.placed[sets.free[place]] = -1


@kernel()
def _forget(sets: Sets, n_free: int) -> None:
    for x in range(n_free):
        sets.placed[sets.free[x]] = -1


# -- lines to spread -------------------------------------------------------------------


@kernel()
def _pour_all(
    order: Order, fleet: Fleet, sets: Sets, n: int, spare: int, write: bool
) -> int:
    """Pour the lines to spread into the rooms left; ``write`` carries it out.

    `GAVE_UP` where another way to pour might still go.
    """
    if not write and not _may_pour(order, fleet, sets, n, spare):
        return NO_WAY
    for a in range(n):
        sets.members[a, M_GRAMS] = sets.members[a, M_ROOM]
    for i in range(order.lines.shape[0]):
        if order.lines[i, L_WHOLE] == 0 and order.lines[i, L_TARGET] > 0:
            extra, left = _pour(order, fleet, sets, n, i, False, False)
            if left > 0:
                return GAVE_UP
            other, still = _pour(order, fleet, sets, n, i, True, False)
            cheap = still == 0 and other < extra
            _pour(order, fleet, sets, n, i, cheap, True)
            if write:
                _send_poured(order, fleet, sets, n, i)
            spare -= min(extra, other) if cheap else extra
            if spare < 0:
                return GAVE_UP
    return PACKED


@kernel()
def _may_pour(order: Order, fleet: Fleet, sets: Sets, n: int, spare: int) -> bool:
    """Whether each line to spread, had it the rooms to itself, could be poured."""
    for a in range(n):
        sets.members[a, M_GRAMS] = sets.members[a, M_ROOM]
    for i in range(order.lines.shape[0]):
        if order.lines[i, L_WHOLE] == 0 and order.lines[i, L_TARGET] > 0:
            for a in range(n):
                sets.members[a, M_POURED] = 0
                if (sets.lines[i, E_MASK] >> a) & 1:
                    e = holding_of(fleet, sets.members[a, M_NODE], i)
                    sets.members[a, M_POURED] = _takes(
                        sets.members[a],
                        order.lines[i],
                        fleet.holdings[e, H_CAP],
                        order.lines[i, L_TARGET],
                    )
            extra, left = _least_extra(order.lines[i], sets.lines[i], sets, n)
            spare -= max(0, extra)
            if left > 0 or spare < 0:
                return False
    return True


@kernel()
def _least_extra(line: I8, entry: I8, sets: Sets, n: int) -> tuple[int, int]:
    """Handling above the least, at least, where members take up to `M_POURED`.

    Fewest parts, each at the lowest fee; units where they are cheapest. Also returns
    what is left over.
    """
    fee, money, parts = -1, 0, 0
    left, done = line[L_TARGET], 0
    while left > 0:
        best = -1
        for a in range(n):
            if (done >> a) & 1 == 0 and sets.members[a, M_POURED] > 0:
                if best < 0 or sets.members[a, M_UNIT] < sets.members[best, M_UNIT]:
                    best = a
        if best < 0:
            return 0, left
        done |= 1 << best
        take = min(left, sets.members[best, M_POURED])
        money += take * sets.members[best, M_UNIT] // line[L_SCALE]
        left -= take
    left, done = line[L_TARGET], 0
    while left > 0:
        best, most = 0, 0
        for a in range(n):
            member = sets.members[a]
            if (done >> a) & 1 == 0 and member[M_POURED] > most:
                best, most = a, member[M_POURED]
            if member[M_POURED] > 0 and (fee < 0 or member[M_LINE] < fee):
                fee = member[M_LINE]
        done |= 1 << best
        left -= most
        parts += 1
    return money + parts * fee - entry[E_LEAST], 0


@kernel()
def _pour(
    order: Order, fleet: Fleet, sets: Sets, n: int, i: int, cheap: bool, keep: bool
) -> tuple[int, int]:
    """Pour one line: ``(handling above the least, quanta left over)``.

    Most first, or with ``cheap`` where a unit is handled for less. ``keep`` takes the
    room, and notes the quantities in `M_POURED`.
    """
    line, entry = order.lines[i], sets.lines[i]
    left, mask, money = line[L_TARGET], entry[E_MASK], 0
    if keep:
        for a in range(n):
            sets.members[a, M_POURED] = 0
    while left > 0 and mask != 0:
        best, most = -1, 0
        for a in range(n):
            if (mask >> a) & 1:
                member = sets.members[a]
                e = holding_of(fleet, member[M_NODE], i)
                take = _takes(member, line, fleet.holdings[e, H_CAP], left)
                better = take > most
                if cheap and best >= 0 and take > 0:
                    fee = sets.members[best, M_UNIT]
                    if member[M_UNIT] != fee:
                        better = member[M_UNIT] < fee
                if better:
                    best, most = a, take
        if best < 0:
            break
        mask &= ~(1 << best)
        left -= most
        member = sets.members[best]
        money += member[M_LINE] + member[M_UNIT] * units_started(most, line[L_SCALE])
        if keep:
            member[M_GRAMS] -= grams(most, line[L_GRAMS], line[L_SCALE])
            member[M_POURED] = most
    return money - entry[E_LEAST], left


@kernel()
def _send_poured(order: Order, fleet: Fleet, sets: Sets, n: int, i: int) -> None:
    for a in range(n):
        amount, k = sets.members[a, M_POURED], sets.members[a, M_NODE]
        if amount > 0:
            _place(order, fleet, k, holding_of(fleet, k, i), amount)


@kernel()
def _takes(member: I8, line: I8, cap: int, left: int) -> int:
    """Quanta of a line that a member can take into its room."""
    take = min(cap, left)
    if line[L_GRAMS] > 0:
        take = min(take, member[M_GRAMS] * line[L_SCALE] // line[L_GRAMS])
    return take


@kernel()
def _place(order: Order, fleet: Fleet, k: int, e: int, amount: int) -> None:
    i = fleet.holdings[e, H_LINE]
    fleet.holdings[e, H_AMOUNT] = amount
    fleet.wants[i, W_LEFT] -= amount
    add_to_load(order, i, amount, 1, fleet.nodes[k, F_LOAD:])


@kernel()
def carry_out(order: Order, fleet: Fleet, sets: Sets, n: int) -> None:
    """Make what was packed the plan of the fleet."""
    unload(order, fleet)
    for i in range(order.lines.shape[0]):
        line = order.lines[i]
        if line[L_WHOLE] and line[L_TARGET] > 0:
            k = sets.members[sets.placed[i], M_NODE]
            _place(order, fleet, k, holding_of(fleet, k, i), line[L_TARGET])
    _pour_all(order, fleet, sets, n, 1 << 60, True)
    note_opened(fleet)
