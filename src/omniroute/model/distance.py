"""Distances: kilometres at the edge, whole metres inside."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from omniroute.errors import ConfigurationError
from omniroute.model.exact import from_scaled, to_scaled

#: More than half way round the Earth.
KM_MAX: Final = 25_000


def to_metres(value: Any, path: str) -> int:
    """Return kilometres as whole metres.

    Raises
    ------
    ConfigurationError
        Not above 0, farther than anything on Earth, or finer than a metre.

    Examples
    --------
    >>> to_metres(2.5, "radius_km")
    2500
    """
    expected = f"kilometres above 0, at most {KM_MAX}"
    metres = to_scaled(value, 3, path, expected, ConfigurationError)
    if not 0 < metres <= KM_MAX * 1000:
        raise ConfigurationError(path, expected, value)
    return metres


def from_metres(metres: int) -> Decimal:
    """Return whole metres as kilometres, exact under any decimal context.

    Examples
    --------
    >>> from_metres(2_500)
    Decimal('2.500')
    """
    return from_scaled(int(metres), 3, least=3)


def kilometres(value: Any, path: str) -> Decimal | None:
    """Check a distance that may be left out, as an exact number of kilometres."""
    return None if value is None else from_scaled(to_metres(value, path), 3)
