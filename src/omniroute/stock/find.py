"""Find probabilities: the chance that a pick at a cell finds its units."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import (
    E_QUANTITY,
    E_WHAT,
    FIND,
    SHARE_ONE,
)
from omniroute.errors import ValidationError
from omniroute.kernels.stock.find import chances_of, put_find, undo_find
from omniroute.stock.table import Table

I8 = NDArray[np.int64]


class Find:
    """Chances in 1/10,000 by cell, of those that may fail; all others are sure.

    Attributes
    ----------
    table : Table
        By ``sku * nodes + node``. Kernels read it with ``kernels.table.value_of`` and
        the default `SHARE_ONE`.
    version : int
        Moves on with every change.
    """

    __slots__ = ("_nodes", "table", "version")

    def __init__(self, nodes: int) -> None:
        self.table = Table()
        self.version = 0
        self._nodes = nodes

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays, room to spare included."""
        return self.table.nbytes

    # -- changes -----------------------------------------------------------------------

    def apply(self, rows: I8) -> None:
        """Apply the FIND rows, all or none; their cells are of the catalogue.

        Raises
        ------
        ValidationError
            One of them cannot be: the path says which.
        """
        here = rows[:, E_WHAT] == FIND
        chances = rows[:, E_QUANTITY]
        bad = np.flatnonzero(here & ((chances < 0) | (chances > SHARE_ONE)))
        if len(bad):
            i = int(bad[0])
            expected = f"a chance from 0 to {SHARE_ONE}"
            raise ValidationError(f"effects[{i}]", expected, rows[i].tolist())
        self.version += 1
        table = self.table
        table.make_room(int(here.sum()))
        table.used += int(put_find(rows, self._nodes, table.keys, table.values))

    def undo(self, rows: I8) -> None:
        """Undo rows that `apply` has applied."""
        self.version += 1
        undo_find(rows, self._nodes, self.table.keys, self.table.values)

    # -- questions ---------------------------------------------------------------------

    def __bool__(self) -> bool:
        """Whether a chance was ever set."""
        return bool(self.table.used)

    def of(self, sku: int, node: int) -> int:
        """Return the chance of one cell. O(1)."""
        return self.table.get(sku * self._nodes + node, SHARE_ONE)

    def items(self) -> tuple[I8, I8]:
        """Keys ``sku * nodes + node`` and chances of the cells that may fail, by key."""
        keys, chances = self.table.items()
        some = chances != SHARE_ONE
        return keys[some], chances[some]

    def skus_below(self, chance: int) -> set[int]:
        """Return the SKUs of which some cell has less than a chance. O(cells told of)."""
        keys, chances = self.table.items()
        return set((keys[chances < chance] // self._nodes).tolist())

    def at(self, cells: I8) -> I8:
        """Return the chance of each cell ``sku * nodes + node``. O(cells)."""
        found = np.empty(len(cells), np.int64)
        chances_of(self.table.keys, self.table.values, cells, found)
        return found

    # -- proof -------------------------------------------------------------------------

    def records(
        self, skus: NDArray[np.uint64], nodes: NDArray[np.uint64]
    ) -> list[NDArray[np.uint64]]:
        """Words the digest mixes, a row each cell that may fail."""
        keys, chances = self.items()
        words = np.empty((len(keys), 4), np.uint64)
        words[:, 0] = 31
        words[:, 1] = skus[keys // self._nodes]
        words[:, 2] = nodes[keys % self._nodes]
        words[:, 3] = chances.astype(np.uint64)
        return [words] if len(keys) else []
