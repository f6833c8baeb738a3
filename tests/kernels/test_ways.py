"""One line spread over many nodes, most of them alike: beside a twin, ties included."""

from __future__ import annotations

from random import Random

import pytest

from omniroute.codes import Method
from tests.conftest import WITHOUT_JIT
from tests.kernels.test_split import decided
from tests.naive.evaluate import evaluate
from tests.naive.mip import mip_best
from tests.naive.one_line import best_split
from tests.naive.routing_instance import Instance, Line, Node, Option
from tests.naive.tariffs import Tariff


def tariff(dice: Random, coarse: int) -> Tariff:
    """A staircase that need not rise evenly, closed under parcelling or not."""
    limits, prices, price = [], [], dice.randint(2, 9) * coarse
    for step in range(1, dice.randint(3, 7)):
        limits.append(400 * step * step)
        prices.append(price)
        price += dice.randint(0, 4) * coarse
    return Tariff((*limits, 90_000), (*prices, price + 40 * coarse))


def question(dice: Random, n_lines: int = 1) -> Instance:
    """Two or three kinds of terms; many small holdings, a few large ones."""
    coarse = dice.choice([1, 10, 1000])
    terms = [
        (tariff(dice, coarse), dice.randint(0, 3) * coarse, dice.randint(0, 2))
        for _ in range(dice.randint(1, 3))
    ]
    nodes, options = [], []
    for k in range(dice.randint(6, 24)):
        price, order_cost, unit_cost = dice.choice(terms)
        stock = tuple(
            dice.choice([0, 1, 1, 2, 3, 3, dice.randint(4, 14)]) for _ in range(n_lines)
        )
        nodes.append(Node(stock, order_cost, coarse, unit_cost))
        options.append(Option(k, 0, price, distance_m=dice.randint(1, 9)))
    lines = tuple(
        Line(
            max(1, sum(node.stock[i] for node in nodes) * dice.randint(3, 10) // 12),
            dice.choice([0, 90, 130, 700]),
        )
        for i in range(n_lines)
    )
    return Instance(lines, tuple(nodes), tuple(options))


@pytest.mark.parametrize("seed", range(12 if WITHOUT_JIT else 150))
def test_one_line_over_many_nodes_is_split_as_by_hand(seed):
    """The least cost, of equal costs the fewest shipments, of those the nearest."""
    instance = question(Random(seed))
    answer = decided(instance)
    if answer.method != Method.SPLIT:
        return  # one node holds it all
    cost, shipments, metres = best_split(instance)
    found = answer.found
    assert (answer.proven, answer.cost, answer.bound) == (True, cost, cost)
    assert found.n_shipments == shipments
    assert sum(instance.options[k].distance_m for k, _ in answer.plan) == metres
    assert evaluate(instance, answer.plan).cost == cost


def test_most_of_those_questions_are_splits():
    methods = [decided(question(Random(seed))).method for seed in range(12)]
    assert methods.count(Method.SPLIT) >= 6


@pytest.mark.skipif(WITHOUT_JIT, reason="minutes as plain Python")
@pytest.mark.parametrize("seed", range(40))
def test_a_few_lines_over_many_nodes_cost_what_highs_says(seed):
    """Two to five lines, whole or to spread, at the same nodes."""
    dice = Random(700 + seed)
    instance = question(dice, dice.randint(2, 5))
    answer = decided(instance)
    if answer.proven:
        units, _, cost = mip_best(instance, "cheapest")
        assert (answer.found.units, answer.cost) == (units, cost)


def test_a_thousand_small_holdings_and_a_few_large_ones():
    """2,000 units: the large ones nearly suffice, the nearest small ones fill up."""
    dice = Random(5)
    price = Tariff((4000, 20_000, 90_000), (800, 1500, 4000))
    held = [*(dice.randint(1, 5) for _ in range(300)), 568, 488, 407, 325, 210]
    nodes = tuple(Node((units,), 150, 40, 5) for units in held)
    options = tuple(
        Option(k, 0, price, distance_m=dice.randint(1, 900)) for k in range(len(held))
    )
    instance = Instance((Line(2000, 110),), nodes, options)
    answer = decided(instance)
    assert (answer.method, answer.proven) == (Method.SPLIT, True)
    extra = [k for k, _ in answer.plan if k < 300]
    near = sorted(
        (options[k].distance_m, k) for k in range(300) if held[k] >= held[extra[-1]]
    )
    assert len(extra) == 1
    assert options[extra[0]].distance_m == near[0][0]
