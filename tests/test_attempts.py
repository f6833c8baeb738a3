"""Whom to ask for goods that may not be there: through the engine's doors."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import attrs
import pytest

import omniroute as om
from omniroute.routing.failed_picks.tries import rounded

from .naive import attempts as naive
from .naive.evaluate import evaluate
from .naive.from_engine import questions
from .routing.worlds import world

TO = om.Destination(postcode="55425")
GROUND = om.Service("ground", "ship", om.RateCard.flat(5))
RULES = om.AttemptRules(give_up=40)


def shop(costs=(1, 2, 3), stock=10, skus=("BOLT", "NUT"), **more):
    """Nodes A, B, C whose units cost so much to pick; stock of everything at each."""
    nodes = [
        om.Node(name, unit_cost=cost)
        for name, cost in zip("ABCDEF", costs, strict=False)
    ]
    engine = om.Engine(
        om.Network(nodes, [GROUND]), [om.Item(sku) for sku in skus], **more
    )
    engine.apply([om.Receive(sku, n.id, stock) for sku in skus for n in nodes])
    return engine


def order(**lines):
    return om.Order(lines or {"BOLT": 1}, TO)


def asked(attempts):
    return [each.node for each in attempts]


# -- against every order there is ------------------------------------------------------


def naive_tries(engine, wanted, find, policy):
    """By node: money for handling and for the parcel, worked out from the model.

    By the cheapest service; under a policy of speed, by the fastest.
    """
    best = {}
    fast = policy.objective == "fastest"
    for question in questions(engine, wanted, policy):
        lines = question.instance.lines
        for o, option in enumerate(question.instance.options):
            node = question.instance.nodes[option.node]
            whole = {i: line.quantity for i, line in enumerate(lines)}
            if any(node.stock[i] < n for i, n in whole.items()):
                continue
            if (
                option.price(sum(line.weight_of(line.quantity) for line in lines))
                is None
            ):
                continue
            found = evaluate(question.instance, [(o, whole)])
            price, days = found.prices[0], option.transit_days
            key = (days, price) if fast else (price, days)
            key = *key, option.service
            if option.node not in best or key < best[option.node][0]:
                best[option.node] = key, found.handling[0], price
    chances = {}
    for k in best:
        chances[k] = Fraction(1)
        for sku in question.skus:
            chances[k] *= find.get((sku, question.nodes[k]), Fraction(1))
    return {
        engine.network.node_ids[k]: (handling, price, chances[k])
        for k, (_, handling, price) in best.items()
    }


@pytest.mark.parametrize("seed", range(60))
def test_no_order_of_asking_has_a_lower_expected_cost(seed):
    """Random networks, services, exclusions, chances and rules; every order tried."""
    made = world(seed, nodes=5)
    dice, engine = made.dice, made.engine
    find = {
        (sku, node): Fraction(dice.randint(0, 20), 20)
        for sku in made.skus
        for node in engine.network.node_ids
        if dice.random() < 0.7
    }
    engine.set_find({cell: float(chance) for cell, chance in find.items()})
    for _ in range(4):
        wanted = made.order(lines=dice.choice([1, 1, 2]))
        policy = attrs.evolve(made.policy(), max_shipments=None)
        rules = om.AttemptRules(
            give_up=Decimal(dice.randint(0, 6000)).scaleb(-2),
            failed=Decimal(dice.randint(0, 300)).scaleb(-2),
            max_attempts=dice.choice([None, 1, 2, 3]),
        )
        found = engine.attempts(wanted, rules, policy=policy)
        facts = naive_tries(engine, wanted, find, policy)
        failed, give_up = int(rules.failed * 10_000), int(rules.give_up * 10_000)
        tries = {k: (s, f, failed, p) for k, (s, f, p) in facts.items()}
        most = rules.max_attempts or len(tries)
        least = naive.least_cost(list(tries.values()), give_up, most)
        chosen = [tries[node] for node in asked(found)]
        assert naive.expected_cost(chosen, give_up) == least
        assert found.expected_cost * 10_000 == rounded(*least.as_integer_ratio())
        assert found.candidates == len(tries)
        assert (found.status is om.Status.OK) == bool(tries)
        for i, each in enumerate(found):
            spent, parcel, _, _ = tries[each.node]
            assert each.spent * 10_000 == spent
            assert each.cost * 10_000 == spent + parcel
            rest = naive.expected_cost(chosen[i + 1 :], give_up) + failed
            assert each.if_failed * 10_000 == rounded(*rest.as_integer_ratio())
        missed = 1 - naive.chance_of(chosen)
        assert found.chance == Decimal(int((1 - missed) * 10**6)).scaleb(-6)
        lost = (missed * give_up).as_integer_ratio()
        assert found.give_up * 10_000 == rounded(*lost)


# -- what the rules say ----------------------------------------------------------------


def test_who_is_sure_of_it_ends_the_list():
    """B is dearer than A and never fails: C is not needed any more."""
    engine = shop()
    engine.set_find({("BOLT", "A"): 0.8})
    found = engine.attempts(order(), RULES)
    assert asked(found) == ["A", "B"]
    assert found.chance == 1
    # 1 for looking at A; 0.8 of 5 for its parcel, and 0.2 of 7 for all of B.
    assert found.expected_cost == Decimal("6.40")
    assert found.give_up == 0
    assert found.candidates == 3


def test_the_parcel_is_not_paid_by_who_did_not_find_it():
    """Handling is; a policy may see it otherwise."""
    engine = shop(costs=(1,))
    engine.set_find({("BOLT", "A"): 0.5})
    found = engine.attempts(order(), RULES)
    assert found.expected_cost == Decimal("23.50")
    assert found.next.spent == 1
    all_of_it = om.AttemptRules(40, spent=("rate", "handling_unit"))
    assert engine.attempts(order(), all_of_it).expected_cost == Decimal("26.00")
    none_of_it = om.AttemptRules(40, spent=())
    assert engine.attempts(order(), none_of_it).expected_cost == Decimal("23.00")


def test_every_line_has_to_be_there():
    """0.5 and 0.5 are 0.25; a node that lacks one of them is not asked."""
    engine = shop(costs=(1, 2))
    engine.set_find({("BOLT", "A"): 0.5, ("NUT", "A"): 0.5, ("NUT", "B"): 0.9})
    found = engine.attempts(order(BOLT=1, NUT=2), RULES)
    assert {each.node: each.chance for each in found} == {
        "A": Decimal("0.25"),
        "B": Decimal("0.9"),
    }
    engine.apply(om.Count("NUT", "B", 1))
    assert asked(engine.attempts(order(BOLT=1, NUT=2), RULES)) == ["A"]


def test_giving_up_at_once_may_be_best():
    """At 10, a node at 0.1 that costs 1 to ask is not worth it."""
    engine = shop(costs=(1,))
    engine.set_find({("BOLT", "A"): 0.1})
    found = engine.attempts(order(), om.AttemptRules(give_up=14.99))
    assert (found.status, len(found), found.next) == (om.Status.OK, 0, None)
    assert (found.expected_cost, found.chance) == (Decimal("14.99"), 0)
    assert (found.give_up, found.candidates) == (Decimal("14.99"), 1)
    # 1 / 0.1 + 5 is 15: from there on it is.
    assert not len(engine.attempts(order(), om.AttemptRules(give_up=15)))
    assert asked(engine.attempts(order(), om.AttemptRules(give_up=15.01))) == ["A"]


def test_after_a_decline_the_rest_is_scored_anew():
    """The one who failed is out and has used up an attempt; stock is as it now is."""
    engine = shop(costs=(1, 2, 3, 4))
    engine.set_find({("BOLT", node): 0.6 for node in "ABCD"})
    rules = om.AttemptRules(give_up=60, max_attempts=3)
    found = engine.attempts(order(), rules)
    assert asked(found) == ["A", "B", "C"]
    again = engine.attempts(order(), rules, tried=["A"])
    assert asked(again) == ["B", "C"]
    assert again.expected_cost == found.attempts[0].if_failed
    assert again.tried == ("A",)
    engine.apply(om.Sell("BOLT", "B", 10))
    assert asked(engine.attempts(order(), rules, tried=["A"])) == ["C", "D"]
    assert asked(engine.attempts(order(), rules, tried=["A", "B", "C"])) == []


def test_an_excluded_node_is_no_attempt():
    """The order's and the policy's: they were never asked."""
    engine = shop()
    engine.set_find({("BOLT", node): 0.6 for node in "ABC"})
    rules = om.AttemptRules(give_up=60, max_attempts=2)
    barred = om.Order({"BOLT": 1}, TO, exclude_nodes=["A"])
    assert asked(engine.attempts(barred, rules)) == ["B", "C"]
    policy = om.RoutingPolicy(exclude_nodes=["B"])
    assert asked(engine.attempts(barred, rules, policy=policy)) == ["C"]
    assert asked(engine.attempts(barred, rules, tried=["A"])) == ["B"]


def test_the_answer_is_of_the_time_it_is_asked_for():
    """A hold that has run out holds nothing."""
    engine = shop(clock=lambda: 1_000)
    engine.reserve({("BOLT", "A"): 10}, id="cart", ttl=60)
    assert engine.attempts(order(), RULES).next.node == "B"
    assert engine.attempts(order(), RULES, now=1_060).next.node == "A"


def test_asking_changes_nothing():
    """And is answered alike twice."""
    engine = shop()
    engine.set_find({("BOLT", "A"): 0.3})
    before = engine.digest()
    assert engine.attempts(order(), RULES) == engine.attempts(order(), RULES)
    assert engine.digest() == before


# -- who can be asked ------------------------------------------------------------------


def test_why_nobody_can_be_asked():
    """In the words of `Status`."""
    engine = shop(costs=(1, 2), stock=3)
    far = om.Order({"BOLT": 1}, TO, exclude_nodes=["A", "B"])
    assert engine.attempts(far, RULES).status is om.Status.UNSERVED
    assert engine.attempts(order(BOLT=4), RULES).status is om.Status.SHORT
    engine.apply([om.Count("BOLT", "A", 0), om.Count("BOLT", "B", 0)])
    found = engine.attempts(order(), RULES)
    assert found.status is om.Status.OUT_OF_STOCK
    assert found.expected_cost == 40
    with pytest.raises(om.StatusError):
        found.raise_for_status()
    assert repr(found) == (
        "Attempts(OUT_OF_STOCK, nobody, expected cost 40.00, found 0)"
    )


def test_what_is_too_heavy_to_send_is_not_asked_for():
    """A kilogram over the limit, and all of it in stock."""
    light = om.Service(
        "ground", "ship", om.RateCard([500], {1: [5]}, max_shipment_g=500)
    )
    engine = om.Engine(om.Network([om.Node("A")], [light]), [om.Item("BOLT", 300)])
    engine.apply(om.Receive("BOLT", "A", 9))
    assert engine.attempts(order(BOLT=2), RULES).status is om.Status.TOO_HEAVY
    assert engine.attempts(order(BOLT=1), RULES).status is om.Status.OK


def test_a_channel_asks_for_what_it_may_have():
    """Units fenced for others are not there for it."""
    engine = shop(costs=(1, 2), channels=[om.Channel("web", fall_back=("pool",))])
    engine.set_find({("BOLT", "A"): 0.9})
    engine.allocate([om.RingFence("web", "BOLT", 9, nodes="A")])
    through = om.Order({"BOLT": 5}, TO, channel="web")
    assert asked(engine.attempts(through, RULES)) == ["A", "B"]
    assert asked(engine.attempts(order(BOLT=5), RULES)) == ["B"]


def test_a_kit_is_found_if_all_its_components_are():
    """A part that two lines share is looked for once."""
    items = [
        om.Item("CUP", 90),
        om.Item("POT", 700),
        om.Item("SET", components={"CUP": 2, "POT": 1}),
    ]
    nodes = [om.Node("A", unit_cost=1), om.Node("B", unit_cost=3)]
    engine = om.Engine(om.Network(nodes, [GROUND]), items)
    engine.apply([om.Receive(sku, n, 4) for sku in ("CUP", "POT") for n in "AB"])
    engine.set_find({("CUP", "A"): 0.5, ("POT", "A"): 0.8})
    found = engine.attempts(om.Order({"SET": 1, "CUP": 2}, TO), RULES)
    assert asked(found) == ["A", "B"]
    assert found.next.chance == Decimal("0.4")
    assert found.next.terms["handling_unit"] == 5
    assert not engine.attempts(om.Order({"SET": 1, "CUP": 3}, TO), RULES).candidates


# -- shipments of a plan ---------------------------------------------------------------


def split_plan(engine, wanted):
    plan = engine.route(wanted)
    assert len(plan.shipments) == 2
    return plan


def test_each_shipment_of_a_plan_has_attempts_of_its_own():
    """Nuts only at A and C, bolts only at B and C: C is second for both."""
    engine = shop()
    engine.apply([om.Count("BOLT", "A", 0), om.Count("NUT", "B", 0)])
    engine.apply([om.Count("BOLT", "C", 1), om.Count("NUT", "C", 1)])
    engine.set_find({("NUT", "A"): 0.7, ("BOLT", "B"): 0.7})
    plan = split_plan(engine, om.Order({"NUT": 1, "BOLT": 1}, TO, exclude_nodes=["C"]))
    engine.set_find({("NUT", "C"): 0.5})
    free = attrs.evolve(plan.order, exclude_nodes=())
    by_shipment = engine.attempts_by_shipment(plan, RULES)
    assert [asked(each) for each in by_shipment] == [["A"], ["B"]]
    for each, sku in zip(by_shipment, ("NUT", "BOLT"), strict=True):
        alone = attrs.evolve(plan.order, lines={sku: 1})
        assert each == engine.attempts(alone, RULES)
        alone = attrs.evolve(free, lines={sku: 1})
        assert asked(engine.attempts(alone, RULES))[1] == "C"


def test_whom_the_plans_policy_leaves_out_is_not_asked():
    """C is in reach of the engine's policy, not of the plan's."""
    engine = shop()
    engine.apply([om.Count("BOLT", "A", 0), om.Count("NUT", "B", 0)])
    without = om.RoutingPolicy(exclude_nodes=["C"])
    plan = engine.route(order(NUT=1, BOLT=1), policy=without)
    assert {shipment.node for shipment in plan.shipments} == {"A", "B"}
    rules = om.AttemptRules(give_up=40)
    engine.set_find({("NUT", "A"): 0.7, ("BOLT", "B"): 0.7})
    own = engine.attempts_by_shipment(plan, rules)
    assert [node for each in own for node in asked(each)] == ["A", "B"]
    told = engine.attempts_by_shipment(plan, rules, policy=om.RoutingPolicy())
    assert all("C" in asked(each) for each in told)


def test_no_two_shipments_count_on_the_same_units():
    """12 bolts are 10 of A and 2 of B; C has 11, which is too few for both."""
    engine = shop()
    engine.set_find({("BOLT", "A"): 0.7, ("BOLT", "B"): 0.7})
    engine.apply([om.Receive("BOLT", "C", 1)])
    plan = split_plan(engine, order(BOLT=12))
    own = [shipment.node for shipment in plan.shipments]
    assert set(own) == {"A", "B"}
    found = engine.attempts_by_shipment(plan, RULES)
    assert [asked(each) for each in found] == [[node] for node in own]
    engine.apply(om.Receive("BOLT", "C", 1))
    found = engine.attempts_by_shipment(plan, RULES)
    assert [asked(each) for each in found] == [[node, "C"] for node in own]


# -- input and output ------------------------------------------------------------------


def test_the_table_tells_the_whole_story():
    """A line an attempt."""
    engine = shop(costs=(1, 2))
    engine.set_find({("BOLT", "A"): 0.333, ("BOLT", "B"): 0.9})
    found = engine.attempts(order(), om.AttemptRules(40, failed=2))
    assert found.table().splitlines() == [
        "   node  service  chance  reached  cost   price  if not found",
        "1  B     ground      0.9        1  7.00  7.4444        32.679",
        "2  A     ground    0.333      0.1  6.00  12.009         42.00",
    ]
    assert "<pre>" in found._repr_html_()
    assert found.raise_for_status() is found


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"order": 7}, "order"),
        ({"rules": 40}, "rules"),
        ({"rules": om.AttemptRules(40, spent=["tax"])}, "rules.spent[0]"),
        ({"tried": "A"}, "tried"),
        ({"tried": ["A", "A"]}, "tried[1]"),
        ({"tried": ["A", "Z"]}, "tried[1]"),
        ({"order": om.Order({"NIX": 1}, TO)}, "order.lines[0].sku"),
        ({"policy": "cheapest"}, "policy"),
    ],
)
def test_bad_questions_name_their_path(given, path):
    """One clear error."""
    engine = shop()
    asked_with = {"order": order(), "rules": RULES, **given}
    with pytest.raises(om.OmnirouteError) as caught:
        engine.attempts(asked_with.pop("order"), asked_with.pop("rules"), **asked_with)
    assert caught.value.path == path


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"give_up": -1}, "give_up"),
        ({"give_up": 0.00001}, "give_up"),
        ({"give_up": 1, "failed": "much"}, "failed"),
        ({"give_up": 1, "max_attempts": 0}, "max_attempts"),
        ({"give_up": 1, "spent": "rate"}, "spent"),
        ({"give_up": 1, "name": ""}, "name"),
    ],
)
def test_bad_rules_name_their_field(given, path):
    """Where they are made."""
    with pytest.raises(om.ConfigurationError) as caught:
        om.AttemptRules(**given)
    assert caught.value.path == path


def test_only_plans_of_this_engine():
    """Another one's stock is another matter."""
    plan = shop().route(order())
    for other in (plan, None):
        with pytest.raises(om.ValidationError) as caught:
            shop().attempts_by_shipment(other, RULES)
        assert caught.value.path == "plan"
