"""Why not from there: what it would have cost, and what else could be done."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

import omniroute as om
from omniroute.codes import Reason

TO = om.Destination(postcode="55425")


def shop(stock, nodes=None, items=None, **service):
    """A network whose nodes cost 1, 2, 4 ... a shipment, and a rate of 5."""
    service.setdefault("transit_days", 2)
    ground = om.Service("ground", "ship", om.RateCard.flat(5), **service)
    quick = om.Service("quick", "same_day", om.RateCard.flat(9))
    names = nodes or sorted({node for _, node, _ in stock} | {"EMPTY"})
    made = [om.Node(name, order_cost=2**k) for k, name in enumerate(names)]
    items = items or [om.Item(sku) for sku in sorted({sku for sku, _, _ in stock})]
    network = om.Network(made, [ground, quick])
    engine = om.Engine(network, items, clock=lambda: 0)
    engine.apply([om.Receive(*cell) for cell in stock])
    return engine


def ship(lines, **terms):
    return om.Order(lines, TO, services=["ground"], **terms)


TWO = [("MUG", "A", 5), ("POT", "A", 5), ("MUG", "B", 5), ("POT", "C", 1)]


def test_the_best_plan_with_a_node_may_be_a_split():
    """B has no pots: with B, A comes along."""
    told = shop(TWO).route(ship({"MUG": 1, "POT": 1})).why_not("B")
    assert told.reason is Reason.CANDIDATE
    assert told.proven
    assert {x.node for x in told.plan.shipments} == {"A", "B"}
    assert told.cost == Decimal("7.00"), "a rate and an order more"
    assert {t.name: t.more for t in told.difference.terms if t.more} == {
        "rate": 5,
        "handling_order": 2,
    }
    assert told.headline == (
        "The best plan that draws on B costs 13.00: 7.00 more (5.00 more rate, "
        "2.00 more handling_order); 1 shipment more."
    )


def test_from_the_node_alone_means_what_it_can_and_no_more():
    """B alone leaves the pot unserved, and says so."""
    plan = shop(TWO).route(ship({"MUG": 1, "POT": 1}))
    told = plan.why_not("B", alone=True)
    assert [x.node for x in told.plan.shipments] == ["B"]
    assert told.difference.short == 1
    assert "is served by B alone" in told.headline
    assert "1 unit more short" in told.headline
    whole = om.RoutingPolicy(complete_only=True)
    plan = shop(TWO).route(ship({"MUG": 1, "POT": 1}), policy=whole)
    told = plan.why_not("B", alone=True)
    assert told.plan is None
    assert told.proven
    assert told.headline == "No plan that keeps the rules is served by B alone."


def test_one_line_from_the_node_and_the_rest_from_anywhere():
    """The pot from C, the mug as before."""
    told = shop(TWO).route(ship({"MUG": 1, "POT": 1})).why_not("C", line="POT")
    assert told.asked == "POT"
    sources = {line.sku: line.b for line in told.difference.lines}
    assert sources["POT"] == (("C", "ground", 1, "POT"),)
    assert sources["MUG"] == (("A", "ground", 1, "MUG"),)


def test_a_line_that_the_node_has_none_of():
    """B sends mugs, and no pot."""
    told = shop(TWO).route(ship({"MUG": 1, "POT": 1})).why_not("B", line="POT")
    assert told.plan is None
    assert told.proven
    assert told.headline == "No plan that keeps the rules has POT from B."


def test_a_line_that_a_limit_of_shipments_leaves_little_room_for():
    """One shipment, and A has three lines of three: from C there is the pot only."""
    stock = [*TWO, ("CUP", "A", 5)]
    wanted = ship({"MUG": 1, "POT": 1, "CUP": 1})
    plan = shop(stock).route(wanted, policy=om.RoutingPolicy(max_shipments=1))
    told = plan.why_not("C", line="POT")
    assert [x.node for x in told.plan.shipments] == ["C"]
    assert told.difference.short == 2
    assert told.proven
    two = om.RoutingPolicy(max_shipments=2)
    told = shop(stock).route(wanted, policy=two).why_not("C", line="POT")
    assert {x.node for x in told.plan.shipments} == {"A", "C"}


def test_what_it_has_only_part_of_is_not_split_and_the_plan_with_it_is_short():
    """C has one pot of two, which A has whole."""
    plan = shop(TWO).route(ship({"POT": 2}))
    assert plan.explain().why("C")[0].reason is Reason.PART_ONLY
    told = plan.why_not("C")
    assert told.difference.short == 1
    assert told.proven


def test_a_line_that_has_to_be_split_is_partly_from_the_node():
    """Nobody has six: A and B share them; with C one comes from there."""
    stock = [("MUG", "A", 4), ("MUG", "B", 4), ("MUG", "C", 1)]
    plan = shop(stock).route(ship({"MUG": 6}))
    assert {x.node for x in plan.shipments} == {"A", "B"}
    told = plan.why_not("C")
    assert "C" in {x.node for x in told.plan.shipments}
    assert told.plan.complete
    assert not told.proven


def test_the_chosen_node_needs_no_other_plan():
    """Nothing to compare."""
    plan = shop(TWO).route(ship({"MUG": 1}))
    told = plan.why_not("A")
    assert told.plan is plan
    assert told.difference.same
    assert told.headline == "A is part of the plan that was chosen."
    assert told.cost == 0


def test_what_is_out_says_so_service_by_service():
    """The reason that came nearest stands first."""
    plan = shop(TWO).route(ship({"MUG": 1}))
    told = plan.why_not("EMPTY")
    assert told.plan is None
    assert told.reason is Reason.NO_STOCK
    assert told.headline == (
        "EMPTY is out: it has nothing of what was asked (ground); "
        "the order does not admit the service (quick)."
    )


def test_the_plan_with_the_node_can_be_reserved():
    """It is a plan like any other."""
    engine = shop(TWO)
    told = engine.route(ship({"MUG": 1, "POT": 1})).why_not("B")
    held = engine.reserve(told.plan, id="R", ttl=60)
    assert held.status is om.Status.OK
    assert engine.available_to_promise("MUG", "B") == 4
    assert engine.available_to_promise("MUG", "A") == 5


def test_asking_changes_nothing():
    """Cells that are lent are given back."""
    engine = shop(TWO)
    plan, before = engine.route(ship({"MUG": 1, "POT": 1})), engine.digest()
    plan.why_not("B")
    plan.why_not("C", line="POT")
    plan.alternatives()
    assert engine.digest() == before
    engine.check()
    assert engine.route(plan.order).answer == plan.answer
    assert not plan.stale


def test_kits_are_asked_for_as_kits():
    """A set from B takes its cups and its pot there."""
    items = [
        om.Item("CUP"),
        om.Item("POT"),
        om.Item("SET", components={"CUP": 2, "POT": 1}),
    ]
    stock = [(sku, node, 6) for sku in ("CUP", "POT") for node in ("A", "B")]
    engine = shop(stock, items=items)
    plan = engine.route(ship({"SET": 2, "CUP": 1}))
    assert [x.node for x in plan.shipments] == ["A"]
    told = plan.why_not("B", line="SET")
    sources = {line.sku: line.b for line in told.difference.lines}
    assert sources["SET"] == (("B", "ground", 2, "SET"),)
    parts = next(x for x in told.plan.shipments if x.node == "B").lines[0].components
    assert {part.sku: part.quantity for part in parts} == {"CUP": 4, "POT": 2}
    told = plan.why_not("B")
    assert told.plan is not None
    assert "B" in {x.node for x in told.plan.shipments}


def test_packs_and_substitutes():
    """Whole packs from the node; and where the line has none there, its substitute."""
    items = [
        om.Item("EGG", pack_size=6, substitutes=["HEN"]),
        om.Item("HEN", pack_size=6),
    ]
    stock = [("EGG", "A", 13), ("HEN", "B", 12), ("EGG", "B", 5)]
    line = om.OrderLine("EGG", 12, substitutes=True)
    plan = shop(stock, items=items).route(ship([line]))
    told = plan.why_not("B", line="EGG")
    (only,) = told.plan.shipments
    assert (only.node, [x.sku for x in only.lines]) == ("B", ["HEN"])
    assert only.lines[0].instead_of == "EGG"


def test_a_channel_is_asked_for_as_that_channel():
    """What is fenced off for others is not there."""
    ground = om.Service("ground", "ship", om.RateCard.flat(5))
    nodes = [om.Node("A"), om.Node("B", order_cost=1)]
    channels = [om.Channel("web"), om.Channel("b2b")]
    engine = om.Engine(
        om.Network(nodes, [ground]),
        [om.Item("MUG")],
        clock=lambda: 0,
        channels=channels,
    )
    engine.apply([om.Receive("MUG", "A", 3), om.Receive("MUG", "B", 3)])
    engine.allocate([om.RingFence("b2b", "MUG", 2, nodes="B")])
    plan = engine.route(ship({"MUG": 2}, channel="web"))
    assert plan.why_not("B").reason is Reason.PART_ONLY
    plan = engine.route(ship({"MUG": 2}, channel="b2b"))
    told = plan.why_not("B")
    assert told.cost == 1
    assert [x.node for x in told.plan.shipments] == ["B"]


def test_more_than_a_dozen_lines():
    """Where no table decides, the question is as good as the search."""
    skus = [f"S{i:02d}" for i in range(20)]
    stock = [(sku, node, 3) for sku in skus for node in ("A", "B")]
    plan = shop(stock).route(ship(dict.fromkeys(skus, 1)))
    assert [x.node for x in plan.shipments] == ["A"]
    told = plan.why_not("B")
    assert told.proven
    assert told.cost == 1, "all of it from B, which costs one more"
    assert len(told.plan.shipments) == 1


def test_the_fastest_plan_is_later_with_a_slow_node():
    """The difference names days as well as money."""
    zones = om.DistanceBands([50, 5000])
    rates = om.RateCard.by_zone({1: 5, 2: 5})
    ground = om.Service("ground", "ship", rates, zones, {1: 1, 2: 4})
    nodes = [
        om.Node("NEAR", latitude=44.9, longitude=-93.2, order_cost=3),
        om.Node("FAR", latitude=38.2, longitude=-85.7),
    ]
    engine = om.Engine(om.Network(nodes, [ground]), [om.Item("MUG")], clock=lambda: 0)
    engine.apply([om.Receive("MUG", node, 3) for node in ("NEAR", "FAR")])
    to = om.Destination(latitude=44.95, longitude=-93.1)
    policy = om.RoutingPolicy(objective="fastest")
    told = engine.route(om.Order({"MUG": 1}, to), policy=policy).why_not("FAR")
    assert told.difference.transit_days == 3
    assert told.cost == -3
    assert "3.00 less (handling_order); 3 days later" in told.headline


def test_bad_questions_are_refused():
    """By name."""
    plan = shop(TWO).route(ship({"MUG": 1}))
    with pytest.raises(om.UnknownNodeError):
        plan.why_not("NOWHERE")
    with pytest.raises(
        om.ValidationError, match="line: expected a SKU of the order: MUG"
    ):
        plan.why_not("A", line="POT")
    with pytest.raises(om.ValidationError, match="line"):
        plan.why_not("A", alone=True, line="MUG")
    with pytest.raises(om.ValidationError, match="alone"):
        plan.why_not("A", alone=1)
    with pytest.raises(om.ValidationError, match="k: expected"):
        plan.alternatives(0)


# -- alternatives ----------------------------------------------------------------------


def test_alternatives_are_the_best_others_from_other_places():
    """Single shipments and splits, the best first; the chosen is not among them."""
    plan = shop(TWO).route(ship({"MUG": 1, "POT": 1}))
    found = plan.alternatives()
    places = [sorted(x.node for x in each.shipments) for each in found]
    assert places == [["B", "C"], ["B"], ["C"]]
    assert [each.short_quanta for each in found] == [0, 1, 1]
    assert [each.cost for each in found] == [16, 7, 9]
    assert len(plan.alternatives(1)) == 1
    assert found.table().splitlines()[1].startswith("chosen  A by ground")


def test_each_of_the_chosen_nodes_alone_is_an_alternative():
    """It serves less, and is another plan: after those that do without one of them."""
    stock = [("MUG", "A", 1), ("POT", "B", 1), ("CUP", "C", 1)]
    plan = shop(stock).route(ship({"MUG": 1, "POT": 1, "CUP": 1}))
    assert len(plan.shipments) == 3
    found = ["".join(x.node for x in each.shipments) for each in plan.alternatives(9)]
    assert found == ["AB", "AC", "BC", "A", "B", "C"]


def test_nothing_served_has_nothing_else():
    """And says so."""
    plan = shop(TWO).route(ship({"MUG": 99}, exclude_nodes=["A", "B"]))
    assert plan.status is om.Status.OUT_OF_STOCK
    assert len(plan.alternatives()) == 0
    assert plan.why_not("A").reason is Reason.EXCLUDED
    told = plan.explain()
    assert told.headline.startswith(
        "Nothing is sent: nothing of it is in stock at the nodes that may serve it; "
        "short of 99 MUG."
    )
    assert told.lines[0].served == 0


# -- two plans -------------------------------------------------------------------------


def test_two_plans_line_by_line_and_shipment_by_shipment():
    """The second less the first."""
    engine = shop(TWO)
    order = ship({"MUG": 1, "POT": 1})
    one = engine.route(order)
    other = engine.route(order, policy=om.RoutingPolicy(exclude_nodes=["A"]))
    apart = om.compare_plans(one, other)
    assert apart == one.versus(other)
    assert (apart.cost, apart.objective, apart.short) == (10, 10, 0)
    assert [(x.node, x.a is None, x.b is None) for x in apart.shipments] == [
        ("A", False, True),
        ("B", True, False),
        ("C", True, False),
    ]
    assert not apart.same
    back = other.versus(one)
    assert back.cost == -10
    assert {t.name: t.more for t in back.terms} == {
        t.name: -t.more for t in apart.terms
    }
    told = json.loads(json.dumps(apart.to_dict()))
    assert told["cost"] == "10.00"
    assert told["lines"][0]["b"] == [
        {"node": "B", "service": "ground", "quantity": "1", "sku": "MUG"}
    ]


def test_a_plan_does_not_differ_from_itself():
    """In nothing."""
    plan = shop(TWO).route(ship({"MUG": 1, "POT": 1}))
    apart = plan.versus(plan)
    assert apart.same
    assert apart.headline == "No difference."
    assert all(line.same for line in apart.lines)
    assert not any(term.more for term in apart.terms)


def test_plans_of_two_engines_can_be_compared():
    """As long as they are for the same lines."""
    order = ship({"MUG": 1})
    one, other = shop(TWO).route(order), shop(TWO[2:]).route(order)
    assert one.versus(other).cost == -1 + 1, "B stands first in the other network"
    with pytest.raises(
        om.ValidationError, match="b: expected a plan for the same lines"
    ):
        one.versus(shop(TWO).route(ship({"MUG": 2})))
    with pytest.raises(om.ValidationError, match="b: expected a Plan"):
        one.versus("B")


def test_other_plans_are_decided_under_the_rules_of_the_plan():
    """Not the engine's: they can be asked and reserved as the plan itself can."""
    rules = om.RoutingPolicy(name="of this order", max_shipments=2)
    plan = shop(TWO).route(ship({"MUG": 1}), policy=rules)
    assert plan.why_not("B").plan.policy == rules
    assert {other.policy.name for other in plan.alternatives()} == {"of this order"}
