"""What is there and what is dated: supplies and demands of one cell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final, TypeAlias

import attrs
from attrs import field

from omniroute.errors import ValidationError
from omniroute.model.atp_rule import DAYS_MAX, share
from omniroute.model.buckets import Buckets
from omniroute.model.checks import text, whole
from omniroute.model.exact import Number
from omniroute.model.item import DECIMALS_MAX
from omniroute.model.quantity import check_quantity, to_quanta

#: A date, an aware datetime, whole seconds UTC; None for now.
When: TypeAlias = "date | datetime | int | None"

#: The type of what is there, and the default type of what is not there yet.
ON_HAND: Final = "on_hand"
INBOUND: Final = "inbound"
#: The default class of a demand.
ORDER: Final = "order"


def _when(value: Any, path: str) -> Any:
    if value is not None:
        Buckets().wall_s(value, path)
    return value


def _at(value: Any) -> Any:
    return _when(value, "at")


def _until(value: Any) -> Any:
    return _when(value, "until")


def _quantity(value: Number) -> Number:
    check_quantity(value, "quantity")
    return value


def _type(value: Any) -> Any:
    return None if value is None else text(value, "type")


def _id(value: Any) -> str | None:
    return None if value is None else text(value, "id")


def _class(value: Any) -> str:
    return text(value, "demand_class")


@attrs.frozen
class Supply:
    """Units that are there, or will be.

    Parameters
    ----------
    quantity
        Units, above 0.
    at
        From when on they can be used: a date, an aware datetime or seconds UTC. A date
        in the past is an overdue receipt. None: they are on hand.
    type
        Name of a supply type, for confidence and considerations; ``"on_hand"`` without
        a date, else ``"inbound"``.
    until
        First instant at which they can no longer be used: the window is [at, until).
        None: they do not expire. Rule ``expiring`` matches by it; every rule leaves out
        what has ended by today.
    id
        What explanations call it.

    Raises
    ------
    ValidationError
        One of these cannot be, or the window is empty.

    Examples
    --------
    >>> Supply(20, date(2026, 10, 10), "purchase_order").type
    'purchase_order'
    """

    quantity: Number = field(converter=_quantity)
    at: When = field(default=None, converter=_at)
    type: str = field(default=None, converter=_type)
    until: When = field(default=None, converter=_until)
    id: str | None = field(default=None, converter=_id)

    def __attrs_post_init__(self) -> None:
        if self.type is None:
            kind = ON_HAND if self.at is None else INBOUND
            object.__setattr__(self, "type", kind)
        if (self.type == ON_HAND) != (self.at is None):
            expected = f"no date for {ON_HAND!r}, and one for every other type"
            raise ValidationError("at", expected, self.at)
        if self.at is None or self.until is None:
            return
        days = Buckets()
        if days.wall_s(self.until, "until") <= days.wall_s(self.at, "at"):
            raise ValidationError("until", f"a time after {self.at}", self.until)


@attrs.frozen
class Demand:
    """Units that somebody needs.

    Parameters
    ----------
    quantity
        Units, above 0.
    at
        When they are needed: a date, an aware datetime or seconds UTC; in the past for
        an overdue issue. None: today.
    demand_class
        Name of its class, for considerations.
    id
        What explanations call it.

    Raises
    ------
    ValidationError
        One of these cannot be.

    Examples
    --------
    >>> Demand(3, date(2026, 10, 10)).demand_class
    'order'
    """

    quantity: Number = field(converter=_quantity)
    at: When = field(default=None, converter=_at)
    demand_class: str = field(default=ORDER, converter=_class)
    id: str | None = field(default=None, converter=_id)


def _members(value: Any, kind: type, path: str) -> tuple[Any, ...]:
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        raise ValidationError(path, f"a sequence of {kind.__name__}", value)
    found = tuple(value)
    for i, member in enumerate(found):
        if not isinstance(member, kind):
            raise ValidationError(f"{path}[{i}]", f"a {kind.__name__}", member)
    return found


def _supplies(value: Iterable[Supply]) -> tuple[Supply, ...]:
    return _members(value, Supply, "supplies")


def _demands(value: Iterable[Demand]) -> tuple[Demand, ...]:
    return _members(value, Demand, "demands")


def _lead_time(value: Any) -> int | None:
    return None if value is None else whole(value, "lead_time_days", 0, DAYS_MAX)


def _decimals(value: Any) -> int:
    return whole(value, "decimals", 0, DECIMALS_MAX)


def _find(value: Any) -> Number:
    share(value, "find_probability")
    return value  # type: ignore[no-any-return]


@attrs.frozen
class Timeline:
    """What one cell has and what is dated there.

    Parameters
    ----------
    on_hand
        Units there, fit for sale; may be negative where a till sold what no record
        knew of.
    supplies, demands
        What is dated, in any order; past-due included.
    safety
        Units held back from promising.
    decimals
        The item's decimals, 0 to 3.
    lead_time_days
        Replenishment lead time, for rules whose fence follows it.
    find_probability
        Chance that a pick finds its units, from 0 to 1.

    Raises
    ------
    ValidationError
        One of these cannot be; the path says which.

    Examples
    --------
    >>> cell = Timeline(20, [Supply(10, date(2022, 2, 3))], [Demand(3, date(2022, 2, 1))])
    >>> cell.supplies[0].quantity
    10
    >>> Timeline(20, [Demand(3)])
    Traceback (most recent call last):
        ...
    omniroute.errors.ValidationError: supplies[0]: expected a Supply, found \
Demand(quantity=3, at=None, demand_class='order', id=None)
    """

    on_hand: Number = 0
    supplies: tuple[Supply, ...] = field(default=(), converter=_supplies)
    demands: tuple[Demand, ...] = field(default=(), converter=_demands)
    safety: Number = 0
    decimals: int = field(default=0, converter=_decimals)
    lead_time_days: int | None = field(default=None, converter=_lead_time)
    find_probability: Number = field(default=1, converter=_find)

    def __attrs_post_init__(self) -> None:
        to_quanta(self.on_hand, self.decimals, "on_hand", positive=False)
        if to_quanta(self.safety, self.decimals, "safety", positive=False) < 0:
            raise ValidationError("safety", "a number not below 0", self.safety)
        for path, members in (("supplies", self.supplies), ("demands", self.demands)):
            for i, member in enumerate(members):
                to_quanta(member.quantity, self.decimals, f"{path}[{i}].quantity")  # type: ignore[attr-defined]
