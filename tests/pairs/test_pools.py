"""Open orders decided anew beside each feature: no pool of plans is better than proven."""

from __future__ import annotations

from dataclasses import replace
from math import prod

import pytest

import omniroute as om
from tests.conftest import WITHOUT_JIT
from tests.naive.evaluate import BrokenRuleError
from tests.naive.pool import best_together

from .asking import groups_of
from .features import shop_with
from .problem import count
from .shop import SCALE, Shop
from .test_oracle import WAYS_MAX, every_plan, ways

FEATURES = (
    "decimals",
    "packs",
    "kits",
    "kept together",
    "scarce lines",
    "complete only",
    "nothing to weigh",
    "lines to spread",
    "more services",
    "couriers",
    "weight breaks",
    "overweight loads",
    "handling",
    "services with limits",
    "safety stock",
    "few shipments",
    "lines undivided",
    "small orders",
    "limited distance",
    "excluded nodes",
    "split penalty",
    "distance price",
    "surcharges",
    "lateness",
    "needed by a wish",
    "own terms",
    "credits for shipments",
    "node prices",
    "markdown credits",
    "doubtful cells",
    "weighted",
    "full nodes",
    "room for lines",
    "backlog",
)
#: Beside what nodes have room for, as one order's plans: all of a pool's fit together.
BESIDE_ROOM = (
    "decimals + room for lines",
    "lines to spread + room for lines",
    "couriers + room for lines",
    "own terms + full nodes",
    "split penalty + full nodes",
    "safety stock + backlog",
)
#: Two at a time of what has not to do with room.
PAIRS = (
    "packs + kits",
    "packs + lines to spread",
    "packs + split penalty",
    "packs + node prices",
    "packs + room for lines",
    "kits + weight breaks",
    "kits + lines to spread",
    "kits + kept together",
    "kits + couriers",
    "kits + lines undivided",
    "kits + few shipments",
    "kits + node prices",
    "kits + markdown credits",
    "kits + doubtful cells",
    "kits + needed by a wish",
    "kits + full nodes",
    "kits + room for lines",
    "kits + backlog",
    "decimals + node prices",
    "node prices + lines to spread",
    "node prices + couriers",
    "calendars + needed by a day",
    "calendars + needed by a wish",
    "needed by a wish + node prices",
    "needed by a wish + full nodes",
    "needed by a wish + weighted",
)
#: What a pool refuses, and the path of the error.
REFUSED = dict.fromkeys(
    (
        "fastest",
        "fewest shipments",
        "lexicographic",
        "waterfall",
        "waterfall by line",
    ),
    "objective",
)


def parts_of(shop: Shop, orders: int) -> dict[str, Shop]:
    """The shop as each of some orders sees it: one or two of its lines."""
    found = {}
    for k in range(orders):
        skus = shop.dice.sample(sorted(shop.lines), shop.dice.randint(1, 2))
        lines = {sku: shop.lines[sku] for sku in skus}
        order = dict(shop.order)
        if "keep_together" in order:
            kept = [[sku for sku in g if sku in lines] for g in order["keep_together"]]
            order["keep_together"] = [group for group in kept if len(group) > 1]
        found[f"O{k}"] = replace(shop, lines=lines, order=order)
    return found


def plans(shop: Shop, engine: om.Engine) -> dict | None:
    """What each plan for all of an order takes, and the least that counts."""
    found: dict = {}
    for group in groups_of(shop, engine):
        problem = group.problem
        each = [len(ways(problem, i)) for i in range(len(problem.lines))]
        if prod(each) > WAYS_MAX:
            return None
        for sent in every_plan(problem):
            try:
                told = count(problem, sent)
            except BrokenRuleError:
                continue
            if told.lots < problem.asked:
                continue
            use: dict = {}
            for o, lines in sent.items():
                for i, lots in lines.items():
                    for part, inside in problem.lines[i].parts.items():
                        cell = part, problem.options[o].node
                        use[cell] = use.get(cell, 0) + lots * inside
            key = tuple(sorted(use.items()))
            found[key] = min(found.get(key, told.money), told.money)
    return found


def stands(shop: Shop, plan: om.Plan) -> tuple:
    """What a plan takes of each cell, in quanta; of kits, their components."""
    nodes, use = list(shop.nodes), {}
    for sent in plan.shipments:
        for line in sent.lines:
            for each in line.components or (line,):
                cell = each.sku, nodes.index(sent.node)
                quanta = int(each.quantity * 10 ** shop.decimals(each.sku))
                use[cell] = use.get(cell, 0) + quanta
    return tuple(sorted(use.items()))


@pytest.mark.parametrize("name", [*FEATURES, *BESIDE_ROOM, *PAIRS])
@pytest.mark.parametrize("seed", range(1 if WITHOUT_JIT else 3))
def test_a_pool_beside_a_feature(name, seed):
    """Never worse than it stood, never better than the best, proven only if it is that."""
    shop = shop_with(name.split(" + "), 50 + seed, nodes=4, lines=3)
    fresh, engine, policy = shop.engine(), shop.engine(), shop.rules()
    orders, known, before = {}, [], 0
    for id, part in parts_of(shop, 4).items():
        placed = engine.place(part.asked(id), policy=policy)
        if not placed.reserved:
            continue
        orders[id] = part.asked(id)
        may = plans(part, fresh)
        if may is None:
            pytest.skip("too many plans to list")
        money = int(placed.plan.objective * SCALE)
        own = stands(part, placed.plan)
        before += money
        may[own] = min(may.get(own, money), money)
        known.append(may)
    if not orders:
        return
    stock = {
        (sku, k): shop.can_send(sku, node)
        for sku in shop.items
        for k, node in enumerate(shop.nodes)
    }
    best = best_together(known, stock)
    found = engine.reoptimise(orders, policy=policy, keep_dates=False)
    after = int(found.after * SCALE)
    assert int(found.before * SCALE) == before
    assert best <= after <= before
    assert int(found.bound * SCALE) <= best
    if found.proven:
        assert after == best
    assert engine.reassign(found).status in (om.Status.OK, om.Status.EXISTS)
    engine.check()
    if shop.capacity:
        assert min(engine.capacity(days=3)["left"]) >= 0


@pytest.mark.parametrize("name", REFUSED)
def test_pools_that_are_refused(name):
    """Where a refusal falls, its row goes and the feature joins the others."""
    shop = shop_with([name], 3, nodes=4, lines=3)
    engine = shop.engine()
    with pytest.raises(om.OmnirouteError, match=REFUSED[name]):
        engine.reoptimise([shop.asked("A")], policy=shop.rules())
