"""Parts of reservations that leave or are given back, many in a call."""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.codes import Effect, Status
from omniroute.kernels.arrays import I8
from omniroute.kernels.stock.book import H_FIRST, L_NEXT, L_NODE, L_OPEN, L_SKU
from omniroute.kernels.stock.effect_rows import write_row
from omniroute.kernels.stock.wanted import W_NODE, W_QUANTITY, W_SKU

_RESOLVE = int(Effect.RESOLVE)
_OK, _NOT_HELD = int(Status.OK), int(Status.NOT_HELD)


@kernel("i8[] i8[] i8[,] i8 i8 i8 i8[,] i8[,] i8[] i8[,]")
def write_parts(
    numbers: I8,
    starts: I8,
    wanted: I8,
    what: int,
    final: int,
    now: int,
    heads: I8,
    lines: I8,
    status: I8,
    out: I8,
) -> int:
    """Write how parts of reservations leave: of each all that is wanted, or nothing.

    A cell's oldest line gives first. A reservation with nothing left open has ended:
    its RESOLVE follows. Returns the rows written. Applies nothing.

    Parameters
    ----------
    numbers
        int64[m]: reservations, each once.
    starts
        int64[m + 1]: of reservation i ``wanted`` has rows starts[i] to starts[i + 1].
    wanted
        int64[n, 3]: SKU number, node index, quanta. Modified in place: what was not
        found is left in it.
    what
        UNLINE or SHIP.
    final
        `ReservationState` of those that end.
    now
        Engine time, seconds UTC.
    heads, lines
        The book; read.
    status
        int64[m]: `Status`. Those not OK are passed over; written: NOT_HELD where a
        reservation does not hold what is wanted of it.
    out
        int64[k, 8], with room for all lines of the reservations, a row for each row of
        ``wanted`` and one for each reservation. Written.
    """
    at = 0
    for i in range(numbers.size):
        if status[i] != _OK:
            continue
        begin, number, ended = at, numbers[i], True
        k = heads[number, H_FIRST]
        while k >= 0:
            held, sku, node = lines[k, L_OPEN], lines[k, L_SKU], lines[k, L_NODE]
            for j in range(starts[i], starts[i + 1]):
                if wanted[j, W_SKU] == sku and wanted[j, W_NODE] == node:
                    some = min(held, wanted[j, W_QUANTITY])
                    if some > 0:
                        write_row(out, at, what, sku, node, some, number, now, 0, 0)
                        at += 1
                        held -= some
                        wanted[j, W_QUANTITY] -= some
            ended = ended and held == 0
            k = lines[k, L_NEXT]
        for j in range(starts[i], starts[i + 1]):
            if wanted[j, W_QUANTITY] > 0:
                status[i] = _NOT_HELD
        if status[i] != _OK:
            at = begin
        elif ended:
            write_row(out, at, _RESOLVE, -1, -1, final, number, now, 0, 0)
            at += 1
    return at
