"""A time budget: searches of growing size, until it is proven or the time is up."""

from __future__ import annotations

import pytest

import omniroute as om
from omniroute.kernels.order.layout import A_BUDGET, O_PROVEN
from omniroute.routing.timed import FIRST, route_within
from tests.naive import from_engine as naive
from tests.routing.worlds import world


class Clock:
    """Tells a second more each time it is asked."""

    def __init__(self, step_s=1.0):
        self.now_s, self._step_s = 0.0, step_s

    def __call__(self):
        self.now_s += self._step_s
        return self.now_s


def searched(monkeypatch, router, doubt=False):
    """Budgets of the searches that are made from now on; none proves anything, if so."""
    found, decide = [], router.decide

    def noted(order, ask):
        found.append(ask.words[A_BUDGET])
        answer = decide(order, ask)
        if doubt:
            answer[O_PROVEN] = 0
        return answer

    monkeypatch.setattr(router, "decide", noted)
    return found


def hard(seed):
    """An order of many lines, of which something can be served."""
    made = world(seed, nodes=7, skus=30, weightless=False)
    orders = (made.order(lines=18) for _ in range(50))
    return made, next(each for each in orders if made.engine.route(each).shipments)


@pytest.mark.parametrize("seed", range(4))
def test_more_time_is_never_worse_and_its_bound_holds(seed):
    """Beside the same question with hardly any work, and beside HiGHS."""
    made, order = hard(seed)
    little = made.engine.route(order, policy=om.RoutingPolicy(work_budget=1))
    plan = made.engine.route(order, budget_s=0.3)
    assert plan.short_quanta <= little.short_quanta
    if plan.short_quanta == little.short_quanta:
        assert plan.objective <= little.objective
    asked = naive.questions(made.engine, order, om.RoutingPolicy())
    units, _, cost = naive.best(asked, "cheapest", 60.0)
    if naive.recost(asked, plan).units == units:
        assert plan.bound * 10_000 <= cost <= plan.objective * 10_000
    again = made.engine.route(order)
    assert (again.reproducible, again.stale, plan.stale) == (True, False, False)


def test_work_grows_while_there_is_time(monkeypatch):
    """Each search does four times the work; the last one what there is time for."""
    made, order = hard(1)
    router = made.engine._router
    budgets = searched(monkeypatch, router, doubt=True)
    plan = route_within(router, order, None, 30.0, Clock())
    assert budgets[:3] == [FIRST, 4 * FIRST, 16 * FIRST]
    assert 4 < len(budgets) < 16
    assert not plan.reproducible


def test_without_time_one_small_search_is_made(monkeypatch):
    """There is always a plan."""
    made, order = hard(2)
    budgets = searched(monkeypatch, made.engine._router)
    plan = made.engine.route(order, budget_s=0)
    assert budgets == [FIRST]
    assert plan.shipments
    assert plan.reproducible == plan.proven


def test_what_tables_settle_needs_no_time(monkeypatch):
    """Few lines are proven at once, and the same on every machine."""
    made = world(3, nodes=5)
    order = made.order(lines=3)
    budgets = searched(monkeypatch, made.engine._router)
    plan = made.engine.route(order, budget_s=60)
    assert len(budgets) == 1
    assert (plan.proven, plan.reproducible) == (True, True)
    assert plan.objective == made.engine.route(order).objective


@pytest.mark.parametrize("value", [-1, "1", True, float("inf"), float("nan")])
def test_seconds_that_cannot_be_are_refused(value):
    """By the name of the argument."""
    made = world(0)
    with pytest.raises(om.ValidationError, match="^budget_s: expected seconds"):
        made.engine.route(made.order(lines=1), budget_s=value)
