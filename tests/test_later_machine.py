"""Random lives of pre-orders: the engine beside its twin, checked after every step.

And a test of that test: bugs are put into the engine on purpose, one at a time, and each
has to be found.
"""

from __future__ import annotations

from random import Random

import numpy as np
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
from omniroute.codes import FOREVER, STATUS
from omniroute.engine import holding
from omniroute.engine import steps as engine_steps
from omniroute.reservations import at_risk, later, life, served
from omniroute.reservations.held import Held
from omniroute.reservations.prints import print_hold_terms, print_terms
from omniroute.stock import decide, dips, project
from omniroute.stock.dips import Dips
from omniroute.stock.lens import Lens
from tests.conftest import WITHOUT_JIT
from tests.naive.later import NaiveLater
from tests.naive.later import summed as summed_later
from tests.pair import Pair
from tests.seeded_bugs import blind, must_be_found, wrapped
from tests.stock.knobs import tiny_knobs

SKUS, NODES = ["S0", "S1"], ["N0", "N1"]
AHEAD = 12


class LaterPair(Pair):
    """An engine and a twin that know of later; each method asks both the same."""

    SKUS, NODES = SKUS, NODES

    def __init__(self):
        super().__init__()
        self.twin = NaiveLater()

    def expect(self, id, sku, node, n, ahead):
        """A delivery that is due so many seconds from now."""
        due = self.clock + ahead
        if id not in self.twin.supply.entries:
            self.engine.apply(om.Expect(id, sku, node, n, due=due))
            self.twin.supply.expect(id, sku, node, n, due, "purchase_order")

    def slip(self, id, ahead):
        self.engine.apply(om.Reschedule(id, due=self.clock + ahead))
        self.twin.supply.entries[id]["due"] = self.clock + ahead

    def arrive(self, id, n):
        self.engine.apply(om.Arrive(id, n))
        n = self.twin.supply.arrive(id, n)
        self.twin.fact("arrive", *self.twin.supply.entries[id]["asked"][:2], n)

    def shrink(self, id, n):
        n = min(n, self.twin.supply.entries[id]["open"])
        if n:
            self.engine.apply(om.CancelInbound(id, n))
            self.twin.supply.cancel(id, n)

    def timed(self, lines):
        """Lines with seconds from now (0: at once) as lines with the second due."""
        return [
            (sku, node, n, self.clock + ahead if ahead else 0)
            for sku, node, n, ahead in lines
        ]

    def reserve_later(self, id, lines, ttl=None, partial=False, old=None):
        old = None if old == id else old
        lines = self.timed(lines)
        if not any(due for *_, due in lines):
            return
        asked = [
            om.HoldLine(sku, node, n, due or None) if due else (sku, node, n)
            for sku, node, n, due in lines
        ]
        found = self.engine.reserve(
            asked, id=id, ttl=ttl, partial=partial, supersedes=old
        )
        dated = [
            (sku, node, due, n)
            for (sku, node, due), n in summed_later(lines).items()
            if due
        ]
        own = print_hold_terms(ttl or 0, partial, old)
        terms = print_terms(own, *sorted(dated))
        wanted = self.twin.reserve_later(id, lines, terms, ttl, partial, old)
        assert found.status is wanted

    def amend(self, id, lines):
        lines = self.timed(lines)
        asked = [(sku, node, n, due or None) for sku, node, n, due in lines]
        wanted = self.twin.ask_amend(id, lines)
        assert self.engine.amend(id, asked) is wanted

    def hold_loose(self, id, lines, ttl, partial):
        """Lines at nodes or, where that is None, at none."""
        self.reserve(id, lines, ttl, partial)

    def bind(self, id, lines):
        wanted = self.twin.ask_bind(id, lines)
        found = self.engine.bind(id, {(s, n): q for s, n, q in lines})
        assert found.status is wanted

    def bind_all(self, id, node):
        """To one node: all that is at none, and what is there already."""
        held = self.twin.held(id) if self.twin.standing(id) is om.Status.OK else {}
        now = self.twin.held_by_time(id) if held else {}
        lines = summed_later(
            (sku, node, n, 0)
            for (sku, place, due), n in now.items()
            if place in (None, node) and not due
        )
        lines = [(sku, there, n) for (sku, there, _), n in lines.items()]
        wanted = self.twin.ask_bind(id, lines)
        if not lines and wanted is om.Status.OK:
            wanted = om.Status.NOT_HELD
        assert self.engine.bind(id, node).status is wanted

    def redate(self, id, ahead, lines):
        due = self.clock + ahead if ahead else 0
        wanted = self.twin.ask_redate(id, due, lines)
        assert self.engine.redate(id, due or None, lines) is wanted

    def fulfil_many(self, ids):
        found = self.engine.fulfil_many(ids)
        for id, code in zip(ids, found, strict=True):
            assert STATUS[code] is self.twin.ask_fulfil(id, None)

    def check(self):
        super().check()
        for sku in self.SKUS:
            for node in self.NODES:
                there = self.engine.available_to_promise(sku, node)
                assert there == self.twin.atp(sku, [node])
                assert there <= max(0, self.twin.projected(sku, node, self.clock))
        found = self.engine.at_risk()
        seconds = [c.astype(np.int64) for c in (found["due"], found["covered"])]
        nat = np.datetime64("NaT", "s").astype(np.int64)
        columns = (
            *(found[name] for name in ("id", "sku", "node")),
            np.where(seconds[0] == nat, 0, seconds[0]).tolist(),
            found["held"],
            found["missing"],
            [None if s == nat else s for s in seconds[1].tolist()],
        )
        assert [*zip(*columns, strict=True)] == self.twin.at_risk()


SKU, NODE, N = st.sampled_from(SKUS), st.sampled_from(NODES), st.integers(1, 9)
WHEN = st.integers(0, AHEAD)
LINES = st.lists(st.tuples(SKU, NODE, N, WHEN), min_size=1, max_size=3)
LOOSE = st.lists(st.tuples(SKU, NODE | st.none(), N), min_size=1, max_size=3)
TARGETS = st.lists(
    st.tuples(SKU, NODE, st.integers(0, 9), WHEN), min_size=1, max_size=3
)
TTL = st.none() | st.integers(1, 15)
ENTRY = st.sampled_from(["PO0", "PO1", "PO2", "PO3"])


class LaterMachine(RuleBasedStateMachine):
    """Every operation on pre-orders and what they are promised from, in any order."""

    ids = Bundle("ids")

    @initialize()
    def open(self):
        """A little stock, and a delivery for each cell of one item."""
        self.knobs = tiny_knobs()
        self.knobs.__enter__()
        self.pair = LaterPair()
        self.opened = 0
        self.pair.event("receive", "S0", "N0", 5)
        self.pair.expect("PO0", "S0", "N0", 9, 4)
        self.pair.expect("PO1", "S0", "N1", 9, 8)

    def new_id(self):
        self.opened += 1
        return f"R{self.opened * 7 % 10}{self.opened}"

    @rule(
        kind=st.sampled_from(["receive", "count", "sell", "safety"]),
        sku=SKU,
        node=NODE,
        n=N,
    )
    def event(self, kind, sku, node, n):
        self.pair.event(kind, sku, node, n)

    @rule(id=ENTRY, sku=SKU, node=NODE, n=N, ahead=WHEN)
    def expect(self, id, sku, node, n, ahead):
        self.pair.expect(id, sku, node, n, ahead)

    @rule(id=ENTRY, ahead=WHEN, n=N, what=st.integers(0, 2))
    def delivery(self, id, ahead, n, what):
        """It slips, arrives, or comes to less."""
        if id in self.pair.twin.supply.entries:
            pair = self.pair
            steps = [
                lambda: pair.slip(id, ahead),
                lambda: pair.arrive(id, n),
                lambda: pair.shrink(id, n),
            ]
            steps[what]()

    @rule(by=st.integers(0, 6))
    def pass_time(self, by):
        if self.pair.clock < 40:
            self.pair.pass_time(by)

    @rule(target=ids, lines=LINES, ttl=TTL, partial=st.booleans())
    def reserve(self, lines, ttl, partial):
        id = self.new_id()
        self.pair.reserve_later(id, lines, ttl, partial)
        return id

    @rule(target=ids, sku=SKU, node=NODE, n=N, ttl=TTL)
    def reserve_now(self, sku, node, n, ttl):
        id = self.new_id()
        self.pair.reserve(id, [(sku, node, n)], ttl)
        return id

    @rule(target=ids, lines=LOOSE, ttl=TTL, partial=st.booleans())
    def hold_loose(self, lines, ttl, partial):
        id = self.new_id()
        self.pair.hold_loose(id, lines, ttl, partial)
        return id

    @rule(id=ids, nodes=st.dictionaries(NODE, N, min_size=1))
    def bind(self, id, nodes):
        self.pair.bind(id, [("S0", node, n) for node, n in nodes.items()])

    @rule(id=ids, node=NODE)
    def bind_all(self, id, node):
        self.pair.bind_all(id, node)

    @rule(id=ids, lines=LOOSE)
    def amend_loose(self, id, lines):
        self.pair.amend(id, [(*line, 0) for line in lines])

    @rule(target=ids, old=ids, lines=LINES, ttl=TTL)
    def supersede(self, old, lines, ttl):
        id = self.new_id()
        self.pair.reserve_later(id, lines, ttl, old=old)
        return id

    @rule(id=ids, lines=LINES)
    def reserve_again(self, id, lines):
        self.pair.reserve_later(id, lines)

    @rule(id=ids, name=st.sampled_from(["commit", "release"]))
    def step(self, id, name):
        self.pair.step(name, id)

    @rule(id=ids, name=st.sampled_from(["fulfil", "cancel"]))
    def whole(self, id, name):
        self.pair.step(name, id, None)

    @rule(
        id=ids,
        name=st.sampled_from(["fulfil", "cancel"]),
        timed=st.booleans(),
        n=st.integers(1, 4),
    )
    def part(self, id, name, timed, n):
        """Some units of what it holds: of one time, or whichever are due first."""
        if id in self.pair.twin.reservations:
            held = [*self.pair.twin.held_by_time(id)][:2]
            lines = [(*k[:2], n, *([k[2]] if timed and k[2] else [])) for k in held]
            self.pair.step(name, id, lines or [("S0", "N0", 1)])

    @rule(ids=st.lists(ids, max_size=3))
    def fulfil_many(self, ids):
        self.pair.fulfil_many(ids)

    @rule(id=ids, lines=TARGETS)
    def amend(self, id, lines):
        self.pair.amend(id, lines)

    @rule(id=ids, ahead=WHEN, n=st.none() | N)
    def redate(self, id, ahead, n):
        lines = None if n is None else [("S0", "N0", n)]
        self.pair.redate(id, ahead, lines)

    @rule(id=ids, ttl=st.integers(1, 9))
    def extend(self, id, ttl):
        self.pair.step("extend", id, ttl)

    @rule(
        id=ids,
        nodes=st.permutations(NODES),
        skus=st.none() | st.dictionaries(SKU, st.integers(1, 5), min_size=1),
    )
    def move(self, id, nodes, skus):
        self.pair.step("move", id, nodes[0], nodes[1], skus)

    @rule(id=ids, node=NODE, write_down=st.booleans())
    def decline(self, id, node, write_down):
        self.pair.decline(id, node, None, write_down)

    @invariant()
    def agrees(self):
        if hasattr(self, "pair"):
            self.pair.check()

    def teardown(self):
        if hasattr(self, "pair"):
            self.pair.check_replay()
            self.knobs.__exit__(None, None, None)


TestLater = LaterMachine.TestCase
TestLater.settings = settings(
    max_examples=10 if WITHOUT_JIT else 100, stateful_step_count=30, deadline=None
)


# -- bugs put in on purpose ------------------------------------------------------------


def drill(seed, steps=100):
    """A random history without hypothesis: fast, and the same for every bug."""
    machine = LaterMachine()
    machine.open()
    ids, dice, pair = ["never"], Random(seed), machine.pair

    def line():
        sku, node = dice.choice(
            [("S0", "N0"), ("S0", "N0"), ("S0", "N1"), ("S1", "N0")]
        )
        return sku, node, dice.randint(1, 7), dice.choice([0, 2, 4, 8, 11])

    def loose():
        return [(x[0], dice.choice([None, x[1]]), x[2]) for x in lines()]

    def lines():
        return [line() for _ in range(dice.randint(1, 3))]

    def holder():
        """Some reservation that holds units at no node, if there is one."""
        rows = pair.twin.reservations.items()
        found = [
            id
            for id, held in rows
            if any(line[1] is None and line[3] for line in held["lines"])
        ]
        return dice.choice(found or ids)

    def step():
        id, ttl = dice.choice(ids[-5:]), dice.choice([None, None, 5])
        name = dice.choice(["fulfil", "cancel"])
        entry = dice.choice(["PO0", "PO1", "PO2"])
        sku, node, n, ahead = line()
        twice = [(sku, node, 2, 9), (sku, node, 2, 4)]
        steps_ = [
            *[lambda: ids.append(machine.reserve(lines(), ttl, n < 3))] * 4,
            lambda: ids.append(machine.reserve_now(sku, node, n, ttl)),
            lambda: ids.append(machine.supersede(id, lines(), ttl)),
            *[lambda: ids.append(machine.hold_loose(loose(), ttl, n < 3))] * 2,
            *[lambda: machine.bind(holder(), {x[1]: x[2] for x in lines()})] * 2,
            lambda: machine.pass_time(dice.randint(5, 8)),
            lambda: machine.bind_all(id, node),
            lambda: machine.amend_loose(id, loose()),
            lambda: pair.reserve_later(id, lines()),
            lambda: ids.append(machine.reserve(twice, None, True)),
            *[lambda: machine.delivery(entry, ahead, n, dice.randrange(3))] * 2,
            lambda: pair.expect(entry, sku, node, n, ahead),
            *[lambda: machine.pass_time(dice.randint(0, 3))] * 2,
            lambda: machine.event("receive", sku, node, n),
            lambda: machine.event("sell", sku, node, dice.randint(1, 2)),
            lambda: machine.step(id, dice.choice(["commit", "commit", "release"])),
            lambda: machine.whole(id, name),
            *[lambda: machine.part(id, name, dice.random() < 0.5, n % 3 + 1)] * 2,
            lambda: pair.fulfil_many(dice.sample(ids, min(2, len(ids)))),
            *[lambda: machine.amend(id, lines())] * 2,
            *[lambda: machine.redate(id, ahead, dice.choice([None, 1]))] * 2,
            lambda: machine.move(id, dice.sample(NODES, 2), None),
            lambda: machine.decline(id, node, dice.random() < 0.5),
        ]
        dice.choice(steps_)()

    try:
        for _ in range(steps):
            step()
            pair.check()
    finally:
        machine.teardown()


def drills():
    """Enough of them for every bug."""
    for seed in range(3 if WITHOUT_JIT else 60):
        drill(seed)


def at_the_instant_only(start, supply, demand):
    """Supply less demand by an instant; what comes after does not count."""
    before = sum(n for second, n in supply.items() if second <= start)
    return before - sum(n for second, n in demand.items() if second <= start)


def whenever_due(state, cell):
    """What is still to come to a cell, overdue or not."""
    found = []
    for number in state.supply.entries_of(*cell):
        _, _, due, still = state.supply.entries[number].tolist()[:4]
        found += [(max(due, state.now + 1), FOREVER, still)] if still else []
    return found


BUGS = {
    "nothing is kept for later": lambda: blind(Dips, "follow", lambda *_: dips.NOTHING),
    "a slip is not noticed": lambda: wrapped(
        Dips,
        "_touched",
        lambda touched: (
            lambda self, rows: touched(self, [r for r in rows if r[0] < 50])
        ),
    ),
    "supply that is overdue is not noticed": lambda: blind(
        Dips, "_woken", lambda _: []
    ),
    "a pre-order looks at its own instant only": lambda: blind(
        project, "least_from", at_the_instant_only
    ),
    "overdue supply is trusted": lambda: blind(project, "inbound", whenever_due),
    "nothing falls due": lambda: blind(
        decide, "_falls_due", lambda *_: np.empty((0, 8), np.int64)
    ),
    "what fell due ends as if it had not": lambda: blind(
        decide, "_as_fallen_due", lambda _: None
    ),
    "what is brought forward is not checked": lambda: wrapped(
        life,
        "fulfil",
        lambda fulfil: lambda *a: _unserved(fulfil, *a),
    ),
    "an exchange is checked as if both were held": lambda: wrapped(
        served, "admitted", lambda right: lambda state, wanted, _: right(state, wanted)
    ),
    "a pre-order takes today's stock": lambda: wrapped(
        holding, "as_of", lambda right: lambda cells, now: right(cells, 1 << 40)
    ),
    "lines of one request do not see each other": lambda: blind(
        later, "_count", lambda *_: None
    ),
    "units due first are not taken first": lambda: wrapped(
        Held,
        "pick",
        lambda pick: lambda self, wanted: _last_first(pick, self, wanted),
    ),
    "what is held at no node is not kept": lambda: blind(
        Lens, "_kept_back", lambda *_: 0
    ),
    "binding asks for the network's sum again": lambda: wrapped(
        life,
        "bind",
        lambda bind: lambda state, name, cells: _with_room(bind, state, name, cells),
    ),
    "binding twice holds twice": lambda: wrapped(
        life,
        "bind",
        lambda bind: (
            lambda state, name, cells: bind(state, name, _besides(state, name, cells))
        ),
    ),
    "binding takes without asking the cell": lambda: wrapped(
        life, "bind", lambda bind: lambda *a: _unserved(bind, *a)
    ),
    "a pre-order takes what is held at no node": lambda: blind(
        later._Room, "within", lambda _self, _cell, most, _spare: most
    ),
    "more at no node is not checked": lambda: blind(
        engine_steps, "exceeds", lambda *_: False
    ),
    "who is at risk is told in order of opening": lambda: blind(
        at_risk.np, "lexsort", lambda keys: np.argsort(keys[0], kind="stable")
    ),
}


def _with_room(bind, state, name, cells):
    """Bind only what the network could promise anew."""
    if any(n > (state.unbound.room(cell[0]) or 0) for cell, n in cells.items()):
        return life.Step(om.Status.SHORT, dips.NOTHING)
    return bind(state, name, cells)


def _besides(state, name, cells):
    """So much more than a reservation holds."""
    held = life.held_cells(state, name)
    return {cell: n + held.get(cell, 0) for cell, n in cells.items()}


def _unserved(fulfil, *arguments):
    with blind(life, "served", lambda *_: om.Status.OK):
        return fulfil(*arguments)


def _last_first(pick, held, wanted):
    """What `pick` would choose, were everything due in the opposite order."""
    cells = held.cells
    turned = {(*key[:2], -key[2]) if key[2:] else key: n for key, n in cells.items()}
    held.cells = turned
    found = pick(held, {(*k[:2], -k[2]) if k[2:] else k: n for k, n in wanted.items()})
    held.cells = cells
    if found is None:
        return None
    return {(*k[:2], -k[2]) if k[2:] else k: n for k, n in found.items()}


def test_the_drill_passes_without_a_bug():
    """Else it would prove nothing."""
    drills()


@pytest.mark.jit
@pytest.mark.parametrize("bug", BUGS)
def test_every_bug_is_caught(bug):
    """By a status, the digest, the twin's promises or a check of the engine's own."""
    must_be_found(BUGS[bug], drills)
