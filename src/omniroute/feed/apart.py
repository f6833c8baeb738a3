"""SKUs whose figures are no sum over what their cells have free.

Kits, which have no cells; items in packs; what never runs short somewhere. A `Shelf`
works out what can be promised of them, `UNLIMITED` where there is no end of it. A kit is
where all its parts have cells, and is touched when a part is.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import reduce
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from omniroute.kernels.stock.arena import R_LENGTH
from omniroute.model.recipes import Recipe
from omniroute.stock.composed import Composed
from omniroute.stock.lens import Asker, Lens
from omniroute.stock.state import State

I4 = NDArray[np.int32]
I8 = NDArray[np.int64]


class Apart:
    """Those SKUs, as one asker sees them.

    Parameters
    ----------
    state, lens, composed
        Stock, how it is seen, and what is drawn from it; never modified.
    asker
        Who looks.
    """

    __slots__ = (
        "_asker",
        "_composed",
        "_kits",
        "_lens",
        "_parts",
        "_recipes",
        "_starts",
        "_state",
    )

    def __init__(
        self, state: State, lens: Lens, composed: Composed, asker: Asker
    ) -> None:
        self._state, self._lens, self._asker = state, lens, asker
        self._composed = composed
        self._recipes: dict[int, Recipe] | None = None

    def _know_kits(self) -> None:
        """Take note of which kits there are now, and of the parts of each in a row."""
        if self._recipes is self._composed.recipes:
            return
        self._recipes = self._composed.recipes
        kits = [sku for sku in self._recipes if self._composed.is_kit(sku)]
        parts = [list(self._recipes[sku].parts) for sku in kits]
        self._kits = np.array(kits, np.int64)
        self._starts = np.array([0, *accumulate(map(len, parts))][:-1], np.int64)
        self._parts = np.array([part for each in parts for part in each], np.int64)

    # -- what tells that they were touched ---------------------------------------------

    def versions(self) -> I8:
        """Return int64[S]: the version of each SKU; a kit's moves on with its parts'.

        And where a part gets cells. Neither a version that a poll sees nor a number of
        cells ever falls, so that no two changes make up for each other.
        """
        self._know_kits()
        arena = self._state.arena
        if not len(self._kits):
            return arena.sku_version
        found = arena.sku_version.copy()
        moved = arena.sku_version[self._parts] + arena.rows[self._parts, R_LENGTH]
        found[self._kits] = np.add.reduceat(moved, self._starts)
        return found

    # -- what can be promised ----------------------------------------------------------

    def among(self, skus: I8, otherwise: Collection[int]) -> list[int]:
        """Return which places of SKUs are theirs; ``otherwise`` the asker sees his way."""
        known = self._composed.recipes.keys() | self._state.aside.endless.keys()
        found: set[int] = set()
        if known:
            found.update(np.flatnonzero(np.isin(skus, list(known))).tolist())
        if self._lens.has_own_floors(self._asker):
            lens, numbers = self._lens, skus.tolist()
            found.update(i for i in otherwise if lens.endless(numbers[i], self._asker))
        return sorted(found)

    def lengths(self, skus: I8) -> I8:
        """Return how many nodes each SKU has a place at; of a kit, at most."""
        self._know_kits()
        lengths = self._state.arena.rows[:, R_LENGTH]
        found = np.asarray(lengths[skus])
        if len(self._kits):
            least = np.zeros(len(lengths), np.int64)
            least[self._kits] = np.minimum.reduceat(lengths[self._parts], self._starts)
            found = found + least[skus]
        return found

    def nodes(self, sku: int) -> I4:
        """Return the nodes where a kit can be made up, in order; nothing for no kit."""
        if not self._composed.is_kit(sku):
            return np.zeros(0, np.int32)
        rows = (self._state.arena.row(part)[0] for part in self._composed.parts(sku))
        return reduce(lambda one, two: one[np.isin(one, two)], rows)

    def quanta(self, sku: int, nodes: Sequence[int] | None) -> int:
        """Return quanta of a SKU that these nodes, or all, can promise together."""
        return self._composed.seen_by(self._asker).at(sku, nodes)

    def by_node(self, sku: int) -> I8:
        """Return int64[N]: quanta of a SKU that each node can promise by itself."""
        return self._composed.seen_by(self._asker).by_node(sku)
