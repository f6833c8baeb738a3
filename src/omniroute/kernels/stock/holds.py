"""Reservations of stock at named cells, one or many in a call."""

from __future__ import annotations

from typing import NamedTuple

from omniroute._jit import kernel, step
from omniroute.codes import P_FREE, Effect, ReservationState, Status
from omniroute.kernels.arrays import I4, I8
from omniroute.kernels.stock.arena import find_cell
from omniroute.kernels.stock.book import (
    C_LINES,
    C_RESERVATIONS,
    FAULT_NONE,
    BookArrays,
)
from omniroute.kernels.stock.cells import CellArrays
from omniroute.kernels.stock.effect_rows import write_row
from omniroute.kernels.stock.effects import apply_one, undo_one
from omniroute.kernels.stock.wanted import W_NODE, W_QUANTITY, W_SKU, print_of

# -- words of ``control``: where the batch stands, in and out ---------------------------

#: Next request, and the one to stop before.
K_NEXT = 0
K_END = 1
#: Rows of ``effects`` in use, and ids they name.
K_EFFECTS = 2
K_IDS = 3
#: 1: hold also what can be had in part; 1: write refusals down.
K_PARTIAL = 4
K_STICKY = 5
K_NOW = 6
#: Second at which the holds end, 0 for firm reservations.
K_EXPIRES = 7
#: Of the one request under way: fingerprint of its terms, and what came of it.
K_TERMS = 8
K_STATUS = 9
#: Lines, where there is but one request.
K_LINES = 10
K_WIDTH = 11

#: Why the batch paused.
DONE = 0
NEED_EFFECTS = 1
NEED_BOOK = 2
#: An effect that had to fit did not: a mistake of ours.
BROKEN = 3

_INTERN = int(Effect.INTERN_RESERVATION)
_HOLD = int(Effect.HOLD)
_LINE = int(Effect.LINE)
_RESOLVE = int(Effect.RESOLVE)
_REFUSED = int(ReservationState.REFUSED)
_OK = int(Status.OK)
_OUT_OF_STOCK = int(Status.OUT_OF_STOCK)
_SHORT = int(Status.SHORT)


class HoldArrays(NamedTuple):
    """What is to be held, and where the answer goes: see `reserve_cells`."""

    wanted: I8
    sku_marks: I8
    node_marks: I8
    effects: I8
    taken: I8
    control: I8


# -- one request -----------------------------------------------------------------------


@kernel()
def hold_one(
    cells: CellArrays, book: BookArrays, asked: HoldArrays, first: int, end: int
) -> int:
    """Hold lines ``first`` to ``end`` for one request, as `reserve_cells` says.

    Returns `DONE`, or why the request was not begun. Its status is then
    ``control[K_STATUS]``, and ``control[K_IDS]`` is one more where it opened a number.
    """
    effects, control = asked.effects, asked.control
    need = what_it_needs(book, asked, end - first)
    if need != DONE:
        return need
    begin, number = control[K_EFFECTS], book.counters[C_RESERVATIONS]
    print_ = print_of(asked.wanted, first, end, asked.sku_marks, asked.node_marks)
    now, ids = control[K_NOW], control[K_IDS]
    write_row(effects, begin, _INTERN, -1, -1, 0, number, now, ids, 0)
    write_hold(effects, begin + 1, number, control[K_EXPIRES], print_, control)
    if apply_one(effects, begin + 1, cells, book) != FAULT_NONE:
        return BROKEN
    at = take_lines(cells, book, asked, first, end, number, begin + 2)
    told = control[K_STATUS]
    if told != _OK and (told != _SHORT or control[K_PARTIAL] != 1):
        for j in range(at - 1, begin, -1):
            undo_one(effects, j, cells, book)
        if control[K_STICKY] != 1:
            return DONE
        write_hold(effects, begin + 1, number, 0, print_, control)
        at = begin + 2
        write_row(effects, at, _RESOLVE, -1, -1, _REFUSED, number, now, told, 0)
        at += 1
        for j in range(begin + 1, at):
            if apply_one(effects, j, cells, book) != FAULT_NONE:
                return BROKEN
    control[K_EFFECTS] = at
    control[K_IDS] += 1
    return DONE


@step
def what_it_needs(book: BookArrays, asked: HoldArrays, lines: int) -> int:
    """Return `DONE` where there is room for a request of so many lines, or what not."""
    if asked.control[K_EFFECTS] + 3 + lines > asked.effects.shape[0]:
        return NEED_EFFECTS
    if book.counters[C_RESERVATIONS] >= book.heads.shape[0]:
        return NEED_BOOK
    if book.counters[C_LINES] + lines > book.lines.shape[0]:
        return NEED_BOOK
    return DONE


@kernel()
def write_hold(
    effects: I8, at: int, number: int, expires_s: int, print_: int, control: I8
) -> None:
    """Write the HOLD that opens the request's number. ``effects`` modified in place."""
    terms, now = control[K_TERMS], control[K_NOW]
    write_row(effects, at, _HOLD, -1, -1, terms, number, now, expires_s, print_)


@step
def take_lines(
    cells: CellArrays,
    book: BookArrays,
    asked: HoldArrays,
    first: int,
    end: int,
    number: int,
    at: int,
) -> int:
    """Take what there is for each line, and write its effect from row ``at`` on.

    Returns the row after the last; ``control[K_STATUS]`` is how much there was.
    """
    wanted, effects, taken = asked.wanted, asked.effects, asked.taken
    now = asked.control[K_NOW]
    some, short = False, False
    for i in range(first, end):
        sku, node = wanted[i, W_SKU], wanted[i, W_NODE]
        cell = find_cell(cells.rows, cells.cell_node, sku, node)
        free = max(0, int(cells.planes[P_FREE, cell])) if cell >= 0 else 0
        taken[i] = min(wanted[i, W_QUANTITY], free)
        short = short or taken[i] < wanted[i, W_QUANTITY]
        if taken[i] == 0:
            continue
        some = True
        write_row(effects, at, _LINE, sku, node, taken[i], number, now, 0, 0)
        if apply_one(effects, at, cells, book) != FAULT_NONE:
            # A plane at the end of its range: there is no holding so much.
            taken[i] = 0
            short = True
            continue
        at += 1
    asked.control[K_STATUS] = _OK if not short else _SHORT if some else _OUT_OF_STOCK
    return at


# -- the calls -------------------------------------------------------------------------


@kernel("i8[,] i4[] i4[,] i8[] i8[] i8[,] i8[,] i8[] i8[,] i8[,] i8[,] i8[,] i8[] i8[]")
def reserve_one(
    rows: I8,
    cell_node: I4,
    planes: I4,
    sku_free: I8,
    sku_version: I8,
    heads: I8,
    lines: I8,
    counters: I8,
    wanted: I8,
    sku_marks: I8,
    node_marks: I8,
    effects: I8,
    taken: I8,
    control: I8,
) -> int:
    """Hold what one request wants: its lines are the first control[K_LINES].

    As `reserve_cells`, to which a single request costs as much as a batch.
    """
    cells = CellArrays(rows, cell_node, planes, sku_free, sku_version)
    book = BookArrays(heads, lines, counters)
    asked = HoldArrays(wanted, sku_marks, node_marks, effects, taken, control)
    return int(hold_one(cells, book, asked, 0, control[K_LINES]))


@kernel(
    "i8[,] i4[] i4[,] i8[] i8[] i8[,] i8[,] i8[] "
    "i8[,] i8[] i8[] i8[,] i8[,] i8[,] i8[] i8[] i8[] i8[]"
)
def reserve_cells(
    rows: I8,
    cell_node: I4,
    planes: I4,
    sku_free: I8,
    sku_version: I8,
    heads: I8,
    lines: I8,
    counters: I8,
    wanted: I8,
    starts: I8,
    terms: I8,
    sku_marks: I8,
    node_marks: I8,
    effects: I8,
    taken: I8,
    status: I8,
    named: I8,
    control: I8,
) -> int:
    """Hold what each request wants: all of it, or part where that is wanted, or nothing.

    Each line is taken from its cell before the next is looked at: so two lines of one
    cell, or of two requests, never count on the same unit. What was taken for a request
    that is refused is put back. Returns `DONE`, or why it paused with
    ``control[K_NEXT]`` at the request that was not begun.

    Parameters
    ----------
    rows, ..., counters
        The state. Modified in place, by `apply_one`.
    wanted
        int64[n, 3]: SKU number, node index, quanta (above 0) of each line.
    starts
        int64[m + 1]: request i wants lines starts[i] to starts[i + 1].
    terms
        int64[m]: fingerprint of each request's terms.
    sku_marks, node_marks
        int64[S, 2], int64[N, 2]: hash residues of the ids.
    effects
        int64[k, 8]. Written from row control[K_EFFECTS] on: what was applied.
    taken
        int64[n] (quanta). Written: what each line holds, or could have held if all of
        its request had been there.
    status
        int64[m]. Requests where it is not -1 are passed over; else written.
    named
        int64[m]. Written: the requests whose ids the effects name, in their order.
    control
        int64[K_WIDTH]: see K_*. Modified in place.
    """
    cells = CellArrays(rows, cell_node, planes, sku_free, sku_version)
    book = BookArrays(heads, lines, counters)
    asked = HoldArrays(wanted, sku_marks, node_marks, effects, taken, control)
    while control[K_NEXT] < control[K_END]:
        r = control[K_NEXT]
        if status[r] != -1:
            control[K_NEXT] += 1
            continue
        control[K_TERMS], ids = terms[r], control[K_IDS]
        code = hold_one(cells, book, asked, starts[r], starts[r + 1])
        if code != DONE:
            return int(code)
        status[r] = control[K_STATUS]
        if control[K_IDS] > ids:
            named[ids] = r
        control[K_NEXT] += 1
    return DONE
