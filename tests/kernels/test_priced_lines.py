"""The table with prices by line and node beside the same table without."""

from __future__ import annotations

import numpy as np
import pytest

import omniroute as om
from omniroute.kernels.order.layout import O_BOUND, O_COST, O_HEADER, O_PROVEN
from omniroute.routing.policies.item_prices import ItemPrices
from tests.routing.worlds import world


def without_heads(answer):
    """Shipments and picks."""
    return answer[O_HEADER:]


@pytest.mark.parametrize("seed", range(20))
def test_prices_of_nothing_change_nothing(seed):
    """Plans, costs and tie-breaks are those of the kernel that knows no prices."""
    made = world(seed, nodes=6, weightless=False)
    router = made.engine._router
    priced = ItemPrices(router.decider)
    for _ in range(5):
        policy = om.RoutingPolicy(
            max_shipments=made.dice.choice([None, 1, 2]),
            mix_kinds=made.dice.random() < 0.5,
        )
        ask = router.ask(made.order(lines=made.dice.randint(1, 4)), policy)
        plain = router.decider.decide(ask.words)
        nothing = np.zeros((len(ask.lines), router.decider.arena.nodes), np.int64)
        found = priced.decide(list(ask.words), nothing)
        assert found[O_COST] == plain[O_COST]
        if plain[O_PROVEN] and found[O_PROVEN]:
            assert without_heads(found) == without_heads(plain)
            assert found[O_BOUND] == plain[O_BOUND]


def test_memory_that_is_too_small_grows():
    """A first question finds small buffers, and gets its answer."""
    made = world(5, nodes=6)
    router = made.engine._router
    ask = router.ask(made.order(lines=3), om.RoutingPolicy())
    money = np.ones((len(ask.lines), router.decider.arena.nodes), np.int64)
    priced = ItemPrices(router.decider)
    expected = priced.decide(list(ask.words), money)
    router.decider.work = np.zeros(8, np.int64)
    router.decider.out = np.zeros(32, np.int64)
    router.decider.ask = np.zeros(4, np.int64)
    assert priced.decide(list(ask.words), money) == expected
