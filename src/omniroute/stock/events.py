"""Events: stock facts from outside, one object each or as the columns of a frame."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, TypeAlias

import attrs
import numpy as np
from attrs import field
from numpy.typing import NDArray

from omniroute.codes import ON_HAND, QUANTITY_MAX, Effect
from omniroute.errors import UnknownIdError, ValidationError
from omniroute.model.checks import text, whole
from omniroute.model.exact import Number, to_scaled
from omniroute.model.instant import Moment, to_seconds
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
    "return": Effect.RETURN,
}
#: Least quanta of each kind: goods that arrive or leave are above zero, a stock-take
#: and a safety stock may be zero, a correction may be anything.
LEAST = {
    Effect.RECEIVE: 1,
    Effect.ADJUST: -QUANTITY_MAX,
    Effect.COUNT: 0,
    Effect.SELL: 1,
    Effect.SAFETY: 0,
    Effect.RETURN: 1,
}
_AT_LEAST = {1: "a number above 0", 0: "a number not below 0"}


def expected_quantity(effect: Effect) -> str:
    """Say what a quantity of this kind has to be, for messages."""
    return _AT_LEAST.get(LEAST[effect], "a number")


def _sku(value: str) -> str:
    return text(value, "sku")


def _node(value: str) -> str:
    return text(value, "node")


#: Largest sequence number: the place after it is still an integer of 64 bits.
SEQUENCE_MAX = 2**62


def check_sell_by(_: Any, __: Any, value: Moment | None) -> None:
    """Check by what an event names a lot; None for no particular one."""
    if value is not None and to_seconds(value, "sell_by") <= 0:
        raise ValidationError("sell_by", "a time after 1970", value)


def check_lot_on_hand(sell_by: Moment | None, *states: str) -> None:
    """Require that units of a lot are on hand, before or after."""
    if sell_by is not None and ON_HAND not in states:
        raise ValidationError("sell_by", "None for what is not on hand", sell_by)


def _text_or_none(value: Any, path: str) -> None:
    if value is not None:
        text(value, path)


@attrs.frozen(repr=False)
class AnyEvent:
    """What every event may say: when it happened, and what it is known by.

    Parameters
    ----------
    at
        When it happened: an aware datetime or seconds UTC; None for when it arrives.
    event_id
        Any text by which the event is known again if it comes twice.
    source, sequence
        Or who tells it, and the number it has there: 0 or more.

    Raises
    ------
    ValidationError
        A naive datetime, an empty id, a source without a sequence or the reverse.
    """

    at: Moment | None = field(default=None, kw_only=True)
    #: Overridden by those that can be about a lot.
    sell_by: ClassVar[Moment | None] = None

    event_id: str | None = field(default=None, kw_only=True)
    source: str | None = field(default=None, kw_only=True)
    sequence: int | None = field(default=None, kw_only=True)

    @at.validator
    def _check_at(self, _: Any, value: Moment | None) -> None:
        if value is not None:
            to_seconds(value, "at")

    @event_id.validator
    def _check_event_id(self, _: Any, value: str | None) -> None:
        _text_or_none(value, "event_id")

    @source.validator
    def _check_source(self, _: Any, value: str | None) -> None:
        _text_or_none(value, "source")
        if value is not None and self.sequence is None:
            raise ValidationError("sequence", "a number to go with the source", None)

    @sequence.validator
    def _check_sequence(self, _: Any, value: int | None) -> None:
        if value is not None:
            whole(value, "sequence", 0, SEQUENCE_MAX)
            if self.source is None:
                raise ValidationError("source", "who gave the sequence number", None)

    def __repr__(self) -> str:
        fields = sorted(attrs.fields(type(self)), key=lambda each: each.kw_only)
        told = [
            f"{each.name}={getattr(self, each.name)!r}"
            for each in fields
            if getattr(self, each.name) != each.default
        ]
        return f"{type(self).__name__}({', '.join(told)})"

    @property
    def is_plain(self) -> bool:
        """Whether it is about on hand or safety only, and carries no id or lot."""
        on_hand = getattr(self, "state", ON_HAND) == ON_HAND and self.sell_by is None
        return on_hand and self.event_id is None and self.source is None

    @property
    def is_simple(self) -> bool:
        """Whether it is plain, and of the moment in which it arrives."""
        return self.at is None and self.is_plain

    @property
    def happened(self) -> int:
        """Seconds UTC at which it happened; 0 where it does not say."""
        return 0 if self.at is None else to_seconds(self.at, "at")

    @property
    def lot(self) -> int:
        """Sell-by of the lot it is about, seconds UTC; -1 for no particular one."""
        return -1 if self.sell_by is None else to_seconds(self.sell_by, "sell_by")


@attrs.frozen(repr=False)
class CellEvent(AnyEvent):
    """What all events about one cell have; the subclass says what happened."""

    effect: ClassVar[Effect]
    #: The same as a plain integer, which numpy takes twice as fast.
    code: ClassVar[int]

    sku: str = field(converter=_sku)
    node: str = field(converter=_node)
    quantity: Number = field()

    @quantity.validator
    def _check_quantity(self, _: Any, value: Number) -> None:
        check_units(value, LEAST[self.effect], expected_quantity(self.effect))


def check_units(value: Number, least: int = 1, expected: str = _AT_LEAST[1]) -> None:
    """Check what can be checked of a quantity before its item is known."""
    # The finest quantum there is; whether the item is so fine shows when applied.
    finest = to_scaled(value, DECIMALS_MAX, "quantity", expected)
    if finest < least and least >= 0:
        raise ValidationError("quantity", expected, value)


def state_name(value: str, path: str = "state") -> str:
    """Check the name of a state of units: "on_hand" or a reason.

    Any text is a reason, but for what was surely meant to be "on_hand".
    """
    name = text(value, path)
    if name != ON_HAND and name.casefold().translate(_JOINTS) == _ON_HAND:
        raise ValidationError(path, f"{ON_HAND!r}, or a reason", value)
    return name


_JOINTS = str.maketrans("", "", "_- ")
_ON_HAND = ON_HAND.translate(_JOINTS)


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
        _text_or_none(value, "channel")
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
    ids
        What each event is known by, None for nothing; None if none is.
    sources
        Names of sources, and for each event which of them told it, -1 for none, and
        its sequence number there; None if none did.
    """

    what: I8
    skus: I8
    nodes: I8
    quantities: I8
    happened: I8
    ids: Sequence[str | None] | None = None
    sources: tuple[Sequence[str], I8, I8] | None = None

    def __len__(self) -> int:
        return len(self.skus)

    def only(self, rows: I8) -> EventColumns:
        """Those rows, in that order, without what they are known by."""
        if len(rows) == len(self) and bool((rows[1:] > rows[:-1]).all()):
            # All of them as they are: a bulk load need not be copied.
            return attrs.evolve(self, ids=None, sources=None)
        return EventColumns(
            self.what[rows],
            self.skus[rows],
            self.nodes[rows],
            self.quantities[rows],
            self.happened[rows],
        )


def events_from_objects(
    events: Event | Iterable[Event], catalogue: Catalogue
) -> EventColumns:
    """Resolve plain events about cells against a catalogue, all or none. O(n).

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
    if isinstance(events, CellEvent):
        return _columns([resolve(events, catalogue)])
    if isinstance(events, str) or not isinstance(events, Iterable):
        expected = "an event, a sequence of them or a frame"
        raise ValidationError("events", expected, events)
    rows = []
    for i, event in enumerate(events):
        if not isinstance(event, CellEvent):
            raise ValidationError(f"events[{i}]", EXPECTED, event)
        try:
            rows.append(resolve(event, catalogue))
        except (ValidationError, UnknownIdError) as error:
            raise error.under(f"events[{i}]") from None
    return _columns(rows)


def resolve(event: CellEvent, catalogue: Catalogue) -> tuple[int, int, int, int, int]:
    """Effect code, SKU number, node index, quanta and time of one event."""
    sku = catalogue.stocked(catalogue.sku(event.sku))
    node = catalogue.node(event.node)
    places, quanta = catalogue.decimals_of(sku), event.quantity
    # Whole units as a plain integer are what nearly all events have.
    if places or type(quanta) is not int or not -QUANTITY_MAX <= quanta <= QUANTITY_MAX:
        quanta = to_quanta(quanta, places, "quantity", positive=False)
    return event.code, sku, node, quanta, event.happened


def _columns(rows: Sequence[tuple[int, int, int, int, int]]) -> EventColumns:
    table = np.array(rows, np.int64).reshape(-1, 5)
    what, skus, nodes, quantities, happened = map(np.ascontiguousarray, table.T)
    return EventColumns(what, skus, nodes, quantities, happened)
