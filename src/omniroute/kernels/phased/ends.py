"""What one cell can promise by date where supply ends, in parts too: by the instant.

So much more can be wanted at the end of a bucket as is there for it once every demand has
been served, each by what is there and ends first: that serves as much as any choice can.
What nobody serves is owed, and comes off.
"""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.codes import FOREVER, L_SAFETY, UNDATED, UNLIMITED
from omniroute.kernels.arrays import I8
from omniroute.kernels.phased.events import (
    W_BUCKET_S,
    W_ORIGIN_S,
    W_SCALE,
    W_TODAY,
    X_LEFT,
    X_TIME,
    X_UNTIL,
    list_events,
    on_hand_of,
)
from omniroute.kernels.phased.matrix import fence_of
from omniroute.kernels.phased.partials import free_in, part_of, take_in

# -- whose ends count ------------------------------------------------------------------

#: Nothing's.
OF_NONE = 0
#: What is on its way's; what is there is taken to last.
OF_COMING = 1
OF_ALL = 2

#: The bucket that stands for the start of today.
_NOW = -1


@kernel()
def ends_of(listed: I8, i: int, whose: int) -> int:
    """Instant at which a supply of the list ends, where such ends count."""
    of_now = listed[X_TIME, i] == UNDATED
    if whose == OF_NONE or (of_now and whose == OF_COMING):
        return FOREVER
    return int(listed[X_UNTIL, i])


@kernel()
def first_to_end(listed: I8, size: int, left: I8, at: int, whose: int) -> int:
    """Supply with something left at an instant that ends first; -1 for none."""
    best, soonest = -1, FOREVER
    for i in range(size):
        if listed[X_TIME, i] > at:
            break
        until = ends_of(listed, i, whose)
        if left[i] > 0 and until > at and (best < 0 or until < soonest):
            best, soonest = i, until
    return best


@kernel()
def served(listed: I8, size: int, left: I8, at: int, wanted: int, whose: int) -> int:
    """Take what is there at an instant, of what ends first; returns how much that was."""
    open_ = wanted
    while open_ > 0:
        i = first_to_end(listed, size, left, at, whose)
        if i < 0:
            break
        some = min(open_, left[i])
        left[i] -= some
        open_ -= some
    return wanted - open_


@kernel()
def end_of(bucket: int, words: I8) -> int:
    """Last second of a bucket from today; of `_NOW`, the first of today."""
    length = words[W_BUCKET_S]
    start = words[W_ORIGIN_S] + words[W_TODAY] * length
    return int(start if bucket == _NOW else start + (bucket + 1) * length - 1)


@kernel()
def more_at(
    listed: I8, size: int, left: I8, parts: I8, words: I8, bucket: int, whose: int
) -> int:
    """How much more can be wanted at the end of a bucket, less what is owed.

    ``parts`` int64[H] is wanted at the ends of buckets too. ``left`` is scratch.
    """
    for i in range(size):
        left[i] = max(0, listed[X_LEFT, i])
    more, short, p = 0, 0, _NOW
    for d in range(size + 1):
        before = listed[X_TIME, d] if d < size else FOREVER
        while p < parts.size and end_of(p, words) < before:
            if p >= 0 and parts[p] > 0:
                at = end_of(p, words)
                short += parts[p] - served(listed, size, left, at, parts[p], whose)
            if p == bucket:
                more = served(listed, size, left, end_of(p, words), FOREVER, whose)
            p += 1
        if d < size and listed[X_LEFT, d] < 0:
            wanted = -listed[X_LEFT, d]
            at = listed[X_TIME, d]
            short += wanted - served(listed, size, left, at, wanted, whose)
    return more - short


@kernel("i8[,] i8[] i8[,] i8[] i8[] i8[] i8[,] i8[] i8[] i8[] i8[] i8 i8[,]")
def more_by_date(
    events: I8,
    pointer: I8,
    cells: I8,
    words: I8,
    share: I8,
    next_open: I8,
    listed: I8,
    fates: I8,
    left: I8,
    parts: I8,
    which: I8,
    whose: int,
    out: I8,
) -> None:
    """Write what can be promised more at the end of each bucket, for some cells.

    Parameters
    ----------
    events, pointer, cells, words, share, next_open, listed, fates
        As of `kernels.phased.matrix.atp_matrix`; the words of a rule that matches by
        instants and looks at ends.
    left
        int64[M + 1]: scratch.
    parts
        int64[H]: wanted at the ends of buckets beside the events; read.
    which
        int64[n]: the cells.
    whose
        Whose ends count: OF_*.
    out
        int64[n, H]. Written; may be below zero. O(n x H x (H + events squared)).
    """
    for k in range(which.size):
        c = which[k]
        begin, end, fence = pointer[c], pointer[c + 1], fence_of(cells, c, words)
        on_hand = on_hand_of(cells, c, words, share)
        size = list_events(
            events, begin, end, on_hand, words, share, next_open, fence, listed, fates
        )
        safety = cells[L_SAFETY, c] * words[W_SCALE]
        for t in range(out.shape[1]):
            more = more_at(listed, size, left, parts, words, t, whose)
            out[k, t] = more - safety


@kernel("i8[,] i8[] i8[,] i8[] i8[] i8[] i8[,] i8[] i8[] i8[,] i8[] i8 i8 i8[]")
def partial_promises(
    events: I8,
    pointer: I8,
    cells: I8,
    words: I8,
    share: I8,
    next_open: I8,
    listed: I8,
    fates: I8,
    left: I8,
    matched: I8,
    asked: I8,
    c: int,
    network: int,
    out: I8,
) -> int:
    """As `phased_partials.partial_deliveries`, each part one that can be promised.

    Parameters
    ----------
    events, pointer, cells, words, share, next_open, listed, fates, left
        As of `more_by_date`.
    matched
        int64[LIST_ROWS, n]: events of the cell after matching, where a part has to be of
        what no demand has been matched to. Modified in place. No columns: no matter.
    asked
        int64[4]: quanta, buckets from and before which they may be delivered, and the
        least quantity of a part.
    c
        The cell.
    network
        What the network has left of what is there now; below 0: as much as there is.
    out
        int64[H]. Written.
    """
    begin, end, fence = pointer[c], pointer[c + 1], fence_of(cells, c, words)
    on_hand = on_hand_of(cells, c, words, share)
    size = list_events(
        events, begin, end, on_hand, words, share, next_open, fence, listed, fates
    )
    safety = cells[L_SAFETY, c] * words[W_SCALE]
    shared, open_ = network >= 0, asked[0]
    for t in range(out.size):
        out[t] = 0
    for t in range(asked[1], asked[2]):
        free, spare = UNLIMITED, UNLIMITED
        if t < fence:
            free = more_at(listed, size, left, out, words, t, OF_ALL) - safety
            if matched.shape[1] > 0:
                free = min(free, free_in(matched, t) - safety)
            if shared:
                spare = more_at(listed, size, left, out, words, t, OF_COMING)
                spare -= more_at(listed, size, left, out, words, _NOW, OF_COMING)
                free = min(free, max(0, spare) + network)
        take = part_of(open_, free, asked[3])
        if t < fence:
            take_in(matched, t, take)
        if shared:
            network -= max(0, take - max(0, spare))
        out[t] = take
        open_ -= take
    return int(open_)
