"""What a shop page shows: each service's best offers, and stores to collect at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from html import escape
from typing import Any

import attrs

from omniroute._show import aligned
from omniroute.codes import STATUS, Status
from omniroute.kernels.order.layout import (
    O_COST,
    O_HEADER,
    O_SHIPMENTS,
    O_SHORT,
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

#: What an offer is best at that waits for units: the first that brings the whole basket.
WHOLE = "whole"

_HEAD: tuple[str, ...] = (
    "service",
    "best",
    "cost",
    "arrives",
    "order by",
    "shipments",
    "complete",
)


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
    dates, tables
        What tells its dates; days and trips by row of prices.
    make
        Makes its plan, when somebody asks for that.
    asked_s
        Second UTC for which it was asked: now, or when the units are wanted.
    due
        When the units are wanted at the nodes; None for at once.
    """

    TAKE = "its cost, arrives and order_by"

    def __init__(
        self,
        service: str,
        best: tuple[str, ...],
        answer: list[int],
        dates: Dates | None,
        tables: NetworkTables,
        make: Callable[[], Plan],
        asked_s: int,
        due: datetime | None,
    ) -> None:
        self.service, self.best, self.due = service, best, due
        self.answer = answer
        self._asked_s = asked_s
        self._dates, self._tables, self._make = dates, tables, make

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
        if self._dates is not None:
            return 60 * (self._dates.epoch.start_min + transit)
        return self._asked_s + DAY_S * transit

    @cached_property
    def transit_days(self) -> int:
        """Days the shipment longest on the way takes."""
        waits = self._dates is None
        return max(
            self._tables.row_days[words[X_ROW]] + words[X_WAIT] * waits
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
        if self._dates is None:
            return None, None
        told = [
            (words[X_TRANSIT], *self._dates.told(*self._goes(words)))
            for words in self._shipments()
        ]
        arrives = max(told, key=lambda each: each[0])[1]
        return arrives, min(order_by for _, _, order_by in told)

    def _goes(self, words: list[int]) -> tuple[int, int, int, int]:
        """Node, service, trip and days of waiting of a shipment."""
        trip = self._tables.row_trip[words[X_ROW]]
        return words[X_NODE], words[X_SERVICE], trip, words[X_WAIT]

    def _shipments(self) -> Iterator[list[int]]:
        """Words of each shipment of the answer."""
        for x in range(self.answer[O_SHIPMENTS]):
            start = O_HEADER + SHIPMENT_WIDTH * x
            yield self.answer[start : start + SHIPMENT_WIDTH]

    def __repr__(self) -> str:
        text = f"Offer({self.service}, {' and '.join(self.best)}, {self.cost}"
        if self.arrives is not None:
            text += f", arrives {_when(self.arrives)}"
        if self.due is not None:
            text += f", from {_when(self.due)}"
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


class Offers(Sequence[Offer], OfEngine):
    """Every service's best offers for a basket.

    Made by `Engine.promise`: a sequence of `Offer`, by service as declared, the cheapest
    of a service before its fastest where they differ; after them those that wait for
    what comes in, if that was asked for. Binding only once reserved.

    Parameters
    ----------
    offers
        Of services that can serve some of it.
    stores
        Where all of it can be collected, the nearest first.
    missing
        Services that cannot serve any of it on the day it is asked for, and why.
    lines
        When each line can be had by itself, where it was asked for how far ahead to look.
    """

    TAKE = "its offers' cost, arrives and order_by"

    def __init__(
        self,
        offers: Sequence[Offer],
        stores: tuple[StoreOffer, ...],
        missing: dict[str, Status],
        lines: tuple[LineOffer, ...] = (),
    ) -> None:
        self._offers = tuple(offers)
        self.stores = stores
        self.missing = missing
        self.lines = lines

    def __getitem__(self, i: Any) -> Any:
        return self._offers[i]

    def __len__(self) -> int:
        return len(self._offers)

    @property
    def cheapest(self) -> Offer | None:
        """The cheapest of those that serve most of it; then the soonest."""
        return min(self._offers, key=_by_cost, default=None)

    @property
    def fastest(self) -> Offer | None:
        """The soonest of those that serve most of it; then the cheapest."""
        return min(self._offers, key=_by_arrival, default=None)

    def with_later(
        self, later: Iterable[Offer], lines: tuple[LineOffer, ...]
    ) -> Offers:
        """Return these, and after them what services have later."""
        return Offers((*self._offers, *later), self.stores, self.missing, lines)

    def by_service(self, name: str) -> tuple[Offer, ...]:
        """Return the offers of a service: none, one or two, and what it has later."""
        return tuple(offer for offer in self._offers if offer.service == name)

    def table(self) -> str:
        """Return the offers as aligned text."""
        head, rows = _HEAD, [_row(offer) for offer in self._offers]
        if any(offer.due is not None for offer in self._offers):
            head = (*head, "from")
            for k, offer in enumerate(self._offers):
                rows[k] += ("now" if offer.due is None else _when(offer.due),)
        return aligned([head, *rows], range(len(head)))

    def __repr__(self) -> str:
        if not self._offers:
            return "Offers(none)"
        stores = f", {len(self.stores)} stores" if self.stores else ""
        return f"Offers({', '.join(map(repr, self._offers))}{stores})"

    def _repr_html_(self) -> str:
        return f"<pre>{escape(self.table())}</pre>"


def _by_cost(offer: Offer) -> tuple[int, int, int]:
    return offer.answer[O_SHORT], offer.answer[O_COST], offer.soon_s


def _by_arrival(offer: Offer) -> tuple[int, int, int]:
    return offer.answer[O_SHORT], offer.soon_s, offer.answer[O_COST]


def _row(offer: Offer) -> tuple[str, ...]:
    return (
        offer.service,
        " ".join(offer.best),
        str(offer.cost),
        "" if offer.arrives is None else _when(offer.arrives),
        "" if offer.order_by is None else _when(offer.order_by),
        str(offer.split),
        "yes" if offer.complete else "no",
    )


def _when(at: date) -> str:
    if isinstance(at, datetime):
        return f"{at:%Y-%m-%d %H:%M:%S}Z"
    return at.isoformat()
