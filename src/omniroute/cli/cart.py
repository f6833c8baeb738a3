"""What a cart would show for one of the demo's baskets: offers, dates, stores near by."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from omniroute._show import aligned
from omniroute.engine import Engine
from omniroute.model import Order
from omniroute.routing.promises.offer import Offer, StoreOffer
from omniroute.routing.promises.offers import Offers

#: Lines of a basket that is shown at the most: what somebody has in a cart.
LINES_MAX: Final = 5
#: Stores that are listed.
STORES: Final = 3

Page = dict[str, Any]


class Cart:
    """Looks for a basket to show, as the orders go by.

    The first small one of which a store near by has the first item; else the first small
    one.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        #: What was found so far; None where no basket was small.
        self.page: Page | None = None

    def look_at(self, order: Order) -> None:
        """Ask for offers if this may be the one. Changes no stock."""
        if len(order.lines) > LINES_MAX or (self.page and self.page["stores"]):
            return
        sku, to = order.lines[0].sku, order.destination
        one = self._engine.promise({sku: 1}, to=to, stores=STORES)
        if self.page is None or one.stores:
            self.page = _page(self._engine, order, one)


def _page(engine: Engine, order: Order, one: Offers) -> Page:
    zone = _zone(engine, one)
    cart = engine.promise(order, stores=0)
    return {
        "order": order.id,
        "lines": len(order.lines),
        "units": int(sum(line.quantity for line in order.lines)),
        "postcode": order.destination.postcode,
        "timezone": str(zone),
        "asked_at": _told(engine.now, zone),
        "cart": [_offer(each, engine.now, zone) for each in cart],
        "sku": order.lines[0].sku,
        "product": [_offer(each, engine.now, zone) for each in one],
        "stores": [_store(each, engine.now, zone) for each in one.stores],
    }


def _zone(engine: Engine, offers: Offers) -> ZoneInfo:
    """Return the time zone of the nearest store that is listed, UTC without one."""
    for store in offers.stores:
        node = engine.network.nodes[engine.network.node_index(store.node)]
        if node.hours is not None:
            return ZoneInfo(node.hours.timezone)
    return ZoneInfo("UTC")


def _offer(offer: Offer, now: datetime, zone: ZoneInfo) -> Page:
    return {
        "service": offer.service,
        "best": list(offer.best),
        "cost": float(offer.cost),
        "arrives": _told(offer.arrives, zone),
        "order_within_s": _left(offer.order_by, now),
        "shipments": offer.split,
        "complete": offer.complete,
    }


def _store(store: StoreOffer, now: datetime, zone: ZoneInfo) -> Page:
    return {
        "node": store.node,
        "distance_km": None if store.distance_km is None else float(store.distance_km),
        "from": _told(store.arrives, zone),
        "order_within_s": _left(store.order_by, now),
    }


def _told(at: date | None, zone: ZoneInfo) -> str | None:
    """Return a day, or an instant by the clock of a place, to the minute."""
    if isinstance(at, datetime):
        return at.astimezone(zone).isoformat(sep=" ", timespec="minutes")
    return None if at is None else at.isoformat()


def _left(until: datetime | None, now: datetime) -> int | None:
    return None if until is None else int((until - now).total_seconds())


# -- as text ---------------------------------------------------------------------------


def as_text(page: Page, currency: str) -> str:
    """Return a page as lines of at most 80 columns."""
    size = f"{_count(page['lines'], 'line')}, {_count(page['units'], 'unit')}"
    return "\n".join(
        [
            f"What a customer sees on {_moment(page['asked_at'])}, local time:",
            f"the page of product {page['sku']}",
            *_table(page["product"], currency),
            *map(_collect, page["stores"]),
            f"the cart of order {page['order']} ({size})",
            *_table(page["cart"], currency),
        ]
    )


def _table(offers: list[Page], currency: str) -> list[str]:
    rows = [("", currency, "arrives", "order within", "parcels"), *map(_row, offers)]
    return [f"  {line}" for line in aligned(rows).splitlines()]


def _row(offer: Page) -> tuple[str, ...]:
    best = f", {offer['best'][0]}" if len(offer["best"]) == 1 else ""
    return (
        offer["service"] + best,
        f"{offer['cost']:,.2f}",
        _moment(offer["arrives"]),
        _span(offer["order_within_s"]),
        str(offer["shipments"]) + ("" if offer["complete"] else " (short)"),
    )


def _collect(store: Page) -> str:
    far = "" if store["distance_km"] is None else f", {store['distance_km']:.1f} km"
    return f"  collect at store {store['node']}{far}: from {_moment(store['from'])}"


def _moment(told: str | None) -> str:
    """Return a day or a minute with the day of its week.

    Examples
    --------
    >>> _moment("2011-05-06"), _moment("2011-05-06 17:30-05:00")
    ('Fri 6 May', 'Fri 6 May 17:30')
    """
    if told is None:
        return "-"
    at = datetime.fromisoformat(told)
    day = f"{at:%a} {at.day} {at:%b}"
    return day if len(told) == len("2011-05-06") else f"{day} {at:%H:%M}"


def _span(seconds: int | None) -> str:
    """Return a time that is left, in whole minutes.

    Examples
    --------
    >>> _span(7_800), _span(59), _span(200_000)
    ('2 h 10 min', '0 min', '2 d 7 h')
    """
    if seconds is None:
        return "-"
    days, rest = divmod(seconds, 86_400)
    hours, minutes = divmod(rest // 60, 60)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
