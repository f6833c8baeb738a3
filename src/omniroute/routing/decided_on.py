"""What the orders of a batch that reserves nothing were decided on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from omniroute.kernels.order.layout import A_LINES, LINE_WIDTH

if TYPE_CHECKING:
    from omniroute.routing.ask_block import AskBlock
    from omniroute.routing.router_core import RouterCore


class DecidedOn:
    """Versions of each order's SKUs, all read at one time.

    Made when the batch is done: nothing has changed under it, as it held the lock and took
    nothing. Orders that see more than plain stock tell their own versions.

    Parameters
    ----------
    router
        Who decided.
    asks
        What it was asked, end to end.
    apart
        By place: versions of the orders that no kernel decided.
    """

    def __init__(
        self, router: RouterCore, asks: AskBlock, apart: dict[int, list[int]]
    ) -> None:
        self._apart = apart
        words, at = asks.words, asks.at
        counts = words[at[:-1] + A_LINES]
        self._ends = np.cumsum(counts)
        self._counts = counts
        # The lines of an ask are its last words: SKU and quanta by turns.
        first = np.repeat(at[1:] - LINE_WIDTH * self._ends, counts)
        skus = words[first + LINE_WIDTH * np.arange(len(first))]
        self._versions = router.decider.arena.sku_version[skus]
        room = router.room
        dated = router.calendars is not None
        self._room = [] if room is None or dated else [room.changes]

    def of(self, i: int) -> list[int]:
        """Return the versions of an order, as `RouterCore.versions` told them then."""
        own = self._apart.get(i)
        if own is not None:
            return own
        end = int(self._ends[i])
        found: list[int] = self._versions[end - int(self._counts[i]) : end].tolist()
        return found + self._room
