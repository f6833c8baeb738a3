"""Orders of many lines: plans that keep the rules, and bounds that hold."""

from __future__ import annotations

import numpy as np
import pytest

from omniroute.codes import Method
from tests.conftest import WITHOUT_JIT
from tests.kernels.route_harness import (
    Router,
    as_arrays,
    ask_of,
    check_clean,
    read_answer,
)
from tests.naive.mip import mip_best
from tests.naive.random_instances import SHAPES, Shape, random_instance
from tests.naive.routing_instance import Instance, Line, Node, Option
from tests.naive.tariffs import Tariff

compiled = pytest.mark.skipif(WITHOUT_JIT, reason="minutes as plain Python")

#: What is held is held whole, by some nodes more than by others.
WHOLE = Shape(services=2, stock=(1.0, 2.0), handling=3000, holds=0.4)


def decided(instance, limit=None, **options):
    router, arrays = Router(), as_arrays(instance)
    ask = ask_of(instance, max_shipments=limit, **options)
    words = router.decide(arrays, ask)
    check_clean(router, arrays, ask)
    return read_answer(instance, words, limit)


def question(seed: int, shape: Shape) -> Instance:
    rng = np.random.Generator(np.random.PCG64([41, seed]))
    instance = random_instance(rng, shape)
    return Instance(instance.lines, instance.nodes, instance.options)


@compiled
@pytest.mark.parametrize("lines", [13, 14, 15])
def test_up_to_fifteen_whole_lines_are_exact(lines):
    """One table more decides them: proven, at the cost that HiGHS finds."""
    exact = 0
    for seed in range(3):
        instance = question(seed, WHOLE.sized(lines, 12))
        answer = decided(instance)
        if all(instance.whole_able):
            exact += 1
            assert answer.proven
            assert answer.cost == mip_best(instance, "cheapest")[2]
    assert exact > 0


@compiled
@pytest.mark.parametrize("lines", [16, 18])
def test_the_optimum_lies_between_the_bound_and_a_cost_near_it(lines):
    """HiGHS is not below the bound; the plan is within a few per cent of it."""
    for seed in range(3):
        instance = question(seed, WHOLE.sized(lines, 14))
        answer = decided(instance)
        units, _, best = mip_best(instance, "cheapest")
        assert answer.found.units == units
        assert answer.bound <= best <= answer.cost <= 1.06 * best
        assert answer.bound >= 0.75 * best


@pytest.mark.parametrize("shape", ["splits", "mixed", "heavy", "limits", "decimals"])
@pytest.mark.parametrize("limit", [None, 3])
@pytest.mark.parametrize("lines", [20, pytest.param(60, marks=compiled)])
def test_orders_of_any_size_get_a_plan_that_keeps_the_rules(shape, limit, lines):
    """Split lines, weight limits and limits of shipments: re-costed, bound below."""
    for seed in range(1 if WITHOUT_JIT else 3):
        instance = question(seed, SHAPES[shape].sized(lines, 15))
        budget = 50_000 if WITHOUT_JIT else 2_000_000
        answer = decided(instance, limit, budget=budget)
        assert answer.found.units > 0
        assert answer.bound <= answer.cost


@compiled
@pytest.mark.parametrize("lines", [63, 300])
def test_hundreds_of_lines_are_served_as_far_as_stock_goes(lines):
    """More lines than a word has bits: every unit that some node holds is placed."""
    instance = question(1, WHOLE.sized(lines, 30))
    answer = decided(instance)
    assert answer.method == Method.COVER
    stock = np.array([node.stock for node in instance.nodes])
    offering = sorted({option.node for option in instance.options})
    held = stock[offering].sum(axis=0)
    wanted = [line.quantity for line in instance.lines]
    assert answer.found.units == np.minimum(held, wanted).sum()


def test_nobody_stands_in_for_a_node_with_a_part_of_a_line():
    """Two nodes with two of four each: one of them holds more lines, both are needed."""
    instance = Instance(
        lines=(*(Line(1) for _ in range(13)), Line(4)),
        nodes=(Node((1,) * 13 + (2,)), Node((0,) * 13 + (2,))),
        options=tuple(Option(k, 0, Tariff.flat(700)) for k in range(2)),
    )
    answer = decided(instance)
    assert (answer.method, answer.short, answer.cost) == (Method.COVER, 0, 1400)


def test_one_node_that_has_all_at_a_flat_price_is_proven():
    """Nothing is relaxed where one price buys everything."""
    instance = Instance(
        lines=tuple(Line(1) for _ in range(20)),
        nodes=(Node((1,) * 20), Node((1,) * 10 + (0,) * 10)),
        options=(Option(0, 0, Tariff.flat(700)), Option(1, 0, Tariff.flat(900))),
    )
    answer = decided(instance)
    assert (answer.cost, answer.bound, answer.proven) == (700, 700, True)


@compiled
def test_a_service_for_light_and_one_for_heavy_shipments_share_a_node():
    """Two services that cross: the bound may not count on one of them alone."""
    instance = Instance(
        lines=tuple(Line(1, weight_g=1 if i else 4000) for i in range(16)),
        nodes=(Node((1,) * 16), Node((1,) + (0,) * 15)),
        options=(
            Option(0, 0, Tariff((100, 5000), (10, 900))),
            Option(0, 1, Tariff((4000, 5000), (300, 400))),
            Option(1, 1, Tariff.flat(320)),
        ),
    )
    answer = decided(instance)
    best = mip_best(instance, "cheapest")[2]
    assert best == 310
    assert answer.bound <= best <= answer.cost


@compiled
def test_less_effort_never_gives_a_wrong_bound():
    """From hardly any budget to the usual one the gap closes from both sides."""
    instance = question(2, WHOLE.sized(24, 20))
    answers = [decided(instance, budget=10**e) for e in (2, 5, 7)]
    assert answers[0].cost >= answers[1].cost >= answers[2].cost
    assert answers[0].bound <= answers[2].bound <= answers[2].cost
