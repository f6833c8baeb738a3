"""The search through sets of nodes: proven, and what HiGHS finds."""

from __future__ import annotations

import numpy as np
import pytest

from omniroute.kernels.decide.memory import SMALL_WORDS, STAMP_WORDS
from omniroute.kernels.decide.route import route
from omniroute.kernels.decide.search import search_cover
from omniroute.kernels.order import layout as at
from tests.conftest import WITHOUT_JIT
from tests.kernels.route_harness import Router, as_arrays, ask_of
from tests.kernels.test_lagrange import covered
from tests.naive.mip import mip_best
from tests.naive.random_instances import SHAPES, Shape, random_instance
from tests.naive.routing_instance import Instance

compiled = pytest.mark.skipif(WITHOUT_JIT, reason="minutes as plain Python")

#: One service, and lines that some nodes hold whole.
PLAIN = Shape(services=1, stock=(1.0, 2.0), handling=3000, holds=0.4)


def question(seed: int, lines: int, nodes: int) -> Instance:
    rng = np.random.Generator(np.random.PCG64([47, seed]))
    instance = random_instance(rng, PLAIN.sized(lines, nodes))
    return Instance(instance.lines, instance.nodes, instance.options)


@compiled
@pytest.mark.parametrize("lines", [8, 14, 18])
def test_orders_of_one_service_are_proven_at_the_cost_that_highs_finds(lines):
    """Sets of nodes, brackets and packings leave nothing open."""
    proven = 0
    for seed in range(6):
        instance = question(seed, lines, 12)
        answer = covered(instance)
        units, _, best = mip_best(instance, "cheapest")
        assert answer.found.units == units
        assert answer.bound <= best <= answer.cost
        if answer.proven:
            proven += 1
            assert answer.cost == best
    assert proven >= 3


@pytest.mark.parametrize("lines", [4, pytest.param(18, marks=compiled)])
def test_what_the_memory_held_before_makes_no_difference(lines):
    """Rubbish wherever it need not be zero: the same words to the last."""
    rng = np.random.Generator(np.random.PCG64(53))
    for seed in range(4):
        instance = question(seed, lines, 6)
        clean, arrays, ask = Router(), as_arrays(instance), ask_of(instance)
        clean.call(route, *arrays, ask)
        soiled = Router()
        soiled.work = rng.integers(-(2**62), 2**62, clean.work.size)
        n_nodes = arrays.lane_nodes.shape[2]
        start = SMALL_WORDS + STAMP_WORDS
        soiled.work[SMALL_WORDS : start + n_nodes] = 0
        soiled.work[start + 4 * n_nodes : start + 5 * n_nodes] = 0
        for router in (clean, soiled):
            assert router.call(search_cover, *arrays, ask, -1) == 0
        used = at.O_HEADER + at.SHIPMENT_WIDTH * int(clean.out[at.O_SHIPMENTS])
        used += at.PICK_WIDTH * int(clean.out[at.O_PICKS])
        assert clean.out[:used].tolist() == soiled.out[:used].tolist()


@pytest.mark.parametrize("shape", ["mixed", "crossing", "limits", "decimals"])
def test_a_search_cut_short_anywhere_leaves_a_plan_and_a_bound(shape):
    """Budgets from next to nothing on: HiGHS lies between the bound and the cost."""
    rng = np.random.Generator(np.random.PCG64([59, *map(ord, shape)]))
    for _ in range(2 if WITHOUT_JIT else 8):
        lines = int(rng.integers(3, 7 if WITHOUT_JIT else 15))
        made = random_instance(rng, SHAPES[shape].sized(lines, 6))
        instance = Instance(made.lines, made.nodes, made.options)
        units, _, best = mip_best(instance, "cheapest")
        for budget in (1, 100, 1_000, 10_000):
            answer = covered(instance, budget=budget)
            if answer.bound > 0:
                assert answer.found.units == units
                assert answer.bound <= best <= answer.cost


@compiled
@pytest.mark.parametrize("limit", [2, 3])
def test_a_limit_of_shipments_is_part_of_the_search(limit):
    """Where everything still fits, the best plan within the limit is found."""
    for seed in range(6):
        instance = question(seed, 10, 12)
        answer = covered(instance, limit)
        units, _, best = mip_best(instance, "cheapest", limit)
        if answer.bound > 0:
            assert answer.found.units == units
            assert answer.bound <= best <= answer.cost
            assert not answer.proven or answer.cost == best


@pytest.mark.parametrize(("seed", "lines"), [(8, 8), (8, 12), (24, 8)])
def test_a_pass_below_an_aim_that_ends_is_a_bound_and_no_proof(seed, lines):
    """Effort ends before plans up to the best one known were looked for, too."""
    instance = question(seed, lines, 12)
    _, _, best = mip_best(instance, "cheapest")
    for budget in (6_000, 12_000):
        answer = covered(instance, budget=budget)
        assert 0 < answer.bound <= best <= answer.cost
        assert not answer.proven or answer.cost == best
