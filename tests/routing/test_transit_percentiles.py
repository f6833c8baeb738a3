"""What is promised for a share of parcels is what plain days of that share would tell."""

from __future__ import annotations

from decimal import Decimal
from random import Random

import attrs
import pytest

import omniroute as om
from omniroute.engine import Engine
from tests.routing.dated_worlds import dated_world, moments
from tests.routing.worlds import World, world

SHARES = (Decimal("0.5"), Decimal("0.9"), Decimal("0.99"))
ASKED = (None, 0.5, 0.8, 0.9, 0.95, 0.99, 1)


def measured(made: World) -> World:
    """Return a world whose parcels are late by chance, some services of it certain."""
    dice, old = made.dice, made.engine.network
    services = []
    for service in old.services:
        days = {zone: service.transit(zone) for zone in service.lane_zones}
        told = {
            zone: _percentiles(dice, first) if dice.random() < 0.7 else first
            for zone, first in days.items()
        }
        services.append(attrs.evolve(service, transit_days=told))
    return World(_with_stock_of(made, old.nodes, services), dice, made.skus)


def _percentiles(dice: Random, first: int) -> om.TransitPercentiles:
    days, found = first, {}
    for share in SHARES[: dice.choice([1, 2, 3])]:
        found[share] = days
        days += dice.choice([0, 1, 1, 3])
    return om.TransitPercentiles(found)


def certain(made: World, share: float | None) -> World:
    """Return a world with the days of one share alone: what is not told is not there."""
    network = made.engine.network
    services, gone = [], set()
    for service in network.services:
        found = {zone: service.transit(zone, share) for zone in service.lane_zones}
        days = {zone: each for zone, each in found.items() if each is not None}
        if not days:
            gone.add(service.name)
            days = {service.lane_zones[0]: 0}
        services.append(attrs.evolve(service, transit_days=days))
    names = [each.name for each in services]
    nodes = [
        attrs.evolve(
            node,
            services=[n for n in (node.services or names) if n not in gone],
            dispatch={n: r for n, r in node.dispatch.items() if n not in gone},
        )
        for node in network.nodes
    ]
    return World(_with_stock_of(made, nodes, services), made.dice, made.skus)


def _with_stock_of(made: World, nodes, services) -> Engine:
    old = made.engine.network
    network = om.Network(nodes, services, places=old.places, time_step=old.time_step)
    engine = Engine(network, made.engine.items, clock=lambda: 0)
    engine.apply(
        om.Receive(sku, node, quantity)
        for sku in made.skus
        for node in network.node_ids
        if (quantity := made.engine.available_to_promise(sku, node=node))
    )
    return engine


def told(plan: om.Plan) -> tuple:
    """Return all that two plans have to have in common."""
    shipments = [
        (
            each.node,
            each.service,
            each.lines,
            each.cost,
            each.transit_days,
            each.arrives,
            each.order_by,
        )
        for each in plan.shipments
    ]
    return plan.status, plan.cost, plan.bound, plan.proven, plan.arrives, shipments


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("make", [world, dated_world])
@pytest.mark.parametrize("objective", ["cheapest", "fastest", "fewest_shipments"])
def test_plans_are_those_of_plain_days(make, seed, objective):
    """At every share asked for, one after the other over the same engine."""
    made = measured(make(seed))
    twins = {share: certain(made, share) for share in ASKED}
    orders = [made.order(lines) for lines in (1, 2, 3, 5)]
    now = moments(made.dice, 1)[0]
    for order in orders:
        for share in ASKED:
            policy = om.RoutingPolicy(objective=objective, promise_percentile=share)
            plain = om.RoutingPolicy(objective=objective)
            plan = made.engine.route(order, policy=policy, now=now)
            twin = twins[share].engine.route(order, policy=plain, now=now)
            assert told(plan) == told(twin), share
            if plan.shipments:
                days = {
                    (row.node, row.service): row.transit_days
                    for row in plan.explain().candidates
                    if row.transit_days is not None
                }
                for each in plan.shipments:
                    assert days[each.node, each.service] == each.transit_days


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("make", [world, dated_world])
def test_batches_and_offers_count_as_single_plans_do(make, seed):
    """Each share in a batch of its own; an offer is what its plan says."""
    made = measured(make(seed))
    orders = [made.order(lines, id=f"O{lines}") for lines in (1, 2, 3, 4, 6)]
    now = moments(made.dice, 1)[0]
    for share in ASKED:
        policy = om.RoutingPolicy(promise_percentile=share)
        batch = made.engine.route_many(orders, policy=policy, now=now)
        for i, order in enumerate(orders):
            plan = made.engine.route(order, policy=policy, now=now)
            assert told(batch.plan(i)) == told(plan)
        twin = certain(made, share).engine
        basket = orders[1]
        offers = made.engine.promise(basket, percentile=share, now=now)
        if share is None:
            same = made.engine.promise(basket, now=now)
        else:
            same = made.engine.promise(basket, policy=policy, now=now)
        plain = twin.promise(basket, now=now)
        assert [told(each.plan) for each in offers] == [
            told(each.plan) for each in same
        ]
        assert [told(each.plan) for each in offers] == [
            told(each.plan) for each in plain
        ]
        assert [(s.node, s.arrives) for s in offers.stores] == [
            (s.node, s.arrives) for s in plain.stores
        ]


MEASURED = om.TransitPercentiles({0.5: 2, 0.9: 3, 0.99: 5})
HERE = om.Destination(postcode="55425")


def shop() -> Engine:
    """Return one node, a measured carrier and a certain one."""
    services = [
        om.Service("ground", "ship", om.RateCard.flat(6), transit_days=MEASURED),
        om.Service("air", "ship", om.RateCard.flat(19), transit_days=4),
    ]
    engine = Engine(om.Network([om.Node("N1")], services), [om.Item("BOLT")])
    engine.apply(om.Receive("BOLT", "N1", 4))
    return engine


@pytest.mark.parametrize(
    ("share", "fastest", "days"),
    [(0.5, "ground", 2), (0.9, "ground", 3), (0.95, "air", 4), (None, "air", 4)],
)
def test_the_surer_the_promise_the_later(share, fastest, days):
    """At 95 of 100 the measured carrier takes five days: the certain one is faster."""
    offers = shop().promise({"BOLT": 1}, to=HERE, percentile=share)
    assert (offers.fastest.service, offers.fastest.transit_days) == (fastest, days)
    assert offers.cheapest.service == "ground"
    page = shop().promise_many(["BOLT"], to=HERE, percentile=share, objective="fastest")
    best = page.best("fastest")[0]
    assert page.services[best] == fastest
    assert page.transit_days[0, best] == days


def test_more_than_is_measured_is_not_promised():
    """998 of 1,000 are not told: the service is out, and says so."""
    offers = shop().promise({"BOLT": 1}, to=HERE, percentile=0.998)
    assert [offer.service for offer in offers] == ["air"]
    policy = om.RoutingPolicy(promise_percentile=0.998)
    plan = shop().route(om.Order({"BOLT": 1}, HERE), policy=policy)
    rows = {row.service: row.reason for row in plan.explain().candidates}
    assert rows["ground"] is om.Reason.NO_LANE
    assert plan.shipments[0].service == "air"


def test_what_is_no_share_is_named():
    """Of the arguments, not of the policy; nothing has changed."""
    for value in (0, 95, "0.9"):
        with pytest.raises(om.ValidationError, match="percentile"):
            shop().promise({"BOLT": 1}, to=HERE, percentile=value)
    with pytest.raises(om.ValidationError, match="policy"):
        shop().promise({"BOLT": 1}, to=HERE, percentile=0.5, policy="cheapest")
