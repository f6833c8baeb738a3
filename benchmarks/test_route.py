"""How long does a decision take, alone and in a batch?"""

from __future__ import annotations

from functools import partial
from itertools import cycle
from typing import Any

import pytest

from benchmarks.cases_route import facts, kernel_call
from benchmarks.networks import World
from benchmarks.rivals import Mip, numpy_greedy, python_greedy


@pytest.mark.parametrize("lines", [1, 3, 5, 10])
def test_route(benchmark: Any, world: World, lines: int) -> None:
    orders = cycle(world.proven_orders(lines, 50))
    plan = benchmark(lambda: world.engine.route(next(orders)))
    assert plan.proven


@pytest.mark.parametrize("lines", [1, 3, 5, 10])
def test_kernel(benchmark: Any, world: World, lines: int) -> None:
    orders = world.proven_orders(lines, 50)
    calls = cycle([kernel_call(world, order) for order in orders])

    def run() -> int:
        return next(calls)()

    assert benchmark(run) == 0


@pytest.mark.parametrize("rival", [numpy_greedy, python_greedy])
@pytest.mark.parametrize("lines", [1, 3])
def test_greedy(benchmark: Any, large: World, lines: int, rival: Any) -> None:
    order = large.proven_orders(lines, 1)[0]
    cost, picks = benchmark(partial(rival, facts(large), order))
    assert len(picks) == lines
    assert cost >= large.engine.route(order).answer[3]


@pytest.mark.parametrize("lines", [1, 3])
def test_highs(benchmark: Any, large: World, lines: int) -> None:
    order = large.proven_orders(lines, 1)[0]
    mip = Mip(facts(large), order, reduced=True)
    assert benchmark.pedantic(mip.solve, rounds=2)
    assert mip.cost == large.engine.route(order).answer[3]


def test_twelve_lines(benchmark: Any, large: World) -> None:
    orders = cycle(large.proven_orders(12, 10))
    assert benchmark(lambda: large.engine.route(next(orders))).proven


def test_route_many(benchmark: Any, large: World) -> None:
    orders = large.orders(3, 2_000, ids=True)

    def setup() -> tuple[tuple[Any, ...], dict[str, Any]]:
        return (large.fresh().engine,), {}

    def run(engine: Any) -> Any:
        return engine.route_many(orders, reserve=True)

    found = benchmark.pedantic(run, setup=setup, rounds=2)
    assert found.reserved.all()
