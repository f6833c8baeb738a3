"""One cell's share of a reservation."""

from __future__ import annotations

from typing import Any

import attrs
from attrs import field

from omniroute.model.checks import text
from omniroute.model.exact import Number
from omniroute.model.quantity import check_quantity


def _sku(value: str) -> str:
    return text(value, "sku")


def _node(value: str) -> str:
    return text(value, "node")


@attrs.frozen
class HoldLine:
    """So many units of one SKU at one node.

    Parameters
    ----------
    sku, node
        Ids.
    quantity
        Units, above 0.

    Raises
    ------
    ValidationError
        An empty id, or a quantity that is no finite number above 0.

    Examples
    --------
    >>> HoldLine("BOLT", "1000", 2)
    HoldLine(sku='BOLT', node='1000', quantity=2)
    """

    sku: str = field(converter=_sku)
    node: str = field(converter=_node)
    quantity: Number = field()

    @quantity.validator
    def _check_quantity(self, _: Any, value: Number) -> None:
        check_quantity(value, "quantity")
