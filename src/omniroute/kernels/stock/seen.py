"""Sequence numbers seen of each source: a window of bits behind the newest."""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.codes import SEQUENCE_WINDOW
from omniroute.kernels.arrays import I8

#: Bits a word: half of what fits, so that no sign is ever in the way.
BITS = 32
WORDS = SEQUENCE_WINDOW // BITS


@kernel()
def forget_between(newest: int, sequence: int, source: int, words: I8) -> None:
    """Clear the places that numbers after ``newest``, up to ``sequence``, will use."""
    first = max(newest + 1, sequence - SEQUENCE_WINDOW + 1)
    for k in range(first, sequence + 1):
        place = k % SEQUENCE_WINDOW
        words[source, place // BITS] &= ~(1 << (place % BITS))


@kernel()
def see(source: int, sequence: int, newest: I8, words: I8) -> None:
    """Note a sequence number that the window reaches back to. Modified in place."""
    place = sequence % SEQUENCE_WINDOW
    if sequence > newest[source]:
        forget_between(newest[source], sequence, source, words)
        newest[source] = sequence
    words[source, place // BITS] |= 1 << (place % BITS)


@kernel("i8 i8 i8 i8[] i8[,]")
def see_range(source: int, first: int, last: int, newest: I8, words: I8) -> None:
    """Note every number from ``first`` to ``last``. Modified in place."""
    oldest = max(last, newest[source]) - SEQUENCE_WINDOW + 1
    for sequence in range(max(first, oldest), last + 1):
        see(source, sequence, newest, words)


@kernel("i8 i8 i8[] i8[,]")
def seen_up_to(source: int, before: int, newest: I8, words: I8) -> int:
    """Return the number up to which all were seen, or have fallen out of the window.

    ``before`` is what that was at an earlier time. Amortised O(1) a number.
    """
    last = max(before, newest[source] - SEQUENCE_WINDOW)
    while last < newest[source]:
        place = (last + 1) % SEQUENCE_WINDOW
        if words[source, place // BITS] >> (place % BITS) & 1 == 0:
            break
        last += 1
    return int(last)
