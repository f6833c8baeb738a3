"""The nearest-node rule, on a network small enough to work out by hand.

Three nodes on the equator, the customer at longitude 0: A at 1 degree (111 km), B at 2
(222 km), C at 3 (334 km). Ground costs 5 up to 1 kg and 8 up to 2 kg, air 9 and 12; A
handles for 1 a shipment, 0.50 a line, 0.10 a unit, B and C for nothing.
"""

from __future__ import annotations

import random
from decimal import Decimal

import pytest

import omniroute as om
from omniroute.simulation import NearestNode

HERE = om.Destination(latitude=0.0, longitude=0.0)
SKUS = ("BOLT", "NUT", "WIRE")


def network(**changes):
    """Three nodes in a row and three services."""
    ground = om.RateCard([1000, 2000], {1: [5, 8]}, **changes)
    air = om.RateCard([1000, 2000], {1: [9, 12]}, **changes)
    services = [
        om.Service("ground", "ship", ground, transit_days=3),
        om.Service("air", "ship", air, transit_days=1),
        om.Service("pick-up", "collect", om.RateCard.flat(0)),
    ]
    nodes = [
        om.Node(
            "A",
            latitude=0.0,
            longitude=1.0,
            order_cost=1,
            line_cost=Decimal("0.5"),
            unit_cost=Decimal("0.1"),
        ),
        om.Node("B", latitude=0.0, longitude=2.0),
        om.Node("C", latitude=0.0, longitude=3.0, services=("ground",)),
    ]
    return om.Network(nodes, services)


def stocked(stock, policy=None, **changes):
    """An engine with stock given as {(sku, node): units}."""
    items = [
        om.Item("BOLT", 100),
        om.Item("NUT", 100),
        om.Item("WIRE", 100, decimals=2),
    ]
    engine = om.Engine(network(**changes), items, policy=policy, clock=lambda: 0)
    engine.apply([om.Receive(*cell, units) for cell, units in stock.items() if units])
    return engine


def plan_of(stock, lines, policy=None, changes=None, **order):
    engine = stocked(stock, policy, **(changes or {}))
    return NearestNode(engine).route(om.Order(lines, HERE, **order))


def picked(plan):
    """{node: {sku: units}} of a plan."""
    return {s.node: {x.sku: x.quantity for x in s.lines} for s in plan.shipments}


def test_each_line_goes_to_the_nearest_node_that_holds_it_whole():
    """A has too few nuts, so they come from B although A sends the bolts anyway."""
    stock = {("BOLT", "A"): 5, ("BOLT", "B"): 5, ("NUT", "A"): 1, ("NUT", "B"): 9}
    plan = plan_of(stock, {"BOLT": 2, "NUT": 2})
    assert picked(plan) == {"A": {"BOLT": 2}, "B": {"NUT": 2}}
    assert plan.complete
    assert not plan.proven


def test_the_cost_is_the_rate_and_the_handling_of_every_shipment():
    """A: 5 for the carrier, 1 + 0.50 + 2 x 0.10 in the house; B: 5 and nothing."""
    stock = {("BOLT", "A"): 5, ("NUT", "B"): 9}
    plan = plan_of(stock, {"BOLT": 2, "NUT": 2})
    a, b = plan.shipments
    assert a.terms == {
        "rate": 5,
        "handling_order": 1,
        "handling_line": Decimal("0.5"),
        "handling_unit": Decimal("0.2"),
    }
    assert (a.cost, b.cost, plan.cost) == (Decimal("6.7"), 5, Decimal("11.7"))
    assert (a.weight_g, a.service, a.transit_days) == (200, "ground", 3)
    assert plan.transit_days == 3


def test_lines_that_end_at_one_node_travel_as_one_shipment():
    """Six bolts and six nuts are 1.2 kg: one parcel in the second bracket."""
    stock = {("BOLT", "B"): 9, ("NUT", "B"): 9}
    plan = plan_of(stock, {"BOLT": 6, "NUT": 6})
    assert picked(plan) == {"B": {"BOLT": 6, "NUT": 6}}
    assert plan.cost == 8


def test_a_line_that_no_node_holds_whole_is_filled_nearest_first():
    """Four from A, three from B, the last one from C."""
    stock = {("BOLT", "A"): 4, ("BOLT", "B"): 3, ("BOLT", "C"): 5}
    plan = plan_of(stock, {"BOLT": 8})
    assert picked(plan) == {"A": {"BOLT": 4}, "B": {"BOLT": 3}, "C": {"BOLT": 1}}


def test_what_is_nowhere_is_short():
    """Three of five bolts, and none of the nuts."""
    plan = plan_of({("BOLT", "C"): 3}, {"BOLT": 5, "NUT": 1})
    assert plan.status is om.Status.SHORT
    assert [(x.sku, x.quantity) for x in plan.shortages] == [("BOLT", 2), ("NUT", 1)]
    assert plan_of({}, {"BOLT": 5}).status is om.Status.OUT_OF_STOCK


def test_only_admissible_ship_services_count():
    """C, the only node with bolts, has no air; and nothing is sent by collection."""
    stock = {("BOLT", "C"): 3}
    by_air = plan_of(stock, {"BOLT": 1}, services=("air",))
    assert by_air.status is om.Status.OUT_OF_STOCK
    collected = plan_of(stock, {"BOLT": 1}, services=("pick-up",))
    assert collected.status is om.Status.UNSERVED


def test_the_cheapest_service_is_used_or_the_fastest_if_that_is_the_objective():
    """Ground for 5 in three days, air for 9 in one."""
    stock = {("BOLT", "B"): 3}
    assert plan_of(stock, {"BOLT": 1}).shipments[0].service == "ground"
    fastest = om.RoutingPolicy(objective="fastest")
    plan = plan_of(stock, {"BOLT": 1}, fastest)
    assert (plan.shipments[0].service, plan.cost) == ("air", 9)


def test_excluded_and_too_distant_nodes_are_passed_over():
    """Not A, by the order; not C, 334 km away, by the policy."""
    stock = {("BOLT", "A"): 1, ("BOLT", "B"): 1, ("BOLT", "C"): 1}
    near = om.RoutingPolicy(max_distance_km=300)
    plan = plan_of(stock, {"BOLT": 3}, near, exclude_nodes=("A",))
    assert picked(plan) == {"B": {"BOLT": 1}}


def test_a_parcel_that_would_be_too_heavy_goes_to_the_next_node():
    """Two kilograms are the most: B's parcel is full after twenty bolts."""
    stock = {("BOLT", "B"): 20, ("NUT", "B"): 5, ("NUT", "C"): 5}
    heaviest = {"max_shipment_g": 2000}
    plan = plan_of(stock, {"BOLT": 20, "NUT": 5}, changes=heaviest)
    assert picked(plan) == {"B": {"BOLT": 20}, "C": {"NUT": 5}}


def test_parts_of_units_weigh_and_are_handled_to_the_unit_started():
    """1.25 m of wire: 125 g, two units started at A."""
    plan = plan_of({("WIRE", "A"): 2}, {"WIRE": Decimal("1.25")})
    (shipment,) = plan.shipments
    assert shipment.weight_g == 125
    assert shipment.terms["handling_unit"] == Decimal("0.2")


def test_the_rule_never_takes_more_than_there_is():
    """Five bolts, orders of two: the third gets one, the fourth none."""
    engine = stocked({("BOLT", "A"): 3, ("BOLT", "B"): 2})
    rule = NearestNode(engine)
    orders = [om.Order({"BOLT": 2}, HERE, id=f"A-{k}") for k in range(4)]
    placed = [rule.place(order, partial=True) for order in orders]
    served = [
        [(s.node, x.quantity) for s in p.plan.shipments for x in s.lines]
        for p in placed
    ]
    assert served == [[("A", 2)], [("B", 2)], [("A", 1)], []]
    assert [p.reserved for p in placed] == [True, True, True, False]
    assert engine.available_to_promise("BOLT") == 0
    engine.check()


def test_without_partial_a_short_order_reserves_nothing():
    """As with `Engine.place`."""
    engine = stocked({("BOLT", "A"): 3})
    placed = NearestNode(engine).place(om.Order({"BOLT": 4}, HERE, id="A-1"))
    assert placed.status is om.Status.SHORT
    assert not placed.reserved
    assert engine.available_to_promise("BOLT") == 3


def test_an_id_is_needed_and_taken_only_once():
    """The rule reserves as the engine does: a repeated request changes nothing."""
    rule = NearestNode(stocked({("BOLT", "A"): 3}))
    rule.place(om.Order({"BOLT": 1}, HERE, id="A-1"))
    again = rule.place(om.Order({"BOLT": 1}, HERE, id="A-1"))
    assert again.status is om.Status.EXISTS
    with pytest.raises(om.ValidationError, match="^id: "):
        rule.place(om.Order({"BOLT": 1}, HERE))


def test_one_line_alone_is_priced_as_the_engine_prices_it():
    """With one node in stock there is nothing to choose: both plans are the same."""
    engine = stocked({("BOLT", "A"): 9})
    order = om.Order({"BOLT": 7}, HERE, services=("ground", "air"))
    ours, rule = engine.route(order), NearestNode(engine).route(order)
    assert rule.shipments == ours.shipments
    assert rule.cost == ours.cost


@pytest.mark.parametrize("seed", range(40))
def test_the_engines_bound_holds_for_the_rule(seed):
    """Random stock: as many units are served, and none is sent that is not there."""
    draw = random.Random(seed)
    cells = [(sku, node) for sku in SKUS for node in "ABC"]
    engine = stocked(
        {cell: draw.randint(0, 9) for cell in cells if draw.random() < 0.7}
    )
    lines = {sku: draw.randint(1, 12) for sku in SKUS}
    order = om.Order(lines, HERE, services=("ground", "air"))
    ours, rule = engine.route(order), NearestNode(engine).route(order)
    assert rule.short_quanta == ours.short_quanta
    assert ours.bound <= rule.cost
    for node, taken in picked(rule).items():
        for sku, units in taken.items():
            assert units <= engine.available_to_promise(sku, node=node)
