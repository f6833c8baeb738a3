"""Policies beside HiGHS, on orders too large for listing every plan."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal

import pytest

import omniroute as om
from tests.conftest import WITHOUT_JIT
from tests.naive import from_engine as naive
from tests.naive.mip import SolverUnfinishedError, mip_best
from tests.routing.worlds import world

#: Above the cash of any plan of these small worlds; small enough for a solver's floats.
MUCH = 20_000_000
PATIENCE_S = 60.0


def with_extra(question, amount):
    """The question with so much more for each shipment."""
    nodes = tuple(
        replace(node, order_cost=node.order_cost + amount)
        for node in question.instance.nodes
    )
    instance = replace(question.instance, nodes=nodes)
    return replace(question, instance=instance)


def least(asked, amount, patience_s):
    """Units and money of the best plan with so much more for each shipment."""
    best = naive.best([with_extra(q, amount) for q in asked], "cheapest", patience_s)
    return best[0], best[2]


def judge(engine, order, policy, amount, counted):
    """Compare a plan with HiGHS; say what kind of plan it was."""
    plan = engine.route(order, policy=policy)
    asked = naive.questions(engine, order, policy)
    units, money = 0, 0
    if plan.shipments:
        found = naive.recost(asked, plan)
        units, money = found.units, found.cost + amount * found.n_shipments
    try:
        best = least(asked, amount, None if plan.proven else PATIENCE_S)
    except SolverUnfinishedError:
        return "unproven by either"
    assert (-units, money) >= (-best[0], best[1]), "better than the best there is"
    if units == best[0]:
        told = int(plan.bound * 10_000) + counted * len(plan.shipments)
        assert told <= best[1] or not plan.bound, "the bound is above the optimum"
    if plan.proven:
        assert (units, money) == best, "proven, and yet there is a better plan"
    return "proven" if plan.proven else "not proven"


@pytest.mark.parametrize("lines", [4, 7, 10, 14])
@pytest.mark.parametrize("seed", range(2 if WITHOUT_JIT else 4))
def test_the_fewest_shipments_equal_highs(seed, lines):
    """Fewest first, then money, on up to 14 lines; a dozen are proven."""
    made = world(seed, nodes=6, skus=20, weightless=False)
    tally = Counter()
    for _ in range(2):
        policy = om.RoutingPolicy(
            objective="fewest_shipments", mix_kinds=made.dice.random() < 0.3
        )
        order = made.order(lines=lines)
        tally[judge(made.engine, order, policy, MUCH, MUCH)] += 1
    assert tally["proven"] or lines > 12 or "not proven" in tally


@pytest.mark.parametrize("lines", [4, 7, 10, 14])
@pytest.mark.parametrize("seed", range(2 if WITHOUT_JIT else 4))
def test_money_for_shipments_equals_highs(seed, lines):
    """A price on shipments moves the optimum, and the bound with it."""
    made = world(50 + seed, nodes=6, skus=20, weightless=False)
    for price in (0.5, 4):
        policy = om.RoutingPolicy(objective="weighted", shipment_price=price)
        order = made.order(lines=lines)
        judge(made.engine, order, policy, int(price * 10_000), 0)


@pytest.mark.parametrize("lines", [5, 9, 14])
@pytest.mark.parametrize("seed", range(2 if WITHOUT_JIT else 4))
def test_prices_of_splits_and_kilometres_equal_highs(seed, lines):
    """Every node at a distance of its own; now and then no line is divided."""
    made = world(120 + seed, nodes=6, skus=20, weightless=False)
    order = made.order(lines=lines)
    policy = om.RoutingPolicy(
        split_penalty=1.25, distance_price=0.003, split_lines=seed % 2 == 0
    )
    plan = made.engine.route(order, policy=policy)
    asked = naive.questions(made.engine, order, policy)
    units = naive.recost(asked, plan).units if plan.shipments else 0
    best = naive.best([by_distance(q, 30) for q in asked], "cheapest", PATIENCE_S)
    if not plan.shipments:
        assert best[0] == 0
        return
    # The solver is told of a penalty for the first shipment too.
    mine = int((plan.objective + Decimal("1.25")) * 10_000)
    assert (-units, mine) >= (-best[0], best[2])
    if units == best[0]:
        assert plan.bound * 10_000 <= best[2] - 12_500
    if plan.proven:
        assert (units, mine) == (best[0], best[2])


def by_distance(question, price):
    """The question with a penalty a shipment, and money for each node's distance."""
    instance = question.instance
    metres = {o.node: min(o.distance_m, 25_000_000) for o in instance.options}
    nodes = tuple(
        replace(
            node,
            order_cost=node.order_cost
            + 12_500
            + (metres.get(k, 0) * price + 500) // 1000,
        )
        for k, node in enumerate(instance.nodes)
    )
    return replace(question, instance=replace(instance, nodes=nodes))


@pytest.mark.parametrize("seed", range(2 if WITHOUT_JIT else 4))
def test_money_for_days_equals_highs(seed):
    """The least over every latest arrival there can be, each by HiGHS."""
    made = world(80 + seed, nodes=6, skus=20, weightless=False)
    policy = om.RoutingPolicy(objective="weighted", day_price=1.5)
    order = made.order(lines=6)
    plan = made.engine.route(order, policy=policy)
    asked = naive.questions(made.engine, order, policy)
    if not plan.shipments:
        return
    found = naive.recost(asked, plan)
    sums = []
    for days in sorted({o.transit_days for q in asked for o in q.instance.options}):
        for q in asked:
            within = lambda o, days=days: o.transit_days <= days  # noqa: E731
            if any(
                whole and not any(map(within, whole_options(q.instance, i)))
                for i, whole in enumerate(q.instance.whole_able)
            ):
                continue
            kept = tuple(filter(within, q.instance.options))
            part = replace(q.instance, options=kept)
            units, _, cost = mip_best(part, "cheapest", q.max_shipments)
            if units == found.units:
                sums.append(cost + 15_000 * days)
    mine = found.cost + 15_000 * found.latest
    assert plan.objective * 10_000 == mine
    assert mine >= min(sums)
    if plan.proven:
        assert mine == min(sums)


def whole_options(instance, line):
    """Options that hold a line whole: it may not be split though they arrive too late."""
    return [
        option
        for option in instance.options
        if instance.nodes[option.node].stock[line] >= instance.lines[line].quantity
    ]
