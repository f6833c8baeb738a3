"""Playing a stream: when stock is replenished, and what is added up."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace

import numpy as np
import pytest

import omniroute as om
from omniroute.cli import demo
from omniroute.cli.figures import Figures
from omniroute.datasets import CodedColumn
from omniroute.simulation import WalkIn

HERE = om.Destination(latitude=0.0, longitude=0.0)


def order(id, day, units):
    at = datetime(2011, 5, day, 12, tzinfo=UTC)
    return om.Order({"BOLT": units}, HERE, id=id, placed_at=at)


@pytest.fixture
def shop():
    """A store 111 km away with 3 bolts, a warehouse 222 km away with 5."""
    ground = om.Service("ground", "ship", om.RateCard.flat(5), transit_days=2)
    nodes = [
        om.Node("S", "store", latitude=0.0, longitude=1.0),
        om.Node("W", "warehouse", latitude=0.0, longitude=2.0),
    ]
    opening = {
        "event": "count",
        "sku": CodedColumn(["BOLT"], np.array([0, 0])),
        "node": CodedColumn(["S", "W"], np.array([0, 1])),
        "quantity": np.array([3, 5]),
    }
    # Friday, Saturday, and the Monday after: 4, 9 and 2 units.
    orders = (order("1", 6, 4), order("2", 7, 9), order("3", 9, 2))
    return SimpleNamespace(
        network=om.Network(nodes, [ground]),
        items=(om.Item("BOLT"),),
        opening_stock=opening,
        orders=orders,
    )


def test_stock_is_back_at_its_opening_level_on_monday(shop):
    """Friday and Saturday leave nothing; the order of Monday is filled whole."""
    for side in demo.play(shop, om.RoutingPolicy(), every_days=7):
        assert side.engine.available_to_promise("BOLT") == 8 - 2
        assert side.figures.units_short == 4 + 9 - 8


def test_never_replenished_stock_runs_out(shop):
    """Monday's order finds nothing."""
    for side in demo.play(shop, om.RoutingPolicy(), every_days=None):
        assert side.engine.available_to_promise("BOLT") == 0
        assert side.figures.units_short == 4 + 9 + 2 - 8


def test_a_second_monday_is_one_in_two(shop):
    """Delivered every fourteen days, the Monday of week two brings nothing."""
    for side in demo.play(shop, om.RoutingPolicy(), every_days=14):
        assert side.engine.available_to_promise("BOLT") == 0
        assert side.figures.units_short == 4 + 9 + 2 - 8


def test_walk_in_customers_buy_before_the_order_comes(shop):
    """One unit an evening, Monday to Thursday, leaves 4 of 8 for the 4 of Friday."""
    shop.orders = shop.orders[:1]
    walk_in = WalkIn(shop.opening_stock, units_per_day=1)
    noon = shop.orders[0].placed_at
    for side in demo.play(shop, om.RoutingPolicy(), every_days=None, walk_in=walk_in):
        assert side.figures.walk_in == 4
        assert side.figures.walk_in_lost + side.figures.units_short == 0
        assert side.engine.available_to_promise("BOLT") == 0
        assert side.engine.now == noon


def test_both_sides_are_asked_for_the_same_and_count_what_they_lose(shop):
    """24 units a day of 8: nearly all is lost, and the orders get nothing."""
    walk_in = WalkIn(shop.opening_stock, units_per_day=24)
    sides = demo.play(shop, om.RoutingPolicy(), every_days=None, walk_in=walk_in)
    for side in sides:
        # Seven whole days, and Monday from ten to noon.
        assert side.figures.walk_in == 7 * 24 + 2 * 2
        assert side.figures.walk_in_lost == side.figures.walk_in - 8
        assert side.figures.units_short == 4 + 9 + 2


def test_walk_in_customers_find_what_monday_brought(shop):
    """Sold out by the first evening; in week two the shelves sell out once more."""
    walk_in = WalkIn(shop.opening_stock, units_per_day=240)
    shop.orders = (order("1", 10, 1),)
    for side in demo.play(shop, om.RoutingPolicy(), every_days=7, walk_in=walk_in):
        assert side.figures.walk_in == 240 + 2 * 20
        assert side.figures.units_short == 1


def test_the_two_sides_have_their_own_stock(shop):
    """One order of four: all from the warehouse in either case, taken in each."""
    shop.orders = shop.orders[:1]
    ours, theirs = demo.play(shop, om.RoutingPolicy(), every_days=7)
    assert ours.engine is not theirs.engine
    for side in (ours, theirs):
        assert side.engine.available_by_node("BOLT").tolist() == [3, 1]


def test_figures_of_two_orders_by_hand(shop):
    """4 from the warehouse for 5; 3 from the store and 1 from the warehouse for 10."""
    shop.orders = (order("1", 6, 4), order("2", 6, 9))
    _, theirs = demo.play(shop, om.RoutingPolicy(), every_days=7)
    values = theirs.figures.outcome()
    by_hand = {
        "orders": 2,
        "lines": 2,
        "units": 13,
        "units_served": 8,
        "units_short": 5,
        "fill_rate": 8 / 13,
        "orders_whole": 1,
        "orders_whole_share": 0.5,
        "split_rate": 0.5,
        "shipments": 3,
        "shipments_per_order": 1.5,
        "cost_total": 15.0,
        "cost_per_order": 7.5,
        "cost_per_unit": 15 / 8,
        "ship_from_store_share": 1 / 3,
        "mean_distance_km": (222.390 + 111.195 + 222.390) / 3,
        "mean_days": 2.0,
        "walk_in_units": 0,
        "walk_in_units_lost": 0,
        "walk_in_lost_share": None,
    }
    assert values == pytest.approx(by_hand)
    assert theirs.figures.cost == Decimal(15)


def test_nothing_served_has_no_figures_per_unit(shop):
    """None, not a division by zero."""
    values = Figures(shop.network)
    assert values.outcome()["cost_per_unit"] is None
    assert values.proof()["mean_gap_of_others"] is None
    assert values.timing()["p50_ms"] is None
