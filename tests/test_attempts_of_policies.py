"""Whom to ask for goods that may not be there, under policies that count more than cash.

What an attempt counts is what `route` counts of the only plan it is left with: all of the
order from that node, in one shipment. So `route`, one node at a time, is the other way to
work it out, and the lists are held against every order of asking there is.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import attrs
import pytest

import omniroute as om
from omniroute import terms
from omniroute.routing.failed_picks.tries import rounded
from tests.conftest import WITHOUT_JIT

from .naive import attempts as naive
from .routing.dated_worlds import dated_world, day_of, moments
from .routing.worlds import world

TO = om.Destination(postcode="55425")
GROUND = om.Service("ground", "ship", om.RateCard.flat(5), transit_days=3)
AIR = om.Service("air", "ship", om.RateCard.flat(9), transit_days=1)
RULES = om.AttemptRules(give_up=40)
HANDLING = ("handling_order", "handling_line", "handling_unit")


def minor(money):
    return int(Decimal(money) * 10_000)


def asked(attempts):
    return [each.node for each in attempts]


# -- one node at a time, by `route` ----------------------------------------------------


def alone(engine, wanted, policy, node, **more):
    """The plan of an order that one node sends whole, in one shipment; None for none."""
    others = [each for each in engine.network.node_ids if each != node]
    if node in wanted.exclude_nodes:
        return None
    only = attrs.evolve(policy, max_shipments=1, complete_only=True)
    order = attrs.evolve(wanted, exclude_nodes=others)
    plan = engine.route(order, policy=only, **more)
    return plan if plan.status is om.Status.OK else None


def without_averages(policy):
    """A policy without the term for failed picks: attempts count what failed instead."""
    kept = [term for term in policy.terms if term.function != "failed_pick"]
    return attrs.evolve(policy, terms=kept)


def sent_alone(engine, wanted, policy, **more):
    """By node: the shipment that `route` would send, and what it counts."""
    policy, found = without_averages(policy), {}
    for node in engine.network.node_ids:
        plan = alone(engine, wanted, policy, node, **more)
        if plan is not None:
            found[node] = plan.shipments[0], plan.objective
    return found


def paid_in_vain(shipment, spent):
    money = shipment.terms | shipment.prices
    return sum(max(0, minor(money.get(name, 0))) for name in spent)


def judge(engine, wanted, rules, policy, chances, **more):
    """Hold a list of attempts against `route` by node, and every order of asking."""
    found = engine.attempts(wanted, rules, policy=policy, **more)
    sent = sent_alone(engine, wanted, policy, **more)
    failed, give_up = minor(rules.failed), minor(rules.give_up)
    tries = {}
    for node, (shipment, objective) in sent.items():
        spent = paid_in_vain(shipment, rules.spent)
        tries[node] = spent, minor(objective) - spent, failed, chances[node]
    assert found.candidates == len(tries)
    chosen = [tries[node] for node in asked(found)]
    least = naive.least_cost(
        list(tries.values()), give_up, rules.max_attempts or len(tries)
    )
    assert naive.expected_cost(chosen, give_up) == least
    assert found.expected_cost * 10_000 == rounded(*least.as_integer_ratio())
    for each in found:
        shipment, objective = sent[each.node]
        assert each.service == shipment.service
        assert each.objective == objective
        assert (each.terms, each.prices) == (shipment.terms, shipment.prices)
        assert each.cost == shipment.cost
        assert minor(each.spent) == tries[each.node][0]
    return found


# -- random policies -------------------------------------------------------------------


def carbon(lanes, per_1000_km):
    return lanes.distance_m * 1e-6 * per_1000_km


def touch(lanes, step):
    return 0.4 - step * lanes.node


def prices(dice, made):
    """Money by node, or by node and SKU."""
    return {
        node: (
            dice.randint(0, 40) / 10
            if dice.random() < 0.4
            else {sku: dice.randint(0, 60) / 10 for sku in dice.sample(made.skus, 8)}
        )
        for node in made.engine.network.node_ids
    }


def random_terms(dice, made):
    every = [
        terms.packaging(0.35, node_kinds=["store"]),
        terms.surcharge(0.8, services=["ground", "courier"]),
        dice.choice([terms.lateness(1.75, after_days=1), terms.lateness(2.5)]),
        terms.node_price(prices(dice, made)),
        terms.markdown_credit(prices(dice, made)),
        terms.stock_out_penalty(1.5, below=2),
        terms.failed_pick(8),
        om.CostTerm("carbon", carbon, parameters={"per_1000_km": 1.25}),
        om.CostTerm("touch", touch, per="unit", parameters={"step": 0.1}),
        om.CostTerm("lines", touch, per="line", parameters={"step": 0.05}, cash=True),
    ]
    return dice.sample(every, dice.randint(0, 4))


def random_objective(dice, made):
    kind = dice.choice(["one", "one", "weighted", "lexicographic", "waterfall"])
    if kind == "one":
        return {
            "objective": dice.choice(["cheapest", "fastest", "fewest_shipments"]),
        }
    if kind == "weighted":
        return {"objective": kind, "day_price": 1.5, "shipment_price": 0.7}
    criteria = dice.choice([["fewest_shipments", "fastest"], ["cheapest", "fastest"]])
    if kind == "lexicographic":
        return {"objective": kind, "criteria": criteria}
    groups = [
        om.RuleGroup("stores", node_kinds=["store"]),
        om.RuleGroup("by some", services=["express", "courier"]),
        om.RuleGroup("anything"),
    ]
    fill = dice.choice(["order", "line"])
    kept = groups[dice.randint(0, 1) :]
    return {"objective": kind, "criteria": criteria, "groups": kept, "fill": fill}


@pytest.mark.parametrize("dated", [False, True], ids=["undated", "dated"])
@pytest.mark.parametrize("seed", range(4 if WITHOUT_JIT else 20))
def test_attempts_count_what_route_counts_of_each_node_alone(seed, dated):
    """Objectives, terms of all kinds, prices of distance; what is spent in vain too."""
    make = dated_world if dated else world
    made = make(4_000 + seed, nodes=4, weightless=False)
    dice, engine = made.dice, made.engine
    find = {
        (sku, node): Fraction(dice.randint(0, 20), 20)
        for sku in made.skus
        for node in engine.network.node_ids
    }
    engine.set_find({cell: float(chance) for cell, chance in find.items()})
    for now in moments(dice, 4) if dated else [0] * 4:
        wanted = made.order(lines=dice.choice([1, 1, 2]))
        if any(line.quantity != int(line.quantity) for line in wanted.lines):
            wanted = attrs.evolve(wanted, lines={wanted.lines[0].sku: 1})
        if dated and dice.random() < 0.5:
            late = day_of(now) + timedelta(days=dice.randint(0, 4))
            wanted = attrs.evolve(wanted, needed_by=late)
        policy = om.RoutingPolicy(
            terms=random_terms(dice, made),
            needed_by=dice.choice(["hard", "soft"]),
            distance_price=dice.choice([0, 0, 0.005]),
            split_penalty=dice.choice([0, 3]),
            **random_objective(dice, made),
        )
        own = [t.name for t in policy.terms if t.function != "failed_pick"]
        rules = om.AttemptRules(
            give_up=Decimal(dice.randint(0, 8000)).scaleb(-2),
            failed=Decimal(dice.randint(0, 300)).scaleb(-2),
            max_attempts=dice.choice([None, 1, 2, 3]),
            spent=[*HANDLING, *dice.sample(own, len(own) // 2), "distance_price"],
        )
        skus = {line.sku for line in wanted.lines}
        chances = dict.fromkeys(engine.network.node_ids, Fraction(1))
        for node in chances:
            for sku in skus:
                chances[node] *= find[sku, node]
        judge(engine, wanted, rules, policy, chances, now=now)


# -- what a planner sees ---------------------------------------------------------------


def shop(services=(GROUND,), costs=(1, 2, 3), kinds=("store",) * 3, items=None):
    """Nodes A, B, C whose units cost so much to pick; ten of everything at each."""
    nodes = [
        om.Node(name, kind, unit_cost=cost)
        for name, cost, kind in zip("ABC", costs, kinds, strict=True)
    ]
    items = items or [om.Item("BOLT"), om.Item("NUT")]
    engine = om.Engine(om.Network(nodes, services), items, clock=lambda: 0)
    plain = [item.sku for item in items if not item.components]
    engine.apply([om.Receive(sku, node.id, 10) for sku in plain for node in nodes])
    return engine


def order(to=TO, **lines):
    return om.Order(lines or {"BOLT": 1}, to)


def chance_of(engine, chance):
    engine.set_find({("BOLT", n): chance for n in engine.network.node_ids})
    return dict.fromkeys(engine.network.node_ids, Fraction(str(chance)))


def test_a_surcharge_of_stores_sends_one_to_the_warehouse_first():
    """Handling alone would say A, B, C; packing in a store is dearer than that."""
    engine = shop(kinds=("store", "store", "warehouse"))
    chances = chance_of(engine, 0.5)
    assert asked(engine.attempts(order(), RULES)) == ["A", "B", "C"]
    policy = om.RoutingPolicy(terms=[terms.packaging(5, node_kinds=["store"])])
    found = judge(engine, order(), RULES, policy, chances)
    assert asked(found) == ["C", "A", "B"]
    assert found.attempts[1].terms["packaging"] == 5
    assert found.attempts[1].cost == found.attempts[1].objective == 11
    assert found.attempts[1].spent == 1


def test_what_is_packed_before_it_is_looked_for_is_paid_in_vain():
    """1 and 4 whatever comes of it, 5 for the parcel of one in two; else it is given up."""
    engine = shop(costs=(1, 90, 90))
    chances = chance_of(engine, 0.5)
    policy = om.RoutingPolicy(terms=[terms.packaging(4)])
    rules = om.AttemptRules(give_up=40, spent=[*HANDLING, "packaging"])
    found = judge(engine, order(), rules, policy, chances)
    assert asked(found) == ["A"]
    assert found.next.spent == 5
    assert found.expected_cost == Decimal("27.50")


def test_a_credit_is_not_had_in_vain():
    """Two for clearing a shelf are had of one in two who finds something there."""
    engine = shop(costs=(1, 90, 90))
    chances = chance_of(engine, 0.5)
    policy = om.RoutingPolicy(terms=[terms.markdown_credit({"A": 2})])
    rules = om.AttemptRules(give_up=40, spent=[*HANDLING, "markdown_credit"])
    found = judge(engine, order(), rules, policy, chances)
    assert found.next.prices == {"markdown_credit": -2}
    assert found.next.spent == 1
    assert found.expected_cost == Decimal("22.50")


def test_units_that_are_worth_more_where_they_lie_are_asked_for_last():
    """A is short of what it sells itself."""
    engine = shop()
    chances = chance_of(engine, 0.5)
    policy = om.RoutingPolicy(terms=[terms.node_price({"A": {"BOLT": 6}})])
    found = judge(engine, order(), RULES, policy, chances)
    assert asked(found) == ["B", "C", "A"]
    last = found.attempts[2]
    assert (last.cost, last.objective) == (6, 12)


def test_failed_picks_are_counted_once():
    """Their average is a term of plans; of attempts, what fails is counted as it is."""
    engine = shop()
    chances = chance_of(engine, 0.5)
    risk = terms.failed_pick(30)
    policy = om.RoutingPolicy(terms=[risk])
    plain = engine.attempts(order(), RULES)
    assert judge(engine, order(), RULES, policy, chances) == plain
    with pytest.raises(om.ConfigurationError) as caught:
        engine.attempts(
            order(), om.AttemptRules(40, spent=["failed_pick"]), policy=policy
        )
    assert caught.value.path == "rules.spent[0]"


@pytest.mark.parametrize(
    ("rules", "service", "objective"),
    [
        ({}, "ground", 6),
        ({"objective": "fastest"}, "air", 10),
        ({"objective": "weighted", "day_price": 1}, "ground", 9),
        ({"objective": "weighted", "day_price": 3}, "air", 13),
        ({"objective": "weighted", "shipment_price": 2}, "ground", 8),
        ({"terms": [terms.surcharge(5, services=["ground"])]}, "air", 10),
        (
            {
                "objective": "waterfall",
                "criteria": ["cheapest"],
                "groups": [om.RuleGroup("air", services=["air"]), om.RuleGroup("any")],
            },
            "air",
            10,
        ),
    ],
)
def test_a_node_sends_by_the_service_that_the_policy_would_take(
    rules, service, objective
):
    """Ground is 5 for three days, air 9 for one; handling is 1."""
    engine = shop([GROUND, AIR])
    chances = chance_of(engine, 0.5)
    found = judge(engine, order(), RULES, om.RoutingPolicy(**rules), chances)
    assert found.next.service == service
    assert found.next.objective == objective


def test_of_two_services_that_count_as_much_the_sooner_is_taken():
    """Declared last; and of equal ones the first."""
    slow = om.Service("slow", "ship", om.RateCard.flat(5), transit_days=4)
    again = om.Service("again", "ship", om.RateCard.flat(5), transit_days=3)
    engine = shop([slow, GROUND, again])
    chances = chance_of(engine, 0.5)
    policy = om.RoutingPolicy(terms=[terms.packaging(1)])
    assert judge(engine, order(), RULES, policy, chances).next.service == "ground"


def test_the_engines_own_policy_counts_where_none_is_told():
    """As it does for `route`."""
    nodes = [om.Node("A", unit_cost=1), om.Node("B", "warehouse", unit_cost=2)]
    price = terms.node_price({"A": {"BOLT": 2}})
    store = terms.packaging(2, node_kinds=["store"])
    policy = om.RoutingPolicy(terms=[store, price])
    engine = om.Engine(
        om.Network(nodes, [GROUND]), [om.Item("BOLT")], policy=policy, clock=lambda: 0
    )
    engine.apply([om.Receive("BOLT", n, 3) for n in "AB"])
    engine.set_find({("BOLT", n): 0.5 for n in "AB"})
    found = engine.attempts(order(), RULES)
    assert asked(found) == ["B", "A"]
    assert [each.objective for each in found] == [7, 10]
    plain = om.RoutingPolicy()
    assert asked(engine.attempts(order(), RULES, policy=plain)) == ["A", "B"]


def test_a_kit_counts_what_route_counts_of_a_kit():
    """Prices are for kits, and handling for the units in them."""
    kit = om.Item("SET", components={"BOLT": 2, "NUT": 1})
    engine = shop(items=[om.Item("BOLT"), om.Item("NUT"), kit])
    chances = chance_of(engine, 0.5)
    policy = om.RoutingPolicy(
        terms=[
            terms.node_price({"A": {"BOLT": 3}, "B": 1}),
            terms.stock_out_penalty(2, below=9),
            om.CostTerm("touch", touch, per="unit", parameters={"step": 0.5}),
        ]
    )
    judge(engine, order(SET=2, NUT=1), RULES, policy, chances)


def test_packs_count_by_the_unit():
    """A pack of six is six times what a unit is worth there."""
    six = om.Item("SIX", components={"BOLT": 6})
    engine = shop(items=[om.Item("BOLT"), six])
    chances = chance_of(engine, 0.5)
    policy = om.RoutingPolicy(terms=[terms.node_price({"A": {"BOLT": 3}})])
    found = judge(engine, order(SIX=1), RULES, policy, chances)
    assert asked(found) == ["B", "A"]
    assert found.attempts[1].prices == {"node_price": 18}


def test_a_later_day_counts_what_it_will_be():
    """Stock that runs out by then is a matter of then."""
    engine = shop()
    chances = chance_of(engine, 0.5)
    engine.apply(om.Expect("PO-1", "BOLT", "A", 50, due=86_400))
    policy = om.RoutingPolicy(terms=[terms.stock_out_penalty(4, below=10)])
    now = judge(engine, order(), RULES, policy, chances)
    assert now.next.prices == {"stock_out_penalty": 4}
    found = judge(engine, order(), RULES, policy, chances, due=3 * 86_400)
    assert found.next.prices == {"stock_out_penalty": 0}


def test_each_day_late_has_its_price():
    """Ground is a day late, air is not: 4 for that day makes it even, 5 decides."""
    engine = shop([GROUND, AIR])
    chances = chance_of(engine, 0.5)
    wanted = om.Order({"BOLT": 1}, TO, needed_by=date(1970, 1, 3))
    for price, service in ((3, "ground"), (5, "air")):
        policy = om.RoutingPolicy(needed_by="soft", terms=[terms.lateness(price)])
        found = judge(engine, wanted, RULES, policy, chances)
        assert found.next.service == service


def test_work_over_the_limit_counts_as_it_does_for_a_plan():
    """A takes one order a day for nothing, and each one more for 7."""
    network = om.Network(
        [om.Node("A"), om.Node("B", unit_cost=3)],
        [GROUND],
        capacity=[om.Capacity(1, node="A", over_price=7)],
    )
    engine = om.Engine(network, [om.Item("BOLT")], clock=lambda: 0)
    engine.apply([om.Receive("BOLT", n, 9) for n in "AB"])
    chances = chance_of(engine, 0.5)
    policy = om.RoutingPolicy()
    assert asked(judge(engine, order(), RULES, policy, chances)) == ["A", "B"]
    engine.place(om.Order({"BOLT": 1}, TO, exclude_nodes=["B"]), id="one", ttl=9_999)
    found = judge(engine, order(), RULES, policy, chances)
    assert asked(found) == ["B", "A"]


def test_shipments_of_a_plan_count_what_its_policy_counts():
    """Each by itself: who sends a part pays for no split."""
    engine = shop()
    engine.apply([om.Count("BOLT", "A", 0), om.Count("NUT", "B", 0)])
    engine.apply([om.Count("BOLT", "C", 0), om.Count("NUT", "C", 0)])
    policy = om.RoutingPolicy(terms=[terms.packaging(4)], split_penalty=3)
    plan = engine.route(order(BOLT=1, NUT=1), policy=policy)
    assert len(plan.shipments) == 2
    lists = engine.attempts_by_shipment(plan, RULES)
    assert [each.next.terms for each in lists] == [s.terms for s in plan.shipments]
    assert sum(each.expected_cost for each in lists) == plan.cost
    assert plan.objective == plan.cost + 3


def test_a_name_that_no_shipment_has_is_refused():
    """Of the policy that is followed; the message tells the names there are."""
    engine = shop()
    rules = om.AttemptRules(40, spent=["packaging"])
    policy = om.RoutingPolicy(terms=[terms.packaging(4)])
    assert engine.attempts(order(), rules, policy=policy).next.spent == 4
    with pytest.raises(om.ConfigurationError, match="handling_unit") as caught:
        engine.attempts(order(), rules)
    assert caught.value.path == "rules.spent[0]"
