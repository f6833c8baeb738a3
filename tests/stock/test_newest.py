"""An older fact never replaces a newer one: by its source's numbers, or by time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import omniroute as om
from omniroute.codes import SEQUENCE_WINDOW
from omniroute.stock.newest import Newest
from tests.conftest import WITHOUT_JIT
from tests.naive.events import after_last_count, on_hand, told_in_order
from tests.stock.test_supply import shop

NOW = 1_000
DAY = 86_400
KINDS = {"receive": om.Receive, "sell": om.Sell, "count": om.Count}


def stock(engine, node="N1"):
    return engine.stock("BOLT", node).on_hand


def wms(number):
    """What the warehouse system tells under this number."""
    return {"source": "wms", "sequence": number}


def replayed(engine):
    """Another engine that has lived through the same; it remembers the same."""
    twin = om.Engine(engine.network, engine.items[::-1], clock=lambda: NOW)
    twin.replay(engine.log)
    assert twin.digest() == engine.digest()
    return twin


# -- by the numbers of a source --------------------------------------------------------


def test_a_count_with_a_lower_number_than_the_last_one_is_late():
    """The warehouse counted 12, then 9; the messages came the other way round."""
    engine = shop(clock=lambda: NOW)
    engine.apply(om.Count("BOLT", "N1", 9, **wms(5)))
    assert engine.apply(om.Count("BOLT", "N1", 12, **wms(4))).late == 1
    assert stock(engine) == 9
    # The same holds after a restart, and for what the count has covered already.
    twin = replayed(engine)
    assert twin.apply(om.Count("BOLT", "N1", 12, **wms(3))).late == 1
    assert twin.apply(om.Sell("BOLT", "N1", 1, **wms(2))).late == 1
    assert twin.apply(om.Sell("BOLT", "N1", 1, **wms(6))) == 1
    assert stock(twin) == 8


@pytest.mark.parametrize("together", [True, False])
def test_a_count_that_a_sale_has_overtaken_keeps_the_sale(together):
    """Ten came in, nine were counted, two were sold: seven are there."""
    clock = [NOW]
    engine = shop(clock=lambda: clock[0])
    events = [
        om.Receive("BOLT", "N1", 10, **wms(1)),
        om.Sell("BOLT", "N1", 2, **wms(3)),
        om.Count("BOLT", "N1", 9, **wms(2)),
    ]
    if together:
        assert engine.apply(events) == 3
    else:
        for event in events:
            clock[0] += 7
            assert engine.apply(event) == 1
    assert stock(engine) == 7
    twin = replayed(engine)
    assert stock(twin) == 7


def test_an_overtaken_count_has_in_it_what_was_told_late_but_happened_before():
    """Sold one (1), counted nine (3), sold two (5), told as 5, 1, 3: seven are there."""
    clock = [NOW]
    engine = shop(clock=lambda: clock[0])
    for event in (
        om.Sell("BOLT", "N1", 2, **wms(5)),
        om.Sell("BOLT", "N1", 1, **wms(1)),
        om.Count("BOLT", "N1", 9, **wms(3)),
    ):
        clock[0] += 1
        assert engine.apply(event) == 1
    assert stock(engine) == 7


@pytest.mark.parametrize("together", [True, False])
def test_one_number_that_is_missing_may_still_come(together):
    """All but number 1 were told; when it comes, it is older than the count (2)."""
    engine = shop(clock=lambda: NOW)
    known = [
        om.Receive("BOLT", "N1", 10, **wms(0)),
        om.Count("BOLT", "N1", 9, **wms(2)),
    ]
    for events in [known] if together else [[event] for event in known]:
        engine.apply(events)
    for each in (engine, replayed(engine)):
        assert each.apply(om.Count("BOLT", "N1", 4, **wms(1))).late == 1
        assert stock(each) == 9


def test_what_fills_a_gap_at_the_bottom_is_in_a_count_that_comes_later():
    """Number 0 came after number 3 had; the count (2) comes last, and has seen it."""
    clock = [NOW]
    engine = shop(clock=lambda: clock[0])
    for event in (
        om.Sell("BOLT", "N1", 2, **wms(3)),
        om.Receive("BOLT", "N1", 5, **wms(0)),
        om.Count("BOLT", "N1", 9, **wms(2)),
    ):
        clock[0] += 1
        engine.apply(event)
    assert stock(engine) == 7


def test_an_overtaken_count_keeps_what_others_sold_since():
    """A till sold one after the warehouse had, so after the warehouse's count too."""
    clock = [NOW]
    engine = shop(clock=lambda: clock[0])
    for event in (
        om.Receive("BOLT", "N1", 10),
        om.Sell("BOLT", "N1", 2, **wms(3)),
        om.Sell("BOLT", "N1", 1, source="till", sequence=1),
        om.Count("BOLT", "N1", 9, **wms(2)),
    ):
        clock[0] += 1
        engine.apply(event)
    assert stock(engine) == 6


def test_a_count_by_somebody_else_in_between_is_the_newer_one():
    """The auditor counted after the warehouse's sale; the count before that is late."""
    clock = [NOW]
    engine = shop(clock=lambda: clock[0])
    for event in (
        om.Sell("BOLT", "N1", 2, **wms(3)),
        om.Count("BOLT", "N1", 20, source="audit", sequence=1),
    ):
        clock[0] += 1
        engine.apply(event)
    clock[0] += 1
    assert engine.apply(om.Count("BOLT", "N1", 9, **wms(2))).late == 1
    assert stock(engine) == 20


def test_numbers_are_compared_cell_by_cell_and_source_by_source():
    """Another cell, another source: nothing to do with each other."""
    engine = shop(clock=lambda: NOW)
    engine.apply(om.Count("BOLT", "N1", 9, **wms(5)))
    assert engine.apply(om.Count("BOLT", "N2", 4, **wms(4))) == 1
    assert engine.apply(om.Count("ROPE", "N1", 3, **wms(3))) == 1
    assert engine.apply(om.Count("BOLT", "N1", 7, source="till", sequence=1)) == 1
    assert stock(engine) == 7


def test_a_safety_stock_and_a_due_time_with_a_lower_number_are_late():
    engine = shop(clock=lambda: NOW)
    engine.apply(om.Expect("PO", "BOLT", "N1", 5, due=NOW + DAY))
    engine.apply(om.Safety("BOLT", "N1", 3, **wms(9)))
    engine.apply(om.Reschedule("PO", NOW + 5 * DAY, **wms(8)))
    twin = replayed(engine)
    for each in (engine, twin):
        late = [
            om.Safety("BOLT", "N1", 1, **wms(7)),
            om.Reschedule("PO", NOW + 3 * DAY, **wms(6)),
        ]
        assert each.apply(late).late == 2
        assert each.stock("BOLT", "N1").safety == 3
        assert each.inbound()["due"].tolist() == [np.datetime64(NOW + 5 * DAY, "s")]


def test_what_is_in_order_is_not_remembered():
    """Who has told all up to a number can tell nothing older: it costs nothing."""
    engine = shop(clock=lambda: NOW)
    for k in range(50):
        engine.apply(om.Count("BOLT", "N1", k, **wms(k)))
        engine.apply(om.Sell("BOLT", "N1", 1, source="till", sequence=k))
    newest = engine.state.memory.newest
    assert newest.marks.used == 0
    assert newest._used == 0
    # Marks that a gap has left are dropped once the gap cannot be filled any more.
    engine.apply(om.Count("BOLT", "N1", 5, **wms(99)))
    assert newest.marks.used == 1
    frame = {"sku": "BOLT", "node": "N1", "quantity": [1] * 9, "source": "wms"}
    engine.apply({**frame, "sequence": np.arange(9) + 200 + SEQUENCE_WINDOW})
    newest.forget(engine.state.memory._seen_up_to)
    assert newest.marks.used == 0


def test_beyond_what_is_remembered_an_older_count_is_late(monkeypatch):
    """What it would have to add is not known any more: better no count than a wrong one."""
    monkeypatch.setattr(Newest, "MOST", 4)
    engine = shop(clock=lambda: NOW)
    for k in range(10, 20):
        engine.apply(om.Sell("BOLT", "N1", 1, **wms(k)))
    newest = engine.state.memory.newest
    assert newest._used - newest._start <= 4
    assert engine.apply(om.Count("BOLT", "N1", 50, **wms(9))).late == 1
    assert engine.apply(om.Count("BOLT", "N1", 50, **wms(20))) == 1
    assert stock(engine) == 50


def test_what_sources_told_is_forgotten_with_the_retention():
    clock = [NOW]
    engine = shop(clock=lambda: clock[0], retention=100)
    engine.apply(om.Sell("BOLT", "N1", 1, **wms(10)))
    clock[0] += 200
    engine.apply(om.Sell("BOLT", "N1", 1, **wms(12)))
    newest = engine.state.memory.newest
    assert newest._used - newest._start == 1
    assert engine.apply(om.Count("BOLT", "N1", 50, **wms(9))).late == 1
    assert engine.apply(om.Count("BOLT", "N1", 50, **wms(11))) == 1
    assert stock(engine) == 49


TOLD = st.tuples(
    st.sampled_from(["receive", "sell", "count"]),
    st.sampled_from(["N1", "N2"]),
    st.integers(1, 9),
)


def in_batches(data, events):
    sizes = data.draw(st.lists(st.integers(1, 5), min_size=1, max_size=3))
    at, k = 0, 0
    while at < len(events):
        yield events[at : at + sizes[k % len(sizes)]]
        at, k = at + sizes[k % len(sizes)], k + 1


def take(engine, batch, as_frame):
    if as_frame:
        engine.apply({name: [e[name] for e in batch] for name in batch[0]})
        return
    engine.apply(
        [
            KINDS[e["event"]](**{k: v for k, v in e.items() if k != "event"})
            for e in batch
        ]
    )


@settings(max_examples=40 if WITHOUT_JIT else 200)
@given(st.lists(TOLD, max_size=12), st.booleans(), st.data())
def test_one_source_in_any_order_gives_the_same_stock(told, second_each, data):
    """Whole numbers for times: the newest count, and what the source told after it."""
    events = [
        {
            "event": kind,
            "sku": "BOLT",
            "node": node,
            "quantity": quantity,
            **wms(number),
        }
        for number, (kind, node, quantity) in enumerate(told)
    ]
    clock = [NOW]
    engine = shop(clock=lambda: clock[0])
    order = data.draw(st.permutations(events))
    for batch in in_batches(data, order):
        clock[0] += second_each
        take(engine, batch, data.draw(st.booleans()))
    engine.check()
    numbered = [{**e, "at": e["sequence"] + 1} for e in events]
    for node in ("N1", "N2"):
        assert stock(engine, node) == on_hand(numbered, "BOLT", node)
    replayed(engine)


@settings(max_examples=40 if WITHOUT_JIT else 200)
@given(st.lists(st.tuples(TOLD, st.sampled_from("ab")), max_size=12), st.data())
def test_several_sources_agree_with_the_slow_twin(told, data):
    """What several tell of one cell, each out of order, and half-way a restart."""
    numbers = {"a": 0, "b": 0}
    events = []
    for (kind, _, quantity), source in told:
        numbers[source] += 1
        known = {"source": source, "sequence": numbers[source]}
        events.append({"event": kind, "sku": "BOLT", "node": "N1"} | known)
        events[-1]["quantity"] = quantity
    order = data.draw(st.permutations(events))
    restart = data.draw(st.integers(0, len(order)))
    clock = [NOW]
    engine = shop(clock=lambda: clock[0])
    for k, event in enumerate(order):
        if k == restart:
            twin = shop(clock=lambda: clock[0])
            twin.replay(engine.log)
            engine = twin
        clock[0] += 1
        take(engine, [event], data.draw(st.booleans()))
    assert stock(engine) == after_last_count(told_in_order(order))
    engine.check()


@pytest.mark.parametrize("restart", range(5))
def test_what_an_overtaken_count_covers_is_in_no_later_count_either(restart):
    """B receives (3), a receives (9), b's older receipt (1) comes, then b's count (2).

    The older receipt was before b's count, hence before a's receipt; and a's count (8),
    just before that, does not get it on top.
    """
    told = [
        ("receive", "b", 3),
        ("receive", "a", 9),
        ("receive", "b", 1),
        ("count", "b", 2),
        ("count", "a", 8),
    ]
    order = [
        {
            "event": kind,
            "sku": "BOLT",
            "node": "N1",
            "source": source,
            "sequence": number,
            "quantity": 1,
        }
        for kind, source, number in told
    ]
    clock = [NOW]
    engine = shop(clock=lambda: clock[0])
    for k, event in enumerate(order):
        if k == restart:
            twin = shop(clock=lambda: clock[0])
            twin.replay(engine.log)
            engine = twin
        clock[0] += 1
        take(engine, [event], False)
    assert stock(engine) == after_last_count(told_in_order(order)) == 2


# -- by time ---------------------------------------------------------------------------


def test_an_older_safety_stock_or_due_time_is_late():
    """Both said when they were so: the newer one stays, in whichever order they come."""
    engine = shop(clock=lambda: NOW)
    engine.apply(om.Expect("PO", "BOLT", "N1", 5, due=NOW + DAY))
    came = engine.apply(
        [
            om.Safety("BOLT", "N1", 3, at=NOW - 10),
            om.Safety("BOLT", "N1", 1, at=NOW - 20),
            om.Reschedule("PO", NOW + 5 * DAY, at=NOW - 10),
            om.Reschedule("PO", NOW + 3 * DAY, at=NOW - 20),
        ]
    )
    assert came == 2
    assert came.late == 2
    twin = replayed(engine)
    for each in (engine, twin):
        assert each.apply(om.Safety("BOLT", "N1", 2, at=NOW - 11)).late == 1
        assert each.apply(om.Reschedule("PO", NOW + DAY, at=NOW - 11)).late == 1
        assert each.stock("BOLT", "N1").safety == 3
        assert each.inbound()["due"].tolist() == [np.datetime64(NOW + 5 * DAY, "s")]


@pytest.mark.parametrize("again", [True, False])
def test_what_says_no_time_was_so_when_it_arrived(again):
    """A safety stock told at noon, even the same as before, is newer than the morning's."""
    clock = [NOW]
    engine = shop(clock=lambda: clock[0])
    engine.apply(om.Safety("BOLT", "N1", 3))
    engine.apply(om.Expect("PO", "BOLT", "N1", 5, due=NOW + DAY))
    clock[0] += 100
    engine.apply(om.Safety("BOLT", "N1", 3 if again else 4))
    engine.apply(om.Reschedule("PO", NOW + 5 * DAY))
    for each in (engine, replayed(engine)):
        assert each.apply(om.Safety("BOLT", "N1", 1, at=NOW + 50), now=clock[0]).late
        late = om.Reschedule("PO", NOW + 2 * DAY, at=NOW + 50)
        assert each.apply(late, now=clock[0]).late == 1
        assert each.stock("BOLT", "N1").safety == (3 if again else 4)


@settings(max_examples=40 if WITHOUT_JIT else 200)
@given(st.data())
def test_safety_stocks_in_any_order_give_the_newest(data):
    times = data.draw(st.lists(st.integers(1, 30), unique=True, min_size=1, max_size=9))
    said = {at: data.draw(st.integers(0, 9)) for at in times}
    engine = shop(clock=lambda: NOW)
    for batch in in_batches(data, data.draw(st.permutations(times))):
        if data.draw(st.booleans()):
            frame = {"sku": "BOLT", "node": "N1", "event": "safety", "at": batch}
            engine.apply({**frame, "quantity": [said[at] for at in batch]})
        else:
            engine.apply([om.Safety("BOLT", "N1", said[at], at=at) for at in batch])
    assert engine.stock("BOLT", "N1").safety == said[max(times)]
    straight = shop(clock=lambda: NOW)
    straight.apply([om.Safety("BOLT", "N1", said[at], at=at) for at in sorted(times)])
    assert straight.digest() == engine.digest()
    replayed(engine)


def test_many_safety_stocks_without_a_time_stay_within_bounds(monkeypatch):
    """More than are remembered: what is older than those is late, not believed."""
    monkeypatch.setattr("omniroute.stock.ledger.Ledger.MOST", 8)
    engine = shop(clock=lambda: NOW)
    frame = {"sku": "BOLT", "node": "N1", "event": "safety", "quantity": [1] * 50}
    engine.apply(frame)
    assert len(engine.state.memory.newest._plain) <= 8
    assert engine.apply(om.Safety("BOLT", "N1", 4, at=NOW - 5)).late == 1
    assert engine.apply(om.Safety("BOLT", "N1", 4, at=NOW)) == 1


@pytest.mark.parametrize("how", ["time", "number"])
@pytest.mark.parametrize("columns", [False, True])
def test_a_sell_by_is_as_late_as_the_date_it_was_told_with(how, columns):
    """One event, one late fact; the delivery keeps what was told last."""
    engine = shop(clock=lambda: NOW)
    engine.apply(om.Expect("PO", "BOLT", "N1", 4, due=2 * DAY))
    dues, ends = [3 * DAY, 4 * DAY], [9 * DAY, 8 * DAY]
    order = {"at": [NOW - 10, NOW - 20]}
    if how == "number":
        order = {"source": ["wms"] * 2, "sequence": [5, 4]}
    if columns:
        told = {"event": ["reschedule"] * 2, "id": ["PO"] * 2, **order}
        late = engine.apply({**told, "due": dues, "sell_by": ends}).late
    else:
        events = [
            om.Reschedule(
                "PO", due, sell_by=until, **dict(zip(order, each, strict=False))
            )
            for due, until, *each in zip(dues, ends, *order.values(), strict=False)
        ]
        late = sum(engine.apply(event).late for event in events)
    assert late == 1
    coming = engine.inbound()
    assert coming["due"].astype(int).tolist() == [3 * DAY]
    assert coming["sell_by"].astype(int).tolist() == [9 * DAY]
    replayed(engine)
