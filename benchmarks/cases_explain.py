"""Explaining: every node of a decision, the plan with another node, what else there is."""

from __future__ import annotations

from collections.abc import Iterator

import omniroute as om
from benchmarks import networks
from benchmarks.measure import Row, once_cpu_ns, p50, p99, quiet, span
from benchmarks.networks import World
from benchmarks.rivals import Facts, python_candidates

LINES = (3, 10)


def explained(quick: bool) -> Iterator[Row]:
    """One plan at a time, on the sample and on 2,000 nodes."""
    for world in (networks.sample(), networks.synthetic(2_000)):
        known = Facts(world.engine, world.services)
        for lines in LINES:
            orders = world.proven_orders(lines, 30 if quick else 100)
            if orders:
                yield from _explained(world, known, lines, orders)


def _explained(
    world: World, known: Facts, lines: int, orders: list[om.Order]
) -> Iterator[Row]:
    plans = [world.engine.route(order) for order in orders]
    other = world.engine.network.node_ids[len(world.engine.network.nodes) // 2]
    calls = {
        "route": lambda i: world.engine.route(orders[i]),
        "explain": lambda i: plans[i].explain(),
        "why_not": lambda i: plans[i].why_not(other),
        "alternatives": lambda i: plans[i].alternatives(),
        "python": lambda i: python_candidates(known, orders[i]),
    }
    times: dict[str, list[int]] = {name: [] for name in calls}
    with quiet():
        for i in range(len(orders)):
            for name, call in calls.items():
                times[name].append(once_cpu_ns(lambda: call(i)))  # noqa: B023
    python, route = p50(times["python"]), p50(times["route"])
    for name in ("explain", "why_not", "alternatives"):
        mine = times[name]
        figure = f"{span(p50(mine))} (p99 {span(p99(mine))})"
        rival, ratio = f"the decision {span(route)}", route / p50(mine)
        if name == "explain":
            rival, ratio = f"Python, pair by pair {span(python)}", python / p50(mine)
        yield Row(f"{name}, {lines} lines, {world.name}", figure, rival, ratio)
