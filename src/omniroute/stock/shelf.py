"""Which lots units come to and leave, where facts and parcels move what is on hand.

What leaves takes the lot it names, and for the rest what ends first; units that end
never are the last to go. A fact that names a lot has its sell-by in E_REFERENCE. What
comes of it is written down as LOT effects, so that a replay does not decide again.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import (
    E_AUX,
    E_AUX2,
    E_NODE,
    E_QUANTITY,
    E_REFERENCE,
    E_SKU,
    E_TIME,
    E_WHAT,
    LOT,
    P_ON_HAND,
    STOCK_FIRST,
    STOCK_LAST,
    Effect,
)
from omniroute.stock.effects import EffectBatch, Row
from omniroute.stock.lots import Cell
from omniroute.stock.state import State

I8 = NDArray[np.int64]

_SAFETY, _SHIP = int(Effect.SAFETY), int(Effect.SHIP)
_COUNT, _SELL = int(Effect.COUNT), int(Effect.SELL)
_ADJUST = int(Effect.ADJUST)
_FEW = 32


def count_of_lot(cell: Cell, quanta: int, sell_by: int, now: int) -> Row:
    """Return the row of a lot that was counted: an ADJUST, `with_lots` says by what."""
    # One up, so that 0, what all others have there, says that nothing was counted.
    return (_ADJUST, *cell, 0, sell_by, now, 0, quanta + 1)


def with_lots(state: State, batch: EffectBatch, sell_by: int = 0) -> EffectBatch:
    """Return the batch with the rows that say what becomes of lots.

    They come last, so that the others keep their places. What cells have no lots, and
    name none, costs a look. A batch that speaks of lots itself is left as it is.

    Parameters
    ----------
    state
        Read, never modified.
    batch
        Not applied yet. Counts of lots get the change they come to.
    sell_by
        The lot that parcels take their units from first; 0 for none.
    """
    rows = batch.rows
    here = _concerned(state, rows)
    if not here or (rows[:, E_WHAT] == LOT).any():
        return batch
    shelves: dict[Cell, _Shelf] = {}
    for i in here:
        row = rows[i].tolist()
        cell = row[E_SKU], row[E_NODE]
        shelf = shelves.get(cell)
        if shelf is None:
            shelf = shelves[cell] = _Shelf(state, cell)
        shelf.follow(row, sell_by)
        rows[i, E_QUANTITY], rows[i, E_AUX2] = row[E_QUANTITY], row[E_AUX2]
    now = int(rows[here[0], E_TIME])
    more = [
        (LOT, *cell, change, -1, now, end, 0)
        for cell in sorted(shelves)
        for end, change in shelves[cell].changes()
    ]
    if not more:
        return batch
    return EffectBatch(np.concatenate([rows, np.array(more, np.int64)]), batch.texts)


def _concerned(state: State, rows: I8) -> list[int]:
    """Rows that move what is on hand of cells that have lots, or are given some."""
    if len(rows) <= max(_FEW, len(state.lots.cells)):
        return _concerned_few(state, rows.tolist())
    what, nodes = rows[:, E_WHAT], state.arena.nodes
    moving = (what >= STOCK_FIRST) & (what <= STOCK_LAST) & (what != _SAFETY)
    naming = moving & (rows[:, E_REFERENCE] > 0)
    moving |= what == _SHIP
    keys = rows[:, E_SKU] * nodes + rows[:, E_NODE]
    known = np.array([sku * nodes + node for sku, node in state.lots.cells], np.int64)
    moving &= np.isin(keys, np.union1d(known, keys[naming]))
    return np.flatnonzero(moving).tolist()


def _concerned_few(state: State, rows: list[list[int]]) -> list[int]:
    some = [
        (i, (row[E_SKU], row[E_NODE]))
        for i, row in enumerate(rows)
        if _moves(row[E_WHAT])
    ]
    cells = state.lots.cells
    named = {cell for i, cell in some if _names(rows[i])}
    return [i for i, cell in some if cell in cells or cell in named]


def _moves(what: int) -> bool:
    return (STOCK_FIRST <= what <= STOCK_LAST and what != _SAFETY) or what == _SHIP


def _names(row: list[int]) -> bool:
    return row[E_WHAT] != _SHIP and row[E_REFERENCE] > 0


class _Shelf:
    """On hand and lots of one cell, as rows would leave them."""

    def __init__(self, state: State, cell: Cell) -> None:
        at = state.arena.find(*cell)
        self._on_hand = int(state.arena.planes[P_ON_HAND, at]) if at >= 0 else 0
        self._before = state.lots.of(*cell)
        self._lots = dict(self._before)
        #: What counts of lots came to, which counts of the whole could not know of.
        self._found = 0

    def follow(self, row: list[int], parcels_of: int) -> None:
        """Do what a row does; it gets the change that counts of lots come to."""
        what, quanta = row[E_WHAT], row[E_QUANTITY]
        named = parcels_of if what == _SHIP else max(0, row[E_REFERENCE])
        if row[E_AUX2] and what == _ADJUST:
            quanta = row[E_AUX2] - 1 - self._lots.get(named, 0)
            row[E_QUANTITY], row[E_AUX2] = quanta, 0
            self._found += quanta
        elif what == _COUNT:
            if 0 != row[E_AUX] < row[E_TIME]:
                quanta = row[E_QUANTITY] = quanta + self._found
            quanta -= self._on_hand
        elif what in (_SELL, _SHIP):
            quanta = -quanta
        self._on_hand += quanta
        if quanta < 0:
            self._take(-quanta, named)
        elif named:
            self._lots[named] = self._lots.get(named, 0) + quanta
        # No more than there are: what a till sold before it came in is gone.
        self._take(sum(self._lots.values()) - max(0, self._on_hand), 0)

    def _take(self, quanta: int, named: int) -> None:
        """Take units from the lot named, then from what ends first."""
        for end in (named, *sorted(self._lots)):
            some = min(quanta, self._lots.get(end, 0))
            if some > 0:
                self._lots[end] -= some
                quanta -= some

    def changes(self) -> Iterable[tuple[int, int]]:
        """(Sell-by, change) of each lot that is not what it was."""
        for end in sorted({*self._before, *self._lots}):
            change = self._lots.get(end, 0) - self._before.get(end, 0)
            if change:
                yield end, change
