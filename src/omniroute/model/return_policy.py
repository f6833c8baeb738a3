"""Where returned units may go, and what they are worth there: data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

import attrs
from attrs import field

from omniroute.codes import NODE_KINDS, ON_HAND, SHARE_ONE
from omniroute.errors import ConfigurationError
from omniroute.model.checks import flag, one_of, text, texts, whole
from omniroute.model.distance import kilometres, to_metres
from omniroute.model.exact import Number, from_scaled, to_scaled
from omniroute.model.money import cost

#: Most that a unit may be worth of its value: a sale saved may be worth more than its
#: price, and ten times the price is a slip of the pen.
SHARE_MAX: Final = 10
_LEVEL_MAX: Final = 1_000_000
_STEPS_MAX: Final = 100


def _share(value: Any, path: str, most: int) -> Decimal:
    expected = f"a share from 0 to {most}, of at most 4 decimals"
    scaled = to_scaled(value, 4, path, expected, ConfigurationError)
    if not 0 <= scaled <= most * SHARE_ONE:
        raise ConfigurationError(path, expected, value)
    return from_scaled(scaled, 4)


def _need(value: Any) -> tuple[tuple[int, Decimal], ...]:
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        raise ConfigurationError("need", "a sequence of (level, share) pairs", value)
    steps: list[tuple[int, Decimal]] = []
    for i, step in enumerate(value):
        if not isinstance(step, tuple | list) or len(step) != 2:
            raise ConfigurationError(f"need[{i}]", "a pair (level, share)", step)
        path = f"need[{i}][0]"
        level = whole(step[0], path, -_LEVEL_MAX, _LEVEL_MAX, ConfigurationError)
        if steps and level <= steps[-1][0]:
            raise ConfigurationError(path, "a level above the one before it", level)
        steps.append((level, _share(step[1], f"need[{i}][1]", SHARE_MAX)))
    if len(steps) > _STEPS_MAX:
        raise ConfigurationError("need", f"at most {_STEPS_MAX} steps", len(steps))
    return tuple(steps)


def _otherwise(value: Number) -> Decimal:
    return _share(value, "otherwise", SHARE_MAX)


def _scrap(value: Number) -> Decimal:
    return _share(value, "scrap", 1)


def _sellable(value: Any) -> dict[str, Decimal]:
    found = {ON_HAND: Decimal(1)}
    for state, chance in _mapping(value, "sellable").items():
        name = text(state, "sellable", ConfigurationError)
        found[name] = _share(chance, f"sellable[{name!r}]", 1)
    return found


def _takes(value: Any) -> dict[str, tuple[str, ...]]:
    return {
        text(state, "takes", ConfigurationError): texts(
            nodes, f"takes[{state!r}]", ConfigurationError
        )
        for state, nodes in _mapping(value, "takes").items()
    }


def _handling(value: Any) -> dict[str, Decimal]:
    return {
        one_of(kind, "handling", NODE_KINDS, ConfigurationError): cost(
            amount, f"handling[{kind!r}]"
        )
        for kind, amount in _mapping(value, "handling").items()
    }


def _mapping(value: Any, path: str) -> Mapping[Any, Any]:
    if not isinstance(value, Mapping):
        raise ConfigurationError(path, "a mapping", value)
    return value


def _services(value: Iterable[str] | None) -> tuple[str, ...] | None:
    return None if value is None else texts(value, "services", ConfigurationError)


def _exclude_nodes(value: Iterable[str]) -> tuple[str, ...]:
    return texts(value, "exclude_nodes", ConfigurationError)


def _keep_here(value: bool) -> bool:
    return flag(value, "keep_here", ConfigurationError)


def _max_distance(value: Number | None) -> Decimal | None:
    return kilometres(value, "max_distance_km")


def _name(value: str) -> str:
    return text(value, "name", ConfigurationError)


@attrs.frozen
class ReturnPolicy:
    """What returned units are worth at a node, and which nodes may have them.

    Parameters
    ----------
    need
        Steps (level, share), levels in units and rising: a unit that comes to a node
        where fewer than ``level`` are free, on their way, or unavailable in a state
        that is `sellable`, is worth that share of its value, by the first step that
        fits. Level 0 is a node that is short, below its
        safety stock or oversold; level 1 one that is sold out.
    otherwise
        The share where no step fits: below 1 is what will be marked down there.
    sellable
        Chance by state that a unit which comes in that state can be sold in the end.
        1 for ``"on_hand"`` and 0 for all others unless said.
    scrap
        Share of the value that a unit brings which cannot be sold, wherever it is.
    takes
        Ids of the nodes that take units of a state; where a state is not named, all.
    handling
        What taking in a unit costs, by kind of node, in the currency unit; 0 if unsaid.
    services
        Names of the services that bring units to another node; None for all of kind
        ``ship``.
    keep_here
        Whether units may stay where they are handed in.
    max_distance_km
        Farthest node they are sent to; None for no limit.
    exclude_nodes
        Ids of nodes that take no returns.
    name
        What reports call it.

    Raises
    ------
    ConfigurationError
        One of these cannot be; the path says which (``need[1][0]``).

    Examples
    --------
    A sold-out node needs it, one with ten has to mark it down:

    >>> policy = ReturnPolicy(need=[(1, 1), (10, 0.9)], otherwise=0.5)
    >>> policy.need
    ((1, Decimal('1')), (10, Decimal('0.9')))
    """

    need: tuple[tuple[int, Decimal], ...] = field(default=(), converter=_need)
    otherwise: Decimal = field(default=Decimal(1), converter=_otherwise)
    sellable: dict[str, Decimal] = field(
        factory=dict, converter=_sellable, hash=False, kw_only=True
    )
    scrap: Decimal = field(default=Decimal(0), converter=_scrap, kw_only=True)
    takes: dict[str, tuple[str, ...]] = field(
        factory=dict, converter=_takes, hash=False, kw_only=True
    )
    handling: dict[str, Decimal] = field(
        factory=dict, converter=_handling, hash=False, kw_only=True
    )
    services: tuple[str, ...] | None = field(
        default=None, converter=_services, kw_only=True
    )
    keep_here: bool = field(default=True, converter=_keep_here, kw_only=True)
    max_distance_km: Decimal | None = field(
        default=None, converter=_max_distance, kw_only=True
    )
    exclude_nodes: tuple[str, ...] = field(
        default=(), converter=_exclude_nodes, kw_only=True
    )
    name: str = field(default="default", converter=_name, kw_only=True)

    @property
    def max_distance_m(self) -> int | None:
        """The maximum distance in whole metres."""
        if self.max_distance_km is None:
            return None
        return to_metres(self.max_distance_km, "max_distance_km")
