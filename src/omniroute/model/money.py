"""Money: decimals at the edge, integers of 1/10,000 of the currency unit inside."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from omniroute.codes import SHORT_UNIT
from omniroute.errors import ConfigurationError, ValidationError
from omniroute.model.checks import Problem
from omniroute.model.exact import from_scaled, to_scaled

_DECIMALS = 4
_INT64_MAX = 2**63 - 1


def to_minor(value: Any, path: str, error: Problem = ValidationError) -> int:
    """Return an amount as integers of 1/10,000 of the currency unit.

    Parameters
    ----------
    value
        The amount, in the currency unit: ``Decimal``, ``int`` or ``float``. A float
        counts as the decimal it prints as.
    path
        Where it stood, for the message.
    error
        The class to raise.

    Raises
    ------
    ValidationError
        Not a number, finer than 1/10,000, or beyond 64 bits.

    Examples
    --------
    >>> to_minor(7.2, "price")
    72000
    >>> to_minor(Decimal("0.00001"), "price")
    Traceback (most recent call last):
        ...
    omniroute.errors.ValidationError: price: expected at most 4 decimals, \
found Decimal('0.00001')
    """
    minor = to_scaled(value, _DECIMALS, path, "an amount of money", error)
    if abs(minor) > _INT64_MAX:
        raise error(path, "an amount of money that fits 64 bits", value)
    return minor


def to_decimal(minor: int) -> Decimal:
    """Return an inside amount in the currency unit, exact, with two decimals or more.

    Examples
    --------
    >>> to_decimal(72_000), to_decimal(71_234)
    (Decimal('7.20'), Decimal('7.1234'))
    """
    return from_scaled(int(minor), _DECIMALS, least=2)


def total(amounts: Iterable[Decimal]) -> Decimal:
    """Return the sum of amounts, exact under any decimal context.

    Examples
    --------
    >>> from decimal import localcontext
    >>> with localcontext(prec=3):
    ...     total([Decimal("1000.01"), Decimal("0.02")])
    Decimal('1000.03')
    """
    return to_decimal(sum(to_minor(amount, "amount") for amount in amounts))


def minus(one: Decimal, other: Decimal) -> Decimal:
    """Return one amount less another, exact under any decimal context.

    Examples
    --------
    >>> minus(Decimal("14.65"), Decimal("12.60"))
    Decimal('2.05')
    """
    return to_decimal(to_minor(one, "amount") - to_minor(other, "amount"))


def cost(value: Any, path: str) -> Decimal:
    """Check a cost somebody declares: an exact amount, 0 or more.

    Costs stay below `codes.SHORT_UNIT`, so that no plan costs more than a missing unit
    weighs in a search.

    Raises
    ------
    ConfigurationError
        Not such an amount.
    """
    minor = to_minor(value, path, ConfigurationError)
    if not 0 <= minor < SHORT_UNIT:
        top = to_decimal(SHORT_UNIT)
        raise ConfigurationError(path, f"a cost from 0 to below {top}", value)
    return to_decimal(minor)
