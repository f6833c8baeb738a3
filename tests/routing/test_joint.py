"""Orders whose lines draw on the same stock, against every plan there is."""

from __future__ import annotations

from decimal import Decimal
from random import Random

import pytest

import omniroute as om
from omniroute.routing import joint
from tests.naive.composed import Question, best, fits, flat, value

TO = om.Destination(postcode="55425")
COMPONENTS = {"K1": {"A": 1, "B": 1}, "K2": {"B": 2}, "K3": {"K1": 1, "C": 1}}
WEIGHT_G = {"A": 300, "B": 450, "C": 900}
BRACKETS = (500, 1000, 2500, 5000, 100_000)


def world(seed):
    """Two or three nodes with a little of three parts, and an order that clashes."""
    dice = Random(seed)
    count = dice.choice([2, 2, 3])
    costs = [[dice.randint(0, 3) for _ in range(3)] for _ in range(count)]
    rising = sorted(dice.sample(range(3, 30), len(BRACKETS)))
    nodes = [
        om.Node(f"N{k}", order_cost=c[0], line_cost=c[1], unit_cost=c[2])
        for k, c in enumerate(costs)
    ]
    card = om.RateCard(BRACKETS, {1: rising})
    items = [om.Item(sku, weight) for sku, weight in WEIGHT_G.items()]
    items += [om.Item(sku, components=parts) for sku, parts in COMPONENTS.items()]
    network = om.Network(nodes, [om.Service("ground", "ship", card)])
    engine = om.Engine(network, items, clock=lambda: 0)
    stock = [{part: dice.randint(0, 4) for part in WEIGHT_G} for _ in nodes]
    received = [
        om.Receive(part, f"N{k}", n)
        for k, here in enumerate(stock)
        for part, n in here.items()
        if n
    ]
    if received:
        engine.apply(received)
    chosen = dice.sample([*WEIGHT_G, *COMPONENTS], dice.choice([2, 2, 3]))
    lines = {sku: dice.randint(1, 3) for sku in chosen}
    return engine, lines, question(lines, stock, costs, card)


def question(lines, stock, costs, card):
    draws = [flat(sku, COMPONENTS) for sku in lines]
    top = sum(n * sum(WEIGHT_G[p] * k for p, k in flat(s, COMPONENTS).items())
              for s, n in lines.items())  # fmt: skip
    steps = range(50, top + 51, 50)
    return Question(
        tuple(lines.values()),
        tuple(draws),
        tuple(sum(WEIGHT_G[part] * n for part, n in each.items()) for each in draws),
        tuple(sum(each.values()) for each in draws),
        tuple(stock),
        *(tuple(10_000 * c[j] for c in costs) for j in range(3)),
        tuple((g, int(card.price(1, g) * 10_000)) for g in steps),
    )


def sent_by(plan, lines, nodes):
    lots = {
        (s.node, line.sku): line.quantity for s in plan.shipments for line in s.lines
    }
    return tuple(
        tuple(lots.get((f"N{k}", sku), 0) for k in range(nodes)) for sku in lines
    )


@pytest.mark.parametrize("seed", range(250))
def test_no_plan_beats_a_proven_one(seed):
    """Nothing is taken twice; no plan that splits no more is better.

    Not even one that splits at will serves more, or as much for less, where the plan
    has no line short that stock is left for.
    """
    engine, lines, asked = world(seed)
    plan = engine.route(om.Order(lines, TO))
    sent = sent_by(plan, lines, len(asked.stock))
    assert fits(asked, sent)
    told = sum(line.quantity for line in plan.shortages), int(plan.cost * 10_000)
    assert value(asked, sent) == told
    assert plan.proven
    strict = best(asked, split_freely=False)
    if strict is not None:
        assert told <= strict
    free = best(asked, split_freely=True)
    if free is not None:
        assert free <= told


@pytest.mark.parametrize("seed", range(60))
def test_what_is_routed_can_be_reserved(seed):
    """Place, check, and what is left is what the parts that went are missing."""
    engine, lines, _ = world(seed)
    before = engine.availability(["A", "B", "C"]).values.sum()
    placed = engine.place(om.Order(lines, TO), id="R", partial=True)
    engine.check()
    drawn = sum(quanta for _, _, quanta in placed.plan.drawn)
    assert engine.availability(["A", "B", "C"]).values.sum() == before - drawn
    if placed.reserved:
        assert engine.release("R") is om.Status.OK
    assert engine.availability(["A", "B", "C"]).values.sum() == before


@pytest.mark.parametrize("seed", range(120))
def test_without_time_to_search_the_plan_still_holds(seed, monkeypatch):
    """The first answer and what is first come, first served; it claims no proof."""
    engine, lines, asked = world(seed)
    sure = engine.route(om.Order(lines, TO))
    monkeypatch.setattr(joint, "QUESTIONS_MAX", 2)
    plan = engine.route(om.Order(lines, TO))
    sent = sent_by(plan, lines, len(asked.stock))
    assert fits(asked, sent)
    if plan.proven:
        assert plan.cost == sure.cost
    else:
        assert plan.bound <= plan.cost
        strict = best(asked, split_freely=False)
        if strict is not None and plan.short_quanta == strict[0]:
            assert plan.bound * 10_000 <= strict[1]


def test_some_of_these_orders_clash(monkeypatch):
    """Else the tests above would test nothing."""
    asked = []
    real = joint.Joint._question
    monkeypatch.setattr(
        joint.Joint, "_question", lambda self, most: asked.append(1) or real(self, most)
    )
    clashed = 0
    for seed in range(60):
        engine, lines, _ = world(seed)
        asked.clear()
        engine.route(om.Order(lines, TO))
        clashed += len(asked) > 1
    assert clashed > 10


def test_routing_leaves_no_trace():
    """Rows that were lent are given back, also where a kernel gives up."""
    engine, lines, _ = world(3)
    before, rows = engine.digest(), engine.state.arena.rows.copy()
    engine.route(om.Order(lines, TO)).explain()
    assert engine.digest() == before
    assert (engine.state.arena.rows == rows).all()
    engine.check()


def test_the_fastest_plan_is_the_fastest_of_kits_too():
    """Near has one set and a spare cup; what the order wants comes soon or cheaply."""
    nodes = [om.Node("NEAR", order_cost=9), om.Node("FAR")]
    services = [
        om.Service("van", "ship", om.RateCard.flat(5), transit_days={1: 1}),
    ]
    items = [
        om.Item("CUP"),
        om.Item("POT"),
        om.Item("SET", components={"CUP": 2, "POT": 1}),
    ]
    engine = om.Engine(om.Network(nodes, services), items, clock=lambda: 0)
    engine.apply([om.Receive("CUP", "NEAR", 3), om.Receive("POT", "NEAR", 1)])
    engine.apply([om.Receive("CUP", "FAR", 2), om.Receive("POT", "FAR", 1)])
    order = om.Order({"SET": 1, "CUP": 2}, TO)
    plan = engine.route(order, policy=om.RoutingPolicy(objective="fastest"))
    assert plan.complete
    assert plan.proven
    assert plan.cost == Decimal(19)
