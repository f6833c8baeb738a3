"""Look-ahead of timelines that nothing modifies but horizon, fence and overdue days.

The default rule on ordinary data: one pass over a cell's events, one over its dates. It
is `phased_events.spread` and `phased_buckets.look_ahead` in one, and twice as fast.
"""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.codes import L_ON_HAND, L_SAFETY, UNDATED, V_BUCKET, V_QUANTITY
from omniroute.kernels.arrays import I8
from omniroute.kernels.phased.events import W_TODAY, overdue


@kernel()
def look_ahead_plain(
    events: I8,
    begin: int,
    end: int,
    cells: I8,
    c: int,
    words: I8,
    last: int,
    out: I8,
) -> None:
    """Write the look-ahead ATP of one cell in its first ``last`` buckets.

    The dates are gone through backwards: from the projected stock at the end, which is
    the sum of all, each step takes off what that date adds.
    """
    today = words[W_TODAY]
    for t in range(last):
        out[t] = 0
    projected = cells[L_ON_HAND, c] - cells[L_SAFETY, c]
    for e in range(begin, end):
        at = events[V_BUCKET, e] - today
        quantity = events[V_QUANTITY, e]
        if at < 0:
            at = past(at + today, at, quantity, words)
        if 0 <= at < last:
            out[at] += quantity
            projected += quantity
    low = projected
    for t in range(last - 1, -1, -1):
        added = out[t]
        low = min(low, projected)
        out[t] = low
        projected -= added


@kernel()
def past(bucket: int, at: int, quantity: int, words: I8) -> int:
    """Bucket from today of what is undated or overdue; below 0 for what is too late."""
    return 0 if bucket == UNDATED else overdue(-at, quantity > 0, words)
