"""What rules about safety and oversell look at, for many cells at once."""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.codes import P_FREE, P_ON_HAND, P_SAFETY
from omniroute.kernels.arrays import I4, I8
from omniroute.kernels.stock.arena import find_cell


@kernel("i8[,] i4[] i4[,] i8[] i8 i8[,]")
def read_cells(
    rows: I8, cell_node: I4, planes: I4, keys: I8, nodes: int, out: I8
) -> None:
    """Write on hand, safety and free of each cell; zeros where there is no cell.

    Parameters
    ----------
    rows, cell_node, planes
        The arena; read.
    keys
        int64[n]: ``sku * nodes + node``.
    nodes
        Number of nodes in the network.
    out
        int64[3, n] (quanta). Written.
    """
    for i in range(keys.size):
        sku = keys[i] // nodes
        at = find_cell(rows, cell_node, sku, keys[i] - sku * nodes)
        for k in range(3):
            out[k, i] = 0
        if at >= 0:
            out[0, i] = planes[P_ON_HAND, at]
            out[1, i] = planes[P_SAFETY, at]
            out[2, i] = planes[P_FREE, at]
