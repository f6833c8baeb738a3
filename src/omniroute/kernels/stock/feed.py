"""What can be promised now, laid beside what was told before: where they differ.

What was told is a table in rows, one a SKU, of places in rising order: a node, or the one
place of all that are summed. Cells come and never go, so a row of the table is part of
the row that is there now.
"""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.codes import P_FREE, Level
from omniroute.kernels.arrays import I4, I8
from omniroute.kernels.stock.arena import R_LENGTH, R_START

# -- columns of ``index`` int64[n, 4]: the rows of the table ---------------------------

T_START = 0
T_LENGTH = 1
T_CAPACITY = 2
#: The last round in which anything in the row changed.
T_ROUND = 3

# -- columns of ``keys`` int32[C, 2] ---------------------------------------------------

K_PLACE = 0
#: The last round in which what is told here changed.
K_ROUND = 1

# -- columns of a change, int64[5] -----------------------------------------------------

X_ROW = 0
X_PLACE = 1
X_OLD = 2
X_NEW = 3
X_QUANTA = 4
CHANGE_WIDTH = 5

#: What is told: quanta, or the level they are at.
TELL_QUANTA = 0
TELL_LEVELS = 1

_UNKNOWN, _OUT = int(Level.UNKNOWN), int(Level.OUT)
_LOW, _IN_STOCK = int(Level.LOW), int(Level.IN_STOCK)


@kernel("i8[] i8[,] i8[,] i8[] i8[]")
def touched(versions: I8, rows: I8, seen: I8, skus: I8, out: I8) -> int:
    """Write which rows have a SKU that was touched; return how many.

    That is one whose version, or number of cells, is not the one seen: a change that is
    undone takes its version back, and leaves the cells it made. ``versions`` int64[S] and
    the arena's ``rows`` are by SKU, ``seen`` int64[n, 2] and ``skus`` int64[n] by row of
    the view; ``out`` int64[n] is written. O(n).
    """
    found = 0
    for k in range(skus.size):
        sku = skus[k]
        if versions[sku] != seen[k, 0] or rows[sku, R_LENGTH] != seen[k, 1]:
            out[found] = k
            found += 1
    return found


@kernel("i8[,] i4[] i4[,] i8[] i8[] i4[] i8[]")
def read_rows(
    rows: I8, cell_node: I4, planes: I4, skus: I8, starts: I8, nodes: I4, free: I8
) -> None:
    """Write node and free quanta of every cell of the SKUs, SKU after SKU.

    ``starts`` int64[n + 1] says where each begins in ``nodes`` and ``free``, which are
    written; there may be more room than cells.
    """
    for i in range(skus.size):
        shift = rows[skus[i], R_START] - starts[i]
        for to in range(starts[i], starts[i] + rows[skus[i], R_LENGTH]):
            nodes[to] = cell_node[shift + to]
            free[to] = planes[P_FREE, shift + to]


@kernel()
def limit_of(free: I8, start: int, end: int, threshold: int) -> int:
    """Return what the network can promise of a SKU."""
    total = -threshold
    for at in range(start, end):
        total += max(0, free[at])
    return max(0, total)


@kernel("i8[] i4[] i8[] i8[] i4[] i8 i8[] i4[] i8[]")
def answer_rows(
    starts: I8,
    nodes: I4,
    free: I8,
    thresholds: I8,
    wanted: I4,
    as_one: int,
    out_starts: I8,
    out_places: I4,
    out_quanta: I8,
) -> None:
    """Write what each place can promise of each SKU.

    Parameters
    ----------
    starts, nodes, free
        Cells of each SKU, as from `read_rows`, and what an asker has of them.
    thresholds
        int64[n] (quanta): subtracted once from the sum over all nodes.
    wanted
        int32[N]: whether a node counts.
    as_one
        1: the nodes that count are one place, 0; else each is a place by itself.
    out_starts, out_places, out_quanta
        int64[n + 1], int32[m], int64[m]. Written, m at most the cells, and n more.
    """
    to = 0
    for i in range(thresholds.size):
        out_starts[i] = to
        limit = limit_of(free, starts[i], starts[i + 1], thresholds[i])
        total = 0
        for at in range(starts[i], starts[i + 1]):
            if wanted[nodes[at]] == 0:
                continue
            quanta = min(limit, max(0, free[at]))
            if as_one == 1:
                total += quanta
                continue
            out_places[to], out_quanta[to] = nodes[at], quanta
            to += 1
        if as_one == 1:
            out_places[to], out_quanta[to] = 0, min(limit, total)
            to += 1
    out_starts[thresholds.size] = to


@kernel()
def level_of(quanta: int, low: int) -> int:
    """Return the level so many quanta are at."""
    if quanta <= 0:
        return _OUT
    return _LOW if quanta <= low else _IN_STOCK


@kernel()
def next_level(quanta: int, told: int, low: int, hysteresis: int) -> int:
    """Return the level to tell: it falls at once, and rises once clear of the line."""
    now = level_of(quanta, low)
    if told == _UNKNOWN or now <= told:
        return now
    return max(told, level_of(quanta - hysteresis, low))


@kernel()
def align_row(
    places: I4,
    start: int,
    length: int,
    index: I8,
    k: int,
    keys: I4,
    told: I8,
    tail: I8,
    fresh: int,
) -> None:
    """Give row k of the table the places that are there now; new ones are ``fresh``.

    From the end, so that a row may be spread within its own place.
    """
    old, had = index[k, T_START], index[k, T_LENGTH]
    if length > index[k, T_CAPACITY]:
        index[k, T_START] = tail[0]
        index[k, T_CAPACITY] = length + (length >> 1) * (had > 0)
        tail[0] += index[k, T_CAPACITY]
    to, o = index[k, T_START], had - 1
    for j in range(length - 1, -1, -1):
        place = places[start + j]
        if o >= 0 and keys[old + o, K_PLACE] == place:
            told[to + j] = told[old + o]
            keys[to + j, K_ROUND] = keys[old + o, K_ROUND]
            o -= 1
        else:
            told[to + j] = fresh
            keys[to + j, K_ROUND] = 0
        keys[to + j, K_PLACE] = place
    index[k, T_LENGTH] = length


@kernel("i8[] i4[] i8[] i8[] i8[,] i8[] i8[,] i4[,] i8[] i8[] i8[,]")
def tell_rows(
    starts: I8,
    places: I4,
    quanta: I8,
    which: I8,
    lines: I8,
    control: I8,
    index: I8,
    keys: I4,
    told: I8,
    tail: I8,
    changes: I8,
) -> int:
    """Bring the table up to date, and write what has changed; return how many.

    Parameters
    ----------
    starts, places, quanta
        What can be promised, as from `answer_rows`.
    which
        int64[n]: row of the table for each SKU.
    lines
        int64[m, 2] (quanta): what counts as low, and the hysteresis, by row; unused
        where quanta are told.
    control
        int64[3]: TELL_*, the round, and what a place counts as before it was told.
    index, keys, told
        The table. Modified in place; what it lacks in room is at its tail.
    tail
        int64[1]: first place in the table that no row has claimed. Modified in place.
    changes
        int64[m, 5], columns X_*. Written as far as it reaches.
    """
    found = 0
    levels, this, fresh = control[0] == TELL_LEVELS, control[1], control[2]
    for i in range(which.size):
        k, start = which[i], starts[i]
        length = starts[i + 1] - start
        if length != index[k, T_LENGTH]:
            align_row(places, start, length, index, k, keys, told, tail, fresh)
        first = index[k, T_START]
        for j in range(length):
            old, now = told[first + j], quanta[start + j]
            new = now
            if levels:
                new = next_level(now, old, lines[k, 0], lines[k, 1])
            if new == old:
                continue
            told[first + j] = new
            keys[first + j, K_ROUND] = this
            index[k, T_ROUND] = this
            if found < changes.shape[0]:
                changes[found, X_ROW], changes[found, X_PLACE] = k, places[start + j]
                changes[found, X_OLD], changes[found, X_NEW] = old, new
                changes[found, X_QUANTA] = now
            found += 1
    return found


@kernel("i8[,] i8[,] i4[,] i8[]")
def take_back(changes: I8, index: I8, keys: I4, told: I8) -> None:
    """Let the table tell again what it told before these changes."""
    for i in range(changes.shape[0]):
        k = changes[i, X_ROW]
        low = index[k, T_START]
        high = low + index[k, T_LENGTH]
        while low < high:
            middle = (low + high) >> 1
            if keys[middle, K_PLACE] < changes[i, X_PLACE]:
                low = middle + 1
            else:
                high = middle
        told[low] = changes[i, X_OLD]


@kernel("i8[,] i4[,] i8")
def count_since(index: I8, keys: I4, since: int) -> int:
    """Return how many places changed after a round. O(rows + places of such rows)."""
    found = 0
    for k in range(index.shape[0]):
        if index[k, T_ROUND] <= since:
            continue
        start = index[k, T_START]
        for at in range(start, start + index[k, T_LENGTH]):
            found += keys[at, K_ROUND] > since
    return found


@kernel("i8[,] i4[,] i8[] i8 i4[] i4[] i8[]")
def told_since(
    index: I8,
    keys: I4,
    told: I8,
    since: int,
    out_rows: I4,
    out_places: I4,
    out_told: I8,
) -> None:
    """Write row, place and what is told of all that changed after a round.

    The last three int32[m], int32[m], int64[m] are written, m from `count_since`.
    """
    to = 0
    for k in range(index.shape[0]):
        if index[k, T_ROUND] <= since:
            continue
        start = index[k, T_START]
        for at in range(start, start + index[k, T_LENGTH]):
            if keys[at, K_ROUND] > since:
                out_rows[to], out_places[to] = k, keys[at, K_PLACE]
                out_told[to] = told[at]
                to += 1
