"""What happens after the plan: refused, waiting, twice told, late, brought back.

Systems differ most here, so each case names whose rule it is.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

import omniroute as om
from tests.scenarios.chain import HERE, picks
from tests.scenarios.shop import SKU, Shop

NOW = 1_800_000_000
DAY = 86_400


def three_stores(units=4, **declines):
    """A costs least, then B, then C."""
    rules = om.DeclineRules(**declines)
    nodes = [om.Node(name, order_cost=k) for k, name in enumerate("ABC")]
    ground = om.Service("ground", "ship", om.RateCard.flat(5), transit_days=3)
    express = om.Service("express", "ship", om.RateCard.flat(20), transit_days=1)
    engine = om.Engine(
        om.Network(nodes, [ground, express]),
        [om.Item("X"), om.Item("Y")],
        clock=lambda: NOW,
        declines=rules,
    )
    engine.apply([om.Receive("X", name, units) for name in "ABC"])
    return engine


def order(lines, id="O", **more):
    return om.Order(lines, om.Destination(postcode="55425"), id=id, **more)


# -- refused ----------


def test_each_refusal_goes_to_the_next_best_place():
    """DOM, maximum rejects.

    Refused by A, then B, then C: never asked twice, then nobody.
    """
    engine = three_stores()
    assert picks(engine.place(order({"X": 2})).plan) == {"A": {"X": 2}}
    to = []
    for name in "ABC":
        found = engine.resource("O", order({"X": 2}), name)
        to.append([shipment.node for shipment in found.plan.shipments])
    assert to == [["B"], ["C"], []]
    assert engine.available_to_promise("X") == 12


@pytest.mark.parametrize(("most", "asked"), [(1, "AB"), (2, "ABC")])
def test_after_so_many_refusals_a_person_decides(most, asked):
    """DOM, maximum rejects: at the threshold the line is an exception: it is not routed."""
    engine = three_stores(order_max=most)
    engine.place(order({"X": 2}))
    for name in asked:
        found = engine.resource("O", order({"X": 2}), name)
    assert (found.plan, found.missing[0].quantity) == (None, 2)
    assert not engine.retry().served
    assert engine.available_to_promise("X") == 12


def test_an_exception_that_waits_is_asked_for_again():
    """What is parked is not lost.

    It is tried with whoever has not refused as soon as somebody calls `retry`.
    """
    engine = three_stores(order_max=1)
    engine.place(order({"X": 2}))
    for name in "AB":
        engine.resource("O", order({"X": 2}), name, park=True)
    assert [served.id for served in engine.retry().served] == ["O"]
    assert engine.reservations()["node"] == ["C"]


def test_a_store_that_refuses_too_often_is_left_alone():
    """SAP Commerce, sourcing ban; fulfillmenttools.

    Two refusals in an hour, four hours off.
    """
    engine = three_stores(rests_after=2, within_s="1h", rests_for_s="4h")
    for k in range(2):
        engine.place(order({"X": 1}, id=f"O{k}"))
        engine.resource(f"O{k}", order({"X": 1}, id=f"O{k}"), "A")
    for hours, node in ((0, "B"), (3.99, "B"), (4, "A")):
        now = NOW + int(hours * 3_600)
        assert engine.route(order({"X": 1}), now=now).shipments[0].node == node


def test_a_refused_promise_is_kept_by_a_quicker_way():
    """IBM, re-promise: due in a day, A refuses: B by express at 21, not by ground at 6."""
    engine = three_stores()
    engine.place(order({"X": 2}))
    found = engine.resource("O", order({"X": 2}), "A", within_days=1)
    sent = found.plan.shipments[0]
    assert (sent.node, sent.service, float(found.plan.cost)) == ("B", "express", 21)
    assert found.in_time


def test_what_the_picker_did_not_find_is_written_off_and_bought_elsewhere():
    """Shopify, Kibo: 3 of 5 found: 3 stay, 2 are written off and come from B."""
    engine = three_stores(units=5)
    engine.place(order({"X": 5}))
    found = engine.resource("O", order({"X": 5}), "A", {"X": 2}, write_down=True)
    assert picks(found.plan) == {"B": {"X": 2}}
    held = engine.reservations()
    assert dict(zip(held["node"], held["held_quanta"], strict=True)) == {"A": 3, "B": 2}
    assert engine.stock("X", "A").on_hand == 3


# -- waiting ----------


def test_the_longest_waiting_is_served_first_and_in_full():
    """HotWax, back-order queue.

    6 come for 4, 3 and 2: the first and, as it fits, the third.
    """
    shop = Shop({"N": 0})
    for id, units in (("first", 4), ("second", 3), ("third", 2)):
        shop.engine.place(om.Order({SKU: units}, HERE, id=id), park=True)
    shop.engine.apply(om.Receive(SKU, "N", 6))
    assert [served.id for served in shop.engine.retry().served] == ["first", "third"]
    shop.engine.apply(om.Receive(SKU, "N", 3))
    assert [served.id for served in shop.engine.retry().served] == ["second"]


def test_part_now_and_the_rest_when_it_comes():
    """Odoo, Solidus: 7 wanted of 4: 4 are sent, 3 wait as a back-order and follow."""
    shop = Shop({"N": 4})
    placed = shop.engine.place(
        om.Order({SKU: 7}, HERE, id="O"), partial=True, park=True
    )
    assert (placed.status.name, shop.held()) == ("SHORT", 4)
    assert shop.engine.fulfil("O").name == "OK"
    assert shop.engine.parked()["quantity"] == [3]
    shop.engine.apply(om.Receive(SKU, "N", 5))
    shop.engine.retry()
    assert (shop.held(), shop.atp()) == (3, 2)
    assert shop.engine.fulfil("O").name == "OK"
    assert shop.engine.reservation("O").state.name == "FULFILLED"


def test_a_waiting_order_that_nobody_can_serve_ends_in_time():
    """commercetools, Salesforce.

    Waits for two days at most; what comes then is for others.
    """
    shop = Shop({"N": 0}, clock=lambda: NOW)
    shop.engine.place(om.Order({SKU: 1}, HERE, id="O"), park=True, ttl="2d")
    shop.engine.apply(om.Receive(SKU, "N", 1), now=NOW + 2 * DAY)
    assert len(shop.engine.retry().served) == 0
    assert shop.engine.available_to_promise(SKU) == 1


def test_back_orders_are_redistributed_by_hand():
    """SAP, back-order processing.

    A loses its 10 to B, who wins; A waits, and is filled later.
    """
    shop = Shop({"N": 10})
    shop.engine.place(om.Order({SKU: 10}, HERE, id="A"))
    assert (
        shop.engine.place(om.Order({SKU: 10}, HERE, id="B")).status.name
        == "OUT_OF_STOCK"
    )
    shop.engine.release("A")
    assert shop.engine.place(om.Order({SKU: 10}, HERE, id="B")).status.name == "OK"
    assert (
        shop.engine.place(om.Order({SKU: 10}, HERE, id="A-2"), park=True).reserved
        is False
    )
    shop.engine.apply(om.Receive(SKU, "N", 12))
    assert [served.id for served in shop.engine.retry().served] == ["A-2"]
    assert shop.atp() == 2


# -- twice, late, out of order ----------


def at(text):
    return datetime.fromisoformat(f"2026-05-04T{text}").replace(tzinfo=UTC)


def test_a_count_that_comes_late_keeps_the_sales_after_it():
    """Fluent, LAST_ON_HAND: 150 counted at 10:00, told after the 3 sold at 10:05: 147."""
    shop = Shop({"N": 0}, clock=at("12:00").timestamp)
    shop.engine.apply(om.Count(SKU, "N", 100, at=at("08:00")))
    shop.engine.apply(om.Sell(SKU, "N", 3, at=at("10:05")))
    shop.engine.apply(om.Count(SKU, "N", 150, at=at("10:00")))
    assert shop.atp() == 147
    assert shop.engine.apply(om.Count(SKU, "N", 90, at=at("09:00"))).late == 1
    assert shop.engine.apply(om.Sell(SKU, "N", 1, at=at("09:59"))).late == 1
    assert shop.atp() == 147


def test_a_batch_told_twice_counts_once():
    """Inventory Visibility, event ids.

    A batch of three of which one was told: two count.
    """
    shop = Shop({"N": 10})
    till = [om.Sell(SKU, "N", 1, event_id=f"till-{k}") for k in range(3)]
    shop.engine.apply(till[1])
    told = shop.engine.apply(till)
    assert (told.duplicates, shop.atp()) == (1, 7)
    assert shop.engine.apply(till).duplicates == 3
    assert shop.atp() == 7


def test_a_count_does_not_undo_what_is_promised():
    """Magento, Vendure.

    10 counted where 4 are reserved: 6 can be sold; 3 counted: 1 short.
    """
    shop = Shop({"N": 8})
    shop.hold({"N": 4})
    shop.engine.apply(om.Count(SKU, "N", 10))
    assert shop.atp() == 6
    shop.engine.apply(om.Count(SKU, "N", 3))
    assert shop.atp() == 0
    assert shop.engine.shortages()["short"] == [1]


def test_a_transfer_is_nowhere_to_be_sold_until_it_arrives():
    """ERPNext, Odoo: 5 leave A on the way to B: gone here, not yet there, then there."""
    shop = Shop({"A": 8, "B": 0}, clock=lambda: NOW)
    shop.engine.apply(om.TransferOut(SKU, "A", "B", 5, id="T", due=NOW + DAY))
    assert (shop.atp("A"), shop.atp("B")) == (3, 0)
    later = shop.engine.reserve({(SKU, "B"): 5}, id="P", due=NOW + DAY)
    assert later.status.name == "OK"
    shop.engine.apply(om.Arrive("T", 4), now=NOW + DAY)
    assert shop.engine.shortages()["short"] == [1]
    shop.engine.apply(om.Arrive("T", 1))
    assert shop.engine.shortages()["short"] == []
    assert shop.on_hand() == 8
