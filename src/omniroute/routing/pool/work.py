"""How much a search may do: counted in routings, and by the clock where that is asked."""

from __future__ import annotations

import time

from omniroute._whole import Whole


class Work:
    """What is left to a search.

    Parameters
    ----------
    routings
        How many orders it may route, counted each time: the same on every machine.
    seconds
        After how long it goes no further; None: it has the time it takes. Looked at
        between orders only.

    Examples
    --------
    >>> work = Work(2)
    >>> work.more(), work.spend(), work.spend(), work.more(), work.spent
    (True, None, None, False, 2)
    """

    __slots__ = ("_most", "_until", "spent")

    def __init__(self, routings: int, seconds: float | None = None) -> None:
        self._most = routings
        self._until = None if seconds is None else time.monotonic() + seconds
        self.spent = 0

    def spend(self) -> None:
        """Count a routing."""
        self.spent += 1

    def more(self, share: float = 1.0) -> bool:
        """Whether there is work left, of a share of all of it. Ctrl-C may come here."""
        Whole.pause()
        if self.spent >= share * self._most:
            return False
        return self._until is None or time.monotonic() < self._until
