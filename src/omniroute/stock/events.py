"""Events: stock facts from outside, one object each or as the columns of a frame."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, ClassVar, TypeAlias

import attrs
import numpy as np
from attrs import field
from numpy.typing import NDArray

from omniroute.codes import QUANTITY_MAX, Effect
from omniroute.errors import UnknownIdError, ValidationError
from omniroute.model.checks import text
from omniroute.model.exact import Number, to_scaled
from omniroute.model.instant import to_seconds
from omniroute.model.item import DECIMALS_MAX
from omniroute.model.quantity import to_quanta
from omniroute.stock.ids import Catalogue

I8 = NDArray[np.int64]

#: What each kind of event does to the state.
EFFECT_OF = {
    "receive": Effect.RECEIVE,
    "adjust": Effect.ADJUST,
    "count": Effect.COUNT,
    "sell": Effect.SELL,
    "safety": Effect.SAFETY,
}
#: Least quanta of each kind: goods that arrive or leave are above zero, a stock-take
#: and a safety stock may be zero, a correction may be anything.
LEAST = {
    Effect.RECEIVE: 1,
    Effect.ADJUST: -QUANTITY_MAX,
    Effect.COUNT: 0,
    Effect.SELL: 1,
    Effect.SAFETY: 0,
}
_AT_LEAST = {1: "a number above 0", 0: "a number not below 0"}


def expected_quantity(effect: Effect) -> str:
    """Say what a quantity of this kind has to be, for messages."""
    return _AT_LEAST.get(LEAST[effect], "a number")


def _sku(value: str) -> str:
    return text(value, "sku")


def _node(value: str) -> str:
    return text(value, "node")


@attrs.frozen
class _Event:
    """What all events have; the subclass says what happened."""

    effect: ClassVar[Effect]

    sku: str = field(converter=_sku)
    node: str = field(converter=_node)
    quantity: Number = field()
    at: datetime | int | None = field(default=None, kw_only=True)

    @quantity.validator
    def _check_quantity(self, _: Any, value: Number) -> None:
        expected = expected_quantity(self.effect)
        # The finest quantum there is; whether the item is so fine shows when applied.
        finest = to_scaled(value, DECIMALS_MAX, "quantity", expected)
        least = LEAST[self.effect]
        if finest < least and least >= 0:
            raise ValidationError("quantity", expected, value)

    @at.validator
    def _check_at(self, _: Any, value: datetime | int | None) -> None:
        if value is not None:
            to_seconds(value, "at")


@attrs.frozen
class Receive(_Event):
    """Units arrived at a node: on hand goes up.

    Parameters
    ----------
    sku, node
        Ids.
    quantity
        Units, above 0.
    at
        When it happened: an aware datetime or seconds UTC.

    Raises
    ------
    ValidationError
        An empty id, a quantity that is no such number, a naive datetime.

    Examples
    --------
    >>> Receive("BOLT", "1000", 40)
    Receive(sku='BOLT', node='1000', quantity=40, at=None)
    """

    effect = Effect.RECEIVE


@attrs.frozen
class Adjust(_Event):
    """A correction of the record: on hand goes up or down.

    Parameters
    ----------
    sku, node
        Ids.
    quantity
        Units to add; below zero to take away.
    at
        When it happened: an aware datetime or seconds UTC.

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


@attrs.frozen
class Count(_Event):
    """A stock-take: on hand is what was counted, whatever it was before.

    Parameters
    ----------
    sku, node
        Ids.
    quantity
        Units counted, 0 or more.
    at
        When it happened: an aware datetime or seconds UTC.

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


@attrs.frozen
class Sell(_Event):
    """Units sold and gone outside a reservation, as over a till: on hand goes down.

    It may go below zero: the till is right and the record was not.

    Parameters
    ----------
    sku, node
        Ids.
    quantity
        Units, above 0.
    at
        When it happened: an aware datetime or seconds UTC.

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


@attrs.frozen
class Safety(_Event):
    """Units held back from promising from now on.

    Parameters
    ----------
    sku, node
        Ids.
    quantity
        Units, 0 or more; replaces what was set before.
    at
        When it happened: an aware datetime or seconds UTC.

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


#: One stock fact.
Event: TypeAlias = Receive | Adjust | Count | Sell | Safety


@attrs.frozen(eq=False)
class EventColumns:
    """Checked events in the numbers of one catalogue, ready to become effects.

    Parameters
    ----------
    what
        int64[n]: `Effect` codes.
    skus, nodes
        int64[n]: SKU numbers and node indices.
    quantities
        int64[n]: quanta.
    happened
        int64[n]: each event's own time, seconds UTC; 0 where unsaid.
    """

    what: I8
    skus: I8
    nodes: I8
    quantities: I8
    happened: I8

    def __len__(self) -> int:
        return len(self.skus)


def events_from_objects(
    events: Event | Iterable[Event], catalogue: Catalogue
) -> EventColumns:
    """Resolve event objects against a catalogue, all or none. O(n).

    Raises
    ------
    ValidationError
        Not an event, or a quantity finer than the item's quantum or beyond a cell.
    UnknownSkuError, UnknownNodeError
        An id the catalogue does not have. The path says where: ``events[3].sku``.

    Examples
    --------
    >>> catalogue = Catalogue(["1000"], ["BOLT"])
    >>> events_from_objects(Receive("BOLT", "1000", 40), catalogue).quantities.tolist()
    [40]
    """
    if isinstance(events, _Event):
        return _columns([_resolve(events, catalogue)])
    if isinstance(events, str) or not isinstance(events, Iterable):
        expected = "an event, a sequence of them or a frame"
        raise ValidationError("events", expected, events)
    rows = []
    for i, event in enumerate(events):
        if not isinstance(event, _Event):
            expected = "a Receive, Adjust, Count, Sell or Safety"
            raise ValidationError(f"events[{i}]", expected, event)
        try:
            rows.append(_resolve(event, catalogue))
        except (ValidationError, UnknownIdError) as error:
            raise error.under(f"events[{i}]") from None
    return _columns(rows)


def _resolve(event: _Event, catalogue: Catalogue) -> tuple[int, int, int, int, int]:
    sku = catalogue.sku(event.sku)
    node = catalogue.node(event.node)
    places = int(catalogue.decimals[sku])
    quanta = to_quanta(event.quantity, places, "quantity", positive=False)
    happened = 0 if event.at is None else to_seconds(event.at, "at")
    return int(event.effect), sku, node, quanta, happened


def _columns(rows: Sequence[tuple[int, int, int, int, int]]) -> EventColumns:
    table = np.array(rows, np.int64).reshape(-1, 5)
    return EventColumns(*(np.ascontiguousarray(column) for column in table.T))
