"""To a proven optimum: orders of many lines, and the real baskets as they come."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

import omniroute as om
from benchmarks import networks
from benchmarks.cases_route import facts
from benchmarks.measure import Row, once_ns, p50, p99, span
from benchmarks.networks import World
from benchmarks.rivals import Mip

#: Lines, goal in ms, orders that HiGHS is asked too. It takes minutes beyond.
SIZES = ((12, 0.4, 3), (20, 2.0, 1), (50, 15.0, 0))


def optimum(quick: bool) -> Iterator[Row]:
    """Single units of many SKUs, on the sample's stores, zones and tariffs."""
    world = networks.sample()
    for lines, goal_ms, few in SIZES:
        orders = world.orders(lines, 30 if quick else 100, seed=2, units=1)
        times, plans = _timed(world, orders)
        yield Row(
            f"route, {lines} lines of one unit, sample",
            f"{_told(times)}, {_proven(plans):.0%} proven",
            goal=f"p50 < {goal_ms} ms",
            met=p50(times) < goal_ms * 1e6,
        )
        asked = few if not quick else min(few, 1)
        if asked:
            yield _beside_highs(world, orders, plans, times, asked)


def _beside_highs(
    world: World,
    orders: list[om.Order],
    plans: list[om.Plan],
    times: list[int],
    count: int,
) -> Row:
    """HiGHS, alike nodes removed beforehand, must find the same cost."""
    taken = []
    whole = [k for k, plan in enumerate(plans) if plan.proven][:count]
    for k in whole:
        mip = Mip(facts(world), orders[k], reduced=True)
        taken.append(once_ns(mip.solve))
        if mip.cost != plans[k].answer[3]:
            raise AssertionError(f"HiGHS says {mip.cost}, we {plans[k].answer[3]}")
    return Row(
        f"route, {len(orders[0].lines)} lines of one unit, sample",
        _told(times),
        f"HiGHS, alike nodes removed {span(p50(taken))} ({count} orders)",
        p50(taken) / p50(times),
    )


def real(quick: bool) -> Iterator[Row]:
    """The sample's own orders: how many are proven in 10 ms, how far the others are."""
    world = networks.sample()
    orders = networks.shop().orders[: 200 if quick else 500]
    times, plans = _timed(world, orders)
    soon = np.mean([p.proven and t < 1e7 for p, t in zip(plans, times, strict=True)])
    gaps = [float(plan.gap) for plan in plans if not plan.proven]
    yield Row(
        "route, real baskets, sample",
        f"{_told(times)}, {_proven(plans):.1%} proven ({soon:.1%} within 10 ms), "
        f"mean gap of the others {np.mean(gaps):.1%}",
        goal="90 % proven within 10 ms",
        met=bool(soon >= 0.9),
    )


def _timed(world: World, orders: list[om.Order]) -> tuple[list[int], list[om.Plan]]:
    route = world.engine.route
    plans = [route(order) for order in orders]
    return [once_ns(partial(route, order)) for order in orders], plans


def _told(times: list[int]) -> str:
    return f"{span(p50(times))} (p99 {span(p99(times))})"


def _proven(plans: list[om.Plan]) -> float:
    return sum(plan.proven for plan in plans) / len(plans)
