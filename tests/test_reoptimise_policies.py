"""Pools under rules that look at time and at stock: wishes, and prices of items."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

import omniroute as om
from tests.test_reoptimise_capacity import same_after_replay
from tests.test_reoptimise_composed import cells

OK = om.Status.OK
TO = om.Destination(postcode="55425")
NOW = int(datetime(2026, 11, 3, 12, tzinfo=UTC).timestamp())
TODAY = date(2026, 11, 3)


def shop(*, dated=False) -> om.Engine:
    """Ground takes three days from SLOW and one from NEAR, which costs 4.00 more."""
    more = {"dispatch": om.DispatchRule(processing="1h")} if dated else {}
    hours = om.Calendar(om.Hours.every_day("00:00-24:00"), "UTC") if dated else None
    where = {"hours": hours, "latitude": 41.9, "longitude": -87.6}
    ground = om.Service("ground", "ship", om.RateCard.flat(5), transit_days=3, **more)
    van = om.Service("van", "ship", om.RateCard.flat(5), transit_days=1, **more)
    nodes = [
        om.Node("SLOW", services=["ground"], **where),
        om.Node("NEAR", services=["van"], order_cost=4, **where),
    ]
    network = om.Network(nodes, [ground, van])
    return om.Engine(network, [om.Item("BOLT")], clock=lambda: NOW, journal=True)


def soft(per_day, **more) -> om.RoutingPolicy:
    terms = [om.terms.lateness(per_day)]
    return om.RoutingPolicy(needed_by="soft", terms=terms, **more)


def one(id, days=None, **more) -> om.Order:
    needed_by = None if days is None else TODAY + timedelta(days=days)
    to = om.Destination(latitude=41.9, longitude=-87.7)
    return om.Order({"BOLT": 1}, to, id=id, needed_by=needed_by, **more)


def held_at(engine, node, *orders) -> list[om.Order]:
    """Orders that lie at a node; then the other one has bolts as well."""
    other = {"SLOW": "NEAR", "NEAR": "SLOW"}[node]
    engine.apply(om.Receive("BOLT", node, len(orders)))
    for order in orders:
        assert engine.place(order, policy=soft(1)).reserved
    engine.apply(om.Receive("BOLT", other, 9))
    return list(orders)


def node_of(engine, id) -> str:
    ((_, node),) = cells(engine, id)
    return node


# -- needed by a day, as a wish --------------------------------------------------------


@pytest.mark.parametrize("dated", [False, True])
@pytest.mark.parametrize(
    ("per_day", "days", "node"),
    [
        (1, 1, "SLOW"),
        (1.5, 1, "SLOW"),
        (2.5, 1, "NEAR"),
        (9, 3, "SLOW"),
        (9, 4, "SLOW"),
    ],
)
def test_who_is_late_is_hurried_where_that_is_worth_it(dated, per_day, days, node):
    """Two days late at so much a day, against 4.00."""
    engine = shop(dated=dated)
    (order,) = held_at(engine, "SLOW", one("A", days))
    found = engine.reoptimise([order], policy=soft(per_day))
    assert [s.node for s in found.plan("A").shipments] == [node]
    assert found.proven


@pytest.mark.parametrize("dated", [False, True])
def test_a_wish_that_is_kept_is_kept_and_one_that_is_late_comes_no_later(dated):
    """A saving that is paid for in days is for somebody to decide."""
    engine = shop(dated=dated)
    (order,) = held_at(engine, "NEAR", one("A", 1))
    free = engine.reoptimise([order], policy=soft(0.5), keep_dates=False)
    assert [s.node for s in free.plan("A").shipments] == ["SLOW"]
    assert str(free.saving) == "3.00"
    assert free.plan("A").shipments[0].prices == {"lateness": 1}
    assert not engine.reoptimise([order], policy=soft(0.5)).moved
    overdue = one("A", -2)
    assert not engine.reoptimise([overdue], policy=soft(0.5)).moved
    late = engine.reoptimise([overdue], policy=soft(0.5), keep_dates=False)
    assert [s.node for s in late.plan("A").shipments] == ["SLOW"]
    assert str(late.before) == "10.50"


@pytest.mark.parametrize("dated", [False, True])
def test_who_wished_for_later_may_come_later(dated):
    """It comes tomorrow and would be in time on Friday."""
    engine = shop(dated=dated)
    (order,) = held_at(engine, "NEAR", one("A", 3))
    found = engine.reoptimise([order], policy=soft(9))
    assert [s.node for s in found.plan("A").shipments] == ["SLOW"]
    assert engine.reassign(found).status is OK
    assert same_after_replay(engine)


@pytest.mark.parametrize("dated", [False, True])
def test_a_plan_that_came_later_than_the_wish_is_what_was_promised(dated):
    """It was told three days; from where it lies it would come sooner, and dearer."""
    engine = shop(dated=dated)
    bolts(engine, SLOW=1, NEAR=1)
    order, policy = one("A", 1), soft(0.5)
    told = engine.route(order, policy=policy)
    assert told.shipments[0].node == "SLOW"
    assert engine.place(one("A", 1, exclude_nodes=["SLOW"]), policy=policy).reserved
    assert not engine.reoptimise({"A": order}, policy=policy).moved
    found = engine.reoptimise({"A": told}, policy=policy)
    assert (str(found.before), str(found.after)) == ("9.00", "6.00")


def test_a_plan_of_an_order_without_a_wish_is_a_limit_and_no_wish():
    """Nothing is late of it, and it comes no later than was told."""
    engine = shop(dated=True)
    engine.apply(om.Receive("BOLT", "NEAR", 1))
    plan = engine.place(one("A")).plan
    engine.apply(om.Receive("BOLT", "SLOW", 1))
    assert not engine.reoptimise([plan], policy=soft(0.1)).moved
    assert not engine.reoptimise([plan.order], policy=soft(0.1)).moved
    free = engine.reoptimise([plan], policy=soft(0.1), keep_dates=False)
    assert str(free.saving) == "4.00"


def test_the_only_van_goes_to_who_is_late_the_more():
    """A has until Friday, and the bolt of which B has need tomorrow."""
    engine, policy = shop(), soft(9)
    bolts(engine, SLOW=1, NEAR=1)
    engine.place(one("A", 3, exclude_nodes=["SLOW"]), policy=policy)
    engine.place(one("B", 1), policy=policy)
    assert (node_of(engine, "A"), node_of(engine, "B")) == ("NEAR", "SLOW")
    found = engine.reoptimise([one("A", 3), one("B", 1)], policy=policy)
    assert (str(found.before), str(found.after)) == ("32.00", "14.00")
    assert found.proven
    assert engine.reassign(found).moved == ("A", "B")


def test_a_wish_without_a_price_is_a_date_to_keep_and_nothing_else():
    """No term, no price."""
    engine = shop()
    (order,) = held_at(engine, "NEAR", one("A", 1))
    wish = om.RoutingPolicy(needed_by="soft")
    assert not engine.reoptimise([order], policy=wish).moved
    assert engine.reoptimise([order], policy=wish, keep_dates=False).moved


# -- prices of items -------------------------------------------------------------------


def bolts(engine, **at) -> None:
    engine.apply([om.Receive("BOLT", node, n) for node, n in at.items()])


def test_what_units_are_worth_where_they_lie_is_minimised_with_a_bound():
    """A bolt at SLOW is worth 6.00 there: NEAR's, which costs 4.00 more, is let go."""
    engine = shop()
    bolts(engine, SLOW=1)
    engine.place(one("A"))
    bolts(engine, NEAR=1)
    worth = om.RoutingPolicy(terms=[om.terms.node_price({"SLOW": {"BOLT": 6}})])
    found = engine.reoptimise([one("A")], policy=worth)
    assert (str(found.before), str(found.after)) == ("11.00", "9.00")
    assert (found.proven, str(found.moved[0].new.cost)) == (True, "9.00")
    assert found.moved[0].old.shipments[0].prices == {"node_price": 6}


def test_a_credit_is_in_the_bound():
    """Below nothing, if the unit had better go: no bound of 0 holds."""
    engine = shop()
    bolts(engine, SLOW=1)
    engine.place(one("A"))
    bolts(engine, NEAR=1)
    gone = om.RoutingPolicy(terms=[om.terms.markdown_credit({"NEAR": {"BOLT": 30}})])
    found = engine.reoptimise([one("A")], policy=gone)
    assert (str(found.after), str(found.bound)) == ("-21.00", "-21.00")
    cut_short = engine.reoptimise([one("A")], policy=gone, budget=0)
    assert cut_short.bound <= -21


def test_a_term_that_looks_at_stock_sees_it_as_each_order_finds_it():
    """Two of three bolts at NEAR are held: each finds the free one, and its own."""
    engine = shop()
    bolts(engine, NEAR=3)
    for id in "AB":
        engine.place(one(id))
    bolts(engine, SLOW=1)
    seen = {}

    def look(stock):
        for node, held in zip(stock.node.tolist(), stock.held.tolist(), strict=True):
            seen.setdefault(node, set()).add(held)
        return 0.0 * stock.held

    term = om.CostTerm("look", look, per="item")
    policy = om.RoutingPolicy(terms=[term])
    pool = [one("A"), one("B")]
    found = engine.reoptimise(pool, policy=policy, keep_dates=False)
    near, slow = (engine.network.node_ids.index(id) for id in ("NEAR", "SLOW"))
    assert seen == {near: {2}, slow: {1}}
    assert len(found.moved) == 1


def test_the_last_of_a_node_is_left_there_if_that_is_worth_it():
    """SLOW would have none left: 1.50 are not worth 4.00, 5.00 are."""
    engine = shop()
    bolts(engine, SLOW=1)
    engine.place(one("A"))
    bolts(engine, NEAR=5)
    for amount, node in ((1.5, "SLOW"), (5, "NEAR")):
        rule = om.terms.stock_out_penalty(amount, below=1)
        policy = om.RoutingPolicy(terms=[rule])
        found = engine.reoptimise([one("A")], policy=policy)
        assert [s.node for s in found.plan("A").shipments] == [node]
        assert found.proven


def test_what_a_pool_has_told_terms_is_forgotten():
    """The engine routes as before, and so does another order of the pool."""
    engine = shop()
    bolts(engine, SLOW=1)
    policy = om.RoutingPolicy(terms=[om.terms.stock_out_penalty(5, below=1)])
    engine.place(one("A"))
    bolts(engine, NEAR=5)
    before = engine.route(one("Z"), policy=policy)
    found = engine.reoptimise([one("A")], policy=policy)
    told = found._trials.bench.router.told
    assert (told.held, told.wish) == ({}, None)
    assert engine.route(one("Z"), policy=policy).shipments == before.shipments


# -- gates -----------------------------------------------------------------------------


def test_who_stands_behind_a_gate_is_no_news_to_an_explanation():
    """NEAR keeps its last; A has it, and might have stayed."""
    engine = shop()
    bolts(engine, NEAR=1)
    engine.place(one("A"))
    bolts(engine, SLOW=3)
    gate = om.StockGate("two stay", keep_units=2)
    policy = om.RoutingPolicy(gates=[gate])
    found = engine.reoptimise([one("A")], policy=policy, keep_dates=False)
    told = found.plan("A").explain().table()
    assert "CHOSEN" in told
    assert "GATED" not in told
