"""Bundles, kits made for the order, packs, substitutes; lots that end."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

import omniroute as om
from tests.scenarios.shop import SKU, Shop

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
