"""Everything at once: kits, packs, lots, channels, promises for later, at no node, rules.

Random histories over one engine, checked after every step by a recount that reads only
what the engine tells. Beside it goes a second engine, made from the log in the middle,
which has to do and to say the same from there on. And a test of that test: bugs are put
in on purpose, one at a time, and each has to be found.
"""

from __future__ import annotations

import os
from collections import Counter
from random import Random
from unittest.mock import patch

import numpy as np
import pytest

import omniroute as om
from omniroute.engine import way_in
from omniroute.engine.many import Many
from omniroute.reservations import life
from omniroute.stock import decide
from omniroute.stock.composed import Composed
from omniroute.stock.dips import Dips
from omniroute.stock.effects import NOTHING
from omniroute.stock.lens import Lens
from omniroute.stock.state import State
from tests.conftest import WITHOUT_JIT
from tests.stock.knobs import tiny_knobs

NODES = ["N1", "N2"]
KITS = {"SET": {"CUP": 2, "POT": 1}, "GIFT": {"CUP": 2, "POT": 1, "TEA": 1}}
PACKS = {"EGG": 3}
STOCKED = ["TEA", "COFFEE", "CUP", "POT", "EGG"]
EVERY = [*STOCKED, *KITS]
CHANNELS = [None, "web", "app", "own"]
TO = om.Destination(postcode="55425")
#: Seeds of the quick form, and of the long one.
SEEDS, MANY_SEEDS = 30, 1_000


def made(clock):
    """A shop with all there is."""
    network = om.Network(
        [om.Node("N1"), om.Node("N2", order_cost=1)],
        [om.Service("ground", "ship", om.RateCard.flat(5))],
    )
    items = [
        om.Item("TEA", substitutes=["COFFEE", "SET"]),
        om.Item("COFFEE"),
        om.Item("CUP"),
        om.Item("POT"),
        om.Item("EGG", pack_size=3),
        om.Item("SET", components={"CUP": 2, "POT": 1}),
        om.Item("GIFT", components={"SET": 1, "TEA": 1}),
    ]
    channels = [
        om.Channel("web", fall_back=("pool",)),
        om.Channel("app", fall_back=("siblings", "pool")),
        om.Channel("own", fall_back=()),
    ]
    return om.Engine(
        network, items, clock=lambda: clock[0], journal=True, channels=channels
    )


def told(answer):
    """What an operation answers, in a form to compare."""
    if isinstance(answer, om.Placement):
        plan = answer.plan and (answer.plan.status, answer.plan.picks)
        return answer.status, answer.shortages, plan
    if isinstance(answer, om.HoldBatch):
        return answer.status.tolist(), answer.held_quanta.tolist()
    if isinstance(answer, np.ndarray):
        return answer.tolist()
    if isinstance(answer, om.BatchResult):
        return [
            (answer.plan(i).status, answer.plan(i).picks) for i in range(len(answer))
        ]
    return repr(answer)


def done(engine, step):
    """What a step answers; or its error, and then nothing may have changed."""
    before = engine.digest()
    try:
        return told(step(engine))
    except om.OmnirouteError as error:
        assert engine.digest() == before, "an error left something behind"
        engine.check()
        return type(error).__name__, str(error)


def answers(engine):
    """All that an engine says of itself, to be compared."""
    found = {
        (sku, who, sure): engine.available_by_node(
            sku, channel=who, confidence=sure
        ).tolist()
        for sku in EVERY
        for who in CHANNELS
        for sure in (0, 0.8)
    }
    for sku in EVERY:
        total = engine.available_to_promise(sku)
        dates = engine.available_by_date(sku, NODES, rule=om.AtpRule(horizon_days=2))
        found[sku] = total, dates.quanta.tolist()
    for name in ("lots", "shortages", "at_risk", "allocations", "find_probabilities"):
        columns = getattr(engine, name)()
        rows = zip(*(map(str, column) for column in columns.values()), strict=True)
        found[name] = sorted(rows)
    held = reservations(engine, open=False)
    found["held"] = held
    found["backordered"] = {
        id: engine.backordered(id) for id in {row[0] for row in held}
    }
    return found


def reservations(engine, open=True):
    """(id, SKU, node, due or 0, held, left): the lines of reservations."""
    columns = engine.reservations(open=open)
    names = "id", "sku", "node", "due_s", "held_quanta", "shipped_quanta"
    rows = [np.asarray(columns[name]).tolist() for name in names]
    return [*zip(*rows, strict=True)]


class Recount:
    """What cells hold, counted again from what the engine tells."""

    def __init__(self, engine, floors, ahead):
        self.cells = {
            (sku, node): engine.stock(sku, node) for sku in STOCKED for node in NODES
        }
        self.held, self.later, self.loose = Counter(), Counter(), Counter()
        for _, sku, node, due, held, _ in reservations(engine):
            where = self.loose if node is None else self.later if due else self.held
            where[sku, node] += held
        self.fenced = Counter()
        columns = engine.allocations()
        for sku, node, left in zip(
            columns["sku"], columns["node"], columns["left"], strict=True
        ):
            assert left >= 0
            self.fenced[sku, node] += left
        self.floors, self.ahead = floors, ahead

    def check(self):
        """Planes are the sums of lines."""
        for cell, at in self.cells.items():
            assert at.soft + at.firm == self.held[cell], cell
            assert at.later == self.later[cell], cell
            if at.free != self.floor(cell) - self.over(cell):
                raise AssertionError((cell, at, self.fenced[cell], self.floor(cell)))

    def floor(self, cell):
        return self.floors.get(cell, 0)

    def over(self, cell):
        """Units a cell has promised, keeps or sets aside beyond what is there."""
        at = self.cells[cell]
        return self.held[cell] + at.kept + at.safety + self.fenced[cell] - at.on_hand

    def beyond(self, cell):
        """The same, beyond what is permitted."""
        permitted = self.floor(cell) + self.ahead.get(cell, 0)
        return max(0, self.over(cell) - permitted)

    def taken(self, sku):
        """Units of an item that are promised, or kept for promises."""
        cells = [(sku, node) for node in NODES]
        now = sum(self.held[cell] + self.cells[cell].kept for cell in cells)
        return now + self.loose[sku, None]

    def short_of_all(self, sku, threshold):
        """Units of an item that the network lacks for what it keeps back."""
        has = sum(
            max(0, self.floor((sku, node)) - self.over((sku, node)))
            + self.fenced[sku, node]
            for node in NODES
        )
        return max(0, threshold + self.loose[sku, None] - has)


class Mix:
    """One history, drawn from a seed."""

    def __init__(self, seed):
        self.dice, self.clock = Random(seed), [1_000]
        self.engine, self.other = made(self.clock), None
        self.ids, self.opened, self.entries = ["never"], 0, 0
        self.threshold, self.endless = Counter(), set()
        #: Units below nothing that rules permit: now, and for later.
        self.floors, self.ahead = {}, {}
        self.facts([om.Receive(s, n, 9) for s in STOCKED for n in NODES])

    # -- what is drawn -----------------------------------------------------------------

    def some(self, *of):
        return self.dice.choice(of)

    def n(self, most=6):
        return self.dice.randint(1, most)

    def new_id(self):
        self.opened += 1
        self.ids.append(f"R{self.opened * 7 % 10}{self.opened}")
        return self.ids[-1]

    def old_id(self):
        """Most often of what still holds something."""
        open_ids = [row[0] for row in reservations(self.engine)][-12:]
        return self.some(*(open_ids if open_ids and self.n() > 1 else self.ids[-6:]))

    def due(self):
        return self.clock[0] + self.some(2, 4, 8)

    def units(self, sku):
        return self.n(3) * PACKS.get(sku, 1) + (sku in PACKS and self.n(15) == 1)

    def line(self, skus=EVERY, nodes=NODES):
        sku = self.some(*skus)
        return sku, self.some(*nodes), self.units(sku)

    def lines(self, most=3, **of):
        return [self.line(**of) for _ in range(self.n(most))]

    def held_by(self, id):
        """Lines of what a reservation holds, now and then a part or too much."""
        rows = [row[1:5] for row in reservations(self.engine) if row[0] == id]
        found = []
        for sku, node, due, held in rows:
            some = self.some(held, held, max(1, held // 2), held + 1)
            found.append(om.HoldLine(sku, node, some, due=due or None))
        self.dice.shuffle(found)
        return found[: self.n(3)] or [self.line()]

    # -- steps -------------------------------------------------------------------------

    def step(self):
        """Draw a step and take it."""
        ways = [
            *[self.reserve] * 5,
            *[self.reserve_later] * 4,
            *[self.hold_loose] * 3,
            *[self.reserve_many] * 2,
            *[self.place] * 2,
            self.route_many,
            self.reserve_plan,
            *[self.bind] * 3,
            *[self.change] * 4,
            *[self.amend] * 4,
            *[self.give_up] * 5,
            *[self.in_many] * 2,
            *[self.outside] * 5,
            *[self.supply] * 3,
            *[self.pass_time] * 5,
            *[self.fences] * 2,
            self.rules,
            *[self.exactly] * 2,
        ]
        self.dice.choice(ways)()

    def decide(self, step):
        """A decision: it never promises what is not there."""
        before = self.recount()
        self.both(step)
        after = self.recount()
        for cell in after.cells:
            if cell not in self.endless:
                assert after.beyond(cell) <= before.beyond(cell), cell
        for sku in STOCKED:
            # What takes no more than it gives back is not asked for the sum.
            more = after.taken(sku) > before.taken(sku)
            if more and not any(sku == endless for endless, _ in self.endless):
                least = self.threshold[sku]
                short = before.short_of_all(sku, least)
                assert after.short_of_all(sku, least) <= short, sku

    def both(self, step):
        found = done(self.engine, step)
        if self.other is not None:
            assert done(self.other, step) == found
        return found

    def facts(self, events):
        self.both(lambda e: e.apply(events))

    def recount(self):
        found = Recount(self.engine, self.floors, self.ahead)
        if not self.endless:
            found.check()
        return found

    def terms(self):
        return {
            "ttl": self.some(None, None, 3, 6),
            "partial": self.some(False, True),
            "supersedes": self.some(None, None, None, None, self.old_id()),
            "sticky": self.n() == 1,
        }

    def reserve(self):
        lines, terms = self.lines(), self.terms()
        id = self.old_id() if self.n() == 1 else self.new_id()
        who = self.some(*CHANNELS)
        self.decide(lambda e: e.reserve(lines, id=id, channel=who, **terms))

    def reserve_later(self):
        lines = [
            om.HoldLine(*line, due=self.some(None, self.due(), self.due()))
            for line in self.lines(skus=self.some(STOCKED, STOCKED, STOCKED, EVERY))
        ]
        id, who, terms = self.new_id(), self.some(*CHANNELS), self.terms()
        self.decide(lambda e: e.reserve(lines, id=id, channel=who, **terms))

    def hold_loose(self):
        skus = self.some(STOCKED[:4], STOCKED[:4], STOCKED, EVERY)
        lines = self.lines(skus=skus, nodes=[*NODES, None, None])
        id, who, terms = self.new_id(), self.some(*CHANNELS), self.terms()
        self.decide(lambda e: e.reserve(lines, id=id, channel=who, **terms))

    def reserve_many(self):
        rows = [
            (id, *line, who)
            for id in [self.new_id() for _ in range(self.n(4))]
            for who in [self.some(None, *CHANNELS)]
            for line in self.lines(2, skus=self.some(STOCKED, EVERY))
        ]
        names = "id", "sku", "node", "quantity", "channel"
        frame = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
        terms = self.terms()
        del terms["supersedes"]
        self.decide(lambda e: e.reserve_many(frame, **terms))

    def order(self, id=None, skus=EVERY):
        lines = {sku: self.units(sku) for sku in self.dice.sample(skus, self.n(3))}
        return om.Order(
            [
                om.OrderLine(sku, n, substitutes=sku == "TEA" and n > 1)
                for sku, n in lines.items()
            ],
            TO,
            id=id,
            channel=self.some(*CHANNELS),
        )

    def place(self):
        order, terms = self.order(self.new_id()), self.terms()
        self.decide(lambda e: e.place(order, **terms))

    def reserve_plan(self):
        order, id = self.order(), self.new_id()
        self.decide(lambda e: e.reserve(e.route(order), id=id, partial=True))

    def route_many(self):
        orders = [self.order(self.new_id()) for _ in range(self.n(4))]
        partial, ttl = self.some(True, False), self.some(None, 4)
        self.decide(
            lambda e: e.route_many(orders, reserve=True, partial=partial, ttl=ttl)
        )

    def bind(self):
        loose = {row[0] for row in reservations(self.engine) if row[2] is None}
        id = self.some(*sorted(loose), self.old_id())
        mine = [row for row in reservations(self.engine) if row[0] == id]
        lines = [
            (s, self.some(*NODES), held) for _, s, n, _, held, _ in mine if n is None
        ]
        skus = {row[0]: row[2] for row in lines} or {"TEA": 1}
        to = self.some(*NODES, lines or self.lines(), om.Order(skus, TO), self.order())
        self.decide(lambda e: e.bind(id, to))

    def change(self):
        id, due, ttl = self.old_id(), self.some(None, self.due()), self.n(9)
        nodes = self.dice.sample(NODES, 2)
        lines = self.some(None, self.held_by(id))
        skus = self.some(None, None, {"SET": 1}, {"TEA": 1})
        self.decide(
            self.some(
                lambda e: e.redate(id, due, lines),
                lambda e: e.move(id, *nodes, skus),
                lambda e: e.extend(id, ttl),
                lambda e: e.commit(id),
            )
        )

    def amend(self):
        id, nodes = self.old_id(), self.some(NODES, NODES, [*NODES, None])
        lines = [
            om.HoldLine(sku, node, n, due=self.some(None, None, self.due()))
            for sku, node, n in self.lines(skus=self.some(STOCKED, STOCKED, EVERY))
        ]
        lines = self.some(
            self.held_by(id),
            [*self.held_by(id), *lines],
            self.lines(skus=STOCKED, nodes=nodes),
            lines,
        )
        self.decide(lambda e: e.amend(id, lines))

    def give_up(self):
        id, node, down = self.old_id(), self.some(*NODES), self.some(True, False)
        lines = self.some(None, self.held_by(id), self.held_by(id), [("SET", node, 1)])
        lot = self.some(None, self.clock[0] + 3, 1_010, 1_020)
        skus = self.some(None, None, {"SET": 1}, {"TEA": 1})
        step = self.some(
            lambda e: e.fulfil(id, lines, sell_by=lot),
            lambda e: e.fulfil(id, lines, sell_by=lot),
            lambda e: e.cancel(id, lines),
            lambda e: e.release(id),
            lambda e: e.decline(id, node, skus, write_down=down),
        )
        self.both(step)

    def in_many(self):
        ids = [self.old_id() for _ in range(self.n(3))]
        name = self.some("fulfil_many", "cancel_many", "commit_many", "release_many")
        rows = [
            (id, line.sku, line.node, line.quantity)
            for id in ids
            for line in self.held_by(id)
            if isinstance(line, om.HoldLine) and line.node is not None
        ] or [("never", "TEA", "N1", 1)]
        rows.append((ids[0], self.some("SET", "TEA"), "N1", 1))
        columns = zip(*rows, strict=True)
        names = "id", "sku", "node", "quantity"
        frame = dict(zip(names, map(list, columns), strict=True))
        what = ids
        if name in ("fulfil_many", "cancel_many") and self.some(True, False):
            what = frame
        self.both(lambda e: getattr(e, name)(what))

    def outside(self):
        """Facts, of which some no decision has foreseen."""
        sku, node = self.some(*STOCKED), self.some(*NODES)
        lot = self.some(None, self.clock[0] + self.n(9), 1_010, 1_020)
        n, who = self.n(), self.some(*CHANNELS)
        events = [
            om.Receive(sku, node, n + 3, sell_by=lot),
            om.Receive(sku, node, n + 3, sell_by=lot),
            om.Sell(sku, node, self.n(2), sell_by=lot),
            om.Return(sku, node, n, channel=who),
            om.Count(sku, node, n + 6),
            om.Move(sku, node, 1, "on_hand", "damaged"),
        ]
        self.facts(
            [*{id(e): e for e in self.dice.choices(events, k=self.n(3))}.values()]
        )

    def supply(self):
        self.entries += 1
        entry, sku, node = f"PO{self.entries}", self.some(*STOCKED), self.some(*NODES)
        old, due, n = f"PO{self.n(self.entries)}", self.due(), self.n() + 4
        self.facts(
            self.some(
                [om.Expect(entry, sku, node, n, due=due)],
                [om.Expect(entry, sku, node, n, due=due, sell_by=due + n)],
                [om.TransferOut(sku, "N1", "N2", 1, id=entry, due=due)],
                [om.Reschedule(old, due=due)],
                [om.Reschedule(old, due=due, sell_by=due + n - 4)],
                [om.Arrive(old, sell_by=self.some(None, due))],
                [om.CancelInbound(old, 2)],
            )
        )

    def pass_time(self):
        """In one step as in many."""
        by, way = self.n(5), self.dice.random()
        if way < 0.4:
            self.other = self.replayed()
        if way < 0.8 and self.other is not None:
            for _ in range(by):
                self.clock[0] += 1
                self.other.available_to_promise("TEA")
        else:
            self.clock[0] += by
        self.both(lambda e: e.available_to_promise("TEA"))
        self.recount()

    def fences(self):
        who, sku, n = self.some("web", "app", "own"), self.some(*STOCKED), self.n()
        nodes, part = self.some(None, *NODES), self.some(0, 50, 100)
        more = {} if nodes is None else {"nodes": nodes}
        fence = om.RingFence(who, sku, n, protected_percent=part, **more)
        giver, node = self.some(None, "web"), self.some(*NODES)
        self.decide(
            self.some(
                lambda e: e.allocate([fence]),
                lambda e: e.reallocate(sku, node, 2, giver=giver, taker="app"),
            )
        )

    def rules(self):
        sku, node, n = self.some(*STOCKED), self.some(*NODES), self.n(4)
        level, way = self.some("warn", "ignore"), self.dice.randrange(5)
        if way == 0:
            rules = [
                om.SafetyRule(percent=self.some(0, 20)),
                om.SafetyRule(n, sku=sku, guards="network"),
            ]
            self.threshold = Counter({sku: n})
            self.both(lambda e: e.set_safety(rules))
        elif way == 1:
            rules = [om.OversellRule(level, floor=n, sku=sku, node=node)]
            self.floors, self.endless = {(sku, node): n}, set()
            self.both(lambda e: e.set_oversell(rules))
        elif way == 2:
            cells = self.some([(sku, node)], [])
            rules = [om.OversellRule("ignore", sku=s, node=p) for s, p in cells]
            self.floors, self.endless = {}, set(cells)
            self.both(lambda e: e.set_oversell(rules))
        elif way == 3:
            rules = [om.OversellRule(level, floor=n, sku=sku)]
            self.ahead = {(sku, node): n for node in NODES}
            self.both(lambda e: e.set_preorder(rules))
        else:
            chance = self.some(0.5, 0.9, 1)
            self.both(lambda e: e.set_find({(sku, node): chance}))

    def exactly(self):
        """What is told to be there can be had, and not a unit more."""
        sku, who, node = self.some(*EVERY), self.some(*CHANNELS), self.some(*NODES)
        lot = PACKS.get(sku, 1)
        at = NODES.index(node)
        has = int(self.engine.available_by_node(sku, channel=who)[at])
        if has > 1_000:
            return
        ids = self.new_id(), self.new_id(), self.new_id()
        for id, n, fits in ((ids[0], has + lot, False), (ids[1], has, True)):
            if n:
                asked = {"what": {(sku, node): n}, "id": id, "channel": who}
                self.decide(lambda e, asked=asked: e.reserve(**asked))
                assert (id in self.engine.state.book.ids.numbers) == fits, (sku, who, n)
        total = self.engine.available_to_promise(sku, channel=who)
        plan = self.engine.route(om.Order({sku: lot * 9}, TO, channel=who))
        served = sum(line.quantity for s in plan.shipments for line in s.lines)
        assert served == min(lot * 9, total), (sku, who, served, total)

    # -- what has to hold --------------------------------------------------------------

    def replayed(self):
        """An engine made from the log, which says the same."""
        other = made(self.clock)
        other.replay(self.engine.log)
        assert other.digest() == self.engine.digest()
        other.check()
        return other

    def check(self, thoroughly=False):
        """Invariants; the same answers from the other engine."""
        self.engine.available_to_promise("TEA")
        self.engine.check()
        self.recount()
        if self.other is not None:
            assert self.other.digest() == self.engine.digest()
        for sku, parts in [self.some(*KITS.items())]:
            for who in [self.some(*CHANNELS)]:
                able = [
                    self.engine.available_by_node(part, channel=who) // n
                    for part, n in parts.items()
                ]
                found = self.engine.available_by_node(sku, channel=who)
                least = np.min(able, axis=0)
                assert ((found == least) | (least > 10**6)).all(), (sku, who)
        if thoroughly:
            found = answers(self.engine)
            for other in filter(None, (self.other, self.replayed())):
                theirs = answers(other)
                for key, answer in found.items():
                    assert theirs[key] == answer, key


def drill(seed, steps=60):
    """A history of so many steps."""
    with tiny_knobs():
        mix = Mix(seed)
        for k in range(steps):
            mix.step()
            mix.check(thoroughly=k % 20 == 19)


def drills():
    """Enough of them for every bug; many more where there is time."""
    count = MANY_SEEDS if os.environ.get("OMNIROUTE_SLOW") else SEEDS
    for seed in range(1 if WITHOUT_JIT else count):
        drill(seed, 20 if WITHOUT_JIT else 60)


def test_everything_at_once():
    """Also: without a bug the drill passes, else it would prove nothing."""
    drills()


# -- bugs put in on purpose ------------------------------------------------------------


def instead(target, name, answer):
    """Put ``answer`` in the place of a function."""
    return patch.object(target, name, answer)


BUGS = {
    "packs are broken up for later": lambda: instead(
        Composed, "in_lots", lambda _, cells: cells
    ),
    "pre-orders through a channel that has no pool": lambda: instead(
        Lens, "has_pool", lambda *_: True
    ),
    "units at no node are not kept back": lambda: instead(
        Lens, "_kept_back", lambda self, sku: int(self._guard.thresholds[sku])
    ),
    "a hold that was not replaced is gone": lambda: instead(
        State, "revert", lambda *_: None
    ),
    "what needs stock later does not keep it": lambda: instead(
        Dips, "follow", lambda *_: NOTHING
    ),
    "lots end where somebody looks only": lambda: instead(
        decide, "spoiled", lambda *_: iter(())
    ),
    "what is drawn from fences is not written down": lambda: instead(
        way_in, "with_draws", lambda _state, _lens, batch: batch
    ),
    "a batch sees past the channels": lambda: instead(
        Many, "_sees_all", lambda _, asked: np.ones(len(asked.ids), np.bool_)
    ),
    "what fell due and ended in one step is what it was": lambda: instead(
        decide, "_as_fallen_due", lambda _: None
    ),
    "what goes back to a fence is promised for later": lambda: instead(
        life, "_to_pool", lambda *arguments: arguments[-1]
    ),
}
#: Bugs so rare that only the long form has to find them; each has a test by hand.
RARE = {
    "packs are broken up for later",
    "pre-orders through a channel that has no pool",
    "what fell due and ended in one step is what it was",
    "what goes back to a fence is promised for later",
}


@pytest.mark.jit
@pytest.mark.skipif(WITHOUT_JIT, reason="takes long histories")
@pytest.mark.parametrize("bug", BUGS)
def test_every_bug_is_caught(bug):
    """By the recount, the engine's own check, the other engine or a status."""
    if bug in RARE and not os.environ.get("OMNIROUTE_SLOW"):
        pytest.skip("takes many histories")
    errors = (AssertionError, om.OmnirouteError, KeyError, ValueError)
    with BUGS[bug](), pytest.raises(errors):
        drills()


# -- what the drill has found, by hand -------------------------------------------------


def stocked(**units):
    """A shop with so much at the first node."""
    engine = made([1_000])
    engine.apply([om.Receive(sku, "N1", n) for sku, n in units.items()])
    return engine


def test_a_kit_named_in_a_frame_stands_for_its_parts():
    engine = stocked(CUP=9, POT=9)
    engine.reserve({("SET", "N1"): 3}, id="A")
    frame = {"id": ["A"], "sku": "SET", "node": "N1", "quantity": [1]}
    assert engine.fulfil_many(frame).tolist() == [om.Status.OK]
    assert engine.cancel_many(frame).tolist() == [om.Status.OK]
    assert engine.stock("CUP", "N1").on_hand == 7
    assert engine.stock("CUP", "N1").firm == 2


def test_a_kit_named_with_a_due_time_stands_for_its_parts():
    engine = stocked(CUP=9, POT=9)
    engine.reserve({("CUP", "N1"): 6, ("POT", "N1"): 3}, id="A", due=1_010)
    kit = [om.HoldLine("SET", "N1", 1, due=1_010)]
    assert engine.cancel("A", kit) is om.Status.OK
    assert engine.redate("A", 1_020, kit) is om.Status.OK
    found = {row[3:5] for row in reservations(engine) if row[1] == "CUP"}
    assert found == {(1_010, 2), (1_020, 2)}


@pytest.mark.parametrize("to", ["N1", {("SET", "N1"): 2}, om.Order({"SET": 2}, TO)])
def test_parts_at_no_node_are_bound_as_a_kit(to):
    engine = stocked(CUP=9, POT=9)
    engine.reserve({("CUP", None): 4, ("POT", None): 2}, id="A")
    assert engine.bind("A", to).status is om.Status.OK
    assert engine.stock("CUP", "N1").firm == 4
    assert not engine.state.unbound.held


def test_packs_stay_whole():
    """In parts, for later, and when it is another quantity; at no node they are none."""
    engine = stocked(EGG=8)
    held = engine.reserve({("EGG", "N1"): 9}, id="A", due=1_010, partial=True)
    assert held.shortages[0].quantity == 3
    with pytest.raises(om.ValidationError, match=r"lines\[0\].quantity: .*packs of 3"):
        engine.amend("A", [om.HoldLine("EGG", "N1", 4, due=1_010)])
    with pytest.raises(om.ValidationError, match=r"lines\[0\].node: .*node by node"):
        engine.reserve({("EGG", None): 3}, id="B")


def test_a_confidence_counts_for_kits_by_date():
    engine = stocked(CUP=9, POT=9)
    engine.set_find({("CUP", "N1"): 0.5})
    assert not engine.available_by_date("SET", ["N1"], confidence=0.9).quanta.any()
    assert engine.available_by_date("SET", ["N1"]).quanta[0, 0] == 4


def test_a_confidence_counts_for_what_has_no_end():
    engine = stocked(CUP=9)
    engine.set_oversell([om.OversellRule("ignore", sku="CUP", node="N1")])
    engine.set_find({("CUP", "N1"): 0.5})
    assert engine.available_to_promise("CUP") == float("inf")
    assert engine.available_to_promise("CUP", confidence=0.9) == 0
    assert not engine.available_by_date("CUP", ["N1"], confidence=0.9).quanta.any()


def test_what_ends_is_not_promised_for_afterwards():
    """But it is until then, and who has it earlier is taken to have what ends first."""
    engine = made([1_000])
    engine.apply(
        [om.Receive("TEA", "N1", 3, sell_by=1_010), om.Receive("TEA", "N1", 2)]
    )
    line = {("TEA", "N1"): 3}
    assert engine.reserve(line, id="A", due=1_010).status is om.Status.SHORT
    assert engine.reserve(line, id="B", due=1_009).status is om.Status.OK
    assert engine.reserve({("TEA", "N1"): 2}, id="C", due=1_010).status is om.Status.OK


def test_what_a_fence_gets_back_is_not_promised_for_later():
    engine = stocked(TEA=5)
    engine.allocate([om.RingFence("app", "TEA", 5, protected_percent=100)])
    engine.reserve({("TEA", "N1"): 5}, id="A", channel="app")
    assert engine.redate("A", 1_010) is om.Status.OUT_OF_STOCK
    assert engine.stock("TEA", "N1").free == 0


def test_a_channel_without_the_pool_promises_nothing_for_later():
    """Whether it is asked for at first or made of what a fence has."""
    engine = stocked(TEA=5)
    engine.allocate([om.RingFence("own", "TEA", 2)])
    line = {("TEA", "N1"): 1}
    held = engine.reserve(line, id="A", channel="own", due=1_010)
    assert held.status is om.Status.NO_POOL
    assert engine.reserve(line, id="A", channel="own").status is om.Status.OK
    for more in (
        [("TEA", "N1", 1, 1_010)],
        [("TEA", "N1", 0), ("TEA", "N1", 1, 1_010)],
    ):
        assert engine.amend("A", more) is om.Status.NO_POOL
    assert engine.redate("A", 1_010) is om.Status.NO_POOL


@pytest.mark.parametrize(
    "ask",
    [
        lambda e: e.set_find({("SET", "N1"): 0.5}),
        lambda e: e.set_find(
            {"sku": ["SET"], "node": ["N1"], "find_probability": [0.5]}
        ),
        lambda e: e.set_preorder([om.OversellRule("warn", floor=1, sku="SET")]),
        lambda e: e.reallocate("SET", "N1", 1, taker="web"),
        lambda e: e.quotas("SET", [om.Quota("day", 5)]),
    ],
)
def test_what_is_said_of_stock_is_not_said_of_kits(ask):
    engine = stocked(CUP=9)
    before = engine.digest()
    with pytest.raises(om.OmnirouteError, match=r"sku.*stock of its own"):
        ask(engine)
    assert engine.digest() == before
