"""From one destination to every node: distance, zone, and classes of equal cost."""

from __future__ import annotations

import math

from omniroute._jit import kernel
from omniroute.kernels.arrays import F8, I4, I8
from omniroute.kernels.order.layout import (
    C_ROWS,
    C_SERVICES,
    FAR_M,
    S_RADIUS_M,
    S_ZONES,
)

#: Mean Earth radius in metres (IUGG).
EARTH_RADIUS_M = 6_371_008.8


@kernel()
def metres_between(to: F8, place: F8) -> int:
    """Return whole great-circle metres between two unit vectors; `FAR_M` where unknown.

    The chord form 2 R asin(|u - v| / 2) keeps its precision for near points, unlike the
    arc cosine of the dot product.
    """
    if to[3] == 0.0 or place[3] == 0.0:
        return FAR_M
    dx = to[0] - place[0]
    dy = to[1] - place[1]
    dz = to[2] - place[2]
    half_chord = min(1.0, 0.5 * math.sqrt(dx * dx + dy * dy + dz * dz))
    return int(round(2.0 * EARTH_RADIUS_M * math.asin(half_chord)))


@kernel("f8[] f8[,] i4[]")
def distances(to: F8, places: F8, out_m: I4) -> None:
    """Great-circle metres from ``to`` to each place, rounded to whole metres.

    Points are unit vectors with a fourth number, 1 where the coordinates are known.

    Parameters
    ----------
    to : float64[4]
    places : float64[N, 4]
    out_m : int32[N] (metres) -- written; `FAR_M` where unknown.
    """
    for k in range(places.shape[0]):
        out_m[k] = metres_between(to, places[k])


@kernel()
def _zone_label(services: I8, labels: I4, s: int, node: int) -> int:
    row = services[s, S_ZONES]
    return 1 if row < 0 else labels[row, node]


@kernel()
def fill_record(
    record: I8,
    costs: I8,
    services: I8,
    labels: I4,
    zone_rows: I4,
    zone_transit: I4,
    node: int,
    far_m: int,
) -> bool:
    """Write a node's class record; False where no service has a lane from it."""
    n_services = services.shape[0]
    offered = 0
    for s in range(n_services):
        record[C_ROWS + s] = -1
        record[C_ROWS + n_services + s] = 0
        if (costs[node, C_SERVICES] >> s) & 1 == 0:
            continue
        radius_m = services[s, S_RADIUS_M]
        if radius_m >= 0 and far_m > radius_m:
            continue
        label = _zone_label(services, labels, s, node)
        row = zone_rows[s, label]
        if row < 0:
            continue
        record[C_ROWS + s] = row
        record[C_ROWS + n_services + s] = zone_transit[s, label]
        offered |= 1 << s
    for j in range(C_SERVICES):
        record[j] = costs[node, j]
    record[C_SERVICES] = offered
    return offered != 0


@kernel()
def _same(a: I8, b: I8) -> bool:
    for j in range(a.size):
        if a[j] != b[j]:
            return False
    return True


@kernel()
def _hash(record: I8) -> int:
    h = 0  # kept below 2**31 so that no product leaves int64, with or without the JIT
    for j in range(record.size):
        h = ((h ^ (record[j] & 0x7FFFFFFF)) * 1_000_003) & 0x7FFFFFFF
        h ^= h >> 15
    return h


@kernel()
def find_class(records: I8, record: I8, slots: I4) -> int:
    """Place of a record in the hash table of classes, or the free place for it."""
    at = _hash(record) & (slots.size - 1)
    while slots[at] != 0 and not _same(records[slots[at] - 1], record):
        at = (at + 1) & (slots.size - 1)
    return at


@kernel("i4[,] i4[] i8[,] i8[,] i4[,] i4[,] i4[] i8[,] i4[]")
def build_classes(
    labels: I4,
    dist_m: I4,
    costs: I8,
    services: I8,
    zone_rows: I4,
    zone_transit: I4,
    cls: I4,
    records: I8,
    slots: I4,
) -> int:
    """Sort nodes into classes that cost the same to this destination.

    Two nodes of one class differ only in id, distance and stock: the search compares
    classes, not nodes, which is what keeps thousands of stores cheap.

    Parameters
    ----------
    labels : int32[Z, N]
        Zone label from each node by each zone table; 0 is not served.
    dist_m : int32[N] (metres)
    costs : int64[N, 4]
        Handling money per shipment, line, unit; bits of the services offered.
    services : int64[S, S_WIDTH]
    zone_rows, zone_transit : int32[S, 128]
        Price row (-1: none) and transit days by zone label.
    cls : int32[N] -- written: class of each node, -1 where it has no lane.
    records : int64[C + 1, 4 + 2 S] -- written, one row a class; the last row is scratch.
    slots : int32[H] -- scratch, H a power of two above 2 C; left all zero.

    Returns
    -------
    int
        Number of classes, or -1 when ``records`` has too few rows.
    """
    room = records.shape[0] - 1
    scratch = records[room]
    found = 0
    full = False
    for node in range(cls.size):
        cls[node] = -1
        if full or not fill_record(
            scratch,
            costs,
            services,
            labels,
            zone_rows,
            zone_transit,
            node,
            dist_m[node],
        ):
            continue
        at = find_class(records, scratch, slots)
        if slots[at] == 0:
            if found == room:
                full = True
                continue
            for j in range(scratch.size):
                records[found, j] = scratch[j]
            found += 1
            slots[at] = found
        cls[node] = slots[at] - 1
    slots[:] = 0
    return -1 if full else found
