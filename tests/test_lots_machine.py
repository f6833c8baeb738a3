"""Random shelves: the engine with lots beside a list of single units, after every step.

And a test of that test: bugs are put in on purpose, one at a time, and each is found.
"""

from __future__ import annotations

from random import Random

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
from omniroute.stock import decide, shelf, spoil
from omniroute.stock.find import Find
from omniroute.stock.lots import Lots
from tests.conftest import WITHOUT_JIT
from tests.naive.lots import LotShop
from tests.pair import NODES, SKUS, Pair
from tests.seeded_bugs import blind, must_be_found, wrapped
from tests.stock.knobs import tiny_knobs

SKU, NODE, N = st.sampled_from(SKUS[:2]), st.sampled_from(NODES[:2]), st.integers(1, 6)
#: Ends near the present: some have passed when the units come in.
END = st.none() | st.integers(1, 25)
KIND = st.sampled_from(["receive", "sell", "adjust", "count", "return", "safety"])
FACT = st.tuples(KIND, SKU, NODE, N, END)


class LotPair(Pair):
    """The engine and the twin, asked the same."""

    def __init__(self):
        super().__init__()
        self.twin = LotShop()

    def event_of(self, kind, sku, node, n, end):
        end = None if kind == "safety" else end
        more = {} if end is None else {"sell_by": end}
        return getattr(om, kind.capitalize())(sku, node, n, **more)

    def on_twin(self, kind, sku, node, n, end):
        if kind == "count" and end is not None:
            self.twin.count_lot(sku, node, n, end)
        else:
            self.twin.of_lot(
                None if kind == "safety" else end,
                lambda: self.twin.fact(kind, sku, node, n),
            )

    def facts(self, facts, as_frame=False, plain=False):
        """One fact, or some in one call."""
        self.twin.expire(self.clock)
        if as_frame or plain:
            names = ("event", "sku", "node", "quantity", "sell_by")[: 4 if plain else 5]
            rows = [
                (*fact[:4], None if fact[0] == "safety" else fact[4]) for fact in facts
            ]
            frame = {name: [row[k] for row in rows] for k, name in enumerate(names)}
            self.engine.apply(frame)
        else:
            events = [self.event_of(*fact) for fact in facts]
            self.engine.apply(events if len(events) != 1 else events[0])
        for fact in facts:
            self.on_twin(*fact)
        self.twin.expire(self.clock)

    def move(self, sku, node, n, reason, end, back):
        """Between on hand and a reason; back only what is there."""
        self.twin.expire(self.clock)
        states = (reason, "on_hand") if back else ("on_hand", reason)
        event = om.Move(sku, node, n, *states, sell_by=end)
        there = self.twin.supply.unavailable.get((sku, node, reason), 0)
        if back and there < n:
            with pytest.raises(om.ValidationError):
                self.engine.apply(event)
        else:
            self.engine.apply(event)
            sign = 1 if back else -1
            self.twin.of_lot(end, lambda: self.twin.fact("move", sku, node, sign * n))
            self.twin.supply.shift(sku, node, reason, -sign * n)
        self.twin.expire(self.clock)

    def transfer(self, id, sku, n, ends):
        """From one node to another, each end of the way with its own lot."""
        self.twin.expire(self.clock)
        left, came = ends
        due = self.clock
        out = om.TransferOut(sku, "N0", "N1", n, id=id, due=due, sell_by=left)
        self.engine.apply([out, om.Arrive(id, sell_by=came)])
        self.twin.of_lot(left, lambda: self.twin.fact("transfer", sku, "N0", -n))
        self.twin.supply.expect(id, sku, "N1", n, due, "transfer", left or 0)
        self.twin.supply.arrive(id, None)
        # Units of a lot that is named stay of it on their way.
        came = came or left
        self.twin.of_lot(came, lambda: self.twin.fact("arrive", sku, "N1", n))
        self.twin.expire(self.clock)

    def fulfil(self, id, lines, end):
        """Some of it or all, of a lot or of what ends first."""
        cells = None if lines is None else {(sku, node): n for sku, node, n in lines}
        found = self.engine.fulfil(id, cells, sell_by=end)
        wanted = self.twin.of_lot(end, lambda: self.twin.ask_fulfil(id, lines))
        assert found is wanted

    def set_find(self, sku, node, chance):
        self.engine.set_find({(sku, node): chance / 10_000})
        if chance == 10_000:
            self.twin.find.pop((sku, node), None)
        else:
            self.twin.find[sku, node] = chance

    def check(self):
        """The base, and every lot."""
        super().check()
        columns = self.engine.lots()
        found = zip(
            *(columns[name] for name in ("sku", "node")),
            columns["sell_by"].astype(int).tolist(),
            columns["quantity"],
            strict=True,
        )
        assert sorted(found) == sorted(
            (*cell, *lot)
            for cell, s in self.twin.shelves.items()
            for lot in s.lots().items()
        )
        self.check_sure()

    def check_sure(self):
        """What is asked at a confidence."""
        for sku in SKUS:
            sure = [self.twin.sure(sku, node, 8_000) for node in NODES]
            asked = {"confidence": 0.8}
            assert self.engine.available_to_promise(sku, **asked) == sum(sure)
            assert self.engine.available_by_node(sku, **asked).tolist() == sure
        matrix = self.engine.availability(confidence=0.8).quanta.tolist()
        assert matrix == [[self.twin.sure(s, n, 8_000) for n in NODES] for s in SKUS]


class LotMachine(RuleBasedStateMachine):
    """Every way in which units come, go, end and are promised."""

    ids = Bundle("ids")

    @initialize()
    def open(self):
        self.knobs = tiny_knobs()
        self.knobs.__enter__()
        self.pair = LotPair()
        self.opened = 0

    @rule(facts=st.lists(FACT, min_size=1, max_size=5), as_frame=st.booleans())
    def facts(self, facts, as_frame):
        self.pair.facts(facts, as_frame)

    @rule(facts=st.lists(FACT, min_size=4, max_size=6), as_frame=st.booleans())
    def many_facts(self, facts, as_frame):
        """So many that they are looked through in columns."""
        self.pair.facts(facts * 10, as_frame)

    @rule(facts=st.lists(FACT, min_size=4, max_size=6))
    def many_plain_facts(self, facts):
        """The same of facts that name no lot, which take another way in."""
        self.pair.facts([(*fact[:4], None) for fact in facts] * 10, plain=True)

    @rule(sku=SKU, node=NODE, n=N, end=END, back=st.booleans())
    def move(self, sku, node, n, end, back):
        self.pair.move(sku, node, n, "damaged", end, back)

    @rule(sku=SKU, n=N, ends=st.tuples(END, END))
    def transfer(self, sku, n, ends):
        self.opened += 1
        self.pair.transfer(f"T{self.opened}", sku, n, ends)

    @rule(by=st.integers(0, 8))
    def pass_time(self, by):
        self.pair.pass_time(by)

    @rule(target=ids, sku=SKU, node=NODE, n=N, ttl=st.none() | st.integers(1, 9))
    def reserve(self, sku, node, n, ttl):
        self.opened += 1
        id = f"R{self.opened}"
        self.pair.reserve(id, [(sku, node, n)], ttl)
        return id

    @rule(id=ids)
    def commit(self, id):
        self.pair.step("commit", id)

    @rule(id=ids, end=END, whole=st.booleans())
    def fulfil(self, id, end, whole):
        held = self.pair.twin.held(id) if id in self.pair.twin.reservations else {}
        lines = None if whole else [(*cell, -(-n // 2)) for cell, n in held.items()]
        self.pair.fulfil(id, lines or None, end)

    @rule(id=ids, n=N)
    def decline(self, id, n):
        """A node finds nothing: on hand goes down."""
        for sku, node in (
            self.pair.twin.held(id) if id in self.pair.twin.reservations else ()
        ):
            self.pair.decline(id, node, {sku: n}, write_down=True)

    @rule(sku=SKU, node=NODE, chance=st.sampled_from([0, 7_999, 8_000, 9_500, 10_000]))
    def set_find(self, sku, node, chance):
        self.pair.set_find(sku, node, chance)

    @invariant()
    def agrees_with_the_twin(self):
        if hasattr(self, "pair"):
            self.pair.check()

    def teardown(self):
        if hasattr(self, "pair"):
            self.pair.check_replay()
            self.knobs.__exit__(None, None, None)


TestLots = LotMachine.TestCase
TestLots.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


# -- bugs put in on purpose ------------------------------------------------------------

KINDS = ["receive", "receive", "receive", "sell", "adjust", "count", "return"]


def drill(seed, steps=40):
    """A random history without hypothesis: fast, and the same for every bug."""
    dice, pair = Random(seed), LotPair()
    cells = [(sku, node) for sku in SKUS[:2] for node in NODES[:2]]

    def fact(*kinds):
        end = dice.choice([None, pair.clock + dice.randint(-2, 9), 12, 20])
        return (
            dice.choice(kinds),
            *dice.choice(cells),
            dice.randint(1, 6),
            end if end is None else max(1, end),
        )

    for k in range(steps):
        what = dice.randrange(10)
        if what < 4:
            facts = [fact(*KINDS) for _ in range(dice.randint(1, 3))]
            pair.facts(facts * dice.choice([1, 1, 15]), dice.random() < 0.3)
        elif what == 4:
            pair.facts([(*fact("sell", "count")[:4], None)] * 35, plain=True)
        elif what == 5:
            pair.pass_time(dice.randint(0, 4))
        elif what == 6:
            _, sku, node, n, end = fact("move")
            pair.move(sku, node, n, "damaged", end, dice.random() < 0.5)
            pair.transfer(f"T{k}", sku, n, (end, fact("move")[-1]))
        elif what == 7:
            _, sku, node, n, end = fact("hold")
            pair.reserve(f"R{k}", [(sku, node, n)], dice.choice([None, 3]))
            ends = [end, *pair.twin.shelf(sku, node).lots()]
            pair.fulfil(f"R{k}", dice.choice([None, [(sku, node, 1)]]), ends[-1])
        elif what == 8:
            pair.set_find(*dice.choice(cells), dice.choice([0, 7_999, 8_000, 10_000]))
        else:
            # Time has passed, and nobody has asked since.
            pair.clock += dice.randint(1, 4)
            pair.facts([fact(*KINDS)])
        pair.check()
    pair.check_replay()


def drills():
    """Enough of them for every bug."""
    for seed in range(2 if WITHOUT_JIT else 15):
        drill(seed)


def last_first(self, quanta, named):
    """What ends last goes first."""
    for end in (named, *sorted(self._lots, reverse=True)):
        some = min(quanta, self._lots.get(end, 0))
        if some > 0:
            self._lots[end] -= some
            quanta -= some


BUGS = {
    "lots never end": lambda: blind(decide, "spoiled", lambda *_: iter(())),
    "lots end a second late": lambda: wrapped(
        Lots, "due", lambda due: lambda self, now: due(self, now - 1)
    ),
    "what ended is thrown away, not set apart": lambda: wrapped(
        spoil, "_rows", lambda rows: lambda *a: (r for r in rows(*a) if r[0] != 50)
    ),
    "what ends last goes first": lambda: blind(shelf._Shelf, "_take", last_first),
    "a lot that is named is passed over": lambda: wrapped(
        shelf._Shelf, "_take", lambda take: lambda self, n, _: take(self, n, 0)
    ),
    "parcels name no lot": lambda: wrapped(
        shelf._Shelf, "follow", lambda follow: lambda self, row, _: follow(self, row, 0)
    ),
    "parcels take from no lot": lambda: wrapped(
        shelf, "_moves", lambda moves: lambda what: moves(what) and what != 35
    ),
    "many rows are looked through without the lots": lambda: wrapped(
        shelf,
        "_concerned",
        lambda some: lambda state, rows: [] if len(rows) > 32 else some(state, rows),
    ),
    "a chance is one short": lambda: wrapped(
        Find, "at", lambda at: lambda self, cells: at(self, cells) - 1
    ),
    "chances are not in the digest": lambda: blind(Find, "records", lambda *_: []),
    "lots are not in the digest": lambda: blind(Lots, "records", lambda *_: []),
}


def test_the_drill_passes_without_a_bug():
    """Else it would prove nothing."""
    drills()


@pytest.mark.jit
@pytest.mark.parametrize("bug", BUGS)
def test_every_bug_is_caught(bug):
    """By the digest, the twin's shelves or an invariant."""
    must_be_found(BUGS[bug], drills)
