"""A policy beside the live one: it sees what the live one sees, and takes nothing."""

from __future__ import annotations

import numpy as np
import pytest

import omniroute as om
from tests.routing.test_objectives import HERE, shop
from tests.routing.worlds import world

FEW = om.RoutingPolicy(objective="fewest_shipments", name="few")
SOON = om.RoutingPolicy(objective="weighted", day_price=20, name="soon")


def orders_of(made, count):
    return [made.order(lines=k % 4 + 1, id=f"A-{k}") for k in range(count)]


def test_a_shadow_decides_on_the_stock_of_the_moment_and_changes_nothing():
    """Each pair is what both policies decide just then; the state goes on as without."""
    alone, watched, copy = world(7).engine, world(7).engine, world(7).engine
    orders = orders_of(world(7), 20)
    beside = watched.shadow(SOON)
    for order in orders:
        expected = copy.route(order, policy=SOON)
        live = watched.place(order)
        copy.place(order)
        assert alone.place(order).status == live.status
        columns = beside.columns()
        assert columns["order"][-1] == order.id
        assert columns["live_cost_minor"][-1] == live.plan.cost * 10_000
        assert columns["shadow_cost_minor"][-1] == expected.cost * 10_000
        assert columns["shadow_shipments"][-1] == len(expected.shipments)
        told = [(s.node, s.service, s.lines) for s in live.plan.shipments]
        same = told == [(s.node, s.service, s.lines) for s in expected.shipments]
        assert columns["same"][-1] == same
    assert len(beside) == 20
    assert 0 < columns["same"].sum() < 20
    assert alone.digest() == watched.digest()


@pytest.mark.parametrize("reserve", [False, True])
def test_a_batch_is_seen_order_by_order(reserve):
    """As if each were placed, and with the answers of a batch that nobody watches."""
    one, other = world(7).engine, world(7).engine
    orders = orders_of(world(7), 20)
    beside = one.shadow(SOON)
    watched = one.route_many(orders, reserve=reserve)
    plain = other.route_many(orders, reserve=reserve)
    for name, column in plain.columns().items():
        assert (watched.columns()[name] == column).all(), name
    assert one.digest() == other.digest()
    columns = beside.columns()
    assert columns["live_cost_minor"].tolist() == plain.columns()["cost_minor"].tolist()
    assert columns["order"].tolist() == [order.id for order in orders]


def test_it_ends_when_it_is_told_to():
    """By stop(), or with its block; others go on; what was seen stays."""
    engine, order = shop(), om.Order({"CUP": 1}, HERE)
    other = engine.shadow(om.RoutingPolicy(objective="fastest"))
    with engine.shadow(FEW) as beside:
        engine.route(order)
    engine.route(order)
    beside.stop()
    assert (len(beside), len(other)) == (1, 2)
    other.stop()
    assert engine._router.shadows == []


def test_what_fails_beside_does_not_fail_the_live_decision():
    """A term that raises is noted with what it said."""

    def broken(lanes):
        raise ZeroDivisionError("no lanes today")

    policy = om.RoutingPolicy(terms=[om.CostTerm("mine", broken)], name="new")
    engine = shop()
    with engine.shadow(policy) as beside:
        plan = engine.route(om.Order({"CUP": 1}, HERE))
    assert plan.complete
    columns = beside.columns()
    assert columns["failed"][0] == "ZeroDivisionError: no lanes today"
    assert not columns["same"][0]
    assert repr(beside) == "Shadow('new': 1 decisions, 1 differ, 1 of them failed)"


def test_the_last_decisions_are_kept():
    """As many as asked for; columns have a type of their own also when empty."""
    engine = shop()
    beside = engine.shadow(FEW, limit=2)
    empty = beside.columns()
    for n in (1, 2, 3):
        engine.route(om.Order({"CUP": n}, HERE, id=f"A-{n}"))
    assert beside.columns()["order"].tolist() == ["A-2", "A-3"]
    for name, column in beside.columns().items():
        assert column.dtype == empty[name].dtype
    assert np.issubdtype(empty["live_cost_minor"].dtype, np.int64)


def test_a_table_tells_what_the_difference_comes_to():
    """Money, shipments, days, what is short, and how many orders are whole."""
    engine = shop()
    with engine.shadow(om.RoutingPolicy(objective="fastest", name="fast")) as beside:
        engine.route(om.Order({"CUP": 1}, HERE))
        engine.route(om.Order({"PAN": 20}, HERE))
    assert beside.table().splitlines() == [
        "            live   fast",
        "cost       12.00  22.00",
        "shipments      2      2",
        "days           6      2",
        "short         11     11",
        "complete       1      1",
        "Shadow('fast': 2 decisions, 2 differ)",
    ]


def test_a_policy_that_cannot_be_is_refused_before_it_begins():
    """No policy, no such node, no such function, no rows to keep."""
    engine = shop()
    for policy, error in [
        ("few", om.ValidationError),
        (om.RoutingPolicy(exclude_nodes=["GONE"]), om.UnknownNodeError),
        (om.RoutingPolicy(terms=[om.CostTerm("x", "confetti")]), om.ConfigurationError),
    ]:
        with pytest.raises(error):
            engine.shadow(policy)
    with pytest.raises(om.ValidationError, match="limit"):
        engine.shadow(FEW, limit=0)
    assert engine._router.shadows == []
