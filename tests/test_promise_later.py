"""Promises for a later day, and of what comes in: when a basket can be there."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import omniroute as om
from tests.conftest import WITHOUT_JIT
from tests.naive.ahead import DAY, NaiveAhead

MONDAY = datetime(2027, 3, 1, tzinfo=UTC)
START = int(MONDAY.timestamp())
HOUR_S = 3600
LAST = 10 * DAY
HOME = om.Destination(latitude=41.9, longitude=-87.7)
SKUS = ["LAMP", "SHADE"]
S = om.Status


def day(n: float) -> datetime:
    return MONDAY + timedelta(days=n)


def services() -> list[om.Service]:
    zones = om.DistanceBands([100, 9000])
    card = om.RateCard.flat
    return [
        om.Service("ground", "ship", card(5), zones, transit_days={1: 1, 2: 5}),
        om.Service("express", "ship", card(19), zones, transit_days={1: 1, 2: 2}),
        om.Service("counter", "collect", card(0), zones, radius_km=9000),
    ]


def shop(**more) -> om.Engine:
    """NEAR is a day from home; FAR is five by ground and two by express."""
    nodes = [
        om.Node("FAR", latitude=34.0, longitude=-118.2),
        om.Node("NEAR", latitude=41.8, longitude=-87.6, order_cost=1),
    ]
    items = [om.Item(sku) for sku in SKUS]
    clock = MONDAY.timestamp
    return om.Engine(om.Network(nodes, services()), items, clock=clock, **more)


DAYS = {
    "ground": {"NEAR": 1, "FAR": 5},
    "express": {"NEAR": 1, "FAR": 2},
    "counter": {"NEAR": 0, "FAR": 0},
}


def lone(offers: om.Offers, service: str) -> om.Offer | None:
    """The one offer of a service that waits for what comes in."""
    later = [each for each in offers.by_service(service) if each.best == ("whole",)]
    return later[0] if later else None


# -- beside the twin -------------------------------------------------------------------

SKU, NODE, N = (
    st.sampled_from(SKUS),
    st.sampled_from(["NEAR", "FAR"]),
    st.integers(1, 6),
)
HOUR = st.integers(1, 6 * DAY)
BASKET = st.dictionaries(SKU, st.integers(1, 8), min_size=1)


@settings(max_examples=15 if WITHOUT_JIT else 120, deadline=None)
@given(
    stock=st.dictionaries(st.tuples(SKU, NODE), N, max_size=3),
    coming=st.lists(st.tuples(SKU, NODE, N, HOUR), max_size=5),
    wanted=st.lists(st.tuples(SKU, NODE, N, HOUR), max_size=3),
    basket=BASKET,
    ahead=st.integers(1, 7 * DAY),
    start=st.integers(0, 2 * DAY),
)
def test_no_other_hour_brings_the_basket_or_a_line_sooner(
    stock, coming, wanted, basket, ahead, start
):
    engine, promised = shop(), []
    engine.available_to_promise("LAMP")
    for (sku, node), n in stock.items():
        engine.apply(om.Receive(sku, node, n))
    for k, (sku, node, n, hour) in enumerate(coming):
        at = START + HOUR_S * hour
        engine.apply(om.Expect(f"PO{k}", sku, node, n, due=at))
    for k, (sku, node, n, hour) in enumerate(wanted):
        at = START + HOUR_S * hour
        if engine.reserve({(sku, node): n}, id=f"R{k}", due=at).status is S.OK:
            promised.append((sku, node, n, hour))
    twin = NaiveAhead(stock, coming, promised, DAYS, {"counter"}, LAST)
    due = None if not start else START + HOUR_S * start
    before = engine.digest()
    offers = engine.promise(basket, to=HOME, due=due, ahead=timedelta(hours=ahead))
    assert engine.digest() == before
    hours = range(start, start + ahead + 1)
    for service in DAYS:
        now = twin.days_for(basket, service, start)
        assert any(
            o.complete for o in offers.by_service(service) if o.best != ("whole",)
        ) == (now is not None)
        told, best = lone(offers, service), twin.soonest(basket, service, hours)
        if now is not None or best is None:
            assert told is None
        else:
            holds_what_it_says(engine, told, best)
    for line, (sku, n) in zip(offers.lines, basket.items(), strict=True):
        each = [twin.soonest({sku: n}, name, hours) for name in DAYS]
        best = min((one for one in each if one), default=None)
        assert (line.sku, line.quantity) == (sku, n)
        if best is None:
            assert (line.service, line.due, line.cost, line.offer) == (None,) * 4
        else:
            assert line.offer.soon_s == START + HOUR_S * best[0]


def holds_what_it_says(engine, offer, best):
    """It arrives when the twin says, is the plan routing makes, and can be reserved."""
    assert offer.complete
    assert offer.soon_s == START + HOUR_S * best[0]
    assert offer.due + timedelta(days=offer.transit_days) == MONDAY + timedelta(
        hours=best[0]
    )
    order = attrs.evolve(offer.plan.order, due=None)
    policy = om.RoutingPolicy(objective="fastest")
    assert offer.cost == engine.route(order, due=offer.due, policy=policy).cost
    assert engine.reserve(offer.plan, id=offer.service).status is S.OK
    assert engine.cancel(offer.service) is S.OK


# -- what a planner asks ---------------------------------------------------------------


def coming_in() -> om.Engine:
    """Four lamps are here; ten come on Friday, ten to FAR on Wednesday."""
    engine = shop()
    engine.apply(
        [
            om.Receive("LAMP", "NEAR", 4),
            om.Receive("SHADE", "FAR", 9),
            om.Expect("PO-FRI", "LAMP", "NEAR", 10, due=day(4)),
            om.Expect("PO-WED", "LAMP", "FAR", 10, due=day(2)),
        ]
    )
    return engine


def test_what_is_out_of_stock_is_offered_for_when_it_comes():
    engine = coming_in()
    asked = {"LAMP": 6}
    assert not any(offer.complete for offer in engine.promise(asked, to=HOME))
    offers = engine.promise(asked, to=HOME, ahead="14d")
    assert {
        offer.service: (offer.due, offer.transit_days) for offer in offers[-3:]
    } == {
        # FAR has them on Wednesday, and five days more; NEAR on Friday, and one.
        "ground": (day(4), 1),
        "express": (day(2), 2),
        "counter": (day(2), 0),
    }
    assert offers.fastest.service == "counter"
    assert offers.cheapest.service == "counter"
    assert str(offers[-1]) == "Offer(counter, whole, 0.00, from 2027-03-03 00:00:00Z)"
    head, *rows = offers.table().splitlines()
    assert (head.split()[-1], rows[0].split()[-1]) == ("from", "now")


def test_each_line_has_its_own_date():
    lamp, shade = (
        coming_in().promise({"LAMP": 6, "SHADE": 1}, to=HOME, ahead="14d").lines
    )
    assert (lamp.sku, lamp.service, lamp.due, lamp.cost) == (
        "LAMP",
        "counter",
        day(2),
        0,
    )
    assert (shade.sku, shade.service, shade.due) == ("SHADE", "counter", None)


def test_nobody_looks_further_ahead_than_asked():
    engine = coming_in()
    assert not any(
        o.complete for o in engine.promise({"LAMP": 6}, to=HOME, ahead="47h")
    )
    there = engine.promise({"LAMP": 6}, to=HOME, ahead="48h")
    assert {o.service for o in there if o.complete} == {"ground", "express", "counter"}
    assert lone(there, "ground").transit_days == 5


def test_a_service_that_brings_all_at_once_does_not_wait():
    """Even where waiting would be sooner: what is there is surer than what may come."""
    engine = coming_in()
    offers = engine.promise({"SHADE": 9}, to=HOME, ahead="14d")
    assert [offer.due for offer in offers] == [None] * len(offers)


def test_an_offer_for_later_is_held_for_later():
    engine = coming_in()
    offer = lone(engine.promise({"LAMP": 12}, to=HOME, ahead="14d"), "counter")
    assert offer.due == day(4)
    assert engine.reserve(offer.plan, id="A-1").status is S.OK
    assert engine.reservations()["due_s"].tolist() == [day(4).timestamp()]
    again = engine.promise({"LAMP": 3}, to=HOME, services=["counter"], ahead="14d")
    assert lone(again, "counter").due == day(2)


def test_a_promise_for_a_day_is_what_routing_for_it_makes():
    engine = coming_in()
    basket = {"LAMP": 11, "SHADE": 2}
    offers = engine.promise(basket, to=HOME, due=day(3))
    assert {offer.service for offer in offers if offer.complete} == {
        "ground",
        "express",
    }
    for offer in offers:
        order = om.Order(basket, HOME, services=[offer.service], due=day(3))
        for objective in offer.best:
            plan = engine.route(order, policy=om.RoutingPolicy(objective=objective))
            assert (offer.cost, offer.due) == (plan.cost, day(3))
            assert offer.plan.shipments == plan.shipments
    (order,) = {offer.plan.order.due for offer in offers}
    assert engine.promise(om.Order(basket, HOME, due=order)).table() == offers.table()


def test_stores_are_those_that_have_it_on_the_day():
    engine = coming_in()
    asked = om.Order({"LAMP": 5}, HOME)

    def stores(due):
        return [store.node for store in engine.promise(asked, due=due).stores]

    assert (stores(None), stores(day(2)), stores(day(4))) == (
        [],
        ["FAR"],
        ["NEAR", "FAR"],
    )


@pytest.mark.parametrize("at_no_node", [0, 3])
@pytest.mark.parametrize("objective", ["cheapest", "fastest"])
def test_a_page_for_a_day_lists_what_each_has_on_it(objective, at_no_node):
    """With units that are held at no node as well: no node shows those."""
    engine = coming_in()
    if at_no_node:
        assert engine.reserve({("LAMP", None): 3}, id="B").status is S.OK
    assert engine.reserve({("LAMP", "NEAR"): 3}, id="R", due=day(6)).status is S.OK
    terms = {"to": HOME, "quantity": 5, "objective": objective}
    for when in (None, day(2), day(4), day(7)):
        page = engine.promise_many([*SKUS, "LAMP"], due=when, **terms)
        for i, sku in enumerate(page.skus):
            for column, service in enumerate(page.services):
                order = om.Order({sku: 5}, HOME, services=[service], due=when)
                rules = om.RoutingPolicy(objective=objective, max_shipments=1)
                plan = engine.route(order, policy=rules)
                assert (page.node[i, column] >= 0) == plan.complete
                if plan.complete:
                    (sent,) = plan.shipments
                    assert page.node_ids[page.node[i, column]] == sent.node
                    assert page.cost[i, column] == plan.cost


def test_what_is_promised_at_once_only_is_refused():
    kit = om.Item("SET", components={"LAMP": 1, "SHADE": 1})
    engine = shop()
    engine.add_items([kit])
    with pytest.raises(om.ValidationError, match="kits are promised at once"):
        engine.promise({"SET": 1}, to=HOME, ahead="1d")
    with pytest.raises(om.ValidationError, match="ahead"):
        engine.promise({"LAMP": 1}, to=HOME, ahead="soon")
    with pytest.raises(om.ValidationError, match="due: expected None, or what"):
        engine.promise(om.Order({"LAMP": 1}, HOME, due=day(1)), due=day(2))


def test_with_calendars_the_day_of_arrival_decides():
    """Friday evening is too late for the post; the line says Monday."""
    week = om.Calendar(om.Hours.weekdays("09:00-18:00"), "UTC")
    post = om.WorkingDays(["mon", "tue", "wed", "thu", "fri"])
    rule = om.DispatchRule(None, "1h", None, "17:00", post)
    ground = om.Service(
        "ground", "ship", om.RateCard.flat(5), transit_days=1, dispatch=rule
    )
    nodes = [om.Node("N1", hours=week)]
    engine = om.Engine(
        om.Network(nodes, [ground]), [om.Item("LAMP")], clock=MONDAY.timestamp
    )
    engine.apply(
        [
            om.Expect("PO-1", "LAMP", "N1", 2, due=day(4) + timedelta(hours=9)),
            om.Expect("PO-2", "LAMP", "N1", 2, due=day(4) + timedelta(hours=18)),
        ]
    )
    terms = {"to": om.Destination(latitude=41.9, longitude=-87.7), "ahead": "14d"}
    early, late = (
        engine.promise({"LAMP": 1}, **terms),
        engine.promise({"LAMP": 3}, **terms),
    )
    assert early.fastest.arrives == date(2027, 3, 8)
    assert late.fastest.arrives == date(2027, 3, 9)
    assert late.lines[0].arrives == late.fastest.arrives
    assert late.lines[0].due == day(4) + timedelta(hours=18)
