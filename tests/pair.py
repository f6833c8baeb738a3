"""An engine and its naive twin, asked the same; and a drill that asks them anything."""

from __future__ import annotations

import omniroute as om
from omniroute.codes import STATUS
from omniroute.engine import Engine
from omniroute.reservations.prints import print_hold_terms
from tests.naive.reservations import NaiveShop, summed

SKUS = [f"S{i}" for i in range(3)]
NODES = [f"N{i}" for i in range(3)]


class Pair:
    """Each method does one thing to both and requires the same answer."""

    SKUS, NODES = SKUS, NODES

    def __init__(self):
        self.clock = 0
        network = om.Network(
            [om.Node(node) for node in self.NODES],
            [om.Service("ground", "ship", om.RateCard.flat(5))],
        )
        self.engine = Engine(
            network,
            [om.Item(s) for s in self.SKUS],
            clock=lambda: self.clock,
            journal=True,
        )
        self.twin = NaiveShop()

    def event(self, kind, sku, node, n):
        self.engine.apply(getattr(om, kind.capitalize())(sku, node, n))
        self.twin.fact(kind, sku, node, n)

    def pass_time(self, by):
        self.clock += by
        self.engine.apply([])
        self.twin.expire(self.clock)

    def reserve(self, id, lines, ttl=None, partial=False, old=None, sticky=False):
        if old == id:
            old = None
        terms = print_hold_terms(ttl or 0, partial, old)
        cells = {(sku, node): n for sku, node, n in lines}
        found = self.engine.reserve(
            # Both ways to say it; a dict has no room for two lines of a cell.
            cells if len(cells) == len(lines) else [om.HoldLine(*x) for x in lines],
            id=id,
            ttl=ttl,
            partial=partial,
            supersedes=old,
            sticky=sticky,
        )
        lines = [(*cell, n) for cell, n in summed(lines).items()]
        wanted = self.twin.reserve(id, lines, terms, ttl, partial, old, sticky)
        assert found.status is wanted

    def reserve_many(self, requests, ttl, partial, sticky):
        """Requests as (id, lines); lines of one id are one request."""
        rows = [(id, *line) for id, lines in requests for line in lines]
        names = ("id", "sku", "node", "quantity")
        frame = {name: [row[k] for row in rows] for k, name in enumerate(names)}
        found = self.engine.reserve_many(frame, ttl=ttl, partial=partial, sticky=sticky)
        terms = print_hold_terms(ttl or 0, partial, None)
        for id, code in zip(found.ids, found.status, strict=True):
            lines = summed(row[1:] for row in rows if row[0] == id)
            lines = [(*cell, n) for cell, n in lines.items()]
            wanted = self.twin.reserve(id, lines, terms, ttl, partial, None, sticky)
            assert STATUS[code] is wanted

    def step(self, name, id, *more):
        """Commit, release, fulfil, cancel, amend, move or extend."""
        wanted = getattr(self.twin, f"ask_{name}")(id, *more)
        assert getattr(self.engine, name)(id, *more) is wanted

    def parts(self, name, asked):
        """Fulfil or cancel parts of some reservations, given as (id, lines)."""
        rows = [(id, *line) for id, lines in asked for line in lines]
        names = ("id", "sku", "node", "quantity")
        frame = {name: [row[k] for row in rows] for k, name in enumerate(names)}
        found = getattr(self.engine, f"{name}_many")(frame)
        told = {}
        for id in dict.fromkeys(row[0] for row in rows):
            lines = [row[1:] for row in rows if row[0] == id]
            told[id] = getattr(self.twin, f"ask_{name}")(id, lines)
        assert [STATUS[code] for code in found] == [told[row[0]] for row in rows]

    def many(self, name, ids):
        found = getattr(self.engine, f"{name}_many")(ids)
        for id, code in zip(ids, found, strict=True):
            more = (None,) if name in ("fulfil", "cancel") else ()
            wanted = getattr(self.twin, f"ask_{name}")(id, *more)
            assert STATUS[code] is wanted

    def decline(self, id, node, skus, write_down):
        found = self.engine.decline(id, node, skus, write_down=write_down)
        assert found.status is self.twin.ask_decline(id, node, skus, write_down)
        assert bool(found.lines) == (found.status is om.Status.OK)

    def check(self):
        """Same digest and promises; what is kept incrementally adds up; no oversell."""
        assert self.engine.digest() == self.twin.digest()
        for sku in self.SKUS:
            assert self.engine.available_to_promise(sku) == self.twin.atp(sku)
        self.engine.check()
        held = self.engine.reservations()
        total = sum(n for id in self.twin.reservations for n in self.open_of(id))
        assert held["held_quanta"].sum() == total

    def open_of(self, id):
        return [line[3] for line in self.twin.reservations[id]["lines"]]

    def check_replay(self):
        """The log gives the same state in an engine that numbers its SKUs otherwise."""
        other = Engine(self.engine.network, self.engine.items[::-1], clock=lambda: 0)
        other.replay(self.engine.log)
        other.check()
        assert other.digest() == self.engine.digest()
