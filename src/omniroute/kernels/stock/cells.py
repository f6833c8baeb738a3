"""The planes of a cell, and what follows from them: free, the SKU's sum, its version."""

from __future__ import annotations

from typing import NamedTuple

from omniroute._jit import kernel
from omniroute.codes import P_FREE, P_ON_HAND, QUANTITY_MAX
from omniroute.kernels.arrays import I4, I8

#: A change larger than this leaves int32 whatever it is added to.
_CHANGE_MAX = 2 * QUANTITY_MAX


class CellArrays(NamedTuple):
    """The arrays of the cells, as kernels hand them on to each other."""

    #: The arena's layout: see ``kernels/stock/arena.py``.
    rows: I8
    cell_node: I4
    #: int32[PLANES, C] (quanta).
    planes: I4
    #: int64[S]: what is free of each SKU, and how often that has changed.
    sku_free: I8
    sku_version: I8


@kernel()
def shift_cell(
    cells: CellArrays, at: int, plane: int, change: int, sku: int, step: int
) -> bool:
    """Add ``change`` to one plane of a cell and keep all that follows from it.

    False, and nothing done, where the plane or ``free`` would leave int32, or a plane
    other than on hand would fall below zero. ``step`` is what the SKU's version moves
    by: 1, or -1 to undo; a change of nothing is no move.
    """
    if change == 0:
        return True
    if change > _CHANGE_MAX or change < -_CHANGE_MAX:
        return False
    planes = cells.planes
    value = int(planes[plane, at]) + change
    free = int(planes[P_FREE, at])
    left = free + change if plane == P_ON_HAND else free - change
    if value < 0 and plane != P_ON_HAND:
        return False
    if max(value, left) > QUANTITY_MAX or min(value, left) < -QUANTITY_MAX:
        return False
    planes[plane, at] = value
    planes[P_FREE, at] = left
    cells.sku_free[sku] += max(left, 0) - max(free, 0)
    cells.sku_version[sku] += step
    return True


@kernel()
def shift_two(
    cells: CellArrays,
    at: int,
    first: int,
    first_change: int,
    second: int,
    second_change: int,
    sku: int,
    step: int,
) -> bool:
    """Shift two planes of a cell, both or neither."""
    if not shift_cell(cells, at, first, first_change, sku, 0):
        return False
    if shift_cell(cells, at, second, second_change, sku, step):
        return True
    shift_cell(cells, at, first, -first_change, sku, 0)
    return False


@kernel()
def shift_free(cells: CellArrays, at: int, change: int, sku: int, step: int) -> bool:
    """Add ``change`` to what is free of a cell; False, and nothing done, out of range."""
    if change > _CHANGE_MAX or change < -_CHANGE_MAX:
        return False
    free = int(cells.planes[P_FREE, at])
    left = free + change
    if left > QUANTITY_MAX or left < -QUANTITY_MAX:
        return False
    cells.planes[P_FREE, at] = left
    cells.sku_free[sku] += max(left, 0) - max(free, 0)
    cells.sku_version[sku] += step
    return True
