"""The asks of a batch, end to end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omniroute.kernels.order.layout import (
    A_EXCLUDED,
    A_GROUPS,
    A_HEADER,
    A_SLOT,
    GROUP_WIDTH,
)
from omniroute.model.destination import Destination
from omniroute.routing.ask import Ask
from omniroute.routing.decide import Decides
from omniroute.routing.gates import Gates
from omniroute.routing.lanes import LaneStore

I8 = NDArray[np.int64]


class AskBlock(Sequence[Ask]):
    """The asks of a batch, end to end in one array; an `Ask` is made when looked at.

    Parameters
    ----------
    words, at : int64[]
        Ask i is ``words[at[i] : at[i + 1]]``.
    destinations
        Where the orders go, each destination once.
    where : int64[n]
        Place of each order's destination among them.
    """

    def __init__(
        self, words: I8, at: I8, destinations: Sequence[Destination], where: I8
    ) -> None:
        self.words = words
        self.at = at
        self.destinations = destinations
        #: Offers of the orders that have any.
        self.offers: dict[int, list[tuple[int, int]]] = {}
        #: Groups of lines to keep together, of the orders that have any.
        self.together: dict[int, list[tuple[int, ...]]] = {}
        #: Who decides them; None where the kernels do by themselves.
        self.decides: Decides | None = None
        #: What their policy's gates leave of the stock; None where it has none.
        self.gates: Gates | None = None
        #: Level of punctuality, see `NetworkTables.level`.
        self.level = 0
        self._where = where
        self._last: tuple[int, Ask | None] = (-1, None)

    def set_slots(self, first: int, end: int, lanes: LaneStore) -> None:
        """Make the lanes of some orders known, and note their slots in the asks."""
        where = self._where[first:end]
        used = np.flatnonzero(np.bincount(where)).tolist()
        level = self.level
        lanes.slots([self.destinations[k] for k in used], level)
        slot_of = np.zeros(len(self.destinations), np.int64)
        slot_of[used] = [lanes.slot(self.destinations[k], level) for k in used]
        self.words[self.at[first:end] + A_SLOT] = slot_of[where]
        # What was looked at before knew neither its slot nor what is noted next to it.
        self._last = (-1, None)

    def __len__(self) -> int:
        return len(self._where)

    def __getitem__(self, i: Any) -> Any:
        # Picks are read order by order: the same ask is looked at several times.
        if self._last[0] != i:
            words = self.words[self.at[i] : self.at[i + 1]].tolist()
            first = A_HEADER + GROUP_WIDTH * words[A_GROUPS] + words[A_EXCLUDED]
            pairs = list(zip(words[first::2], words[first + 1 :: 2], strict=True))
            offers, together = self.offers.get(i, ()), self.together.get(i, ())
            ask = Ask(words, pairs, offers, self.decides, together, self.gates)
            self._last = (i, ask)
        return self._last[1]
