"""The expected cost of failed picks as a term, against its definition."""

from __future__ import annotations

from fractions import Fraction
from math import floor
from random import Random

import numpy as np
import pytest

import omniroute as om
from omniroute.routing.miss import failed_pick_costs


def engine():
    ground = om.Service("ground", "ship", om.RateCard.flat(5))
    network = om.Network([om.Node(f"N{k}") for k in range(4)], [ground])
    return om.Engine(network, [om.Item(sku) for sku in ("A", "B", "C")])


def test_it_is_the_chance_to_fail_times_what_that_costs():
    """To the nearest minor unit, a half up; of lines in any order, one twice."""
    shop, dice = engine(), Random(3)
    chances = {
        (sku, f"N{k}"): Fraction(dice.randint(0, 10_000), 10_000)
        for sku in "AB"
        for k in range(3)
    }
    shop.set_find({cell: float(chance) for cell, chance in chances.items()})
    skus, penalties = [1, 0, 2, 1], [55_555, 12_345, 99_999, 1]
    found = failed_pick_costs(
        shop.state.find, np.array(skus), 4, np.array(penalties, np.int64)
    )
    for i, (sku, penalty) in enumerate(zip(skus, penalties, strict=True)):
        for k in range(4):
            chance = chances.get(("ABC"[sku], f"N{k}"), 1)
            exact = (1 - chance) * penalty
            assert found[i, k] == floor(exact + Fraction(1, 2))


def test_the_largest_penalty_does_not_overflow():
    """Just below what no cost may reach, at a pick that never succeeds."""
    shop = engine()
    shop.set_find({("A", "N0"): 0})
    most = 2**40 - 1
    found = failed_pick_costs(shop.state.find, np.array([0]), 4, np.array([most]))
    assert found.tolist() == [[most, 0, 0, 0]]


@pytest.mark.parametrize("penalty", [-1, 2**40])
def test_a_penalty_that_cannot_be_is_refused(penalty):
    """Named by its line."""
    with pytest.raises(om.ValidationError) as caught:
        failed_pick_costs(
            engine().state.find, np.array([0, 1]), 4, np.array([1, penalty])
        )
    assert caught.value.path == "penalties[1]"
