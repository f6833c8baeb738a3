"""How much a node takes on, windows to choose from, and stores to collect at."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

import omniroute as om
from tests.scenarios.chain import HERE, KM_A_MILE, Chain
from tests.scenarios.shop import SKU

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
ALWAYS = om.Hours.every_day("00:00-24:00")
ALL_WEEK = om.WorkingDays(["mon", "tue", "wed", "thu", "fri", "sat", "sun"])


def two(capacity, *, units=90, clock=MONDAY, **more):
    """S1 is nearest, S2 the next."""
    stock = {name: {SKU: units, "B": units} for name in ("S1", "S2")}
    return Chain(
        stock, {"S1": 5, "S2": 50}, capacity=capacity, clock=clock.timestamp, **more
    )


def placed(chain, orders, **more):
    """Where orders of so many units went, one after the other."""
    found = []
    for k, units in enumerate(orders):
        plan = chain.engine.place(om.Order({SKU: units}, HERE, id=f"O{k}"), **more).plan
        found.append(plan.shipments[0].node if plan.shipments else None)
    return found


NEAREST = om.RoutingPolicy(distance_price=0.01)


@pytest.mark.parametrize(
    ("limit", "went"),
    [
        (None, ["S1", "S1", "S1"]),  # unlimited
        (0, ["S2", "S2", "S2"]),  # no order at all
        (2, ["S1", "S1", "S2"]),  # so many a day
    ],
)
def test_orders_a_day(limit, went):
    """HotWax, fulfilment capacity: unlimited, none, or a number of orders a day."""
    rules = [] if limit is None else [om.Capacity(limit, node="S1")]
    assert placed(two(rules), (1, 1, 1), policy=NEAREST) == went


def test_a_place_is_free_again_when_the_order_is_cancelled_and_on_the_next_day():
    """Salesforce, held capacity.

    Released with the order; on Tuesday there are new places.
    """
    chain = two([om.Capacity(1, node="S1")])
    assert placed(chain, (1, 1), policy=NEAREST) == ["S1", "S2"]
    chain.engine.cancel("O0")
    again = om.Order({SKU: 1}, HERE, id="O2")
    assert chain.engine.place(again, policy=NEAREST).plan.shipments[0].node == "S1"
    tuesday = om.Order({SKU: 1}, HERE, id="O3")
    later = chain.engine.place(tuesday, policy=NEAREST, now=MONDAY + timedelta(days=1))
    assert later.plan.shipments[0].node == "S1"


def test_a_refused_order_gives_its_place_back():
    """fulfillmenttools: S1 has one place; refused there, the order goes on and frees it."""
    chain = two([om.Capacity(1, node="S1")])
    order = om.Order({SKU: 1}, HERE, id="O0")
    chain.engine.place(order, policy=NEAREST)
    chain.engine.resource("O0", order, "S1", policy=NEAREST)
    other = om.Order({SKU: 1}, HERE, id="O1")
    assert chain.engine.place(other, policy=NEAREST).plan.shipments[0].node == "S1"


def test_units_beyond_the_day_wait_for_another_or_go_elsewhere():
    """IBM, capacity in units.

    10 a day at S1: 6 and 6: the second waits a day, or goes to S2.
    """
    rule = {"of": "units", "node": "S1"}
    assert placed(two([om.Capacity(10, **rule)]), (6, 6, 4), policy=NEAREST) == [
        "S1",
        "S2",
        "S1",
    ]
    waits = two([om.Capacity(10, **rule, backlog_days=3)])
    assert placed(waits, (6, 6, 4), policy=NEAREST) == ["S1", "S1", "S1"]
    told = waits.engine.capacity("S1", days=3)
    assert told["taken"] == [10, 6, 0]


@pytest.mark.parametrize(
    ("consumed", "capacity", "sla", "backlog", "left"),
    [
        (450, 150, 5, 3, 2),  # floor(450 / 150) = 3 of 5
        (149, 150, 3, 0, 3),
        (150, 150, 1, 1, 0),  # the last unit of the day starts the backlog
    ],
)
def test_backlog_is_the_days_that_are_full(consumed, capacity, sla, backlog, left):
    """IBM, date-based optimisation.

    Whole days of work ahead are off the days that are left.
    """
    service = om.Service(
        "ground",
        "ship",
        om.RateCard.flat(5),
        dispatch=om.DispatchRule(pickups="19:00", carrier=ALL_WEEK),
    )
    chain = Chain(
        {"N": {SKU: consumed + 1}},
        more={"N": {"hours": om.Calendar(ALWAYS, "UTC")}},
        services=[service],
        capacity=[om.Capacity(capacity, "units", backlog_days=30)],
        clock=MONDAY.timestamp,
    )
    for k in range(consumed // (step := 50 if consumed % 50 == 0 else 149)):
        assert chain.engine.place(om.Order({SKU: step}, HERE, id=f"O{k}")).reserved
    sent = chain.route({SKU: 1}).shipments[0]
    assert (sent.leaves.date() - MONDAY.date()).days == backlog
    assert (MONDAY.date() + timedelta(days=sla) - sent.leaves.date()).days == left


def test_what_ships_within_a_day_is_work_of_the_next():
    """Google, handling days, beside IBM's capacity: ordered on Monday, packed on Tuesday.

    One a day: the second of Monday is packed on Wednesday; Monday itself stays free, and an
    order after Monday's cut-off finds Wednesday full, too.
    """
    rule = om.DispatchRule(cutoff="14:00", pickups="17:00", lead_days=1)
    post = om.Service(
        "post", "ship", om.RateCard.flat(5), transit_days=1, dispatch=rule
    )
    hours = om.Calendar(om.Hours.weekdays("09:00-18:00"), "UTC")
    chain = Chain(
        {"N": {SKU: 9}},
        more={"N": {"hours": hours}},
        services=[post],
        capacity=[om.Capacity(1, backlog_days=2)],
        clock=MONDAY.timestamp,
    )
    gone = []
    for k, hour in enumerate((10, 13, 15)):
        now = MONDAY.replace(hour=hour)
        sent = chain.engine.place(om.Order({SKU: 1}, HERE, id=f"O{k}"), now=now).plan
        gone.append((sent.shipments[0].leaves.day, sent.arrives.day))
    assert gone == [(3, 4), (4, 5), (5, 6)]
    told = chain.engine.capacity(
        "N", days=3
    )  # from the day of the next order's work on
    assert [day.day for day in told["day"]] == [4, 5, 6]
    assert told["taken"] == [1, 1, 0]


# -- windows to choose from ----------


def van(limit=None, closes="2h"):
    """A shop that delivers 8-12 and 14-18, packs in an hour, drives half an hour."""
    service = om.Service(
        "van",
        "same_day",
        om.RateCard.flat(4),
        transit_time="30min",
        dispatch=om.DispatchRule(processing="1h"),
        slots=om.DeliverySlots(
            "08:00-12:00, 14:00-18:00", closes=closes, days_ahead=2, limit=limit
        ),
    )
    return Chain(
        {"S": {SKU: 9}},
        more={"S": {"hours": om.Calendar(om.Hours.every_day("07:00-20:00"), "UTC")}},
        services=[service],
        clock=MONDAY.replace(hour=0).timestamp,
    )


def windows(chain, hour, minute=0):
    now = MONDAY.replace(hour=hour, minute=minute)
    offers = chain.engine.delivery_slots({SKU: 1}, "van", to=HERE, now=now)
    return [f"{slot.begins:%a %H}" for slot in offers if slot.plan.complete]


@pytest.mark.parametrize(
    ("hour", "minute", "open_"),
    [
        (6, 0, ["Mon 08", "Mon 14", "Tue 08", "Tue 14"]),  # two hours before eight
        (6, 1, ["Mon 14", "Tue 08", "Tue 14"]),
        (12, 0, ["Mon 14", "Tue 08", "Tue 14"]),
        (12, 1, ["Tue 08", "Tue 14"]),
    ],
)
def test_a_window_closes_so_long_before_it_begins(hour, minute, open_):
    """OneStock, delivery slots: ordered at least two hours ahead, today and tomorrow."""
    assert windows(van(), hour, minute) == open_


def test_a_window_is_full_when_its_places_are_taken():
    """One order a window.

    The first takes Monday's afternoon, the next is offered the others.
    """
    chain = van(limit=1)
    now = MONDAY.replace(hour=12)
    first = chain.engine.delivery_slots({SKU: 1}, "van", to=HERE, now=now)[0]
    assert chain.engine.reserve(first.plan, id="A", now=now).status.name == "OK"
    assert windows(chain, 12) == ["Tue 08", "Tue 14"]
    chain.engine.release("A")
    assert windows(chain, 12) == ["Mon 14", "Tue 08", "Tue 14"]


# -- collected ----------


def counter(pick, cutoff=None, processing=0, shop="10:00-20:00"):
    """A store that works in hours of its own and hands over while the shop is open."""
    utc = om.Calendar(om.Hours.every_day(pick), "UTC")
    rule = om.DispatchRule(utc, processing=processing, cutoff=cutoff)
    service = om.Service(
        "counter", "collect", om.RateCard.flat(0), radius_km=100, dispatch=rule
    )
    hours = om.Calendar(om.Hours.every_day(shop), "UTC")
    return Chain(
        {"S": {SKU: 9}},
        more={"S": {"hours": hours}},
        services=[service],
        clock=lambda: 0,
    )


@pytest.mark.parametrize(
    ("world", "ordered", "there"),
    [
        # IBM, pickup cut-offs, example 1: collected 10 to 20, worked until 17.
        (counter("08:00-17:00"), "02 07:30", "02 10:00"),
        (counter("08:00-17:00"), "02 12:00", "02 12:00"),
        (counter("08:00-17:00"), "02 17:30", "03 10:00"),
        # Example 2: an hour of work, cut-off 12:30; what is late is the next day's.
        (counter("08:00-17:00", "12:30", "1h"), "02 10:00", "02 11:00"),
        (counter("08:00-17:00", "12:30", "1h"), "02 12:30", "02 13:30"),
        (counter("08:00-17:00", "12:30", "1h"), "02 14:00", "03 10:00"),
        # HotWax, lead time by day: ordered half an hour before closing, ready in an hour.
        (counter("10:00-20:00", None, "1h"), "02 19:30", "03 10:30"),
    ],
)
def test_when_it_can_be_collected(world, ordered, there):
    def at(text):
        return datetime.fromisoformat(f"2026-03-{text}").replace(tzinfo=UTC)

    plan = world.route({SKU: 1}, order={"collect_at": "S"}, now=at(ordered))
    assert plan.shipments[0].arrives == at(there)


def test_stores_within_the_radius_by_distance():
    """Kibo, store locator: within 25 miles, the nearest first; only who has all of it."""
    stock = {"N10": {SKU: 1}, "N20": {SKU: 2}, "N24": {SKU: 2}, "N26": {SKU: 9}}
    service = om.Service(
        "counter", "collect", om.RateCard.flat(0), radius_km=round(25 * KM_A_MILE, 3)
    )
    km = {name: int(name[1:]) * KM_A_MILE for name in stock}
    chain = Chain(stock, km, services=[service])
    for units, nodes in ((1, ["N10", "N20", "N24"]), (2, ["N20", "N24"]), (3, [])):
        offers = chain.engine.promise({SKU: units}, to=HERE)
        assert [store.node for store in offers.stores] == nodes


def test_ground_hands_nothing_over_on_saturday_and_saturday_delivery_does():
    """IBM, delivery days.

    Sent on Friday by a one-day service: Monday, or Saturday for more.
    """
    driven = om.WorkingDays(["mon", "tue", "wed", "thu", "fri", "sat"])
    rule = om.DispatchRule(om.Calendar(ALWAYS, "UTC"), pickups="17:00", carrier=driven)
    ways = {"ground": om.WorkingDays(), "saturday": om.WorkingDays(["sat"])}
    services = [
        om.Service(
            name,
            "ship",
            om.RateCard.flat(5 + k),
            transit_days=1,
            dispatch=rule,
            delivery_days=days,
        )
        for k, (name, days) in enumerate(ways.items())
    ]
    friday = datetime(2026, 3, 6, 10, tzinfo=UTC)
    chain = Chain({"N": {SKU: 1}}, services=services, clock=friday.timestamp)
    offers = chain.engine.promise({SKU: 1}, to=HERE)
    assert {offer.service: offer.arrives for offer in offers} == {
        "ground": date(2026, 3, 9),
        "saturday": date(2026, 3, 7),
    }


def test_order_within_so_long_for_tomorrow():
    """Fluent, product page.

    Chicago at 11:50, cut-off 14:00: within 2 h 10 min for Tuesday.
    """
    zone = ZoneInfo("America/Chicago")
    rule = om.DispatchRule(cutoff="14:00", pickups="17:00")
    post = om.Service(
        "post", "ship", om.RateCard.flat(5), transit_days=1, dispatch=rule
    )
    hours = om.Calendar(om.Hours.weekdays("09:00-18:00"), zone.key)
    now = datetime(2026, 3, 2, 11, 50, tzinfo=zone)
    chain = Chain(
        {"N": {SKU: 1}},
        more={"N": {"hours": hours}},
        services=[post],
        clock=now.timestamp,
    )
    best = chain.engine.promise({SKU: 1}, to=HERE).fastest
    assert (best.arrives, best.order_by - now) == (
        date(2026, 3, 3),
        timedelta(hours=2, minutes=10),
    )
