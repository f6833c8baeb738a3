"""Asks: an order and a policy in the words of the kernels."""

from __future__ import annotations

import pytest

import omniroute as om
from omniroute.kernels.order.layout import (
    A_BUDGET,
    A_COLLECT_AT,
    A_COMPLETE,
    A_EXCLUDED,
    A_GROUPS,
    A_HEADER,
    A_LINES,
    A_MAX_DISTANCE_M,
    A_OBJECTIVE,
    A_SLOT,
)
from omniroute.routing.ask_lines import LineReader
from omniroute.routing.ask_writer import AskWriter
from omniroute.stock.ids import Catalogue

TO = om.Destination(postcode="55425")


@pytest.fixture(scope="module")
def network():
    """Four services of three kinds; nodes given out of order."""
    flat = om.RateCard.flat(5)
    kinds = {
        "ground": "ship",
        "pickup": "collect",
        "express": "ship",
        "bike": "same_day",
    }
    services = [om.Service(name, kind, flat) for name, kind in kinds.items()]
    return om.Network([om.Node("N2"), om.Node("N1"), om.Node("N3")], services)


def write(network, order, **policy):
    reader = LineReader(Catalogue(network.node_ids, ["BOLT", "ROPE"], [0, 2]))
    return AskWriter(network, reader, om.RoutingPolicy(**policy)).write(order, 7)


def groups(ask):
    words = ask.words[A_HEADER : A_HEADER + 2 * ask.words[A_GROUPS]]
    return list(zip(words[::2], words[1::2], strict=True))


def order(lines=None, **terms):
    return om.Order(lines or {"BOLT": 1}, TO, **terms)


def test_kinds_do_not_mix_unless_the_policy_says_so(network):
    """A group a kind; collected orders always come in one shipment."""
    every = order(services=network.service_names)
    assert groups(write(network, every)) == [(0b0101, 0), (0b0010, 1), (0b1000, 0)]
    mixed = write(network, every, mix_kinds=True, max_shipments=3)
    assert groups(mixed) == [(0b1101, 3), (0b0010, 1)]


def test_an_order_that_names_no_service_is_delivered(network):
    """Collecting is for the asking, unless the network offers nothing else."""
    assert groups(write(network, order())) == [(0b0101, 0), (0b1000, 0)]
    counter = om.Service("counter", "collect", om.RateCard.flat(0))
    only = om.Network([om.Node("N1")], [counter])
    assert groups(write(only, order())) == [(0b1, 1)]


def test_only_the_services_named_are_admitted(network):
    """In whatever order they are named."""
    ask = write(network, order(services=["bike", "ground"]))
    assert groups(ask) == [(0b0001, 0), (0b1000, 0)]


def test_an_order_that_names_its_node_is_collected_there(network):
    """Its other services fall away."""
    ask = write(network, order(collect_at="N2"))
    assert groups(ask) == [(0b0010, 1)]
    assert ask.words[A_COLLECT_AT] == network.node_index("N2")


def test_the_rules_are_in_the_header(network):
    """Distances in metres, the objective by number."""
    ask = write(
        network,
        order(),
        objective="fastest",
        complete_only=True,
        max_distance_km=1.5,
        work_budget=99,
    )
    words = ask.words
    assert (words[A_SLOT], words[A_OBJECTIVE], words[A_COMPLETE]) == (7, 1, 1)
    assert (words[A_MAX_DISTANCE_M], words[A_BUDGET]) == (1500, 99)
    plain = write(network, order()).words
    assert (plain[A_MAX_DISTANCE_M], plain[A_COLLECT_AT], plain[A_EXCLUDED]) == (
        -1,
        -1,
        0,
    )


def test_nodes_excluded_by_order_and_policy_are_listed_by_rank(network):
    """Numbers are ranks of the sorted ids."""
    ask = write(network, order(exclude_nodes=["N3"]), exclude_nodes=["N1"])
    start = A_HEADER + 2 * ask.words[A_GROUPS]
    assert ask.words[start : start + ask.words[A_EXCLUDED]] == [0, 2]


def test_lines_of_one_sku_merge_in_exact_quanta(network):
    """In the order in which they were first named, at the end of the words."""
    ask = write(
        network, order([("ROPE", 0.1), ("BOLT", 2), ("ROPE", 0.2), ("BOLT", 1)])
    )
    assert ask.lines == [(1, 30), (0, 3)]
    assert ask.words[A_LINES] == 2
    assert ask.words[-4:] == [1, 30, 0, 3]
