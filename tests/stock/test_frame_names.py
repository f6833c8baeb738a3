"""Which columns a frame may have: what was meant for something is never dropped."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import omniroute as om
from omniroute.errors import ValidationError

NOON = 1_767_268_800
SHOP = om.Network(
    [om.Node("N1"), om.Node("N2")], [om.Service("ground", "ship", om.RateCard.flat(5))]
)
RECEIPT = {"sku": ["BOLT"], "node": ["N1"], "quantity": [4]}
HOLD = {"id": ["A"], "sku": ["BOLT"], "node": ["N1"], "quantity": [1]}
FIND = {"sku": ["BOLT"], "node": ["N1"], "find_probability": [0.5]}


@pytest.fixture
def engine():
    """One item, ten of it at a node, three of them held as "A"."""
    engine = om.Engine(SHOP, [om.Item("BOLT")], clock=lambda: NOON)
    engine.apply(om.Receive("BOLT", "N1", 10))
    engine.reserve({("BOLT", "N1"): 3}, id="A")
    return engine


#: Every call that takes a frame, and a frame that it takes.
CALLS = {
    "apply": (RECEIPT, "events"),
    "reserve_many": (HOLD, "lines"),
    "fulfil_many": (HOLD, "lines"),
    "cancel_many": (HOLD, "lines"),
    "set_find": (FIND, "probabilities"),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("make", [dict, pd.DataFrame])
def test_a_column_that_every_call_ignores_is_ignored(engine, call, make):
    """What a table has besides, as a price or the name of a town."""
    frame, _ = CALLS[call]
    getattr(engine, call)(make({**frame, "price": [1.5], "Town": ["Ely"]}))


@pytest.mark.parametrize(
    ("call", "column"),
    [
        ("reserve_many", "sequence"),
        ("reserve_many", "ttl"),
        ("reserve_many", "sell_by"),
        ("fulfil_many", "sell_by"),
        ("cancel_many", "at"),
        ("apply", "ttl"),
        ("apply", "find_probability"),
        ("set_find", "quantity"),
    ],
)
def test_a_column_that_means_something_elsewhere_is_refused_by_name(
    engine, call, column
):
    """A hold without the time to live that the table asks for would be a firm one."""
    frame, path = CALLS[call]
    before = engine.digest()
    with pytest.raises(ValidationError, match=rf"^{path}\.{column}: expected one of"):
        getattr(engine, call)({**frame, column: [1]})
    assert engine.digest() == before


@pytest.mark.parametrize(
    ("call", "column", "meant"),
    [
        ("apply", "eventid", "event_id"),
        ("apply", "Event", "event"),
        ("apply", "sell-by", "sell_by"),
        ("apply", "From Node", "from_node"),
        ("reserve_many", "Channel", "channel"),
        ("fulfil_many", "SKU", "sku"),
        ("set_find", "findProbability", "find_probability"),
    ],
)
def test_a_near_miss_is_refused_and_says_what_was_meant(engine, call, column, meant):
    """Case, underscores, hyphens and spaces."""
    frame, path = CALLS[call]
    with pytest.raises(
        ValidationError, match=rf"^{path}\.{column}: expected .*'{meant}'"
    ):
        getattr(engine, call)({**frame, column: ["x"]})


def test_a_near_miss_of_what_another_call_takes_is_refused_too(engine):
    """It would have been refused by its right name."""
    with pytest.raises(ValidationError, match=r"^lines\.sellby: expected one of"):
        engine.fulfil_many({**HOLD, "sellby": [NOON]})


def test_an_argument_in_a_column_says_that_it_is_one(engine):
    """Where to put it instead."""
    with pytest.raises(ValidationError, match="an argument of the call, not a column"):
        engine.reserve_many({**HOLD, "ttl": ["15min"]})


def test_a_frame_that_reserved_also_fulfils(engine):
    """The channel is the reservation's by then."""
    assert engine.fulfil_many({**HOLD, "channel": [None]}).tolist() == [om.Status.OK]


def test_a_frame_without_an_event_column_receives(engine):
    """The most frequent of all frames; the documentation says so."""
    engine.apply(RECEIPT)
    assert engine.stock("BOLT", "N1").on_hand == 14


@pytest.mark.parametrize("call", CALLS)
def test_a_column_given_twice_is_named(engine, call):
    """A table that was joined with itself."""
    frame, path = CALLS[call]
    table = pd.DataFrame(frame)
    twice = pd.concat([table, table[["sku"]]], axis=1)
    with pytest.raises(ValidationError, match=rf"^{path}\.sku: expected one column"):
        getattr(engine, call)(twice)


@pytest.mark.parametrize("call", CALLS)
def test_a_lazy_frame_says_collect(engine, call):
    """Its rows are not there yet."""
    polars = pytest.importorskip("polars")
    frame, path = CALLS[call]
    lazy = polars.LazyFrame(frame)
    with pytest.raises(ValidationError, match=rf"^{path}: expected .*collect\(\) it"):
        getattr(engine, call)(lazy)


@pytest.mark.parametrize("call", ["fulfil_many", "cancel_many"])
@pytest.mark.parametrize("make", ["pandas", "polars"])
def test_a_series_of_ids_is_no_frame(engine, call, make):
    """One column without a name: ids, as in a list."""
    ids = pytest.importorskip(make).Series(["A"])
    assert getattr(engine, call)(ids).tolist() == [om.Status.OK]


@pytest.mark.parametrize(
    ("event", "column", "value"),
    [("count", "state", "damaged"), ("safety", "sell_by", NOON + 9)],
)
def test_a_row_that_cannot_be_about_such_units_is_refused(engine, event, column, value):
    """Dropped, a count of damaged units would have become one of what can be sold."""
    frame = {**RECEIPT, "event": event, column: [value]}
    with pytest.raises(ValidationError, match=rf"^events\[0\]\.{column}: expected"):
        engine.apply(frame)


# -- instants of numpy -----------------------------------------------------------------


def test_what_the_engine_says_of_time_can_be_handed_back(engine):
    """Its columns are datetime64, without a zone, in UTC."""
    engine.apply(om.Receive("BOLT", "N2", 4, sell_by=NOON + 9_000))
    engine.apply(om.Expect("PO-1", "BOLT", "N1", 3, due=NOON + 3_600))
    lots, inbound = engine.lots(), engine.inbound()
    there = {name: lots[name] for name in ("sku", "node", "quantity", "sell_by")}
    engine.apply({"event": "sell", **there})
    assert len(engine.lots()["sku"]) == 0
    engine.apply(om.Reschedule("PO-1", due=inbound["due"][0]))
    assert engine.inbound()["due"].tolist() == inbound["due"].tolist()


@pytest.mark.parametrize("unit", ["s", "ms", "ns"])
def test_a_column_of_numpy_instants_is_read_as_utc(unit):
    """Whatever it is counted in, with gaps and without, as a row or as a column."""
    at = np.array([NOON - 60, NOON - 30], "datetime64[s]").astype(f"datetime64[{unit}]")
    gap = np.array([at[0], "NaT"], at.dtype)
    digests = set()
    for column in (at, [NOON - 60, NOON - 30]):
        engine = om.Engine(SHOP, [om.Item("BOLT")], clock=lambda: NOON)
        frame = {"sku": "BOLT", "node": ["N1", "N2"], "quantity": [4, 5]}
        engine.apply({**frame, "event": "count", "at": column})
        digests.add(engine.digest())
        assert engine.apply({**frame, "event": "sell", "at": gap}).late == 1
    assert len(digests) == 1


def test_naive_instants_of_pandas_stay_refused(engine):
    """A till writes them in the time of its town."""
    table = pd.DataFrame(RECEIPT).assign(at=[pd.Timestamp("2026-01-01")])
    with pytest.raises(ValidationError, match="a datetime with a time zone"):
        engine.apply(table)
