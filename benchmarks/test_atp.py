"""How long does it take to say what can be promised by date?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from benchmarks.cases_atp import asking, dated
from benchmarks.rivals import numpy_look_ahead
from omniroute.codes import ATP_RULES

CELLS = (2_000, 100_000)


@pytest.mark.parametrize("cells", CELLS)
def test_look_ahead(benchmark: Any, cells: int) -> None:
    lines, stock = dated(cells)
    found = benchmark(asking(lines))
    assert np.array_equal(found.quanta, numpy_look_ahead(stock))


@pytest.mark.parametrize("cells", CELLS)
def test_look_ahead_by_numpy(benchmark: Any, cells: int) -> None:
    _, stock = dated(cells)
    assert benchmark(numpy_look_ahead, stock).shape == (cells, 28)


@pytest.mark.parametrize("name", ATP_RULES)
def test_rule(benchmark: Any, name: str) -> None:
    lines, _ = dated(2_000)
    assert benchmark(asking(lines, name)).quanta.any()


def test_earliest(benchmark: Any) -> None:
    found = asking(dated(2_000)[0])()
    assert (benchmark(found.earliest_by_cell, 40) >= 0).any()


def test_explain(benchmark: Any) -> None:
    found = asking(dated(2_000)[0])()
    assert benchmark(found.explain, 17).entries
