"""Nodes and services together."""

from __future__ import annotations

import pickle

import pytest

from omniroute.errors import (
    ConfigurationError,
    UnknownNodeError,
    UnknownServiceError,
    ValidationError,
)
from omniroute.model import Destination, Network, Node, Places, RateCard, Service
from tests.model.refusals import refused

GROUND = Service("ground", "ship", RateCard.flat(5))
PICKUP = Service(
    "pickup", "collect", RateCard.flat(0), radius_km=40, node_kinds=["store"]
)
PLACES = Places(["554"], [45], [-93])
GOOD = {"nodes": [Node("A")], "services": [GROUND]}


def test_node_index_is_the_rank_of_the_id():
    """Whatever the order in which nodes were loaded."""
    nodes = [Node("B"), Node("10"), Node("A"), Node("9")]
    network = Network(nodes, [GROUND])
    assert network.node_ids == ("10", "9", "A", "B")
    assert [network.node_index(id) for id in network.node_ids] == [0, 1, 2, 3]
    assert network == Network(nodes[::-1], [GROUND])


def test_service_index_is_the_order_of_declaration():
    """Which is also the order in which equal offers are preferred."""
    network = Network([Node("A", kind="warehouse")], [PICKUP, GROUND])
    assert network.service_names == ("pickup", "ground")
    assert network.service_index("ground") == 1


def test_unknown_names_are_told_with_their_place():
    """Also when what was asked for could be nobody's id."""
    network = Network(**GOOD)
    for id in ("B", None, ["A"]):
        with pytest.raises(UnknownNodeError) as caught:
            network.node_index(id, "orders[3].collect_at")
        assert (caught.value.id, caught.value.path) == (id, "orders[3].collect_at")
    with pytest.raises(UnknownServiceError, match="unknown service 'air'"):
        network.service_index("air")


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"nodes": []}, "nodes"),
        ({"nodes": None}, "nodes"),
        ({"nodes": "A"}, "nodes"),
        ({"nodes": [Node("A"), "B"]}, "nodes[1]"),
        ({"nodes": [Node("A"), Node("B"), Node("A")]}, "nodes[2].id"),
        ({"services": []}, "services"),
        ({"services": [GROUND, GROUND]}, "services[1].name"),
        ({"services": ["ground"]}, "services[0]"),
        ({"places": {}}, "places"),
        ({"country": "usa"}, "country"),
        ({"currency": "$"}, "currency"),
        (
            {"nodes": [Node("A"), Node("B", services=["ground", "air"])]},
            "nodes[1].services[1]",
        ),
        ({"nodes": [Node("A", postcode="5542")]}, "nodes[0].postcode"),
    ],
)
def test_a_network_that_makes_no_sense_names_the_path(values, path):
    """Ids twice, unknown services, things that are no nodes."""
    assert refused(Network, ConfigurationError, **{**GOOD, **values}) == path


def test_at_most_62_services():
    """Sets of them are bits of one integer."""
    many = [Service(f"s{i}", "ship", RateCard.flat(1)) for i in range(63)]
    assert len(Network([Node("A")], many[:62]).services) == 62
    assert refused(Network, ConfigurationError, nodes=[Node("A")], services=many) == (
        "services"
    )


def test_a_node_that_may_offer_a_distance_service_needs_coordinates():
    """It is named as the caller gave it, not by its rank."""
    nodes = [Node("Z", latitude=1, longitude=1), Node("A")]
    path = refused(Network, ConfigurationError, nodes=nodes, services=[GROUND, PICKUP])
    assert path == "nodes[1].latitude"


def test_a_node_that_cannot_offer_it_needs_none():
    """By its own list, or by the kinds the service admits."""
    nodes = [Node("A", services=["ground"]), Node("B", kind="warehouse")]
    assert not any(n.located for n in Network(nodes, [GROUND, PICKUP]).nodes)


def test_places_locate_nodes_known_by_postcode_only():
    """Their own coordinates win where they have them."""
    nodes = [Node("A", postcode="55425"), Node("B", "store", 1, 2, "55425")]
    network = Network(nodes, [PICKUP], PLACES)
    assert [(n.latitude, n.longitude) for n in network.nodes] == [(45, -93), (1, 2)]


def test_destinations_are_located_by_themselves_or_by_postcode():
    """And not at all where neither says it."""
    network = Network(**GOOD, places=PLACES)
    assert network.locate(Destination("55425")) == (45, -93)
    assert network.locate(Destination("55425", latitude=0, longitude=0)) == (0, 0)
    assert network.locate(Destination("10001")) is None
    assert Network(**GOOD).locate(Destination("55425")) is None


def test_the_same_digits_abroad_are_another_place():
    """Places and zone charts are those of the network's own country."""
    network = Network(**GOOD, places=PLACES)
    assert network.locate(Destination("55425", "DE")) is None
    assert network.home_postcode(Destination("55425", "DE")) is None
    assert network.home_postcode(Destination("55425", "US")) == "55425"
    assert network.home_postcode(Node("A", postcode="55425")) == "55425"


def test_a_destination_without_a_country_is_in_the_networks():
    """So its postcode has to be one of there."""
    network = Network(**GOOD)
    with pytest.raises(
        ValidationError, match="^to.postcode: expected a postcode in country 'US'"
    ):
        network.check_destination(Destination("SW1A 1AA"), "to")
    with pytest.raises(ValidationError, match="^to: expected a Destination"):
        network.check_destination("55425", "to")
    network.check_destination(Destination("SW1A 1AA", "GB"), "to")
    network.check_destination(Destination("55425"), "to")
    Network(**GOOD, country="GB").check_destination(Destination("SW1A 1AA"), "to")


def test_a_network_prints_on_one_line_and_can_be_sent_to_a_worker():
    """Thousands of nodes neither flood a terminal nor stay behind."""
    network = Network(**GOOD)
    assert repr(network) == "Network(1 node; services ground)"
    assert pickle.loads(pickle.dumps(network)) == network
