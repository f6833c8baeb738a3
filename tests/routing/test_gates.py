"""Nodes that a policy does not ask for what they have little of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import attrs
import pytest

import omniroute as om
from omniroute.codes import Reason
from omniroute.engine import Engine
from tests.conftest import WITHOUT_JIT
from tests.naive import from_engine as naive
from tests.routing.test_explain_twin import compare
from tests.routing.test_objectives import judge
from tests.routing.worlds import KINDS, world

TO = om.Destination(postcode="55425")
TEN = om.StockGate("ten in a store", min_units=10, node_kinds=["store"])


def shop(**rules):
    """A cheap store that has nine cups and a dear hub that has forty."""
    services = [om.Service("ground", "ship", om.RateCard.flat(5))]
    nodes = [
        om.Node("NEAR", "store"),
        om.Node("LAST", "store", order_cost=1),
        om.Node("HUB", "warehouse", order_cost=2),
    ]
    items = [
        om.Item("CUP", item_class="china"),
        om.Item("POT"),
        om.Item("SET", components={"CUP": 2, "POT": 1}),
        om.Item("BOX", pack_size=6),
        om.Item("ROPE", decimals=2),
    ]
    rules.setdefault("clock", lambda: 0)
    engine = Engine(om.Network(nodes, services), items, **rules)
    engine.apply([om.Receive("CUP", "NEAR", 9), om.Receive("CUP", "LAST", 10)])
    engine.apply([om.Receive(sku, "HUB", 40) for sku in ("CUP", "POT")])
    engine.apply([om.Receive("POT", "NEAR", 9)])
    return engine


def sent(plan):
    return sorted(
        (s.node, line.sku, line.quantity) for s in plan.shipments for line in s.lines
    )


def gates(*which, **rules):
    return om.RoutingPolicy(gates=which, **rules)


# -- one node, one item ----------------------------------------------------------------


def test_a_node_below_the_level_is_not_asked_and_one_at_it_is():
    """Nine are below ten; ten are not, and all ten of them may go."""
    engine = shop()
    assert sent(engine.route(om.Order({"CUP": 1}, TO))) == [("NEAR", "CUP", 1)]
    plan = engine.route(om.Order({"CUP": 1}, TO), policy=gates(TEN))
    assert (sent(plan), plan.proven) == ([("LAST", "CUP", 1)], True)
    plan = engine.route(om.Order({"CUP": 10}, TO), policy=gates(TEN))
    assert sent(plan) == [("LAST", "CUP", 10)]


def test_a_level_is_of_what_can_be_promised():
    """Safety stock and what is held are off before the gate looks."""
    engine = shop()
    engine.apply(om.Safety("CUP", "LAST", 1))
    plan = engine.route(om.Order({"CUP": 1}, TO), policy=gates(TEN))
    assert sent(plan) == [("HUB", "CUP", 1)]


def test_the_last_units_of_a_node_stay():
    """Of nine, two stay: seven may go, and the eighth comes from elsewhere."""
    engine, two = shop(), om.StockGate("two stay", keep_units=2)
    whole = engine.route(om.Order({"CUP": 7}, TO), policy=gates(two))
    assert sent(whole) == [("NEAR", "CUP", 7)]
    more = engine.route(om.Order({"CUP": 8}, TO), policy=gates(two))
    assert sent(more) == [("LAST", "CUP", 8)]
    every = engine.route(om.Order({"CUP": 60}, TO), policy=gates(two))
    assert every.short_quanta == 60 - (9 + 10 + 40 - 3 * 2)


def test_a_share_of_what_lies_there():
    """Nine of thirty on hand are free: that is three tenths, and no more."""
    engine = shop()
    engine.apply(om.Receive("CUP", "NEAR", 21))
    assert engine.reserve({("CUP", "NEAR"): 21}, id="till").status is om.Status.OK
    for share, node in (("0.3", "NEAR"), ("0.3001", "LAST"), ("0.34", "LAST")):
        gate = om.StockGate("busy", min_share=Decimal(share))
        plan = engine.route(om.Order({"CUP": 1}, TO), policy=gates(gate))
        assert sent(plan) == [(node, "CUP", 1)]


def test_the_strictest_of_several_gates_counts():
    """Shut by any, and the most that any keeps: two and three are three."""
    engine = shop()
    two = om.StockGate("two", keep_units=2)
    three = om.StockGate("three", keep_units=3, nodes=["NEAR", "HUB"])
    for which in ((two, three), (three, two)):
        plan = engine.route(om.Order({"CUP": 60}, TO), policy=gates(*which))
        assert plan.short_quanta == 60 - (6 + 8 + 37)
    shut = om.StockGate("shut", min_units=1000, item_classes=["china"])
    plan = engine.route(om.Order({"CUP": 1}, TO), policy=gates(two, shut))
    assert plan.status is om.Status.OUT_OF_STOCK
    assert engine.route(om.Order({"POT": 1}, TO), policy=gates(two, shut)).complete


def test_a_gate_is_for_its_nodes_and_items():
    """By kind and id of node, by SKU and class of item; a gate with both asks for both."""
    engine, cup = shop(), om.Order({"CUP": 1}, TO)
    for more, node in [
        ({"nodes": ["LAST"]}, "NEAR"),
        ({"nodes": ["LAST", "NEAR"]}, "HUB"),
        ({"node_kinds": ["store"]}, "HUB"),
        ({"node_kinds": ["warehouse"], "nodes": ["NEAR"]}, "NEAR"),
        ({"skus": ["POT"]}, "NEAR"),
        ({"item_classes": ["china"], "node_kinds": ["store"]}, "HUB"),
        ({"item_classes": ["china"], "skus": ["POT"]}, "NEAR"),
        ({"item_classes": ["glass"]}, "NEAR"),
    ]:
        gate = om.StockGate("much", min_units=30, **more)
        assert sent(engine.route(cup, policy=gates(gate))) == [(node, "CUP", 1)], more


def test_of_what_is_sold_by_length_parts_count():
    """1.25 m are below 1.5; of 1.75, a quarter stays if a quarter is kept."""
    engine = shop()
    engine.apply([om.Receive("ROPE", "NEAR", 1.25), om.Receive("ROPE", "LAST", 1.75)])
    gate = om.StockGate("rope", min_units=1.5, keep_units=0.25)
    plan = engine.route(om.Order({"ROPE": 1.5}, TO), policy=gates(gate))
    assert sent(plan) == [("LAST", "ROPE", Decimal("1.5"))]
    plan = engine.route(om.Order({"ROPE": 1.6}, TO), policy=gates(gate))
    assert plan.short_quanta == 10


# -- kits and packs --------------------------------------------------------------------


def test_a_kit_is_as_open_as_its_components():
    """The cups of a set keep to the gate of cups, beside cups by themselves."""
    engine = shop()
    three = om.StockGate("three stay", keep_units=3, skus=["CUP"])
    plan = engine.route(om.Order({"SET": 3}, TO), policy=gates(three))
    assert sent(plan) == [("NEAR", "SET", 3)]
    plan = engine.route(om.Order({"SET": 4}, TO), policy=gates(three))
    assert sent(plan) == [("HUB", "SET", 4)]
    plan = engine.route(om.Order({"SET": 2, "CUP": 3}, TO), policy=gates(three))
    held = sum(2 * n if s == "SET" else n for at, s, n in sent(plan) if at == "NEAR")
    assert plan.complete
    assert held <= 6


def test_why_not_a_node_that_keeps_what_a_kit_needs():
    """Three sets, which is what six cups make: the fourth is short, not taken."""
    engine = shop()
    three = om.StockGate("three stay", keep_units=3, skus=["CUP"])
    plan = engine.route(om.Order({"SET": 4}, TO), policy=gates(three))
    assert "1 unit more short" in plan.why_not("NEAR").headline
    assert plan.why_not("NEAR").reason is Reason.CANDIDATE
    assert {row.node: row.units for row in plan.explain().candidates}["NEAR"] == 3


def test_packs_are_counted_in_units():
    """Nine are a pack of six and three; with four kept there is no whole pack."""
    engine = shop()
    engine.apply([om.Receive("BOX", "NEAR", 9), om.Receive("BOX", "HUB", 12)])
    for keep, node in ((3, "NEAR"), (4, "HUB")):
        gate = om.StockGate("kept", keep_units=keep)
        plan = engine.route(om.Order({"BOX": 6}, TO), policy=gates(gate))
        assert sent(plan) == [(node, "BOX", 6)]


# -- every plan there is, and every reason ---------------------------------------------


def random_gates(made, count):
    dice, skus = made.dice, made.skus
    nodes = made.engine.network.node_ids
    found = []
    for k in range(count):
        rule = dice.choice(
            [
                {"min_units": dice.choice([1, 2, 3, Decimal("2.5")])},
                {"keep_units": dice.choice([1, 2, Decimal("0.5")])},
                {"min_share": dice.choice([Decimal("0.5"), 1]), "min_units": 1},
            ]
        )
        whom = dice.choice(
            [
                {},
                {"node_kinds": [dice.choice(KINDS)]},
                {"nodes": dice.sample(nodes, 2)},
                {"skus": dice.sample(skus, 6)},
            ]
        )
        found.append(om.StockGate(f"gate {k}", **rule, **whom))
    return tuple(found)


@pytest.mark.parametrize("seed", range(4 if WITHOUT_JIT else 12))
def test_the_best_of_all_plans_that_keep_to_the_gates(seed):
    """Beside other rules and objectives, lines split or not; some units held."""
    made = world(5_000 + seed, nodes=4, weightless=False)
    for k in range(4):
        made.engine.place(made.order(lines=2), id=f"held {k}", partial=True)
    for _ in range(4 if WITHOUT_JIT else 6):
        policy = attrs.evolve(
            made.policy(),
            objective=made.dice.choice(["cheapest", "fastest", "fewest_shipments"]),
            gates=random_gates(made, made.dice.randint(1, 2)),
            split_lines=made.dice.choice(["never", "when_needed", "freely"]),
        )
        judge(made, made.order(lines=made.dice.randint(1, 3)), policy)
    made.engine.check()


@pytest.mark.parametrize("seed", range(4 if WITHOUT_JIT else 8))
def test_every_row_of_an_explanation(seed):
    """Reasons, loads and ranks, told again one node at a time; gates among them."""
    made = world(5_200 + seed, heavy=seed % 3 == 0)
    seen = set()
    for _ in range(6):
        policy = attrs.evolve(made.policy(), gates=random_gates(made, 2))
        seen |= compare(made.engine, made.order(), policy)
    assert seen


def test_the_twin_sees_gates_as_reasons():
    """Or the comparison says nothing of them."""
    seen = set()
    for seed in range(6):
        made = world(5_300 + seed)
        policy = om.RoutingPolicy(gates=random_gates(made, 2))
        for _ in range(4):
            seen |= compare(made.engine, made.order(lines=1), policy)
    assert Reason.GATED in seen


def test_a_gate_is_the_reason():
    """A node that has some, and too little, is told apart from one that has none."""
    engine = shop()
    plan = engine.route(om.Order({"POT": 1}, TO), policy=gates(TEN))
    told = {row.node: row.reason for row in plan.explain().candidates}
    assert told == {
        "NEAR": Reason.GATED,
        "LAST": Reason.NO_STOCK,
        "HUB": Reason.CHOSEN,
    }
    assert plan.why_not("NEAR").reason is Reason.GATED
    assert "too little" in plan.why_not("NEAR").headline
    # Of two lines one is shut: the node serves the other, and is a candidate.
    engine.apply(om.Receive("POT", "NEAR", 9))
    plan = engine.route(om.Order({"POT": 1, "CUP": 1}, TO), policy=gates(TEN))
    told = {row.node: row for row in plan.explain().candidates}
    assert (told["NEAR"].reason, told["NEAR"].lines) == (Reason.CANDIDATE, 1)


# -- beside the rest -------------------------------------------------------------------


def test_whatever_asks_keeps_to_the_gates():
    """Routed, placed, in a batch, offered, listed, in the shadow."""
    engine, policy, cup = shop(), gates(TEN), om.Order({"CUP": 1}, TO)
    last = [("LAST", "CUP", 1)]
    assert [
        sent(engine.route_many([cup, cup], policy=policy).plan(k)) for k in range(2)
    ] == [last] * 2
    with engine.shadow(policy) as beside:
        engine.route(cup)
    assert beside.columns()["shadow_cost_minor"].tolist() == [60_000]
    offers = engine.promise({"CUP": 1}, to=TO, policy=policy)
    assert {offer.plan.shipments[0].node for offer in offers} == {"LAST"}
    listed = engine.promise_many(["CUP", "POT"], to=TO, policy=policy)
    assert [engine.network.node_ids[int(n)] for n in listed.node[:, 0]] == [
        "LAST",
        "HUB",
    ]
    placed = engine.place(cup, id="A", policy=policy)
    assert sent(placed.plan) == last
    # Nine are left there now: the next one goes on to the hub.
    assert sent(engine.place(cup, id="B", policy=policy).plan) == [("HUB", "CUP", 1)]
    engine.check()


def test_a_batch_that_reserves_looks_at_what_is_left():
    """Order by order: the gate shuts behind the first."""
    engine, cup = shop(policy=gates(TEN)), om.Order({"CUP": 1}, TO)
    orders = [attrs.evolve(cup, id=str(k)) for k in range(3)]
    batch = engine.route_many(orders, reserve=True)
    nodes = [batch.plan(k).shipments[0].node for k in range(3)]
    assert nodes == ["LAST", "HUB", "HUB"]


def test_a_waterfall_goes_on_behind_a_gate():
    """Stores in turn before the hub, each as long as it has enough."""
    groups = [
        om.RuleGroup("stores", node_kinds=["store"]),
        om.RuleGroup("hubs", node_kinds=["warehouse"]),
    ]
    engine, pot = shop(), om.Order({"POT": 1}, TO)
    rules = {"objective": "waterfall", "groups": groups}
    assert engine.route(pot, policy=om.RoutingPolicy(**rules)).rule_group == "stores"
    assert engine.route(pot, policy=gates(TEN, **rules)).rule_group == "hubs"


def test_lines_kept_together_find_a_node_that_is_open_to_all():
    """The store is open for cups and shut for pots: together they come from the hub."""
    engine = shop()
    engine.apply(om.Receive("CUP", "NEAR", 9))
    order = om.Order({"CUP": 1, "POT": 1}, TO, keep_together=[["CUP", "POT"]])
    assert {s.node for s in engine.route(order).shipments} == {"NEAR"}
    plan = engine.route(order, policy=gates(TEN))
    assert ({s.node for s in plan.shipments}, plan.proven) == ({"HUB"}, True)


def test_a_plan_for_a_later_day_looks_at_that_day():
    """What comes in counts for the level of the day it is there."""
    monday = datetime(2026, 3, 2, 8, tzinfo=UTC)
    friday = monday + timedelta(days=4)
    engine = shop(clock=monday.timestamp)
    engine.apply(om.Expect("PO-7", "CUP", "NEAR", 3, due=friday))
    for due, node in ((None, "LAST"), (friday, "NEAR")):
        order = om.Order({"CUP": 1}, TO, due=due)
        assert sent(engine.route(order, policy=gates(TEN))) == [(node, "CUP", 1)]
    seven = om.Order({"CUP": 11}, TO, due=friday)
    two = om.StockGate("two stay", keep_units=2, nodes=["NEAR"])
    assert sent(engine.route(seven, policy=gates(two))) == [("HUB", "CUP", 11)]
    told = engine.route(seven, policy=gates(two)).explain()
    assert {row.node: row.units for row in told.candidates}["NEAR"] == 10


def test_a_pool_keeps_to_the_gates_beside_what_it_holds():
    """An order in the dear hub would move to the store that is open, not to the other."""
    engine, cup = shop(), om.Order({"CUP": 1}, TO)
    engine.place(attrs.evolve(cup, exclude_nodes=["NEAR", "LAST"]), id="A")
    free = attrs.evolve(cup, id="A")
    moved = engine.reoptimise({"A": free}, policy=gates(TEN))
    assert {s.node for s in moved.plan("A").shipments} == {"LAST"}
    assert engine.reoptimise({"A": free}).plan("A").shipments[0].node == "NEAR"


def test_attempts_go_where_a_gate_lets_them():
    """The order of attempts names no node that is shut."""
    engine = shop()
    rules, cup = om.AttemptRules(give_up=40), om.Order({"CUP": 1}, TO)
    engine.set_find({("CUP", node): 0.5 for node in ("NEAR", "LAST", "HUB")})
    found = engine.attempts(cup, rules)
    assert [each.node for each in found.attempts] == ["NEAR", "LAST", "HUB"]
    found = engine.attempts(cup, rules, policy=gates(TEN))
    assert [each.node for each in found.attempts] == ["LAST", "HUB"]


# -- as data ---------------------------------------------------------------------------


def test_gates_go_to_data_and_back():
    """Dict, JSON and TOML, numbers exact."""
    gate = om.StockGate(
        "all",
        min_units=2.5,
        min_share=0.125,
        keep_units=1,
        node_kinds=["store"],
        nodes=["NEAR"],
        skus=["CUP"],
        item_classes=["china"],
    )
    policy = gates(gate, TEN)
    data = policy.to_dict()
    assert data["gates"][1] == {
        "name": "ten in a store",
        "min_units": 10,
        "node_kinds": ["store"],
    }
    assert om.RoutingPolicy.from_dict(data) == policy
    assert om.RoutingPolicy.from_json(policy.to_json()) == policy
    assert om.RoutingPolicy.from_toml(policy.to_toml()) == policy
    assert hash(om.RoutingPolicy.from_dict(data)) == hash(policy)


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"min_units": -1}, "gates[0].min_units"),
        ({"keep_units": "2"}, "gates[0].keep_units"),
        ({"min_share": 1.5}, "gates[0].min_share"),
        ({"min_units": 0.0005}, "gates[0].min_units"),
        ({"min_units": 1, "node_kinds": ["shop"]}, "gates[0].node_kinds[0]"),
        ({"min_units": 1, "least": 2}, "gates[0].least"),
        ({}, "gates[0].min_units"),
    ],
)
def test_a_wrong_gate_is_refused_by_its_path(wrong, path):
    """One clear error, whichever way it came in."""
    with pytest.raises(om.ConfigurationError) as told:
        om.RoutingPolicy.from_dict({"schema": 1, "gates": [{"name": "x", **wrong}]})
    assert told.value.path == path


@pytest.mark.parametrize("wrong", [TEN, "ten", [10], [TEN, TEN]])
def test_gates_are_a_sequence_of_different_gates(wrong):
    with pytest.raises(om.ConfigurationError, match="gates"):
        om.RoutingPolicy(gates=wrong)


@pytest.mark.parametrize(
    ("more", "error", "path"),
    [
        ({"nodes": ["NEAR", "MOON"]}, om.UnknownNodeError, "policy.gates[0].nodes[1]"),
        ({"skus": ["MUG"]}, om.UnknownSkuError, "policy.gates[0].skus[0]"),
        ({"skus": ["SET"]}, om.ConfigurationError, "policy.gates[0].skus[0]"),
    ],
)
def test_a_gate_for_what_is_not_there_is_refused(more, error, path):
    """Ids that the engine does not know; a kit, which does not lie in stock."""
    gate = om.StockGate("x", min_units=1, **more)
    with pytest.raises(error) as told:
        shop().route(om.Order({"CUP": 1}, TO), policy=gates(gate))
    assert path in str(told.value)


def test_naive_twin_sees_a_gate():
    """The slow twin is asked of what the gates leave: a test of the test."""
    engine = shop()
    asked = naive.questions(engine, om.Order({"CUP": 1}, TO), gates(TEN))
    assert [node.stock for node in asked[0].instance.nodes] == [(40,), (10,), (0,)]
