"""What was done to on hand lately: what a count that arrives late has to add."""

from __future__ import annotations

from collections import deque
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import E_TIME
from omniroute.kernels.stock.settle import NEVER, ledger_rows

I8 = NDArray[np.int64]

_CELL, _HAPPENED, _CHANGE = 0, 1, 2


class Ledger:
    """Changes of on hand in the order they arrived: cell, time, change.

    Bounded twice: by age, and by `MOST` entries. `floor` is the latest time among those
    dropped, so a count is honoured if its cut-over is not before it.

    Parameters
    ----------
    retention_s
        Entries that arrived longer ago may be dropped.
    """

    __slots__ = (
        "_ahead",
        "_chunks",
        "_count",
        "_new",
        "_new_s",
        "floor",
        "retention_s",
    )

    #: Most entries, 24 bytes each; a batch larger than that empties the ledger.
    MOST: ClassVar[int] = 1 << 21
    #: Entries written one by one before they become a chunk.
    NEW_MOST: ClassVar[int] = 4_096

    def __init__(self, retention_s: int) -> None:
        self.retention_s = retention_s
        self.floor = NEVER
        #: (Engine time of the last entry, int64[3, n]), oldest first.
        self._chunks: deque[tuple[int, I8]] = deque()
        self._new: list[tuple[int, int, int]] = []
        self._new_s = 0
        self._count = 0
        self._ahead = 0

    def __len__(self) -> int:
        """Entries."""
        return self._count + len(self._new)

    @property
    def nbytes(self) -> int:
        """Bytes of the chunks."""
        return 24 * self._count

    def add(self, cell: int, happened: int, change: int, now: int) -> None:
        """Add one change. Amortised O(1)."""
        self._new.append((cell, happened, change))
        self._new_s = now
        if len(self._new) >= self.NEW_MOST:
            self._settle()

    def add_rows(self, rows: I8, nodes: int) -> None:
        """Add what applied effects did. O(rows)."""
        self._settle()
        if len(rows) > self.MOST:
            self._too_many(rows, nodes)
            return
        parts = np.empty((3, len(rows)), np.int64)
        count = int(ledger_rows(rows, nodes, *parts))
        if count:
            self._extend(parts[:, :count], int(rows[0, E_TIME]))

    def add_parts(self, parts: I8, now: int) -> None:
        """Add entries: rows of cells, times and changes, one column an entry."""
        self._settle()
        for first in range(0, parts.shape[1], self.MOST):
            self._extend(parts[:, first : first + self.MOST], now)

    def _too_many(self, rows: I8, nodes: int) -> None:
        """Forget all: more than can be kept has happened since."""
        parts = np.empty((3, self.MOST), np.int64)
        for first in range(0, len(rows), self.MOST):
            some = rows[first : first + self.MOST]
            count = int(ledger_rows(some, nodes, *parts[:, : len(some)]))
            if count:
                self._drop(parts[:, :count])
        while self._chunks:
            self._drop_oldest()

    def since(self, time: int) -> tuple[I8, I8, I8]:
        """Cells, times and changes of all that may have happened after ``time``."""
        self._settle()
        found: list[I8] = []
        for arrived, parts in reversed(self._chunks):
            # Later than it arrived by so much at most: no older chunk has any more.
            if arrived + self._ahead <= time:
                break
            found.append(parts[:, parts[_HAPPENED] > time])
        if not found:
            none = np.zeros(0, np.int64)
            return none, none, none
        # Rows must lie as kernels take them, however numpy lays out the whole.
        both = np.ascontiguousarray(np.concatenate(found[::-1], axis=1))
        return both[_CELL], both[_HAPPENED], both[_CHANGE]

    def _settle(self) -> None:
        if self._new:
            parts = np.array(self._new, np.int64).T.copy()
            self._new = []
            self._extend(parts, self._new_s)

    def _extend(self, parts: I8, now: int) -> None:
        if self._chunks:
            # Arrivals never go back, whatever a replay says of them.
            now = max(now, self._chunks[-1][0])
        self._ahead = max(self._ahead, int(parts[_HAPPENED].max()) - now)
        self._chunks.append((now, parts))
        self._count += parts.shape[1]
        while self._count > self.MOST or self._chunks[0][0] < now - self.retention_s:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        _, parts = self._chunks.popleft()
        self._count -= parts.shape[1]
        self._drop(parts)

    def _drop(self, parts: I8) -> None:
        self.floor = max(self.floor, int(parts[_HAPPENED].max()))
