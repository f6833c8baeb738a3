"""What is set aside for a channel, whose turn it is, and what comes back to it."""

from __future__ import annotations

import pytest

import omniroute as om
from tests.scenarios.shop import SKU, Shop


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
