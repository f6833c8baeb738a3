"""One cell's share of a reservation."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import attrs
from attrs import field

from omniroute.model.checks import text
from omniroute.model.exact import Number
from omniroute.model.instant import Moment, to_datetime, to_seconds
from omniroute.model.quantity import check_quantity


def _sku(value: str) -> str:
    return text(value, "sku")


def _node(value: str | None) -> str | None:
    return None if value is None else text(value, "node")


def _due(value: Moment | None) -> datetime | None:
    return None if value is None else to_datetime(to_seconds(value, "due"))


@attrs.frozen(repr=False)
class HoldLine:
    """So many units of one SKU at one node, now or from some time on.

    Parameters
    ----------
    sku, node
        Ids. A node of None is no node yet: units of the network as a whole.
    quantity
        Units, above 0.
    due
        When they are wanted: an aware datetime, or seconds UTC. None for at once.

    Raises
    ------
    ValidationError
        An empty id, a quantity that is no finite number above 0, or no such time.

    Examples
    --------
    >>> HoldLine("BOLT", "1000", 2)
    HoldLine(sku='BOLT', node='1000', quantity=2)
    """

    sku: str = field(converter=_sku)
    node: str | None = field(converter=_node)
    quantity: Number = field()
    due: datetime | None = field(default=None, converter=_due)

    def __repr__(self) -> str:
        due = "" if self.due is None else f", due={self.due:%Y-%m-%d %H:%M:%S}Z"
        parts = f"sku={self.sku!r}, node={self.node!r}, quantity={self.quantity!r}"
        return f"HoldLine({parts}{due})"

    @quantity.validator
    def _check_quantity(self, _: Any, value: Number) -> None:
        check_quantity(value, "quantity")
