"""The search through sets of nodes: proven, and what HiGHS finds."""

from __future__ import annotations

import numpy as np
import pytest

from tests.conftest import WITHOUT_JIT
from tests.kernels.test_lagrange import covered
from tests.naive.mip import mip_best
from tests.naive.random_instances import Shape, random_instance
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
