"""The reservation book: headers and lines in arrays, so that a kernel can append.

Only numbers live here; the ids of reservations stay in Python. Lines of a reservation
are chained, since it may be given more of them after others have been opened. Every
function takes one effect row and either does it whole or returns a fault and leaves the
book alone.
"""

from __future__ import annotations

from typing import NamedTuple

from omniroute._jit import kernel
from omniroute.codes import (
    E_AUX,
    E_AUX2,
    E_NODE,
    E_QUANTITY,
    E_REFERENCE,
    E_SKU,
    E_TIME,
    NO_NODE,
    P_FIRM,
    P_SOFT,
    QUANTITY_MAX,
    ReservationState,
)
from omniroute.kernels.arrays import I8

# -- columns of ``heads`` int64[R, 9], one row a reservation ---------------------------

#: `ReservationState`.
H_STATE = 0
#: Second at which a soft hold ends; 0 for none.
H_EXPIRES = 1
#: Its first line in ``lines``; each line says which is next.
H_FIRST = 2
#: Lines it has.
H_LINES = 3
#: Second at which it was opened.
H_CREATED = 4
#: What was asked for, and on which terms: to tell a repeated request from another.
H_PRINT_LINES = 5
H_PRINT_TERMS = 6
#: Its last line.
H_LAST = 7
#: The `Status` that was told, where the reservation is REFUSED.
H_TOLD = 8
HEAD_WIDTH = 9

# -- columns of ``lines`` int64[L, 8], one row a line ----------------------------------

L_SKU = 0
#: `NO_NODE` where it is held for the network as a whole.
L_NODE = 1
#: Quanta taken when the line was written; never changes.
L_QUANTITY = 2
#: Quanta still held.
L_OPEN = 3
#: Quanta that have left. The rest of what was taken has been given back.
L_SHIPPED = 4
#: The next line of the same reservation, where it has one.
L_NEXT = 5
#: Number of its reservation.
L_OWNER = 6
#: Second at which it falls due; 0 where it holds stock of its cell already.
L_DUE = 7
LINE_WIDTH = 8

# -- entries of ``counters`` int64[4] --------------------------------------------------

#: Headers in use.
C_RESERVATIONS = 0
#: Lines in use.
C_LINES = 1
#: The last engine time, seconds UTC.
C_NOW = 2
#: Why the last `apply_rows` stopped: one of FAULT_*.
C_FAULT = 3
COUNTERS = 4

# -- why an effect could not be applied ------------------------------------------------

FAULT_NONE = 0
#: A quantity would leave int32, or something but stock on hand fall below zero.
FAULT_RANGE = 1
#: The cell does not exist; Python can make it and try again.
FAULT_CELL = 2
#: The SKU number is not in the catalogue.
FAULT_SKU = 3
#: The reservation is not open (or not soft, or not firm, where it has to be), has no
#: such line, or still holds something.
FAULT_BOOK = 4
#: The book is full; Python can enlarge it and try again.
FAULT_ROOM = 5
#: Time would go backwards.
FAULT_TIME = 6
#: No such effect.
FAULT_KIND = 7
#: No such inbound entry or reason, or fewer units still to come.
FAULT_INBOUND = 8

_SOFT = int(ReservationState.SOFT)
_FIRM = int(ReservationState.FIRM)
_REFUSED = int(ReservationState.REFUSED)


class BookArrays(NamedTuple):
    """The arrays of the book, as kernels hand them on to each other."""

    heads: I8
    lines: I8
    counters: I8


@kernel()
def is_open(book: BookArrays, number: int) -> bool:
    """Whether the number is a reservation that may still hold stock."""
    heads, counters = book.heads, book.counters
    if number < 0 or number >= counters[C_RESERVATIONS]:
        return False
    return bool(heads[number, H_STATE] <= _FIRM)


@kernel()
def reserved_plane(book: BookArrays, number: int) -> int:
    """Return the plane the reservation's lines count in: soft or firm."""
    return P_SOFT if book.heads[number, H_STATE] == _SOFT else P_FIRM


@kernel()
def open_hold(effects: I8, i: int, book: BookArrays) -> int:
    """Append a header from the HOLD row ``i``. Numbers are dense and in order."""
    heads, counters = book.heads, book.counters
    number = effects[i, E_REFERENCE]
    if number != counters[C_RESERVATIONS] or effects[i, E_AUX] < 0:
        return FAULT_BOOK
    if number >= heads.shape[0]:
        return FAULT_ROOM
    heads[number, :] = 0
    heads[number, H_STATE] = _SOFT if effects[i, E_AUX] > 0 else _FIRM
    heads[number, H_EXPIRES] = effects[i, E_AUX]
    heads[number, H_FIRST] = -1
    heads[number, H_LAST] = -1
    heads[number, H_CREATED] = effects[i, E_TIME]
    heads[number, H_PRINT_LINES] = effects[i, E_AUX2]
    heads[number, H_PRINT_TERMS] = effects[i, E_QUANTITY]
    counters[C_RESERVATIONS] += 1
    return FAULT_NONE


@kernel()
def can_add_line(effects: I8, i: int, book: BookArrays) -> int:
    """Whether the LINE row ``i`` may follow: the reservation has to be open."""
    lines, counters = book.lines, book.counters
    if not is_open(book, effects[i, E_REFERENCE]):
        return FAULT_BOOK
    if effects[i, E_QUANTITY] <= 0 or effects[i, E_QUANTITY] > QUANTITY_MAX:
        return FAULT_RANGE
    if effects[i, E_AUX] != 0 and effects[i, E_AUX] <= counters[C_NOW]:
        return FAULT_TIME
    if effects[i, E_AUX] != 0 and effects[i, E_NODE] == NO_NODE:
        return FAULT_BOOK
    if counters[C_LINES] >= lines.shape[0]:
        return FAULT_ROOM
    return FAULT_NONE


@kernel()
def add_line(effects: I8, i: int, book: BookArrays) -> None:
    """Append the LINE row ``i``, which `can_add_line` has let through."""
    heads, lines, counters = book.heads, book.lines, book.counters
    at, number = counters[C_LINES], effects[i, E_REFERENCE]
    lines[at, L_SKU] = effects[i, E_SKU]
    lines[at, L_NODE] = effects[i, E_NODE]
    lines[at, L_QUANTITY] = effects[i, E_QUANTITY]
    lines[at, L_OPEN] = effects[i, E_QUANTITY]
    lines[at, L_SHIPPED] = 0
    lines[at, L_NEXT] = -1
    lines[at, L_OWNER] = number
    lines[at, L_DUE] = effects[i, E_AUX]
    last = heads[number, H_LAST]
    if last < 0:
        heads[number, H_FIRST] = at
    else:
        lines[last, L_NEXT] = at
    effects[i, E_AUX2] = last
    heads[number, H_LAST] = at
    heads[number, H_LINES] += 1
    counters[C_LINES] += 1


@kernel()
def drop_line(effects: I8, i: int, book: BookArrays) -> None:
    """Undo `add_line`: the newest line goes, E_AUX2 says which was last before it."""
    heads, lines, counters = book.heads, book.lines, book.counters
    number, last = effects[i, E_REFERENCE], effects[i, E_AUX2]
    if last < 0:
        heads[number, H_FIRST] = -1
    else:
        lines[last, L_NEXT] = -1
    heads[number, H_LAST] = last
    heads[number, H_LINES] -= 1
    counters[C_LINES] -= 1


@kernel()
def find_open_line(effects: I8, i: int, book: BookArrays) -> int:
    """Return the first line the row ``i`` can take so much out of, or -1."""
    heads, lines = book.heads, book.lines
    number = effects[i, E_REFERENCE]
    if not is_open(book, number) or effects[i, E_QUANTITY] <= 0:
        return -1
    k = heads[number, H_FIRST]
    while k >= 0:
        same = lines[k, L_SKU] == effects[i, E_SKU]
        same = same and lines[k, L_NODE] == effects[i, E_NODE]
        same = same and lines[k, L_DUE] == effects[i, E_AUX]
        if same and lines[k, L_OPEN] >= effects[i, E_QUANTITY]:
            return int(k)
        k = lines[k, L_NEXT]
    return -1


@kernel()
def find_due_line(effects: I8, i: int, book: BookArrays) -> int:
    """Return the dated line that the DUE row ``i`` names, all it still holds, or -1."""
    heads, lines = book.heads, book.lines
    number, due = effects[i, E_REFERENCE], effects[i, E_AUX]
    if not is_open(book, number) or due <= 0 or due > effects[i, E_TIME]:
        return -1
    k = heads[number, H_FIRST]
    while k >= 0:
        same = lines[k, L_SKU] == effects[i, E_SKU]
        same = same and lines[k, L_NODE] == effects[i, E_NODE]
        same = same and lines[k, L_DUE] == due
        if same and lines[k, L_OPEN] == effects[i, E_QUANTITY] > 0:
            return int(k)
        k = lines[k, L_NEXT]
    return -1


@kernel()
def resolve(effects: I8, i: int, book: BookArrays) -> int:
    """End a reservation that holds nothing any more; E_AUX2 keeps its old state."""
    heads, lines = book.heads, book.lines
    number, final = effects[i, E_REFERENCE], effects[i, E_QUANTITY]
    if not is_open(book, number):
        return FAULT_BOOK
    if final <= _FIRM or final > _REFUSED:
        return FAULT_BOOK
    k = heads[number, H_FIRST]
    while k >= 0:
        if lines[k, L_OPEN] != 0:
            return FAULT_BOOK
        k = lines[k, L_NEXT]
    effects[i, E_AUX2] = heads[number, H_STATE]
    heads[number, H_STATE] = final
    heads[number, H_TOLD] = effects[i, E_AUX]
    return FAULT_NONE


@kernel()
def is_soft(book: BookArrays, number: int) -> bool:
    """Whether the number is a hold that expires."""
    if not is_open(book, number):
        return False
    return bool(book.heads[number, H_STATE] == _SOFT)


@kernel()
def extend(effects: I8, i: int, book: BookArrays) -> int:
    """Give a hold the expiry of the EXTEND row ``i``; E_AUX2 keeps the old one."""
    heads = book.heads
    number = effects[i, E_REFERENCE]
    if not is_soft(book, number) or effects[i, E_AUX] <= 0:
        return FAULT_BOOK
    effects[i, E_AUX2] = heads[number, H_EXPIRES]
    heads[number, H_EXPIRES] = effects[i, E_AUX]
    return FAULT_NONE
