"""A network made for one case, and the few things that cases do to it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import omniroute as om

SKU = "A"
TO = om.Destination(postcode="55425", country="US")


def places_of(value):
    """Decimals that the numbers in a value need."""
    if isinstance(value, dict):
        return max(map(places_of, value.values()), default=0)
    if isinstance(value, list):
        return max(map(places_of, value), default=0)
    if not isinstance(value, float):
        return 0
    return max(0, -Decimal(repr(value)).normalize().as_tuple().exponent)


def named(stock):
    """Stock by node: given so, as a list, or as one number."""
    if isinstance(stock, dict):
        return stock
    stock = stock if isinstance(stock, list) else [stock]
    return {f"L{k}": units for k, units in enumerate(stock, start=1)}


class Shop:
    """Nodes that ship at equal prices, the preferred one a little cheaper.

    ``stock`` is units of one item by node, or by node and item; ``items`` are those of
    which there is more to say.
    """

    def __init__(
        self,
        stock,
        *,
        decimals=0,
        pack_size=1,
        preferred=None,
        channels=(),
        items=(),
        clock=lambda: 1_000,
    ):
        self.stock = {
            node: units if isinstance(units, dict) else {SKU: units}
            for node, units in named(stock).items()
        }
        self.counted = dict.fromkeys(s for units in self.stock.values() for s in units)
        known = {
            sku: om.Item(sku, decimals=decimals, pack_size=pack_size)
            for sku in self.counted
        }
        for item in items:
            known = {part: om.Item(part) for part in dict(item.components)} | known
        known |= {item.sku: item for item in items}
        nodes = [om.Node(n, order_cost=9 if n == preferred else 10) for n in self.stock]
        self.engine = om.Engine(
            om.Network(nodes, [om.Service("ground", "ship", om.RateCard.flat(5))]),
            known.values(),
            clock=clock,
            channels=channels,
        )
        self.ids, self.decimals = 0, decimals
        for node, units in self.stock.items():
            for sku, some in units.items():
                self.engine.apply(om.Adjust(sku, node, some))

    @property
    def nodes(self):
        return list(self.stock)

    def allow(self, floor=None, **scope):
        """Permit promises below nothing; without a floor, to any depth."""
        rule = om.OversellRule("warn", floor=floor, **scope)
        self.engine.set_oversell([rule])

    def threshold(self, units):
        """Above zero it is held back from the network, below it may be oversold."""
        if units > 0:
            self.engine.set_safety([om.SafetyRule(units, guards="network")])
        elif units < 0:
            self.allow(-units)

    def new_id(self):
        self.ids += 1
        return f"r{self.ids}"

    # -- what is wanted ----------------------------------------------------------------

    def hold(self, units, sku=SKU, **terms):
        """Reserve at named nodes, under a new id; the id, and whether that went well."""
        id, lines = self.new_id(), {(sku, n): q for n, q in units.items() if q}
        placed = self.engine.reserve(lines, id=id, **terms) if lines else None
        return id, placed is None or placed.status is om.Status.OK

    def place(self, lines, **terms):
        """Order units of one item, or of some, from wherever."""
        lines = lines if isinstance(lines, dict | list) else {SKU: lines}
        order = om.Order(lines, TO, id=self.new_id())
        return self.engine.place(order, **terms)

    def route(self, lines):
        """The plan for what `place` would order; nothing is reserved."""
        return self.engine.route(om.Order(lines, TO))

    def accepts(self, lines):
        return self.place(lines).status is om.Status.OK

    def at_once(self, quantities):
        """Orders placed by as many threads; what came of each."""
        with ThreadPoolExecutor(16) as pool:
            return list(pool.map(self.place, quantities))

    def spread(self, units):
        """Put an amount of firm reservations wherever there is room for it."""
        if isinstance(units, dict):
            assert self.hold(units)[1]
        elif units:
            assert self.accepts(units)

    # -- what there is -----------------------------------------------------------------

    def atp(self, node=None, sku=SKU, group=None):
        return self.engine.available_to_promise(sku, node=node, group=group)

    def sum_of(self, name, node=None, sku=SKU):
        """On hand, soft or firm, of a node or all."""
        nodes = self.nodes if node is None else [node]
        return sum(getattr(self.engine.stock(sku, n), name) for n in nodes)

    def units(self, quanta):
        return Decimal(int(quanta)).scaleb(-self.decimals)

    def on_hand(self, node=None, sku=SKU):
        return self.sum_of("on_hand", node, sku)

    def held(self, node=None, sku=SKU):
        return self.sum_of("soft", node, sku) + self.sum_of("firm", node, sku)

    def position(self, sku=SKU):
        """On hand less all that is reserved: below zero where that is more."""
        return self.on_hand(sku=sku) - self.held(sku=sku)

    def picks(self, plan):
        """Units by node and item of a plan."""
        return {
            shipment.node: {line.sku: line.quantity for line in shipment.lines}
            for shipment in plan.shipments
        }

    def short(self, plan):
        """Units by item that a plan leaves out."""
        return {line.sku: line.quantity for line in plan.shortages}
