"""What was done to on hand lately: what a count that arrives late has to add."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import E_TIME
from omniroute.kernels.settle import NEVER, ledger_rows
from omniroute.stock.growth import grown

I8 = NDArray[np.int64]


class Ledger:
    """Changes of on hand in the order they arrived: cell, time, change.

    Bounded twice: by age, and by `MOST` entries. `floor` is the latest time among those
    dropped, so a count is honoured if its cut-over is not before it.

    Parameters
    ----------
    retention_s
        Entries that arrived longer ago may be dropped.
    """

    __slots__ = ("_ahead", "_count", "_new", "_table", "floor", "retention_s")

    #: Most entries, 32 bytes each; a batch larger than that empties the ledger.
    MOST: ClassVar[int] = 1 << 21
    #: Entries written one by one before they are moved to the table.
    NEW_MOST: ClassVar[int] = 4_096

    _CELL, _HAPPENED, _CHANGE, _ARRIVED = 0, 1, 2, 3

    def __init__(self, retention_s: int) -> None:
        self.retention_s = retention_s
        self.floor = NEVER
        self._table = np.zeros((4, 0), np.int64)
        self._new: list[tuple[int, int, int, int]] = []
        self._count = 0
        self._ahead = 0

    def __len__(self) -> int:
        """Entries."""
        return self._count + len(self._new)

    @property
    def nbytes(self) -> int:
        """Bytes of the table, room to spare included."""
        return int(self._table.nbytes)

    def add(self, cell: int, happened: int, change: int, now: int) -> None:
        """Add one change. Amortised O(1)."""
        self._new.append((cell, happened, change, now))
        if len(self._new) >= self.NEW_MOST:
            self._settle()

    def add_rows(self, rows: I8, nodes: int) -> None:
        """Add what applied effects did. O(rows)."""
        self._settle()
        parts = np.empty((4, len(rows)), np.int64)
        count = int(ledger_rows(rows, nodes, *parts[:3]))
        if count:
            parts[self._ARRIVED] = int(rows[0, E_TIME])
            self._extend(parts[:, :count])

    def since(self, time: int) -> tuple[I8, I8, I8]:
        """Cells, times and changes of all that may have happened after ``time``."""
        self._settle()
        arrived = self._table[self._ARRIVED, : self._count]
        first = int(np.searchsorted(arrived, time - self._ahead))
        cells, happened, changes, _ = self._table[:, first : self._count]
        return cells, happened, changes

    def _settle(self) -> None:
        if self._new:
            parts = np.array(self._new, np.int64).T
            self._new = []
            self._extend(parts)

    def _extend(self, parts: I8) -> None:
        count, now = parts.shape[1], int(parts[self._ARRIVED, -1])
        if self._count:
            # Arrivals never go back, whatever a replay says of them.
            now = max(now, int(self._table[self._ARRIVED, self._count - 1]))
        ahead = parts[self._HAPPENED] - parts[self._ARRIVED]
        self._ahead = max(self._ahead, int(ahead.max()))
        if self._count + count > self._table.shape[1]:
            self._drop(count, now)
        if count > self.MOST:
            self.floor = max(self.floor, int(parts[self._HAPPENED].max()))
            return
        self._table = grown_columns(self._table, self._count + count)
        self._table[:, self._count : self._count + count] = parts
        self._table[self._ARRIVED, self._count : self._count + count] = now
        self._count += count

    def _drop(self, more: int, now: int) -> None:
        """Drop what is too old, and the older half of all if that is not enough."""
        arrived = self._table[self._ARRIVED, : self._count]
        gone = int(np.searchsorted(arrived, now - self.retention_s))
        if self._count - gone + more > self.MOST:
            gone = max(gone, min(self._count, self._count + more - self.MOST // 2))
        if gone:
            dropped = self._table[self._HAPPENED, :gone]
            self.floor = max(self.floor, int(dropped.max()))
            self._table = self._table[:, gone : self._count].copy()
            self._count -= gone


def grown_columns(table: I8, length: int) -> I8:
    """Return the table, or a larger copy with room for ``length`` columns."""
    if length <= table.shape[1]:
        return table
    return np.stack([grown(row, length) for row in table])
