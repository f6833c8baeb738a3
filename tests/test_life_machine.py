"""Random lives of reservations: the engine beside its twin, checked after every step.

And a test of that test: bugs are put into the engine on purpose, one at a time, and each
has to be found.
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
    multiple,
    rule,
)

from omniroute.codes import E_WHAT, Effect, ReservationState, Status
from omniroute.engine import holding
from omniroute.engine import many as engine_many
from omniroute.reservations import life, lines, many
from omniroute.reservations.held import Held
from omniroute.reservations.holds import OneHold
from omniroute.reservations.life import Step
from omniroute.stock import decide
from omniroute.stock.book import Book
from omniroute.stock.effects import NOTHING, EffectBatch, tick
from omniroute.stock.state import State
from tests.conftest import WITHOUT_JIT
from tests.pair import NODES, SKUS, Pair
from tests.seeded_bugs import blind, must_be_found, wrapped
from tests.stock.knobs import tiny_knobs

EVENTS = ("receive", "adjust", "count", "sell", "safety")
SKU, NODE, N = st.sampled_from(SKUS), st.sampled_from(NODES), st.integers(1, 9)
LINES = st.lists(st.tuples(SKU, NODE, N), min_size=1, max_size=4)
TARGETS = st.lists(st.tuples(SKU, NODE, st.integers(0, 9)), min_size=1, max_size=3)
TTL = st.none() | st.integers(1, 9)
BY_SKU = st.none() | st.dictionaries(SKU, st.integers(1, 5), min_size=1)


class LifeMachine(RuleBasedStateMachine):
    """Every operation on every reservation, in any order."""

    ids = Bundle("ids")

    @initialize()
    def open(self):
        """Some stock everywhere, and room for one: every growth path is near."""
        self.knobs = tiny_knobs()
        self.knobs.__enter__()
        self.pair = Pair()
        self.opened = 0
        for sku in SKUS:
            for node in NODES:
                self.pair.event("receive", sku, node, 9)

    def new_id(self):
        self.opened += 1
        return f"R{self.opened * 7 % 10}{self.opened}"

    @rule(kind=st.sampled_from(EVENTS), sku=SKU, node=NODE, n=N)
    def event(self, kind, sku, node, n):
        self.pair.event(kind, sku, node, n)

    @rule(by=st.integers(0, 6))
    def pass_time(self, by):
        self.pair.pass_time(by)

    @rule(target=ids, lines=LINES, ttl=TTL, partial=st.booleans(), sticky=st.booleans())
    def reserve(self, lines, ttl, partial, sticky):
        id = self.new_id()
        self.pair.reserve(id, lines, ttl, partial, sticky=sticky)
        return id

    @rule(id=ids, lines=LINES, ttl=TTL)
    def reserve_again(self, id, lines, ttl):
        self.pair.reserve(id, lines, ttl)

    @rule(target=ids, old=ids, lines=LINES, ttl=TTL, sticky=st.booleans())
    def supersede(self, old, lines, ttl, sticky):
        id = self.new_id()
        self.pair.reserve(id, lines, ttl, old=old, sticky=sticky)
        return id

    @rule(
        target=ids,
        requests=st.lists(LINES, min_size=1, max_size=4),
        again=ids,
        ttl=TTL,
        partial=st.booleans(),
        sticky=st.booleans(),
    )
    def reserve_many(self, requests, again, ttl, partial, sticky):
        named = [(self.new_id(), lines) for lines in requests]
        asked = [*named, (again, requests[0]), (named[0][0], requests[-1])]
        self.pair.reserve_many(asked, ttl, partial, sticky)
        return multiple(*(id for id, _ in named))

    @rule(
        name=st.sampled_from(["fulfil", "cancel"]),
        share=st.integers(1, 3),
        picks=st.lists(ids, min_size=1, max_size=4),
        odd=LINES,
    )
    def parts(self, name, share, picks, odd):
        """Parts of what some hold, in rows that lie as they come, and of one too much."""
        asked = []
        for id in picks:
            held = self.pair.twin.held(id) if id in self.pair.twin.reservations else {}
            some = [(*cell, -(-n // share)) for cell, n in held.items()]
            asked += [(id, [line]) for line in some[:share]]
        self.pair.parts(name, [*asked[::-1], (picks[0], odd[:share])])

    @rule(
        name=st.sampled_from(["commit", "release", "fulfil", "cancel"]), some=st.data()
    )
    def many(self, name, some):
        count = some.draw(st.integers(0, 4))
        names = [self.new_id(), *self.pair.twin.reservations]
        picks = [some.draw(st.sampled_from(names)) for _ in range(count)]
        self.pair.many(name, picks)

    @rule(id=ids)
    def commit(self, id):
        self.pair.step("commit", id)

    @rule(id=ids)
    def release(self, id):
        self.pair.step("release", id)

    @rule(id=ids, name=st.sampled_from(["fulfil", "cancel"]))
    def whole(self, id, name):
        self.pair.step(name, id, None)

    @rule(id=ids, name=st.sampled_from(["fulfil", "cancel"]), share=st.integers(1, 3))
    def part(self, id, name, share):
        """A part of what it holds: random cells would seldom be among them."""
        held = self.pair.twin.held(id) if id in self.pair.twin.reservations else {}
        some = [(*cell, -(-n // share)) for cell, n in held.items()][:share]
        self.pair.step(name, id, some or [(SKUS[0], NODES[0], 1)])

    @rule(id=ids, lines=LINES, name=st.sampled_from(["fulfil", "cancel"]))
    def any_part(self, id, name, lines):
        self.pair.step(name, id, lines)

    @rule(id=ids, lines=TARGETS)
    def amend(self, id, lines):
        self.pair.step("amend", id, lines)

    @rule(id=ids, ttl=st.integers(1, 9))
    def extend(self, id, ttl):
        self.pair.step("extend", id, ttl)

    @rule(id=ids, nodes=st.permutations(NODES), skus=BY_SKU)
    def move(self, id, nodes, skus):
        self.pair.step("move", id, nodes[0], nodes[1], skus)

    @rule(id=ids, node=NODE, skus=BY_SKU, write_down=st.booleans())
    def decline(self, id, node, skus, write_down):
        self.pair.decline(id, node, skus, write_down)

    @invariant()
    def agrees(self):
        self.pair.check()

    def teardown(self):
        if hasattr(self, "pair"):
            self.pair.check_replay()
            self.knobs.__exit__(None, None, None)


TestLife = LifeMachine.TestCase
TestLife.settings = settings(
    max_examples=10 if WITHOUT_JIT else 100, stateful_step_count=30, deadline=None
)


# -- bugs put in on purpose ------------------------------------------------------------


def drill(seed, steps=60):
    """A random history without hypothesis: fast, and the same for every bug."""
    dice, pair = Random(seed), Pair()
    for sku in SKUS:
        for node in NODES:
            pair.event("receive", sku, node, 9)

    def lines(least=1):
        count = dice.randint(1, 3)
        return [
            (dice.choice(SKUS), dice.choice(NODES), dice.randint(least, 7))
            for _ in range(count)
        ]

    ids = ["never"]
    for k in range(steps):
        # Mostly of late: what is long over answers all alike.
        what, id, ttl = (
            dice.randrange(15),
            dice.choice(ids[-5:]),
            dice.choice([None, 5]),
        )
        if what < 4:
            old = dice.choice([None, None, id])
            ids.append(f"R{k}")
            pair.reserve(ids[-1], lines(), ttl, what == 1, old, sticky=what == 2)
        elif what == 4:
            pair.reserve(id, lines(), ttl)
        elif what == 5:
            pair.pass_time(dice.randint(0, 3))
        elif what == 6:
            some = [dice.choice(ids) for _ in range(3)]
            step = dice.choice(["commit", "fulfil", "release", "cancel"])
            pair.many(step, [*some, some[0]])
        elif what == 7:
            pair.decline(id, dice.choice(NODES), None, dice.random() < 0.5)
        elif what == 14:
            taking, some = (
                dice.choice(["fulfil", "cancel"]),
                dict.fromkeys(dice.choices(ids, k=3)),
            )
            asked = [(name, a_step(dice, pair, name, 10, lines)[2]) for name in some]
            pair.parts(taking, asked)
        else:
            pair.step(*a_step(dice, pair, id, what, lines))
        pair.check()
    pair.check_replay()


def a_step(dice, pair, id, what, lines):
    """Name and arguments of a step with one reservation."""
    taking = dice.choice(["fulfil", "cancel"])
    held = pair.twin.held(id) if id in pair.twin.reservations else {}
    part = dice.choice([[(*cell, 1) for cell in held][:2], lines()]) or lines()
    return {
        8: (dice.choice(["commit", "release"]), id),
        9: (taking, id, None),
        10: (taking, id, part),
        11: ("amend", id, lines(least=0)),
        12: ("move", id, *dice.sample(NODES, 2), None),
        13: ("extend", id, dice.randint(1, 9)),
    }[what]


def drills():
    """Enough of them for every bug."""
    for seed in range(SEEDS):
        drill(seed)


BUGS = {
    "holds never run out": lambda: blind(
        decide, "expire", lambda _, now: EffectBatch([tick(now)])
    ),
    "holds end a second late": lambda: wrapped(
        Book, "due", lambda due: lambda self, now: due(self, now - 1)
    ),
    "a commit that does not take": lambda: blind(
        life, "commit", lambda *_: (Status.OK, None)
    ),
    "a part shipped ships all": lambda: wrapped(
        life, "fulfil", lambda fulfil: lambda state, name, _: fulfil(state, name, None)
    ),
    "a part cancelled cancels all": lambda: wrapped(
        life, "cancel", lambda cancel: lambda state, name, _: cancel(state, name, None)
    ),
    "shipping may take what is not held": lambda: blind(
        Held, "pick", lambda _, wanted: dict(wanted)
    ),
    "shipping does not ask for a commit": lambda: blind(life, "fulfil", life.cancel),
    "an end is forgotten": lambda: blind(Held, "end_if_empty", lambda *_: []),
    "an increase is not checked": lambda: blind(life, "served", lambda *_: Status.OK),
    "a hold ignores itself": lambda: wrapped(
        life,
        "amend",
        lambda amend: (
            lambda state, name, cells: (
                amend(state, name, cells)
                if life.served(state, cells) is Status.OK
                else Step(life.served(state, cells), NOTHING)
            )
        ),
    ),
    "lines of a cell are not summed": lambda: blind(
        holding,
        "cells_of",
        lambda catalogue, given, least=1, due=None: {
            cell: n
            for line in (given.items() if isinstance(given, dict) else given)
            for cell, n in lines.cells_of(
                catalogue,
                dict([line]) if isinstance(given, dict) else [line],
                least,
                due=due,
            ).items()
        },
    ),
    "an old hold goes although the new one is refused": lambda: blind(
        State, "revert", lambda *_: None
    ),
    "what an old hold has does not count": lambda: blind(
        life, "supersede", lambda *_: Step(Status.OK, NOTHING)
    ),
    "units written down are put back": lambda: wrapped(
        life,
        "decline",
        lambda decline: lambda s, name, cells, _: decline(s, name, cells, False),
    ),
    "a refusal is not written down": lambda: wrapped(
        OneHold,
        "reserve",
        lambda reserve: lambda *a: reserve(*a[:-1], (a[-1][0], False)),
    ),
    "a part will always do": lambda: wrapped(
        OneHold,
        "reserve",
        lambda reserve: lambda *a: reserve(*a[:-1], (True, a[-1][1])),
    ),
    "a repeat is taken for a new request": lambda: blind(
        OneHold, "repeat", lambda *_: Status.EXISTS
    ),
    "extending shortens": lambda: wrapped(
        life,
        "extend",
        lambda extend: lambda state, name, ttl: extend(state, name, ttl - 1),
    ),
    "parts in a frame ship holds as well": lambda: wrapped(
        engine_many,
        "fulfil_parts",
        lambda _: (
            lambda state, asked: many._parts(
                state,
                asked,
                *many._standings(state, asked.ids)[:2],
                Effect.SHIP,
                ReservationState.FULFILLED,
            )
        ),
    ),
    "parts in a frame are given back, not shipped": lambda: blind(
        engine_many, "fulfil_parts", many.cancel_parts
    ),
    "parts in a frame never end a reservation": lambda: wrapped(
        many,
        "write_parts",
        lambda write: lambda *a: _without_endings(write(*a), a[-1]),
    ),
    "what one reservation lacks, all lack": lambda: wrapped(
        many,
        "write_parts",
        lambda write: lambda *a: write(*a) if _all_found(write, a) else 0,
    ),
    "a batch does twice what it is asked twice": lambda: blind(
        many, "_each_once", lambda status, numbers, _: numbers[status == Status.OK]
    ),
}


def _without_endings(used, rows):
    """Leave out the rows that say a reservation has ended."""
    kept = rows[:used][rows[:used, E_WHAT] != int(Effect.RESOLVE)]
    rows[: len(kept)] = kept
    return len(kept)


def _all_found(write, arguments):
    """Whether no reservation lacks what is wanted of it; tried on copies."""
    tried = [x.copy() if hasattr(x, "copy") else x for x in arguments]
    write(*tried)
    return (tried[-2] != int(Status.NOT_HELD)).all()


SEEDS = 2 if WITHOUT_JIT else 25


def test_the_drill_passes_without_a_bug():
    """Else it would prove nothing."""
    drills()


@pytest.mark.jit
@pytest.mark.parametrize("bug", BUGS)
def test_every_bug_is_caught(bug):
    """By a status, the digest, the twin's cells or an effect that cannot be."""
    must_be_found(BUGS[bug], drills)
