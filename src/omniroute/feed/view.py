"""What of availability somebody looks at: which SKUs, which places, as which asker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from omniroute.feed.apart import Apart
from omniroute.kernels.stock.arena import R_LENGTH
from omniroute.kernels.stock.feed import answer_rows, read_rows, touched
from omniroute.stock.composed import Composed
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
    state, lens, composed
        What is looked at, through what, and what is sold otherwise than it lies there.
    asker
        Who looks.
    skus
        SKU numbers; None for all there are, those to come included.
    nodes
        Node indices; None for all.
    as_one
        Whether the nodes are one place, with the sum of what each can promise.
    """

    __slots__ = (
        "_apart",
        "_lens",
        "_of_all",
        "_skus",
        "_state",
        "_wanted",
        "as_one",
        "asker",
    )

    def __init__(
        self,
        state: State,
        lens: Lens,
        composed: Composed,
        asker: Asker,
        *,
        skus: I8 | None = None,
        nodes: I8 | None = None,
        as_one: bool = False,
    ) -> None:
        self._state, self._lens, self.asker = state, lens, asker
        self._apart = Apart(state, lens, composed, asker)
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
        versions, out = self._apart.versions(), np.empty(len(seen), np.int64)
        found = touched(versions, self._state.arena.rows, seen, self.skus, out)
        return out[:found]

    def seen(self, skus: I8) -> I8:
        """Return int64[n, 2]: what tells whether a SKU is touched after now."""
        lengths = self._state.arena.rows[skus, R_LENGTH]
        return np.stack([self._apart.versions()[skus], lengths], axis=1)

    @property
    def rules_version(self) -> int:
        """Moves on when rules, or chances, change what all cells can promise."""
        chances = self._state.find.version if self.asker.confidence else 0
        return self._state.rules.version + chances

    def cells(self, skus: I8) -> I8:
        """Return int64[n]: cells of each SKU, those that do not count included."""
        return self._apart.lengths(skus)

    def places(self) -> int:
        """Return how many places all SKUs have at most."""
        if self.as_one:
            return len(self.skus)
        wanted = int(np.count_nonzero(self._wanted))
        return int(np.minimum(self.cells(self.skus), wanted).sum())

    def answers(self, skus: I8) -> Answers:
        """Return what places can promise of these SKUs. O(their cells)."""
        otherwise = self._lens.seen_otherwise(self.asker, skus)
        apart = self._apart.among(skus, otherwise)
        otherwise = sorted({*otherwise}.difference(apart)) if apart else otherwise
        if self._of_all:
            found = self._of_network(skus, otherwise)
        else:
            found = self._of_cells(skus, otherwise, apart)
        if apart:
            self._put(found, skus, apart)
        return found

    def _of_network(self, skus: I8, otherwise: Sequence[int]) -> Answers:
        """Return what all nodes can promise: the sum is kept up anyhow."""
        free = self._state.arena.sku_free[skus] - self._lens.kept_back[skus]
        for i in otherwise:
            free[i] = self._lens.total(int(skus[i]), self.asker)
        places = np.zeros(len(skus), np.int32)
        return Answers(np.arange(len(skus) + 1), places, np.maximum(free, 0))

    def _of_cells(
        self, skus: I8, otherwise: Sequence[int], apart: Sequence[int]
    ) -> Answers:
        """Return what can be promised where SKUs are kept, or are put together."""
        arena = self._state.arena
        kits = {i: self._apart.nodes(int(skus[i])) for i in apart}
        lengths = arena.rows[skus, R_LENGTH]
        for i, where in kits.items():
            lengths[i] += len(where)
        starts = np.zeros(len(skus) + 1, np.int64)
        np.cumsum(lengths, out=starts[1:])
        nodes = np.empty(int(starts[-1]), np.int32)
        free = np.empty(len(nodes), np.int64)
        read_rows(arena.rows, arena.cell_node, arena.planes, skus, starts, nodes, free)
        back = self._lens.kept_back[skus]
        for i in otherwise:
            cells, limit = self._lens.seen(int(skus[i]), self.asker)
            free[starts[i] : starts[i + 1]] = cells
            back[i] = np.maximum(cells, 0).sum() - limit
        for i, where in kits.items():
            here = slice(starts[i + 1] - len(where), starts[i + 1])
            nodes[here], free[here] = where, 0
        size = len(skus) if self.as_one else len(nodes)
        out = Answers(
            np.empty(len(skus) + 1, np.int64),
            np.empty(size, np.int32),
            np.empty(size, np.int64),
        )
        answer_rows(starts, nodes, free, back, self._wanted, int(self.as_one), *out)
        return out

    def _put(self, answers: Answers, skus: I8, apart: Sequence[int]) -> None:
        """Write in what can be promised of SKUs that stand apart."""
        starts, places, quanta = answers
        group = None if self._of_all else np.flatnonzero(self._wanted).tolist()
        for i in apart:
            sku, here = int(skus[i]), slice(starts[i], starts[i + 1])
            if self.as_one:
                quanta[here] = self._apart.quanta(sku, group)
            else:
                quanta[here] = self._apart.by_node(sku)[places[here]]
