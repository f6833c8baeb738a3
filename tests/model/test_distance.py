"""Kilometres at the edge, metres inside."""

from __future__ import annotations

from decimal import Decimal

import pytest

from omniroute.errors import ConfigurationError
from omniroute.model.distance import kilometres, to_metres


def test_kilometres_become_whole_metres():
    """Exactly, whichever way the number is spelled."""
    assert [to_metres(v, "r") for v in (40, 2.5, Decimal("0.001"))] == [40_000, 2500, 1]
    assert kilometres(None, "r") is None
    assert kilometres(2.50, "r") == Decimal("2.5")


@pytest.mark.parametrize(
    "value", [0, -1, 25_001, 0.0001, float("nan"), float("inf"), "40", True]
)
def test_what_is_no_distance_on_earth_is_refused(value):
    """Zero, finer than a metre, farther than the other side of the world."""
    with pytest.raises(ConfigurationError, match="^radius_km: expected"):
        to_metres(value, "radius_km")
