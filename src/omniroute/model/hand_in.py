"""What somebody brings back, and where."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import attrs
from attrs import field

from omniroute.codes import ON_HAND, SHORT_UNIT
from omniroute.errors import ValidationError
from omniroute.model.checks import text
from omniroute.model.destination import Destination
from omniroute.model.exact import Number
from omniroute.model.money import to_decimal, to_minor
from omniroute.model.quantity import check_quantity


def _sku(value: str) -> str:
    return text(value, "sku")


def _at(value: str | Destination) -> str | Destination:
    return value if isinstance(value, Destination) else text(value, "at")


def _value(value: Number) -> Decimal:
    minor = to_minor(value, "value")
    if not 0 <= minor < SHORT_UNIT:
        expected = f"an amount from 0 to below {to_decimal(SHORT_UNIT)}"
        raise ValidationError("value", expected, value)
    return to_decimal(minor)


def _state(value: str) -> str:
    return text(value, "state")


def _id(value: str | None) -> str | None:
    return None if value is None else text(value, "id")


@attrs.frozen
class HandIn:
    """Units of one SKU that come back together, and where they are handed in.

    Parameters
    ----------
    sku
        Id.
    quantity
        Units, above 0. They go to one place together.
    at
        Id of the node where they are handed in, or the `Destination` they are sent
        back from.
    value
        What a unit sells for, in the currency unit: what its worth is a share of.
    state
        ``"on_hand"`` if fit for sale, or the reason why not: ``"damaged"``,
        ``"quality_hold"`` or a name of your own.
    id
        What it is known by; needed to book it.

    Raises
    ------
    ValidationError
        One of these cannot be.

    Examples
    --------
    >>> HandIn("COAT", 1, "AUSTIN", value=80, state="damaged").value
    Decimal('80.00')
    """

    sku: str = field(converter=_sku)
    quantity: Number = field()
    at: str | Destination = field(converter=_at)
    value: Decimal = field(converter=_value, kw_only=True)
    state: str = field(default=ON_HAND, converter=_state, kw_only=True)
    id: str | None = field(default=None, converter=_id, kw_only=True)

    @quantity.validator
    def _check_quantity(self, _: Any, value: Number) -> None:
        check_quantity(value, "quantity")
