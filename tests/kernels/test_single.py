"""One shipment for the whole order: most units, then cost, then the tie-breaks."""

from __future__ import annotations

import numpy as np

from omniroute.codes import Method
from tests.conftest import WITHOUT_JIT
from tests.kernels.route_harness import Router, as_arrays, ask_of, read_answer
from tests.naive.random_instances import SHAPES, random_instance
from tests.naive.routing import brute_force
from tests.naive.routing_instance import Instance, Line, Node, Option
from tests.naive.tariffs import Tariff


def single(instance: Instance, objective: str = "cheapest"):
    words = Router().decide(as_arrays(instance), ask_of(instance, objective, 1))
    answer = read_answer(instance, words, 1)
    assert answer.method in (Method.SINGLE, Method.NONE)
    return answer


def test_one_shipment_is_chosen_as_exhaustive_search_chooses_it():
    """Over every shape, both objectives, ties included."""
    for seed in range(3 if WITHOUT_JIT else 20):
        for shape in SHAPES:
            rng = np.random.Generator(np.random.PCG64([101, seed]))
            instance = random_instance(rng, shape)
            for objective in ("cheapest", "fastest"):
                answer = single(instance, objective)
                if answer.proven:
                    best = brute_force(instance, objective, 1)
                    assert answer.key(objective) == best.key[:-1]


def test_between_equal_nodes_the_one_with_the_first_line_is_chosen():
    """Node 1 serves line 0, node 0 line 1: an unserved line sorts after every node."""
    instance = Instance(
        lines=(Line(1), Line(1)),
        nodes=(Node((0, 1)), Node((1, 0))),
        options=tuple(Option(k, 0, Tariff.flat(7)) for k in range(2)),
    )
    assert single(instance).plan == [(1, {0: 1})]


def test_a_load_that_is_too_heavy_is_sent_in_part():
    """Three kilos do not fit into two: two go, unless another node sends all three."""

    def ask(stock: int):
        return single(
            Instance(
                lines=(Line(3, weight_g=1000),),
                nodes=(Node((3,)), Node((stock,))),
                options=(
                    Option(0, 0, Tariff.flat(5, 2000)),
                    Option(1, 1, Tariff.flat(9)),
                ),
            )
        )

    assert (ask(3).plan, ask(3).proven) == ([(1, {0: 3})], True)
    assert (ask(2).plan, ask(2).proven) == ([(0, {0: 2})], True)


def test_of_several_lines_the_lightest_units_go_first():
    """Most units first: 2 x 400 g and 1 x 900 g of four kilos; a doubt about the cost."""
    answer = single(
        Instance(
            lines=(Line(2, weight_g=900), Line(2, weight_g=400)),
            nodes=(Node((2, 2)),),
            options=(Option(0, 0, Tariff.flat(5, 1800)),),
        )
    )
    assert (answer.plan, answer.short) == ([(0, {0: 1, 1: 2})], 1)
    assert not answer.proven
