"""A real network with real baskets, and synthetic stock to route them from.

The parts are real and so are their figures; that they belong to one retailer is not.
Say so wherever a result on this sample is shown: `USRetail.notes` has the words.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from attrs import field, frozen

from omniroute.datasets import us_retail_synthetic as synthetic
from omniroute.datasets.us_retail_network import PARCEL_SERVICES, us_network
from omniroute.datasets.us_retail_sample import (
    Array,
    Baskets,
    Nodes,
    Regions,
    read_sample,
)
from omniroute.errors import ValidationError
from omniroute.model import Destination, Item, Network, Order, OrderLine
from omniroute.model.checks import flag

#: A year: cover beyond it is not scarce stock any more.
COVER_DAYS_MAX: Final = 365

#: What is real and what is not, part by part.
NOTES: Final = {
    "join": "synthetic: the sources below have nothing to do with each other",
    "nodes": "real: stores of a US chain in 2016 and ten fulfilment centres in use "
    "in a 2023 study; which node offers what is an assumption",
    "zones": "real: USPS zone chart of April 2024; offshore destinations are unserved",
    "rates": "real: USPS retail tariffs of late 2025, transcribed third-hand: check "
    "before quoting a price; same-day prices and pick-up for nothing are assumptions",
    "transit_days": "synthetic: assumed by zone, in the ranges the carrier advertises",
    "hours": "real: opening hours of the stores in 2016, in the time zone of their ZIP "
    "code; those of the warehouses, and with calendars=True all cut-offs, working times "
    "and pickups, are assumptions",
    "handling": "synthetic: assumed costs by kind of node",
    "baskets": "real: invoices of a UK online shop, 2011-05-02 to 2011-07-17 (UCI "
    "Online Retail); its local times are taken as UTC; destinations are synthetic",
    "destinations": "synthetic: drawn by real population from mainland ZIP3 prefixes",
    "items": "real SKUs; weights are synthetic",
    "opening_stock": "synthetic: two weeks of mean demand over the network, unless "
    "told otherwise, spread over the nodes by drawing; scarce by design",
    "demand": "synthetic: the baskets are taken for 8 % of all sales, unless told "
    "otherwise; walk-in customers of the stores are the rest, drawn like the stock. "
    "Without them stores could not hold 10-20 % of the SKUs on so little cover",
}


@frozen(eq=False, repr=False)
class USRetail:
    """The sample, ready for an engine.

    Frozen; the arrays in its dictionaries are the reader's own to change.
    """

    #: 1,565 stores, ten warehouses, five services, coordinates of ZIP3 prefixes.
    network: Network
    #: One an SKU of the baskets, sorted by SKU.
    items: tuple[Item, ...]
    #: Columns of stock-takes: ``event`` (``"count"``, for all rows), ``sku`` and
    #: ``node`` (`CodedColumn`), ``quantity`` (units). Sorted by SKU and node.
    opening_stock: dict[str, Any]
    #: In time order; the id is the invoice number.
    orders: tuple[Order, ...]
    #: The lines of the orders by column: ``order`` (place in `orders`), ``invoice``,
    #: ``at`` (datetime64, UTC), ``sku``, ``quantity``, ``unit_price_pence`` (GBP).
    baskets: dict[str, Array]
    #: The nodes by column, with name, type, place, time zone, and opening hours as
    #: published: the nodes of the network have them as calendars.
    nodes: dict[str, Array]
    #: What walk-in customers buy, in percent of all sales, and the units a day that
    #: makes in the whole network: what `omniroute.simulation.WalkIn` plays.
    walk_in_percent: int
    walk_in_units_per_day: int
    #: What is real and what is synthetic, part by part.
    notes: dict[str, str] = field(factory=lambda: dict(NOTES))

    def __repr__(self) -> str:
        return (
            f"USRetail({len(self.network.nodes):,} nodes, {len(self.items):,} items, "
            f"{len(self.opening_stock['sku']):,} cells, {len(self.orders):,} orders)"
        )


def load_us_retail(
    seed: int = 1,
    orders: int | None = None,
    cover_days: int = 14,
    online_share_percent: int = 8,
    calendars: bool = False,
) -> USRetail:
    """Load the network, items, opening stock and baskets of the sample.

    What the sources do not say (weights, destinations, stock) is drawn from the seed;
    the same arguments give the same sample on every platform.

    Parameters
    ----------
    seed
        From 0 to 2**64 - 1.
    orders
        How many orders to load, from the first on. ``None`` (default) is all of them.
        Items and stock do not depend on it.
    cover_days
        Opening stock in days of mean demand over the whole network, 1 to 365.
    online_share_percent
        Assumed share of the baskets in that demand, 1 to 100. The rest is what walk-in
        customers buy in the stores: `omniroute.simulation.WalkIn` plays them.
    calendars
        Whether services have cut-offs, working times and pickups, so that routing tells
        dates. They are assumptions; the stores have their real opening hours anyway.

    Returns
    -------
    USRetail
        Takes a second or two.

    Raises
    ------
    ValidationError
        An argument is not a whole number in its range, or ``calendars`` no flag.

    Examples
    --------
    >>> shop = load_us_retail(orders=100)
    >>> shop
    USRetail(1,575 nodes, 2,995 items, 826,325 cells, 100 orders)
    >>> shop.orders[0].placed_at.isoformat(), len(shop.orders[0].lines)
    ('2011-05-03T08:35:00+00:00', 2)
    """
    sample = read_sample()
    baskets = sample.baskets
    _check("seed", seed, 0, 2**64 - 1)
    _check("cover_days", cover_days, 1, COVER_DAYS_MAX)
    _check("online_share_percent", online_share_percent, 1, 100)
    flag(calendars, "calendars")
    if orders is None:
        orders = len(baskets.at)
    _check("orders", orders, 1, len(baskets.at))
    weights = synthetic.item_weights(seed, len(baskets.sku)).tolist()
    regions = synthetic.basket_regions(seed, orders, sample.regions, sample.zones)
    stock = synthetic.opening_stock(
        seed, cover_days, online_share_percent, baskets, sample.nodes
    )
    return USRetail(
        network=us_network(sample, calendars=calendars),
        items=tuple(map(Item, baskets.sku, weights)),
        opening_stock=synthetic.columns_of(stock, baskets.sku, sample.nodes.id),
        orders=_orders(baskets, sample.regions, regions.tolist()),
        baskets=_basket_columns(baskets, orders),
        nodes=_node_columns(sample.nodes),
        walk_in_percent=100 - online_share_percent,
        walk_in_units_per_day=synthetic.walk_in_units_per_day(
            baskets, online_share_percent
        ),
    )


def replenishment(opening: Mapping[str, Any], free: npt.ArrayLike) -> dict[str, Any]:
    """Return the receipts that bring every cell back to its opening level.

    Parameters
    ----------
    opening
        `USRetail.opening_stock`, or other columns ``sku``, ``node`` and ``quantity``
        that can be indexed by an array of rows.
    free
        ``int[n]``: what is free now in the cells of `opening`, in the same order. It
        may be below zero.

    Returns
    -------
    dict
        Columns ``event`` (``"receive"``, for all rows), ``sku``, ``node`` and
        ``quantity`` of the cells below their opening level; those at or above it are
        left out. Time O(n).

    Raises
    ------
    ValidationError
        `free` is no array of whole numbers, or not as long as `opening`.

    Examples
    --------
    >>> stock = load_us_retail(orders=1).opening_stock
    >>> free = stock["quantity"].copy()
    >>> free[[5, 7]] -= 1
    >>> receipts = replenishment(stock, free)
    >>> receipts["event"], receipts["quantity"].tolist()
    ('receive', [1, 1])
    """
    level = np.asarray(opening["quantity"], np.int64)
    now = np.asarray(free)
    if now.dtype.kind not in "iu":
        raise ValidationError("free", "an array of whole numbers", now.dtype.name)
    if now.shape != level.shape:
        expected = f"as many rows as the opening stock ({len(level)})"
        raise ValidationError("free", expected, now.shape)
    missing = level - now.astype(np.int64)
    rows = np.flatnonzero(missing > 0)
    return {
        "event": "receive",
        "sku": opening["sku"][rows],
        "node": opening["node"][rows],
        "quantity": missing[rows],
    }


def _check(name: str, value: object, low: int, high: int) -> None:
    if type(value) is not int or not low <= value <= high:
        raise ValidationError(name, f"a whole number from {low} to {high:,}", value)


def _orders(
    baskets: Baskets, regions: Regions, goes_to: list[int]
) -> tuple[Order, ...]:
    """One order a basket, from the first on, each to the region drawn for it."""
    places = [Destination(postcode=postcode) for postcode in regions.zip]
    count = len(goes_to)
    end = np.cumsum(baskets.lines[:count]).tolist()
    lines = _lines(baskets, end[-1])
    columns = (
        [0, *end[:-1]],
        end,
        goes_to,
        baskets.invoice[:count].tolist(),
        baskets.at[:count].tolist(),
    )
    return tuple(
        Order(
            tuple(lines[first:stop]),
            places[region],
            services=PARCEL_SERVICES,
            id=str(invoice),
            placed_at=datetime.fromtimestamp(at, UTC),
        )
        for first, stop, region, invoice, at in zip(*columns, strict=True)
    )


def _lines(baskets: Baskets, count: int) -> list[OrderLine]:
    skus = baskets.line_sku[:count].tolist()
    quantities = baskets.line_quantity[:count].tolist()
    return [
        OrderLine(baskets.sku[sku], quantity)
        for sku, quantity in zip(skus, quantities, strict=True)
    ]


def _basket_columns(baskets: Baskets, orders: int) -> dict[str, Array]:
    order = np.repeat(np.arange(orders), baskets.lines[:orders])
    rows = slice(len(order))
    return {
        "order": order,
        "invoice": np.array([str(i) for i in baskets.invoice], object)[order],
        "at": baskets.at[order].astype("datetime64[s]"),
        "sku": np.array(baskets.sku, object)[baskets.line_sku[rows]],
        "quantity": baskets.line_quantity[rows].astype(np.int64),
        "unit_price_pence": baskets.line_pence[rows].astype(np.int64),
    }


def _node_columns(nodes: Nodes) -> dict[str, Array]:
    columns: dict[str, list[Any]] = {
        "node": nodes.id,
        "type": nodes.type,
        "name": nodes.name,
        "city": nodes.city,
        "state": nodes.state,
        "zip": nodes.zip,
        "latitude": nodes.latitude,
        "longitude": nodes.longitude,
        "hours": nodes.hours,
        "timezone": nodes.timezone,
    }
    return {
        name: np.array(values, float if isinstance(values[0], float) else object)
        for name, values in columns.items()
    }
