"""Walk-in customers: synthetic demand that runs stock down between the orders.

Opening stock is drawn from demand, and so is this: each walk-in unit is one unit of the
opening stock, picked evenly by the pinned generator. A cell is asked for what it was
stocked for, then, in proportion. What falls on a warehouse is a delivery to the tills of
the stores, sold the hour it arrives: with it, all of the network's cover is used up as
time goes on, and not that of the shelves alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from omniroute.datasets.counter_rng import below, draw_bits
from omniroute.datasets.us_retail_synthetic import STREAM_WALK_IN
from omniroute.engine import Engine
from omniroute.errors import ValidationError

#: Hours of every day in which there are customers, the last not included.
OPENS: Final = 10
CLOSES: Final = 22


class WalkIn:
    """What walk-in customers ask for, hour by hour, whatever stock there is.

    A pure function of its arguments: the same on every platform and with every numpy,
    and hours come in any order. Customers ask for one unit each, evenly over the
    opening hours of all days.

    Parameters
    ----------
    opening
        Columns ``sku`` and ``node`` (`omniroute.datasets.CodedColumn`) and ``quantity``
        (whole units), as `USRetail.opening_stock` has them.
    units_per_day
        Units asked for in a day, such as `USRetail.walk_in_units_per_day`.
    seed
        From 0 to 2**64 - 1.

    Raises
    ------
    ValidationError
        The units a day are no whole number from 0 on, or there is demand and no stock
        to draw it from.

    Examples
    --------
    >>> import numpy as np
    >>> from omniroute.datasets import CodedColumn
    >>> opening = {
    ...     "sku": CodedColumn(["BOLT"], np.array([0, 0])),
    ...     "node": CodedColumn(["S1", "S2"], np.array([0, 1])),
    ...     "quantity": np.array([30, 10]),
    ... }
    >>> walk_in = WalkIn(opening, units_per_day=24)
    >>> asked = [walk_in.asked(0, hour)["quantity"].sum() for hour in (9, 10, 21, 22)]
    >>> list(map(int, asked))
    [0, 2, 2, 0]
    """

    def __init__(
        self, opening: Mapping[str, Any], units_per_day: int, seed: int = 1
    ) -> None:
        if type(units_per_day) is not int or units_per_day < 0:
            expected = "a whole number from 0 on"
            raise ValidationError("units_per_day", expected, units_per_day)
        quantity = np.asarray(opening["quantity"])
        self._sku, self._node = opening["sku"], opening["node"]
        #: The row of every single unit: 4 bytes each.
        self._row = np.repeat(np.arange(len(quantity), dtype=np.int32), quantity)
        if units_per_day and not len(self._row):
            raise ValidationError("opening.quantity", "units to draw demand from", 0)
        self._per_day, self._seed = units_per_day, seed

    def asked(self, day: int, hour: int) -> dict[str, Any]:
        """Return what is asked for from this hour of the day to the next.

        Parameters
        ----------
        day
            From 0 on: days since the opening.
        hour
            From 0 to 23. Before `OPENS` and from `CLOSES` on there is nobody.

        Returns
        -------
        dict
            Columns ``sku``, ``node`` and ``quantity`` (units), one row a cell, sorted as
            the opening stock is. O(n log n) for n units.
        """
        # Every unit has a number, counted from the opening on: the counter of its draw.
        first, stop = (self._before(day, hour + later) for later in (0, 1))
        counters = np.arange(first, stop, dtype=np.uint64)
        bits = draw_bits(self._seed, STREAM_WALK_IN, counters)
        # Without stock there are no draws either: the limit only has to be allowed.
        units = self._row[below(bits, max(1, len(self._row)))]
        rows, quantity = np.unique(units, return_counts=True)
        return {
            "sku": self._sku[rows],
            "node": self._node[rows],
            "quantity": quantity,
        }

    def _before(self, day: int, hour: int) -> int:
        """Units asked for up to an hour; rounded so that days add up."""
        open_hours = CLOSES - OPENS
        passed = min(max(hour - OPENS, 0), open_hours)
        return day * self._per_day + self._per_day * passed // open_hours


def sell(engine: Engine, asked: Mapping[str, Any]) -> int:
    """Sell what is asked for as far as it is there; return the units lost.

    A till sells what is on hand and not reserved, and no more.

    Parameters
    ----------
    engine
        Whose stock goes down, at the time of its clock. Its items have no decimals.
    asked
        From `WalkIn.asked`.

    Examples
    --------
    >>> import numpy as np, omniroute as om
    >>> from omniroute.datasets import CodedColumn
    >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
    >>> engine = om.Engine(om.Network([om.Node("S1")], [ground]), [om.Item("BOLT")])
    >>> engine.apply(om.Receive("BOLT", "S1", 3))
    Applied(1)
    >>> bolt, store = (CodedColumn([text], np.array([0])) for text in ("BOLT", "S1"))
    >>> sell(engine, {"sku": bolt, "node": store, "quantity": np.array([5])})
    2
    >>> engine.available_to_promise("BOLT")
    0
    """
    sku, node, quantity = asked["sku"], asked["node"], asked["quantity"]
    if not len(quantity):
        return 0
    there = engine.availability(sku.categories, node.categories).quanta
    sold = np.minimum(quantity, there[sku.codes, node.codes])
    rows = np.flatnonzero(sold)
    engine.apply(
        {
            "event": "sell",
            "sku": sku[rows],
            "node": node[rows],
            "quantity": sold[rows],
        }
    )
    return int(quantity.sum() - sold.sum())
