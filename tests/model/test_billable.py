"""What is billed for things that are large for their weight."""

from __future__ import annotations

import pytest

import omniroute as om


@pytest.mark.parametrize(
    ("weight_g", "volume_cm3", "divisor", "billed_g"),
    [
        (400, 6_000, 5_000, 1_200),
        (1_200, 6_000, 5_000, 1_200),
        (1_201, 6_000, 5_000, 1_201),
        (0, 0, 5_000, 0),
        (0, 0.001, 5_000, 1),
        (0, 5_021, 5_021, 1_000),
        (0, 5_021.001, 5_021, 1_001),
    ],
)
def test_the_greater_of_weight_and_size_rounded_up(
    weight_g, volume_cm3, divisor, billed_g
):
    """To the gram, exactly."""
    assert om.billable_weight_g(weight_g, volume_cm3, divisor) == billed_g


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ((-1, 5), "weight_g"),
        ((1, -5), "volume_cm3"),
        ((1, "5"), "volume_cm3"),
        ((1, 0.0001), "volume_cm3"),
        ((1, 10**10), "volume_cm3"),
        ((1, 5, 0), "divisor"),
    ],
)
def test_what_cannot_be_is_named(values, path):
    """Each says which."""
    with pytest.raises(om.ValidationError, match=path):
        om.billable_weight_g(*values)
