"""Lines of reservations, applied to their cells and undone: LINE, UNLINE, SHIP, DUE.

Each takes the place ``at`` of the line's cell, -1 for a line at no node, and does the
row whole or returns a fault.
"""

from __future__ import annotations

from omniroute._jit import step
from omniroute.codes import (
    E_AUX,
    E_AUX2,
    E_QUANTITY,
    E_REFERENCE,
    E_SKU,
    E_WHAT,
    P_FIRM,
    P_ON_HAND,
    QUANTITY_MAX,
    Effect,
    ReservationState,
)
from omniroute.kernels.arrays import I8
from omniroute.kernels.stock.book import (
    FAULT_BOOK,
    FAULT_NONE,
    FAULT_RANGE,
    H_STATE,
    L_DUE,
    L_OPEN,
    L_SHIPPED,
    BookArrays,
    add_line,
    can_add_line,
    drop_line,
    find_due_line,
    find_open_line,
    reserved_plane,
)
from omniroute.kernels.stock.cells import CellArrays, shift_cell, shift_two

_LINE, _SHIP, _DUE = int(Effect.LINE), int(Effect.SHIP), int(Effect.DUE)
_FIRM_STATE = int(ReservationState.FIRM)


@step
def apply_line(
    effects: I8, i: int, at: int, cells: CellArrays, book: BookArrays
) -> int:
    """Take a LINE from the cell, or give an UNLINE back to it.

    What falls due later moves no plane: its cell keeps for it what its dip says. What
    is held at no node moves no cell.
    """
    sku, change = effects[i, E_SKU], effects[i, E_QUANTITY]
    k = 0
    if effects[i, E_WHAT] == _LINE:
        fault = can_add_line(effects, i, book)
        if fault != FAULT_NONE:
            return fault
    else:
        k = find_open_line(effects, i, book)
        if k < 0:
            return FAULT_BOOK
        change = -change
    if at < 0:
        cells.sku_version[sku] += 1
    elif effects[i, E_AUX] == 0:
        plane = reserved_plane(book, effects[i, E_REFERENCE])
        if not shift_cell(cells, at, plane, change, sku, 1):
            return FAULT_RANGE
    if effects[i, E_WHAT] == _LINE:
        add_line(effects, i, book)
    else:
        book.lines[k, L_OPEN] += change
        effects[i, E_AUX2] = k
    return FAULT_NONE


@step
def apply_ship(
    effects: I8, i: int, at: int, cells: CellArrays, book: BookArrays
) -> int:
    """Let the units of a SHIP leave the line, what is firm and what is on hand."""
    lines = book.lines
    k = find_open_line(effects, i, book)
    firm = k >= 0 and book.heads[effects[i, E_REFERENCE], H_STATE] == _FIRM_STATE
    if not firm or lines[k, L_DUE] != 0:
        return FAULT_BOOK
    sku, gone = effects[i, E_SKU], effects[i, E_QUANTITY]
    if not shift_two(cells, at, P_FIRM, -gone, P_ON_HAND, -gone, sku, 1):
        return FAULT_RANGE
    lines[k, L_OPEN] -= gone
    lines[k, L_SHIPPED] += gone
    effects[i, E_AUX2] = k
    return FAULT_NONE


@step
def apply_due(effects: I8, i: int, at: int, cells: CellArrays, book: BookArrays) -> int:
    """Let the line of a DUE hold stock of the cell.

    Free stays: the cell's dip had what the line needs, and gives it to the plane.
    """
    k = find_due_line(effects, i, book)
    if k < 0:
        return FAULT_BOOK
    plane = reserved_plane(book, effects[i, E_REFERENCE])
    held = int(cells.planes[plane, at]) + effects[i, E_QUANTITY]
    if held > QUANTITY_MAX:
        return FAULT_RANGE
    cells.planes[plane, at] = held
    book.lines[k, L_DUE] = 0
    effects[i, E_AUX2] = k
    return FAULT_NONE


@step
def undo_line(
    effects: I8, i: int, at: int, cells: CellArrays, book: BookArrays
) -> None:
    """Undo a row of any of these kinds."""
    what, quantity = effects[i, E_WHAT], effects[i, E_QUANTITY]
    sku, line = effects[i, E_SKU], effects[i, E_AUX2]
    plane, change = reserved_plane(book, effects[i, E_REFERENCE]), quantity
    if what == _DUE:
        cells.planes[plane, at] -= quantity
        book.lines[line, L_DUE] = effects[i, E_AUX]
        return
    if what == _LINE:
        change = -quantity
        drop_line(effects, i, book)
    else:
        book.lines[line, L_OPEN] += quantity
        if what == _SHIP:
            book.lines[line, L_SHIPPED] -= quantity
            shift_cell(cells, at, P_ON_HAND, quantity, sku, 0)
    if at < 0:
        cells.sku_version[sku] -= 1
    elif effects[i, E_AUX] == 0:
        shift_cell(cells, at, plane, change, sku, -1)
