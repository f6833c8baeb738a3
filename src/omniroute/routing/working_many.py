"""What a batch has to see to where nodes have capacity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from omniroute.model.order import Order
from omniroute.promising.board import Epoch
from omniroute.promising.jobs import Job
from omniroute.promising.room_block import RoomBlock, no_block
from omniroute.routing.router import Router

I4 = NDArray[np.int32]
I8 = NDArray[np.int64]

#: Destinations that are dated at a time, once a node has become full; then twice as many.
_LEAST: Final = 16
_MOST: Final = 1 << 20


class Working:
    """The room of a batch, and its lanes as nodes become full.

    Parameters
    ----------
    router
        One with capacity.
    """

    def __init__(self, router: Router) -> None:
        assert router.room is not None
        assert router.timed is not None
        self._router, self._room, self._lanes = router, router.room, router.timed
        self._epoch: Epoch = self._lanes.keep_time(router.now_s)
        self._dated = _LEAST
        self._block: RoomBlock | None = None
        if self._room.has_windows:
            # The kernel counts days; these orders are decided one by one.
            return
        if router.room_block is None or not router.room_block.is_current():
            router.room_block = RoomBlock(self._room)
        self._block = router.room_block
        self._block.see(self._epoch)

    @property
    def first_day(self) -> int:
        """Ordinal of the first day that is counted."""
        return self._block.first_day if self._block else 0

    def arrays(self) -> tuple[I8, I4, I4, I8, I8]:
        """Return what the kernel reads, and takes of."""
        block = self._block
        if block is None:
            return no_block()
        return block.left, block.days, block.waits, block.kinds, block.serves

    def ready(self, slots: I8) -> int:
        """Date the lanes of the next orders; return for how many that is done."""
        epoch = self._lanes.keep_time(self._router.now_s)
        if epoch is not self._epoch:
            self._epoch, self._dated = epoch, _LEAST
            if self._block is not None:
                self._block.see(epoch)
        some = slots[: self._dated]
        self._dated = min(2 * self._dated, _MOST)
        for slot in np.unique(some).tolist():
            self._lanes.refresh(slot)
        return len(some)

    def take(self, jobs: Sequence[Job], order: Order) -> None:
        """Count work of an order that was decided by itself."""
        room, begins_s = self._router.room_of(order)
        if self._block is not None and room is not None:
            self._block.take(room.takes(jobs, begins_s))

    def see(self, slot: int, due: int) -> None:
        """Date the lanes of an order that is decided by itself, of one for later too."""
        if due:
            self._lanes.keep_time(self._router.now_s, due)
            self._lanes.refresh(slot)
        else:
            self.ready(np.array([slot]))
