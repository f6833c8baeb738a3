"""Effects applied to the cells and the book: the only code that moves stock.

Rows are applied in order, all or none. What a row overwrites is written back into its
E_AUX2 (COUNT and SAFETY the old quantity, LINE the reservation's last line before,
UNLINE, SHIP and DUE their line, RESOLVE the old state, COMMIT and EXTEND the old expiry,
TICK the old time), so that a row can be undone exactly.
"""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.codes import (
    AFTER_FIRST,
    AFTER_LAST,
    ASIDE_FIRST,
    ASIDE_LAST,
    E_AUX,
    E_AUX2,
    E_NODE,
    E_QUANTITY,
    E_REFERENCE,
    E_SKU,
    E_TIME,
    E_WHAT,
    FIND,
    INTERN_LAST,
    LOT,
    NO_NODE,
    P_FIRM,
    P_FREE,
    P_ON_HAND,
    P_SAFETY,
    P_SOFT,
    QUANTITY_MAX,
    RULES_FIRST,
    RULES_LAST,
    STOCK_FIRST,
    STOCK_LAST,
    SUPPLY_FIRST,
    SUPPLY_LAST,
    WORK_FIRST,
    WORK_LAST,
    Effect,
    ReservationState,
)
from omniroute.kernels.arrays import I4, I8
from omniroute.kernels.stock.arena import find_cell
from omniroute.kernels.stock.book import (
    C_FAULT,
    C_NOW,
    C_RESERVATIONS,
    FAULT_BOOK,
    FAULT_CELL,
    FAULT_KIND,
    FAULT_NONE,
    FAULT_RANGE,
    FAULT_SKU,
    FAULT_TIME,
    H_EXPIRES,
    H_FIRST,
    H_STATE,
    H_TOLD,
    L_DUE,
    L_NEXT,
    L_NODE,
    L_OPEN,
    L_SHIPPED,
    L_SKU,
    add_line,
    can_add_line,
    drop_line,
    extend,
    find_due_line,
    find_open_line,
    is_soft,
    open_hold,
    reserved_plane,
    resolve,
)

_COUNT = int(Effect.COUNT)
_SELL = int(Effect.SELL)
_SAFETY = int(Effect.SAFETY)
_TICK = int(Effect.TICK)
_HOLD = int(Effect.HOLD)
_LINE = int(Effect.LINE)
_UNLINE = int(Effect.UNLINE)
_RESOLVE = int(Effect.RESOLVE)
_SEEN, _TOLD = int(Effect.SEEN), int(Effect.TOLD)
_COMMIT = int(Effect.COMMIT)
_SHIP = int(Effect.SHIP)
_EXTEND = int(Effect.EXTEND)
_ALLOW = int(Effect.ALLOW)
_FENCE = int(Effect.FENCE)
_DRAW = int(Effect.DRAW)
_DUE = int(Effect.DUE)
_DIP = int(Effect.DIP)
_SOFT_STATE = int(ReservationState.SOFT)
_FIRM_STATE = int(ReservationState.FIRM)
#: A change larger than this leaves int32 whatever it is added to.
_CHANGE_MAX = 2 * QUANTITY_MAX


@kernel()
def is_stock(what: int) -> bool:
    """Whether the effect is a fact about a cell's on hand or safety: RECEIVE to ARRIVE."""
    return STOCK_FIRST <= what <= STOCK_LAST


@kernel()
def is_line(what: int) -> bool:
    """Whether the effect moves stock by a line of a reservation."""
    return bool(what in (_LINE, _UNLINE, _SHIP, _DUE))


@kernel()
def is_free_only(what: int) -> bool:
    """Whether the effect moves what is free of a cell, and no plane besides."""
    return bool(what in (_ALLOW, _FENCE, _DRAW, _DIP))


@kernel()
def shift_cell(
    planes: I4,
    at: int,
    plane: int,
    change: int,
    sku: int,
    sku_free: I8,
    sku_version: I8,
    step: int,
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
    value = int(planes[plane, at]) + change
    free = int(planes[P_FREE, at])
    left = free + change if plane == P_ON_HAND else free - change
    if value < 0 and plane != P_ON_HAND:
        return False
    if max(value, left) > QUANTITY_MAX or min(value, left) < -QUANTITY_MAX:
        return False
    planes[plane, at] = value
    planes[P_FREE, at] = left
    sku_free[sku] += max(left, 0) - max(free, 0)
    sku_version[sku] += step
    return True


@kernel()
def shift_free(
    planes: I4, at: int, change: int, sku: int, sku_free: I8, sku_version: I8, step: int
) -> bool:
    """Add ``change`` to what is free of a cell; False, and nothing done, out of range."""
    if change > _CHANGE_MAX or change < -_CHANGE_MAX:
        return False
    free = int(planes[P_FREE, at])
    left = free + change
    if left > QUANTITY_MAX or left < -QUANTITY_MAX:
        return False
    planes[P_FREE, at] = left
    sku_free[sku] += max(left, 0) - max(free, 0)
    sku_version[sku] += step
    return True


@kernel()
def free_change(effects: I8, i: int) -> int:
    """Return what an ALLOW, FENCE, DRAW or DIP adds to what is free."""
    quantity = int(effects[i, E_QUANTITY])
    return -quantity if effects[i, E_WHAT] in (_FENCE, _DIP) else quantity


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


@kernel()
def apply_stock(
    effects: I8, i: int, at: int, planes: I4, sku_free: I8, sku_version: I8
) -> int:
    """Apply one stock fact to the cell at ``at``."""
    what, quantity = effects[i, E_WHAT], effects[i, E_QUANTITY]
    if quantity > QUANTITY_MAX or quantity < -QUANTITY_MAX:
        return FAULT_RANGE
    plane = stock_plane(what)
    old = int(planes[plane, at])
    change = stock_change(what, quantity, old)
    sku = effects[i, E_SKU]
    if not shift_cell(planes, at, plane, change, sku, sku_free, sku_version, 1):
        return FAULT_RANGE
    if what in (_COUNT, _SAFETY):
        effects[i, E_AUX2] = old
    return FAULT_NONE


@kernel()
def apply_line(
    effects: I8,
    i: int,
    at: int,
    planes: I4,
    sku_free: I8,
    sku_version: I8,
    heads: I8,
    lines: I8,
    counters: I8,
) -> int:
    """Take a LINE from, or give an UNLINE back to, the cell at ``at``; -1: of none.

    What falls due later moves no plane: its cell keeps for it what its dip says. What
    is held at no node moves no cell.
    """
    sku, change = effects[i, E_SKU], effects[i, E_QUANTITY]
    k = 0
    if effects[i, E_WHAT] == _LINE:
        fault = can_add_line(effects, i, heads, lines, counters)
        if fault != FAULT_NONE:
            return fault
    else:
        k = find_open_line(effects, i, heads, lines, counters)
        if k < 0:
            return FAULT_BOOK
        change = -change
    if at < 0:
        sku_version[sku] += 1
    elif effects[i, E_AUX] == 0:
        plane = reserved_plane(heads, effects[i, E_REFERENCE])
        if not shift_cell(planes, at, plane, change, sku, sku_free, sku_version, 1):
            return FAULT_RANGE
    if effects[i, E_WHAT] == _LINE:
        add_line(effects, i, heads, lines, counters)
    else:
        lines[k, L_OPEN] += change
        effects[i, E_AUX2] = k
    return FAULT_NONE


@kernel()
def shift_two(
    planes: I4,
    at: int,
    first: int,
    first_change: int,
    second: int,
    second_change: int,
    sku: int,
    sku_free: I8,
    sku_version: I8,
    step: int,
) -> bool:
    """Shift two planes of a cell, both or neither."""
    if not shift_cell(planes, at, first, first_change, sku, sku_free, sku_version, 0):
        return False
    if shift_cell(planes, at, second, second_change, sku, sku_free, sku_version, step):
        return True
    shift_cell(planes, at, first, -first_change, sku, sku_free, sku_version, 0)
    return False


@kernel()
def apply_ship(
    effects: I8,
    i: int,
    at: int,
    planes: I4,
    sku_free: I8,
    sku_version: I8,
    heads: I8,
    lines: I8,
    counters: I8,
) -> int:
    """Let the units of a SHIP leave the line, what is firm and what is on hand."""
    k = find_open_line(effects, i, heads, lines, counters)
    firm = k >= 0 and heads[effects[i, E_REFERENCE], H_STATE] == _FIRM_STATE
    if not firm or lines[k, L_DUE] != 0:
        return FAULT_BOOK
    sku, gone = effects[i, E_SKU], effects[i, E_QUANTITY]
    if not shift_two(
        planes, at, P_FIRM, -gone, P_ON_HAND, -gone, sku, sku_free, sku_version, 1
    ):
        return FAULT_RANGE
    lines[k, L_OPEN] -= gone
    lines[k, L_SHIPPED] += gone
    effects[i, E_AUX2] = k
    return FAULT_NONE


@kernel()
def apply_due(
    effects: I8, i: int, at: int, planes: I4, heads: I8, lines: I8, counters: I8
) -> int:
    """Let the line of a DUE hold stock of the cell at ``at``.

    Free stays: the cell's dip had what the line needs, and gives it to the plane.
    """
    k = find_due_line(effects, i, heads, lines, counters)
    if k < 0:
        return FAULT_BOOK
    plane = reserved_plane(heads, effects[i, E_REFERENCE])
    held = int(planes[plane, at]) + effects[i, E_QUANTITY]
    if held > QUANTITY_MAX:
        return FAULT_RANGE
    planes[plane, at] = held
    lines[k, L_DUE] = 0
    effects[i, E_AUX2] = k
    return FAULT_NONE


@kernel()
def shift_held(
    number: int,
    to_firm: bool,
    stop: int,
    rows: I8,
    cell_node: I4,
    planes: I4,
    sku_free: I8,
    sku_version: I8,
    heads: I8,
    lines: I8,
) -> int:
    """Move what a reservation's lines hold from soft to firm, or back.

    Stops before line ``stop`` (-1: at the end). Returns -1, or the line whose cell
    cannot take it; the lines before that one have been moved.
    """
    plane, other, step = (P_SOFT, P_FIRM, 1) if to_firm else (P_FIRM, P_SOFT, -1)
    k = heads[number, H_FIRST]
    while k >= 0 and k != stop:
        sku, held = lines[k, L_SKU], lines[k, L_OPEN]
        if held > 0 and lines[k, L_DUE] == 0 and lines[k, L_NODE] != NO_NODE:
            at = find_cell(rows, cell_node, sku, lines[k, L_NODE])
            if not shift_two(
                planes, at, plane, -held, other, held, sku, sku_free, sku_version, step
            ):
                return int(k)
        k = lines[k, L_NEXT]
    return -1


@kernel()
def apply_commit(
    effects: I8,
    i: int,
    rows: I8,
    cell_node: I4,
    planes: I4,
    sku_free: I8,
    sku_version: I8,
    heads: I8,
    lines: I8,
    counters: I8,
) -> int:
    """Make a hold firm; E_AUX2 keeps when it would have ended."""
    number = effects[i, E_REFERENCE]
    if not is_soft(heads, counters, number):
        return FAULT_BOOK
    stuck = shift_held(
        number,
        True,
        -1,
        rows,
        cell_node,
        planes,
        sku_free,
        sku_version,
        heads,
        lines,
    )
    if stuck >= 0:
        shift_held(
            number,
            False,
            stuck,
            rows,
            cell_node,
            planes,
            sku_free,
            sku_version,
            heads,
            lines,
        )
        return FAULT_RANGE
    effects[i, E_AUX2] = heads[number, H_EXPIRES]
    heads[number, H_EXPIRES] = 0
    heads[number, H_STATE] = _FIRM_STATE
    return FAULT_NONE


@kernel()
def apply_tick(effects: I8, i: int, counters: I8) -> int:
    """Move time on; E_AUX2 keeps the time before."""
    if effects[i, E_TIME] < counters[C_NOW]:
        return FAULT_TIME
    effects[i, E_AUX2] = counters[C_NOW]
    counters[C_NOW] = effects[i, E_TIME]
    return FAULT_NONE


@kernel()
def apply_one(
    effects: I8,
    i: int,
    rows: I8,
    cell_node: I4,
    planes: I4,
    sku_free: I8,
    sku_version: I8,
    heads: I8,
    lines: I8,
    counters: I8,
) -> int:
    """Apply row ``i`` of ``effects``, whatever it says, whole or not at all.

    Returns FAULT_NONE or why not. What lies beside the cells (unavailable units, inbound
    entries, what was seen) is not this kernel's: see ``kernels/stock/supply.py``. Kernels
    that decide and reserve in one go write their HOLD and LINE rows into a buffer and
    call this for each; Python then hands the buffer to `State.adopt`.
    """
    what = effects[i, E_WHAT]
    if is_stock(what) or is_line(what) or is_free_only(what):
        sku = effects[i, E_SKU]
        if sku < 0 or sku >= rows.shape[0]:
            return FAULT_SKU
        at = find_cell(rows, cell_node, sku, effects[i, E_NODE])
        unbound = effects[i, E_NODE] == NO_NODE and what in (_LINE, _UNLINE)
        if at < 0 and not unbound:
            return FAULT_CELL
        if is_free_only(what):
            change = free_change(effects, i)
            done = shift_free(planes, at, change, sku, sku_free, sku_version, 1)
            return FAULT_NONE if done else FAULT_RANGE
        if is_stock(what):
            return apply_stock(effects, i, at, planes, sku_free, sku_version)
        if what == _SHIP:
            return apply_ship(
                effects, i, at, planes, sku_free, sku_version, heads, lines, counters
            )
        if what == _DUE:
            return apply_due(effects, i, at, planes, heads, lines, counters)
        return apply_line(
            effects, i, at, planes, sku_free, sku_version, heads, lines, counters
        )
    if what == _HOLD:
        return open_hold(effects, i, heads, counters)
    if what == _RESOLVE:
        return resolve(effects, i, heads, lines, counters)
    if what == _COMMIT:
        return apply_commit(
            effects,
            i,
            rows,
            cell_node,
            planes,
            sku_free,
            sku_version,
            heads,
            lines,
            counters,
        )
    if what == _EXTEND:
        return extend(effects, i, heads, counters)
    if what == _TICK:
        return apply_tick(effects, i, counters)
    beside = SUPPLY_FIRST <= what <= SUPPLY_LAST or what in (_SEEN, _TOLD)
    beside = beside or ASIDE_FIRST <= what <= ASIDE_LAST or what in (LOT, FIND)
    beside = beside or RULES_FIRST <= what <= RULES_LAST
    beside = beside or AFTER_FIRST <= what <= AFTER_LAST
    beside = beside or WORK_FIRST <= what <= WORK_LAST
    return FAULT_NONE if beside or 1 <= what <= INTERN_LAST else FAULT_KIND


@kernel()
def undo_cell(
    effects: I8,
    i: int,
    at: int,
    planes: I4,
    sku_free: I8,
    sku_version: I8,
    heads: I8,
    lines: I8,
    counters: I8,
) -> None:
    """Undo a row that moved stock in the cell at ``at``; -1: in none."""
    what, quantity = effects[i, E_WHAT], effects[i, E_QUANTITY]
    number = effects[i, E_REFERENCE]
    if what == _DUE:
        planes[reserved_plane(heads, number), at] -= quantity
        lines[effects[i, E_AUX2], L_DUE] = effects[i, E_AUX]
        return
    if is_stock(what):
        plane = stock_plane(what)
        change = -stock_change(what, quantity, effects[i, E_AUX2])
    elif what == _LINE:
        plane = reserved_plane(heads, number)
        change = -quantity
        drop_line(effects, i, heads, lines, counters)
    else:
        plane = reserved_plane(heads, number)
        change = quantity
        lines[effects[i, E_AUX2], L_OPEN] += quantity
        if what == _SHIP:
            lines[effects[i, E_AUX2], L_SHIPPED] -= quantity
            sku = effects[i, E_SKU]
            shift_cell(planes, at, P_ON_HAND, change, sku, sku_free, sku_version, 0)
    sku = effects[i, E_SKU]
    if at < 0:
        sku_version[sku] -= 1
    elif is_stock(what) or effects[i, E_AUX] == 0:
        shift_cell(planes, at, plane, change, sku, sku_free, sku_version, -1)


@kernel()
def undo_one(
    effects: I8,
    i: int,
    rows: I8,
    cell_node: I4,
    planes: I4,
    sku_free: I8,
    sku_version: I8,
    heads: I8,
    lines: I8,
    counters: I8,
) -> None:
    """Undo row ``i``, the last that was applied and not undone."""
    what, number = effects[i, E_WHAT], effects[i, E_REFERENCE]
    if is_stock(what) or is_line(what):
        at = find_cell(rows, cell_node, effects[i, E_SKU], effects[i, E_NODE])
        undo_cell(effects, i, at, planes, sku_free, sku_version, heads, lines, counters)
    elif is_free_only(what):
        sku, change = effects[i, E_SKU], -free_change(effects, i)
        at = find_cell(rows, cell_node, sku, effects[i, E_NODE])
        shift_free(planes, at, change, sku, sku_free, sku_version, -1)
    elif what == _HOLD:
        counters[C_RESERVATIONS] -= 1
    elif what == _RESOLVE:
        heads[number, H_STATE] = effects[i, E_AUX2]
        heads[number, H_TOLD] = 0
    elif what == _COMMIT:
        shift_held(
            number,
            False,
            -1,
            rows,
            cell_node,
            planes,
            sku_free,
            sku_version,
            heads,
            lines,
        )
        heads[number, H_STATE] = _SOFT_STATE
        heads[number, H_EXPIRES] = effects[i, E_AUX2]
    elif what == _EXTEND:
        heads[number, H_EXPIRES] = effects[i, E_AUX2]
    elif what == _TICK:
        counters[C_NOW] = effects[i, E_AUX2]


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
    for i in range(count - 1, -1, -1):
        undo_one(
            effects,
            i,
            rows,
            cell_node,
            planes,
            sku_free,
            sku_version,
            heads,
            lines,
            counters,
        )


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
    for i in range(effects.shape[0]):
        fault = apply_one(
            effects,
            i,
            rows,
            cell_node,
            planes,
            sku_free,
            sku_version,
            heads,
            lines,
            counters,
        )
        if fault != FAULT_NONE:
            undo_rows(
                effects,
                i,
                rows,
                cell_node,
                planes,
                sku_free,
                sku_version,
                heads,
                lines,
                counters,
            )
            counters[C_FAULT] = fault
            return i
    return -1


@kernel("i8[,] i8[,] i4[] i8 i8[]")
def missing_keys(effects: I8, rows: I8, cell_node: I4, nodes: int, keys: I8) -> int:
    """Write the keys of cells the rows need and the arena lacks; return how many.

    Returns ``-1 - i`` where row ``i`` names a SKU or node outside the catalogue.
    ``keys`` int64[n] is written; a key is ``sku * nodes + node`` and may repeat. An
    UNLINE or SHIP makes no cell: it takes out of one that is there.
    """
    found = 0
    for i in range(effects.shape[0]):
        what = effects[i, E_WHAT]
        if not is_stock(what) and what not in (_LINE, _ALLOW, _FENCE, _DIP):
            continue
        sku, node = effects[i, E_SKU], effects[i, E_NODE]
        if what == _LINE and node == NO_NODE:
            continue
        if sku < 0 or sku >= rows.shape[0] or node < 0 or node >= nodes:
            return -1 - i
        if find_cell(rows, cell_node, sku, node) < 0:
            keys[found] = sku * nodes + node
            found += 1
    return found


@kernel("i8[] i8[] i8[] i8[] i8[] i8 i8[,]")
def stock_rows(
    what: I8, skus: I8, nodes: I8, quantities: I8, happened: I8, now: int, out: I8
) -> None:
    """Write stock facts given as columns into effect rows, in one pass.

    All columns int64[n]; ``happened`` is each fact's own time, 0 where unsaid;
    ``out`` int64[n, 8] is written.
    """
    for i in range(out.shape[0]):
        out[i, E_WHAT] = what[i]
        out[i, E_SKU] = skus[i]
        out[i, E_NODE] = nodes[i]
        out[i, E_QUANTITY] = quantities[i]
        out[i, E_REFERENCE] = -1
        out[i, E_TIME] = now
        out[i, E_AUX] = happened[i]
        out[i, E_AUX2] = 0
