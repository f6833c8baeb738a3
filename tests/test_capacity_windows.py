"""What a planner may say of windows of the working day, and what comes of it."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import attrs
import pytest

import omniroute as om

OK, FULL = om.Status.OK, om.Status.FULL
TO = om.Destination(postcode="55425")
CHICAGO = ZoneInfo("America/Chicago")
#: A Thursday, in the morning.
NOW = datetime(2026, 12, 3, 10, tzinfo=CHICAGO)
HOURS = om.Calendar(om.Hours.weekdays("09:00-18:00"), "America/Chicago")
PICKUPS = om.DispatchRule(processing="2h", cutoff="17:00", pickups="12:30, 17:30")
GROUND = om.Service(
    "ground", "ship", om.RateCard.flat(5), transit_days=2, dispatch=PICKUPS
)
PICK = om.Service(
    "pick", "collect", om.RateCard.flat(0), dispatch=om.DispatchRule(processing="30min")
)
MORNING, AFTERNOON = "08:00-12:00", "12:00-18:00"


def shop(*capacity, nodes=("NEAR",), services=(GROUND, PICK), now=NOW, **how):
    """An engine whose first node is the cheaper one."""
    places = [om.Node(each, order_cost=k, hours=HOURS) for k, each in enumerate(nodes)]
    network = om.Network(places, services, capacity=capacity)
    how.setdefault("clock", now.timestamp)
    engine = om.Engine(network, [om.Item("LAMP"), om.Item("BULB")], **how)
    for sku in ("LAMP", "BULB"):
        engine.apply([om.Receive(sku, node, 99) for node in nodes])
    return engine


def order(id=None, service="ground", **terms):
    lines = terms.pop("lines", {"LAMP": 1})
    return om.Order(lines, TO, id=id, services=[service], **terms)


def sent(plan):
    (shipment,) = plan.shipments
    return shipment


def wall(at):
    return f"{at.astimezone(CHICAGO):%a %H:%M}"


def told(engine, column="taken", **how):
    columns = engine.capacity("NEAR", **how)
    return dict(zip(columns["window"], columns[column], strict=True))


# -- the next window with room -------------------------------------------------------------


def test_work_goes_on_to_the_next_window_with_room_and_is_ready_so_much_later():
    engine = shop(om.Capacity({MORNING: 1, AFTERNOON: 2}, backlog_days=1))
    plans = [engine.place(order(f"o{k}")).plan for k in range(7)]
    assert [wall(sent(plan).ready) for plan in plans[:6]] == [
        "Thu 12:00",
        "Thu 14:00",
        "Thu 14:00",
        "Fri 11:00",
        "Fri 14:00",
        "Fri 14:00",
    ]
    assert [wall(sent(plan).leaves) for plan in plans[:4]] == [
        "Thu 12:30",
        "Thu 17:30",
        "Thu 17:30",
        "Fri 12:30",
    ]
    assert plans[6].status is om.Status.UNSERVED
    assert plans[6].explain().candidates[0].reason is om.Reason.FULL
    assert told(engine) == {MORNING: 1, AFTERNOON: 2}


def test_without_a_backlog_work_waits_for_a_later_window_of_the_day_alone():
    engine = shop(om.Capacity({MORNING: 1, AFTERNOON: 1}))
    assert [engine.place(order(f"o{k}")).status for k in range(3)] == [
        OK,
        OK,
        om.Status.UNSERVED,
    ]


def test_what_comes_before_the_first_window_or_after_the_last_is_work_of_the_next():
    engine = shop(om.Capacity({"10:00-11:00": 3, "14:00-15:00": 3}))
    early = NOW.replace(hour=9)
    assert wall(sent(engine.route(order(), now=early)).ready) == "Thu 12:00"
    noon = NOW.replace(hour=12)
    assert wall(sent(engine.route(order(), now=noon)).ready) == "Thu 16:00"
    evening = NOW.replace(hour=16)
    assert wall(sent(engine.route(order(), now=evening)).ready) == "Fri 12:00"


def test_an_order_in_a_window_begins_at_once():
    engine = shop(om.Capacity({"10:00-11:00": 3}))
    plan = engine.route(order(), now=NOW.replace(minute=20))
    assert wall(sent(plan).ready) == "Thu 12:20"


def test_a_node_that_is_full_this_morning_lets_another_go_first():
    engine = shop(om.Capacity({MORNING: 1, AFTERNOON: 5}), nodes=("NEAR", "FAR"))
    engine.place(order("first", "pick"))
    soon = NOW.replace(hour=12)
    hurried = order("hurried", "pick", needed_by=soon)
    assert sent(engine.place(hurried).plan).node == "FAR"
    assert sent(engine.place(order("patient", "pick")).plan).node == "NEAR"
    assert told(engine) == {MORNING: 1, AFTERNOON: 1}


def test_promises_tell_the_window():
    engine = shop(om.Capacity({MORNING: 1, AFTERNOON: 1}))
    engine.place(order("o", "pick"))
    offers = engine.promise(om.Order({"LAMP": 1}, TO))
    pick = next(each for each in offers if each.service == "pick")
    assert wall(pick.arrives) == "Thu 12:30"


def test_days_of_a_capacity_beside_windows_end_for_all_of_them():
    engine = shop(om.Capacity({MORNING: 9, AFTERNOON: 9}), om.Capacity(3, "units"))
    engine.place(order("o", lines={"LAMP": 2}))
    assert engine.place(order("p", lines={"LAMP": 2})).status is om.Status.UNSERVED
    assert engine.place(order("q")).status is OK
    assert engine.place(order("r")).status is om.Status.UNSERVED


def test_windows_of_one_service_leave_the_others_alone():
    engine = shop(om.Capacity({"15:00-16:00": 1}, services=["pick"]))
    assert wall(sent(engine.place(order("a", "ground")).plan).ready) == "Thu 12:00"
    assert wall(sent(engine.place(order("b", "pick")).plan).ready) == "Thu 15:30"
    assert engine.place(order("c", "pick")).status is om.Status.UNSERVED
    assert engine.place(order("d", "ground")).status is OK


def test_an_order_with_no_room_in_a_window_waits_for_one_that_has_it_all():
    engine = shop(om.Capacity({MORNING: 3, AFTERNOON: 5}, "units"))
    engine.place(order("o", lines={"LAMP": 1}))
    plan = engine.place(order("p", lines={"LAMP": 4})).plan
    assert wall(sent(plan).ready) == "Thu 14:00"
    assert told(engine) == {MORNING: 1, AFTERNOON: 4}
    assert (
        wall(sent(engine.place(order("q", lines={"LAMP": 2})).plan).ready)
        == "Thu 12:00"
    )


def test_over_the_limit_of_a_window_more_has_its_price():
    engine = shop(om.Capacity({MORNING: 1}, over_price=2, node="NEAR"))
    plans = [engine.place(order(f"o{k}")).plan for k in range(2)]
    assert [plan.objective - plan.cost for plan in plans] == [0, 2]
    assert wall(sent(plans[1]).ready) == "Thu 12:00"
    assert told(engine, "left") == {MORNING: -1}


# -- taken, and given back -----------------------------------------------------------------


@pytest.mark.parametrize("end", ["release", "cancel"])
def test_a_place_of_a_window_is_given_back_with_the_reservation(end):
    engine = shop(om.Capacity({MORNING: 1, AFTERNOON: 1}))
    engine.place(order("o"))
    engine.place(order("p"))
    getattr(engine, end)("o")
    assert told(engine) == {MORNING: 0, AFTERNOON: 1}
    assert wall(sent(engine.place(order("q")).plan).ready) == "Thu 12:00"


def test_what_has_expired_gives_its_window_back():
    engine = shop(om.Capacity({MORNING: 1}))
    engine.place(order("o"), ttl="10min", now=NOW)
    later = NOW + timedelta(minutes=11)
    assert engine.place(order("p"), now=later).status is OK


def test_a_plan_made_in_the_morning_is_work_of_the_window_it_is_reserved_in():
    engine = shop(om.Capacity({MORNING: 1, AFTERNOON: 1}))
    plan, other = (engine.route(order(f"o{k}"), now=NOW) for k in range(2))
    assert engine.reserve(other, now=NOW).status is OK
    had = engine.reserve(plan, now=NOW)
    assert (had.status, had.full) == (FULL, ("NEAR",))
    afternoon = NOW.replace(hour=13)
    assert engine.reserve(plan, now=afternoon).status is OK
    assert told(engine, now=afternoon) == {MORNING: 1, AFTERNOON: 1}


def test_a_plan_for_the_afternoon_keeps_it_though_the_morning_has_room_again():
    engine = shop(om.Capacity({MORNING: 1, AFTERNOON: 1}))
    engine.place(order("o"))
    plan = engine.route(order("p"))
    engine.release("o")
    engine.reserve(plan)
    assert told(engine) == {MORNING: 0, AFTERNOON: 1}


# -- facts ---------------------------------------------------------------------------------


def test_a_window_short_of_staff_is_said_to_be_and_no_other():
    engine = shop(om.Capacity({MORNING: 2, AFTERNOON: 2}), journal=True)
    engine.set_capacity("NEAR", 0, day=NOW.date(), window=MORNING)
    assert told(engine, "limit") == {MORNING: 0, AFTERNOON: 2}
    assert wall(sent(engine.route(order())).ready) == "Thu 14:00"
    engine.set_capacity("NEAR", 1, window=AFTERNOON)
    assert told(engine, "limit") == {MORNING: 0, AFTERNOON: 1}
    engine.set_capacity("NEAR", 5, day=NOW.date())
    # The day is said, and this window of it: that goes before it.
    assert told(engine, "limit") == {MORNING: 0, AFTERNOON: 5}
    engine.set_capacity("NEAR", None, day=NOW.date(), window=MORNING)
    assert told(engine, "limit") == {MORNING: 5, AFTERNOON: 5}
    engine.set_capacity("NEAR", None, day=NOW.date())
    engine.set_capacity("NEAR", 7)
    assert told(engine, "limit") == {MORNING: 7, AFTERNOON: 1}
    fresh = om.Engine(engine.network, engine.items, clock=NOW.timestamp)
    fresh.replay(engine.log)
    assert fresh.digest() == engine.digest()
    assert fresh.capacity(days=3) == engine.capacity(days=3)


@pytest.mark.parametrize(
    ("terms", "path"),
    [
        ({"window": "10:00"}, "window"),
        ({"window": "10:00-11:00"}, "window"),
        ({"window": MORNING, "of": "units"}, "window"),
        ({"window": 8}, "window"),
        ({"window": MORNING, "day": date(2026, 12, 5)}, "window"),
    ],
)
def test_a_fact_about_a_window_that_is_none_changes_nothing(terms, path):
    windows = {"thu": {MORNING: 1}, "fri": {MORNING: 1}}
    engine = shop(om.Capacity(windows), om.Capacity(5, "units"))
    before = engine.digest()
    with pytest.raises(om.ValidationError) as raised:
        engine.set_capacity("NEAR", 1, **terms)
    assert raised.value.path == path
    assert engine.digest() == before


def test_who_is_full_a_week_ago_is_forgotten():
    engine = shop(om.Capacity({MORNING: 1}))
    engine.place(order("o"))
    engine.set_capacity("NEAR", 3, day=NOW.date(), window=MORNING)
    engine.set_capacity("NEAR", 3, window=MORNING)
    load = engine.state.workload
    engine.route(order(), now=NOW + timedelta(days=7))
    assert load.taken
    engine.route(order(), now=NOW + timedelta(days=9))
    assert not load.taken
    assert not load.by
    assert len(load.limits) == 1


def test_threads_never_take_more_places_than_a_window_has():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    windows = om.Capacity({MORNING: 4, AFTERNOON: 7})
    engine = shop(windows, om.Capacity(20, "units"), nodes=("A", "B", "C"))
    try:

        def work(thread):
            had = []
            for i in range(12):
                wanted = order(f"{thread}-{i}", lines={"LAMP": 1 + i % 3})
                placed = (
                    engine.place(wanted)
                    if i % 2
                    else engine.reserve(engine.route(wanted))
                )
                assert placed.status in (OK, FULL, om.Status.UNSERVED)
                if placed.reserved:
                    had.append(wanted.id)
                assert min(engine.capacity()["left"]) >= 0
                if had and i % 5 == 4:
                    engine.release(had.pop())
            return len(had)

        with ThreadPoolExecutor(8) as pool:
            held = sum(pool.map(work, range(8)))
    finally:
        sys.setswitchinterval(before)
    found = engine.capacity()
    both = zip(found["taken"], found["of"], strict=True)
    assert sum(n for n, of in both if of == "orders") == held
    engine.check()


def test_a_batch_does_what_one_by_one_does():
    capacity = (
        om.Capacity({MORNING: 3, AFTERNOON: 4}, backlog_days=1),
        om.Capacity(30, "units", node="A", backlog_days=2),
    )
    engines = [shop(*capacity, nodes=("A", "B"), journal=True) for _ in range(2)]
    orders = [
        order(f"o{k}", ("ground", "pick")[k % 2], lines={"LAMP": 1 + k % 3, "BULB": 1})
        for k in range(30)
    ]
    batch = engines[0].route_many(orders, reserve=True)
    for i, each in enumerate(orders):
        plan = engines[1].place(each).plan
        assert batch.plan(i).shipments == plan.shipments
        assert batch.plan(i).status is plan.status
    assert engines[0].digest() == engines[1].digest()
    assert engines[0].capacity(days=3) == engines[1].capacity(days=3)


# -- said ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "limit",
    [
        {MORNING: 10, AFTERNOON: 25},
        {"mon": {MORNING: 10, "12:00-24:00": 25}, "sat": {"10:00-14:00": 5}},
    ],
)
def test_windows_as_data_come_back_as_they_were(limit):
    rule = om.Capacity(limit, "lines", backlog_days=1)
    assert om.Capacity.from_dict(rule.to_dict()) == rule
    assert attrs.evolve(rule) == rule
    monday = rule.to_dict()["limit"]
    assert monday == limit or monday["mon"] == limit["mon"]


def test_a_number_beside_windows_is_that_of_the_whole_day():
    rule = om.Capacity({"fri": {MORNING: 10}, "sat": 5})
    assert rule.windows[5] == ((0, 1440, 5),)
    assert [rule.limit_on(date(2026, 12, day)) for day in (3, 4, 5)] == [0, 10, 5]


@pytest.mark.parametrize(
    ("terms", "path"),
    [
        ({"limit": {"10:00-09:00": 1}}, "limit"),
        ({"limit": {MORNING: 1, "11:00-13:00": 1}}, "limit"),
        ({"limit": {MORNING: -1}}, f"limit['{MORNING}']"),
        ({"limit": {MORNING: 1, "mon": 3}}, "limit"),
        ({"limit": {"mon": {"morning": 3}}}, "limit['mon']"),
        ({"limit": {"mon": {MORNING: 1.5}}}, f"limit['mon']['{MORNING}']"),
        (
            {"limit": {f"{h:02}:00-{h + 1:02}:00": 1 for h in range(24)}}
            | {"backlog_days": 5},
            "backlog_days",
        ),
    ],
)
def test_windows_that_cannot_be_are_refused(terms, path):
    with pytest.raises(om.ConfigurationError) as raised:
        om.Capacity(**terms)
    assert raised.value.path == path


def test_a_network_refuses_windows_that_it_cannot_keep():
    plain = om.Service("ground", "ship", om.RateCard.flat(5))
    with pytest.raises(om.ConfigurationError) as raised:
        om.Network([om.Node("A")], [plain], capacity=[om.Capacity({MORNING: 1})])
    assert raised.value.path == "capacity[0].limit"
    two = [om.Capacity({MORNING: 1}), om.Capacity({AFTERNOON: 1}, "units")]
    with pytest.raises(om.ConfigurationError) as raised:
        om.Network([om.Node("A", hours=HOURS)], [GROUND], capacity=two)
    assert raised.value.path == "capacity"
