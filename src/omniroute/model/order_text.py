"""An order as a text that a journal can keep, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import attrs

from omniroute.errors import ValidationError
from omniroute.model.destination import Destination
from omniroute.model.order import Order, OrderLine

#: What an order is made of, by the name it has in the text.
_KINDS: dict[str, type] = {
    kind.__name__: kind for kind in (Order, OrderLine, Destination)
}


def order_text(order: Order) -> str:
    """Return an order as one line of JSON: the same text for equal orders.

    What is as by default is left out.

    Raises
    ------
    ValidationError
        It has something in it that no text is known for.

    Examples
    --------
    >>> text = order_text(Order({"BOLT": 2}, Destination(postcode="55425"), id="A-1"))
    >>> order_of(text).lines
    (OrderLine(sku='BOLT', quantity=2),)
    """
    plain = _plain(order, "order")
    return json.dumps(plain, sort_keys=True, separators=(",", ":"))


def order_of(text: str) -> Order:
    """Return the order that `order_text` has put down."""
    found = _revived(json.loads(text))
    assert isinstance(found, Order)
    return found


def _plain(value: Any, path: str) -> Any:
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    if isinstance(value, datetime):
        return {"at": value.isoformat()}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    if isinstance(value, tuple | list):
        return [_plain(member, f"{path}[{i}]") for i, member in enumerate(value)]
    name = type(value).__name__
    if _KINDS.get(name) is type(value):
        return {"is": name, **_fields(value, path)}
    raise ValidationError(path, "texts, numbers, times, or lines of them", value)


def _fields(value: Any, path: str) -> dict[str, Any]:
    """Return the fields that are not as by default."""
    return {
        known.name: _plain(own, f"{path}.{known.name}")
        for known in attrs.fields(type(value))
        if (own := getattr(value, known.name)) != known.default
    }


def _revived(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_revived(member) for member in value)
    if not isinstance(value, Mapping):
        return value
    if "decimal" in value:
        return Decimal(value["decimal"])
    if "at" in value:
        return datetime.fromisoformat(value["at"])
    if "day" in value:
        return date.fromisoformat(value["day"])
    own = {name: _revived(member) for name, member in value.items() if name != "is"}
    return _KINDS[value["is"]](**own)
