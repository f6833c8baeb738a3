"""How long does it take to say whom to ask, and where returns go?"""

from __future__ import annotations

from itertools import cycle
from typing import Any

import pytest

from benchmarks.cases_chance import (
    POLICY,
    RULES,
    by_fractions,
    candidates,
    doubt,
    hand_ins,
)
from benchmarks.networks import World
from omniroute.routing.failed_picks.tries import rounded


@pytest.mark.parametrize("name", RULES)
def test_attempts(benchmark: Any, large: World, name: str) -> None:
    world = large.fresh()
    doubt(world)
    orders = world.orders(1, 20, seed=3)
    turns = cycle(orders)
    assert benchmark(lambda: world.engine.attempts(next(turns), RULES[name])).chance
    for order in orders[:3]:
        least = by_fractions(candidates(world.engine, order), RULES[name]) * 10_000
        found = world.engine.attempts(order, RULES[name]).expected_cost
        assert found * 10_000 == rounded(*least.as_integer_ratio())


def test_returns(benchmark: Any, large: World) -> None:
    frame = hand_ins(large, 200, 50)
    batch = benchmark(lambda: large.engine.route_returns(frame, POLICY))
    assert None not in batch.nodes
