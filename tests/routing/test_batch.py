"""Results of a batch as columns: they agree with the plans."""

from __future__ import annotations

import numpy as np
import pytest

import omniroute as om
from tests.routing.worlds import world


@pytest.fixture(scope="module")
def batch():
    """A world, its orders and what came of them."""
    made = world(13)
    orders = [made.order(id=f"A-{k}") for k in range(40)]
    return (
        made.engine,
        orders,
        made.engine.route_many(orders, reserve=True, partial=True),
    )


def test_columns_of_orders_are_those_of_the_plans(batch):
    """Cost, bound, proof, shipments, shortage, transit."""
    _, orders, result = batch
    columns = result.columns()
    assert all(len(column) == len(orders) for column in columns.values())
    for i in range(len(orders)):
        plan = result.plan(i)
        assert columns["cost_minor"][i] == plan.cost * 10_000
        assert columns["bound_minor"][i] == plan.bound * 10_000
        assert columns["shipments"][i] == len(plan.shipments)
        assert columns["short_quanta"][i] == plan.short_quanta
        assert columns["transit_days"][i] == (plan.transit_days or 0)
        assert bool(result.proven[i]) == plan.proven


def test_columns_of_shipments_name_nodes_and_add_up(batch):
    """A row a shipment, in the order of the orders."""
    engine, orders, result = batch
    columns = result.shipment_columns()
    at = 0
    for i in range(len(orders)):
        for x, shipment in enumerate(result.plan(i).shipments):
            assert columns["order"][at] == i
            assert columns["shipment"][at] == x
            assert engine.network.nodes[columns["node"][at]].id == shipment.node
            assert columns["rate_minor"][at] == shipment.terms["rate"] * 10_000
            assert columns["weight_g"][at] == shipment.weight_g
            at += 1
    assert at == len(columns["order"])
    money = sum(columns[name] for name in columns if name.endswith("_minor"))
    assert money.sum() == result.columns()["cost_minor"].sum()


def test_columns_of_lines_name_what_goes_where(batch):
    """A row a pick; reserved ones are what left the shelves."""
    engine, orders, result = batch
    columns = result.line_columns()
    at = 0
    for i in range(len(orders)):
        picks = sorted(
            (x, line.sku)
            for x, shipment in enumerate(result.plan(i).shipments)
            for line in shipment.lines
        )
        rows = range(at, at + len(picks))
        told = sorted(
            (int(columns["shipment"][j]), engine.items[columns["sku"][j]].sku)
            for j in rows
        )
        assert told == picks
        assert all(columns["order"][j] == i for j in rows)
        at += len(picks)
    assert at == len(columns["order"])
    assert (columns["quanta"] > 0).all()


def test_a_plan_of_a_batch_cannot_be_explained_any_more(batch):
    """The stock has moved on while the batch ran."""
    _, _, result = batch
    assert result.plan(0).explain().status is om.Status.STALE


def test_the_result_prints_what_came_of_the_orders(batch):
    """Statuses and money at a glance."""
    _, orders, result = batch
    assert repr(result).startswith(f"BatchResult({len(orders)} orders: ")
    codes = np.unique(result.status)
    assert all(om.Status(code).name in repr(result) for code in codes)


def test_plans_are_counted_from_either_end(batch):
    """As in any sequence."""
    _, orders, result = batch
    assert result.plan(-1).order is orders[-1]
    assert result.plan(-len(orders)).order is orders[0]
    assert result.plan(np.int64(3)).answer == result.plan(3).answer


def test_numbers_in_columns_have_ids(batch):
    """A whole column at once."""
    _, orders, result = batch
    lines, shipments = result.line_columns(), result.shipment_columns()
    skus = result.sku_ids[lines["sku"]]
    nodes = result.node_ids[shipments["node"]]
    services = result.service_names[shipments["service"]]
    plans = [result.plan(i) for i in range(len(orders))]
    sent = [x for plan in plans for x in plan.shipments]
    assert nodes.tolist() == [x.node for x in sent]
    assert services.tolist() == [x.service for x in sent]
    assert sorted(skus) == sorted(line.sku for x in sent for line in x.lines)
