"""Arguments of the engine, checked, and the terms that tell a repeated request."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

import attrs
import numpy as np
from numpy.typing import NDArray

from omniroute.errors import (
    ConfigurationError,
    OmnirouteError,
    ValidationError,
)
from omniroute.model.checks import flag, text
from omniroute.model.hold_line import HoldLine
from omniroute.model.instant import (
    Moment,
    duration_s,
    to_datetime,
    to_seconds,
)
from omniroute.model.item import Item
from omniroute.model.order import Order
from omniroute.reservations import print_terms
from omniroute.reservations.lines import (
    Cells,
    hold_lines,
)
from omniroute.stock.state import State

I8 = NDArray[np.int64]

Instant = Moment | None

Duration = str | int | timedelta | None

#: Seconds below this, thirty years, need no closer look.
PLAIN_TTL_S = 10**9

#: Until the year 7000 such a hold ends in one that has a date.
PLAIN_NOW_S = 160 * 10**9


class Terms(NamedTuple):
    """On which terms something is to be reserved."""

    ttl_s: int
    partial: bool
    supersedes: str | None
    sticky: bool
    channel: str | None = None
    #: What else was asked for in the same step; nothing for most.
    beside: tuple[object, ...] = ()

    def expires_s(self, now: int) -> int:
        """Second at which the reservation ends; 0 where it is firm."""
        return now + self.ttl_s if self.ttl_s else 0


def print_of_terms(order: Order, terms: Terms) -> int:
    """Fingerprint of what was asked besides the lines."""
    by: tuple[object, ...] = () if order.channel is None else (order.channel,)
    if willing := willing_skus(order):
        by = (*by, willing)
    if order.keep_together:
        by = (*by, ("together", *sorted(map(sorted, order.keep_together))))
    if terms.beside:
        by = (*by, terms.beside)
    if order.needed_by is not None:
        by = (*by, ("needed_by", _told(order.needed_by)))
    if order.due is not None:
        by = (*by, ("due", _told(order.due)))
    return print_terms(
        attrs.astuple(order.destination),
        order.services and sorted(order.services),
        order.collect_at,
        sorted(order.exclude_nodes),
        terms.ttl_s,
        terms.partial,
        terms.supersedes,
        *by,
    )


def _told(needed_by: date) -> str:
    """Return a day or an instant as text; an instant is the same in any time zone."""
    if isinstance(needed_by, datetime):
        return needed_by.astimezone(UTC).isoformat()
    return needed_by.isoformat()


def for_day(order: Order, due: Instant) -> Order:
    """Return an order with the time at which it is wanted.

    Raises
    ------
    ValidationError
        Not an order, no such time, or the order says another.
    """
    if due is None:
        return order
    if not isinstance(order, Order):
        raise ValidationError("order", "an Order", order)
    at = to_datetime(to_seconds(due, "due"))
    if order.due not in (None, at):
        expected = "None, or what the order says"
        raise ValidationError("due", expected, due)
    return attrs.evolve(order, due=at)


def willing_skus(order: Order) -> tuple[str, ...]:
    """SKUs of an order whose substitutes will do."""
    return tuple(sorted({line.sku for line in order.lines if line.substitutes}))


def superseded_id(old: str | None, id: str) -> str | None:
    """Check the id of the hold that is to be replaced."""
    if old is None:
        return None
    if text(old, "supersedes") == id:
        raise ValidationError("supersedes", "another id than the new one", old)
    return old


def parked_terms(terms: Terms, park: bool) -> Terms:
    """Return terms on which an order may wait, checked."""
    flag(park, "park")
    for name, value in (("supersedes", terms.supersedes), ("sticky", terms.sticky)):
        if value:
            expected = "nothing, where the order may wait"
            raise ValidationError(name, expected, value)
    return terms._replace(beside=("park",))


def missing_lines(state: State, cells: Cells, taken: list[int]) -> tuple[HoldLine, ...]:
    """Return what of the wanted cells could not be had."""
    short = {
        cell: quanta - had
        for (cell, quanta), had in zip(cells.items(), taken, strict=True)
        if had < quanta
    }
    return hold_lines(state.catalogue, short)


def ttl_seconds(ttl: Duration, now: int) -> int:
    """Return a time to live in seconds, 0 for none."""
    if type(ttl) is int and 0 < ttl < PLAIN_TTL_S and now < PLAIN_NOW_S:
        return ttl
    return 0 if ttl is None else duration_s(ttl, "ttl", now)


def checked_orders(orders: Iterable[Order]) -> list[Order]:
    """Check that these are orders, and return them as a list."""
    if isinstance(orders, str | bytes | Order) or not isinstance(orders, Iterable):
        raise ValidationError("orders", "a sequence of Order objects", orders)
    found = list(orders)
    if {*map(type, found)} <= {Order}:
        return found
    for i, order in enumerate(found):
        if not isinstance(order, Order):
            raise ValidationError(f"orders[{i}]", "an Order", order)
    return found


def checked_items(items: Iterable[Item], known: Iterable[str] = ()) -> list[Item]:
    """Check items that are to be sold besides the known ones."""
    if isinstance(items, str | bytes) or not isinstance(items, Iterable):
        raise ConfigurationError("items", "a sequence of Item objects", items)
    found = list(items)
    taken = set(known)
    for i, item in enumerate(found):
        if not isinstance(item, Item):
            raise ConfigurationError(f"items[{i}]", "an Item", item)
        if item.sku in taken:
            raise ConfigurationError(
                f"items[{i}].sku", "a SKU not given before", item.sku
            )
        taken.add(item.sku)
    return found


def too_far(of_clock: bool, at: int, now: int, jump_s: int) -> OmnirouteError:
    """Return the error of a time too far ahead: the clock's, or what a call was given."""
    expected = f"a time at most {jump_s} s (max_jump) after the engine's, {now}"
    hint = "if it is right, give now= in steps no longer than that"
    if of_clock:
        return ConfigurationError("clock", expected, at, hint)
    return ValidationError("now", expected, at, hint)
