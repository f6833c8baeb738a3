"""The table kernels against exhaustive search: one group of services, small questions."""

from __future__ import annotations

import os
from dataclasses import replace

import numba
import numpy as np
import pytest

from omniroute.codes import Method
from omniroute.kernels.decide.route import keep_better
from omniroute.kernels.order.layout import O_BOUND, O_COST, O_PICKS, O_PROVEN, O_SHORT
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

#: Questions a shape; plain Python kernels are a thousand times slower.
QUESTIONS = 6 if os.environ.get("NUMBA_DISABLE_JIT") == "1" else 60
SETTLED = {Method.SINGLE, Method.SUBSETS, Method.NONE}


def questions(shape: str, count: int = QUESTIONS):
    """Random instances of a shape, with objective and limit of shipments."""
    for seed in range(count):
        rng = np.random.Generator(np.random.PCG64([seed, len(shape)]))
        yield random_question(rng, shape)


def decided(router: Router, instance, objective, limit):
    """The kernels' answer, its rules checked and its figures counted again."""
    arrays, ask = as_arrays(instance), ask_of(instance, objective, limit)
    words = router.decide(arrays, ask)
    check_clean(router, arrays, ask)
    return read_answer(instance, words, limit)


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_what_is_called_proven_is_the_best_there_is(shape):
    """Every proven answer is exhaustive search's, to the last unit of money."""
    router, proven = Router(), 0
    for instance, objective, limit in questions(shape):
        answer = decided(router, instance, objective, limit)
        best = brute_force(instance, objective, limit)
        if not answer.proven or instance.complete_only:
            continue
        proven += 1
        ours = (answer.found.units, answer.found.cost)
        assert ours == (best.units, best.cost)
        if objective == "fastest":
            assert answer.found.latest == best.latest
    assert proven > 0


@pytest.mark.parametrize("shape", ["mixed", "ties", "limits", "collect", "crossing"])
def test_ties_go_the_documented_way(shape):
    """Fewer shipments, sooner, nearer, then node ids line by line, then service."""
    router = Router()
    for instance, objective, limit in questions(shape):
        answer = decided(router, instance, objective, limit)
        if answer.method in SETTLED and answer.proven and not instance.complete_only:
            best = brute_force(instance, objective, limit)
            assert answer.key(objective) == best.key[:-1]


@pytest.mark.parametrize("shape", sorted(set(SHAPES) - {"heavy"}))
def test_orders_without_split_lines_are_always_proven(shape):
    """Up to twelve lines, each held whole somewhere: the tables settle the order."""
    router = Router()
    for instance, objective, limit in questions(shape):
        if all(instance.whole_able) or limit == 1:
            assert decided(router, instance, objective, limit).proven


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_what_arrives_too_late_is_as_if_it_were_not_there(shape):
    """An ask with a latest arrival is answered like one without the later options."""
    router, told = Router(), 0
    for instance, objective, limit in questions(shape):
        days = sorted({option.transit_days for option in instance.options})
        for latest in (0, *days[:-1]):
            in_time = [o for o in instance.options if o.transit_days <= latest]
            if not in_time:
                continue
            early = replace(instance, options=tuple(in_time))
            arrays = as_arrays(instance)
            ask = ask_of(instance, objective, limit, latest=latest)
            words = router.decide(arrays, ask)
            check_clean(router, arrays, ask)
            if words[O_PICKS] and words[O_PROVEN] and not instance.complete_only:
                best = brute_force(early, objective, limit)
                short = sum(line.quantity for line in instance.lines) - best.units
                assert (words[O_SHORT], words[O_COST]) == (short, best.cost)
                told += 1
    assert told > 0


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_no_bound_is_above_the_best_there_is(shape):
    """A bound on the cost of the most units that can be served is never too high."""
    router = Router()
    for instance, objective, limit in questions(shape):
        answer = decided(router, instance, objective, limit)
        best = brute_force(instance, objective, limit)
        same_time = objective == "cheapest" or answer.found.latest == best.latest
        if answer.found.units == best.units and same_time:
            assert answer.bound <= best.cost


def _keep_better(trial, best):
    keep_better(trial, best, False)


@pytest.mark.parametrize("ours", [0, 1])
@pytest.mark.parametrize("theirs", [0, 1])
@pytest.mark.parametrize("cost", [50, 150])
def test_a_doubt_of_either_group_stays_with_the_better_answer(ours, theirs, cost):
    """The other group might still have had a better plan."""
    keep = _keep_better if WITHOUT_JIT else numba.njit(_keep_better)
    trial, best = np.zeros((2, 64), np.int64)
    for words, money, proven in ((trial, cost, ours), (best, 100, theirs)):
        words[[O_PICKS, O_COST, O_BOUND, O_PROVEN]] = 1, money, money, proven
    keep(trial, best)
    proven = ours * theirs
    least = min(cost, 100)
    told = best[[O_COST, O_BOUND, O_PROVEN]].tolist()
    assert told == [least, least * proven, proven]


def test_an_order_wanted_whole_has_no_plan_when_something_is_missing():
    """Complete-only: everything, or no shipment at all."""
    router, refused = Router(), 0
    for instance, objective, limit in questions("scarce", 4 * QUESTIONS):
        if instance.complete_only:
            answer = decided(router, instance, objective, limit)
            assert answer.plan == [] or answer.short == 0
            refused += answer.plan == []
    assert refused > 0
