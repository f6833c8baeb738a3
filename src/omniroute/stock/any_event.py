"""What all events have: when, known by what, about which cell, and how it is checked."""

from __future__ import annotations

from typing import Any, ClassVar

import attrs
from attrs import field

from omniroute.codes import ON_HAND, QUANTITY_MAX, Effect
from omniroute.errors import ValidationError
from omniroute.model.checks import text, whole
from omniroute.model.exact import Number, to_scaled
from omniroute.model.instant import Moment, to_seconds
from omniroute.model.item import DECIMALS_MAX

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


def text_or_none(value: Any, path: str) -> None:
    """Check an id or name that need not be said."""
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
        text_or_none(value, "event_id")

    @source.validator
    def _check_source(self, _: Any, value: str | None) -> None:
        text_or_none(value, "source")
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
