"""Plans: what they say adds up, and says it in the caller's units."""

from __future__ import annotations

from decimal import Decimal, localcontext

import pytest

import omniroute as om
from omniroute.codes import Method
from omniroute.engine import Engine
from omniroute.kernels.order.layout import O_BOUND, O_PROVEN
from tests.conftest import WITHOUT_JIT
from tests.naive import from_engine as naive
from tests.routing.worlds import world

TO = om.Destination(postcode="55425")


@pytest.fixture
def engine():
    """Two nodes that each lack something."""
    network = om.Network(
        [om.Node("N1", order_cost=0.5), om.Node("N2", unit_cost=0.25)],
        [om.Service("ground", "ship", om.RateCard.flat(5), transit_days=2)],
    )
    made = Engine(
        network,
        [om.Item("BOLT", weight_g=10), om.Item("ROPE", decimals=1)],
        clock=lambda: 0,
    )
    made.apply([om.Receive("BOLT", "N1", 3), om.Receive("ROPE", "N2", 2.5)])
    return made


def test_a_plan_says_what_each_shipment_carries_and_costs(engine):
    """Units of the order, money to the cent, days, grams."""
    plan = engine.route(om.Order([("ROPE", 1.5), ("BOLT", 2)], TO))
    first, second = plan.shipments
    assert (first.node, first.service) == ("N2", "ground")
    assert [(x.sku, x.quantity) for x in first.lines] == [("ROPE", Decimal("1.5"))]
    assert first.terms["handling_unit"] == Decimal("0.50"), "a unit begun is paid"
    assert second.terms["handling_order"] == Decimal("0.50")
    assert second.weight_g == 20
    assert second.distance_km is None
    assert plan.cost == first.cost + second.cost == Decimal("11.00")
    assert plan.transit_days == 2
    assert plan.method is Method.SUBSETS
    assert repr(plan) == "Plan(OK, 2 shipments, cost 11.00, proven)"
    assert len(plan.table().splitlines()) == 3
    assert "N2" in plan._repr_html_()


def test_what_is_missing_is_told_line_by_line(engine):
    """Most units first, the rest as shortages in the caller's units."""
    plan = engine.route(om.Order({"ROPE": 4, "BOLT": 5}, TO))
    assert plan.status is om.Status.SHORT
    missing = [(x.sku, x.quantity) for x in plan.shortages]
    assert missing == [("ROPE", Decimal("1.5")), ("BOLT", 2)]
    assert plan.short_quanta == 17
    assert repr(plan).endswith(", 2 lines short)")
    with pytest.raises(om.StatusError) as caught:
        plan.raise_for_status()
    assert caught.value.result is plan


def test_complete_or_nothing_leaves_nothing(engine):
    """The whole order is then short."""
    policy = om.RoutingPolicy(complete_only=True)
    plan = engine.route(om.Order({"ROPE": 4, "BOLT": 1}, TO), policy=policy)
    assert plan.status is om.Status.SHORT
    assert plan.shipments == ()
    assert plan.cost == 0
    assert plan.transit_days is None
    assert [x.quantity for x in plan.shortages] == [4, 1]


def test_lines_of_one_sku_are_merged(engine):
    """Two lines of one bolt are a line of two."""
    plan = engine.route(om.Order([("BOLT", 1), ("BOLT", 1)], TO))
    assert [(x.sku, x.quantity) for x in plan.shipments[0].lines] == [("BOLT", 2)]


@pytest.mark.parametrize("seed", range(3 if WITHOUT_JIT else 15))
def test_every_plan_costs_what_it_costs_from_scratch(seed):
    """Rules, weights, zones, prices and sums, by arithmetic of another hand."""
    made = world(seed)
    for _ in range(15):
        order, policy = made.order(), made.policy()
        plan = made.engine.route(order, policy=policy)
        assert plan.bound <= plan.cost or not plan.shipments
        assert plan.gap >= 0
        if plan.shipments:
            naive.recost(naive.questions(made.engine, order, policy), plan)
        if policy.max_shipments:
            assert len(plan.shipments) <= policy.max_shipments
        kinds = {
            made.engine.network.services[
                made.engine.network.service_index(x.service)
            ].kind
            for x in plan.shipments
        }
        assert len(kinds) <= 1 or policy.mix_kinds
        assert "collect" not in kinds or len(plan.shipments) == 1


def test_units_of_a_table_are_exact_in_any_decimal_context(engine):
    """2.5 and 3 are 5.5, also with one digit."""
    engine.apply(om.Receive("BOLT", "N2", 3))
    plan = engine.route(om.Order({"ROPE": 2.5, "BOLT": 3}, TO))
    with localcontext(prec=1):
        assert plan.table().splitlines()[1].split()[3] == "5.5"


def test_a_plan_without_shipments_claims_neither_cost_nor_proof(engine):
    """There is nothing that could be cheaper."""
    nothing = engine.route(om.Order({"BOLT": 1}, TO, exclude_nodes=["N1", "N2"]))
    assert not nothing.shipments
    assert repr(nothing) == f"Plan({nothing.status.name}, 0 shipments, 1 line short)"


def test_an_unknown_bound_is_no_gap(engine):
    """Not 20,000 %, and not 0 % of an empty plan."""
    plan = engine.route(om.Order({"BOLT": 1, "ROPE": 1}, TO))
    plan.answer[O_PROVEN] = plan.answer[O_BOUND] = 0
    assert repr(plan) == "Plan(OK, 2 shipments, cost 10.75, no bound)"
    plan.answer[O_BOUND] = 107_500 // 2
    assert repr(plan) == "Plan(OK, 2 shipments, cost 10.75, gap 100.0 %)"
    empty = engine.route(om.Order({"BOLT": 1}, TO, exclude_nodes=["N1"]))
    empty.answer[O_PROVEN] = 0
    assert repr(empty) == "Plan(OUT_OF_STOCK, 0 shipments, no bound, 1 line short)"
