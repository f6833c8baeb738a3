"""Lanes from the few nodes that hold something, to many destinations at once.

One basket goes to thousands of places, and the nodes that hold any of it are the same for
all. Only their lanes are made, and none are kept: what `LaneStore` would do for every node
and keep.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from omniroute.kernels.order.layout import FAR_M, S_RADIUS_M
from omniroute.kernels.order.places import (
    BY_DISTANCE,
    LABEL_BITS,
    P_CHARTS,
    P_CLOCK,
    P_VIEW,
    place_classes,
    reached,
)
from omniroute.model.destination import Destination
from omniroute.model.zones import DistanceBands
from omniroute.promising.board import Epoch
from omniroute.routing.lanes import LaneStore
from omniroute.routing.promises.clocks import Clocks
from omniroute.routing.tables import NetworkTables, unit_vector

I4 = NDArray[np.int32]
I8 = NDArray[np.int64]
Mask = NDArray[np.bool_]

#: Bits of a key that tells lanes apart: those of a word but its sign.
_KEY_BITS = 62


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


def fits(tables: NetworkTables) -> bool:
    """Whether one word tells the lanes of any two nodes apart: some six charts do."""
    bits = len(tables.costs).bit_length() + LABEL_BITS * len(tables.charts)
    return bits + int((tables.services[:, S_RADIUS_M] >= 0).sum()) <= _KEY_BITS


class HolderLanes:
    """The lanes from some nodes to the destinations they were last made for.

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
        As of `LaneStore`, with a slot a place. Other nodes have no lane.
    served : int64[B]
        Services that any holder has a lane by, as bits.
    """

    #: Places whose lanes are made at once.
    AT_ONCE = 32
    #: Classes there is room for at first.
    CLASSES = LaneStore.CLASSES

    def __init__(self, tables: NetworkTables, holders: I8, epoch: Epoch | None) -> None:
        self._tables, self._holders, self._epoch = tables, holders, epoch
        profiles = np.zeros(len(tables.costs), np.int32)
        if epoch is not None:
            profiles = epoch.profiles
            self._clocks = Clocks(tables)
        self._profiles = profiles
        rows = np.column_stack([tables.costs, profiles])[holders]
        self._alike: I8 = np.unique(rows, axis=0, return_inverse=True)[1].reshape(-1)
        self._points = tables.points[holders]
        self._costs = tables.costs[holders]
        self._limits = _limits(tables)
        services = len(tables.services)
        self._ways = np.zeros((0, services), np.int32) if epoch is None else epoch.ways
        self._minutes = np.zeros((1, 0, 0), np.int32)
        if epoch is not None:
            told = [epoch.minutes(name) for name in self._clocks.names]
            self._minutes = np.ascontiguousarray(told)
        self.nodes = np.full((self.AT_ONCE, 2, len(tables.costs)), -1, np.int32)
        self.nodes[:, 1] = FAR_M
        self.sizes, self.served = np.zeros((2, self.AT_ONCE), np.int64)
        keys = 1 << (2 * len(holders) + 1).bit_length()
        self._keys, self._known = np.zeros(keys, np.int64), np.zeros(keys, np.int32)
        self._label = np.zeros((max(1, len(tables.charts)), 1), np.int32)
        self._scratch = np.zeros((2, tables.record_width), np.int64)
        self._make_room(self.CLASSES)

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

    def make(self, places: Sequence[Place]) -> None:
        """Make the lanes to some places. O(places x holders)."""
        tables = self._tables
        self._to = np.array([unit_vector(*(p.located or (None, None))) for p in places])
        self._words, self._labels = self._about(places)
        done, count = 0, len(places)
        while True:
            part, out = slice(done, count), slice(done, self.AT_ONCE)
            done += place_classes(
                self._to[part],
                self._points,
                self._holders,
                self._alike,
                self._costs,
                self._profiles[self._holders],
                tables.services,
                tables.zone_rows,
                tables.zone_transit,
                self._words[part],
                self._labels,
                self._limits,
                self._ways,
                self._minutes,
                self._label,
                self._scratch,
                self._keys,
                self._known,
                self._slots,
                self.nodes[out],
                self.records[out],
                self.sizes[out],
                self.served[out],
            )
            if done == count:
                return
            # One class a node is the most there can be.
            self._make_room(min(2 * self.records.shape[1], len(self._holders)))

    def reached(self, asked: I8, opened: Mask, max_m: int) -> Mask:
        """bool[n]: whether any node has a lane to a place by a service.

        Parameters
        ----------
        asked
            int64[n, 2]: place among those last made, service.
        opened, max_m
            bool[N]: nodes that may serve; how far away they may be, -1 for no limit.
        """
        tables = self._tables
        found = np.zeros(len(asked), np.int64)
        reached(
            self._to,
            tables.points,
            opened.astype(np.int64),
            max_m,
            tables.costs,
            self._profiles,
            tables.services,
            tables.zone_rows,
            tables.zone_transit,
            self._words,
            self._labels,
            self._limits,
            self._ways,
            self._minutes,
            asked,
            found,
        )
        return np.asarray(found == 1)

    def _make_room(self, classes: int) -> None:
        made = np.zeros((self.AT_ONCE, classes, self._tables.record_width), np.int64)
        if hasattr(self, "records"):
            made[:, : self.records.shape[1]] = self.records
        self.records: I8 = made
        self._slots = np.zeros(1 << (2 * classes + 2).bit_length(), np.int32)

    def _about(self, places: Sequence[Place]) -> tuple[I8, I4]:
        """Return the words of places, and the labels by charts that these point to."""
        charts = self._tables.charts
        words = np.zeros((len(places), P_CHARTS + len(charts)), np.int64)
        words[:, P_VIEW] = [place.view for place in places]
        if self._epoch is not None:
            words[:, P_CLOCK] = self._clocks.at(self._to)
        # The first row is of who has no zone.
        rows = [np.zeros((1, len(self._tables.costs)), np.int32)]
        count = 1
        for z, chart in enumerate(charts):
            if isinstance(chart, DistanceBands):
                words[:, P_CHARTS + z] = BY_DISTANCE
                continue
            columns = np.array([place.columns[z] for place in places])
            known = np.unique(columns[columns >= 0])
            row = count + np.searchsorted(known, columns)
            words[:, P_CHARTS + z] = np.where(columns >= 0, row, 0)
            rows.append(self._zones(z, known))
            count += len(known)
        return words, np.concatenate(rows)

    def _zones(self, z: int, columns: I8) -> I4:
        """int32[n, N]: labels from all nodes by columns of a chart of postcodes."""
        chart, origins = self._tables.charts[z], self._tables.origins[z]
        assert not isinstance(chart, DistanceBands)
        found = np.zeros((len(columns), len(self._tables.costs)), np.int32)
        if origins is not None:
            known = origins >= 0
            found[:, known] = chart.zones[:, columns][origins[known]].T
        return found


def _limits(tables: NetworkTables) -> I4:
    """int32[Z, L]: how many bands each chart has, and their limits in metres."""
    limits = [
        list(chart.limits_m) if isinstance(chart, DistanceBands) else []
        for chart in tables.charts
    ]
    found = np.zeros((len(limits), 1 + max(map(len, limits), default=0)), np.int32)
    for z, each in enumerate(limits):
        found[z, : 1 + len(each)] = [len(each), *each]
    return found
