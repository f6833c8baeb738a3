"""A group of a waterfall: who may serve an order when it is the group's turn."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

import attrs
from attrs import field

from omniroute.codes import NODE_KINDS
from omniroute.errors import ConfigurationError
from omniroute.model.checks import one_of, text, texts
from omniroute.model.distance import kilometres, to_metres
from omniroute.model.exact import Number

#: How a waterfall goes on: with the whole order, or with the lines a group leaves.
FILLS: Final = ("order", "line")


def _name(value: str) -> str:
    return text(value, "name", ConfigurationError)


def _node_kinds(value: Iterable[str]) -> tuple[str, ...]:
    kinds = texts(value, "node_kinds", ConfigurationError)
    for i, kind in enumerate(kinds):
        one_of(kind, f"node_kinds[{i}]", NODE_KINDS, ConfigurationError)
    return kinds


def _nodes(value: Iterable[str]) -> tuple[str, ...]:
    return texts(value, "nodes", ConfigurationError)


def _services(value: Iterable[str]) -> tuple[str, ...]:
    return texts(value, "services", ConfigurationError)


def _max_distance(value: Number | None) -> Decimal | None:
    return kilometres(value, "max_distance_km")


@attrs.frozen
class RuleGroup:
    """One step of a waterfall: the nodes and services that may serve on its turn.

    What is left empty admits all there are. The policy's own limits hold as well.

    Parameters
    ----------
    name
        What plans and reports call it.
    node_kinds
        Kinds of node.
    nodes
        Ids of nodes.
    max_distance_km
        Farthest node from the destination, to the metre.
    services
        Names of services, of those the order admits.

    Raises
    ------
    ConfigurationError
        One of these cannot be.

    Examples
    --------
    >>> RuleGroup("near", node_kinds=["store"], max_distance_km=50).max_distance_m
    50000
    """

    name: str = field(converter=_name)
    node_kinds: tuple[str, ...] = field(default=(), converter=_node_kinds)
    nodes: tuple[str, ...] = field(default=(), converter=_nodes)
    max_distance_km: Decimal | None = field(default=None, converter=_max_distance)
    services: tuple[str, ...] = field(default=(), converter=_services)

    @property
    def max_distance_m(self) -> int | None:
        """The maximum distance in whole metres."""
        if self.max_distance_km is None:
            return None
        return to_metres(self.max_distance_km, "max_distance_km")


def rule_groups(value: Iterable[Any], path: str) -> tuple[RuleGroup, ...]:
    """Check the groups of a waterfall: each a `RuleGroup`, of a name of its own."""
    expected = "a sequence of RuleGroup objects"
    if isinstance(value, str | bytes | RuleGroup) or not isinstance(value, Iterable):
        raise ConfigurationError(path, expected, value)
    groups = tuple(value)
    for i, group in enumerate(groups):
        if not isinstance(group, RuleGroup):
            raise ConfigurationError(f"{path}[{i}]", "a RuleGroup", group)
        if group.name in [other.name for other in groups[:i]]:
            expected = "a name not given before"
            raise ConfigurationError(f"{path}[{i}].name", expected, group.name)
    return groups
