"""Classes dated for an epoch, beside the definition: a node, a service at a time."""

from __future__ import annotations

import numpy as np
import pytest

from omniroute.kernels.order.dated import date_classes
from omniroute.kernels.order.layout import C_ROWS, C_SERVICES

HANDLING = [150, 40, 5]


def lane_records(rng, count, services, places):
    """Random classes by lanes: a row and a place of days by service, or none."""
    records = np.zeros((count + 1, C_ROWS + 2 * services), np.int64)
    for c in range(count):
        records[c, :3] = HANDLING
        for s in range(services):
            served = rng.random() < 0.7
            records[c, C_ROWS + s] = rng.integers(0, 3) if served else -1
            if served:
                records[c, C_SERVICES] |= 1 << s
                records[c, C_ROWS + services + s] = rng.integers(places)
    return records


def dated(records, cls, profiles, ways, minutes, room):
    """Call the kernel; its scratch has to come back clean."""
    out = np.empty(len(cls), np.int32)
    found = np.empty((room + 1, records.shape[1]), np.int64)
    pairs = np.zeros(len(records) * len(ways), np.int32)
    slots = np.zeros(1 << (2 * room + 2).bit_length(), np.int32)
    count = date_classes(
        cls, records, profiles, ways, minutes, out, found, pairs, slots
    )
    assert not pairs.any()
    assert not slots.any()
    return count, out, found


def expected(record, row, minutes, services):
    """What a node offers: handling, and by service a price row and its arrival."""
    offers = []
    for s in range(services):
        arrives = -1
        if record[C_ROWS + s] >= 0:
            arrives = minutes[row[s], record[C_ROWS + services + s]]
        offers.append((record[C_ROWS + s], arrives) if arrives >= 0 else None)
    return offers if any(offers) else None


@pytest.mark.parametrize("seed", range(30))
def test_every_node_has_the_arrivals_of_its_lanes_and_its_profile(seed):
    """Nodes are of one class if, and only if, they cost and arrive the same."""
    rng = np.random.Generator(np.random.PCG64(seed))
    nodes, services, places = int(rng.integers(1, 40)), int(rng.integers(1, 5)), 3
    records = lane_records(rng, 6, services, places)
    cls = rng.integers(-1, 6, nodes).astype(np.int32)
    cls[(cls >= 0) & (records[cls, C_SERVICES] == 0)] = -1
    ways = rng.integers(0, 4, (5, services)).astype(np.int32)
    profiles = rng.integers(0, 5, nodes).astype(np.int32)
    minutes = rng.integers(-1, 4, (4, places)).astype(np.int32)
    count, out, found = dated(records, cls, profiles, ways, minutes, nodes)
    seen = {}
    for node in range(nodes):
        offers = None
        if cls[node] >= 0:
            row = ways[profiles[node]]
            offers = expected(records[cls[node]], row, minutes, services)
        if offers is None:
            assert out[node] == -1
            continue
        told = found[out[node]]
        assert told[:3].tolist() == HANDLING
        for s, offer in enumerate(offers):
            assert told[C_SERVICES] >> s & 1 == (offer is not None)
            words = told[C_ROWS + s], told[C_ROWS + services + s]
            assert words == ((-1, 0) if offer is None else offer)
        assert seen.setdefault(str(offers), out[node]) == out[node]
    assert len(set(seen.values())) == len(seen) == count


def test_too_little_room_is_told_and_leaves_the_scratch_clean():
    """So that the caller can make more and ask again."""
    rng = np.random.Generator(np.random.PCG64(1))
    records = lane_records(rng, 1, 1, 1)
    records[0, C_ROWS : C_ROWS + 2] = 0
    records[0, C_SERVICES] = 1
    ways = np.arange(5, dtype=np.int32).reshape(5, 1)
    minutes = np.arange(1, 6, dtype=np.int32).reshape(5, 1)
    nodes = np.arange(5, dtype=np.int32)
    cls = np.zeros(5, np.int32)
    assert dated(records, cls, nodes, ways, minutes, 4)[0] == -1
    assert dated(records, cls, nodes, ways, minutes, 5)[0] == 5
