"""One set of open nodes: the best plan that uses them all, if it is cheaper.

The set is priced by its brackets, those choices that cost little enough are written down
in portions, the cheapest first, and lines are packed into them.
"""

from __future__ import annotations

from omniroute._jit import kernel, step
from omniroute.codes import UNREACHED
from omniroute.kernels.brackets import find_choices, least_money, price_of_gram
from omniroute.kernels.case import (
    G_BUDGET,
    G_UNIT,
    Case,
    charge,
    keep_if_cheaper,
    to_beat,
)
from omniroute.kernels.obliged import measure, narrow, rebracket
from omniroute.kernels.packing import arrange, carry_out, pack
from omniroute.kernels.pouring import NO_WAY, PACKED
from omniroute.kernels.sets import CHOICES_MAX, SET_MONEY, Sets

#: Effort of one set, and the most of one packing.
SET_STEPS = 40
PACK_STEPS = 40_000
#: Times that a portion of choices is made smaller, as there are too many.
_CUTS = 6


@step
def try_set(case: Case, sets: Sets, n: int) -> int:
    """Look for a plan of the first ``n`` members that is cheaper than the best known.

    Returns a bound in money on plans of the set that were not looked at; it is
    `UNREACHED` if the set has nothing better to give.
    """
    charge(case, SET_STEPS + sets.lines.shape[0])
    measure(case, sets, n)
    least = _least_price(case, sets, n)
    spare = brackets_to_beat(case, sets) - least
    if least < UNREACHED and narrow(case.order, sets, n, spare):
        possible = rebracket(case.curves, sets, n)
        least = _least_price(case, sets, n) if possible else UNREACHED
    if least >= UNREACHED:
        return UNREACHED
    left_open = _try_choices(case, sets, n, least)
    return min(UNREACHED, left_open + sets.words[SET_MONEY])


@kernel()
def brackets_to_beat(case: Case, sets: Sets) -> int:
    """The most that the brackets of a cheaper plan of the set cost."""
    return to_beat(case.goal) - sets.words[SET_MONEY]


@kernel()
def _least_price(case: Case, sets: Sets, n: int) -> int:
    """Cheapest brackets, at least; `UNREACHED` if they are too dear for a better plan."""
    most = brackets_to_beat(case, sets)
    if most < 0:
        return UNREACHED
    price_of_gram(case, sets, n, most)
    lowest = least_money(sets)
    # First what loses little against the price of a gram, which goes fast.
    least, top, part = UNREACHED, lowest - 1, (most - lowest) >> 6
    while least >= UNREACHED and top < most:
        top = min(most, lowest + part)
        part = 4 * part + case.goal[G_UNIT]
        least, _ = find_choices(case, sets, n, -1, top, False)
    return least


@step
def _try_choices(case: Case, sets: Sets, n: int, least: int) -> int:
    """Pack the choices from a price on; the least price of those left open."""
    arrange(case, sets, n)
    left_open, done, going = UNREACHED, least - 1, True
    while going and done < brackets_to_beat(case, sets):
        found, limit = _list_choices(case, sets, n, done)
        left_open = min(left_open, _pack_choices(case, sets, n, found))
        going = limit > done and case.goal[G_BUDGET] > 0
        done = limit
    if done < brackets_to_beat(case, sets):
        left_open = min(left_open, done + 1)
    return left_open


@kernel()
def _list_choices(case: Case, sets: Sets, n: int, above: int) -> tuple[int, int]:
    """Write down choices above a price, fewer if they are too many.

    Returns ``(their number, the price up to which none is left out)``.
    """
    found, limit = CHOICES_MAX + 1, brackets_to_beat(case, sets)
    for _ in range(_CUTS):
        if limit <= above:
            break
        _, found = find_choices(case, sets, n, above, limit, True)
        if found <= CHOICES_MAX:
            return found, limit
        limit = above + (limit - above) // 4
    return 0, above


@step
def _pack_choices(case: Case, sets: Sets, n: int, found: int) -> int:
    """Pack the choices written down, the cheapest first, while one can be cheaper.

    Returns the least price of a choice left open.
    """
    left_open, x = UNREACHED, 0
    while x < found:
        price = sets.choices[x, 0]
        spare = brackets_to_beat(case, sets) - price
        if spare < 0:
            break
        budget = case.goal[G_BUDGET]
        if budget <= 0:
            return min(left_open, price)
        steps = min(PACK_STEPS, budget)
        code, left = pack(case, sets, n, x, spare, steps)
        charge(case, steps - left + n)
        better = False
        if code == PACKED:
            carry_out(case, sets, n)
            better = keep_if_cheaper(case)
        if not better:  # else there may be a packing of less handling still
            x += 1
            if code != NO_WAY:
                left_open = min(left_open, price)
    return left_open
