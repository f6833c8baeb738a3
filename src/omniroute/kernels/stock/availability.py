"""What can be promised now: sums of ``free``, clamped at each cell."""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.codes import P_FREE
from omniroute.kernels.arrays import I4, I8
from omniroute.kernels.stock.arena import R_LENGTH, R_START, find_cell

#: Looking a node up in a row costs about as much as passing over this many cells.
_LOOK_UP = 16


@kernel("i8[,] i4[] i4[,] i8 i8")
def cell_free(rows: I8, cell_node: I4, planes: I4, sku: int, node: int) -> int:
    """Quanta one cell can promise; 0 where there is no cell. O(log row)."""
    at = find_cell(rows, cell_node, sku, node)
    return max(0, int(planes[P_FREE, at])) if at >= 0 else 0


@kernel("i8[,] i4[] i4[,] i8 i8[]")
def free_by_node(rows: I8, cell_node: I4, planes: I4, sku: int, out: I8) -> None:
    """Write what each node can promise of a SKU. O(nodes).

    Parameters
    ----------
    rows, cell_node, planes
        The arena; read.
    sku
        SKU number.
    out
        int64[N] (quanta). Written, zeros where there is no cell.
    """
    start, length = rows[sku, R_START], rows[sku, R_LENGTH]
    if length == out.size:
        # Every node has a cell, in order: a plain copy, which vectorises.
        for node in range(length):
            out[node] = max(0, planes[P_FREE, start + node])
        return
    out[:] = 0
    for at in range(start, start + length):
        out[cell_node[at]] = max(0, planes[P_FREE, at])


@kernel("i8[,] i4[] i4[,] i8 i4[]")
def free_of_group(rows: I8, cell_node: I4, planes: I4, sku: int, column: I4) -> int:
    """Quanta a group of nodes can promise of a SKU. O(row).

    ``column`` int32[N] is -1 for nodes outside the group.
    """
    total = 0
    start = rows[sku, R_START]
    for at in range(start, start + rows[sku, R_LENGTH]):
        if column[cell_node[at]] >= 0:
            total += max(0, int(planes[P_FREE, at]))
    return total


@kernel()
def pass_over_row(
    rows: I8, cell_node: I4, planes: I4, sku: int, column: I4, out: I4, i: int
) -> None:
    """Fill a line of the matrix by going through all cells of the SKU."""
    start = rows[sku, R_START]
    for at in range(start, start + rows[sku, R_LENGTH]):
        k = column[cell_node[at]]
        if k >= 0:
            out[i, k] = max(0, planes[P_FREE, at])


@kernel()
def look_up_nodes(
    rows: I8, cell_node: I4, planes: I4, sku: int, nodes: I8, out: I4, i: int
) -> None:
    """Fill a line of the matrix by looking each node up."""
    for k in range(nodes.size):
        at = find_cell(rows, cell_node, sku, nodes[k])
        if at >= 0:
            out[i, k] = max(0, planes[P_FREE, at])


@kernel("i8[,] i4[] i4[,] i8[] i8[] i4[] i4[,]")
def free_matrix(
    rows: I8,
    cell_node: I4,
    planes: I4,
    skus: I8,
    nodes: I8,
    column: I4,
    out: I4,
) -> None:
    """Write what each of ``nodes`` can promise of each of ``skus``.

    O(cells of the SKUs), or O(skus * nodes * log row) where that is less.

    Parameters
    ----------
    rows, cell_node, planes
        The arena; read.
    skus, nodes
        int64[n], int64[k]: SKU numbers and node indices; nodes do not repeat.
    column
        int32[N]: the place of each node in ``nodes``, -1 for none.
    out
        int32[n, k] (quanta) of zeros. Written.
    """
    for i in range(skus.size):
        if nodes.size * _LOOK_UP < rows[skus[i], R_LENGTH]:
            look_up_nodes(rows, cell_node, planes, skus[i], nodes, out, i)
        else:
            pass_over_row(rows, cell_node, planes, skus[i], column, out, i)
