"""Nodes and services together: what an engine runs on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

import attrs
from attrs import field

from omniroute._show import counted
from omniroute.errors import (
    ConfigurationError,
    UnknownNodeError,
    UnknownServiceError,
    ValidationError,
)
from omniroute.model.calendar import Calendar
from omniroute.model.capacity import (
    Capacity,
    Pools,
    check_capacity,
    check_windows,
    pools_of,
)
from omniroute.model.checks import plain_text
from omniroute.model.destination import Destination
from omniroute.model.dispatch_rule import DispatchRule
from omniroute.model.hours import Hours
from omniroute.model.instant import stated_s
from omniroute.model.node import Node
from omniroute.model.places import Places
from omniroute.model.postcode import check_country, check_postcode
from omniroute.model.service import Service

#: Of a node that has no hours, for a service that has no rule.
ALWAYS_OPEN: Final = Calendar(Hours.always(), "UTC")
#: Of a service that has no rule, where others have: it leaves as soon as it can.
AT_ONCE: Final = DispatchRule()
#: Sets of services are bits of an int64.
SERVICES_MAX: Final = 62
#: Orders are told to go this much later than they can at the most.
TIME_STEP_MAX_S: Final = 3600
_CURRENCY: Final = re.compile(r"[A-Z]{3}")


def _members(value: Any, path: str, kind: type) -> tuple[Any, ...]:
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        raise ConfigurationError(path, f"a sequence of {kind.__name__} objects", value)
    members = tuple(value)
    if not members:
        raise ConfigurationError(path, f"at least one {kind.__name__}", value)
    for i, member in enumerate(members):
        if not isinstance(member, kind):
            raise ConfigurationError(f"{path}[{i}]", f"a {kind.__name__}", member)
    return members


def _nodes(value: Iterable[Node]) -> tuple[Node, ...]:
    nodes = _members(value, "nodes", Node)
    _refuse_twice([node.id for node in nodes], "nodes", "id")
    return nodes


def _services(value: Iterable[Service]) -> tuple[Service, ...]:
    services = _members(value, "services", Service)
    if len(services) > SERVICES_MAX:
        expected = f"at most {SERVICES_MAX} services"
        raise ConfigurationError("services", expected, len(services))
    _refuse_twice([service.name for service in services], "services", "name")
    return services


def _refuse_twice(keys: list[str], path: str, name: str) -> None:
    seen = set()
    for i, key in enumerate(keys):
        if key in seen:
            raise ConfigurationError(f"{path}[{i}].{name}", "one not given before", key)
        seen.add(key)


def _country(value: str) -> str:
    return check_country(value, "country", ConfigurationError)


def _time_step(value: Any) -> timedelta:
    seconds = stated_s(value, "time_step")
    if seconds > TIME_STEP_MAX_S:
        raise ConfigurationError("time_step", "an hour at most", value)
    return timedelta(seconds=seconds)


def _currency(value: str) -> str:
    if not isinstance(value, str) or not _CURRENCY.fullmatch(value):
        expected = "a currency code of three capital letters"
        raise ConfigurationError("currency", expected, value)
    return plain_text(value)


@attrs.frozen(repr=False)
class Network:
    """The nodes of a retailer, the services they offer, and where postcodes are.

    Parameters
    ----------
    nodes
        In any order; kept sorted by id, so that load order shows nowhere.
    services
        In the order in which equal offers are preferred; at most 62.
    places
        Coordinates of postcodes, for destinations and for nodes that have none.
    country
        Of nodes and destinations that name none.
    currency
        Of every amount.
    time_step
        Where routing tells dates: what is ready some time after it is ordered, whenever
        that is, counts as ordered at the end of the step. Nodes are compared by that;
        what a plan tells is to the second. Seconds, or text such as ``"5min"``; an hour
        at most.
    capacity
        How much work nodes can do in a day, or in windows of it: `Capacity` objects.

    Raises
    ------
    ConfigurationError
        An id or name twice, a node that offers an unknown service, a node without
        coordinates that may offer a service which needs its distance. Paths count
        nodes as given: ``nodes[3].latitude``.

    Examples
    --------
    >>> from omniroute.model import RateCard
    >>> ground = Service("ground", "ship", RateCard.flat(5))
    >>> network = Network([Node("B"), Node("A")], [ground])
    >>> network.node_ids, network.node_index("B")
    (('A', 'B'), 1)
    """

    nodes: tuple[Node, ...] = field(converter=_nodes)
    services: tuple[Service, ...] = field(converter=_services)
    places: Places | None = field(default=None)
    country: str = field(default="US", converter=_country)
    currency: str = field(default="USD", converter=_currency)
    time_step: timedelta = field(default=timedelta(minutes=5), converter=_time_step)
    capacity: tuple[Capacity, ...] = field(default=())
    _node_rank: dict[str, int] = field(init=False, eq=False)
    _service_rank: dict[str, int] = field(init=False, eq=False)

    @places.validator
    def _check_places(self, _: Any, value: Places | None) -> None:
        if value is not None and not isinstance(value, Places):
            raise ConfigurationError("places", "Places or None", value)

    def __attrs_post_init__(self) -> None:
        names = {service.name: rank for rank, service in enumerate(self.services)}
        located = [
            self._settle(node, f"nodes[{i}]", names)
            for i, node in enumerate(self.nodes)
        ]
        nodes = tuple(sorted(located, key=lambda node: node.id))
        put = object.__setattr__
        put(self, "nodes", nodes)
        put(self, "_node_rank", {node.id: rank for rank, node in enumerate(nodes)})
        put(self, "_service_rank", names)
        put(self, "capacity", check_capacity(self.capacity, self._node_rank, names))
        self._check_windows()
        self._check_slots()

    def _check_slots(self) -> None:
        """Check that limits of delivery slots name nodes of the network."""
        for i, service in enumerate(self.services):
            limit = None if service.slots is None else service.slots.limit
            for node in limit if isinstance(limit, Mapping) else ():
                if node not in self._node_rank:
                    path = f"services[{i}].slots.limit"
                    raise ConfigurationError(path, "nodes of the network", node)

    def _check_windows(self) -> None:
        """Check that times of day are told where work has windows."""
        for i, each in enumerate(self.capacity):
            if each.windows is not None and not self.dated:
                expected = "days: windows ask for a service with a dispatch rule"
                raise ConfigurationError(f"capacity[{i}].limit", expected, each.limit)
        if any(each.windows is not None for each in self.capacity):
            check_windows(self.pools, self.nodes)

    def _settle(self, node: Node, path: str, names: dict[str, int]) -> Node:
        """Check a node against the rest of the network and locate it if it needs to."""
        for j, name in enumerate(node.services or ()):
            if name not in names:
                expected = "a service of the network"
                raise ConfigurationError(f"{path}.services[{j}]", expected, name)
        self._check_dispatch(node, path, names)
        if node.postcode is not None and node.country is None:
            where = f"{path}.postcode"
            check_postcode(node.postcode, self.country, where, ConfigurationError)
        if not node.located:
            node = self._locate(node)
        if not node.located:
            self._refuse_unlocated(node, path)
        return node

    def _check_dispatch(self, node: Node, path: str, names: dict[str, int]) -> None:
        """Check that every rule has hours to work in."""
        for name in node.dispatch:
            if name not in names:
                expected = "services of the network"
                raise ConfigurationError(f"{path}.dispatch", expected, name)
        for service in self.services:
            rule = node.dispatch.get(service.name, service.dispatch)
            lacks = rule is not None and rule.calendar is None and node.hours is None
            if lacks and service.offered_by(node):
                expected = (
                    f"a Calendar, as service {service.name!r} is worked in its hours"
                )
                raise ConfigurationError(f"{path}.hours", expected, None)

    def _locate(self, node: Node) -> Node:
        found = self._place(node)
        if found is None:
            return node
        return attrs.evolve(node, latitude=found[0], longitude=found[1])

    def _place(self, end: Node | Destination) -> tuple[float, float] | None:
        return self.places.locate(self.home_postcode(end)) if self.places else None

    def _refuse_unlocated(self, node: Node, path: str) -> None:
        for service in self.services:
            if service.needs_distance and service.offered_by(node):
                expected = (
                    f"coordinates, as service {service.name!r} needs the distance"
                )
                raise ConfigurationError(f"{path}.latitude", expected, None)

    @property
    def node_ids(self) -> tuple[str, ...]:
        """Ids by node index, sorted."""
        return tuple(self._node_rank)

    @property
    def service_names(self) -> tuple[str, ...]:
        """Names by service index, as declared."""
        return tuple(self._service_rank)

    def node_index(self, id: str, path: str = "") -> int:
        """Return the rank of a node id among the sorted ids. O(1).

        Raises
        ------
        UnknownNodeError
            The network has no such node; ``path`` goes into the message.
        """
        try:
            return self._node_rank[id]
        except (KeyError, TypeError):
            raise UnknownNodeError(id, path) from None

    def service_index(self, name: str, path: str = "") -> int:
        """Return the place of a service in the order of declaration. O(1).

        Raises
        ------
        UnknownServiceError
            The network has no such service; ``path`` goes into the message.
        """
        try:
            return self._service_rank[name]
        except (KeyError, TypeError):
            raise UnknownServiceError(name, path) from None

    @property
    def dated(self) -> bool:
        """Whether routing tells dates: some dispatch rule or delivery days are told."""
        return any(
            each.dispatch is not None or each.delivery_days is not None
            for each in self.services
        ) or any(node.dispatch for node in self.nodes)

    @property
    def percentiles(self) -> tuple[Decimal, ...]:
        """Shares of parcels that transit times are told for, the least first."""
        return tuple(sorted({p for each in self.services for p in each.percentiles}))

    @property
    def pools(self) -> Pools:
        """Which capacity each node has."""
        return pools_of(self.capacity, self.nodes)

    def dispatch_rule(self, node: Node, service: Service) -> DispatchRule:
        """Return how a node works orders for a service, with the hours it works in."""
        rule = node.dispatch.get(service.name, service.dispatch) or AT_ONCE
        if rule.calendar is None:
            return attrs.evolve(rule, calendar=node.hours or ALWAYS_OPEN)
        return rule

    def home_postcode(self, end: Node | Destination) -> str | None:
        """Return the postcode of an end of a lane, None if it is abroad or has none.

        Zone charts and places are those of the network's own country: the same digits
        abroad are another place.
        """
        return end.postcode if end.country in (None, self.country) else None

    def check_destination(self, destination: Destination, path: str) -> None:
        """Check a destination that names no country as one in the network's own.

        Raises
        ------
        ValidationError
            Its postcode cannot be one of that country.
        """
        if not isinstance(destination, Destination):
            raise ValidationError(path, "a Destination", destination)
        if destination.postcode is not None and destination.country is None:
            check_postcode(destination.postcode, self.country, f"{path}.postcode")

    def locate(self, destination: Destination) -> tuple[float, float] | None:
        """Return (latitude, longitude): its own, else of its postcode, else None."""
        if destination.latitude is not None and destination.longitude is not None:
            return destination.latitude, destination.longitude
        return self._place(destination)

    def __repr__(self) -> str:
        names = ", ".join(self.service_names)
        return f"Network({counted(len(self.nodes), 'node')}; services {names})"
