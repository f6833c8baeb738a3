"""Effects applied to the cells and the book: the only code that moves stock.

Rows are applied in order, all or none. What a row overwrites is written back into its
E_AUX2 (COUNT and SAFETY the old quantity, LINE the reservation's last line before,
UNLINE, SHIP and DUE their line, RESOLVE the old state, COMMIT and EXTEND the old expiry,
TICK the old time), so that a row can be undone exactly.
"""

from __future__ import annotations

from omniroute._jit import kernel, step
from omniroute.codes import (
    E_AUX2,
    E_NODE,
    E_REFERENCE,
    E_SKU,
    E_TIME,
    E_WHAT,
    NO_NODE,
    Effect,
)
from omniroute.kernels.arrays import I4, I8
from omniroute.kernels.stock.arena import find_cell
from omniroute.kernels.stock.book import (
    C_FAULT,
    C_NOW,
    C_RESERVATIONS,
    FAULT_CELL,
    FAULT_KIND,
    FAULT_NONE,
    FAULT_SKU,
    FAULT_TIME,
    H_EXPIRES,
    H_STATE,
    H_TOLD,
    BookArrays,
    extend,
    open_hold,
    resolve,
)
from omniroute.kernels.stock.cells import CellArrays
from omniroute.kernels.stock.commit import apply_commit, undo_commit
from omniroute.kernels.stock.effect_kinds import (
    is_beside,
    is_free_only,
    is_line,
    is_stock,
)
from omniroute.kernels.stock.facts import (
    apply_free,
    apply_stock,
    undo_free,
    undo_stock,
)
from omniroute.kernels.stock.lines import apply_due, apply_line, apply_ship, undo_line

_TICK, _HOLD = int(Effect.TICK), int(Effect.HOLD)
_LINE, _UNLINE = int(Effect.LINE), int(Effect.UNLINE)
_SHIP, _DUE = int(Effect.SHIP), int(Effect.DUE)
_RESOLVE, _COMMIT = int(Effect.RESOLVE), int(Effect.COMMIT)
_EXTEND = int(Effect.EXTEND)


@kernel()
def apply_one(effects: I8, i: int, cells: CellArrays, book: BookArrays) -> int:
    """Apply row ``i`` of ``effects``, whatever it says, whole or not at all.

    Returns FAULT_NONE or why not. What lies beside the cells (unavailable units, inbound
    entries, what was seen) is not this kernel's: see ``kernels/stock/supply.py``. Kernels
    that decide and reserve in one go write their HOLD and LINE rows into a buffer and
    call this for each; Python then hands the buffer to `State.adopt`.
    """
    what = effects[i, E_WHAT]
    if is_stock(what) or is_line(what) or is_free_only(what):
        return apply_in_cell(effects, i, cells, book)
    if what == _HOLD:
        return open_hold(effects, i, book)
    if what == _RESOLVE:
        return resolve(effects, i, book)
    if what == _COMMIT:
        return apply_commit(effects, i, cells, book)
    if what == _EXTEND:
        return extend(effects, i, book)
    if what == _TICK:
        return apply_tick(effects, i, book)
    return FAULT_NONE if is_beside(what) else FAULT_KIND


@step
def apply_in_cell(effects: I8, i: int, cells: CellArrays, book: BookArrays) -> int:
    """Apply a row that is about one cell, or a line at no node."""
    what, sku = effects[i, E_WHAT], effects[i, E_SKU]
    if sku < 0 or sku >= cells.rows.shape[0]:
        return FAULT_SKU
    at = find_cell(cells.rows, cells.cell_node, sku, effects[i, E_NODE])
    unbound = effects[i, E_NODE] == NO_NODE and what in (_LINE, _UNLINE)
    if at < 0 and not unbound:
        return FAULT_CELL
    if is_free_only(what):
        return apply_free(effects, i, at, cells)
    if is_stock(what):
        return apply_stock(effects, i, at, cells)
    if what == _SHIP:
        return apply_ship(effects, i, at, cells, book)
    if what == _DUE:
        return apply_due(effects, i, at, cells, book)
    return apply_line(effects, i, at, cells, book)


@kernel()
def apply_tick(effects: I8, i: int, book: BookArrays) -> int:
    """Move time on; E_AUX2 keeps the time before."""
    counters = book.counters
    if effects[i, E_TIME] < counters[C_NOW]:
        return FAULT_TIME
    effects[i, E_AUX2] = counters[C_NOW]
    counters[C_NOW] = effects[i, E_TIME]
    return FAULT_NONE


@kernel()
def undo_one(effects: I8, i: int, cells: CellArrays, book: BookArrays) -> None:
    """Undo row ``i``, the last that was applied and not undone."""
    what, number = effects[i, E_WHAT], effects[i, E_REFERENCE]
    if is_stock(what) or is_line(what) or is_free_only(what):
        undo_in_cell(effects, i, cells, book)
    elif what == _HOLD:
        book.counters[C_RESERVATIONS] -= 1
    elif what == _RESOLVE:
        book.heads[number, H_STATE] = effects[i, E_AUX2]
        book.heads[number, H_TOLD] = 0
    elif what == _COMMIT:
        undo_commit(effects, i, cells, book)
    elif what == _EXTEND:
        book.heads[number, H_EXPIRES] = effects[i, E_AUX2]
    elif what == _TICK:
        book.counters[C_NOW] = effects[i, E_AUX2]


@step
def undo_in_cell(effects: I8, i: int, cells: CellArrays, book: BookArrays) -> None:
    """Undo a row that is about one cell, or a line at no node."""
    what = effects[i, E_WHAT]
    at = find_cell(cells.rows, cells.cell_node, effects[i, E_SKU], effects[i, E_NODE])
    if is_stock(what):
        undo_stock(effects, i, at, cells)
    elif is_free_only(what):
        undo_free(effects, i, at, cells)
    else:
        undo_line(effects, i, at, cells, book)


@step
def undo_first(effects: I8, count: int, cells: CellArrays, book: BookArrays) -> None:
    """Undo the first ``count`` rows, last first."""
    for i in range(count - 1, -1, -1):
        undo_one(effects, i, cells, book)


@kernel("i8[,] i8 i8[,] i4[] i4[,] i8[] i8[] i8[,] i8[,] i8[]")
def undo_rows(
    effects: I8,
    count: int,
    rows: I8,
    cell_node: I4,
    planes: I4,
    sku_free: I8,
    sku_version: I8,
    heads: I8,
    lines: I8,
    counters: I8,
) -> None:
    """Undo the first ``count`` rows, last first: the state is as it was before them."""
    cells = CellArrays(rows, cell_node, planes, sku_free, sku_version)
    undo_first(effects, count, cells, BookArrays(heads, lines, counters))


@kernel("i8[,] i8[,] i4[] i4[,] i8[] i8[] i8[,] i8[,] i8[]")
def apply_rows(
    effects: I8,
    rows: I8,
    cell_node: I4,
    planes: I4,
    sku_free: I8,
    sku_version: I8,
    heads: I8,
    lines: I8,
    counters: I8,
) -> int:
    """Apply all rows in order, or none.

    Returns -1, or the index of the row that could not be applied, with the reason in
    ``counters[C_FAULT]`` and everything as it was.

    Parameters
    ----------
    effects
        int64[n, 8], columns E_*. E_AUX2 modified in place where a row overwrites.
    rows, cell_node
        The arena's layout; read. Cells must exist.
    planes
        int32[PLANES, C] (quanta). Modified in place.
    sku_free, sku_version
        int64[S]. Modified in place.
    heads, lines, counters
        The reservation book. Modified in place.
    """
    cells = CellArrays(rows, cell_node, planes, sku_free, sku_version)
    book = BookArrays(heads, lines, counters)
    for i in range(effects.shape[0]):
        fault = apply_one(effects, i, cells, book)
        if fault != FAULT_NONE:
            undo_first(effects, i, cells, book)
            counters[C_FAULT] = fault
            return i
    return -1
