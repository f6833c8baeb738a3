"""Numbers to exact integers and back."""

from __future__ import annotations

import decimal
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omniroute.errors import ValidationError
from omniroute.model.exact import from_scaled, to_scaled


@given(st.integers(-(10**20), 10**20), st.integers(0, 4))
def test_a_number_goes_out_and_comes_back(scaled, decimals):
    """from_scaled and to_scaled undo each other, whatever the size."""
    assert to_scaled(from_scaled(scaled, decimals), decimals, "x") == scaled


@given(st.integers(-(10**9), 10**9))
def test_a_float_counts_as_the_decimal_it_prints_as(cents):
    """Every price in cents that a float can print comes in as that price."""
    assert to_scaled(cents / 100, 2, "x") == cents


@pytest.mark.parametrize(
    ("value", "scaled"),
    [
        (7, 70_000),
        (np.int32(7), 70_000),
        (np.float64(0.1), 1_000),
        (Decimal("0.0001"), 1),
        (Decimal("1e3"), 10_000_000),
        (Decimal("-0"), 0),
        (-0.0, 0),
        (Decimal("1.00000000"), 10_000),
    ],
)
def test_every_spelling_of_a_number_is_read(value, scaled):
    """Integers, decimals and floats, plain and numpy's."""
    assert to_scaled(value, 4, "x") == scaled


@pytest.mark.parametrize(
    "value",
    [
        "7",
        None,
        True,
        np.True_,
        1j,
        [7],
        float("nan"),
        float("inf"),
        Decimal("NaN"),
        Decimal("sNaN"),
        Decimal("-Infinity"),
    ],
)
def test_what_is_no_number_is_refused(value):
    """Text that looks like a number is not one; nor are NaN, infinity and truth."""
    with pytest.raises(
        ValidationError, match="^x: expected a number, (not text, )?found"
    ):
        to_scaled(value, 4, "x")


@pytest.mark.parametrize("value", [0.00001, Decimal("1.23456"), Decimal("1e-999999")])
def test_finer_than_the_scale_is_refused_and_not_rounded(value):
    """Half a unit of money is nobody's."""
    with pytest.raises(ValidationError, match="at most 4 decimals"):
        to_scaled(value, 4, "x")


def test_an_absurd_exponent_is_refused_before_it_is_expanded():
    """A hostile number takes no memory."""
    with pytest.raises(ValidationError, match="sensible size"):
        to_scaled(Decimal("1e999999"), 4, "x")


def test_a_decimal_context_of_the_caller_does_not_round():
    """Amounts stay exact where somebody computes with three digits."""
    with decimal.localcontext() as context:
        context.prec = 3
        assert to_scaled(Decimal("12345.6789"), 4, "x") == 123_456_789
        assert str(from_scaled(123_456_789, 4)) == "12345.6789"


def test_trailing_zeros_go_down_to_the_least_decimals():
    """Prices keep their cents, quantities lose what says nothing."""
    out = [str(from_scaled(n, 4, least=2)) for n in (0, 5, 70_000, -71_000, 71_234)]
    assert out == ["0.00", "0.0005", "7.00", "-7.10", "7.1234"]
    assert str(from_scaled(2_000, 3)) == "2"
