"""What capacity costs: the same network with and without, the same orders in turn."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, partial

import attrs

import omniroute as om
from benchmarks.cases_dates import NOW, in_turn, world
from benchmarks.measure import Row, once_ns, p50, p99, quiet, span
from benchmarks.networks import World

#: Stores pack so many orders a day, fewer of them for couriers, and warehouses so many
#: units; some of it may wait.
RULES = (
    om.Capacity(40, node_kind="store", backlog_days=3),
    om.Capacity(10, services=["courier"], node_kind="store"),
    om.Capacity(5_000, "units", node_kind="warehouse", backlog_days=3),
)


@cache
def capped(nodes: int) -> World:
    """The network with calendars and capacity; a tenth of the stores have none today."""
    base = world(nodes, dated=True)
    network = attrs.evolve(base.engine.network, capacity=RULES)
    engine = om.Engine(network, base.engine.items, clock=lambda: 0)
    engine.apply(base.stock)
    stores = [node.id for node in network.nodes if node.kind == "store"]
    for node in stores[::10]:
        engine.set_capacity(node, 0, day=NOW.date(), now=NOW)
    return World(base.name, engine, base.stock, base.destinations, base.services)


def routing(quick: bool) -> Iterator[Row]:
    """Orders for whatever delivers: without calendars, and with them and capacity."""
    plain, ours = world(2_000, dated=False), capped(2_000)
    drawn = plain.orders(3, 100 if quick else 400)
    orders = [attrs.evolve(order, services=None) for order in drawn]
    for objective in ("cheapest", "fastest"):
        without, with_ = in_turn((plain, ours), orders, objective)
        yield Row(
            f"route with capacity and calendars, {objective}, 3 lines, 2,000 nodes",
            f"{span(p50(with_))} (p99 {span(p99(with_))})",
            f"the same without either {span(p50(without))}",
            p50(without) / p50(with_),
            "p50 < 60 us, >= 0.67x",
            p50(with_) < 60_000 and 1.5 * p50(without) >= p50(with_),
        )


def batches(quick: bool) -> Iterator[Row]:
    """Orders placed in a batch, every one counted; and one after the other."""
    plain, ours = world(2_000, dated=True), capped(2_000)
    count = 500 if quick else 2_000
    drawn = [attrs.evolve(o, services=None) for o in plain.orders(3, count)]
    for engine in (plain.engine, ours.engine):
        engine.route_many(drawn, now=NOW)
    times: list[list[int]] = [[], [], []]
    with quiet():
        for turn in range(3):
            for k, engine in enumerate((plain.engine, ours.engine)):
                orders = _named(drawn, f"b{turn}-{k}")
                many = partial(engine.route_many, orders, reserve=True, now=NOW)
                times[k].append(once_ns(many) // count)
                engine.release_many([order.id for order in orders], now=NOW)
            orders = _named(drawn, f"p{turn}")
            times[2].append(once_ns(partial(_placed, ours.engine, orders)) // count)
            ours.engine.release_many([order.id for order in orders], now=NOW)
    without, with_, single = times
    yield Row(
        "route_many(reserve=True) with capacity, 3 lines, 2,000 nodes",
        f"{span(p50(with_))} an order",
        f"the same without {span(p50(without))}, place {span(p50(single))}",
        p50(without) / p50(with_),
        ">= 0.2x",
        p50(without) >= 0.2 * p50(with_),
    )


def _named(orders: list[om.Order], prefix: str) -> list[om.Order]:
    return [attrs.evolve(o, id=f"{prefix}-{i}") for i, o in enumerate(orders)]


def _placed(engine: om.Engine, orders: list[om.Order]) -> None:
    for order in orders:
        engine.place(order, now=NOW)
