"""The closure of a tariff, against one step of its own definition after another."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omniroute.model import parcels
from omniroute.model.parcels import close, lattice_unit


def step_by_step(steps, prices, steps_max):
    """The covering recurrence, one price at a time."""
    rows = []
    for row in np.array(prices).tolist():
        best = [0]
        for t in range(1, steps_max + 1):
            options = zip(steps, row, strict=True)
            best.append(min(p + best[max(0, t - s)] for s, p in options))
        rows.append([best[1], *best[1:]])
    return rows


@st.composite
def lattice_tariffs(draw):
    """Bracket sizes in steps, and prices for up to three zones."""
    steps = sorted(draw(st.sets(st.integers(1, 12), min_size=1, max_size=5)))
    zones = draw(st.integers(1, 3))
    row = st.lists(st.integers(0, 50), min_size=len(steps), max_size=len(steps))
    return steps, draw(st.lists(row, min_size=zones, max_size=zones))


@given(lattice_tariffs(), st.integers(1, 400))
def test_closed_prices_equal_the_recurrence_step_by_step(tariff, steps_max):
    """Array passes and the repeated pattern give what the recurrence gives."""
    steps, prices = tariff
    closed = close(steps, np.array(prices, np.int64), steps_max)
    assert closed.tolist() == step_by_step(steps, prices, steps_max)


@pytest.mark.parametrize("reach", [2, 3, 16])
def test_a_pattern_is_continued_only_once_it_repeats(monkeypatch, reach):
    """Looking for the pattern too early costs time, never a wrong price."""
    monkeypatch.setattr(parcels, "_REACH", reach)
    # 7 for 70 is the best by weight, but 11 for 111 wins here and there for long.
    steps, prices = [3, 7, 11], [[40, 70, 111], [1, 500, 501]]
    closed = close(steps, np.array(prices, np.int64), 600)
    assert closed.tolist() == step_by_step(steps, prices, 600)


@given(st.lists(st.fractions(Fraction(1, 50), 50), min_size=1, max_size=6))
def test_every_limit_is_a_whole_number_of_lattice_steps(limits):
    """The unit divides every limit, and no larger one does."""
    unit = lattice_unit(limits)
    multiples = [limit / unit for limit in limits]
    assert all(multiple.denominator == 1 for multiple in multiples)
    assert math.gcd(*(int(multiple) for multiple in multiples)) == 1
