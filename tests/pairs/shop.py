"""A small random shop as plain data: what features change, and what engines are made of.

The oracle reads the shop, not the engine: what a node can send is worked out here from
receipts, safety stock and fences.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from random import Random

import omniroute as om
from tests.routing.worlds import PLACES, PREFIXES

#: A Tuesday, 10 o'clock in Chicago.
NOW = int(datetime(2026, 10, 27, 15, tzinfo=UTC).timestamp())
TODAY = datetime.fromtimestamp(NOW, UTC).date()
SCALE = 10_000


@dataclass
class Card:
    """A service before it is one: brackets are closed when the shop is finished."""

    name: str
    kind: str
    #: By zone label: a price a bracket, in cents.
    prices: dict[int, list[int]]
    days: dict[int, int]
    breaks_g: list[int] | None = None
    heaviest_g: int | None = None
    bands_km: tuple[float, ...] = (300, 1200, 6000)
    more: dict = field(default_factory=dict)

    def service(self) -> om.Service:
        """Return it as the library has it."""
        cents = {
            zone: [Decimal(c).scaleb(-2) for c in row]
            for zone, row in self.prices.items()
        }
        if self.breaks_g is None and self.heaviest_g is None:
            card = om.RateCard.by_zone({zone: row[0] for zone, row in cents.items()})
        elif self.breaks_g is None:
            rows = {zone: row[:1] for zone, row in cents.items()}
            card = om.RateCard([self.heaviest_g], rows, max_shipment_g=self.heaviest_g)
        else:
            most = self.heaviest_g or 2_000_000
            card = om.RateCard(self.breaks_g, cents, max_shipment_g=most)
        bands = om.DistanceBands(self.bands_km)
        return om.Service(self.name, self.kind, card, bands, self.days, **self.more)


@dataclass
class Lane:
    """A shipment by an option, as money of a policy looks at it."""

    node: str
    node_kind: str
    service: str
    k: int
    transit_days: int
    distance_m: int
    #: Days after the order is needed, by the clock there.
    days_late: int = 0


@dataclass
class Money:
    """What a term counts, in 1/10,000: by shipment, by line or unit at a node, by item."""

    per: str
    amount: Callable[..., int]
    cash: bool = False
    merges: bool = True


@dataclass
class Shop:
    """Everything that a decision depends on."""

    dice: Random
    #: By id, in the order of ids, as networks have them.
    nodes: dict[str, dict] = field(default_factory=dict)
    cards: list[Card] = field(default_factory=list)
    items: dict[str, dict] = field(default_factory=dict)
    #: Quanta by (SKU, node).
    stock: dict[tuple[str, str], int] = field(default_factory=dict)
    #: Quanta that arrive tomorrow.
    coming: dict[tuple[str, str], int] = field(default_factory=dict)
    safety: dict[tuple[str, str], int] = field(default_factory=dict)
    #: (channel, SKU, node) and quanta.
    fences: dict[tuple[str, str, str], int] = field(default_factory=dict)
    #: Chances in 1/10,000 that a unit is found.
    chances: dict[tuple[str, str], int] = field(default_factory=dict)
    #: Quanta by SKU.
    lines: dict[str, int] = field(default_factory=dict)
    order: dict = field(default_factory=dict)
    policy: dict = field(default_factory=dict)
    capacity: list[om.Capacity] = field(default_factory=list)
    money: list[Money] = field(default_factory=list)
    dated: bool = False
    to: om.Destination | None = None
    #: Features that were added, in the order of the table.
    has: list[str] = field(default_factory=list)

    # -- as the library has it ------------------------------------------------------------

    def engine(self, **more) -> om.Engine:
        """Return a new engine that knows all of it."""
        network = om.Network(
            [om.Node(id, **told) for id, told in self.nodes.items()],
            [card.service() for card in self.cards],
            places=PLACES,
            capacity=self.capacity,
            **({"time_step": "1s"} if self.dated else {}),
        )
        items = [om.Item(sku, **told) for sku, told in self.items.items()]
        channels = [om.Channel("web"), om.Channel("market")]
        engine = om.Engine(network, items, clock=lambda: NOW, channels=channels, **more)
        received = [
            om.Receive(sku, node, self.units(sku, quanta))
            for (sku, node), quanta in self.stock.items()
            if quanta
        ]
        received += [
            om.Expect(f"{sku}-{node}", sku, node, self.units(sku, n), due=NOW + 86_400)
            for (sku, node), n in self.coming.items()
        ]
        if received:
            engine.apply(received)
        if self.safety:
            engine.set_safety(
                [
                    om.SafetyRule(self.units(sku, quanta), sku=sku, node=node)
                    for (sku, node), quanta in self.safety.items()
                ]
            )
        if self.fences:
            engine.allocate(
                [
                    om.RingFence(channel, sku, self.units(sku, quanta), nodes=[node])
                    for (channel, sku, node), quanta in self.fences.items()
                ]
            )
        if self.chances:
            told = {c: Decimal(n).scaleb(-4) for c, n in self.chances.items()}
            engine.set_find(told)
        return engine

    def asked(self, id: str | None = None) -> om.Order:
        """Return the order."""
        lines = {sku: self.units(sku, quanta) for sku, quanta in self.lines.items()}
        return om.Order(lines, self.to, id=id, **self.order)

    def rules(self) -> om.RoutingPolicy:
        """Return the policy."""
        return om.RoutingPolicy(**self.policy)

    # -- as it is -------------------------------------------------------------------------

    def decimals(self, sku: str) -> int:
        """Return the places of an item's quantities."""
        return self.items[sku].get("decimals", 0)

    def units(self, sku: str, quanta: int) -> Decimal | int:
        """Return quanta as units."""
        places = self.decimals(sku)
        return Decimal(quanta).scaleb(-places) if places else quanta

    def parts(self, sku: str) -> dict[str, int]:
        """Return quanta of what a lot of an item is taken from."""
        told = self.items[sku]
        return dict(told.get("components") or {sku: told.get("pack_size", 1)})

    def can_send(self, sku: str, node: str) -> int:
        """Return quanta of a part at a node for the order's channel."""
        own, others = 0, 0
        for (channel, fenced, at), quanta in self.fences.items():
            if (fenced, at) == (sku, node):
                own += quanta if channel == self.order.get("channel") else 0
                others += quanta if channel != self.order.get("channel") else 0
        there = self.stock.get((sku, node), 0) + self.coming.get((sku, node), 0)
        there -= self.safety.get((sku, node), 0)
        there = max(0, there)
        return max(0, min(there, own + max(0, there - own - others)))

    def lots(self, sku: str, node: str) -> int:
        """Return how many lots of an item a node can make."""
        parts = self.parts(sku).items()
        return min(self.can_send(part, node) // inside for part, inside in parts)


def plain_shop(seed: int, nodes: int, lines: int) -> Shop:
    """Return a shop without any feature: flat rates by distance, whole lines, units."""
    dice = Random(seed)
    shop = Shop(dice)
    for k in range(nodes):
        prefix = dice.choice(PREFIXES)
        latitude, longitude = PLACES.locate(prefix)
        shop.nodes[f"N{k}"] = {
            "kind": dice.choice(["store", "store", "warehouse"]),
            "latitude": latitude + dice.uniform(-0.5, 0.5),
            "longitude": longitude + dice.uniform(-0.5, 0.5),
            "postcode": prefix + "01",
        }
    prefix = dice.choice(PREFIXES)
    latitude, longitude = PLACES.locate(prefix)
    shop.to = om.Destination(
        latitude=latitude + dice.uniform(-1, 1),
        longitude=longitude + dice.uniform(-1, 1),
    )
    start = dice.randint(300, 700)
    prices = {zone: [start + 150 * zone] for zone in (1, 2, 3)}
    shop.cards.append(Card("ground", "ship", prices, {1: 1, 2: 2, 3: 4}))
    for i in range(lines):
        sku = f"S{i:02d}"
        shop.items[sku] = {"weight_g": dice.choice([90, 250, 400, 650, 900])}
        shop.lines[sku] = dice.choice([1, 1, 2, 3])
        holders = [n for n in shop.nodes if dice.random() < 0.55]
        for node in holders or [dice.choice(list(shop.nodes))]:
            shop.stock[sku, node] = shop.lines[sku] + dice.randint(0, 2)
    return shop
