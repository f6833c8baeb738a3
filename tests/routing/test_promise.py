"""Offers: each is the plan that routing by that service alone would make."""

from __future__ import annotations

from datetime import date
from random import Random

import attrs
import pytest

import omniroute as om
from omniroute import Status
from omniroute.engine import Engine
from omniroute.routing.promises.offers import Offers
from tests.conftest import WITHOUT_JIT
from tests.routing.dated_worlds import dated_world, moments
from tests.routing.test_dated import HERE, at, order, shop
from tests.routing.worlds import World, world

SEEDS = range(4 if WITHOUT_JIT else 16)


def alone(engine: Engine, to: om.Order, service: str, objective: str) -> om.Plan:
    """Return the plan of one service by itself."""
    asked = attrs.evolve(to, services=[service])
    return engine.route(asked, policy=om.RoutingPolicy(objective=objective))


def told(each) -> tuple[object, ...]:
    return each.status, each.cost, each.arrives, each.order_by, each.transit_days


def check(engine: Engine, to: om.Order) -> Offers:
    """Hold every offer, and every service without one, to its plan by itself."""
    offers = engine.promise(to)
    for service in engine.network.services:
        if to.services is not None and service.name not in to.services:
            assert not offers.by_service(service.name)
            continue
        if to.collect_at is not None and service.kind != "collect":
            continue
        best = {
            name: alone(engine, to, service.name, name)
            for name in ("cheapest", "fastest")
        }
        found = offers.by_service(service.name)
        if not found:
            assert offers.missing[service.name] is best["cheapest"].status
            assert not best["cheapest"].shipments
        for offer in found:
            for name in offer.best:
                assert told(offer) == told(best[name])
                assert offer.plan.shipments == best[name].shipments
                assert offer.split == len(best[name].shipments)
        named = [name for offer in found for name in offer.best]
        assert sorted(named) == (["cheapest", "fastest"] if found else [])
    return offers


def check_stores(engine: Engine, to: om.Order, offers: Offers) -> int:
    """Hold the list of stores to a plan at each node; returns how many there are."""
    counters = [s.name for s in engine.network.services if s.kind == "collect"]
    if to.services is not None:
        counters = [name for name in counters if name in to.services]
    expected = []
    for node in engine.network.node_ids if counters else ():
        if to.collect_at not in (None, node):
            continue
        asked = attrs.evolve(to, services=counters, collect_at=node)
        plan = engine.route(asked)
        if plan.complete:
            (sent,) = plan.shipments
            far = 10**9 if sent.distance_km is None else sent.distance_km
            row = node, sent.service, sent.distance_km, plan.cost, sent.arrives
            expected.append((far, node, (*row, sent.order_by)))
    rows = [row for _, _, row in sorted(expected)]
    assert [attrs.astuple(store) for store in offers.stores] == rows[:10]
    return len(rows)


def ask(made: World) -> om.Order:
    """Return an order that may name services, nodes and a counter."""
    return made.order(made.dice.choice([1, 1, 2, 3]))


@pytest.mark.parametrize("seed", SEEDS)
def test_offers_are_the_plans_of_each_service_alone(seed):
    """Also what cannot be served, and why; nothing is changed by asking."""
    made = world(seed)
    before, stores = made.engine.digest(), 0
    for _ in range(6):
        to = ask(made)
        stores += check_stores(made.engine, to, check(made.engine, to))
    assert made.engine.digest() == before


@pytest.mark.parametrize("seed", SEEDS)
def test_offers_tell_the_dates_of_their_plans(seed):
    """Arrival and the last second to order for it, at any time."""
    made, dice = dated_world(seed), Random(seed)
    for now in moments(dice, 4):
        to = ask(made)
        made.engine.route(to, now=now)
        check_stores(made.engine, to, check(made.engine, to))


@pytest.mark.parametrize("seed", range(6))
def test_of_many_stores_the_nearest_that_hold_all_are_listed(seed):
    """Ties in distance by id; handling makes the same thing dearer elsewhere."""
    dice = Random(seed)
    nodes = [
        om.Node(
            f"N{k:02}",
            latitude=41.9 + dice.randint(-3, 3) / 20,
            longitude=-87.7,
            order_cost=dice.randint(0, 3),
            kind=dice.choice(["store", "warehouse"]),
        )
        for k in range(30)
    ]
    free = om.RateCard.flat(0)
    counters = [
        om.Service("desk", "collect", om.RateCard.flat(1), radius_km=12),
        om.Service("locker", "collect", free, radius_km=12, node_kinds=["store"]),
    ]
    items = [om.Item("BOLT"), om.Item("NUT")]
    engine = Engine(om.Network(nodes, counters), items, clock=lambda: 0)
    engine.apply(
        [
            om.Receive(item.sku, node.id, dice.randint(1, 3))
            for item in items
            for node in nodes
            if dice.random() < 0.8
        ]
    )
    to = om.Order({"BOLT": 2, "NUT": 1}, HERE, exclude_nodes=["N00"])
    assert check_stores(engine, to, check(engine, to)) > 3


def test_cheapest_and_fastest_over_all_services():
    """What serves most comes first, then money or time."""
    engine = shop()
    offers = engine.promise(order(), now=at("2026-11-23 10:00:00"))
    assert (offers.cheapest.service, offers.fastest.service) == ("counter", "counter")
    assert [offer.service for offer in offers] == [
        "ground",
        "express",
        "counter",
        "courier",
    ]
    assert offers.cheapest.arrives == at("2026-11-23 12:00:00")


def test_a_service_has_two_offers_where_cheap_is_late():
    """New York is past its cut-off and cheaper; Chicago still makes it today."""
    old = shop()
    chicago, new_york = old.network.nodes
    nodes = [attrs.evolve(chicago, unit_cost=3), new_york]
    network = om.Network(nodes, old.network.services)
    engine = Engine(network, old.items, clock=lambda: 0)
    engine.apply([om.Receive("BOLT", node.id, 1) for node in nodes])
    cheap, fast = engine.promise(order("express"), now=at("2026-11-23 15:10:00"))
    assert (cheap.best, cheap.cost, cheap.arrives.day) == (("cheapest",), 15, 25)
    assert (fast.best, fast.cost, fast.arrives.day) == (("fastest",), 18, 24)
    assert [each.plan.shipments[0].node for each in (cheap, fast)] == ["NYC", "CHI"]


def test_two_plans_of_one_cost_are_two_offers():
    """One parcel from afar, or two from nearby for the same money, sooner."""
    bands = om.DistanceBands([100, 2000])
    rates = om.RateCard.by_zone({1: 5, 2: 10})
    post = om.Service("post", "ship", rates, bands, transit_days={1: 1, 2: 3})
    nodes = [
        om.Node("FAR", latitude=36, longitude=-87.7),
        om.Node("NEAR-1", latitude=41.8, longitude=-87.7),
        om.Node("NEAR-2", latitude=42, longitude=-87.7),
    ]
    items = [om.Item("BOLT"), om.Item("NUT")]
    engine = Engine(om.Network(nodes, [post]), items, clock=lambda: 0)
    cells = [("BOLT", "FAR"), ("NUT", "FAR"), ("BOLT", "NEAR-1"), ("NUT", "NEAR-2")]
    engine.apply([om.Receive(sku, node, 1) for sku, node in cells])
    cheap, fast = check(engine, om.Order({"BOLT": 1, "NUT": 1}, HERE))
    assert (cheap.cost, cheap.split, cheap.transit_days) == (10, 1, 3)
    assert (fast.cost, fast.split, fast.transit_days) == (10, 2, 1)


def test_what_is_collected_comes_from_one_counter():
    """Half of the basket here and half there is an offer of a half."""
    engine = shop(CHI=1)
    engine.apply(om.Receive("NUT", "NYC", 1))
    offers = check(engine, om.Order({"BOLT": 1, "NUT": 1}, HERE))
    (counter,) = offers.by_service("counter")
    assert (counter.complete, counter.split) == (False, 1)
    assert offers.stores == ()
    assert offers.cheapest.complete


def test_units_held_at_no_node_are_not_offered_at_any():
    """The network may promise one more bolt, wherever it is."""
    engine = shop()
    engine.reserve({("BOLT", None): 9}, id="somewhere")
    for quantity, stores in ((1, 2), (2, 0)):
        to = om.Order({"BOLT": quantity}, HERE)
        assert check_stores(engine, to, check(engine, to)) == stores


def test_an_offer_is_reserved_by_its_plan():
    """As any plan: it takes the stock it was shown from."""
    engine = shop()
    offers = engine.promise(order(), now=at("2026-11-23 10:00:00"))
    placed = engine.reserve(offers.fastest.plan, id="cart-1", ttl="15min")
    assert placed.status is Status.OK
    assert engine.available_to_promise("BOLT") == 9
    assert offers.fastest.plan.explain().status is Status.STALE


def test_lines_of_one_basket_may_arrive_on_different_days():
    """The offer arrives with the last of them."""
    engine = shop(CHI=1)
    engine.apply(om.Receive("NUT", "NYC", 1), now=at("2026-11-23 15:10:00"))
    basket = om.Order({"BOLT": 1, "NUT": 1}, HERE, services=["express"])
    (offer,) = engine.promise(basket, now=at("2026-11-23 15:10:00"))
    assert offer.split == 2
    assert offer.arrives_by_sku == {
        "BOLT": date(2026, 11, 24),
        "NUT": date(2026, 11, 25),
    }
    assert offer.arrives == date(2026, 11, 25)
    assert offer.order_by == at("2026-11-23 16:00:00")


@pytest.mark.parametrize("kit", [False, True])
def test_stores_are_listed_for_channels_and_kits_too(kit):
    """What is kept back is not offered; a kit is where its parts are."""
    old = shop().network
    items = [om.Item("BOLT"), om.Item("NUT"), om.Item("SET", components={"BOLT": 2})]
    engine = Engine(
        old, items, clock=lambda: 0, channels=[om.Channel("web"), om.Channel("till")]
    )
    now = at("2026-11-23 10:00:00")
    engine.apply([om.Receive("BOLT", "CHI", 4), om.Receive("BOLT", "NYC", 2)], now=now)
    engine.set_safety([om.SafetyRule(1, node="NYC")])
    to = om.Order({"SET" if kit else "BOLT": 1 if kit else 2}, HERE)
    offers = check(engine, to)
    assert check_stores(engine, to, offers) == 1
    assert [store.node for store in offers.stores] == ["CHI"]


def test_the_number_of_stores_is_asked_for():
    """None of them for a page that shows none."""
    engine, now = shop(), at("2026-11-23 10:00:00")
    assert len(engine.promise(order(), now=now).stores) == 2
    assert [s.node for s in engine.promise(order(), now=now, stores=1).stores] == [
        "CHI"
    ]
    assert engine.promise(order(), now=now, stores=0).stores == ()
    assert engine.promise(order("ground"), now=now).stores == ()


def test_a_basket_is_an_order_or_its_lines():
    """Not both; the error says what was given twice."""
    engine, now = shop(), at("2026-11-23 10:00:00")
    lines = engine.promise({"BOLT": 1}, to=HERE, services=["ground"], now=now)
    assert [told(offer) for offer in lines] == [
        told(offer) for offer in engine.promise(order("ground"), now=now)
    ]
    for terms, path in (
        ({"to": HERE}, "to"),
        ({"services": ["ground"]}, "services"),
        ({"channel": "web"}, "channel"),
        ({"stores": -1}, "stores"),
    ):
        with pytest.raises(om.ValidationError) as caught:
            engine.promise(order(), **terms)
        assert caught.value.path == path
    with pytest.raises(om.ValidationError, match="to: expected a Destination"):
        engine.promise({"BOLT": 1})
    with pytest.raises(om.UnknownSkuError):
        engine.promise({"SCREW": 1}, to=HERE)


def test_offers_print_on_a_line_and_as_a_table():
    """With the date, where there is one."""
    engine, now = shop(), at("2026-11-23 10:00:00")
    offers = engine.promise(order("ground"), now=now)
    assert repr(offers) == (
        "Offers(Offer(ground, cheapest and fastest, 5.00, arrives 2026-11-26))"
    )
    assert offers.table().splitlines()[1].split() == [
        "ground",
        "cheapest",
        "fastest",
        "5.00",
        "2026-11-26",
        "2026-11-23",
        "20:00:00Z",
        "1",
        "yes",
    ]
    assert offers._repr_html_().startswith("<pre>service")
    nothing = engine.promise(om.Order({"NUT": 1}, HERE), now=now)
    assert repr(nothing) == "Offers(none)"
    assert set(nothing.missing.values()) == {Status.OUT_OF_STOCK}
    assert (nothing.cheapest, nothing.fastest, len(nothing)) == (None, None, 0)


# -- a page of many SKUs ---------------------------------------------------------------


def check_page(engine: Engine, skus: list[str], to: om.Destination, **terms) -> int:
    """Hold every entry to a plan by itself; returns how many offers there are."""
    objective = terms.get("objective", "cheapest")
    quantity = terms.get("quantity", 1)
    page = engine.promise_many(skus, to=to, **terms)
    for i, sku in enumerate(skus):
        for v, service in enumerate(page.services):
            wanted = om.Order({sku: quantity}, to, channel=terms.get("channel"))
            plan = alone(engine, wanted, service, objective)
            if not plan.complete or len(plan.shipments) > 1:
                assert page.node[i, v] == -1
                assert page.cost_minor[i, v] == page.transit_days[i, v] == 0
                continue
            (sent,) = plan.shipments
            assert page.node_ids[page.node[i, v]] == sent.node
            assert page.cost_minor[i, v] == plan.cost * 10_000
            assert page.transit_days[i, v] == sent.transit_days
            if engine.network.dated:
                asked = attrs.evolve(wanted, services=[service])
                policy = om.RoutingPolicy(objective=objective)
                ends = engine.route_many([asked], policy=policy).columns()
                assert page.arrives_by_s[i, v] == ends["arrives_by_s"][0]
    check_best(page, engine)
    return int((page.node >= 0).sum())


def check_best(page, engine: Engine) -> None:
    """Hold the best service of each SKU to the least of its offers."""
    for objective in ("cheapest", "fastest"):
        for i, column in enumerate(page.best(objective).tolist()):
            found = []
            for v in range(len(page.services)):
                if page.node[i, v] >= 0:
                    when = page.transit_days[i, v]
                    if page.arrives_by_s is not None:
                        when = page.arrives_by_s[i, v]
                    words = [page.cost_minor[i, v], when]
                    found.append(
                        (*(words if objective == "cheapest" else words[::-1]), v)
                    )
            assert column == (min(found)[-1] if found else -1)


@pytest.mark.parametrize("objective", ["cheapest", "fastest"])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_page_lists_what_routing_each_sku_alone_would_choose(seed, objective):
    """By every service: node, cost, days; whatever the item weighs or is counted in."""
    made = world(seed, heavy=seed % 2 == 0)
    for quantity in (1, 3):
        to = made.order().destination
        check_page(made.engine, made.skus, to, objective=objective, quantity=quantity)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_page_tells_when_things_arrive(seed):
    """By the same minutes as a batch; and until when to order them."""
    made, dice = dated_world(seed), Random(seed)
    now = moments(dice, 1)[0]
    to = made.order().destination
    made.engine.route(made.order(1), now=now)
    check_page(
        made.engine, made.skus, to, objective=dice.choice(["cheapest", "fastest"])
    )
    page = made.engine.promise_many(made.skus, to=to)
    told = page.order_by_s("fastest")
    for i, column in enumerate(page.best("fastest").tolist()):
        if column < 0:
            assert told[i] == 0
            continue
        asked = om.Order({made.skus[i]: 1}, to, services=[page.services[column]])
        assert told[i] == made.engine.route(asked).order_by.timestamp()


def test_a_page_follows_the_policy_and_the_order_of_the_skus():
    """Excluded nodes and distances are out; a SKU may be listed twice."""
    engine = shop()
    policy = om.RoutingPolicy(exclude_nodes=["CHI"])
    page = engine.promise_many(
        ["NUT", "BOLT", "BOLT"], to=HERE, services=["ground"], policy=policy
    )
    assert page.node[:, 0].tolist() == [-1, 1, 1]
    assert engine.promise_many(["BOLT"], to=HERE, services=["ground"]).node[0, 0] == 0
    near = om.RoutingPolicy(max_distance_km=1)
    assert engine.promise_many(["BOLT"], to=HERE, policy=near).node.max() == -1
    assert repr(page) == "Listing(3 SKUs, 2 offered, ground)"
    assert len(page) == 3


def test_between_equal_nodes_of_a_page_the_first_by_id_is_chosen():
    """Whatever their costs are made up of: here by order, there by line."""
    by_order, by_line = {"order_cost": 1}, {"line_cost": 1}
    nodes = [
        om.Node("A", **by_order),
        om.Node("B", **by_line),
        om.Node("C", **by_order),
    ]
    post = om.Service("post", "ship", om.RateCard.flat(1))
    engine = Engine(om.Network(nodes, [post]), [om.Item("BOLT")], clock=lambda: 0)
    engine.apply([om.Receive("BOLT", node, 1) for node in ("B", "C")])
    assert check_page(engine, ["BOLT"], HERE) == 1
    assert engine.promise_many(["BOLT"], to=HERE).node.tolist() == [[1]]


def test_a_page_shows_channels_and_kits_what_they_can_have():
    """Rules keep some back, kits are where their parts are: each asked by itself."""
    items = [om.Item("BOLT"), om.Item("NUT"), om.Item("SET", components={"BOLT": 2})]
    network = shop().network
    engine = Engine(network, items, clock=lambda: 0, channels=[om.Channel("web")])
    now = at("2026-11-23 10:00:00")
    engine.apply([om.Receive("BOLT", "CHI", 2), om.Receive("BOLT", "NYC", 2)], now=now)
    engine.set_safety([om.SafetyRule(2, node="CHI", channel="web")])
    names = ["BOLT", "NUT", "SET"]
    assert check_page(engine, names, HERE) == 8
    assert check_page(engine, names, HERE, channel="web") == 8
    page = engine.promise_many(names, to=HERE, channel="web", services=["ground"])
    assert page.node[:, 0].tolist() == [1, -1, 1]


def test_a_page_without_calendars_has_no_dates():
    """And asking until when to order is an error, not a zero."""
    post = om.Service("post", "ship", om.RateCard.flat(1), transit_days=2)
    engine = Engine(
        om.Network([om.Node("N")], [post]), [om.Item("BOLT")], clock=lambda: 0
    )
    engine.apply(om.Receive("BOLT", "N", 1))
    page = engine.promise_many(["BOLT"], to=HERE)
    assert (page.arrives_by_s, page.transit_days.tolist()) == (None, [[2]])
    with pytest.raises(om.ValidationError, match="order_by_s"):
        page.order_by_s()
    with pytest.raises(om.ValidationError, match="objective"):
        page.best("nicest")


@pytest.mark.parametrize(
    ("terms", "path"),
    [
        ({"skus": []}, "skus"),
        ({"skus": "BOLT"}, "skus"),
        ({"skus": [5]}, "skus[0]"),
        ({"quantity": 0}, "quantity"),
        ({"quantity": 1.5}, "quantity"),
        ({"objective": "nicest"}, "objective"),
        ({"to": "55425"}, "to"),
    ],
)
def test_a_page_refuses_what_cannot_be(terms, path):
    """Naming where it stood."""
    with pytest.raises(om.ValidationError) as caught:
        shop().promise_many(**{"skus": ["BOLT"], "to": HERE, **terms})
    assert caught.value.path == path


def test_a_page_names_the_sku_it_does_not_know():
    """By its place."""
    with pytest.raises(om.UnknownSkuError, match=r"skus\[1\]"):
        shop().promise_many(["BOLT", "SCREW"], to=HERE)
