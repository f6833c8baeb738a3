"""Money that a unit of any line counts alike at a node: a price of the node's own.

Kernels know what a unit costs to handle at a node, and search with it to a proof. What
units are worth where they lie is no different, as long as it hangs on the node alone: in
an order of one line always, in others where prices are by node.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from omniroute.kernels.order.layout import C_UNIT
from omniroute.stock.arena import Arena

I8 = NDArray[np.int64]
I4 = NDArray[np.int32]


class HasLanes(Protocol):
    """Lanes as the kernels read them."""

    @property
    def nodes(self) -> I4:
        """By slot: class and metres of each node."""

    @property
    def records(self) -> I8:
        """By slot and class: what it costs."""


class OneSlot(NamedTuple):
    """Lanes of one destination, in slot 0."""

    nodes: I4
    records: I8
    sizes: I8


def by_node(arena: Arena, skus: Sequence[int], money: I8) -> I8 | None:
    """int64[N]: what a unit of any line counts; None where lines differ at a node.

    ``money`` is int64[lines, N]; only nodes that have a cell of a line count for it.
    """
    found = np.full(arena.nodes, -1, np.int64)
    for sku, row in zip(skus, money, strict=True):
        here, _ = arena.row(sku)
        known = found[here]
        if ((known >= 0) & (known != row[here])).any():
            return None
        found[here] = row[here]
    return np.maximum(found, 0)


def with_units(lanes: HasLanes, slot: int, unit: I8) -> OneSlot:
    """Return the lanes of a slot on which a unit at each node costs so much more."""
    nodes = lanes.nodes[slot : slot + 1].copy()
    here = np.flatnonzero(nodes[0, 0] >= 0)
    alike = np.stack([nodes[0, 0, here], unit[here]], axis=1)
    kinds, which = np.unique(alike, axis=0, return_inverse=True)
    records = np.empty((1, len(kinds) + 1, lanes.records.shape[2]), np.int64)
    records[0, :-1] = lanes.records[slot, kinds[:, 0]]
    records[0, :-1, C_UNIT] += kinds[:, 1]
    records[0, -1] = 0
    nodes[0, 0, here] = which.reshape(-1)
    return OneSlot(nodes, records, np.array([len(kinds)], np.int64))
