"""Orders for a later day are work of that day: what comes of it at nodes with capacity."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

import omniroute as om

OK, FULL = om.Status.OK, om.Status.FULL
TO = om.Destination(postcode="55425")
#: A Monday.
NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
DAY = timedelta(days=1)
THURSDAY = NOW + 3 * DAY
PLAIN = om.Service("ground", "ship", om.RateCard.flat(5), transit_days=2)
DATED = om.Service(
    "ground",
    "ship",
    om.RateCard.flat(5),
    transit_days=2,
    dispatch=om.DispatchRule(processing="1h", cutoff="16:00", pickups="17:00"),
)
HOURS = om.Calendar(om.Hours.weekdays("08:00-18:00"), "UTC")


def shop(*capacity, nodes=("NEAR", "FAR"), service=PLAIN, **how):
    """An engine whose first node is the cheaper one."""
    places = [om.Node(each, order_cost=k, hours=HOURS) for k, each in enumerate(nodes)]
    network = om.Network(places, [service], capacity=capacity)
    how.setdefault("clock", NOW.timestamp)
    engine = om.Engine(network, [om.Item("LAMP")], **how)
    engine.apply([om.Receive("LAMP", node, 99) for node in nodes])
    return engine


def order(id=None, quantity=1, **terms):
    return om.Order({"LAMP": quantity}, TO, id=id, **terms)


def nodes(plan):
    return [each.node for each in plan.shipments]


def taken(engine, node="NEAR"):
    """What is taken by day of November."""
    told = engine.capacity(node, days=9)
    days = zip(told["day"], told["taken"], strict=True)
    return {day.day: n for day, n in days if n}


@pytest.mark.parametrize("service", [PLAIN, DATED], ids=["days", "dates"])
def test_the_work_is_that_of_the_day_it_is_due(service):
    engine = shop(om.Capacity(1), service=service)
    assert nodes(engine.place(order("a"), due=THURSDAY).plan) == ["NEAR"]
    assert taken(engine) == {26: 1}
    # Today has room for another; Thursday has none.
    assert nodes(engine.place(order("b")).plan) == ["NEAR"]
    assert nodes(engine.place(order("c"), due=THURSDAY).plan) == ["FAR"]
    assert nodes(engine.place(order("d")).plan) == ["FAR"]
    assert engine.place(order("e"), due=THURSDAY).status is om.Status.UNSERVED
    assert nodes(engine.place(order("f"), due=THURSDAY + DAY).plan) == ["NEAR"]
    assert taken(engine) == {23: 1, 26: 1, 27: 1}
    engine.check()


def test_today_is_as_full_as_it_was_after_another_day_was_looked_at():
    engine = shop(om.Capacity(1))
    engine.place(order("a"))
    for k in range(3):
        assert nodes(engine.route(order(), due=THURSDAY + k * DAY)) == ["NEAR"]
        assert nodes(engine.route(order())) == ["FAR"]
    engine.release("a")
    assert nodes(engine.route(order())) == ["NEAR"]


def test_what_is_taken_while_another_day_is_looked_at_is_seen_by_both():
    engine = shop(om.Capacity(1))
    engine.route(order(), due=THURSDAY)
    engine.place(order("a"))
    engine.place(order("b"), due=THURSDAY)
    assert nodes(engine.route(order())) == ["FAR"]
    assert nodes(engine.route(order(), due=THURSDAY)) == ["FAR"]
    engine.cancel("b")
    assert nodes(engine.route(order(), due=THURSDAY)) == ["NEAR"]
    assert nodes(engine.route(order())) == ["FAR"]


def test_what_waits_is_ready_on_the_days_after_it_was_due():
    engine = shop(om.Capacity(1, backlog_days=2), nodes=["NEAR"], service=DATED)
    plans = [engine.place(order(f"o{k}"), due=THURSDAY).plan for k in range(4)]
    # Thursday's work arrives on Monday, that of the next Monday on Wednesday.
    days = [plan.arrives and plan.arrives.day for plan in plans]
    assert days == [30, 1, 2, None]
    assert taken(engine) == {26: 1, 27: 1, 30: 1}


def test_windows_of_that_day_count():
    windows = om.Capacity({"08:00-12:00": 1, "12:00-18:00": 1})
    engine = shop(windows, nodes=["NEAR"], service=DATED)
    due = THURSDAY.replace(hour=9)
    plans = [engine.place(order(f"o{k}"), due=due).plan for k in range(3)]
    ready = [plan.shipments[0].ready.hour for plan in plans[:2]]
    assert ready == [10, 13]
    assert plans[2].status is om.Status.UNSERVED
    told = engine.capacity(days=4)
    assert [
        n for d, n in zip(told["day"], told["taken"], strict=True) if d.day == 26
    ] == [
        1,
        1,
    ]


def test_a_plan_for_later_whose_place_has_gone_is_refused_by_name():
    engine = shop(om.Capacity(1), nodes=["NEAR"])
    plans = [engine.route(order(f"o{k}"), due=THURSDAY) for k in range(2)]
    assert engine.reserve(plans[0]).status is OK
    before = engine.digest()
    had = engine.reserve(plans[1])
    assert (had.status, had.full) == (FULL, ("NEAR",))
    assert engine.digest() == before


@pytest.mark.parametrize("after", [4 * DAY, 3 * DAY + timedelta(hours=1)])
def test_a_plan_that_is_due_by_now_is_work_of_the_day_it_was_for_or_of_now(after):
    engine = shop(om.Capacity(1))
    plan = engine.route(order("a"), due=THURSDAY)
    later = NOW + after
    assert engine.reserve(plan, now=later).status is OK
    told = engine.capacity("NEAR", now=later)
    assert (told["day"][0], told["taken"]) == (later.date(), [1])


@pytest.mark.parametrize("end", ["release", "cancel"])
def test_its_place_is_given_back_with_it(end):
    engine = shop(om.Capacity(1))
    engine.place(order("a"), due=THURSDAY)
    getattr(engine, end)("a")
    assert taken(engine) == {}


def test_units_that_fall_due_are_the_work_they_were():
    engine = shop(om.Capacity(4, "units"), journal=True)
    engine.place(order("a", 3), due=THURSDAY)
    morning = THURSDAY + timedelta(hours=1)
    assert engine.capacity("NEAR", now=morning)["taken"] == [3]
    assert nodes(engine.route(order(quantity=2), now=morning)) == ["FAR"]
    engine.fulfil("a", now=morning)
    assert engine.capacity("NEAR", now=morning)["taken"] == [3]
    fresh = om.Engine(engine.network, engine.items, clock=lambda: 0)
    fresh.replay(engine.log)
    assert fresh.digest() == engine.digest()
    fresh.check()


def test_a_price_of_that_day_counts_for_it_alone():
    engine = shop(om.Capacity(1, over_price=3), nodes=["NEAR"])
    engine.place(order("a"), due=THURSDAY)
    prices = [
        (plan.objective - plan.cost)
        for plan in (
            engine.route(order()),
            engine.route(order(), due=THURSDAY),
            engine.route(order()),
            engine.route(order(), due=THURSDAY + DAY),
            engine.route(order(), due=THURSDAY),
        )
    ]
    assert prices == [0, 3, 0, 0, 3]


def test_prices_are_those_of_the_day_asked_for_in_whatever_order():
    engine = shop(om.Capacity(1, over_price=3), nodes=["NEAR"])
    days = [None, THURSDAY, THURSDAY + DAY]
    prices = [0, 0, 0]
    for k, own in enumerate([0, 1, 2, 0]):
        for first in (0, 1, 2):
            for other in (0, 1, 2):
                for day in (first, other):
                    plan = engine.route(order(), due=days[day])
                    assert plan.objective - plan.cost == prices[day]
        engine.place(order(f"o{k}"), due=days[own])
        prices[own] = 3


def test_a_batch_counts_what_another_of_it_takes_of_tomorrow():
    engine = shop(om.Capacity(2, backlog_days=1), nodes=["NEAR"])
    dues = [None, None, NOW + DAY, None, None, None]
    orders = [order(f"o{k}", due=due) for k, due in enumerate(dues)]
    batch = engine.route_many(orders, reserve=True)
    served = [batch.plan(i).status is OK for i in range(6)]
    assert served == [True, True, True, True, False, False]
    assert taken(engine) == {23: 2, 24: 2}


@pytest.mark.parametrize("of", ["orders", "units"])
def test_a_batch_takes_them_among_others_as_one_by_one_does(of):
    rules = [om.Capacity(3, of, backlog_days=1), om.Capacity(5, "lines", node="FAR")]
    engines = [shop(*rules) for _ in range(2)]
    orders = [
        order(f"o{k}", 1 + k % 2, due=None if k % 3 else NOW + (k % 4) * DAY)
        for k in range(24)
    ]
    batch = engines[0].route_many(orders, reserve=True)
    for i, each in enumerate(orders):
        plan = engines[1].place(each).plan
        assert batch.plan(i).status is plan.status
        assert batch.plan(i).shipments == plan.shipments
    assert engines[0].digest() == engines[1].digest()
    assert engines[0].capacity(days=9) == engines[1].capacity(days=9)


def test_who_is_full_that_day_is_told_to_be_and_the_answer_knows_when_it_is_old():
    engine = shop(om.Capacity(1))
    engine.place(order("a"), due=THURSDAY)
    plan = engine.route(order(), due=THURSDAY)
    engine.route(order())
    told = {each.node: each.reason for each in plan.explain().candidates}
    assert told["NEAR"] is om.Reason.FULL
    assert not plan.stale
    engine.release("a")
    assert plan.stale


def test_threads_never_take_more_places_of_any_day_than_there_are():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    engine = shop(om.Capacity(3), om.Capacity(9, "units"), nodes=("A", "B"))
    try:

        def work(thread):
            for i in range(10):
                due = NOW + (i % 3) * DAY if i % 3 else None
                wanted = order(f"{thread}-{i}", 1 + i % 3)
                if i % 2:
                    placed = engine.place(wanted, due=due)
                else:
                    placed = engine.reserve(engine.route(wanted, due=due))
                assert placed.status in (OK, FULL, om.Status.UNSERVED)
                assert min(engine.capacity(days=5)["left"]) >= 0

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(work, range(8)))
    finally:
        sys.setswitchinterval(before)
    engine.check()
    assert sum(engine.capacity(days=5)["taken"]) > 0
