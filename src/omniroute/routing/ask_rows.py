"""The asks of a batch, written at speed: heads copied as bytes, lines as columns."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from omniroute.kernels.order.layout import A_LINES, LINE_WIDTH

I8 = NDArray[np.int64]


class AskRows:
    """Asks end to end in one buffer; lane slots are filled in when they run.

    Most orders of a batch have one head, which is copied with a gap behind it for the
    lines; those of all orders are put into the gaps together. Nothing is kept for an
    order but numbers: an object each would have the garbage collector walk over all of
    them again and again.

    Examples
    --------
    >>> rows = AskRows()
    >>> head = [0, 0, 1, 0, 0, -1, 0, 0, 0, -1, 0, 0, -1, 3, 0]
    >>> for lines in ({7: 2}, {4: 1, 5: 6}):
    ...     rows.add(head, lines)
    >>> words, at = rows.written()
    >>> at.tolist(), words[15:17].tolist(), words[at[1]].item(), words[-4:].tolist()
    ([0, 17, 36], [7, 2], 2, [4, 1, 5, 6])
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        #: Words of each ask, SKU numbers and quanta of all lines.
        self._sizes: list[int] = []
        self._skus: list[int] = []
        self._quanta: list[int] = []
        #: What is copied for a head and so many lines, by the head's identity: with the
        #: head, so that it stays its own.
        self._known: dict[tuple[int, int], tuple[list[int], bytes, int]] = {}

    def add(self, head: list[int], lines: Mapping[int, int]) -> None:
        """Add an ask: its head without the number of lines, quanta by SKU number."""
        count = len(lines)
        found = self._known.get((id(head), count))
        if found is None:
            found = self._known[id(head), count] = _gapped(head, count)
        self._buffer += found[1]
        self._sizes.append(found[2])
        self._skus += lines
        self._quanta += lines.values()

    def written(self) -> tuple[I8, I8]:
        """Return the words, and where each ask begins, and the last one ends."""
        words = np.frombuffer(self._buffer, np.int64)
        at = np.zeros(len(self._sizes) + 1, np.int64)
        np.cumsum(np.array(self._sizes, np.int64), out=at[1:])
        counts = words[at[:-1] + A_LINES]
        # Line k of all lines stands so many words behind where its ask's lines begin.
        before = np.cumsum(counts) - counts
        shift = at[1:] - LINE_WIDTH * (before + counts)
        total = len(self._skus)
        places = np.repeat(shift, counts) + LINE_WIDTH * np.arange(total)
        words[places] = np.fromiter(self._skus, np.int64, total)
        words[places + 1] = np.fromiter(self._quanta, np.int64, total)
        return words, at


def _gapped(head: list[int], count: int) -> tuple[list[int], bytes, int]:
    """Return a head, the same in bytes with a gap for its lines, and its words."""
    words = np.array([*head, *[0] * (LINE_WIDTH * count)], np.int64)
    words[A_LINES] = count
    return head, words.tobytes(), len(words)
