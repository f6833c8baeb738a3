"""Lines that several nodes of a set share: what they cost at least, who must send them."""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.codes import UNREACHED
from omniroute.kernels.arrays import I8
from omniroute.kernels.cover.case import Case
from omniroute.kernels.cover.fleet import F_FIRST, H_CAP, H_LINE, holding_of
from omniroute.kernels.cover.sets import (
    ANYONE,
    E_HELD,
    E_LEAST,
    E_MASK,
    E_UNITS,
    M_LINE,
    M_LOW,
    M_NODE,
    M_UNIT,
    Sets,
)
from omniroute.kernels.order.problem import (
    L_GRAMS,
    L_SCALE,
    L_TARGET,
    L_UNITS,
    L_WHOLE,
    grams,
    prorated,
    quanta_of_unit,
)


@kernel()
def least_grams(quantity: int, line: I8) -> int:
    """Grams of some of a line, rounded down: its parts may weigh so little in all."""
    return quantity * line[L_GRAMS] // quanta_of_unit(line[L_SCALE])


@kernel()
def most_grams(quantity: int, line: I8) -> int:
    """Grams of some of a line, rounded up: rounded down, parts could miss the whole."""
    return grams(quantity, line[L_GRAMS], line[L_SCALE])


@kernel()
def handling_of(member: I8, line: I8) -> int:
    """Handling money of a whole line at a member."""
    return member[M_LINE] + member[M_UNIT] * line[L_UNITS]


@kernel()
def held_by_member(case: Case, sets: Sets, a: int, i: int) -> int:
    """Quanta of line i that a member can send."""
    k = sets.members[a, M_NODE]
    if k == ANYONE:
        return case.order.lines[i, L_TARGET]
    return case.fleet.holdings[holding_of(case.fleet, k, i), H_CAP]


@kernel()
def oblige_spread(case: Case, sets: Sets, n: int, i: int) -> None:
    """Note the least handling of a line to spread.

    Units where they are cheapest, as far as those members hold them; no fewer parts than
    the largest holdings need, and a part at everyone who must send some.
    """
    entry = sets.lines[i]
    target = case.order.lines[i, L_TARGET]
    line_fee, forced, forced_fee = UNREACHED, 0, 0
    for a in range(n):
        if (entry[E_MASK] >> a) & 1:
            line_fee = min(line_fee, sets.members[a, M_LINE])
            if entry[E_HELD] - held_by_member(case, sets, a, i) < target:
                forced += 1
                forced_fee += sets.members[a, M_LINE]
    parts = _fewest_parts(case, sets, n, i)
    money = _cheapest_units(case, sets, n, i)
    entry[E_UNITS] = money
    entry[E_LEAST] = money + forced_fee + max(0, parts - forced) * line_fee


@kernel()
def _cheapest_units(case: Case, sets: Sets, n: int, i: int) -> int:
    """Handling per unit of a line to spread, at least."""
    line = case.order.lines[i]
    left, money, mask = line[L_TARGET], 0, sets.lines[i, E_MASK]
    while left > 0 and mask:
        best = -1
        for a in range(n):
            if (mask >> a) & 1:
                if best < 0 or sets.members[a, M_UNIT] < sets.members[best, M_UNIT]:
                    best = a
        mask &= ~(1 << best)
        take = min(left, held_by_member(case, sets, best, i))
        # A unit that several share is counted once, where it is cheapest.
        money += prorated(take, sets.members[best, M_UNIT], line[L_SCALE])
        left -= take
    return money


@kernel()
def _fewest_parts(case: Case, sets: Sets, n: int, i: int) -> int:
    """How many members it takes at least to send a line."""
    left, parts, mask = case.order.lines[i, L_TARGET], 0, sets.lines[i, E_MASK]
    while left > 0 and mask:
        best, most = 0, 0
        for a in range(n):
            if (mask >> a) & 1:
                held = held_by_member(case, sets, a, i)
                if held > most:
                    best, most = a, held
        mask &= ~(1 << best)
        left -= most
        parts += 1
    return parts


@kernel()
def oblige_holders(case: Case, sets: Sets, n: int) -> None:
    """Of a line to spread, a member must send what the others lack."""
    order, fleet = case.order, case.fleet
    for a in range(n):
        k = sets.members[a, M_NODE]
        if k == ANYONE:
            for i in range(sets.lines.shape[0]):
                _oblige_holder(order.lines[i], sets, a, i, order.lines[i, L_TARGET])
            continue
        for e in range(fleet.nodes[k, F_FIRST], fleet.nodes[k + 1, F_FIRST]):
            i = fleet.holdings[e, H_LINE]
            _oblige_holder(order.lines[i], sets, a, i, fleet.holdings[e, H_CAP])


@kernel()
def _oblige_holder(line: I8, sets: Sets, a: int, i: int, held: int) -> None:
    if line[L_WHOLE] == 0:
        missing = max(0, line[L_TARGET] - (sets.lines[i, E_HELD] - held))
        sets.members[a, M_LOW] += least_grams(missing, line)
