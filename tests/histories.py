"""Random histories of an engine: every kind of change, drawn once and run anywhere."""

from __future__ import annotations

from random import Random

import omniroute as om
from omniroute.engine import Engine

NODES = ["N0", "N1", "N2"]
SKUS = ["A", "B", "C", "ROPE"]
CHANNELS = [
    om.Channel("top", fall_back=()),
    om.Channel("web", parent="top", fall_back=("pool", "parents")),
    om.Channel("app", parent="top", fall_back=("siblings", "pool")),
    om.Channel("sos", emergency=True),
]
ASKERS = [None, *(channel.name for channel in CHANNELS)]
TO = om.Destination(latitude=45, longitude=-93)


def an_engine(clock, skus=SKUS, **options) -> Engine:
    """Three nodes, four items, four channels, two services."""
    options.setdefault("channels", CHANNELS)
    kinds = ["store", "store", "warehouse"]
    network = om.Network(
        [
            om.Node(node, kind, latitude=44 + k, longitude=-93, order_cost=k)
            for k, (node, kind) in enumerate(zip(NODES, kinds, strict=True))
        ],
        [
            om.Service("ground", "ship", om.RateCard.flat(5)),
            om.Service("courier", "same_day", om.RateCard.flat(9), radius_km=150),
        ],
    )
    return Engine(network, [an_item(sku) for sku in skus], clock=clock, **options)


def an_item(sku: str) -> om.Item:
    """ROPE is sold by the tenth of a metre; A, B and what comes later are of one class."""
    soft = "soft" if sku[0] in "ABD" else None
    return om.Item(sku, decimals=int(sku == "ROPE"), item_class=soft)


class History:
    """Draws changes; each is a function of an engine, so that two can live through it."""

    def __init__(self, seed: int) -> None:
        self.dice = Random(seed)
        self.now = 1_000
        self.ids: list[str] = []
        self.skus = list(SKUS)

    def engine(self, **options) -> Engine:
        """An engine on this history's clock."""
        return an_engine(lambda: self.now, **options)

    def step(self):
        """One change, of any kind; those that are about stock come most often."""
        often = [self.fact, self.columns, self.reserve, self.place, self.many]
        life = [self.ending, self.part, self.amend, self.move, self.pass_time]
        rules = [self.safety, self.oversell, self.allocate, self.reallocate]
        rare = [self.refused, self.supersede, self.item, self.compact]
        kind = self.dice.choice([often, often, often, life, life, rules, rare])
        return self.dice.choice(kind)()

    # -- facts -------------------------------------------------------------------------

    def cell(self):
        return self.dice.choice(self.skus), self.dice.choice(NODES)

    def units(self):
        return self.dice.randint(1, 9)

    def fact(self):
        (sku, node), n = self.cell(), self.units()
        channel = self.dice.choice(ASKERS)
        event = self.dice.choice(
            [
                om.Receive(sku, node, n + 4),
                om.Receive(sku, node, n),
                om.Sell(sku, node, n),
                om.Count(sku, node, n),
                om.Safety(sku, node, n // 3),
                om.Return(sku, node, n, channel=channel),
                om.Move(sku, node, n, "on_hand", "damaged"),
            ]
        )
        return lambda engine: tried(lambda: int(engine.apply(event)))

    def columns(self):
        rows = [(*self.cell(), self.units()) for _ in range(self.dice.randint(1, 6))]
        kinds = [self.dice.choice(["receive", "sell", "count"]) for _ in rows]
        skus, nodes, units = map(list, zip(*rows, strict=True))
        frame = {"sku": skus, "node": nodes, "quantity": units, "event": kinds}
        return lambda engine: int(engine.apply(frame))

    def refused(self):
        """The last row is bad, so none may leave a trace."""
        sku, node = self.cell()
        good, bad = om.Receive(sku, node, 3), om.Receive(sku, node, 2**31 - 1)
        return lambda engine: tried(lambda: int(engine.apply([good, bad, bad])))

    def pass_time(self):
        self.now += self.dice.randint(0, 25)
        return lambda engine: int(engine.apply([]))

    def item(self):
        """A new item; the class has rules perhaps."""
        sku = f"D{len(self.skus)}"
        self.skus.append(sku)
        made = an_item(sku)
        return lambda engine: engine.add_items([made])

    def compact(self):
        return lambda engine: engine.state.arena.compact()

    # -- reservations ------------------------------------------------------------------

    def new_id(self):
        self.ids.append(f"R{len(self.ids)}")
        return self.ids[-1]

    def known_id(self):
        return self.dice.choice(self.ids[-12:]) if self.ids else "R?"

    def reserve(self):
        id, channel = self.new_id(), self.dice.choice(ASKERS)
        cells = {self.cell(): self.units() for _ in range(self.dice.randint(1, 3))}
        terms = {"ttl": self.dice.choice([None, 20, 60]), "partial": self.units() < 5}
        return lambda engine: (
            engine.reserve(cells, id=id, channel=channel, **terms).status.name
        )

    def order(self):
        lines = {self.cell()[0]: self.units() for _ in range(self.dice.randint(1, 3))}
        return om.Order(lines, TO, id=self.new_id(), channel=self.dice.choice(ASKERS))

    def place(self):
        order, ttl = self.order(), self.dice.choice([None, 20, 60])
        return lambda engine: engine.place(order, ttl=ttl, partial=True).status.name

    def supersede(self):
        old, order = self.known_id(), self.order()
        return lambda engine: engine.place(order, supersedes=old).status.name

    def many(self):
        """Batch routing, or reservations from columns."""
        if self.dice.random() < 0.6:
            orders = [self.order() for _ in range(self.dice.randint(1, 5))]
            terms = {"ttl": self.dice.choice([None, 30]), "partial": self.units() < 5}
            return lambda engine: (
                engine.route_many(orders, reserve=True, **terms)
                .columns()["status"]
                .tolist()
            )
        rows = [(self.new_id(), *self.cell(), self.units()) for _ in range(4)]
        names = ("id", "sku", "node", "quantity")
        frame = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
        return lambda engine: engine.reserve_many(frame, ttl=40).status.tolist()

    def ending(self):
        id = self.known_id()
        step = self.dice.choice(["commit", "release", "fulfil", "cancel"])
        return lambda engine: getattr(engine, step)(id).name

    def part(self):
        id, cell, n = self.known_id(), self.cell(), self.units()
        step = self.dice.choice(["fulfil", "cancel"])
        return lambda engine: getattr(engine, step)(id, {cell: n}).name

    def amend(self):
        id, cell, n = self.known_id(), self.cell(), self.units() - 1
        return lambda engine: engine.amend(id, {cell: n}).name

    def move(self):
        id, (one, two) = self.known_id(), self.dice.sample(NODES, 2)
        return lambda engine: engine.move(id, one, two).name

    # -- protection --------------------------------------------------------------------

    def safety(self):
        """Rules of every kind; now and then none."""
        dice = self.dice
        rules = [
            om.SafetyRule(percent=dice.choice([0, 10, 12.5, 50])),
            om.SafetyRule(dice.randint(0, 3), item_class="soft", node_kind="store"),
            om.SafetyRule(days=dice.randint(0, 3), sku="C"),
            om.SafetyRule(dice.randint(0, 4), sku="A", channel="web"),
            om.SafetyRule(dice.randint(0, 2), service="courier"),
            om.SafetyRule(dice.randint(0, 3), guards="routing", node="N0"),
            om.SafetyRule(dice.randint(0, 5), sku="B", guards="network"),
            om.SafetyRule(dice.randint(0, 2), item_class="soft", guards="network"),
        ]
        chosen = [rule for rule in rules if dice.random() < 0.6]
        demand = {self.cell(): dice.choice([0, 0.5, 1.25]) for _ in range(3)}
        return lambda engine: engine.set_safety(chosen, daily_demand=demand)

    def oversell(self):
        dice = self.dice
        rules = [
            om.OversellRule("warn", floor=dice.randint(0, 3)),
            om.OversellRule("ignore", floor=dice.randint(0, 4), sku="C", node="N1"),
            om.OversellRule("block", sku="B"),
            om.OversellRule("warn", floor=dice.randint(0, 5), channel="sos"),
        ]
        chosen = [rule for rule in rules if dice.random() < 0.4]
        return lambda engine: engine.set_oversell(chosen)

    def allocate(self):
        dice = self.dice
        sku, node = self.cell()
        fence = om.RingFence(
            dice.choice(ASKERS[1:]),
            sku,
            self.units(),
            nodes=dice.choice([None, [node]]),
            protected_percent=dice.choice([0, 50, 100]),
        )
        return lambda engine: engine.allocate([fence]).name

    def reallocate(self):
        giver, taker = self.dice.sample(ASKERS, 2)
        (sku, node), n = self.cell(), self.units()
        return lambda engine: (
            engine.reallocate(sku, node, n, giver=giver, taker=taker).name
        )


def tried(call):
    """What a call returns, or the name of what it raises."""
    try:
        return call()
    except om.ValidationError as error:
        return type(error).__name__


def answers(engine: Engine, skus: list[str]) -> dict:
    """All that can be asked: availability to every asker, fences, plans."""
    found: dict = {"allocations": engine.allocations()}
    for channel in ASKERS:
        for sku in skus:
            by_node = engine.available_by_node(sku, channel=channel).tolist()
            total = engine.available_to_promise(sku, channel=channel)
            group = engine.available_to_promise(sku, group=NODES[:2], channel=channel)
            some = engine.available_to_promise(
                sku, channel=channel, services=["courier", "ground"]
            )
            found[channel, sku] = by_node, total, group, some
        order = om.Order(dict.fromkeys(skus[:3], 4), TO, channel=channel)
        plan = engine.route(order)
        found[channel, "plan"] = plan.status, plan.shipments, plan.shortages
    for sku in skus:
        found[sku, "stock"] = [engine.stock(sku, node) for node in NODES]
    return found


def held(engine: Engine, ids: list[str]) -> list:
    """What of each reservation has no stock behind it, by rule."""
    known = engine.state.book.ids.numbers
    return [engine.backordered(id) for id in ids if id in known]
