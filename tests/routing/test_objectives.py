"""Objectives beside every plan there is, and what a policy makes of a decision."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

import omniroute as om
from omniroute.engine import Engine
from omniroute.kernels.order.layout import O_SHIPMENTS
from omniroute.routing.policies.recost import Scale
from tests.conftest import WITHOUT_JIT
from tests.naive import from_engine as naive
from tests.naive.criteria import PLANS_MAX, Wish, best_key, how_many, only
from tests.routing.worlds import World, world

SEEDS = range(4 if WITHOUT_JIT else 10)
ORDERS = 4 if WITHOUT_JIT else 6

ORDERS_OF_CRITERIA = [
    ("fewest_shipments",),
    ("fewest_shipments", "fastest"),
    ("fastest", "fewest_shipments"),
    ("cheapest", "fastest"),
    ("fewest_shipments", "weighted"),
    ("fastest",),
]


def asked_of(engine, order, policy):
    """Small questions of the groups of services, or None where one is too large."""
    asked = naive.questions(engine, order, policy)
    if sum(how_many(q.instance) for q in asked) > PLANS_MAX:
        return None
    return asked


def wish_of(policy, together=(), **more):
    """The same criteria for the slow twin."""
    return Wish(
        policy.in_order,
        int(policy.day_price * 10_000),
        int(policy.shipment_price * 10_000),
        int(policy.split_penalty * 10_000),
        int(policy.distance_price * 10_000),
        together,
        **more,
    )


def optimum(asked, wish, complete_only=False):
    """Key of the best plan of all groups of services."""
    best = best_key([(q.instance, q.max_shipments) for q in asked], wish)
    whole = not complete_only or -best[0] == asked[0].instance.asked
    return best if whole else (0,) * len(best)


def achieved(asked, plan, wish):
    """Key of a plan, costed again from scratch."""
    if not plan.shipments:
        return (0,) * (1 + len(wish.criteria))
    found = naive.recost(asked, plan)
    assert wish.keeps(found)
    question = next(q for q in asked if q.answers(plan))
    sent = naive.shipments_of(question, plan)
    assert plan.objective * 10_000 == wish.money(found, question.instance, sent)
    return wish.key(found, question.instance, sent)


def judge(made: World, order, policy, together=(), **more):
    """Hold a plan against every plan there is; whether it was proven, None: too many."""
    asked = asked_of(made.engine, order, policy)
    if not asked:
        return None
    plan = made.engine.route(order, policy=policy)
    wish = wish_of(policy, together, **more)
    mine, best = achieved(asked, plan, wish), optimum(asked, wish, policy.complete_only)
    assert mine >= best, "better than the best there is"
    money = 1 + next(
        i for i, n in enumerate(wish.criteria) if n in ("cheapest", "weighted")
    )
    if mine[:money] == best[:money] and plan.shipments:
        assert plan.bound * 10_000 <= best[money], "the bound is above the optimum"
    if plan.proven:
        assert mine == best, "proven, and yet there is a better plan"
        assert plan.bound == plan.objective
    return plan.proven


def random_policy(made: World, **rules):
    """Random limits beside the rules that are asked for."""
    limits = made.policy()
    return om.RoutingPolicy(
        max_shipments=limits.max_shipments,
        complete_only=limits.complete_only,
        max_distance_km=limits.max_distance_km,
        exclude_nodes=limits.exclude_nodes,
        mix_kinds=limits.mix_kinds,
        **rules,
    )


def money(dice):
    return dice.choice([Decimal("0.1"), Decimal(1), Decimal("2.5"), Decimal(7)])


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("criteria", ORDERS_OF_CRITERIA, ids="+".join)
def test_criteria_in_order_choose_the_best_of_all_plans(seed, criteria):
    """Each decides where those before it tie; most plans are proven."""
    made = world(seed, nodes=4, weightless=False)
    judged = []
    for _ in range(ORDERS):
        prices = {}
        if "weighted" in criteria:
            prices = {"day_price": money(made.dice)}
        policy = random_policy(
            made, objective="lexicographic", criteria=criteria, **prices
        )
        judged.append(judge(made, made.order(lines=made.dice.randint(1, 3)), policy))
    assert any(judged) or None in judged


@pytest.mark.parametrize("seed", SEEDS)
def test_money_for_days_and_shipments_is_weighed_against_cash(seed):
    """The least sum of all three over every plan there is."""
    made = world(100 + seed, nodes=4, weightless=False)
    for _ in range(ORDERS):
        policy = random_policy(
            made,
            objective="weighted",
            day_price=money(made.dice),
            shipment_price=made.dice.choice([0, money(made.dice)]),
        )
        judge(made, made.order(lines=made.dice.randint(1, 3)), policy)


# -- waterfalls ------------------------------------------------------------------------


def admits(engine, group, question):
    """Whether a group of a waterfall admits an option of a question."""
    nodes = {node.id: node for node in engine.network.nodes}

    def test(option):
        node = nodes[question.nodes[option.node]]
        service = question.services[option.service]
        limit = group.max_distance_km
        return (
            (not group.node_kinds or node.kind in group.node_kinds)
            and (not group.nodes or node.id in group.nodes)
            and (not group.services or service in group.services)
            and (limit is None or option.distance_m <= limit * 1000)
        )

    return test


def narrowed(engine, asked, group):
    """The questions with what one group admits."""
    return [
        replace(q, instance=only(q.instance, admits(engine, group, q))) for q in asked
    ]


def random_groups(made: World):
    """Two or three groups, the last of which often admits everybody."""
    dice = made.dice
    groups = [
        om.RuleGroup("near", max_distance_km=dice.choice([60, 700, 2500])),
        om.RuleGroup("kind", node_kinds=[dice.choice(["store", "warehouse"])]),
        om.RuleGroup("way", services=[dice.choice(["ground", "express"])]),
        om.RuleGroup("some", nodes=dice.sample(made.engine.network.node_ids, 2)),
    ]
    chosen = dice.sample(groups, 2)
    return chosen + ([om.RuleGroup("any")] if dice.random() < 0.7 else [])


@pytest.mark.parametrize("seed", SEEDS)
def test_the_first_group_that_fills_an_order_serves_it(seed):
    """In turn; where none fills it, the first of those that serve most."""
    made = world(200 + seed, nodes=5, weightless=False)
    for _ in range(ORDERS):
        policy = random_policy(
            made,
            objective="waterfall",
            groups=random_groups(made),
            criteria=made.dice.choice([(), ("fewest_shipments",), ("fastest",)]),
        )
        order = made.order(lines=made.dice.randint(1, 3))
        asked = asked_of(made.engine, order, policy)
        if not asked:
            continue
        plan = made.engine.route(order, policy=policy)
        wish = wish_of(policy)
        keys = [
            optimum(narrowed(made.engine, asked, group), wish)
            for group in policy.groups
        ]
        whole = asked[0].instance.asked
        full = [g for g, key in enumerate(keys) if -key[0] == whole]
        g = full[0] if full else min(range(len(keys)), key=lambda k: keys[k][0])
        if policy.complete_only and not full:
            assert not plan.shipments
        elif plan.proven and plan.shipments:
            assert plan.rule_group == policy.groups[g].name
            part = narrowed(made.engine, asked, policy.groups[g])
            assert achieved(part, plan, wish) == keys[g]


@pytest.mark.parametrize("seed", SEEDS)
def test_by_the_line_a_group_leaves_what_it_cannot_fill(seed):
    """Every line comes from the first group that can fill it, as long as nothing limits."""
    made = world(300 + seed, nodes=5, weightless=False)
    groups = [
        om.RuleGroup("stores", node_kinds=["store"]),
        om.RuleGroup("ground", services=["ground"]),
        om.RuleGroup("any"),
    ]
    policy = om.RoutingPolicy(
        objective="waterfall", groups=groups, fill="line", mix_kinds=True
    )
    for _ in range(ORDERS):
        order = made.order(lines=made.dice.randint(1, 4))
        if order.services is not None or order.collect_at is not None:
            continue
        plan = made.engine.route(order, policy=policy)
        asked = naive.questions(made.engine, order, policy)
        if not plan.shipments:
            continue
        assert plan.objective * 10_000 == naive.recost(asked, plan).cost
        question = next(q for q in asked if q.answers(plan))
        for i, sku in enumerate(question.skus):
            served = {
                (s.node, s.service)
                for s in plan.shipments
                for line in s.lines
                if line.sku == sku
            }
            g = first_to_fill(made.engine, question, groups, i)
            if g is not None and plan.proven:
                test = admits(made.engine, groups[g], question)
                options = question.instance.options
                assert all(test(options[question.option(*pair)]) for pair in served)


def first_to_fill(engine, question, groups, line):
    """The first group that has the whole quantity of a line, at one node or several."""
    for g, group in enumerate(groups):
        part = only(question.instance, admits(engine, group, question))
        nodes = {option.node for option in part.options}
        held = sum(part.nodes[node].stock[line] for node in nodes)
        if held >= part.lines[line].quantity:
            return g
    return None


# -- a small shop, seen by a planner ---------------------------------------------------

HERE = om.Destination(latitude=45.0, longitude=-93.0)


def shop(**engine):
    """A store next door and one a drive away, a warehouse far off; ground and air."""
    services = [
        om.Service("ground", "ship", om.RateCard.flat(6), transit_days=3),
        om.Service("air", "ship", om.RateCard.flat(11), transit_days=1),
    ]
    nodes = [
        om.Node("NEAR", "store", latitude=45.0, longitude=-93.1, order_cost=2),
        om.Node("FAR", "store", latitude=45.3, longitude=-93.0, order_cost=1),
        om.Node("HUB", "warehouse", latitude=41.0, longitude=-87.0),
    ]
    items = [om.Item("CUP"), om.Item("POT"), om.Item("PAN")]
    engine.setdefault("clock", lambda: 0)
    made = Engine(om.Network(nodes, services), items, **engine)
    made.apply([om.Receive(sku, "HUB", 9) for sku in ("CUP", "POT", "PAN")])
    made.apply([om.Receive("CUP", "NEAR", 5), om.Receive("POT", "FAR", 5)])
    return made


def told(plan):
    return [(s.node, s.service) for s in plan.shipments]


def test_the_fewest_shipments_may_cost_more():
    """Two stores are cheaper with a dear warehouse; one shipment comes first."""
    engine = shop()
    order = om.Order({"CUP": 1, "POT": 1, "PAN": 1}, HERE)
    few = engine.route(order, policy=om.RoutingPolicy(objective="fewest_shipments"))
    assert told(few) == [("HUB", "ground")]
    assert few.objective == few.cost == few.bound == 6


def test_a_day_is_worth_what_the_policy_says():
    """Two days sooner for five more: at 2.50 a day that is even, above it is worth it."""
    engine, order = shop(), om.Order({"PAN": 1}, HERE)
    for price, service in [(2, "ground"), (3, "air")]:
        policy = om.RoutingPolicy(objective="weighted", day_price=price)
        plan = engine.route(order, policy=policy)
        assert told(plan) == [("HUB", service)]
        days = 3 if service == "ground" else 1
        assert plan.objective == plan.cost + days * price
        assert plan.proven


def test_stores_within_reach_come_first_and_then_the_warehouse():
    """As an order-management system does it; the plan says which group it was."""
    engine = shop()
    groups = [
        om.RuleGroup("near stores", node_kinds=["store"], max_distance_km=20),
        om.RuleGroup("warehouses", node_kinds=["warehouse"]),
        om.RuleGroup("anything"),
    ]
    policy = om.RoutingPolicy(objective="waterfall", groups=groups)
    for sku, quantity, node, group in [
        ("CUP", 2, "NEAR", "near stores"),
        ("POT", 2, "HUB", "warehouses"),
        ("POT", 12, None, "anything"),
    ]:
        plan = engine.route(om.Order({sku: quantity}, HERE), policy=policy)
        assert plan.rule_group == group
        assert node is None or told(plan) == [(node, "ground")]
    by_line = om.RoutingPolicy(objective="waterfall", groups=groups, fill="line")
    plan = engine.route(om.Order({"CUP": 2, "POT": 2}, HERE), policy=by_line)
    assert told(plan) == [("NEAR", "ground"), ("HUB", "ground")]
    assert plan.cost == 8 + 6
    assert plan.proven


def test_a_group_that_names_what_is_not_there_is_refused_by_path():
    """Where the policy is first used: only then is the network known."""
    for group, path in [
        (om.RuleGroup("x", nodes=["NEAR", "GONE"]), r"policy.groups\[0\].nodes\[1\]"),
        (om.RuleGroup("x", services=["sled"]), r"policy.groups\[0\].services\[0\]"),
    ]:
        policy = om.RoutingPolicy(objective="waterfall", groups=[group])
        with pytest.raises(om.UnknownIdError, match=path):
            shop().route(om.Order({"CUP": 1}, HERE), policy=policy)


def test_by_the_line_shipments_are_counted_over_all_groups():
    """A limit is for the order: what is left of it is what the next group may send."""
    groups = [om.RuleGroup("near", max_distance_km=20), om.RuleGroup("any")]
    rules = {"objective": "waterfall", "groups": groups, "fill": "line"}
    order = om.Order({"CUP": 2, "POT": 2}, HERE)
    one = om.RoutingPolicy(max_shipments=1, **rules)
    plan = shop().route(order, policy=one)
    assert (told(plan), plan.short_quanta) == ([("NEAR", "ground")], 2)
    whole = om.RoutingPolicy(max_shipments=1, complete_only=True, **rules)
    plan = shop().route(order, policy=whole)
    assert (told(plan), plan.short_quanta) == ([], 4)


def by_line_shop():
    """X next door, Y and Z each at a cheap node and both at a dear one; W by courier."""
    services = [
        om.Service("ground", "ship", om.RateCard.flat(6), transit_days=3),
        om.Service("courier", "same_day", om.RateCard.flat(9)),
    ]
    nodes = [
        om.Node("A", latitude=45.0, longitude=-93.1, services=["ground"]),
        om.Node("B", services=["ground"]),
        om.Node("C", services=["ground"]),
        om.Node("D", services=["ground"], order_cost=20),
        om.Node("E", services=["courier"]),
    ]
    engine = Engine(
        om.Network(nodes, services), [om.Item(sku) for sku in "XYZW"], clock=lambda: 0
    )
    cells = ["XA", "YB", "ZC", "YD", "ZD", "WE"]
    engine.apply([om.Receive(sku, node, 1) for sku, node in cells])
    return engine


def test_a_later_group_has_what_is_left_of_the_shipments():
    """One of two is used: the other two lines have to go together, dear as that is."""
    groups = [om.RuleGroup("near", max_distance_km=20), om.RuleGroup("any")]
    rules = {"objective": "waterfall", "groups": groups, "fill": "line"}
    order = om.Order({"X": 1, "Y": 1, "Z": 1}, HERE)
    for most, nodes in [(None, "ABC"), (3, "ABC"), (2, "AD")]:
        policy = om.RoutingPolicy(max_shipments=most, **rules)
        plan = by_line_shop().route(order, policy=policy)
        assert [s.node for s in plan.shipments] == list(nodes)


def test_kinds_of_service_mix_over_groups_only_where_they_may():
    """A parcel from the first group: no courier in the second, unless the policy mixes."""
    groups = [om.RuleGroup("near", max_distance_km=20), om.RuleGroup("any")]
    rules = {"objective": "waterfall", "groups": groups, "fill": "line"}
    order = om.Order({"X": 1, "W": 1}, HERE)
    for mix, used in [(False, ["ground"]), (True, ["ground", "courier"])]:
        policy = om.RoutingPolicy(mix_kinds=mix, **rules)
        plan = by_line_shop().route(order, policy=policy)
        assert [s.service for s in plan.shipments] == used


# -- the same rules by other ways ------------------------------------------------------

POLICIES = [
    om.RoutingPolicy(objective="fewest_shipments"),
    om.RoutingPolicy(objective="weighted", day_price=2, shipment_price=1),
    om.RoutingPolicy(
        objective="waterfall",
        groups=[om.RuleGroup("stores", node_kinds=["store"]), om.RuleGroup("any")],
        fill="line",
    ),
]


@pytest.mark.parametrize("policy", POLICIES, ids=lambda p: p.objective)
def test_a_batch_decides_as_one_by_one(policy):
    """Statuses, money and the state afterwards are the same."""
    one, other = world(7).engine, world(7).engine
    made = world(7)
    orders = [made.order(lines=k % 4 + 1, id=f"A-{k}") for k in range(20)]
    placed = [one.place(order, policy=policy) for order in orders]
    result = other.route_many(orders, reserve=True, policy=policy)
    assert [om.Status(code) for code in result.status] == [p.status for p in placed]
    columns = result.columns()
    assert columns["cost_minor"].tolist() == [p.plan.cost * 10_000 for p in placed]
    assert columns["objective_minor"].tolist() == [
        p.plan.objective * 10_000 for p in placed
    ]
    assert one.digest() == other.digest()


def test_kits_are_routed_by_the_same_criteria():
    """Two kits that share a part: one shipment first, though two are cheaper."""
    services = [om.Service("ground", "ship", om.RateCard.flat(1))]
    nodes = [
        om.Node("A", order_cost=1),
        om.Node("B", order_cost=1),
        om.Node("C", order_cost=9),
    ]
    items = [
        om.Item("LEG"),
        om.Item("TOP"),
        om.Item("TABLE", components={"LEG": 4, "TOP": 1}),
        om.Item("STOOL", components={"LEG": 3}),
    ]
    engine = Engine(om.Network(nodes, services), items, clock=lambda: 0)
    engine.apply(
        [
            om.Receive("LEG", "A", 4),
            om.Receive("TOP", "A", 1),
            om.Receive("LEG", "B", 3),
            om.Receive("LEG", "C", 7),
            om.Receive("TOP", "C", 1),
        ]
    )
    order = om.Order({"TABLE": 1, "STOOL": 1}, HERE)
    assert engine.route(order).cost == 4
    few = engine.route(order, policy=om.RoutingPolicy(objective="fewest_shipments"))
    assert (told(few), few.cost, few.proven) == ([("C", "ground")], 10, True)


def test_fewer_shipments_are_not_claimed_where_money_could_outweigh_them():
    """A plan that could cost millions is no proof that another has more shipments."""
    engine = shop()
    tables, items = engine._router.tables, engine._router.decider.items
    scale = Scale(tables, items)
    plan = engine.route(om.Order({"CUP": 2}, HERE))
    # Two parts of the dearest lane and the dearest handling of an order, and what is added.
    room = 2**35 // 2 - 130_000
    assert scale.below(plan.ask.words, room - 1, 0)
    assert not scale.below(plan.ask.words, room, 0)
    assert not scale.below(plan.ask.words, room - 1, 1)
    dear = Engine(
        om.Network(
            [om.Node("A")], [om.Service("s", "ship", om.RateCard.flat(4_000_000))]
        ),
        [om.Item("CUP")],
        clock=lambda: 0,
    )
    dear.apply(om.Receive("CUP", "A", 1))
    policy = om.RoutingPolicy(objective="fewest_shipments")
    plan = dear.route(om.Order({"CUP": 1}, HERE), policy=policy)
    assert (plan.cost, plan.proven, plan.answer[O_SHIPMENTS]) == (4_000_000, False, 1)


def test_lanes_of_a_policy_follow_those_of_the_network():
    """A destination that makes room for others and comes back is worked out anew."""
    made = world(3)
    made.engine._router.lanes._budget_bytes = 1
    policy = om.RoutingPolicy(objective="weighted", shipment_price=1)
    places = [om.Destination(latitude=30 + k / 4, longitude=-90) for k in range(40)]
    orders = [om.Order({"S01": 1}, to) for to in places]
    before = [made.engine.route(order, policy=policy).answer for order in orders]
    again = [made.engine.route(order, policy=policy).answer for order in orders]
    assert before == again
    assert len({tuple(np.array(answer)[3:5]) for answer in before}) > 1


@pytest.mark.parametrize("fill", ["order", "line"])
@pytest.mark.parametrize(
    ("lines", "barred", "status"),
    [
        ({"POT": 1}, [], "OK"),
        ({"PAN": 1}, [], "OUT_OF_STOCK"),
        ({"POT": 1}, ["N1", "N2"], "UNSERVED"),
        ({"POT": 2}, [], "SHORT"),
        ({"POT": 1, "PAN": 1}, [], "SHORT"),
    ],
)
def test_a_waterfall_says_why_nothing_is_sent(fill, lines, barred, status):
    """As any other objective does, whether orders or lines are filled."""
    network = om.Network(
        [om.Node("N1"), om.Node("N2", kind="warehouse")],
        [om.Service("ground", "ship", om.RateCard.flat(5))],
    )
    engine = om.Engine(network, [om.Item("POT"), om.Item("PAN")])
    engine.apply(om.Receive("POT", "N1", 1))
    groups = [om.RuleGroup(kind, node_kinds=[kind]) for kind in ("warehouse", "store")]
    policy = om.RoutingPolicy(objective="waterfall", groups=groups, fill=fill)
    plan = engine.route(om.Order(lines, HERE, exclude_nodes=barred), policy=policy)
    assert plan.status.name == status
