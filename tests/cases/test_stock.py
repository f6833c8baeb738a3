"""What can be promised now: buffers, states, channels, lots, bundles; and who holds it.

Facts and figures are from the makers' pages that each case names; where a page has a rule
and no figures, the sum that was worked out by hand stands in the case.
"""

from __future__ import annotations

from datetime import UTC, datetime
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


# -- channels ----------


def two_channels(**fence):
    web, shops = (
        om.Channel("web", fall_back=()),
        om.Channel("shops", fall_back=("pool",)),
    )
    shop = Shop({"N": 100}, channels=[web, shops])
    shop.engine.allocate([om.RingFence("web", SKU, **fence)])
    return shop


def test_a_share_of_the_stock_is_for_one_channel():
    """Kibo.

    30 % of 100 for the web: 30 for it, 70 for the others; of 10 more nothing yet.
    """
    shop = two_channels(percent=30)
    told = [shop.engine.available_to_promise(SKU, channel=c) for c in ("web", "shops")]
    assert told == [30, 70]
    assert (
        shop.engine.reserve({(SKU, "N"): 25}, id="w", channel="web").status.name == "OK"
    )
    assert (
        shop.engine.reserve({(SKU, "N"): 6}, id="w2", channel="web").status.name
        == "SHORT"
    )
    told = [shop.engine.available_to_promise(SKU, channel=c) for c in ("web", "shops")]
    assert told == [5, 70]


def test_what_comes_back_is_credited_to_its_segment():
    """Kibo.

    Sold out of the web's 20 and returned to it: the web has it, the shops do not.
    """
    shop = two_channels(quantity=20)
    shop.engine.reserve({(SKU, "N"): 20}, id="w", channel="web")
    shop.engine.fulfil("w")
    assert shop.engine.available_to_promise(SKU, channel="web") == 0
    shop.engine.apply(om.Return(SKU, "N", 3, channel="web"))
    told = [shop.engine.available_to_promise(SKU, channel=c) for c in ("web", "shops")]
    assert told == [3, 80]


def test_shares_by_ratio():
    """Oracle, allocation by ratio: 1 : 2 : 2 of 1,000 are 200, 400 and 400."""
    channels = [om.Channel(name, fall_back=()) for name in "ABC"]
    shop = Shop({"N": 1_000}, channels=channels)
    ratios = zip("ABC", (1, 2, 2), strict=True)
    shop.engine.allocate([om.RingFence(name, SKU, ratio=r) for name, r in ratios])
    told = [shop.engine.available_to_promise(SKU, channel=c) for c in (None, *"ABC")]
    assert told == [0, 200, 400, 400]


@pytest.mark.parametrize(
    ("wanted", "left"),
    [
        (40, {"gold": 0, "silver": 30, "bronze": 20, "all": 10}),
        (45, {"gold": 0, "silver": 30, "bronze": 20, "all": 5}),  # of the parent
        (60, {"gold": 0, "silver": 20, "bronze": 20, "all": 0}),  # of the first sibling
        (95, {"gold": 0, "silver": 0, "bronze": 5, "all": 0}),
    ],
)
def test_a_class_takes_of_its_parent_and_then_of_its_siblings(wanted, left):
    """Oracle, demand classes: 40, 30 and 20 of 100; gold steals by rank."""
    ranks = {"gold": 1, "silver": 2, "bronze": 3}
    children = [
        om.Channel(name, parent="all", fall_back=("parents", "siblings"), rank=rank)
        for name, rank in ranks.items()
    ]
    shop = Shop({"N": 100}, channels=[om.Channel("all", fall_back=()), *children])
    open_ = {"protected_percent": 0}
    shop.engine.allocate(
        [
            om.RingFence("all", SKU, 100, **open_),
            om.RingFence("gold", SKU, percent=40, **open_),
            om.RingFence("silver", SKU, percent=30, **open_),
            om.RingFence("bronze", SKU, percent=20, **open_),
        ]
    )
    held = shop.engine.reserve({(SKU, "N"): wanted}, id="g", channel="gold")
    assert held.status.name == "OK"
    fences = shop.engine.allocations()
    assert dict(zip(fences["channel"], fences["left"], strict=True)) == left


@pytest.mark.parametrize(
    ("how", "left"),
    [
        # 220 - 40 - 10 - 30 - 20 - 20 - 30 = 70 that are not there; the north-west, which
        # comes before it, keeps its 50.
        (("parents", "outranked"), {"NW": 50, "SE": 0, "SW": 0, "LV": 0}),
        # Without ranks it gets what its parents have: 220 - 40 - 10 - 30.
        (("parents",), {"NW": 50, "SE": 20, "SW": 20, "LV": 30}),
    ],
)
def test_supply_of_the_parents_and_then_of_who_is_behind(how, left):
    """Oracle, get supply from parents and then siblings: 220 for the north-east of 200."""
    tiers = [
        om.Channel("VO", fall_back=()),
        om.Channel("HV", "VO", rank=2),
        om.Channel("LV", "VO", rank=3),
        om.Channel("NE", "HV", rank=9, fall_back=how),
        om.Channel("NW", "HV", rank=7),
        om.Channel("SE", "LV", rank=15),
        om.Channel("SW", "LV", rank=10),
    ]
    shop = Shop({"N": 200}, channels=tiers)
    # What a channel passes on is told as its own, too: 30 + (10 + 40 + 50) + (30 + 20 +
    # 20).
    levels = {"VO": 200, "HV": 100, "LV": 70, "NE": 40, "NW": 50, "SE": 20, "SW": 20}
    shop.engine.allocate(
        [om.RingFence(c, SKU, n, protected_percent=0) for c, n in levels.items()]
    )
    before = shop.engine.allocations()
    assert dict(zip(before["channel"], before["left"], strict=True)) == {
        "VO": 30,
        "HV": 10,
        "LV": 30,
        "NE": 40,
        "NW": 50,
        "SE": 20,
        "SW": 20,
    }
    shop.engine.reserve({(SKU, "N"): 220}, id="o", channel="NE", partial=True)
    after = shop.engine.allocations()
    found = dict(zip(after["channel"], after["left"], strict=True))
    assert found == {"VO": 0, "HV": 0, "NE": 0, **left}


# -- bundles ----------


def bicycles(stock):
    bike = om.Item("BIKE", components={"WHEEL": 2, "FRAME": 1, "BAR": 1})
    return Shop(stock, items=[bike])


@pytest.mark.parametrize(
    ("stock", "bikes"),
    [
        ({"NY": {"WHEEL": 9, "FRAME": 5, "BAR": 7}}, 4),  # floor(9 / 2)
        ({"NY": {"WHEEL": 9, "FRAME": 0, "BAR": 7}}, 0),
        # 3 wheels make one here, 4 wheels and one frame one there; 7 together made three.
        (
            {
                "NY": {"WHEEL": 3, "FRAME": 2, "BAR": 2},
                "LA": {"WHEEL": 4, "FRAME": 1, "BAR": 9},
            },
            2,
        ),
    ],
)
def test_a_bundle_is_as_many_as_its_scarcest_part_makes(stock, bikes):
    """Medusa, inventory kits: two wheels, a frame and a handlebar to a bicycle."""
    assert bicycles(stock).engine.available_to_promise("BIKE") == bikes


def test_a_bundle_and_its_part_are_bought_from_the_same_shelf():
    """Medusa.

    Parts are shared: 3 bikes take 6 of 9 wheels; the 3 that are left make one.
    """
    shop = bicycles({"NY": {"WHEEL": 9, "FRAME": 5, "BAR": 7}})
    assert shop.accepts({"BIKE": 3})
    assert shop.atp(sku="WHEEL") == 3
    assert shop.atp(sku="BIKE") == 1
    assert shop.accepts({"WHEEL": 2})
    assert shop.atp(sku="BIKE") == 0
    assert not shop.accepts({"BIKE": 1})


def test_what_is_put_together_and_what_is_made_for_the_order():
    """SAP, kits, mixed case.

    Ten of A: 2 from stock and 3 made of A1 and A2 at 1000, for one of which B2 stands in;
    1 from stock and 1 B instead at 2000; 3 made at 3000.
    """
    made, stand_in = {"A1": 1, "A2": 2}, {"A1": 1, "B2": 2}
    items = [
        om.Item("A", substitutes=["MADE", "MADE-B2", "B"]),
        om.Item("MADE", components=made),
        om.Item("MADE-B2", components=stand_in),
    ]
    stock = {
        "1000": {"A": 2, "A1": 3, "A2": 4, "B2": 2},
        "2000": {"A": 1, "B": 1},
        "3000": {"A1": 3, "A2": 6},
    }
    shop = Shop(stock, items=items, preferred="1000")
    plan = shop.route([om.OrderLine("A", 10, substitutes=True)])
    assert plan.complete
    assert shop.picks(plan) == {
        "1000": {"A": 2, "MADE": 2, "MADE-B2": 1},
        "2000": {"A": 1, "B": 1},
        "3000": {"MADE": 3},
    }


def test_what_is_short_comes_as_the_other_product():
    """SAP, rules-based check: 905 of 1,000 are P1, the other 95 are P2."""
    items = [om.Item("P1", substitutes=["P2"])]
    shop = Shop({"L1": {"P1": 905, "P2": 400}}, items=items)
    plan = shop.route([om.OrderLine("P1", 1_000, substitutes=True)])
    assert shop.picks(plan) == {"L1": {"P1": 905, "P2": 95}}


def test_rounded_up_to_packs_and_confirmed_in_packs():
    """SAP, rounding.

    8 become 12; of 10 in stock one pack of 6 is confirmed, 2 stay open.
    """
    egg = om.Item("EGG", pack_size=6, pack_rounding="up")
    shop = Shop({"1000": {"EGG": 10}}, items=[egg])
    placed = shop.place({"EGG": 8}, partial=True)
    confirmed = shop.picks(placed.plan)["1000"]["EGG"]
    assert (confirmed, 8 - confirmed) == (6, 2)
    assert shop.short(placed.plan) == {"EGG": 12 - 6}  # of what was rounded


# -- lots ----------


def test_what_must_go_first_is_picked_first():
    """Odoo, FEFO: 5, 2 and 1 to be removed by 26 February, 4 and 9 March: 6 are 5 and 1."""
    dates = [
        datetime(2027, month, day, tzinfo=UTC)
        for month, day in ((2, 26), (3, 4), (3, 9))
    ]
    shop = Shop({"N": 0}, clock=datetime(2026, 12, 29, tzinfo=UTC).timestamp)
    for day, units in zip(dates[::-1], (1, 2, 5), strict=True):
        shop.engine.apply(om.Receive(SKU, "N", units, sell_by=day))
    assert shop.hold({"N": 6})[1]
    shop.engine.fulfil("r1")
    assert shop.engine.lots()["quantity"] == [1, 1]
    told = [shop.engine.available_to_promise(SKU, now=day) for day in dates[1:]]
    assert told == [1, 0]


def test_removal_is_so_many_days_before_the_end():
    """Odoo: eggs of 1 January last 30 days and go 15 before that: sold until the 16th."""
    new_year = datetime(2027, 1, 1, tzinfo=UTC)
    shop = Shop({"N": 0}, clock=new_year.timestamp)
    removal = datetime(2027, 1, 16, tzinfo=UTC)
    shop.engine.apply(om.Receive(SKU, "N", 12, sell_by=removal))
    last = int(removal.timestamp()) - 1
    told = [shop.engine.available_to_promise(SKU, now=s) for s in (last, last + 1)]
    assert told == [12, 0]
