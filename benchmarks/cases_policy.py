"""What a policy costs in time: the same orders under each, beside the cheapest."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import omniroute as om
from benchmarks import networks
from benchmarks.measure import Row, once_ns, p50, quiet, span

GROUPS = [
    om.RuleGroup("stores near by", node_kinds=["store"], max_distance_km=50),
    om.RuleGroup("warehouses", node_kinds=["warehouse"]),
    om.RuleGroup("anything"),
]
PRICES = om.terms.node_price({"N00000": 1})


def policies() -> dict[str, om.RoutingPolicy]:
    """Policies by what they are called in the table."""
    make = om.RoutingPolicy
    return {
        "fastest": make(objective="fastest"),
        "fewest shipments": make(objective="fewest_shipments"),
        "weighted": make(objective="weighted", day_price=1, shipment_price=1),
        "split penalty, reach by kind": make(
            split_penalty=2, max_distance_km_by_kind={"store": 500}
        ),
        "distance price": make(distance_price=0.002),
        "waterfall of three": make(objective="waterfall", groups=GROUPS),
        "node prices": make(terms=[PRICES]),
    }


def beside(quick: bool) -> Iterator[Row]:
    """One order at a time on 2,000 nodes; lanes of the destinations are known."""
    world = networks.synthetic(100 if quick else 2_000)
    for lines in (1, 3):
        orders = world.proven_orders(lines, 40 if quick else 200)
        noun = "line" if lines == 1 else "lines"
        for name, policy in policies().items():
            plain, ours = _times(world.engine, orders, policy)
            yield Row(
                f"{name}, {lines} {noun}, {world.name}",
                span(p50(ours)),
                f"cheapest {span(p50(plain))}",
                p50(plain) / p50(ours),
            )


def _times(
    engine: om.Engine, orders: list[om.Order], policy: om.RoutingPolicy
) -> tuple[list[int], list[int]]:
    """Times under the default and under a policy, each over all orders in a row."""
    found: tuple[list[int], list[int]] = [], []
    rules = (None, policy)
    for order in orders:
        engine.route(order, policy=policy)
    with quiet():
        for _ in range(3):
            for times, each in zip(found, rules, strict=True):
                for order in orders:
                    times.append(once_ns(partial(engine.route, order, policy=each)))
    return found
