"""Members of a pool that want more of a cell than there is: they belong together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from omniroute.routing.pool.bench import Take

#: Quanta by position of a cell.
Quanta = Mapping[int, int] | NDArray[np.int64]


def summed(takes: Iterable[Iterable[Take]]) -> dict[int, int]:
    """Return what plans take together, by position."""
    found: dict[int, int] = {}
    for each in takes:
        for at, quanta in each:
            found[at] = found.get(at, 0) + quanta
    return found


def joined(
    groups: Sequence[frozenset[int]], takes: Mapping[int, Sequence[Take]], caps: Quanta
) -> list[frozenset[int]]:
    """Return groups of members, those made one that take too much of a cell together.

    Parameters
    ----------
    groups
        Places of members, each in one group.
    takes
        By place: what the member takes.
    caps
        What cells have.

    Examples
    --------
    >>> apart = [frozenset({0}), frozenset({1}), frozenset({2})]
    >>> takes = {0: [(7, 1)], 1: [(8, 1)], 2: [(7, 1)]}
    >>> [sorted(each) for each in joined(apart, takes, {7: 1, 8: 1})]
    [[1], [0, 2]]
    """
    users: dict[int, list[int]] = {}
    for place in sorted(place for group in groups for place in group):
        for at, _ in takes[place]:
            users.setdefault(at, []).append(place)
    wanted = summed(takes[place] for group in groups for place in group)
    leader = {place: min(group) for group in groups for place in group}
    for at, quanta in wanted.items():
        if quanta > caps[at]:
            _unite(leader, users[at])
    found: dict[int, set[int]] = {}
    for place in leader:
        found.setdefault(_root(leader, place), set()).add(place)
    return sorted(
        map(frozenset, found.values()), key=lambda each: (len(each), min(each))
    )


def _unite(leader: dict[int, int], places: Sequence[int]) -> None:
    roots = [_root(leader, place) for place in places]
    for root in roots:
        leader[root] = min(roots)


def _root(leader: dict[int, int], place: int) -> int:
    while leader[place] != place:
        leader[place] = leader[leader[place]]
        place = leader[place]
    return place
