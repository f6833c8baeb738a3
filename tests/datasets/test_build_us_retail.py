"""The sample in the package is what the builder makes of the public files."""

from __future__ import annotations

import importlib.util
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
SHIPPED = REPOSITORY / "src/omniroute/datasets/us_retail_data"

spec = importlib.util.spec_from_file_location(
    "build_us_retail", REPOSITORY / "tools/build_us_retail.py"
)
builder = importlib.util.module_from_spec(spec)
spec.loader.exec_module(builder)

needs_sources = pytest.mark.skipif(
    not builder.SOURCE.is_dir(), reason="the public files are not beside the repository"
)


def as_file(arrays):
    buffer = io.BytesIO()
    builder.write(arrays, buffer)
    return buffer.getvalue()


@pytest.mark.real
@needs_sources
def test_the_builder_makes_the_shipped_sample():
    """Every array in the package equals what the sources give today."""
    arrays = builder.build(builder.SOURCE)
    with np.load(SHIPPED / "us_retail.npz", allow_pickle=False) as shipped:
        assert set(shipped.files) == set(arrays)
        for name in shipped.files:
            assert shipped[name].dtype == arrays[name].dtype
            assert np.array_equal(shipped[name], arrays[name]), name


def test_the_file_depends_on_the_arrays_alone():
    """No date, order of entries or machine leaves its mark on the bytes."""
    arrays = {"b": np.arange(5, dtype="<i4"), "a": builder.text(["x", "y"])}
    first = as_file(arrays)
    assert as_file(dict(reversed(arrays.items()))) == first
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert [entry.filename for entry in archive.infolist()] == ["a.npy", "b.npy"]
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}


def test_the_sample_is_small_and_carries_its_terms():
    """Under 2 MB in the wheel, with sources and terms beside it."""
    assert (SHIPPED / "us_retail.npz").stat().st_size < 2_000_000
    terms = (SHIPPED / "README.md").read_text(encoding="utf-8")
    for words in ("UCI", "CC BY 4.0", "CC0", "Census", "USPS", "Ma,", "synthetic"):
        assert words in terms


SALE = {
    "invoice": "536365",
    "sku": "85123A",
    "quantity": "6",
    "unit_price": "2.55",
    "customer": "17850.0",
}


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        ({}, True),
        ({"sku": "DCGSSGIRL"}, True),
        ({"unit_price": "0.0"}, True),  # a gift to a known customer
        ({"unit_price": "0.0", "customer": ""}, False),  # the stock record corrected
        ({"invoice": "C536379"}, False),  # a cancellation
        ({"invoice": "A563185"}, False),  # a debt adjustment
        ({"quantity": "0"}, False),
        ({"quantity": "-3"}, False),
        ({"sku": "POST"}, False),
        ({"sku": "M"}, False),
        ({"sku": "m"}, False),
        ({"sku": "C2"}, False),
        ({"sku": "BANK CHARGES"}, False),
        ({"sku": "gift_0001_20"}, False),
    ],
)
def test_only_goods_sold_are_kept(change, kept):
    """A line counts if it is merchandise, sold, and not bookkeeping."""
    assert builder.is_sale(SALE | change) is kept


@pytest.mark.parametrize(
    ("bracket", "ounces"), [("4_oz", 4), ("15_999_oz", 16), ("2", 32), ("70", 1120)]
)
def test_weight_brackets_end_at_whole_ounces(bracket, ounces):
    """The tariff's names of brackets become exact limits."""
    assert builder.ounces(bracket) == ounces
