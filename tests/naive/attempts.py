"""Trying one place after the other, from the definitions: every outcome, every order.

A try is (spent, found, failed, chance): money spent by trying, money on top if it is
found, money on top if it is not, and the chance that it is found. Who gives up in the
end pays ``give_up``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import permutations, product

Try = tuple[int, int, int, Fraction]


def expected_cost(order: Sequence[Try], give_up: int) -> Fraction:
    """Mean cost over all outcomes: each place has what is looked for, or has not."""
    mean = Fraction(0)
    for outcome in product((True, False), repeat=len(order)):
        weight = Fraction(1)
        for (_, _, _, chance), there in zip(order, outcome, strict=True):
            weight *= chance if there else 1 - chance
        mean += weight * paid(order, outcome, give_up)
    return mean


def paid(order: Sequence[Try], outcome: Sequence[bool], give_up: int) -> int:
    """What one outcome costs: places are tried until one has it."""
    money = 0
    for (spent, found, failed, _), there in zip(order, outcome, strict=True):
        money += spent
        if there:
            return money + found
        money += failed
    return money + give_up


def chance_of(order: Sequence[Try]) -> Fraction:
    """How likely it is that one of the places has it."""
    miss = Fraction(1)
    for try_ in order:
        miss *= 1 - try_[3]
    return 1 - miss


def orders(count: int, most: int) -> Iterator[tuple[int, ...]]:
    """Every way to try some of so many places, at most so many of them, in any order."""
    for length in range(min(count, most) + 1):
        yield from permutations(range(count), length)


def least_cost(tries: Sequence[Try], give_up: int, most: int) -> Fraction:
    """The least expected cost there is: by comparing all of them."""
    return min(
        expected_cost([tries[i] for i in order], give_up)
        for order in orders(len(tries), most)
    )
