"""The plans of a batch that reserves nothing are explained as those of `route` are."""

from __future__ import annotations

import attrs
import pytest

import omniroute as om

HOME = om.Destination(postcode="55425")


def shop(safety: bool = False, **network) -> om.Engine:
    """Three nodes with three items, of which SET is made of two others."""
    services = [om.Service("ground", "ship", om.RateCard.flat(6), transit_days=2)]
    nodes = [
        om.Node(id, order_cost=cost) for id, cost in (("A", 2), ("B", 1), ("C", 3))
    ]
    items = [om.Item("CUP"), om.Item("POT"), om.Item("SET", components={"CUP": 2})]
    engine = om.Engine(om.Network(nodes, services, **network), items, clock=lambda: 0)
    engine.apply([om.Receive(sku, id, 9) for sku in ("CUP", "POT") for id in "ABC"])
    if safety:
        engine.set_safety([om.SafetyRule(2, sku="CUP", node="B")])
    return engine


ORDERS = [
    om.Order({"CUP": 1}, HOME),
    om.Order({"POT": 2, "CUP": 8}, HOME),
    om.Order({"SET": 1, "POT": 1}, HOME),
    om.Order({"POT": 1}, HOME, exclude_nodes=["B"]),
]
POLICIES = {
    "plain": om.RoutingPolicy(),
    "terms": om.RoutingPolicy(terms=[om.terms.packaging(0.5)]),
    "gates": om.RoutingPolicy(gates=[om.StockGate("few", min_units=3)]),
}


@pytest.mark.parametrize("safety", [False, True])
@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("capacity", [(), (om.Capacity(50),)], ids=["", "capacity"])
def test_a_plan_of_a_batch_is_explained_like_one_of_its_own(name, safety, capacity):
    engine, policy = shop(safety, capacity=capacity), POLICIES[name]
    batch = engine.route_many(ORDERS, policy=policy)
    for i, order in enumerate(ORDERS):
        plan, alone = batch.plan(i), engine.route(order, policy=policy)
        assert plan.explain().status is om.Status.OK
        assert str(plan.explain().table()) == str(alone.explain().table())
        assert plan.why_not("C").headline == alone.why_not("C").headline


def test_it_is_stale_for_whom_stock_has_changed_and_for_nobody_else():
    engine = shop()
    batch = engine.route_many(ORDERS)
    engine.apply(om.Sell("CUP", "C", 1))
    told = [batch.plan(i).explain().status.name for i in range(len(ORDERS))]
    assert told == ["STALE", "STALE", "STALE", "OK"]


def test_where_work_is_counted_it_is_stale_when_a_plan_of_its_own_is():
    """A node that fills changes what orders were decided on."""
    engine = shop(capacity=[om.Capacity(1)])
    alone = [engine.route(order) for order in ORDERS]
    batch = engine.route_many(ORDERS)
    engine.place(om.Order({"CUP": 1}, HOME, id="W"))
    engine.route(ORDERS[0])
    told = [batch.plan(i).explain().status for i in range(len(ORDERS))]
    assert told == [plan.explain().status for plan in alone]
    assert om.Status.STALE in told


def test_a_batch_that_reserves_has_taken_what_it_was_decided_on():
    orders = [attrs.evolve(o, id=f"O{i}") for i, o in enumerate(ORDERS)]
    batch = shop().route_many(orders, reserve=True)
    assert batch.plan(0).explain().status is om.Status.STALE
