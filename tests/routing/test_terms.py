"""Cost terms beside every plan there is: the library's own and a user's."""

from __future__ import annotations

from decimal import Decimal

import attrs
import numba
import numpy as np
import pytest

import omniroute as om
from omniroute import terms
from tests.conftest import WITHOUT_JIT
from tests.routing.test_objectives import HERE, judge, shop, told
from tests.routing.worlds import world

SEEDS = range(4 if WITHOUT_JIT else 10)
ORDERS = 4 if WITHOUT_JIT else 6


def minor(amount):
    return int(Decimal(str(amount)) * 10_000)


# -- terms as functions of one row: the slow twin of what is asked in columns -----------


class Lane:
    """A shipment by an option, as a term may look at it."""

    def __init__(self, engine, instance, option, lines):
        self.option = instance.options[option]
        self.node = engine.network.nodes[self.option.node]
        self.service = engine.network.services[self.option.service].name
        self.lines = len(lines)
        self.units = sum(-(-q // instance.lines[i].scale) for i, q in lines.items())


def by_shipment(engine, amount):
    """What a plan counts whose shipments count so much each."""
    return lambda instance, plan: sum(
        minor(amount(Lane(engine, instance, o, lines))) for o, lines in plan
    )


def by_item(engine, amount):
    """What a plan counts whose units count so much by line and node."""

    def money(instance, plan):
        total = 0
        for o, lines in plan:
            node = instance.options[o].node
            for i, quanta in lines.items():
                units = -(-quanta // instance.lines[i].scale)
                total += minor(amount(instance, i, node)) * units
        return total

    return money


def random_rules(made):
    """Objectives and limits beside a term."""
    dice = made.dice
    return {
        "objective": dice.choice(
            ["cheapest", "cheapest", "fastest", "fewest_shipments"]
        ),
        "max_shipments": dice.choice([None, None, 1, 2]),
        "complete_only": dice.random() < 0.1,
        "mix_kinds": dice.random() < 0.3,
    }


SHIPMENT_TERMS = [
    (
        terms.packaging(0.35, node_kinds=["store"]),
        lambda lane: 0.35 if lane.node.kind == "store" else 0,
    ),
    (
        terms.surcharge(0.8, services=["ground", "courier"], node_kinds=["store"]),
        lambda lane: (
            0.8
            if lane.node.kind == "store" and lane.service in ("ground", "courier")
            else 0
        ),
    ),
    (
        terms.lateness(1.75, after_days=1),
        lambda lane: 1.75 * max(0, lane.option.transit_days - 1),
    ),
    (
        om.CostTerm("carbon", lambda seen: seen.distance_m // 1000 * 0.01),
        lambda lane: lane.option.distance_m // 1000 * Decimal("0.01"),
    ),
    (
        om.CostTerm("picks", lambda seen: 0.2 * seen.node, per="line", cash=True),
        lambda lane: Decimal("0.2") * lane.option.node * lane.lines,
    ),
    (
        om.CostTerm("touch", lambda seen: 0.3 - 0.1 * seen.node, per="unit"),
        lambda lane: (Decimal("0.3") - Decimal("0.1") * lane.option.node) * lane.units,
    ),
]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("term", SHIPMENT_TERMS, ids=lambda pair: pair[0].name)
def test_terms_of_shipments_lines_and_units_choose_the_best_of_all_plans(seed, term):
    """Money by node and service, by line and by unit at a node: below nothing too."""
    made = world(500 + seed, nodes=4, weightless=False)
    term, amount = term
    for _ in range(ORDERS):
        policy = om.RoutingPolicy(terms=[term], **random_rules(made))
        order = made.order(lines=made.dice.randint(1, 3))
        judge(made, order, policy, more=by_shipment(made.engine, amount))


def prices_of(made, sign=1):
    """A random price by node, or by node and SKU."""
    dice, found = made.dice, {}
    for node in made.engine.network.node_ids:
        if dice.random() < 0.4:
            found[node] = sign * dice.randint(0, 40) / 10
        else:
            skus = dice.sample(made.skus, 8)
            found[node] = {sku: sign * dice.randint(0, 60) / 10 for sku in skus}
    return found


def price_at(made, prices, node, sku):
    price = prices[made.engine.network.node_ids[node]]
    return price.get(sku, 0) if isinstance(price, dict) else price


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("sign", [1, -1], ids=["price", "credit"])
def test_prices_and_credits_of_units_where_they_lie_choose_the_best(seed, sign):
    """One table where no line is spread; elsewhere a bound that holds."""
    made = world(600 + seed, nodes=4, weightless=False)
    prices = prices_of(made)
    make = terms.node_price if sign == 1 else terms.markdown_credit
    proofs = []
    for _ in range(ORDERS):
        order = made.order(lines=made.dice.randint(1, 3))
        skus = list(dict.fromkeys(line.sku for line in order.lines))

        def amount(_, i, node, skus=skus):
            return sign * price_at(made, prices, node, skus[i])

        policy = om.RoutingPolicy(terms=[make(prices)], **random_rules(made))
        proofs.append(judge(made, order, policy, more=by_item(made.engine, amount)))
    assert any(proofs) or None in proofs


@pytest.mark.parametrize("seed", SEEDS)
def test_a_penalty_for_stock_that_runs_out_chooses_the_best(seed):
    """A unit of a line counts more where the line would leave fewer than two."""
    made = world(700 + seed, nodes=4, weightless=False)
    for _ in range(ORDERS):
        order = made.order(lines=made.dice.randint(1, 3))

        def amount(instance, i, node):
            held, line = instance.nodes[node].stock[i], instance.lines[i]
            left = held - min(held, line.quantity)
            return Decimal("1.5") if left < 2 * line.scale else 0

        term = terms.stock_out_penalty(1.5, below=2)
        policy = om.RoutingPolicy(terms=[term], **random_rules(made))
        judge(made, order, policy, more=by_item(made.engine, amount))


@pytest.mark.parametrize("seed", SEEDS)
def test_units_that_may_not_be_found_choose_the_best(seed):
    """A unit counts the penalty as often as it is not found there."""
    made = world(800 + seed, nodes=4, weightless=False)
    chances = {
        (sku, node): made.dice.choice([0.5, 0.8, 0.95])
        for sku in made.skus
        for node in made.engine.network.node_ids
        if made.dice.random() < 0.6
    }
    made.engine.set_find(chances)
    for _ in range(ORDERS):
        order = made.order(lines=made.dice.randint(1, 3))
        skus = list(dict.fromkeys(line.sku for line in order.lines))

        def amount(_, i, node, skus=skus):
            cell = skus[i], made.engine.network.node_ids[node]
            return 7 * (1 - Decimal(str(chances.get(cell, 1))))

        policy = om.RoutingPolicy(terms=[terms.failed_pick(7)], **random_rules(made))
        judge(made, order, policy, more=by_item(made.engine, amount))


def test_a_kit_is_found_with_all_of_its_components():
    """Half of the cups and half of the pots: a quarter of the sets."""
    network = om.Network(
        [om.Node("N1", order_cost=1), om.Node("N2", order_cost=3)],
        [om.Service("ground", "ship", om.RateCard.flat(5))],
    )
    items = [
        om.Item("CUP"),
        om.Item("POT"),
        om.Item("SET", components={"CUP": 2, "POT": 1}),
    ]
    engine = om.Engine(network, items)
    engine.apply([om.Receive(s, n, 9) for s in ("CUP", "POT") for n in ("N1", "N2")])
    engine.set_find({("CUP", "N1"): 0.5, ("POT", "N1"): 0.5})
    for penalty, node in ((2.6, "N1"), (2.7, "N2")):
        policy = om.RoutingPolicy(terms=[terms.failed_pick(penalty)])
        plan = engine.route(om.Order({"SET": 1}, HERE), policy=policy)
        assert plan.shipments[0].node == node
        assert plan.objective == (Decimal("7.95") if node == "N1" else 8)


@pytest.mark.parametrize("seed", range(3))
def test_above_a_dozen_lines_the_bound_of_item_prices_holds(seed):
    """The best found is never below its bound, and counts what its terms add up to."""
    made = world(800 + seed, nodes=5, skus=20, weightless=False)
    policy = om.RoutingPolicy(terms=[terms.node_price(prices_of(made))])
    plan = made.engine.route(made.order(lines=15), policy=policy)
    named = sum(s.prices["node_price"] for s in plan.shipments)
    assert plan.objective == plan.cost + named
    assert plan.bound <= plan.objective
    assert not plan.proven or plan.bound == plan.objective


# -- a small shop, seen by a planner ---------------------------------------------------


def test_terms_stand_in_the_plan_by_name():
    """Cash among the terms, the rest among the prices; both add up."""
    engine = shop()
    policy = om.RoutingPolicy(
        terms=[
            terms.packaging(0.5),
            terms.node_price({"HUB": {"CUP": 2}}),
            om.CostTerm("pick", lambda seen: np.full(len(seen.node), 0.1), per="line"),
        ],
        distance_price=0.001,
        split_penalty=1,
    )
    order = om.Order({"CUP": 3, "POT": 2}, HERE, exclude_nodes=["HUB"])
    plan = engine.route(order, policy=policy)
    first, second = plan.shipments
    assert first.terms["packaging"] == second.terms["packaging"] == Decimal("0.5")
    assert plan.cost == first.cost + second.cost
    assert set(first.prices) == {"node_price", "pick", "distance_price"}
    assert second.prices["split_penalty"] == 1
    counted = sum(sum(s.prices.values()) for s in plan.shipments)
    assert plan.objective == plan.cost + counted
    batch = engine.route_many([order], policy=policy)
    assert batch.plan(0).shipments == plan.shipments
    assert batch.columns()["cost_minor"].tolist() == [plan.cost * 10_000]


def test_what_a_unit_is_worth_where_it_lies_spares_a_node():
    """The hub is cheapest; a cup is worth more there than the store costs more."""
    engine, order = shop(), om.Order({"CUP": 1}, HERE)
    for price, node in [(1.9, "HUB"), (2.1, "NEAR")]:
        policy = om.RoutingPolicy(terms=[terms.node_price({"HUB": {"CUP": price}})])
        plan = engine.route(order, policy=policy)
        assert told(plan) == [(node, "ground")]
        assert plan.proven
        assert plan.cost == (6 if node == "HUB" else 8)


def test_a_credit_may_make_the_objective_less_than_nothing():
    """It is no cash: the cost stays what it is, and the proof holds."""
    engine, order = shop(), om.Order({"CUP": 2}, HERE)
    policy = om.RoutingPolicy(terms=[terms.markdown_credit({"NEAR": {"CUP": 9}})])
    plan = engine.route(order, policy=policy)
    assert told(plan) == [("NEAR", "ground")]
    assert (plan.cost, plan.objective, plan.bound, plan.proven) == (8, -10, -10, True)


def test_a_term_may_be_compiled():
    """An njit function gets the same columns of integers."""

    @numba.njit
    def far(lanes):
        money = np.zeros(lanes.node.size)
        for i in range(lanes.node.size):
            if lanes.distance_m[i] > 500_000 and lanes.service[i] == 0:
                money[i] = 3.5
        return money

    policy = om.RoutingPolicy(terms=[om.CostTerm("far", far)])
    plan = shop().route(om.Order({"CUP": 1}, HERE), policy=policy)
    assert told(plan) == [("NEAR", "ground")]
    assert plan.shipments[0].prices == {"far": 0}


def test_a_term_that_does_not_merge_has_no_proof():
    """It is counted all the same; the bound is what is known without it."""
    once = om.CostTerm("once", lambda seen: seen.node * 0.5 - 0.5, merges=False)
    plan = shop().route(
        om.Order({"CUP": 1}, HERE), policy=om.RoutingPolicy(terms=[once])
    )
    assert not plan.proven
    assert plan.bound <= plan.objective
    assert plan.objective == plan.cost + plan.shipments[0].prices["once"]


def test_kits_are_priced_where_they_lie_as_kits():
    """The term sees the kit's SKU; what it comes to stands in the plan."""
    services = [om.Service("ground", "ship", om.RateCard.flat(1))]
    nodes = [om.Node("A"), om.Node("B", order_cost=1)]
    items = [om.Item("LEG"), om.Item("TABLE", components={"LEG": 4})]
    engine = om.Engine(om.Network(nodes, services), items, clock=lambda: 0)
    engine.apply([om.Receive("LEG", "A", 8), om.Receive("LEG", "B", 8)])
    policy = om.RoutingPolicy(terms=[terms.node_price({"A": {"TABLE": 3}})])
    plan = engine.route(om.Order({"TABLE": 2}, HERE), policy=policy)
    assert (told(plan), plan.objective) == ([("B", "ground")], 2)
    dear = om.RoutingPolicy(terms=[terms.node_price({"A": {"TABLE": 0.25}})])
    plan = engine.route(om.Order({"TABLE": 2}, HERE), policy=dear)
    assert (told(plan), plan.cost) == ([("A", "ground")], 1)
    assert plan.shipments[0].prices == {"node_price": Decimal("0.50")}


def test_packs_are_priced_by_the_unit():
    """A pack of six counts six times what one counts."""
    services = [om.Service("ground", "ship", om.RateCard.flat(1))]
    nodes = [om.Node("A"), om.Node("B", order_cost=4)]
    engine = om.Engine(
        om.Network(nodes, services), [om.Item("BOLT", pack_size=6)], clock=lambda: 0
    )
    engine.apply([om.Receive("BOLT", "A", 12), om.Receive("BOLT", "B", 12)])
    for price, node in [(0.33, "A"), (0.34, "B")]:
        policy = om.RoutingPolicy(terms=[terms.node_price({"A": price})])
        plan = engine.route(om.Order({"BOLT": 12}, HERE), policy=policy)
        assert told(plan) == [(node, "ground")]


def test_stock_runs_out_below_the_limit_and_not_at_it():
    """Nine cups: seven leave two, eight leave one."""
    engine = shop()
    policy = om.RoutingPolicy(terms=[terms.stock_out_penalty(1, below=2)])
    for wanted, penalty in [(7, 0), (8, 8)]:
        plan = engine.route(om.Order({"CUP": wanted}, HERE), policy=policy)
        assert told(plan) == [("HUB", "ground")]
        assert plan.shipments[0].prices == {"stock_out_penalty": penalty}


def test_credits_of_units_prove_nothing_where_plans_serve_other_units():
    """Ten pieces or one metre, as many quanta: a constant for each unit is none here."""
    services = [om.Service("ground", "ship", om.RateCard.flat(5))]
    nodes = [om.Node("A", order_cost=1), om.Node("B")]
    items = [om.Item("BOLT"), om.Item("ROPE", decimals=1)]
    engine = om.Engine(om.Network(nodes, services), items, clock=lambda: 0)
    engine.apply([om.Receive("BOLT", "A", 10), om.Receive("ROPE", "B", 1)])
    order = om.Order({"BOLT": 10, "ROPE": 1}, HERE)
    credit = terms.markdown_credit({"A": 1, "B": 1})
    one = engine.route(order, policy=om.RoutingPolicy(terms=[credit], max_shipments=1))
    assert not one.proven
    assert one.bound <= 6 - 10
    both = engine.route(order, policy=om.RoutingPolicy(terms=[credit]))
    assert (both.objective, both.proven) == (11 - 11, True)


def test_a_line_to_split_has_a_bound_from_the_least_price_of_each():
    """Three of four units from the node without a price, one from another for five.

    So it is of cups alone, whose prices are those of nodes: 17. With a pot, which counts
    four wherever it lies, no node has a price of its own: 12 and 4 are a bound.
    """
    services = [om.Service("ground", "ship", om.RateCard.flat(6))]
    network = om.Network([om.Node(name) for name in "ABC"], services)
    engine = om.Engine(network, [om.Item("CUP"), om.Item("POT")], clock=lambda: 0)
    engine.apply([om.Receive(sku, name, 3) for sku in ("CUP", "POT") for name in "ABC"])
    by_item = {"A": {"POT": 4}, "B": {"CUP": 5, "POT": 4}, "C": {"CUP": 5, "POT": 4}}
    policy = om.RoutingPolicy(terms=[terms.node_price(by_item)])
    cups = engine.route(om.Order({"CUP": 4}, HERE), policy=policy)
    assert (cups.cost, cups.objective, cups.proven) == (12, 17, True)
    plan = engine.route(om.Order({"CUP": 4, "POT": 1}, HERE), policy=policy)
    assert (plan.cost, plan.bound, plan.proven) == (12, 12 + 4, False)
    assert plan.objective >= 17 + 4


# -- what cannot be --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "found"),
    [
        (lambda seen: seen.node[:-1], "finite numbers"),
        (lambda seen: 1.0, "finite numbers"),
        (lambda seen: np.full(len(seen.node), np.nan), "finite numbers"),
        (lambda seen: ["a"] * len(seen.node), "a number a candidate"),
        (lambda seen: seen.node - 5.0, "merges=False"),
        (lambda seen: seen.node + 1e9, "amounts up to"),
    ],
)
def test_what_a_function_may_not_return_is_told(function, found):
    """The path names the term; nothing has changed."""
    engine = shop()
    policy = om.RoutingPolicy(terms=[om.CostTerm("mine", function)])
    with pytest.raises(om.ValidationError, match=rf"policy.terms\['mine'\].*{found}"):
        engine.route(om.Order({"CUP": 1}, HERE), policy=policy)
    assert engine.route(om.Order({"CUP": 1}, HERE)).proven


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"name": "rate"}, "name"),
        ({"function": 5}, "function"),
        ({"per": "day"}, "per"),
        ({"cash": 1}, "cash"),
        ({"merges": None}, "merges"),
        ({"parameters": [1]}, "parameters"),
        ({"parameters": {"a": np.zeros(2)}}, "parameters"),
    ],
)
def test_a_term_that_makes_no_sense_names_the_field(values, path):
    """Names that shipments have already, amounts for what there is not."""
    with pytest.raises(om.ConfigurationError) as caught:
        om.CostTerm(**{"name": "x", "function": "packaging", **values})
    assert caught.value.path == path


def test_terms_are_refused_that_nobody_has():
    """By the policy where it is made, or where it is first used."""
    term = om.CostTerm("x", "confetti")
    with pytest.raises(om.ConfigurationError, match="packaging, lateness"):
        shop().route(om.Order({"CUP": 1}, HERE), policy=om.RoutingPolicy(terms=[term]))
    for given, path in [
        ([term, term], "terms[1].name"),
        (term, "terms"),
        ([1], "terms[0]"),
        ([om.CostTerm("capacity_price orders", "confetti")], "terms[0].name"),
    ]:
        with pytest.raises(om.ConfigurationError) as caught:
            om.RoutingPolicy(terms=given)
        assert caught.value.path == path
    unknown = om.RoutingPolicy(terms=[terms.node_price({"GONE": 1})])
    with pytest.raises(om.UnknownNodeError):
        shop().route(om.Order({"CUP": 1}, HERE), policy=unknown)
    assert attrs.evolve(unknown, terms=()).terms == ()


def test_a_function_gets_its_mapping_as_a_mapping():
    """Looked up by key, as it was given."""
    rates = {"rates": {"near": 0.25, "far": 2.5}}
    term = om.CostTerm(
        "carbon",
        lambda seen, rates: np.where(
            seen.distance_m < 10**6, rates["near"], rates["far"]
        ),
        parameters=rates,
    )
    plan = shop().route(
        om.Order({"CUP": 1}, HERE), policy=om.RoutingPolicy(terms=[term])
    )
    assert plan.shipments[0].prices["carbon"] in (Decimal("0.25"), Decimal("2.5"))


@pytest.mark.parametrize(
    ("prices", "worth"),
    [
        ({"A": {"CUP": 2, "POT": 5}}, "11.00"),  # three cups and a pot
        ({"A": 0.5}, "2.00"),
        ({"A": {"SET": 7, "CUP": 2}}, "7.00"),  # the kit has a price of its own
        ({"A": {"ROPE": 3}}, "0.00"),
        ({"B": 3}, "0.00"),
    ],
)
def test_a_kit_is_worth_what_its_components_are(prices, worth):
    """It has no stock of its own: what leaves the node are they."""
    items = [
        om.Item("CUP"),
        om.Item("POT"),
        om.Item("ROPE", decimals=2),
        om.Item("SET", components={"CUP": 3, "POT": 1}),
    ]
    ground = om.Service("ground", "ship", om.RateCard.flat(5))
    made = om.Engine(
        om.Network([om.Node("A"), om.Node("B", order_cost=30)], [ground]), items
    )
    made.apply([om.Receive(sku, node, 9) for sku in ("CUP", "POT") for node in "AB"])
    order = om.Order({"SET": 2}, om.Destination(postcode="55425"))
    policy = om.RoutingPolicy(terms=[terms.node_price(prices)])
    plan = made.route(order, policy=policy)
    assert [s.node for s in plan.shipments] == ["A"]
    assert plan.shipments[0].prices["node_price"] == 2 * Decimal(worth)
    spare = om.RoutingPolicy(terms=[terms.markdown_credit(prices)])
    assert made.route(order, policy=spare).objective == 5 - 2 * Decimal(worth)


@pytest.mark.parametrize("together", [(), [["CUP", "SET"]]])
@pytest.mark.parametrize(
    "rules",
    [
        {},
        {"max_shipments": 1},
        {"objective": "fewest_shipments"},
        {"objective": "weighted", "shipment_price": 3},
        {"objective": "waterfall", "groups": [om.RuleGroup("b", nodes=["B"])]},
        {
            "objective": "waterfall",
            "groups": [om.RuleGroup("b", nodes=["B"]), om.RuleGroup("all")],
            "fill": "line",
        },
    ],
    ids=lambda rules: str(rules.get("objective", "cheapest")),
)
def test_a_bound_is_below_an_objective_that_is_below_nothing(rules, together):
    """Where nothing is known it is what credits allow, and never 0."""
    items = [
        om.Item("CUP"),
        om.Item("POT"),
        om.Item("SET", components={"CUP": 2, "POT": 1}),
    ]
    ground = om.Service("ground", "ship", om.RateCard.flat(5))
    made = om.Engine(
        om.Network([om.Node("A", order_cost=1), om.Node("B")], [ground]), items
    )
    made.apply([om.Receive("CUP", "A", 4), om.Receive("POT", "A", 2)])
    made.apply([om.Receive("CUP", "B", 4), om.Receive("POT", "B", 3)])
    spare = terms.markdown_credit({"A": {"CUP": 9}, "B": {"POT": 20}})
    refund = om.CostTerm("refund", lambda seen: seen.node * 0 - 20.0, merges=False)
    for term in (spare, refund):
        policy = om.RoutingPolicy(terms=[term], **rules)
        for lines in ({"SET": 2, "CUP": 1}, {"SET": 1, "CUP": 3, "POT": 2}):
            order = om.Order(
                lines, om.Destination(postcode="55425"), keep_together=together
            )
            plan = made.route(order, policy=policy)
            assert plan.objective < 0
            assert plan.bound <= plan.objective
            assert plan.proven == (plan.gap == 0)


def test_units_with_a_price_go_in_shipments_that_can_be_carried():
    """Two loads of a node are too heavy for one shipment: one goes from elsewhere."""
    card = om.RateCard([1500], {1: [5]}, max_shipment_g=1500)
    nodes = [om.Node("A"), om.Node("B", order_cost=9)]
    items = [om.Item("X", weight_g=900), om.Item("Y", weight_g=900)]
    engine = om.Engine(
        om.Network(nodes, [om.Service("ground", "ship", card)]), items, clock=lambda: 0
    )
    engine.apply([om.Receive(sku, node, 1) for sku in "XY" for node in "AB"])
    policy = om.RoutingPolicy(terms=[terms.node_price({"B": 1})])
    plan = engine.route(om.Order({"X": 1, "Y": 1}, HERE), policy=policy)
    assert (plan.cost, plan.objective) == (19, 20)
    assert [shipment.weight_g for shipment in plan.shipments] == [900, 900]
