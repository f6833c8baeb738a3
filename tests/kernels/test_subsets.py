"""The subset table on orders too large to try out: HiGHS, and figures worked by hand."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from omniroute.codes import Method
from omniroute.kernels.decide import memory
from tests.conftest import WITHOUT_JIT
from tests.kernels.route_harness import (
    QUARTER_POUNDS,
    Router,
    as_arrays,
    ask_of,
    check_clean,
    read_answer,
)
from tests.naive.mip import mip_best
from tests.naive.random_instances import SHAPES, random_instance, usps_tables
from tests.naive.routing import brute_force
from tests.naive.routing_instance import Instance, Line, Node, Option
from tests.naive.tariffs import Tariff

FLAT = Tariff.flat


def decided(instance, objective="cheapest", limit=None, lattice=None):
    router, arrays = Router(), as_arrays(instance, lattice)
    ask = ask_of(instance, objective, limit)
    words = router.decide(arrays, ask)
    check_clean(router, arrays, ask)
    return read_answer(instance, words, limit)


def held_whole(rng, shape, tables=None) -> Instance:
    """A random question in which a node that holds a line holds all of it."""
    instance = random_instance(rng, shape, tables)
    wanted = [line.quantity for line in instance.lines]
    nodes = tuple(
        Node(
            tuple(q * (held > 0) for q, held in zip(wanted, node.stock, strict=True)),
            node.order_cost,
            node.line_cost,
            node.unit_cost,
        )
        for node in instance.nodes
    )
    return Instance(instance.lines, nodes, instance.options)


@pytest.mark.real
@pytest.mark.skipif(WITHOUT_JIT, reason="minutes as plain Python")
@pytest.mark.parametrize("limit", [None, 2])
@pytest.mark.parametrize("objective", ["cheapest", "fastest"])
def test_twelve_lines_with_postal_tariffs_cost_what_highs_says(
    shared_data, objective, limit
):
    """Thirty nodes, two services each, real prices: to the last unit of money."""
    tables = []
    for name in ("ground_advantage_retail", "priority_mail_retail"):
        with (shared_data / f"usps_{name}.csv").open() as file:
            rows = list(csv.reader(file))[1:]
        tables.append(usps_tables(rows, heaviest_g=100_000))
    shape = SHAPES["mixed"].sized(12, 30)
    for seed in range(3):
        rng = np.random.Generator(np.random.PCG64([7, seed]))
        instance = held_whole(rng, shape, tables)
        answer = decided(instance, objective, limit, QUARTER_POUNDS)
        units, latest, cost = mip_best(instance, objective, limit)
        assert answer.proven
        assert (answer.found.units, answer.cost) == (units, cost)
        assert latest is None or latest == answer.found.latest


def test_a_limit_of_shipments_leaves_the_fewest_units_behind():
    """Three lines of 5, 3 and 1 at three nodes, two shipments: the line of 1 is left."""
    instance = Instance(
        lines=(Line(5), Line(3), Line(1)),
        nodes=(Node((5, 0, 0)), Node((0, 3, 0)), Node((0, 0, 1))),
        options=tuple(Option(k, 0, FLAT(9)) for k in range(3)),
    )
    answer = decided(instance, limit=2)
    assert (answer.short, answer.cost, answer.proven) == (1, 18, True)


def test_a_limit_may_be_met_by_serving_a_line_in_part():
    """Node 1 holds line 0 whole and 2 of line 1; with line 2 that is 7 units of 8."""
    instance = Instance(
        lines=(Line(3), Line(3), Line(2)),
        nodes=(Node((0, 3, 0)), Node((3, 2, 0)), Node((0, 0, 2))),
        options=tuple(Option(k, 0, FLAT(9)) for k in range(3)),
    )
    answer = decided(instance, limit=2)
    assert sorted(answer.plan) == [(1, {0: 3, 1: 2}), (2, {2: 2})]


@pytest.mark.skipif(
    not WITHOUT_JIT, reason="compiled kernels have their sizes built in"
)
@pytest.mark.parametrize("room", [1 << 17, 64, 4])
def test_alike_nodes_are_told_apart_in_little_memory_too(monkeypatch, room):
    """Stamps in place, by hash, and no stamps at all give the very same plans."""
    monkeypatch.setattr(memory, "STAMP_WORDS", room)
    shape = SHAPES["ties"].sized(4, 6)
    for seed in range(4):
        rng = np.random.Generator(np.random.PCG64([9, seed]))
        instance = random_instance(rng, shape)
        answer = decided(instance)
        if answer.method == Method.SUBSETS:
            best = brute_force(instance, "cheapest")
            assert answer.key("cheapest") == best.key[:-1]


def test_two_loads_too_heavy_for_one_shipment_are_no_plan_of_two():
    """A service takes 3 kg, the node holds 2 kg twice: one shipment, and no proof."""
    instance = Instance(
        lines=(Line(1, weight_g=2000), Line(1, weight_g=2000)),
        nodes=(Node((1, 1)),),
        options=(Option(0, 0, FLAT(9, 3000)),),
    )
    answer = decided(instance)
    assert (answer.found.units, answer.cost, answer.proven) == (1, 9, False)
