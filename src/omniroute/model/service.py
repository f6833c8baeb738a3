"""A named offer: how something gets to the customer, at what rates, how fast."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

import attrs
from attrs import field

from omniroute.codes import NODE_KINDS, SERVICE_KINDS
from omniroute.errors import ConfigurationError
from omniroute.model.checks import one_of, text, texts
from omniroute.model.delivery_days import DeliveryDays, delivery_days
from omniroute.model.delivery_slots import DeliverySlots
from omniroute.model.dispatch_rule import DispatchRule
from omniroute.model.distance import kilometres, to_metres
from omniroute.model.exact import Number
from omniroute.model.instant import stated_span
from omniroute.model.node import Node
from omniroute.model.rates import RateCard
from omniroute.model.transit import Transit, TransitPercentiles, transit_days
from omniroute.model.working_days import WorkingDays
from omniroute.model.zones import DistanceBands, PostcodeZones

#: Kinds whose parcels are handed over on days.
_DELIVERED: Final = ("ship", "ship_to_store")


def _name(value: str) -> str:
    return text(value, "name", ConfigurationError)


def _kind(value: str) -> str:
    return one_of(value, "kind", SERVICE_KINDS, ConfigurationError)


def _transit_time(value: Any) -> timedelta:
    return stated_span(value, "transit_time")


def _radius(value: Number | None) -> Decimal | None:
    return kilometres(value, "radius_km")


def _node_kinds(value: Iterable[str] | None) -> tuple[str, ...] | None:
    if value is None:
        return None
    kinds = texts(value, "node_kinds", ConfigurationError)
    if not kinds:
        expected = "at least one node kind, or None for all"
        raise ConfigurationError("node_kinds", expected, value)
    for i, kind in enumerate(kinds):
        one_of(kind, f"node_kinds[{i}]", NODE_KINDS, ConfigurationError)
    return kinds


@attrs.frozen
class Service:
    """A named offer of one kind.

    Parameters
    ----------
    name
        Text of 1 to 200 characters, as orders name it.
    kind
        ``"ship"``, ``"collect"``, ``"same_day"``, or ``"ship_to_store"``: legs by which
        nodes bring an order to where it is collected.
    rates
        What a shipment costs by zone and weight.
    zones
        How a lane gets its zone: `PostcodeZones`, `DistanceBands`, or None where every
        lane is zone 1.
    transit_days
        Days from dispatch to arrival: one number, or by zone label. A zone without a
        transit time, or without a rate, is not served. Where a carrier's punctuality is
        known, `TransitPercentiles` stand for a number.
    radius_km
        Nodes farther from the destination than this do not offer it.
    node_kinds
        Kinds of node that may offer it; None for all.
    dispatch
        How nodes work its orders, and when they leave; `Node.dispatch` may say
        otherwise. With one such rule in a network, routing tells dates.
    transit_time
        Of kind ``same_day``: time on the way, where it takes no whole days.
    slots
        Windows to choose from, of a service that brings things: by the day on which
        parcels arrive, or to the minute where it takes no whole days.
    delivery_days
        Of kind ``ship`` or ``ship_to_store``: days on which it hands over what it has
        brought, a `WorkingDays` or `DeliveryDays` by where it goes. What comes on another
        day arrives on the next of them. None: on any day on which it comes.

    Raises
    ------
    ConfigurationError
        One of these cannot be, or together they serve no lane at all.

    Examples
    --------
    >>> ground = Service("ground", "ship", RateCard.by_zone({1: 5, 2: 7}),
    ...                  DistanceBands([100, 500, 900]), transit_days={1: 1, 2: 3})
    >>> ground.lane_zones, ground.transit(2), ground.transit(3)
    ((1, 2), 3, None)
    """

    name: str = field(converter=_name)
    kind: str = field(converter=_kind)
    rates: RateCard = field()
    zones: PostcodeZones | DistanceBands | None = field(default=None)
    transit_days: Transit | dict[int, Transit] = field(
        default=0, converter=transit_days, hash=False
    )
    radius_km: Decimal | None = field(default=None, converter=_radius)
    node_kinds: tuple[str, ...] | None = field(default=None, converter=_node_kinds)
    dispatch: DispatchRule | None = field(default=None, repr=False)
    transit_time: timedelta = field(
        default=timedelta(0), converter=_transit_time, repr=False
    )

    slots: DeliverySlots | None = field(default=None, repr=False)
    delivery_days: DeliveryDays | None = field(
        default=None, converter=delivery_days, repr=False
    )

    @slots.validator
    def _check_slots(self, _: Any, value: DeliverySlots | None) -> None:
        if not isinstance(value, DeliverySlots | None):
            raise ConfigurationError("slots", "DeliverySlots or None", value)
        if value is None or self.kind == "ship":
            return
        if self.kind != "same_day" or self.transit_days != 0:
            expected = "a service of kind 'ship', or 'same_day' without transit_days"
            raise ConfigurationError("slots", expected, self.kind)

    @dispatch.validator
    def _check_dispatch(self, _: Any, value: DispatchRule | None) -> None:
        if not isinstance(value, DispatchRule | None):
            raise ConfigurationError("dispatch", "a DispatchRule or None", value)

    @rates.validator
    def _check_rates(self, _: Any, value: RateCard) -> None:
        if not isinstance(value, RateCard):
            raise ConfigurationError("rates", "a RateCard", value)

    @zones.validator
    def _check_zones(self, _: Any, value: Any) -> None:
        if value is not None and not isinstance(value, PostcodeZones | DistanceBands):
            raise ConfigurationError(
                "zones", "PostcodeZones, DistanceBands or None", value
            )
        if value is None and self.rates.zones != (1,):
            expected = "prices for zone 1 alone, as there are no zones"
            raise ConfigurationError("rates", expected, self.rates)

    def __attrs_post_init__(self) -> None:
        if not self.lane_zones:
            expected = "a rate and a transit time for at least one zone"
            raise ConfigurationError("transit_days", expected, self.transit_days)
        if self.transit_time and self.kind != "same_day":
            expected = "none, for a service that is not of kind 'same_day'"
            raise ConfigurationError("transit_time", expected, self.transit_time)
        if self.delivery_days is not None:
            self._check_delivery_days(self.delivery_days)

    def _check_delivery_days(self, days: DeliveryDays) -> None:
        if self.kind not in _DELIVERED:
            expected = "None, for a service that is of neither kind " + " nor ".join(
                _DELIVERED
            )
            raise ConfigurationError("delivery_days", expected, self.kind)
        for label in days.by_zone:
            if label not in self.lane_zones:
                path = f"delivery_days.by_zone[{label!r}]"
                raise ConfigurationError(path, "a zone that is served", label)

    @property
    def lane_zones(self) -> tuple[int, ...]:
        """Zone labels that are served: with a rate and a transit time, sorted."""
        labels = (1,) if self.zones is None else self.zones.labels
        return tuple(
            label
            for label in labels
            if self.rates.row(label) >= 0 and self.transit(label) is not None
        )

    def transit(self, zone: int, percentile: Number | None = None) -> int | None:
        """Return the days a lane of this zone takes, None if it is not served.

        Parameters
        ----------
        zone
            Its label.
        percentile
            Share of parcels that are there by then. None: the highest that is told.
            Where plain days are told they hold at any; where no share as high as this
            is, nothing is promised.
        """
        told = self.transit_days
        days = told.get(zone) if isinstance(told, dict) else told
        if not isinstance(days, TransitPercentiles):
            return days
        return days.longest if percentile is None else days.within(percentile)

    def delivers(
        self, zone: int, country: str | None = None, postcode: str | None = None
    ) -> WorkingDays | None:
        """Return the days on which it delivers at the end of a lane; None: on any.

        Parameters are those of `DeliveryDays.at`.
        """
        days = self.delivery_days
        return None if days is None else days.at(zone, country, postcode)

    def delivers_on(
        self, day: date, country: str | None = None, postcode: str | None = None
    ) -> bool:
        """Whether it hands over parcels at a destination on a day, from anywhere."""
        told = {self.delivers(zone, country, postcode) for zone in self.lane_zones}
        return any(days is None or days.counts(day) for days in told)

    def delivered(self, zone: int) -> tuple[WorkingDays | None, ...]:
        """Return the days that hold for some lanes of a zone, whatever the destination."""
        days = self.delivery_days
        if days is None:
            return (None,)
        apart = (*days.by_country.values(), *days.by_prefix.values())
        return tuple(dict.fromkeys((days.at(zone), *apart)))

    @property
    def percentiles(self) -> tuple[Decimal, ...]:
        """Shares of parcels that some transit time is told for, the least first."""
        days = self.transit_days
        found = days.values() if isinstance(days, dict) else [days]
        told = [each for each in found if isinstance(each, TransitPercentiles)]
        return tuple(sorted({share for each in told for share in each.shares}))

    @property
    def radius_m(self) -> int | None:
        """The radius in whole metres."""
        return (
            None if self.radius_km is None else to_metres(self.radius_km, "radius_km")
        )

    @property
    def needs_distance(self) -> bool:
        """Whether it can be offered only where both ends have coordinates."""
        return self.radius_km is not None or isinstance(self.zones, DistanceBands)

    def offered_by(self, node: Node) -> bool:
        """Whether a node offers it, by the node's list and the kinds admitted here."""
        listed = node.services is None or self.name in node.services
        return listed and (self.node_kinds is None or node.kind in self.node_kinds)
