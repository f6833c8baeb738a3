"""Stock shown to a decision in part: what is hidden is back when it is made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import P_FREE
from omniroute.kernels.stock.arena import R_LENGTH, R_START
from omniroute.stock.arena import Arena

Mask = NDArray[np.bool_]


class Cells:
    """What nodes have of some SKUs, to be shown in part."""

    def __init__(self, arena: Arena, skus: Sequence[int]) -> None:
        self._arena = arena
        self._at = {
            sku: slice(start, start + length)
            for sku in skus
            for start, length in [arena.rows[sku, [R_START, R_LENGTH]].tolist()]
        }
        free = arena.planes[P_FREE]
        self._free = {sku: free[at].copy() for sku, at in self._at.items()}

    def show(self, sku: int, mask: Mask) -> None:
        """Let only some nodes have what they have of a SKU."""
        at = self._at[sku]
        here = mask[self._arena.cell_node[at]]
        self._arena.planes[P_FREE, at] = np.where(here, self._free[sku], 0)

    def held(self, sku: int) -> NDArray[np.int64]:
        """int64[N]: what each node has of a SKU."""
        found = np.zeros(self._arena.nodes, np.int64)
        found[self._arena.cell_node[self._at[sku]]] = np.maximum(self._free[sku], 0)
        return found

    def restore(self) -> None:
        """Show all there is."""
        for sku, free in self._free.items():
            self._arena.planes[P_FREE, self._at[sku]] = free


@contextmanager
def shown(arena: Arena, skus: Sequence[int]) -> Iterator[Cells]:
    """Let what nodes have of some SKUs be shown in part, for decisions only."""
    cells = Cells(arena, skus)
    try:
        yield cells
    finally:
        cells.restore()
