"""Brought back, looked for in vain, sold at a counter."""

from __future__ import annotations

import pytest

import omniroute as om
from tests.cases.test_after import NOW, order
from tests.scenarios.chain import HERE, Chain, picks
from tests.scenarios.shop import Shop

# -- brought back ----------


def test_an_exchange_is_both_or_neither():
    """Shopify, exchanges: one size back, another out; where that is sold out, nothing."""
    shop = Shop({"N": {"M": 0, "L": 1}})
    back = om.Return("M", "N", 1, event_id="R-1")
    wants = om.Order({"L": 1}, HERE, id="X-1")
    assert shop.engine.exchange(back, wants).status.name == "OK"
    assert (shop.atp(sku="M"), shop.atp(sku="L")) == (1, 0)
    again = om.Return("M", "N", 1, event_id="R-2")
    refused = shop.engine.exchange(again, om.Order({"L": 1}, HERE, id="X-2"))
    assert refused.status.name == "OUT_OF_STOCK"
    assert shop.atp(sku="M") == 1


@pytest.mark.parametrize(
    ("value", "to"),
    [(80, "B"), (10, "A")],  # 80 - 6 - 2 against 40 - 2; 10 - 8 against 5 - 2
)
def test_a_return_goes_where_it_is_worth_most(value, to):
    """HotWax, Kibo.

    A has nine, half of the value; B none, all of it, and a parcel of 6 away.
    """
    ground = om.Service("ground", "ship", om.RateCard.flat(6), transit_days=2)
    engine = om.Engine(
        om.Network([om.Node("A"), om.Node("B")], [ground]),
        [om.Item("COAT")],
        clock=lambda: NOW,
    )
    engine.apply(om.Receive("COAT", "A", 9))
    policy = om.ReturnPolicy(need=[(1, 1)], otherwise=0.5, handling={"store": 2})
    coat = om.HandIn("COAT", 1, "A", value=value, id="R")
    assert engine.route_return(coat, policy).node == to


# -- goods that may not be there ----------


def test_the_cheaper_success_is_tried_first():
    """A finds it in half the cases at 3, B in 9 of 10 at 7: 3/0.5 = 6 before 7/0.9 = 7.78.

    3 + 0.5 x (7 + 0.1 x 20), parcels aside; the other way round 7 + 0.1 x (3 + 0.5 x 20).
    """
    nodes = [om.Node("A", order_cost=3), om.Node("B", order_cost=7)]
    free = om.Service("free", "ship", om.RateCard.flat(0))
    engine = om.Engine(om.Network(nodes, [free]), [om.Item("X")], clock=lambda: NOW)
    engine.apply([om.Receive("X", name, 1) for name in "AB"])
    engine.set_find({("X", "A"): 0.5, ("X", "B"): 0.9})
    found = engine.attempts(order({"X": 1}), om.AttemptRules(give_up=20))
    assert [attempt.node for attempt in found.attempts] == ["A", "B"]
    assert float(found.expected_cost) == 3 + 0.5 * (7 + 0.1 * 20)
    assert [
        a.node
        for a in engine.attempts(
            order({"X": 1}), om.AttemptRules(give_up=20), tried=["A"]
        ).attempts
    ] == ["B"]


# -- at the counter ----------


def test_the_till_sells_its_own_first():
    """Manhattan, save the sale.

    3 wanted, 1 here: it is taken along, 2 are sent from a depot.
    """
    chain = Chain({"STORE": {"X": 1}, "DEPOT": {"X": 9}}, {"STORE": 900, "DEPOT": 5})
    sold = chain.engine.endless_aisle(order({"X": 3}, id="T"), "STORE")
    assert [(line.node, line.quantity) for line in sold.here] == [("STORE", 1)]
    assert picks(sold.plan) == {"DEPOT": {"X": 2}}


def test_a_store_that_has_part_of_it_is_fed_with_the_rest():
    """Kibo, ship to store.

    2 of 5 are at the store, 3 come from the depot: there in two days.
    """
    leg = om.Service(
        "leg",
        "ship_to_store",
        om.RateCard.by_zone({1: 0, 2: 4}),
        om.DistanceBands([0.001, 5_000]),
        transit_days={1: 0, 2: 2},
    )
    chain = Chain(
        {"STORE": {"X": 2}, "DEPOT": {"X": 9}},
        {"STORE": 1, "DEPOT": 300},
        services=[leg],
    )
    plan = chain.route({"X": 5}, order={"collect_at": "STORE", "services": ["leg"]})
    # Five from the depot in one parcel cost 4 as well: the line stays together.
    assert (picks(plan), float(plan.cost)) == ({"DEPOT": {"X": 5}}, 4)
    near = chain.route(
        {"X": 5},
        order={"collect_at": "STORE", "services": ["leg"]},
        distance_price=0.01,
        gates=[om.StockGate("three", keep_units=6, nodes=["DEPOT"])],
    )
    assert picks(near) == {"STORE": {"X": 2}, "DEPOT": {"X": 3}}
