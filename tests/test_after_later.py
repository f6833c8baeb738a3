"""After an order for a later day: a node declines, it waits, it is exchanged."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import omniroute as om
from omniroute.codes import ReservationState
from tests.conftest import WITHOUT_JIT
from tests.naive.after_later import NaiveLaterDesk
from tests.test_place_later import (
    COMING,
    NODES,
    SKU,
    START,
    STOCK,
    TO,
    N,
    S,
    replays,
    sent,
    shop,
    told_for,
)

# -- beside the twin -------------------------------------------------------------------


def route(twin, order, excluded, due):
    """Route on a shop with nothing but what the twin can promise for then."""
    asked = om.Order(order, TO, exclude_nodes=sorted(excluded))
    plan = told_for(twin, due).route(asked)
    return plan.status, [(sku, node, n) for node, sku, n in sent(plan)]


AHEAD = st.integers(0, 12)
STEP = st.one_of(
    st.tuples(st.just("place"), st.dictionaries(SKU, N, min_size=1), AHEAD),
    st.tuples(
        st.just("decline"), st.integers(0, 4), st.sampled_from(NODES), st.booleans()
    ),
    st.tuples(st.just("receive"), SKU, st.sampled_from(NODES), N),
    st.tuples(st.just("retry")),
)


@settings(max_examples=20 if WITHOUT_JIT else 150, deadline=None)
@given(stock=STOCK, coming=COMING, steps=st.lists(STEP, min_size=1, max_size=9))
def test_orders_for_later_are_declined_wait_and_are_served_as_the_twin_says(
    stock, coming, steps
):
    """The same units from the same nodes for the same day, and nobody at risk."""
    engine, twin, orders = shop(), NaiveLaterDesk(route, START), []
    for sku, node, n in stock:
        engine.apply(om.Receive(sku, node, n))
        twin.fact("receive", sku, node, n)
    for k, (sku, node, n, ahead) in enumerate(coming):
        engine.apply(om.Expect(f"PO{k}", sku, node, n, due=START + ahead))
        twin.supply.expect(f"PO{k}", sku, node, n, START + ahead, "purchase_order")
    for what, *told in steps:
        if what == "place":
            lines, ahead = told
            order = om.Order(lines, TO, id=f"O{len(orders)}", due=START + ahead)
            placed = engine.place(order, partial=True, park=True)
            status, taken = twin.place(order.id, lines, START + ahead)
            assert (placed.status, len(placed.plan.shipments)) == (
                status,
                len({node for _, node, _ in taken}),
            )
            orders.append(order)
        elif what == "decline" and told[0] < len(orders):
            order, node, park = orders[told[0]], told[1], told[2]
            due = START if order.due is None else int(order.due.timestamp())
            if engine.reservation(order.id).state is not ReservationState.FIRM:
                continue
            found = engine.resource(order.id, order, node, park=park)
            status, taken = twin.resource(order.id, node, due, park)
            assert found.status is status
            if found.plan is not None:
                assert [(s, k, n) for k, s, n in sent(found.plan)] == taken
        elif what == "receive":
            engine.apply(om.Receive(*told))
            twin.fact("receive", *told)
        elif what == "retry":
            served = engine.retry().served
            assert [(each.id, each.status) for each in served] == twin.retry()
        assert held_by_day(engine) == twin_held(twin)
        assert engine.at_risk()["id"] == []
    replays(engine)


def held_by_day(engine):
    """Units by (id, SKU, node, second due or 0)."""
    found, units = engine.reservations(), {}
    names = ("id", "sku", "node", "due_s", "held_quanta")
    for *key, n in zip(*(found[name] for name in names), strict=True):
        if n:
            own = (*key[:3], int(key[3]))
            units[own] = units.get(own, 0) + int(n)
    return units


def twin_held(twin):
    units = {}
    for id, held in twin.reservations.items():
        for sku, node, _, n, _, due in held["lines"]:
            if n:
                units[id, sku, node, due] = units.get((id, sku, node, due), 0) + n
    return units


# -- what a planner sees ---------------------------------------------------------------

MONDAY = datetime(2027, 3, 1, tzinfo=UTC)


def day(n):
    return MONDAY + timedelta(days=n)


def due_in_a_week(**more):
    """Six bolts at N1, ten on their way to N0 for Friday and five to N2 for Sunday."""
    nodes = [om.Node(node, order_cost=k) for k, node in enumerate(NODES)]
    services = [om.Service("ground", "ship", om.RateCard.flat(5), transit_days=2)]
    engine = om.Engine(
        om.Network(nodes, services),
        [om.Item("BOLT"), om.Item("NUT")],
        clock=MONDAY.timestamp,
        journal=True,
        **more,
    )
    engine.apply(
        [
            om.Receive("BOLT", "N1", 6),
            om.Expect("PO-1", "BOLT", "N0", 10, due=day(4)),
            om.Expect("PO-2", "BOLT", "N2", 5, due=day(6)),
        ]
    )
    return engine


def order(quantity, id="A-1", **terms):
    return om.Order({"BOLT": quantity}, TO, id=id, **terms)


def dues(engine):
    found = engine.reservations()
    rows = zip(found["node"], found["due_s"], found["held_quanta"], strict=True)
    return [
        (node, due and (due - MONDAY.timestamp()) / 86_400, n)
        for node, due, n in rows
        if n
    ]


def held_for(engine, ahead):
    """Units that are held, all of them for one day."""
    assert {due for _, due, _ in dues(engine)} == {ahead}
    return sum(n for *_, n in dues(engine))


def test_what_a_node_declines_of_a_later_order_comes_from_another_by_that_day():
    engine = due_in_a_week()
    assert engine.place(order(5), due=day(6)).plan.shipments[0].node == "N0"
    found = engine.resource("A-1", order(5), "N0", due=day(6))
    assert (found.status, found.plan.shipments[0].node) == (S.OK, "N1")
    assert dues(engine) == [("N1", 6, 5)]
    assert found.lines == (om.HoldLine("BOLT", "N0", 5, due=day(6)),)
    # N2 has its five by Sunday; who has declined is not asked again.
    found = engine.resource("A-1", order(5), "N1", due=day(6))
    assert (found.status, dues(engine)) == (S.OK, [("N2", 6, 5)])
    again = engine.resource("A-1", order(5), "N2", due=day(6))
    assert (again.status, again.reservation.state.name) == (S.UNSERVED, "DECLINED")
    assert engine.stock("BOLT", "N1").free == 6


def test_a_day_that_is_not_that_of_the_reservation_is_not_held():
    engine = due_in_a_week()
    engine.place(order(5), due=day(6))
    for due in (None, day(5)):
        found = engine.resource("A-1", order(5), "N0", due=due)
        assert found.status is S.NOT_HELD
    assert dues(engine) == [("N0", 6, 5)]


def test_what_is_not_there_yet_is_not_written_down():
    engine = due_in_a_week()
    engine.place(order(5), due=day(4))
    engine.resource("A-1", order(5), "N0", due=day(4), write_down=True)
    assert engine.stock("BOLT", "N0").on_hand == 0


@pytest.mark.parametrize(("days", "in_time"), [(1, False), (2, True)])
def test_a_promise_in_days_counts_from_the_day_it_is_due(days, in_time):
    engine = due_in_a_week()
    engine.place(order(5), due=day(4))
    found = engine.resource("A-1", order(5), "N0", due=day(4), within_days=days)
    assert (found.status, found.in_time) == (S.OK, in_time)


def test_what_cannot_be_had_for_the_day_waits_for_it():
    engine = due_in_a_week()
    assert engine.place(order(18), due=day(4), park=True).status is S.SHORT
    assert engine.retry().served == ()
    # Three more that come the day before; nothing of it is there today.
    engine.apply(om.Expect("PO-3", "BOLT", "N2", 3, due=day(3)))
    (served,) = engine.retry().served
    assert served.status is S.OK
    assert held_for(engine, 4) == 18
    assert engine.at_risk()["id"] == []


def test_what_waited_for_a_day_that_has_come_is_wanted_at_once():
    engine = due_in_a_week()
    engine.place(order(18), due=day(4), park=True)
    engine.apply(om.Receive("BOLT", "N2", 18), now=day(5))
    (served,) = engine.retry(now=day(5)).served
    assert (served.status, dues(engine)) == (S.OK, [("N2", 0, 18)])


def test_an_exchange_for_later_is_one_step():
    """The new one is due on Friday; the old one is back at once, and serves it not."""
    engine = due_in_a_week()
    back = om.Return("NUT", "N1", 1)
    done = engine.exchange(back, order(12), due=day(4))
    assert (done.status, engine.stock("NUT", "N1").free) == (S.OK, 1)
    assert held_for(engine, 4) == 12
    assert engine.exchange(back, order(12), due=day(4)).status is S.EXISTS
    other = engine.exchange(back, order(12), due=day(5)).status
    assert other is S.EXISTS_WITH_DIFFERENT_TERMS
    lost = engine.exchange(om.Return("BOLT", "N1", 9), order(5, "A-2"), due=day(4))
    assert (lost.status, lost.returned) == (S.SHORT, None)
    assert engine.stock("BOLT", "N1").on_hand == 6


def test_those_are_asked_first_that_can_promise_it_for_the_day():
    engine = due_in_a_week()
    engine.set_find({("BOLT", "N0"): 0.5, ("BOLT", "N1"): 0.8})
    rules = om.AttemptRules(give_up=40)

    def asked(due):
        return [
            each.node for each in engine.attempts(order(5), rules, due=due).attempts
        ]

    assert (asked(None), asked(day(4)), asked(day(6))) == (
        ["N1"],
        ["N0", "N1"],
        ["N0", "N1", "N2"],
    )
    # Another promise of Friday's units.
    assert engine.reserve({("BOLT", "N0"): 6}, id="R", due=day(7)).status is S.OK
    assert asked(day(4)) == ["N1"]
    plan = engine.route(order(5), due=day(6))
    (each,) = engine.attempts_by_shipment(plan, rules)
    assert [attempt.node for attempt in each.attempts] == ["N1", "N2"]


def test_what_is_collected_later_stays_together():
    """Bolts and nuts are collected at one store on Friday, or not at all."""
    counter = om.Service("counter", "collect", om.RateCard.flat(0), radius_km=9000)
    places = {"NEAR": 41.8, "MID": 42.5, "FAR": 43.0}
    nodes = [om.Node(k, latitude=lat, longitude=-87.6) for k, lat in places.items()]
    engine = om.Engine(
        om.Network(nodes, [counter]),
        [om.Item("BOLT"), om.Item("NUT")],
        clock=MONDAY.timestamp,
        journal=True,
    )
    for k, (sku, node) in enumerate(
        [("BOLT", "NEAR"), ("NUT", "NEAR"), ("BOLT", "MID")]
    ):
        engine.apply(om.Expect(f"PO-{k}", sku, node, 2, due=day(4)))
    engine.apply([om.Receive("BOLT", "FAR", 2), om.Receive("NUT", "FAR", 2)])
    to = om.Destination(latitude=41.9, longitude=-87.7)
    both = om.Order({"BOLT": 1, "NUT": 1}, to, id="C-1", due=day(4))
    assert engine.place(both).plan.shipments[0].node == "NEAR"
    found = engine.resource("C-1", both, "NEAR", {"NUT": 1})
    assert (found.status, {node for node, *_ in dues(engine)}) == (S.OK, {"FAR"})
    assert {due for _, due, _ in dues(engine)} == {4}
    engine.check()


def test_a_parked_order_for_later_survives_a_replay():
    engine = due_in_a_week()
    engine.place(order(18), due=day(4), park=True)
    other = om.Engine(engine.network, engine.items, clock=MONDAY.timestamp)
    other.replay(engine.log)
    more = om.Expect("PO-3", "BOLT", "N2", 3, due=day(3))
    for each in (engine, other):
        each.apply(more)
        assert [placed.id for placed in each.retry().served] == ["A-1"]
    assert other.digest() == engine.digest()


def test_packs_and_substitutes_are_declined_for_later_too():
    """Mugs stand for cups; eggs come by the half dozen. A channel stays the channel."""
    items = [
        om.Item("EGG", pack_size=6),
        om.Item("CUP", substitutes=["MUG"]),
        om.Item("MUG"),
    ]
    nodes = [om.Node(node, order_cost=k) for k, node in enumerate(NODES)]
    services = [om.Service("ground", "ship", om.RateCard.flat(5))]
    engine = om.Engine(
        om.Network(nodes, services),
        items,
        clock=lambda: START,
        journal=True,
        channels=[om.Channel("web")],
    )
    coming = [("CUP", "N0", 3), ("EGG", "N0", 6), ("MUG", "N1", 3), ("EGG", "N1", 12)]
    for k, (sku, node, n) in enumerate(coming):
        engine.apply(om.Expect(f"PO-{k}", sku, node, n, due=START + 9))
    lines = [om.OrderLine("CUP", 3, substitutes=True), ("EGG", 6)]
    order = om.Order(lines, TO, id="X", due=START + 9, channel="web")
    assert {each.node for each in engine.place(order).plan.shipments} == {"N0"}
    found = engine.resource("X", order, "N0")
    assert found.status is S.OK
    assert {key[1:3]: n for key, n in held_by_day(engine).items()} == {
        ("MUG", "N1"): 3,
        ("EGG", "N1"): 6,
    }
    with pytest.raises(om.ValidationError, match=r"order\.channel"):
        engine.resource("X", om.Order(lines, TO, due=START + 9), "N1")
    replays(engine)


@pytest.mark.parametrize(("days", "in_time"), [(0, False), (1, True)])
def test_with_calendars_too_promised_days_count_from_the_day_it_is_due(days, in_time):
    """Ready on Friday at ten, brought on Saturday."""
    open_ = om.Calendar(om.Hours.every_day("09:00-18:00"), "UTC")
    post = om.WorkingDays(["mon", "tue", "wed", "thu", "fri", "sat", "sun"])
    rule = om.DispatchRule(None, "1h", None, "17:00", post)
    ground = om.Service(
        "ground", "ship", om.RateCard.flat(5), transit_days=1, dispatch=rule
    )
    nodes = [om.Node(node, hours=open_) for node in NODES]
    engine = om.Engine(
        om.Network(nodes, [ground]), [om.Item("BOLT")], clock=MONDAY.timestamp
    )
    for k, node in enumerate(NODES[:2]):
        engine.apply(om.Expect(f"PO-{k}", "BOLT", node, 5, due=day(4)))
    asked = om.Order({"BOLT": 5}, om.Destination(latitude=1, longitude=1), id="A-1")
    assert engine.place(asked, due=day(4)).plan.arrives == day(5).date()
    found = engine.resource("A-1", asked, "N0", due=day(4), within_days=days)
    assert (found.status, found.in_time) == (S.OK, in_time)


def test_plans_for_two_days_are_compared():
    """What waiting until Sunday would change: one shipment less, and what it costs."""
    engine = due_in_a_week()
    now, sunday = engine.route(order(11)), engine.route(order(11), due=day(6))
    assert (now.status, sunday.status) == (S.SHORT, S.OK)
    other = now.versus(sunday)
    assert sum(line.more for line in other.terms) == sunday.cost - now.cost
    assert {s.node for s in other.shipments if s.b} == {
        s.node for s in sunday.shipments
    }
