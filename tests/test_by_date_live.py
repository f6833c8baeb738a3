"""What a rule by date finds in live stock: channels as classes, lead times, ids."""

from __future__ import annotations

from datetime import date

import pytest

import omniroute as om
from omniroute.codes import UNLIMITED

DAY = 86_400
NOW = 20_516 * DAY + DAY // 2
TODAY = date(2026, 3, 4)


def shop(lead=None):
    """One node, one item with a lead time perhaps, two channels."""
    network = om.Network(
        [om.Node("S1")], [om.Service("ground", "ship", om.RateCard.flat(5))]
    )
    items = [om.Item("A", replenishment_lead_time_days=lead), om.Item("B")]
    channels = [om.Channel("vip"), om.Channel("web")]
    return om.Engine(network, items, clock=lambda: NOW, channels=channels)


def figures(engine, **rule):
    return engine.available_by_date("A", rule=om.AtpRule(**rule)).quanta.tolist()


def test_beyond_its_lead_time_an_item_has_no_end():
    """Replenished within two days; the other item has no such promise."""
    engine = shop(lead=2)
    engine.apply([om.Receive("A", "S1", 5), om.Receive("B", "S1", 5)])
    rule = om.AtpRule(horizon_days=3, infinite_supply_fence_days="lead_time")
    found = engine.available_by_date(["A", "B"], rule=rule)
    assert found.quanta.tolist() == [[5, 5, UNLIMITED], [5, 5, 5]]
    assert figures(engine, horizon_days=3) == [[5, 5, 5]]


def test_a_lead_time_is_a_number_of_days():
    with pytest.raises(om.ValidationError, match="replenishment_lead_time_days"):
        om.Item("A", replenishment_lead_time_days=-1)


def test_what_came_through_a_channel_is_demand_of_its_class():
    """Web may use what is on hand only, and has three reserved: two are left of five."""
    engine = shop()
    coming = om.Expect("PO-7", "A", "S1", 4, due=NOW + 2 * DAY)
    engine.apply([om.Receive("A", "S1", 5), coming])
    engine.reserve({("A", "S1"): 1}, id="W-1", channel="web")
    engine.reserve({("A", "S1"): 2}, id="W-2", channel="web", due=NOW + 2 * DAY)
    engine.reserve({("A", "S1"): 1}, id="P-1")
    only = {"considerations": {"web": ["on_hand"]}, "horizon_days": 3}
    # Web's two of the day after tomorrow have to come from the shelf.
    assert figures(engine, **only) == [[1, 1, 5]]
    assert figures(engine, demand_class="web", **only) == [[1, 1, 1]]
    assert figures(engine, horizon_days=3) == [[3, 3, 5]]
    rule = om.AtpRule(**only)
    why = engine.available_by_date("A", rule=rule).explain()
    kinds = {entry.id: entry.kind for entry in why.entries}
    assert kinds == {
        "web": "web",
        "W-2": "web",
        "order": "order",
        "PO-7": "purchase_order",
    }


def test_an_explanation_names_deliveries_and_reservations():
    """Who is served by what, by the ids that a planner knows."""
    engine = shop()
    engine.apply(
        [om.Receive("A", "S1", 1), om.Expect("PO-77", "A", "S1", 5, due=NOW + DAY)]
    )
    engine.reserve({("A", "S1"): 4}, id="ORD-10", due=NOW + 2 * DAY)
    rule = om.AtpRule(horizon_days=3)
    found = engine.available_by_date("A", rule=rule)
    # What happens after the question changes nothing about the answer.
    engine.apply(
        [om.CancelInbound("PO-77"), om.Expect("PO-1", "A", "S1", 2, due=NOW + 9)]
    )
    (peg,) = found.explain().pegs
    assert (peg.demand, peg.supply, peg.quantity) == ("ORD-10", "PO-77", 4)


@pytest.mark.parametrize("name", ["past_due_demand_days", "delayed_demand_offset_days"])
def test_what_has_fallen_due_holds_its_units_whatever_the_rule(name):
    """It was reserved, and nobody gave it back: a rule that forgets it is refused."""
    engine = shop()
    engine.apply(om.Receive("A", "S1", 5))
    with pytest.raises(om.ConfigurationError, match=f"rule.{name}"):
        figures(engine, **{name: 1})
    assert figures(engine, past_due_supply_days=1, horizon_days=1) == [[5]]
