"""What a member can send in grams, bracket by bracket: the sums of the lines it has.

A bracket carries no more than the heaviest load below its limit that can be made of the
member's lines. Where those are few and heavy that is far less, and most brackets are for
nothing: what they carry a cheaper one does too.
"""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.kernels.arrays import I8
from omniroute.kernels.cover.case import Case, charge
from omniroute.kernels.cover.fleet import F_FIRST, H_CAP, H_LINE
from omniroute.kernels.cover.sets import (
    E_HELD,
    E_MASK,
    M_CURVE,
    M_FROM,
    M_HIGH,
    M_LAST,
    M_NODE,
    M_REACH,
    SUMS_MAX,
    Sets,
)
from omniroute.kernels.order.problem import (
    L_GRAMS,
    L_SCALE,
    L_TARGET,
    L_WEIGHT,
    L_WHOLE,
)

#: Adding a load to a list takes a step's time divided by it.
_QUICK = 8


@kernel()
def note_reach(case: Case, sets: Sets, a: int, exactly: bool) -> None:
    """Note the most grams that a member sends within each bracket that matters to it.

    By the sums of its lines, if ``exactly``.
    """
    member, sums = sets.members[a], sets.sums[0]
    limits = case.curves.limit_g[member[M_CURVE]]
    n = _list_sums(case, sets, a) if exactly else 0
    x = 0
    for b in range(member[M_FROM], member[M_LAST] + 1):
        most = min(limits[b], member[M_HIGH])
        while x < n and sums[x] <= most:
            x += 1
        member[M_REACH + b] = sums[x - 1] if x > 0 else most


@kernel()
def _list_sums(case: Case, sets: Sets, a: int) -> int:
    """List the loads that a member can send, rising; how many, 0 if they are too many."""
    fleet, k, n = case.fleet, sets.members[a, M_NODE], 1
    sets.sums[0, 0] = 0
    for e in range(fleet.nodes[k, F_FIRST], fleet.nodes[k + 1, F_FIRST]):
        i = fleet.holdings[e, H_LINE]
        line, mask = case.order.lines[i], sets.lines[i, E_MASK]
        if (mask >> a) & 1 == 0:
            continue
        least, most, grams = 0, 1, line[L_WEIGHT]
        if line[L_WHOLE]:
            least = 1 if mask & (mask - 1) == 0 else 0
        elif line[L_SCALE] > 1:
            return 0  # parts of a unit weigh what they are rounded to
        else:
            most, grams = fleet.holdings[e, H_CAP], line[L_GRAMS]
            least = max(0, line[L_TARGET] - (sets.lines[i, E_HELD] - most))
        n = _add(case, sets.sums, n, least * grams, most - least, grams)
        if n == 0:
            return 0
    return n


@kernel()
def _add(case: Case, sums: I8, n: int, sure: int, times: int, grams: int) -> int:
    """Add to every sum so much for sure, and something up to so many times.

    Returns how many different sums there are then, 0 if they are too many.
    """
    for x in range(n):
        sums[0, x] += sure
    part = 1
    while times > 0 and grams > 0 and n > 0:
        part = min(part, times)
        charge(case, 1 + n // _QUICK)
        n = _merge(sums, n, part * grams)
        times -= part
        part *= 2
    return n


@kernel()
def _merge(sums: I8, n: int, grams: int) -> int:
    """Add to the list its sums and so many grams: how many then, 0 if they are too many."""
    x, y, m = 0, 0, 0
    while y < n:
        if x < n and sums[0, x] <= sums[0, y] + grams:
            least = sums[0, x]
            x += 1
        else:
            least = sums[0, y] + grams
            y += 1
        if m == 0 or least > sums[1, m - 1]:
            if m == SUMS_MAX:
                return 0
            sums[1, m] = least
            m += 1
    for x in range(m):
        sums[0, x] = sums[1, x]
    return m
