"""Rows of the arena lent to kernels, for what nodes have of things they do not stock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import P_FREE
from omniroute.kernels.stock.arena import R_LENGTH, R_START
from omniroute.model.oversell import UNLIMITED_FLOOR
from omniroute.stock.arena import Arena

I8 = NDArray[np.int64]


class Bench:
    """Rows that stand for SKUs while they are lent; made by `lend`."""

    __slots__ = ("_arena", "_nodes", "_starts")

    def __init__(
        self, arena: Arena, nodes: Sequence[I8], starts: Sequence[int]
    ) -> None:
        self._arena, self._nodes, self._starts = arena, nodes, starts

    def show(self, i: int, quantities: I8) -> None:
        """Let the nodes have so much of the i-th SKU; never more than at first."""
        nodes = self._nodes[i]
        start = self._starts[i]
        here = slice(start, start + len(nodes))
        shown = np.minimum(quantities[nodes], UNLIMITED_FLOOR)
        self._arena.planes[P_FREE, here] = shown


@contextmanager
def lend(
    arena: Arena, skus: Sequence[int], quantities: Sequence[I8]
) -> Iterator[Bench]:
    """Let nodes have other quantities of SKUs, for decisions only.

    The rows of the SKUs point behind the last cell meanwhile: nothing may be applied to
    the state, and nothing of it is left afterwards.

    Parameters
    ----------
    arena
        The cells.
    skus
        SKU numbers, each once.
    quantities
        int64[N] each: what every node has.
    """
    nodes = [np.flatnonzero(row > 0) for row in quantities]
    lengths = [len(each) for each in nodes]
    tail = arena.enlarge_tail(sum(lengths))
    starts = (tail + np.cumsum([0, *lengths[:-1]])).tolist()
    bench = Bench(arena, nodes, starts)
    saved = arena.rows[list(skus)].copy()
    try:
        for i, sku in enumerate(skus):
            start, length = starts[i], lengths[i]
            arena.cell_node[start : start + length] = nodes[i]
            bench.show(i, quantities[i])
            arena.rows[sku, R_START], arena.rows[sku, R_LENGTH] = start, length
        yield bench
    finally:
        arena.rows[list(skus)] = saved
