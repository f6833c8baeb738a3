"""Why a cell promises less than it would have: what is withheld, by reason.

Reasons take their part one after the other, in the order of `REASONS`: where two would
withhold the same unit, the first is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import REASONS_MAX
from omniroute.stock.state import State

I8 = NDArray[np.int64]

#: ``confidence``: the cell is not sure enough; ``safety``: safety stock, that of a channel
#: included; ``fence``: set aside for (other) channels; ``pool``: the channel may not have
#: of the pool; ``network``: a network threshold, and what is held at no node; ``dated``:
#: what will have ended, or is needed by promises that the rule does not look at.
REASONS = ("confidence", "safety", "fence", "pool", "network", "dated")


class Unavailable(NamedTuple):
    """Units of a SKU that could not be sold when its cells were asked.

    Parameters
    ----------
    keys
        int64[n]: ``(sku * nodes + node) * REASONS_MAX + reason``.
    quanta
        int64[n].
    reasons
        Their names.
    """

    keys: I8
    quanta: I8
    reasons: Sequence[str]

    def of(self, cell: int) -> dict[str, int]:
        """Return the quanta of a cell by reason; it is ``sku * nodes + node``."""
        found = {}
        for i in np.flatnonzero(self.keys // REASONS_MAX == cell).tolist():
            found[self.reasons[int(self.keys[i]) % REASONS_MAX]] = int(self.quanta[i])
        return dict(sorted(found.items()))


def unavailable_of(state: State, skus: Sequence[int]) -> dict[int, Unavailable]:
    """Return what cannot be sold, by SKU number; those of which that is anything."""
    found, reasons = {}, state.supply.reasons.texts
    for sku in skus:
        keys, quanta = state.supply.unsold(sku)
        if len(keys):
            found[sku] = Unavailable(keys, quanta, reasons)
    return found


def fenced_of(state: State, nodes: I8, skus: I8) -> I8:
    """int64[C]: quanta in all fences of each cell, by its node and SKU number."""
    cells = zip(skus.tolist(), nodes.tolist(), strict=True)
    return np.array([state.aside.fenced(*cell) for cell in cells], np.int64)


def withheld_for(
    withheld: I8, parts: Sequence[tuple[str, I8 | int]], rest: str
) -> dict[str, I8]:
    """Return by reason what is withheld by date; those that withhold anything.

    Parameters
    ----------
    withheld
        int64[H]: quanta in all.
    parts
        Reasons, and the most each of them withholds, in order.
    rest
        The reason of what is left.

    Examples
    --------
    >>> parts = [("safety", 3), ("fence", 4)]
    >>> found = withheld_for(np.array([2, 9]), parts, "dated")
    >>> {reason: quanta.tolist() for reason, quanta in found.items()}
    {'safety': [2, 3], 'fence': [0, 4], 'dated': [0, 2]}
    """
    found: dict[str, I8] = {}
    left = withheld.copy()
    for reason, most in (*parts, (rest, np.maximum(left, 0))):
        here = np.minimum(left, np.maximum(most, 0))
        left = left - here
        if here.any():
            found[reason] = found.get(reason, 0) + here
    return {reason: found[reason] for reason in REASONS if reason in found}
