"""Explanations, held against one that asks the model: see `tests.naive.explain`."""

from __future__ import annotations

from decimal import Decimal
from random import Random

import attrs
import pytest

import omniroute as om
from omniroute.codes import Reason
from tests.conftest import WITHOUT_JIT
from tests.naive import explain as naive
from tests.naive.from_engine import questions
from tests.routing.worlds import destination, world

SEEDS = range(2 if WITHOUT_JIT else 24)
OUT = {reason.name for reason in Reason if reason > Reason.CANDIDATE}


def minor(money):
    return int(money * 10_000)


def compare(engine, order, policy=None):
    """Every row against the twin's; the ranking too. Returns the reasons seen."""
    plan = engine.route(order, policy=policy)
    told = plan.explain()
    expected = naive.rows(engine, order, policy)
    sent = {(x.node, x.service): x for x in plan.shipments}
    assert len(told.candidates) == len(expected)
    for row in told.candidates:
        twin, pair = expected[row.node, row.service], (row.node, row.service)
        assert row.transit_days == twin.days, pair
        far = None if row.distance_km is None else int(row.distance_km * 1000)
        assert far == twin.distance_m, pair
        if pair in sent:
            assert row.reason is Reason.CHOSEN
            assert twin.reason == "CANDIDATE", (pair, twin)
            assert row.terms == sent[pair].terms
            continue
        assert row.reason.name == twin.reason, pair
        if twin.terms is not None:
            assert (row.quanta, row.lines) == (twin.quanta, twin.lines), pair
            assert tuple(map(minor, row.terms.values())) == twin.terms, pair
    ranked = sorted((r for r in told.candidates if r.rank), key=lambda r: r.rank)
    objective = (policy or engine.policy).objective
    pairs = [(row.node, row.service) for row in ranked]
    assert pairs == naive.ranked(expected, engine, objective)
    return {row.reason for row in told.candidates}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("heavy", [False, True])
def test_random_worlds(seed, heavy):
    """Any order, any policy, light and heavy things."""
    made = world(seed, heavy=heavy)
    for _ in range(6):
        compare(made.engine, made.order(), made.policy())
        freely = attrs.evolve(made.policy(), split_lines="freely")
        compare(made.engine, made.order(), freely)


def test_all_reasons_are_seen_in_random_worlds():
    """Or the comparison says nothing of some; for calendars see `test_dated`."""
    seen = set()
    for seed in range(12):
        made = world(seed, heavy=True)
        for _ in range(8):
            told = made.engine.route(made.order(), policy=made.policy()).explain()
            seen |= told.counts().keys()
    every = set(Reason) - {Reason.CLOSED, Reason.TOO_LATE, Reason.FULL, Reason.GATED}
    assert seen in (every, every - {Reason.TOO_HEAVY})


@pytest.mark.parametrize("seed", SEEDS)
def test_orders_above_a_dozen_lines(seed):
    """Where no table decides."""
    made = world(seed, nodes=6, skus=30)
    compare(made.engine, made.order(lines=20))


def composed(seed):
    """Cups and pots, sets of them, packs, and what replaces what."""
    dice = Random(seed)
    nodes = [
        om.Node(
            f"N{k}",
            order_cost=dice.randint(0, 3),
            line_cost=Decimal(dice.randint(0, 90)).scaleb(-2),
            unit_cost=Decimal(dice.randint(0, 30)).scaleb(-2),
        )
        for k in range(5)
    ]
    rates = om.RateCard(
        [500, 2000], {1: [5, 7]}, max_shipment_g=dice.choice([2500, 9000])
    )
    services = [
        om.Service("slow", "ship", rates, transit_days={1: 3}),
        om.Service("quick", "ship", om.RateCard.flat(12), transit_days={1: 1}),
    ]
    items = [
        om.Item("CUP", 150, substitutes=["MUG", "EGG"]),
        om.Item("POT", 800),
        om.Item("MUG", 200, substitutes=["CUP"]),
        om.Item("ROPE", 30, decimals=1),
        om.Item("EGG", 60, pack_size=6, pack_rounding="up"),
        om.Item("SET", components={"CUP": 4, "POT": 1}),
        om.Item("BOX", components={"SET": 1, "ROPE": Decimal("2.5")}),
    ]
    engine = om.Engine(om.Network(nodes, services), items, clock=lambda: 0)
    engine.apply(
        [
            om.Receive(sku, node.id, dice.randint(1, most))
            for sku, most in (
                ("CUP", 12),
                ("POT", 3),
                ("MUG", 5),
                ("ROPE", 9),
                ("EGG", 20),
            )
            for node in nodes
            if dice.random() < 0.6
        ]
    )
    return dice, engine


@pytest.mark.parametrize("seed", SEEDS)
def test_kits_packs_and_substitutes(seed):
    """What nodes can make, and send in place of what is short."""
    dice, engine = composed(seed)
    skus = [item.sku for item in engine.items]
    for _ in range(6):
        lines = [
            om.OrderLine(sku, dice.randint(1, 5), substitutes=dice.random() < 0.6)
            for sku in dice.sample(skus, dice.randint(1, 3))
        ]
        objective = dice.choice(["cheapest", "fastest"])
        policy = om.RoutingPolicy(objective=objective)
        compare(engine, om.Order(lines, destination(dice)), policy)


def protected(seed):
    """A random world with channels, fences, thresholds and safety by service."""
    channels = [om.Channel("web"), om.Channel("app", parent="web"), om.Channel("b2b")]
    made = world(seed, channels=channels)
    dice, engine = made.dice, made.engine
    rules = [
        om.SafetyRule(1),
        om.SafetyRule(2, node=engine.network.node_ids[0]),
        om.SafetyRule(3, guards="network", sku=made.skus[1]),
        om.SafetyRule(2, service="express"),
        om.SafetyRule(3, channel="b2b"),
    ]
    engine.set_safety(dice.sample(rules, dice.randint(1, 5)))
    engine.allocate(
        [
            om.RingFence(channel, sku, 1, nodes=node)
            for sku in made.skus[:8]
            for node in engine.network.node_ids
            for channel in dice.sample(["web", "b2b"], 1)
            if dice.random() < 0.5
        ]
    )
    return made


@pytest.mark.parametrize("seed", SEEDS)
def test_protected_channels(seed):
    """What one channel sees, another does not."""
    made = protected(seed)
    for _ in range(6):
        lines = {line.sku: line.quantity for line in made.order().lines}
        channel = made.dice.choice([None, "web", "app", "b2b"])
        order = om.Order(lines, destination(made.dice), channel=channel)
        compare(made.engine, order)


# -- the best plan with a node ---------------------------------------------------------


def key(plan, objective):
    short = plan.short_quanta
    first = (plan.transit_days,) if objective == "fastest" else ()
    return (-(sum(q for _, q in plan.ask.lines) - short), *first, minor(plan.cost))


@pytest.mark.parametrize("seed", range(2 if WITHOUT_JIT else 80))
def test_the_best_plan_with_a_node_is_the_best_of_all_that_use_it(seed):
    """All plans tried one by one; where it is not proven, no better than found."""
    force_each_node(seed, "when_needed")


@pytest.mark.parametrize("seed", range(100, 102 if WITHOUT_JIT else 130))
def test_the_best_plan_with_a_node_where_lines_are_split_freely(seed):
    """A part of a line may be what draws on the node, although others have it whole."""
    force_each_node(seed, "freely")


def force_each_node(seed, split_lines):
    """Ask each node why it is not in the plan, and try all plans that it is in."""
    made = world(seed, nodes=4, skus=8, heavy=seed % 3 == 0)
    dice, policy = made.dice, made.policy()
    if seed % 2:
        policy = om.RoutingPolicy(objective=policy.objective)
    policy = attrs.evolve(policy, split_lines=split_lines)
    # Whole units only: the twin tries every quantity.
    skus = [item.sku for item in made.engine.items if not item.decimals]
    some = dice.sample(skus, min(len(skus), dice.randint(1, 3)))
    lines = {sku: dice.randint(1, 3) for sku in some}
    order = om.Order(lines, destination(dice))
    plan = made.engine.route(order, policy=policy)
    asked = questions(made.engine, order, policy)
    for node in made.engine.network.node_ids:
        for line in (None, *lines):
            told = plan.why_not(node, line=line)
            tried = naive.best_with(asked, policy.objective, node, 3_000, line)
            if tried[0]:
                check_forced(told, tried[1], policy.objective)


def check_forced(told, best, objective):
    if told.plan is None:
        assert best is None or not told.proven, told
        return
    assert told.node in {shipment.node for shipment in told.plan.shipments}
    assert best is not None
    found = key(told.plan, objective)
    assert found == best if told.proven else found >= best, told


@pytest.mark.parametrize("seed", range(2 if WITHOUT_JIT else 40))
def test_every_better_single_shipment_is_among_the_alternatives(seed):
    """In their order, at the twin's cost; none serves what the chosen does from there."""
    made = world(seed, heavy=seed % 2 == 0)
    order = made.order(lines=3)
    plan = made.engine.route(order)
    found = plan.alternatives(4)
    places = [{(x.node, x.service) for x in p.shipments} for p in (plan, *found)]
    assert len({frozenset(each) for each in places}) == len(places), "all differ"
    keys = [key(each, "cheapest") for each in found]
    assert keys == sorted(keys)
    expected = naive.rows(made.engine, order)
    ranked = naive.ranked(expected, made.engine, "cheapest")
    singles = [p for p in ranked if {p} != places[0]]
    shown = [next(iter(each)) for each in places[1:] if len(each) == 1]
    if len(found) == 4:
        worst = keys[-1]
        better = [
            pair
            for pair in singles
            if (-expected[pair].quanta, sum(expected[pair].terms)) < worst
        ]
        assert set(better) <= set(shown)
