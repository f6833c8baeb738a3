"""Lines split freely: plans beside every plan there is, and beside HiGHS.

The long run: ``OMNIROUTE_SLOW=1 python -m pytest tests/test_split_certificates.py -s``
"""

from __future__ import annotations

import sys
from collections import Counter

import attrs
import pytest

from tests.conftest import WITHOUT_JIT
from tests.naive import from_engine as naive
from tests.naive.mip import SolverUnfinishedError
from tests.routing.worlds import world
from tests.test_certificates import PATIENCE_S, slow


def freely(policy):
    return attrs.evolve(policy, split_lines="freely")


def judge(engine, order, policy):
    """Cost the plan again, compare it with HiGHS; say what kind of plan it was."""
    plan = engine.route(order, policy=policy)
    asked = naive.questions(engine, order, policy)
    found = naive.recost(asked, plan) if plan.shipments else None
    try:
        best = naive.best(asked, policy.objective, None if plan.proven else PATIENCE_S)
    except SolverUnfinishedError:
        return "unproven by either"
    fastest = policy.objective == "fastest"
    days = found.latest if fastest and found else 0
    mine = (-(found.units if found else 0), days, found.cost if found else 0)
    optimum = (-best[0], (best[1] or 0) if fastest else 0, best[2])
    assert mine >= optimum, "better than the best there is"
    if mine[:2] == optimum[:2]:
        assert plan.bound * 10_000 <= best[2], "the bound is above the optimum"
    if plan.proven:
        assert mine == optimum, "proven, and yet there is a better plan"
    needed = engine.route(order, policy=attrs.evolve(policy, split_lines="when_needed"))
    beside = naive.recost(asked, needed) if needed.shipments else None
    days = beside.latest if fastest and beside else 0
    other = (-(beside.units if beside else 0), days, beside.cost if beside else 0)
    assert mine <= other, "worse than a plan that splits when needed"
    return ("proven" if plan.proven else "not proven") + (
        ", better" if mine < other else ""
    )


def judge_world(made, count, lines=None):
    return Counter(
        judge(made.engine, made.order(lines=lines), freely(made.policy()))
        for _ in range(count)
    )


@pytest.mark.parametrize("seed", range(3 if WITHOUT_JIT else 30))
def test_proven_plans_equal_highs_where_lines_are_split_freely(seed):
    """Weight breaks, fixed costs of nodes, quanta, limits, all at once."""
    made = world(3_000 + seed, weightless=seed % 2 == 0)
    judge_world(made, 4 if WITHOUT_JIT else 8)


@pytest.mark.parametrize("seed", [pytest.param(k, marks=slow) for k in range(200)])
def test_long_run_of_lines_split_freely(seed):
    """2,000 random orders in 200 networks."""
    made = world(40_000 + seed, weightless=seed % 2 == 0, heavy=seed % 5 == 0)
    tally = judge_world(made, 10)
    sys.stdout.write(f"{seed} {dict(tally)}\n")
