"""What can be promised now: buffers, states; and who holds it.

Facts and figures are from the makers' pages that each case names; where a page has a rule
and no figures, the sum that was worked out by hand stands in the case.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

import omniroute as om
from tests.scenarios.shop import SKU, Shop

# -- safety stock ----------


def t_shirts():
    """IBM, item-based safety stock.

    4 of the shirt, 2 of it in the store, 1 to ship from it.
    """
    services = [
        om.Service("SHP", "ship", om.RateCard.flat(5)),
        om.Service("PICK", "collect", om.RateCard.flat(0)),
    ]
    network = om.Network([om.Node("Store-001"), om.Node("Store-002")], services)
    engine = om.Engine(network, [om.Item("MEDIUM")], clock=lambda: 0)
    engine.set_safety(
        [
            om.SafetyRule(4, sku="MEDIUM"),
            om.SafetyRule(2, sku="MEDIUM", node="Store-001"),
            om.SafetyRule(1, sku="MEDIUM", node="Store-001", service="SHP"),
        ]
    )
    engine.apply([om.Receive("MEDIUM", f"Store-00{k}", 10) for k in (1, 2)])
    return engine


@pytest.mark.parametrize(
    ("sold", "pick", "ship"),
    [(0, 8, 9), (8, 0, 1), (10, 0, 0)],  # 10 - 2, 10 - 1; 2 - 2, 2 - 1; nothing
)
def test_safety_of_item_node_and_way_of_delivery(sold, pick, ship):
    """The most particular figure counts: by item, by node, by way of delivery."""
    engine = t_shirts()
    if sold:
        engine.apply(om.Sell("MEDIUM", "Store-001", sold))
    asked = [
        engine.available_to_promise("MEDIUM", "Store-001", services=[service])
        for service in ("PICK", "SHP")
    ]
    assert asked == [pick, ship]
    assert engine.available_to_promise("MEDIUM", "Store-002") == 6  # 10 - 4


def test_both_ways_of_delivery_leave_what_the_more_careful_leaves():
    """IBM: of several methods in one request the largest safety stock: 10 - 2."""
    engine = t_shirts()
    services = ["PICK", "SHP"]
    assert engine.available_to_promise("MEDIUM", "Store-001", services=services) == 8


@pytest.mark.parametrize(
    ("on_hand", "decimals", "whole_units", "left"),
    [
        (25, 0, False, 22),
        (25, 0, True, 22),
        (25, 1, False, Decimal("22.5")),
        (25, 1, True, 22),
        (9, 0, False, 8),
        (40, 0, False, 36),
    ],
)
def test_a_percentage_leaves_a_fraction_or_whole_units(
    on_hand, decimals, whole_units, left
):
    """IBM, safety factors: 10 % of 25 are 2.5, so 22.5 are left, or 22 where truncated.

    What is sold by the piece is truncated either way: of 9, 8.1 are 8.
    """
    shop = Shop(on_hand, decimals=decimals)
    shop.engine.set_safety([om.SafetyRule(percent=10, whole_units=whole_units)])
    assert shop.atp() == left


def test_weeks_of_supply_are_kept():
    """HotWax: a week's sales stay on the shelf: 20 - 7 x 1.5 = 9.5, so 9."""
    shop = Shop(20)
    shop.engine.set_safety([om.SafetyRule(days=7)], daily_demand={(SKU, "L1"): 1.5})
    assert shop.atp() == 9


def test_units_kept_for_those_who_walk_in_are_not_brokered():
    """Dynamics DOM, minimum inventory.

    8 on hand, 5 ring-fenced: 3 can be sent, 4 cannot.
    """
    shop = Shop({"STORE": 8})
    shop.engine.set_safety([om.SafetyRule(5, node="STORE", guards="routing")])
    assert shop.route({SKU: 3}).complete
    assert shop.short(shop.route({SKU: 4})) == {SKU: 1}
    assert shop.hold({"STORE": 8})[1]  # at the till


# -- states ----------


def test_states_of_stock_add_up():
    """Shopify.

    On hand is available + committed + unavailable: 35 + 10 + (2 + 2 + 1) = 50.
    """
    shop = Shop({"N": 50})
    shop.engine.apply(
        [
            om.Move(SKU, "N", 2, "on_hand", "damaged"),
            om.Move(SKU, "N", 2, "on_hand", "quality_control"),
            om.Safety(SKU, "N", 1),
        ]
    )
    assert shop.hold({"N": 10})[1]
    cell = shop.engine.stock(SKU, "N")
    assert (shop.atp(), cell.firm, cell.unavailable) == (
        35,
        10,
        {"damaged": 2, "quality_control": 2},
    )
    assert cell.on_hand + sum(cell.unavailable.values()) == 50


def test_soft_reservations_and_orders_both_count():
    """Inventory Visibility.

    100 + 20 in inspection, less 30 reserved, 10 softly, 5 outbound.

    On hand available is 100 - 30 - 10 - 5 = 55; what is inspected counts once it is
    passed.
    """
    shop = Shop({"N": 100})
    shop.engine.apply(om.Receive(SKU, "N", 20, state="inspection"))
    for units, ttl in ((30, None), (10, "1h"), (5, None)):
        shop.hold({"N": units}, ttl=ttl)
    assert shop.atp() == 55
    shop.engine.apply(om.Move(SKU, "N", 20, "inspection", "on_hand"))
    assert shop.atp() == 75


def test_a_return_waits_for_inspection():
    """Kibo, Magento: a unit handed back is sold again once somebody has looked at it."""
    shop = Shop({"N": 3})
    shop.engine.apply(om.Return(SKU, "N", 2, state="inspection", event_id="R-1"))
    assert shop.atp() == 3
    shop.engine.apply(om.Move(SKU, "N", 1, "inspection", "on_hand"))
    shop.engine.apply(om.Move(SKU, "N", 1, "inspection", "damaged"))
    assert shop.atp() == 4
    assert shop.engine.stock(SKU, "N").unavailable == {"damaged": 1}


# -- who holds it, and for how long ----------


def at(seconds):
    return 1_800_000_000 + seconds


def test_a_reservation_ends_at_its_second_and_not_before():
    """commercetools, Salesforce.

    3 of 5 for 10 minutes; at 9:59 they are held, at 10:00 not.
    """
    shop = Shop(5, clock=lambda: at(0))
    shop.engine.reserve({(SKU, "L1"): 3}, id="cart", ttl="10min")
    told = [shop.engine.available_to_promise(SKU, now=at(s)) for s in (0, 599, 600)]
    assert told == [2, 2, 5]
    assert shop.engine.commit("cart", now=at(601)).name == "EXPIRED"


def test_a_shopper_who_pays_in_time_keeps_it():
    """Extended at 9:59 for 10 minutes it lasts to 19:59; committed then, for good."""
    shop = Shop(5, clock=lambda: at(0))
    shop.engine.reserve({(SKU, "L1"): 3}, id="cart", ttl="10min")
    assert shop.engine.extend("cart", "10min", now=at(599)).name == "OK"
    assert shop.engine.commit("cart", now=at(1_198)).name == "OK"
    assert shop.engine.available_to_promise(SKU, now=at(9_999)) == 2


def test_part_of_a_reservation_is_taken_back_and_part_is_used():
    """Inventory Visibility.

    7 bikes softly reserved, 2 unreserved, 3 offset by the order.
    """
    shop = Shop({"N": 10})
    line = (SKU, "N")
    shop.engine.reserve({line: 7}, id="iv-1")
    assert shop.engine.cancel("iv-1", {line: 2}).name == "OK"
    assert shop.engine.fulfil("iv-1", {line: 3}).name == "OK"
    cell = shop.engine.stock(*line)
    assert (cell.on_hand, cell.firm, shop.atp()) == (7, 2, 5)
    assert shop.engine.cancel("iv-1", {line: 3}).name == "NOT_HELD"
    assert shop.engine.cancel("iv-1").name == "OK"
    assert shop.atp() == 7


def test_a_retry_takes_nothing_twice():
    """Salesforce, action request id; Inventory Visibility, id.

    The same call is one call.
    """
    shop = Shop({"N": 10})
    told = [
        shop.engine.reserve({(SKU, "N"): units}, id="req-1").status.name
        for units in (4, 4, 5)
    ]
    assert told == ["OK", "EXISTS", "EXISTS_WITH_DIFFERENT_LINES"]
    assert shop.atp() == 6


def test_a_reservation_is_transferred():
    """Salesforce, transfer reservation: what is reserved goes down here and up there."""
    shop = Shop({"A": 5, "B": 5})
    shop.engine.reserve({(SKU, "A"): 4}, id="r")
    assert shop.engine.move("r", "A", "B").name == "OK"
    assert (shop.atp("A"), shop.atp("B")) == (5, 1)
    assert shop.on_hand() == 10


def test_held_for_a_group_and_bound_later():
    """Salesforce, location groups.

    6 of a group of 4 + 4; 2 are left anywhere; then 4 + 2.
    """
    shop = Shop({"A": 4, "B": 4})
    assert shop.engine.reserve({(SKU, None): 6}, id="g").status.name == "OK"
    assert (shop.atp(), shop.atp("A"), shop.atp("B")) == (2, 2, 2)
    assert shop.engine.reserve({(SKU, "A"): 3}, id="other").status.name == "SHORT"
    bound = shop.engine.bind("g", {(SKU, "A"): 4, (SKU, "B"): 2})
    assert bound.status.name == "OK"
    assert (shop.atp("A"), shop.atp("B")) == (0, 2)


def test_a_cart_is_refused_and_permitted_by_level():
    """Inventory Visibility, level of check: 5 there, 7 wanted: block, warn and ignore."""
    told = {}
    for level in ("block", "warn", "ignore"):
        shop = Shop({"N": 5})
        floor = None if level == "block" else 3
        shop.engine.set_oversell([om.OversellRule(level, floor, sku=SKU)])
        held = shop.engine.reserve({(SKU, "N"): 7}, id="r")
        short = (
            [line.quantity for line in shop.engine.backordered("r")]
            if held.reserved
            else None
        )
        told[level] = (held.status.name, short)
    assert told == {"block": ("SHORT", None), "warn": ("OK", [2]), "ignore": ("OK", [])}
