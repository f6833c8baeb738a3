"""What a basket costs and when it arrives, wherever it goes: numbers to draw a map of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from omniroute._show import Columns, Rows, Shown, counted, rows_of
from omniroute.codes import MONEY_SCALE, STATUS, Status
from omniroute.kernels.decide.everywhere import (
    M_ARRIVES,
    M_ARRIVES_BY_S,
    M_COST,
    M_DISTANCE_M,
    M_ORDER_BY_S,
    M_SHIPMENTS,
    M_SHORT,
    M_STATUS,
    M_TOLD,
    M_TRANSIT_DAYS,
)
from omniroute.model.destination import Destination
from omniroute.model.instant import to_datetime
from omniroute.routing.promises.best import best_column

I8 = NDArray[np.int64]

#: What an arrival is, where one is told.
TOLD_INSTANT, TOLD_DAY = 1, 2


class PromiseMap(Shown):
    """The best offer of every service for one basket, for each of many destinations.

    Made by `Engine.promise_everywhere`. Arrays have a row a destination, in the order
    asked, and a column a service of ``services``. They are 0 where a service has no
    offer, which ``shipments`` tells.

    Attributes
    ----------
    destinations : tuple of Destination
    services : tuple of str
    status : int64[n, V]
        `Status` codes: OK where all of the basket comes, SHORT where a part of it does,
        else why nothing does.
    cost_minor : int64[n, V]
        In 1/10,000 of the currency unit.
    shipments : int64[n, V]
        How many; 0 where there is no offer.
    short_quanta : int64[n, V]
        What is asked for and does not come; all of it where there is no offer.
    transit_days : int64[n, V]
        Days that the shipment longest on the way takes.
    distance_m : int64[n, V]
        Metres to the farthest node that sends something; -1 where a place is not known.
    arrives_by_s, order_by_s : int64[n, V] or None
        Seconds UTC: by when all of it has arrived, rounded up to the minute, a parcel by
        the end of its day; the last second to order for that. None without calendars.

    Examples
    --------
    >>> import omniroute as om
    >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
    >>> nodes = [om.Node("N1"), om.Node("N2", order_cost=1)]
    >>> engine = om.Engine(om.Network(nodes, [ground]), [om.Item("BOLT")], clock=lambda: 0)
    >>> engine.apply([om.Receive("BOLT", "N1", 4), om.Receive("BOLT", "N2", 6)])
    Applied(2)
    >>> home = om.Destination(postcode="55425")
    >>> found = engine.promise_everywhere({"BOLT": 5}, [home])
    >>> found.best().tolist(), found.cost.tolist(), found.shipments.tolist()
    ([0], [[6.0]], [[1]])
    """

    def __init__(
        self,
        destinations: Sequence[Destination],
        services: Sequence[str],
        found: I8,
        *,
        dated: bool,
    ) -> None:
        self._found = found
        self.destinations, self.services = tuple(destinations), tuple(services)
        self.status: I8 = found[:, :, M_STATUS]
        self.cost_minor: I8 = found[:, :, M_COST]
        self.shipments: I8 = found[:, :, M_SHIPMENTS]
        self.short_quanta: I8 = found[:, :, M_SHORT]
        self.transit_days: I8 = found[:, :, M_TRANSIT_DAYS]
        self.distance_m: I8 = found[:, :, M_DISTANCE_M]
        self.arrives_by_s: I8 | None = found[:, :, M_ARRIVES_BY_S] if dated else None
        self.order_by_s: I8 | None = found[:, :, M_ORDER_BY_S] if dated else None

    def __len__(self) -> int:
        return len(self.destinations)

    @property
    def cost(self) -> NDArray[np.float64]:
        """Cost in the currency unit; NaN where there is no offer."""
        return np.where(self.shipments > 0, self.cost_minor / MONEY_SCALE, np.nan)

    @property
    def complete(self) -> NDArray[np.bool_]:
        """Whether the whole basket comes."""
        return np.asarray(self.status == int(Status.OK))

    @property
    def arrives(self) -> NDArray[np.object_]:
        """When all of it has arrived, as an offer tells: a day for parcels, an instant.

        None where there is no offer, or no calendar.
        """
        words = self._found[:, :, [M_ARRIVES, M_TOLD]].reshape(-1, 2)
        told, where = np.unique(words, axis=0, return_inverse=True)
        values = np.empty(len(told), np.object_)
        values[:] = [_arrival(*pair) for pair in told.tolist()]
        return values[where.reshape(self.status.shape)]

    def best(self, objective: str = "cheapest") -> I8:
        """Return the column of the best service of each destination; -1: there is none.

        Of those that serve most of the basket.

        Parameters
        ----------
        objective
            ``"cheapest"``, then the soonest; or ``"fastest"``, then the cheapest. Then the
            service declared first.

        Raises
        ------
        ValidationError
            Neither of the two.
        """
        soon = self.transit_days if self.arrives_by_s is None else self.arrives_by_s
        there = self.shipments > 0
        return best_column(objective, there, self.cost_minor, soon, self.short_quanta)

    def columns(self) -> Columns:
        """Return one row a destination and service, for a frame.

        ``destination`` is its place among those asked; ``status`` and ``service`` are
        names.
        """
        places, column = np.indices(self.status.shape).reshape(2, -1)
        codes = self.status.reshape(-1).tolist()
        names = np.array(self.services, np.object_)
        found = Columns(
            destination=places,
            postcode=[self.destinations[k].postcode or "" for k in places.tolist()],
            service=names[column],
            status=[STATUS[code].name for code in codes],
            cost=self.cost.reshape(-1),
        )
        for name in ("shipments", "short_quanta", "transit_days", "distance_m"):
            found[name] = getattr(self, name).reshape(-1)
        if self.arrives_by_s is not None and self.order_by_s is not None:
            found["arrives"] = self.arrives.reshape(-1)
            found["arrives_by_s"] = self.arrives_by_s.reshape(-1)
            found["order_by_s"] = self.order_by_s.reshape(-1)
        return found

    LEFT = (1, 2, 3)

    def _rows(self) -> Rows:
        return rows_of(self.columns())

    def __repr__(self) -> str:
        served = int(self.complete.any(axis=1).sum())
        places = counted(len(self), "destination")
        return f"PromiseMap({places}, {served} served, {', '.join(self.services)})"


def _arrival(at: int, told: int) -> date | None:
    """Return an arrival as an offer tells it."""
    if not told:
        return None
    return date.fromordinal(at) if told == TOLD_DAY else to_datetime(at)
