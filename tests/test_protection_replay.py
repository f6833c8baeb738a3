"""What rules say is in the journal: who replays it decides as the live engine does."""

from __future__ import annotations

import pytest

import omniroute as om
from tests.conftest import WITHOUT_JIT
from tests.histories import TO, History, an_engine, answers, held

STEPS = 25 if WITHOUT_JIT else 60


@pytest.mark.parametrize("seed", range(2 if WITHOUT_JIT else 12))
def test_a_replayed_engine_answers_and_goes_on_as_the_live_one(seed):
    """Every rule set, a random history: same digest, same answers, same future."""
    history = History(seed)
    live = history.engine(journal=True)
    for step in (history.safety, history.oversell, history.allocate):
        step()(live)
    for _ in range(STEPS):
        history.step()(live)
    twin = history.engine(skus=history.skus[::-1], journal=True)
    twin.replay(live.log)
    skus = history.skus
    assert twin.digest() == live.digest()
    assert answers(twin, skus) == answers(live, skus)
    assert held(twin, history.ids) == held(live, history.ids)
    for _ in range(STEPS // 2):
        step = history.step()
        assert step(twin) == step(live)
        assert twin.digest() == live.digest()
    twin.check()
    third = history.engine(skus=history.skus)
    third.replay(twin.log)
    assert third.digest() == live.digest()
    assert answers(third, history.skus) == answers(live, history.skus)


def rules(engine):
    """Rules of both kinds, one of each figure."""
    engine.apply(om.Receive("A", "N0", 40))
    engine.set_safety(
        [
            om.SafetyRule(percent=25),
            om.SafetyRule(1, channel="web"),
            om.SafetyRule(3, sku="B", guards="network"),
            om.SafetyRule(days=2, sku="C"),
        ],
        daily_demand={("C", "N1"): 1.5},
    )
    engine.set_oversell([om.OversellRule("warn", floor=2, channel="sos")])
    return engine


def test_what_is_received_after_a_replay_follows_the_rules():
    """A percentage, days of cover and a network threshold, of cells that are new."""
    live = rules(an_engine(lambda: 0, journal=True))
    twin = an_engine(lambda: 0)
    twin.replay(live.log)
    for engine in (live, twin):
        engine.apply([om.Receive("A", "N0", 40), om.Receive("C", "N1", 9)])
        engine.apply(om.Receive("B", "N2", 8))
        assert engine.available_to_promise("A") == 60
        assert engine.available_to_promise("A", channel="web") == 79
        assert engine.available_to_promise("A", channel="sos") == 62
        assert engine.available_to_promise("B") == 3
        assert engine.available_to_promise("C") == 6
    assert twin.digest() == live.digest()


def test_rules_show_in_the_digest_and_their_order_does_not():
    """Two engines that will answer otherwise tomorrow are not the same today."""
    one, two, three = (an_engine(lambda: 0) for _ in range(3))
    some = [om.SafetyRule(2, sku="A"), om.SafetyRule(percent=10)]
    one.set_safety(some)
    two.set_safety(some[::-1])
    assert one.digest() == two.digest() != three.digest()
    three.set_safety([om.SafetyRule(2, sku="A"), om.SafetyRule(percent=11)])
    assert one.digest() != three.digest()
    one.set_safety([])
    assert one.digest() == an_engine(lambda: 0).digest()
    two.set_safety(some, daily_demand={("A", "N0"): 1})
    assert two.digest() != an_engine(lambda: 0).digest()


def test_the_same_rules_again_write_nothing():
    """A configuration that is loaded every minute does not fill the journal."""
    live = rules(an_engine(lambda: 0, journal=True))
    before = len(live.log)
    live.set_oversell([om.OversellRule("warn", floor=2, channel="sos")])
    assert len(live.log) == before


def test_rules_that_name_what_an_engine_does_not_know_wait_for_it():
    """No channel, no such service: nobody can ask so. An item may be added."""
    live = an_engine(lambda: 0, journal=True)
    live.set_safety([om.SafetyRule(1, channel="web"), om.SafetyRule(4, sku="C")])
    twin = an_engine(lambda: 0, skus=["A", "B"], channels=())
    twin.replay(live.log)
    assert twin.digest() == live.digest()
    twin.add_items([om.Item("C")])
    twin.apply(om.Receive("C", "N0", 9))
    assert twin.available_to_promise("C") == 5


def test_a_refused_set_of_rules_leaves_those_before():
    """In the state as well as in what is followed."""
    live = rules(an_engine(lambda: 0, journal=True))
    before, batches = live.digest(), len(live.log)
    with pytest.raises(om.UnknownSkuError) as caught:
        live.set_safety([om.SafetyRule(1), om.SafetyRule(2, sku="X")])
    assert caught.value.path == "rules[1].sku"
    with pytest.raises(om.ValidationError):
        live.set_safety([om.SafetyRule(1)], daily_demand={("A", "N0"): -1})
    assert (live.digest(), len(live.log)) == (before, batches)
    live.apply(om.Receive("A", "N1", 8))
    assert live.available_to_promise("A", "N1") == 6


def test_an_engine_with_rules_has_a_history_of_its_own():
    """It does not take another's on top."""
    live = rules(an_engine(lambda: 0, journal=True))
    twin = an_engine(lambda: 0)
    twin.set_safety([om.SafetyRule(1)])
    with pytest.raises(om.ValidationError, match="no history yet"):
        twin.replay(live.log)


def test_a_replayed_engine_routes_around_what_routing_protects():
    """The same plan for every channel."""
    live = an_engine(lambda: 0, journal=True)
    live.apply([om.Receive("A", "N0", 5), om.Receive("A", "N1", 5)])
    live.set_safety([om.SafetyRule(4, guards="routing", node="N0")])
    twin = an_engine(lambda: 0)
    twin.replay(live.log)
    order = om.Order({"A": 3}, TO)
    for engine in (live, twin):
        (shipment,) = engine.route(order).shipments
        assert shipment.node == "N1"


def test_daily_demand_that_is_said_no_more_is_none():
    """After a replay as well: only what the last call said counts."""
    live = an_engine(lambda: 0, journal=True)
    days = [om.SafetyRule(days=2, sku="C")]
    live.set_safety(days, daily_demand={("C", "N1"): 1.5})
    live.set_safety(days, daily_demand={("C", "N0"): 2})
    twin = an_engine(lambda: 0)
    twin.replay(live.log)
    for engine in (live, twin):
        engine.apply([om.Receive("C", "N0", 9), om.Receive("C", "N1", 9)])
        assert engine.available_by_node("C").tolist() == [5, 9, 0]
    assert twin.digest() == live.digest()
