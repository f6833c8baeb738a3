"""What the nodes of a set must and can send, and what handling costs them at least.

A line that a single member holds weighs on that member whatever happens, and nobody sends
more than it holds: between the two lie the brackets that a member may pay for.
"""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.codes import UNREACHED
from omniroute.kernels.arrays import I8
from omniroute.kernels.cover.case import Case
from omniroute.kernels.cover.curves import first_bracket
from omniroute.kernels.cover.fleet import F_CLASS, F_FIRST, H_CAP, H_LINE
from omniroute.kernels.cover.gram_prices import reduced_cost
from omniroute.kernels.cover.reach import note_reach
from omniroute.kernels.cover.sets import (
    ANY_CURVE,
    ANY_LINE,
    ANY_ORDER,
    ANY_UNIT,
    ANYONE,
    E_HELD,
    E_LEAST,
    E_MASK,
    E_OWNER,
    M_CURVE,
    M_FROM,
    M_HIGH,
    M_LAST,
    M_LINE,
    M_LOW,
    M_NODE,
    M_UNIT,
    N_SPREAD,
    SET_BRIEF,
    SET_GRAMS,
    SET_MONEY,
    Sets,
)
from omniroute.kernels.cover.spreading import (
    handling_of,
    least_grams,
    most_grams,
    oblige_holders,
    oblige_spread,
)
from omniroute.kernels.order.layout import C_LINE, C_ORDER, C_UNIT
from omniroute.kernels.order.problem import (
    L_TARGET,
    L_WEIGHT,
    L_WHOLE,
    Order,
)


@kernel()
def measure(case: Case, sets: Sets, n: int) -> None:
    """Take stock of the first ``n`` members, whose `M_NODE` is given.

    `SET_MONEY` is then what is paid in any case, `UNREACHED` if a member cannot send what
    it must; `SET_GRAMS` is the weight of all there is to send, at least.
    """
    money = 0
    for a in range(n):
        money += _introduce(case, sets, a)
    _collect(case, sets, n)
    sets.words[SET_MONEY], sets.words[SET_GRAMS] = money, 0
    _oblige(case, sets, n)
    if not rebracket(case, sets, n):
        sets.words[SET_MONEY] = UNREACHED


@kernel()
def _introduce(case: Case, sets: Sets, a: int) -> int:
    """Note a member's prices; returns what it costs to open it."""
    member, words = sets.members[a], sets.words
    member[M_LOW], member[M_HIGH] = 0, 0
    if member[M_NODE] == ANYONE:
        member[M_CURVE] = words[ANY_CURVE]
        member[M_LINE], member[M_UNIT] = words[ANY_LINE], words[ANY_UNIT]
        return words[ANY_ORDER]
    c = case.fleet.nodes[member[M_NODE], F_CLASS]
    record = case.lanes.records[c]
    member[M_CURVE] = case.curves.of[c]
    member[M_LINE], member[M_UNIT] = record[C_LINE], record[C_UNIT]
    return record[C_ORDER]


@kernel()
def _collect(case: Case, sets: Sets, n: int) -> None:
    """Note for every line which members have it and what handling costs least."""
    order, fleet = case.order, case.fleet
    for i in range(sets.lines.shape[0]):
        sets.lines[i, E_MASK], sets.lines[i, E_HELD] = 0, 0
        sets.lines[i, E_LEAST] = UNREACHED
    for a in range(n):
        k = sets.members[a, M_NODE]
        if k == ANYONE:
            for i in range(sets.lines.shape[0]):
                _count_holding(order, sets, a, i, order.lines[i, L_TARGET])
            continue
        for e in range(fleet.nodes[k, F_FIRST], fleet.nodes[k + 1, F_FIRST]):
            i = fleet.holdings[e, H_LINE]
            _count_holding(order, sets, a, i, fleet.holdings[e, H_CAP])


@kernel()
def _count_holding(order: Order, sets: Sets, a: int, i: int, held: int) -> None:
    """Let member a have so much of line i."""
    member, line, entry = sets.members[a], order.lines[i], sets.lines[i]
    entry[E_MASK] |= 1 << a
    entry[E_OWNER] = a
    entry[E_HELD] += held
    if line[L_WHOLE]:
        member[M_HIGH] += line[L_WEIGHT]
        entry[E_LEAST] = min(entry[E_LEAST], handling_of(member, line))
    else:
        member[M_HIGH] += most_grams(held, line)


@kernel()
def _oblige(case: Case, sets: Sets, n: int) -> None:
    """Note what each member must send; add up the least handling, and the grams."""
    for i in range(sets.lines.shape[0]):
        line, entry = case.order.lines[i], sets.lines[i]
        if line[L_TARGET] == 0:
            continue
        if line[L_WHOLE]:
            sets.words[SET_GRAMS] += line[L_WEIGHT]
            if entry[E_MASK] & (entry[E_MASK] - 1) == 0:
                sets.members[entry[E_OWNER], M_LOW] += line[L_WEIGHT]
        else:
            sets.words[SET_GRAMS] += least_grams(line[L_TARGET], line)
            oblige_spread(case, sets, n, i)
        sets.words[SET_MONEY] += entry[E_LEAST]
    if sets.words[N_SPREAD] > 0:
        oblige_holders(case, sets, n)


@kernel()
def rebracket(case: Case, sets: Sets, n: int) -> bool:
    """Note the brackets that matter to each member; False if it must send too much."""
    curves = case.curves
    sums = not sets.words[SET_BRIEF] and sets.members[n - 1, M_NODE] != ANYONE
    for a in range(n):
        member = sets.members[a]
        last = curves.n[member[M_CURVE]] - 1
        member[M_FROM] = first_bracket(curves, member[M_CURVE], member[M_LOW])
        if member[M_FROM] > last:
            return False
        high = first_bracket(curves, member[M_CURVE], member[M_HIGH])
        member[M_LAST] = min(high, last)
        note_reach(case, sets, a, sums)
    return True


@kernel()
def narrow(order: Order, sets: Sets, n: int, slack: int) -> bool:
    """Take whole lines from members where they lose more than ``slack``, times GRAM.

    True if that changed anything; `rebracket` is then called for.
    """
    changed = False
    for i in range(sets.lines.shape[0]):
        line, entry = order.lines[i], sets.lines[i]
        before = entry[E_MASK]
        if line[L_WHOLE] == 0 or before & (before - 1) == 0:
            continue
        for a in range(n):
            if (before >> a) & 1 and reduced_cost(sets, line, i, a) > slack:
                entry[E_MASK] &= ~(1 << a)
                sets.members[a, M_HIGH] -= line[L_WEIGHT]
        if entry[E_MASK] != before:
            changed = True
            _note_owner(line, entry, sets, n)
    return changed


@kernel()
def assign(order: Order, sets: Sets, n: int, i: int, a: int) -> None:
    """Let member a send whole line i, and nobody else; `rebracket` is then called for."""
    line, entry = order.lines[i], sets.lines[i]
    if entry[E_MASK] & (entry[E_MASK] - 1) == 0:
        return
    for other in range(n):
        if other != a and (entry[E_MASK] >> other) & 1:
            sets.members[other, M_HIGH] -= line[L_WEIGHT]
    entry[E_MASK] = 1 << a
    _note_owner(line, entry, sets, n)


@kernel()
def _note_owner(line: I8, entry: I8, sets: Sets, n: int) -> None:
    """If only one member is left for a line, it must send it."""
    if entry[E_MASK] & (entry[E_MASK] - 1) == 0:
        for a in range(n):
            if (entry[E_MASK] >> a) & 1:
                entry[E_OWNER] = a
                sets.members[a, M_LOW] += line[L_WEIGHT]
