"""ATP by date: cells x dates in one call, and what is read off the answer."""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.codes import (
    ATP_BY_EVENT,
    ATP_LOOK_AHEAD,
    L_FIND,
    L_LEAD,
    L_SAFETY,
    UNLIMITED,
)
from omniroute.kernels.arrays import I8
from omniroute.kernels.phased.buckets import bucket_rule
from omniroute.kernels.phased.events import (
    W_ASKED,
    W_CLAMP,
    W_CLOSED_DAYS,
    W_EXPIRES,
    W_FENCE,
    W_FIND,
    W_HORIZON,
    W_LIMITED,
    W_RULE,
    W_SCALE,
    W_SHARED,
    list_events,
    on_hand_of,
    spread,
    spread_list,
)
from omniroute.kernels.phased.flow import (
    has_any,
    look_ahead_limited,
    note_fates,
    peg_flow,
)
from omniroute.kernels.phased.pegs import consider, left_by_bucket, peg_all
from omniroute.kernels.phased.plain import look_ahead_plain


@kernel()
def fence_of(cells: I8, c: int, words: I8) -> int:
    """First bucket of unlimited supply."""
    return int(words[W_FENCE] if words[W_FENCE] >= 0 else cells[L_LEAD, c])


@kernel()
def finish(last: int, words: I8, out: I8) -> None:
    """Fill what lies behind the fence; clamp at zero where the rule does."""
    for t in range(last, out.size):
        out[t] = UNLIMITED
    if words[W_CLAMP]:
        for t in range(last):
            out[t] = max(0, out[t])


@kernel()
def cell_by_list(
    events: I8,
    begin: int,
    end: int,
    cells: I8,
    c: int,
    words: I8,
    share: I8,
    usable: I8,
    next_open: I8,
    rows: I8,
    listed: I8,
    fates: I8,
    pegs: I8,
    sets: I8,
    flow: I8,
    explain: bool,
    out: I8,
) -> int:
    """ATP of one cell where single events have to be matched; returns the pegs."""
    fence = fence_of(cells, c, words)
    last = min(words[W_HORIZON], fence)
    safety = cells[L_SAFETY, c] * words[W_SCALE]
    on_hand = on_hand_of(cells, c, words, share)
    size = list_events(
        events, begin, end, on_hand, words, share, next_open, fence, listed, fates
    )
    if words[W_LIMITED]:
        look_ahead_limited(listed, size, safety, last, sets, flow, out)
        finish(last, words, out)
        if not explain:
            return 0
        any_of_mine = has_any(listed, size, sets[sets.shape[0] - 3])
        found = peg_flow(listed, size, sets, last, flow, pegs)
        note_fates(listed, size, sets, begin, any_of_mine, fates)
        return found
    found = 0
    if words[W_ASKED] >= 0:
        found = consider(listed, size, usable, words, begin, fates, pegs)
    if words[W_RULE] < ATP_BY_EVENT:
        base = spread_list(listed, size, rows[0], rows[1])
        bucket_rule(rows[0], rows[1], base - safety, last, words, out)
    found = peg_all(listed, size, usable, words, pegs, found)
    if words[W_RULE] >= ATP_BY_EVENT:
        left_by_bucket(listed, size, safety, last, out)
    finish(last, words, out)
    return found


@kernel(
    "i8[,] i8[] i8[,] i8[] i8[] i8[,] i8[] i8[,] i8[,] i8[] i8[,] i8[,] i8[,] i8[,]"
)
def atp_matrix(
    events: I8,
    pointer: I8,
    cells: I8,
    words: I8,
    share: I8,
    usable: I8,
    next_open: I8,
    rows: I8,
    listed: I8,
    fates: I8,
    pegs: I8,
    sets: I8,
    flow: I8,
    out: I8,
) -> None:
    """Write the ATP of every cell in every bucket. O(events + cells x horizon).

    Rules A10 and A11, and considerations, match single events: O(events of a cell
    squared) at worst.

    Parameters
    ----------
    events, pointer, cells
        The timelines: int64[6, E] (`V_*`), int64[C + 1], int64[4, C] (`L_*`); read.
    words
        int64[RULE_WORDS]: the rule (`W_*`).
    share
        int64[T]: confidence of each supply type, in 1/10,000.
    usable
        int64[K, T]: 1 where a demand class may use a supply type.
    next_open
        int64[n]: the first open bucket from each on.
    rows
        int64[2, H]: scratch.
    listed, fates, pegs
        int64[8, M + 1], int64[M], int64[3, n] for the M events of the cell that has
        most, with room for the pegs: scratch.
    sets, flow
        int64[G, T], int64[rows, H]: which types each group may use, and scratch; see
        `phased_flow`. Of no size where no class is limited.
    out
        int64[C, H] (quanta, or 1/10,000 of them). Written.
    """
    by_list = words[W_RULE] >= ATP_BY_EVENT or words[W_ASKED] >= 0
    by_list = by_list or words[W_LIMITED] != 0
    modified = words[W_EXPIRES] or words[W_CLOSED_DAYS] or words[W_SHARED]
    plain = words[W_RULE] == ATP_LOOK_AHEAD and not modified
    for c in range(out.shape[0]):
        begin, end, line = pointer[c], pointer[c + 1], out[c]
        if cells[L_FIND, c] < words[W_FIND]:
            for t in range(line.size):
                line[t] = 0
        elif by_list:
            cell_by_list(
                events,
                begin,
                end,
                cells,
                c,
                words,
                share,
                usable,
                next_open,
                rows,
                listed,
                fates,
                pegs,
                sets,
                flow,
                False,
                line,
            )
        elif plain:
            last = min(words[W_HORIZON], fence_of(cells, c, words))
            look_ahead_plain(events, begin, end, cells, c, words, last, line)
            finish(last, words, line)
        else:
            fence = fence_of(cells, c, words)
            last = min(words[W_HORIZON], fence)
            base = on_hand_of(cells, c, words, share)
            base -= cells[L_SAFETY, c] * words[W_SCALE]
            base += spread(
                events, begin, end, words, share, next_open, fence, rows[0], rows[1]
            )
            bucket_rule(rows[0], rows[1], base, last, words, line)
            finish(last, words, line)


@kernel(
    "i8[,] i8[] i8[,] i8[] i8[] i8[,] i8[] i8[,] i8[,] i8[] i8[,] i8[,] i8[,] i8[] i8"
)
def atp_pegs(
    events: I8,
    pointer: I8,
    cells: I8,
    words: I8,
    share: I8,
    usable: I8,
    next_open: I8,
    rows: I8,
    listed: I8,
    fates: I8,
    pegs: I8,
    sets: I8,
    flow: I8,
    out: I8,
    c: int,
) -> int:
    """What `atp_matrix` does for one cell, with the matching: returns the pegs.

    ``fates`` is written by event of the cell, ``pegs`` int64[3, n] with the places of
    demand and supply among all events and the quantity matched.
    """
    begin, end = pointer[c], pointer[c + 1]
    return cell_by_list(
        events,
        begin,
        end,
        cells,
        c,
        words,
        share,
        usable,
        next_open,
        rows,
        listed,
        fates,
        pegs,
        sets,
        flow,
        True,
        out,
    )


@kernel("i8[,] i8 i8 i8[]")
def earliest_bucket(matrix: I8, quantity: int, after: int, out: I8) -> None:
    """Write the first bucket from ``after`` on that holds a quantity; -1 for none.

    ``matrix`` int64[C, H] is read, ``out`` int64[C] written.
    """
    for c in range(matrix.shape[0]):
        out[c] = -1
        for t in range(after, matrix.shape[1]):
            if matrix[c, t] >= quantity:
                out[c] = t
                break


@kernel("i8[,] i8[]")
def total_by_bucket(matrix: I8, out: I8) -> None:
    """Write what all cells together can promise, each clamped at zero.

    ``matrix`` int64[C, H] is read, ``out`` int64[H] written.
    """
    for t in range(out.size):
        out[t] = 0
    for c in range(matrix.shape[0]):
        for t in range(out.size):
            if matrix[c, t] >= UNLIMITED or out[t] >= UNLIMITED:
                out[t] = UNLIMITED
            else:
                out[t] += max(0, matrix[c, t])
