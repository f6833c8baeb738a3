"""Figures of rules: numbers from nothing to a most, kept to so many decimals."""

from __future__ import annotations

from decimal import Decimal

from omniroute.codes import QUANTITY_MAX
from omniroute.errors import ConfigurationError
from omniroute.model.exact import Number, from_scaled, to_scaled


def figure(value: Number | None, path: str, decimals: int, most: int) -> Decimal | None:
    """Return the number if it lies from 0 to ``most``; ``None`` stays ``None``.

    Raises
    ------
    ConfigurationError
        Naming ``path``: not a number, finer than ``decimals``, or out of range.
    """
    if value is None:
        return None
    expected = f"a number from 0 to {most}"
    scaled = to_scaled(value, decimals, path, expected, ConfigurationError)
    if not 0 <= scaled <= most * 10**decimals:
        raise ConfigurationError(path, expected, value)
    return from_scaled(scaled, decimals)


def quantity_figure(value: Number | None) -> Decimal | None:
    """Units, to a thousandth."""
    return figure(value, "quantity", 3, QUANTITY_MAX)


def percent_figure(value: Number | None) -> Decimal | None:
    """Per cent, to a ten-thousandth."""
    return figure(value, "percent", 4, 100)
