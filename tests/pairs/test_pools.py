"""Open orders decided anew beside each feature: no pool of plans is better than proven."""

from __future__ import annotations

import pytest

import omniroute as om
from omniroute.routing.pool import search
from tests.conftest import WITHOUT_JIT
from tests.naive.pool import best_of_columns, best_together

from .features import shop_with
from .pools import held, placed, shop_for, twin_of
from .shop import SCALE, Shop

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
    "fences",
    "collected",
    "fed by transfers",
    "wanted later",
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
    "stock outs",
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
    "kits + stock outs",
    "packs + stock outs",
    "kits + own terms",
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
    "gates",
    "kits + gates",
    "packs + gates",
    "gates + stock outs",
    "gates + room for lines",
    "split freely",
    "kits + split freely",
    "packs + split freely",
    "split freely + node prices",
    "split freely + weight breaks",
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


@pytest.mark.parametrize("name", [*FEATURES, *BESIDE_ROOM, *PAIRS])
@pytest.mark.parametrize("seed", range(1 if WITHOUT_JIT else 3))
def test_a_pool_beside_a_feature(name, seed):
    """Never worse than it stood, never better than the best, proven only if it is that."""
    shop = shop_for(name.split(" + "), 50 + seed)
    made, policy = placed(shop, 5), shop.rules()
    engine, own = made.engine, held(shop, made.engine)
    found = engine.reoptimise(made.orders, policy=policy, keep_dates=False)
    assert found.stays.keys() == made.orders.keys() - set(found.orders)
    twin = twin_of(shop, made, found.orders)
    if twin is None:
        pytest.skip("too many plans to list")
    best = best_together(twin.plans, twin.stock)
    after = int(found.after * SCALE)
    assert int(found.before * SCALE) == twin.before
    assert best <= after <= twin.before
    assert int(found.bound * SCALE) <= best
    if found.proven:
        assert after == best
    assert engine.reassign(found).status in (om.Status.OK, om.Status.EXISTS)
    engine.check()
    assert_nothing_is_lost(shop, own, held(shop, engine))
    if shop.capacity:
        assert min(engine.capacity(days=3)["left"]) >= 0


#: Pools of more orders than are listed one beside the other.
LARGER = (
    "kits",
    "packs + kits",
    "kits + weight breaks",
    "kits + node prices",
    "kits + needed by a wish",
    "gates + stock outs",
    "node prices + markdown credits",
)


@pytest.mark.parametrize("together", [2, 25])
@pytest.mark.parametrize("name", LARGER)
@pytest.mark.parametrize("seed", range(1 if WITHOUT_JIT else 3))
def test_a_larger_pool_beside_the_best_there_is(monkeypatch, name, seed, together):
    """HiGHS picks from all plans of twenty orders; groups too large are left to bounds."""
    monkeypatch.setattr(search, "TOGETHER_MAX", together)
    shop = shop_for(name.split(" + "), 150 + seed)
    for cell in shop.stock:
        shop.stock[cell] *= 3
    made, policy = placed(shop, 20), shop.rules()
    engine, own = made.engine, held(shop, made.engine)
    found = engine.reoptimise(made.orders, policy=policy, keep_dates=False)
    twin = twin_of(shop, made, found.orders)
    if twin is None:
        pytest.skip("too many plans to list")
    best = best_of_columns(twin.plans, twin.stock)
    after = int(found.after * SCALE)
    assert int(found.before * SCALE) == twin.before
    assert int(found.bound * SCALE) <= best <= after <= twin.before
    assert engine.reassign(found).status is om.Status.OK
    engine.check()
    assert_nothing_is_lost(shop, own, held(shop, engine))


def assert_nothing_is_lost(shop: Shop, before: dict, after: dict) -> None:
    """Every order holds as much of every item as before; no cell more than it has."""
    for each in (before, after):
        sums: dict = {}
        for cells in each.values():
            for cell, n in cells.items():
                sums[cell] = sums.get(cell, 0) + n
        nodes = list(shop.nodes)
        assert all(n <= shop.can_send(sku, nodes[k]) for (sku, k), n in sums.items())
    assert {id: _by_sku(cells) for id, cells in before.items()} == {
        id: _by_sku(cells) for id, cells in after.items()
    }


def _by_sku(cells: dict) -> dict[str, int]:
    found: dict[str, int] = {}
    for (sku, _), n in cells.items():
        found[sku] = found.get(sku, 0) + n
    return found


@pytest.mark.parametrize("name", REFUSED)
def test_pools_that_are_refused(name):
    """Where a refusal falls, its row goes and the feature joins the others."""
    shop = shop_with([name], 3, nodes=4, lines=3)
    engine = shop.engine()
    with pytest.raises(om.OmnirouteError, match=REFUSED[name]):
        engine.reoptimise([shop.asked("A")], policy=shop.rules())
