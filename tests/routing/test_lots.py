"""What is counted in lots costs what the same would as units of that weight."""

from __future__ import annotations

from random import Random

import pytest

import omniroute as om
from omniroute.kernels.order.layout import O_CANDIDATES, O_METHOD
from tests.routing.worlds import destination

SIZE = 6
POLICIES = [
    om.RoutingPolicy(),
    om.RoutingPolicy(max_shipments=2),
    om.RoutingPolicy(objective="fastest"),
    om.RoutingPolicy(complete_only=True),
]


def pair(seed, skus):
    """Eggs in packs of six, and eggs six times as heavy and dear to pick."""
    dice = Random(seed)
    costs = [
        (dice.randint(0, 3), dice.randint(0, 2), dice.randint(0, 2)) for _ in range(5)
    ]
    rates = om.RateCard(
        [1000, 4000, 15_000],
        {1: sorted(dice.sample(range(4, 30), 3))},
        max_shipment_g=15_000,
    )
    quick = om.Service("quick", "ship", om.RateCard.flat(19), transit_days={1: 1})
    slow = om.Service("slow", "ship", rates, transit_days={1: 3})
    weights = [dice.choice([0, 40, 110]) for _ in range(skus)]
    stock = [[dice.choice([0, 0, 1, 2, 5]) for _ in range(skus)] for _ in costs]
    engines = []
    for size in (SIZE, 1):
        nodes = [
            om.Node(
                f"N{k}", order_cost=c[0], line_cost=c[1], unit_cost=c[2] * SIZE // size
            )
            for k, c in enumerate(costs)
        ]
        items = [
            om.Item(f"S{i:02d}", w * SIZE // size, pack_size=size)
            for i, w in enumerate(weights)
        ]
        engine = om.Engine(om.Network(nodes, [slow, quick]), items, clock=lambda: 0)
        loose = dice.randint(0, SIZE - 1) if size > 1 else 0
        engine.apply(
            [
                om.Receive(f"S{i:02d}", f"N{k}", n * size + loose)
                for k, row in enumerate(stock)
                for i, n in enumerate(row)
                if n
            ]
        )
        engines.append(engine)
    return dice, engines


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("lines", [1, 3, 8, 15])
def test_packs_are_routed_as_heavy_units(seed, lines):
    """By every method: tables, splitting, covering; the bound too."""
    dice, engines = pair(seed, 16)
    chosen = dice.sample(range(16), lines)
    wanted = {f"S{i:02d}": dice.randint(1, 4) for i in chosen}
    to, policy = destination(dice), POLICIES[seed % len(POLICIES)]
    plans = [
        engine.route(
            om.Order({sku: n * size for sku, n in wanted.items()}, to), policy=policy
        )
        for engine, size in zip(engines, (SIZE, 1), strict=True)
    ]
    packed, plain = plans
    assert packed.status is plain.status
    assert (packed.cost, packed.bound) == (plain.cost, plain.bound)
    assert packed.proven == plain.proven
    for word in (O_METHOD, O_CANDIDATES):
        assert packed.answer[word] == plain.answer[word]
    assert packed.picks == [(x, i, n * SIZE) for x, i, n in plain.picks]
    assert [s.terms for s in packed.shipments] == [s.terms for s in plain.shipments]
    assert packed.short_quanta == SIZE * plain.short_quanta
