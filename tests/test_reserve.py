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
    """Somebody was quicker: SHORT, and the state is as it was."""
    plan = engine.route(om.Order({"BOLT": 2}, HERE))
    engine.place(om.Order({"BOLT": 2}, HERE), id="A-1")
    before = engine.digest()
    late = engine.reserve(plan, id="A-2")
    assert (late.status, late.reserved) == (om.Status.SHORT, False)
    assert engine.digest() == before


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
