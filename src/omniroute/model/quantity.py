"""Quantities: units at the edge, integer quanta of the item inside."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from omniroute.codes import QUANTITY_MAX
from omniroute.errors import ValidationError
from omniroute.model.exact import from_scaled, to_scaled


def to_quanta(value: Any, decimals: int, path: str, positive: bool = True) -> int:
    """Return a quantity as an exact number of quanta, ``10**decimals`` to the unit.

    Parameters
    ----------
    value
        Units: ``int``, ``Decimal`` or ``float``. A float counts as the decimal it
        prints as; see `to_scaled`.
    decimals
        The item's decimals, 0 to 3.
    path
        Where it stood, for the message.
    positive
        Refuse zero and below (the default).

    Raises
    ------
    ValidationError
        Not a number (text, ``True``, NaN, infinity), finer than the item's quantum,
        not positive where it has to be, or more than a cell can hold.

    Examples
    --------
    >>> to_quanta(5.5, 2, "quantity")
    550
    >>> to_quanta(5.555, 2, "lines[0].quantity")
    Traceback (most recent call last):
        ...
    omniroute.errors.ValidationError: lines[0].quantity: expected at most 2 decimals, \
found 5.555
    """
    expected = "a number above 0" if positive else "a number"
    quanta = to_scaled(value, decimals, path, expected)
    if positive and quanta <= 0:
        raise ValidationError(path, expected, value)
    if abs(quanta) > QUANTITY_MAX:
        most = from_quanta(QUANTITY_MAX, decimals)
        raise ValidationError(path, f"at most {most} units", value)
    return quanta


def from_quanta(quanta: int, decimals: int) -> int | Decimal:
    """Return quanta as units: an ``int`` where the item has no decimals.

    Examples
    --------
    >>> from_quanta(40, 0), from_quanta(550, 2)
    (40, Decimal('5.5'))
    """
    if decimals == 0:
        return int(quanta)
    return from_scaled(int(quanta), decimals)


def whole_quanta(value: Any, decimals: int) -> int:
    """Return how many quanta fit into a quantity that was checked; see `to_quanta`.

    Examples
    --------
    >>> whole_quanta(0.29, 2), whole_quanta(2, 0), whole_quanta(0.5, 0)
    (29, 2, 0)
    """
    return to_scaled(value, 3, "quantity") // int(10 ** (3 - decimals))


def total_units(quantities: Iterable[int | Decimal]) -> int | Decimal:
    """Return the sum of quantities, exact under any decimal context.

    Examples
    --------
    >>> total_units([2, 3]), total_units([2, Decimal("0.125")])
    (5, Decimal('2.125'))
    """
    thousandths = sum(to_scaled(quantity, 3, "quantity") for quantity in quantities)
    whole, rest = divmod(thousandths, 1000)
    return from_scaled(thousandths, 3) if rest else whole


def check_quantity(value: Any, path: str) -> None:
    """Check what can be checked of an ordered quantity before its item is known.

    Raises
    ------
    ValidationError
        Not a finite number above zero.
    """
    # 3 decimals are the finest quantum; a coarser item refuses more, later.
    thousandths = to_scaled(value, 3, path, "a number above 0")
    if thousandths <= 0:
        raise ValidationError(path, "a number above 0", value)
    if thousandths > QUANTITY_MAX * 1000:
        raise ValidationError(path, f"at most {QUANTITY_MAX} units", value)
