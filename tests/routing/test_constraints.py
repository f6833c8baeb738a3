"""What a policy forbids, and what it puts a price on, beside every plan there is."""

from __future__ import annotations

from decimal import Decimal

import attrs
import pytest

import omniroute as om
from omniroute.codes import P_FREE
from omniroute.engine import Engine
from omniroute.routing.policies import together
from tests.conftest import WITHOUT_JIT
from tests.naive import from_engine as naive
from tests.routing.test_objectives import HERE, judge, shop, told
from tests.routing.worlds import world

SEEDS = range(4 if WITHOUT_JIT else 10)
ORDERS = 4 if WITHOUT_JIT else 6


def random_limits(made):
    """Each rule now and then, several at once."""
    dice = made.dice
    prices = [0, 0, Decimal("0.7"), Decimal(3)]
    nodes = made.engine.network.node_ids
    return om.RoutingPolicy(
        objective=dice.choice(["cheapest", "cheapest", "fewest_shipments", "fastest"]),
        max_shipments=dice.choice([None, None, 2]),
        mix_kinds=dice.random() < 0.3,
        complete_only=dice.random() < 0.1,
        split_lines=dice.choice(["never", "when_needed", "freely"]),
        max_distance_km_by_kind=dice.choice([{}, {"store": 900}, {"warehouse": 500}]),
        split_penalty=dice.choice(prices),
        distance_price=dice.choice([0, Decimal("0.002"), Decimal("0.0071")]),
        min_value_to_split=dice.choice([None, 50]),
        exclude_nodes_by_channel={"web": [dice.choice(nodes)]},
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_rules_and_prices_choose_the_best_of_all_plans_that_keep_them(seed):
    """Lines undivided, distances by kind, splits and kilometres priced, small orders."""
    made = world(seed, nodes=4, weightless=False, channels=[om.Channel("web")])
    for _ in range(ORDERS):
        order = attrs.evolve(
            made.order(lines=made.dice.randint(1, 3)),
            value=made.dice.choice([None, 20, 80]),
            channel=made.dice.choice([None, "web"]),
        )
        judge(made, order, random_limits(made))


@pytest.mark.parametrize("seed", SEEDS)
def test_lines_that_go_together_come_from_one_node(seed):
    """The best of all plans that keep them together; with other rules beside."""
    made = world(400 + seed, nodes=4, weightless=False)
    for _ in range(ORDERS):
        order = made.order(lines=made.dice.randint(2, 3))
        skus = list(dict.fromkeys(line.sku for line in order.lines))
        group = sorted(made.dice.sample(range(len(skus)), 2))
        order = attrs.evolve(order, keep_together=[[skus[i] for i in group]])
        policy = om.RoutingPolicy(
            objective=made.dice.choice(["cheapest", "fastest", "fewest_shipments"]),
            max_shipments=made.dice.choice([None, None, 2]),
            split_lines=made.dice.choice(["never", "when_needed", "freely"]),
            mix_kinds=made.dice.random() < 0.5,
        )
        judge(made, order, policy, (tuple(group),))
        made.engine.check()


# -- a small shop, seen by a planner ---------------------------------------------------


def test_a_line_that_may_not_be_split_comes_from_the_node_that_has_most():
    """Seven cups are five and nine: from the hub; twelve are nine of twelve."""
    engine = shop()
    whole = om.RoutingPolicy(split_lines=False)
    plan = engine.route(om.Order({"CUP": 12}, HERE), policy=whole)
    assert (told(plan), plan.short_quanta) == ([("HUB", "ground")], 3)
    assert plan.status is om.Status.SHORT
    assert plan.proven
    assert len(engine.route(om.Order({"CUP": 12}, HERE)).shipments) == 2
    all_or_none = attrs.evolve(whole, complete_only=True)
    plan = engine.route(om.Order({"CUP": 12}, HERE), policy=all_or_none)
    assert (told(plan), plan.short_quanta) == ([], 12)


def test_what_is_sent_of_an_undivided_line_is_what_weighs():
    """Ten are wanted and four there are: four kilograms go by the cheap light parcel."""
    light = om.RateCard([5000, 20_000], {1: [6, 30]}, max_shipment_g=20_000)
    services = [
        om.Service("ground", "ship", light),
        om.Service("air", "ship", om.RateCard.flat(11)),
    ]
    items = [om.Item("IRON", weight_g=1000), om.Item("CUP")]
    engine = Engine(om.Network([om.Node("A")], services), items, clock=lambda: 0)
    engine.apply([om.Receive("IRON", "A", 4), om.Receive("CUP", "A", 1)])
    whole = om.RoutingPolicy(split_lines=False)
    for order in ({"IRON": 10}, {"IRON": 10, "CUP": 1}):
        plan = engine.route(om.Order(order, HERE), policy=whole)
        assert (told(plan), plan.cost) == ([("A", "ground")], 6)


def test_lines_undivided_among_many_are_searched_as_well():
    """Above a dozen lines, one of which no node has whole."""
    made = world(11, nodes=5, skus=18, weightless=False)
    order = made.order(lines=16)
    policy = om.RoutingPolicy(split_lines=False)
    plan = made.engine.route(order, policy=policy)
    asked = naive.questions(made.engine, order, policy)
    found = naive.recost(asked, plan)
    best = naive.best(asked, "cheapest", 60.0)
    assert (found.units, plan.bound * 10_000 <= best[2] <= found.cost) == (
        best[0],
        True,
    )


def test_an_order_worth_little_is_not_split():
    """Below the limit one shipment; at the limit, or with no value, as many as pay."""
    engine = shop()
    engine.apply(om.Adjust("CUP", "HUB", -9))
    policy = om.RoutingPolicy(min_value_to_split=50)
    for value, count in [(49.99, 1), (50, 2), (None, 2)]:
        order = om.Order({"CUP": 1, "POT": 1}, HERE, value=value)
        assert len(engine.route(order, policy=policy).shipments) == count


def test_a_channel_may_be_kept_from_nodes():
    """Through the marketplace not from the store; through the web as ever."""
    engine = shop(channels=[om.Channel("web"), om.Channel("market")])
    policy = om.RoutingPolicy(exclude_nodes_by_channel={"market": ["NEAR"]})
    for channel, node in [("market", "HUB"), ("web", "NEAR"), (None, "NEAR")]:
        engine.apply(om.Receive("CUP", "NEAR", 1))
        order = om.Order({"CUP": 1}, HERE, channel=channel)
        # The hub is the cheaper one; only what is near may serve.
        near = attrs.evolve(policy, max_distance_km=20)
        plan = engine.route(order, policy=near)
        assert told(plan) == ([] if node == "HUB" else [("NEAR", "ground")])
    bad = om.RoutingPolicy(exclude_nodes_by_channel={"web": ["NEAR", "GONE"]})
    with pytest.raises(om.UnknownIdError, match=r"by_channel\['web'\]\[1\]"):
        engine.route(om.Order({"CUP": 1}, HERE), policy=bad)


def test_stores_have_a_reach_and_warehouses_have_none():
    """A limit by kind of node; what is out of reach says so."""
    engine = shop()
    policy = om.RoutingPolicy(max_distance_km_by_kind={"store": 20})
    engine.apply([om.Adjust("POT", "HUB", -9)])
    plan = engine.route(om.Order({"POT": 1}, HERE), policy=policy)
    assert told(plan) == []
    plan = engine.route(om.Order({"CUP": 1, "POT": 1}, HERE), policy=policy)
    reasons = {(r.node, r.service): r.reason for r in plan.explain().candidates}
    assert reasons["FAR", "ground"] is om.Reason.EXCLUDED
    assert reasons["HUB", "ground"] is om.Reason.CHOSEN


def test_a_split_has_a_price_and_the_first_shipment_none():
    """Two stores for 15 or the hub for 6 + 9: a penalty decides, and is no cash."""
    services = [om.Service("ground", "ship", om.RateCard.flat(6))]
    nodes = [om.Node("A"), om.Node("B"), om.Node("C", order_cost=8)]
    engine = Engine(
        om.Network(nodes, services), [om.Item("X"), om.Item("Y")], clock=lambda: 0
    )
    engine.apply([om.Receive("X", "A", 1), om.Receive("Y", "B", 1)])
    engine.apply([om.Receive("X", "C", 1), om.Receive("Y", "C", 1)])
    order = om.Order({"X": 1, "Y": 1}, HERE)
    for penalty, nodes_used, objective in [(1, 2, 13), (3, 1, 14)]:
        policy = om.RoutingPolicy(split_penalty=penalty)
        plan = engine.route(order, policy=policy)
        assert (len(plan.shipments), plan.objective) == (nodes_used, objective)
        assert plan.cost == (12 if nodes_used == 2 else 14)
        assert plan.bound == plan.objective


def test_a_kilometre_has_a_price_for_each_shipment():
    """The far hub is cheaper in cash; at a cent a kilometre it is not."""
    engine, order = shop(), om.Order({"CUP": 1}, HERE)
    assert told(engine.route(order)) == [("HUB", "ground")]
    plan = engine.route(order, policy=om.RoutingPolicy(distance_price=0.01))
    assert told(plan) == [("NEAR", "ground")]
    km = plan.shipments[0].distance_km
    assert abs(plan.objective - plan.cost - km * Decimal("0.01")) < Decimal("0.0001")


def test_item_classes_go_together_and_groups_that_meet_are_one():
    """By the policy's classes and by the order's own groups."""
    services = [om.Service("ground", "ship", om.RateCard.flat(6))]
    nodes = [om.Node("A"), om.Node("B"), om.Node("C", order_cost=20)]
    items = [om.Item(sku, item_class="set") for sku in "XY"] + [om.Item("Z")]
    engine = Engine(om.Network(nodes, services), items, clock=lambda: 0)
    engine.apply([om.Receive("X", "A", 1), om.Receive("Y", "B", 1)])
    engine.apply([om.Receive(sku, "C", 1) for sku in "XYZ"])
    engine.apply(om.Receive("Z", "A", 1))
    order = om.Order({"X": 1, "Y": 1, "Z": 1}, HERE)
    assert told(engine.route(order)) == [("A", "ground"), ("B", "ground")]
    policy = om.RoutingPolicy(keep_together=["set"])
    plan = engine.route(order, policy=policy)
    assert told(plan) == [("C", "ground")]
    assert plan.proven
    met = attrs.evolve(order, keep_together=[["X", "Z"], ["Z", "Y"]])
    writer = engine._router.writer(None)
    assert writer.together(met, {0: 1, 1: 1, 2: 1}) == [(0, 1, 2)]
    result = engine.route_many([order, met], policy=policy)
    assert [told(result.plan(i)) for i in (0, 1)] == [[("C", "ground")]] * 2


def test_the_same_id_with_other_groups_is_another_request():
    """What leaves together is a term of the order, one by one and in a batch."""
    order = om.Order({"CUP": 1, "POT": 1}, HERE, id="A")
    kept = attrs.evolve(order, keep_together=[["CUP", "POT"]])
    turned = attrs.evolve(order, keep_together=[["POT", "CUP"]])
    for engine in (shop(), shop()):
        assert engine.place(kept).status is om.Status.OK
        assert engine.place(turned).status is om.Status.EXISTS
        statuses = engine.route_many([kept, turned, order], reserve=True).status
        other = om.Status.EXISTS_WITH_DIFFERENT_TERMS
        assert statuses.tolist() == [om.Status.EXISTS, om.Status.EXISTS, other]
        assert engine.place(order).status is other


def test_a_search_that_is_cut_short_claims_no_proof(monkeypatch):
    """One question only: the best so far, with the bound of the order without the rule."""
    engine = shop()
    order = om.Order({"CUP": 5, "POT": 5}, HERE, keep_together=[["CUP", "POT"]])
    engine.apply([om.Adjust("CUP", "HUB", -6), om.Adjust("POT", "HUB", -6)])
    full = engine.route(order)
    assert full.proven
    assert full.short_quanta == 4
    assert told(full) == [("HUB", "ground")]
    monkeypatch.setattr(together, "QUESTIONS_MAX", 0)
    cut = engine.route(order)
    assert not cut.proven
    assert len({s.node for s in cut.shipments}) == 1


def test_stock_is_as_before_when_a_decision_fails(monkeypatch):
    """What was hidden from the kernels for a moment is shown again, whatever happens."""
    engine = shop()
    order = om.Order({"CUP": 1, "POT": 1}, HERE, keep_together=[["CUP", "POT"]])
    before = engine.state.arena.planes[P_FREE].copy()

    def fail(self, masks):
        for group, mask in zip(self._groups, masks, strict=True):
            for sku in group:
                self._cells.show(sku, mask & False)
        raise KeyboardInterrupt

    monkeypatch.setattr(together._Search, "_question", fail)
    with pytest.raises(KeyboardInterrupt):
        engine.route(order)
    monkeypatch.undo()
    assert (engine.state.arena.planes[P_FREE] == before).all()
    engine.check()


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"value": -1}, "value"),
        ({"value": "much"}, "value"),
        ({"keep_together": "CUP"}, "keep_together"),
        ({"keep_together": [["CUP", "PAN"]]}, "keep_together[0][1]"),
        ({"keep_together": [["CUP", "CUP"]]}, "keep_together[0][1]"),
    ],
)
def test_an_order_that_makes_no_sense_names_the_field(values, path):
    """Values below nothing, groups of lines that it has not."""
    with pytest.raises(om.ValidationError) as caught:
        om.Order({"CUP": 1}, HERE, **values)
    assert caught.value.path == path


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"split_lines": 1}, "split_lines"),
        ({"keep_together": "set"}, "keep_together"),
        ({"min_value_to_split": -1}, "min_value_to_split"),
        ({"max_distance_km_by_kind": {"shop": 5}}, "max_distance_km_by_kind['shop']"),
        ({"max_distance_km_by_kind": {"store": 0}}, "max_distance_km_by_kind['store']"),
        (
            {"max_distance_km_by_kind": {"store": None}},
            "max_distance_km_by_kind['store']",
        ),
        ({"max_distance_km_by_kind": 5}, "max_distance_km_by_kind"),
        ({"exclude_nodes_by_channel": ["web"]}, "exclude_nodes_by_channel"),
        ({"exclude_nodes_by_channel": {"web": "N"}}, "exclude_nodes_by_channel['web']"),
        ({"split_penalty": 1e6}, "split_penalty"),
        ({"distance_price": 11}, "distance_price"),
    ],
)
def test_a_limit_that_cannot_be_names_the_field(values, path):
    """Kinds that there are not, prices that no search could carry."""
    with pytest.raises(om.ConfigurationError) as caught:
        om.RoutingPolicy(**values)
    assert caught.value.path == path
