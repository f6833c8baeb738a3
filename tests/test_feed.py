"""The change feed and the exports beside twins that ask for everything, every time."""

from __future__ import annotations

import threading
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import omniroute as om
from omniroute.codes import Level
from omniroute.feed.mirror import Mirror
from omniroute.feed.view import View
from omniroute.kernels.stock.arena import R_LENGTH, R_START
from tests.conftest import WITHOUT_JIT
from tests.histories import ASKERS, NODES, History, an_engine, an_item
from tests.naive.feed import NaiveFeed
from tests.stock.knobs import tiny_knobs

OUT, LOW, IN_STOCK = Level.OUT, Level.LOW, Level.IN_STOCK


# -- beside the twin -------------------------------------------------------------------


def asking(engine, skus, places, channel):
    """A function that asks the engine for everything a subscriber looks at."""

    def ask():
        known = list(engine.state.catalogue.skus.texts) if skus is None else skus
        if places == "network":
            found = {
                (sku, None): engine.available_to_promise(sku, channel=channel)
                for sku in known
            }
        elif isinstance(places, tuple):
            found = {
                (sku, None): engine.available_to_promise(
                    sku, group=places, channel=channel
                )
                for sku in known
            }
        else:
            found = {
                (sku, node): engine.available_to_promise(sku, node, channel=channel)
                for sku in known
                for node in places
                if node in cells_of(engine, sku)
            }
        return found

    return ask


def cells_of(engine, sku):
    """Nodes where an item has a cell."""
    arena = engine.state.arena
    row = arena.rows[engine.state.catalogue.sku(sku)].tolist()
    start, length = row[R_START], row[R_LENGTH]
    nodes = arena.cell_node[start : start + length].tolist()
    return {engine.network.node_ids[node] for node in nodes}


class Beside:
    """A subscription and its twin."""

    def __init__(self, engine, dice):
        self.skus = dice.choice([None, None, ["A", "ROPE"], ["C"]])
        places = dice.choice(["network", ("N0", "N2"), ["N1", "N0"], NODES])
        channel, self.dice = dice.choice(ASKERS), dice
        low = dice.choice([0, 3, 6, {"A": 4, "ROPE": Decimal("2.5")}])
        if isinstance(low, dict) and self.skus == ["C"]:
            low = {"C": 2}
        hysteresis, snapshot = dice.choice([0, 0, 2, 5]), dice.random() < 0.7
        where = {}
        if isinstance(places, tuple):
            where = {"group": places}
        elif places != "network":
            where = {"nodes": places}
        self.feed = engine.subscribe(
            self.skus,
            **where,
            channel=channel,
            low=low,
            hysteresis=hysteresis,
            snapshot=snapshot,
        )
        lines = low if isinstance(low, dict) else None
        self.twin = NaiveFeed(
            asking(engine, self.skus, places, channel),
            lambda key: low if lines is None else lines.get(key[0], 0),
            hysteresis,
            snapshot,
        )
        self.lost = None

    def compare(self):
        """What is told, at times once more because the answer got lost."""
        token = self.feed.token
        if self.lost is not None and self.dice.random() < 0.5:
            before, self.lost = self.lost, None
            self.twin.told = before[1]
            self.twin.began = before[2]
            self.twin.look()
            found = self.feed.take(after=before[0])
        else:
            self.lost = token, dict(self.twin.told), self.twin.began
            found = self.feed.take()
        told = {(sku, node): (old, new, n) for sku, node, old, new, n in found}
        assert len(told) == len(found)
        assert told == self.twin.take()
        assert found.token == self.feed.token


class Follower:
    """A table kept by applying exports to it."""

    def __init__(self, engine, dice):
        self.engine = engine
        self.kind = {
            "by": dice.choice(["cell", "cell", "sku"]),
            "channel": dice.choice(ASKERS),
        }
        self.table, self.token = {}, None

    def compare(self):
        """The increment holds what changed, no more; then the table is the whole one."""
        found = self.engine.export_availability(since=self.token, **self.kind)
        rows = table_of(found)
        last = engine_round(found.token) - 1
        if self.token is not None and engine_round(self.token) == last:
            # No other follower of this kind has seen it change, and change back.
            same = {key for key, units in rows.items() if self.table.get(key) == units}
            assert not same
        self.table |= rows
        self.token = found.token
        whole = self.engine.export_availability(follow=False, **self.kind)
        assert self.table == table_of(whole)
        assert self.table == self.asked()

    def asked(self):
        """The same from single questions."""
        engine, channel = self.engine, self.kind["channel"]
        skus = engine.state.catalogue.skus.texts
        if self.kind["by"] == "sku":
            return {
                (sku, None): quanta_of(
                    engine, sku, engine.available_to_promise(sku, channel=channel)
                )
                for sku in skus
            }
        return {
            (sku, node): quanta_of(
                engine, sku, engine.available_to_promise(sku, node, channel=channel)
            )
            for sku in skus
            for node in cells_of(engine, sku)
        }


def engine_round(token):
    """Which export of its kind a token is from."""
    return int(token.rpartition("/")[2])


def quanta_of(engine, sku, units):
    """Units as quanta."""
    number = engine.state.catalogue.sku(sku)
    return int(units * 10 ** int(engine.state.catalogue.decimals[number]))


def table_of(export):
    """Rows of an export by ids."""
    nodes = [None] * len(export) if export.node is None else export.node.tolist()
    keys = [
        (export.sku_ids[sku], None if node is None else export.node_ids[node])
        for sku, node in zip(export.sku.tolist(), nodes, strict=True)
    ]
    assert len(set(keys)) == len(keys)
    return dict(zip(keys, export.quanta.tolist(), strict=True))


@given(st.integers(0, 10**9))
@settings(max_examples=8 if WITHOUT_JIT else 60, deadline=None)
def test_no_crossing_is_lost_and_none_is_made_up(seed):
    """Every kind of change, subscribers of every kind, polled now and then."""
    history = History(seed)
    with tiny_knobs(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(Mirror, "CHUNK", 2)
        engine = history.engine()
        watched: list = []
        for _ in range(45):
            history.step()(engine)
            if len(watched) < 7 and history.dice.random() < 0.4:
                made = Beside if history.dice.random() < 0.6 else Follower
                watched.append(made(engine, history.dice))
            for each in watched:
                if isinstance(each, Beside):
                    each.twin.look()
                if history.dice.random() < 0.3:
                    each.compare()
        for each in watched:
            each.compare()
        engine.check()


def test_a_replayed_engine_tells_and_exports_the_same():
    """What is told is a function of the state."""
    history = History(5)
    live = history.engine(journal=True)
    for _ in range(60):
        history.step()(live)
    twin = history.engine(skus=history.skus[::-1])
    twin.replay(live.log)
    for channel in ASKERS:
        one, two = (
            {(sku, node): rest for sku, node, *rest in made.take()}
            for made in (
                engine.subscribe(nodes=NODES, channel=channel, low=3)
                for engine in (live, twin)
            )
        )
        assert one == two
        one, two = (
            table_of(engine.export_availability(channel=channel))
            for engine in (live, twin)
        )
        assert one == two


# -- what a planner can read -----------------------------------------------------------


def told(feed):
    """Changes as plain tuples."""
    return [(c.sku, c.node, c.old, c.new, c.available) for c in feed.take()]


def shop(**stock):
    """Stock at N0 by SKU."""
    engine = an_engine(lambda: engine_time[0])
    engine_time[0] = 0
    engine.apply([om.Receive(sku, "N0", n) for sku, n in stock.items()])
    return engine


engine_time = [0]


def test_the_first_answer_is_a_snapshot_and_the_next_are_changes():
    """Each key once, then only what crossed a line."""
    engine = shop(A=9, B=3)
    feed = engine.subscribe(["A", "B", "C"], low=5)
    assert told(feed) == [
        ("A", None, Level.UNKNOWN, IN_STOCK, 9),
        ("B", None, Level.UNKNOWN, LOW, 3),
        ("C", None, Level.UNKNOWN, OUT, 0),
    ]
    assert told(feed) == []
    engine.apply([om.Sell("A", "N0", 3), om.Sell("B", "N0", 1)])
    assert told(feed) == []
    engine.apply([om.Sell("A", "N0", 1), om.Receive("C", "N2", 1)])
    assert told(feed) == [("A", None, IN_STOCK, LOW, 5), ("C", None, OUT, LOW, 1)]


def test_what_comes_and_goes_between_two_polls_is_one_change_or_none():
    """From the level told last to the level now."""
    engine = shop(A=9)
    feed = engine.subscribe(["A"], low=5, snapshot=False)
    engine.apply(om.Sell("A", "N0", 9))
    engine.apply(om.Receive("A", "N0", 9))
    assert told(feed) == []
    engine.apply(om.Sell("A", "N0", 6))
    engine.apply(om.Sell("A", "N0", 3))
    assert told(feed) == [("A", None, IN_STOCK, OUT, 0)]


def test_hysteresis_waits_on_the_way_up_and_never_on_the_way_down():
    """Low up to 5; two units beyond each line to rise."""
    engine = shop(A=6)
    feed = engine.subscribe(["A"], low=5, hysteresis=2, snapshot=False)
    levels = []
    for step in (-1, 1, 1, 1, -3, -5, 2, 1, 5):
        engine.apply(om.Adjust("A", "N0", step))
        levels += [(str(change.new), change.available) for change in feed.take()]
    assert levels == [
        ("LOW", 5),
        ("IN_STOCK", 8),
        ("LOW", 5),
        ("OUT", 0),
        ("LOW", 3),
        ("IN_STOCK", 8),
    ]


def test_hysteresis_larger_than_what_is_low_never_makes_a_level_fall():
    """Six more than low is in stock, or low still: never out."""
    engine = shop(A=9)
    feed = engine.subscribe(["A"], low=2, hysteresis=5, snapshot=False)
    levels = []
    for quantity in (1, 3, 7, 8, 0, 5, 6):
        engine.apply(om.Count("A", "N0", quantity))
        levels += [(str(change.new), change.available) for change in feed.take()]
    assert levels == [("LOW", 1), ("IN_STOCK", 8), ("OUT", 0), ("LOW", 6)]


def test_cells_may_appear_before_and_between_those_there_are():
    """What was told of a node stays with it, also where rows are moved."""
    engine = shop()
    engine.apply(om.Receive("A", "N1", 9))
    feed = engine.subscribe(["A"], nodes=NODES, low=5, snapshot=False)
    table = table_of(engine.export_availability())
    engine.apply([om.Count("A", "N0", 0), om.Count("A", "N2", 4)])
    assert told(feed) == [("A", "N2", OUT, LOW, 4)]
    engine.apply(om.Count("A", "N1", 8))
    assert told(feed) == []
    assert table == {("A", "N1"): 9}
    found = engine.export_availability()
    assert table_of(found) == {("A", "N0"): 0, ("A", "N1"): 8, ("A", "N2"): 4}
    engine.apply(om.Count("A", "N0", 1))
    more = engine.export_availability(since=found.token)
    assert table_of(more) == {("A", "N0"): 1}


def test_time_alone_changes_levels():
    """A hold that runs out, told by the first poll after its second."""
    engine = shop(A=4)
    feed = engine.subscribe(["A"], snapshot=False)
    engine.reserve({("A", "N0"): 4}, id="cart", ttl=60)
    assert [c.new for c in feed.take()] == [OUT]
    engine_time[0] = 59
    assert told(feed) == []
    engine_time[0] = 60
    assert told(feed) == [("A", None, OUT, IN_STOCK, 4)]


def test_rules_alone_change_levels():
    """Safety, a threshold and a fence: no stock has moved."""
    engine = shop(A=10, B=10)
    plain = engine.subscribe(["A", "B"], low=3, snapshot=False)
    web = engine.subscribe(["A", "B"], low=3, channel="web", snapshot=False)
    engine.set_safety([om.SafetyRule(8, sku="A", guards="network")])
    assert told(plain) == [("A", None, IN_STOCK, LOW, 2)]
    assert told(web) == [("A", None, IN_STOCK, LOW, 2)]
    engine.set_safety([om.SafetyRule(9, channel="web")])
    assert told(plain) == [("A", None, LOW, IN_STOCK, 10)]
    assert told(web) == [("B", None, IN_STOCK, LOW, 1)]
    engine.set_safety([])
    engine.allocate([om.RingFence("app", "B", 10, protected_percent=100)])
    assert told(plain) == [("B", None, IN_STOCK, OUT, 0)]
    assert told(web) == [("A", None, LOW, IN_STOCK, 10), ("B", None, LOW, OUT, 0)]


def test_items_added_later_are_told_too():
    """With the line that was given for all."""
    engine = shop(A=1)
    feed = engine.subscribe(low=5, snapshot=False)
    engine.add_items([an_item("D1"), om.Item("ROPE2", decimals=1)])
    engine.apply([om.Receive("D1", "N0", 5), om.Receive("ROPE2", "N0", 5.1)])
    assert told(feed) == [
        ("D1", None, OUT, LOW, 5),
        ("ROPE2", None, OUT, IN_STOCK, Decimal("5.1")),
    ]


def test_a_lost_answer_is_told_again_and_merged():
    """The token of the answer before; not an older one."""
    engine = shop(A=9)
    feed = engine.subscribe(["A"], low=5)
    start = feed.token
    first = feed.take()
    engine.apply(om.Sell("A", "N0", 6))
    feed.take()
    engine.apply(om.Sell("A", "N0", 3))
    again = feed.take(after=first.token)
    assert [(c.old, c.new) for c in again] == [(IN_STOCK, OUT)]
    assert len(feed.take(after=again.token)) == 0
    with pytest.raises(
        om.ValidationError, match="after: expected the token of the last"
    ):
        feed.take(after=start)
    other = engine.subscribe(["A"])
    for wrong in (other.token, shop().subscribe().token, "x", 5, f"{again.token}9"):
        with pytest.raises(om.ValidationError, match="^after: expected"):
            feed.take(after=wrong)


def test_memory_is_bounded_by_what_is_subscribed_to():
    """However much changes and however long nobody asks."""
    engine = shop(A=9, B=9)
    feed = engine.subscribe(nodes=NODES, low=5)
    feed.take()
    feed.take()
    before = feed.nbytes
    for k in range(300):
        engine.apply(om.Count("A", "N0", k % 9))
    assert feed.nbytes == before
    feed.take()
    assert feed.nbytes <= before + 40


def test_what_is_kept_goes_with_what_is_watched():
    """Not with the cells that are summed, or passed over."""
    network = om.Network(
        [om.Node(f"N{k}") for k in range(400)],
        [om.Service("ground", "ship", om.RateCard.flat(5))],
    )
    engine = om.Engine(network, [om.Item("A")], clock=lambda: 0)
    engine.apply([om.Receive("A", node, 1) for node in network.node_ids])
    one, all_ = engine.subscribe(), engine.subscribe(nodes=network.node_ids)
    few = engine.subscribe(nodes=["N7", "N9"])
    for feed, most in ((one, 200), (few, 300), (all_, 30_000)):
        feed.take()
        feed.take()
        assert feed.nbytes < most


def test_a_poll_that_breaks_off_tells_all_of_it_the_next_time(monkeypatch):
    """What the first part had found is not lost with the second."""
    engine = shop(A=9, B=9, C=9)
    monkeypatch.setattr(Mirror, "CHUNK", 1)
    feed = engine.subscribe(["A", "B", "C"], snapshot=False)
    followed = engine.export_availability()
    engine.apply([om.Sell(sku, "N0", 9) for sku in "ABC"])
    answers, calls = View.answers, []

    def failing(self, skus):
        calls.append(skus)
        if len(calls) in (2, 4):
            raise MemoryError
        return answers(self, skus)

    monkeypatch.setattr(View, "answers", failing)
    token = feed.token
    with pytest.raises(MemoryError):
        feed.take()
    with pytest.raises(MemoryError):
        engine.export_availability(since=followed.token)
    assert feed.token == token
    assert [change.sku for change in feed.take()] == ["A", "B", "C"]
    more = engine.export_availability(since=followed.token)
    assert table_of(more) == {("A", "N0"): 0, ("B", "N0"): 0, ("C", "N0"): 0}


def test_threads_tell_each_change_once():
    """Eight threads poll one feed while stock moves: a chain of levels, no gap."""
    engine = shop(A=9)
    feed = engine.subscribe(["A"], snapshot=False)
    found, guard = [], threading.Lock()
    done = threading.Event()

    def poll():
        last = False
        while not last:
            last = done.is_set()
            with guard:
                found.extend((c.old, c.new) for c in feed.take())

    pollers = [threading.Thread(target=poll) for _ in range(8)]
    for thread in pollers:
        thread.start()
    steps = 0
    while len(found) < 50 and steps < 100_000:
        engine.apply(om.Count("A", "N0", steps % 2))
        steps += 1
    engine.apply(om.Count("A", "N0", 1))
    done.set()
    for thread in pollers:
        thread.join()
    assert all(old != new for old, new in found)
    chain = [found[0][0], *(new for _, new in found)]
    assert [old for old, _ in found] == chain[:-1]
    assert chain[0] == IN_STOCK
    assert chain[-1] == IN_STOCK


def test_a_change_that_is_refused_or_undone_tells_nothing():
    """Nor does an order that is tried in another's place in vain."""
    engine = shop(A=4, B=1)
    engine.reserve({("A", "N0"): 4}, id="R", ttl=60)
    feed = engine.subscribe(nodes=NODES, snapshot=False)
    with pytest.raises(om.ValidationError):
        engine.apply([om.Receive("A", "N0", 3), om.Receive("B", "N0", 2**31 - 1)])
    assert not engine.reserve({("A", "N0"): 9}, id="S", supersedes="R").reserved
    assert told(feed) == []


# -- exports ---------------------------------------------------------------------------


def test_an_export_has_columns_and_reads_as_arrow():
    """Ids, units; decimals as floats; a row for each cell, zeros included."""
    pa = pytest.importorskip("pyarrow")
    engine = shop(A=9, ROPE=2.5)
    engine.apply(om.Count("B", "N1", 0))
    found = engine.export_availability()
    columns = found.columns()
    assert columns["sku"].tolist() == ["A", "B", "ROPE"]
    assert columns["node"].tolist() == ["N0", "N1", "N0"]
    assert columns["quantity"].tolist() == [9, 0, 2.5]
    table = pa.table(found)
    assert table.to_pydict() == {name: col.tolist() for name, col in columns.items()}
    by_sku = pa.table(engine.export_availability(by="sku"))
    assert by_sku.column_names == ["sku", "quantity"]
    assert by_sku["sku"].to_pylist() == ["A", "B", "C", "ROPE"]
    changes = pa.table(engine.subscribe(low=5).take()).to_pydict()
    assert changes["new"] == ["IN_STOCK", "OUT", "OUT", "LOW"]
    assert changes["node"] == [None] * 4


def test_an_increment_tells_what_went_to_zero_and_came_back():
    """From any token that was handed out, not just the last."""
    engine = shop(A=9, B=2)
    first = engine.export_availability()
    engine.apply(om.Sell("B", "N0", 2))
    second = engine.export_availability(since=first.token)
    assert table_of(second) == {("B", "N0"): 0}
    engine.apply([om.Receive("B", "N0", 2), om.Receive("A", "N2", 1)])
    third = engine.export_availability(since=second.token)
    assert table_of(third) == {("B", "N0"): 2, ("A", "N2"): 1}
    assert not len(engine.export_availability(since=third.token))
    with pytest.raises(om.ValidationError):
        engine.apply([om.Receive("C", "N2", 1), om.Receive("A", "N0", 2**31 - 1)])
    cells = table_of(engine.export_availability(since=third.token))
    assert cells == {("C", "N2"): 0}  # made, and left behind with nothing in it
    later = table_of(engine.export_availability(since=first.token))
    assert later == {("B", "N0"): 2, ("A", "N2"): 1, **cells}


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        (lambda own, other: other.token, "a token of this engine"),
        (lambda own, other: "nonsense", "a token that was handed out before"),
        (lambda own, other: 7, "a token that was handed out before"),
        (lambda own, other: own.token[:-1] + "99", "that was handed out before"),
        (lambda own, other: own.token[:-1] + "-1", "that was handed out before"),
        (lambda own, other: own.token.replace("cell", "sku"), "what is asked for"),
    ],
)
def test_a_token_that_means_nothing_here_is_refused(since, expected):
    """And the next increment is as if it had not been asked."""
    engine, other = shop(A=9), shop(A=9)
    own = engine.export_availability()
    engine.apply(om.Sell("A", "N0", 1))
    with pytest.raises(om.ValidationError, match=f"since: expected .*{expected}"):
        engine.export_availability(since=since(own, other.export_availability()))
    found = engine.export_availability(since=own.token)
    assert table_of(found) == {("A", "N0"): 8}
    with pytest.raises(om.ValidationError, match="^since: expected"):
        engine.export_availability(since=own.token, channel="web")


def test_what_is_not_followed_is_not_kept():
    """And has no token."""
    engine = shop(A=9)
    assert engine.export_availability(follow=False).token is None
    assert not engine._exports


@pytest.mark.parametrize(
    ("call", "path"),
    [
        (lambda e: e.subscribe(["X"]), "skus[0]"),
        (lambda e: e.subscribe("A"), "skus"),
        (lambda e: e.subscribe(["A", "A"]), "skus[1]"),
        (lambda e: e.subscribe(nodes=["X"]), "nodes[0]"),
        (lambda e: e.subscribe(nodes=["N0"], group=["N1"]), "group"),
        (lambda e: e.subscribe(group=["N1", "X"]), "group[1]"),
        (lambda e: e.subscribe(channel="fax"), "channel"),
        (lambda e: e.subscribe(low=-1), "low"),
        (lambda e: e.subscribe(low="5"), "low"),
        (lambda e: e.subscribe(low={"X": 1}), "low['X']"),
        (lambda e: e.subscribe(low={"A": -1}), "low['A']"),
        (lambda e: e.subscribe(hysteresis=-1), "hysteresis"),
        (lambda e: e.subscribe(snapshot=1), "snapshot"),
        (lambda e: e.export_availability(by="node"), "by"),
        (lambda e: e.export_availability(channel="fax"), "channel"),
        (lambda e: e.export_availability(follow=1), "follow"),
    ],
)
def test_bad_arguments_are_named(call, path):
    """Nothing has changed."""
    engine = shop(A=9)
    before = engine.digest()
    with pytest.raises(om.OmnirouteError) as caught:
        call(engine)
    assert caught.value.path.startswith(path)
    assert engine.digest() == before


def test_feeds_and_exports_change_nothing():
    """They read; the digest is as it was."""
    engine = shop(A=9)
    before = engine.digest()
    engine.subscribe(nodes=NODES, low=5).take()
    found = engine.export_availability(channel="web")
    engine.export_availability(channel="web", since=found.token)
    assert engine.digest() == before
    found.quanta[:] = 0
    assert engine.export_availability(channel="web").quanta.tolist() == [9]
    assert found.sku.dtype == np.int32
