"""Lines that nobody holds whole, searched as sets of nodes: beside HiGHS."""

from __future__ import annotations

import numpy as np
import pytest

from tests.conftest import WITHOUT_JIT
from tests.kernels.test_lagrange import covered
from tests.naive.mip import mip_best
from tests.naive.random_instances import Shape, random_instance
from tests.naive.routing_instance import Instance, Line, Node, Option
from tests.naive.tariffs import Tariff

compiled = pytest.mark.skipif(WITHOUT_JIT, reason="minutes as plain Python")

#: Every node has a part of nearly everything.
PARTS = Shape(quantity=(4, 9), stock=(0.2, 0.7), holds=0.8, handling=500)
#: Units that come apart, so that parts weigh and are handled for more than the whole.
DECIMALS = Shape(
    scales=(1, 2, 10), quantity=(1, 3), stock=(0.2, 0.9), holds=0.8, handling=900,
    weights_g=(1, 400),
)  # fmt: skip
#: Two services a node, and weights that few loads stay within.
LIMITED = Shape(
    services=2, quantity=(3, 7), stock=(0.3, 0.8), holds=0.8, handling=300,
    weights_g=(100, 900), heaviest_g=9000,
)  # fmt: skip


def question(shape: Shape, seed: int, lines: int, nodes: int) -> Instance:
    rng = np.random.Generator(np.random.PCG64([97, seed]))
    made = random_instance(rng, shape.sized(lines, nodes))
    return Instance(made.lines, made.nodes, made.options)


@pytest.mark.parametrize(
    "shape", [PARTS, DECIMALS, LIMITED], ids=["parts", "decimals", "limited"]
)
@pytest.mark.parametrize(
    ("lines", "nodes"), [(2, 4), (4, 6), pytest.param(5, 6, marks=compiled)]
)
def test_what_is_proven_of_shared_lines_is_what_highs_finds(shape, lines, nodes):
    """The bound is never above the best cost; a plan that is proven has it."""
    proven = 0
    for seed in range(2 if WITHOUT_JIT else 8):
        instance = question(shape, seed, lines, nodes)
        answer = covered(instance, budget=40_000 if WITHOUT_JIT else 2_000_000)
        units, _, best = mip_best(instance, "cheapest")
        if answer.bound > 0:
            assert answer.found.units == units
            assert answer.bound <= best <= answer.cost
            assert not answer.proven or answer.cost == best
            proven += answer.proven
    assert proven > 0 or shape is LIMITED


def held(caps, unit_cost=0):
    return Node(tuple(caps), 0, 10, unit_cost)


def test_most_first_may_leave_no_room_for_the_next_line():
    """4 + 4 of A and 3 + 3 of B fit only if neither goes where it would like to most."""
    lines = (Line(8, weight_g=100), Line(6, weight_g=100))
    nodes = (held((6, 5)), held((4, 5)))
    room = Tariff((700, 2000), (1000, 9000))
    instance = Instance(lines, nodes, (Option(0, 0, room), Option(1, 0, room)))
    answer = covered(instance)
    assert answer.proven
    assert answer.cost == 2 * 1000 + 4 * 10


def test_a_part_that_nobody_can_pay_for_is_left_where_it_is_cheap():
    """Six of nine units go where a unit is handled for less: room for two is not taken."""
    lines = (Line(9, weight_g=100),)
    nodes = (held((4,), 50), held((8,), 5), held((6,), 50))
    room = Tariff((800,), (1000,))
    instance = Instance(
        lines, nodes, tuple(Option(k, 0, room) for k in range(len(nodes)))
    )
    answer = covered(instance)
    assert answer.proven
    assert answer.cost == mip_best(instance, "cheapest")[2] == 2000 + 20 + 40 + 50
