"""How to choose: data, so that a decision can be replayed."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

import attrs
from attrs import field

from omniroute.errors import ConfigurationError
from omniroute.model.checks import flag, one_of, text, texts, whole
from omniroute.model.distance import kilometres, to_metres
from omniroute.model.exact import Number

OBJECTIVES: Final = ("cheapest", "fastest")
_COUNT_MAX: Final = 2**31 - 1


def _objective(value: str) -> str:
    return one_of(value, "objective", OBJECTIVES, ConfigurationError)


def _max_shipments(value: int | None) -> int | None:
    if value is None:
        return None
    return whole(value, "max_shipments", 1, _COUNT_MAX, ConfigurationError)


def _complete_only(value: bool) -> bool:
    return flag(value, "complete_only", ConfigurationError)


def _max_distance(value: Number | None) -> Decimal | None:
    return kilometres(value, "max_distance_km")


def _exclude_nodes(value: Iterable[str]) -> tuple[str, ...]:
    return texts(value, "exclude_nodes", ConfigurationError)


def _mix_kinds(value: bool) -> bool:
    return flag(value, "mix_kinds", ConfigurationError)


def _work_budget(value: int) -> int:
    return whole(value, "work_budget", 1, 2**62, ConfigurationError)


def _name(value: str) -> str:
    return text(value, "name", ConfigurationError)


@attrs.frozen
class RoutingPolicy:
    """The declared rules a routing decision follows.

    Parameters
    ----------
    objective
        ``"cheapest"``, or ``"fastest"``: the least latest arrival, then the cheapest.
    max_shipments
        Most shipments of one order; None for no limit.
    complete_only
        Serve an order whole or not at all.
    max_distance_km
        Farthest node from the destination, to the metre; None for no limit.
    exclude_nodes
        Ids of nodes that serve no order under this policy.
    mix_kinds
        Whether one plan may mix service kinds.
    work_budget
        Search steps one decision may take where the search is bounded. Counted, not
        timed: the same input gives the same answer on any machine.
    name
        What reports call it.

    Raises
    ------
    ConfigurationError
        One of these cannot be.

    Examples
    --------
    >>> RoutingPolicy(objective="fastest", max_shipments=2).max_shipments
    2
    """

    objective: str = field(default="cheapest", converter=_objective)
    max_shipments: int | None = field(default=None, converter=_max_shipments)
    complete_only: bool = field(default=False, converter=_complete_only)
    max_distance_km: Decimal | None = field(default=None, converter=_max_distance)
    exclude_nodes: tuple[str, ...] = field(default=(), converter=_exclude_nodes)
    mix_kinds: bool = field(default=False, converter=_mix_kinds)
    work_budget: int = field(default=2_000_000, converter=_work_budget)
    name: str = field(default="default", converter=_name)

    @property
    def max_distance_m(self) -> int | None:
        """The maximum distance in whole metres."""
        if self.max_distance_km is None:
            return None
        return to_metres(self.max_distance_km, "max_distance_km")
