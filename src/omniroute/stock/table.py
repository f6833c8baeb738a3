"""A table of numbers by number, kept in two arrays that kernels can read."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from omniroute.kernels.table import EMPTY, look_up, put_latest

I8 = NDArray[np.int64]


class Table:
    """Values by key, both integers; keys are 0 or more.

    Attributes
    ----------
    keys : int64[n]
        Keys where they hash to, -1 in empty places; n is a power of two.
    values : int64[n]
        The value of each key.
    used : int
        Keys in the table.

    Examples
    --------
    >>> table = Table()
    >>> table.put(np.array([7, 9, 7]), np.array([1, 5, 3]))
    >>> table.get(7), table.get(8, default=-1), len(table)
    (3, -1, 2)
    """

    __slots__ = ("keys", "used", "values")

    #: Places at first; a power of two.
    ROOM: ClassVar[int] = 16

    def __init__(self) -> None:
        self.used = 0
        self._empty(self.ROOM)

    def __len__(self) -> int:
        return self.used

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays, room to spare included."""
        return int(self.keys.nbytes + self.values.nbytes)

    def _empty(self, size: int) -> None:
        self.keys = np.full(size, EMPTY, np.int64)
        self.values = np.zeros(size, np.int64)

    def get(self, key: int, default: int = 0) -> int:
        """Return the value under a key. O(1) expected."""
        return int(look_up(self.keys, self.values, key, default))

    def items(self) -> tuple[I8, I8]:
        """All keys and their values, by key. O(n log n)."""
        at = np.flatnonzero(self.keys != EMPTY)
        at = at[np.argsort(self.keys[at])]
        return self.keys[at], self.values[at]

    def make_room(self, more: int) -> None:
        """Have room for that many more keys; amortised O(1) a key."""
        size = len(self.keys)
        if 2 * (self.used + more) <= size:
            return
        while 2 * (self.used + more) > size:
            size *= 2
        keys, values = self.items()
        self._empty(size)
        put_latest(self.keys, self.values, keys, values)

    def put(self, keys: I8, values: I8) -> None:
        """Put values, each unless a larger one is there."""
        self.make_room(len(keys))
        self.used += int(put_latest(self.keys, self.values, keys, values))
