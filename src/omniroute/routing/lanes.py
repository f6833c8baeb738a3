"""The lanes of destinations: computed once, then looked up by slot."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from omniroute.kernels.order.lanes import build_classes, distances
from omniroute.kernels.order.layout import C_ROWS, FAR_M
from omniroute.model.destination import Destination
from omniroute.model.zones import DistanceBands, PostcodeZones
from omniroute.routing.lateness import days_left
from omniroute.routing.tables import NetworkTables, unit_vector

#: Whose lanes they are: a destination's, or those to it at a level of punctuality.
Lanes: TypeAlias = Destination | tuple[Destination, int]


def _key(destination: Destination, level: int) -> Lanes:
    return (destination, level) if level else destination


class LaneStore:
    """Zone, distance and cost class of every node, for the destinations in use.

    A destination takes about 8 bytes a node. When the store is full the destination
    that came first makes room.

    Parameters
    ----------
    tables
        The network.
    budget_bytes
        Memory for lanes; at least 16 destinations are kept whatever it says.

    Attributes
    ----------
    nodes : int32[D, 2, N]
        By slot: class of each node (-1: no lane), distance in metres.
    records : int64[D, C + 1, 4 + 2 V]
        By slot: what each class costs; the last row is scratch.
    sizes : int64[D]
        Classes of each slot.
    """

    #: Rows a slot has in ``nodes``.
    ROWS = 2
    #: Classes there is room for at first.
    CLASSES = 63

    def __init__(self, tables: NetworkTables, budget_bytes: int = 64 << 20) -> None:
        self._tables = tables
        self._budget_bytes = budget_bytes
        self._slot_of: dict[Lanes, int] = {}
        self._free: list[int] = []
        self.nodes = np.empty((0, self.ROWS, len(tables.costs)), np.int32)
        self.records = np.empty((0, 0, tables.record_width), np.int64)
        self.sizes = np.zeros(0, np.int64)
        self._allocate(8, self.CLASSES)

    @property
    def capacity(self) -> int:
        """Destinations that are kept at the most."""
        per_slot = self.nodes[0].nbytes + self.records[0].nbytes
        return int(max(16, self._budget_bytes // per_slot))

    def find(self, destination: Destination, level: int = 0) -> int | None:
        """Return the slot of a destination if its lanes are known. O(1).

        ``level`` is of `NetworkTables.level`: transit as it is promised there.
        """
        return self._slot_of.get(_key(destination, level))

    def slot(self, destination: Destination, level: int = 0) -> int:
        """Return the slot of a destination, computing its lanes if they are new.

        O(1) for a known one, O(nodes x services) for a new one.
        """
        found = self.find(destination, level)
        return self._add(destination, level, ()) if found is None else found

    def price_rows(self, slot: int) -> NDArray[np.int64]:
        """int64[N, V]: row of the prices by node and service; -1 without a lane."""
        return self._price_rows(self.nodes[slot, 0], self.records[slot])

    def _price_rows(
        self, cls: NDArray[np.int32], records: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        rows = records[cls, C_ROWS : C_ROWS + len(self._tables.services)]
        rows[cls < 0] = -1
        return rows

    def days_until(self, slot: int, transit: int) -> int:  # noqa: ARG002 - see DatedLanes
        """Return days until an arrival, as transit is counted at a destination."""
        return transit

    def time_of(
        self,
        slot: int,  # noqa: ARG002 - see DatedLanes
        needed_by: date,
        now_s: int,
    ) -> int:
        """Return the last time that is in time, as transit is counted; also below 0."""
        return days_left(needed_by, now_s)

    def days_late(
        self,
        slot: int,  # noqa: ARG002 - see DatedLanes
        time: int,
        arrivals: NDArray[np.int64],
    ) -> NDArray[np.int64]:
        """Return by how many days each arrival is later than a time."""
        return np.maximum(arrivals - time, 0)

    def slots(self, destinations: Iterable[Destination], level: int = 0) -> None:
        """Make all these known at once; no more than `capacity` of them."""
        wanted = {_key(each, level): each for each in destinations}
        for key, destination in wanted.items():
            if key not in self._slot_of:
                self._add(destination, level, wanted)

    def _add(self, destination: Destination, level: int, keep: Iterable[Lanes]) -> int:
        if not self._free:
            self._make_room(keep)
        slot = self._free.pop()
        self._build(slot, destination, level)
        self._slot_of[_key(destination, level)] = slot
        return slot

    def _make_room(self, keep: Iterable[Lanes]) -> None:
        used = len(self.nodes)
        if used < self.capacity:
            self._allocate(min(2 * used, self.capacity), self.records.shape[1] - 1)
            return
        kept = set(keep)
        oldest = next((known for known in self._slot_of if known not in kept), None)
        if oldest is None:
            # All are in use at once: records have grown since they were counted.
            self._allocate(2 * used, self.records.shape[1] - 1)
            return
        self._free.append(self._slot_of.pop(oldest))

    def _allocate(self, slots: int, classes: int) -> None:
        """Enlarge the arrays, keeping what is in them."""
        tables = self._tables
        nodes = np.empty((slots, self.ROWS, len(tables.costs)), np.int32)
        records = np.empty((slots, classes + 1, tables.record_width), np.int64)
        sizes = np.zeros(slots, np.int64)
        used = len(self.nodes)
        nodes[:used], sizes[:used] = self.nodes, self.sizes
        records[:used, : self.records.shape[1]] = self.records
        self.nodes, self.records, self.sizes = nodes, records, sizes
        self._free += range(slots - 1, used - 1, -1)
        self._hash = np.zeros(1 << (2 * classes + 2).bit_length(), np.int32)

    def _build(self, slot: int, destination: Destination, level: int) -> None:
        tables = self._tables
        located = tables.network.locate(destination) or (None, None)
        distances(unit_vector(*located), tables.points, self.nodes[slot, 1])
        labels = self._labels(slot, destination)
        view = tables.view(destination, level)
        while True:
            found = build_classes(
                labels,
                self.nodes[slot, 1],
                tables.costs,
                tables.services,
                tables.zone_rows[view],
                tables.zone_transit[view],
                self.nodes[slot, 0],
                self.records[slot],
                self._hash,
            )
            if found >= 0:
                break
            # More kinds of node than there is room for; one class a node is the most.
            most = min(2 * self.records.shape[1] - 1, len(tables.costs))
            self._allocate(len(self.nodes), most)
        self.sizes[slot] = found

    def _labels(self, slot: int, destination: Destination) -> NDArray[np.int32]:
        """int32[Z, N]: zone label from each node by each chart."""
        tables = self._tables
        labels = np.zeros((max(1, len(tables.charts)), len(tables.costs)), np.int32)
        postcode = tables.network.home_postcode(destination)
        for z, chart in enumerate(tables.charts):
            if isinstance(chart, DistanceBands):
                labels[z] = _bands(chart, self.nodes[slot, 1])
            else:
                labels[z] = _zones(chart, tables.origins[z], postcode)
        return labels


def _bands(chart: DistanceBands, dist_m: NDArray[np.int32]) -> NDArray[np.int64]:
    limits = chart.limits_m
    band = np.searchsorted(limits, dist_m, side="left") + 1
    band[(dist_m >= FAR_M) | (band > len(limits))] = 0
    return band


def _zones(
    chart: PostcodeZones, origins: NDArray[np.int64] | None, postcode: str | None
) -> NDArray[np.int8] | int:
    column = chart.destination_column(postcode)
    if column < 0 or origins is None:
        return 0
    return np.where(origins >= 0, chart.zones[origins, column], np.int8(0))
