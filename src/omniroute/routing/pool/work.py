"""How much a search may do: counted by routings, and by a clock where that is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from omniroute._whole import Whole
from omniroute.codes import Method
from omniroute.kernels.order.layout import O_METHOD

#: What a routing counts whose order is searched for: it takes about so much longer.
HARD = 50


class Work:
    """What is left to a search.

    Parameters
    ----------
    routings
        How many orders it may route, counted each time: the same on every machine. One
        that is searched for, beyond tables, counts as `HARD` of them.
    seconds
        After how long it goes no further; None: it has the time it takes. Looked at
        between orders only.
    clock
        Tells seconds; whoever gives some has one.

    Examples
    --------
    >>> work = Work(2)
    >>> work.more(), work.spend(), work.spend(), work.more(), work.spent
    (True, None, None, False, 2)
    """

    __slots__ = ("_clock", "_most", "_until", "spent")

    def __init__(
        self,
        routings: int,
        seconds: float | None = None,
        clock: Callable[[], float] = float,
    ) -> None:
        self._most, self._clock = routings, clock
        self._until = None if seconds is None else clock() + seconds
        self.spent = 0

    def spend(self, answer: Sequence[int] = ()) -> None:
        """Count a routing by its answer: one that tables did not settle counts more."""
        hard = len(answer) > O_METHOD and answer[O_METHOD] == Method.COVER
        self.spent += HARD if hard else 1

    def more(self, share: float = 1.0) -> bool:
        """Whether there is work left, of a share of all of it. Ctrl-C may come here."""
        Whole.pause()
        if self.spent >= share * self._most:
            return False
        return self._until is None or self._clock() < self._until
