"""Facts about a cell, applied and undone: its stock, its safety, what is free of it.

Each takes the cell's place ``at``, and does the row whole or returns a fault.
"""

from __future__ import annotations

from omniroute._jit import kernel, step
from omniroute.codes import (
    E_AUX2,
    E_QUANTITY,
    E_SKU,
    E_WHAT,
    P_ON_HAND,
    P_SAFETY,
    QUANTITY_MAX,
    Effect,
)
from omniroute.kernels.arrays import I8
from omniroute.kernels.stock.book import FAULT_NONE, FAULT_RANGE
from omniroute.kernels.stock.cells import CellArrays, shift_cell, shift_free

_COUNT, _SELL = int(Effect.COUNT), int(Effect.SELL)
_SAFETY = int(Effect.SAFETY)
_FENCE, _DIP = int(Effect.FENCE), int(Effect.DIP)


@kernel()
def stock_plane(what: int) -> int:
    """Return the plane a stock fact speaks of."""
    return P_SAFETY if what == _SAFETY else P_ON_HAND


@kernel()
def stock_change(what: int, quantity: int, old: int) -> int:
    """Return what a stock fact adds to its plane, which holds ``old``."""
    if what == _SELL:
        return -quantity
    if what in (_COUNT, _SAFETY):
        return quantity - old
    return quantity


@step
def apply_stock(effects: I8, i: int, at: int, cells: CellArrays) -> int:
    """Apply one stock fact."""
    what, quantity = effects[i, E_WHAT], effects[i, E_QUANTITY]
    if quantity > QUANTITY_MAX or quantity < -QUANTITY_MAX:
        return FAULT_RANGE
    plane = stock_plane(what)
    old = int(cells.planes[plane, at])
    change = stock_change(what, quantity, old)
    if not shift_cell(cells, at, plane, change, effects[i, E_SKU], 1):
        return FAULT_RANGE
    if what in (_COUNT, _SAFETY):
        effects[i, E_AUX2] = old
    return FAULT_NONE


@step
def undo_stock(effects: I8, i: int, at: int, cells: CellArrays) -> None:
    """Undo one stock fact."""
    what, quantity = effects[i, E_WHAT], effects[i, E_QUANTITY]
    change = stock_change(what, quantity, effects[i, E_AUX2])
    shift_cell(cells, at, stock_plane(what), -change, effects[i, E_SKU], -1)


@kernel()
def free_change(effects: I8, i: int) -> int:
    """Return what an ALLOW, FENCE, DRAW or DIP adds to what is free."""
    quantity = int(effects[i, E_QUANTITY])
    return -quantity if effects[i, E_WHAT] in (_FENCE, _DIP) else quantity


@step
def apply_free(effects: I8, i: int, at: int, cells: CellArrays) -> int:
    """Apply an ALLOW, FENCE, DRAW or DIP."""
    done = shift_free(cells, at, free_change(effects, i), effects[i, E_SKU], 1)
    return FAULT_NONE if done else FAULT_RANGE


@step
def undo_free(effects: I8, i: int, at: int, cells: CellArrays) -> None:
    """Undo an ALLOW, FENCE, DRAW or DIP."""
    shift_free(cells, at, -free_change(effects, i), effects[i, E_SKU], -1)
