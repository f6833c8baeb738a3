"""Lines that a policy lets come from several nodes although one has them whole."""

from __future__ import annotations

from decimal import Decimal
from random import Random

import attrs
import pytest

import omniroute as om
from omniroute.codes import Reason
from omniroute.engine import Engine
from omniroute.kernels.order.layout import (
    O_BOUND,
    O_COST,
    O_HEADER,
    O_PICKS,
    O_PROVEN,
    O_SHORT,
)
from omniroute.routing.decide import whole_if_as_good
from tests.conftest import WITHOUT_JIT
from tests.naive import from_engine as naive
from tests.routing.test_objectives import judge
from tests.routing.worlds import destination, world

TO = om.Destination(postcode="55425")
FREELY = om.RoutingPolicy(split_lines="freely")
NEEDED = om.RoutingPolicy()


def scales(policy=NEEDED, **clock):
    """Two nodes that each have all; 2 kg go for 3, 4 kg for 9, and 5 or more for 20."""
    card = om.RateCard([2000, 4000, 9000], {1: [3, 9, 20]}, any_zone=True)
    services = [om.Service("ground", "ship", card)]
    nodes = [om.Node("A", order_cost=1), om.Node("B", order_cost=1)]
    items = [om.Item("IRON", weight_g=1000), om.Item("PAN", weight_g=500)]
    clock.setdefault("clock", lambda: 0)
    engine = Engine(om.Network(nodes, services), items, policy=policy, **clock)
    engine.apply([om.Receive(i.sku, n.id, 4) for i in items for n in nodes])
    return engine


def sent(plan):
    return sorted(
        (s.node, line.sku, line.quantity) for s in plan.shipments for line in s.lines
    )


def test_of_equal_plans_the_one_that_splits_nothing():
    """No line is split for nothing, here and in random worlds."""
    engine = scales()
    plan = engine.route(om.Order({"IRON": 2, "PAN": 3}, TO), policy=FREELY)
    whole = engine.route(om.Order({"IRON": 2, "PAN": 3}, TO))
    assert plan.cost == whole.cost
    assert sent(plan) == sent(whole)
    for seed in range(4 if WITHOUT_JIT else 12):
        made = world(9100 + seed)
        for _ in range(3):
            order = made.order()
            free = made.engine.route(order, policy=FREELY)
            needed = made.engine.route(order)
            if free.objective == needed.objective:
                assert len(free.shipments) <= len(needed.shipments)


@pytest.mark.parametrize("seed", range(4 if WITHOUT_JIT else 12))
def test_single_units_are_decided_as_ever(seed):
    """A line of one has no parts: the answer is the same, word for word."""
    made = world(9200 + seed)
    whole = [item.sku for item in made.engine.items if not item.decimals]
    for _ in range(4):
        skus = made.dice.sample(whole, min(4, len(whole)))
        order = attrs.evolve(made.order(lines=1), lines=dict.fromkeys(skus, 1))
        free = made.engine.route(order, policy=FREELY)
        needed = made.engine.route(order)
        assert (free.answer, free.proven) == (needed.answer, needed.proven)


@pytest.mark.parametrize("seed", range(4 if WITHOUT_JIT else 16))
def test_prices_of_days_shipments_and_terms_beside_every_plan(seed):
    """Criteria, money for a shipment and a day, cash by the line: the best of all."""
    made = world(9300 + seed, nodes=4, weightless=False)
    dice = made.dice
    for _ in range(3 if WITHOUT_JIT else 5):
        prices = {"day_price": Decimal("1.5"), "shipment_price": Decimal("0.5")}
        objective = dice.choice(["weighted", "fewest_shipments", "fastest"])
        policy = om.RoutingPolicy(
            objective=objective,
            split_lines="freely",
            max_shipments=dice.choice([None, None, 2]),
            **(prices if objective == "weighted" else {}),
        )
        judge(made, made.order(lines=dice.randint(1, 3)), policy)


@pytest.mark.parametrize("seed", range(2 if WITHOUT_JIT else 8))
def test_a_search_without_time_is_no_worse_than_when_needed(seed):
    """Tables settle much of what splits when needed; the search has hardly begun."""
    made = world(9600 + seed, nodes=8, weightless=False)
    hasty = om.RoutingPolicy(split_lines="freely", work_budget=1)
    strict = attrs.evolve(hasty, split_lines="when_needed")
    for _ in range(4):
        order = made.order(lines=made.dice.randint(3, 12))
        free = made.engine.route(order, policy=hasty)
        needed = made.engine.route(order, policy=strict)
        assert free.short_quanta <= needed.short_quanta
        if free.short_quanta == needed.short_quanta:
            assert free.bound <= free.cost <= needed.cost


def answer_of(cost, bound, proven, short=0):
    answer = [0] * O_HEADER
    answer[O_COST], answer[O_BOUND], answer[O_PROVEN] = cost, bound, proven
    answer[O_SHORT], answer[O_PICKS] = short, 1
    return answer


@pytest.mark.parametrize(
    ("free", "kept", "told"),
    [
        ((90, 90, 1), (100, 100, 1), (90, 90, 1)),
        (
            (100, 60, 0),
            (90, 90, 1),
            (90, 60, 0),
        ),  # the best of fewer plans proves nothing
        ((100, 90, 0), (90, 90, 1), (90, 90, 1)),  # that the wider bound meets it does
        ((90, 90, 1), (90, 0, 0), (90, 90, 1)),
        ((100, 0, 0, 2), (120, 120, 1, 1), (120, 0, 0)),  # more units, of another bound
        ((100, 0, 0, 1), (120, 120, 1, 1), (100, 0, 0)),
    ],
)
def test_the_better_of_two_answers_has_the_wider_bound(free, kept, told):
    """(cost, bound, proven[, short]): lines split freely, when needed; what is told."""
    best = whole_if_as_good(answer_of(*free), answer_of(*kept))
    assert (best[O_COST], best[O_BOUND], best[O_PROVEN]) == told


# -- packs, fixed costs, prices by the item --------------------------------------------


@pytest.mark.parametrize("seed", range(4 if WITHOUT_JIT else 16))
def test_packs_are_split_by_the_pack(seed):
    """A world of packs beside one of units that weigh and cost as much, and HiGHS."""
    dice = Random(seed)
    size = dice.choice([2, 3, 6])
    names = [f"S{k}" for k in range(4)]
    weights = {sku: dice.choice([90, 250, 400, 1300]) for sku in names}
    stock = [
        (sku, node, dice.randint(1, 5))
        for sku in names
        for node in ("A", "B", "C")
        if dice.random() < 0.8
    ]
    wanted = {sku: dice.randint(1, 4) for sku in dice.sample(names, 3)}
    fees = [Decimal(dice.randint(0, 300)).scaleb(-2) for _ in range(3)]
    unit = [Decimal(dice.randint(0, 40)).scaleb(-2) for _ in range(3)]
    prices = [dice.randint(200, 900) + 100 * k * dice.randint(1, 4) for k in range(4)]
    card = om.RateCard(
        [1000, 2500, 5000, 20_000],
        {1: [Decimal(p).scaleb(-2) for p in sorted(prices)]},
        any_zone=True,
    )

    def engine_of(pack):
        nodes = [
            om.Node(node, order_cost=fees[k], unit_cost=unit[k] * (size // pack))
            for k, node in enumerate("ABC")
        ]
        items = [
            om.Item(sku, weight_g=weights[sku] * size // pack, pack_size=pack)
            for sku in names
        ]
        network = om.Network(nodes, [om.Service("ground", "ship", card)])
        engine = Engine(network, items, clock=lambda: 0)
        engine.apply([om.Receive(sku, node, n * pack) for sku, node, n in stock])
        return engine

    packs, units = engine_of(size), engine_of(1)
    boxed = om.Order({sku: n * size for sku, n in wanted.items()}, TO)
    loose = om.Order(wanted, TO)
    plan = packs.route(boxed, policy=FREELY)
    other = units.route(loose, policy=FREELY)
    assert (plan.cost, plan.proven) == (other.cost, other.proven)
    assert all(n % size == 0 for _, _, n in sent(plan))
    if plan.proven and plan.shipments:
        best = naive.best(naive.questions(units, loose, FREELY), "cheapest")
        assert plan.cost * 10_000 == best[2]


def test_a_part_is_not_worth_another_node_s_fixed_cost():
    """What a split saves has to pay for the second node."""
    card = om.RateCard([2000, 6000], {1: [3, 8]}, any_zone=True)
    near = om.RateCard([1000, 6000], {1: [1, 30]}, any_zone=True)
    services = [om.Service("post", "ship", card), om.Service("walk", "ship", near)]
    for fee, cost in ((Decimal("1.99"), Decimal("5.99")), (Decimal("2.01"), 6)):
        nodes = [
            om.Node("A", services=["post"]),
            om.Node("B", services=["walk"], order_cost=fee),
        ]
        items = [om.Item("IRON", weight_g=1000)]
        engine = Engine(om.Network(nodes, services), items, clock=lambda: 0)
        engine.apply([om.Receive("IRON", "A", 3), om.Receive("IRON", "B", 1)])
        plan = engine.route(om.Order({"IRON": 3}, TO), policy=FREELY)
        assert (plan.cost, plan.proven) == (cost, True)


@pytest.mark.parametrize("seed", range(3 if WITHOUT_JIT else 10))
def test_prices_by_the_item_are_no_worse_and_bounded(seed):
    """No proof where units are priced where they lie; never worse than when needed."""
    made = world(9400 + seed, nodes=4, weightless=False)
    for _ in range(4):
        prices = {
            node: {
                sku: Decimal(made.dice.randint(0, 900)).scaleb(-2) for sku in made.skus
            }
            for node in made.engine.network.node_ids
        }
        rules = attrs.evolve(FREELY, terms=[om.terms.node_price(prices)])
        order = made.order(lines=made.dice.randint(2, 5))
        free = made.engine.route(order, policy=rules)
        strict = attrs.evolve(rules, split_lines="when_needed")
        needed = made.engine.route(order, policy=strict)
        assert free.short_quanta <= needed.short_quanta
        if free.short_quanta == needed.short_quanta:
            assert free.bound <= free.objective <= needed.objective


# -- beside the rest -------------------------------------------------------------------


def cheaper_apart(policy=NEEDED, **clock):
    """Three irons: 6 whole from A, as two parcels; 4 with the one that B has."""
    card = om.RateCard([2000, 6000], {1: [3, 8]}, any_zone=True)
    near = om.RateCard([1000, 6000], {1: [1, 30]}, any_zone=True)
    services = [om.Service("post", "ship", card), om.Service("walk", "ship", near)]
    nodes = [
        om.Node("A", services=["post"]),
        om.Node("B", services=["walk"]),
        om.Node("C", services=["post"], order_cost=9),
    ]
    items = [om.Item("IRON", weight_g=1000)]
    clock.setdefault("clock", lambda: 0)
    engine = Engine(om.Network(nodes, services), items, policy=policy, **clock)
    engine.apply([om.Receive("IRON", "A", 9), om.Receive("IRON", "B", 1)])
    engine.apply(om.Receive("IRON", "C", 1))
    return engine


SPLIT = [("A", "IRON", 2), ("B", "IRON", 1)]
IRONS = om.Order({"IRON": 3}, TO)


def test_whatever_asks_splits_alike():
    """One by one, in a batch, placed, offered, listed, in the shadow: 4, not 6."""
    engine = cheaper_apart()
    assert engine.route(IRONS).cost == 6
    assert sent(engine.route(IRONS, policy=FREELY)) == SPLIT
    batch = engine.route_many([IRONS, IRONS], policy=FREELY)
    assert [sent(batch.plan(k)) for k in range(2)] == [SPLIT, SPLIT]
    with engine.shadow(FREELY) as beside:
        engine.route(IRONS)
    assert beside.columns()["shadow_cost_minor"].tolist() == [40_000]
    placed = engine.place(IRONS, id="A-1", policy=FREELY)
    assert placed.reserved
    assert sent(placed.plan) == SPLIT
    engine.check()


def test_a_listing_costs_what_routing_says():
    """Several units of a SKU by one service: listed as they are routed."""
    better = 0
    for seed in range(2 if WITHOUT_JIT else 10):
        made = world(9500 + seed)
        to = destination(made.dice)
        skus = [item.sku for item in made.engine.items if not item.decimals]
        listed = made.engine.promise_many(skus, to=to, quantity=3, policy=FREELY)
        needed = made.engine.promise_many(skus, to=to, quantity=3)
        for i, sku in enumerate(skus):
            for k, service in enumerate(listed.services):
                order = om.Order({sku: 3}, to, services=[service])
                plan = made.engine.route(order, policy=FREELY)
                if not plan.complete:
                    assert listed.node[i, k] < 0
                    continue
                assert Decimal(repr(float(listed.cost[i, k]))) == plan.cost
                better += not listed.cost[i, k] >= needed.cost[i, k]
    assert better or WITHOUT_JIT


def test_a_node_with_a_part_could_have_served():
    """Where lines are split freely, no node is out because it has but a part."""
    engine = cheaper_apart()
    told = engine.route(IRONS).explain()
    assert told.counts()[Reason.PART_ONLY] == 2
    told = engine.route(IRONS, policy=FREELY).explain()
    assert Reason.PART_ONLY not in told.counts()
    assert told.counts()[Reason.CANDIDATE] == 1


def test_kept_together_a_line_comes_from_one_node():
    """Who wants a line from one node says so, and the rest is still split freely."""
    engine = cheaper_apart()
    order = attrs.evolve(IRONS, keep_together=[["IRON"]])
    assert engine.route(order, policy=FREELY).cost == 6
    one = attrs.evolve(FREELY, max_shipments=1)
    assert engine.route(IRONS, policy=one).cost == 6


@pytest.mark.parametrize(
    ("said", "kept"),
    [(True, "when_needed"), (False, "never"), ("freely", "freely"), ("never", "never")],
)
def test_a_yes_or_no_is_the_word_for_it(said, kept):
    """Policies that were written before there were words are read as they were meant."""
    policy = om.RoutingPolicy(split_lines=said)
    assert policy.split_lines == kept
    assert om.RoutingPolicy.from_dict({"schema": 1, "split_lines": said}) == policy
    assert om.RoutingPolicy.from_toml(policy.to_toml()) == policy
    assert om.RoutingPolicy.from_json(policy.to_json()) == policy
    assert hash(policy) == hash(om.RoutingPolicy(split_lines=kept))


@pytest.mark.parametrize("wrong", [1, "always", None, ["never"]])
def test_another_word_is_refused(wrong):
    """One clear error that names the field and what it may be."""
    with pytest.raises(om.ConfigurationError, match="split_lines"):
        om.RoutingPolicy(split_lines=wrong)
