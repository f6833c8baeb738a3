"""What calendars cost: the same network with and without, the same orders in turn."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache, partial

import attrs
import numpy as np

import omniroute as om
from benchmarks import networks
from benchmarks.measure import Row, once_cpu_ns, once_ns, p50, p99, quiet, span
from benchmarks.networks import World
from omniroute.datasets.us_retail_hours import CARRIER

#: A Tuesday, early in the afternoon of New York.
NOW = datetime(2026, 11, 24, 19, 3, tzinfo=UTC)
#: Hours as stores have them: on weekdays, and on Sunday.
WEEKS = (
    ("10:00-21:00", "11:00-20:00"),
    ("10:00-21:00", "10:00-20:00"),
    ("10:00-21:00", "12:00-18:00"),
    ("09:00-21:00", "10:00-20:00"),
    ("10:00-21:30", "11:00-19:00"),
    ("09:00-22:00", "10:00-20:00"),
    ("00:00-24:00", "00:00-24:00"),
)
#: Time zones from these longitudes eastwards.
ZONES = (
    (-85, "America/New_York"),
    (-102, "America/Chicago"),
    (-114, "America/Denver"),
    (-180, "America/Los_Angeles"),
)
RULES = {
    "ground": om.DispatchRule(None, "2h", "14:00", "17:00", CARRIER),
    "priority": om.DispatchRule(None, "1h", "16:00", "17:30", CARRIER),
    "pickup": om.DispatchRule(None, "2h"),
    "courier": om.DispatchRule(None, "45min"),
}


@cache
def world(nodes: int, *, dated: bool) -> World:
    """A synthetic network with two services more, and with calendars if wanted."""
    base = networks.synthetic(nodes)
    services = [
        *base.network.services,
        om.Service(
            "pickup",
            "collect",
            om.RateCard.flat(0),
            radius_km=80,
            node_kinds=["store"],
        ),
        om.Service(
            "courier",
            "same_day",
            om.RateCard.flat(12),
            radius_km=40,
            node_kinds=["store"],
        ),
    ]
    places = base.network.nodes
    if dated:
        services = [attrs.evolve(s, dispatch=RULES[s.name]) for s in services]
        places = tuple(
            attrs.evolve(node, hours=hours)
            for node, hours in zip(places, _calendars(places), strict=True)
        )
    engine = om.Engine(om.Network(places, services), base.engine.items, clock=lambda: 0)
    engine.apply(base.stock)
    return World(base.name, engine, base.stock, base.destinations, base.services)


def _calendars(nodes: tuple[om.Node, ...]) -> list[om.Calendar]:
    rng = np.random.Generator(np.random.PCG64(5))
    weeks = rng.integers(len(WEEKS), size=len(nodes)).tolist()
    return [
        _calendar(WEEKS[k], node.longitude or 0)
        for k, node in zip(weeks, nodes, strict=True)
    ]


@cache
def _calendar(week: tuple[str, str], longitude: float) -> om.Calendar:
    day, sunday = week
    zone = next(name for west, name in ZONES if longitude >= west)
    return om.Calendar(om.Hours.weekdays(day, sat=day, sun=sunday), zone)


def routing(quick: bool) -> Iterator[Row]:
    """Orders for whatever delivers; both engines at the same moment."""
    plain, dated = (world(2_000, dated=which) for which in (False, True))
    drawn = plain.orders(3, 100 if quick else 400)
    orders = [attrs.evolve(order, services=None) for order in drawn]
    for objective in ("cheapest", "fastest"):
        without, ours = in_turn((plain, dated), orders, objective)
        yield Row(
            f"route with calendars, {objective}, 3 lines, 2,000 nodes, 4 services",
            f"{span(p50(ours))} (p99 {span(p99(ours))})",
            f"the same without {span(p50(without))}",
            p50(without) / p50(ours),
            "p50 < 60 us, >= 0.67x",
            p50(ours) < 60_000 and 1.5 * p50(without) >= p50(ours),
        )


def in_turn(
    worlds: tuple[World, World], orders: list[om.Order], objective: str
) -> tuple[list[int], list[int]]:
    """Times of routing the same orders in each of two worlds, three rounds in turn."""
    policy = om.RoutingPolicy(objective=objective)
    times: tuple[list[int], list[int]] = [], []
    with quiet():
        for turn in range(4):
            for found, each in zip(times, worlds, strict=True):
                route = partial(each.engine.route, policy=policy, now=NOW)
                taken = [once_ns(partial(route, order)) for order in orders]
                if turn:  # the first makes the lanes of the destinations
                    found.extend(taken)
    return times


def promising(quick: bool) -> Iterator[Row]:
    """A cart: every service's best offers with their dates, and ten stores."""
    known = world(2_000, dated=True)
    engine, orders = known.engine, known.orders(3, 100 if quick else 400)
    orders = [attrs.evolve(order, services=None) for order in orders]
    ours, theirs = [], []
    with quiet():
        for turn in range(4):
            first = [once_ns(partial(_shown, engine, order)) for order in orders]
            one_by_one = [once_ns(partial(_routed, engine, order)) for order in orders]
            if turn:
                ours += first
                theirs += one_by_one
    yield Row(
        "promise with dates and stores, 3 lines, 2,000 nodes, 4 services",
        f"{span(p50(ours))} (p99 {span(p99(ours))})",
        f"route, service by service, twice {span(p50(theirs))}",
        p50(theirs) / p50(ours),
        "p50 < 200 us",
        p50(ours) < 200_000,
    )


def _shown(engine: om.Engine, order: om.Order) -> list[object]:
    """Everything a page shows of the offers."""
    offers = engine.promise(order, now=NOW)
    shown = [(offer.cost, offer.arrives, offer.order_by) for offer in offers]
    return [*shown, *offers.stores]


def _routed(engine: om.Engine, order: om.Order) -> list[object]:
    """The same offers by routing calls, without the stores."""
    shown = []
    for service in engine.network.service_names:
        asked = attrs.evolve(order, services=[service])
        for policy in POLICIES:
            plan = engine.route(asked, policy=policy, now=NOW)
            shown.append((plan.cost, plan.arrives, plan.order_by))
    return shown


POLICIES = [om.RoutingPolicy(objective=name) for name in ("cheapest", "fastest")]


def listing(quick: bool) -> Iterator[Row]:
    """A listing page: a thousand SKUs for one destination."""
    known = world(2_000, dated=True)
    engine = known.engine
    skus = [item.sku for item in engine.items][:1_000]
    places = known.destinations[: 20 if quick else 60]
    batches = [[om.Order({sku: 1}, to) for sku in skus] for to in places[:10]]
    ours, theirs = [], []
    with quiet():
        for turn in range(3):
            first = [once_cpu_ns(partial(_page, engine, skus, to)) for to in places]
            many = partial(engine.route_many, now=NOW)
            in_turn = [once_cpu_ns(partial(many, orders)) for orders in batches]
            if turn:
                ours += first
                theirs += in_turn
    yield Row(
        "promise_many, 1,000 SKUs to one place, 2,000 nodes, 4 services",
        f"{span(p50(ours))} (p99 {span(p99(ours))})",
        f"route_many, what delivers best {span(p50(theirs))}",
        p50(theirs) / p50(ours),
        "< 5 ms",
        p50(ours) < 5_000_000,
    )


def _page(engine: om.Engine, skus: list[str], to: om.Destination) -> object:
    page = engine.promise_many(skus, to=to, now=NOW)
    return page.best(), page.best("fastest"), page.order_by_s()


def far_and_wide(quick: bool) -> Iterator[Row]:
    """One basket for thousands of destinations that nobody has asked for before."""
    known = world(2_000, dated=True)
    engine, count = known.engine, 500 if quick else 3_000
    lines = {item.sku: 1 for item in engine.items[:3]}
    rng = np.random.default_rng(9)
    ours, theirs = [], []
    with quiet():
        for turn in range(3):
            orders = [_elsewhere(known, rng, lines) for _ in range(count)]
            ours.append(once_cpu_ns(partial(_columns, engine, orders)))
            some = [_elsewhere(known, rng, lines) for _ in range(count // 10)]
            theirs.append(10 * once_cpu_ns(partial(_one_by_one, engine, some)))
            if not turn:
                ours.clear()
                theirs.clear()
    yield Row(
        f"route_many, one basket to {count:,} new places, 2,000 nodes, 4 services",
        f"{span(p50(ours))}, {span(p50(ours) / count)} a place",
        f"route, one by one {span(p50(theirs))}",
        p50(theirs) / p50(ours),
    )
    yield _mapped(known, rng, count)


def _mapped(known: World, rng: np.random.Generator, count: int) -> Row:
    """Return the row of offers by every service for as many new places."""
    engine = known.engine
    lines = {item.sku: 1 for item in engine.items[:3]}
    ours, theirs = [], []
    with quiet():
        for turn in range(3):
            places = [_elsewhere(known, rng, lines).destination for _ in range(count)]
            some = [
                _elsewhere(known, rng, lines).destination for _ in range(count // 10)
            ]
            ours.append(once_cpu_ns(partial(_map, engine, lines, places)))
            theirs.append(10 * once_cpu_ns(partial(_offered, engine, lines, some)))
            if not turn:
                ours.clear()
                theirs.clear()
    return Row(
        f"promise_everywhere, one basket to {count:,} new places, 2,000 nodes, 4 services",
        f"{span(p50(ours))}, {span(p50(ours) / count)} a place",
        f"promise, one by one {span(p50(theirs))}",
        p50(theirs) / p50(ours),
    )


def _map(
    engine: om.Engine, lines: dict[str, int], places: list[om.Destination]
) -> object:
    found = engine.promise_everywhere(lines, places, now=NOW)
    return found.cost, found.arrives, found.order_by_s


def _offered(
    engine: om.Engine, lines: dict[str, int], places: list[om.Destination]
) -> object:
    found = []
    for to in places:
        offers = engine.promise(lines, to=to, stores=0, now=NOW)
        found.append([(each.cost, each.arrives, each.order_by) for each in offers])
    return found


def _elsewhere(
    known: World, rng: np.random.Generator, lines: dict[str, int]
) -> om.Order:
    near = known.destinations[int(rng.integers(len(known.destinations)))]
    assert near.latitude is not None
    assert near.longitude is not None
    there = om.Destination(
        latitude=near.latitude + float(rng.random()) / 10,
        longitude=near.longitude + float(rng.random()) / 10,
    )
    return om.Order(lines, there)


def _columns(engine: om.Engine, orders: list[om.Order]) -> object:
    return engine.route_many(orders, now=NOW).columns()


def _one_by_one(engine: om.Engine, orders: list[om.Order]) -> object:
    return [engine.route(order, now=NOW).arrives for order in orders]
