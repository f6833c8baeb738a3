"""The agenda: what will change although nothing happens."""

from __future__ import annotations

from array import array
from heapq import heappop, heappush

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import ReservationState
from omniroute.kernels.book import H_EXPIRES, H_STATE

I8 = NDArray[np.int64]

_SOFT = int(ReservationState.SOFT)
_NONE = np.zeros(0, np.int64)


class Agenda:
    """Numbers of holds by the second at which they end.

    A hold is never looked for to be taken off: one that was released, committed or
    extended stays where it is until its second has come, and is then passed over, since
    the book knows better. Adding is O(1), or O(log seconds) for a second that is new;
    a million holds that end together are one array.

    Examples
    --------
    >>> heads = np.zeros((2, 9), np.int64)
    >>> heads[:, H_STATE], heads[:, H_EXPIRES] = _SOFT, 60
    >>> agenda = Agenda()
    >>> agenda.add(60, 1)
    >>> agenda.add(60, 0)
    >>> agenda.due(59, heads).tolist(), agenda.due(60, heads).tolist()
    ([], [0, 1])
    """

    __slots__ = ("_numbers", "_seconds")

    def __init__(self) -> None:
        self._numbers: dict[int, array[int]] = {}
        #: A heap of the keys of ``_numbers``.
        self._seconds: list[int] = []

    def __len__(self) -> int:
        """Entries, those that will be passed over included."""
        return sum(map(len, self._numbers.values()))

    def add(self, second: int, number: int) -> None:
        """Note that a hold ends at a second."""
        found = self._numbers.get(second)
        if found is None:
            self._numbers[second] = array("q", (number,))
            heappush(self._seconds, second)
        else:
            found.append(number)

    def add_run(self, second: int, first: int, end: int) -> None:
        """Note that the holds numbered from ``first`` to before ``end`` end together."""
        self.add(second, first)
        self._numbers[second].frombytes(np.arange(first + 1, end).tobytes())

    def due(self, now: int, heads: I8) -> I8:
        """Return the holds that end at or before ``now``, by second, then number.

        Changes nothing: they stay until they have ended and `forget` is called. O(1)
        where nothing is due.
        """
        if not self._seconds or self._seconds[0] > now:
            return _NONE
        seconds = sorted(second for second in self._seconds if second <= now)
        return np.concatenate([self._open(second, heads) for second in seconds])

    def forget(self, now: int, heads: I8) -> None:
        """Drop the seconds that have passed and at which nothing is left to end."""
        while self._seconds and self._seconds[0] <= now:
            if len(self._open(self._seconds[0], heads)):
                return
            del self._numbers[heappop(self._seconds)]

    def all_open(self, heads: I8) -> I8:
        """Return every hold that is to end some time, by second, then number."""
        parts = [self._open(second, heads) for second in sorted(self._seconds)]
        return np.concatenate([_NONE, *parts])

    def _open(self, second: int, heads: I8) -> I8:
        """Return the holds that do end then, each once, in order of opening."""
        numbers = np.frombuffer(self._numbers[second], np.int64)
        ends = heads[numbers, H_STATE] == _SOFT
        ends &= heads[numbers, H_EXPIRES] == second
        found: I8 = numbers[ends]
        if (found[1:] > found[:-1]).all():
            return found
        # Once each, however often it was extended to this second.
        return np.unique(found)
