"""Delivery windows: every one asked by itself, and every second before the last order."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import attrs
import pytest

import omniroute as om
from tests.routing.dated_worlds import dated_world, moments, trip_of
from tests.routing.test_dated import CHICAGO, HERE, at
from tests.routing.worlds import World

SLOTS = om.DeliverySlots(
    {"mon": "08:00-10:00, 10:00-12:00", "wed": "18:00-21:00", "fri": "09:00-17:00"},
    closes="1h",
    days_ahead=9,
)


def with_slots(seed: int) -> World:
    """Return a world with calendars whose parcels and couriers have windows."""
    made = dated_world(seed)
    old = made.engine.network
    services = [
        attrs.evolve(
            each,
            slots=SLOTS,
            transit_days=each.transit_days if each.kind == "ship" else 0,
        )
        if each.kind in ("ship", "same_day")
        else each
        for each in old.services
    ]
    network = om.Network(old.nodes, services, places=old.places, time_step="1s")
    engine = om.Engine(network, made.engine.items, clock=lambda: 0)
    engine.apply(
        om.Receive(sku, node, quantity)
        for sku in made.skus
        for node in network.node_ids
        if (quantity := made.engine.available_to_promise(sku, node=node))
    )
    return World(engine, made.dice, made.skus)


def shape(plan: om.Plan) -> tuple:
    """Return what is sent from where; of nothing, why does not matter here."""
    if not plan.shipments:
        return ()
    sent = [(each.node, each.service, each.lines) for each in plan.shipments]
    return plan.status, plan.cost, sent


def due(service: om.Service, slot: om.SlotOffer, zone) -> date:
    """Return when it is needed for a window: parcels by its day, others by its end."""
    if service.kind == "ship":
        return slot.begins.astimezone(zone).date()
    return slot.ends


@pytest.mark.parametrize("seed", range(6))
def test_a_window_has_the_plan_of_an_order_that_is_needed_by_then(seed):
    """Window by window; and until the last second it is still in time."""
    made = with_slots(seed)
    engine, checked = made.engine, 0
    for moment in moments(made.dice, 3):
        order = made.order(made.dice.choice([1, 2, 3]))
        if order.collect_at is not None:
            continue
        for service in engine.network.services:
            if service.slots is None:
                continue
            alone = attrs.evolve(order, services=[service.name])
            for slot in engine.delivery_slots(order, service.name, now=moment):
                zone = slot_zone(engine, order)
                needed = attrs.evolve(alone, needed_by=due(service, slot, zone))
                plan = engine.route(needed, now=moment)
                assert shape(plan) == shape(slot.plan)
                checked += bool(plan.shipments)
                assert_order_by(engine, needed, slot)
    assert checked


def slot_zone(engine, order):
    """Return the clock of a destination."""
    lanes = engine._router.calendars.lanes
    return ZoneInfo(lanes.timezone(engine._router.slot(order, None)))


def assert_order_by(engine, needed, slot):
    """Its shipments are there in time up to that second, or the window has closed."""
    if not slot.plan.shipments:
        assert slot.order_by is None
        return
    assert slot.order_by <= slot.begins - timedelta(hours=1)
    calendars = engine._router.calendars

    def in_time(second: int) -> bool:
        day = needed.needed_by
        for sent in slot.plan.shipments:
            node = engine.network.node_index(sent.node)
            service = engine.network.service_index(sent.service)
            found = calendars.board.dispatch(
                node, service, second, trip_of(engine, sent)
            ).arrives
            if isinstance(day, datetime) != isinstance(found, datetime):
                return False
            if found > day:
                return False
        return True

    last = int(slot.order_by.timestamp())
    assert in_time(last)
    if slot.order_by < slot.begins - timedelta(hours=1):
        assert not in_time(last + 1)


# -- what a planner can read -----------------------------------------------------------


@pytest.fixture
def shop():
    """A store in Chicago with a van, and with parcels; open from 8 to 20."""
    van = om.Service(
        "van",
        "same_day",
        om.RateCard.flat(4),
        transit_time="30min",
        dispatch=om.DispatchRule(processing="2h"),
        slots=om.DeliverySlots("10:00-12:00, 12:00-14:00, 18:00-20:00", days_ahead=2),
    )
    post = om.Service(
        "post",
        "ship",
        om.RateCard.flat(6),
        transit_days=1,
        dispatch=om.DispatchRule(processing="1h", cutoff="15:00", pickups="17:00"),
        slots=om.DeliverySlots("09:00-13:00", closes="1d", days_ahead=4),
    )
    plain = om.Service("plain", "ship", om.RateCard.flat(9), transit_days=1)
    hours = om.Calendar(om.Hours.every_day("08:00-20:00"), str(CHICAGO))
    node = om.Node("CHI", latitude=41.88, longitude=-87.63, hours=hours)
    engine = om.Engine(
        om.Network([node], [van, post, plain]), [om.Item("BOLT")], clock=lambda: 0
    )
    engine.apply(om.Receive("BOLT", "CHI", 3))
    return engine


def told(engine, service, now, units=1):
    """Return begin and last order of each window, on Chicago's clocks."""
    found = engine.delivery_slots({"BOLT": units}, service, to=HERE, now=at(now))
    clock = "%a %H:%M"
    return [
        (
            f"{slot.begins.astimezone(CHICAGO):{clock}}",
            slot.status.name,
            slot.order_by and f"{slot.order_by.astimezone(CHICAGO):{clock}}",
        )
        for slot in found
    ]


def test_a_van_needs_two_hours_and_a_half(shop):
    """Ordered at 9 it is there at 11:30; a minute past 9:30 is too late for noon."""
    assert told(shop, "van", "2026-11-24 09:00") == [
        ("Tue 10:00", "OK", "Tue 09:30"),
        ("Tue 12:00", "OK", "Tue 11:30"),
        ("Tue 18:00", "OK", "Tue 17:30"),
        ("Wed 10:00", "OK", "Wed 09:30"),
        ("Wed 12:00", "OK", "Wed 11:30"),
        ("Wed 18:00", "OK", "Wed 17:30"),
    ]
    assert told(shop, "van", "2026-11-24 09:31")[0] == (
        "Tue 10:00",
        "UNSERVED",
        None,
    )
    assert told(shop, "van", "2026-11-24 11:31")[0][0] == "Tue 12:00"
    assert told(shop, "van", "2026-11-24 12:01")[0][0] == "Tue 18:00"


def test_parcels_come_by_the_day_and_a_window_closes_before_it_begins(shop):
    """Handed in by 15:00 they leave today; the window of tomorrow closes a day ahead."""
    assert told(shop, "post", "2026-11-24 08:30") == [
        ("Wed 09:00", "OK", "Tue 09:00"),
        ("Thu 09:00", "OK", "Wed 09:00"),
        ("Fri 09:00", "OK", "Thu 09:00"),
    ]
    assert told(shop, "post", "2026-11-24 16:00")[0] == ("Thu 09:00", "OK", "Wed 09:00")


def test_what_there_is_not_enough_of_says_so(shop):
    """The window is told all the same."""
    assert told(shop, "van", "2026-11-24 09:00", units=4)[0] == (
        "Tue 10:00",
        "SHORT",
        "Tue 09:30",
    )


def test_a_slot_is_taken_by_its_plan(shop):
    """Like any other plan; what is sold meanwhile is missing."""
    (slot, *_) = shop.delivery_slots(
        {"BOLT": 2}, "van", to=HERE, now=at("2026-11-24 09:00")
    )
    assert shop.reserve(slot.plan, id="A").status is om.Status.OK
    assert shop.reserve(slot.plan, id="B").status is om.Status.SHORT
    assert "2026-11-24 16:00 to 18:00 UTC" in slot.table()


def test_what_has_no_windows_is_refused(shop):
    """By name; and a service that there is not."""
    with pytest.raises(om.ValidationError, match="service"):
        shop.delivery_slots({"BOLT": 1}, "plain", to=HERE)
    with pytest.raises(om.UnknownServiceError, match="train"):
        shop.delivery_slots({"BOLT": 1}, "train", to=HERE)
    with pytest.raises(om.ValidationError, match="to"):
        shop.delivery_slots({"BOLT": 1}, "van")


def test_without_calendars_there_are_no_windows():
    """A network has to tell dates."""
    van = om.Service(
        "van", "ship", om.RateCard.flat(4), slots=om.DeliverySlots("10:00-12:00")
    )
    engine = om.Engine(om.Network([om.Node("N")], [van]), [om.Item("BOLT")])
    with pytest.raises(om.ValidationError, match="tells dates"):
        engine.delivery_slots({"BOLT": 1}, "van", to=HERE, now=datetime.now(UTC))
