"""Distances and classes of nodes against their definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omniroute.kernels.order.lanes import build_classes, distances
from omniroute.kernels.order.layout import (
    C_ROWS,
    C_SERVICES,
    FAR_M,
    S_RADIUS_M,
    S_WIDTH,
    S_ZONES,
    ZONE_LABELS,
)
from tests.naive.lanes import Offer, Record, great_circle_m, record_of

LATITUDE = st.floats(-90, 90)
LONGITUDE = st.floats(-180, 180)
PLACE = st.tuples(LATITUDE, LONGITUDE)


def unit(place: tuple[float, float] | None) -> list[float]:
    """Return a place as a unit vector with a fourth number: whether it is known."""
    if place is None:
        return [0.0, 0.0, 0.0, 0.0]
    lat, lon = map(math.radians, place)
    return [
        math.cos(lat) * math.cos(lon),
        math.cos(lat) * math.sin(lon),
        math.sin(lat),
        1.0,
    ]


def metres(to, places) -> list[int]:
    out = np.empty(len(places), np.int32)
    distances(np.array(unit(to)), np.array([unit(place) for place in places]), out)
    return out.tolist()


@given(PLACE, st.lists(PLACE, min_size=1, max_size=5))
def test_distances_are_those_along_the_great_circle(to, places):
    """To half a metre of rounding; to 2 m near the antipode, where a chord says little."""
    for found, place in zip(metres(to, places), places, strict=True):
        exact = great_circle_m(to, place)
        assert abs(found - exact) <= (2.0 if exact > 19_900_000 else 0.51)


def test_near_points_keep_their_metres():
    """Ten metres along a meridian are ten metres, where a cosine could not tell."""
    north = math.degrees(10 / 6_371_008.8)
    assert metres((44.85, -93.24), [(44.85 + north, -93.24)]) == [10]


def test_an_unknown_place_is_far_away():
    """On either side of the lane."""
    assert metres(None, [(1.0, 2.0)]) == [FAR_M]
    assert metres((1.0, 2.0), [None, (1.0, 2.0)]) == [FAR_M, 0]


class Places:
    """A random network as the kernel takes it, and as the twin does."""

    def __init__(self, seed: int, n_nodes: int = 60, n_services: int = 3):
        rng = np.random.Generator(np.random.PCG64(seed))
        self.distance = rng.integers(0, 5000, n_nodes).astype(np.int32)
        self.distance[::10] = 2500  # just at the radius
        self.labels = rng.integers(0, 4, (2, n_nodes)).astype(np.int32)
        self.costs = np.zeros((n_nodes, 4), np.int64)
        self.costs[:, :3] = rng.integers(0, 2, (n_nodes, 3)) * 700
        self.costs[:, C_SERVICES] = rng.integers(0, 1 << n_services, n_nodes)
        self.services = np.zeros((n_services, S_WIDTH), np.int64)
        self.services[:, S_RADIUS_M] = rng.choice([-1, 2500], n_services)
        self.services[:, S_ZONES] = rng.integers(-1, 2, n_services)
        shape = n_services, ZONE_LABELS
        self.rows = rng.integers(-1, 9, shape).astype(np.int32)
        self.days = rng.integers(0, 6, shape).astype(np.int32)

    def build(self, room: int):
        n_services = len(self.services)
        cls = np.full(len(self.costs), -7, np.int32)
        records = np.zeros((room + 1, C_ROWS + 2 * n_services), np.int64)
        slots = np.zeros(256, np.int32)
        found = build_classes(
            self.labels,
            self.distance,
            self.costs,
            self.services,
            self.rows,
            self.days,
            cls,
            records,
            slots,
        )
        assert not slots.any()
        return found, cls.tolist(), records

    def naive(self) -> list[Record | None]:
        offers = [
            Offer(
                self.rows[s].tolist(),
                self.days[s].tolist(),
                int(row[S_RADIUS_M]),
                None if row[S_ZONES] < 0 else self.labels[row[S_ZONES]].tolist(),
            )
            for s, row in enumerate(self.services)
        ]
        return [
            record_of(
                k,
                tuple(costs[:3].tolist()),
                [bool(costs[C_SERVICES] >> s & 1) for s in range(len(offers))],
                int(self.distance[k]),
                offers,
            )
            for k, costs in enumerate(self.costs)
        ]


def as_record(words: np.ndarray) -> Record:
    n_services = (len(words) - C_ROWS) // 2
    rows = words[C_ROWS : C_ROWS + n_services].tolist()
    days = words[C_ROWS + n_services :].tolist()
    lanes = [None if row < 0 else (row, d) for row, d in zip(rows, days, strict=True)]
    bits = sum(1 << s for s, lane in enumerate(lanes) if lane)
    assert words[C_SERVICES] == bits
    return tuple(words[:3].tolist()), tuple(lanes)


@pytest.mark.parametrize("seed", range(12))
def test_nodes_of_one_class_cost_the_same_and_others_do_not(seed):
    """Each node's class record is its own; no two classes are alike."""
    network = Places(seed)
    expected = network.naive()
    found, cls, records = network.build(60)
    told = [as_record(records[c]) if c >= 0 else None for c in cls]
    assert told == expected
    assert found == len({record for record in expected if record})


def test_too_few_rows_for_the_classes_are_told():
    """One row less than classes: -1; just enough: all of them."""
    network = Places(3)
    n_classes = len({record for record in network.naive() if record})
    assert network.build(n_classes)[0] == n_classes
    assert network.build(n_classes - 1)[0] == -1
