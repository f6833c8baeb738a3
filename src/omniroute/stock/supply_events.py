"""Events about what lies beside the cells: unavailable units, inbound, transfers."""

from __future__ import annotations

from typing import Any, TypeAlias

import attrs
from attrs import field

from omniroute.codes import ON_HAND
from omniroute.errors import ValidationError
from omniroute.model.checks import text
from omniroute.model.exact import Number
from omniroute.model.instant import Moment, to_seconds
from omniroute.stock.any_event import (
    AnyEvent,
    check_lot_on_hand,
    check_sell_by,
    check_units,
    state_name,
)


def _id(value: str) -> str:
    return text(value, "id")


def _sku(value: str) -> str:
    return text(value, "sku")


def _node(value: str) -> str:
    return text(value, "node")


def _from_node(value: str) -> str:
    return text(value, "from_node")


def _to_node(value: str) -> str:
    return text(value, "to_node")


def _from_state(value: str) -> str:
    return state_name(value, "from_state")


def _to_state(value: str) -> str:
    return state_name(value, "to_state")


def _type(value: str) -> str:
    return text(value, "type")


def _check_units(_: Any, __: Any, value: Number) -> None:
    check_units(value)


def _check_some(_: Any, __: Any, value: Number | None) -> None:
    if value is not None:
        check_units(value)


def _check_due(_: Any, __: Any, value: Moment) -> None:
    to_seconds(value, "due")


@attrs.frozen(repr=False)
class Move(AnyEvent):
    """Units of a cell change their state: fit for sale, or not for some reason.

    Parameters
    ----------
    sku, node
        Ids.
    quantity
        Units, above 0.
    from_state, to_state
        "on_hand", or the reason for which they cannot be sold: "damaged",
        "quality_hold", "display" or a name of your own.
    sell_by
        Of which lot they are, where one of the states is "on_hand"; None for what ends
        first, or units that do not end.
    at, event_id, source, sequence
        As for `AnyEvent`.

    Raises
    ------
    ValidationError
        An empty id, a quantity that is no such number, a naive datetime, one state
        twice.

    Examples
    --------
    >>> Move("BOLT", "1000", 2, "on_hand", "damaged").to_state
    'damaged'
    """

    sku: str = field(converter=_sku)
    node: str = field(converter=_node)
    quantity: Number = field(validator=_check_units)
    from_state: str = field(converter=_from_state)
    to_state: str = field(converter=_to_state)
    sell_by: Moment | None = field(  # type: ignore[misc]
        default=None, kw_only=True, validator=check_sell_by
    )

    def __attrs_post_init__(self) -> None:
        check_lot_on_hand(self.sell_by, self.from_state, self.to_state)

    @to_state.validator
    def _check_states(self, _: Any, value: str) -> None:
        if value == self.from_state:
            raise ValidationError("to_state", "another state than from_state", value)


@attrs.frozen(repr=False)
class Expect(AnyEvent):
    """Units are on their way to a node.

    Parameters
    ----------
    id
        What the delivery is known by: an order number, say. The same again changes
        nothing; the id with other content is refused.
    sku, node
        Ids.
    quantity
        Units, above 0.
    due
        When they should be there: an aware datetime or seconds UTC.
    type
        "purchase_order", "transfer", "production", "return" or a name of your own.
    sell_by
        The lot that they will be; None for units that do not end. If that is not after
        they are due, nobody is promised any of them.
    at, event_id, source, sequence
        As for `AnyEvent`.

    Raises
    ------
    ValidationError
        An empty id, a quantity that is no such number, a naive datetime.

    Examples
    --------
    >>> Expect("PO-7", "BOLT", "1000", 50, due=1_767_225_600).type
    'purchase_order'
    """

    id: str = field(converter=_id)
    sku: str = field(converter=_sku)
    node: str = field(converter=_node)
    quantity: Number = field(validator=_check_units)
    due: Moment = field(validator=_check_due)
    type: str = field(default="purchase_order", converter=_type)
    sell_by: Moment | None = field(  # type: ignore[misc]
        default=None, kw_only=True, validator=check_sell_by
    )


@attrs.frozen(repr=False)
class Arrive(AnyEvent):
    """Units that were expected have arrived, all or some of them.

    More than were expected is an over-delivery: accepted, and the entry says so.

    Parameters
    ----------
    id
        Of the delivery.
    quantity
        Units, above 0; None for all that are still to come.
    state
        "on_hand", or the reason for which they cannot be sold.
    sell_by
        The lot they become, if on hand; None for the one that was announced, if any was.
    at, event_id, source, sequence
        As for `AnyEvent`.

    Raises
    ------
    ValidationError
        An empty id, a quantity that is no such number, a naive datetime.

    Examples
    --------
    >>> Arrive("PO-7", 20)
    Arrive(id='PO-7', quantity=20)
    """

    id: str = field(converter=_id)
    quantity: Number | None = field(default=None, validator=_check_some)
    state: str = field(default=ON_HAND, converter=state_name, kw_only=True)
    sell_by: Moment | None = field(  # type: ignore[misc]
        default=None, kw_only=True, validator=check_sell_by
    )

    def __attrs_post_init__(self) -> None:
        check_lot_on_hand(self.sell_by, self.state)


@attrs.frozen(repr=False)
class Reschedule(AnyEvent):
    """What is still to come of a delivery is due at another time.

    Parameters
    ----------
    id
        Of the delivery.
    due
        The new time: an aware datetime or seconds UTC. An older one, by its time or by
        its number of the same source, does not replace a newer one.
    sell_by
        The lot that they will be; None for what was said before.
    at, event_id, source, sequence
        As for `AnyEvent`.

    Raises
    ------
    ValidationError
        An empty id, a naive datetime.

    Examples
    --------
    >>> Reschedule("PO-7", due=1_767_312_000).due
    1767312000
    """

    id: str = field(converter=_id)
    due: Moment = field(validator=_check_due)
    sell_by: Moment | None = field(  # type: ignore[misc]
        default=None, kw_only=True, validator=check_sell_by
    )


@attrs.frozen(repr=False)
class CancelInbound(AnyEvent):
    """Units that were expected will not come.

    Parameters
    ----------
    id
        Of the delivery.
    quantity
        Units, above 0; None for all that are still to come.
    at, event_id, source, sequence
        As for `AnyEvent`.

    Raises
    ------
    ValidationError
        An empty id, a quantity that is no such number, a naive datetime.

    Examples
    --------
    >>> CancelInbound("PO-7")
    CancelInbound(id='PO-7')
    """

    id: str = field(converter=_id)
    quantity: Number | None = field(default=None, validator=_check_some)


@attrs.frozen(repr=False)
class TransferOut(AnyEvent):
    """Units leave a node for another: on hand there goes down, inbound here goes up.

    They are the other node's with an `Arrive` of this id.

    Parameters
    ----------
    sku
        Id.
    from_node, to_node
        Ids of two nodes.
    quantity
        Units, above 0.
    id
        What the transfer is known by.
    due
        When they should be there: an aware datetime or seconds UTC.
    sell_by
        Of which lot they leave, and are there again once they have arrived; None for
        what ends first, of which only `Arrive` says what lot it becomes.
    at, event_id, source, sequence
        As for `AnyEvent`.

    Raises
    ------
    ValidationError
        An empty id, a quantity that is no such number, a naive datetime, one node
        twice.

    Examples
    --------
    >>> TransferOut("BOLT", "1000", "1001", 5, id="T-1", due=1_767_312_000).id
    'T-1'
    """

    sku: str = field(converter=_sku)
    from_node: str = field(converter=_from_node)
    to_node: str = field(converter=_to_node)
    quantity: Number = field(validator=_check_units)
    id: str = field(converter=_id)
    due: Moment = field(validator=_check_due)
    sell_by: Moment | None = field(  # type: ignore[misc]
        default=None, kw_only=True, validator=check_sell_by
    )

    @to_node.validator
    def _check_nodes(self, _: Any, value: str) -> None:
        if value == self.from_node:
            raise ValidationError("to_node", "another node than from_node", value)


#: One fact about what lies beside the cells.
SupplyEvent: TypeAlias = (
    Move | Expect | Arrive | Reschedule | CancelInbound | TransferOut
)
