"""What a member of a set can send within a bracket: beside all sums of its lines."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from omniroute.kernels.cover.reach import _add
from omniroute.kernels.cover.sets import SUMS_MAX
from tests.conftest import WITHOUT_JIT

plain = pytest.mark.skipif(not WITHOUT_JIT, reason="a helper: called as plain Python")


class Budget:
    """A case as far as effort is counted."""

    goal = np.zeros(8, np.int64)


def sums_of(items: list[tuple[int, int, int]]) -> list[int] | None:
    """Every load that can be made of (least, most, grams), rising; by the kernel."""
    sums = np.zeros((2, SUMS_MAX), np.int64)
    n = 1
    for least, most, grams in items:
        n = _add(Budget, sums, n, least * grams, most - least, grams)
        if n == 0:
            return None
    return sums[0, :n].tolist()


@plain
@pytest.mark.parametrize("seed", range(40))
def test_loads_are_all_the_sums_of_what_must_and_may_be_sent(seed):
    rng = np.random.Generator(np.random.PCG64([101, seed]))
    items = []
    for _ in range(int(rng.integers(1, 4))):
        least = int(rng.integers(0, 3))
        items.append((least, least + int(rng.integers(0, 6)), int(rng.integers(0, 40))))
    ways = product(*(range(least, most + 1) for least, most, _ in items))
    loads = {
        sum(q * g for q, (_, _, g) in zip(way, items, strict=True)) for way in ways
    }
    assert sums_of(items) == sorted(loads)


@plain
def test_too_many_loads_are_not_listed():
    items = [(0, 1, 1 << x) for x in range(10)]
    assert sums_of(items) is None
    assert len(sums_of(items[:8])) == SUMS_MAX
