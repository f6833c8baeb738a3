"""What a shop page shows: each service's best offers, and stores to collect at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from omniroute._show import aligned
from omniroute.codes import Status
from omniroute.kernels.order.layout import (
    O_COST,
    O_SHORT,
)
from omniroute.routing.of_engine import OfEngine
from omniroute.routing.promises.offer import LineOffer, Offer, StoreOffer, told_when

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
                rows[k] += ("now" if offer.due is None else told_when(offer.due),)
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
        "" if offer.arrives is None else told_when(offer.arrives),
        "" if offer.order_by is None else told_when(offer.order_by),
        str(offer.split),
        "yes" if offer.complete else "no",
    )
