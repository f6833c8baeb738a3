"""Deciding: one order at a time, and many."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial

import numpy as np

import omniroute as om
from benchmarks import networks
from benchmarks.measure import Row, once_cpu_ns, once_ns, p50, p99, quiet, span
from benchmarks.networks import World
from benchmarks.rivals import Facts, Mip, numpy_greedy, python_greedy
from omniroute.kernels.decide.route import route as route_kernel

LINES = (1, 3, 5, 10)
#: Lines times nodes up to which HiGHS is asked the plain way.
MIP_MAX = 20_000


@cache
def facts(world: World) -> Facts:
    return Facts(world.engine, world.services)


def kernel_call(world: World, order: om.Order) -> Callable[[], int]:
    """The compiled function alone, everything it reads in place."""
    router = world.engine._router
    ask = np.array(router.ask(order).words)
    decider = router.decider
    arguments = (*decider.arguments(), ask, decider.work, decider.out)
    return partial(route_kernel, *arguments)


def single(quick: bool) -> Iterator[Row]:
    """One order at a time, on every network."""
    count = 100 if quick else 400
    sizes = (100, 2_000) if quick else (100, 1_000, 2_000, 10_000)
    for world in [networks.sample(), *map(networks.synthetic, sizes)]:
        for lines in LINES:
            orders = world.proven_orders(lines, count)
            if orders:
                yield from _single(world, lines, orders, quick)


def _single(
    world: World, lines: int, orders: list[om.Order], quick: bool
) -> Iterator[Row]:
    route, known = world.engine.route, facts(world)
    plans = [route(order) for order in orders]
    noun = "line" if lines == 1 else "lines"
    near = f"route, {lines} {noun}, {world.name}"
    target = lines == 3 and world.name == "2,000 nodes"
    api, kernel, fast, plain = _in_turn(world, orders)
    held = int(np.median([plan.answer[12] for plan in plans]) / lines)
    figure = f"{span(p50(api))} (p99 {span(p99(api))})"
    ratio = p50(api) / p50(kernel)
    yield Row(
        f"{near}, {held} nodes a line",
        figure,
        f"kernel {span(p50(kernel))}",
        1 / ratio,
        "p50 within 3 x of the kernel" if target else "",
        ratio <= 3 if target else None,
    )
    extra = _extra(plans, [numpy_greedy(known, order)[0] for order in orders])
    yield Row(near, figure, f"numpy greedy {span(p50(fast))}, {extra}", _x(fast, api))
    yield Row(near, figure, f"Python greedy {span(p50(plain))}", _x(plain, api))
    few = _mip_count(world, lines, quick)
    size = lines * len(world.network.nodes)
    # Beyond these sizes one order takes HiGHS minutes: left out, not won.
    able = [size <= MIP_MAX, size <= 3 * MIP_MAX]
    for reduced in [kind for kind, can in zip((False, True), able, strict=True) if can]:
        name = "HiGHS, alike nodes removed" if reduced else "HiGHS"
        times = _mip_times(known, orders[:few], plans, reduced)
        goal = target and not reduced
        yield Row(
            near,
            figure,
            f"{name} {span(p50(times))} ({len(times)} orders)",
            _x(times, api),
            ">= 1,000x" if goal else "",
            _x(times, api) >= 1_000 if goal else None,
        )


def _x(rival: list[int], ours: list[int]) -> float:
    return p50(rival) / p50(ours)


def _extra(plans: list[om.Plan], costs: list[int]) -> str:
    best = sum(plan.answer[3] for plan in plans)
    return f"{100 * (sum(costs) - best) / best:+.1f} % cost"


def _mip_count(world: World, lines: int, quick: bool) -> int:
    few = 2 if quick else 5
    return max(1, few // 2) if lines * len(world.network.nodes) > MIP_MAX else few


def _in_turn(world: World, orders: list[om.Order]) -> list[list[int]]:
    """Times over the same orders; each contender goes through all of them in a row.

    Order by order in turn, the second would find the order's cells in the cache.
    """
    route, known = world.engine.route, facts(world)
    kernels = [kernel_call(world, order) for order in orders]
    calls = [
        [partial(route, order) for order in orders],
        kernels,
        [partial(numpy_greedy, known, order) for order in orders[:60]],
        [partial(python_greedy, known, order) for order in orders[:30]],
    ]
    found: list[list[int]] = [[], [], [], []]
    with quiet():
        for _ in range(3):
            for times, group in zip(found, calls, strict=True):
                for call in group:
                    times.append(once_ns(call))
    return found


def _mip_times(
    known: Facts, orders: list[om.Order], plans: list[om.Plan], reduced: bool
) -> list[int]:
    """Of the solver's call alone; its answer must cost what ours does."""
    times: list[int] = []
    for order, plan in zip(orders, plans, strict=False):
        mip = Mip(known, order, reduced)
        times.append(once_ns(mip.solve))
        if mip.cost != plan.answer[3]:
            raise AssertionError(f"HiGHS says {mip.cost}, we {plan.answer[3]}")
    return times


def twelve(quick: bool) -> Iterator[Row]:
    """The largest order that the table settles, on the sample."""
    world = networks.sample()
    orders = world.proven_orders(12, 20 if quick else 60)
    api = _in_turn(world, orders)[0]
    figure = f"{span(p50(api))} (p99 {span(p99(api))})"
    yield Row(
        "route, 12 lines, sample, exact",
        figure,
        goal="p50 < 0.6 ms",
        met=p50(api) < 600_000,
    )


def baskets(quick: bool) -> Iterator[Row]:
    """The sample's own orders, long and deep ones too: as they come."""
    shop, world = networks.shop(), networks.sample()
    orders = shop.orders[: 200 if quick else 500]
    for size, some in (
        ("up to 12 lines", [o for o in orders if len(o.lines) <= 12]),
        ("over 12 lines", [o for o in orders if len(o.lines) > 12]),
    ):
        route = world.engine.route
        plans = [route(order) for order in some]
        times = [once_ns(partial(route, order)) for order in some]
        proven = sum(plan.proven for plan in plans) / len(plans)
        yield Row(
            f"route, real baskets of {size}, sample",
            f"{span(p50(times))} (p99 {span(p99(times))}), {proven:.0%} proven",
        )


def many(quick: bool) -> Iterator[Row]:
    """Batches that reserve: each order sees what the earlier ones took."""
    for world in (networks.synthetic(2_000), networks.sample()):
        count = 5_000 if quick else 20_000
        orders = world.orders(3, count, ids=True)
        ours, theirs = _batches(world, orders, 3)
        rate, slow = 1e9 / p50(ours), 1e9 / p50(theirs)
        target = world.name == "2,000 nodes"
        yield Row(
            f"route_many(reserve=True), 3 lines, {world.name}",
            f"{rate:,.0f} orders/s a core (best {1e9 / min(ours):,.0f})",
            f"numpy greedy {slow:,.0f} orders/s",
            rate / slow,
            ">= 100,000/s and >= 5x" if target else "",
            (rate >= 100_000 and rate >= 5 * slow) if target else None,
        )


def _batches(
    world: World, orders: list[om.Order], rounds: int
) -> tuple[list[float], list[float]]:
    """Nanoseconds of one core an order takes of both, on fresh stock each time."""
    ours, theirs = [], []
    few = orders[: len(orders) // 10]
    for _ in range(rounds):
        fresh = world.fresh()
        fresh.engine.route_many(orders[:500])
        engine, known = fresh.engine, Facts(fresh.engine, fresh.services)
        for order in few:
            known.lanes(order)
        # The collector stays on: it is part of what a batch costs.
        batch = partial(engine.route_many, orders, reserve=True)
        ours.append(once_cpu_ns(batch) / len(orders))
        theirs.append(once_cpu_ns(partial(_take_all, known, few)) / len(few))
    return ours, theirs


def _take_all(known: Facts, orders: list[om.Order]) -> None:
    for order in orders:
        numpy_greedy(known, order, take=True)
