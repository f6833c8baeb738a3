"""Lanes from the few nodes that hold something: made for one destination after another.

One basket goes to thousands of places, and the nodes that hold any of it are the same for
all. Only their lanes are made, and none are kept: what `LaneStore` would do for every node
and keep.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from omniroute.kernels.order.dated import date_classes
from omniroute.kernels.order.lanes import EARTH_RADIUS_M, build_classes, distances
from omniroute.kernels.order.layout import C_SERVICES, FAR_M, S_RADIUS_M
from omniroute.model.destination import Destination
from omniroute.model.zones import DistanceBands
from omniroute.promising.board import Epoch, home_zones
from omniroute.routing.lanes import LaneStore
from omniroute.routing.tables import NetworkTables, unit_vector

I4 = NDArray[np.int32]
I8 = NDArray[np.int64]

#: Nodes whose cosines differ by no more may be equally near in whole metres: 10 m apart
#: are less, wherever they are.
_NEAR = 2e-6


class Place(NamedTuple):
    """All that lanes to a destination depend on: destinations with one are one.

    Parameters
    ----------
    located
        Degrees; None where nobody knows.
    columns
        By chart, its column; 0 for distances.
    view
        See `NetworkTables.view`.
    """

    located: tuple[float, float] | None
    columns: tuple[int, ...]
    view: int


class HolderLanes:
    """The lanes from some nodes to the destination they were last made for.

    Parameters
    ----------
    tables
        The network.
    holders
        The nodes, in increasing order.
    epoch
        What arrivals are told by; None in a network without calendars.

    Attributes
    ----------
    nodes, records, sizes
        As of `LaneStore`, with one slot. Other nodes have no lane.
    """

    def __init__(self, tables: NetworkTables, holders: I8, epoch: Epoch | None) -> None:
        self._tables, self._holders, self._epoch = tables, holders, epoch
        count, charts = len(holders), max(1, len(tables.charts))
        self._points = tables.points[holders]
        self._costs = tables.costs[holders]
        self._origins = [
            None if rows is None else rows[holders] for rows in tables.origins
        ]
        self._limits = [
            np.array(
                chart.limits_m if isinstance(chart, DistanceBands) else [], np.int32
            )
            for chart in tables.charts
        ]
        self._labels = np.zeros((charts, count), np.int32)
        self._by_column: dict[tuple[int, int], I4] = {}
        self._metres, self._lane_class, self._class = np.empty((3, count), np.int32)
        self.nodes = np.full((1, 2, len(tables.costs)), -1, np.int32)
        self.nodes[:, 1] = FAR_M
        self.sizes = np.zeros(1, np.int64)
        self._make_room(LaneStore.CLASSES)
        if epoch is not None:
            self._profiles = epoch.profiles[holders]
            self._clocks = _Clocks(tables)

    def place(self, destination: Destination, level: int) -> Place:
        """Return what tells a destination from others, at a level of punctuality."""
        tables = self._tables
        postcode = tables.network.home_postcode(destination)
        columns = [
            0
            if isinstance(chart, DistanceBands)
            else chart.destination_column(postcode)
            for chart in tables.charts
        ]
        located = tables.network.locate(destination)
        return Place(located, tuple(columns), tables.view(destination, level))

    def make(self, place: Place) -> None:
        """Make the lanes to a place. O(holders x services)."""
        to = unit_vector(*(place.located or (None, None)))
        distances(to, self._points, self._metres)
        self._label(place.columns)
        while not self._sort(place.view, to):
            # One class a node is the most there can be.
            most = min(2 * len(self.records[0]), len(self._holders) + 1)
            self._make_room(max(most, len(self.records[0])))
        self.nodes[0, 0, self._holders] = self._class
        self.nodes[0, 1, self._holders] = self._metres

    def reaches(self, s: int, place: Place) -> bool:
        """Whether a node that offers a service may be within its radius of a place.

        False only where surely none is. O(nodes), without a metre worked out.
        """
        radius_m = int(self._tables.services[s, S_RADIUS_M])
        if radius_m < 0:
            return True
        to = unit_vector(*(place.located or (None, None)))
        offers = (self._costs[:, C_SERVICES] >> s & 1) == 1
        if not to[3] or not offers.any():
            return False
        nearest = float((self._points[offers, :3] @ to[:3]).max())
        return nearest >= math.cos(min(radius_m / EARTH_RADIUS_M, math.pi)) - _NEAR

    def _make_room(self, classes: int) -> None:
        width = self._tables.record_width
        self.records: I8 = np.empty((1, classes + 1, width), np.int64)
        self._lane_records: I8 = np.empty((classes + 1, width), np.int64)
        self._hash = np.zeros(1 << (2 * classes + 2).bit_length(), np.int32)
        if self._epoch is not None:
            pairs = (classes + 1) * len(self._epoch.ways)
            self._pairs = np.zeros(pairs, np.int32)

    def _sort(self, view: int, to: NDArray[np.float64]) -> bool:
        """Sort the holders into classes; False where there are more than room for."""
        tables, epoch = self._tables, self._epoch
        found = build_classes(
            self._labels,
            self._metres,
            self._costs,
            tables.services,
            tables.zone_rows[view],
            tables.zone_transit[view],
            self._class if epoch is None else self._lane_class,
            self.records[0] if epoch is None else self._lane_records,
            self._hash,
        )
        if found >= 0 and epoch is not None:
            found = date_classes(
                self._lane_class,
                self._lane_records,
                self._profiles,
                epoch.ways,
                epoch.minutes(self._clocks.at(to)),
                self._class,
                self.records[0],
                self._pairs,
                self._hash,
            )
        self.sizes[0] = found
        return bool(found >= 0)

    def _label(self, columns: tuple[int, ...]) -> None:
        """Write the zone label from each holder by each chart."""
        for z, chart in enumerate(self._tables.charts):
            if isinstance(chart, DistanceBands):
                limits = self._limits[z]
                band = np.searchsorted(limits, self._metres, side="left") + 1
                band[(self._metres >= FAR_M) | (band > len(limits))] = 0
                self._labels[z] = band
            else:
                self._labels[z] = self._zones(z, columns[z])

    def _zones(self, z: int, column: int) -> I4:
        """int32[holders]: labels by a chart of postcodes; 0 where it has none."""
        found = self._by_column.get((z, column))
        if found is None:
            found = np.zeros(len(self._holders), np.int32)
            chart, origins = self._tables.charts[z], self._origins[z]
            if column >= 0 and origins is not None:
                assert not isinstance(chart, DistanceBands)
                known = origins >= 0
                found[known] = chart.zones[origins[known], column]
            self._by_column[z, column] = found
        return found


class _Clocks:
    """By whose clock days end: that of the nearest node of all that tells its own."""

    def __init__(self, tables: NetworkTables) -> None:
        zones = home_zones(tables.network)
        known = [k for k, zone in enumerate(zones) if zone is not None]
        self._zones = [zones[k] or "UTC" for k in known]
        numbers = {name: i for i, name in enumerate(dict.fromkeys(self._zones))}
        self._numbers = np.array([numbers[name] for name in self._zones], np.int64)
        self._points = tables.points[known]
        self._only = self._zones[0] if len(numbers) == 1 else None

    def at(self, to: NDArray[np.float64]) -> str:
        """Return the time zone at a unit vector.

        Metres are worked out only near a border: elsewhere cosines say enough.
        """
        if self._only is not None or not self._zones:
            return self._only or "UTC"
        if to[3] and self._points[:, 3].all():
            cosines = self._points[:, :3] @ to[:3]
            near = self._numbers[cosines >= cosines.max() - _NEAR]
            if (near == near[0]).all():
                return self._zones[int(cosines.argmax())]
        metres = np.empty(len(self._zones), np.int32)
        distances(to, self._points, metres)
        return self._zones[int(metres.argmin())]
