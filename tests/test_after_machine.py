"""Random afterlives of plans: declined, routed again, parked, served when stock comes.

The engine beside its twin, which keeps its own stock and asks a second engine, made anew
of that stock for each question, where an order is best served from. And bugs put in on
purpose, each of which has to be found.
"""

from __future__ import annotations

from contextlib import contextmanager
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
from omniroute.codes import Status
from omniroute.engine import Engine, parking, resourcing
from omniroute.engine.core import Core
from omniroute.engine.counter import Counter
from omniroute.engine.terms import Terms, print_of_terms
from omniroute.model.order_text import order_text
from omniroute.reservations import print_lines
from omniroute.reservations import resourcing as steps
from omniroute.reservations.held import Held
from omniroute.routing import in_time
from omniroute.stock.after import After
from omniroute.stock.declines import Declines
from omniroute.stock.parked import Parked
from tests.conftest import WITHOUT_JIT
from tests.naive.resourcing import NaiveDesk
from tests.pair import NODES, SKUS, Pair
from tests.seeded_bugs import blind, must_be_found, wrapped
from tests.stock.knobs import tiny_knobs

HERE = om.Destination(postcode="55425")
RULES = 2, 9, 4
#: Days by node: what a promise of fewer days leaves out.
GROUND, FAST = {"N0": 2, "N1": 3, "N2": 1}, {"N0": 1, "N2": 1}


def network(days=None):
    """Three nodes, each with a price and days of its own; only what is in time."""
    services = []
    for name, by_node, rate in (("ground", GROUND, 5), ("fast", FAST, 11)):
        for node, transit in by_node.items():
            if days is None or transit <= days:
                card = om.RateCard.flat(rate)
                services.append(
                    om.Service(f"{name}-{node}", "ship", card, transit_days=transit)
                )
    nodes = [
        om.Node(
            node,
            order_cost=k,
            services=[s.name for s in services if s.name.endswith(node)],
        )
        for k, node in enumerate(NODES)
    ]
    return om.Network(nodes, services) if services else None


NETWORKS = {days: network(days) for days in (None, 0, 1, 2, 3)}


class AfterPair(Pair):
    """An engine and its twin, asked the same."""

    def __init__(self):
        self.clock = 0
        self.rules = om.DeclineRules(
            rests_after=RULES[0], within_s=RULES[1], rests_for_s=RULES[2]
        )
        self.engine = Engine(
            NETWORKS[None],
            [om.Item(s) for s in self.SKUS],
            clock=lambda: self.clock,
            journal=True,
            declines=self.rules,
        )
        self.twin = NaiveDesk(self.route)
        self.twin.after.rules = RULES
        self.orders = {}

    def route(self, order, excluded, days):
        """Where the twin's stock serves an order best: asked of an engine made for it."""
        if NETWORKS[days] is None:
            return Status.UNSERVED, []
        shadow = Engine(NETWORKS[days], [om.Item(s) for s in SKUS], clock=lambda: 0)
        for sku in SKUS:
            for node in NODES:
                if (free := self.twin.free(sku, node)) > 0:
                    shadow.apply(om.Receive(sku, node, free))
        excluded = sorted(excluded | self.twin.after.resting(self.twin.now))
        plan = shadow.route(om.Order(order, HERE, exclude_nodes=excluded))
        lines = [(x.sku, s.node, x.quantity) for s in plan.shipments for x in s.lines]
        return plan.status, lines

    def place(self, id, order, ttl, partial, park):
        asked = om.Order(order, HERE, id=id)
        self.orders.setdefault(id, asked)
        state = self.engine.state
        numbers = [(state.catalogue.sku(sku), n) for sku, n in order.items()]
        beside = ("park",) if park else ()
        terms = Terms(ttl or 0, partial, None, sticky=False, beside=beside)
        prints = print_lines(state, numbers), print_of_terms(asked, terms)
        found = self.engine.place(asked, ttl=ttl, partial=partial, park=park)
        text = order_text(asked)
        wanted = self.twin.place(id, order, prints, ttl, partial, park, text)
        assert found.status is wanted
        open_ = id in self.twin.reservations and self.twin.standing(id) is Status.OK
        same = found.status not in (
            Status.EXISTS_WITH_DIFFERENT_LINES,
            Status.EXISTS_WITH_DIFFERENT_TERMS,
        )
        assert found.reserved == bool(same and open_ and self.twin.held(id))

    def prints(self, asked, order, partial, *beside):
        state = self.engine.state
        numbers = [(state.catalogue.sku(sku), n) for sku, n in order.items()]
        terms = Terms(0, partial, None, sticky=False, beside=beside)
        return print_lines(state, numbers), print_of_terms(asked, terms)

    def exchange(self, id, back, order, partial):
        asked = om.Order(order, HERE, id=id)
        self.orders.setdefault(id, asked)
        told = [tuple(map(str, (*x, "on_hand", None, None))) for x in back]
        prints = self.prints(asked, order, partial, "returns", *sorted(told))
        events = [om.Return(*line) for line in back]
        found = self.engine.exchange(events, asked, partial=partial)
        wanted = self.twin.exchange(id, back, order, prints, partial)
        assert found.status is wanted

    def aisle(self, id, order, at, partial):
        asked = om.Order(order, HERE, id=id)
        self.orders.setdefault(id, asked)
        prints = self.prints(asked, order, partial, "at", at)
        found = self.engine.endless_aisle(asked, at, partial=partial)
        status, here, lines = self.twin.aisle(id, order, at, prints, partial)
        assert found.status is status
        assert {line.sku: line.quantity for line in found.here} == here
        shipments = found.plan.shipments if found.plan else ()
        told = [(x.sku, s.node, x.quantity) for s in shipments for x in s.lines]
        assert sorted(told) == sorted(lines)

    def resource(self, id, node, skus, write_down, days, park):
        order = self.orders.get(id, om.Order({SKUS[0]: 1}, HERE))
        found = self.engine.resource(
            id,
            order,
            node,
            skus,
            write_down=write_down,
            within_days=days,
            park=park,
        )
        status, lines, in_time_, missing = self.twin.resource(
            id, node, skus, write_down, days, park, order_text(order)
        )
        assert (found.status, found.in_time) == (status, in_time_)
        shipments = found.plan.shipments if found.plan else ()
        told = [(x.sku, s.node, x.quantity) for s in shipments for x in s.lines]
        assert sorted(told) == sorted(lines)
        assert {line.sku: line.quantity for line in found.missing} == missing
        assert found.parked == (park and bool(missing))
        if found.lines:
            rests = self.twin.after.rests.get(node, 0)
            until = found.rests_until and int(found.rests_until.timestamp())
            assert (until or 0) == (rests if rests > self.clock else 0)

    def retry(self, limit, after):
        if after not in self.twin.after.terms:
            after = None
        found = self.engine.retry(limit=limit, after=after)
        wanted = self.twin.retry(limit, after)
        served = [(placed.id, placed.status) for placed in found.served]
        assert (served, found.tried, found.last, found.more) == wanted

    def unpark(self, id, skus):
        assert self.engine.unpark(id, skus) is self.twin.unpark(id, skus)

    def check(self):
        super().check()
        parked = self.engine.parked()
        rows = zip(parked["id"], parked["sku"], parked["quantity"], strict=True)
        wanted = {
            (id, sku, n)
            for id, waits in self.twin.after.waits.items()
            for sku, n in waits.items()
            if self.twin.standing(id) is Status.OK
        }
        assert set(rows) == wanted
        declines = self.engine.declines()
        until = zip(declines["node"], declines["rests_until_s"], strict=True)
        resting = {node for node, second in until if second}
        assert resting == self.twin.after.resting(self.clock)
        assert {NODES[k] for k in self.engine._router.resting} == resting

    def check_replay(self):
        super().check_replay()
        other = Engine(
            self.engine.network,
            self.engine.items[::-1],
            clock=lambda: self.clock,
            declines=self.rules,
        )
        other.replay(self.engine.log)
        assert other.parked() == self.engine.parked()
        # It goes on where this one stands.
        served = [[p.id for p in e.retry().served] for e in (other, self.engine)]
        assert served[0] == served[1]
        assert other.digest() == self.engine.digest()


SKU, NODE, N = st.sampled_from(SKUS), st.sampled_from(NODES), st.integers(1, 9)
ORDER = st.dictionaries(SKU, st.integers(1, 6), min_size=1)
BY_SKU = st.none() | st.dictionaries(SKU, st.integers(1, 4), min_size=1)
BACK = st.lists(st.tuples(SKU, NODE, st.integers(1, 3)), min_size=1, max_size=2)
TTL = st.none() | st.integers(1, 9)


class AfterMachine(RuleBasedStateMachine):
    """Every step after a plan, on every reservation, in any order."""

    ids = Bundle("ids")

    @initialize()
    def open(self):
        self.knobs = tiny_knobs()
        self.knobs.__enter__()
        self.pair = AfterPair()
        self.opened = 0
        for sku in SKUS:
            for node in NODES:
                self.pair.event("receive", sku, node, 3)

    @rule(kind=st.sampled_from(("receive", "sell")), sku=SKU, node=NODE, n=N)
    def event(self, kind, sku, node, n):
        self.pair.event(kind, sku, node, n)

    @rule(by=st.integers(0, 4))
    def pass_time(self, by):
        self.pair.pass_time(by)

    @rule(target=ids, order=ORDER, ttl=TTL, partial=st.booleans(), park=st.booleans())
    def place(self, order, ttl, partial, park):
        self.opened += 1
        id = f"R{self.opened * 7 % 10}{self.opened}"
        self.pair.place(id, order, ttl, partial, park)
        return id

    @rule(id=ids, order=ORDER, ttl=TTL)
    def place_again(self, id, order, ttl):
        self.pair.place(id, order, ttl, True, True)

    @rule(target=ids, order=ORDER, at=NODE, partial=st.booleans(), again=ids)
    def aisle(self, order, at, partial, again):
        self.pair.aisle(again, order, at, partial)
        self.opened += 1
        id = f"T{self.opened}"
        self.pair.aisle(id, order, at, partial)
        return id

    @rule(
        target=ids, back=BACK, order=ORDER, partial=st.booleans(), twice=st.booleans()
    )
    def exchange(self, back, order, partial, twice):
        self.opened += 1
        id = f"X{self.opened}"
        for _ in range(1 + twice):
            self.pair.exchange(id, back, order, partial)
        return id

    @rule(
        id=ids,
        node=NODE,
        skus=BY_SKU,
        write_down=st.booleans(),
        days=st.none() | st.integers(0, 3),
        park=st.booleans(),
    )
    def resource(self, id, node, skus, write_down, days, park):
        self.pair.resource(id, node, skus, write_down, days, park)

    @rule(id=ids, node=NODE, write_down=st.booleans())
    def decline(self, id, node, write_down):
        self.pair.decline(id, node, None, write_down)

    @rule(limit=st.integers(1, 3), after=st.none() | ids)
    def retry(self, limit, after):
        self.pair.retry(limit, after)

    @rule(id=ids, skus=BY_SKU)
    def unpark(self, id, skus):
        self.pair.unpark(id, skus)

    @rule(id=ids, name=st.sampled_from(["commit", "release"]))
    def step(self, id, name):
        self.pair.step(name, id)

    @rule(id=ids, name=st.sampled_from(["fulfil", "cancel"]))
    def whole(self, id, name):
        self.pair.step(name, id, None)

    @rule(id=ids, name=st.sampled_from(["fulfil", "cancel"]))
    def part(self, id, name):
        held = self.pair.twin.held(id) if id in self.pair.twin.reservations else {}
        some = [(*cell, -(-n // 2)) for cell, n in held.items()][:2]
        self.pair.step(name, id, some or [(SKUS[0], NODES[0], 1)])

    @rule(
        name=st.sampled_from(["commit", "release", "fulfil", "cancel"]), some=st.data()
    )
    def many(self, name, some):
        names = ["never", *self.pair.twin.reservations]
        picks = some.draw(st.lists(st.sampled_from(names), max_size=4))
        self.pair.many(name, picks)

    @rule(name=st.sampled_from(["fulfil", "cancel"]), picks=st.lists(ids, max_size=3))
    def parts(self, name, picks):
        asked = []
        for id in dict.fromkeys(picks):
            held = self.pair.twin.held(id) if id in self.pair.twin.reservations else {}
            asked += [(id, [(*cell, n)]) for cell, n in held.items()]
        if asked:
            self.pair.parts(name, asked)

    @invariant()
    def agrees(self):
        self.pair.check()

    def teardown(self):
        if hasattr(self, "pair"):
            self.pair.check_replay()
            self.knobs.__exit__(None, None, None)


TestAfter = AfterMachine.TestCase
TestAfter.settings = settings(
    max_examples=5 if WITHOUT_JIT else 50, stateful_step_count=25, deadline=None
)


# -- bugs put in on purpose ------------------------------------------------------------


def drill(seed, steps=100):
    """A random history without hypothesis: fast, and the same for every bug."""
    dice, pair = Random(seed), AfterPair()
    for sku in SKUS:
        for node in NODES:
            pair.event("receive", sku, node, dice.randint(1, 3))
    ids = ["never"]
    for k in range(steps):
        if dice.random() < 0.3:
            ids.append(f"R{k}")
            new_order(dice, pair, ids[-1])
        else:
            step_of(dice, pair, dice.choice(ids[-6:]))
        pair.check()
    pair.check_replay()


def new_order(dice, pair, id):
    """A new reservation, in one of three ways."""
    order = {sku: dice.randint(1, 5) for sku in dice.sample(SKUS, dice.randint(1, 2))}
    what, yes = dice.randrange(6), dice.random() < 0.5
    if what == 0:
        pair.aisle(id, order, dice.choice(NODES), yes)
    elif what == 1:
        back = [(dice.choice(SKUS), dice.choice(NODES), 1)]
        pair.exchange(id, back, order, yes)
    else:
        ttl = dice.choice([None, None, 20])
        pair.place(id, order, ttl, yes, dice.random() < 0.7)


def step_of(dice, pair, id):
    """One step with a reservation, or with what all share."""
    what, yes = dice.randrange(9), dice.random() < 0.5
    if what < 3:
        days = dice.choice([None, 1, 2])
        pair.resource(id, dice.choice(NODES), None, yes, days, dice.random() < 0.7)
    elif what == 3:
        pair.event("receive", dice.choice(SKUS), dice.choice(NODES), 3)
    elif what == 4:
        pair.retry(dice.choice([1, 2, 9]), dice.choice([None, id]))
    elif what == 5:
        pair.pass_time(dice.choice([1, 1, 2, 3, 6]))
    elif what == 6:
        pair.step(dice.choice(["fulfil", "cancel"]), id, None)
    elif what == 7:
        pair.many("fulfil", [id, id])
    else:
        pair.unpark(id, None)


SEEDS = 2 if WITHOUT_JIT else 20


def drills():
    for seed in range(SEEDS):
        drill(seed)


BUGS = {
    "the decliner is asked again": lambda: wrapped(
        resourcing, "order_again", lambda again: lambda *a: again(*a[:3], ())
    ),
    "who declined before is asked again": lambda: blind(Declines, "of", lambda *_: ()),
    "declines are not counted": lambda: blind(Declines, "apply", lambda *_: None),
    "nodes rest a second longer": lambda: wrapped(
        Declines, "resting", lambda resting: lambda self, now: resting(self, now - 1)
    ),
    "nodes never rest": lambda: blind(Core, "_look_who_rests", lambda *_: None),
    "old declines count": lambda: wrapped(
        Declines, "since", lambda since: lambda self, node, _: since(self, node, -1)
    ),
    "a promise is not looked at": lambda: wrapped(
        resourcing, "route_in_time", lambda route: lambda *a: route(*a[:3], None)
    ),
    "a promise is kept at the cost of units": lambda: blind(
        resourcing, "route_in_time", _timely
    ),
    "lanes stay closed": lambda: blind(in_time, "only_within", _closing),
    "what is written down stays": lambda: wrapped(
        steps, "declining", lambda rows: lambda *a: rows(*a[:3], False)
    ),
    "what waits ends with what it holds": lambda: blind(
        After, "waits_for", lambda self, n: {}
    ),
    "what was served is still waited for": lambda: blind(
        parking, "missing_quanta", lambda plan: dict(plan.ask.lines)
    ),
    "the last to wait is served first": lambda: wrapped(
        Parked, "in_turn", lambda turns: lambda self: turns(self)[::-1]
    ),
    "who waits again loses the turn": lambda: wrapped(
        Parked,
        "turn",
        lambda turn: lambda self, n: (-turn(self, n)[0], n),
    ),
    "a part is taken where all was wanted": lambda: wrapped(
        parking, "worth_reserving", lambda worth: lambda answer, _: worth(answer, True)
    ),
    "waiting ends nothing": lambda: blind(Held, "end", lambda *_: []),
    "what is here is sold from elsewhere as well": lambda: wrapped(
        Counter,
        "_from_elsewhere",
        lambda route: (
            lambda self, order, ask, here, *more: route(self, order, ask, {}, *more)
        ),
    ),
    "what comes back is put down at once": lambda: wrapped(
        Counter,
        "_try_place",
        lambda place: (
            lambda self, *a: (
                (self.apply(om.Return(SKUS[0], NODES[0], 1)) and None)
                or place(self, *a)
            )
        ),
    ),
    "an empty reservation stays": lambda: blind(
        resourcing.steps, "end_if_done", lambda *_: resourcing.NOTHING
    ),
}


@contextmanager
def _closing(router, order, policy, days, inside=in_time.only_within):
    """Close late lanes, and leave them closed."""
    lanes, slot = router.lanes, router.slot(order, policy)
    with inside(router, order, policy, days):
        closed = lanes.records[slot].copy()
        yield
    lanes.records[slot] = closed


def _timely(router, order, policy, days):
    """Keep a promise whatever that leaves out."""
    if days is None:
        return in_time.Rerouted(router.route(order, policy), True)
    with in_time.only_within(router, order, policy, days):
        return in_time.Rerouted(router.route(order, policy), True)


def test_the_drill_passes_without_a_bug():
    """Else it would prove nothing."""
    drills()


@pytest.mark.jit
@pytest.mark.parametrize("bug", BUGS)
def test_every_bug_is_caught(bug):
    """By a status, a plan, the digest, or an effect that cannot be."""
    must_be_found(BUGS[bug], drills)
