"""What cells of live stock can promise by the instant, all that is dated kept in mind."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from omniroute.atp.ask import Ask
from omniroute.codes import ATP_EXPIRING
from omniroute.kernels.phased import events as w
from omniroute.kernels.phased.ends import more_by_date, partial_promises
from omniroute.model.timelines import Timelines

I8 = NDArray[np.int64]

#: Beyond whatever is dated.
_NO_HORIZON = 1 << 40


class ByInstant:
    """Supplies and demands that count, by the instant and not by the date.

    Parameters
    ----------
    timelines
        What is there, and what is dated.
    ask
        What kernels read of the rule; its scratch memory is used.
    beyond
        What is dated beyond the horizon counts too, as it does for who reserves.
    """

    __slots__ = ("_given", "_horizon")

    def __init__(self, timelines: Timelines, ask: Ask, *, beyond: bool = True) -> None:
        words = ask.words.copy()
        self._horizon = int(words[w.W_HORIZON])
        # Instants count, and ends, whatever the rule itself looks at.
        words[w.W_RULE], words[w.W_MATCH_UNTIL] = ATP_EXPIRING, 1
        if beyond:
            words[w.W_HORIZON] = _NO_HORIZON
        left = np.empty(ask.listed.shape[1], np.int64)
        lines = timelines.events, timelines.pointer, timelines.cells
        rule = words, ask.share, ask.next_open
        self._given = *lines, *rule, ask.listed, ask.fates, left

    def more(self, which: I8, whose: int) -> I8:
        """Return int64[n, H]: what cells can promise by date; may be below zero."""
        out = np.empty((len(which), self._horizon), np.int64)
        none = np.zeros(self._horizon, np.int64)
        more_by_date(*self._given, none, which, whose, out)
        return out

    def partials(
        self, c: int, matched: I8, asked: tuple[int, int, int, int], room: int, out: I8
    ) -> int:
        """Write parts that can be promised one after the other; returns what is open.

        Parameters
        ----------
        c, matched, asked, out
            See `kernels.phased.ends.partial_promises`.
        room
            What the network has left; below 0: no limit.
        """
        wanted = np.array(asked, np.int64)
        return int(partial_promises(*self._given, matched, wanted, c, room, out))
