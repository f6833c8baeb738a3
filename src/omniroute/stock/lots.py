"""Lots: units of a cell that can be sold until some time, for the few cells with any.

A lot is what a cell has on hand that ends at one instant; what ends never is in none.
Only on hand knows how many units there are: lots say of some of them when they end.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import (
    E_AUX,
    E_NODE,
    E_QUANTITY,
    E_SKU,
    E_WHAT,
    FOREVER,
    LOT,
)
from omniroute.errors import ValidationError

I8 = NDArray[np.int64]

#: (SKU number, node index).
Cell = tuple[int, int]


class Lots:
    """Quanta by cell and sell-by, and the agenda of their ends.

    Attributes
    ----------
    cells : dict
        Quanta by sell-by (seconds UTC), by SKU number and node index.
    next_s : int
        Second before which nothing ends.
    """

    __slots__ = ("_ends", "cells", "next_s")

    def __init__(self) -> None:
        self.cells: dict[Cell, dict[int, int]] = {}
        self.next_s = FOREVER
        #: A heap; what is no lot any more is passed over when its time comes.
        self._ends: list[tuple[int, int, int]] = []

    # -- changes -----------------------------------------------------------------------

    def apply(self, rows: I8) -> None:
        """Apply the LOT rows, all or none; their cells are of the catalogue.

        Raises
        ------
        ValidationError
            One of them cannot be: the path says which.
        """
        here = np.flatnonzero(rows[:, E_WHAT] == LOT).tolist()
        for k, i in enumerate(here):
            row = rows[i].tolist()
            if row[E_AUX] <= 0 or not self._shift(row, 1):
                for j in reversed(here[:k]):
                    self._shift(rows[j].tolist(), -1)
                expected = "a lot of a cell that does not fall below zero"
                raise ValidationError(f"effects[{i}]", expected, row)

    def undo(self, rows: I8) -> None:
        """Undo rows that `apply` has applied."""
        for i in np.flatnonzero(rows[:, E_WHAT] == LOT)[::-1].tolist():
            self._shift(rows[i].tolist(), -1)

    def _shift(self, row: list[int], sign: int) -> bool:
        cell, sell_by = (row[E_SKU], row[E_NODE]), row[E_AUX]
        before = self.cells.get(cell, {}).get(sell_by, 0)
        after = before + sign * row[E_QUANTITY]
        if after < 0:
            return False
        if after:
            self.cells.setdefault(cell, {})[sell_by] = after
            if not before:
                heappush(self._ends, (sell_by, *cell))
                self.next_s = self._ends[0][0]
        elif before:
            del self.cells[cell][sell_by]
            if not self.cells[cell]:
                del self.cells[cell]
        return True

    # -- questions ---------------------------------------------------------------------

    def due(self, now: int) -> list[tuple[int, int, int]]:
        """Return (sell-by, SKU number, node index) of what ends by ``now``, in order.

        O(1) where nothing does. What is no lot any more is forgotten on the way.
        """
        ends = self._ends
        found: list[tuple[int, int, int]] = []
        while ends and ends[0][0] <= now:
            end = heappop(ends)
            live = end[0] in self.cells.get(end[1:], ())
            if live and (not found or found[-1] != end):
                found.append(end)
        for end in found:
            # Until they have ended, they are still to come.
            heappush(ends, end)
        self.next_s = ends[0][0] if ends else FOREVER
        return found

    def of(self, sku: int, node: int) -> dict[int, int]:
        """Quanta of a cell by sell-by, the first to end first. O(lots of the cell)."""
        return dict(sorted(self.cells.get((sku, node), {}).items()))

    def rows(self) -> Iterator[tuple[int, int, int, int]]:
        """(SKU number, node index, sell-by, quanta) of every lot, in this order."""
        for cell in sorted(self.cells):
            for sell_by, quanta in self.of(*cell).items():
                yield (*cell, sell_by, quanta)

    # -- proof -------------------------------------------------------------------------

    def records(
        self, skus: NDArray[np.uint64], nodes: NDArray[np.uint64]
    ) -> list[NDArray[np.uint64]]:
        """Words the digest mixes, a row each lot."""
        table = [
            (30, int(skus[sku]), int(nodes[node]), sell_by, quanta)
            for sku, node, sell_by, quanta in self.rows()
        ]
        return [np.array(table, np.uint64)] if table else []
