"""Reserving a plan made earlier: its stock is checked again, all or nothing."""

from __future__ import annotations

import pytest

import omniroute as om

HERE = om.Destination(postcode="55425")


@pytest.fixture
def engine() -> om.Engine:
    """Three bolts at one node, on a clock that stands still."""
    ground = om.Service("ground", "ship", om.RateCard.flat(5))
    network = om.Network([om.Node("N1")], [ground])
    engine = om.Engine(network, [om.Item("BOLT")], clock=lambda: 1_000)
    engine.apply(om.Receive("BOLT", "N1", 3))
    return engine


def test_a_plan_whose_stock_is_there_is_reserved(engine):
    """What the plan takes can no longer be promised."""
    plan = engine.route(om.Order({"BOLT": 2}, HERE))
    assert engine.reserve(plan, id="A-1", ttl="15min").status is om.Status.OK
    assert engine.available_to_promise("BOLT") == 1


def test_a_plan_whose_stock_has_gone_is_refused_and_changes_nothing(engine):
    """Somebody was quicker: SHORT, by how much, and the state is as it was."""
    plan = engine.route(om.Order({"BOLT": 2}, HERE))
    engine.place(om.Order({"BOLT": 2}, HERE), id="A-1")
    before = engine.digest()
    late = engine.reserve(plan, id="A-2")
    assert (late.status, late.reserved) == (om.Status.SHORT, False)
    assert late.shortages == (om.HoldLine("BOLT", "N1", 1),)
    assert late.plan is plan
    assert engine.digest() == before


def test_of_a_plan_whose_stock_has_gone_a_part_is_held_where_that_is_wanted(engine):
    """One of two is left; the same again is told as such."""
    plan = engine.route(om.Order({"BOLT": 2}, HERE))
    engine.apply(om.Sell("BOLT", "N1", 2))
    late = engine.reserve(plan, id="A-1", partial=True)
    assert (late.status, late.reserved) == (om.Status.SHORT, True)
    assert late.shortages == (om.HoldLine("BOLT", "N1", 1),)
    assert engine.stock("BOLT", "N1").firm == 1
    again = engine.reserve(plan, id="A-1", partial=True)
    assert again.status is om.Status.EXISTS
    engine.check()


def test_a_plan_of_which_nothing_is_left_is_out_of_stock(engine):
    """As cells named by hand would be; a refusal that is written down says the same."""
    plan = engine.route(om.Order({"BOLT": 2}, HERE))
    engine.apply(om.Sell("BOLT", "N1", 3))
    for _ in range(2):
        late = engine.reserve(plan, id="A-1", partial=True, sticky=True)
        assert (late.status, late.reserved) == (om.Status.OUT_OF_STOCK, False)


def test_a_plan_that_is_whole_or_nothing_stays_so(engine):
    """The policy it was decided by asks for complete orders."""
    whole = om.RoutingPolicy(complete_only=True)
    plan = engine.route(om.Order({"BOLT": 2}, HERE), policy=whole)
    engine.apply(om.Sell("BOLT", "N1", 2))
    late = engine.reserve(plan, id="A-1", partial=True)
    assert (late.status, late.reserved) == (om.Status.SHORT, False)
    assert late.shortages == (om.HoldLine("BOLT", "N1", 1),)


def test_of_a_plan_for_kits_whole_kits_are_held():
    """Three handles are left, and two are no use without their cups."""
    ground = om.Service("ground", "ship", om.RateCard.flat(5))
    items = [
        om.Item("CUP"),
        om.Item("JUG"),
        om.Item("SET", components={"CUP": 2, "JUG": 1}),
    ]
    engine = om.Engine(
        om.Network([om.Node("N1")], [ground]), items, clock=lambda: 1_000
    )
    engine.apply([om.Receive("CUP", "N1", 8), om.Receive("JUG", "N1", 4)])
    plan = engine.route(om.Order({"SET": 3}, HERE))
    engine.apply(om.Sell("CUP", "N1", 3))
    late = engine.reserve(plan, id="A-1", partial=True)
    assert late.shortages == (om.HoldLine("SET", "N1", 1),)
    assert (engine.stock("CUP", "N1").firm, engine.stock("JUG", "N1").firm) == (4, 2)


def test_of_a_plan_of_a_channel_what_its_fence_leaves_is_held():
    """Its own unit and that of the pool; the other two are another channel's."""
    ground = om.Service("ground", "ship", om.RateCard.flat(5))
    engine = om.Engine(
        om.Network([om.Node("N1")], [ground]),
        [om.Item("BOLT")],
        channels=[om.Channel("web"), om.Channel("app")],
        clock=lambda: 1_000,
    )
    engine.apply(om.Receive("BOLT", "N1", 4))
    plan = engine.route(om.Order({"BOLT": 3}, HERE, channel="web"))
    engine.allocate([om.RingFence("web", "BOLT", 1), om.RingFence("app", "BOLT", 2)])
    late = engine.reserve(plan, id="A-1", partial=True)
    assert late.shortages == (om.HoldLine("BOLT", "N1", 1),)
    told = engine.allocations("BOLT")
    used = dict(zip(told["channel"], told["used"], strict=True))
    assert used == {"web": 1, "app": 0}
    assert engine.available_to_promise("BOLT", "N1", channel="app") == 2


def test_the_same_reservation_again_is_told_as_such(engine):
    """Safe to repeat: nothing is taken twice."""
    plan = engine.route(om.Order({"BOLT": 1}, HERE))
    engine.reserve(plan, id="A-1")
    assert engine.reserve(plan, id="A-1").status is om.Status.EXISTS
    assert engine.available_to_promise("BOLT") == 2


def test_a_short_plan_is_reserved_only_if_a_part_is_wanted(engine):
    """All lines or none, unless partial."""
    plan = engine.route(om.Order({"BOLT": 9}, HERE))
    assert not engine.reserve(plan, id="A-1").reserved
    assert engine.reserve(plan, id="A-1", partial=True).reserved
    assert engine.available_to_promise("BOLT") == 0


def test_a_plan_of_another_engine_is_an_error(engine):
    """Plans speak in the numbers of their own engine."""
    other = om.Engine(engine.network, engine.items)
    plan = other.route(om.Order({"BOLT": 1}, HERE))
    with pytest.raises(om.ValidationError, match="^plan: "):
        engine.reserve(plan, id="A-1")
