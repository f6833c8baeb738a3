"""What is promised for later, by cell and time, and what of today's stock it needs.

Few cells have dated demand, so it is kept in dicts beside the book, whose lines it sums
up. What a cell has to keep of what is there now for promises that fall due later is its
dip: an effect sets it, and what is free has it taken off.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from heapq import heappop, heappush
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import (
    E_AUX,
    E_NODE,
    E_QUANTITY,
    E_REFERENCE,
    E_SKU,
    E_WHAT,
    Effect,
)
from omniroute.stock.agenda import up_to

I8 = NDArray[np.int64]

_LINE, _UNLINE = int(Effect.LINE), int(Effect.UNLINE)
_DUE, _DIP = int(Effect.DUE), int(Effect.DIP)

#: (SKU number, node index).
Cell = tuple[int, int]
Key = TypeVar("Key", bound=Hashable)


class Dated:
    """Dated demand of open reservations, and the dips of cells.

    Attributes
    ----------
    demand : dict
        Quanta by second due, by cell; what is nothing is not kept.
    dips : dict of Cell to int
        Quanta that a cell keeps for what falls due later.
    owners : dict
        Quanta by reservation number, by second due.
    beyond : callable
        How far beyond its supply a cell may be promised for later; whoever owns the
        state says.

    Examples
    --------
    >>> dated = Dated()
    >>> dated.apply(np.array([[_LINE, 0, 1, 5, 7, 0, 60, 0]]))
    >>> dated.demand, dated.due(59), dated.due(60)
    ({(0, 1): {60: 5}}, [], [60])
    """

    __slots__ = ("_seconds", "beyond", "demand", "dips", "owners")

    def __init__(self) -> None:
        self.demand: dict[Cell, dict[int, int]] = {}
        self.dips: dict[Cell, int] = {}
        self.owners: dict[int, dict[int, int]] = {}
        self.beyond: Callable[[Cell], int] = lambda _: 0
        #: A heap of the keys of ``owners``, those that are no more included.
        self._seconds: list[int] = []

    def __bool__(self) -> bool:
        """Whether there is anything at all."""
        return bool(self.demand or self.dips)

    # -- changes -----------------------------------------------------------------------

    def apply(self, rows: I8, sign: int = 1) -> None:
        """Note what effects say that have been applied to the cells and the book."""
        what = rows[:, E_WHAT]
        lines = ((what == _LINE) | (what == _UNLINE)) & (rows[:, E_AUX] != 0)
        for i in np.flatnonzero(lines | (what == _DUE) | (what == _DIP)).tolist():
            self._apply_one(rows[i].tolist(), sign)

    def undo(self, rows: I8) -> None:
        """Undo what `apply` has noted: all of it is sums."""
        self.apply(rows, -1)

    def _apply_one(self, row: list[int], sign: int) -> None:
        what, quanta, due = row[E_WHAT], sign * row[E_QUANTITY], row[E_AUX]
        cell = row[E_SKU], row[E_NODE]
        if what == _DIP:
            _add(self.dips, cell, quanta)
            return
        if what != _LINE:
            quanta = -quanta
        if what == _DUE:
            # What a line has of its cell from now on, the dip no longer keeps for it.
            _add(self.dips, cell, quanta)
        if due not in self.owners:
            heappush(self._seconds, due)
        _add_within(self.demand, cell, due, quanta)
        _add_within(self.owners, due, row[E_REFERENCE], quanta)

    # -- questions ---------------------------------------------------------------------

    def due(self, now: int) -> list[int]:
        """Return the seconds up to ``now`` at which something falls due, in order."""
        seconds = self._seconds
        while seconds and seconds[0] not in self.owners:
            heappop(seconds)
        if not seconds or seconds[0] > now:
            return []
        return sorted({s for s in up_to(seconds, now) if s in self.owners})

    def seconds(self) -> set[int]:
        """Return the seconds that are listed to be looked at when they have come."""
        return set(self._seconds)

    def numbers(self, due: int) -> list[int]:
        """Return the reservations of which something falls due then, by number."""
        return sorted(self.owners.get(due, ()))

    def all_numbers(self) -> list[int]:
        """Return every reservation that holds something dated, by number."""
        return sorted({number for held in self.owners.values() for number in held})


def _add(sums: dict[Key, int], key: Key, change: int) -> None:
    total = sums.get(key, 0) + change
    if total:
        sums[key] = total
    else:
        sums.pop(key, None)


def _add_within(
    sums: dict[Key, dict[int, int]], key: Key, inner: int, change: int
) -> None:
    """Add to what is two keys deep; sums of nothing go."""
    there = sums.setdefault(key, {})
    _add(there, inner, change)
    if not there:
        del sums[key]
