"""A hold that becomes firm, with all that its lines hold: COMMIT, applied and undone."""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.codes import (
    E_AUX2,
    E_REFERENCE,
    NO_NODE,
    P_FIRM,
    P_SOFT,
    ReservationState,
)
from omniroute.kernels.arrays import I8
from omniroute.kernels.stock.arena import find_cell
from omniroute.kernels.stock.book import (
    FAULT_BOOK,
    FAULT_NONE,
    FAULT_RANGE,
    H_EXPIRES,
    H_FIRST,
    H_STATE,
    L_DUE,
    L_NEXT,
    L_NODE,
    L_OPEN,
    L_SKU,
    BookArrays,
    is_soft,
)
from omniroute.kernels.stock.cells import CellArrays, shift_two

_SOFT_STATE = int(ReservationState.SOFT)
_FIRM_STATE = int(ReservationState.FIRM)


@kernel()
def shift_held(
    number: int, to_firm: bool, stop: int, cells: CellArrays, book: BookArrays
) -> int:
    """Move what a reservation's lines hold from soft to firm, or back.

    Stops before line ``stop`` (-1: at the end). Returns -1, or the line whose cell
    cannot take it; the lines before that one have been moved.
    """
    plane, other, step = (P_SOFT, P_FIRM, 1) if to_firm else (P_FIRM, P_SOFT, -1)
    lines = book.lines
    k = book.heads[number, H_FIRST]
    while k >= 0 and k != stop:
        sku, held = lines[k, L_SKU], lines[k, L_OPEN]
        if held > 0 and lines[k, L_DUE] == 0 and lines[k, L_NODE] != NO_NODE:
            at = find_cell(cells.rows, cells.cell_node, sku, lines[k, L_NODE])
            if not shift_two(cells, at, plane, -held, other, held, sku, step):
                return int(k)
        k = lines[k, L_NEXT]
    return -1


@kernel()
def apply_commit(effects: I8, i: int, cells: CellArrays, book: BookArrays) -> int:
    """Make a hold firm; E_AUX2 keeps when it would have ended."""
    number, heads = effects[i, E_REFERENCE], book.heads
    if not is_soft(book, number):
        return FAULT_BOOK
    stuck = shift_held(number, True, -1, cells, book)
    if stuck >= 0:
        shift_held(number, False, stuck, cells, book)
        return FAULT_RANGE
    effects[i, E_AUX2] = heads[number, H_EXPIRES]
    heads[number, H_EXPIRES] = 0
    heads[number, H_STATE] = _FIRM_STATE
    return FAULT_NONE


@kernel()
def undo_commit(effects: I8, i: int, cells: CellArrays, book: BookArrays) -> None:
    """Make it a hold again, that ends when it would have."""
    number = effects[i, E_REFERENCE]
    shift_held(number, False, -1, cells, book)
    book.heads[number, H_STATE] = _SOFT_STATE
    book.heads[number, H_EXPIRES] = effects[i, E_AUX2]
