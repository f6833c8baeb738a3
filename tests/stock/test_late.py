"""Repeats and late events: any order, any number of times, the same stock."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import omniroute as om
from omniroute.codes import SEQUENCE_WINDOW
from omniroute.stock.ledger import Ledger
from tests.conftest import WITHOUT_JIT
from tests.naive.events import on_hand, once
from tests.stock.test_supply import shop

SKUS, NODES = ["BOLT", "ROPE"], ["N1", "N2"]
#: The engine's time in these tests: later than anything that happened.
NOW = 1_000
KINDS = {
    "receive": om.Receive,
    "return": om.Return,
    "adjust": om.Adjust,
    "sell": om.Sell,
    "count": om.Count,
}


def make(event):
    """An event object from the twin's dict."""
    said = {name: value for name, value in event.items() if name != "event"}
    return KINDS[event["event"]](**said)


def one(kind, sku, node, quantity, at):
    return {"event": kind, "sku": sku, "node": node, "quantity": quantity, "at": at}


EVENT = st.builds(
    one,
    st.sampled_from(sorted(KINDS)),
    st.sampled_from(SKUS),
    st.sampled_from(NODES),
    st.integers(1, 9),
    st.integers(1, 12),
)


def distinct_counts(events):
    """One count a cell and time: two would contradict each other."""
    seen, kept = set(), []
    for event in events:
        key = (event["sku"], event["node"], event["at"])
        if event["event"] == "count" and key in seen:
            continue
        if event["event"] == "count":
            seen.add(key)
        kept.append(event)
    return kept


def batches(events, sizes):
    """The events in runs of the sizes given, over and over."""
    at, k = 0, 0
    while at < len(events):
        size = sizes[k % len(sizes)]
        yield events[at : at + size]
        at, k = at + size, k + 1


def applied(events, sizes, frames=False):
    """An engine that took them in so."""
    engine = shop(clock=lambda: NOW)
    for batch in batches(events, sizes):
        if frames:
            engine.apply({name: [e[name] for e in batch] for name in batch[0]})
        else:
            engine.apply([make(event) for event in batch])
    engine.check()
    return engine


def agrees(engine, events):
    """Every cell has what the set of events says."""
    for sku in SKUS:
        for node in NODES:
            assert engine.stock(sku, node).on_hand == on_hand(events, sku, node)


@settings(max_examples=30 if WITHOUT_JIT else 200)
@given(st.lists(EVENT, max_size=14), st.data())
def test_any_order_and_any_repeat_give_the_same_stock(events, data):
    """Invariant 9: counts and deltas, shuffled and doubled, in batches of any size."""
    events = distinct_counts(events)
    for k, event in enumerate(events):
        event["event_id"] = f"e{k}"
    again = data.draw(st.lists(st.sampled_from(events), max_size=6)) if events else []
    order = data.draw(st.permutations([*events, *again]))
    sizes = data.draw(st.lists(st.integers(1, 6), min_size=1, max_size=3))
    engine = applied(order, sizes, frames=data.draw(st.booleans()))
    agrees(engine, once(order))
    straight = applied(events, [100])
    agrees(straight, events)
    twin = om.Engine(engine.network, engine.items[::-1], clock=lambda: 0)
    twin.replay(engine.log)
    assert twin.digest() == engine.digest()
    # Counts that came too late leave the cut-over alone, so even the digests agree.
    assert straight.digest() == engine.digest()


@settings(max_examples=30 if WITHOUT_JIT else 100)
@given(st.lists(st.integers(0, 40), max_size=20), st.data())
def test_sequences_of_a_source_are_applied_once(numbers, data):
    """Any order, any repeat: each number of each source counts once."""
    order = data.draw(st.permutations([(s, n) for n in numbers for s in "ab"]))
    order += data.draw(st.lists(st.sampled_from(order), max_size=5)) if order else []
    engine = shop(clock=lambda: NOW)
    sizes = data.draw(st.lists(st.integers(1, 9), min_size=1, max_size=3))
    total = 0
    for batch in batches(order, sizes):
        frame = {
            "sku": "BOLT",
            "node": "N1",
            "quantity": [1] * len(batch),
            "source": [source for source, _ in batch],
            "sequence": [number for _, number in batch],
        }
        if data.draw(st.booleans()):
            total += engine.apply(frame)
        else:
            pairs = [{"source": s, "sequence": n} for s, n in batch]
            came = engine.apply([om.Receive("BOLT", "N1", 1, **pair) for pair in pairs])
            assert came + came.duplicates == len(batch)
            total += came
    assert total == len(set(order))
    assert engine.stock("BOLT", "N1").on_hand == total
    engine.check()


@pytest.mark.parametrize("first", [0, 5, 1_000_000])
def test_a_source_may_start_anywhere_and_run_far(first):
    """The window moves with the newest; what falls out of it counts as a repeat."""
    engine = shop(clock=lambda: NOW)

    def take(*numbers):
        return int(
            engine.apply(
                {
                    "sku": "BOLT",
                    "node": "N1",
                    "quantity": np.ones(len(numbers), np.int64),
                    "source": "till",
                    "sequence": np.array(numbers),
                }
            )
        )

    assert take(first + 2, first) == 2
    assert take(first + 1, first) == 1
    far = first + 2 + SEQUENCE_WINDOW
    assert take(far) == 1
    assert take(first + 2) == 0
    assert take(first + 3, far - 1) == 2
    assert take(first + 3, far, far - 1) == 0
    assert take(far + 10 * SEQUENCE_WINDOW, far + 1) == 2
    assert take(far + 2) == 0


def test_a_count_keeps_what_happened_after_it():
    """Nine o'clock's count arrives at ten; what was sold in between is not lost."""
    engine = shop(clock=lambda: NOW)
    engine.apply(om.Receive("BOLT", "N1", 50, at=800))
    engine.apply(om.Sell("BOLT", "N1", 3, at=950))
    engine.apply(om.Count("BOLT", "N1", 48, at=900))
    assert engine.stock("BOLT", "N1").on_hand == 45
    # Sold before the count, told after it: the count saw that the unit was gone.
    assert engine.apply(om.Sell("BOLT", "N1", 1, at=880)).late == 1
    assert engine.apply(om.Sell("BOLT", "N1", 1, at=900)).late == 1
    assert engine.apply(om.Sell("BOLT", "N1", 1, at=901)) == 1
    # An older count says nothing any more.
    assert engine.apply(om.Count("BOLT", "N1", 7, at=850)).late == 1
    assert engine.stock("BOLT", "N1").on_hand == 44


def test_what_says_no_time_happens_when_it_arrives():
    """A count without one replaces what is there and covers nothing that follows."""
    engine = shop(clock=lambda: NOW)
    engine.apply(om.Count("BOLT", "N1", 10))
    engine.apply(om.Sell("BOLT", "N1", 1))
    assert engine.stock("BOLT", "N1").on_hand == 9
    # A count of earlier that arrives after it is older, and ignored.
    assert engine.apply(om.Count("BOLT", "N1", 99, at=NOW - 1)).late == 1
    assert engine.stock("BOLT", "N1").on_hand == 9


def test_a_count_covers_on_hand_only():
    """Late moves, arrivals and transfers do the other half of what they say."""
    engine = shop(clock=lambda: NOW)
    engine.apply(om.Expect("PO", "BOLT", "N1", 5, due=NOW))
    engine.apply(om.Count("BOLT", "N1", 10, at=900))
    events = [
        om.Move("BOLT", "N1", 2, "on_hand", "damaged", at=890),
        om.Arrive("PO", at=880),
        om.TransferOut("BOLT", "N1", "N2", 4, id="T", due=NOW, at=870),
    ]
    assert engine.apply(events).late == 3
    cell = engine.stock("BOLT", "N1")
    assert (cell.on_hand, cell.unavailable, cell.inbound) == (10, {"damaged": 2}, 0)
    assert engine.stock("BOLT", "N2").inbound == 4


def test_beyond_the_retention_a_late_count_is_not_honoured():
    """What came after it is not known any more: it is told as late, nothing is lost."""
    clock = [NOW]
    engine = shop(clock=lambda: clock[0], retention=100)
    engine.apply(om.Sell("BOLT", "N1", 1, at=NOW - 5, event_id="a"))
    clock[0] += 200
    assert engine.apply(om.Count("BOLT", "N1", 9, at=NOW - 10)).late == 1
    assert engine.stock("BOLT", "N1").on_hand == -1
    # And an id is new again.
    assert engine.apply(om.Sell("BOLT", "N1", 1, event_id="a")) == 1
    assert engine.apply(om.Sell("BOLT", "N1", 1, event_id="a")).duplicates == 1


def test_a_full_ledger_forgets_the_oldest_and_says_so(monkeypatch):
    """A count from before what was dropped is refused; a later one is honoured."""
    monkeypatch.setattr(Ledger, "MOST", 8)
    monkeypatch.setattr(Ledger, "NEW_MOST", 2)
    engine = shop(clock=lambda: NOW)
    for at in range(900, 920):
        engine.apply(om.Sell("BOLT", "N1", 1, at=at))
    assert len(engine.state.memory.ledger) <= 8
    assert engine.apply(om.Count("BOLT", "N1", 50, at=905)).late == 1
    assert engine.apply(om.Count("BOLT", "N1", 50, at=915)) == 1
    assert engine.stock("BOLT", "N1").on_hand == 46
    frame = {"sku": "BOLT", "node": "N1", "quantity": [1] * 50, "event": "sell"}
    engine.apply(frame)
    assert engine.apply(om.Count("BOLT", "N1", 5, at=NOW - 1)).late == 1


def test_what_found_what_was_known_is_told_and_counts_are_written_down_all_the_same():
    """A feed of counts, of which few are news: each says that a shelf was seen."""
    engine = shop(clock=lambda: NOW)
    feed = {"sku": ["BOLT", "ROPE"] * 2, "node": ["N1", "N1", "N2", "N2"]}
    counts = {**feed, "quantity": [1, 2, 3, 4], "event": "count"}
    engine.apply(counts)
    versions = engine.state.arena.sku_version.tolist()
    came = engine.apply(counts)
    assert (came, came.unchanged) == (4, 4)
    assert [len(batch) for batch in engine.log][-1] == 4
    came = engine.apply({**counts, "quantity": [1, 2, 7, 4]})
    assert (came, came.unchanged) == (4, 3)
    assert [len(batch) for batch in engine.log][-1] == 4
    moved = np.array(engine.state.arena.sku_version) - versions
    assert moved.tolist() == [1, 0]
    assert repr(came) == "Applied(4, unchanged=3)"


def test_a_safety_stock_that_was_so_before_is_written_down_all_the_same():
    """It is so still: what was so in between, and is told later, is late."""
    engine = shop(clock=lambda: NOW)
    feed = {"sku": ["BOLT", "ROPE"], "node": "N1", "event": "safety"}
    engine.apply({**feed, "quantity": [1, 2]})
    batches_before = len(engine.log)
    assert engine.apply({**feed, "quantity": [1, 2]}).unchanged == 2
    assert engine.apply(om.Safety("BOLT", "N1", 1)).unchanged == 1
    assert len(engine.log) == batches_before + 2
