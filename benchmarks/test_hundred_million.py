"""The case of a hundred million cells, on twenty thousand: it measures what it says."""

from __future__ import annotations

import numpy as np

from benchmarks import hundred_million


def test_the_cells_are_as_many_as_they_should_be_and_each_once() -> None:
    parts = list(hundred_million.chunks(200, 100, 10, 300))
    sku, node, quantity = (
        np.concatenate(columns) for columns in zip(*parts, strict=True)
    )
    assert len(sku) == len(set(zip(sku.tolist(), node.tolist(), strict=True))) == 2_000
    assert node.min() >= 0
    assert node.max() < 100
    assert quantity.min() > 0


def test_ours_and_the_rival_hold_the_same_cells() -> None:
    size = (2_500, 100, 8, 3_000)
    mine, theirs = hundred_million.ours(*size), hundred_million.dicts(*size)
    assert mine["cells"] == theirs["cells"] == 20_000
    assert mine["built_bytes"] <= mine["peak_bytes"]
    assert mine["reserve_p50_ns"] > 0
