"""The way back: from one place to every node."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from omniroute.kernels.order.lanes import distances
from omniroute.kernels.order.layout import S_ZONES
from omniroute.model.destination import Destination
from omniroute.model.zones import DistanceBands, PostcodeZones
from omniroute.routing.cheapest import Cheapest
from omniroute.routing.tables import NetworkTables, unit_vector

I8 = NDArray[np.int64]


class Ways(NamedTuple):
    """Lanes from one place to every node.

    Parameters
    ----------
    rows, days
        int64[V, N]: price row (-1: no lane) and days on the way, by service.
    distance_m
        int64[N]; `kernels.order.layout.FAR_M` where a place is not known.
    """

    rows: I8
    days: I8
    distance_m: I8


class Legs:
    """Lanes and rates to nodes, where routing has those from nodes.

    A zone chart is read the same way round as for an order: its origins are where the
    goods leave. A node sends by the services it offers, a customer by any.

    Parameters
    ----------
    tables
        The network.
    budget_bytes
        Memory for lanes that are kept.
    """

    def __init__(self, tables: NetworkTables, budget_bytes: int = 32 << 20) -> None:
        self._tables, self._budget_bytes = tables, budget_bytes
        #: By chart: column of each node as a destination, or limits of the bands.
        self._charts = [self._read(chart) for chart in tables.charts]
        self._known: dict[int | Destination, Ways] = {}

    def ways(self, origin: int | Destination) -> Ways:
        """Return the lanes from a node or an address.

        O(1) where they are known, else O(nodes x services). When there are too many,
        those that came first make room.
        """
        found = self._known.get(origin)
        if found is None:
            found = self._ways(origin)
            size = sum(column.nbytes for column in found)
            if (len(self._known) + 1) * size > self._budget_bytes and self._known:
                self._known.pop(next(iter(self._known)))
            self._known[origin] = found
        return found

    def _ways(self, origin: int | Destination) -> Ways:
        tables, network = self._tables, self._tables.network
        far = np.empty(len(network.nodes), np.int32)
        distances(self._point(origin), tables.points, far)
        distance_m = far.astype(np.int64)
        # No chart (-1) stands last: every lane is zone 1.
        charts = range(len(tables.charts))
        labels = [self._labels(chart, origin, distance_m) for chart in charts]
        labels.append(np.ones(len(far), np.int64))
        count = len(network.services)
        rows, days = np.full((2, count, len(far)), -1, np.int64)
        for s, service in enumerate(network.services):
            if not self._offers(origin, s):
                continue
            label = labels[tables.services[s, S_ZONES]]
            rows[s] = tables.zone_rows[0, s][label]
            days[s] = tables.days_of(rows[s])
            if service.radius_m is not None:
                rows[s, distance_m > service.radius_m] = -1
        return Ways(rows, days, distance_m)

    def cheapest(self, ways: Ways, services: Iterable[int], weight_g: int) -> Cheapest:
        """Return the cheapest of some services to every node."""
        found = Cheapest(self._tables, weight_g)
        for s in services:
            found.offer(s, ways.rows[s], ways.days[s])
        return found

    def _offers(self, origin: int | Destination, s: int) -> bool:
        if isinstance(origin, Destination):
            return True
        network = self._tables.network
        return network.services[s].offered_by(network.nodes[origin])

    def _point(self, origin: int | Destination) -> NDArray[np.float64]:
        if not isinstance(origin, Destination):
            point: NDArray[np.float64] = self._tables.points[origin]
            return point
        return unit_vector(*(self._tables.network.locate(origin) or (None, None)))

    def _labels(self, chart: int, origin: int | Destination, distance_m: I8) -> I8:
        """int64[N]: zone label to each node; 0 where the chart has none."""
        zones, read = self._tables.charts[chart], self._charts[chart]
        if isinstance(zones, DistanceBands):
            band = np.ones(len(distance_m), np.int64)
            for limit_m in read.tolist():
                band += distance_m > limit_m
            # Unknown places are farther than any limit.
            band[band > len(read)] = 0
            return band
        network = self._tables.network
        end = origin if isinstance(origin, Destination) else network.nodes[origin]
        row = zones.origin_row(network.home_postcode(end))
        if row < 0:
            return np.zeros(len(distance_m), np.int64)
        return np.where(read >= 0, zones.zones[row, read], 0).astype(np.int64)

    def _read(self, zones: PostcodeZones | DistanceBands) -> I8:
        if isinstance(zones, DistanceBands):
            return np.array(zones.limits_m, np.int64)
        home = self._tables.network.home_postcode
        nodes = self._tables.network.nodes
        return np.array([zones.destination_column(home(node)) for node in nodes])
