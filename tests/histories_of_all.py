"""Random histories with all there is: kits, packs, promises for later, lots, chances."""

from __future__ import annotations

import omniroute as om
from tests.histories import ASKERS, CHANNELS, NODES, TO, History, an_engine, an_item

#: Components of each kit; KIT is in another, TENS are promised by ten.
KITS = {
    "KIT": {"A": 2, "B": 1},
    "NEST": {"KIT": 1, "EGG": 1},
    "CUT": {"ROPE": 0.5},
    "TENS": {"C": 1},
}
PACKS = {"EGG": 3, "TENS": 2}
FIND = [0.2, 0.65, 0.9, 1]


def parts_of(sku):
    """Stocked SKUs that a SKU is drawn from, nested kits taken apart."""
    if sku not in KITS:
        return {sku}
    return set().union(*(parts_of(part) for part in KITS[sku]))


class HistoryOfAll(History):
    """Adds, to what `History` draws, whatever else changes what can be promised."""

    def __init__(self, seed):
        super().__init__(seed)
        self.skus.append("EGG")
        #: Where and when deliveries were to come.
        self.inbound: list[tuple[str, str, int]] = []

    def engine(self, **options):
        """An engine that knows of kits from the start."""
        engine = an_engine(lambda: self.now, [], channels=CHANNELS, **options)
        stocked = [an_item(sku) for sku in self.skus if sku not in PACKS]
        packs = [om.Item("EGG", pack_size=PACKS["EGG"])]
        engine.add_items([*stocked, *packs, *map(a_kit, KITS)])
        cells = [(sku, node) for sku in self.skus for node in NODES[:2]]
        engine.apply([om.Receive(*cell, 7) for cell in cells])
        return engine

    def step(self):
        """What there was before, half of the time."""
        if self.dice.random() < 0.45:
            return super().step()
        kinds = [self.composed, self.later, self.unbound, self.supply, self.lots]
        rare = [self.redate, self.bind, self.endless, self.find, self.preorder]
        return self.dice.choice([*kinds, *rare, self.order_composed, self.kit])()

    def ahead(self):
        return self.now + self.dice.randint(1, 60)

    def any_cell(self):
        return self.dice.choice([*self.skus, *KITS]), self.dice.choice(NODES)

    # -- kits and packs ----------------------------------------------------------------

    def composed(self):
        id, channel = self.new_id(), self.dice.choice(ASKERS)
        sku, node = self.any_cell()
        cells = {(sku, node): PACKS.get(sku, 1) * self.dice.randint(1, 2)}
        ttl = self.dice.choice([None, 20])
        return lambda engine: engine.reserve(cells, id=id, channel=channel, ttl=ttl)

    def order_composed(self):
        sku, channel = self.any_cell()[0], self.dice.choice(ASKERS)
        lines = {sku: PACKS.get(sku, 1), "A": 1}
        order = om.Order(lines, TO, id=self.new_id(), channel=channel)
        many = self.dice.random() < 0.5
        if many:
            return lambda engine: engine.route_many([order], reserve=True)
        return lambda engine: engine.place(order, partial=True)

    def kit(self):
        """A kit that is added later, of items that were."""
        sku, parts = f"LATE{self.dice.random():.9f}", self.dice.sample(self.skus, 2)
        made = om.Item(sku, components=dict.fromkeys(parts, 1))

        def add(engine):
            engine.add_items([made])
            KITS[sku] = dict.fromkeys(parts, 1)

        return add

    def endless(self):
        """Cells that never run short, to all or through a channel."""
        (sku, node), dice = self.cell(), self.dice
        rules = [
            om.OversellRule("ignore", sku=sku, node=node),
            om.OversellRule("ignore", sku=self.cell()[0], channel="web"),
            om.OversellRule("ignore", item_class="soft", node_kind="warehouse"),
            om.OversellRule("warn", floor=3, sku="EGG"),
        ]
        chosen = [rule for rule in rules if dice.random() < 0.5]
        return lambda engine: engine.set_oversell(chosen)

    # -- later, and nowhere ------------------------------------------------------------

    def supply(self):
        """Deliveries: announced, late, arrived, called off."""
        if self.dice.random() < 0.5:
            (sku, node), due = self.cell(), self.ahead()
            self.inbound.append((sku, node, due))
            id, n = f"PO{len(self.inbound)}", self.units() + 3
            event = om.Expect(id, sku, node, n, due=due)
        else:
            id = f"PO{self.dice.randint(1, 1 + len(self.inbound))}"
            event = self.dice.choice(
                [
                    om.Reschedule(id, due=self.ahead()),
                    om.Arrive(id),
                    om.CancelInbound(id, 1),
                ]
            )
        return lambda engine: engine.apply(event)

    def later(self):
        """A pre-order: of what is on its way, or of anything."""
        if self.inbound and self.dice.random() < 0.8:
            sku, node, due = self.dice.choice(self.inbound)
            due = max(due, self.now) + self.dice.randint(0, 9)
        else:
            (sku, node), due = self.any_cell(), self.ahead()
        cells = {(sku, node): self.dice.choice([3, 6, 9])}
        id = self.new_id()
        return lambda engine: engine.reserve(cells, id=id, due=due, partial=True)

    def redate(self):
        id, due = self.known_id(), self.dice.choice([None, self.ahead()])
        return lambda engine: engine.redate(id, due)

    def preorder(self):
        rules = [om.OversellRule("warn", floor=self.units(), sku=self.cell()[0])]
        return lambda engine: engine.set_preorder(rules)

    def unbound(self):
        """Held of the network as a whole, and given back after a while."""
        id, ttl = self.new_id(), self.dice.choice([None, 15])
        cells = {(self.cell()[0], None): self.dice.choice([2, 3, 6])}
        return lambda engine: engine.reserve(cells, id=id, ttl=ttl, partial=True)

    def bind(self):
        id, node = self.known_id(), self.dice.choice(NODES)
        return lambda engine: engine.bind(id, node)

    # -- lots and chances --------------------------------------------------------------

    def lots(self):
        """Units that end."""
        (sku, node), n, end = self.cell(), self.units(), self.ahead()
        event = self.dice.choice([om.Receive, om.Receive, om.Sell, om.Count])
        return lambda engine: engine.apply(event(sku, node, n, sell_by=end))

    def find(self):
        told = {self.cell(): self.dice.choice(FIND) for _ in range(3)}
        return lambda engine: engine.set_find(told)


def a_kit(sku):
    return om.Item(sku, components=KITS[sku], pack_size=PACKS.get(sku, 1))
