"""The subset table in scratch memory: rows, layers, entries; what a missing line weighs."""

from __future__ import annotations

from omniroute._jit import kernel, view
from omniroute.codes import SHORT_UNIT
from omniroute.kernels.arrays import I8
from omniroute.kernels.order.problem import L_QUANTITY, Order, Scratch

# Rows of the table block, one column a subset.
T_COST = 0
#: Transit days << 32 | metres of the best shipment: the tie-break.
T_SECOND = 1
T_NODE = 2
T_SERVICE = 3
T_LINES = 4
T_UNITS = 5
T_GRAMS = 6
T_STEP = 7
#: Layers of f, of tie-break labels and of choices follow, 13 each.
T_COVER = 8
LAYERS = 13
T_LABEL = T_COVER + LAYERS
T_CHOICE = T_LABEL + LAYERS
T_ROWS = T_CHOICE + LAYERS

# Columns of an entry: nodes that are alike, by the best of them.
N_CLASS = 0
N_MASK = 1
N_DIST = 2
N_NODE = 3
N_KEY = 4
#: Where its key is stamped.
N_STAMP = 5
N_FIELDS = 6

#: A shipment more outweighs any sum of days and metres in a tie-break label.
ONE_SHIPMENT = 1 << 57
#: The node of a line nobody serves: sorts after every node.
NOBODY = 1 << 40
#: A dozen shipments that cost less than this cost less than a missing unit weighs.
DEAR = SHORT_UNIT >> 4
#: Above every metres << 32 | node.
BEYOND = 1 << 62


@view
def table_block(scratch: Scratch, n_lines: int) -> I8:
    """The table for ``n_lines`` lines, in the scratch memory."""
    size = 1 << n_lines
    return scratch.large[: T_ROWS * size].reshape(T_ROWS, size)


@view
def entry_block(scratch: Scratch, n_lines: int) -> I8:
    """Room for one entry a node, behind the table."""
    start = T_ROWS << n_lines
    n_nodes = scratch.touched.size
    return scratch.large[start : start + N_FIELDS * n_nodes].reshape(n_nodes, N_FIELDS)


@kernel()
def missing_key(quanta: int) -> int:
    """What quanta that are left out weigh in a key."""
    return quanta * SHORT_UNIT


@kernel()
def missing(order: Order, members: I8, low: int) -> int:
    """What leaving out the line at bit ``low`` weighs."""
    b = 0
    while (1 << b) < low:
        b += 1
    return missing_key(order.lines[members[b], L_QUANTITY])
