"""Lanes from a few nodes to many destinations: each made anew, and none kept.

What `lanes` and `dated` do for one destination and all nodes. Of nodes that hold a basket
most cost the same, leave at the same times and lie in the same zones: whatever tells a
node's lanes from others is put into one number, its *key*, and a record is worked out for
each key that is new. The classes are those of `lanes` and `dated`, in the same order.
"""

from __future__ import annotations

import math

from omniroute._jit import kernel
from omniroute.kernels.arrays import F8, I4, I8
from omniroute.kernels.order.dated import fill_dated
from omniroute.kernels.order.lanes import (
    EARTH_RADIUS_M,
    fill_record,
    find_class,
    metres_between,
)
from omniroute.kernels.order.layout import C_SERVICES, FAR_M, S_RADIUS_M, S_ZONES

#: Words of a destination: its view, and the clock its days end by; then for each chart
#: the row of ``labels``, or `BY_DISTANCE`.
P_VIEW = 0
P_CLOCK = 1
P_CHARTS = 2
BY_DISTANCE = -1
#: Bits of a zone label in a key.
LABEL_BITS = 7
#: Squares of chords that differ by no more may be equally near in whole metres: 10 m
#: apart are less, wherever they are.
NEAR = 4e-6

_NO_LANE, _NO_ROOM = -1, -2


@kernel()
def _band(limits: I4, far_m: int) -> int:
    """Zone label of a distance by a chart of bands; 0 beyond the last one.

    ``limits`` begins with how many there are.
    """
    count = limits[0]
    if far_m >= FAR_M:
        return 0
    for band in range(1, count + 1):
        if far_m <= limits[band]:
            return band
    return 0


@kernel()
def _label(place: I8, z: int, labels: I4, limits: I4, node: int, far_m: int) -> int:
    """Zone label from a node to a place by a chart."""
    row = place[P_CHARTS + z]
    return _band(limits[z], far_m) if row == BY_DISTANCE else labels[row, node]


@kernel()
def _chord2(to: F8, place: F8) -> float:
    """Square of the chord between two unit vectors."""
    dx, dy, dz = to[0] - place[0], to[1] - place[1], to[2] - place[2]
    return dx * dx + dy * dy + dz * dz


@kernel()
def _slot_of(key: int, keys: I8, known: I4) -> int:
    """Place of a key in the hash table, or the free place for it."""
    mask = known.size - 1
    # Kept below 2**31 before it is multiplied: no product leaves int64.
    at = (((key ^ (key >> 31)) & 0x7FFFFFFF) * 1_000_003) & 0x7FFFFFFF
    at = (at ^ (at >> 15)) & mask
    while known[at] != 0 and keys[at] != key:
        at = (at + 1) & mask
    return at


@kernel()
def _class_of(
    costs: I8,
    services: I8,
    label: I4,
    zone_rows: I4,
    zone_transit: I4,
    far_m: int,
    ways: I4,
    minutes: I4,
    scratch: I8,
    records: I8,
    found: int,
    slots: I4,
) -> int:
    """Class of a node whose lanes are new; `_NO_LANE`, `_NO_ROOM`, or ``found`` if new."""
    record = scratch[0]
    if not fill_record(
        record, costs, services, label, zone_rows, zone_transit, 0, far_m
    ):
        return _NO_LANE
    if ways.size > 0:
        record = scratch[1]
        if not fill_dated(record, scratch[0], ways, minutes):
            return _NO_LANE
    at = find_class(records, record, slots)
    if slots[at] != 0:
        return slots[at] - 1
    if found == records.shape[0]:
        return _NO_ROOM
    for j in range(record.size):
        records[found, j] = record[j]
    slots[at] = found + 1
    return found


@kernel(
    "f8[,] f8[,] i8[] i8[] i8[,] i4[] i8[,] i4[,,] i4[,,] i8[,] i4[,] i4[,] "
    "i4[,] i4[,,] i4[,] i8[,] i8[] i4[] i4[] i4[,,] i8[,,] i8[] i8[]"
)
def place_classes(
    to: F8,
    points: F8,
    holders: I8,
    alike: I8,
    costs: I8,
    profiles: I4,
    services: I8,
    zone_rows: I4,
    zone_transit: I4,
    places: I8,
    labels: I4,
    limits: I4,
    ways: I4,
    minutes: I4,
    label: I4,
    scratch: I8,
    keys: I8,
    known: I4,
    slots: I4,
    nodes: I4,
    records: I8,
    sizes: I8,
    served: I8,
) -> int:
    """Sort the holders into classes for each of many places; see `lanes.build_classes`.

    Parameters
    ----------
    to : float64[B, 4]
        Where the places are, as unit vectors.
    points : float64[K, 4]
        Where the holders are.
    holders : int64[K]
        Their numbers.
    alike : int64[K]
        The same number for holders that cost the same and leave at the same times.
    costs : int64[K, 4]
    profiles : int32[K]
        Row of each holder in ``ways``.
    services : int64[S, S_WIDTH]
    zone_rows, zone_transit : int32[Q, S, 128]
        By view, service and zone label: price row, and transit days or their place.
    places : int64[B, P_CHARTS + Z]
        Words of the places, see P_*.
    labels : int32[M, N]
        Zone label from each node, by row.
    limits : int32[Z, L]
        By chart how many bands it has, and their limits in metres.
    ways : int32[P, S]
        As of `dated.date_classes`; no rows in a network without calendars.
    minutes : int32[T, W, L]
        By clock, way and transit: the arrival.
    label : int32[Z, 1] -- scratch.
    scratch : int64[2, 4 + 2 S] -- scratch.
    keys : int64[H] -- scratch, H a power of two above 2 K.
    known : int32[H] -- scratch; left all zero.
    slots : int32[J] -- scratch, J a power of two above 2 C; left all zero.
    nodes : int32[B, 2, N] -- written for the holders: class, and metres.
    records : int64[B, C, 4 + 2 S] -- written, one row a class.
    sizes : int64[B] -- written: number of classes.
    served : int64[B] -- written: services that any class has a lane by, as bits.

    Returns
    -------
    int
        Places that are done: less than B where one has more than C classes.
    """
    dated = ways.shape[0] > 0
    for b in range(to.shape[0]):
        place, view = places[b], places[b, P_VIEW]
        sizes[b], served[b], full = 0, 0, False
        for k in range(holders.size):
            node, far_m, key = holders[k], metres_between(to[b], points[k]), alike[k]
            for z in range(limits.shape[0]):
                label[z, 0] = _label(place, z, labels, limits, node, far_m)
                key = (key << LABEL_BITS) | label[z, 0]
            for s in range(services.shape[0]):
                if services[s, S_RADIUS_M] >= 0:
                    key = (key << 1) | int(far_m <= services[s, S_RADIUS_M])
            at = _slot_of(key, keys, known)
            if known[at] == 0:
                way = profiles[k] if dated else 0
                found = _class_of(
                    costs[k : k + 1],
                    services,
                    label,
                    zone_rows[view],
                    zone_transit[view],
                    far_m,
                    ways[way : way + 1].reshape(-1),
                    minutes[place[P_CLOCK]],
                    scratch,
                    records[b],
                    sizes[b],
                    slots,
                )
                if found == _NO_ROOM:
                    full = True
                    break
                if found == sizes[b]:
                    sizes[b] += 1
                    served[b] |= records[b, found, C_SERVICES]
                # Two more, so that nothing is 0, and no lane is 1.
                keys[at], known[at] = key, found + 2
            nodes[b, 0, node], nodes[b, 1, node] = known[at] - 2, far_m
        known[:] = 0
        slots[:] = 0
        if full:
            return b
    return to.shape[0]


@kernel("f8[,] f8[,] i8[] f8[] i8[]")
def nearest_clocks(to: F8, points: F8, clocks: I8, least: F8, out: I8) -> None:
    """Find the clock of the node nearest to each place; -1: metres have to tell.

    Parameters
    ----------
    to : float64[B, 4]
    points : float64[K, 4]
        Where the nodes are that tell a clock: known, as the places have to be.
    clocks : int64[K]
        Number of the clock of each.
    least : float64[T] -- scratch, a number a clock.
    out : int64[B] -- written.
    """
    for b in range(to.shape[0]):
        least[:] = 8.0
        for k in range(points.shape[0]):
            least[clocks[k]] = min(least[clocks[k]], _chord2(to[b], points[k]))
        best = 0
        for t in range(1, least.size):
            if least[t] < least[best]:
                best = t
        out[b] = best
        for t in range(least.size):
            if t != best and least[t] <= least[best] + NEAR:
                out[b] = -1


@kernel()
def _widest(radius_m: int) -> float:
    """Square of a chord that is surely not within a radius; above all for no limit."""
    if radius_m < 0:
        return 8.0
    half = min(radius_m / (2.0 * EARTH_RADIUS_M), 0.5 * math.pi)
    return 4.0 * math.sin(half) ** 2 + NEAR


@kernel(
    "f8[,] f8[,] i8[] i8 i8[,] i4[] i8[,] i4[,,] i4[,,] i8[,] i4[,] i4[,] "
    "i4[,] i4[,,] i8[,] i8[]"
)
def reached(
    to: F8,
    points: F8,
    opened: I8,
    max_m: int,
    costs: I8,
    profiles: I4,
    services: I8,
    zone_rows: I4,
    zone_transit: I4,
    places: I8,
    labels: I4,
    limits: I4,
    ways: I4,
    minutes: I4,
    asked: I8,
    out: I8,
) -> None:
    """Tell whether any node has a lane to a place by a service, whatever it holds.

    Parameters
    ----------
    to, places, labels, limits, ways, minutes, services, zone_rows, zone_transit
        As of `place_classes`.
    points, costs, profiles
        As of `place_classes`, of all nodes.
    opened : int64[N]
        1 for nodes that may serve, 0 for those that are left out.
    max_m
        Farthest that a node may be; -1 for no limit.
    asked : int64[n, 2]
        Number of a place, and of a service.
    out : int64[n] -- written: 1 where a node has one.
    """
    for i in range(asked.shape[0]):
        b, s = asked[i, 0], asked[i, 1]
        place, radius_m = places[b], services[s, S_RADIUS_M]
        view, z, widest = place[P_VIEW], services[s, S_ZONES], _widest(radius_m)
        out[i] = 0
        for node in range(points.shape[0]):
            if opened[node] == 0 or (costs[node, C_SERVICES] >> s) & 1 == 0:
                continue
            if _chord2(to[b], points[node]) > widest:
                continue
            far_m = metres_between(to[b], points[node])
            if (radius_m >= 0 and far_m > radius_m) or (max_m >= 0 and far_m > max_m):
                continue
            label = 1
            if z >= 0:
                label = _label(place, z, labels, limits, node, far_m)
            if zone_rows[view, s, label] < 0:
                continue
            if ways.shape[0] > 0:
                way, trip = ways[profiles[node], s], zone_transit[view, s, label]
                if minutes[place[P_CLOCK], way, trip] < 0:
                    continue
            out[i] = 1
            break
