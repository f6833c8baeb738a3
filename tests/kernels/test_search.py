"""The searches: split quantities, and orders of more lines than the tables take."""

from __future__ import annotations

import os

import numpy as np
import pytest

from omniroute.codes import Method
from tests.kernels.route_harness import Router, as_arrays, ask_of, read_answer
from tests.naive.mip import mip_best
from tests.naive.random_instances import SHAPES, random_instance
from tests.naive.routing import brute_force

PLAIN = os.environ.get("NUMBA_DISABLE_JIT") == "1"
QUESTIONS = 4 if PLAIN else 60


def answers(shape, count, limit=None, **options):
    """Random instances with the kernels' cheapest answers."""
    router = Router()
    for seed in range(count):
        rng = np.random.Generator(np.random.PCG64(seed))
        instance = random_instance(rng, shape)
        words = router.decide(as_arrays(instance), ask_of(instance, **options))
        yield instance, read_answer(instance, words, limit)


def test_split_quantities_are_as_exhaustive_search_finds_them():
    """Which units come from where: as many served for as little in all."""
    split = 0
    for instance, answer in answers("splits", QUESTIONS):
        best = brute_force(instance, "cheapest", None)
        split += answer.is_split
        if answer.proven and not instance.complete_only:
            assert (answer.found.units, answer.cost) == (best.units, best.cost)
    assert split > 0


@pytest.mark.parametrize("budget", [1, 1_000, 2_000_000])
def test_a_small_work_budget_costs_quality_and_never_truth(budget):
    """With little effort the plan is a plan and its bound a bound."""
    for instance, answer in answers("splits", QUESTIONS // 2, budget=budget):
        best = brute_force(instance, "cheapest", None)
        if not instance.complete_only:
            assert answer.found.units == best.units
            assert answer.bound <= best.cost <= answer.cost


@pytest.mark.skipif(PLAIN, reason="minutes as plain Python")
@pytest.mark.parametrize("lines", [13, 15])
def test_many_lines_lie_between_bound_and_a_good_cost(lines):
    """More lines than a table takes: HiGHS lies between the bound and the cost."""
    shape = SHAPES["mixed"].sized(lines, 8)
    for instance, answer in answers(shape, 6):
        if instance.complete_only:
            continue
        units, _, cost = mip_best(instance, "cheapest")
        assert answer.found.units == units
        assert answer.bound <= cost <= answer.cost
        if answer.proven:
            assert answer.cost == cost


@pytest.mark.skipif(PLAIN, reason="minutes as plain Python")
def test_hundreds_of_lines_get_a_plan_that_keeps_the_rules():
    """No size is refused; figures are counted again from the picks."""
    shape = SHAPES["mixed"].sized(200, 40)
    for instance, answer in answers(shape, 3):
        if not instance.complete_only:
            assert answer.method == Method.COVER
            assert answer.found.units > 0
            assert answer.bound <= answer.cost
