"""Numbers from outside to exact integers inside, with no detour over floats."""

from __future__ import annotations

import numbers
from decimal import Decimal
from typing import Any, TypeAlias

from omniroute.errors import ValidationError
from omniroute.model.checks import Problem

#: What a caller may pass where money or a quantity is asked for.
Number: TypeAlias = int | float | Decimal

#: Powers of ten beyond which a number is not worth expanding: ``Decimal("1e999999")``
#: would take a megabyte as an integer.
_EXPONENT_MAX = 40


def to_scaled(
    value: Any,
    decimals: int,
    path: str,
    expected: str = "a number",
    error: Problem = ValidationError,
) -> int:
    """Return ``value * 10**decimals`` as an exact integer.

    A float counts as the decimal it prints as: 0.1 is one tenth, not the binary
    fraction next to it. That is a float of 64 bits; one of 32 or 16 is widened first,
    in a frame as here, and ``numpy.float32(0.1)`` is then no tenth.

    Parameters
    ----------
    value
        An integer, a `decimal.Decimal` or a float, plain or numpy's.
    decimals
        How many decimals are kept.
    path, expected
        For the message.
    error
        The class to raise.

    Raises
    ------
    ValidationError
        Not a number (text, ``True``, NaN, infinity), or finer than ``decimals``.

    Examples
    --------
    >>> to_scaled(0.1, 4, "price"), to_scaled(3, 0, "quantity")
    (1000, 3)
    """
    if isinstance(value, numbers.Integral) and not isinstance(value, bool):
        return int(value) * int(10**decimals)
    number = _as_decimal(value, path, expected, error)
    if number == 0:
        return 0
    if number.adjusted() > _EXPONENT_MAX:
        raise error(path, "a number of a sensible size", value)
    if number.adjusted() >= -_EXPONENT_MAX:
        top, bottom = number.as_integer_ratio()
        scaled, rest = divmod(top * int(10**decimals), bottom)
        if rest == 0:
            return scaled
    hint = "" if isinstance(value, float | Decimal) else f"that is {number}"
    raise error(path, f"at most {decimals} decimals", value, hint)


def _as_decimal(value: Any, path: str, expected: str, error: Problem) -> Decimal:
    if isinstance(value, Decimal):
        number = value
    elif isinstance(value, str | bytes):
        raise error(path, f"{expected}, not text", value)
    elif isinstance(value, numbers.Real) and not isinstance(value, bool):
        number = Decimal(repr(_as_float(value, path, error)))
    else:
        raise error(path, expected, value)
    if not number.is_finite():
        raise error(path, expected, value)
    return number


def _as_float(value: Any, path: str, error: Problem) -> float:
    try:
        return float(value)
    except OverflowError:
        # A fraction beyond all floats.
        raise error(path, "a number of a sensible size", value) from None


def from_scaled(scaled: int, decimals: int, least: int = 0) -> Decimal:
    """Return ``scaled / 10**decimals``, exact under any decimal context.

    Trailing zeros go, down to ``least`` decimals.

    Examples
    --------
    >>> from_scaled(72_000, 4, least=2), from_scaled(5_500, 3)
    (Decimal('7.20'), Decimal('5.5'))
    """
    sign = "-" if scaled < 0 else ""
    digits = str(abs(scaled)).rjust(decimals + 1, "0")
    point = len(digits) - decimals
    kept = digits[point:].rstrip("0").ljust(least, "0")
    return Decimal(f"{sign}{digits[:point]}.{kept}" if kept else sign + digits[:point])
