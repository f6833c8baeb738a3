"""Money in and out."""

from __future__ import annotations

from decimal import Decimal

import pytest

from omniroute.codes import SHORT_UNIT
from omniroute.errors import ConfigurationError, ValidationError
from omniroute.model.money import cost, to_decimal, to_minor


def test_money_is_integers_of_a_ten_thousandth():
    """However it is spelled, the same amount is the same integer."""
    spelled = [to_minor(v, "price") for v in (7.2, Decimal("7.20"), Decimal("7.2"))]
    assert spelled == [72_000] * 3
    assert to_minor(-3, "credit") == -30_000


def test_money_comes_out_exact_with_cents():
    """Two decimals or more, never a rounded one."""
    assert [str(to_decimal(n)) for n in (72_000, 71_234, 0)] == [
        "7.20",
        "7.1234",
        "0.00",
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.00001, "at most 4 decimals"),
        ("7.20", "an amount of money"),
        (float("nan"), "an amount of money"),
        (2**63, "64 bits"),
    ],
)
def test_what_is_no_amount_is_refused(value, expected):
    """The message names the path and what was wanted."""
    with pytest.raises(ValidationError, match=f"^price: .*{expected}"):
        to_minor(value, "price")


def test_costs_are_zero_or_more_and_below_what_a_missing_unit_weighs():
    """Beyond that, a search would rather leave a unit out than pay."""
    top = to_decimal(SHORT_UNIT)
    assert cost(top - Decimal("0.0001"), "line_cost") < top
    for value in (Decimal("-0.0001"), top):
        with pytest.raises(ConfigurationError, match="^line_cost: expected a cost"):
            cost(value, "line_cost")
