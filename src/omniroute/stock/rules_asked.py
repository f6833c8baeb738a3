"""What rules about safety stock and oversell say to who asks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from omniroute.model.oversell import LEVELS, UNLIMITED_FLOOR
from omniroute.stock.rules_followed import RulesFollowed

I8 = NDArray[np.int64]


class RulesAsked(RulesFollowed):
    """The questions that rules answer: by channel, by service, for later."""

    __slots__ = ()

    def warns(self, sku: int, node: int, channel: int | None) -> bool:
        """Whether a cell may be oversold, but not in silence, through a channel."""
        texts = self._state.aside.channels.texts
        name = None if channel is None else texts[channel]
        columns = self._columns(np.array([sku * len(self._kinds) + node], np.int64))
        return bool(self.oversell.levels(columns, name)[0] == LEVELS.index("warn"))

    def beyond(self, cell: tuple[int, int]) -> int:
        """Return how far beyond its supply a cell may be promised for later.

        Where there is no cell yet, less what rules will keep back of it: the promise
        makes it, and what it is worked out from has nothing taken off.
        """
        if not self.preorder.rules:
            return 0
        columns = self._one(cell)
        floors = self.preorder.floors(columns, self._scale(columns["sku"]))
        return int(floors[0]) + self._less_when_made(cell)

    def _less_when_made(self, cell: tuple[int, int]) -> int:
        """Return what rules will take off a cell that is not there; 0 where it is."""
        if self._state.arena.find(*cell) >= 0:
            return 0
        keys = np.array([cell[0] * len(self._kinds) + cell[1]], np.int64)
        facts = self._facts(keys, np.zeros(1, np.int64))
        more = self._floors(facts) - self.safety.resolve(facts)
        return min(0, int(more[0]))

    def beyond_at(self, sku: int, nodes: I8) -> I8 | None:
        """Return the same of a SKU's cells at nodes; None where no rule permits it."""
        if not self.preorder.rules:
            return None
        columns = self._columns(sku * len(self._kinds) + nodes)
        return self.preorder.floors(columns, self._scale(columns["sku"]))

    def warns_later(self, cell: tuple[int, int]) -> bool:
        """Whether that is permitted, but not in silence."""
        level = self.preorder.levels(self._one(cell))[0]
        return bool(level == LEVELS.index("warn"))

    def _one(self, cell: tuple[int, int]) -> dict[str, I8]:
        return self._columns(np.array([cell[0] * len(self._kinds) + cell[1]], np.int64))

    # -- askers ------------------------------------------------------------------------

    def sees_all_alike(
        self, services: Sequence[str], channel: str | None, routing: bool
    ) -> bool:
        """Whether who asks so is told what who asks plainly is told, thresholds apart."""
        by_asker = self.safety.of_asker(services, channel, routing=routing)
        return not (by_asker or self.oversell.of_asker(channel))

    def more_for(
        self,
        sku: int,
        nodes: I8,
        services: Sequence[str],
        channel: str | None,
        routing: bool,
    ) -> I8:
        """Return what each cell of a SKU has for who asks so, beyond what it has free."""
        keys = sku * len(self._kinds) + nodes.astype(np.int64)
        on_hand, safety, _ = self._read(keys)
        facts = self._facts(keys, on_hand)
        own = self.safety.resolve(facts, services, channel, routing=routing)
        # What a fact said of a cell without a rule holds for all alike.
        own = np.where(
            self.safety.governed(facts.columns), own, np.maximum(own, safety)
        )
        floors = self.oversell.floors(facts.columns, facts.scale, channel)
        return np.asarray(safety - own + floors - self._floors_now(keys))

    def own_floors(self, sku: int, nodes: I8, channel: str | None) -> I8:
        """Return how much deeper than others a channel may oversell cells of a SKU."""
        columns = self._columns(sku * len(self._kinds) + nodes)
        scale = self._scale(columns["sku"])
        own = self.oversell.floors(columns, scale, channel)
        return np.asarray(np.maximum(0, own - self.oversell.floors(columns, scale)))

    def endless_for(
        self, sku: int, nodes: I8, channel: str | None
    ) -> NDArray[np.bool_]:
        """Whether each cell of a SKU has a floor without limit for a channel."""
        keys = sku * len(self._kinds) + nodes
        columns = self._columns(keys)
        floors = self.oversell.floors(columns, self._scale(columns["sku"]), channel)
        return np.asarray(floors >= UNLIMITED_FLOOR)
