"""Events about one cell: what arrived, left, came back, was counted or is held back."""

from __future__ import annotations

from typing import Any, TypeAlias

import attrs
from attrs import field

from omniroute.codes import ON_HAND, QUANTITY_MAX, Effect
from omniroute.errors import ValidationError
from omniroute.model.instant import Moment
from omniroute.model.quantity import to_quanta
from omniroute.stock.any_event import (
    CellEvent,
    check_lot_on_hand,
    check_sell_by,
    state_name,
    text_or_none,
)
from omniroute.stock.ids import Catalogue


@attrs.frozen(repr=False)
class Receive(CellEvent):
    """Units arrived at a node: on hand goes up, or what is unavailable there.

    Parameters
    ----------
    sku, node
        Ids.
    quantity
        Units, above 0.
    state
        "on_hand", or the reason for which they cannot be sold: "damaged",
        "quality_hold", "display" or a name of your own.
    sell_by
        First instant at which they can no longer be sold: an aware datetime or seconds
        UTC. They become that lot of the cell; None for units that do not end.
    at, event_id, source, sequence
        As for `AnyEvent`.

    Raises
    ------
    ValidationError
        An empty id, a quantity that is no such number, a naive datetime, a sell-by of
        units that cannot be sold.

    Examples
    --------
    >>> Receive("BOLT", "1000", 40)
    Receive(sku='BOLT', node='1000', quantity=40)
    """

    effect = Effect.RECEIVE
    code = int(effect)

    state: str = field(default=ON_HAND, converter=state_name, kw_only=True)
    sell_by: Moment | None = field(  # type: ignore[misc]
        default=None, kw_only=True, validator=check_sell_by
    )

    def __attrs_post_init__(self) -> None:
        check_lot_on_hand(self.sell_by, self.state)


@attrs.frozen(repr=False)
class Return(CellEvent):
    """Units came back, at whichever node: on hand goes up, or what is unavailable.

    Parameters
    ----------
    sku, node
        Ids.
    quantity
        Units, above 0.
    state
        "on_hand", or the reason for which they cannot be sold.
    channel
        Whose fence they go back to; None for the common pool. For units on hand.
    sell_by
        Of which lot they are; None for units that do not end.
    at, event_id, source, sequence
        As for `AnyEvent`.

    Raises
    ------
    ValidationError
        An empty id, a quantity that is no such number, a naive datetime, a channel for
        units that cannot be sold.

    Examples
    --------
    >>> Return("BOLT", "1000", 1, state="damaged")
    Return(sku='BOLT', node='1000', quantity=1, state='damaged')
    """

    effect = Effect.RETURN
    code = int(effect)

    state: str = field(default=ON_HAND, converter=state_name, kw_only=True)
    channel: str | None = field(default=None, kw_only=True)
    sell_by: Moment | None = field(  # type: ignore[misc]
        default=None, kw_only=True, validator=check_sell_by
    )

    def __attrs_post_init__(self) -> None:
        check_lot_on_hand(self.sell_by, self.state)

    @channel.validator
    def _check_channel(self, _: Any, value: str | None) -> None:
        text_or_none(value, "channel")
        if value is not None and self.state != ON_HAND:
            raise ValidationError("channel", "None for what cannot be sold", value)

    @property
    def is_plain(self) -> bool:
        """Whether it is about on hand only, and carries neither id nor channel."""
        return self.channel is None and super().is_plain


@attrs.frozen(repr=False)
class Adjust(CellEvent):
    """A correction of the record: on hand goes up or down.

    Parameters
    ----------
    sku, node
        Ids.
    quantity
        Units to add; below zero to take away.
    sell_by
        Of which lot; None to take what ends first, or to add units that do not end.
    at, event_id, source, sequence
        As for `AnyEvent`.

    Raises
    ------
    ValidationError
        An empty id, a quantity that is no number, a naive datetime.

    Examples
    --------
    >>> Adjust("BOLT", "1000", -2).quantity
    -2
    """

    effect = Effect.ADJUST
    code = int(effect)

    sell_by: Moment | None = field(  # type: ignore[misc]
        default=None, kw_only=True, validator=check_sell_by
    )


@attrs.frozen(repr=False)
class Count(CellEvent):
    """A stock-take: on hand is what was counted, whatever it was before.

    With ``at``, the count says what was there at that time, its cut-over: events that
    happened at or before it are in the count and are not applied when they arrive
    after it; what happened later comes on top, in whichever order it arrives. Without
    ``at``, the numbers of its source say the same of what that source told; without
    either, it is taken as it comes.

    Parameters
    ----------
    sku, node
        Ids.
    quantity
        Units counted, 0 or more.
    sell_by
        Count this lot only: on hand changes by as much as the lot does. Such a count
        is taken as it comes, and has no ``at``.
    at, event_id, source, sequence
        As for `AnyEvent`.

    Raises
    ------
    ValidationError
        An empty id, a quantity that is no such number, a naive datetime.

    Examples
    --------
    >>> Count("BOLT", "1000", -1)
    Traceback (most recent call last):
        ...
    omniroute.errors.ValidationError: quantity: expected a number not below 0, found -1
    """

    effect = Effect.COUNT
    code = int(effect)

    sell_by: Moment | None = field(  # type: ignore[misc]
        default=None, kw_only=True, validator=check_sell_by
    )

    def __attrs_post_init__(self) -> None:
        if self.sell_by is not None and self.at is not None:
            raise ValidationError("at", "None for the count of a lot", self.at)


@attrs.frozen(repr=False)
class Sell(CellEvent):
    """Units sold and gone outside a reservation, as over a till: on hand goes down.

    It may go below zero: the till is right and the record was not.

    Parameters
    ----------
    sku, node
        Ids.
    quantity
        Units, above 0.
    sell_by
        Of which lot; None for what ends first.
    at, event_id, source, sequence
        As for `AnyEvent`.

    Raises
    ------
    ValidationError
        An empty id, a quantity that is no such number, a naive datetime.

    Examples
    --------
    >>> Sell("BOLT", "1000", 1).effect.name
    'SELL'
    """

    effect = Effect.SELL
    code = int(effect)

    sell_by: Moment | None = field(  # type: ignore[misc]
        default=None, kw_only=True, validator=check_sell_by
    )


@attrs.frozen(repr=False)
class Safety(CellEvent):
    """Units held back from promising from now on.

    Parameters
    ----------
    sku, node
        Ids.
    quantity
        Units, 0 or more; replaces what was set before, unless that is newer by its
        time, or by its number of the same source.
    at, event_id, source, sequence
        As for `AnyEvent`.

    Raises
    ------
    ValidationError
        An empty id, a quantity that is no such number, a naive datetime.

    Examples
    --------
    >>> Safety("BOLT", "1000", 3).quantity
    3
    """

    effect = Effect.SAFETY
    code = int(effect)


#: What has to be where an event is expected.
EXPECTED = "an event such as Receive, Count or Sell"
#: One fact about a cell.
Event: TypeAlias = Receive | Return | Adjust | Count | Sell | Safety


def resolve(event: CellEvent, catalogue: Catalogue) -> tuple[int, int, int, int, int]:
    """Effect code, SKU number, node index, quanta and time of one event."""
    sku = catalogue.stocked(catalogue.sku(event.sku))
    node = catalogue.node(event.node)
    places, quanta = catalogue.decimals_of(sku), event.quantity
    # Whole units as a plain integer are what nearly all events have.
    if places or type(quanta) is not int or not -QUANTITY_MAX <= quanta <= QUANTITY_MAX:
        quanta = to_quanta(quanta, places, "quantity", positive=False)
    return event.code, sku, node, quanta, event.happened
