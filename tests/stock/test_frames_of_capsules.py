"""Frames that show nothing but the Arrow interface, and instants in a pandas frame."""

from __future__ import annotations

import numpy as np
import pytest

import omniroute as om
from tests.stock.test_supply import NOW, shop


class OneBatch:
    """What has its rows in one array, such as a record batch of another library."""

    def __init__(self, batch):
        self._batch = batch

    def __arrow_c_array__(self, requested_schema=None):
        return self._batch.__arrow_c_array__(requested_schema)


def test_an_array_of_rows_is_a_frame():
    pa = pytest.importorskip("pyarrow")
    columns = {"sku": ["BOLT", "ROPE"], "node": ["N1", "N2"], "quantity": [3, 4]}
    engine = shop()
    assert engine.apply(OneBatch(pa.RecordBatch.from_pydict(columns))) == 2
    assert engine.stock("ROPE", "N2").on_hand == 4


def test_an_array_of_one_column_is_none():
    pa = pytest.importorskip("pyarrow")
    with pytest.raises(om.ValidationError, match="events: expected a frame with named"):
        shop().apply(OneBatch(pa.array([1, 2])))


def test_times_the_engine_told_can_be_told_back_through_pandas():
    """Numpy's instants are UTC; in a frame they have to say so."""
    pd = pytest.importorskip("pandas")
    engine, other = shop(), shop()
    due = int(NOW.timestamp()) + 5_000
    engine.apply(om.Expect("PO-1", "BOLT", "N1", 9, due=due))
    told = pd.DataFrame(engine.inbound())
    told["quantity"], told["event"] = told["open"], "expect"
    with pytest.raises(om.ValidationError, match=r"events\[0\].due: .* time zone"):
        other.apply(told[["event", "id", "sku", "node", "quantity", "due"]])
    told["due"] = told["due"].dt.tz_localize("UTC")
    assert other.apply(told[["event", "id", "sku", "node", "quantity", "due"]]) == 1
    assert other.inbound()["due"].tolist() == [np.datetime64(due, "s")]
    timed = pd.DataFrame({"sku": ["BOLT"], "node": ["N1"], "quantity": [1]})
    timed["at"] = told["due"] - pd.Timedelta(seconds=6_000)
    assert other.apply(timed) == 1
