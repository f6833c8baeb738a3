"""Frames with times, ids and states; frames that are wrong in every way."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import omniroute as om
from omniroute.stock.frames import is_frame
from tests.stock.test_supply import shop

AT = datetime(2026, 1, 31, 12, tzinfo=UTC)
FRAME = {
    "sku": ["BOLT", "ROPE", "BOLT"],
    "node": ["N1", "N2", "N1"],
    "quantity": [5.0, 2.5, 1.0],
    "event": ["receive", "count", "sell"],
    "event_id": ["a", "b", "c"],
    "at": [None, AT, int(AT.timestamp())],
    "source": ["till", None, "till"],
    "sequence": [7, None, 8],
}


def as_pandas(data):
    return pd.DataFrame(data)


def as_polars(data):
    polars = pytest.importorskip("polars")
    at = [None if x is None else int(AT.timestamp()) for x in data["at"]]
    return polars.DataFrame({**data, "at": at})


def as_polars_categories(data):
    polars = pytest.importorskip("polars")
    names = {"sku", "node", "event", "source"} & set(data)
    return as_polars(data).with_columns(
        polars.col(*sorted(names)).cast(polars.Categorical)
    )


def as_arrow(data):
    arrow = pytest.importorskip("pyarrow")
    at = [None if x is None else int(AT.timestamp()) for x in data["at"]]
    return arrow.table({**data, "at": at})


class Capsule:
    """A frame that speaks Arrow and nothing else."""

    def __init__(self, table):
        self._table = table

    def __arrow_c_stream__(self, requested_schema=None):
        return self._table.__arrow_c_stream__(requested_schema)


def as_capsule(data):
    return Capsule(as_arrow(data))


MAKES = [dict, as_pandas, as_polars, as_polars_categories, as_arrow, as_capsule]


@pytest.mark.parametrize("make", MAKES)
def test_times_ids_and_sources_are_read_from_frames_of_any_make(make):
    """The same rows again are repeats, all of them."""
    engine, frame = shop(), make(FRAME)
    assert is_frame(frame)
    assert engine.apply(frame) == 3
    assert engine.stock("BOLT", "N1").on_hand == 4
    assert engine.stock("ROPE", "N2").on_hand == 2.5
    again = engine.apply(frame)
    assert (again, again.duplicates) == (0, 3)
    # The ids are one way to know them, the sequence another.
    fresh = {**FRAME, "event_id": ["x", "y", "z"]}
    assert engine.apply(make(fresh)).duplicates == 2


@pytest.mark.parametrize("make", MAKES)
def test_frames_about_supply_become_events(make):
    """Each kind takes its own columns; what is missing is not given."""
    engine = shop()
    frame = {
        "event": ["expect", "receive", "move", "arrive", "transfer_out", "return"],
        "sku": ["BOLT", "BOLT", "BOLT", None, "BOLT", "BOLT"],
        "node": ["N1", "N1", "N1", None, None, "N2"],
        "quantity": [50, 9, 2, 20, 4, 1],
        "id": ["PO", None, None, "PO", "T", None],
        "due": [1_800_000_000, None, None, None, 1_800_000_000, None],
        "from_state": [None, None, "on_hand", None, None, None],
        "to_state": [None, None, "damaged", None, None, None],
        "from_node": [None, None, None, None, "N1", None],
        "to_node": [None, None, None, None, "N2", None],
        "state": [None, None, None, None, None, "display"],
        "at": [None] * 6,
    }
    assert engine.apply(make(frame)) == 6
    cell = engine.stock("BOLT", "N1")
    assert (cell.on_hand, cell.unavailable, cell.inbound) == (23, {"damaged": 2}, 30)
    cell = engine.stock("BOLT", "N2")
    assert (cell.on_hand, cell.unavailable, cell.inbound) == (0, {"display": 1}, 4)


def changed(**changes):
    return {
        name: column
        for name, column in {**FRAME, **changes}.items()
        if column is not None
    }


WRONG = {
    "a naive time": (changed(at=[AT.replace(tzinfo=None)] * 3), r"events.at\[0\]"),
    "a time in words": (changed(at=["noon"] * 3), r"events.at\[0\]"),
    "a time to come": (changed(at=[2_000_000_000] * 3), r"events.at\[0\]: .*a day"),
    "milliseconds": (changed(at=[AT.timestamp() * 1000] * 3), r"events.at\[0\]"),
    "milliseconds, whole": (
        changed(at=np.array([int(AT.timestamp()) * 1000] * 3)),
        r"events.at\[0\]",
    ),
    "times missing": (changed(at=[AT]), "events.at: expected as many rows"),
    "an id that is none": (changed(event_id=["a", 7, "c"]), r"events.event_id\[1\]"),
    "one id for all": (changed(event_id="a"), "events.event_id: expected a column"),
    "no sequence": (changed(sequence=None), "events: expected a column 'sequence'"),
    "no source": (changed(source=None), "events: expected a column 'source'"),
    "half a sequence": (changed(sequence=[7, None, 8.5]), r"events.sequence\[2\]"),
    "below zero": (changed(sequence=[-7, None, 8]), r"events.sequence\[0\]"),
    "a sequence of nobody": (changed(sequence=[7, 7, 8]), r"events.source\[1\]"),
    "a source that is none": (changed(source=["till", 5, "x"]), r"events.source\[1\]"),
    "a move without states": (
        changed(event=["receive", "move", "sell"]),
        r"events\[1\].from_state: expected what 'move' needs",
    ),
    "no such event, with states": (
        changed(event=["receive", "lose", "move"]),
        r"events\[1\].event: expected one of",
    ),
    "states missing": (changed(state=["damaged"]), "events.state: expected as many"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_named_and_nothing_changed(name):
    """The column and the row; the digest is as it was."""
    frame, text = WRONG[name]
    engine = shop()
    before = engine.digest()
    with pytest.raises(om.ValidationError, match=text):
        engine.apply(frame)
    assert engine.digest() == before


def test_bad_rows_are_skipped_on_request():
    """The good rows count; each bad one is told with its path."""
    engine = shop()
    frame = {
        "sku": ["BOLT", "NUT", "BOLT", "BOLT", None, "BOLT"],
        "node": ["N1", "N1", "N9", "N1", "N1", "N1"],
        "quantity": [5, 1, 1, float("nan"), 1, 2],
        "event": ["receive"] * 5 + ["steal"],
        "event_id": list("abcdef"),
    }
    came = engine.apply(frame, on_error="skip")
    assert repr(came) == "Applied(1, skipped=5)"
    assert [error.path for error in came.errors] == [
        "events.sku[1]",
        "events.node[2]",
        "events.quantity[3]",
        "events.sku[4]",
        "events.event[5]",
    ]
    # What was skipped is not remembered: put right, it is taken.
    frame["quantity"][3] = 3
    came = engine.apply(frame, on_error="skip")
    assert (came, came.duplicates, came.skipped) == (1, 1, 4)
    with pytest.raises(om.ValidationError, match="on_error"):
        engine.apply(frame, on_error="ignore")


ENTRY = st.one_of(
    st.none(),
    st.integers(-3, 3),
    st.floats(),
    st.booleans(),
    st.sampled_from(["BOLT", "ROPE", "N1", "N2", "sell", "move", "", "on_hand"]),
    st.binary(max_size=2),
    st.lists(st.integers(), max_size=1),
    st.datetimes(),
)
COLUMN = st.one_of(
    st.lists(ENTRY, max_size=3),
    st.sampled_from(["BOLT", "N1", "count"]),
    st.integers(),
    st.none(),
)
NAMES = [*FRAME, "state", "id", "due", "from_state", "to_state", "from_node", "to_node"]


@given(
    st.dictionaries(st.sampled_from(NAMES), COLUMN),
    st.sets(st.sampled_from(["sku", "node", "quantity"])),
    st.sampled_from(["raise", "skip"]),
    st.booleans(),
)
def test_no_frame_gets_past_the_checks(columns, sound, on_error, objects):
    """Whatever it is made of: it is taken, or refused in words and nothing changed."""
    engine = shop()
    frame = {**columns, **{name: FRAME[name] for name in sorted(sound)}}
    if objects:
        frame = {
            name: np.array(column, object) if isinstance(column, list) else column
            for name, column in frame.items()
        }
    before = engine.digest()
    try:
        engine.apply(frame, on_error=on_error)
    except om.OmnirouteError:
        assert engine.digest() == before
    engine.check()


@pytest.mark.parametrize("bad", ["\ud800", "", "x" * 201])
@pytest.mark.parametrize("known_by", ["event_id", "source"])
@pytest.mark.parametrize("encoded", [False, True])
def test_what_events_are_known_by_is_text_that_can_be_kept(bad, known_by, encoded):
    """What cannot be written as UTF-8 would leave a state without a digest."""
    engine = shop()
    before = engine.digest()
    column = ["é" * 200, bad]
    if encoded and bad.isprintable():
        column = pd.Series(column, dtype="category")
    frame = {"sku": "BOLT", "node": "N1", "quantity": [1, 1], known_by: column}
    if known_by == "source":
        frame["sequence"] = [1, 1]
    with pytest.raises(om.ValidationError, match=rf"events\.{known_by}\[1\]: "):
        engine.apply(frame)
    assert engine.digest() == before
    assert engine.apply(frame, on_error="skip") == 1
    assert engine.digest() != before


def test_what_is_masked_is_a_gap():
    """Not the number under the mask."""
    engine = shop()
    quantities = np.ma.array([1, 5], mask=[False, True])
    frame = {"sku": "BOLT", "node": "N1", "quantity": quantities}
    with pytest.raises(om.ValidationError, match=r"events\.quantity\[1\]: .* None"):
        engine.apply(frame)


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_series_of_ids_is_no_frame(library):
    """Though it speaks Arrow as well."""
    make = pytest.importorskip(library).Series
    engine = shop()
    engine.apply(om.Receive("BOLT", "N1", 9))
    engine.reserve_many({"id": ["A"], "sku": "BOLT", "node": "N1", "quantity": [1]})
    assert not is_frame(make(["A"]))
    assert engine.commit_many(make(["A"])) == [om.Status.ALREADY_COMMITTED]
    assert engine.fulfil_many(make(["A"])) == [om.Status.OK]
    with pytest.raises(om.ValidationError, match=r"events\[0\]: expected an event"):
        engine.apply(make(["A"]))


def test_reservations_are_read_from_what_speaks_arrow_and_nothing_else():
    arrow = pytest.importorskip("pyarrow")
    engine = shop()
    engine.apply(om.Receive("BOLT", "N1", 9))
    lines = {"id": ["A"], "sku": ["BOLT"], "node": ["N1"], "quantity": [2]}
    frame = Capsule(arrow.table(lines))
    assert engine.reserve_many(frame).held_quanta == [2]
    assert engine.fulfil_many(frame) == [om.Status.OK]


@pytest.mark.parametrize("name", ["ttl", "sell_by"])
def test_what_frames_of_reservations_cannot_say_is_not_passed_over(name):
    """A hold would be for ever, a lot any lot."""
    engine = shop()
    engine.apply(om.Receive("BOLT", "N1", 9))
    frame = {"id": ["A"], "sku": "BOLT", "node": "N1", "quantity": [2], name: [60]}
    before = engine.digest()
    for many in (engine.reserve_many, engine.fulfil_many, engine.cancel_many):
        with pytest.raises(om.ValidationError, match=rf"lines\.{name}: "):
            many(frame)
    assert engine.digest() == before


@pytest.mark.parametrize("column", ["sku", "node", "quantity", "at", "event_id"])
def test_an_array_of_no_dimension_is_no_column(column):
    """It is named; nothing has changed."""
    frame = {"sku": ["A"], "node": ["N1"], "quantity": [3]}
    value = np.array(3 if column in ("quantity", "at") else "A")
    network = om.Network(
        [om.Node("N1")], [om.Service("ground", "ship", om.RateCard.flat(5))]
    )
    engine = om.Engine(network, [om.Item("A")], clock=lambda: 1_000)
    before = engine.digest()
    with pytest.raises(om.ValidationError, match=rf"^events\.{column}: "):
        engine.apply({**frame, column: value})
    assert engine.digest() == before


def test_an_arrow_stream_of_no_struct_is_no_frame():
    """One column has no names; each call says so in one error."""
    pa = pytest.importorskip("pyarrow")

    class Stream:
        def __arrow_c_stream__(self, requested_schema=None):
            return pa.chunked_array([pa.array([1, 2])]).__arrow_c_stream__()

    network = om.Network(
        [om.Node("N1")], [om.Service("ground", "ship", om.RateCard.flat(5))]
    )
    engine = om.Engine(network, [om.Item("A")], clock=lambda: 1_000)
    for call in (engine.apply, engine.reserve_many, engine.fulfil_many):
        with pytest.raises(om.ValidationError, match="a frame with named columns"):
            call(Stream())
