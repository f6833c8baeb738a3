"""Kinds of node by how long work waits at them, made as they come up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from omniroute.promising.board import Board, Epoch
from omniroute.promising.days import DayBoard

#: Days that work waits where it may not be done at all.
NO_ROOM: Final = -1
#: Kinds of node there may be before those no more in use are forgotten.
_PROFILES_MAX: Final = 4096

#: By service, how many days work waits at a node.
Waits: TypeAlias = tuple[int, ...]


class Profiles:
    """Rows of ways for nodes at which work waits, beside those of a board.

    Parameters
    ----------
    board
        The ways there are.

    Attributes
    ----------
    forgotten
        Whether it has begun again since somebody has said it is known.
    """

    def __init__(self, board: Board | DayBoard) -> None:
        self._board = board
        self._ways: NDArray[np.int32] = board.ways
        self._forget()

    def nobody_waits(self, base: Epoch) -> Epoch:
        """Return the board's epoch, and begin again."""
        self._forget()
        board = self._board
        shape = len(board.profiles), board.ways.shape[1]
        return base.where(board.profiles, board.ways, np.zeros(shape, np.int8))

    def with_waits(self, epoch: Epoch, rows: Mapping[int, Waits]) -> Epoch:
        """Return an epoch with other waits of nodes; itself where they are the same."""
        before = _waits_of(epoch)
        new = {n: row for n, row in rows.items() if tuple(before[n].tolist()) != row}
        if not new:
            return epoch
        if len(self._rows) + len(new) > _PROFILES_MAX:
            epoch = self.nobody_waits(epoch)
            apart = np.flatnonzero(before.any(axis=1)).tolist()
            new = {n: tuple(before[n].tolist()) for n in apart} | new
        profiles, waits = epoch.profiles.copy(), _waits_of(epoch).copy()
        for node, row in new.items():
            profiles[node] = self._profile(node, row, len(epoch.begins))
            waits[node] = row
        if len(self._ways) < len(self._rows):
            self._ways = np.array(self._rows, np.int32)
        return epoch.where(profiles, self._ways, waits)

    def _forget(self) -> None:
        """Begin again with the board's own; epochs there are keep theirs."""
        self._rows: list[list[int]] = self._board.ways.tolist()
        self._ways = self._board.ways
        self._known: dict[tuple[int, Waits], int] = {}
        self.forgotten = True

    def _profile(self, node: int, row: Waits, nowhere: int) -> int:
        """Return the row of ways for nodes that wait so."""
        own = int(self._board.profiles[node])
        if not any(row):
            return own
        found = self._known.get((own, row))
        if found is None:
            step = self._board.own_ways
            ways = [
                way if way < 0 else nowhere if wait < 0 else way + wait * step
                for way, wait in zip(self._rows[own], row, strict=True)
            ]
            found = self._known[own, row] = len(self._rows)
            self._rows.append(ways)
        return found


def _waits_of(epoch: Epoch) -> NDArray[np.int8]:
    assert epoch.waits is not None
    return epoch.waits
