"""Open orders decided anew together: how far from the best, and how soon?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import omniroute as om
from benchmarks import networks
from benchmarks.measure import Row, once_ns, span
from benchmarks.networks import World

#: Orders of the sample's own that are open at once: baskets of one morning.
BASKETS = 200


def reoptimise(quick: bool) -> Iterator[Row]:
    """All that was reserved one after the other, together; beside each in turn again."""
    world = networks.sample().fresh()
    orders = world.orders(3, 300 if quick else 2_000, ids=True)
    yield _row(world, orders, "3 lines", goal=not quick)
    world = networks.sample().fresh()
    yield _row(
        world, networks.shop().orders[: 50 if quick else BASKETS], "real baskets"
    )


def _row(
    world: World, orders: Sequence[om.Order], what: str, *, goal: bool = False
) -> Row:
    engine = world.engine
    placed = engine.route_many(orders, reserve=True, partial=True)
    held = placed.reserved.tolist()
    pool = [order for order, is_held in zip(orders, held, strict=True) if is_held]
    engine.reoptimise(pool[:20])
    found: list[om.Reoptimised] = []
    taken = once_ns(lambda: found.append(engine.reoptimise(pool)))
    told = found[0]
    costs: list[int] = []
    again = once_ns(lambda: costs.append(_each_in_turn(engine, told)))
    before = int(told.before * 10_000)
    return Row(
        f"reoptimise, {len(pool):,} orders, {what}, sample",
        f"{span(taken)}, saves {float(told.saving / told.before):.2%}, "
        f"within {told.gap:.2%} of the bound",
        f"each in turn again {span(again)}, saves {1 - costs[0] / before:.2%}",
        again / taken,
        goal="within 1 % in 10 s" if goal else "",
        met=bool(taken < 10e9 and told.gap < 0.01) if goal else None,
    )


def _each_in_turn(engine: om.Engine, found: om.Reoptimised) -> int:
    """Give up each order and place it again; what all of them cost then."""
    cost = 0
    for id in found.orders:
        order = found.plan(id).order
        engine.cancel(id)
        placed = engine.place(order, id=f"{id} again", partial=True)
        assert placed.plan is not None
        cost += placed.plan.answer[3]
    return cost
