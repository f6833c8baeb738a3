"""Named offers."""

from __future__ import annotations

from decimal import Decimal

import pytest

from omniroute.errors import ConfigurationError
from omniroute.model import DistanceBands, Node, PostcodeZones, RateCard, Service
from tests.model.refusals import refused

RATES = RateCard.by_zone({1: 5, 2: 7, 3: 9})
BANDS = DistanceBands([10, 50])
GOOD = {"name": "ground", "kind": "ship", "rates": RATES, "zones": BANDS}


def test_a_lane_is_served_with_a_rate_and_a_transit_time():
    """Zones of the chart that lack either are not."""
    bands = DistanceBands([1, 2, 3, 4])
    rates = RateCard.by_zone({1: 5, 2: 7, 4: 9})
    service = Service("ground", "ship", rates, bands, transit_days={1: 2, 3: 4, 4: 0})
    assert service.lane_zones == (1, 4)
    assert (service.transit(1), service.transit(2), service.transit(4)) == (2, None, 0)


def test_one_transit_time_is_that_of_every_zone():
    """A plain number says it for all."""
    service = Service(**GOOD, transit_days=2)
    assert (service.lane_zones, service.transit(9)) == ((1, 2), 2)


def test_a_flat_rate_serves_every_zone_of_the_chart():
    """One price for any zone, so the chart alone says what is served."""
    chart = PostcodeZones(["100"], ["100", "200", "300"], [[7, 0, 9]])
    service = Service("post", "ship", RateCard.flat(5), chart)
    assert service.lane_zones == (7, 9)


def test_without_zones_every_lane_is_zone_1():
    """As for collecting in a store, which costs the same from anywhere."""
    service = Service("pickup", "collect", RateCard.flat(0), radius_km=40)
    assert (service.lane_zones, service.radius_m) == ((1,), 40_000)
    assert service.needs_distance
    assert not Service("post", "ship", RateCard.by_zone({1: 5})).needs_distance
    assert Service(**GOOD).needs_distance


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"name": ""}, "name"),
        ({"kind": "teleport"}, "kind"),
        ({"rates": 5}, "rates"),
        ({"zones": None}, "rates"),
        ({"zones": None, "rates": RateCard.by_zone({2: 5})}, "rates"),
        ({"zones": [1, 2]}, "zones"),
        ({"transit_days": -1}, "transit_days"),
        ({"transit_days": 1.5}, "transit_days"),
        ({"transit_days": 367}, "transit_days"),
        ({"transit_days": {1: -1}}, "transit_days[1]"),
        ({"transit_days": {0: 1}}, "transit_days[0]"),
        ({"transit_days": {"1": 1, 2: 2}}, "transit_days['1']"),
        ({"transit_days": {3: 1}}, "transit_days"),
        ({"rates": RateCard.by_zone({9: 5})}, "transit_days"),
        ({"radius_km": 0}, "radius_km"),
        ({"radius_km": "40"}, "radius_km"),
        ({"node_kinds": ()}, "node_kinds"),
        ({"node_kinds": "store"}, "node_kinds"),
        ({"node_kinds": ["store", "shop"]}, "node_kinds[1]"),
    ],
)
def test_a_service_that_cannot_be_names_the_field(values, path):
    """Also one that could never serve a lane, which is surely a mistake."""
    assert refused(Service, ConfigurationError, **{**GOOD, **values}) == path


def test_a_node_offers_what_it_lists_and_its_kind_admits():
    """None on either side means no limit."""
    stores = Service("pickup", "collect", RateCard.flat(0), node_kinds=["store"])
    nodes = [
        Node("A"),
        Node("B", services=["pickup"]),
        Node("C", services=["other"]),
        Node("D", kind="warehouse"),
    ]
    assert [stores.offered_by(node) for node in nodes] == [True, True, False, False]


def test_services_compare_and_hash():
    """Two that say the same are the same."""
    assert Service(**GOOD, radius_km=2.5) == Service(**GOOD, radius_km=Decimal("2.50"))
    assert hash(Service(**GOOD)) == hash(Service(**GOOD))
