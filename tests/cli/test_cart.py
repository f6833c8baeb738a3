"""What the demo shows of a cart: whose it is, its offers, its dates."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

import omniroute as om
from omniroute.cli import cart
from omniroute.cli.cart import Cart
from omniroute.cli.figures import Figures

HOME = om.Destination(latitude=41.9, longitude=-87.7)
#: A Tuesday, 09:00 in Chicago.
NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)


def order(id, lines):
    return om.Order(lines, HOME, id=id, placed_at=NOW)


@pytest.fixture
def engine():
    """A store in Chicago with bolts, a warehouse with bolts and nuts."""
    post = om.DispatchRule(processing="2h", cutoff="14:00", pickups="16:30")
    services = [
        om.Service(
            "ground", "ship", om.RateCard.flat(6), transit_days=2, dispatch=post
        ),
        om.Service(
            "counter",
            "collect",
            om.RateCard.flat(0),
            radius_km=50,
            dispatch=om.DispatchRule(processing="2h"),
        ),
    ]
    hours = om.Calendar(om.Hours.every_day("08:00-20:00"), "America/Chicago")
    nodes = [
        om.Node("S", "store", latitude=41.88, longitude=-87.63, hours=hours),
        om.Node("W", "warehouse", latitude=38.6, longitude=-90.2, hours=hours),
    ]
    items = [om.Item("BOLT"), om.Item("NUT")]
    made = om.Engine(om.Network(nodes, services), items, clock=NOW.timestamp)
    made.apply([om.Receive("BOLT", "S", 3), om.Receive("BOLT", "W", 9)])
    made.apply(om.Receive("NUT", "W", 9))
    return made


def test_the_first_small_cart_of_which_a_store_has_the_first_item(engine):
    """A large one is passed over, one without a store near by makes way."""
    seen = Cart(engine)
    many = [("BOLT", 1)] * (cart.LINES_MAX + 1)
    seen.look_at(order("large", many))
    assert seen.page is None
    seen.look_at(order("far", {"NUT": 1}))
    assert seen.page["order"] == "far"
    seen.look_at(order("near", {"BOLT": 5, "NUT": 1}))
    seen.look_at(order("late", {"BOLT": 1}))
    assert seen.page["order"] == "near"
    assert [store["node"] for store in seen.page["stores"]] == ["S"]


def test_offers_are_those_of_the_engine_and_nothing_is_taken(engine):
    """The product by the piece, the cart whole; stock stands."""
    seen, basket = Cart(engine), order("near", {"BOLT": 5, "NUT": 1})
    seen.look_at(basket)
    for told, asked in (("cart", basket), ("product", order("one", {"BOLT": 1}))):
        offers = engine.promise(asked)
        assert [each["cost"] for each in seen.page[told]] == [
            float(offer.cost) for offer in offers
        ]
    assert engine.available_to_promise("BOLT") == 12


def test_a_page_is_read_by_the_clock_of_the_store(engine):
    """Ready two hours from now; the parcel leaves today, for five hours more to order."""
    seen = Cart(engine)
    seen.look_at(order("near", {"BOLT": 5, "NUT": 1}))
    assert cart.as_text(seen.page, "USD").splitlines() == [
        "What a customer sees on Tue 24 Nov 09:00, local time:",
        "the page of product BOLT",
        "            USD           arrives  order within  parcels",
        "  ground   6.00        Thu 26 Nov     5 h 0 min        1",
        "  counter  0.00  Tue 24 Nov 11:00    8 h 59 min        1",
        "  collect at store S, 6.2 km: from Tue 24 Nov 11:00",
        "the cart of order near (2 lines, 6 units)",
        "            USD           arrives  order within    parcels",
        "  ground   6.00        Thu 26 Nov     5 h 0 min          1",
        "  counter  0.00  Tue 24 Nov 11:00    8 h 59 min  1 (short)",
    ]


def test_days_to_the_last_parcel_are_of_the_calendar(engine):
    """From the day of the order; in transit where routing tells no dates."""
    basket = order("near", {"BOLT": 1})
    figures = Figures(engine.network)
    figures.add(basket, engine.route(basket), 1)
    assert figures.outcome()["mean_days"] == 2.0
    plain = om.Service("ground", "ship", om.RateCard.flat(6), transit_days=4)
    other = om.Engine(om.Network([om.Node("W")], [plain]), [om.Item("BOLT")])
    other.apply(om.Receive("BOLT", "W", 1))
    figures.add(basket, other.route(basket), 1)
    assert figures.outcome()["mean_days"] == 3.0
