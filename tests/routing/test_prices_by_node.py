"""What a unit is worth where it lies decides how lines are split, to a proof.

Beside every way to share the units out, and beside the same prices told as terms of units.
"""

from __future__ import annotations

from random import Random

import pytest

import omniroute as om
from tests.naive.node_prices import Store, least

TO = om.Destination(postcode="55425")
RATE = 3


def stores_of(dice, items, credits):
    """Up to four stores with little in stock; prices by node, or by item as well."""
    low = -3 if credits else 0
    found = []
    for _ in range(dice.randint(2, 4)):
        worth = dice.randint(low, 6)
        found.append(
            Store(
                RATE + dice.randint(0, 4),
                dice.randint(0, 2),
                dice.randint(0, 3),
                {item: dice.randint(0, 3) for item in items},
                dict.fromkeys(items, worth),
            )
        )
    return found


def engine_of(stores, items):
    nodes = [
        om.Node(
            f"N{n}",
            order_cost=store.shipment - RATE,
            line_cost=store.line,
            unit_cost=store.unit,
        )
        for n, store in enumerate(stores)
    ]
    ground = om.Service("ground", "ship", om.RateCard.flat(RATE))
    engine = om.Engine(
        om.Network(nodes, [ground]), [om.Item(i) for i in items], clock=lambda: 0
    )
    engine.apply(
        [
            om.Receive(item, f"N{n}", units)
            for n, store in enumerate(stores)
            for item, units in store.held.items()
            if units
        ]
    )
    return engine


def a_unit(lanes, worth):
    """A term of one's own: the same amounts, by the unit."""
    return [worth[node] for node in lanes.node]


@pytest.mark.parametrize("freely", [False, True], ids=["when needed", "freely"])
@pytest.mark.parametrize("seed", range(80))
def test_the_plan_is_the_best_of_all_ways_to_share_units_out(seed, freely):
    """One line or two, of which nobody has enough, or somebody has: the least is told."""
    dice = Random(seed)
    items = ["A", "B"][: dice.randint(1, 2)]
    credits = dice.random() < 0.3
    stores = stores_of(dice, items, credits)
    engine = engine_of(stores, items)
    wanted = {item: dice.randint(2, 6) for item in items}
    if not any(store.held[i] for store in stores for i in items):
        return
    worth = [store.worth[items[0]] for store in stores]
    by_node = {f"N{n}": each for n, each in enumerate(worth)}
    if credits:
        term = om.CostTerm(
            "mine", a_unit_where_it_lies, per="item", parameters={"worth": worth}
        )
    else:
        term = om.terms.node_price(by_node)
    rules = {"split_lines": "freely" if freely else "when_needed"}
    order = om.Order(wanted, TO)
    plan = engine.route(order, policy=om.RoutingPolicy(terms=[term], **rules))
    expected = least(stores, wanted, freely)
    assert plan.objective == expected
    assert plan.bound <= expected
    as_units = om.CostTerm("mine", a_unit, per="unit", parameters={"worth": worth})
    other = engine.route(order, policy=om.RoutingPolicy(terms=[as_units], **rules))
    assert (other.objective, other.proven) == (plan.objective, plan.proven)


def a_unit_where_it_lies(stock, worth):
    """A term of one's own, credits among its amounts."""
    return [worth[node] for node in stock.node]


def test_a_line_alone_may_be_priced_by_the_item():
    """Of one line, prices by item and node are prices of nodes: proven all the same."""
    ground = om.Service("ground", "ship", om.RateCard.flat(3))
    nodes = [om.Node("CHEAP"), om.Node("DEAR"), om.Node("FULL")]
    engine = om.Engine(om.Network(nodes, [ground]), [om.Item("A"), om.Item("B")])
    stock = {"CHEAP": 4, "DEAR": 6, "FULL": 5}
    engine.apply([om.Receive(sku, n, k) for n, k in stock.items() for sku in "AB"])
    prices = {"CHEAP": {"A": 0, "B": 9}, "DEAR": {"A": 5}, "FULL": {"A": 2, "B": 1}}
    policy = om.RoutingPolicy(terms=[om.terms.node_price(prices)])
    plan = engine.route(om.Order({"A": 9}, TO), policy=policy)
    # 4 x 0 and 5 x 2 in two parcels of 3; nobody has nine.
    assert (plan.objective, plan.proven) == (16, True)
    assert {s.node: s.lines[0].quantity for s in plan.shipments} == {
        "CHEAP": 4,
        "FULL": 5,
    }


def test_prices_that_differ_by_item_are_told_with_a_gap_where_lines_are_split():
    """Two lines worth more here and less there: no price of the node's own says that."""
    ground = om.Service("ground", "ship", om.RateCard.flat(3))
    nodes = [om.Node("N1"), om.Node("N2")]
    engine = om.Engine(om.Network(nodes, [ground]), [om.Item("A"), om.Item("B")])
    engine.apply([om.Receive(sku, n, 3) for n in ("N1", "N2") for sku in "AB"])
    prices = {"N1": {"A": 4, "B": 1}, "N2": {"A": 1, "B": 4}}
    policy = om.RoutingPolicy(terms=[om.terms.node_price(prices)])
    plan = engine.route(om.Order({"A": 5, "B": 5}, TO), policy=policy)
    assert plan.complete
    assert plan.bound <= 3 + 3 + (3 * 1 + 2 * 4) * 2 <= plan.objective


def test_what_is_sold_in_packs_is_priced_by_the_pack_where_it_lies():
    """Six to a pack: 0 and 2 a unit; 24 of 12 and 18 are two packs of each."""
    ground = om.Service("ground", "ship", om.RateCard.flat(3))
    nodes = [om.Node("N1"), om.Node("N2")]
    engine = om.Engine(om.Network(nodes, [ground]), [om.Item("EGG", pack_size=6)])
    engine.apply([om.Receive("EGG", "N1", 12), om.Receive("EGG", "N2", 18)])
    policy = om.RoutingPolicy(terms=[om.terms.node_price({"N1": 0, "N2": 2})])
    plan = engine.route(om.Order({"EGG": 24}, TO), policy=policy)
    assert {s.node: s.lines[0].quantity for s in plan.shipments} == {"N1": 12, "N2": 12}
    assert plan.objective == 3 + 3 + 12 * 2
    assert plan.proven


def test_a_pack_counts_no_more_than_its_units():
    """Twelve from one node are 3 + 12 x 1; six of them from the other save 6 and cost 23.

    Welve from one node are 3 + 12 x 1; six of them from the other save 6 and cost 23.
    """
    ground = om.Service("ground", "ship", om.RateCard.flat(3))
    nodes = [om.Node("N1", order_cost=20), om.Node("N2")]
    engine = om.Engine(om.Network(nodes, [ground]), [om.Item("EGG", pack_size=6)])
    engine.apply([om.Receive("EGG", "N1", 6), om.Receive("EGG", "N2", 18)])
    term = om.terms.node_price({"N1": 0, "N2": 1})
    policy = om.RoutingPolicy(terms=[term], split_lines="freely")
    plan = engine.route(om.Order({"EGG": 12}, TO), policy=policy)
    assert {s.node: s.lines[0].quantity for s in plan.shipments} == {"N2": 12}
    assert (plan.objective, plan.proven) == (3 + 12, True)


def test_prices_of_one_order_are_not_those_of_the_next():
    """The same policy is asked again, and for another place.

    Nothing is left of the first.
    """
    bands = om.DistanceBands([100, 9_000])
    ground = om.Service("ground", "ship", om.RateCard.by_zone({1: 3, 2: 4}), bands)
    nodes = [om.Node(f"N{k}", latitude=45.0, longitude=-93.0 - 9 * k) for k in (0, 1)]
    engine = om.Engine(om.Network(nodes, [ground]), [om.Item("A"), om.Item("B")])
    engine.apply([om.Receive("A", "N0", 3), om.Receive("A", "N1", 3)])
    engine.apply([om.Receive("B", "N1", 9)])
    policy = om.RoutingPolicy(terms=[om.terms.node_price({"N0": 0, "N1": 5})])
    for place in (0, 1, 0):
        to = om.Destination(latitude=45.0, longitude=-93.0 - 9 * place)
        # One parcel of 3 and one of 4; 3 x 0 and 2 x 5, or 4 x 5 of the other item.
        split = engine.route(om.Order({"A": 5}, to), policy=policy)
        assert (split.objective, split.proven) == (3 + 4 + 2 * 5, True)
        one = engine.route(om.Order({"B": 4}, to), policy=policy)
        assert one.objective == (4 if place == 0 else 3) + 4 * 5
