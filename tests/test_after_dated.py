"""What is declined in a network with calendars: the day that was promised goes first."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

import omniroute as om

CHICAGO = ZoneInfo("America/Chicago")
MONDAY = datetime(2026, 11, 23, 9, tzinfo=CHICAGO)
TUESDAY = date(2026, 11, 24)


def shop(*stocked):
    """Three stores with a lamp each, of which only these two ways can send it."""
    rule = om.DispatchRule(None, "1h", "14:00", "16:30", om.WorkingDays())
    open_ = om.Calendar(om.Hours.every_day("08:00-20:00"), "America/Chicago")
    services = [
        om.Service(
            "ground", "ship", om.RateCard.flat(5), transit_days=3, dispatch=rule
        ),
        om.Service(
            "express", "ship", om.RateCard.flat(19), transit_days=1, dispatch=rule
        ),
    ]
    ways = {"NEAR": None, "SLOW": ["ground"], "DEAR": ["express"]}
    nodes = [
        om.Node(name, latitude=41.9, longitude=-87.6, hours=open_, services=own)
        for name, own in ways.items()
    ]
    engine = om.Engine(om.Network(nodes, services), [om.Item("LAMP")], clock=lambda: 0)
    engine.apply([om.Receive("LAMP", node, 1) for node in stocked], now=MONDAY)
    return engine


@pytest.mark.parametrize(
    ("stocked", "found", "in_time"),
    [
        (("NEAR", "SLOW", "DEAR"), "DEAR", True),
        (("NEAR", "SLOW"), "SLOW", False),
    ],
)
def test_what_is_needed_by_a_day_is_kept_if_any_store_can(stocked, found, in_time):
    """At any price; and where nobody can, it comes late rather than not at all."""
    engine = shop(*stocked)
    to = om.Destination(latitude=41.9, longitude=-87.7)
    order = om.Order({"LAMP": 1}, to, id="A-1", needed_by=TUESDAY)
    first = om.Order(
        order.lines,
        to,
        id="A-1",
        needed_by=TUESDAY,
        exclude_nodes=[node for node in stocked if node != "NEAR"],
    )
    placed = engine.place(first)
    assert placed.plan.shipments[0].node == "NEAR"
    assert placed.plan.arrives == TUESDAY
    told = engine.resource("A-1", order, "NEAR", write_down=True)
    assert told.status is om.Status.OK
    assert [each.node for each in told.plan.shipments] == [found]
    assert told.in_time is in_time
    assert (told.plan.arrives <= TUESDAY) is in_time
    engine.check()


def test_a_promise_in_days_on_the_way_holds_with_calendars_too():
    """The kernels count minutes there; a promise is told in days."""
    engine = shop("NEAR", "SLOW", "DEAR")
    to = om.Destination(latitude=41.9, longitude=-87.7)
    order = om.Order({"LAMP": 1}, to, id="A-1")
    engine.place(om.Order({"LAMP": 1}, to, id="A-1", exclude_nodes=["SLOW", "DEAR"]))
    told = engine.resource("A-1", order, "NEAR", write_down=True, within_days=2)
    assert [each.node for each in told.plan.shipments] == ["DEAR"]
    assert told.in_time is True
