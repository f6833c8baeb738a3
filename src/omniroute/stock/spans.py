"""Supply that can be used from some time on until it ends, and what it cannot serve.

Demand of an instant takes what is there then and ends first: served in order of time, no
other choice serves more of it. What has come and ended between two demands is of use to
neither, so sums over time would not do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from heapq import heappop, heappush

#: First second of use, first second of no use any more, quanta.
Span = tuple[int, int, int]


def unserved(spans: Iterable[Span], demand: Mapping[int, int]) -> int:
    """Return how much of what is wanted by second finds nothing. O(n log n).

    Examples
    --------
    >>> unserved([(10, 20, 5)], {15: 3, 25: 4})
    4
    >>> unserved([(0, 12, 5), (0, 30, 5)], {11: 4, 20: 5})
    0
    """
    coming = sorted((span for span in spans if span[0] < span[1]), reverse=True)
    there: list[list[int]] = []
    short = 0
    for second in sorted(demand):
        while coming and coming[-1][0] <= second:
            _, until, quanta = coming.pop()
            heappush(there, [until, quanta])
        short += _take(there, second, demand[second])
    return short


def _take(there: list[list[int]], second: int, wanted: int) -> int:
    """Take of a heap by end; returns what is not there."""
    while wanted > 0 and there:
        until, quanta = there[0]
        some = min(wanted, quanta) if until > second else 0
        if some < quanta and some:
            there[0][1] -= some
        else:
            heappop(there)
        wanted -= some
    return max(0, wanted)
