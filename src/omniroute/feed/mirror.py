"""What was last told of a view, so that the difference can be told.

A SKU that nothing has touched since is not looked at: the state keeps a version of each
SKU anyhow, and the mirror remembers which one it has seen. No change of stock knows of
mirrors, or waits for one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import Level
from omniroute.feed.lines import Lines
from omniroute.feed.view import Rows, View
from omniroute.kernels.stock.feed import (
    CHANGE_WIDTH,
    T_CAPACITY,
    TELL_LEVELS,
    TELL_QUANTA,
    X_ROW,
    count_since,
    take_back,
    tell_rows,
    told_since,
)
from omniroute.stock.growth import grown

I8 = NDArray[np.int64]

#: What a place counts as that was never told: no quantity that can be.
_NEVER = -1


class Mirror:
    """A view as it was last told.

    Parameters
    ----------
    view
        What is told.
    lines
        Between which levels are told; None where quanta are.

    Attributes
    ----------
    round : int
        How often it was brought up to date.
    """

    __slots__ = (
        "_fresh",
        "_index",
        "_keys",
        "_levels",
        "_lines",
        "_lines_of",
        "_rules",
        "_seen",
        "_tail",
        "_told",
        "round",
        "view",
    )

    #: Cells looked at in one go: what is needed besides stays small.
    CHUNK: ClassVar[int] = 1 << 20

    def __init__(self, view: View, lines: Lines | None = None) -> None:
        self.view, self.round = view, 0
        self._levels, self._lines_of = lines is not None, lines
        self._lines = np.zeros((0, 2), np.int64)
        self._index = np.zeros((0, 4), np.int64)
        self._keys = np.zeros((0, 2), np.int32)
        self._told = np.zeros(0, np.int64)
        self._tail = np.zeros(1, np.int64)
        self._seen = np.zeros((0, 2), np.int64)
        self._fresh = int(Level.UNKNOWN) if self._levels else _NEVER
        self._rules = -1

    @property
    def nbytes(self) -> int:
        """Bytes of what is kept."""
        arrays = (self._index, self._keys, self._told, self._seen, self._lines)
        return sum(array.nbytes for array in arrays)

    def refresh(self) -> I8:
        """Look at what was touched; return int64[m, 5], the changes of levels.

        O(SKUs of the view + cells of those touched). Where quanta are told no changes
        are returned: `since` has them.
        """
        skus = self.view.skus
        self._grow(skus)
        if self._rules != self.view.rules_version:
            self._seen[:] = -1
            self._rules = self.view.rules_version
        rows = self.view.touched(self._seen)
        self.round += 1
        found: list[I8] = []
        try:
            for part in self._parts(rows, skus):
                found.append(self._tell(part, skus[part]))  # noqa: PERF401
        except BaseException:
            # Out of memory, say: what was told so far has reached nobody.
            self.round -= 1
            for changes in found:
                self.take_back(changes, first=False)
            raise
        if self._levels:
            # What comes from now on was nothing before.
            self._fresh = int(Level.OUT)
        return np.concatenate([np.empty((0, CHANGE_WIDTH), np.int64), *found])

    def _grow(self, skus: I8) -> None:
        """Have a row for every SKU of the view."""
        before, rows = len(self._seen), len(skus)
        if rows == before:
            return
        if self._lines_of is not None:
            more = self._lines_of.of(skus[before:])
            self._lines = np.concatenate([self._lines, more])
        self._index = grown(self._index, rows)[:rows]
        # A version that is never seen: new rows are looked at.
        unseen = np.full((rows - before, 2), -1, np.int64)
        self._seen = np.concatenate([self._seen, unseen])

    def _parts(self, rows: I8, skus: I8) -> Iterator[I8]:
        """Rows, so many at a time that their cells are not many more than a chunk."""
        cells = self.view.cells(skus[rows])
        chunk = np.cumsum(cells + 1) // self.CHUNK
        yield from (
            np.split(rows, np.flatnonzero(np.diff(chunk)) + 1) if len(rows) else ()
        )

    def _tell(self, rows: I8, skus: I8) -> I8:
        answers, seen = self.view.answers(skus), self.view.seen(skus)
        self._make_room(rows, np.diff(answers.starts))
        size = len(answers.quanta) if self._levels else 0
        changes = np.empty((size, CHANGE_WIDTH), np.int64)
        what = TELL_LEVELS if self._levels else TELL_QUANTA
        found = tell_rows(
            *answers,
            rows,
            self._lines,
            np.array((what, self.round, self._fresh), np.int64),
            self._index,
            self._keys,
            self._told,
            self._tail,
            changes,
        )
        self._seen[rows] = seen
        return changes[:found] if self._levels else changes

    def _make_room(self, rows: I8, lengths: I8) -> None:
        """Have room at the tail for rows that outgrow their place."""
        need = lengths[lengths > self._index[rows, T_CAPACITY]]
        room = int(self._tail[0] + (need + (need >> 1)).sum())
        if self.round == 1:
            # All of it comes now: grow once.
            room = max(room, self.view.places())
        self._keys, self._told = grown(self._keys, room), grown(self._told, room)

    def take_back(self, changes: I8, *, first: bool) -> None:
        """Take changes back that were told last, or first: they are told again."""
        if first:
            self._fresh = int(Level.UNKNOWN)
        take_back(changes, self._index, self._keys, self._told)
        self._seen[changes[:, X_ROW]] = -1

    def since(self, round_: int) -> Rows:
        """Return all that changed after a round. O(SKUs + cells of SKUs that changed)."""
        index, keys = self._index, self._keys
        found = Rows.empty(int(count_since(index, keys, round_)))
        told_since(index, keys, self._told, round_, *found)
        return found
