"""Effects written as rows: one, or facts about stock from columns."""

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
)
from omniroute.kernels.arrays import I8


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
