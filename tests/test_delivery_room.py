"""Delivery windows that take so many and no more: offered, taken, given back."""

from __future__ import annotations

import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from random import Random
from zoneinfo import ZoneInfo

import attrs
import pytest

import omniroute as om
from tests.conftest import WITHOUT_JIT

OK, FULL = om.Status.OK, om.Status.FULL
TO = om.Destination(postcode="55425")
CHICAGO = ZoneInfo("America/Chicago")
#: A Thursday, in the morning.
NOW = datetime(2026, 12, 3, 9, tzinfo=CHICAGO)
HOURS = om.Calendar(om.Hours.every_day("08:00-20:00"), "America/Chicago")
WINDOWS = "10:00-12:00, 14:00-16:00"


def shop(nodes=("NEAR", "FAR"), capacity=(), **terms):
    """An engine whose first node is the cheaper one."""
    terms = {"windows": WINDOWS, "days_ahead": 1, "limit": 1, **terms}
    van = om.Service(
        "van",
        "same_day",
        om.RateCard.flat(4),
        transit_time="30min",
        dispatch=om.DispatchRule(processing="15min"),
        slots=om.DeliverySlots(**terms),
    )
    places = [om.Node(each, order_cost=k, hours=HOURS) for k, each in enumerate(nodes)]
    network = om.Network(places, [van], capacity=capacity)
    items = [om.Item("LAMP"), om.Item("BULB")]
    engine = om.Engine(network, items, clock=NOW.timestamp, journal=True)
    for sku in ("LAMP", "BULB"):
        engine.apply([om.Receive(sku, node, 50) for node in nodes])
    return engine


def offered(engine, quantity=1, **how):
    """What is offered: by the hour at which a window begins, the nodes that send."""
    order = om.Order({"LAMP": quantity}, TO)
    return {
        slot.begins.astimezone(CHICAGO).hour: [
            each.node for each in slot.plan.shipments
        ]
        for slot in engine.delivery_slots(order, "van", **how)
    }


def take(engine, hour, id, quantity=1):
    order = om.Order({"LAMP": quantity}, TO, id=id)
    for slot in engine.delivery_slots(order, "van"):
        if slot.begins.astimezone(CHICAGO).hour == hour:
            return engine.reserve(slot.plan, id=id)
    return None


def test_a_window_that_is_taken_is_another_nodes_and_then_nobodys():
    engine = shop()
    assert offered(engine) == {10: ["NEAR"], 14: ["NEAR"]}
    assert take(engine, 10, "a").status is OK
    assert offered(engine) == {10: ["FAR"], 14: ["NEAR"]}
    assert take(engine, 10, "b").status is OK
    assert offered(engine) == {14: ["NEAR"]}
    engine.check()


@pytest.mark.parametrize("end", ["release", "cancel"])
def test_its_place_is_given_back_with_the_reservation(end):
    engine = shop(nodes=["NEAR"])
    take(engine, 10, "a")
    getattr(engine, end)("a")
    assert offered(engine) == {10: ["NEAR"], 14: ["NEAR"]}


def test_a_hold_that_runs_out_gives_its_place_back():
    engine = shop(nodes=["NEAR"])
    slot = engine.delivery_slots({"LAMP": 1}, "van", to=TO)[0]
    engine.reserve(slot.plan, id="a", ttl="10min")
    assert offered(engine) == {14: ["NEAR"]}
    later = NOW.replace(minute=11)
    assert offered(engine, now=later) == {10: ["NEAR"], 14: ["NEAR"]}


def test_two_who_were_offered_the_last_place_do_not_both_get_it():
    engine = shop(nodes=["NEAR"])
    one, two = (engine.delivery_slots({"LAMP": 1}, "van", to=TO)[0] for _ in "ab")
    assert engine.reserve(one.plan, id="a").status is OK
    before = engine.digest()
    had = engine.reserve(two.plan, id="b")
    assert (had.status, had.full) == (FULL, ("NEAR",))
    assert engine.digest() == before
    assert engine.reserve(one.plan, id="a").status is om.Status.EXISTS


def test_the_same_id_for_another_window_is_another_request():
    engine = shop(limit=5)
    one, two = engine.delivery_slots({"LAMP": 1}, "van", to=TO)
    assert engine.reserve(one.plan, id="a", ttl="1h").status is OK
    assert engine.reserve(two.plan, id="a", ttl="1h").status not in (
        OK,
        om.Status.EXISTS,
    )
    moved = engine.reserve(two.plan, id="b", supersedes="a")
    assert moved.status is OK
    # The place of the first has gone back.
    assert list(engine.state.workload.taken.values()) == [1]


@pytest.mark.parametrize(("of", "fits"), [("units", 2), ("lines", 50), ("orders", 50)])
def test_units_and_lines_are_counted_as_well(of, fits):
    engine = shop(nodes=["NEAR"], limit=2, of=of)
    assert offered(engine, fits) == {10: ["NEAR"], 14: ["NEAR"]}
    if of == "units":
        assert offered(engine, 3) == {}
    take(engine, 10, "a")
    assert 10 in offered(engine)
    take(engine, 10, "b")
    assert 10 not in offered(engine)


def test_a_plan_that_passes_by_a_node_with_some_room_is_not_proven():
    engine = shop(limit=2, of="units")
    take(engine, 10, "a")
    two = engine.delivery_slots({"LAMP": 2}, "van", to=TO)
    assert [slot.plan.shipments[0].node for slot in two] == ["FAR", "NEAR"]
    assert [slot.plan.proven for slot in two] == [False, True]
    # Who delivers no more at all is a candidate for nobody.
    take(engine, 10, "b")
    assert engine.delivery_slots({"LAMP": 1}, "van", to=TO)[0].plan.proven


def test_nodes_may_have_limits_of_their_own_or_none():
    engine = shop(limit={"NEAR": 1})
    for id in "abc":
        take(engine, 10, id)
    assert offered(engine) == {10: ["FAR"], 14: ["NEAR"]}


def test_days_are_counted_by_themselves():
    engine = shop(nodes=["NEAR"], days_ahead=2)
    take(engine, 10, "a")
    slots = engine.delivery_slots({"LAMP": 1}, "van", to=TO)
    told = [f"{slot.begins.astimezone(CHICAGO):%a %H}" for slot in slots]
    assert told == ["Thu 14", "Fri 10", "Fri 14"]


def test_who_says_no_window_takes_none():
    engine = shop(nodes=["NEAR"])
    engine.place(om.Order({"LAMP": 1}, TO, id="a"))
    assert offered(engine) == {10: ["NEAR"], 14: ["NEAR"]}


def test_capacity_of_work_is_counted_beside_windows_and_given_back_by_itself():
    work = om.Capacity(3, "units"), om.Capacity(9)
    engine = shop(nodes=["NEAR"], capacity=work, limit=4)
    take(engine, 10, "a", 2)
    assert engine.capacity("NEAR")["taken"] == [2, 1]
    # The work is told anew; its window is as it was.
    assert engine.amend("a", {("LAMP", "NEAR"): 1, ("BULB", "NEAR"): 1}) is OK
    assert engine.amend("a", {("LAMP", "NEAR"): 1, ("BULB", "NEAR"): 3}) is FULL
    assert engine.capacity("NEAR")["taken"] == [2, 1]
    assert sum(n for (_, w, _), n in engine.state.workload.taken.items() if w == 2) == 1
    assert engine.amend("a", {("LAMP", "NEAR"): 0, ("BULB", "NEAR"): 3}) is OK
    assert engine.capacity("NEAR")["taken"] == [3, 1]
    assert sum(n for (_, w, _), n in engine.state.workload.taken.items() if w == 2) == 1
    assert take(engine, 10, "b", 2).status is om.Status.UNSERVED
    engine.cancel("a")
    assert not engine.state.workload.taken
    engine.check()


def test_a_replayed_engine_goes_on_where_this_one_stands():
    engine = shop(capacity=[om.Capacity(9)])
    for id, hour in zip("abcd", (10, 14, 10, 14), strict=True):
        take(engine, hour, id)
    engine.release("b")
    fresh = om.Engine(engine.network, engine.items, clock=NOW.timestamp)
    fresh.replay(engine.log)
    assert fresh.digest() == engine.digest()
    assert offered(fresh) == offered(engine) == {14: ["NEAR"]}
    fresh.check()


def test_threads_never_take_more_places_than_a_window_has():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    engine = shop(limit=5)
    try:

        def work(thread):
            had = []
            for i in range(8):
                placed = take(engine, (10, 14)[i % 2], f"{thread}-{i}")
                assert placed is None or placed.status in (OK, FULL)
                if placed and placed.reserved:
                    had.append(f"{thread}-{i}")
                if had and i % 3 == 2:
                    engine.release(had.pop())
            return len(had)

        with ThreadPoolExecutor(8) as pool:
            held = sum(pool.map(work, range(8)))
    finally:
        sys.setswitchinterval(before)
    taken = engine.state.workload.taken
    assert max(taken.values()) == 5
    assert sum(taken.values()) == held
    engine.check()


@pytest.mark.parametrize("seed", range(4 if WITHOUT_JIT else 10))
def test_histories_are_those_of_a_list_of_deliveries(seed):
    """A window is offered by the cheapest node that has room for it; no node has more."""
    dice = Random(seed)
    of = dice.choice(["orders", "units"])
    limits = {"A": dice.randint(1, 4), "C": dice.randint(1, 4)}
    engine = shop(nodes=("A", "B", "C"), limit=limits, of=of, days_ahead=2)
    engine.apply(om.Adjust("LAMP", "B", -48))
    held, stock = {}, Counter(A=50, B=2, C=50)
    for step in range(60):
        if dice.random() < 0.3 and held:
            id = dice.choice(list(held))
            _, node, units = held.pop(id)
            engine.cancel(id)
            stock[node] += units
            continue
        units = dice.randint(1, 2)
        order = om.Order({"LAMP": units}, TO, id=f"o{step}")
        slots = engine.delivery_slots(order, "van")
        told = {slot.begins: slot for slot in slots}
        for begins in all_windows():
            size = 1 if of == "orders" else units
            used = Counter()
            for own, node, n in held.values():
                if own == begins:
                    used[node] += 1 if of == "orders" else n
            free = [
                node
                for node in "ABC"
                if stock[node] >= units and used[node] + size <= limits.get(node, 99)
            ]
            if free:
                assert [x.node for x in told[begins].plan.shipments] == free[:1]
            elif begins in told:
                # Two nodes may do together what none does alone.
                slot = told[begins]
                assert slot.status is not OK or len(slot.plan.shipments) > 1
        whole = [s for s in slots if len(s.plan.shipments) == 1]
        if whole:
            slot = dice.choice(whole)
            if slot.status is OK:
                assert engine.reserve(slot.plan, id=order.id).status is OK
                node = slot.plan.shipments[0].node
                held[order.id] = slot.begins, node, units
                stock[node] -= units
        if step % 20 == 0:
            engine.check()
    fresh = om.Engine(engine.network, engine.items, clock=NOW.timestamp)
    fresh.replay(engine.log)
    assert fresh.digest() == engine.digest()


def all_windows():
    return [
        datetime(2026, 12, day, hour, tzinfo=CHICAGO).astimezone(UTC)
        for day in (3, 4)
        for hour in (10, 14)
    ]


@pytest.mark.parametrize(
    ("terms", "path"),
    [
        ({"limit": -1}, "limit"),
        ({"limit": {"NEAR": 1.5}}, "limit['NEAR']"),
        ({"limit": {3: 1}}, "limit"),
        ({"of": "vans"}, "of"),
        ({"windows": "10:00-12:00, 10:00-14:00"}, "windows"),
    ],
)
def test_limits_that_cannot_be_are_refused(terms, path):
    with pytest.raises(om.ConfigurationError) as raised:
        om.DeliverySlots(**{"windows": WINDOWS, "limit": 1, **terms})
    assert raised.value.path == path


def test_a_network_refuses_limits_of_nodes_it_has_not():
    slots = om.DeliverySlots(WINDOWS, limit={"ELSEWHERE": 1})
    van = om.Service("van", "same_day", om.RateCard.flat(4), slots=slots)
    with pytest.raises(om.ConfigurationError) as raised:
        om.Network([om.Node("NEAR")], [van])
    assert raised.value.path == "services[0].slots.limit"


def test_slots_are_alike_if_all_that_is_said_of_them_is():
    slots = om.DeliverySlots(WINDOWS, limit={"NEAR": 1})
    assert attrs.evolve(slots) == slots
    assert attrs.evolve(slots, limit=3) != slots
    assert hash(slots) == hash(attrs.evolve(slots))
