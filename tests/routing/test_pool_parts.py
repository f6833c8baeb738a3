"""The parts of a pool's search, each with the other parts made up."""

from __future__ import annotations

from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from omniroute.kernels.order.layout import (
    O_BOUND,
    O_HEADER,
    O_OBJECTIVE,
    O_PICKS,
    O_SHORT,
)
from omniroute.routing.pool.components import joined, summed
from omniroute.routing.pool.exact import decided_together
from omniroute.routing.pool.member import Choice, bound_of, cheaper
from omniroute.routing.pool.work import HARD, Work


def answer(money: int, bound: int, *, short: int = 0) -> list[int]:
    words = [0] * O_HEADER
    words[O_OBJECTIVE], words[O_BOUND] = money, bound
    words[O_PICKS], words[O_SHORT] = int(not short), short
    return words


class MadeUp:
    """Members that take cell 7 or, capped there, something dearer elsewhere."""

    may_pay = False
    work = SimpleNamespace(more=lambda: True)

    def __init__(self, capped: list[int]) -> None:
        self._capped = capped

    @contextmanager
    def capped(self, _):
        yield

    def answer(self, _):
        return self._capped

    def choice(self, member, words):
        return None if words[O_SHORT] else Choice(words, [(100 + member.place, 1)])

    @staticmethod
    def is_sure(words):
        return bool(words[O_BOUND])


def member(place: int, *, stands_at: int = 7) -> SimpleNamespace:
    """One who has cell 7 for 10, and stands where it is told, for 50."""
    return SimpleNamespace(
        place=place,
        bound=10,
        alone=Choice(answer(10, 10), [(7, 1)]),
        stands=Choice(answer(50, 0), [(stands_at, 1)]),
    )


def test_a_plan_that_is_not_proven_counts_with_its_bound():
    """20 was found and 12 is not ruled out: together 22 at the least, 30 at the most."""
    caps = {7: 1, 100: 1, 101: 1}
    found = decided_together(MadeUp(answer(20, 12)), [member(0), member(1)], caps)
    assert found.bound == 22
    assert sum(choice.money for choice in found.choices) == 30
    assert not found.proven


def test_who_may_stay_is_a_way_out_for_a_bound_too():
    """A member's own place is open to it, whatever new plans there are."""
    dear = answer(90, 80)
    members = [member(0, stands_at=8), member(1, stands_at=9)]
    found = decided_together(MadeUp(dear), members, {7: 1, 8: 1, 9: 1})
    assert (found.bound, found.proven) == (60, True)


@pytest.mark.parametrize(("sure", "bound"), [(1, 2**61), (0, 20)])
def test_nothing_found_rules_out_only_what_is_sure(sure, bound):
    """A search that gave up proves nothing; one that did not leaves nobody a plan."""
    none = answer(0, sure, short=1)
    found = decided_together(MadeUp(none), [member(0), member(1)], {7: 1})
    assert found.choices is None
    assert found.bound == bound


def test_bounds_of_single_orders():
    """What was found, what stands, or nothing at all."""
    stands = Choice(answer(50, 0), [(7, 1)])
    member = SimpleNamespace(stands=stands, floor=0)
    assert bound_of(answer(40, 30), member) == 30
    assert bound_of(answer(90, 80), member) == 50
    assert bound_of(answer(0, 1, short=1), member) == 50
    assert bound_of(answer(0, 0, short=1), member) == 0
    with_credits = SimpleNamespace(stands=stands, floor=-(10**12))
    assert bound_of(answer(0, 0, short=1), with_credits) == -(10**12)
    assert cheaper(Choice(answer(50, 0), []), stands) is stands


def test_groups_that_take_too_much_together_are_one():
    """Through a third one, too; where there is enough nobody is joined."""
    takes = {0: [(7, 2)], 1: [(7, 1), (8, 1)], 2: [(8, 1)], 3: [(9, 1)], 4: [(9, 1)]}
    apart = [frozenset({k}) for k in takes]
    assert summed(takes.values()) == {7: 3, 8: 2, 9: 2}
    found = joined(apart, takes, {7: 2, 8: 1, 9: 2})
    assert found == [frozenset({3}), frozenset({4}), frozenset({0, 1, 2})]


def test_work_ends_by_count_by_share_or_by_the_clock():
    """An order beyond tables counts for many."""
    work = Work(10)
    for _ in range(6):
        work.spend()
    assert work.more()
    assert not work.more(0.6)
    hard = [0] * O_HEADER
    hard[9] = 4
    work.spend(hard)
    assert (work.spent, work.more()) == (6 + HARD, False)
    now = [100.0]
    timed = Work(10, 5, lambda: now[0])
    assert timed.more()
    now[0] = 105.0
    assert not timed.more()
