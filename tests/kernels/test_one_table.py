"""Up to fifteen lines by one table, where the search through sets left something open."""

from __future__ import annotations

import numpy as np
import pytest

from tests.conftest import WITHOUT_JIT
from tests.kernels.test_lagrange import covered
from tests.naive.mip import mip_best
from tests.naive.random_instances import SHAPES, random_instance
from tests.naive.routing_instance import Instance


def drawn(shape: str, lines: int, nodes: int, seed: int) -> Instance:
    rng = np.random.Generator(np.random.PCG64(seed))
    made = random_instance(rng, SHAPES[shape].sized(lines, nodes))
    return Instance(made.lines, made.nodes, made.options)


@pytest.mark.parametrize(
    ("shape", "lines", "nodes", "seed", "budget"),
    [
        ("decimals", 6, 6, 977807517, 1),
        pytest.param(
            *("crossing", 14, 10, 844289760, 2000),
            marks=pytest.mark.skipif(WITHOUT_JIT, reason="a minute as plain Python"),
        ),
    ],
)
def test_the_table_asks_every_node_whatever_the_bound_thinks_of_it(
    shape, lines, nodes, seed, budget
):
    """Once it asked only those worth a try, and called the wrong plan proven."""
    instance = drawn(shape, lines, nodes, seed)
    answer = covered(instance, budget=budget)
    best = mip_best(instance, "cheapest")[2]
    assert (answer.bound, answer.cost) == (best, best)


@pytest.mark.parametrize("lines", [4, pytest.param(13, marks=pytest.mark.slow)])
def test_hardly_any_effort_and_yet_exact(lines):
    """Whole lines, no budget for a search: the table alone decides."""
    for seed in range(2 if WITHOUT_JIT else 10):
        instance = drawn("ties", lines, 5, seed)
        answer = covered(instance, budget=1)
        if all(instance.whole_able) and answer.bound:
            best = mip_best(instance, "cheapest")[2]
            assert answer.bound <= best <= answer.cost
            assert not answer.proven or answer.cost == best
