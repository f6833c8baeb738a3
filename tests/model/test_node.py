"""Where stock is."""

from __future__ import annotations

from decimal import Decimal

import attrs
import pytest

from omniroute.codes import NODE_KINDS
from omniroute.errors import ConfigurationError
from omniroute.model import Node
from tests.model.refusals import refused


@pytest.mark.parametrize("kind", NODE_KINDS)
def test_every_kind_of_node_can_be_made(kind):
    """The kinds of the glossary, and no coordinates needed yet."""
    node = Node("S1", kind=kind)
    assert (node.kind, node.located, node.services) == (kind, False, None)


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"id": ""}, "id"),
        ({"id": 1000}, "id"),
        ({"kind": "shop"}, "kind"),
        ({"latitude": 91, "longitude": 0}, "latitude"),
        ({"latitude": 0, "longitude": float("nan")}, "longitude"),
        ({"latitude": 0}, "longitude"),
        ({"longitude": 0}, "latitude"),
        ({"postcode": "55 425\t"}, "postcode"),
        ({"postcode": "5542", "country": "US"}, "postcode"),
        ({"country": "usa"}, "country"),
        ({"services": "ground"}, "services"),
        ({"services": ["ground", "ground"]}, "services[1]"),
        ({"order_cost": -1}, "order_cost"),
        ({"line_cost": "1"}, "line_cost"),
        ({"unit_cost": 0.00001}, "unit_cost"),
        ({"unit_cost": float("nan")}, "unit_cost"),
        ({"unit_cost": 10**12}, "unit_cost"),
    ],
)
def test_a_node_that_cannot_be_names_the_field(values, path):
    """Ids, kinds, places and costs, each refused where it is made."""
    assert refused(Node, ConfigurationError, **{"id": "S1", **values}) == path


def test_costs_are_exact_amounts():
    """A float counts as it prints, and changing one field keeps the others."""
    node = Node("S1", order_cost=1.1, line_cost=Decimal("0.25"), unit_cost=2)
    assert (node.order_cost, node.line_cost) == (Decimal("1.10"), Decimal("0.25"))
    assert attrs.evolve(node, unit_cost=3).order_cost == node.order_cost


def test_a_node_may_offer_nothing():
    """It then holds stock and serves no order."""
    assert Node("S1", services=()).services == ()
