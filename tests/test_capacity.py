"""What a planner may say of capacity, and what comes of it."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import attrs
import pytest

import omniroute as om
from omniroute.codes import Effect
from omniroute.stock.effects import EffectBatch, stock
from omniroute.stock.workload import Take, limited, take
from tests.conftest import WITHOUT_JIT
from tests.routing.dated_worlds import dated_world, moments
from tests.routing.worlds import world

OK, FULL = om.Status.OK, om.Status.FULL
TO = om.Destination(postcode="55425")
MONDAY = datetime(2026, 11, 23, 15, tzinfo=UTC)
GROUND = om.Service("ground", "ship", om.RateCard.flat(5), transit_days=2)
EXPRESS = om.Service("express", "ship", om.RateCard.flat(9), transit_days=1)


def shop(*capacity, nodes=("NEAR", "FAR"), services=(GROUND,), stock=99, **how):
    """An engine whose first node is the cheaper one."""
    places = [om.Node(node, order_cost=k) for k, node in enumerate(nodes)]
    network = om.Network(places, services, capacity=capacity)
    how.setdefault("clock", MONDAY.timestamp)
    engine = om.Engine(network, [om.Item("LAMP"), om.Item("BULB")], **how)
    for sku in ("LAMP", "BULB") if stock else ():
        engine.apply([om.Receive(sku, node, stock) for node in nodes])
    return engine


def order(id=None, **terms):
    lines = terms.pop("lines", {"LAMP": 1})
    return om.Order(lines, TO, id=id, **terms)


def nodes(plan):
    return [each.node for each in plan.shipments]


def taken(engine, node="NEAR", of="orders"):
    told = engine.capacity(node)
    return told["taken"][told["of"].index(of)]


# -- taken, and given back -----------------------------------------------------------------


def test_a_full_node_is_passed_by_and_the_next_one_serves():
    engine = shop(om.Capacity(2))
    placed = [engine.place(order(f"o{i}")).plan for i in range(5)]
    assert [nodes(plan) for plan in placed] == [["NEAR"]] * 2 + [["FAR"]] * 2 + [[]]
    assert placed[-1].status is om.Status.UNSERVED
    assert placed[-1].explain().counts() == {om.Reason.FULL: 2}


@pytest.mark.parametrize("end", ["release", "cancel", "expiry", "decline"])
def test_a_place_is_given_back_with_the_reservation(end):
    engine = shop(om.Capacity(1))
    engine.place(order("o"), ttl="1h")
    assert nodes(engine.route(order())) == ["FAR"]
    if end == "expiry":
        engine.route(order(), now=MONDAY + timedelta(hours=2))
    elif end == "decline":
        engine.decline("o", "NEAR")
    else:
        getattr(engine, end)("o")
    assert taken(engine) == 0
    assert nodes(engine.route(order())) == ["NEAR"]


def test_what_has_left_keeps_its_place_for_the_work_was_done():
    engine = shop(om.Capacity(1))
    engine.place(order("o"))
    engine.fulfil("o")
    assert taken(engine) == 1
    assert nodes(engine.route(order())) == ["FAR"]


def test_an_order_is_given_back_with_its_last_line_only():
    both = om.Capacity(3), om.Capacity(9, "lines"), om.Capacity(9, "units")
    engine = shop(*both)
    engine.place(order("o", lines={"LAMP": 3, "BULB": 2}))
    assert [taken(engine, of=of) for of in ("orders", "lines", "units")] == [1, 2, 5]
    engine.cancel("o", {("LAMP", "NEAR"): 1})
    assert [taken(engine, of=of) for of in ("orders", "lines", "units")] == [1, 2, 4]
    engine.cancel("o", {("LAMP", "NEAR"): 2})
    assert [taken(engine, of=of) for of in ("orders", "lines", "units")] == [1, 1, 2]
    engine.cancel("o")
    assert [taken(engine, of=of) for of in ("orders", "lines", "units")] == [0, 0, 0]


def test_a_plan_whose_place_has_gone_is_refused_by_name_and_changes_nothing():
    engine = shop(om.Capacity(1), journal=True)
    plan = engine.route(order("late"))
    engine.place(order("first"))
    before = engine.digest()
    placed = engine.reserve(plan)
    assert (placed.status, placed.full, placed.reserved) == (FULL, ("NEAR",), False)
    assert engine.digest() == before
    with pytest.raises(om.StatusError):
        placed.raise_for_status()


def test_a_refusal_for_want_of_room_can_be_written_down():
    engine = shop(om.Capacity(1))
    plan = engine.route(order("late"))
    engine.place(order("first"))
    engine.reserve(plan, sticky=True)
    engine.release("first")
    assert engine.reserve(plan, sticky=True).status is FULL
    assert engine.reservation("late").state.name == "REFUSED"


def test_who_gives_up_a_hold_for_another_has_its_place():
    engine = shop(om.Capacity(1), nodes=["NEAR"])
    engine.place(order("old"), ttl="1h")
    placed = engine.place(order("new"), supersedes="old")
    assert placed.status is OK
    assert taken(engine) == 1
    worse = order("third", lines={"LAMP": 1000})
    assert engine.place(worse, ttl="1h").status is om.Status.UNSERVED
    assert taken(engine) == 1


def test_what_a_node_declines_is_work_of_the_next():
    engine = shop(om.Capacity(1), nodes=["NEAR", "FAR", "LAST"])
    engine.place(order("o"))
    engine.place(order("p"))
    again = engine.resource("o", order("o"), "NEAR")
    assert nodes(again.plan) == ["LAST"]
    assert engine.capacity()["taken"] == [1, 1, 0]  # FAR, LAST, NEAR
    engine.check()


def test_what_waits_for_stock_takes_its_place_when_it_is_served():
    engine = shop(om.Capacity(1), nodes=["NEAR"], stock=0)
    engine.place(order("o"), park=True)
    assert taken(engine) == 0
    engine.apply(om.Receive("LAMP", "NEAR", 5))
    assert [placed.id for placed in engine.retry().served] == ["o"]
    assert taken(engine) == 1
    engine.place(order("p"), park=True)
    assert not engine.retry().served
    engine.cancel("o")
    assert [placed.id for placed in engine.retry().served] == ["p"]


def test_what_is_bound_to_where_it_is_routed_takes_its_place():
    engine = shop(om.Capacity(1), journal=True)
    engine.reserve({("LAMP", None): 1}, id="o")
    assert taken(engine) == 0
    assert nodes(engine.bind("o", order()).plan) == ["NEAR"]
    assert taken(engine) == 1
    fresh = om.Engine(engine.network, engine.items, clock=lambda: 0)
    fresh.replay(engine.log)
    assert fresh.digest() == engine.digest()
    engine.check()
    engine.cancel("o")
    assert taken(engine) == 0


def test_what_a_store_lacks_is_work_of_who_sends_it():
    engine = shop(om.Capacity(1), nodes=["NEAR", "FAR", "LAST"], stock=2)
    sold = engine.endless_aisle(order("o", lines={"LAMP": 3}), "NEAR")
    assert (sold.status, nodes(sold.plan)) == (OK, ["FAR"])
    assert engine.capacity()["taken"] == [1, 0, 0]  # FAR, LAST, NEAR
    back = om.Return("LAMP", "NEAR", 1)
    swapped = engine.exchange(back, order("p", lines={"BULB": 1}))
    assert nodes(swapped.placement.plan) == ["NEAR"]
    assert engine.capacity()["taken"] == [1, 0, 1]
    engine.check()


def test_cells_that_are_named_take_no_place():
    engine = shop(om.Capacity(1))
    engine.reserve({("LAMP", "NEAR"): 2}, id="o")
    assert taken(engine) == 0


FREIGHT = om.Service("freight", "ship", om.RateCard.flat(30), transit_days=4)
PARCEL = om.Service(
    "parcel", "ship", om.RateCard([5000], {1: [5]}, max_shipment_g=5000)
)


def two_ways(*capacity):
    """Nodes that send a bed by freight, and a lamp with it by parcel: it is cheaper."""
    freight = om.RateCard([6000, 90_000], {1: [30, 60]})
    services = [PARCEL, attrs.evolve(FREIGHT, rates=freight)]
    places = [om.Node("NEAR"), om.Node("FAR", order_cost=1)]
    network = om.Network(places, services, capacity=capacity)
    items = [om.Item("LAMP", weight_g=900), om.Item("BED", weight_g=6000)]
    engine = om.Engine(network, items, clock=MONDAY.timestamp)
    for sku in ("LAMP", "BED"):
        engine.apply([om.Receive(sku, node, 9) for node in ("NEAR", "FAR")])
    return engine


def test_a_node_that_sends_twice_has_two_orders_to_work_until_both_are_given_back():
    engine = two_ways(om.Capacity(9, node="NEAR"))
    plan = engine.place(order("o", lines={"LAMP": 2, "BED": 1})).plan
    assert nodes(plan) == ["NEAR", "NEAR"]
    assert taken(engine) == 2
    engine.cancel("o", {("LAMP", "NEAR"): 1})
    assert taken(engine) == 2
    engine.cancel("o", {("LAMP", "NEAR"): 1})
    assert taken(engine) == 1
    engine.check()
    engine.cancel("o")
    assert taken(engine) == 0


def test_two_shipments_of_a_node_do_not_share_its_last_place():
    engine = two_ways(om.Capacity(1))
    plan = engine.place(order("o", lines={"LAMP": 2, "BED": 1})).plan
    assert sorted(nodes(plan)) == ["FAR", "NEAR"]
    assert (plan.complete, plan.proven) == (True, False)
    assert engine.capacity()["taken"] == [1, 1]
    batch = two_ways(om.Capacity(1)).route_many([plan.order], reserve=True)
    assert batch.plan(0).shipments == plan.shipments
    engine.check()


# -- which capacity ------------------------------------------------------------------------


def test_the_rule_that_names_the_node_goes_before_that_of_its_kind_and_of_all():
    engine = shop(
        om.Capacity(9, node="NEAR"),
        om.Capacity(3),
        om.Capacity(5, node_kind="store"),
    )
    told = engine.capacity()
    assert dict(zip(told["node"], told["limit"], strict=True)) == {"FAR": 5, "NEAR": 9}


def test_work_of_one_service_and_of_all_is_counted_side_by_side():
    engine = shop(
        om.Capacity(3),
        om.Capacity(1, services=["express"]),
        nodes=["NEAR"],
        services=(GROUND, EXPRESS),
    )
    fast = {"services": ["express"]}
    assert engine.place(order("a", **fast)).status is OK
    assert engine.place(order("b", **fast)).status is om.Status.UNSERVED
    assert engine.place(order("c")).status is OK
    assert engine.place(order("d")).status is OK
    assert engine.place(order("e")).status is om.Status.UNSERVED
    assert engine.capacity()["taken"] == [3, 1]


def test_a_node_has_other_capacity_on_other_weekdays():
    engine = shop(om.Capacity({"tue": 1}, node="NEAR"))
    assert nodes(engine.route(order())) == ["FAR"]
    tuesday = MONDAY + timedelta(days=1)
    assert nodes(engine.route(order(), now=tuesday)) == ["NEAR"]
    assert nodes(engine.route(order(), now=tuesday + timedelta(days=1))) == ["FAR"]


def test_days_end_at_midnight_where_the_node_is():
    tokyo = om.Calendar(om.Hours.always(), "Asia/Tokyo")
    network = om.Network(
        [om.Node("NEAR", hours=tokyo), om.Node("FAR", order_cost=1)],
        [GROUND],
        capacity=[om.Capacity(1)],
    )
    engine = om.Engine(network, [om.Item("LAMP")], clock=lambda: 0)
    engine.apply([om.Receive("LAMP", n, 9) for n in ("NEAR", "FAR")], now=0)
    before = datetime(2026, 11, 23, 14, 59, tzinfo=UTC)
    for k, node in enumerate(("NEAR", "FAR")):
        assert nodes(engine.place(order(f"a{k}"), now=before).plan) == [node]
    midnight = before + timedelta(minutes=1)
    assert nodes(engine.place(order("b"), now=midnight).plan) == ["NEAR"]
    assert engine.place(order("c"), now=midnight).status is om.Status.UNSERVED


def test_a_store_short_of_staff_today_is_closed_by_a_call_and_opened_again():
    engine = shop(om.Capacity(5), journal=True)
    engine.set_capacity("NEAR", 0, day=MONDAY.date())
    assert nodes(engine.route(order())) == ["FAR"]
    tuesday = MONDAY + timedelta(days=1)
    assert nodes(engine.route(order(), now=tuesday)) == ["NEAR"]
    engine.set_capacity("NEAR", 0)
    assert nodes(engine.route(order())) == ["FAR"]
    engine.set_capacity("NEAR", None)
    assert nodes(engine.route(order())) == ["NEAR"]


def test_a_day_that_is_said_to_be_short_is_short_when_it_comes():
    engine = shop(om.Capacity(5))
    wednesday = MONDAY + timedelta(days=2)
    engine.set_capacity("NEAR", 0, day=wednesday.date())
    for hours, node in (
        (1, "NEAR"),
        (24, "NEAR"),
        (30, "NEAR"),
        (48, "FAR"),
        (72, "NEAR"),
    ):
        now = MONDAY + timedelta(hours=hours)
        assert nodes(engine.route(order(), now=now)) == [node]


def test_limits_of_a_batch_that_is_refused_are_as_before():
    engine = shop(om.Capacity(5), journal=True)
    engine.set_capacity("NEAR", 3)
    before, state = engine.digest(), engine.state
    rows = [limited(0, 0, 0, 7, now=0), limited(1, 0, 0, 8, now=0)]
    for last in (take(99, Take(0, 0, 1, 1), 0), limited(9, 0, 0, 1, 0), gone(1_000)):
        with pytest.raises(om.ValidationError):
            state.apply(EffectBatch([*rows, last]))
        assert engine.digest() == before


def gone(quanta):
    """Units that no cell can lose: the kernel refuses it, after limits have been set."""
    return stock(int(Effect.SELL), 0, 0, 2**31 - 1 + quanta, 0)


def test_taken_before_the_limit_fell_stays_taken():
    engine = shop(om.Capacity(5))
    for i in range(3):
        engine.place(order(f"o{i}"))
    engine.set_capacity("NEAR", 1)
    told = engine.capacity("NEAR")
    assert (told["limit"], told["taken"], told["left"]) == ([1], [3], [-2])
    engine.check()


# -- lines and units -----------------------------------------------------------------------


def test_a_node_without_room_for_all_of_an_order_gets_none_of_that_line():
    """Five units left and six wanted: the dearer node has room for six."""
    engine = shop(om.Capacity(8, "units"))
    engine.place(order("a", lines={"LAMP": 3}))
    plan = engine.place(order("b", lines={"LAMP": 6})).plan
    assert nodes(plan) == ["FAR"]
    assert not plan.proven
    assert plan.bound == 5 < plan.cost
    assert nodes(engine.place(order("c", lines={"LAMP": 5})).plan) == ["NEAR"]


def test_lines_left_over_serve_the_part_there_is_room_for():
    engine = shop(om.Capacity(1, "lines", node="NEAR"), om.Capacity(1, "lines"))
    plan = engine.place(order("a", lines={"LAMP": 1, "BULB": 1})).plan
    assert plan.status is om.Status.UNSERVED  # a node has both lines: it does no other
    assert nodes(engine.place(order("b")).plan) == ["NEAR"]


def test_units_of_decimals_count_as_those_started():
    network = om.Network([om.Node("N")], [GROUND], capacity=[om.Capacity(9, "units")])
    engine = om.Engine(network, [om.Item("ROPE", decimals=1)], clock=lambda: 0)
    engine.apply(om.Receive("ROPE", "N", 50))
    engine.place(om.Order({"ROPE": 2.5}, TO, id="o"))
    assert engine.capacity()["taken"] == [3]


def test_a_kit_is_the_work_of_its_components():
    items = [
        om.Item("LAMP"),
        om.Item("BULB"),
        om.Item("SET", components={"LAMP": 1, "BULB": 2}),
    ]
    pools = [om.Capacity(9), om.Capacity(9, "lines"), om.Capacity(9, "units")]
    network = om.Network([om.Node("N")], [GROUND], capacity=pools)
    engine = om.Engine(network, items, clock=lambda: 0)
    engine.apply([om.Receive("LAMP", "N", 50), om.Receive("BULB", "N", 50)])
    assert engine.place(om.Order({"SET": 2}, TO, id="o")).status is OK
    assert engine.capacity()["taken"] == [1, 2, 6]
    engine.check()
    engine.cancel("o")
    assert engine.capacity()["taken"] == [0, 0, 0]


# -- days that work waits ------------------------------------------------------------------


def test_backlog_makes_what_is_sent_arrive_later_until_nothing_more_may_wait():
    engine = shop(om.Capacity(1, backlog_days=2), nodes=["NEAR"])
    days = [engine.place(order(f"o{i}")).plan.transit_days for i in range(4)]
    assert days == [2, 3, 4, None]
    told = engine.capacity(days=4)
    assert told["taken"] == [1, 1, 1, 0]
    engine.set_capacity("NEAR", 2)
    assert engine.route(order()).explain().candidates[0].transit_days == 2
    engine.set_capacity("NEAR", None)
    assert told["day"][0] == date(2026, 11, 23)
    engine.release("o1")
    plan = engine.route(order())
    assert plan.transit_days == plan.explain().candidates[0].transit_days == 3


def test_the_backlog_of_yesterday_is_the_work_of_today():
    engine = shop(om.Capacity(1, backlog_days=2), nodes=["NEAR"])
    for i in range(3):
        engine.place(order(f"o{i}"))
    tuesday = MONDAY + timedelta(days=1)
    assert engine.capacity(days=3, now=tuesday)["taken"] == [1, 1, 0]
    assert engine.route(order(), now=tuesday).transit_days == 4


def test_fastest_goes_where_work_need_not_wait():
    engine = shop(om.Capacity(1, backlog_days=3))
    engine.place(order("o"))
    assert nodes(engine.route(order())) == ["NEAR"]
    fastest = om.RoutingPolicy(objective="fastest")
    assert nodes(engine.route(order(), policy=fastest)) == ["FAR"]


def test_a_plan_made_before_midnight_keeps_its_day():
    engine = shop(om.Capacity(1, backlog_days=1), nodes=["NEAR"])
    engine.place(order("o"))
    plan = engine.route(order("p"))
    assert plan.transit_days == 3
    tuesday = MONDAY + timedelta(days=1)
    assert engine.reserve(plan, now=tuesday).status is OK
    assert engine.capacity(days=2)["taken"] == [1, 0]


CHICAGO = om.Calendar(om.Hours.weekdays("09:00-18:00"), "America/Chicago")
RULE = om.DispatchRule(CHICAGO, "1h", "14:00", "17:00")


def dated(*capacity, **how):
    services = [
        attrs.evolve(GROUND, dispatch=RULE),
        om.Service(
            "counter", "collect", om.RateCard.flat(0), dispatch=om.DispatchRule(CHICAGO)
        ),
    ]
    network = om.Network([om.Node("NEAR", hours=CHICAGO)], services, capacity=capacity)
    engine = om.Engine(network, [om.Item("LAMP")], clock=MONDAY.timestamp, **how)
    engine.apply(om.Receive("LAMP", "NEAR", 99))
    return engine


def test_dates_of_a_backlog_are_those_of_so_many_working_days():
    engine = dated(om.Capacity(1, services=["ground"], backlog_days=5))
    desk = om.Dispatcher(RULE)
    ship = {"services": ["ground"]}
    for backlog in range(6):
        plan = engine.place(order(f"o{backlog}", **ship)).plan
        sent, told = plan.shipments[0], desk.dispatch(MONDAY, 2, backlog)
        assert (sent.ready, sent.leaves) == (told.ready, told.leaves)
        assert (sent.arrives, sent.order_by) == (told.arrives, told.order_by)
    assert engine.route(order(**ship)).status is om.Status.UNSERVED
    # Monday to Friday, and the Monday after.
    assert engine.capacity(days=8)["taken"] == [1, 1, 1, 1, 1, 0, 0, 1]


def test_each_day_has_its_places_though_the_carrier_comes_once_a_week():
    rule = om.DispatchRule(CHICAGO, "1h", None, {"fri": "17:00"})
    network = om.Network(
        [om.Node("NEAR", hours=CHICAGO)],
        [attrs.evolve(GROUND, dispatch=rule)],
        capacity=[om.Capacity(1)],
    )
    engine = om.Engine(network, [om.Item("LAMP")], clock=MONDAY.timestamp)
    engine.apply(om.Receive("LAMP", "NEAR", 99))
    for day in range(4):
        now = MONDAY + timedelta(days=day)
        told = [engine.place(order(f"{day}{i}"), now=now).status for i in range(2)]
        assert told == [OK, om.Status.UNSERVED]
        assert engine.capacity()["taken"] == [1]


def test_needed_by_looks_at_the_backlog():
    engine = dated(om.Capacity(1, backlog_days=5))
    ship = {"services": ["ground"], "needed_by": date(2026, 11, 25)}
    assert engine.route(order(**ship)).status is OK
    engine.place(order("o", services=["ground"]))
    plan = engine.route(order(**ship))
    assert plan.status is om.Status.UNSERVED
    assert plan.explain().counts()[om.Reason.TOO_LATE] == 1


def test_offers_tell_the_backlog():
    engine = dated(om.Capacity(1, services=["counter"], backlog_days=5))
    before = engine.promise({"LAMP": 1}, to=TO, stores=3)
    engine.place(order("o", services=["counter"]))
    after = engine.promise({"LAMP": 1}, to=TO, stores=3)
    arrives = [{o.service: o.arrives for o in told} for told in (before, after)]
    assert arrives[0]["ground"] == arrives[1]["ground"]
    assert arrives[0]["counter"] == MONDAY
    assert arrives[1]["counter"] == datetime(2026, 11, 24, 15, tzinfo=UTC)
    assert after.stores[0].arrives == arrives[1]["counter"]


def test_after_the_cutoff_the_work_is_that_of_tomorrow():
    engine = dated(om.Capacity(1))
    late = MONDAY + timedelta(hours=6)  # 15:00 in Chicago
    engine.place(order("o", services=["ground"]), now=late)
    told = engine.capacity(days=2)
    assert (told["day"][0], told["taken"]) == (date(2026, 11, 23), [0, 1])
    # What is collected has no cut-off: it is the work of today.
    assert engine.place(order("p", services=["counter"])).status is OK
    assert engine.place(order("q", services=["ground"])).status is om.Status.UNSERVED


@pytest.mark.parametrize("seed", range(4 if WITHOUT_JIT else 6))
def test_shipments_wait_for_the_first_day_with_room(seed):
    """Random hours, zones and rules: told dates are those of a dispatcher by itself."""
    made = dated_world(seed)
    network = attrs.evolve(
        made.engine.network, capacity=[om.Capacity(1, backlog_days=4)]
    )
    engine = om.Engine(network, made.engine.items, clock=lambda: 0)
    cells = [
        om.Receive(sku, node, 50) for sku in made.skus for node in network.node_ids
    ]
    engine.apply(cells)
    when = moments(made.dice, 60)
    used: dict[tuple[str, date], int] = {}
    waited = 0
    for i, now in enumerate(when):
        placed = engine.place(made.order(lines=2, id=f"o{i}"), now=now)
        for sent in placed.plan.shipments if placed.reserved else ():
            wait = waits(network, sent, now, used)
            waited += wait > 0
    assert waited
    assert all(count <= 1 for count in used.values())
    engine.check()


def waits(network, sent, now, used):
    """Take the place of a shipment on the first day that has one, and check its dates."""
    node = network.nodes[network.node_index(sent.node)]
    service = network.services[network.service_index(sent.service)]
    rule = network.dispatch_rule(node, service)
    desk = om.Dispatcher(rule)
    for backlog in range(5):
        day = begins(desk, rule, now, backlog)
        if used.get((node.id, day), 0) < 1:
            break
    used[node.id, day] = used.get((node.id, day), 0) + 1
    told = desk.dispatch(now, sent.transit_days, backlog)
    assert (sent.ready, sent.leaves) == (told.ready, told.leaves)
    return backlog


def begins(desk, rule, now, backlog):
    """Day on which work begins: what takes no work is ready when it is begun."""
    at = om.Dispatcher(attrs.evolve(rule, processing=0, pickups=None)).dispatch(
        now, 0, backlog
    )
    return at.ready.astimezone(ZoneInfo(rule.working.timezone)).date()


# -- the plans of others -------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(6 if WITHOUT_JIT else 15))
def test_routing_is_that_of_a_network_of_the_nodes_that_are_not_full(seed):
    """Place after place, beside an engine that is told whom to leave out."""
    made = world(seed)
    rules = [om.Capacity(2), om.Capacity(1, node=made.engine.network.node_ids[0])]
    network = attrs.evolve(made.engine.network, capacity=rules)
    engine = om.Engine(network, made.engine.items, clock=lambda: 0)
    for sku in made.skus:
        for node in network.node_ids:
            if units := made.engine.available_to_promise(sku, node=node):
                engine.apply(om.Receive(sku, node, units))
    policy = made.policy()
    for i in range(15):
        told = engine.capacity()
        full = {
            n for n, left in zip(told["node"], told["left"], strict=True) if left < 1
        }
        wanted = made.order(id=f"o{i}")
        without = attrs.evolve(wanted, exclude_nodes={*wanted.exclude_nodes, *full})
        best = made.engine.place(without, policy=policy, partial=True)
        placed = engine.place(wanted, policy=policy, partial=True)
        if not placed.plan.proven and best.plan.proven:
            break  # two shipments from a node that had one place left
        assert placed.status is best.status
        assert placed.plan.cost == best.plan.cost
        assert placed.plan.shipments == best.plan.shipments
    engine.check()


@pytest.mark.parametrize("seed", range(4 if WITHOUT_JIT else 12))
def test_a_batch_does_what_one_by_one_does(seed):
    dice = Random(seed)
    of = dice.choice(["orders", "lines", "units"])
    rules = [
        om.Capacity(dice.randint(2, 6), of, backlog_days=dice.choice([0, 1])),
        om.Capacity(2, services=["express"]),
    ]
    engines = [
        shop(*rules, nodes=("A", "B", "C"), services=(GROUND, EXPRESS), journal=True)
        for _ in range(2)
    ]
    orders = [
        order(
            f"o{i}",
            lines={"LAMP": dice.randint(1, 3), "BULB": dice.randint(1, 2)},
            services=dice.choice([None, ["express"]]),
        )
        for i in range(40)
    ]
    batch = engines[0].route_many(orders, reserve=True)
    for i, each in enumerate(orders):
        plan = engines[1].place(each).plan
        assert batch.plan(i).shipments == plan.shipments
        assert batch.plan(i).status is plan.status
    assert engines[0].digest() == engines[1].digest()
    assert engines[0].capacity(days=3) == engines[1].capacity(days=3)
    engines[0].check()
    # Without reserving, each sees what stood before.
    loose = engines[0].route_many(orders)
    for i, each in enumerate(orders):
        assert loose.plan(i).shipments == engines[0].route(each).shipments


def test_a_batch_sees_what_was_taken_between_batches():
    engine = shop(om.Capacity(5))
    engine.route_many([order("a")], reserve=True)
    for id in ("b", "c"):
        engine.place(order(id))
    batch = engine.route_many([order(f"d{i}") for i in range(4)], reserve=True)
    told = [nodes(batch.plan(i))[0] for i in range(4)]
    assert told == ["NEAR", "NEAR", "FAR", "FAR"]
    engine.set_capacity("NEAR", 6)
    assert nodes(engine.route_many([order("e")], reserve=True).plan(0)) == ["NEAR"]
    assert engine.capacity("NEAR")["left"] == [0]


def test_units_taken_between_batches_are_seen_by_the_next():
    engine = shop(om.Capacity(9, "units"))
    engine.route_many([order("a")], reserve=True)
    engine.place(order("b", lines={"LAMP": 5}))
    batch = engine.route_many([order("c", lines={"LAMP": 4})], reserve=True)
    assert nodes(batch.plan(0)) == ["FAR"]


def test_work_replayed_beside_other_reservations_is_of_its_own():
    engine = shop(om.Capacity(5), journal=True)
    engine.place(order("o"))
    other = shop(om.Capacity(5))
    other.reserve({("LAMP", "NEAR"): 1}, id="before")
    engine.log.replay(other.state)
    assert list(other.state.workload.by) == [other.state.book.number("o")] == [1]


def test_kinds_of_node_that_are_too_many_are_begun_again(monkeypatch):
    monkeypatch.setattr("omniroute.promising.profiles._PROFILES_MAX", 6)
    rules = [
        om.Capacity(1, services=[name], backlog_days=3)
        for name in ("ground", "express")
    ]
    few, many = (
        shop(*rules, nodes=("A", "B", "C"), services=(GROUND, EXPRESS))
        for _ in range(2)
    )
    for i in range(22):
        wanted = order(f"o{i}", services=[("ground", "express")[i % 3 == 0]])
        monkeypatch.setattr("omniroute.promising.profiles._PROFILES_MAX", 6)
        placed = few.place(wanted)
        monkeypatch.setattr("omniroute.promising.profiles._PROFILES_MAX", 4096)
        again = many.place(wanted)
        assert placed.plan.shipments == again.plan.shipments
    assert few.digest() == many.digest()


def test_a_replayed_engine_goes_on_where_this_one_stands():
    engine = shop(om.Capacity(2, backlog_days=1), nodes=["NEAR"], journal=True)
    for i in range(3):
        engine.place(order(f"o{i}"))
    engine.release("o1")
    engine.set_capacity("NEAR", 1, day=date(2026, 11, 24))
    fresh = om.Engine(engine.network, engine.items, clock=lambda: 0)
    fresh.replay(engine.log)
    assert fresh.digest() == engine.digest()
    assert fresh.capacity(days=2) == engine.capacity(days=2)
    assert fresh.route(order()).transit_days == engine.route(order()).transit_days
    fresh.check()


def test_threads_never_take_more_places_than_there_are():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    engine = shop(om.Capacity(7), om.Capacity(20, "units"), nodes=("A", "B", "C"))
    try:

        def work(thread):
            had = []
            for i in range(12):
                wanted = order(f"{thread}-{i}", lines={"LAMP": 1 + i % 3})
                if i % 2:
                    placed = engine.place(wanted)
                else:
                    placed = engine.reserve(engine.route(wanted))
                assert placed.status in (OK, FULL, om.Status.UNSERVED)
                if placed.reserved:
                    had.append(wanted.id)
                told = engine.capacity()
                assert min(told["left"]) >= 0
                if had and i % 5 == 4:
                    engine.release(had.pop())
            return len(had)

        with ThreadPoolExecutor(8) as pool:
            held = sum(pool.map(work, range(8)))
    finally:
        sys.setswitchinterval(before)
    told = engine.capacity()
    orders = [
        n for n, of in zip(told["taken"], told["of"], strict=True) if of == "orders"
    ]
    assert sum(orders) == held
    engine.check()


def test_who_is_full_a_week_ago_is_forgotten():
    engine = shop(om.Capacity(1))
    engine.place(order("o"))
    load = engine.state.workload
    engine.route(order(), now=MONDAY + timedelta(days=7))
    assert load.taken
    engine.route(order(), now=MONDAY + timedelta(days=8))
    assert not load.taken
    assert not load.by
    engine.release("o")
    engine.check()


# -- what cannot be ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("terms", "path"),
    [
        ({"limit": -1}, "limit"),
        ({"limit": 1.5}, "limit"),
        ({"limit": {"monday": 1}}, "limit"),
        ({"limit": {"mon": None}}, "limit['mon']"),
        ({"of": "boxes"}, "of"),
        ({"services": "ground"}, "services"),
        ({"node": "A", "node_kind": "store"}, "node_kind"),
        ({"node_kind": "shed"}, "node_kind"),
        ({"backlog_days": 32}, "backlog_days"),
        ({"over_price": -1}, "over_price"),
        ({"over_price": 1, "backlog_days": 1}, "over_price"),
        ({"over_price": 1, "of": "lines", "services": ["a"]}, "over_price"),
    ],
)
def test_a_capacity_that_cannot_be_is_refused(terms, path):
    with pytest.raises(om.ConfigurationError) as raised:
        om.Capacity(**{"limit": 1, **terms})
    assert raised.value.path == path


@pytest.mark.parametrize(
    ("capacity", "path"),
    [
        ([om.Capacity(1, node="NOBODY")], "capacity[0].node"),
        ([om.Capacity(1, services=["ground", "air"])], "capacity[0].services[0]"),
        ([om.Capacity(1), om.Capacity(2)], "capacity[1]"),
        ([1], "capacity[0]"),
        ("all", "capacity"),
    ],
)
def test_a_network_refuses_capacity_of_what_it_has_not(capacity, path):
    with pytest.raises(om.ConfigurationError) as raised:
        shop(*capacity) if capacity != "all" else om.Network(
            [om.Node("A")], [GROUND], capacity="all"
        )
    assert raised.value.path == path


def test_a_fact_about_capacity_that_cannot_be_changes_nothing():
    engine = shop(om.Capacity(1))
    before = engine.digest()
    for call in (
        lambda: engine.set_capacity("NOBODY", 1),
        lambda: engine.set_capacity("NEAR", -1),
        lambda: engine.set_capacity("NEAR", 1, "lines"),
        lambda: engine.set_capacity("NEAR", 1, day="2026-11-23"),
        lambda: engine.capacity(days=0),
        lambda: engine.capacity("NOBODY"),
    ):
        with pytest.raises(om.OmnirouteError):
            call()
    assert engine.digest() == before
    with pytest.raises(om.ValidationError):
        shop().capacity()


def test_a_capacity_as_data_comes_back_as_it_was():
    for each in (
        om.Capacity(40),
        om.Capacity({"mon": 4}, "units", services=["b", "a"], node_kind="store"),
        om.Capacity(1, "lines", node="A", over_price=1.25),
        om.Capacity(1, backlog_days=3),
    ):
        assert om.Capacity.from_dict(each.to_dict()) == each
    with pytest.raises(om.ConfigurationError) as raised:
        om.Capacity.from_dict({"limit": 1, "off": "orders"}, "capacity[3]")
    assert raised.value.path == "capacity[3].off"


# -- over the limit, at a price ------------------------------------------------------------


def test_more_than_the_limit_counts_its_price_and_is_not_refused():
    engine = shop(om.Capacity(2, over_price=0.4, node="NEAR"))
    for i in range(4):
        plan = engine.place(order(f"o{i}")).plan
        assert nodes(plan) == ["NEAR"]
        assert plan.cost == 5
        assert float(plan.objective) == (5 if i < 2 else 5.4)
        assert plan.proven
    assert engine.capacity("NEAR")["left"] == [-2]
    prices = engine.route(order()).shipments[0].prices
    assert float(prices["capacity_price orders"]) == 0.4
    engine.release("o0")
    engine.release("o1")
    engine.release("o2")
    assert engine.route(order()).objective == 5


@pytest.mark.parametrize(
    ("of", "price", "node"),
    [
        ("lines", 0.6, "FAR"),  # two lines cost 1.2 more, FAR 1
        ("lines", 0.4, "NEAR"),
        ("units", 0.3, "FAR"),  # four units
        ("units", 0.2, "NEAR"),
    ],
)
def test_lines_and_units_over_the_limit_have_a_price_each(of, price, node):
    engine = shop(om.Capacity(1, of, over_price=price, node="NEAR"))
    wanted = {"LAMP": 3, "BULB": 1}
    engine.place(order("o", lines=wanted))
    plan = engine.route(order(lines=wanted))
    assert nodes(plan) == [node]
    assert plan.proven


def test_a_price_and_a_hard_limit_go_together():
    engine = shop(
        om.Capacity(1, over_price=3, node="NEAR"), om.Capacity(2, "lines", node="NEAR")
    )
    slow = om.RoutingPolicy(split_penalty=1)
    told = [nodes(engine.place(order(f"o{i}"), policy=slow).plan)[0] for i in range(3)]
    assert told == ["NEAR", "FAR", "FAR"]
    engine.set_capacity("NEAR", 9)
    assert nodes(engine.place(order("p"), policy=slow).plan) == ["NEAR"]
    assert nodes(engine.place(order("q"), policy=slow).plan) == ["FAR"]


def test_the_price_of_one_service_leaves_the_others_alone():
    engine = shop(
        om.Capacity(1, services=["express"], over_price=2),
        nodes=["NEAR"],
        services=(GROUND, EXPRESS),
    )
    engine.place(order("o", services=["express"]))
    assert engine.route(order()).objective == 5
    assert engine.route(order(services=["express"])).objective == 11


def test_the_price_of_a_full_day_ends_with_the_day():
    engine = shop(om.Capacity(1, over_price=2, node="NEAR"))
    engine.place(order("o"))
    assert nodes(engine.route(order())) == ["FAR"]
    tomorrow = MONDAY + timedelta(days=1)
    assert nodes(engine.route(order(), now=tomorrow)) == ["NEAR"]
    assert engine.route(order()).objective == 5


def test_a_batch_counts_prices_as_one_by_one_does():
    engines = [shop(om.Capacity(2, over_price=0.7), journal=True) for _ in range(2)]
    orders = [order(f"o{i}") for i in range(9)]
    batch = engines[0].route_many(orders, reserve=True)
    plans = [engines[1].place(each).plan for each in orders]
    assert [batch.plan(i).objective for i in range(9)] == [p.objective for p in plans]
    assert engines[0].digest() == engines[1].digest()


def test_a_backlog_is_what_is_taken_by_what_can_be_done_in_a_day():
    """A published example: 200 taken of 150 a day are one day, 400 are two."""
    engine = shop(om.Capacity(150, "units", backlog_days=9), nodes=["NEAR"], stock=999)
    for count, days in ((20, 1), (20, 2)):
        for i in range(count):
            engine.place(order(f"{days}-{i}", lines={"LAMP": 10}))
        assert engine.route(order()).transit_days == 2 + days
