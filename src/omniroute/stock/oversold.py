"""What channels hold of a cell beyond what is there, as only they may.

A channel with a floor of its own takes what is free below zero. What it so lacks is its
own to wait for: the fences of others are no smaller for it. How much that is nobody
writes down; it follows from who holds what, and so a receipt serves it first.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from omniroute.kernels.stock.book import (
    C_LINES,
    L_DUE,
    L_NODE,
    L_OPEN,
    L_OWNER,
    L_SKU,
)
from omniroute.stock.guard import Guard
from omniroute.stock.state import State

I8 = NDArray[np.int64]


def oversold(state: State, guard: Guard, sku: int, nodes: Sequence[int]) -> I8:
    """Return quanta that cells of a SKU owe to channels with floors of their own.

    O(lines of the book) where any rule names a channel; else O(1).
    """
    out = np.zeros(len(nodes), np.int64)
    named = guard.oversell.channels if len(nodes) else ()
    if not named:
        return out
    held = _held(state, sku, nodes)
    where = np.array(nodes, np.int64)
    floors = [(guard.own_floors(sku, where, name), name) for name in named]
    for k in range(len(nodes)):
        at_cell = sorted((int(floor[k]), name) for floor, name in floors)
        for floor, name in at_cell:
            # Whoever may go deeper finds the others there.
            out[k] = max(out[k], min(floor, out[k] + held.get((nodes[k], name), 0)))
    return out


def _held(state: State, sku: int, nodes: Sequence[int]) -> dict[tuple[int, str], int]:
    """Return what channels hold of cells out of no fence, by node and channel."""
    aside, lines = state.aside, state.book.lines[: state.book.counters[C_LINES]]
    some = (lines[:, L_SKU] == sku) & (lines[:, L_OPEN] > 0) & (lines[:, L_DUE] == 0)
    here = lines[some]
    here = here[np.isin(here[:, L_NODE], nodes)]
    found: dict[tuple[int, str], int] = {}
    for owner, node, quanta in here[:, [L_OWNER, L_NODE, L_OPEN]].tolist():
        channel = aside.through.get(owner)
        if channel is not None:
            key = node, aside.channels.texts[channel]
            found[key] = found.get(key, 0) + quanta
    for number, drawn in aside.drawn.items():
        for (own, node, _), quanta in drawn.items():
            key = node, aside.channels.texts[aside.through[number]]
            if own == sku and key in found:
                found[key] -= quanta
    return found
