"""One set of nodes, priced, packed and poured: beside every way to share lines out."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from omniroute.codes import UNREACHED
from omniroute.kernels.cover import trial as trial_kernels
from tests.conftest import WITHOUT_JIT
from tests.kernels.set_harness import best_of_set, trial
from tests.naive.random_instances import Shape, random_instance
from tests.naive.routing_instance import Instance, Line, Node, Option
from tests.naive.tariffs import Tariff

#: Lines that some node holds whole: brackets and packings alone.
WHOLE = Shape(stock=(1.0, 2.0), handling=700, holds=0.7)
#: Weight limits that two lines together may break.
HEAVY = Shape(stock=(1.0, 2.0), holds=0.8, weights_g=(200, 900), heaviest_g=2500)
#: Lines that nobody holds whole, in units that come apart.
SHARED = Shape(
    scales=(1, 4), quantity=(2, 5), stock=(0.2, 0.9), holds=0.9, handling=200,
    weights_g=(1, 40),
)  # fmt: skip
#: Whole lines, prices of many steps: how they are packed decides.
TIGHT = Shape(
    stock=(1.0, 2.0), handling=900, holds=0.75, weights_g=(100, 900), steps=12
)
LARGE = 1 << 40


def sets(shape: Shape, lines: int, nodes: int, seeds: int):
    """Random orders, and sets of two and three nodes that hold all of them together."""
    for seed in range(seeds):
        rng = np.random.Generator(np.random.PCG64([83, seed]))
        drawn = random_instance(rng, shape.sized(lines, nodes))
        instance = Instance(drawn.lines, drawn.nodes, drawn.options)
        for size in (2, 3):
            for chosen in combinations(range(nodes), size):
                held = np.sum([instance.nodes[k].stock for k in chosen], axis=0)
                wanted = [line.quantity for line in instance.lines]
                reach = [
                    not whole
                    or any(instance.nodes[k].stock[i] >= wanted[i] for k in chosen)
                    for i, whole in enumerate(instance.whole_able)
                ]
                if (held >= wanted).all() and all(reach):
                    yield instance, list(chosen)


SEEDS = 2 if WITHOUT_JIT else 12


@pytest.mark.parametrize("shape", [WHOLE, HEAVY], ids=["whole", "heavy"])
def test_the_best_plan_of_a_set_is_found_and_nothing_left_open(shape):
    """Whole lines: it costs what the best way to share them out costs, or less."""
    number = 0
    for instance, chosen in sets(shape, 5, 4, SEEDS):
        best, least = best_of_set(instance, chosen)
        known = LARGE if best is None else best + 1 + best // 4
        cost, left_open, carried_out = trial(instance, chosen, known)
        assert left_open >= UNREACHED
        if best is not None:
            assert least <= cost == carried_out <= best
            number += 1
    assert number > 0


def test_many_lines_in_few_brackets_leave_nothing_to_chance():
    """Eight lines, prices of many steps, handling here and there: not found by rounding."""
    for instance, chosen in sets(TIGHT, 8, 3, 5 * SEEDS):
        best, least = best_of_set(instance, chosen)
        if best is not None:
            for known in (best + 1, best + 1 + best // 8):
                cost, left_open, _ = trial(instance, chosen, known)
                assert left_open >= UNREACHED
                assert least <= cost <= best


@pytest.mark.skipif(not WITHOUT_JIT, reason="compiled kernels keep their constants")
def test_lines_assigned_one_by_one_leave_nobody_out_who_may_send_them(monkeypatch):
    """No choice is listed, and nothing rounded, before every line goes to each in turn."""
    monkeypatch.setattr(trial_kernels, "LIST_PART", 1 << 40)
    monkeypatch.setattr(trial_kernels, "LIST_STEPS", 0)
    monkeypatch.setattr(trial_kernels, "_round", lambda *_: None)
    number = 0
    for instance, chosen in sets(TIGHT, 6, 3, 6):
        best, least = best_of_set(instance, chosen)
        if best is not None:
            cost, left_open, _ = trial(instance, chosen, best + 1 + best // 8)
            assert left_open >= UNREACHED
            assert least <= cost <= best
            number += 1
    assert number > 0


@pytest.mark.parametrize("shape", [WHOLE, SHARED], ids=["whole", "shared"])
def test_a_set_with_nothing_cheaper_to_give_leaves_the_plan_alone(shape):
    """The best cost itself is known: no plan is kept."""
    for instance, chosen in sets(shape, 3, 3, SEEDS):
        _, least = best_of_set(instance, chosen)
        if least is not None:
            assert trial(instance, chosen, least)[0] == least


def test_a_set_that_shares_lines_is_never_thought_dearer_than_it_is():
    """Parts of a line weigh and cost what they do: the best way to share is found."""
    number = 0
    for instance, chosen in sets(SHARED, 2, 3, 3 * SEEDS):
        best, least = best_of_set(instance, chosen)
        if best is None:
            continue
        cost, left_open, carried_out = trial(instance, chosen, best + 1 + best // 4)
        assert carried_out == cost >= least
        assert (cost, left_open) == (best, UNREACHED) or cost < best
        number += 1
    assert number > 0


@pytest.mark.parametrize("budget", [1, 50, 500, 5000])
def test_without_the_effort_what_is_left_open_is_told(budget):
    """However little was done: the plan kept is a plan, the bound holds."""
    for instance, chosen in [*sets(WHOLE, 6, 4, SEEDS), *sets(SHARED, 2, 3, SEEDS)]:
        best, least = best_of_set(instance, chosen)
        if best is not None:
            known = best + 1 + best // 2
            cost, left_open, carried_out = trial(instance, chosen, known, budget)
            assert least <= cost == carried_out <= known
            assert min(cost, left_open) <= best


def test_where_the_rule_of_thumb_fails_every_way_to_share_is_tried():
    """Two lines that three nodes share, none of which takes much: the best way is found."""
    number = 0
    for seed in range(SEEDS * 5):
        rng = np.random.Generator(np.random.PCG64([89, seed]))
        caps = rng.integers(1, 4, (3, 2))
        wanted = caps.sum(axis=0) - rng.integers(0, 2, 2)
        lines = [
            Line(int(q), weight_g=int(g))
            for q, g in zip(wanted, rng.integers(3, 9, 2), strict=True)
        ]
        if (caps.max(axis=0) >= wanted).any():
            continue
        steps = Tariff((10, 20, 30), (100, 250, 300 + int(rng.integers(200))))
        nodes = tuple(
            Node(tuple(map(int, cap)), 0, int(fee), int(fee))
            for cap, fee in zip(caps, rng.integers(0, 60, 3), strict=True)
        )
        instance = Instance(
            tuple(lines), nodes, tuple(Option(k, 0, steps) for k in range(3))
        )
        best, least = best_of_set(instance, [0, 1, 2])
        if best is not None:
            cost, left_open, carried_out = trial(instance, [0, 1, 2], best + 200)
            assert left_open == UNREACHED
            # It may come upon a plan that does without one of them.
            assert least <= cost == carried_out <= best
            number += 1
    assert number > 0


def test_halves_of_a_unit_weigh_half_a_gram_too_much_and_still_can_be_sent():
    """1.5 g here and 1.5 g there are the 3 g asked for, though 1 g and 1 g are not."""
    instance = Instance(
        (Line(10, weight_g=3, scale=10),),
        (Node((5,)), Node((5,))),
        tuple(Option(k, 0, Tariff((2, 100), (700, 900))) for k in range(2)),
    )
    assert trial(instance, [0, 1], 5000)[0] == best_of_set(instance, [0, 1])[0] == 1400


def test_prices_that_leap_within_a_gram_stay_within_a_word():
    """A leap of 50 million for a gram, beside a load of 4,000 tonnes."""
    leap = 2**39
    heavy = Tariff((4 * 10**9, 8 * 10**9), (10_000, leap))
    light = Tariff((1, 2), (10_000, leap))
    instance = Instance(
        (Line(2, weight_g=2 * 10**9), Line(1, weight_g=1), Line(1, weight_g=1)),
        (Node((2, 1, 1)), Node((0, 1, 1))),
        (Option(0, 0, heavy), Option(1, 1, light)),
    )
    best, least = best_of_set(instance, [0, 1])
    assert (best, least) == (leap + 10_000, leap)
    cost, left_open, _ = trial(instance, [0, 1], best + leap)
    assert least <= cost <= best
    assert left_open >= UNREACHED


def planted(seed: int):
    """Lines that four nodes share so that every gram of their rooms is used: one way."""
    rng = np.random.Generator(np.random.PCG64([97, seed]))
    parts = rng.integers(1, 5, (4, 4))
    weights_g = rng.choice(np.arange(50, 100), 4, replace=False)
    caps = parts + rng.integers(0, 3, (4, 4))
    wanted = parts.sum(axis=0)
    lines = [
        Line(int(q), weight_g=int(g)) for q, g in zip(wanted, weights_g, strict=True)
    ]
    nodes = tuple(Node(tuple(map(int, cap)), 0, 0, 0) for cap in caps)
    options = tuple(
        Option(k, 0, Tariff((int(room_g), 10_000), (1000, 50_000)))
        for k, room_g in enumerate(parts @ weights_g)
    )
    if (caps.max(axis=0) >= wanted).any():
        return None
    return Instance(tuple(lines), nodes, options)


def test_a_packing_that_was_given_up_is_left_open():
    """There is a way to share the lines out: it is found, or it is said to be open."""
    found = given_up = 0
    for seed in range(SEEDS * 4):
        instance = planted(seed)
        if instance is not None:
            cost, left_open, _ = trial(instance, [0, 1, 2, 3], 5000)
            assert min(cost, left_open) <= 4000
            found += cost <= 4000
            given_up += cost > 4000
    assert given_up > 0
