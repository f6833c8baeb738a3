"""The bound of a cover: never above what the best plan costs."""

from __future__ import annotations

import numpy as np
import pytest

from omniroute.kernels.decide.route import route
from omniroute.kernels.decide.search import search_cover
from omniroute.kernels.order.layout import O_BOUND
from tests.conftest import WITHOUT_JIT
from tests.kernels.route_harness import (
    Router,
    as_arrays,
    ask_of,
    check_clean,
    read_answer,
)
from tests.naive.random_instances import SHAPES, random_question
from tests.naive.routing import brute_force


def covered(instance, limit=None, budget=2_000_000):
    """The cover's answer to an order, whether tables would settle it or not."""
    router, arrays = Router(), as_arrays(instance)
    ask = ask_of(instance, max_shipments=limit, budget=budget)
    router.call(route, *arrays, ask)  # makes the memory large enough
    assert router.call(search_cover, *arrays, ask, -1) == 0
    check_clean(router, arrays, ask)
    return read_answer(instance, router.out, limit)


def drawn(shape: str, *seed: int):
    instance, _, limit = random_question(
        np.random.Generator(np.random.PCG64(seed)), shape
    )
    return instance, limit


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_the_bound_is_never_above_the_best_cost(shape):
    """Every shape, limits of shipments too; most orders split a line somewhere."""
    bounds = 0
    for seed in range(12 if WITHOUT_JIT else 60):
        instance, limit = drawn(shape, 43, seed)
        answer = covered(instance, limit)
        if answer.bound > 0 and not instance.complete_only:
            bounds += 1
            best = brute_force(instance, "cheapest", limit)
            assert answer.found.units == best.units
            assert answer.bound <= best.cost <= answer.cost
    assert bounds > 0


def test_a_line_under_the_prices_meets_them_at_the_ends_of_steps():
    """Once it met them at the starts, and the bound was 217,303 above a cost of 213,000."""
    instance, limit = drawn("limits", 77, 2086)
    assert (
        covered(instance, limit).bound <= brute_force(instance, "cheapest", limit).cost
    )


def test_two_services_of_a_node_may_share_what_is_too_heavy_for_one():
    """Nothing may be called proven by a bound that counts on one load a node."""
    instance, _ = drawn("heavy", 77, 2043)
    answer = covered(instance)
    best = brute_force(instance, "cheapest")
    assert answer.words[O_BOUND] <= best.cost
    assert not answer.proven or answer.cost == best.cost
