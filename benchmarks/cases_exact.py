"""To a proven optimum: orders of many lines, and the real baskets as they come."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from time import perf_counter_ns

import numpy as np

import omniroute as om
from benchmarks import networks
from benchmarks.cases_route import facts
from benchmarks.measure import Row, once_ns, p50, p99, span
from benchmarks.networks import World
from benchmarks.rivals import Mip

#: Lines, goal in ms, orders that HiGHS is asked too, times that it is to take at least.
SIZES = ((12, 0.4, 3, 0), (20, 2.0, 1, 800), (50, 15.0, 1, 500))
#: What HiGHS is given for an order, in seconds: one of 50 lines may take it hours.
LIMIT_S = 30.0


def optimum(quick: bool) -> Iterator[Row]:
    """Single units of many SKUs, on the sample's stores, zones and tariffs."""
    world = networks.sample()
    for lines, goal_ms, few, goal_times in SIZES:
        orders = world.orders(lines, 30 if quick else 100, seed=2, units=1)
        times, plans = _timed(world, orders)
        yield Row(
            f"route, {lines} lines of one unit, sample",
            f"{_told(times)}, {_proven(plans):.0%} proven",
            goal=f"p50 < {goal_ms} ms",
            met=p50(times) < goal_ms * 1e6,
        )
        if not quick or lines == SIZES[0][0]:
            asked = 1 if quick else few
            yield _beside_highs(world, orders, plans, times, asked, goal_times)


def _beside_highs(
    world: World,
    orders: list[om.Order],
    plans: list[om.Plan],
    times: list[int],
    count: int,
    goal_times: int,
) -> Row:
    """HiGHS, alike nodes removed beforehand, must find the same cost, if it gets there.

    If it does not, what it knows by then must not contradict ours.
    """
    taken, n_done = [], 0
    whole = [k for k, plan in enumerate(plans) if plan.proven][:count]
    for k in whole:
        mip = Mip(facts(world), orders[k], reduced=True)
        start = perf_counter_ns()
        done = mip.solve(LIMIT_S)
        taken.append(perf_counter_ns() - start)
        n_done += done
        cost = plans[k].answer[3]
        if mip.bound > cost or (mip.cost and mip.cost < cost):
            raise AssertionError(f"HiGHS says {mip.cost}, {mip.bound}, we {cost}")
    told = f"{span(p50(taken))} ({count} orders)"
    if n_done < count:
        told = f"not done in {LIMIT_S:.0f} s ({count - n_done} of {count} orders)"
    ratio = p50(taken) / p50(times)
    return Row(
        f"route, {len(orders[0].lines)} lines of one unit, sample",
        _told(times),
        f"HiGHS, alike nodes removed {told}",
        ratio,
        goal=f">= {goal_times:,}x" if goal_times else "",
        met=ratio >= goal_times if goal_times else None,
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
