"""Where stock is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import attrs
from attrs import field

from omniroute.codes import NODE_KINDS
from omniroute.errors import ConfigurationError
from omniroute.model.calendar import Calendar
from omniroute.model.checks import both_or_neither, degrees, one_of, text, texts
from omniroute.model.dispatch_rule import DispatchRule
from omniroute.model.exact import Number
from omniroute.model.money import cost
from omniroute.model.postcode import check_country, check_postcode


def _id(value: str) -> str:
    return text(value, "id", ConfigurationError)


def _kind(value: str) -> str:
    return one_of(value, "kind", NODE_KINDS, ConfigurationError)


def _latitude(value: float | None) -> float | None:
    return None if value is None else degrees(value, "latitude", 90, ConfigurationError)


def _longitude(value: float | None) -> float | None:
    if value is None:
        return None
    return degrees(value, "longitude", 180, ConfigurationError)


def _country(value: str | None) -> str | None:
    return (
        None if value is None else check_country(value, "country", ConfigurationError)
    )


def _services(value: Iterable[str] | None) -> tuple[str, ...] | None:
    return None if value is None else texts(value, "services", ConfigurationError)


def _order_cost(value: Number) -> Decimal:
    return cost(value, "order_cost")


def _line_cost(value: Number) -> Decimal:
    return cost(value, "line_cost")


def _unit_cost(value: Number) -> Decimal:
    return cost(value, "unit_cost")


def _dispatch(value: Any) -> dict[str, DispatchRule]:
    if not isinstance(value, Mapping):
        raise ConfigurationError("dispatch", "rules by name of service", value)
    for name, rule in value.items():
        text(name, "dispatch", ConfigurationError)
        if not isinstance(rule, DispatchRule):
            raise ConfigurationError(f"dispatch[{name!r}]", "a DispatchRule", rule)
    return dict(value)


@attrs.frozen
class Node:
    """A place stock can leave from or be collected at.

    Parameters
    ----------
    id
        Text of 1 to 200 characters. Ties between nodes are settled by id.
    kind
        One of `codes.NODE_KINDS`: ``"store"``, ``"warehouse"``, ...
    latitude, longitude
        Degrees. Needed by services that look at distance.
    postcode, country
        Needed by services with a postcode zone chart. No country: the network's own.
    services
        Names of the services it offers; None for all that fit its kind.
    order_cost, line_cost, unit_cost
        Handling in the currency unit, a shipment, a line and a unit. A unit that is
        started counts as one.
    hours
        When it is open: when orders are worked there, and when they can be collected.
    dispatch
        Rules by name of service that go before the service's own, as a whole.

    Raises
    ------
    ConfigurationError
        One of these cannot be.

    Examples
    --------
    >>> Node("S1", latitude=44.85, longitude=-93.25, unit_cost=0.4).unit_cost
    Decimal('0.40')
    """

    id: str = field(converter=_id)
    kind: str = field(default="store", converter=_kind)
    latitude: float | None = field(default=None, converter=_latitude)
    longitude: float | None = field(default=None, converter=_longitude)
    postcode: str | None = field(default=None)
    country: str | None = field(default=None, converter=_country)
    services: tuple[str, ...] | None = field(default=None, converter=_services)
    order_cost: Decimal = field(default=Decimal(0), converter=_order_cost)
    line_cost: Decimal = field(default=Decimal(0), converter=_line_cost)
    unit_cost: Decimal = field(default=Decimal(0), converter=_unit_cost)
    hours: Calendar | None = field(default=None, repr=False)
    dispatch: dict[str, DispatchRule] = field(
        factory=dict, converter=_dispatch, hash=False, repr=False
    )

    @hours.validator
    def _check_hours(self, _: Any, value: Calendar | None) -> None:
        if not isinstance(value, Calendar | None):
            raise ConfigurationError("hours", "a Calendar or None", value)

    def __attrs_post_init__(self) -> None:
        both_or_neither(self.latitude, self.longitude, ConfigurationError)
        if self.postcode is not None:
            postcode = check_postcode(
                self.postcode, self.country, "postcode", ConfigurationError
            )
            object.__setattr__(self, "postcode", postcode)

    @property
    def located(self) -> bool:
        """Whether it has coordinates."""
        return self.latitude is not None
