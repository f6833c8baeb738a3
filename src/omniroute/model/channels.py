"""Channels: who sells, in a tree, and whom each may draw from when its own is used up."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeAlias

import attrs
import numpy as np
from attrs import field
from numpy.typing import NDArray

from omniroute.codes import DRAW_END, DRAW_POOL
from omniroute.errors import ConfigurationError, UnknownChannelError
from omniroute.model.checks import flag, one_of, text, whole

I8: TypeAlias = NDArray[np.int64]

#: Where a channel may turn when its own fence is used up.
FALL_BACKS: Final = ("pool", "parents", "siblings", "outranked")


def _name(value: str) -> str:
    return text(value, "name", ConfigurationError)


def _parent(value: str | None) -> str | None:
    return None if value is None else text(value, "parent", ConfigurationError)


def _rank(value: int) -> int:
    return whole(value, "rank", -(2**31), 2**31, ConfigurationError)


def _fall_back(value: Iterable[str]) -> tuple[str, ...]:
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        expected = "a sequence of " + ", ".join(FALL_BACKS)
        raise ConfigurationError("fall_back", expected, value)
    chosen = tuple(
        one_of(name, f"fall_back[{i}]", FALL_BACKS, ConfigurationError)
        for i, name in enumerate(value)
    )
    if len(set(chosen)) < len(chosen):
        raise ConfigurationError("fall_back", "each of them once", chosen)
    return chosen


def _emergency(value: bool) -> bool:
    return flag(value, "emergency", ConfigurationError)


@attrs.frozen
class Channel:
    """One way to sell: a web shop, a marketplace, a region of either.

    Parameters
    ----------
    name
        What orders and fences call it.
    parent
        The channel it is part of; None for one of the first level.
    fall_back
        Whom to draw from when the own fence is used up, in this order: ``"pool"`` (what
        is in no fence), ``"parents"`` (the nearest first), ``"siblings"`` (by rank),
        ``"outranked"``: those of its tier with a higher rank than its own, whoever
        their parents are, the highest first; then those of the tier above that its
        parent outranks, and so on. Empty: the own fence and no more.
    rank
        Its turn among its siblings when one of them falls back on them; low first, then
        by name. Of who is outranked, the highest gives first.
    emergency
        May draw on everything, what is protected last.

    Raises
    ------
    ConfigurationError
        One of these cannot be.

    Examples
    --------
    >>> Channel("web", fall_back=("pool", "siblings")).fall_back
    ('pool', 'siblings')
    """

    name: str = field(converter=_name)
    parent: str | None = field(default=None, converter=_parent)
    fall_back: tuple[str, ...] = field(default=("pool",), converter=_fall_back)
    rank: int = field(default=0, converter=_rank)
    emergency: bool = field(default=False, converter=_emergency)


class ChannelTree:
    """Channels, numbered, with the order in which each draws.

    Parameters
    ----------
    channels
        `Channel` objects in any order; parents need not come first. Any depth.

    Attributes
    ----------
    channels : tuple of Channel
        By number.
    numbers : dict of str to int
        Number of each name.
    orders : int64[K + 1, K + 2]
        Row by row whom a channel draws from: numbers, `DRAW_POOL` for the common pool,
        `DRAW_END` for no more. The last row is for who comes through no channel.
    emergency : int64[K + 1]
        1 where protected units may be drawn as well.

    Raises
    ------
    ConfigurationError
        A name twice, an unknown parent, or a channel that is its own ancestor; the path
        says which (``channels[2].parent``).

    Examples
    --------
    >>> web = Channel("web", fall_back=("pool", "parents"), parent="online")
    >>> tree = ChannelTree([Channel("online"), web])
    >>> tree.sources("web")
    ('web', None, 'online')
    """

    __slots__ = ("channels", "children", "emergency", "numbers", "orders", "roots")

    def __init__(self, channels: Iterable[Channel] = ()) -> None:
        self.channels = _checked(channels)
        self.numbers = {found.name: i for i, found in enumerate(self.channels)}
        _check_parents(self.channels, self.numbers)
        self.children: list[list[int]] = [[] for _ in self.channels]
        self.roots: list[int] = []
        by_turn = sorted(self.channels, key=lambda found: (found.rank, found.name))
        for found in by_turn:
            number = self.numbers[found.name]
            self._brood(found.parent).append(number)
        size = len(self.channels)
        self.orders = np.full((size + 1, size + 2), DRAW_END, np.int64)
        self.orders[size, 0] = DRAW_POOL
        self.emergency = np.zeros(size + 1, np.int64)
        for number, found in enumerate(self.channels):
            order = self._order(number)
            self.orders[number, : len(order)] = order
            self.emergency[number] = found.emergency

    def __len__(self) -> int:
        return len(self.channels)

    def __repr__(self) -> str:
        return f"ChannelTree({len(self)} channels)"

    def number(self, name: str | None, path: str = "channel") -> int:
        """Return the number of a channel; None has one too, the last.

        Raises
        ------
        UnknownChannelError
            There is no such channel.
        """
        if name is None:
            return len(self.channels)
        found = self.numbers.get(name) if isinstance(name, str) else None
        if found is None:
            raise UnknownChannelError(name, path)
        return found

    def sources(self, name: str | None) -> tuple[str | None, ...]:
        """Names of the fences a channel draws from, in order; None is the pool."""
        order = self.orders[self.number(name)].tolist()
        return tuple(
            None if number == DRAW_POOL else self.channels[number].name
            for number in order
            if number != DRAW_END
        )

    def _brood(self, parent: str | None) -> list[int]:
        """Channels of one parent, or of none, by rank and name."""
        return self.roots if parent is None else self.children[self.numbers[parent]]

    def _parents(self, number: int) -> list[int]:
        """Its ancestors, the nearest first."""
        found = []
        parent = self.channels[number].parent
        while parent is not None:
            found.append(self.numbers[parent])
            parent = self.channels[found[-1]].parent
        return found

    def _outranked(self, number: int) -> list[int]:
        """Who is behind it on its tier, then behind its parent on that one's, and so on."""
        found: list[int] = []
        for above in [number, *self._parents(number)]:
            tier, rank = len(self._parents(above)), self.channels[above].rank
            behind = [
                k
                for k, other in enumerate(self.channels)
                if other.rank > rank and len(self._parents(k)) == tier
            ]
            found += sorted(behind, key=self._last_first)
        return found

    def _last_first(self, number: int) -> tuple[int, str]:
        found = self.channels[number]
        return -found.rank, found.name

    def _order(self, number: int) -> list[int]:
        own = self.channels[number]
        choices = {
            "pool": [DRAW_POOL],
            "parents": self._parents(number),
            "siblings": [k for k in self._brood(own.parent) if k != number],
            "outranked": self._outranked(number),
        }
        order = [number]
        for name in own.fall_back:
            order += [source for source in choices[name] if source not in order]
        if own.emergency:
            rest = [DRAW_POOL, *range(len(self.channels))]
            order += [source for source in rest if source not in order]
        return order


def _checked(channels: Iterable[Channel]) -> tuple[Channel, ...]:
    if isinstance(channels, str | bytes) or not isinstance(channels, Iterable):
        raise ConfigurationError("channels", "a sequence of Channel objects", channels)
    found = tuple(channels)
    seen = set()
    for i, channel in enumerate(found):
        if not isinstance(channel, Channel):
            raise ConfigurationError(f"channels[{i}]", "a Channel", channel)
        if channel.name in seen:
            expected = "a name not given before"
            raise ConfigurationError(f"channels[{i}].name", expected, channel.name)
        seen.add(channel.name)
    return found


def _check_parents(channels: tuple[Channel, ...], numbers: dict[str, int]) -> None:
    for i, channel in enumerate(channels):
        path = f"channels[{i}].parent"
        if channel.parent is not None and channel.parent not in numbers:
            raise ConfigurationError(path, "a channel of the tree", channel.parent)
        above, parent = {channel.name}, channel.parent
        while parent is not None:
            if parent in above:
                expected = "a parent that is not below it"
                raise ConfigurationError(path, expected, channel.parent)
            above.add(parent)
            parent = channels[numbers[parent]].parent if parent in numbers else None
