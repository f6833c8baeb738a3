"""One offer for a basket: of a service, at a counter, or of a line by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

import attrs

from omniroute.codes import STATUS, Status
from omniroute.kernels.order.layout import (
    O_COST,
    O_HEADER,
    O_SHIPMENTS,
    O_STATUS,
    O_TRANSIT,
    SHIPMENT_WIDTH,
    X_NODE,
    X_ROW,
    X_SERVICE,
    X_TRANSIT,
    X_WAIT,
)
from omniroute.model.buckets import DAY_S
from omniroute.model.exact import Number
from omniroute.model.money import to_decimal
from omniroute.routing.dates import Dates
from omniroute.routing.of_engine import OfEngine
from omniroute.routing.plan import Plan
from omniroute.routing.tables import NetworkTables


class Times(NamedTuple):
    """When offers were asked for, and what tells their dates."""

    #: None without calendars.
    dates: Dates | None
    #: Days and trips by row of prices.
    tables: NetworkTables
    #: Second UTC: now, or when the units are wanted.
    asked_s: int
    #: When the units are wanted at the nodes; None for at once.
    due: datetime | None


class Offer(OfEngine):
    """One service's answer to a basket: what it costs, and when it arrives.

    Parameters
    ----------
    service
        Its name.
    best
        What it is best at among the service's plans: ``"cheapest"``, ``"fastest"`` or
        both; ``"whole"`` for the soonest that brings all, with what comes in later.
    answer
        What the kernels answered.
    times
        What tells its dates.
    make
        Makes its plan, when somebody asks for that.

    Attributes
    ----------
    due
        When the units are wanted at the nodes; None for at once.
    """

    TAKE = "its cost, arrives and order_by"

    def __init__(
        self,
        service: str,
        best: tuple[str, ...],
        answer: list[int],
        times: Times,
        make: Callable[[], Plan],
    ) -> None:
        self.service, self.best, self.due = service, best, times.due
        self.answer = answer
        self._times, self._make = times, make

    @cached_property
    def plan(self) -> Plan:
        """The plan behind it: `Engine.reserve` takes it, `explain` says why."""
        return self._make()

    @property
    def status(self) -> Status:
        """`Status.OK` if the whole basket comes; `Status.SHORT` if a part of it does."""
        return STATUS[self.answer[O_STATUS]]

    @property
    def complete(self) -> bool:
        """Whether the whole basket comes."""
        return self.answer[O_STATUS] == 0

    @property
    def cost(self) -> Decimal:
        """Cash cost, in the currency unit."""
        return to_decimal(self.answer[O_COST])

    @property
    def split(self) -> int:
        """Number of shipments."""
        return self.answer[O_SHIPMENTS]

    @property
    def soon_s(self) -> int:
        """What tells which of two offers arrives first, whenever they are due.

        The second at which all of it has arrived, rounded up to the minute; without
        calendars so many days after the second it is asked for.
        """
        transit = self.answer[O_TRANSIT]
        dates = self._times.dates
        if dates is not None:
            return 60 * (dates.epoch.start_min + transit)
        return self._times.asked_s + DAY_S * transit

    @cached_property
    def transit_days(self) -> int:
        """Days the shipment longest on the way takes."""
        waits = self._times.dates is None
        return max(
            self._times.tables.row_days[words[X_ROW]] + words[X_WAIT] * waits
            for words in self._shipments()
        )

    @property
    def arrives(self) -> date | None:
        """When all of it has arrived: a day, or an instant; None without calendars."""
        return self._told[0]

    @property
    def order_by(self) -> datetime | None:
        """Last second to order that every shipment still arrives on its day, in UTC."""
        return self._told[1]

    @property
    def arrives_by_sku(self) -> dict[str, date | None]:
        """When each line arrives; of a line in two shipments, the later."""
        found: dict[str, date | None] = {}
        by_arrival = sorted(
            zip(self.plan.shipments, self._shipments(), strict=True),
            key=lambda pair: pair[1][X_TRANSIT],
        )
        for shipment, _ in by_arrival:
            found.update((line.sku, shipment.arrives) for line in shipment.lines)
        return found

    @cached_property
    def _told(self) -> tuple[date | None, datetime | None]:
        dates = self._times.dates
        if dates is None:
            return None, None
        told = [
            (words[X_TRANSIT], *dates.told(*self._goes(words)))
            for words in self._shipments()
        ]
        arrives = max(told, key=lambda each: each[0])[1]
        return arrives, min(order_by for _, _, order_by in told)

    def _goes(self, words: list[int]) -> tuple[int, int, int, int]:
        """Node, service, trip and days of waiting of a shipment."""
        trip = self._times.tables.row_trip[words[X_ROW]]
        return words[X_NODE], words[X_SERVICE], trip, words[X_WAIT]

    def _shipments(self) -> Iterator[list[int]]:
        """Words of each shipment of the answer."""
        for x in range(self.answer[O_SHIPMENTS]):
            start = O_HEADER + SHIPMENT_WIDTH * x
            yield self.answer[start : start + SHIPMENT_WIDTH]

    def __repr__(self) -> str:
        text = f"Offer({self.service}, {' and '.join(self.best)}, {self.cost}"
        if self.arrives is not None:
            text += f", arrives {told_when(self.arrives)}"
        if self.due is not None:
            text += f", from {told_when(self.due)}"
        if self.split > 1:
            text += f", {self.split} shipments"
        return text + ("" if self.complete else ", in part") + ")"


@attrs.frozen
class StoreOffer:
    """A node at which the whole basket can be collected.

    Parameters
    ----------
    node, service
        Ids; ``Order(collect_at=node)`` takes it.
    distance_km
        Great-circle distance; None where a place is not known.
    cost
        In the currency unit.
    arrives
        First instant at which it can be collected, in UTC; None without calendars.
    order_by
        Last second to order that it can be collected on that day.
    """

    node: str
    service: str
    distance_km: Decimal | None
    cost: Decimal
    arrives: date | None
    order_by: datetime | None


@attrs.frozen
class LineOffer:
    """When a line of a basket can be had by itself.

    Parameters
    ----------
    sku, quantity
        What is wanted.
    service
        The one that brings all of it first; None where nobody does as far ahead as was
        asked for.
    due
        When the units are there; None for at once.
    arrives
        When it has arrived; None without calendars.
    cost
        Of this line alone, in the currency unit.
    offer
        The offer behind it.
    """

    sku: str
    quantity: Number
    service: str | None = None
    due: datetime | None = None
    arrives: date | None = None
    cost: Decimal | None = None
    offer: Offer | None = attrs.field(default=None, repr=False)


def told_when(at: date) -> str:
    """Return a day, or an instant, as offers show it."""
    if isinstance(at, datetime):
        return f"{at:%Y-%m-%d %H:%M:%S}Z"
    return at.isoformat()
