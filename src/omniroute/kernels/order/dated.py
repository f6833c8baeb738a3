"""Lanes of one destination with the arrivals of an epoch in the place of transit days."""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.kernels.arrays import I4, I8
from omniroute.kernels.order.lanes import find_class
from omniroute.kernels.order.layout import C_ROWS, C_SERVICES


@kernel()
def fill_dated(record: I8, lane: I8, ways: I4, minutes: I4) -> bool:
    """Write a class record with arrivals; False where nothing ever leaves."""
    n_services = ways.size
    for j in range(C_ROWS):
        record[j] = lane[j]
    for s in range(n_services):
        row, arrives = lane[C_ROWS + s], -1
        if row >= 0:
            arrives = minutes[ways[s], lane[C_ROWS + n_services + s]]
        if arrives < 0:
            row, arrives = -1, 0
            record[C_SERVICES] &= ~(1 << s)
        record[C_ROWS + s] = row
        record[C_ROWS + n_services + s] = arrives
    return record[C_SERVICES] != 0


@kernel("i4[] i8[,] i4[] i4[,] i4[,] i4[] i8[,] i4[] i4[]")
def date_classes(
    lane_cls: I4,
    lane_records: I8,
    profiles: I4,
    ways: I4,
    minutes: I4,
    cls: I4,
    records: I8,
    pairs: I4,
    slots: I4,
) -> int:
    """Sort nodes into classes that cost the same and arrive at the same times.

    Lanes and profiles are known already, so a node takes one look-up; a record is worked
    out for each pair of the two.

    Parameters
    ----------
    lane_cls : int32[N]
        Class of each node by its lanes alone, -1 where it has none.
    lane_records : int64[C + 1, 4 + 2 S]
        What such a class costs; transit is the place of its days among those in use.
    profiles : int32[N]
        Row of each node in ``ways``.
    ways : int32[P, S]
        By profile and service, a row of ``minutes``; -1 where not offered.
    minutes : int32[W, L]
        Arrival by way and transit time; -1: never.
    cls : int32[N] -- written: class of each node, -1 where nothing ever leaves.
    records : int64[C + 1, 4 + 2 S] -- written, one row a class; the last row is scratch.
    pairs : int32[at least (C + 1) P] -- scratch; left all zero.
    slots : int32[H] -- scratch, H a power of two above 2 C; left all zero.

    Returns
    -------
    int
        Number of classes, or -1 when ``records`` has too few rows.
    """
    room = records.shape[0] - 1
    scratch = records[room]
    found, n_profiles = 0, ways.shape[0]
    full = False
    for node in range(cls.size):
        cls[node] = -1
        if full or lane_cls[node] < 0:
            continue
        pair = lane_cls[node] * n_profiles + profiles[node]
        if pairs[pair] == 0:
            pairs[pair] = -1
            lane = lane_records[lane_cls[node]]
            if fill_dated(scratch, lane, ways[profiles[node]], minutes):
                at = find_class(records, scratch, slots)
                if slots[at] == 0:
                    if found == room:
                        full = True
                        continue
                    for j in range(scratch.size):
                        records[found, j] = scratch[j]
                    found += 1
                    slots[at] = found
                pairs[pair] = slots[at]
        cls[node] = max(0, pairs[pair]) - 1
    for node in range(cls.size):
        if lane_cls[node] >= 0:
            pairs[lane_cls[node] * n_profiles + profiles[node]] = 0
    slots[:] = 0
    return -1 if full else found
