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
from tests.histories import ASKERS, CHANNELS, NODES
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


def test_a_replayed_engine_exports_the_same():
    """What is told is a function of the state, and of what is sold."""
    history = HistoryOfAll(7)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(histories_of_all, "KITS", dict(histories_of_all.KITS))
        live = history.engine(journal=True)
        for _ in range(80):
            with suppress(om.OmnirouteError):
                history.step()(live)
    twin = om.Engine(
        live.network, live.items, clock=lambda: history.now, channels=CHANNELS
    )
    twin.replay(live.log)
    for channel in ASKERS:
        for by in ("cell", "sku"):
            one, two = (
                table_of(
                    engine.export_availability(by=by, channel=channel, confidence=0.7)
                )
                for engine in (live, twin)
            )
            assert one == two


# -- what a planner can read -----------------------------------------------------------


class Shop:
    """Tea sets of six cups and a pot; eggs by six; a clock that is set by hand."""

    def __init__(self, **stock):
        self.now = 1_000
        network = om.Network(
            [om.Node("N0"), om.Node("N1")],
            [om.Service("ground", "ship", om.RateCard.flat(5))],
        )
        items = [om.Item("CUP"), om.Item("POT"), om.Item("EGG", pack_size=6)]
        items.append(om.Item("SET", components={"CUP": 6, "POT": 1}))
        self.engine = om.Engine(network, items, clock=lambda: self.now)
        self.engine.apply([om.Receive(sku, "N0", n) for sku, n in stock.items()])

    def feed(self, *skus, **terms):
        return self.engine.subscribe(skus, snapshot=False, **terms)


def told(feed):
    """What a feed tells: SKU, node, level and units now."""
    return [(c.sku, c.node, c.new.name, c.available) for c in feed.take()]


def test_a_kit_moves_when_a_component_does():
    """Bought by itself or in the kit, held or gone."""
    shop = Shop(CUP=13, POT=4)
    feed = shop.feed("SET", low=1)
    shop.engine.apply(om.Sell("CUP", "N0", 1))
    assert told(feed) == []
    shop.engine.apply(om.Sell("CUP", "N0", 1))
    assert told(feed) == [("SET", None, "LOW", 1)]
    shop.engine.reserve({("SET", "N0"): 1}, id="R", ttl=60)
    assert told(feed) == [("SET", None, "OUT", 0)]
    shop.now += 60
    assert told(feed) == [("SET", None, "LOW", 1)]


def test_a_kit_is_at_the_nodes_where_all_its_components_have_cells():
    """One more node once the last component came there."""
    shop = Shop(CUP=13, POT=4)
    feed = shop.feed("SET", nodes=["N1", "N0"])
    table = shop.engine.export_availability()
    assert table_of(table)["SET", "N0"] == 2
    shop.engine.apply(om.Receive("CUP", "N1", 6))
    more = shop.engine.export_availability(since=table.token)
    assert table_of(more) == {("CUP", "N1"): 6}
    shop.engine.apply(om.Receive("POT", "N1", 2))
    more = shop.engine.export_availability(since=more.token)
    assert table_of(more) == {("POT", "N1"): 2, ("SET", "N1"): 1}
    assert told(feed) == [("SET", "N1", "IN_STOCK", 1)]


def test_a_kit_added_later_is_in_the_next_answer():
    """Of components that were there long before."""
    shop = Shop(CUP=13, POT=4)
    feed = shop.engine.subscribe(snapshot=False)
    token = shop.engine.export_availability(by="sku").token
    shop.engine.add_items([om.Item("PAIR", components={"CUP": 2})])
    assert told(feed) == [("PAIR", None, "IN_STOCK", 6)]
    more = shop.engine.export_availability(by="sku", since=token)
    assert table_of(more) == {("PAIR", None): 6}
    shop.engine.apply(om.Sell("CUP", "N0", 12))
    assert told(feed) == [(sku, None, "OUT", 0) for sku in ("SET", "PAIR")]


def test_packs_are_told_whole():
    """Five eggs are nobody's, in the table and in the feed."""
    shop = Shop(EGG=17)
    feed = shop.feed("EGG", low=6)
    assert table_of(shop.engine.export_availability(by="sku"))["EGG", None] == 12
    shop.engine.apply(om.Sell("EGG", "N0", 5))
    assert told(feed) == []
    shop.engine.apply(om.Sell("EGG", "N0", 1))
    assert told(feed) == [("EGG", None, "LOW", 6)]


def test_what_never_runs_short_is_infinity():
    """In units; in quanta it is UNLIMITED."""
    shop = Shop(CUP=3, POT=1)
    feed = shop.feed("POT", nodes=["N0", "N1"], low=9)
    engine = shop.engine
    token = engine.export_availability().token
    engine.set_oversell([om.OversellRule("ignore", sku="POT", node="N1")])
    assert told(feed) == [("POT", "N1", "IN_STOCK", float("inf"))]
    more = engine.export_availability(since=token)
    assert more.quanta.tolist() == [UNLIMITED]
    assert more.columns()["quantity"].tolist() == [float("inf")]
    engine.set_oversell([])
    more = engine.export_availability(since=more.token)
    assert table_of(more) == {("POT", "N1"): 0}


def test_what_is_held_at_no_node_is_off_the_sum():
    """A cell shows no more than is left of it; given back, it is told."""
    shop = Shop(CUP=5)
    shop.engine.apply(om.Receive("CUP", "N1", 2))
    whole, cells = shop.feed("CUP", low=3), shop.feed("CUP", nodes=["N0", "N1"], low=3)
    token = shop.engine.export_availability().token
    shop.engine.reserve({("CUP", None): 4}, id="R", ttl=60)
    assert told(whole) == [("CUP", None, "LOW", 3)]
    assert told(cells) == [("CUP", "N0", "LOW", 3)]
    more = shop.engine.export_availability(since=token)
    assert table_of(more) == {("CUP", "N0"): 3}
    shop.now += 60
    assert told(whole) == [("CUP", None, "IN_STOCK", 7)]
    assert told(cells) == [("CUP", "N0", "IN_STOCK", 5)]
    more = shop.engine.export_availability(since=more.token)
    assert table_of(more) == {("CUP", "N0"): 5}


def test_time_alone_is_told():
    """A delivery that did not come, and a lot that ends."""
    shop = Shop(CUP=4, POT=2)
    later, end = shop.now + 50, shop.now + 70
    shop.engine.apply(om.Expect("PO", "CUP", "N0", 9, due=later))
    shop.engine.apply(om.Receive("POT", "N0", 3, sell_by=end))
    shop.engine.reserve({("CUP", "N0"): 9}, id="R", due=later + 100)
    feed = shop.feed("CUP", "POT", low=3)
    shop.now = later - 1
    assert told(feed) == []
    shop.now = later
    assert told(feed) == [("CUP", None, "OUT", 0)]
    shop.now = end
    assert told(feed) == [("POT", None, "LOW", 2)]


def test_chances_count_for_who_asks_at_a_confidence():
    """A cell that is doubted is empty to him, and to nobody else."""
    shop = Shop(CUP=6, POT=1)
    sure, any_ = (shop.feed("CUP", "SET", confidence=c) for c in (0.9, 0))
    table = shop.engine.export_availability(confidence=0.9)
    shop.engine.set_find({("CUP", "N0"): 0.5})
    assert told(sure) == [("CUP", None, "OUT", 0), ("SET", None, "OUT", 0)]
    assert told(any_) == []
    more = shop.engine.export_availability(confidence=0.9, since=table.token)
    assert table_of(more) == {("CUP", "N0"): 0, ("SET", "N0"): 0}
    with pytest.raises(om.ValidationError, match="since: expected a token of what"):
        shop.engine.export_availability(confidence=0.8, since=table.token)
    with pytest.raises(om.ConfigurationError, match="confidence: expected a share"):
        shop.feed("CUP", confidence=1.5)


def test_an_export_with_kits_and_no_end_reads_as_arrow():
    """Infinity is a float there too."""
    pa = pytest.importorskip("pyarrow")
    shop = Shop(CUP=13, POT=4)
    shop.engine.set_oversell([om.OversellRule("ignore", sku="EGG", node="N1")])
    table = pa.table(shop.engine.export_availability(by="sku")).to_pydict()
    assert table["quantity"] == [13, 4, float("inf"), 2]
    changes = pa.table(shop.engine.subscribe(["EGG"]).take()).to_pydict()
    assert changes["available"] == [float("inf")]
