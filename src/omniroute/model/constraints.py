"""What a policy allows: checks of its limits, and of what it puts a price on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from omniroute.codes import NODE_KINDS
from omniroute.errors import ConfigurationError
from omniroute.model.checks import flag, one_of, text, texts
from omniroute.model.distance import kilometres
from omniroute.model.exact import Number
from omniroute.model.money import cost

#: Most money for a shipment or a day, and for a kilometre.
PRICE_MAX = 100_000
KM_PRICE_MAX = 10

#: When a line may come from several nodes: where none has it whole; or wherever that
#: makes a better plan.
NEVER, WHEN_NEEDED, FREELY = SPLITS = ("never", "when_needed", "freely")

#: What the time is that an order is needed by: a limit, or a wish that has a price.
HARD, SOFT = NEEDED_BYS = ("hard", "soft")

#: Pairs of a key and its value, sorted by key: a mapping that can be compared and hashed.
ByKind = tuple[tuple[str, Decimal], ...]
ByChannel = tuple[tuple[str, tuple[str, ...]], ...]


def split_lines(value: bool | str) -> str:
    """Check when lines may be split over nodes; a yes or no is the word for it."""
    if isinstance(value, str):
        return one_of(value, "split_lines", SPLITS, ConfigurationError)
    needed = flag(value, "split_lines", ConfigurationError)
    return WHEN_NEEDED if needed else NEVER


def keep_together(value: Iterable[str]) -> tuple[str, ...]:
    """Check a list of item classes."""
    return texts(value, "keep_together", ConfigurationError)


def min_value_to_split(value: Number | None) -> Decimal | None:
    """Check the least value of an order that may have several shipments."""
    return None if value is None else cost(value, "min_value_to_split")


def price(value: Number, path: str, most: int = PRICE_MAX) -> Decimal:
    """Check a price that is no cash: from 0, and small enough for the search keys."""
    amount = cost(value, path)
    if amount > most:
        raise ConfigurationError(path, f"a price from 0 to {most:,}", value)
    return amount


def split_penalty(value: Number) -> Decimal:
    """Check the price of each shipment after the first."""
    return price(value, "split_penalty")


def distance_price(value: Number) -> Decimal:
    """Check the price of a kilometre."""
    return price(value, "distance_price", KM_PRICE_MAX)


def max_distance_by_kind(value: Any) -> ByKind:
    """Check a mapping of node kind and kilometres."""
    path = "max_distance_km_by_kind"
    found = []
    for kind, km in _pairs(value, path):
        where = f"{path}[{kind!r}]"
        one_of(kind, where, NODE_KINDS, ConfigurationError)
        limit = kilometres(km, where)
        if limit is None:
            raise ConfigurationError(where, "kilometres", km)
        found.append((kind, limit))
    return tuple(sorted(found))


def exclude_nodes_by_channel(value: Any) -> ByChannel:
    """Check a mapping of channel and the nodes that serve no order through it."""
    path = "exclude_nodes_by_channel"
    found = []
    for channel, nodes in _pairs(value, path):
        where = f"{path}[{channel!r}]"
        text(channel, where, ConfigurationError)
        found.append((channel, texts(nodes, where, ConfigurationError)))
    return tuple(sorted(found))


def _pairs(value: Any, path: str) -> list[tuple[Any, Any]]:
    """Members of a mapping, or of pairs as `attrs.evolve` hands them back."""
    if isinstance(value, Mapping):
        return list(value.items())
    members = list(value) if isinstance(value, tuple | list) else None
    if members is None or any(len(each) != 2 for each in members):
        raise ConfigurationError(path, "a mapping", value)
    if len({key for key, _ in members}) < len(members):
        raise ConfigurationError(path, "each key once", value)
    return members
