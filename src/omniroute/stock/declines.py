"""Who declined what was routed to them, and who is asked for nothing for a while."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import (
    DECLINES_MAX,
    E_AUX,
    E_NODE,
    E_REFERENCE,
    E_TIME,
    E_WHAT,
    Effect,
)
from omniroute.stock.effects import Row

I8 = NDArray[np.int64]

_DECLINE, _REST = int(Effect.DECLINE), int(Effect.REST)


class Declines:
    """Declines by node, and of open reservations by reservation.

    Attributes
    ----------
    counts : dict of int to int
        How often each node has declined, by node index.
    lately : dict of int to list of int
        Seconds UTC of its last declines, the oldest first; `DECLINES_MAX` at the most.
    rests : dict of int to int
        Second UTC until which a node is asked for nothing; may have passed.
    by : dict of int to dict of int to int
        How often which nodes declined a reservation, by its number.

    Examples
    --------
    >>> declines = Declines()
    >>> declines.apply(np.array([declined(0, 3, now=60), rest(3, until=90, now=60)]))
    >>> declines.counts, declines.of(0), declines.resting(89), declines.resting(90)
    ({3: 1}, (3,), (3,), ())
    """

    __slots__ = ("by", "counts", "lately", "rests")

    def __init__(self) -> None:
        self.counts: dict[int, int] = {}
        self.lately: dict[int, list[int]] = {}
        self.rests: dict[int, int] = {}
        self.by: dict[int, dict[int, int]] = {}

    def __bool__(self) -> bool:
        return bool(self.counts or self.rests)

    def apply(self, rows: I8) -> None:
        """Note declines and rests; rows of other kinds are passed over."""
        what = rows[:, E_WHAT]
        for row in rows[(what == _DECLINE) | (what == _REST)].tolist():
            node = row[E_NODE]
            if row[E_WHAT] == _REST:
                self.rests[node] = row[E_AUX]
                continue
            self.counts[node] = self.counts.get(node, 0) + 1
            times = [*self.lately.get(node, ()), row[E_TIME]]
            self.lately[node] = times[-DECLINES_MAX:]
            nodes = self.by.setdefault(row[E_REFERENCE], {})
            nodes[node] = nodes.get(node, 0) + 1

    def forget(self, ended: set[int]) -> None:
        """Forget who declined reservations that have ended."""
        for number in ended & self.by.keys():
            del self.by[number]

    # -- questions ---------------------------------------------------------------------

    def of(self, number: int) -> tuple[int, ...]:
        """Nodes that declined a reservation, by index."""
        return tuple(sorted(self.by.get(number, ())))

    def count_of(self, number: int) -> int:
        """How often a reservation was declined, by whomever."""
        return sum(self.by.get(number, {}).values())

    def since(self, node: int, start: int) -> int:
        """How often a node declined after a second, of what is remembered."""
        return sum(time > start for time in self.lately.get(node, ()))

    def resting(self, now: int) -> tuple[int, ...]:
        """Nodes that are asked for nothing, by index."""
        return tuple(sorted(n for n, until in self.rests.items() if until > now))

    # -- proof -------------------------------------------------------------------------

    def records(
        self,
        nodes: NDArray[np.uint64],
        reservations: NDArray[np.uint64],
        open_: set[int],
    ) -> Iterator[NDArray[np.uint64]]:
        """Words the digest mixes: of nodes, their times and rests, of open reservations."""
        tables: tuple[list[tuple[Any, ...]], ...] = (
            [(110, nodes[node], count) for node, count in self.counts.items()],
            [
                (111, nodes[node], place, time)
                for node, times in self.lately.items()
                for place, time in enumerate(times)
            ],
            [(112, nodes[node], until) for node, until in self.rests.items()],
            [
                (113, reservations[number], nodes[node], count)
                for number in open_ & self.by.keys()
                for node, count in self.by[number].items()
            ],
        )
        yield from (np.array(table, np.uint64) for table in tables if table)


def declined(number: int, node: int, now: int) -> Row:
    """Say that a node would not give what a reservation held there."""
    return (_DECLINE, -1, node, 1, number, now, 0, 0)


def rest(node: int, until: int, now: int) -> Row:
    """Say that a node is asked for nothing until some second."""
    return (_REST, -1, node, 0, -1, now, until, 0)
