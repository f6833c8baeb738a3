"""Chances that picks find their units, kept in a table by cell."""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.codes import (
    E_AUX2,
    E_NODE,
    E_QUANTITY,
    E_SKU,
    E_WHAT,
    FIND,
    SHARE_ONE,
)
from omniroute.kernels.arrays import I8
from omniroute.kernels.table import EMPTY, place_of, value_of


@kernel("i8[,] i8 i8[] i8[]")
def put_find(effects: I8, nodes: int, keys: I8, values: I8) -> int:
    """Put the chances that FIND rows say; return how many keys are new.

    ``effects`` int64[n, 8] gets what a row overwrites in its E_AUX2; ``keys`` and
    ``values`` are modified in place, and have room.
    """
    added = 0
    for i in range(effects.shape[0]):
        if effects[i, E_WHAT] != FIND:
            continue
        key = effects[i, E_SKU] * nodes + effects[i, E_NODE]
        at = place_of(keys, key)
        if keys[at] == EMPTY:
            keys[at], values[at] = key, SHARE_ONE
            added += 1
        effects[i, E_AUX2] = values[at]
        values[at] = effects[i, E_QUANTITY]
    return added


@kernel("i8[,] i8 i8[] i8[]")
def undo_find(effects: I8, nodes: int, keys: I8, values: I8) -> None:
    """Undo the FIND rows, last first; keys stay. ``values`` are modified in place."""
    for i in range(effects.shape[0] - 1, -1, -1):
        if effects[i, E_WHAT] == FIND:
            key = effects[i, E_SKU] * nodes + effects[i, E_NODE]
            values[place_of(keys, key)] = effects[i, E_AUX2]


@kernel("i8[] i8[] i8[] i8[]")
def chances_of(keys: I8, values: I8, wanted: I8, out: I8) -> None:
    """Write the chance of each cell wanted to ``out`` int64[n]. O(n) expected."""
    for i in range(wanted.size):
        out[i] = value_of(keys, values, wanted[i], SHARE_ONE)
