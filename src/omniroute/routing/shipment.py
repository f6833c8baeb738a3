"""Shipments of a plan: what one node sends, by what, when and for how much."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

import attrs

from omniroute._show import Rows, Shown, told
from omniroute.model.money import total
from omniroute.model.quantity import total_units
from omniroute.promising.dispatch import Dispatch

#: Headings of a table of shipments.
_HEAD: tuple[str, ...] = ("node", "service", "lines", "units", "days", "km", "cost")


@attrs.frozen
class PlanLine:
    """Units of one SKU.

    Parameters
    ----------
    sku
        Id.
    quantity
        Units.
    components
        Of a kit: what it is put together from.
    instead_of
        SKU of the order's line that it is a substitute for; None for no substitute.
    """

    sku: str
    quantity: int | Decimal
    components: tuple[PlanLine, ...] = attrs.field(default=(), repr=False)
    instead_of: str | None = attrs.field(default=None, repr=False)


@attrs.frozen
class Shipment(Shown):
    """What one node sends, or keeps for collection, by one service.

    Parameters
    ----------
    node, service
        Ids.
    lines
        Units of each SKU, in the order of the order's lines.
    terms
        Cost terms in the currency unit: carrier's ``rate``, handling by order, line and
        unit, and what the policy's own terms of cash come to.
    transit_days
        Days on the way.
    zone
        Zone label of the lane.
    distance_km
        Great-circle distance; None where a place is not known.
    weight_g
        Grams.
    dispatch
        In a network with calendars, what becomes of an order that was handed in when
        the plan was made.
    prices
        What the policy counts beside cash, by name: prices, credits, penalties.
    """

    node: str
    service: str
    lines: tuple[PlanLine, ...]
    terms: dict[str, Decimal]
    transit_days: int
    zone: int
    distance_km: Decimal | None
    weight_g: int
    dispatch: Dispatch | None = attrs.field(default=None, repr=False)
    prices: dict[str, Decimal] = attrs.field(factory=dict, repr=False)

    LEFT = (0, 2)

    def _rows(self) -> Rows:
        lines = [[x.sku, str(x.quantity), told(x.instead_of)] for x in self.lines]
        return [["sku", "units", "instead of"], *lines]

    @property
    def cost(self) -> Decimal:
        """Sum of the terms."""
        return total(self.terms.values())

    @property
    def ready(self) -> datetime | None:
        """When it is packed, in UTC; None without calendars."""
        return None if self.dispatch is None else self.dispatch.ready

    @property
    def leaves(self) -> datetime | None:
        """When it leaves the node, in UTC; None without calendars."""
        return None if self.dispatch is None else self.dispatch.leaves

    @property
    def arrives(self) -> date | None:
        """Day of delivery; a ``datetime`` in UTC if it is collected or the same day's."""
        return None if self.dispatch is None else self.dispatch.arrives

    @property
    def order_by(self) -> datetime | None:
        """Last instant to order that it still arrives on that day, in UTC."""
        return None if self.dispatch is None else self.dispatch.order_by


def arrival(at: date | None) -> str:
    """Return a day, or an instant in UTC, as tables have it."""
    if isinstance(at, datetime):
        return f"{at:%Y-%m-%d %H:%M}Z"
    return "" if at is None else at.isoformat()


def shipment_rows(shipments: Iterable[Shipment]) -> Rows:
    """Return shipments as rows of a table, under their head."""
    return [_HEAD, *(_row(shipment) for shipment in shipments)]


def _row(shipment: Shipment) -> tuple[str, ...]:
    far = shipment.distance_km
    return (
        shipment.node,
        shipment.service,
        str(len(shipment.lines)),
        str(total_units(line.quantity for line in shipment.lines)),
        str(shipment.transit_days),
        "" if far is None else f"{far:.0f}",
        str(shipment.cost),
    )
