"""Loads and lines over a service's weight limit, through the public API."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

import omniroute as om
from omniroute.codes import Reason
from omniroute.simulation.baselines import NearestNode

HOME = om.Destination(postcode="55425")


def parcel(name="parcel", price=5, limit_g=50_000, days=0):
    """A price up to the limit, and nothing above it."""
    card = om.RateCard([limit_g], {1: [price]}, max_shipment_g=limit_g)
    return om.Service(name, "ship", card, transit_days=days)


def engine(services, items, nodes=("N0",), each=5):
    """Each node holds five of each item."""
    network = om.Network([om.Node(node) for node in nodes], services)
    made = om.Engine(network, [om.Item(*item) for item in items], clock=lambda: 0)
    made.apply([om.Receive(sku, node, each) for sku, *_ in items for node in nodes])
    return made


def order(**lines):
    return om.Order(lines, HOME)


def sent(plan):
    """{(node, service): {SKU: quantity}}."""
    return {
        (s.node, s.service): {line.sku: line.quantity for line in s.lines}
        for s in plan.shipments
    }


@pytest.mark.parametrize("limit", [None, 1, 2, 3])
def test_a_line_no_service_can_carry_keeps_no_other_back(limit):
    """60 kg beside a trifle: the trifle goes, under any limit of shipments."""
    made = engine([parcel()], [("HEAVY", 60_000), ("LIGHT", 100)])
    policy = om.RoutingPolicy(max_shipments=limit)
    plan = made.route(order(HEAVY=1, LIGHT=1), policy=policy)
    assert (plan.status, plan.proven) == (om.Status.SHORT, True)
    assert sent(plan) == {("N0", "parcel"): {"LIGHT": 1}}


@pytest.mark.parametrize("limit", [None, 1, 2])
def test_of_a_heavy_line_as_much_goes_as_one_shipment_takes(limit):
    """Three of 20 kg, 50 kg a shipment, one node: two go, and it is called proven."""
    made = engine([parcel()], [("HEAVY", 20_000)])
    plan = made.route(order(HEAVY=3), policy=om.RoutingPolicy(max_shipments=limit))
    assert sent(plan) == {("N0", "parcel"): {"HEAVY": 2}}
    assert plan.proven


def test_a_line_too_heavy_for_one_shipment_comes_from_two_nodes():
    """Each sends a part, although each holds it all."""
    made = engine([parcel()], [("HEAVY", 20_000)], nodes=("N0", "N1"))
    plan = made.route(order(HEAVY=3))
    assert (plan.status, plan.cost, plan.proven) == (om.Status.OK, Decimal(10), True)


@pytest.mark.parametrize("complete", [False, True])
@pytest.mark.parametrize("limit", [None, 2, 3])
def test_two_services_of_a_node_share_what_one_cannot_take(limit, complete):
    """2 x 40 kg, 50 kg a shipment: by fast and by slow, proven; not two by slow."""
    services = [parcel("fast", 20, days=1), parcel("slow", 5, days=9)]
    made = engine(services, [("A", 40_000), ("B", 40_000)])
    policy = om.RoutingPolicy(max_shipments=limit, complete_only=complete)
    plan = made.route(order(A=1, B=1), policy=policy)
    assert {service for _, service in sent(plan)} == {"fast", "slow"}
    assert (plan.status, plan.cost, plan.proven) == (om.Status.OK, Decimal(25), True)


@pytest.mark.parametrize("limit", [None, 2])
def test_at_one_price_the_sooner_services_share_what_one_cannot_take(limit):
    """Three services that cost the same: not the slow one, though it comes first."""
    services = [parcel("slow", days=9), parcel("fast", days=1), parcel("air", days=1)]
    made = engine(services, [("A", 40_000), ("B", 40_000)])
    policy = om.RoutingPolicy(max_shipments=limit)
    plan = made.route(order(A=1, B=1), policy=policy)
    assert {service for _, service in sent(plan)} == {"fast", "air"}


@pytest.mark.parametrize("limit", [None, 1, 2])
def test_fastest_does_not_wait_for_a_line_that_cannot_go(limit):
    """Whatever is out for its weight is no reason to send the rest slowly."""
    services = [parcel("fast", 20, days=1), parcel("slow", 5, days=9)]
    made = engine(services, [("A", 100), ("H", 60_000)])
    policy = om.RoutingPolicy(objective="fastest", max_shipments=limit)
    plan = made.route(order(A=1, H=1), policy=policy)
    assert sent(plan) == {("N0", "fast"): {"A": 1}}


def test_fastest_takes_the_service_that_can_carry_it():
    """Most units come first: the fast service is for light shipments."""
    services = [parcel("fast", 20, 1000, days=1), parcel("slow", 5, days=9)]
    made = engine(services, [("A", 2000)])
    policy = om.RoutingPolicy(objective="fastest")
    assert sent(made.route(order(A=1), policy=policy)) == {("N0", "slow"): {"A": 1}}


def test_weights_whose_products_leave_64_bits_are_too_heavy():
    """A hundred thousand tonnes on a card in pounds once cost 5.00, proven."""
    pound = Fraction("453.59237")
    card = om.RateCard([pound, 2 * pound], {1: [5, 8]})
    made = engine([om.Service("g", "ship", card)], [("SHIP", 10**9)], each=10**6)
    for limit in (None, 1, 2):
        policy = om.RoutingPolicy(max_shipments=limit)
        plan = made.route(order(SHIP=10**5), policy=policy)
        assert (plan.status, plan.cost) == (om.Status.TOO_HEAVY, 0)
    assert card.price(1, 10**14) is None


def test_hundreds_of_tonnes_among_many_lines_keep_their_bound():
    """A service without a limit beside one in pounds, above a dozen lines."""
    pound = Fraction("453.59237")
    services = [
        om.Service("g", "ship", om.RateCard([pound, 2 * pound], {1: [5, 8]})),
        om.Service("any", "ship", om.RateCard.flat(900)),
    ]
    items = [(f"I{k:02}", 10**9) for k in range(18)]
    made = engine(services, items, nodes=("N0", "N1"), each=10**6)
    plan = made.route(om.Order({sku: 50_000 for sku, _ in items}, HOME))
    assert (plan.status, plan.cost) == (om.Status.OK, Decimal(900))
    assert plan.bound <= plan.cost


def test_a_limit_below_the_first_bracket_holds_in_a_plan():
    """30 kg are carried, 50 kg are not, although the bracket ends there."""
    card = om.RateCard([50_000], {1: [5]}, max_shipment_g=30_000)
    made = engine([om.Service("g", "ship", card)], [("A", 30_000), ("B", 30_001)])
    assert made.route(order(A=1)).status is om.Status.OK
    plan = made.route(order(B=1))
    assert plan.status is om.Status.TOO_HEAVY
    assert plan.explain().candidates[0].reason is Reason.TOO_HEAVY


# -- why nothing can be served ---------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "lines", "terms", "policy"),
    [
        ("OUT_OF_STOCK", {"NONE": 1}, {}, {}),
        ("TOO_HEAVY", {"HEAVY": 1}, {}, {}),
        ("TOO_HEAVY", {"HEAVY": 1, "NONE": 1}, {}, {}),
        ("UNSERVED", {"LIGHT": 1}, {"exclude_nodes": ["N0"]}, {}),
        ("UNSERVED", {"NONE": 1}, {}, {"exclude_nodes": ["N0"]}),
        ("UNSERVED", {"HEAVY": 1}, {}, {"max_distance_km": 1}),
        ("SHORT", {"LIGHT": 9}, {}, {}),
        ("OK", {"LIGHT": 1}, {}, {}),
    ],
)
def test_an_order_is_told_what_keeps_it(status, lines, terms, policy):
    """No node may serve it; none of these has it; or it is there and too heavy."""
    items = [om.Item("LIGHT", 1), om.Item("HEAVY", 60_000), om.Item("NONE", 1)]
    node = om.Node("N0", latitude=44.9, longitude=-93.2)
    made = om.Engine(om.Network([node], [parcel()]), items, clock=lambda: 0)
    made.apply([om.Receive("LIGHT", "N0", 5), om.Receive("HEAVY", "N0", 5)])
    far = om.Destination(latitude=40.7, longitude=-74.0)
    asked = om.Order(lines, far, id="A-1", **terms)
    rules = om.RoutingPolicy(**policy)
    assert made.route(asked, policy=rules).status.name == status
    batch = made.route_many([asked], policy=rules)
    assert om.Status(batch.status[0]).name == status


def test_a_node_that_may_not_serve_does_not_make_it_out_of_stock():
    """One node is excluded and has it; the other may serve and has none."""
    made = engine([parcel()], [("A", 1)], nodes=("N0", "N1"))
    made.apply(om.Count("A", "N1", 0))
    asked = om.Order({"A": 1}, HOME, exclude_nodes=["N0"])
    assert made.route(asked).status is om.Status.OUT_OF_STOCK


def test_the_nearest_node_rule_tells_the_same():
    """Too heavy is too heavy whoever chooses."""
    made = engine([parcel()], [("HEAVY", 60_000), ("NONE", 1)])
    made.apply(om.Count("NONE", "N0", 0))
    rule = NearestNode(made)
    assert rule.route(order(HEAVY=1)).status is om.Status.TOO_HEAVY
    assert rule.route(order(NONE=1)).status is om.Status.OUT_OF_STOCK


# -- ties ------------------------------------------------------------------------------


@pytest.mark.parametrize("held", [1, 2, 3])
@pytest.mark.parametrize("lines", [1, 14])
def test_at_one_price_the_sooner_service_sends_a_part_as_it_sends_the_whole(
    held, lines
):
    """Decision 001 holds in a split plan and in a cover of many lines."""
    slow = om.Service("slow", "ship", om.RateCard.flat(5), transit_days=9)
    fast = om.Service("fast", "ship", om.RateCard.flat(5), transit_days=1)
    items = [(f"I{k:02}", 100) for k in range(lines)]
    made = engine([slow, fast], items, each=held)
    plan = made.route(om.Order({sku: 3 for sku, _ in items}, HOME))
    assert [s.service for s in plan.shipments] == ["fast"]


# -- many quanta -----------------------------------------------------------------------


@pytest.mark.parametrize("limit", [None, 1, 2, 3])
def test_the_largest_order_is_decided_exactly(limit):
    """Two tonnes by the gram, and two pieces: most quanta first under any limit."""
    items = [om.Item("SAND", 1000, decimals=3), om.Item("NUT"), om.Item("BOLT")]
    nodes = [om.Node("N0"), om.Node("N1"), om.Node("N2")]
    service = om.Service("ground", "ship", om.RateCard.flat(5))
    made = om.Engine(om.Network(nodes, [service]), items, clock=lambda: 0)
    most = Decimal("2097.149")
    stock = [("SAND", "N0", most), ("NUT", "N1", 1), ("BOLT", "N2", 1)]
    made.apply([om.Receive(*cell) for cell in stock])
    asked = om.Order({"NUT": 1, "SAND": most, "BOLT": 1}, HOME)
    plan = made.route(asked, policy=om.RoutingPolicy(max_shipments=limit))
    count = limit or 3
    assert (len(plan.shipments), plan.cost) == (count, 5 * count)
    assert (plan.short_quanta, plan.proven) == (3 - count, True)
    assert "SAND" in [line.sku for s in plan.shipments for line in s.lines]
