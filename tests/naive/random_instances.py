"""Random routing questions, by shape: each stresses one thing that can go wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from .routing_instance import Instance, Line, Node, Option
from .tariffs import ANY_WEIGHT, Tariff, close_under_parcelling

#: Tariffs by service and zone: ``tables[service][zone]``.
Tables = Sequence[Sequence[Tariff]]

_CENTS = 100


@dataclass(frozen=True)
class Shape:
    """Ranges, both ends included, that a question is drawn from.

    `stock` are the (lowest, highest) quanta at a node that holds a line, as a share of
    what is asked; `prices` is one of ``steps``, ``flat`` and ``free``; `offered` the
    chance that a node offers a service; `coarse` the money all prices are multiples of.
    """

    lines: tuple[int, int] = (1, 4)
    nodes: tuple[int, int] = (2, 5)
    services: int = 1
    quantity: tuple[int, int] = (1, 4)
    scales: tuple[int, ...] = (1,)
    weights_g: tuple[int, int] = (0, 1500)
    holds: float = 0.6
    stock: tuple[float, float] = (0.0, 2.0)
    zones: int = 4
    prices: str = "steps"
    steps: int = 5
    heaviest_g: int = ANY_WEIGHT
    handling: int = 0
    transit_days: int = 5
    distances: int = 1000
    offered: float = 1.0
    coarse: int = _CENTS
    max_shipments: tuple[int | None, ...] = (None,)
    complete_only: float = 0.1

    def sized(self, lines: int, nodes: int) -> Shape:
        """Return the same shape with so many lines and nodes."""
        return replace(self, lines=(lines, lines), nodes=(nodes, nodes))


SHAPES = {
    "mixed": Shape(services=2, handling=300, offered=0.8, max_shipments=(None, 2, 3)),
    #: Many nodes that differ in nothing but their place, prices and all equal.
    "ties": Shape(
        nodes=(3, 5),
        zones=2,
        stock=(1.0, 1.5),
        weights_g=(500, 500),
        transit_days=2,
        distances=2,
        services=2,
        coarse=20_000,
    ),
    #: Hardly a node holds a line whole.
    "splits": Shape(
        lines=(1, 3),
        quantity=(2, 4),
        stock=(0.2, 0.9),
        holds=0.9,
        handling=200,
        max_shipments=(None, None, 2, 3),
    ),
    #: Much is nowhere; the rest is here and there.
    "scarce": Shape(holds=0.25, services=2, max_shipments=(None, 1, 2)),
    #: Services whose prices cross as the weight grows.
    "crossing": Shape(nodes=(2, 3), services=3, weights_g=(100, 4000), steps=8),
    #: A node has a line or two; few shipments are allowed.
    "limits": Shape(
        lines=(3, 4), nodes=(4, 5), max_shipments=(1, 2, 2), complete_only=0.2
    ),
    #: Units of several quanta: grams and handling are rounded up.
    "decimals": Shape(
        scales=(1, 10, 100, 1000), weights_g=(1, 3333), handling=777, services=2
    ),
    #: Collected by the customer: no price, one node for all.
    "collect": Shape(prices="free", max_shipments=(1,), handling=50, distances=4),
    #: Shipments come to the heaviest weight that has a price.
    "heavy": Shape(
        lines=(2, 3),
        nodes=(1, 3),
        services=2,
        weights_g=(200, 900),
        heaviest_g=2500,
        holds=0.8,
        offered=0.7,
        max_shipments=(None, 1, 2),
    ),
}


def random_instance(
    rng: np.random.Generator,
    shape: str | Shape = "mixed",
    tables: Tables | None = None,
) -> Instance:
    """Return a question of the shape; prices from `tables` where they are given.

    Examples
    --------
    >>> rng = np.random.Generator(np.random.PCG64(1))
    >>> len(random_instance(rng, "limits").nodes) in (4, 5)
    True
    """
    drawn = SHAPES[shape] if isinstance(shape, str) else shape
    if tables is None:
        tables = random_tables(rng, drawn)
    lines = tuple(_line(rng, drawn) for _ in range(_between(rng, drawn.lines)))
    count = _between(rng, drawn.nodes)
    nodes = tuple(_node(rng, drawn, lines) for _ in range(count))
    options = tuple(
        option for k in range(count) for option in _options(rng, drawn, k, tables)
    )
    return Instance(lines, nodes, options, bool(rng.random() < drawn.complete_only))


def random_question(
    rng: np.random.Generator, shape: str | Shape, tables: Tables | None = None
) -> tuple[Instance, str, int | None]:
    """Return an instance, an objective and a limit of shipments."""
    drawn = SHAPES[shape] if isinstance(shape, str) else shape
    instance = random_instance(rng, drawn, tables)
    objective = ("cheapest", "fastest")[rng.integers(2)]
    limit = drawn.max_shipments[rng.integers(len(drawn.max_shipments))]
    return instance, objective, limit


def random_tables(rng: np.random.Generator, shape: Shape) -> Tables:
    """Return tariffs by service and zone, each closed under parcelling."""
    return [
        _to_one_limit(
            [random_tariff(rng, shape, zone, service) for zone in range(shape.zones)]
        )
        for service in range(shape.services)
    ]


def _to_one_limit(tariffs: list[Tariff]) -> list[Tariff]:
    """Cut tariffs at the least of their limits: a service carries alike to all zones."""
    limit = min(tariff.heaviest_g for tariff in tariffs)
    return [
        Tariff.from_points(
            (min(end, limit), price)
            for end, price in zip(tariff.limits, tariff.prices, strict=True)
        )
        for tariff in tariffs
    ]


def random_tariff(
    rng: np.random.Generator, shape: Shape, zone: int = 0, service: int = 0
) -> Tariff:
    """Return a price by weight; a later service starts dearer and rises less."""
    if shape.prices == "free":
        return Tariff.flat(0)
    start = _money(rng, shape, 20_000 * (1 + service), 40_000 * (1 + service))
    if shape.prices == "flat":
        return Tariff.flat(start + zone * shape.coarse, shape.heaviest_g)
    rise = 12_000 * (1 + zone) // (1 + 3 * service)
    grid = 50 * np.cumsum(rng.integers(1, 40, size=shape.steps))
    prices = start + np.cumsum([_money(rng, shape, 0, rise) for _ in grid])
    heaviest_g = min(shape.heaviest_g, int(grid[-1]) * 8)
    return close_under_parcelling(grid.tolist(), prices.tolist(), heaviest_g)


def usps_tables(
    rows: Sequence[Sequence[str]], zones: int = 8, heaviest_g: int = 200_000
) -> list[Tariff]:
    """Return a closed tariff by zone from the rows of a postal tariff file.

    Rows are (bracket, price by zone...), brackets ``4_oz``, ``15_999_oz`` or pounds.
    """
    limits, prices = [], []
    for bracket, *by_zone in rows:
        if bracket != "15_999_oz":  # rounds to the first pound, at the same price
            limits.append(_bracket_quarter_pounds(bracket))
            prices.append([round(float(price) * 10_000) for price in by_zone])
    gram = 45_359_237  # hundred-thousandths of a gram in a pound
    lattice = [
        close_under_parcelling(
            limits, [row[zone] for row in prices], heaviest_g * 400_000 // gram
        )
        for zone in range(zones)
    ]
    return [
        Tariff.from_points(
            (limit * gram // 400_000, price)
            for limit, price in zip(tariff.limits, tariff.prices, strict=True)
        )
        for tariff in lattice
    ]


def _bracket_quarter_pounds(bracket: str) -> int:
    return int(bracket[:-3]) // 4 if bracket.endswith("_oz") else 4 * int(bracket)


def _line(rng: np.random.Generator, shape: Shape) -> Line:
    return Line(
        quantity=_between(rng, shape.quantity),
        weight_g=_between(rng, shape.weights_g),
        scale=int(rng.choice(shape.scales)),
    )


def _node(rng: np.random.Generator, shape: Shape, lines: Sequence[Line]) -> Node:
    stock = tuple(_stock(rng, shape, line) for line in lines)
    order, each, unit = rng.integers(0, shape.handling + 1, size=3).tolist()
    return Node(stock, order_cost=3 * order, line_cost=each, unit_cost=unit)


def _stock(rng: np.random.Generator, shape: Shape, line: Line) -> int:
    if rng.random() >= shape.holds:
        return 0
    low, high = shape.stock
    return round(line.quantity * rng.uniform(low, high))


def _options(
    rng: np.random.Generator, shape: Shape, node: int, tables: Tables
) -> list[Option]:
    zone = int(rng.integers(len(tables[0])))
    distance = 1000 * int(rng.integers(1, shape.distances + 1))
    return [
        Option(
            node=node,
            service=service,
            price=tables[service][zone],
            transit_days=1 + (zone + service) % max(1, shape.transit_days),
            distance_m=distance,
        )
        for service in range(len(tables))
        if rng.random() < shape.offered
    ]


def _between(rng: np.random.Generator, ends: tuple[int, int]) -> int:
    return int(rng.integers(ends[0], ends[1] + 1))


def _money(rng: np.random.Generator, shape: Shape, low: int, high: int) -> int:
    return _between(rng, (low, high)) // shape.coarse * shape.coarse
