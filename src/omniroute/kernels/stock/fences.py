"""What a channel can have of fenced cells, and from which fences it takes it.

One pass over a cell's fences answers; the two questions share every step, so that what
was promised can always be taken.
"""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.codes import DRAW_END, DRAW_POOL
from omniroute.kernels.arrays import I8


@kernel()
def fence_offers(
    left: I8, guarded: I8, i: int, source: int, own: int, emergency: int
) -> int:
    """Quanta that fence ``source`` of cell i has for channel ``own``."""
    units = left[i, source]
    if source != own and emergency == 0:
        units -= guarded[i, source]
    return max(0, int(units))


@kernel()
def pool_offers(left: I8, i: int, value: int) -> int:
    """Quanta of cell i that no fence holds, where ``value`` is what there is in all."""
    for k in range(left.shape[1]):
        value -= left[i, k]
    return max(0, value)


@kernel()
def draw(
    left: I8,
    guarded: I8,
    i: int,
    value: int,
    order: I8,
    emergency: int,
    wanted: int,
    drawn: I8,
) -> int:
    """Take up to ``wanted`` quanta of cell i, source by source; return what was had.

    ``drawn`` int64[K + 1] is written: quanta from each fence, the pool's last. The
    fences themselves are not changed.
    """
    channels = left.shape[1]
    for k in range(channels + 1):
        drawn[k] = 0
    wanted = max(0, min(wanted, value))
    missing = wanted
    pool = pool_offers(left, i, value)
    for s in range(order.size):
        source = order[s]
        if source == DRAW_END or missing == 0:
            break
        if source == DRAW_POOL:
            part = min(missing, pool)
            drawn[channels] += part
        else:
            units = fence_offers(left, guarded, i, source, order[0], emergency)
            part = min(missing, units)
            drawn[source] += part
        missing -= part
    return wanted - missing


@kernel("i8[,] i8[,] i8[] i8[] i8 i8[] i8[]")
def channel_free(
    left: I8, guarded: I8, values: I8, order: I8, emergency: int, drawn: I8, out: I8
) -> None:
    """Write what a channel can have of each fenced cell. O(cells x channels).

    With A a cell's value, F all its fences and own what the channel may draw from of
    them: max(0, min(A, own + max(0, A - F))), the last term only for who may use the
    pool.

    Parameters
    ----------
    left
        int64[n, K] (quanta): what is left of each cell's fence for each channel.
    guarded
        int64[n, K] (quanta): the part of it that others may not draw.
    values
        int64[n] (quanta): A, what could be promised of each cell were it not fenced.
    order
        int64[w]: whom the channel draws from; its own number first, if it has one.
    emergency
        1: what is guarded may be drawn as well.
    drawn
        int64[K + 1]. Scratch, modified in place.
    out
        int64[n] (quanta). Written.
    """
    for i in range(values.size):
        value = values[i]
        out[i] = draw(left, guarded, i, value, order, emergency, value, drawn)


@kernel("i8[,] i8[,] i8 i8 i8[] i8 i8 i8[]")
def take(
    left: I8,
    guarded: I8,
    i: int,
    value: int,
    order: I8,
    emergency: int,
    wanted: int,
    drawn: I8,
) -> int:
    """`draw` for callers outside the kernels."""
    return draw(left, guarded, i, value, order, emergency, wanted, drawn)
