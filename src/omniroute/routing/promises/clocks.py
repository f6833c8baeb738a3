"""By whose clock days end, wherever a parcel goes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from omniroute.kernels.order.lanes import distances
from omniroute.kernels.order.places import nearest_clocks
from omniroute.promising.board import home_zones
from omniroute.routing.tables import NetworkTables

I8 = NDArray[np.int64]
F8 = NDArray[np.float64]


class Clocks:
    """That of the nearest node of all that tells its own, in whole metres.

    Attributes
    ----------
    names : list of str
        The time zones, by number; UTC where no node tells one.
    """

    def __init__(self, tables: NetworkTables) -> None:
        zones = home_zones(tables.network)
        known = [k for k, zone in enumerate(zones) if zone is not None]
        told = [zones[k] or "UTC" for k in known]
        self.names = list(dict.fromkeys(told)) or ["UTC"]
        numbers = {name: i for i, name in enumerate(self.names)}
        self._numbers = np.array([numbers[name] for name in told], np.int64)
        self._points = np.ascontiguousarray(tables.points[known])
        self._least = np.zeros(len(self.names))

    def at(self, to: F8) -> I8:
        """int64[B]: number of the clock at each place, float64[B, 4].

        Metres are worked out only near a border: elsewhere chords say enough.
        """
        found = np.zeros(len(to), np.int64)
        if len(self.names) == 1:
            return found
        if self._points[:, 3].all():
            nearest_clocks(to, self._points, self._numbers, self._least, found)
        else:
            found[:] = -1
        found[to[:, 3] == 0] = -1
        for b in np.flatnonzero(found < 0).tolist():
            metres = np.empty(len(self._numbers), np.int32)
            distances(to[b], self._points, metres)
            found[b] = self._numbers[metres.argmin()]
        return found
