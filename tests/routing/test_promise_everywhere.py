"""A map of promises: for each destination the offers that `promise` makes for it alone."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from random import Random

import attrs
import numpy as np
import pytest

import omniroute as om
from omniroute import Status
from omniroute.engine import Engine
from omniroute.kernels.order.layout import O_SHORT
from omniroute.routing.promises import by_holders, everywhere, holder_lanes
from omniroute.routing.promises.clocks import Clocks
from omniroute.routing.tables import unit_vector
from tests.conftest import WITHOUT_JIT
from tests.routing.dated_worlds import dated_world, moments
from tests.routing.test_dated import HERE, at, shop
from tests.routing.worlds import World, destination, world

SEEDS = range(4 if WITHOUT_JIT else 8)
NAMES = ("cheapest", "fastest")


def places(dice: Random, count: int = 12) -> list[om.Destination]:
    """Return destinations of all kinds, a few of them twice, some abroad."""
    found = [destination(dice) for _ in range(count)]
    abroad = [
        om.Destination(postcode="K1A 0B1", country="CA"),
        om.Destination(postcode="10115", country="DE", latitude=52.5, longitude=13.4),
    ]
    return [*found, *dice.sample(found, 3), *abroad]


def of_offer(offer: om.Offer) -> dict[str, object]:
    """Everything that a map tells of an offer."""
    sent = offer.plan.shipments
    far = [each.distance_km for each in sent]
    return {
        "status": offer.status,
        "cost": offer.cost,
        "shipments": offer.split,
        "complete": offer.complete,
        "transit_days": offer.transit_days,
        "distance_m": -1 if None in far else max(far) * 1000,
        "arrives": offer.arrives,
        "order_by": offer.order_by,
        "short": offer.answer[O_SHORT],
    }


def of_map(found: om.PromiseMap, i: int, v: int) -> dict[str, object]:
    """The same of an entry."""
    by = None if found.order_by_s is None else found.order_by_s[i, v]
    return {
        "status": Status(found.status[i, v]),
        "cost": om.model.money.to_decimal(int(found.cost_minor[i, v])),
        "shipments": found.shipments[i, v],
        "complete": found.complete[i, v],
        "transit_days": found.transit_days[i, v],
        "distance_m": found.distance_m[i, v],
        "arrives": found.arrives[i, v],
        "order_by": None if by is None else at_second(int(by)),
        "short": found.short_quanta[i, v],
    }


def at_second(second: int):
    return om.model.instant.to_datetime(second)


def check(engine: Engine, basket, to, objective="cheapest", **terms) -> int:
    """Hold every entry of a map to the offer that is made alone; returns how many are."""
    found = engine.promise_everywhere(basket, to, objective=objective, **terms)
    assert len(found) == len(to)
    count = 0
    for i, place in enumerate(to):
        if isinstance(basket, om.Order):
            asked = attrs.evolve(basket, destination=place)
            offers = engine.promise(asked, stores=0, **terms)
        else:
            offers = engine.promise(basket, to=place, stores=0, **terms)
        for v, name in enumerate(found.services):
            mine = [each for each in offers.by_service(name) if objective in each.best]
            if not mine:
                assert Status(found.status[i, v]) is offers.missing[name]
                assert found.shipments[i, v] == 0
                assert np.isnan(found.cost[i, v])
                assert found.arrives[i, v] is None
                continue
            (offer,) = mine
            assert of_map(found, i, v) == of_offer(offer)
            if found.arrives_by_s is not None:
                assert found.arrives_by_s[i, v] == offer.soon_s
            count += 1
        best = getattr(offers, objective)
        column = found.best(objective)[i]
        assert (column < 0) == (best is None)
        if best is not None and objective in best.best:
            assert found.services[column] == best.service
    return count


def basket_of(made: World) -> om.Order:
    """Return an order of one line or a few."""
    return made.order(made.dice.choice([1, 1, 2, 3, 5]))


@pytest.mark.parametrize("objective", NAMES)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_map_tells_what_each_destination_is_offered_alone(seed, objective):
    """Whatever the order asks for, by every service; nothing is changed by asking."""
    made = world(seed, heavy=seed % 2 == 0)
    before = made.engine.digest()
    count = 0
    for _ in range(3):
        count += check(made.engine, basket_of(made), places(made.dice), objective)
    assert count
    assert made.engine.digest() == before


@pytest.mark.parametrize("seed", SEEDS)
def test_a_map_tells_when_things_arrive(seed):
    """At any time: days end by the clock of the nearest node, also of one without stock."""
    made, dice = dated_world(seed), Random(seed)
    for now in moments(dice, 3):
        objective = dice.choice(NAMES)
        check(made.engine, basket_of(made), places(dice), objective, now=now)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_map_follows_policies(seed):
    """Limits by the quick way, terms and groups one by one, at any share of parcels."""
    made, dice = dated_world(seed), Random(seed)
    now = moments(dice, 1)[0]
    term = om.CostTerm("carbon", lambda seen: seen.distance_m // 1000 * 0.01)
    for policy in (made.policy(), attrs.evolve(made.policy(), terms=[term])):
        terms = {"policy": policy, "percentile": Decimal("0.9"), "now": now}
        check(made.engine, basket_of(made), places(dice, 6), **terms)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_map_sees_what_a_channel_sees(seed):
    """Stock that is kept back is not offered, and what is not is offered the quick way."""
    old = world(seed)
    engine = Engine(
        old.engine.network,
        [*old.engine.items, om.Item("SET", components={"S00": 1, "S01": 2})],
        clock=lambda: 0,
        channels=[om.Channel("web"), om.Channel("till")],
    )
    stock = [om.Receive(s, n, 4) for s in old.skus for n in engine.network.node_ids]
    engine.apply(old.dice.sample(stock, len(stock) // 2))
    engine.set_safety([om.SafetyRule(2, sku="S02"), om.SafetyRule(1, sku="S00")])
    to = places(old.dice, 6)
    for lines in ({"S02": 2, "S03": 1}, {"S04": 1, "S05": 3}, {"SET": 1}):
        for channel in (None, "web"):
            check(engine, lines, to, channel=channel)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_map_counts_work_that_waits(seed):
    """Nodes with capacity are asked one by one, with calendars and without."""
    for made in (world(seed), dated_world(seed)):
        network = made.engine.network
        fresh = om.Network(
            network.nodes,
            network.services,
            places=network.places,
            capacity=[om.Capacity(1)],
        )
        engine = Engine(fresh, made.engine.items, clock=lambda: 0)
        engine.apply(
            [om.Receive(sku, n, 3) for sku in made.skus for n in fresh.node_ids]
        )
        engine.place(om.Order({made.skus[0]: 1}, destination(made.dice), id="A-1"))
        check(engine, basket_of(made), places(made.dice, 5))


def test_a_map_is_of_the_day_it_is_asked_for():
    """What is expected by then counts."""
    engine, now = shop(), at("2026-11-23 10:00:00")
    engine.apply(om.Expect("PO-1", "NUT", "NYC", 3, due=at("2026-11-24 09:00:00")))
    due = at("2026-11-24 12:00:00")
    assert not check(engine, {"NUT": 1}, [HERE], now=now)
    assert check(engine, {"NUT": 1}, [HERE], due=due, now=now)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_quick_way_is_taken_and_says_the_same_as_one_by_one(seed, monkeypatch):
    """So neither of the two is what answers for the other in the tests above."""
    made = dated_world(seed)
    basket, to = made.order(2), places(made.dice)
    basket = attrs.evolve(basket, collect_at=None, services=None)
    now, taken = moments(made.dice, 1)[0], []
    quick = by_holders.ByHolders.rows
    monkeypatch.setattr(
        by_holders.ByHolders,
        "rows",
        lambda own, to: taken.extend(to) or quick(own, to),
    )
    first = made.engine.promise_everywhere(basket, to, now=now)
    assert 0 < len(taken) <= len(set(to))
    monkeypatch.setattr(everywhere, "by_holders", lambda _: False)
    second = made.engine.promise_everywhere(basket, to, now=now)
    assert len(taken) <= len(set(to))
    assert (first._found == second._found).all()


def test_destinations_that_nothing_tells_apart_are_asked_for_once(monkeypatch):
    """Postcodes with one prefix stand at one place, unless somebody says where."""
    made = world(3)
    asked = []
    quick = by_holders.ByHolders.rows
    monkeypatch.setattr(
        by_holders.ByHolders, "rows", lambda own, to: asked.extend(to) or quick(own, to)
    )
    to = [om.Destination(postcode=f"606{k:02d}") for k in range(1, 30)]
    made.engine.promise_everywhere({"S00": 1}, to)
    assert len(asked) == 1
    near = om.Destination(postcode="60601", latitude=41.0, longitude=-87.0)
    made.engine.promise_everywhere({"S00": 1}, [*to, near])
    assert len(asked) == 3


def test_days_end_by_the_nearest_clock_even_without_stock():
    """Denver holds it; the parcel's day ends by the clock of Los Angeles, or New York's."""
    week = om.Hours.every_day("09:00-18:00")
    clocks = {
        "DEN": (39.7, -105.0, "America/Denver"),
        "LAX": (34.0, -118.2, "America/Los_Angeles"),
        "NYC": (40.7, -74.0, "America/New_York"),
    }
    nodes = [
        om.Node(name, latitude=lat, longitude=lon, hours=om.Calendar(week, zone))
        for name, (lat, lon, zone) in clocks.items()
    ]
    rule = om.DispatchRule(None, "1h", "15:00", "16:00")
    ground = om.Service(
        "ground", "ship", om.RateCard.flat(5), transit_days=3, dispatch=rule
    )
    engine = Engine(om.Network(nodes, [ground]), [om.Item("BOLT")], clock=lambda: 0)
    engine.apply(om.Receive("BOLT", "DEN", 1))
    to = [om.Destination(latitude=34.1, longitude=-118), om.Destination(postcode="999")]
    to.append(om.Destination(latitude=41.0, longitude=-74))
    found = engine.promise_everywhere({"BOLT": 1}, to, now=at("2026-11-23 10:00:00"))
    assert found.arrives[:, 0].tolist() == [date(2026, 11, 26)] * 3
    west, nowhere, east = found.arrives_by_s[:, 0].tolist()
    assert (west - east, nowhere - east) == (3 * 3600, 2 * 3600)
    assert found.distance_m[1, 0] == -1


def test_more_kinds_of_node_than_there_was_room_for():
    """Each node costs something else."""
    nodes = [
        om.Node(f"N{k:03}", latitude=40 + k / 100, longitude=-90, order_cost=k)
        for k in range(150)
    ]
    ground = om.Service("ground", "ship", om.RateCard.flat(5), transit_days=1)
    engine = Engine(om.Network(nodes, [ground]), [om.Item("BOLT")], clock=lambda: 0)
    engine.apply([om.Receive("BOLT", node.id, 1) for node in nodes])
    found = engine.promise_everywhere({"BOLT": 150}, [HERE])
    assert (found.shipments.tolist(), found.complete.tolist()) == ([[150]], [[True]])


@pytest.mark.parametrize("seed", SEEDS)
def test_places_come_in_parts_and_memory_grows_on_the_way(seed, monkeypatch):
    """Three at once, and room for one class of nodes and one shipment."""
    monkeypatch.setattr(holder_lanes.HolderLanes, "AT_ONCE", 3)
    monkeypatch.setattr(holder_lanes.HolderLanes, "CLASSES", 1)
    monkeypatch.setattr(by_holders.ByHolders, "SENT", 1)
    for made in (world(seed), dated_world(seed)):
        basket = attrs.evolve(basket_of(made), collect_at=None, services=None)
        assert check(made.engine, basket, places(made.dice))


def test_where_lanes_take_too_many_words_places_are_asked_one_by_one(monkeypatch):
    """A network of many charts: slower, and the same."""
    made = dated_world(5)
    basket, to = {"S00": 1, "S01": 2}, places(made.dice)
    now = moments(made.dice, 1)[0]
    quick = made.engine.promise_everywhere(basket, to, now=now)
    monkeypatch.setattr(holder_lanes, "_KEY_BITS", 0)
    monkeypatch.setattr(by_holders.ByHolders, "rows", None)
    slow = made.engine.promise_everywhere(basket, to, now=now)
    assert (quick._found == slow._found).all()


@pytest.mark.parametrize(
    ("week", "status"),
    [
        (om.Hours(), Status.UNSERVED),
        (om.Hours.every_day("09:00-18:00"), Status.OUT_OF_STOCK),
    ],
)
def test_who_is_near_without_stock_counts_if_something_ever_leaves(week, status):
    """A shop that never opens could not send it either."""
    nodes = [
        om.Node(name, latitude=lat, longitude=lon, hours=om.Calendar(hours, "UTC"))
        for name, lat, lon, hours in (
            ("FAR", 34, -118, om.Hours.always()),
            ("NEAR", 41, -90, week),
        )
    ]
    rule = om.DispatchRule(processing="2h")
    rates = om.RateCard.flat(4)
    van = om.Service(
        "van", "same_day", rates, radius_km=50, transit_time="45min", dispatch=rule
    )
    engine = Engine(om.Network(nodes, [van]), [om.Item("BOLT")], clock=lambda: 0)
    engine.apply(om.Receive("BOLT", "FAR", 2))
    to, now = om.Destination(latitude=41, longitude=-90), at("2026-11-23 10:00:00")
    assert not check(engine, {"BOLT": 1}, [to], now=now)
    found = engine.promise_everywhere({"BOLT": 1}, [to], now=now)
    assert found.status.tolist() == [[int(status)]]


def test_a_radius_ends_with_its_last_metre():
    """Also for who has no stock: a metre less, and nobody could send it at all."""
    to = om.Destination(latitude=41.0, longitude=-90.5)
    found = shop_of_bands(5_000_000).promise_everywhere({"BOLT": 1}, [to])
    far_m = int(found.distance_m[0, 0])
    nodes = [
        om.Node("FAR", latitude=34, longitude=-118),
        om.Node("NEAR", latitude=40.0, longitude=-90.0),
    ]
    for short_m, status in ((0, Status.OUT_OF_STOCK), (1, Status.UNSERVED)):
        radius_km = Decimal(far_m - short_m) / 1000
        van = om.Service("van", "same_day", om.RateCard.flat(4), radius_km=radius_km)
        engine = Engine(om.Network(nodes, [van]), [om.Item("BOLT")], clock=lambda: 0)
        engine.apply(om.Receive("BOLT", "FAR", 2))
        assert not check(engine, {"BOLT": 1}, [to])
        found = engine.promise_everywhere({"BOLT": 1}, [to])
        assert found.status.tolist() == [[int(status)]]


@pytest.mark.skipif(WITHOUT_JIT, reason="minutes as plain Python: lines are spread")
@pytest.mark.parametrize("hours", ["one", "own"])
@pytest.mark.parametrize("seed", SEEDS)
def test_nodes_that_differ_only_in_where_they_are(seed, hours):
    """Their costs are one, or hours too; zones and distances tell their lanes apart."""
    for make in (world, dated_world):
        made = make(seed, nodes=8)
        old = made.engine.network
        free = {"order_cost": 0, "line_cost": 0, "unit_cost": 0, "services": None}
        free |= {"kind": "store"}
        if hours == "one":
            first = old.nodes[0]
            free |= {"hours": first.hours, "dispatch": first.dispatch}
        nodes = [attrs.evolve(node, **free) for node in old.nodes]
        network = om.Network(nodes, old.services, places=old.places)
        engine = Engine(network, made.engine.items, clock=lambda: 0)
        engine.apply([om.Receive(s, n.id, 2) for s in made.skus for n in nodes])
        near = [
            om.Destination(latitude=n.latitude + far, longitude=n.longitude)
            for n in nodes[:4]
            for far in (0.05, 0.3, 0.8)
        ]
        for objective, skus in (("cheapest", 1), ("fastest", 2), ("cheapest", 3)):
            basket = attrs.evolve(made.order(skus), collect_at=None, services=None)
            assert check(engine, basket, [*near, *places(made.dice, 6)], objective)


def test_a_band_ends_with_its_last_metre():
    """As far as the band goes is in it; a metre less of band, and it is not."""
    to = om.Destination(latitude=41.0, longitude=-90.5)
    found = shop_of_bands(5_000_000).promise_everywhere({"BOLT": 1}, [to])
    far_m = int(found.distance_m[0, 0])
    for short_m, cost in ((0, 5), (1, 9)):
        engine = shop_of_bands(far_m - short_m)
        assert engine.promise_everywhere({"BOLT": 1}, [to]).cost.tolist() == [[cost]]
        assert check(engine, {"BOLT": 1}, [to])


def shop_of_bands(first_m):
    """One shop: 5 within so many metres, 9 beyond."""
    bands = om.DistanceBands([Decimal(first_m) / 1000, 6000])
    card = om.RateCard.by_zone({1: 5, 2: 9})
    ground = om.Service("ground", "ship", card, bands, transit_days={1: 1, 2: 3})
    node = om.Node("N1", latitude=40.0, longitude=-90.0)
    engine = Engine(om.Network([node], [ground]), [om.Item("BOLT")], clock=lambda: 0)
    engine.apply(om.Receive("BOLT", "N1", 4))
    return engine


def clocks_of(*nodes):
    """What tells by whose clock days end, of nodes at (latitude, longitude, zone)."""
    week = om.Hours.every_day("09:00-18:00")
    made = [
        om.Node(f"N{k}", latitude=lat, longitude=lon, hours=om.Calendar(week, zone))
        for k, (lat, lon, zone) in enumerate(nodes)
    ]
    rule = om.DispatchRule(None, "1h", "15:00", "16:00")
    rates = om.RateCard.flat(5)
    ground = om.Service("ground", "ship", rates, transit_days=1, dispatch=rule)
    engine = Engine(om.Network(made, [ground]), [om.Item("BOLT")], clock=lambda: 0)
    return Clocks(engine._router.tables)


def test_at_a_border_metres_tell_whose_clock_it_is():
    """Two metres nearer is nearer; as near in whole metres, it is the first node's."""
    east, west = (40.0, -89.99, "America/New_York"), (40.0, -90.01, "America/Chicago")
    clocks = clocks_of(east, west)
    to = [unit_vector(40.0, -90.0 + d) for d in (2e-5, -2e-5, 0, 1e-9, -1e-9)]
    names = [
        clocks.names[k] for k in clocks.at(np.array([*to, unit_vector(None, None)]))
    ]
    first = "America/New_York"
    assert names == [first, "America/Chicago", first, first, first, first]


def test_a_basket_is_lines_or_an_order_and_errors_say_where():
    """Nothing is refused silently."""
    engine, now = shop(), at("2026-11-23 10:00:00")
    wrong = [
        (({"BOLT": 1}, []), {}, "destinations"),
        (({"BOLT": 1}, "606"), {}, "destinations"),
        (({"BOLT": 1}, [HERE, "606"]), {}, "destinations[1]"),
        (
            ({"BOLT": 1}, [om.Destination(postcode="XX")]),
            {},
            "destinations[0].postcode",
        ),
        (({"BOLT": 1}, [HERE]), {"objective": "best"}, "objective"),
        ((om.Order({"BOLT": 1}, HERE), [HERE]), {"channel": "web"}, "channel"),
    ]
    for args, terms, path in wrong:
        with pytest.raises(om.ValidationError) as caught:
            engine.promise_everywhere(*args, **terms, now=now)
        assert caught.value.path == path
    with pytest.raises(om.UnknownSkuError):
        engine.promise_everywhere({"SCREW": 1}, [HERE])


def test_a_map_prints_and_makes_a_frame():
    """A row a destination and service, names where they are names."""
    engine, now = shop(), at("2026-11-23 10:00:00")
    to = [HERE, om.Destination(postcode="60601")]
    found = engine.promise_everywhere({"BOLT": 1}, to, services=["ground"], now=now)
    assert repr(found) == "PromiseMap(2 destinations, 2 served, ground)"
    columns = found.columns()
    assert columns["destination"].tolist() == [0, 1]
    assert columns["service"].tolist() == ["ground"] * 2
    assert (columns["status"], columns["cost"].tolist()) == (["OK", "OK"], [5.0, 5.0])
    assert columns["arrives"].tolist() == found.arrives[:, 0].tolist()
    assert len(columns.table().splitlines()) == 3
    with pytest.raises(om.ValidationError, match="objective"):
        found.best("dearest")
