"""Frames of any make become the same columns; one bad entry refuses them all."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omniroute.codes import QUANTITY_MAX, Effect
from omniroute.errors import UnknownNodeError, UnknownSkuError, ValidationError
from omniroute.model.quantity import to_quanta
from omniroute.stock.frames import events_from_columns, is_frame
from omniroute.stock.ids import Catalogue

CATALOGUE = Catalogue(["N0", "N1"], ["BOLT", "ROPE"], [0, 2])
GOOD = {
    "sku": ["BOLT", "ROPE", "ROPE"],
    "node": ["N1", "N0", "N1"],
    "quantity": [4.0, 5.5, 0.25],
    "event": ["receive", "count", "sell"],
}


def pandas_categories(data):
    ids = {"sku": "category", "node": "category", "event": "category"}
    return pd.DataFrame(data).astype(ids)


def numpy_objects(data):
    return {name: np.array(column, object) for name, column in data.items()}


def numpy_texts(data):
    return {name: np.array(column) for name, column in data.items()}


def polars_frame(data):
    return pytest.importorskip("polars").DataFrame(data)


def polars_categories(data):
    polars = pytest.importorskip("polars")
    return polars.DataFrame(data).with_columns(
        polars.col("sku", "node").cast(polars.Categorical)
    )


def arrow_table(data):
    return pytest.importorskip("pyarrow").table(data)


def arrow_dictionaries(data):
    arrow = pytest.importorskip("pyarrow")
    table = arrow.table({"quantity": arrow.array(data["quantity"])})
    for name in ("sku", "node", "event"):
        table = table.append_column(name, arrow.array(data[name]).dictionary_encode())
    return table


MAKES = [
    dict,
    pd.DataFrame,
    pandas_categories,
    numpy_objects,
    numpy_texts,
    polars_frame,
    polars_categories,
    arrow_table,
    arrow_dictionaries,
]


@pytest.mark.parametrize("make", MAKES)
def test_frames_of_any_make_give_the_same_columns(make):
    """Dict, numpy, pandas, polars, pyarrow; plain or encoded."""
    frame = make(GOOD)
    assert is_frame(frame)
    columns = events_from_columns(frame, CATALOGUE)
    assert columns.what.tolist() == [Effect.RECEIVE, Effect.COUNT, Effect.SELL]
    assert columns.skus.tolist() == [0, 1, 1]
    assert columns.nodes.tolist() == [1, 0, 1]
    assert columns.quantities.tolist() == [4, 550, 25]
    assert columns.happened.tolist() == [0, 0, 0]


def test_events_default_to_receive_and_a_text_holds_for_all_rows():
    """Scalars in a dict are spread over the rows."""
    frame = {"sku": "BOLT", "node": ["N0", "N1"], "quantity": [1, 2]}
    columns = events_from_columns(frame, CATALOGUE)
    assert columns.what.tolist() == [Effect.RECEIVE] * 2
    assert columns.skus.tolist() == [0, 0]
    counted = events_from_columns({**frame, "event": "count"}, CATALOGUE)
    assert counted.what.tolist() == [Effect.COUNT] * 2


def test_an_empty_frame_is_no_event():
    """Nothing is nothing, not an error."""
    frame = {"sku": [], "node": [], "quantity": []}
    assert len(events_from_columns(frame, CATALOGUE)) == 0
    assert len(events_from_columns(pd.DataFrame(frame), CATALOGUE)) == 0


def bad(**changes):
    frame = {"sku": ["BOLT"] * 3, "node": ["N0"] * 3, "quantity": [1, 2, 3]} | changes
    return {name: column for name, column in frame.items() if column is not None}


@pytest.mark.parametrize(
    ("frame", "error", "text"),
    [
        (bad(sku=None), ValidationError, "events: expected a column 'sku'"),
        (bad(quantity=None), ValidationError, "events: expected a column 'quantity'"),
        (bad(node=["N0"]), ValidationError, "events.node: expected as many rows"),
        (bad(quantity=[1, 2]), ValidationError, "events.sku: expected as many rows"),
        (bad(quantity=5), ValidationError, "events.quantity: expected a column"),
        (bad(quantity="5"), ValidationError, "events.quantity: expected a column"),
        (bad(sku=5), ValidationError, "events.sku: expected a column"),
        (bad(sku=["BOLT", "NUT", "X"]), UnknownSkuError, r"events.sku\[1\]: .*'NUT'"),
        (bad(sku="NUT"), UnknownSkuError, "events.sku: unknown SKU 'NUT'"),
        (bad(node=["N0", "N0", "N7"]), UnknownNodeError, r"events.node\[2\]: .*'N7'"),
        (bad(sku=["BOLT", None, "X"]), ValidationError, r"events.sku\[1\]: .*None"),
        (bad(sku=["BOLT", 7, "X"]), ValidationError, r"events.sku\[1\]: .*found 7"),
        (bad(node=["N0", [], "N0"]), ValidationError, r"events.node\[1\]"),
        (
            bad(event=["count", "gain", "sell"]),
            ValidationError,
            r"events.event\[1\]: .*'gai",
        ),
        (bad(event="gain"), ValidationError, "events.event: expected one of receive"),
        (
            bad(quantity=[1, "2", 3]),
            ValidationError,
            r"events.quantity\[1\]: .*found '2'",
        ),
        (
            bad(quantity=[1, True, 3]),
            ValidationError,
            r"events.quantity\[1\]: .*found Tru",
        ),
        (
            bad(quantity=[1, None, 3]),
            ValidationError,
            r"events.quantity\[1\]: .*found Non",
        ),
        (
            bad(quantity=[1, np.nan, 3]),
            ValidationError,
            r"events.quantity\[1\]: .*found n",
        ),
        (bad(quantity=[1.0, 2.0, 1e300]), ValidationError, r"events.quantity\[2\]"),
        (
            bad(quantity=[1, 0.5, 3]),
            ValidationError,
            r"events.quantity\[1\]: .*0 decimals",
        ),
        (
            bad(quantity=[1, 2, 2**31]),
            ValidationError,
            r"events.quantity\[2\]: .*at most",
        ),
        (
            bad(quantity=[1, 2, 2**70]),
            ValidationError,
            r"events.quantity\[2\]: .*at most",
        ),
        (bad(quantity=[1, 0, 3]), ValidationError, r"events.quantity\[1\]: .*above 0"),
        (bad(quantity=np.array([1, 2, -3])), ValidationError, r"events.quantity\[2\]"),
        (
            bad(quantity=np.array([1, 2, 2**63], "u8")),
            ValidationError,
            r"quantity\[2\]",
        ),
        (bad(quantity=np.ones((3, 1))), ValidationError, r"events.quantity\[0\]"),
        (bad(quantity=np.ones(3, bool)), ValidationError, r"events.quantity\[0\]"),
        (
            bad(sku="ROPE", quantity=[1, 0.125, -1], event="count"),
            ValidationError,
            r"events.quantity\[1\]: .*2 decimals",
        ),
        (
            bad(sku="ROPE", quantity=[1, 2, -0.25], event="count"),
            ValidationError,
            r"events.quantity\[2\]: .* not below 0, found Decimal\('-0.25'\)",
        ),
    ],
)
def test_one_bad_entry_is_named(frame, error, text):
    """The column, the row and what was found there."""
    with pytest.raises(error, match=text):
        events_from_columns(frame, CATALOGUE)


def test_missing_values_of_a_frame_are_named():
    """Gaps in encoded and in nullable columns."""
    frame = pd.DataFrame(bad()).astype({"sku": "category", "quantity": "Int64"})
    frame.loc[1, "sku"] = None
    with pytest.raises(ValidationError, match=r"events.sku\[1\]: .*found None"):
        events_from_columns(frame, CATALOGUE)
    frame = pd.DataFrame(bad()).astype({"quantity": "Int64"})
    frame.loc[2, "quantity"] = pd.NA
    with pytest.raises(ValidationError, match=r"events.quantity\[2\]"):
        events_from_columns(frame, CATALOGUE)
    arrow = pytest.importorskip("pyarrow")
    sku = arrow.array(["BOLT", None, "ROPE"]).dictionary_encode()
    with pytest.raises(ValidationError, match=r"events.sku\[1\]: .*found None"):
        events_from_columns(bad(sku=sku), CATALOGUE)


NUMBER = st.one_of(
    st.integers(-QUANTITY_MAX - 1, QUANTITY_MAX + 1),
    st.floats(),
    st.floats(-100, 100).map(lambda x: round(x, 2)),
    st.decimals(-100, 100, places=3),
)


@given(st.lists(NUMBER, min_size=1, max_size=4), st.sampled_from([list, np.array]))
def test_columns_read_as_single_quantities_do(numbers, make):
    """The quick ways through a column agree with the exact one, entry by entry."""
    frame = {"sku": "ROPE", "node": "N0", "quantity": make(numbers), "event": "adjust"}
    entries = frame["quantity"].tolist() if make is np.array else numbers
    try:
        wanted = [to_quanta(entry, 2, "q", positive=False) for entry in entries]
    except ValidationError:
        with pytest.raises(ValidationError, match=r"events.quantity\[\d\]"):
            events_from_columns(frame, CATALOGUE)
    else:
        assert events_from_columns(frame, CATALOGUE).quantities.tolist() == wanted


def test_decimals_in_an_object_column_are_exact():
    """No float on the way."""
    frame = bad(sku="ROPE", quantity=[Decimal("0.29"), 1, 0.57])
    assert events_from_columns(frame, CATALOGUE).quantities.tolist() == [29, 100, 57]
