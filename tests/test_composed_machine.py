"""Random shops with kits, packs and supply without end, beside a slow twin."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
)

import omniroute as om
from omniroute.codes import ReservationState, Status
from tests.conftest import WITHOUT_JIT
from tests.naive.composed import Shop
from tests.stock.knobs import tiny_knobs

COMPONENTS = {"SET": {"CUP": 2, "POT": 1}, "GIFT": {"SET": 1, "CUP": 1}}
PACKS = {"EGG": 3}
STOCKED, NODES = ("CUP", "POT", "EGG"), ("N1", "N2")
EVERY = (*STOCKED, *COMPONENTS)
TO = om.Destination(postcode="55425")

SKU, PART = st.sampled_from(EVERY), st.sampled_from(STOCKED)
NODE, N = st.sampled_from(NODES), st.integers(1, 4)
LINES = st.lists(st.tuples(SKU, NODE, N), min_size=1, max_size=4)
ORDERS = st.dictionaries(SKU, N, min_size=1, max_size=3)


def in_packs(lines):
    return [(sku, node, n * PACKS.get(sku, 1)) for sku, node, n in lines]


def made():
    network = om.Network(
        [om.Node("N1"), om.Node("N2", order_cost=1)],
        [om.Service("ground", "ship", om.RateCard([500, 2000], {1: [5, 9]}))],
    )
    items = [om.Item("CUP", 90), om.Item("POT", 400), om.Item("EGG", 60, pack_size=3)]
    items += [om.Item(sku, components=parts) for sku, parts in COMPONENTS.items()]
    return om.Engine(network, items, clock=lambda: 0, journal=True)


class ComposedMachine(RuleBasedStateMachine):
    """Kits held, shipped and given back; nothing is promised twice."""

    ids = Bundle("ids")

    @initialize()
    def open(self):
        self.knobs = tiny_knobs()
        self.knobs.__enter__()
        self.engine = made()
        self.twin = Shop(COMPONENTS, PACKS)
        self.opened = 0
        for part in STOCKED:
            for node in NODES:
                self.receive(part, node, 4)

    def teardown(self):
        if not hasattr(self, "engine"):
            return
        other = made()
        other.replay(self.engine.log)
        assert other.digest() == self.engine.digest()
        self.knobs.__exit__(None, None, None)

    @rule(part=PART, node=NODE, n=N)
    def receive(self, part, node, n):
        self.engine.apply(om.Receive(part, node, n))
        cell = part, node
        self.twin.on_hand[cell] = self.twin.on_hand.get(cell, 0) + n

    @rule(part=PART, node=NODE, n=N)
    def sell(self, part, node, n):
        """What a till sells may have been promised to others."""
        self.engine.apply(om.Sell(part, node, n))
        cell = part, node
        self.twin.on_hand[cell] = self.twin.on_hand.get(cell, 0) - n

    @rule(cells=st.sets(st.tuples(PART, NODE), max_size=2))
    def supply_without_end(self, cells):
        rules = [om.OversellRule("ignore", sku=s, node=n) for s, n in sorted(cells)]
        self.engine.set_oversell(rules)
        self.twin.endless = cells

    @rule(target=ids, lines=LINES, partial=st.booleans())
    def reserve(self, lines, partial):
        self.opened += 1
        id, lines = f"R{self.opened}", in_packs(lines)
        placed = self.engine.reserve(lines, id=id, partial=partial)
        self.expect(id, lines, partial, placed.status)
        assert self.engine.reserve(lines, id=id, partial=partial).reserved == (
            id in self.twin.held
        )
        return id

    @rule(target=ids, lines=LINES)
    def reserve_many(self, lines):
        self.opened += 1
        id, lines = f"R{self.opened}", in_packs(lines)
        sku, node, quantity = map(list, zip(*lines, strict=True))
        frame = {"id": [id] * len(lines), "sku": sku, "node": node}
        batch = self.engine.reserve_many({**frame, "quantity": quantity})
        self.expect(id, lines, False, Status(batch.status[0]))
        whole = id in self.twin.held
        assert batch.held_quanta.tolist() == (quantity if whole else [0] * len(lines))
        return id

    def expect(self, id, lines, partial, status):
        """What the twin would have done, and does."""
        wanted, partly = self.twin.wanted(lines), self.twin.partly(lines)
        if self.twin.fits(wanted):
            assert status is Status.OK
            self.twin.held[id] = wanted
        else:
            assert status is (Status.SHORT if partly else Status.OUT_OF_STOCK)
            if partial and partly:
                self.twin.held[id] = partly

    @rule(target=ids, lines=ORDERS, many=st.booleans())
    def place(self, lines, many):
        self.opened += 1
        id = f"R{self.opened}"
        wanted = {sku: n * PACKS.get(sku, 1) for sku, n in lines.items()}
        order = om.Order(wanted, TO, id=id)
        if many:
            self.engine.route_many([order], reserve=True)
        else:
            placed = self.engine.place(order)
            assert placed.reserved == placed.plan.complete
        if id not in self.engine.state.book.ids.numbers:
            return id
        plan = self.engine.reservation(id)
        texts = self.engine.state.catalogue
        cells = {
            (texts.skus.texts[s], texts.nodes.texts[n]): q for s, n, q, *_ in plan.lines
        }
        assert self.twin.fits(cells)
        drawn = {}
        for (part, _), n in cells.items():
            drawn[part] = drawn.get(part, 0) + n
        asked = self.twin.wanted([(sku, "", n) for sku, n in wanted.items()])
        assert drawn == {part: n for (part, _), n in asked.items()}
        self.twin.held[id] = cells
        return id

    @rule(id=ids)
    def release(self, id):
        if id in self.twin.held and self.engine.release(id) is Status.OK:
            del self.twin.held[id]

    @rule(id=ids, line=st.tuples(SKU, NODE, N), leaves=st.booleans())
    def take_a_kit_out(self, id, line, leaves):
        """A kit of a reservation leaves, or is given back."""
        if id not in self.twin.held:
            return
        held, cells = self.twin.held[id], self.twin.wanted(in_packs([line]))
        step = self.engine.fulfil if leaves else self.engine.cancel
        status = step(id, in_packs([line]))
        if any(held.get(cell, 0) < n for cell, n in cells.items()):
            assert status is Status.NOT_HELD
            return
        assert status is Status.OK
        for cell, n in cells.items():
            held[cell] -= n
            if leaves:
                self.twin.on_hand[cell] = self.twin.on_hand.get(cell, 0) - n
        if not any(held.values()):
            del self.twin.held[id]

    @rule(id=ids)
    def fulfil(self, id):
        if id in self.twin.held:
            assert self.engine.fulfil(id) is Status.OK
            for cell, n in self.twin.held.pop(id).items():
                self.twin.on_hand[cell] = self.twin.on_hand.get(cell, 0) - n

    @invariant()
    def available_alike(self):
        if not hasattr(self, "engine"):
            return
        self.engine.check()
        matrix = self.engine.availability(EVERY, NODES)
        for i, sku in enumerate(EVERY):
            own = [self.twin.available(sku, node) for node in NODES]
            assert list(matrix.values[i]) == own
            assert self.engine.available_to_promise(sku) == sum(own)
            assert self.engine.available_to_promise(sku, "N2") == own[1]
            assert self.engine.available_to_promise(sku, group=["N1"]) == own[0]
        open_ids = {
            id
            for id in self.engine.state.book.ids.numbers
            if self.engine.reservation(id).state <= ReservationState.FIRM
        }
        assert open_ids == set(self.twin.held)


TestComposed = ComposedMachine.TestCase
TestComposed.settings = settings(
    max_examples=8 if WITHOUT_JIT else 60, stateful_step_count=20 if WITHOUT_JIT else 40
)


@pytest.mark.parametrize("node", NODES)
def test_the_twin_takes_nested_kits_apart(node):
    """A gift is a set and a cup: three cups and a pot."""
    twin = Shop(COMPONENTS, PACKS, {("CUP", node): 7, ("POT", node): 9})
    assert twin.recipe("GIFT") == {"CUP": 3, "POT": 1}
    assert twin.available("GIFT", node) == 2
