"""The router: checks an order once, and keeps what it worked out."""

from __future__ import annotations

import pytest

import omniroute as om
from tests.routing.worlds import world

TO = om.Destination(postcode="55425")


def test_a_policy_is_compiled_once():
    """Equal policies share a writer; the engine's own needs no look-up."""
    router = world(1).engine._router
    policy = om.RoutingPolicy(max_shipments=2)
    assert router.writer(policy) is router.writer(om.RoutingPolicy(max_shipments=2))
    assert router.writer(None) is router.writer(router.policy)


def test_a_policy_that_is_none_is_refused():
    """Also where it could not even be looked up."""
    router = world(1).engine._router
    for policy in ({"objective": "cheapest"}, [1], "cheapest"):
        with pytest.raises(om.ValidationError, match=r"^policy: "):
            router.writer(policy)


def test_writers_know_items_that_were_added_later():
    """Under the engine's policy and under others."""
    engine = world(1).engine
    policy = om.RoutingPolicy(max_shipments=2)
    engine.route(om.Order({"S00": 1}, TO), policy=policy)
    engine.add_items([om.Item("NEW", decimals=1)])
    for rules in (None, policy):
        plan = engine.route(om.Order({"NEW": 0.5}, TO), policy=rules)
        assert plan.short_quanta == 5


def test_the_same_question_gets_the_same_answer():
    """Scratch memory keeps nothing from the questions in between."""
    made = world(14)
    orders = [(made.order(), made.policy()) for _ in range(30)]
    first = [made.engine.route(o, policy=p).answer for o, p in orders]
    again = [made.engine.route(o, policy=p).answer for o, p in reversed(orders)]
    assert again[::-1] == first
