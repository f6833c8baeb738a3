"""A network as arrays: services, prices, handling, what is offered."""

from __future__ import annotations

import math

import numpy as np
import pytest

import omniroute as om
from omniroute.codes import UNREACHED
from omniroute.kernels.order.layout import S_KIND, S_RADIUS_M, S_T_MAX, S_ZONES
from omniroute.routing.tables import NetworkTables, item_rows, unit_vector


def network(*nodes, **services):
    return om.Network(nodes or [om.Node("N")], list(services.values()))


def test_services_share_a_chart_that_they_were_given_both():
    """One zone table in memory, one look-up a destination."""
    bands = om.DistanceBands([10, 20])
    rates = om.RateCard.by_zone({1: 3, 2: 4})
    node = om.Node("N", latitude=1, longitude=2)
    tables = NetworkTables(
        network(
            node,
            a=om.Service("a", "ship", rates, bands),
            b=om.Service("b", "same_day", rates, bands, radius_km=1.5),
            c=om.Service("c", "collect", om.RateCard.flat(0)),
        )
    )
    assert tables.charts == [bands]
    assert tables.services[:, S_ZONES].tolist() == [0, 0, -1]
    assert tables.services[:, S_RADIUS_M].tolist() == [-1, 1500, -1]
    assert tables.services[:, S_KIND].tolist() == [0, 2, 1]


def test_prices_are_the_closed_ones_and_past_the_end_unreached():
    """Rows of services side by side, in the order of services and zones."""
    card = om.RateCard([1000, 2000], {1: [5, 12]}, max_shipment_g=3000)
    made = network(
        a=om.Service("a", "ship", card), b=om.Service("b", "ship", om.RateCard.flat(4))
    )
    tables = NetworkTables(made)
    assert tables.prices.tolist() == [
        [50_000, 50_000, 100_000, 150_000],
        [40_000, 40_000, UNREACHED, UNREACHED],
    ]
    assert tables.services[:, S_T_MAX].tolist() == [3, 1]


def test_a_zone_without_transit_time_is_not_served():
    """Its row is -1."""
    made = network(
        om.Node("N", latitude=0, longitude=0),
        a=om.Service(
            "a",
            "ship",
            om.RateCard.by_zone({1: 3, 2: 4}),
            om.DistanceBands([10, 20]),
            transit_days={2: 6},
        ),
    )
    tables = NetworkTables(made)
    assert tables.zone_rows[0, 0, :4].tolist() == [-1, -1, 0, -1]
    assert tables.zone_transit[0, 0, 2] == 6
    assert tables.row_zone == [2]


def test_handling_and_offers_of_a_node():
    """Money in ten-thousandths, services as bits, nodes sorted by id."""
    rates = om.RateCard.flat(5)
    made = network(
        om.Node("N2", services=["b"], order_cost=1, line_cost=0.25, unit_cost=0.0001),
        om.Node("N1"),
        a=om.Service("a", "ship", rates),
        b=om.Service("b", "ship", rates),
        c=om.Service("c", "ship", rates, node_kinds=["warehouse"]),
    )
    costs = NetworkTables(made).costs.tolist()
    assert costs == [[0, 0, 0, 0b011], [10_000, 2_500, 1, 0b010]]


@pytest.mark.parametrize("name", ["order_cost", "line_cost", "unit_cost"])
def test_handling_beyond_what_a_key_can_hold_is_refused(name):
    """Rather than overflow a sum later."""
    made = network(om.Node("N", **{name: 10_000_000}), a=_flat())
    with pytest.raises(om.ConfigurationError, match=name):
        NetworkTables(made)


def _flat():
    return om.Service("a", "ship", om.RateCard.flat(5))


def test_places_are_points_on_the_unit_sphere():
    """And nothing where they are not known."""
    pole = unit_vector(90.0, 123.0)
    assert np.allclose(pole, [0, 0, 1, 1])
    assert math.isclose(np.linalg.norm(unit_vector(44.9, -93.2)[:3]), 1.0)
    assert unit_vector(None, None).tolist() == [0, 0, 0, 0]


def test_items_are_grams_and_quanta_of_a_unit():
    """Also when there are none."""
    assert item_rows([om.Item("A", 7), om.Item("B", 9, 2)]).tolist() == [
        [7, 1],
        [9, 100],
    ]
    assert item_rows([]).shape == (0, 2)
