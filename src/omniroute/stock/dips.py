"""Dips kept true of a state: what cells have to keep for promises that fall due later.

Kernels that take what is free know nothing of later: the dip has been taken off. It is
another when dated demand or supply of the cell is another, or has been overtaken by time.
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heappop, heappush

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import (
    E_NODE,
    E_REFERENCE,
    E_SKU,
    E_WHAT,
    QUANTITY_MAX,
    STOCK_FIRST,
    STOCK_LAST,
    SUPPLY_LAST,
    Effect,
)
from omniroute.kernels.stock.supply import N_NODE, N_SKU
from omniroute.stock.dated import Cell
from omniroute.stock.effects import NOTHING, EffectBatch
from omniroute.stock.project import base, inbound, needed
from omniroute.stock.state import State

I8 = NDArray[np.int64]

_TICK, _DIP, _EXPECT = int(Effect.TICK), int(Effect.DIP), int(Effect.EXPECT)
_LINE, _DUE = int(Effect.LINE), int(Effect.DUE)


class Dips:
    """Works out which dips have to change, and notes when time will change them.

    Parameters
    ----------
    state
        Read, never modified.
    """

    __slots__ = ("_noted", "_state", "_waking")

    def __init__(self, state: State) -> None:
        self._state = state
        #: A heap of (second, cell): when supply that a dip counts on is due. None where
        #: dips may have come by a replay, and nobody has looked.
        self._waking: list[tuple[int, Cell]] | None = None
        #: The latest second noted for each cell.
        self._noted: dict[Cell, int] = {}

    def follow(self, rows: I8) -> EffectBatch:
        """Effects that set the dips right after these rows have been applied.

        O(rows), and what is dated at the cells they touch.
        """
        dated = self._state.dated
        if not dated:
            return NOTHING
        changes = []
        for cell in sorted(self._touched(rows.tolist())):
            change = self._wanted(cell) - dated.dips.get(cell, 0)
            if change:
                changes.append((_DIP, *cell, change, -1, self._state.now, 0, 0))
        return EffectBatch(changes) if changes else NOTHING

    def _touched(self, rows: Iterable[list[int]]) -> set[Cell]:
        """Return the cells whose dip may be another after these rows."""
        dated, entries = self._state.dated, self._state.supply.entries
        found: set[Cell] = set()
        for row in rows:
            what = row[E_WHAT]
            if STOCK_FIRST <= what <= STOCK_LAST or _LINE <= what <= _DUE:
                found.add((row[E_SKU], row[E_NODE]))
            elif what == _TICK:
                found.update(self._woken())
            elif _EXPECT <= what <= SUPPLY_LAST:
                entry = entries[row[E_REFERENCE]]
                found.add((int(entry[N_SKU]), int(entry[N_NODE])))
        return {cell for cell in found if cell in dated.demand or cell in dated.dips}

    def _wanted(self, cell: Cell) -> int:
        """Return what the dip has to be, and see to it that it is looked at in time."""
        spans = inbound(self._state, cell)
        demand = self._state.dated.demand.get(cell, {})
        if spans and demand:
            self._note(cell, min(spans)[0])
        # What is free stays within the range of a plane.
        return min(needed(spans, demand), base(self._state, cell) + QUANTITY_MAX)

    def _note(self, cell: Cell, second: int) -> None:
        """Have the cell looked at when the second has come."""
        if self._waking is not None and self._noted.get(cell) != second:
            self._noted[cell] = second
            heappush(self._waking, (second, cell))

    def _woken(self) -> list[Cell]:
        """Return the cells of which supply was due, and take them off the list."""
        if self._waking is None:
            self._waking = []
            return [*self._state.dated.demand]
        found = []
        while self._waking and self._waking[0][0] <= self._state.now:
            found.append(heappop(self._waking)[1])
            self._noted.pop(found[-1], None)
        return found
