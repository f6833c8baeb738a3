"""What carriers bill for things that are large for their weight."""

from __future__ import annotations

from typing import Final

from omniroute.errors import ValidationError
from omniroute.model.checks import whole
from omniroute.model.exact import Number, to_scaled

#: Cubic centimetres that count as a kilogram: what most carriers use between countries.
DIVISOR: Final = 5_000
_VOLUME_MAX_CM3: Final = 10**9
_DECIMALS: Final = 3


def billable_weight_g(weight_g: int, volume_cm3: Number, divisor: int = DIVISOR) -> int:
    """Return what a unit counts as in rates: its weight, or its size as a weight.

    Parameters
    ----------
    weight_g
        Whole grams.
    volume_cm3
        Cubic centimetres of the unit as it is packed, to three decimals.
    divisor
        Cubic centimetres that the carrier counts as a kilogram: 5,000 for many; 139 cubic
        inches a pound are 5,021.

    Returns
    -------
    int
        Whole grams, rounded up: what to say as `Item.weight_g`.

    Raises
    ------
    ValidationError
        One of them is no number, or out of range.

    Notes
    -----
    Carriers compare the sums of a parcel, this the units: a parcel of bulky and of heavy
    things together is then counted higher than it is billed, never lower.

    Examples
    --------
    >>> billable_weight_g(400, 30 * 20 * 10), billable_weight_g(4000, 30 * 20 * 10)
    (1200, 4000)
    """
    grams = whole(weight_g, "weight_g", 0, 2**31 - 1)
    size = to_scaled(volume_cm3, _DECIMALS, "volume_cm3")
    expected = f"from 0 to {_VOLUME_MAX_CM3:,}"
    if not 0 <= size <= _VOLUME_MAX_CM3 * 10**_DECIMALS:
        raise ValidationError("volume_cm3", expected, volume_cm3)
    per_kg = whole(divisor, "divisor", 1, 10**6)
    return max(grams, -(-size // per_kg))
