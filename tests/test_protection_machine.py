"""Random histories of rules, fences and reservations: the engine beside its twin."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

import omniroute as om
from omniroute.codes import ReservationState
from omniroute.engine import Engine
from omniroute.model.fences import apportion
from tests.conftest import WITHOUT_JIT
from tests.naive.protection import NaiveProtection
from tests.stock.knobs import tiny_knobs

NODES = ["N0", "N1"]
ROWS = {
    "top": {"parent": None, "fall_back": (), "rank": 0, "emergency": False},
    "web": {"parent": "top", "fall_back": ("pool", "parents"), "rank": 0},
    "app": {"parent": "top", "fall_back": ("outranked", "pool"), "rank": -1},
    "sos": {"parent": None, "fall_back": (), "rank": 0, "emergency": True},
}
ROWS = {name: {"emergency": False, **row} for name, row in ROWS.items()}
ASKERS = [None, *ROWS]
NODE, N = st.sampled_from(NODES), st.integers(1, 9)
WHO, CHANNEL = st.sampled_from(ASKERS), st.sampled_from(list(ROWS))
TO = om.Destination(postcode="55425")


class ProtectionMachine(RuleBasedStateMachine):
    """One item at two nodes, four channels, every operation in any order."""

    @initialize()
    def open(self):
        """Some stock at both nodes."""
        self.knobs = tiny_knobs()
        self.knobs.__enter__()
        self.engine = Engine(
            om.Network(
                [om.Node(node, order_cost=k) for k, node in enumerate(NODES)],
                [om.Service("ground", "ship", om.RateCard.flat(5))],
            ),
            [om.Item("X"), om.Item("A"), om.Item("Y")],
            clock=lambda: 0,
            journal=True,
            channels=[om.Channel(name, **row) for name, row in ROWS.items()],
        )
        self.twin = NaiveProtection(NODES, ROWS)
        self.rules, self.opened, self.ids = [], 0, []
        for node in NODES:
            self.receive(node, 9)

    @rule(node=NODE, n=N)
    def receive(self, node, n):
        """More stock."""
        self.engine.apply(om.Receive("A", node, n))
        self.twin.on_hand[node] += n

    @rule(node=NODE, n=N)
    def sell(self, node, n):
        """A till sells, whatever the record says."""
        self.engine.apply(om.Sell("A", node, n))
        self.twin.on_hand[node] -= n

    @rule(node=NODE, n=N, channel=CHANNEL)
    def give_back(self, node, n, channel):
        """A return, credited to its segment."""
        self.engine.apply(om.Return("A", node, n, channel=channel))
        self.twin.credit(node, channel, n)

    @rule(
        percent=st.integers(0, 60),
        by_channel=st.dictionaries(CHANNEL, st.integers(0, 4), max_size=2),
        threshold=st.integers(0, 4),
    )
    def safety(self, percent, by_channel, threshold):
        """Rules for all, for some channels, and for the network."""
        named = [om.SafetyRule(n, channel=c) for c, n in by_channel.items()]
        network = om.SafetyRule(threshold, sku="A", guards="network")
        self.engine.set_safety([om.SafetyRule(percent=percent), *named, network])
        twin = self.twin
        twin.percent, twin.by_channel, twin.threshold = percent, by_channel, threshold

    @rule(
        floor=st.integers(0, 5),
        by_channel=st.dictionaries(CHANNEL, st.integers(0, 5), max_size=2),
    )
    def oversell(self, floor, by_channel):
        """Permission for all, and for some channels."""
        named = [om.OversellRule(floor=n, channel=c) for c, n in by_channel.items()]
        self.engine.set_oversell([om.OversellRule(floor=floor), *named])
        self.twin.floor, self.twin.floor_by_channel = floor, by_channel

    @rule(node=NODE, channel=CHANNEL, n=N, part=st.sampled_from([0, 50, 100]))
    def allocate(self, node, channel, n, part):
        """A fence at one node, of what others have not fenced."""
        fence = om.RingFence(channel, "A", n, nodes=node, protected_percent=part)
        self.engine.allocate([fence])
        twin = self.twin
        others = sum(x for c, x in twin.left[node].items() if c != channel)
        stock = max(0, twin.cell(node).value - twin.floor - others)
        # A quantity alone at its node is spread over that node, if it has anything.
        wanted = apportion([stock], n)[0]
        twin.left[node][channel] = min(wanted, stock)
        twin.guarded[node][channel] = -(-min(wanted, stock) * part // 100)
        twin.part[node][channel] = part if min(wanted, stock) else 100

    @rule(node=NODE, giver=WHO, taker=WHO, n=N)
    def reallocate(self, node, giver, taker, n):
        """From one to another, or the pool."""
        if giver == taker:
            return
        status = self.engine.reallocate("A", node, n, giver=giver, taker=taker)
        twin = self.twin
        left, guarded = twin.left[node], twin.guarded[node]
        pool = twin.value(node) - twin.floor - sum(left.values())
        has = pool if giver is None else left[giver]
        assert status.name == ("OK" if has >= n else "SHORT")
        if has < n:
            return
        if giver is not None:
            left[giver] -= n
            guarded[giver] = min(guarded[giver], left[giver])
        if taker is not None:
            left[taker] += n
            guarded[taker] += n

    def new_id(self):
        """An id, and where it stands is the twin's to know."""
        self.opened += 1
        self.ids.append(f"R{self.opened * 7 % 10}{self.opened}")
        return self.ids[-1]

    @rule(
        channel=WHO,
        cells=st.dictionaries(NODE, N, min_size=1),
        partial=st.booleans(),
        many=st.booleans(),
    )
    def reserve(self, channel, cells, partial, many):
        """Named cells, for a channel or for none."""
        id = self.new_id()
        if many:
            columns = {
                "id": [id] * len(cells),
                "sku": ["A"] * len(cells),
                "node": list(cells),
                "quantity": list(cells.values()),
                "channel": [channel] * len(cells),
            }
            found = self.engine.reserve_many(columns, partial=partial)
            status = om.Status(int(found.status[0]))
        else:
            named = {("A", node): n for node, n in cells.items()}
            found = self.engine.reserve(named, id=id, channel=channel, partial=partial)
            status = found.status
        assert status.name == self.twin.reserve(id, channel, cells, partial)

    @rule(channel=WHO, n=st.integers(1, 25), many=st.booleans())
    def place(self, channel, n, many):
        """An order: no more than there is, and all of it where there is enough."""
        id = self.new_id()
        order = om.Order({"A": n}, TO, id=id, channel=channel)
        if many:
            plan = self.engine.route_many([order], reserve=True, partial=True).plan(0)
        else:
            plan = self.engine.place(order, partial=True).plan
        served = sum(quantity for _, _, quantity in plan.picks)
        assert served == min(n, self.twin.limit(channel))
        assert sum(line.quantity for line in plan.shortages) == n - served
        if served:
            self.twin.held[id] = {"channel": channel, "cells": {}, "drawn": {}}
            nodes = [shipment.node for shipment in plan.shipments]
            caps = self.twin.caps(channel)
            for x, _, quantity in plan.picks:
                self.twin.take(id, nodes[x], quantity, caps)

    @rule(channel=WHO, n=N)
    def reserve_loose(self, channel, n):
        """Units of the network as a whole, for a channel or for none."""
        id = self.new_id()
        found = self.engine.reserve({("A", None): n}, id=id, channel=channel)
        assert found.status.name == self.twin.reserve_loose(id, channel, n)

    @rule(pick=st.integers(0, 99), n=N, node=NODE, binds=st.booleans())
    def settle(self, pick, n, node, binds):
        """Some of it comes from a node now, or is given back."""
        loose = [id for id, held in self.twin.held.items() if held.get("loose")]
        if not loose:
            return
        id = loose[pick % len(loose)]
        held = self.twin.held[id]
        if binds:
            wanted = held["cells"].get(node, 0) + n
            status = self.engine.bind(id, {("A", node): wanted}).status
            assert status.name == self.twin.bind(id, node, n)
            return
        n = min(n, held["loose"])
        assert self.engine.cancel(id, {("A", None): n}) is om.Status.OK
        self.twin.release_loose(id, n)

    def some(self, pick):
        """An open reservation and a node where it holds something."""
        held = [
            (id, node)
            for id, row in self.twin.held.items()
            for node, n in row["cells"].items()
            if n
        ]
        return held[pick % len(held)] if held else None

    @rule(pick=st.integers(0, 99), wanted=st.integers(0, 12), node=NODE)
    def amend(self, pick, wanted, node):
        """More or less of a node."""
        found = self.some(pick)
        if found:
            status = self.engine.amend(found[0], {("A", node): wanted})
            assert status.name == self.twin.amend(found[0], node, wanted)

    @rule(pick=st.integers(0, 99), n=N, ships=st.booleans(), many=st.booleans())
    def take_out(self, pick, n, ships, many=False):
        """Some of it leaves, or is given back."""
        found = self.some(pick)
        if not found:
            return
        id, node = found
        n = min(n, self.twin.held[id]["cells"][node])
        engine = self.engine
        if many:
            step = engine.fulfil_many if ships else engine.cancel_many
            part = {"id": [id], "sku": "A", "node": node, "quantity": [n]}
            assert step(part).tolist() == [om.Status.OK]
        else:
            step = engine.fulfil if ships else engine.cancel
            assert step(id, {("A", node): n}) is om.Status.OK
        (self.twin.ship if ships else self.twin.give_back)(id, node, n)
        self.twin.forget_if_empty(id)

    @rule(pick=st.integers(0, 99))
    def move(self, pick):
        """All of it to the other node, if that has it for its channel."""
        found = self.some(pick)
        if not found:
            return
        id, node = found
        other = NODES[1 - NODES.index(node)]
        held = self.twin.held[id]
        n = held["cells"][node]
        there = self.twin.at(other, held["channel"])
        status = self.engine.move(id, node, other)
        assert (status is om.Status.OK) == (there >= n)
        if there >= n:
            caps = None
            if held["channel"] is not None:
                caps = self.twin.caps(held["channel"])
            self.twin.give_back(id, node, n, caps)
            self.twin.take(id, other, n, caps)

    @invariant()
    def agrees_with_the_twin(self):
        """Every promise to every asker, every fence; and all adds up."""
        engine, twin = self.engine, self.twin
        engine.check()
        for channel in ASKERS:
            total = engine.available_to_promise("A", channel=channel)
            assert total == twin.limit(channel)
            by_node = engine.available_by_node("A", channel=channel).tolist()
            assert by_node == [twin.available(node, channel) for node in NODES]
        columns = engine.allocations()
        found = {
            (node, channel): (left, guarded, used)
            for node, channel, left, guarded, used in zip(
                *(columns[k] for k in ("node", "channel", "left", "guarded", "used")),
                strict=True,
            )
        }
        for node in NODES:
            for channel in ROWS:
                expected = (
                    twin.left[node][channel],
                    min(twin.left[node][channel], twin.guarded[node][channel]),
                    twin.used(node, channel),
                )
                assert found.get((node, channel), (0, 0, 0)) == expected
        open_ids = {
            id
            for id in self.ids
            if id in engine.state.book.ids.numbers
            and engine.reservation(id).state <= ReservationState.FIRM
        }
        assert open_ids == set(twin.held)

    def teardown(self):
        """The log, replayed into an engine that knows no channels and other numbers."""
        if hasattr(self, "engine"):
            items = self.engine.items[::-1]
            other = Engine(self.engine.network, items, clock=lambda: 0)
            other.replay(self.engine.log)
            other.check()
            assert other.digest() == self.engine.digest()
            self.goes_on_alike()
            self.knobs.__exit__(None, None, None)
            del self.engine

    def goes_on_alike(self):
        """An engine with the same channels promises the same, now and after a receipt."""
        other = Engine(
            self.engine.network,
            self.engine.items[::-1],
            clock=lambda: 0,
            channels=[om.Channel(name, **row) for name, row in ROWS.items()],
        )
        other.replay(self.engine.log)
        for _ in range(2):
            for channel in ASKERS:
                mine, theirs = (
                    engine.available_by_node("A", channel=channel).tolist()
                    for engine in (self.engine, other)
                )
                assert mine == theirs
            for engine in (self.engine, other):
                engine.apply(om.Receive("A", NODES[0], 7))
        assert other.digest() == self.engine.digest()


@pytest.mark.parametrize("seed", range(2 if WITHOUT_JIT else 25))
def test_drill(seed):
    """Long histories with much stock and many fences: draws that lie deep."""
    random = Random(seed)
    machine = ProtectionMachine()
    machine.open()
    try:
        for _ in range(120):
            one_step(machine, random)
            machine.agrees_with_the_twin()
        machine.teardown()
    finally:
        if hasattr(machine, "engine"):
            machine.knobs.__exit__(None, None, None)


def one_step(machine, random):
    """Some operation, those on reservations the most often."""
    node, n, pick = random.choice(NODES), random.randint(1, 9), random.randrange(99)
    who, channel = random.choice(ASKERS), random.choice(list(ROWS))
    by_channel = {random.choice(list(ROWS)): random.randrange(4)}
    both = {node: n, NODES[1 - NODES.index(node)]: random.randint(1, 9)}
    steps = [
        *[lambda: machine.reserve(who, both, n < 6, n % 2 == 0)] * 3,
        *[lambda: machine.place(who, 2 * n, n % 2 == 0)] * 2,
        *[lambda: machine.take_out(pick, n, n % 3 == 0, pick % 2 == 0)] * 4,
        *[lambda: machine.amend(pick, n + 3, node)] * 2,
        lambda: machine.move(pick),
        lambda: machine.reserve_loose(who, n),
        *[lambda: machine.settle(pick, n, node, n % 3 > 0)] * 2,
        *[lambda: machine.allocate(node, channel, n, random.choice([0, 50, 100]))] * 3,
        lambda: machine.reallocate(node, who, channel, n),
        *[lambda: machine.receive(node, n + 6)] * 2,
        lambda: machine.sell(node, n // 2 + 1),
        lambda: machine.give_back(node, n, channel),
    ]
    rare = [
        lambda: machine.safety(random.randrange(30), by_channel, random.randrange(4)),
        lambda: machine.oversell(random.randrange(4), by_channel),
    ]
    random.choice(rare if random.randrange(20) == 0 else steps)()


TestProtection = ProtectionMachine.TestCase
TestProtection.settings = settings(
    max_examples=8 if WITHOUT_JIT else 80, stateful_step_count=30, deadline=None
)
