"""What followers keep, of whatever is sold and however it changes, is what one is told.

Each follower puts what a feed or an export tells over what he knows, and then asks the
engine the public questions, all of them.
"""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import omniroute as om
from omniroute.codes import UNLIMITED, Level
from omniroute.feed.mirror import Mirror
from tests import histories_of_all
from tests.conftest import WITHOUT_JIT
from tests.histories import ASKERS, NODES
from tests.histories_of_all import HistoryOfAll, parts_of
from tests.naive.feed import level_of
from tests.stock.knobs import tiny_knobs
from tests.test_feed import cells_of, quanta_of, table_of

CONFIDENCE = [0, 0, 0.5, 0.9]


def places_of(engine, sku):
    """Nodes where an item has a cell, or all that a kit is made of have one."""
    return set.intersection(*(cells_of(engine, part) for part in parts_of(sku)))


class Asking:
    """Who asks, and what he is told when he asks for everything."""

    def __init__(self, engine, dice):
        self.engine = engine
        self.terms = {
            "channel": dice.choice(ASKERS),
            "confidence": dice.choice(CONFIDENCE),
        }

    def units(self, sku, **where):
        return self.engine.available_to_promise(sku, **where, **self.terms)

    def everything(self, skus, nodes=None, group=None):
        if nodes is None:
            return {(sku, None): self.units(sku, group=group) for sku in skus}
        return {
            (sku, node): self.units(sku, node=node)
            for sku in skus
            for node in sorted(places_of(self.engine, sku) & set(nodes))
        }


class Poller(Asking):
    """A subscriber with a table of levels."""

    def __init__(self, engine, dice):
        super().__init__(engine, dice)
        self.where = dice.choice(
            [{}, {"group": ["N0", "N2"]}, {"nodes": ["N1", "N0"]}, {"nodes": NODES}]
        )
        self.skus = dice.choice([None, None, ["KIT", "EGG"], ["NEST", "A", "C"]])
        self.low = dice.choice([0, 3, 6])
        self.levels = {}
        self.feed = engine.subscribe(
            self.skus, low=self.low, **self.where, **self.terms
        )

    def compare(self):
        for sku, node, old, new, units in self.feed.take():
            assert self.levels.get((sku, node), Level.UNKNOWN) in (old, Level.UNKNOWN)
            self.levels[sku, node] = new
            assert units == self.units(sku, **self.place(node))
        known = self.engine.state.catalogue.skus.texts
        asked = self.everything(self.skus or known, **self.where)
        assert {key: self.levels.get(key, Level.OUT) for key in asked} == {
            key: level_of(units, self.low) for key, units in asked.items()
        }

    def place(self, node):
        return self.where if node is None else {"node": node}


class Follower(Asking):
    """A copy of an exported table."""

    def __init__(self, engine, dice):
        super().__init__(engine, dice)
        self.by = dice.choice(["cell", "sku"])
        self.table, self.token = {}, None

    def compare(self):
        engine = self.engine
        found = engine.export_availability(by=self.by, since=self.token, **self.terms)
        self.table |= table_of(found)
        self.token = found.token
        skus = engine.state.catalogue.skus.texts
        asked = self.everything(skus, NODES if self.by == "cell" else None)
        assert self.table == {
            (sku, node): in_quanta(engine, sku, units)
            for (sku, node), units in asked.items()
        }
        if self.by == "cell":
            self.compare_by_node(skus)

    def compare_by_node(self, skus):
        for sku in skus:
            found = self.engine.available_by_node(sku, **self.terms).tolist()
            own = [self.table.get((sku, node), 0) for node in NODES]
            assert found == own


def in_quanta(engine, sku, units):
    return UNLIMITED if units == float("inf") else quanta_of(engine, sku, units)


@given(st.integers(0, 10**9))
@settings(max_examples=8 if WITHOUT_JIT else 50, deadline=None)
def test_followers_know_what_the_engine_answers(seed):
    """Whatever is sold and however it changes; not all of it is granted."""
    history = HistoryOfAll(seed)
    with tiny_knobs(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(Mirror, "CHUNK", 2)
        patch.setattr(histories_of_all, "KITS", dict(histories_of_all.KITS))
        engine = history.engine()
        watched: list = []
        for _ in range(45):
            step = history.step()
            with suppress(om.OmnirouteError):
                step(engine)
            if len(watched) < 8 and history.dice.random() < 0.4:
                made = Poller if history.dice.random() < 0.5 else Follower
                watched.append(made(engine, history.dice))
            for each in watched:
                if history.dice.random() < 0.3:
                    each.compare()
        for each in watched:
            each.compare()
        engine.check()
