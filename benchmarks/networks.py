"""Networks to measure on: synthetic ones of any size, seeded, and the sample.

The synthetic ones have stores and ten warehouses spread over the mainland US, the real
USPS tariffs of the sample for two services, zones by distance, and stock such that a
store carries a tenth of the SKUs and a warehouse four fifths: about 200 candidate nodes
a line in a network of 2,000.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np

import omniroute as om
from omniroute.datasets.coded_column import CodedColumn

SKUS = 1_000
WAREHOUSES = 10
DESTINATIONS = 200
#: Upper limits of the USPS zones 1 to 8, in km.
ZONE_LIMITS_KM = (80, 241, 483, 966, 1_609, 2_253, 2_897, 8_000)
GROUND_DAYS = {1: 2, 2: 2, 3: 3, 4: 3, 5: 4, 6: 4, 7: 5, 8: 5}
PRIORITY_DAYS = {1: 1, 2: 2, 3: 2, 4: 2, 5: 3, 6: 3, 7: 3, 8: 3}
SHIP = ("ground", "priority")


@dataclass(frozen=True, eq=False)
class World:
    """A network with stock in an engine, and what orders may name."""

    name: str
    engine: om.Engine
    #: Columns to load into an engine of the same network and items.
    stock: dict[str, Any]
    destinations: tuple[om.Destination, ...]
    services: tuple[str, ...]

    @property
    def network(self) -> om.Network:
        return self.engine.network

    def fresh(self) -> World:
        """The same with the stock as it was at first."""
        engine = _engine(self.network, self.engine.items, self.stock)
        return World(self.name, engine, self.stock, self.destinations, self.services)

    def orders(
        self,
        lines: int,
        count: int,
        seed: int = 1,
        ids: bool = False,
        units: int = 3,
    ) -> list[om.Order]:
        """Orders of distinct SKUs, one to three units a line unless told."""
        rng = np.random.Generator(np.random.PCG64([seed, lines]))
        skus = [item.sku for item in self.engine.items]
        return [
            om.Order(
                {
                    skus[j]: int(rng.integers(1, units + 1))
                    for j in rng.choice(len(skus), lines, replace=False)
                },
                self.destinations[int(rng.integers(len(self.destinations)))],
                services=self.services,
                id=f"{lines}-{k}" if ids else None,
            )
            for k in range(count)
        ]

    def proven_orders(self, lines: int, count: int) -> list[om.Order]:
        """Of such orders, those that the subset table settles: no spread lines."""
        drawn = self.orders(lines, 8 * count)
        route = self.engine.route
        kept = (order for order in drawn if route(order).method.name == "SUBSETS")
        return [order for order, _ in zip(kept, range(count), strict=False)]


def _engine(
    network: om.Network, items: tuple[om.Item, ...], stock: dict[str, Any]
) -> om.Engine:
    engine = om.Engine(network, items, clock=lambda: 0)
    engine.apply(stock)
    return engine


@cache
def shop() -> Any:
    return om.datasets.load_us_retail()


@cache
def sample() -> World:
    """1,565 stores and ten warehouses, real tariffs, synthetic stock."""
    stock = shop().opening_stock
    destinations = tuple(dict.fromkeys(order.destination for order in shop().orders))
    engine = _engine(shop().network, shop().items, stock)
    services = ("ground", "priority", "express")
    return World("sample", engine, stock, destinations[:DESTINATIONS], services)


@cache
def synthetic(nodes: int, seed: int = 7) -> World:
    rng = np.random.Generator(np.random.PCG64([seed, nodes]))
    items = tuple(
        om.Item(f"SKU{j:05}", weight_g=int(grams))
        for j, grams in enumerate(rng.integers(50, 1_500, SKUS))
    )
    network = om.Network(_nodes(rng, nodes), _services())
    destinations = tuple(
        om.Destination(latitude=lat, longitude=lon)
        for lat, lon in _points(rng, DESTINATIONS)
    )
    stock = _stock(rng, network, items)
    engine = _engine(network, items, stock)
    return World(f"{nodes:,} nodes", engine, stock, destinations, SHIP)


def _points(rng: np.random.Generator, count: int) -> list[tuple[float, float]]:
    latitude = rng.uniform(30, 47, count).round(4).tolist()
    longitude = rng.uniform(-120, -75, count).round(4).tolist()
    return list(zip(latitude, longitude, strict=True))


def _nodes(rng: np.random.Generator, count: int) -> list[om.Node]:
    costs = {"store": ("1.50", "0.40", "0.05"), "warehouse": ("0.90", "0.15", "0.02")}
    found = []
    for k, (latitude, longitude) in enumerate(_points(rng, count)):
        kind = "warehouse" if k < WAREHOUSES else "store"
        order, line, unit = (Decimal(cost) for cost in costs[kind])
        found.append(
            om.Node(
                f"N{k:05}",
                kind=kind,
                latitude=latitude,
                longitude=longitude,
                order_cost=order,
                line_cost=line,
                unit_cost=unit,
            )
        )
    return found


def _services() -> list[om.Service]:
    real = {service.name: service.rates for service in shop().network.services}
    bands = om.DistanceBands(ZONE_LIMITS_KM)
    return [
        om.Service(name, "ship", real[name], bands, transit_days=days)
        for name, days in zip(SHIP, (GROUND_DAYS, PRIORITY_DAYS), strict=True)
    ]


def _stock(
    rng: np.random.Generator, network: om.Network, items: tuple[om.Item, ...]
) -> dict[str, Any]:
    warehouse = np.array([node.kind == "warehouse" for node in network.nodes])
    share = np.where(warehouse, 0.8, 0.1)
    held = rng.random((len(items), len(share))) < share
    sku, node = np.nonzero(held)
    quantity = rng.integers(5, 50, len(sku)) * np.where(warehouse[node], 20, 1)
    return {
        "sku": CodedColumn([item.sku for item in items], sku),
        "node": CodedColumn(network.node_ids, node),
        "quantity": quantity,
    }
