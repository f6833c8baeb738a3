"""Room as the kernel that routes a batch reads it, and takes of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from omniroute.promising.board import Epoch
from omniroute.promising.room import Room
from omniroute.stock.workload import Take

I4 = NDArray[np.int32]
I8 = NDArray[np.int64]

#: In the place of what is counted: a node counts nothing of some work.
_NOT_COUNTED: Final = -1


class RoomBlock:
    """What nodes have left, in arrays; kept beside the counts of the state.

    Parameters
    ----------
    room
        Hard capacity alone: prices are no matter of this kernel.

    Attributes
    ----------
    left : int64[N, K, D]
        By node, work and day, since ``first_day`` (its ordinal).
    days, waits : int32[N, V]
        By node and service: place of the day on which work begins; days that it waits.
    kinds : int64[N, K]
        What a node counts of each work; -1 where it does not.
    serves : int64[K, V]
        Whether a service is such work.
    """

    def __init__(self, room: Room) -> None:
        self._room, self._base = room, room.base
        begins = self._base.begins[self._base.begins > 0]
        self.first_day = int(begins.min()) if len(begins) else 1
        last = int(begins.max()) if len(begins) else 1
        self._days = range(self.first_day, last + 1)
        self.kinds: I8 = np.full((len(room.followed), len(room.works)), _NOT_COUNTED)
        self.serves = np.array(room.serves, np.int64)
        self.left: I8 = np.zeros((*self.kinds.shape, len(self._days)), np.int64)
        for node, own in enumerate(room.followed):
            for work in own:
                self.kinds[node, work] = room.kinds[work]
                self._look_at(node, work)
        room.unseen.clear()

    def is_current(self) -> bool:
        """Bring it to the present, if it is about the days in force."""
        room = self._room
        if room.base is not self._base:
            return False
        for node, work in room.unseen:
            self._look_at(node, work)
        room.unseen.clear()
        return True

    def _look_at(self, node: int, work: int) -> None:
        each = self._room.followed[node].get(work)
        if each is not None:
            told = [self._room.left(node, work, each, day) for day in self._days]
            self.left[node, work] = told

    def see(self, epoch: Epoch) -> None:
        """Let nodes go as an epoch has it."""
        assert epoch.waits is not None
        self.waits: I4 = epoch.waits.astype(np.int32)
        # Of what leads nowhere, no day is asked.
        begins = epoch.begins[self._room.ways(np.maximum(self.waits, 0))]
        self.days: I4 = np.maximum(begins - self.first_day, 0).astype(np.int32)

    def take(self, takes: Iterable[Take]) -> None:
        """Take off what was decided elsewhere, of the days that it tells."""
        for each in takes:
            if each.day in self._days:
                self.left[each.node, each.work, each.day - self.first_day] -= (
                    each.amount
                )


def no_block() -> tuple[I8, I4, I4, I8, I8]:
    """Return the arrays of a network without capacity, which are not looked at."""
    none = np.zeros((0, 0), np.int64)
    nowhere = np.zeros((0, 0), np.int32)
    return np.zeros((0, 0, 0), np.int64), nowhere, nowhere, none, none
