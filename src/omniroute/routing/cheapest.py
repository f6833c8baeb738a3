"""The cheapest of several services to or from every node, for one weight."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import UNREACHED
from omniroute.routing.tables import NetworkTables

I8 = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Cheapest:
    """What is best so far, service by service; of equal rates the quicker, the first.

    Parameters
    ----------
    tables
        The network.
    weight_g
        Grams of the shipment.

    Attributes
    ----------
    rate : int64[N]
        Minor units, `UNREACHED` where nothing goes.
    service, transit_days : int64[N]
        Of no meaning where nothing goes.
    served : bool[N]
        Where something goes, if it is light enough.
    """

    def __init__(self, tables: NetworkTables, weight_g: int) -> None:
        count = len(tables.costs)
        self._tables, self._weight_g = tables, weight_g
        self.rate = np.full(count, UNREACHED, np.int64)
        self.service, self.transit_days = np.zeros((2, count), np.int64)
        self.served = np.zeros(count, np.bool_)

    def offer(self, s: int, rows: I8, days: I8, among: Mask) -> None:
        """Let nodes have a service where it is better than what they have.

        Parameters
        ----------
        s
            Place of the service.
        rows
            int64[N]: price row of each lane; below 0 for none.
        days
            int64[N]: days on the way.
        among
            bool[N]: nodes that may have it.
        """
        goes = among & (rows >= 0)
        self.served |= goes
        rates = self._tables.network.services[s].rates
        if not rates.carries(self._weight_g):
            return
        rate = self._tables.prices[rows, rates.steps(self._weight_g)]
        quicker = (rate == self.rate) & (days < self.transit_days)
        better = goes & ((rate < self.rate) | quicker)
        self.rate[better] = rate[better]
        self.transit_days[better] = days[better]
        self.service[better] = s
