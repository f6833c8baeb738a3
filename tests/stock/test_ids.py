"""Ids are numbered in order, never twice, and hash the same everywhere."""

from __future__ import annotations

import pytest

from omniroute.errors import ConfigurationError, UnknownNodeError, UnknownSkuError
from omniroute.stock.ids import Catalogue, Ids, text_hash
from tests.naive.stock import hashed


def test_ids_are_numbered_in_order_of_arrival():
    """Numbers are dense and never change."""
    ids = Ids(["b", "a"])
    ids.extend(["c"])
    assert ids.texts == ["b", "a", "c"]
    assert ids.numbers == {"b": 0, "a": 1, "c": 2}
    assert len(ids) == 3


@pytest.mark.parametrize("bad", ["a", "", 7, None, "x" * 201, "\ud800"])
def test_a_bad_or_repeated_id_adds_nothing(bad):
    """The error names the place, and the ids before it are not added either."""
    ids = Ids(["a"], "sku_ids")
    with pytest.raises(ConfigurationError, match=r"sku_ids\[1\]"):
        ids.extend(["b", bad])
    assert ids.texts == ["a"]


def test_an_id_repeated_within_one_call_is_refused():
    """Not only against ids known before."""
    with pytest.raises(ConfigurationError, match=r"ids\[2\]"):
        Ids(["a", "b", "a"])


def test_hashes_follow_the_ids_as_they_are_added():
    """Hashes are blake2b of the bytes, also for ids that came later."""
    ids = Ids(["a"])
    assert ids.hashes()[:1].tolist() == [hashed("a")]
    ids.extend(["é", "c"])
    assert ids.hashes()[:3].tolist() == [hashed("a"), hashed("é"), hashed("c")]
    assert (
        text_hash("a") == 0x2F42665B399EF840
    )  # as b2sum -l 64 says, read little-endian


def test_a_catalogue_looks_up_both_kinds_and_names_what_is_missing():
    """Unknown ids say what kind they are and where they stood."""
    catalogue = Catalogue(["N"], ["S"])
    assert (catalogue.sku("S"), catalogue.node("N")) == (0, 0)
    with pytest.raises(UnknownSkuError, match=r"lines\[0\].sku: unknown SKU 'N'"):
        catalogue.sku("N", "lines[0].sku")
    for bad in ("S", None, ["N"]):
        with pytest.raises(UnknownNodeError):
            catalogue.node(bad)


@pytest.mark.parametrize(
    "bad", [[1], [4, 0], [-1, 0], [0.5, 0], ["1", "0"], [True, False]]
)
def test_decimals_are_checked_and_nothing_is_added(bad):
    """One entry a SKU, whole, 0 to 3."""
    catalogue = Catalogue(["N"], ["S"], [2])
    with pytest.raises(ConfigurationError, match="decimals"):
        catalogue.add_skus(["A", "B"], bad)
    assert (len(catalogue.skus), catalogue.decimals.tolist()) == (1, [2])


def test_decimals_default_to_whole_units():
    """SKUs added without decimals count pieces."""
    catalogue = Catalogue(["N"], ["S"], [2])
    catalogue.add_skus(["A", "B"])
    assert catalogue.decimals.tolist() == [2, 0, 0]
