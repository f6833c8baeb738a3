"""Where it is sent from.

Priorities, distances, prices, splits, as other systems decide them.
"""

from __future__ import annotations

import pytest

import omniroute as om
from tests.scenarios.chain import HERE, KM_A_MILE, Chain, picks, short
from tests.scenarios.shop import SKU, TO, Shop

# -- each place is used up before the next, in one decision ----------


def in_turn(places):
    """A policy: a unit counts its place in the list, more than any parcel can save."""
    prices = {place: 1_000 * k for k, place in enumerate(places)}
    term = om.terms.node_price(prices)
    return om.RoutingPolicy(split_lines="freely", terms=[term])


TURNS = [
    # Spree 7790: 50 of the first, 50 of the second; ten are all of the first.
    ({"L1": 50, "L2": 150, "L3": 200}, 100, {"L1": 50, "L2": 50}, 0),
    ({"L1": 50, "L2": 150, "L3": 200}, 10, {"L1": 10}, 0),
    # Magento, in halves (a price is for units begun): 7 of 5.5 and 3 are 5.5 + 1.5; of 15
    # there are 8.5.
    ({"eu-1": 11, "eu-2": 6}, 14, {"eu-1": 11, "eu-2": 3}, 0),
    ({"eu-1": 11, "eu-2": 6}, 30, {"eu-1": 11, "eu-2": 6}, 13),
    # Saleor, by sort order: 5 of the first, 3 of the second, 2 of the third.
    ({"W1": 5, "W2": 3, "W3": 90}, 10, {"W1": 5, "W2": 3, "W3": 2}, 0),
]


@pytest.mark.parametrize(("stock", "wanted", "taken", "left"), TURNS)
def test_sources_in_the_order_of_their_priority(stock, wanted, taken, left):
    """What a place has is taken before the next is asked.

    Whatever that costs in parcels.
    """
    shop = Shop(stock)
    plan = shop.engine.route(om.Order({SKU: wanted}, TO), policy=in_turn(stock))
    assert {node: units[SKU] for node, units in picks(plan).items()} == taken
    assert short(plan).get(SKU, 0) == left
    assert plan.proven


@pytest.mark.parametrize(
    ("wanted", "taken"),
    [
        (2, {"W2": 2}),
        (8, {"W2": 8}),
        (10, {"W2": 8, "W3": 2}),
        (15, {"W2": 8, "W3": 5, "W1": 2}),
    ],
)
def test_the_highest_stock_first(wanted, taken):
    """Saleor, prioritize high stock.

    Of 3, 8 and 5, ten are 8 + 2, and fifteen 8 + 5 + 2.
    """
    shop = Shop({"W1": 3, "W2": 8, "W3": 5})
    fullest = sorted(shop.nodes, key=lambda node: -shop.atp(node))
    plan = shop.engine.route(om.Order({SKU: wanted}, TO), policy=in_turn(fullest))
    assert {node: units[SKU] for node, units in picks(plan).items()} == taken


# -- Dynamics 365 DOM ----------


def miles(**of):
    return {node: round(far * KM_A_MILE, 3) for node, far in of.items()}


def test_all_from_one_place_though_part_of_it_is_next_door():
    """The model reduces shipments.

    A is a mile away, A and B are 900 miles away: from there.
    """
    chain = Chain({"NEAR": {"A": 1}, "FAR": {"A": 1, "B": 1}}, miles(NEAR=1, FAR=900))
    both = {"A": 1, "B": 1}
    assert (
        chain.ship_from(both, objective="fewest_shipments", distance_price=0.01)
        == "FAR"
    )
    assert chain.ship_from({"A": 1}, distance_price=0.01) == "NEAR"


def beyond_region(lanes, radius_m, priorities):
    """A term of one's own: outside the local region by distance, then by priority."""
    far = (lanes.distance_m > radius_m) * 1_000
    return far + [priorities[node] for node in lanes.node]


@pytest.mark.parametrize(
    ("radius", "chosen"),
    [(100, "S2"), (50, "S1"), (200, "S2")],  # S1 and S2 equal; S1 alone; all, S2 by id
)
def test_within_the_local_region_distance_is_equal(radius, chosen):
    """Local store region radius.

    20, 80 and 150 miles are equal within it: priority decides.
    """
    chain = Chain({f"S{k}": {SKU: 1} for k in (1, 2, 3)}, miles(S1=20, S2=80, S3=150))
    parameters = {"radius_m": radius * 1_609.344, "priorities": [3, 1, 1]}
    term = om.CostTerm("region", beyond_region, parameters=parameters)
    assert chain.ship_from({SKU: 1}, terms=[term]) == chosen


def test_a_rule_that_is_no_hard_constraint_is_dropped_in_the_second_iteration():
    """Maximum distance 50 miles, not hard.

    First under the rule, what is left without it.
    """
    groups = [
        om.RuleGroup("all rules", max_distance_km=round(50 * KM_A_MILE, 3)),
        om.RuleGroup("hard rules"),
    ]
    chain = Chain({"S60": {"A": 1, "B": 1}, "S40": {"A": 1}}, miles(S60=60, S40=40))
    for lines, group, taken in (
        ({"A": 1}, "all rules", {"S40": {"A": 1}}),
        ({"B": 1}, "hard rules", {"S60": {"B": 1}}),
    ):
        plan = chain.route(lines, objective="waterfall", groups=groups)
        assert (plan.rule_group, picks(plan)) == (group, taken)
    # Line by line: what the first iteration has assigned stays assigned.
    plan = chain.route(
        {"A": 1, "B": 1}, objective="waterfall", groups=groups, fill="line"
    )
    assert picks(plan) == {"S40": {"A": 1}, "S60": {"B": 1}}


@pytest.mark.parametrize(("most", "served"), [(1, 1), (2, 2), (None, 3)])
def test_maximum_fulfilling_locations(most, served):
    """Three lines in three stores: at most so many of them; the others are exceptions."""
    chain = Chain({f"S{k}": {f"I{k}": 1} for k in range(3)})
    plan = chain.route({f"I{k}": 1 for k in range(3)}, max_shipments=most)
    assert (len(plan.shipments), 3 - len(plan.shortages)) == (served, served)


def test_a_place_that_is_offline_gets_nothing():
    """Offline fulfilment location: the nearest is out, the next is taken."""
    chain = Chain({"S1": {SKU: 1}, "S2": {SKU: 1}}, miles(S1=1, S2=2))
    assert chain.ship_from({SKU: 1}, exclude_nodes=["S1"]) == "S2"


def test_only_places_with_a_priority_under_a_hard_rule():
    """Location priority as a hard constraint.

    P3 has none and gets nothing, whatever it has.
    """
    groups = [om.RuleGroup(name, nodes=[name]) for name in ("P1", "P2")]
    chain = Chain({"P1": {"A": 1}, "P2": {"A": 5}, "P3": {"A": 90}})
    ranked = {
        "objective": "waterfall",
        "groups": [*groups, om.RuleGroup("both", nodes=["P1", "P2"])],
    }
    assert chain.ship_from({"A": 1}, **ranked) == "P1"
    assert chain.ship_from({"A": 2}, **ranked) == "P2"
    plan = chain.route({"A": 9}, **ranked)
    assert (picks(plan), short(plan)) == ({"P1": {"A": 1}, "P2": {"A": 5}}, {"A": 3})


# -- Salesforce, Shopify, Kibo ----------


def test_fewest_splits_and_then_the_least_average_distance():
    """Salesforce.

    10 + 200 km are 105 on average, 90 + 90 are 90: two parcels from there.
    """
    stock = {"A": {"X": 1}, "B": {"Y": 1}, "C": {"X": 1}, "D": {"Y": 1}}
    chain = Chain(stock, {"A": 10, "B": 200, "C": 90, "D": 90})
    plan = chain.route(
        {"X": 1, "Y": 1}, objective="fewest_shipments", distance_price=0.01
    )
    # Of X and Y each on its own the nearest: 10 + 90 is less than any of them.
    assert set(picks(plan)) == {"A", "D"}
    only = chain.route(
        {"X": 1, "Y": 1},
        objective="fewest_shipments",
        distance_price=0.01,
        exclude_nodes=["D"],
    )
    assert set(picks(only)) == {"A", "B"}


def abroad(lanes, home):
    """A term of one's own: a shipment from outside the buyer's market."""
    return [0 if node in home else 1_000 for node in lanes.node]


def test_within_the_market_before_the_nearest():
    """Shopify: fewest splits, then the buyer's market, then the closest.

    Buffalo is 150 km off, over the border; Vancouver has it 3,350 km away and at home.
    """
    chain = Chain(
        {"BUFFALO": {"A": 1, "B": 1}, "VANCOUVER": {"A": 1}, "CALGARY": {"A": 1}},
        {"BUFFALO": 150, "VANCOUVER": 3_350, "CALGARY": 2_700},
    )
    term = om.CostTerm("market", abroad, parameters={"home": [1, 2]})
    rules = {
        "objective": "fewest_shipments",
        "terms": [term],
        "distance_price": 0.01,
    }
    assert chain.ship_from({"A": 1}, **rules) == "CALGARY"
    assert chain.ship_from({"A": 1, "B": 1}, **rules) == "BUFFALO"  # in one parcel


def test_a_store_never_sends_its_last_units():
    """Kibo, floor inventory: 5 of the store, 2 stay on the floor; 4 come from elsewhere."""
    chain = Chain({"STORE": {SKU: 5}, "DC": {SKU: 9}}, {"STORE": 5, "DC": 500})
    gate = om.StockGate("floor", keep_units=2, nodes=["STORE"])
    rules = {"gates": [gate], "distance_price": 1}
    assert chain.ship_from({SKU: 3}, **rules) == "STORE"
    assert chain.ship_from({SKU: 4}, **rules) == "DC"
    assert chain.engine.available_to_promise(SKU, "STORE") == 5


# -- prices ----------


def tariff(first, each, up_to=20):
    """A price for the first item and one for each more, as weights of a gram an item."""
    prices = [first + each * k for k in range(up_to)]
    return om.RateCard([k + 1 for k in range(up_to)], {1: prices}, any_zone=True)


@pytest.mark.parametrize(
    ("shirts", "usps", "fedex"), [(1, 5, 10), (2, 7, 20), (3, 9, 30), (7, 17, 70)]
)
def test_a_price_for_the_first_and_one_for_each_more(shirts, usps, fedex):
    """Spree, simple setup: USPS $5 for one shirt and $2 for each more, FedEx $10 each."""
    services = [
        om.Service("usps", "ship", tariff(5, 2)),
        om.Service("fedex", "ship", tariff(10, 10)),
    ]
    network = om.Network([om.Node("N")], services)
    engine = om.Engine(network, [om.Item("SHIRT", weight_g=1)], clock=lambda: 0)
    engine.apply(om.Receive("SHIRT", "N", 90))
    offers = engine.promise({"SHIRT": shirts}, to=TO)
    assert {offer.service: offer.cost for offer in offers} == {
        "usps": usps,
        "fedex": fedex,
    }


def test_parcels_that_are_cheaper_apart_are_sent_apart():
    """A hundred grams cost more together than in two halves: 9 against 2 x 3."""
    card = om.RateCard([50, 100], {1: [3, 9]}, any_zone=True)
    assert (card.price(1, 100), card.price(1, 101)) == (6, 9)


def test_the_cheapest_of_two_ways_with_handling():
    """IBM, cost-based sourcing: 4.00 + 3.00 from the store, 5.50 + 1.25 from the warehouse.

    7.00 against 6.75 for one; for two of them, a unit more of handling each, 0.20 and 0.50:
    7.20 against 7.25.
    """
    nodes = [
        om.Node("STORE", order_cost=2.8, unit_cost=0.2, services=["local"]),
        om.Node("DC", "warehouse", order_cost=0.75, unit_cost=0.5, services=["long"]),
    ]
    services = [
        om.Service("local", "ship", om.RateCard.flat(4)),
        om.Service("long", "ship", om.RateCard.flat(5.5)),
    ]
    engine = om.Engine(om.Network(nodes, services), [om.Item(SKU)], clock=lambda: 0)
    engine.apply([om.Receive(SKU, node.id, 9) for node in nodes])
    told = [engine.route(om.Order({SKU: units}, HERE)) for units in (1, 2)]
    assert [(plan.shipments[0].node, float(plan.cost)) for plan in told] == [
        ("DC", 6.75),
        ("STORE", 7.2),
    ]


def test_a_split_has_to_be_worth_its_penalty():
    """Manhattan, split penalty: 5 + 5 apart are 2 cheaper than 12 from one place."""
    chain = Chain(
        {"N1": {"A": 1}, "N2": {"B": 1}, "N3": {"A": 1, "B": 1}},
        more={"N3": {"order_cost": 7}},
    )
    both = {"A": 1, "B": 1}
    assert set(picks(chain.route(both, split_penalty=1.99))) == {"N1", "N2"}
    assert set(picks(chain.route(both, split_penalty=2.01))) == {"N3"}
