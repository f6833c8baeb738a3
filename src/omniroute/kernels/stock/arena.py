"""Cells in one arena: found by binary search, inserted in place, merged in bulk.

A SKU's cells are one *row*: a run of the arena sorted by node, with room to spare.
``rows[sku]`` says where it starts, how many cells it has and how many fit.
"""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.codes import PLANES
from omniroute.kernels.arrays import I4, I8

# -- columns of ``rows`` int64[S, 3] ---------------------------------------------------

#: First position of the row in the arena.
R_START = 0
#: Cells in the row.
R_LENGTH = 1
#: Cells that fit before the row has to move.
R_CAPACITY = 2

# -- entries of ``fill`` int64[2] ------------------------------------------------------

#: First position no row has claimed.
F_TAIL = 0
#: Cells in all rows.
F_CELLS = 1


@kernel()
def lower_bound(rows: I8, cell_node: I4, sku: int, node: int) -> int:
    """Position in the SKU's row where ``node`` is, or would be. O(log row)."""
    low = rows[sku, R_START]
    high = low + rows[sku, R_LENGTH]
    while low < high:
        middle = (low + high) >> 1
        if cell_node[middle] < node:
            low = middle + 1
        else:
            high = middle
    return int(low)


@kernel()
def find_cell(rows: I8, cell_node: I4, sku: int, node: int) -> int:
    """Position of the cell, or -1 where there is none. O(log row)."""
    at = lower_bound(rows, cell_node, sku, node)
    if at < rows[sku, R_START] + rows[sku, R_LENGTH] and cell_node[at] == node:
        return at
    return -1


@kernel("i8[,] i4[] i8 i8")
def locate(rows: I8, cell_node: I4, sku: int, node: int) -> int:
    """`find_cell` for callers outside the kernels."""
    return find_cell(rows, cell_node, sku, node)


@kernel()
def copy_cell(
    cell_node: I4, planes: I4, at: int, to_node: I4, to_planes: I4, to: int
) -> None:
    """Copy one cell with all its planes. ``to_*`` modified in place."""
    to_node[to] = cell_node[at]
    for plane in range(PLANES):
        to_planes[plane, to] = planes[plane, at]


@kernel()
def clear_cell(cell_node: I4, planes: I4, at: int, node: int) -> None:
    """Make the place a cell of ``node`` that holds nothing. Modified in place."""
    cell_node[at] = node
    for plane in range(PLANES):
        planes[plane, at] = 0


@kernel()
def move_row(
    rows: I8, cell_node: I4, planes: I4, fill: I8, sku: int, spare: int
) -> bool:
    """Move a full row to the tail, half as large again. False where the tail is short.

    Growing by a factor makes inserting amortised O(row length) with few moves; the old
    place is reclaimed at the next merge.
    """
    length = rows[sku, R_LENGTH]
    capacity = length + (length >> 1) + spare
    start = fill[F_TAIL]
    if start + capacity > cell_node.size:
        return False
    old = rows[sku, R_START]
    for k in range(length):
        copy_cell(cell_node, planes, old + k, cell_node, planes, start + k)
    rows[sku, R_START] = start
    rows[sku, R_CAPACITY] = capacity
    fill[F_TAIL] = start + capacity
    return True


@kernel()
def insert_cell(
    rows: I8, cell_node: I4, planes: I4, fill: I8, sku: int, node: int, spare: int
) -> int:
    """Position of the cell, made if need be. -1 where the tail has no room."""
    at = find_cell(rows, cell_node, sku, node)
    if at >= 0:
        return at
    full = rows[sku, R_LENGTH] == rows[sku, R_CAPACITY]
    if full and not move_row(rows, cell_node, planes, fill, sku, spare):
        return -1
    at = lower_bound(rows, cell_node, sku, node)
    end = rows[sku, R_START] + rows[sku, R_LENGTH]
    for k in range(end, at, -1):
        copy_cell(cell_node, planes, k - 1, cell_node, planes, k)
    clear_cell(cell_node, planes, at, node)
    rows[sku, R_LENGTH] += 1
    fill[F_CELLS] += 1
    return at


@kernel("i8[,] i4[] i4[,] i8[] i8[] i8 i8 i8")
def insert_keys(
    rows: I8,
    cell_node: I4,
    planes: I4,
    fill: I8,
    keys: I8,
    nodes: int,
    spare: int,
    begin: int,
) -> int:
    """Insert the cells of ``keys[begin:]`` one by one.

    Returns the index of the first key the tail had no room for, or ``keys.size``.

    Parameters
    ----------
    rows, cell_node, planes, fill
        The arena. Modified in place.
    keys
        int64[n]: ``sku * nodes + node``; any order, repeats and existing cells allowed.
    nodes
        Number of nodes in the network.
    spare
        Places a row that moves gets on top of half its length.
    begin
        First key to look at.
    """
    for i in range(begin, keys.size):
        sku = keys[i] // nodes
        node = keys[i] - sku * nodes
        if insert_cell(rows, cell_node, planes, fill, sku, node, spare) < 0:
            return i
    return int(keys.size)


@kernel("i8[,] i4[] i4[,] i8[] i8 i8[,] i4[] i4[,]")
def merge_rows(
    rows: I8,
    cell_node: I4,
    planes: I4,
    keys: I8,
    nodes: int,
    new_rows: I8,
    new_node: I4,
    new_planes: I4,
) -> None:
    """Lay every row out afresh, with empty cells for ``keys`` merged in.

    Parameters
    ----------
    rows, cell_node, planes
        The old arena; read.
    keys
        int64[n], increasing: ``sku * nodes + node`` of cells that may exist already.
    nodes
        Number of nodes in the network.
    new_rows
        int64[S, 3] with start and capacity set; lengths are written.
    new_node, new_planes
        The new arena; written.
    """
    k = 0
    for sku in range(rows.shape[0]):
        old = rows[sku, R_START]
        end = old + rows[sku, R_LENGTH]
        to = new_rows[sku, R_START]
        stop = k
        while stop < keys.size and keys[stop] < (sku + 1) * nodes:
            stop += 1
        while old < end or k < stop:
            node = keys[k] - sku * nodes if k < stop else nodes
            if old < end and cell_node[old] <= node:
                k += cell_node[old] == node
                copy_cell(cell_node, planes, old, new_node, new_planes, to)
                old += 1
            else:
                clear_cell(new_node, new_planes, to, node)
                k += 1
            to += 1
        new_rows[sku, R_LENGTH] = to - new_rows[sku, R_START]
