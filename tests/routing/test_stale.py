"""A plan knows when the world it was decided in is gone, and does not speak of another."""

from __future__ import annotations

import pytest

import omniroute as om
from omniroute.codes import Reason

TO = om.Destination(postcode="55425", latitude=44.9, longitude=-93.2)


def shop(**terms):
    """Cups, pots and sets of them at three nodes; channels; a courier for some."""
    ground = om.Service("ground", "ship", om.RateCard.flat(5))
    courier = om.Service("courier", "same_day", om.RateCard.flat(9))
    items = [
        om.Item("CUP", substitutes=["MUG"]),
        om.Item("MUG"),
        om.Item("POT"),
        om.Item("SET", components={"CUP": 2, "POT": 1}),
        om.Item("EGG", pack_size=6),
        om.Item("ELSE"),
    ]
    channels = [om.Channel("web"), om.Channel("b2b")]
    network = om.Network(
        [om.Node("N1"), om.Node("N2"), om.Node("N3")], [ground, courier]
    )
    engine = om.Engine(network, items, clock=lambda: 0, channels=channels, **terms)
    engine.apply(
        [
            om.Receive(sku, node, n)
            for sku, n in (("CUP", 9), ("MUG", 9), ("POT", 4), ("EGG", 13), ("ELSE", 5))
            for node in ("N1", "N2")
        ]
    )
    return engine


PLAIN = om.Order({"CUP": 2}, TO)
KIT = om.Order({"SET": 1}, TO)
PACK = om.Order({"EGG": 6}, TO)
WILLING = om.Order([om.OrderLine("CUP", 2, substitutes=True)], TO)
WEB = om.Order({"CUP": 2}, TO, channel="web")
BY_COURIER = om.Order({"CUP": 2}, TO, services=["courier"])


def routing_rule(engine):
    engine.set_safety([om.SafetyRule(1, guards="routing")])


def channel_rule(engine):
    engine.set_safety([om.SafetyRule(3, channel="web")])


def service_rule(engine):
    engine.set_safety([om.SafetyRule(3, service="courier")])


def threshold(engine):
    engine.set_safety([om.SafetyRule(3, guards="network")])


def oversell(engine):
    engine.set_oversell([om.OversellRule("ignore", 2, sku="CUP", node="N1")])


def fence(engine):
    engine.allocate([om.RingFence("b2b", "CUP", 2, nodes="N1")])


def unbound(engine):
    engine.reserve({("CUP", None): 1}, id="anywhere")


def sold(sku):
    return lambda engine: engine.apply(om.Sell(sku, "N1", 1))


@pytest.mark.parametrize(
    ("order", "change"),
    [
        pytest.param(PLAIN, sold("CUP"), id="stock"),
        pytest.param(KIT, sold("POT"), id="a part of a kit"),
        pytest.param(PACK, sold("EGG"), id="a unit of a pack"),
        pytest.param(WILLING, sold("MUG"), id="a substitute"),
        pytest.param(PLAIN, routing_rule, id="a rule for routing"),
        pytest.param(WEB, channel_rule, id="a rule for the channel"),
        pytest.param(BY_COURIER, service_rule, id="a rule for the service"),
        pytest.param(PLAIN, threshold, id="a threshold of the network"),
        pytest.param(KIT, threshold, id="a threshold of a part"),
        pytest.param(PLAIN, oversell, id="leave to oversell"),
        pytest.param(PLAIN, fence, id="a fence for others"),
        pytest.param(PLAIN, unbound, id="a hold at no node"),
        pytest.param(KIT, unbound, id="a part held at no node"),
    ],
)
def test_what_the_decision_was_made_on_has_changed(order, change):
    """Nothing is told of it any more, unless it was recorded in time."""
    engine = shop()
    plan, recorded = engine.route(order), engine.route(order, explain=True)
    told = recorded.explain()
    assert not plan.stale
    change(engine)
    assert plan.stale
    assert plan.explain().status is om.Status.STALE
    assert plan.explain().decision is None
    assert plan.why_not("N2").status is om.Status.STALE
    assert plan.alternatives().status is om.Status.STALE
    assert recorded.explain() is told
    assert told.status is om.Status.OK
    assert not engine.route(order).stale


@pytest.mark.parametrize(
    ("order", "change"),
    [
        pytest.param(PLAIN, sold("ELSE"), id="other stock"),
        pytest.param(PLAIN, sold("MUG"), id="a substitute nobody asked for"),
        pytest.param(KIT, sold("MUG"), id="not a part"),
        pytest.param(PLAIN, channel_rule, id="a rule for a channel it is not of"),
        pytest.param(PLAIN, lambda e: e.set_find({("CUP", "N1"): 0.4}), id="chances"),
        pytest.param(
            PLAIN,
            lambda e: e.set_preorder([om.OversellRule("ignore", 5)]),
            id="leave to promise for later",
        ),
        pytest.param(PLAIN, lambda e: e.add_items([om.Item("NEW")]), id="other items"),
        pytest.param(
            PLAIN,
            lambda e: e.allocate([om.RingFence("b2b", "ELSE", 2, nodes="N1")]),
            id="a fence around other stock",
        ),
    ],
)
def test_what_does_not_concern_a_plan_leaves_it_fresh(order, change):
    """No decision was made on it: routing does not ask for chances, or for later."""
    engine = shop()
    plan = engine.route(order)
    before = plan.explain()
    change(engine)
    assert not plan.stale
    assert plan.explain() == before


@pytest.mark.parametrize(
    "change", [routing_rule, channel_rule, threshold, fence, unbound, service_rule]
)
@pytest.mark.parametrize("order", [PLAIN, WEB, BY_COURIER, KIT])
def test_a_plan_that_is_not_stale_is_decided_the_same_again(order, change):
    """Whatever changes: fresh means that the same question has the same answer."""
    engine = shop()
    plan = engine.route(order)
    change(engine)
    if not plan.stale:
        again = engine.route(order)
        assert again.answer == plan.answer
        assert again.explain().candidates == plan.explain().candidates


def test_it_is_told_under_the_policy_and_exclusions_of_the_decision():
    """Another policy for the next order does not reach back."""
    engine = shop()
    policy = om.RoutingPolicy(exclude_nodes=["N2"], objective="fastest")
    plan = engine.route(PLAIN, policy=policy)
    engine.route(PLAIN, policy=om.RoutingPolicy(exclude_nodes=["N1"]))
    told = plan.explain()
    assert told.decision.goal == "fastest"
    assert {row.reason for row in told.why("N2")} == {Reason.EXCLUDED}
    assert {row.reason for row in told.why("N1")} == {Reason.CHOSEN, Reason.CANDIDATE}


def test_a_hold_that_expires_makes_a_plan_stale():
    """Time changes stock as well."""
    now = [0]
    engine = shop()
    engine._clock = lambda: now[0]
    engine.reserve({("CUP", "N1"): 5}, id="cart", ttl=60)
    plan = engine.route(PLAIN)
    now[0] = 61
    assert not plan.stale
    engine.available_to_promise("CUP")
    assert plan.stale


def test_a_change_that_was_taken_back_leaves_the_plan_fresh():
    """A refused replacement puts back what it released: nothing has changed."""
    engine = shop()
    engine.reserve({("CUP", "N1"): 5}, id="cart", ttl=60)
    plan = engine.route(PLAIN)
    asked = engine.reserve({("CUP", "N1"): 99}, id="more", supersedes="cart")
    assert asked.status is om.Status.SHORT
    assert not plan.stale
