"""Routing with calendars: what arrives when, beside an order followed by the minute."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import attrs
import holidays
import numpy as np
import pytest

import omniroute as om
from omniroute import Reason, Status
from omniroute.engine import Engine
from omniroute.simulation.baselines import NearestNode
from tests.conftest import WITHOUT_JIT
from tests.naive import from_engine as naive
from tests.naive.arrivals import Follower
from tests.routing.dated_worlds import DAYS, dated_world, day_of, moments, trip_of

SEEDS = range(3 if WITHOUT_JIT else 12)
CHICAGO = ZoneInfo("America/Chicago")
POST = om.WorkingDays(["mon", "tue", "wed", "thu", "fri", "sat"])
HERE = om.Destination(latitude=41.9, longitude=-87.7)


def at(text: str) -> datetime:
    """Read a time of Chicago's clocks."""
    return datetime.fromisoformat(text).replace(tzinfo=CHICAGO)


def shop(time_step="5min", **stock) -> Engine:
    """Two stores an hour apart, with parcels, a counter and a courier."""
    rule = om.DispatchRule
    chicago = om.Calendar(
        om.Hours.weekdays("09:00-18:00", sat="10:00-14:00"), str(CHICAGO)
    )
    new_york = om.Calendar(om.Hours.every_day("10:00-21:00"), "America/New_York")
    services = [
        om.Service(
            "ground",
            "ship",
            om.RateCard.flat(5),
            transit_days=3,
            dispatch=rule(None, "2h", "14:00", "16:30", POST),
        ),
        om.Service(
            "express",
            "ship",
            om.RateCard.flat(15),
            transit_days=1,
            dispatch=rule(None, "30min", "16:00", "17:00", POST),
        ),
        om.Service(
            "counter", "collect", om.RateCard.flat(0), dispatch=rule(None, "2h")
        ),
        om.Service(
            "courier",
            "same_day",
            om.RateCard.flat(9),
            dispatch=rule(None, "30min", None, "12:00, 16:00"),
            transit_time="90min",
        ),
    ]
    nodes = [
        om.Node("CHI", latitude=41.8, longitude=-87.6, hours=chicago),
        om.Node("NYC", latitude=40.7, longitude=-74.0, hours=new_york),
    ]
    network = om.Network(nodes, services, time_step=time_step)
    engine = Engine(network, [om.Item("BOLT"), om.Item("NUT")], clock=lambda: 0)
    stock = stock or {"CHI": 5, "NYC": 5}
    engine.apply([om.Receive("BOLT", node, n) for node, n in stock.items()])
    return engine


def order(service: str | None = None, **terms) -> om.Order:
    return om.Order({"BOLT": 1}, HERE, services=service and [service], **terms)


def only(engine: Engine, service: str, now: str, **terms) -> om.Shipment:
    """Return the one shipment of an order for a bolt."""
    (shipment,) = engine.route(order(service, **terms), now=at(now)).shipments
    return shipment


# -- to the second, beside the follower ------------------------------------------------


def counted(follower: Follower, made, to: om.Order, now: int):
    """Return what transit counts, as `naive.questions` asks: None for what is too late."""
    zone = nearest_zone(made.engine, to)
    needed_by = to.needed_by
    if isinstance(needed_by, datetime):
        latest = int(needed_by.timestamp())
    elif needed_by is not None:
        latest = follower.counted_s(needed_by, zone)

    def arrival(node: str, service: str, days: int) -> int | None:
        when, _, _ = follower.arrives(node, service, days, now)
        seconds = max(follower.counted_s(when, zone), now)
        if needed_by is not None and seconds > latest:
            return None
        return seconds // 60

    return arrival


def nearest_zone(engine: Engine, to: om.Order) -> str:
    """Return the time zone of the nearest node, the first by id among equals."""
    far = [
        (naive._distance_m(engine, node, to), k)
        for k, node in enumerate(engine.network.nodes)
    ]
    _, k = min((2**27 if metres is None else metres, k) for metres, k in far)
    return engine.network.nodes[k].hours.timezone


def hurried(dice: Random, to: om.Order, now: int) -> om.Order:
    """Return an order that may be needed by a day or an instant."""
    soon = datetime.fromtimestamp(now + 60 * dice.randint(0, 8 * 1440), UTC)
    needed_by = dice.choice([None, soon, soon.date()])
    return attrs.evolve(to, needed_by=needed_by)


@pytest.mark.parametrize("seed", SEEDS)
def test_plans_are_the_best_by_what_a_follower_sees(seed):
    """Cheapest or fastest, by a day or at any time, over clock changes: to the minute."""
    made = dated_world(seed, weightless=False)
    dice = Random(seed)
    moment = moments(dice, 6)
    follower = Follower(made.engine.network, day_of(moment[0]))
    for now in moment:
        wanted, policy = hurried(dice, made.order(), now), made.policy()
        plan = made.engine.route(wanted, policy=policy, now=now)
        arrival = counted(follower, made, wanted, now)
        asked = naive.questions(made.engine, wanted, policy, arrival)
        units, latest, cost = 0, None, int(plan.cost * 10_000)
        if plan.shipments:
            found = naive.recost(asked, plan)
            units, latest = found.units, found.latest
        best = naive.best(asked, policy.objective, 60.0)
        fastest = policy.objective == "fastest"
        mine = -units, (latest or 0) if fastest else 0, cost
        optimum = -best[0], (best[1] or 0) if fastest else 0, best[2]
        assert mine >= optimum, "better than the best there is"
        if plan.proven:
            assert mine == optimum, "proven, and yet there is a better plan"


@pytest.mark.parametrize("seed", SEEDS)
def test_shipments_are_ready_leave_and_arrive_when_a_follower_sees_it(seed):
    """What a plan tells is to the second, whatever the step of the network."""
    made = dated_world(seed, time_step="30min")
    dice = Random(seed)
    moment = moments(dice, 8)
    follower, names = Follower(made.engine.network, day_of(moment[0])), made.skus
    for now in moment:
        to = om.Order({dice.choice(names): 1}, made.order().destination)
        by = [dice.choice(made.engine.network.service_names)]
        plan = made.engine.route(attrs.evolve(to, services=by), now=now)
        for each in plan.shipments:
            when, ready, leaves = follower.arrives(
                each.node, each.service, each.transit_days, now
            )
            told = each.arrives
            if isinstance(told, datetime):
                told = int(told.timestamp())
            assert told == when
            assert (each.ready.timestamp(), each.leaves.timestamp()) == (ready, leaves)


@pytest.mark.parametrize("seed", SEEDS)
def test_order_by_is_the_last_second_for_the_same_day(seed):
    """Until then it arrives on the same day; a second later it does not."""
    made = dated_world(seed)
    dice = Random(seed)
    for now in moments(dice, 6):
        by = [dice.choice(made.engine.network.service_names)]
        to = om.Order({dice.choice(made.skus): 1}, made.order().destination, by)
        for each in made.engine.route(to, now=now).shipments:
            node = made.engine.network.node_index(each.node)
            place = node, made.engine.network.service_index(each.service)
            board = made.engine._router.calendars.board
            zone = ZoneInfo(made.engine.network.nodes[node].hours.timezone)
            trip = trip_of(made.engine, each)
            days = [
                day_told(board.dispatch(*place, second, trip), zone)
                for second in (now, int(each.order_by.timestamp()))
            ]
            late = int(each.order_by.timestamp()) + 1
            after = board.dispatch(*place, late, trip)
            assert days[0] == days[1] < day_told(after, zone)


def day_told(dispatch: om.Dispatch, zone: ZoneInfo) -> date:
    """Return the day of arrival on the wall of the node."""
    if isinstance(dispatch.arrives, datetime):
        return dispatch.arrives.astimezone(zone).date()
    return dispatch.arrives


# -- epochs ----------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_an_engine_that_has_run_for_days_decides_like_one_just_made(seed):
    """No departure that has gone by is counted on, whatever was asked before."""
    made, dice = dated_world(seed, time_step="5min"), Random(seed)
    now = moments(dice, 1)[0]
    wanted = [hurried(dice, made.order(), now) for _ in range(5)]
    for _ in range(8):
        now += dice.choice([1, 20, 299, 300, 3_000, 40_000])
        fresh = dated_world(seed, time_step="5min").engine
        for each in wanted:
            told = [engine.route(each, now=now) for engine in (made.engine, fresh)]
            assert facts(told[0]) == facts(told[1])


def facts(plan: om.Plan) -> tuple[object, ...]:
    """Return what is told of a plan, without what its minutes are counted from."""
    return plan.status, plan.cost, plan.shipments, plan.arrives, plan.order_by


def test_the_last_second_before_a_cut_off_is_still_today():
    """An engine asked a second before and after: the second answer is another."""
    engine = shop()
    last = only(engine, "ground", "2026-11-23 13:59:59")
    first = only(engine, "ground", "2026-11-23 14:00:01")
    assert last.arrives == date(2026, 11, 26)
    assert last.order_by == at("2026-11-23 14:00:00")
    assert (first.arrives, first.node) == (date(2026, 11, 27), "CHI")


def test_what_moves_with_the_clock_is_compared_at_the_end_of_its_step():
    """Ready two hours after it is ordered: told to the second, compared by the step."""
    engine = shop(time_step="30min", CHI=5)
    now = "2026-11-23 13:10:00"
    assert only(engine, "counter", now).arrives == at("2026-11-23 15:10:00")
    plan = engine.route(order("counter"), now=at(now), explain=True)
    counts = {(r.node, r.service): r.arrives for r in plan.explain().candidates}
    assert counts["CHI", "counter"] == at("2026-11-23 15:29:59")
    for minute, status in (("15:29", Status.UNSERVED), ("15:30", Status.OK)):
        needed_by = at(f"2026-11-23 {minute}:00")
        needed = order("counter", collect_at="CHI", needed_by=needed_by)
        assert engine.route(needed, now=at(now)).status is status


@pytest.mark.parametrize("step", ["1h", "59min", "37min", "7min"])
@pytest.mark.parametrize("minute", [0, 30, 45, 55, 59])
def test_a_step_does_not_reach_beyond_the_last_order_of_the_day(step, minute):
    """Up to two hours before closing it is there today, in the last step too."""
    engine = shop(time_step=step, CHI=5)
    shipment = only(
        engine, "counter", f"2026-11-23 15:{minute:02}:00", needed_by=date(2026, 11, 23)
    )
    assert shipment.arrives == at(f"2026-11-23 17:{minute:02}:00")
    assert shipment.order_by == at("2026-11-23 15:59:59")
    late = order("counter", collect_at="CHI", needed_by=date(2026, 11, 23))
    assert engine.route(late, now=at("2026-11-23 16:00:00")).status is Status.UNSERVED


def test_a_counter_hands_out_when_it_is_open():
    """Ready at the second of closing: collected the next morning."""
    engine = shop(CHI=5)
    shipment = only(engine, "counter", "2026-11-23 16:00:00")
    assert shipment.ready == at("2026-11-23 18:00:00")
    assert shipment.arrives == at("2026-11-24 09:00:00")


def test_hours_to_pick_may_differ_from_hours_to_collect():
    """A node's own rule with a calendar says when it picks; it hands out in its hours."""
    night = om.Calendar(om.Hours.every_day("22:00-04:00"), str(CHICAGO))
    own = {"counter": om.DispatchRule(night, "1h")}
    old = shop().network
    nodes = [attrs.evolve(node, dispatch=own) for node in old.nodes]
    engine = Engine(om.Network(nodes, old.services), [om.Item("BOLT")], clock=lambda: 0)
    engine.apply(om.Receive("BOLT", "CHI", 1))
    shipment = only(engine, "counter", "2026-11-23 12:00:00")
    assert shipment.ready == at("2026-11-23 23:00:00")
    assert shipment.arrives == at("2026-11-24 09:00:00")


def test_stores_that_pick_alike_may_hand_out_at_other_times():
    """The same rule with hours of its own; each counter opens in its node's."""
    night = om.DispatchRule(
        om.Calendar(om.Hours.every_day("22:00-04:00"), str(CHICAGO)), "1h"
    )
    counter = om.Service("counter", "collect", om.RateCard.flat(0), dispatch=night)
    nodes = [
        om.Node(
            f"FROM{hour}",
            hours=om.Calendar(om.Hours.every_day(f"{hour}:00-20:00"), str(CHICAGO)),
        )
        for hour in (11, 10, 12)
    ]
    network = om.Network(nodes, [counter])
    engine = Engine(network, [om.Item("BOLT")], clock=lambda: 0)
    engine.apply([om.Receive("BOLT", node.id, 1) for node in nodes])
    for hour in (10, 11, 12):
        wanted = order("counter", collect_at=f"FROM{hour}")
        plan = engine.route(wanted, now=at("2026-11-23 15:00:00"))
        assert plan.arrives == at(f"2026-11-24 {hour}:00:00")


# -- needed by -------------------------------------------------------------------------


def test_only_services_in_time_are_admitted():
    """Ground is cheaper, and too late; what is in time is the cheapest of the rest."""
    engine, now = shop(), at("2026-11-23 10:00:00")
    by = ["ground", "express"]
    plans = {
        day: engine.route(attrs.evolve(order(), services=by, needed_by=day), now=now)
        for day in (None, date(2026, 11, 26), date(2026, 11, 25), date(2026, 11, 23))
    }
    assert [plan.status for plan in plans.values()] == [
        *[Status.OK] * 3,
        Status.UNSERVED,
    ]
    sent = [plan.shipments[0].service for plan in plans.values() if plan.shipments]
    assert sent == ["ground", "ground", "express"]
    assert plans[date(2026, 11, 25)].arrives == date(2026, 11, 24)


def test_an_order_with_no_service_in_time_is_unserved_whatever_there_is():
    """And out of stock where what is in time has none of it."""
    engine = shop(NYC=1)
    late = order("express", needed_by=at("2026-11-20 09:00:00"))
    assert engine.route(late, now=at("2026-11-23 10:00:00")).status is Status.UNSERVED
    nut = om.Order({"NUT": 1}, HERE, services=["express"], needed_by=date(2026, 11, 30))
    assert (
        engine.route(nut, now=at("2026-11-23 10:00:00")).status is Status.OUT_OF_STOCK
    )


def test_needed_by_is_part_of_what_was_asked():
    """The same id with another day is another order; an instant is one in any zone."""
    engine, now = shop(), at("2026-11-23 10:00:00")
    noon = at("2026-11-25 12:00:00")
    first = order("courier", id="A", needed_by=noon)
    assert engine.place(first, now=now).status is Status.OK
    again = attrs.evolve(first, needed_by=noon.astimezone(UTC))
    assert engine.place(again, now=now).status is Status.EXISTS
    for other in (None, date(2026, 11, 25), noon + timedelta(hours=1)):
        changed = engine.place(attrs.evolve(first, needed_by=other), now=now)
        assert changed.status is Status.EXISTS_WITH_DIFFERENT_TERMS


@pytest.mark.parametrize("many", [False, True])
def test_a_network_without_calendars_refuses_needed_by(many):
    """It cannot know; the error says where it stood."""
    plain = om.Network(
        [om.Node("N")], [om.Service("post", "ship", om.RateCard.flat(1))]
    )
    engine = Engine(plain, [om.Item("BOLT")], clock=lambda: 0)
    wanted = order(needed_by=date(2026, 11, 25))
    with pytest.raises(om.ValidationError) as caught:
        engine.route_many([order(), wanted]) if many else engine.route(wanted)
    assert caught.value.path == ("orders[1].needed_by" if many else "order.needed_by")


@pytest.mark.parametrize("value", ["2026-11-25", 5, datetime(2026, 11, 25)])  # noqa: DTZ001
def test_needed_by_is_a_day_or_an_instant(value):
    """A naive datetime is neither."""
    with pytest.raises(om.ValidationError, match="needed_by"):
        order(needed_by=value)


# -- many orders, many ways ------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_many_orders_arrive_as_one_by_one(seed):
    """Columns tell the same plans, and when all of an order has arrived at the latest."""
    made, dice = dated_world(seed), Random(seed)
    now = moments(dice, 1)[0]
    wanted = [hurried(dice, made.order(), now) for _ in range(12)]
    batch = made.engine.route_many(wanted, now=now)
    columns, shipments = batch.columns(), batch.shipment_columns()
    ends = []
    for i, each in enumerate(wanted):
        plan, alone = batch.plan(i), made.engine.route(each, now=now)
        assert facts(plan) == facts(alone)
        assert columns["transit_days"][i] == (alone.transit_days or 0)
        assert columns["transit_days_sum"][i] == sum(
            shipment.transit_days for shipment in alone.shipments
        )
        ends.append(max((instant(each) for each in alone.shipments), default=0))
    told = columns["arrives_by_s"]
    # A day is told by its end, in the zone there: within a day of that in UTC.
    assert (np.abs(told - ends) <= 86_400).all()
    assert (told[told > 0] % 60 == 0).all()
    assert len(shipments["arrives_by_s"]) == len(shipments["node"])


def instant(shipment: om.Shipment) -> int:
    """Return when it has arrived, days ending in UTC."""
    told = shipment.arrives
    if not isinstance(told, datetime):
        told = datetime(told.year, told.month, told.day, 23, 59, tzinfo=UTC)
    return int(told.timestamp())


def test_a_batch_that_is_looked_at_later_tells_the_dates_it_was_decided_with():
    """Whatever epoch the engine has come to since."""
    engine = shop()
    batch = engine.route_many([order("ground")], now=at("2026-11-23 10:00:00"))
    engine.route(order("ground"), now=at("2026-12-01 10:00:00"))
    assert batch.plan(0).arrives == date(2026, 11, 26)
    ends = batch.columns()["arrives_by_s"][0]
    assert datetime.fromtimestamp(ends, UTC) == at("2026-11-27 00:00:00")


def test_the_nearest_node_rule_tells_dates_too():
    """It reads the same lanes."""
    engine = shop()
    plan = NearestNode(engine).route(order("ground"))
    assert isinstance(plan.arrives, date)


def test_a_plan_is_reserved_as_any_other_and_replays_without_calendars():
    """Dates are derived: what is written down is stock, and the digest is the same."""
    engine = shop()
    old = engine.network
    journaled = Engine(old, engine.items, clock=lambda: 0, journal=True)
    journaled.apply(om.Receive("BOLT", "CHI", 5), now=at("2026-11-23 09:00:00"))
    placed = journaled.place(order("ground", id="A"), now=at("2026-11-23 10:00:00"))
    assert placed.plan.arrives == date(2026, 11, 26)
    services = [attrs.evolve(each, dispatch=None) for each in old.services]
    plain = Engine(om.Network(old.nodes, services), engine.items, clock=lambda: 0)
    assert not plain.network.dated
    plain.replay(journaled.log)
    assert plain.digest() == journaled.digest()


def test_a_table_of_a_plan_tells_dates_where_there_are_any():
    """A day, or an instant in UTC."""
    engine, now = shop(), at("2026-11-23 10:00:00")
    tables = [
        engine.route(order(by), now=now).table().splitlines()
        for by in ("ground", "counter")
    ]
    assert [table[0].split()[-1] for table in tables] == ["arrives"] * 2
    assert [table[1].split("  ")[-1] for table in tables] == [
        "2026-11-26",
        "2026-11-23 18:00Z",
    ]


# -- why -------------------------------------------------------------------------------


def test_explain_tells_who_is_closed_and_who_too_late():
    """The first reason that fits: no lane, closed, too late, no stock."""
    old = shop().network
    shut = om.Calendar(om.Hours(), str(CHICAGO))
    nodes = [*old.nodes, om.Node("OFF", latitude=41, longitude=-87, hours=shut)]
    engine = Engine(om.Network(nodes, old.services), [om.Item("BOLT")], clock=lambda: 0)
    engine.apply([om.Receive("BOLT", node.id, 1) for node in nodes])
    wanted = attrs.evolve(
        order(), services=["ground", "express"], needed_by=date(2026, 11, 25)
    )
    plan = engine.route(wanted, now=at("2026-11-23 10:00:00"), explain=True)
    reasons = {(row.node, row.service): row.reason for row in plan.explain().candidates}
    assert reasons["OFF", "ground"] is reasons["OFF", "express"] is Reason.CLOSED
    assert reasons["CHI", "ground"] is Reason.TOO_LATE
    assert reasons["CHI", "express"] is Reason.CHOSEN
    assert reasons["NYC", "express"] is Reason.CANDIDATE
    assert reasons["CHI", "counter"] is Reason.NOT_ADMITTED


def test_an_explanation_asked_for_later_is_of_the_time_of_the_decision():
    """And leaves the lanes as the present needs them."""
    engine, later = shop(), at("2026-11-28 20:00:00")  # a Saturday night
    wanted = attrs.evolve(order(), services=["ground", "express"])
    wanted = attrs.evolve(wanted, needed_by=date(2026, 11, 24))
    plan = engine.route(wanted, now=at("2026-11-23 10:00:00"))
    engine.route(order("ground"), now=later)
    rows = {(row.node, row.service): row for row in plan.explain().candidates}
    assert rows["CHI", "express"].reason is Reason.CHOSEN
    assert rows["NYC", "express"].reason is Reason.CANDIDATE
    assert rows["NYC", "express"].arrives == date(2026, 11, 24)
    assert rows["NYC", "ground"].reason is Reason.TOO_LATE
    assert engine.route(order("express"), now=later).arrives == date(2026, 12, 1)


# -- the network -----------------------------------------------------------------------


def test_hours_alone_tell_no_dates():
    """A network is dated when some service says how it is dispatched."""
    hours = om.Calendar(om.Hours.always(), "UTC")
    post = om.Service("post", "ship", om.RateCard.flat(1), transit_days=2)
    network = om.Network([om.Node("N", hours=hours)], [post])
    assert not network.dated
    engine = Engine(network, [om.Item("BOLT")], clock=lambda: 0)
    engine.apply(om.Receive("BOLT", "N", 1))
    plan = engine.route(order())
    assert (plan.arrives, plan.order_by, plan.transit_days) == (None, None, 2)
    assert plan.shipments[0].ready is plan.shipments[0].leaves is None


def test_a_service_without_a_rule_leaves_at_once():
    """Beside one that has a rule: in the node's hours, or at any time where it has none."""
    rule = om.DispatchRule(om.Calendar(om.Hours.always(), "UTC"))
    post = om.Service("post", "ship", om.RateCard.flat(1), transit_days=2)
    other = attrs.evolve(post, name="other", dispatch=rule)
    engine = Engine(
        om.Network([om.Node("N")], [post, other]), [om.Item("BOLT")], clock=lambda: 0
    )
    engine.apply(om.Receive("BOLT", "N", 1))
    friday = datetime(2026, 11, 27, 23, 59, tzinfo=UTC)
    (shipment,) = engine.route(order("post"), now=friday).shipments
    assert (shipment.leaves, shipment.arrives) == (friday, date(2026, 12, 1))


@pytest.mark.parametrize(
    ("node", "service", "path"),
    [
        ({}, {"dispatch": om.DispatchRule()}, "nodes[0].hours"),
        ({"dispatch": {"post": om.DispatchRule()}}, {}, "nodes[0].hours"),
        ({"dispatch": {"pots": om.DispatchRule()}}, {}, "nodes[0].dispatch"),
    ],
)
def test_rules_need_hours_and_a_service(node, service, path):
    """The error names the node as it was given."""
    post = om.Service("post", "ship", om.RateCard.flat(1), **service)
    with pytest.raises(om.ConfigurationError) as caught:
        om.Network([om.Node("N", **node)], [post])
    assert caught.value.path == path


@pytest.mark.parametrize("step", [0, "2h", -1, "soon", True])
def test_a_time_step_is_an_hour_at_most(step):
    """So that nobody waits a day for what is ready in two hours."""
    post = om.Service("post", "ship", om.RateCard.flat(1))
    with pytest.raises(om.ConfigurationError, match="time_step"):
        om.Network([om.Node("N")], [post], time_step=step)


@pytest.mark.parametrize(
    "values", [{"dispatch": "14:00"}, {"transit_time": "1h"}, {"transit_time": -1}]
)
def test_a_service_has_a_rule_and_parcels_take_days(values):
    """Hours on the way are a courier's."""
    with pytest.raises(om.ConfigurationError, match=next(iter(values))):
        om.Service("post", "ship", om.RateCard.flat(1), **values)


@pytest.mark.parametrize(
    "values", [{"hours": "9-5"}, {"dispatch": []}, {"dispatch": {"a": 1}}]
)
def test_a_node_has_a_calendar_and_rules_by_service(values):
    """Text is no calendar: it has no time zone."""
    with pytest.raises(om.ConfigurationError, match=next(iter(values))):
        om.Node("N", **values)


def test_a_rule_without_hours_is_no_dispatcher():
    """It is for a network, whose nodes lend it theirs."""
    with pytest.raises(om.ConfigurationError, match="rule.calendar"):
        om.Dispatcher(om.DispatchRule(processing="2h"))


def test_nodes_that_all_work_differently_find_room():
    """A class each, more than there was room for at first."""
    dice, count = Random(1), 150
    hours = [
        om.Calendar(
            om.Hours.every_day(f"{k // 60 + 8:02}:{k % 60:02}-20:00"), str(CHICAGO)
        )
        for k in range(count)
    ]
    nodes = [om.Node(f"N{k:03}", hours=hours[k]) for k in range(count)]
    counter = om.Service(
        "counter", "collect", om.RateCard.flat(0), dispatch=om.DispatchRule()
    )
    engine = Engine(om.Network(nodes, [counter]), [om.Item("BOLT")], clock=lambda: 0)
    engine.apply([om.Receive("BOLT", node.id, 1) for node in nodes])
    for k in dice.sample(range(count), 20):
        wanted = order("counter", collect_at=f"N{k:03}")
        plan = engine.route(wanted, now=at("2026-11-23 06:00:00"))
        assert plan.arrives == at(f"2026-11-23 {k // 60 + 8:02}:{k % 60:02}:00")
    assert DAYS[0] < date(2026, 11, 1) < DAYS[1]


@pytest.mark.parametrize("state", ["MN", "NV"])
def test_holidays_of_the_holidays_package(state):
    """Thanksgiving everywhere, the Friday after it in Nevada alone."""
    closed = holidays.country_holidays("US", subdiv=state)
    hours = om.Calendar(
        om.Hours.weekdays("09:00-17:00"), "America/Chicago", closed=closed
    )
    rule = om.DispatchRule(processing="1h", pickups="16:00")
    ground = om.Service(
        "ground", "ship", om.RateCard.flat(5), transit_days=1, dispatch=rule
    )
    nodes = [om.Node(name, hours=hours) for name in ("N1", "N2")]
    engine = om.Engine(om.Network(nodes, [ground]), [om.Item("BOLT")])
    engine.apply(om.Receive("BOLT", "N2", 1))
    order = om.Order({"BOLT": 1}, om.Destination(postcode="55425"))
    plan = engine.route(order, now=at("2026-11-25 17:30"))
    day = 27 if state == "MN" else 30
    assert plan.shipments[0].leaves == at(f"2026-11-{day} 16:00")
