"""Choices of brackets of a set: listed cheap ones first, and lines packed into each."""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.codes import UNREACHED
from omniroute.kernels.cover.brackets import (
    bound_of_choice,
    next_choice,
    price_of_choice,
    start_choices,
)
from omniroute.kernels.cover.case import (
    G_BUDGET,
    G_UNIT,
    Case,
    charge,
    keep_if_cheaper,
    to_beat,
)
from omniroute.kernels.cover.gram_prices import (
    GRAM,
    go_back_to_set,
    least_money,
    price_rooms,
)
from omniroute.kernels.cover.packing import arrange, carry_out, pack
from omniroute.kernels.cover.pouring import GAVE_UP, NO_WAY, PACKED
from omniroute.kernels.cover.sets import (
    SET_LIMIT,
    SET_MONEY,
    SET_STOP,
    Sets,
)

#: The most of one packing before its rooms are priced.
FIRST_STEPS = 200
#: The first choices are those within one part in 2**6 of what there is to spare.
_PORTIONS = 6


@kernel()
def brackets_to_beat(case: Case, sets: Sets) -> int:
    """The most that the brackets of a cheaper plan of the set cost."""
    return to_beat(case.goal) - sets.words[SET_MONEY]


@kernel()
def try_choices(case: Case, sets: Sets, n: int) -> int:
    """Pack the choices of brackets, the cheap ones first; the least cost left open.

    Rather than sort them, it lists them again and again, at first those that cost hardly
    more than the bound, then some more; each is packed once. It ends where no more than
    `SET_STOP` steps are left.
    """
    arrange(case, sets, n)
    done, left_open = least_money(sets) - 1, UNREACHED
    part = (brackets_to_beat(case, sets) - done) >> _PORTIONS
    while done < brackets_to_beat(case, sets):
        part = 4 * part + case.goal[G_UNIT]
        most = min(done + part, brackets_to_beat(case, sets))
        start_choices(case, sets, n, most)
        cost = next_choice(case, sets, n, done, most)
        while cost >= 0 and cost < UNREACHED:
            most = min(most, brackets_to_beat(case, sets))
            if cost <= most:
                left_open = min(left_open, _pack_choice(case, sets, n, cost))
            cost = next_choice(case, sets, n, done, most)
        if cost < 0:
            return min(left_open, done + 1)
        done = most
    return left_open


@kernel()
def _pack_choice(case: Case, sets: Sets, n: int, cost: int) -> int:
    """Pack lines into the brackets at hand as long as that gives a cheaper plan.

    Returns what the choice costs if that is left open, else `UNREACHED`.
    """
    code = _pack_once(case, sets, n, bound_of_choice(case.curves, sets, n), FIRST_STEPS)
    if code == GAVE_UP:
        bound = price_rooms(case, sets, n, brackets_to_beat(case, sets))
        code = _pack_once(case, sets, n, bound, sets.words[SET_LIMIT])
        go_back_to_set(case, sets, n)
    return UNREACHED if code == NO_WAY else cost


@kernel()
def _pack_once(case: Case, sets: Sets, n: int, bound: int, steps: int) -> int:
    """Pack the brackets at hand, whose bound is known: what came of it in the end."""
    while True:
        most = brackets_to_beat(case, sets)
        spare = most - price_of_choice(case.curves, sets, n)
        effort = max(0, min(steps, case.goal[G_BUDGET] - sets.words[SET_STOP]))
        code, left = pack(case, sets, n, spare, most * GRAM - bound, effort)
        charge(case, effort - left + n)
        if code != PACKED:
            return code
        carry_out(case, sets, n)
        if not keep_if_cheaper(case):
            return GAVE_UP
