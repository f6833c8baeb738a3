"""What the cases of `routing_cases.txt` leave open: the same asked in one decision."""

from __future__ import annotations

from itertools import accumulate

import pytest

import omniroute as om
from tests.scenarios.chain import Chain, picks, short
from tests.scenarios.plays_of_sourcing import used_up_in_turn
from tests.scenarios.shop import SKU, TO, Shop


def in_one_decision(shop, lines):
    """A waterfall: the first place, the first two, and so on, until that fills it."""
    reach = accumulate([place] for place in shop.nodes)
    groups = [om.RuleGroup(f"up to {names[-1]}", nodes=names) for names in reach]
    policy = om.RoutingPolicy(objective="waterfall", groups=groups)
    return shop.engine.route(om.Order(lines, TO), policy=policy)


@pytest.mark.parametrize(
    ("stock", "wanted"),
    [
        ({"L1": 50, "L2": 150, "L3": 200}, 10),
        ({"eu-1": 5.5, "eu-2": 3, "eu-3": 0}, 7),
        ({"eu-1": 5.5, "eu-2": 3, "eu-3": 0}, 15),
        ({"Z": 4, "B": 4, "A": 4}, 7),
    ],
)
def test_one_decision_takes_the_places_that_come_first(stock, wanted):
    """How much each of them sends is left to what it costs."""
    shop = Shop(stock, decimals=1)
    plan = in_one_decision(shop, {SKU: wanted})
    in_turn, left = used_up_in_turn(shop.engine, {SKU: wanted}, stock)
    assert set(picks(plan)) == set(in_turn)
    assert short(plan) == left


def test_one_decision_takes_no_line_apart_that_a_place_has():
    """70: a hundred from L2, where those who go place by place send two parcels of 50."""
    plan = in_one_decision(Shop({"L1": 50, "L2": 150, "L3": 200}), {SKU: 100})
    assert picks(plan) == {"L2": {SKU: 100}}
    assert plan.rule_group == "up to L2"


def test_a_wish_has_a_price_and_a_rule_has_none():
    """135: one node whatever it costs, or if that is worth it, or no more than one."""
    near = {"W1": {"A": 1}, "W2": {"B": 1}}
    dear = {"W3": {"order_cost": 30}}
    chain = Chain(near | {"W3": {"A": 1, "B": 1}}, more=dear)
    both = {"A": 1, "B": 1}
    assert set(picks(chain.route(both))) == {"W1", "W2"}
    assert set(picks(chain.route(both, split_penalty=24))) == {"W1", "W2"}
    assert set(picks(chain.route(both, split_penalty=26))) == {"W3"}
    assert set(picks(chain.route(both, objective="fewest_shipments"))) == {"W3"}
    assert len(picks(Chain(near).route(both, split_penalty=26))) == 2
    assert len(picks(Chain(near).route(both, max_shipments=1))) == 1
