"""Reservations of stock at named cells, one or many in a call, and how they end."""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.codes import (
    E_AUX,
    E_AUX2,
    E_NODE,
    E_QUANTITY,
    E_REFERENCE,
    E_SKU,
    E_TIME,
    E_WHAT,
    NO_NODE,
    P_FREE,
    Effect,
    ReservationState,
    Status,
)
from omniroute.kernels.arrays import I4, I8
from omniroute.kernels.stock.arena import find_cell
from omniroute.kernels.stock.book import (
    C_LINES,
    C_RESERVATIONS,
    FAULT_NONE,
    H_FIRST,
    L_DUE,
    L_NEXT,
    L_NODE,
    L_OPEN,
    L_SKU,
)
from omniroute.kernels.stock.effects import apply_one, undo_one

# -- columns of ``wanted`` int64[n, 3]: what is to be held, one row a line --------------

W_SKU = 0
W_NODE = 1
W_QUANTITY = 2
WANTED_WIDTH = 3

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

_PRIME = 2**31 - 1
_INTERN = int(Effect.INTERN_RESERVATION)
_HOLD = int(Effect.HOLD)
_LINE = int(Effect.LINE)
_RESOLVE = int(Effect.RESOLVE)
_REFUSED = int(ReservationState.REFUSED)
_OK = int(Status.OK)
_OUT_OF_STOCK = int(Status.OUT_OF_STOCK)
_SHORT = int(Status.SHORT)


@kernel()
def write_row(
    effects: I8,
    at: int,
    what: int,
    sku: int,
    node: int,
    quantity: int,
    reference: int,
    now: int,
    aux: int,
    aux2: int,
) -> None:
    """Write one effect. ``effects`` modified in place."""
    effects[at, E_WHAT] = what
    effects[at, E_SKU] = sku
    effects[at, E_NODE] = node
    effects[at, E_QUANTITY] = quantity
    effects[at, E_REFERENCE] = reference
    effects[at, E_TIME] = now
    effects[at, E_AUX] = aux
    effects[at, E_AUX2] = aux2


# -- fingerprints ----------------------------------------------------------------------


@kernel()
def print_of(wanted: I8, first: int, end: int, sku_marks: I8, node_marks: I8) -> int:
    """Fingerprint of lines, whatever their order and however a cell is divided."""
    low, high = 0, 0
    for i in range(first, end):
        sku, node = wanted[i, W_SKU], wanted[i, W_NODE]
        quantity = wanted[i, W_QUANTITY]
        for half in range(2):
            mark = sku_marks[sku, half]
            if node != NO_NODE:
                mark = mark * node_marks[node, half] % _PRIME
            share = quantity * mark % _PRIME
            if half == 0:
                low = (low + share) % _PRIME
            else:
                high = (high + share) % _PRIME
    return int((high << 31) | low)


@kernel("i8[,] i8[] i8[,] i8[,] i8[]")
def print_many(wanted: I8, starts: I8, sku_marks: I8, node_marks: I8, out: I8) -> None:
    """Write the fingerprint of each request; request i has lines starts[i] on."""
    for i in range(out.size):
        out[i] = print_of(wanted, starts[i], starts[i + 1], sku_marks, node_marks)


# -- reserving -------------------------------------------------------------------------


@kernel()
def hold_one(
    rows: I8,
    cell_node: I4,
    planes: I4,
    sku_free: I8,
    sku_version: I8,
    heads: I8,
    lines: I8,
    counters: I8,
    wanted: I8,
    first: int,
    end: int,
    sku_marks: I8,
    node_marks: I8,
    effects: I8,
    taken: I8,
    control: I8,
) -> int:
    """Hold lines ``first`` to ``end`` for one request, as `reserve_cells` says.

    Returns `DONE`, or why the request was not begun. Its status is then
    ``control[K_STATUS]``, and ``control[K_IDS]`` is one more where it opened a number.
    """
    begin, now = control[K_EFFECTS], control[K_NOW]
    if begin + 3 + end - first > effects.shape[0]:
        return NEED_EFFECTS
    if counters[C_RESERVATIONS] >= heads.shape[0]:
        return NEED_BOOK
    if counters[C_LINES] + end - first > lines.shape[0]:
        return NEED_BOOK
    number = counters[C_RESERVATIONS]
    print_ = print_of(wanted, first, end, sku_marks, node_marks)
    at = begin
    write_row(effects, at, _INTERN, -1, -1, 0, number, now, control[K_IDS], 0)
    at += 1
    expires = control[K_EXPIRES]
    write_row(
        effects, at, _HOLD, -1, -1, control[K_TERMS], number, now, expires, print_
    )
    if (
        apply_one(
            effects,
            at,
            rows,
            cell_node,
            planes,
            sku_free,
            sku_version,
            heads,
            lines,
            counters,
        )
        != FAULT_NONE
    ):
        return BROKEN
    at += 1
    some, short = False, False
    for i in range(first, end):
        sku, node = wanted[i, W_SKU], wanted[i, W_NODE]
        cell = find_cell(rows, cell_node, sku, node)
        free = max(0, int(planes[P_FREE, cell])) if cell >= 0 else 0
        taken[i] = min(wanted[i, W_QUANTITY], free)
        short = short or taken[i] < wanted[i, W_QUANTITY]
        if taken[i] == 0:
            continue
        some = True
        write_row(effects, at, _LINE, sku, node, taken[i], number, now, 0, 0)
        if (
            apply_one(
                effects,
                at,
                rows,
                cell_node,
                planes,
                sku_free,
                sku_version,
                heads,
                lines,
                counters,
            )
            != FAULT_NONE
        ):
            # A plane at the end of its range: there is no holding so much.
            taken[i] = 0
            short = True
            continue
        at += 1
    told = _OK if not short else _SHORT if some else _OUT_OF_STOCK
    control[K_STATUS] = told
    if told == _OK or (told == _SHORT and control[K_PARTIAL] == 1):
        control[K_EFFECTS] = at
        control[K_IDS] += 1
    else:
        for j in range(at - 1, begin, -1):
            undo_one(
                effects,
                j,
                rows,
                cell_node,
                planes,
                sku_free,
                sku_version,
                heads,
                lines,
                counters,
            )
        if control[K_STICKY] == 1:
            at = begin + 1
            write_row(
                effects, at, _HOLD, -1, -1, control[K_TERMS], number, now, 0, print_
            )
            write_row(effects, at + 1, _RESOLVE, -1, -1, _REFUSED, number, now, told, 0)
            for j in range(at, at + 2):
                if (
                    apply_one(
                        effects,
                        j,
                        rows,
                        cell_node,
                        planes,
                        sku_free,
                        sku_version,
                        heads,
                        lines,
                        counters,
                    )
                    != FAULT_NONE
                ):
                    return BROKEN
            control[K_EFFECTS] = at + 2
            control[K_IDS] += 1
    return DONE


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
    return int(
        hold_one(
            rows,
            cell_node,
            planes,
            sku_free,
            sku_version,
            heads,
            lines,
            counters,
            wanted,
            0,
            control[K_LINES],
            sku_marks,
            node_marks,
            effects,
            taken,
            control,
        )
    )


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
    while control[K_NEXT] < control[K_END]:
        r = control[K_NEXT]
        if status[r] != -1:
            control[K_NEXT] += 1
            continue
        control[K_TERMS], ids = terms[r], control[K_IDS]
        code = hold_one(
            rows,
            cell_node,
            planes,
            sku_free,
            sku_version,
            heads,
            lines,
            counters,
            wanted,
            starts[r],
            starts[r + 1],
            sku_marks,
            node_marks,
            effects,
            taken,
            control,
        )
        if code != DONE:
            return int(code)
        status[r] = control[K_STATUS]
        if control[K_IDS] > ids:
            named[ids] = r
        control[K_NEXT] += 1
    return DONE


# -- ending ----------------------------------------------------------------------------


@kernel("i8[] i8 i8 i8 i8[,] i8[,] i8[,]")
def write_endings(
    numbers: I8, what: int, final: int, now: int, heads: I8, lines: I8, out: I8
) -> int:
    """Write how reservations end: every open line gives back or ships, then RESOLVE.

    Returns the rows written. Applies nothing.

    Parameters
    ----------
    numbers
        int64[n]: reservations that are open.
    what
        UNLINE or SHIP.
    final
        Their last `ReservationState`.
    now
        Engine time, seconds UTC.
    heads, lines
        The book; read.
    out
        int64[k, 8], with room for all their lines and a row each. Written.
    """
    at = 0
    for i in range(numbers.size):
        number = numbers[i]
        k = heads[number, H_FIRST]
        while k >= 0:
            held = lines[k, L_OPEN]
            if held > 0:
                sku, node = lines[k, L_SKU], lines[k, L_NODE]
                due = lines[k, L_DUE]
                write_row(out, at, what, sku, node, held, number, now, due, 0)
                at += 1
            k = lines[k, L_NEXT]
        write_row(out, at, _RESOLVE, -1, -1, final, number, now, 0, 0)
        at += 1
    return at
