"""Plays about what a plan costs: rates by distance, fees, prices of units, ratings."""

from __future__ import annotations

import omniroute as om
from tests.scenarios.chain import KM_A_MILE, Chain, all_but
from tests.scenarios.plays import reads
from tests.scenarios.shop import SKU

FREE = (om.Service("ground", "ship", om.RateCard.flat(0)),)


def by_kilometre(lanes, rates):
    """A term of one's own: money a kilometre, by place of the node."""
    return [
        rates[node] * metres / 1_000
        for node, metres in zip(lanes.node, lanes.distance_m, strict=True)
    ]


def fees(lanes, amounts):
    """A term of one's own: money for a shipment, by place of the node."""
    return [amounts[node] for node in lanes.node]


@reads(
    "nodes", fits=lambda facts: all("tour_open" in x for x in facts["nodes"].values())
)
def tours(facts, asked):
    """The fee is for a tour that does not go yet; each kilometre is paid anyway."""
    of = facts["nodes"]
    opens = [0 if x["tour_open"] else x["fixed"] for x in of.values()]
    rates = [x["rate"] for x in of.values()]
    terms = [
        om.CostTerm("way", by_kilometre, cash=True, parameters={"rates": rates}),
        om.CostTerm("tour", fees, cash=True, parameters={"amounts": opens}),
    ]
    km = {node: x["km"] for node, x in of.items()}
    chain = Chain({node: {SKU: 1} for node in of}, km, services=FREE)
    found = {
        node: float(
            chain.route({SKU: 1}, terms=terms, exclude_nodes=all_but(of, node)).cost
        )
        for node in of
    }
    return {"cost": found, "ship_from": chain.ship_from({SKU: 1}, terms=terms)}


@reads("lines assignment", may="package unit unit_mile")
def a_package_and_units_by_mile(facts, asked):
    """Stock lies where the case has it assigned: that is the only plan there is."""
    of, sku = facts["assignment"], iter(range(facts["lines"]))
    stock = {
        node: {f"L{next(sku)}": 1 for _ in range(of[node]["units"])} for node in of
    }
    per_km = facts.get("unit_mile", 0.000541) / KM_A_MILE
    terms = [
        om.CostTerm(
            "way",
            by_kilometre,
            per="unit",
            cash=True,
            parameters={"rates": [per_km] * len(of)},
        )
    ]
    handling = {
        "order_cost": facts.get("package", 8.759),
        "unit_cost": facts.get("unit", 0.423),
    }
    chain = Chain(
        stock,
        {node: x["miles"] * KM_A_MILE for node, x in of.items()},
        more=dict.fromkeys(of, handling),
        services=FREE,
    )
    lines = [name for units in stock.values() for name in units]
    plan = chain.route(lines, terms=terms)
    assert plan.complete
    return {"cost": float(plan.cost)}


@reads("on_hand unit_cost orders_of")
def what_a_unit_costs_where_it_lies(facts, asked):
    """One order after the other, each for the units of the cheapest node that has them."""
    chain = Chain({node: {SKU: units} for node, units in facts["on_hand"].items()})
    policy = om.RoutingPolicy(terms=[om.terms.node_price(facts["unit_cost"])])
    nodes, priced = [], []
    for k, units in enumerate(facts["orders_of"]):
        order = om.Order({SKU: units}, om.Destination(postcode="55425"), id=f"W-{k}")
        placed = chain.engine.place(order, policy=policy)
        nodes += [shipment.node for shipment in placed.plan.shipments]
        priced.append(float(placed.plan.objective - placed.plan.cost))
    return {"ship_from": nodes, "priced": priced}


@reads("km penalty_max penalty_km")
def rated_by_distance(facts, asked):
    """A rating is money that is not paid: so much at so many kilometres, in proportion."""
    chain = Chain({node: {SKU: 1} for node in facts["km"]}, facts["km"])
    price = facts["penalty_max"] / facts["penalty_km"]
    found = {}
    for node in facts["km"]:
        plan = chain.route(
            {SKU: 1}, distance_price=price, exclude_nodes=all_but(facts["km"], node)
        )
        found[node] = float(plan.objective - plan.cost)
    return {
        "rating": found,
        "ship_from": chain.ship_from({SKU: 1}, distance_price=price),
    }
