"""A coded column reads like an array of its texts."""

from __future__ import annotations

import numpy as np
import pytest

from omniroute.datasets import CodedColumn
from omniroute.errors import UnknownSkuError
from omniroute.stock.frames import events_from_columns
from omniroute.stock.ids import Catalogue

TEXTS = ["NUT", "BOLT", "NUT", "NUT", "BOLT", "NUT"]


@pytest.fixture
def column():
    codes = np.array([1, 0, 1, 1, 0, 1])
    return CodedColumn(["BOLT", "NUT", "WASHER"], codes)


def test_it_has_the_texts_of_its_rows(column):
    """Length, order and entries are those of the plain list."""
    assert len(column) == len(TEXTS)
    assert list(column) == column.tolist() == np.asarray(column).tolist() == TEXTS
    assert (column[0], column[-2]) == ("NUT", "BOLT")
    assert np.asarray(column, "U4").dtype == np.dtype("U4")


def test_rows_are_picked_by_slice_mask_and_places(column):
    """A part of a column is a column of the same texts."""
    mask = np.array([text == "BOLT" for text in TEXTS])
    assert column[1:4].tolist() == TEXTS[1:4]
    assert column[mask].tolist() == ["BOLT", "BOLT"]
    assert column[np.array([5, 1])].tolist() == ["NUT", "BOLT"]


def test_comparison_is_entry_by_entry(column):
    """As with an array: a mask of the rows that equal, or differ."""
    nuts = [text == "NUT" for text in TEXTS]
    assert (column == "NUT").tolist() == nuts
    assert (column != "NUT").tolist() == [not nut for nut in nuts]
    assert (column == column[:]).all()
    assert not (column == "SCREW").any()


def test_it_refuses_to_pass_for_an_array_without_a_copy(column):
    """Who asks numpy for the column itself, uncopied, is told."""
    with pytest.raises(ValueError, match="uncopied"):
        np.asarray(column, copy=False)


def test_codes_are_as_small_as_the_number_of_texts_allows():
    """One byte a row for 100 texts, two for 3,000, four for 40,000."""
    sizes = [
        CodedColumn([str(i) for i in range(count)], np.zeros(2, int)).codes.itemsize
        for count in (100, 3_000, 40_000)
    ]
    assert sizes == [1, 2, 4]


def test_the_last_of_many_texts_keeps_its_code():
    """The code type has room for every text, at the edges of a byte too."""
    for count in (1, 127, 128, 129, 256, 32_768, 32_769):
        texts = [str(i) for i in range(count)]
        assert CodedColumn(texts, np.array([count - 1]))[0] == texts[-1]


def test_an_engine_reads_it_as_ids(column):
    """Events of coded columns resolve like events of lists, bad ids included."""
    frame = {"sku": column, "node": "N1", "quantity": np.arange(1, 7)}
    plain = {**frame, "sku": TEXTS}
    catalogue = Catalogue(["N1"], ["NUT", "BOLT"])
    fast, slow = (events_from_columns(f, catalogue) for f in (frame, plain))
    assert fast.skus.tolist() == slow.skus.tolist()
    with pytest.raises(UnknownSkuError, match=r"sku\[1\]"):
        events_from_columns(frame, Catalogue(["N1"], ["NUT"]))


def test_pandas_takes_it_as_a_column(column):
    """A data frame of coded columns has the texts."""
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"event": "count", "sku": column})
    assert frame["sku"].tolist() == TEXTS
