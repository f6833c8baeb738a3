"""Random histories: the state beside its twin, checked after every step."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    rule,
)

import omniroute as om
from omniroute.availability import available_by_node, available_to_promise
from omniroute.codes import ReservationState
from omniroute.engine import Engine
from omniroute.engine.terms import Terms, print_of_terms
from omniroute.reservations import print_lines
from omniroute.stock import decide, intake
from omniroute.stock.event_columns import events_from_objects
from omniroute.stock.events import Adjust, Count, Receive, Safety, Sell
from omniroute.stock.frames import events_from_columns
from omniroute.stock.log import EffectLog
from omniroute.stock.show import cell_stock
from omniroute.stock.state import State
from tests.conftest import WITHOUT_JIT
from tests.naive.stock import NaiveStock
from tests.stock.knobs import tiny_knobs

SKUS = [f"S{i}" for i in range(4)]
LATE_SKUS = [f"L{i}" for i in range(3)]
NODES = [f"N{i}" for i in range(5)]
EVENTS = (Receive, Adjust, Count, Sell, Safety)

NODE = st.sampled_from(NODES)
QUANTITY = st.integers(1, 12)
LINES = st.lists(st.tuples(st.sampled_from(SKUS), NODE, QUANTITY), max_size=4)
FRAME_ROW = st.tuples(
    st.sampled_from(["receive", "adjust", "count", "sell", "safety"]),
    st.sampled_from(SKUS),
    NODE,
    QUANTITY,
)


STATE = st.sampled_from(["on_hand", "damaged", "repair"])
STATES = st.tuples(STATE, STATE).filter(lambda pair: pair[0] != pair[1])


class StockMachine(RuleBasedStateMachine):
    """Feeds one history to the state, to its log and to the twin."""

    reservations = Bundle("reservations")

    @initialize()
    def open(self):
        """An empty state, its log and its twin."""
        # Room for one: every growth path is on the way of a few steps.
        self.knobs = tiny_knobs()
        self.knobs.__enter__()
        self.state, self.twin = State(NODES, SKUS), NaiveStock()
        self.log = EffectLog(self.state.catalogue)
        self.skus = list(SKUS)
        self.opened = 0

    def do(self, batch):
        """Apply and log."""
        self.state.apply(batch)
        self.log.append(batch)

    def number(self, sku, node):
        """Return the numbers of a cell."""
        return self.state.catalogue.sku(sku), self.state.catalogue.node(node)

    @rule(kind=st.sampled_from(EVENTS), sku=st.integers(0, 6), node=NODE, q=QUANTITY)
    def event(self, kind, sku, node, q):
        """One stock fact."""
        sku = self.skus[sku % len(self.skus)]
        columns = events_from_objects(kind(sku, node, q), self.state.catalogue)
        self.do(decide.record(self.state, columns))
        self.twin.fact(kind.__name__.lower(), sku, node, q)

    @rule(rows=st.lists(FRAME_ROW, max_size=12))
    def frame(self, rows):
        """Many facts at once, as a frame."""
        names = ("event", "sku", "node", "quantity")
        frame = {name: [row[k] for row in rows] for k, name in enumerate(names)}
        columns = events_from_columns(frame, self.state.catalogue)
        self.do(decide.record(self.state, columns))
        for row in rows:
            self.twin.fact(*row)

    @rule(sku=st.sampled_from(SKUS), node=NODE, q=QUANTITY, states=STATES)
    def move(self, sku, node, q, states):
        """Units change their state, if there are so many in it."""
        out, to = states
        known = out == "on_hand" or self.twin.supply.unavailable.get(
            (sku, node, out), 0
        )
        self.take_in(om.Move(sku, node, q, out, to), known is True or known >= q)
        if known is True or known >= q:
            for state, change in ((out, -q), (to, q)):
                self.put(sku, node, state, change, "move")

    @rule(sku=st.sampled_from(SKUS), node=NODE, q=QUANTITY, state=STATE)
    def give_back(self, sku, node, q, state):
        """A return into any state."""
        self.take_in(om.Return(sku, node, q, state=state))
        self.put(sku, node, state, q, "return")

    @rule(
        sku=st.sampled_from(SKUS),
        node=NODE,
        q=QUANTITY,
        due=st.integers(0, 9),
        kind=st.sampled_from(["purchase_order", "train", "transfer"]),
        origin=NODE,
    )
    def expect(self, sku, node, q, due, kind, origin):
        """A delivery is announced, or a transfer leaves; some ids come again."""
        id = f"P{sku}{due % 3}"
        event = om.Expect(id, sku, node, q, due=due, type=kind)
        leaves = kind == "transfer" and origin != node
        if leaves:
            event = om.TransferOut(sku, origin, node, q, id=id, due=due)
        fresh = id not in self.twin.supply.entries
        good = self.twin.supply.expect(id, sku, node, q, due, kind)
        self.take_in(event, good)
        if leaves and fresh:
            self.twin.fact("transfer", sku, origin, -q)

    @rule(pick=st.integers(0, 20), q=st.none() | QUANTITY, state=STATE)
    def arrive(self, pick, q, state):
        """All of a delivery, some of it, or more."""
        entries = self.twin.supply.entries
        if entries:
            id = sorted(entries)[pick % len(entries)]
            self.take_in(om.Arrive(id, q, state=state))
            sku, node = entries[id]["asked"][:2]
            came = self.twin.supply.arrive(id, q)
            if came:
                self.put(sku, node, state, came, "arrive")

    @rule(pick=st.integers(0, 20), q=st.none() | QUANTITY, due=st.integers(0, 9))
    def change_delivery(self, pick, q, due):
        """It slips, then some or all of it is cancelled."""
        entries = self.twin.supply.entries
        if entries:
            id = sorted(entries)[pick % len(entries)]
            self.take_in(om.Reschedule(id, due=due))
            entries[id]["due"] = due
            good = self.twin.supply.cancel(id, q)
            self.take_in(om.CancelInbound(id, q), good)

    def take_in(self, event, good=True):
        """Through the intake, as the engine does; refused where it cannot be."""
        if good:
            self.do(intake.read(self.state, event, self.state.now).batch)
            return
        with pytest.raises(om.ValidationError):
            intake.read(self.state, event, self.state.now)

    def put(self, sku, node, state, change, what):
        """The twin's side of units that come to a state."""
        if state == "on_hand":
            self.twin.fact(what, sku, node, change)
        else:
            self.twin.supply.shift(sku, node, state, change)

    @rule(target=reservations, lines=LINES, ttl=st.none() | st.integers(1, 9))
    def hold(self, lines, ttl):
        """A reservation of what is free: soft with a time to live, or firm."""
        wanted, kept = Counter(), []
        for sku, node, quantity in lines:
            wanted[sku, node] += quantity
            if wanted[sku, node] <= self.twin.free(sku, node):
                kept.append((sku, node, quantity))
        # Ids whose order is not that of opening.
        id = f"R{self.opened * 7 % 10}{self.opened}"
        self.opened += 1
        now = self.state.now
        expires = now + ttl if ttl else 0
        numbered = [(*self.number(sku, node), q) for sku, node, q in kept]
        self.do(decide.reserve(self.state, id, numbered, now=now, expires_s=expires))
        self.twin.hold(id, kept, now, expires)
        return id

    @rule(id=consumes(reservations))
    def release(self, id):
        """Whatever state it is in by now."""
        self.do(decide.release(self.state, self.state.book.number(id)))
        self.twin.release(id)

    @rule(by=st.integers(-2, 6))
    def pass_time(self, by):
        """Time moves on, or a clock goes back and time does not."""
        now = max(0, self.state.now + by)
        self.do(decide.expire(self.state, now))
        self.twin.expire(now)

    @rule()
    def compact(self):
        """Layout changes, nothing else does."""
        self.state.arena.compact()

    @rule()
    def add_sku(self):
        """The catalogue grows."""
        if len(self.skus) < len(SKUS) + len(LATE_SKUS):
            sku = LATE_SKUS[len(self.skus) - len(SKUS)]
            self.state.add_skus([sku])
            self.skus.append(sku)

    @invariant()
    def adds_up(self):
        """What is kept incrementally equals its rebuild."""
        self.state.check()

    @invariant()
    def agrees_with_the_twin(self):
        """The digest, and every promise."""
        assert self.state.digest() == self.twin.digest()
        assert self.state.now == self.twin.now
        for sku in self.skus:
            assert available_to_promise(self.state, sku) == self.twin.atp(sku)
            by_node = [self.twin.atp(sku, [node]) for node in NODES]
            assert available_by_node(self.state, sku).tolist() == by_node

    @invariant()
    def shows_what_is_beside_the_cells(self):
        """Unavailable and inbound of every cell."""
        for sku in SKUS:
            for node in NODES:
                cell = cell_stock(self.state, sku, node)
                held = {
                    reason: quantity
                    for (s, n, reason), quantity in self.twin.supply.unavailable.items()
                    if (s, n) == (sku, node) and quantity
                }
                assert cell.unavailable == held
                assert cell.inbound == self.twin.supply.inbound(sku, node)

    @invariant()
    def holds_nothing_that_is_over(self):
        """No reservation holds stock after it ended or past its expiry."""
        for id, held in self.twin.reservations.items():
            found = self.state.book.reservation(self.state.book.number(id))
            assert found.state == held["state"]
            if found.state == ReservationState.SOFT:
                assert found.expires_s > self.state.now

    def teardown(self):
        """Replaying the log elsewhere gives the digest of the live state."""
        if not hasattr(self, "state"):
            return
        twin = State(NODES[::-1], [*LATE_SKUS, *SKUS[::-1]])
        self.log.replay(twin)
        self.knobs.__exit__(None, None, None)
        twin.check()
        assert twin.digest() == self.state.digest()


TestStock = StockMachine.TestCase
TestStock.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)


# -- the engine beside the same twin ---------------------------------------------------

TO = om.Destination(postcode="55425")


class EngineMachine(RuleBasedStateMachine):
    """Routes, places, releases and lets time pass; the twin only knows dicts."""

    @initialize(limit=st.sampled_from([None, 1, 2]))
    def open(self, limit):
        """Five nodes of rising cost, all stock unknown."""
        self.knobs = tiny_knobs()
        self.knobs.__enter__()
        self.clock = 0
        self.policy = om.RoutingPolicy(max_shipments=limit)
        self.engine = Engine(
            om.Network(
                [om.Node(node, order_cost=k) for k, node in enumerate(NODES)],
                [om.Service("ground", "ship", om.RateCard.flat(5))],
            ),
            [om.Item(sku) for sku in SKUS],
            policy=self.policy,
            clock=lambda: self.clock,
            journal=True,
        )
        self.twin = NaiveStock()
        self.ids = []

    @rule(
        kind=st.sampled_from(EVENTS), sku=st.sampled_from(SKUS), node=NODE, q=QUANTITY
    )
    def event(self, kind, sku, node, q):
        """One stock fact."""
        self.engine.apply(kind(sku, node, q))
        self.twin.fact(kind.__name__.lower(), sku, node, q)

    @rule(
        lines=st.dictionaries(st.sampled_from(SKUS), QUANTITY, min_size=1),
        ttl=st.none() | st.integers(1, 9),
        partial=st.booleans(),
        many=st.booleans(),
    )
    def place(self, lines, ttl, partial, many):
        """A new id, alone or as a batch of one; the twin takes what the plan says."""
        id = f"R{len(self.ids) * 7 % 10}{len(self.ids)}"
        self.ids.append(id)
        order = om.Order(lines, TO, id=id)
        if many:
            found = self.engine.route_many(
                [order], reserve=True, ttl=ttl, partial=partial
            )
            plan, reserved = found.plan(0), bool(found.reserved[0])
        else:
            placed = self.engine.place(order, ttl=ttl, partial=partial)
            plan, reserved = placed.plan, placed.reserved
        self.serves_what_it_can(plan, lines)
        assert reserved == (bool(plan.shipments) and (partial or plan.complete))
        if reserved:
            self.take(id, plan, ttl, order, partial)

    def serves_what_it_can(self, plan, lines):
        """Without a limit of shipments nothing is left that there is stock for."""
        if self.policy.max_shipments is None:
            there = {sku: self.twin.atp(sku) for sku in lines}
            short = {sku: q - there[sku] for sku, q in lines.items() if q > there[sku]}
            assert {x.sku: x.quantity for x in plan.shortages} == short

    def take(self, id, plan, ttl, order, partial):
        """What the plan takes, in the order in which it is written down."""
        nodes = [shipment.node for shipment in plan.shipments]
        skus = list(dict.fromkeys(line.sku for line in order.lines))
        picks = [(skus[i], nodes[x], q) for x, i, q in plan.picks]
        asked = plan.ask.lines
        self.twin.hold(
            id,
            picks,
            self.engine.state.now,
            self.engine.state.now + ttl if ttl else 0,
            print_lines(self.engine.state, asked),
            print_of_terms(order, Terms(ttl or 0, partial, None, sticky=False)),
        )

    @rule(pick=st.integers(0, 50))
    def release(self, pick):
        """Whatever state it is in by now, or never opened."""
        if self.ids:
            id = self.ids[pick % len(self.ids)]
            status = self.engine.release(id)
            if id in self.twin.reservations:
                held = self.twin.reservations[id]["state"]
                assert (status is om.Status.OK) == (held <= ReservationState.FIRM)
                self.twin.release(id)
            else:
                assert status is om.Status.UNKNOWN_RESERVATION

    @rule(by=st.integers(-2, 6))
    def pass_time(self, by):
        """The clock moves, back as well; the engine hears of it at its next call."""
        self.clock = max(0, self.clock + by)
        self.engine.apply([])
        self.twin.expire(self.clock)

    @invariant()
    def agrees_with_the_twin(self):
        """Digest, time and every promise; what is kept incrementally adds up."""
        assert self.engine.digest() == self.twin.digest()
        for sku in SKUS:
            assert self.engine.available_to_promise(sku) == self.twin.atp(sku)
        self.engine.check()

    def teardown(self):
        """The log, replayed into an engine with another catalogue order."""
        if hasattr(self, "engine"):
            other = Engine(
                self.engine.network, self.engine.items[::-1], clock=lambda: 0
            )
            other.replay(self.engine.log)
            assert other.digest() == self.engine.digest()
            self.knobs.__exit__(None, None, None)


TestEngine = EngineMachine.TestCase
TestEngine.settings = settings(
    max_examples=10 if WITHOUT_JIT else 60, stateful_step_count=20, deadline=None
)
