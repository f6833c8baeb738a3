"""What somebody wants, and where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias

import attrs
import numpy as np
from attrs import field

from omniroute.errors import ValidationError
from omniroute.model.checks import flag, text, texts
from omniroute.model.destination import Destination
from omniroute.model.exact import Number
from omniroute.model.instant import Moment, to_datetime, to_seconds
from omniroute.model.money import to_decimal, to_minor
from omniroute.model.quantity import check_quantity


def _sku(value: str) -> str:
    return text(value, "sku")


def _flag(value: bool) -> bool:
    return flag(value, "substitutes")


@attrs.frozen
class OrderLine:
    """One SKU and how much of it.

    Parameters
    ----------
    sku
        Id of the item.
    quantity
        Units, above 0. Whether it is too fine for the item shows when it is routed.
    substitutes
        Whether the item's substitutes will do for what is short of it.

    Raises
    ------
    ValidationError
        An empty SKU, a quantity that is no finite number above 0, or no flag.

    Examples
    --------
    >>> OrderLine("BOLT", 2)
    OrderLine(sku='BOLT', quantity=2)
    """

    sku: str = field(converter=_sku)
    quantity: Number = field()
    substitutes: bool = field(default=False, converter=_flag, repr=False)

    @quantity.validator
    def _check_quantity(self, _: Any, value: Number) -> None:
        check_quantity(value, "quantity")


#: How the lines of an order may be given.
Lines: TypeAlias = Mapping[str, Number] | Iterable[OrderLine | tuple[str, Number]]


def _lines(value: Lines) -> tuple[OrderLine, ...]:
    expected = "a dict of SKU and quantity, or a sequence of lines"
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        raise ValidationError("lines", expected, value)
    members = value.items() if isinstance(value, Mapping) else value
    lines = tuple(_line(member, i) for i, member in enumerate(members))
    if not lines:
        raise ValidationError("lines", "at least one line", value)
    return lines


def _line(member: Any, i: int) -> OrderLine:
    if isinstance(member, OrderLine):
        return member
    if not isinstance(member, tuple | list) or len(member) != 2:
        raise ValidationError(f"lines[{i}]", "a pair of SKU and quantity", member)
    try:
        return OrderLine(*member)
    except ValidationError as error:
        raise error.under(f"lines[{i}]") from None


def _services(value: Iterable[str] | None) -> tuple[str, ...] | None:
    if value is None:
        return None
    names = texts(value, "services")
    if not names:
        expected = "at least one service, or None for all that deliver"
        raise ValidationError("services", expected, value)
    return names


def _exclude_nodes(value: Iterable[str]) -> tuple[str, ...]:
    return texts(value, "exclude_nodes")


def _id(value: str | None) -> str | None:
    return None if value is None else text(value, "id")


def _channel(value: str | None) -> str | None:
    return None if value is None else text(value, "channel")


def _value(value: Number | None) -> Decimal | None:
    if value is None:
        return None
    minor = to_minor(value, "value")
    if minor < 0:
        raise ValidationError("value", "an amount of money, 0 or more", value)
    return to_decimal(minor)


def _keep_together(value: Iterable[Iterable[str]]) -> tuple[tuple[str, ...], ...]:
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        raise ValidationError("keep_together", "a sequence of groups of SKUs", value)
    return tuple(
        texts(group, f"keep_together[{g}]") for g, group in enumerate(list(value))
    )


def _placed_at(value: Any) -> Any:
    if isinstance(value, np.datetime64):
        return to_datetime(to_seconds(value, "placed_at"))
    return value


def _due(value: Moment | None) -> datetime | None:
    return None if value is None else to_datetime(to_seconds(value, "due"))


def _collect_at(value: str | None) -> str | None:
    return None if value is None else text(value, "collect_at")


@attrs.frozen
class Order:
    """What somebody wants, where, and by which services.

    Parameters
    ----------
    lines
        `OrderLine` objects, (SKU, quantity) pairs, or a dict of them. Lines of one SKU
        are merged when the order is routed.
    destination
        Where it goes.
    services
        Names of the services admitted. None for all that deliver to the destination
        (kinds ``ship`` and ``same_day``); those that collect have to be named, unless
        the order says ``collect_at`` or the network offers nothing else.
    id
        The caller's own id, if there is one.
    collect_at
        Node id at which the customer wants to collect; None for any. A pick-up point is
        fed by other nodes, where a service of kind ``ship_to_store`` brings it there;
        so is another node, where the order admits no service that collects.
    exclude_nodes
        Ids of nodes that may not serve this order.
    placed_at
        When it was placed, timezone-aware.
    channel
        Name of the channel it came through; None for none.
    value
        What it is worth, in the currency unit: policies may ask how much that has to be
        before it is split.
    keep_together
        Groups of SKUs of its lines that are to leave from one node.
    needed_by
        A day, or a timezone-aware instant: services that arrive later are not admitted.
        Only where routing tells dates (`Network.dated`). A parcel that arrives on a day
        has arrived by its end. Under a policy whose ``needed_by`` is ``"soft"`` it is no
        limit, has a price, and is for any network.
    due
        When its units are wanted at the nodes that send them: an aware datetime, or
        seconds UTC. None for at once. What is on its way counts if it is there by then.

    Raises
    ------
    ValidationError
        An empty order, a bad line, a naive datetime; the path says which.

    Examples
    --------
    >>> order = Order({"BOLT": 2, "NUT": 4}, Destination(postcode="55425"))
    >>> order.lines[1]
    OrderLine(sku='NUT', quantity=4)
    """

    lines: tuple[OrderLine, ...] = field(converter=_lines)
    destination: Destination = field()
    services: tuple[str, ...] | None = field(default=None, converter=_services)
    id: str | None = field(default=None, converter=_id)
    collect_at: str | None = field(default=None, converter=_collect_at)
    exclude_nodes: tuple[str, ...] = field(default=(), converter=_exclude_nodes)
    placed_at: datetime | None = field(default=None, converter=_placed_at)
    channel: str | None = field(default=None, converter=_channel)
    value: Decimal | None = field(default=None, converter=_value)
    keep_together: tuple[tuple[str, ...], ...] = field(
        default=(), converter=_keep_together
    )

    @keep_together.validator
    def _check_keep_together(self, _: Any, value: tuple[tuple[str, ...], ...]) -> None:
        named = {line.sku for line in self.lines}
        for g, group in enumerate(value):
            for j, sku in enumerate(group):
                if sku not in named:
                    path = f"keep_together[{g}][{j}]"
                    raise ValidationError(path, "a SKU of the order", sku)

    needed_by: date | None = field(default=None, repr=False)

    @needed_by.validator
    def _check_needed_by(self, _: Any, value: date | None) -> None:
        if value is None:
            return
        if not isinstance(value, date):
            expected = "a date, or a datetime with a time zone"
            raise ValidationError("needed_by", expected, value)
        if isinstance(value, datetime):
            to_seconds(value, "needed_by")

    due: datetime | None = field(default=None, converter=_due, repr=False)

    @destination.validator
    def _check_destination(self, _: Any, value: Destination) -> None:
        if not isinstance(value, Destination):
            raise ValidationError("destination", "a Destination", value)

    @placed_at.validator
    def _check_placed_at(self, _: Any, value: datetime | None) -> None:
        if value is None:
            return
        if not isinstance(value, datetime):
            raise ValidationError("placed_at", "a datetime with a time zone", value)
        to_seconds(value, "placed_at")
