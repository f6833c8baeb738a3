"""Small random networks with everything in them that routing looks at."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from random import Random

import omniroute as om
from omniroute.engine import Engine

PREFIXES = ("100", "303", "554", "606", "770", "941")
PLACES = om.Places(
    PREFIXES,
    [40.7, 33.7, 44.9, 41.8, 29.7, 37.7],
    [-74.0, -84.4, -93.2, -87.6, -95.3, -122.4],
)
KINDS = ("store", "store", "warehouse", "dark_store")


@dataclass
class World:
    """An engine and the dice that made it."""

    engine: Engine
    dice: Random
    skus: list[str]

    def order(self, lines: int | None = None, id: str | None = None) -> om.Order:
        """Return a random order, some with services, exclusions or a collect node."""
        dice, engine = self.dice, self.engine
        count = dice.choice([1, 1, 2, 3, 3, 5, 8, 12]) if lines is None else lines
        chosen = dice.sample(self.skus, min(count, len(self.skus)))
        decimals = {item.sku: item.decimals for item in engine.items}
        wanted = [(sku, _quantity(dice, decimals[sku])) for sku in chosen]
        if dice.random() < 0.2:
            wanted.append((chosen[0], 1))
        services = None
        if dice.random() < 0.5:
            names = engine.network.service_names
            services = dice.sample(names, dice.randint(1, len(names)))
        barred = [n for n in engine.network.node_ids if dice.random() < 0.05]
        collect_at = None
        if dice.random() < 0.05 and (services is None or "pickup" in services):
            collect_at = dice.choice(engine.network.node_ids)
        return om.Order(
            wanted,
            destination(dice),
            services=services,
            exclude_nodes=barred,
            collect_at=collect_at,
            id=id,
        )

    def policy(self) -> om.RoutingPolicy:
        """Return random rules."""
        dice = self.dice
        nodes = self.engine.network.node_ids
        return om.RoutingPolicy(
            objective=dice.choice(["cheapest", "cheapest", "fastest"]),
            max_shipments=dice.choice([None, None, 1, 2, 3]),
            complete_only=dice.random() < 0.2,
            max_distance_km=dice.choice([None, None, None, 500, 2000]),
            exclude_nodes=[dice.choice(nodes)] if dice.random() < 0.2 else [],
            mix_kinds=dice.random() < 0.3,
        )


def destination(dice: Random) -> om.Destination:
    """Return a postcode, coordinates or both; a few that nobody serves."""
    roll = dice.random()
    if roll < 0.06:
        return om.Destination(postcode="999")
    prefix = dice.choice(PREFIXES)
    latitude, longitude = PLACES.locate(prefix)
    near = latitude + dice.uniform(-1, 1), longitude + dice.uniform(-1, 1)
    if roll < 0.2:
        return om.Destination(latitude=near[0], longitude=near[1])
    if roll < 0.5:
        return om.Destination(postcode=prefix, latitude=near[0], longitude=near[1])
    return om.Destination(postcode=prefix + f"{dice.randint(1, 99):02d}")


def world(
    seed: int,
    nodes: int | None = None,
    skus: int = 14,
    *,
    heavy: bool = False,
    weightless: bool = True,
    **engine,
) -> World:
    """Return a random world, the same for the same seed."""
    dice = Random(seed)
    count = dice.randint(3, 8) if nodes is None else nodes
    network = om.Network(
        [_node(dice, k) for k in range(count)], _services(dice, heavy), places=PLACES
    )
    names = [f"S{i:02d}" for i in range(skus)]
    items = [
        om.Item(
            sku,
            weight_g=dice.choice([0 if weightless else 5, 90, 250, 400, 1300, 2600]),
            decimals=dice.choice([0, 0, 0, 0, 1, 2]),
        )
        for sku in names
    ]
    engine.setdefault("clock", lambda: 0)
    made = World(Engine(network, items, **engine), dice, names)
    stock = [
        om.Receive(sku, node, dice.choice([1, 1, 2, 3, 5]))
        for sku in names
        for node in network.node_ids
        if dice.random() < 0.45
    ]
    dice.shuffle(stock)
    made.engine.apply(stock)
    return made


def _quantity(dice: Random, decimals: int) -> int | Decimal:
    if decimals == 0 or dice.random() < 0.5:
        return dice.choice([1, 1, 1, 2, 3, 4])
    return Decimal(dice.randint(1, 4 * 10**decimals)).scaleb(-decimals)


def _node(dice: Random, k: int) -> om.Node:
    prefix = dice.choice(PREFIXES)
    latitude, longitude = PLACES.locate(prefix)
    offered = None
    if dice.random() < 0.3:
        offered = dice.sample(["ground", "express", "pickup", "courier"], 2)
    return om.Node(
        f"N{(k * 7) % 100:02d}",
        kind=dice.choice(KINDS),
        latitude=latitude + dice.uniform(-0.5, 0.5),
        longitude=longitude + dice.uniform(-0.5, 0.5),
        postcode=prefix + "01",
        services=offered,
        order_cost=Decimal(dice.randint(0, 300)).scaleb(-2),
        line_cost=Decimal(dice.randint(0, 5000)).scaleb(-4),
        unit_cost=Decimal(dice.randint(0, 40)).scaleb(-2),
    )


def _services(dice: Random, heavy: bool) -> list[om.Service]:
    chart = om.PostcodeZones(
        PREFIXES,
        PREFIXES[:-1],
        [
            [dice.randint(0 if dice.random() < 0.1 else 1, 4) for _ in PREFIXES[:-1]]
            for _ in PREFIXES
        ],
    )
    most = 6000 if heavy else 2_000_000
    ground = om.RateCard(
        [250, 500, 1000, 2500, 5000],
        {zone: _prices(dice, 5, 3 + zone) for zone in (1, 2, 3, 4)},
        max_shipment_g=most,
    )
    express = om.RateCard(
        [500, 2000, 10_000],
        {zone: _prices(dice, 3, 6 + 2 * zone) for zone in (1, 2, 3)},
        max_shipment_g=most,
    )
    return [
        om.Service("ground", "ship", ground, chart, {1: 1, 2: 2, 3: 4, 4: 6}),
        om.Service(
            "express",
            "ship",
            express,
            om.DistanceBands([300, 1200, 3000]),
            {1: 1, 2: 1, 3: 2},
        ),
        om.Service(
            "pickup",
            "collect",
            om.RateCard.flat(0),
            radius_km=120,
            node_kinds=["store"],
        ),
        om.Service(
            "courier",
            "same_day",
            om.RateCard.by_zone({1: 9, 2: 14}),
            om.DistanceBands([15, 60]),
            radius_km=50,
        ),
    ]


def _prices(dice: Random, count: int, start: int) -> list[Decimal]:
    prices, money = [], start * 100
    for _ in range(count):
        prices.append(Decimal(money).scaleb(-2))
        money += dice.randint(0, 400)
    return prices
