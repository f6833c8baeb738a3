"""Quantities in and out."""

from __future__ import annotations

from decimal import Decimal

import pytest

from omniroute.codes import QUANTITY_MAX
from omniroute.errors import ValidationError
from omniroute.model.quantity import check_quantity, from_quanta, to_quanta

BAD = ["2", True, None, float("nan"), float("inf"), 0, -1, -0.5, Decimal(0)]


@pytest.mark.parametrize(
    ("value", "decimals", "quanta"),
    [(2, 0, 2), (2.0, 0, 2), (5.5, 1, 55), (0.1, 3, 100), (Decimal("0.001"), 3, 1)],
)
def test_units_become_quanta_of_the_item(value, decimals, quanta):
    """10**decimals quanta to the unit, exactly."""
    assert to_quanta(value, decimals, "quantity") == quanta


@pytest.mark.parametrize("value", BAD)
def test_a_quantity_is_a_number_above_zero(value):
    """Where it is ordered and where it is turned into quanta, in the same words."""
    expected = "^quantity: expected a number above 0"
    with pytest.raises(ValidationError, match=expected):
        to_quanta(value, 2, "quantity")
    with pytest.raises(ValidationError, match=expected):
        check_quantity(value, "quantity")


def test_corrections_may_be_negative_or_zero():
    """Only where the caller says so."""
    assert to_quanta(-1.5, 1, "quantity", positive=False) == -15
    assert to_quanta(0, 1, "quantity", positive=False) == 0


@pytest.mark.parametrize(("value", "decimals"), [(1.5, 0), (0.005, 2), (1.0001, 3)])
def test_finer_than_the_item_is_refused(value, decimals):
    """Half a piece cannot be sold, and nothing is rounded."""
    with pytest.raises(ValidationError, match=f"at most {decimals} decimals"):
        to_quanta(value, decimals, "quantity")


def test_more_than_a_cell_can_hold_is_refused():
    """The bound is in quanta, so it is lower for what is sold by weight."""
    assert to_quanta(QUANTITY_MAX, 0, "quantity") == QUANTITY_MAX
    for value, decimals in ((QUANTITY_MAX + 1, 0), (2_147_484, 3)):
        with pytest.raises(ValidationError, match="^quantity: expected at most"):
            to_quanta(value, decimals, "quantity")
    with pytest.raises(ValidationError, match="^quantity: expected at most"):
        check_quantity(10**12, "quantity")


def test_quanta_come_out_as_units():
    """Pieces as integers, the rest as exact decimals."""
    assert (from_quanta(40, 0), type(from_quanta(40, 0))) == (40, int)
    assert from_quanta(550, 2) == Decimal("5.5")
    assert from_quanta(-5, 3) == Decimal("-0.005")
