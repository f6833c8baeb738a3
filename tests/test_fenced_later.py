"""Fences beside promises for later: nothing is sold twice, and who cannot is told why."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

import omniroute as om
from tests.conftest import WITHOUT_JIT
from tests.naive.fenced_later import NaiveFencedLater
from tests.stock.knobs import tiny_knobs

NODE = ("A", "N0")
CHANNELS = {"web": True, "vip": False}
WHO = st.sampled_from([None, "web", "vip", "web", "vip"])
N, WHEN = st.integers(1, 9), st.integers(0, 9)
S = om.Status


def shop(clock):
    channels = [om.Channel("web", fall_back=("pool",)), om.Channel("vip", fall_back=())]
    return om.Engine(
        om.Network(
            [om.Node("N0")], [om.Service("ground", "ship", om.RateCard.flat(5))]
        ),
        [om.Item("X"), om.Item("A")],
        clock=clock,
        journal=True,
        channels=channels,
    )


class FencedMachine(RuleBasedStateMachine):
    """Pre-orders, holds for now, fences, deliveries on time; in any order."""

    @initialize()
    def open(self):
        self.knobs = tiny_knobs()
        self.knobs.__enter__()
        self.twin = NaiveFencedLater(CHANNELS)
        self.engine = shop(lambda: self.twin.now)
        self.count = 0
        self.receive(6)

    def new_id(self):
        self.count += 1
        return f"R{self.count}"

    def due(self, ahead):
        return self.twin.now + ahead if ahead else None

    @rule(n=N)
    def receive(self, n):
        self.engine.apply(om.Receive(*NODE, n))
        self.twin.on_hand += n

    @rule(n=N, ahead=st.integers(1, 9))
    def expect(self, n, ahead):
        id = f"P{self.new_id()}"
        self.engine.apply(om.Expect(id, *NODE, n, due=self.twin.now + ahead))
        self.twin.coming[id] = (self.twin.now + ahead, n)

    @rule(channel=WHO, n=N, ahead=WHEN, many=st.booleans())
    def reserve(self, channel, n, ahead, many):
        """For now or later, alone or in a frame."""
        id, due = self.new_id(), self.due(ahead)
        if many:
            frame = {
                "id": [id],
                "sku": "A",
                "node": "N0",
                "quantity": [n],
                "due": [due],
            }
            told = self.engine.reserve_many(frame, channel=channel).status[0]
            status = om.Status(int(told))
        else:
            found = self.engine.reserve({NODE: n}, id=id, channel=channel, due=due)
            status = found.status
        assert status.name == self.twin.reserve(id, channel, n, due or 0)

    @rule(channel=WHO, n=N, ahead=WHEN)
    def place(self, channel, n, ahead):
        """An order of the only node is a reservation there."""
        id, due = self.new_id(), self.due(ahead)
        to = om.Destination(postcode="55425")
        placed = self.engine.place(
            om.Order({"A": n}, to, id=id, channel=channel), due=due
        )
        assert placed.status.name == self.twin.reserve(id, channel, n, due or 0)

    def some(self, pick):
        return [*self.twin.held][pick % len(self.twin.held)] if self.twin.held else None

    @rule(pick=st.integers(0, 99), ahead=st.integers(1, 9))
    def redate(self, pick, ahead):
        """What goes back to a fence is not there for later."""
        id = self.some(pick)
        if id:
            due = self.twin.now + ahead
            assert self.engine.redate(id, due).name == self.twin.redate(id, due)

    @rule(pick=st.integers(0, 99))
    def cancel(self, pick):
        id = self.some(pick)
        if id:
            assert self.engine.cancel(id) is S.OK
            self.twin.cancel(id)

    @rule(pick=st.integers(0, 99))
    def fulfil(self, pick):
        """What nothing of is due later."""
        id = self.some(pick)
        if id and not self.twin.held[id]["later"]:
            assert self.engine.fulfil(id) is S.OK
            self.twin.fulfil(id)

    @rule(channel=st.sampled_from(["web", "vip"]), n=N)
    def set_aside(self, channel, n):
        status = self.engine.reallocate(*NODE, n, giver=None, taker=channel)
        assert status.name == self.twin.set_aside(channel, n)

    @rule(by=st.integers(1, 5))
    def pass_time(self, by):
        """Deliveries keep their word: they are there by the second they were due."""
        if self.twin.now + by > 45:
            return
        for _ in range(by):
            for id, (due, n) in [*self.twin.coming.items()]:
                if due == self.twin.now + 1:
                    self.engine.apply(om.Arrive(id))
                    self.twin.on_hand += n
                    del self.twin.coming[id]
            self.twin.pass_time(1)
        self.engine.apply([])

    @invariant()
    def agrees(self):
        """What can be promised now and for later; and that nobody is short of it."""
        if not hasattr(self, "twin"):
            return
        engine, twin = self.engine, self.twin
        for channel in (None, *CHANNELS):
            there = engine.available_to_promise(*NODE, channel=channel)
            assert there == twin.now_for(channel)
        left = engine.allocations("A")
        found = dict(zip(left["channel"], map(int, left["left"]), strict=True))
        assert {c: found.get(c, 0) for c in CHANNELS} == twin.left
        # Whatever was promised, at once, for later or out of a fence, will be there.
        assert engine.at_risk()["id"] == []
        assert twin.unheld() >= sum(twin.left.values())
        engine.check()

    def teardown(self):
        if hasattr(self, "engine"):
            other = shop(lambda: 0)
            other.replay(self.engine.log)
            assert other.digest() == self.engine.digest()
            self.knobs.__exit__(None, None, None)


TestFencedLater = FencedMachine.TestCase
TestFencedLater.settings = settings(
    max_examples=15 if WITHOUT_JIT else 120, stateful_step_count=30, deadline=None
)


# -- step by step ----------------------------------------------------------------------


@pytest.fixture
def drop():
    """5 on the shelf, all fenced for members; 10 more on day 9."""
    engine = shop(lambda: 0)
    engine.apply([om.Receive(*NODE, 5), om.Expect("PO", *NODE, 10, due=9)])
    engine.allocate([om.RingFence("vip", "A", 5)])
    yield engine
    engine.check()


@pytest.mark.parametrize(
    "ask",
    [
        lambda e: e.reserve({NODE: 1}, id="V", channel="vip", due=9).status,
        lambda e: (
            e.reserve({NODE: 1}, id="V", channel="vip", due=9, partial=True).status
        ),
        lambda e: e.redate("HELD", 9),
        lambda e: e.amend("HELD", {NODE: 1}, due=9),
        lambda e: e.amend("HELD", {NODE: 99}, due=9),
    ],
)
def test_a_channel_that_cannot_pre_order_is_told_so(drop, ask):
    """Not that there is no stock: there is, and it will never be for it."""
    drop.reserve({NODE: 2}, id="HELD", channel="vip")
    before = drop.digest()
    assert ask(drop) is S.NO_POOL
    assert drop.digest() == before


def test_the_lasting_reason_is_told_before_the_passing_one(drop):
    """Also where the pool has been promised away: tomorrow it might have more."""
    drop.reserve({NODE: 2}, id="HELD", channel="vip")
    drop.reserve({NODE: 10}, id="P", due=9)
    assert drop.redate("HELD", 9) is S.NO_POOL
    assert drop.amend("HELD", {NODE: 1}, due=9) is S.NO_POOL
    assert drop.reserve({NODE: 1}, id="V", channel="vip", due=9).status is S.NO_POOL


def test_what_goes_back_to_a_fence_is_not_there_for_later():
    """The web's 5 are all there is: none of the pool stands behind a promise for day 9."""
    engine = shop(lambda: 0)
    engine.apply(om.Receive(*NODE, 5))
    engine.allocate([om.RingFence("web", "A", 5)])
    engine.reserve({NODE: 2}, id="W", channel="web")
    assert engine.redate("W", 9) is S.OUT_OF_STOCK
    engine.apply(om.Expect("PO", *NODE, 2, due=9))
    assert engine.redate("W", 9) is S.OK
    assert engine.allocations()["left"] == [5]
    engine.check()


def test_a_refusal_is_remembered_with_its_reason(drop):
    for _ in range(2):
        told = drop.reserve({NODE: 1}, id="V", channel="vip", due=9, sticky=True)
        assert told.status is S.NO_POOL


def test_part_for_now_is_held_where_part_will_do(drop):
    lines = [om.HoldLine(*NODE, 2), om.HoldLine(*NODE, 1, due=9)]
    whole = drop.reserve(lines, id="V", channel="vip")
    assert whole.status is S.NO_POOL
    assert whole.shortages == (om.HoldLine(*NODE, 1, due=9),)
    part = drop.reserve(lines, id="V", channel="vip", partial=True)
    assert (part.status, part.reserved) == (S.SHORT, True)


def test_a_fence_is_neither_promised_for_later_nor_eaten_by_those_who_are(drop):
    """All that comes is pre-sold; the members' five stay theirs, before and after."""
    assert drop.reserve({NODE: 11}, id="P", due=9).status is S.SHORT
    assert drop.reserve({NODE: 10}, id="P", due=9).status is S.OK
    drop.apply(om.Arrive("PO"), now=9)
    assert drop.available_to_promise(*NODE, channel="vip") == 5
    assert drop.available_to_promise(*NODE) == 0
    assert drop.fulfil("P") is S.OK
    assert drop.reserve({NODE: 5}, id="V", channel="vip").status is S.OK


def test_a_fence_units_now_keep_until_friday(drop):
    """What a fence has is there: who wants it later holds it at once."""
    held = drop.reserve({NODE: 5}, id="V", channel="vip")
    assert held.status is S.OK
    assert drop.fulfil("V", now=9) is S.OK


def test_a_delivery_kept_for_members_by_a_hold_of_the_house(drop):
    """10 are held for when they come, then go into the fence: nobody was quicker."""
    assert drop.reserve({NODE: 10}, id="house", due=9).status is S.OK
    assert drop.reserve({NODE: 1}, id="P", due=9).status is S.OUT_OF_STOCK
    drop.apply(om.Arrive("PO"), now=9)
    assert drop.release("house") is S.OK
    status = drop.reallocate(*NODE, 10, giver=None, taker="vip")
    assert status is S.OK
    assert drop.available_to_promise(*NODE, channel="vip") == 15
    assert drop.available_to_promise(*NODE) == 0
