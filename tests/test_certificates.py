"""Proven means proven: plans of the public API beside HiGHS, counted in integers.

The long run, 2,000 random orders and 500 real baskets:
``OMNIROUTE_SLOW=1 python -m pytest tests/test_certificates.py -m slow -s``
"""

from __future__ import annotations

import os
import sys
from collections import Counter

import pytest

import omniroute as om
from omniroute.engine import Engine
from tests.conftest import WITHOUT_JIT
from tests.naive import from_engine as naive
from tests.naive.mip import SolverUnfinishedError
from tests.routing.worlds import World, world

SLOW = os.environ.get("OMNIROUTE_SLOW", "0") not in ("", "0")
slow = [
    pytest.mark.slow,
    pytest.mark.skipif(not SLOW, reason="long run: set OMNIROUTE_SLOW=1"),
]


#: How long HiGHS may look, a programme, for the best of a plan that claims no proof.
#: A plan that does claim one is judged however long it takes. One real basket needs it:
#: 2,700 + 963 units that no node holds whole, split over 48 of 1,575.
PATIENCE_S = 60.0


def judge(engine: Engine, order: om.Order, policy: om.RoutingPolicy) -> str:
    """Cost the plan again, compare it with HiGHS; say what kind of plan it was."""
    plan = engine.route(order, policy=policy)
    asked = naive.questions(engine, order, policy)
    units, latest = 0, None
    if plan.shipments:
        found = naive.recost(asked, plan)
        units, latest = found.units, found.latest
    cost, bound = int(plan.cost * 10_000), int(plan.bound * 10_000)
    patience_s = None if plan.proven else PATIENCE_S
    try:
        best = naive.best(asked, policy.objective, patience_s)
    except SolverUnfinishedError:
        return "unproven by either"
    fastest = policy.objective == "fastest"
    mine = (-units, (latest or 0) if fastest else 0, cost)
    optimum = (-best[0], (best[1] or 0) if fastest else 0, best[2])
    assert mine >= optimum, "better than the best there is"
    if mine[:2] == optimum[:2]:
        assert bound <= best[2], "the bound is above the optimum"
    if plan.proven:
        assert mine == optimum, "proven, and yet there is a better plan"
        assert bound == cost
        return "proven"
    splits = any(not whole for q in asked for whole in q.instance.whole_able)
    assert splits or len(asked[0].skus) > 12, "a plain order of a dozen lines unproven"
    return "optimal" if mine == optimum else "not optimal"


def tell(number: int, tally: Counter) -> None:
    """Show what was found, under ``-s``."""
    sys.stdout.write(f"{number} {dict(tally)}\n")


def judge_world(made: World, count: int) -> Counter:
    """Judge random orders, each under random rules."""
    return Counter(
        judge(made.engine, made.order(), made.policy()) for _ in range(count)
    )


@pytest.mark.parametrize("seed", range(4 if WITHOUT_JIT else 40))
def test_proven_plans_equal_highs_to_the_last_unit(seed):
    """Small random networks, services of all kinds, all rules; most plans are proven."""
    count = 5 if WITHOUT_JIT else 10
    assert judge_world(world(seed, weightless=False), count)["proven"] > 0


@pytest.mark.parametrize("seed", range(2 if WITHOUT_JIT else 12))
def test_proofs_hold_where_some_items_weigh_nothing(seed):
    """A line without weight is no reason to leave it out of a bound."""
    judge_world(world(500 + seed, skus=12), 6 if WITHOUT_JIT else 12)


@pytest.mark.parametrize("seed", range(2 if WITHOUT_JIT else 12))
def test_no_proof_is_claimed_where_a_load_was_too_heavy(seed):
    """A part of a load might have gone; unless that is settled, nothing is proven."""
    made = world(1010 + seed, heavy=True)
    for _ in range(6 if WITHOUT_JIT else 12):
        order, policy = made.order(), made.policy()
        plan = made.engine.route(order, policy=policy)
        if plan.proven:
            judge(made.engine, order, policy)


@pytest.mark.parametrize("seed", range(2 if WITHOUT_JIT else 10))
def test_orders_above_a_dozen_lines_have_a_bound_that_holds(seed):
    """The plan found is never below its bound, and costs what its terms add up to."""
    made = world(seed, nodes=5, skus=24, weightless=False)
    for _ in range(2):
        order = made.order(lines=18)
        plan = made.engine.route(order)
        if plan.shipments:
            naive.recost(naive.questions(made.engine, order), plan)
        best = naive.best(naive.questions(made.engine, order), "cheapest")
        assert 0 <= plan.bound * 10_000 <= best[2] or plan.short_quanta
        assert plan.bound <= plan.cost


@pytest.mark.parametrize("seed", [pytest.param(k, marks=slow) for k in range(200)])
def test_long_run_random_orders(seed):
    """2,000 random orders in 200 networks, quantity splits and limits included."""
    tell(seed, judge_world(world(10_000 + seed, weightless=seed % 2 == 0), 10))


@pytest.mark.parametrize("part", [pytest.param(k, marks=slow) for k in range(50)])
def test_long_run_real_baskets(part):
    """500 real baskets of up to a dozen lines on the sample network."""
    shop = om.datasets.load_us_retail()
    baskets = [order for order in shop.orders if len(order.lines) <= 12]
    engine = Engine(shop.network, shop.items, clock=lambda: 0)
    engine.apply(shop.opening_stock)
    step = max(1, len(baskets) // 500)
    policies = [
        om.RoutingPolicy(),
        om.RoutingPolicy(max_shipments=2),
        om.RoutingPolicy(objective="fastest"),
    ]
    tally = Counter()
    for k in range(10 * part, 10 * part + 10):
        tally[judge(engine, baskets[step * k], policies[k % 3])] += 1
    tell(part, tally)
