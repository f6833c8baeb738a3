"""Lines that no node holds whole: which units from where."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from omniroute.codes import Method
from omniroute.kernels.decide.route import route
from omniroute.kernels.decide.search import NOT_BEGUN, search_spread
from tests.conftest import WITHOUT_JIT
from tests.kernels.route_harness import (
    Router,
    as_arrays,
    ask_of,
    check_clean,
    read_answer,
)
from tests.naive.mip import mip_best
from tests.naive.random_instances import SHAPES, random_question
from tests.naive.routing import brute_force
from tests.naive.routing_instance import Instance, Line, Node, Option
from tests.naive.tariffs import Tariff

STEPS = Tariff((500, 1000, 4000), (50, 80, 200))


def decided(instance, objective="cheapest", limit=None):
    router, arrays = Router(), as_arrays(instance)
    ask = ask_of(instance, objective, limit)
    words = router.decide(arrays, ask)
    check_clean(router, arrays, ask)
    return read_answer(instance, words, limit)


def spread_line(quantity: int, weight_g: int, *stock: int) -> Instance:
    return Instance(
        lines=(Line(quantity, weight_g),),
        nodes=tuple(Node((held,)) for held in stock),
        options=tuple(Option(k, 0, STEPS) for k in range(len(stock))),
    )


def test_units_are_shared_out_where_that_is_cheapest():
    """Four from 3 + 2: 800 g twice cost 160, 1,200 g and 400 g would cost 250."""
    answer = decided(spread_line(4, 400, 3, 2))
    assert (answer.method, answer.cost, answer.proven) == (Method.SPLIT, 160, True)
    assert sorted(answer.plan) == [(0, {0: 2}), (1, {0: 2})]


def test_fewer_shipments_are_taken_at_equal_cost():
    """Nine nodes hold 1 of 2, and one of them holds the second line as well."""
    instance = Instance(
        lines=(Line(2), Line(1)),
        nodes=(*(Node((1, 0)) for _ in range(8)), Node((1, 1))),
        options=tuple(Option(k, 0, Tariff.flat(0)) for k in range(9)),
    )
    answer = decided(instance)
    assert (answer.found.n_shipments, answer.proven) == (2, True)


@pytest.mark.parametrize("shape", ["splits", "decimals", "crossing", "mixed"])
def test_split_plans_that_are_proven_are_the_best(shape):
    """Units, latest day and cost, over both objectives and limits of shipments."""
    proven = 0
    for seed in range(5 if WITHOUT_JIT else 80):
        rng = np.random.Generator(np.random.PCG64([31, seed]))
        instance, objective, limit = random_question(rng, shape)
        answer = decided(instance, objective, limit)
        if answer.method == Method.SPLIT and answer.proven:
            proven += 1
            best = brute_force(instance, objective, limit)
            figures = 3 if objective == "fastest" else 2
            assert answer.key(objective)[:figures] == best.key[:figures]
    assert proven > 0


@pytest.mark.skipif(WITHOUT_JIT, reason="minutes as plain Python")
def test_larger_split_orders_cost_what_highs_says():
    """Eight lines over eight nodes, of which some must be split."""
    for seed in range(6):
        rng = np.random.Generator(np.random.PCG64([37, seed]))
        instance, objective, _ = random_question(rng, SHAPES["mixed"].sized(8, 8))
        answer = decided(instance, objective)
        if answer.proven:
            units, latest, cost = mip_best(instance, objective)
            assert (answer.found.units, answer.cost) == (units, cost)
            assert latest is None or latest == answer.found.latest


@pytest.mark.parametrize("shape", ["splits", "ties"])
def test_ties_between_split_plans_go_the_documented_way(shape):
    """Fewer shipments, then sooner, then nearer, as between plans of whole lines."""
    drawn = replace(SHAPES[shape], stock=(0.3, 0.9), holds=0.9, lines=(1, 2))
    drawn = replace(drawn, services=2, prices="flat", coarse=20_000, transit_days=2)
    split = 0
    for seed in range(5 if WITHOUT_JIT else 60):
        rng = np.random.Generator(np.random.PCG64([53, seed]))
        instance, _, limit = random_question(rng, drawn)
        answer = decided(instance, "cheapest", limit)
        if answer.method == Method.SPLIT and answer.proven:
            split += 1
            best = brute_force(instance, "cheapest", limit)
            assert answer.key("cheapest")[:5] == best.key[:5]
    assert split > 0


@pytest.mark.parametrize("by", ["transit_days", "distance_m"])
def test_two_of_three_equal_nodes_are_the_sooner_and_the_nearer(by):
    """One each of two asked for, at one price: the last two come before the first."""
    instance = Instance(
        lines=(Line(2),),
        nodes=tuple(Node((1,)) for _ in range(3)),
        options=tuple(
            Option(k, 0, Tariff.flat(5), **{by: far})
            for k, far in enumerate((900, 100, 100))
        ),
    )
    answer = decided(instance)
    assert (sorted(answer.plan), answer.proven) == ([(1, {0: 1}), (2, {0: 1})], True)


def test_a_node_that_needs_two_services_is_a_doubt():
    """Two lines to spread at one node, cheapest apart, by different services.

    3 x 1 kg and 3 x 4 kg of which the one node holds 2 each. By the light service 2 kg
    cost 10, by the heavy one 8 kg cost 60, and all ten 500.
    """
    light, heavy = Tariff((2000, 90_000), (10, 900)), Tariff((8000, 90_000), (60, 500))
    instance = Instance(
        lines=(Line(3, 1000), Line(3, 4000)),
        nodes=(Node((2, 2)),),
        options=(Option(0, 0, light), Option(0, 1, heavy)),
    )
    best = brute_force(instance, "cheapest")
    assert best.cost == 70
    answer = decided(instance)
    assert not answer.proven or answer.cost == 70
    assert answer.bound <= 70


@pytest.mark.parametrize("quantity", [70_000, 2**21 - 1])
def test_a_search_that_is_too_large_is_not_begun(quantity):
    """Hundreds of thousands of units: left to the cover, memory clean, plan whole."""
    instance = spread_line(quantity, 0, quantity - 1, quantity - 1)
    router, arrays, ask = Router(), as_arrays(instance), ask_of(instance)
    router.call(route, *arrays, ask)
    assert router.call(search_spread, *arrays, ask, -1) == NOT_BEGUN
    check_clean(router, arrays, ask)
    answer = decided(instance)
    assert (answer.method, answer.short) == (Method.COVER, 0)
