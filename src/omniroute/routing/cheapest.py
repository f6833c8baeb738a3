"""The cheapest of several services to or from every node, for one weight."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from omniroute.routing.tables import NetworkTables

I8 = NDArray[np.int64]
Mask = NDArray[np.bool_]

# What is least is one number: rates below 2**40 first, then days up to 366, then the
# place of the service, below 62.
_DAYS, _RATE = 6, 15
_NOTHING = 2**62


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
    served : bool[N]
        Where something goes if it is light enough.

    Notes
    -----
    `rate`, `transit_days` and `service` are of no meaning where nothing is `carried`.
    """

    def __init__(self, tables: NetworkTables, weight_g: int) -> None:
        count = len(tables.costs)
        self._tables, self._weight_g = tables, weight_g
        self._best = np.full(count, _NOTHING, np.int64)
        self.served = np.zeros(count, np.bool_)

    def offer(self, s: int, rows: I8, days: I8, among: Mask | None = None) -> None:
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
            bool[N]: nodes that may have it; None for all.
        """
        goes = rows >= 0 if among is None else among & (rows >= 0)
        self.served |= goes
        rates = self._tables.network.services[s].rates
        if rates.carries(self._weight_g):
            prices = self._tables.prices[:, rates.steps(self._weight_g)]
            key = (prices[rows] << _RATE) + ((days << _DAYS) + s)
            self._best = np.minimum(self._best, np.where(goes, key, _NOTHING))

    @property
    def carried(self) -> Mask:
        """bool[N]: where something goes."""
        found: Mask = self._best < _NOTHING
        return found

    @property
    def rate(self) -> I8:
        """int64[N]: minor units."""
        return self._best >> _RATE

    @property
    def transit_days(self) -> I8:
        """int64[N]: days on the way."""
        return (self._best >> _DAYS) & ((1 << (_RATE - _DAYS)) - 1)

    @property
    def service(self) -> I8:
        """int64[N]: place of the service."""
        return self._best & ((1 << _DAYS) - 1)
