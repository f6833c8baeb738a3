"""A locker has no stock: nodes that have what was ordered bring it there."""

from __future__ import annotations

from datetime import UTC, date, datetime
from random import Random

import attrs
import pytest

import omniroute as om
from omniroute.codes import Status
from tests.conftest import WITHOUT_JIT
from tests.naive import from_engine as naive

HOME = om.Destination(latitude=10.0, longitude=10.0)


def leg(**more):
    """A leg costs by distance; nothing where the unit lies already."""
    bands = om.DistanceBands([0.001, 50, 200, 2000])
    rates = om.RateCard.by_zone({1: 0, 2: 3, 3: 5, 4: 9})
    return om.Service(
        "to-locker", "ship_to_store", rates, bands, {1: 0, 2: 1, 3: 1, 4: 2}, **more
    )


PICKUP = om.Service("pickup", "collect", om.RateCard.flat(0), node_kinds=["store"])
GROUND = om.Service("ground", "ship", om.RateCard.flat(20), transit_days=3)
NODES = [
    om.Node("LOCKER", "pickup_point", latitude=45.0, longitude=-93.0),
    om.Node("MALL", "store", latitude=45.1, longitude=-93.0, order_cost=1),
    om.Node("EAST", "store", latitude=45.0, longitude=-92.0, order_cost=1),
    om.Node("HUB", "warehouse", latitude=42.0, longitude=-88.0),
]


@pytest.fixture
def engine():
    network = om.Network(NODES, [GROUND, PICKUP, leg()])
    made = om.Engine(
        network, [om.Item("MUG"), om.Item("POT")], clock=lambda: 0, journal=True
    )
    made.apply([om.Receive("MUG", "MALL", 3), om.Receive("POT", "EAST", 3)])
    made.apply([om.Receive("MUG", "HUB", 9), om.Receive("POT", "HUB", 9)])
    return made


def sent(plan):
    return {s.node: (s.service, str(s.cost)) for s in plan.shipments}


def test_a_locker_is_fed_from_where_that_is_cheapest(engine):
    """Distances count to the locker, 12 km from the mall, not to the customer's home."""
    order = om.Order({"MUG": 2}, HOME, collect_at="LOCKER")
    plan = engine.route(order)
    assert sent(plan) == {"MALL": ("to-locker", "4.00")}
    assert plan.proven


def test_many_nodes_feed_one_place(engine):
    """A mug from the mall and a pot from the east beat both from far away, or not."""
    order = om.Order({"MUG": 1, "POT": 1}, HOME, collect_at="LOCKER")
    assert set(sent(engine.route(order))) == {"HUB"}
    near = om.RoutingPolicy(max_distance_km=150)
    assert set(sent(engine.route(order, policy=near))) == {"MALL", "EAST"}
    one = om.RoutingPolicy(max_distance_km=150, max_shipments=1)
    assert engine.route(order, policy=one).status is Status.SHORT


def test_a_store_is_collected_at_from_its_stock_unless_only_legs_are_admitted(engine):
    order = om.Order({"MUG": 2, "POT": 1}, HOME, collect_at="MALL")
    plan = engine.route(order)
    assert (plan.status, sent(plan).keys()) == (Status.SHORT, {"MALL"})
    fed = attrs.evolve(order, services=["to-locker"])
    plan = engine.route(fed)
    assert plan.status is Status.OK
    # Its own mug costs no leg.
    own = engine.route(attrs.evolve(fed, lines={"MUG": 2}))
    assert [(s.node, s.terms["rate"]) for s in own.shipments] == [("MALL", 0)]


def test_nobody_is_sent_to_a_place_they_did_not_name(engine):
    """Legs are for orders that say where they are collected."""
    assert set(sent(engine.route(om.Order({"MUG": 1}, HOME)))) == {"HUB"}
    both = om.Order({"MUG": 1}, HOME, services=["ground", "to-locker"])
    assert {s.service for s in engine.route(both).shipments} == {"ground"}
    lost = om.Order({"MUG": 1}, HOME, services=["to-locker"])
    with pytest.raises(
        om.ValidationError, match=r"order.services: expected collect_at"
    ):
        engine.route(lost)
    with pytest.raises(om.ValidationError, match=r"orders\[0\].services"):
        engine.route_many([lost])


def test_a_place_that_nobody_can_find_is_refused():
    nodes = [om.Node("LOCKER", "pickup_point"), om.Node("HUB")]
    legs = om.Service("to-locker", "ship_to_store", om.RateCard.flat(3))
    made = om.Engine(
        om.Network(nodes, [GROUND, legs]), [om.Item("MUG")], clock=lambda: 0
    )
    order = om.Order({"MUG": 1}, HOME, collect_at="LOCKER")
    with pytest.raises(om.ValidationError, match="collect_at: expected a node with"):
        made.route(order)


def test_only_nodes_that_offer_the_leg_feed():
    """A node says so by its services, as for any other service."""
    nodes = [
        attrs.evolve(n, services=["ground"]) if n.id == "MALL" else n for n in NODES
    ]
    network = om.Network(nodes, [GROUND, leg(node_kinds=["store", "warehouse"])])
    made = om.Engine(network, [om.Item("MUG")], clock=lambda: 0)
    made.apply([om.Receive("MUG", node, 3) for node in ("MALL", "HUB")])
    order = om.Order({"MUG": 1}, HOME, collect_at="LOCKER")
    plan = made.route(order, explain=True)
    assert set(sent(plan)) == {"HUB"}
    reasons = {c.service: c.reason for c in plan.explain().why("MALL")}
    assert reasons["to-locker"] is om.Reason.NOT_OFFERED


@pytest.mark.parametrize("services", [None, ["pickup", "to-locker"]])
def test_what_a_node_declines_is_brought_from_another(engine, services):
    """The place stays; it is who feeds it that changes."""
    order = om.Order({"MUG": 2}, HOME, collect_at="LOCKER", id="A-1", services=services)
    engine.place(order)
    found = engine.resource("A-1", order, "MALL", {"MUG": 1}, within_days=2)
    assert (found.status, found.in_time) == (Status.OK, True)
    assert set(sent(found.plan)) == {"HUB"}
    assert engine.reservations()["held_quanta"].tolist() == [1, 1]
    wanted = om.Order({"MUG": 99}, HOME, collect_at="LOCKER", id="A-2")
    engine.place(wanted, partial=True, park=True)
    engine.apply(om.Receive("MUG", "EAST", 99))
    assert [placed.plan.shipments[0].node for placed in engine.retry().served] == [
        "EAST"
    ]


def test_safety_for_the_leg_counts_and_for_others_does_not():
    network = om.Network(NODES, [GROUND, PICKUP, leg()])
    made = om.Engine(network, [om.Item("MUG")], clock=lambda: 0)
    made.apply(om.Receive("MUG", "HUB", 5))
    rules = {"to-locker": 2, "ground": 4, "pickup": 5}
    made.set_safety([om.SafetyRule(n, service=name) for name, n in rules.items()])
    locker = om.Order({"MUG": 5}, HOME, collect_at="LOCKER")
    assert made.route(locker).shipments[0].lines[0].quantity == 3
    home = attrs.evolve(locker, collect_at=None)
    assert made.route(home).shipments[0].lines[0].quantity == 1


def test_where_nothing_is_delivered_orders_are_collected_not_fed():
    """An order that names neither services nor a place can mean nothing else."""
    made = om.Engine(
        om.Network(NODES, [leg(), PICKUP]), [om.Item("MUG")], clock=lambda: 0
    )
    made.apply(om.Receive("MUG", "MALL", 5))
    assert sent(made.route(om.Order({"MUG": 2}, HOME)))["MALL"][0] == "pickup"


MEASURED = om.TransitPercentiles({0.5: 1, 0.9: 3})


@pytest.mark.parametrize("dated", [False, True])
def test_legs_are_promised_to_those_who_name_the_place_and_as_surely_as_they_ask(dated):
    """Nobody is offered a leg to their home; a locker's legs count at a percentile."""
    rule = om.DispatchRule() if dated else None
    hours = om.Calendar(om.Hours.every_day("09:00-18:00"), "America/Chicago")
    legs = om.Service(
        "legs", "ship_to_store", om.RateCard.flat(3), None, MEASURED, dispatch=rule
    )
    nodes = [attrs.evolve(node, hours=hours) for node in NODES]
    made = om.Engine(
        om.Network(nodes, [attrs.evolve(GROUND, dispatch=rule), legs]),
        [om.Item("MUG")],
        clock=lambda: 0,
    )
    made.apply(om.Receive("MUG", "HUB", 9))
    now = datetime(2026, 11, 18, 18, tzinfo=UTC)  # a Wednesday
    home = made.promise({"MUG": 1}, to=HOME, now=now)
    assert [offer.service for offer in home] == ["ground"]
    assert made.promise_many(["MUG"], to=HOME, now=now).services == ("ground",)
    order = om.Order({"MUG": 1}, HOME, collect_at="LOCKER")
    for share, days, arrives in ((0.5, 1, 19), (0.8, 3, 23), (None, 3, 23)):
        (offer,) = made.promise(order, percentile=share, now=now)
        assert (offer.service, offer.transit_days) == ("legs", days)
        assert offer.arrives == (date(2026, 11, arrives) if dated else None)
        assert offer.plan.answer == offer.answer
        policy = om.RoutingPolicy(promise_percentile=share)
        plan = made.route(order, policy=policy, now=now)
        assert (plan.cost, plan.arrives) == (offer.cost, offer.arrives)
        batch = made.route_many([order], policy=policy, now=now)
        assert batch.plan(0).answer == plan.answer
    unsure = made.promise(order, percentile=0.95, now=now)
    assert (len(unsure), unsure.missing) == (0, {"legs": Status.UNSERVED})


# -- exact -----------------------------------------------------------------------------


def some_world(seed):
    """Nodes about two lockers, stock, orders for either."""
    dice = Random(seed)

    def at():
        return {
            "latitude": 44 + 2 * dice.random(),
            "longitude": -94 + 2 * dice.random(),
        }

    nodes = [om.Node(f"L{k}", "pickup_point", **at()) for k in range(2)]
    nodes += [om.Node(f"N{k}", order_cost=dice.randint(0, 3), **at()) for k in range(6)]
    heavy = om.RateCard([500, 2000, 9000], {z: [z, 2 * z, 3 * z] for z in (1, 2, 3)})
    legs = om.Service(
        "to-locker", "ship_to_store", heavy, om.DistanceBands([40, 90, 300])
    )
    van = om.Service("van", "ship_to_store", om.RateCard.flat(6), radius_km=100)
    network = om.Network(nodes, [GROUND, PICKUP, legs, van])
    items = [om.Item(f"S{i}", dice.choice([200, 900])) for i in range(4)]
    made = om.Engine(network, items, clock=lambda: 0)
    for item in items:
        for node in dice.sample(range(6), 3):
            made.apply(om.Receive(item.sku, f"N{node}", dice.randint(1, 5)))

    def order():
        lines = {
            f"S{i}": dice.randint(1, 6)
            for i in dice.sample(range(4), dice.randint(1, 4))
        }
        named = dice.choice([None, ["to-locker"], ["van", "to-locker", "ground"]])
        at = dice.choice(["L0", "L1", "N0"] if named else ["L0", "L1"])
        return om.Order(lines, HOME, collect_at=at, services=named)

    return made, [order() for _ in range(8)]


@pytest.mark.parametrize("seed", range(3 if WITHOUT_JIT else 20))
def test_no_way_to_feed_a_place_is_cheaper(seed):
    """Each plan priced anew, and compared with the best of a MIP solver."""
    made, orders = some_world(seed)
    proven = 0
    batch = made.route_many(orders)
    for k, order in enumerate(orders):
        plan, asked = made.route(order), naive.questions(made, order)
        assert batch.plan(k).answer == plan.answer
        units, _, cost = naive.best(asked, "cheapest")
        if not plan.shipments:
            assert units == 0
            continue
        found = naive.recost(asked, plan)
        served = sum(line.quantity for s in plan.shipments for line in s.lines)
        assert (served, found.cost) == (units, cost) or not plan.proven
        proven += plan.proven
    assert proven > len(orders) // 2
