"""The router: checks an order once, and keeps what it worked out."""

from __future__ import annotations

import pytest

import omniroute as om
from omniroute.routing.ask_head import HeadWriter
from omniroute.routing.router_asks import WRITERS_MAX
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


def test_what_one_node_holds_but_cannot_send_is_shared_with_others():
    """Dallas holds 95 mugs and may send 85 of them (30 kg); Chicago sends the rest."""
    rates = om.RateCard([1000], {1: [5]}, max_shipment_g=30_000)
    nodes = [om.Node("DAL"), om.Node("CHI")]
    network = om.Network(nodes, [om.Service("ground", "ship", rates)])
    engine = om.Engine(network, [om.Item("MUG", weight_g=350)], clock=lambda: 0)
    engine.apply([om.Receive("MUG", "DAL", 95), om.Receive("MUG", "CHI", 4)])
    plan = engine.route(om.Order({"MUG": 86}, om.Destination(postcode="55425")))
    assert plan.status is om.Status.OK
    assert [shipment.node for shipment in plan.shipments] == ["DAL", "CHI"]
    assert sum(s.lines[0].quantity for s in plan.shipments) == 86


def test_a_policy_an_order_does_not_fill_the_memory():
    """A few writers are kept, and what is as long as the catalogue is shared."""
    router = world(1).engine._router
    kept = om.RoutingPolicy(name="kept")
    first = router.writer(kept)
    for k in range(100):
        router.writer(om.RoutingPolicy(name=f"rules {k}"))
        assert router.writer(kept) is first, "used all the time"
    assert len(router._writers) <= WRITERS_MAX
    assert len({id(writer._reader) for writer in router._writers.values()}) == 1


def test_heads_of_services_do_not_fill_the_memory(monkeypatch):
    """Whatever sets of services orders name."""
    monkeypatch.setattr(HeadWriter, "HEADS_MAX", 2)
    made = world(1)
    names = made.engine.network.service_names
    for name in names * 2:
        made.engine.route(om.Order({"S00": 1}, TO, services=[name]))
    assert len(names) > 2
    assert len(made.engine._router.writer(None)._heads.kept) <= 2


def test_an_order_to_a_home_is_not_sent_to_a_counter():
    """Collecting is free and far away: no answer to somebody who waits at home."""
    offers = [
        om.Service("ground", "ship", om.RateCard.flat(5)),
        om.Service("pickup", "collect", om.RateCard.flat(0)),
    ]
    network = om.Network([om.Node("N1"), om.Node("N2")], offers)
    engine = om.Engine(network, [om.Item("BOLT")], clock=lambda: 0)
    engine.apply(om.Receive("BOLT", "N1", 5))
    plan = engine.route(om.Order({"BOLT": 1}, TO))
    assert plan.shipments[0].service == "ground"
    told = {row.service: row.reason for row in plan.explain().why("N1")}
    assert told == {"ground": om.Reason.CHOSEN, "pickup": om.Reason.NOT_ADMITTED}
    for asked in ({"collect_at": "N1"}, {"services": ["ground", "pickup"]}):
        plan = engine.route(om.Order({"BOLT": 1}, TO, **asked))
        assert plan.shipments[0].service == "pickup"
