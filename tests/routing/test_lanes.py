"""Lanes: distance and zone of every node, kept for the destinations in use."""

from __future__ import annotations

import numpy as np
import pytest

import omniroute as om
from omniroute.kernels.order.layout import C_ROWS, FAR_M
from omniroute.routing.lanes import LaneStore
from omniroute.routing.tables import NetworkTables
from tests.naive.from_engine import _haversine
from tests.routing.worlds import PREFIXES, destination, world


def network(count=5):
    """Nodes that are all of another kind, by what they cost."""
    nodes = [
        om.Node(
            f"N{k}", latitude=40 + k, longitude=-80 - k, order_cost=k, postcode="10001"
        )
        for k in range(count)
    ]
    bands = om.DistanceBands([100, 500, 3000])
    rates = om.RateCard.by_zone({1: 3, 2: 5, 3: 9})
    return om.Network(nodes, [om.Service("ground", "ship", rates, bands)])


def read(store, to):
    slot = store.slot(to)
    classes = store.nodes[slot, 0].copy()
    return classes, store.nodes[slot, 1].copy(), store.records[slot, classes].copy()


@pytest.mark.parametrize("seed", range(5))
def test_distances_are_great_circle_metres(seed):
    """To the metre, by another formula; unknown places are beyond everything."""
    made = world(seed)
    engine, store = made.engine, made.engine._router.lanes
    for _ in range(10):
        to = destination(made.dice)
        far = read(store, to)[1]
        place = engine.network.locate(to)
        for node, metres in zip(engine.network.nodes, far.tolist(), strict=True):
            if place is None:
                assert metres == FAR_M
            else:
                here = (node.latitude, node.longitude)
                assert abs(metres - _haversine(*here, *place)) <= 1


def test_a_band_includes_its_limit():
    """100 km is band 1 still; a metre more is band 2."""
    tables = NetworkTables(network(1))
    store = LaneStore(tables)
    metre = 360 / (2 * np.pi * 6_371_008.8)
    rows = []
    for metres in (100_000, 100_001):
        to = om.Destination(latitude=40 + metres * metre, longitude=-80)
        _, far, records = read(store, to)
        assert far[0] == metres
        rows.append(tables.row_zone[records[0, C_ROWS]])
    assert rows == [1, 2]


def test_a_node_beyond_the_last_band_has_no_lane():
    """Its class says so."""
    classes, *_ = read(
        LaneStore(NetworkTables(network())), om.Destination(latitude=-40, longitude=100)
    )
    assert classes.tolist() == [-1] * 5


def test_a_full_store_forgets_the_destination_that_came_first():
    """And works it out again, the same, when it comes back."""
    store = LaneStore(NetworkTables(network()), budget_bytes=1)
    to = [om.Destination(latitude=40.0 + k / 10, longitude=-80.0) for k in range(40)]
    first = [read(store, place) for place in to]
    assert store.find(to[0]) is None
    assert store.find(to[-1]) is not None
    assert len(store.nodes) == store.capacity == 16
    for place, known in zip(to, first, strict=True):
        for now, then in zip(read(store, place), known, strict=True):
            assert (now == then).all()


def test_destinations_wanted_together_all_stay():
    """As many as fit; if records have grown meanwhile, more room is made."""
    store = LaneStore(NetworkTables(network()), budget_bytes=1)
    for k in range(30):
        store.slot(om.Destination(latitude=30.0 + k, longitude=0.0))
    wanted = [
        om.Destination(latitude=40.0 + k / 10, longitude=-80.0) for k in range(40)
    ]
    for count in (16, 40):
        store.slots(wanted[:count])
        slots = [store.find(to) for to in wanted[:count]]
        assert None not in slots
        assert len(set(slots)) == count


def test_nodes_of_more_kinds_than_expected_make_room_for_themselves(monkeypatch):
    """Lanes known before stay as they were."""
    monkeypatch.setattr(LaneStore, "CLASSES", 1)
    small = LaneStore(NetworkTables(network(9)))
    monkeypatch.undo()
    large = LaneStore(NetworkTables(network(9)))
    for prefix in range(5):
        to = om.Destination(latitude=40.0 + prefix, longitude=-80.0)
        for one, other in zip(read(small, to), read(large, to), strict=True):
            assert (one == other).all()
    assert small.records.shape[1] == 10


def test_postcodes_abroad_are_other_places():
    """The same digits in another country have no lane by a domestic chart."""
    chart = om.PostcodeZones(PREFIXES, PREFIXES, np.ones((6, 6), int))
    ground = om.Service("ground", "ship", om.RateCard.flat(5), chart)
    store = LaneStore(
        NetworkTables(om.Network([om.Node("N", postcode="10001")], [ground]))
    )
    home, abroad = om.Destination("10055"), om.Destination("10055", country="DE")
    assert read(store, home)[0].tolist() == [0]
    assert read(store, abroad)[0].tolist() == [-1]
