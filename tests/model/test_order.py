"""Orders and their lines."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
import pytest

from omniroute.errors import ValidationError
from omniroute.model import Destination, Order, OrderLine
from tests.model.refusals import refused

HOME = Destination(postcode="55425")


def test_lines_may_be_a_dict_pairs_or_lines():
    """However they are given, the order is the same order."""
    lines = (OrderLine("BOLT", 2), OrderLine("NUT", Decimal("1.5")))
    spelled = [
        {"BOLT": 2, "NUT": Decimal("1.5")},
        [("BOLT", 2), ["NUT", Decimal("1.5")]],
        iter(lines),
        lines,
    ]
    assert {Order(lines=given, destination=HOME).lines for given in spelled} == {lines}


def test_lines_of_one_sku_are_kept_until_routing():
    """Real baskets repeat a SKU; what was asked stays readable."""
    assert len(Order([("BOLT", 1), ("BOLT", 2)], HOME).lines) == 2


@pytest.mark.parametrize(
    ("lines", "path"),
    [
        ([], "lines"),
        ({}, "lines"),
        ("BOLT", "lines"),
        (None, "lines"),
        (["BOLT"], "lines[0]"),
        ([("BOLT", 1, 2)], "lines[0]"),
        ([OrderLine("BOLT", 1), ("", 1)], "lines[1].sku"),
        ({"BOLT": 1, "NUT": 0}, "lines[1].quantity"),
        ({"BOLT": -1}, "lines[0].quantity"),
        ({"BOLT": float("nan")}, "lines[0].quantity"),
        ({"BOLT": float("inf")}, "lines[0].quantity"),
        ({"BOLT": "2"}, "lines[0].quantity"),
        ({"BOLT": True}, "lines[0].quantity"),
        ({"BOLT": None}, "lines[0].quantity"),
        ({"BOLT": 0.0001}, "lines[0].quantity"),
        ({"BOLT": 10**12}, "lines[0].quantity"),
        ({5: 1}, "lines[0].sku"),
    ],
)
def test_a_bad_line_is_named_by_its_place(lines, path):
    """An empty order, a quantity that is none, a text in a number."""
    assert refused(Order, ValidationError, lines=lines, destination=HOME) == path


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"destination": "55425"}, "destination"),
        ({"destination": None}, "destination"),
        ({"services": ()}, "services"),
        ({"services": "ground"}, "services"),
        ({"services": ["ground", "ground"]}, "services[1]"),
        ({"id": ""}, "id"),
        ({"id": 7}, "id"),
        ({"collect_at": 1000}, "collect_at"),
        ({"exclude_nodes": "S1"}, "exclude_nodes"),
        ({"exclude_nodes": [1]}, "exclude_nodes[0]"),
        ({"placed_at": datetime(2026, 1, 1)}, "placed_at"),  # noqa: DTZ001 - naive on purpose
        ({"placed_at": 5}, "placed_at"),
        ({"placed_at": "2026-01-01"}, "placed_at"),
    ],
)
def test_bad_terms_name_the_field(values, path):
    """Everything about an order but its lines."""
    values = {"lines": {"BOLT": 1}, "destination": HOME, **values}
    assert refused(Order, ValidationError, **values) == path


def test_good_terms_are_kept():
    """As given, in the order given."""
    order = Order(
        {"BOLT": np.int64(2)},
        HOME,
        services=["ground", "express"],
        id="A-1",
        collect_at="S1",
        exclude_nodes={"S3", "S2"},
        placed_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    assert order.services == ("ground", "express")
    assert order.exclude_nodes == ("S2", "S3")
    assert Order({"BOLT": 2}, HOME).services is None


def test_equal_orders_are_equal():
    """Asking again with the same content can be recognised."""
    assert Order({"BOLT": 2}, HOME) == Order([("BOLT", 2)], HOME)
    assert hash(Order({"BOLT": 2}, HOME)) == hash(Order([("BOLT", 2)], HOME))


def test_an_order_placed_at_an_instant_of_numpy_says_when_in_utc():
    """As one read from a column does."""
    at = np.datetime64("2026-01-05T12:30:00")
    order = Order({"BOLT": 1}, Destination(postcode="55425"), placed_at=at)
    assert order.placed_at == datetime(2026, 1, 5, 12, 30, tzinfo=UTC)
