"""What is to be held: lines at named cells, and their fingerprint."""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.codes import NO_NODE
from omniroute.kernels.arrays import I8

# -- columns of ``wanted`` int64[n, 3]: what is to be held, one row a line --------------

W_SKU = 0
W_NODE = 1
W_QUANTITY = 2
WANTED_WIDTH = 3

_PRIME = 2**31 - 1


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
