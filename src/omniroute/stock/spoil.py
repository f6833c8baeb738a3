"""Lots whose sell-by has passed: from on hand to unavailable, as effects."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import (
    EFFECT_WIDTH,
    EXPIRED,
    LOT,
    QUANTITY_MAX,
    REASONS_MAX,
    Effect,
)
from omniroute.stock.lots import Cell
from omniroute.stock.state import State

I8 = NDArray[np.int64]

_MOVE, _UNAVAILABLE = int(Effect.MOVE), int(Effect.UNAVAILABLE)


def spoiled(state: State, now: int) -> Iterator[tuple[int, I8]]:
    """Seconds up to ``now`` at which lots end, in order, and the effects of each.

    Parameters
    ----------
    state
        Read, never modified.
    now
        Seconds UTC.
    """
    room: dict[Cell, int] = {}
    for second, ends in groupby(state.lots.due(now), key=lambda end: end[0]):
        rows = [
            row for _, *cell in ends for row in _rows(state, cell, second, now, room)
        ]
        yield second, np.array(rows, np.int64).reshape(-1, EFFECT_WIDTH)


def _rows(
    state: State, of: list[int], sell_by: int, now: int, room: dict[Cell, int]
) -> Iterator[tuple[int, ...]]:
    """Effects of the end of one lot; ``room`` is what is left of each cell's limit."""
    sku, node = cell = of[0], of[1]
    left = state.lots.cells[cell][sell_by]
    reason = state.supply.reasons.numbers[EXPIRED]
    if cell not in room:
        key = (sku * state.arena.nodes + node) * REASONS_MAX + reason
        room[cell] = QUANTITY_MAX - state.supply.unavailable.get(key)
    # For a count that comes late: gone at its end, or if it came after that, at once.
    happened = sell_by if sell_by > state.now else now
    yield (_MOVE, *cell, -left, sell_by, now, happened, 0)
    kept = min(left, room[cell])
    room[cell] -= kept
    if kept:
        yield (_UNAVAILABLE, *cell, kept, reason, now, 0, 0)
    yield (LOT, *cell, -left, -1, now, sell_by, 0)
