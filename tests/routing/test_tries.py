"""The best order of attempts, against every order there is."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omniroute.routing.failed_picks.tries import (
    Try,
    best_order,
    failures,
    rounded,
    to_go,
)

from ..naive import attempts as naive

ONE = 20


def as_naive(tries, one=ONE):
    return [(t.spent, t.found, t.failed, Fraction(t.chance, one)) for t in tries]


TRIES = st.lists(
    st.builds(
        Try,
        st.integers(0, 9),
        st.integers(-5, 30),
        st.integers(0, 9),
        st.integers(0, ONE),
    ),
    max_size=4,
)


@given(TRIES, st.integers(0, 60), st.none() | st.integers(0, 4))
def test_no_order_has_a_lower_expected_cost(tries, give_up, most):
    """Of all orders of all sets of places, with few attempts and with any number."""
    found = best_order(tries, ONE, give_up, most)
    limit = len(tries) if most is None else most
    assert len(set(found)) == len(found) <= limit
    chosen = [tries[i] for i in found]
    cost = Fraction(to_go(chosen, ONE, give_up)[0], ONE ** len(found))
    assert cost == naive.expected_cost(as_naive(chosen), give_up)
    assert cost == naive.least_cost(as_naive(tries), give_up, limit)


@given(TRIES, st.integers(0, 60))
def test_what_is_left_to_pay_and_the_chance_are_those_of_every_tail(tries, give_up):
    """Whatever the order: each tail by itself costs what the list says."""
    tails = to_go(tries, ONE, give_up)
    for i, top in enumerate(tails):
        rest = tries[i:]
        cost = naive.expected_cost(as_naive(rest), give_up)
        assert Fraction(top, ONE ** len(rest)) == cost
    for i, top in enumerate(failures(tries, ONE)):
        missed = 1 - naive.chance_of(as_naive(tries[:i]))
        assert Fraction(top, ONE**i) == missed


def test_the_price_of_a_success_and_not_the_chance_or_the_cost_decides():
    """Cost 4 at 0.5 is a price of 8; cost 2 at 0.2, 10; cost 8.5 for sure, 8.5."""
    half, cheap, sure = Try(80, 0, 0, 10), Try(40, 0, 0, 4), Try(170, 0, 0, 20)
    assert best_order([sure, cheap, half], ONE, give_up=1_000) == [2, 0]


def test_what_is_paid_only_on_success_is_not_divided_by_the_chance():
    """10 at 0.5 is a price of 20 where it is spent, and of 10 where it is a parcel."""
    spent, parcel = Try(10, 0, 0, 10), Try(0, 12, 0, 10)
    assert best_order([spent, parcel], ONE, give_up=100) == [1, 0]
    assert best_order([spent, parcel], ONE, give_up=15) == [1]
    assert best_order([spent, parcel], ONE, give_up=12) == []


def test_a_failed_attempt_that_costs_extra_is_put_off():
    """3 for each failure at 0.5 is 3 more a success."""
    plain, angry = Try(0, 12, 0, 10), Try(0, 10, 3, 10)
    assert best_order([angry, plain], ONE, give_up=100) == [1, 0]


def test_with_few_attempts_the_lowest_price_may_be_left_out():
    """The cheapest gamble is no use where only one attempt may be made."""
    gamble, good = Try(0, 5, 0, 1), Try(0, 9, 0, 19)
    assert best_order([gamble, good], ONE, give_up=100) == [0, 1]
    assert best_order([gamble, good], ONE, give_up=100, most=1) == [1]


def test_of_equals_the_first_is_tried_first():
    """Also where only one of them may be."""
    same = [Try(1, 5, 0, 10)] * 3
    assert best_order(same, ONE, give_up=100) == [0, 1, 2]
    assert best_order(same, ONE, give_up=100, most=2) == [0, 1]


def test_what_is_never_found_is_never_tried():
    """Even for nothing."""
    assert best_order([Try(0, 0, 0, 0), Try(5, 0, 0, 0)], ONE, give_up=10) == []


def test_nothing_is_rounded_however_long_the_list():
    """A thousand places at 1 in 10,000: 40,000 binary digits, and exact."""
    tries = [Try(1, i, 0, 1) for i in range(1_000)]
    one, give_up = 10_000, 10**6
    order = best_order(tries, one, give_up)
    assert order == list(range(1_000))
    exact = Fraction(give_up)
    for i in reversed(range(1_000)):
        chance = Fraction(1, one)
        exact = 1 + chance * i + (1 - chance) * exact
    assert Fraction(to_go(tries, one, give_up)[0], one**1_000) == exact


def test_prices_that_differ_in_the_last_place_are_told_apart():
    """1/9999 and 1/10000 of a minor unit, a million times over."""
    one = 10_000
    low = Try(0, 0, 10**12, 9_999)
    high = Try(1, 0, 10**12, 9_999)
    assert best_order([high, low], one, give_up=10**13) == [1, 0]


@pytest.mark.parametrize(
    ("top", "bottom", "nearest"), [(1, 2, 1), (-1, 2, 0), (5, 3, 2), (4, 3, 1)]
)
def test_halves_are_rounded_up(top, bottom, nearest):
    """Towards plus infinity, credits as well as costs."""
    assert rounded(top, bottom) == nearest


def test_known_rules_cost_more():
    """What the literature warns of: nearest first, or likeliest first."""
    dice = Random(7)
    worse_near = worse_likely = 0
    for _ in range(200):
        tries = [
            Try(dice.randint(1, 5), dice.randint(5, 40), 0, dice.randint(4, 20))
            for _ in range(5)
        ]
        best = [tries[i] for i in best_order(tries, ONE, 100, most=2)]
        cost = Fraction(to_go(best, ONE, 100)[0], ONE ** len(best))
        near = sorted(tries, key=lambda t: t.spent + t.found)[:2]
        likely = sorted(tries, key=lambda t: -t.chance)[:2]
        for rule in (near, likely):
            other = Fraction(to_go(rule, ONE, 100)[0], ONE**2)
            assert other >= cost
            worse_near += rule is near and other > cost
            worse_likely += rule is likely and other > cost
    assert worse_near > 50
    assert worse_likely > 50
