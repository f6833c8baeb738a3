"""How reservations end, many in a call: all that they hold leaves or is given back."""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.codes import Effect
from omniroute.kernels.arrays import I8
from omniroute.kernels.stock.book import H_FIRST, L_DUE, L_NEXT, L_NODE, L_OPEN, L_SKU
from omniroute.kernels.stock.effect_rows import write_row

_RESOLVE = int(Effect.RESOLVE)


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
