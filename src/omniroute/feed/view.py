"""What of availability somebody looks at: which SKUs, which places, as which asker."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from omniroute.kernels.arena import R_LENGTH
from omniroute.kernels.feed import answer_rows, read_rows, touched
from omniroute.stock.lens import Asker, Lens
from omniroute.stock.state import State

I4 = NDArray[np.int32]
I8 = NDArray[np.int64]


class Answers(NamedTuple):
    """What places can promise, SKU after SKU.

    Parameters
    ----------
    starts
        int64[n + 1]: where each SKU begins, and where the last ends.
    places
        int32[m]: node indices, or 0 for nodes that are one place; rising for a SKU.
    quanta
        int64[m]: never negative.
    """

    starts: I8
    places: I4
    quanta: I8


class Rows(NamedTuple):
    """What places can promise, a row each, by row of the view and place.

    Parameters
    ----------
    skus
        int32[m]: row of the view; the SKU number, where that is of all SKUs.
    places
        int32[m]: as in `Answers`.
    quanta
        int64[m]: as in `Answers`.
    """

    skus: I4
    places: I4
    quanta: I8

    @classmethod
    def empty(cls, count: int) -> Rows:
        """Make room for so many, to be written."""
        return cls(
            np.empty(count, np.int32),
            np.empty(count, np.int32),
            np.empty(count, np.int64),
        )


class View:
    """A part of the availability of a state, as an asker sees it.

    Parameters
    ----------
    state, lens
        What is looked at, and through what.
    asker
        Who looks.
    skus
        SKU numbers; None for all there are, those to come included.
    nodes
        Node indices; None for all.
    as_one
        Whether the nodes are one place, with the sum of what each can promise.
    """

    __slots__ = ("_lens", "_of_all", "_skus", "_state", "_wanted", "as_one", "asker")

    def __init__(
        self,
        state: State,
        lens: Lens,
        asker: Asker,
        *,
        skus: I8 | None = None,
        nodes: I8 | None = None,
        as_one: bool = False,
    ) -> None:
        self._state, self._lens, self.asker = state, lens, asker
        self._skus, self.as_one = skus, as_one
        #: Whether all nodes are one place.
        self._of_all = as_one and nodes is None
        self._wanted = np.full(state.arena.nodes, nodes is None, np.int32)
        self._wanted[() if nodes is None else nodes] = 1

    @property
    def skus(self) -> I8:
        """SKU number of each row."""
        if self._skus is None:
            return np.arange(len(self._state.arena.rows))
        return self._skus

    def touched(self, seen: I8) -> I8:
        """Return the rows whose SKU is not as it was seen. O(rows)."""
        arena, out = self._state.arena, np.empty(len(seen), np.int64)
        found = touched(arena.sku_version, arena.rows, seen, self.skus, out)
        return out[:found]

    def seen(self, skus: I8) -> I8:
        """Return int64[n, 2]: what tells whether a SKU is touched after now."""
        arena = self._state.arena
        return np.stack([arena.sku_version[skus], arena.rows[skus, R_LENGTH]], axis=1)

    @property
    def rules_version(self) -> int:
        """Moves on when rules change what all cells can promise."""
        return self._state.rules.version

    def cells(self, skus: I8) -> I8:
        """Return int64[n]: cells of each SKU, those that do not count included."""
        return np.asarray(self._state.arena.rows[skus, R_LENGTH])

    def places(self) -> int:
        """Return how many places all SKUs have at most."""
        if self.as_one:
            return len(self.skus)
        wanted = int(np.count_nonzero(self._wanted))
        return int(np.minimum(self.cells(self.skus), wanted).sum())

    def answers(self, skus: I8) -> Answers:
        """Return what places can promise of these SKUs. O(their cells)."""
        arena = self._state.arena
        otherwise = self._lens.seen_otherwise(self.asker, skus)
        thresholds = self._lens.kept_back[skus]
        if self._of_all and not otherwise:
            # The sum is kept up anyhow.
            total = np.maximum(arena.sku_free[skus] - thresholds, 0)
            places = np.zeros(len(skus), np.int32)
            return Answers(np.arange(len(skus) + 1), places, total)
        starts = np.zeros(len(skus) + 1, np.int64)
        np.cumsum(arena.rows[skus, R_LENGTH], out=starts[1:])
        nodes = np.empty(int(starts[-1]), np.int32)
        free = np.empty(len(nodes), np.int64)
        read_rows(arena.rows, arena.cell_node, arena.planes, skus, starts, nodes, free)
        for i in otherwise:
            free[starts[i] : starts[i + 1]] = self._lens.by_cell(
                int(skus[i]), self.asker
            )
        size = len(skus) if self.as_one else len(nodes)
        out = Answers(
            np.empty(len(skus) + 1, np.int64),
            np.empty(size, np.int32),
            np.empty(size, np.int64),
        )
        answer_rows(
            starts, nodes, free, thresholds, self._wanted, int(self.as_one), *out
        )
        return out
