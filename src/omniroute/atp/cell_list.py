"""The events of one cell of live stock as a list, and what can be promised by them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from omniroute.atp.ask import Ask
from omniroute.codes import (
    ATP_EXPIRING,
    L_LEAD,
    L_ON_HAND,
    L_SAFETY,
    SHARE_ONE,
)
from omniroute.kernels import phased_events as w
from omniroute.kernels.phased_ends import list_cell, more_by_date, partial_promises
from omniroute.model.timelines import Timelines

I8 = NDArray[np.int64]

#: Beyond whatever is dated.
_NO_HORIZON = 1 << 40


class CellList:
    """Supplies and demands of a cell that count, by the instant.

    Parameters
    ----------
    timelines
        Of what the cell is one.
    ask
        What kernels read of the rule; its scratch memory is the list's own.
    c
        Place of the cell.
    beyond
        What is dated beyond the horizon counts too, as it does for who reserves.
    """

    __slots__ = ("_fence", "_left", "_listed", "_parts", "_safety", "_size", "_words")

    def __init__(
        self, timelines: Timelines, ask: Ask, c: int, *, beyond: bool = True
    ) -> None:
        self._words = words = ask.words.copy()
        self._parts = np.zeros(int(words[w.W_HORIZON]), np.int64)
        # Instants count, and ends, whatever the rule itself looks at.
        words[w.W_RULE], words[w.W_MATCH_UNTIL] = ATP_EXPIRING, 1
        if beyond:
            words[w.W_HORIZON] = _NO_HORIZON
        scale = int(words[w.W_SCALE])
        figures = timelines.cells[:, c].tolist()
        on_hand = figures[L_ON_HAND] * int(ask.share[0])
        lead = int(words[w.W_FENCE])
        self._fence = figures[L_LEAD] if lead < 0 else lead
        self._safety = figures[L_SAFETY] * scale
        begin, end = timelines.pointer[c : c + 2].tolist()
        self._listed = ask.listed
        self._left = np.empty(ask.listed.shape[1], np.int64)
        self._size = list_cell(
            timelines.events,
            begin,
            end,
            on_hand if scale > 1 else on_hand // SHARE_ONE,
            words,
            ask.share,
            ask.next_open,
            self._fence,
            ask.listed,
            ask.fates,
        )

    def more(self, whose: int) -> I8:
        """Return what can be promised by the end of each date; may be below zero."""
        out = np.empty_like(self._parts)
        listed, size = self._listed, self._size
        more_by_date(listed, size, self._left, self._parts, self._words, whose, out)
        out -= self._safety
        return out

    def partials(
        self, matched: I8, asked: tuple[int, int, int], most: tuple[int, int], out: I8
    ) -> int:
        """Write parts that can be promised one after the other; returns what is open.

        Parameters
        ----------
        matched
            See `kernels.phased_ends.partial_promises`.
        asked
            Quanta, and the dates from and before which they may be delivered.
        most
            Least quanta of a part, and what the network has left; below 0: no limit.
        out
            int64[H]. Written.
        """
        limits = np.array([self._safety, self._fence, *most], np.int64)
        listed, size = self._listed, self._size
        rest = partial_promises(
            listed, size, self._left, matched, self._words, limits, *asked, out
        )
        return int(rest)
