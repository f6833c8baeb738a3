"""Distances and cost classes from the definitions: one node at a time, with dicts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

EARTH_RADIUS_M = 6_371_008.8


def great_circle_m(here: tuple[float, float], there: tuple[float, float]) -> float:
    """Return metres between two (latitude, longitude) on a sphere, for any two points.

    Examples
    --------
    >>> round(great_circle_m((0, 0), (0, 90)) / 1000)
    10008
    """
    lat, lon, lat2, lon2 = map(math.radians, (*here, *there))
    east = math.cos(lat2) * math.sin(lon2 - lon)
    north = math.cos(lat) * math.sin(lat2)
    north -= math.sin(lat) * math.cos(lat2) * math.cos(lon2 - lon)
    along = math.sin(lat) * math.sin(lat2)
    along += math.cos(lat) * math.cos(lat2) * math.cos(lon2 - lon)
    return EARTH_RADIUS_M * math.atan2(math.hypot(east, north), along)


@dataclass(frozen=True)
class Offer:
    """A service as a lane sees it: `rows` and `days` by zone label, -1 for no row.

    `labels` are the zone labels from each node, None where every lane is zone 1.
    """

    rows: Sequence[int]
    days: Sequence[int]
    radius_m: int = -1
    labels: Sequence[int] | None = None


#: What a node costs to a destination: handling, then (row, days) by service or None.
Record = tuple[tuple[int, int, int], tuple[tuple[int, int] | None, ...]]


def record_of(
    node: int,
    handling: tuple[int, int, int],
    offered: Sequence[bool],
    distance_m: int,
    offers: Sequence[Offer],
) -> Record | None:
    """Return what decides the cost of a node, None if nothing goes from there."""
    lanes = []
    for offer, offers_it in zip(offers, offered, strict=True):
        label = 1 if offer.labels is None else offer.labels[node]
        too_far = 0 <= offer.radius_m < distance_m
        if offers_it and not too_far and offer.rows[label] >= 0:
            lanes.append((offer.rows[label], offer.days[label]))
        else:
            lanes.append(None)
    return (handling, tuple(lanes)) if any(lanes) else None
