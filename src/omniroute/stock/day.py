"""What nodes can promise for a later day, to who routes an order to them.

The look-ahead rule of `project`, for all nodes of a SKU at once: a cell of which nothing
is dated can promise for any day what it can promise now, and of those there are most.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import P_FREE
from omniroute.model.oversell import UNLIMITED_FLOOR
from omniroute.stock.guard import Guard
from omniroute.stock.lens import Asker, Lens
from omniroute.stock.project import limit, spare
from omniroute.stock.state import State

I8 = NDArray[np.int64]


class DayStock(NamedTuple):
    """What the nodes can promise of one SKU for a day.

    Parameters
    ----------
    rows : int64[N]
        Quanta at each node, 0 or more.
    spare : int64[N]
        How much of it takes nothing from what is free now.
    room
        What may be taken from what is free now, at all nodes together; None for all.
    """

    rows: I8
    spare: I8
    room: int | None

    @property
    def limit(self) -> int:
        """Quanta that all nodes together can promise."""
        total = int(self.rows.sum())
        if self.room is None:
            return total
        return min(total, int(np.minimum(self.rows, self.spare).sum()) + self.room)

    def kept_within(self, drawn: dict[int, int]) -> DayStock:
        """Return the same, the room given to nodes as a plan draws on them, in turn."""
        assert self.room is not None
        left, rows = self.room, np.minimum(self.rows, self.spare)
        for node, quanta in drawn.items():
            more = min(left, max(0, quanta - int(rows[node])))
            rows[node] += more
            left -= more
        return self._replace(rows=rows)


class Days:
    """Works out what can be promised for later days.

    Parameters
    ----------
    state
        Read, never modified.
    guard, lens
        Rules, and what askers see.
    """

    __slots__ = ("_guard", "_known", "_lens", "_state")

    def __init__(self, state: State, guard: Guard, lens: Lens) -> None:
        self._state, self._guard, self._lens = state, guard, lens
        self._known: dict[tuple[int, int, Asker], DayStock] | None = None

    @contextmanager
    def remembered(self) -> Iterator[None]:
        """Work out once what is asked again and again; nothing may change meanwhile."""
        self._known = {}
        try:
            yield
        finally:
            self._known = None

    def stock(self, skus: Iterable[int], due: int, asker: Asker) -> dict[int, DayStock]:
        """Return what nodes can promise an asker for an instant, by SKU.

        Never more than `reserve` admits for it; less where the asker's own safety stock
        is more than that of all. O(cells of the SKUs + all that is dated at them).
        """
        known = self._known
        if known is None:
            return {sku: self._of(sku, due, asker) for sku in skus}
        if self._guard.sees_all_alike(asker.services, asker.channel, routing=True):
            asker = asker._replace(services=())
        found = {}
        for sku in skus:
            key = sku, due, asker
            if key not in known:
                known[key] = self._of(sku, due, asker)
            found[sku] = known[key]
        return found

    def are_open_to(self, asker: Asker) -> bool:
        """Whether an asker can be promised anything for later at all."""
        return self._lens.has_pool(asker)

    def _of(self, sku: int, due: int, asker: Asker) -> DayStock:
        state, count = self._state, self._state.arena.nodes
        rows, spared = np.zeros(count, np.int64), np.zeros(count, np.int64)
        if not self.are_open_to(asker):
            return DayStock(rows, spared, 0)
        nodes, cells = state.arena.row(sku)
        rows[nodes] = cells[P_FREE]
        for node in self._dated_at(sku, nodes):
            rows[node] = limit(state, (sku, node), due)
            spared[node] = max(0, spare(state, (sku, node), due))
        rows += self._beyond(sku, count)
        if not self._guard.sees_all_alike(asker.services, asker.channel, routing=True):
            rows += self._less_for(sku, count, asker)
        room = state.unbound.room(sku)
        if room is not None:
            rows = np.minimum(rows, spared + room)
        return DayStock(np.clip(rows, 0, UNLIMITED_FLOOR), spared, room)

    def _dated_at(self, sku: int, nodes: NDArray[np.int32]) -> list[int]:
        """Return the nodes where it matters for when something is wanted."""
        state, count = self._state, self._state.arena.nodes
        coming = state.supply.dated().cells
        first, end = np.searchsorted(coming, [sku * count, (sku + 1) * count])
        found = set((coming[first:end] - sku * count).tolist())
        tables = state.dated.demand, state.dated.dips, state.lots.cells
        for table in tables:
            if table:
                found.update(node for node in nodes.tolist() if (sku, node) in table)
        return sorted(found)

    def _beyond(self, sku: int, count: int) -> I8:
        """Return int64[N]: how far beyond its supply each cell may be promised."""
        beyond = self._guard.beyond_at(sku, np.arange(count))
        return np.zeros(count, np.int64) if beyond is None else beyond

    def _less_for(self, sku: int, count: int, asker: Asker) -> I8:
        """Return int64[N], 0 or below: what is kept from the asker, and not from all."""
        channel, services, routing, _ = asker
        more = self._guard.more_for(
            sku, np.arange(count), services, channel, routing=routing
        )
        return np.minimum(more, 0)
