"""The agenda: what will change although nothing happens."""

from __future__ import annotations

from array import array
from heapq import heappop, heappush

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import ReservationState
from omniroute.kernels.stock.book import H_EXPIRES, H_STATE

I8 = NDArray[np.int64]

_SOFT = int(ReservationState.SOFT)
_NONE = np.zeros(0, np.int64)


def up_to(heap: list[int], now: int) -> list[int]:
    """Return what of a heap is no later than ``now``, in no order. O(found).

    Examples
    --------
    >>> sorted(up_to([2, 5, 3, 9, 6, 4], 4))
    [2, 3, 4]
    """
    found, places = [], [0]
    while places:
        place = places.pop()
        # What lies below a later one is later still.
        if place < len(heap) and heap[place] <= now:
            found.append(heap[place])
            places += (2 * place + 1, 2 * place + 2)
    return found


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
        where nothing is due; seconds that are not due are not looked at.
        """
        if not self._seconds or self._seconds[0] > now:
            return _NONE
        return self._open(sorted(up_to(self._seconds, now)), heads)

    def forget(self, now: int, heads: I8) -> None:
        """Drop the seconds that have passed and at which nothing is left to end."""
        passed = up_to(self._seconds, now)
        if passed and len(self._open(passed, heads)):
            passed = self._until_open(sorted(passed), heads)
        for _ in passed:
            del self._numbers[heappop(self._seconds)]

    def all_open(self, heads: I8) -> I8:
        """Return every hold that is to end some time, by second, then number."""
        return self._open(sorted(self._seconds), heads)

    def _until_open(self, seconds: list[int], heads: I8) -> list[int]:
        """Return the first of the seconds: those before one with something to end."""
        for k, second in enumerate(seconds):
            if len(self._open([second], heads)):
                return seconds[:k]
        return seconds

    def _open(self, seconds: list[int], heads: I8) -> I8:
        """Return the holds that do end then, each once, by second, then opening."""
        lists = [self._numbers[second] for second in seconds]
        numbers = np.frombuffer(b"".join(lists), np.int64)
        at = np.repeat(np.array(seconds, np.int64), [len(each) for each in lists])
        ends = heads[numbers, H_STATE] == _SOFT
        ends &= heads[numbers, H_EXPIRES] == at
        numbers, at = numbers[ends], at[ends]
        if not ((at[1:] > at[:-1]) | (numbers[1:] > numbers[:-1])).all():
            order = np.lexsort((numbers, at))
            numbers, at = numbers[order], at[order]
            first = np.append(True, (at[1:] > at[:-1]) | (numbers[1:] > numbers[:-1]))
            numbers = numbers[first]
        found: I8 = numbers
        return found
