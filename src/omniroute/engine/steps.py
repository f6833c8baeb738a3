"""Taking a step of a reservation: for the cells named, as its channel sees the stock."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from omniroute.codes import Status
from omniroute.engine.core import Core
from omniroute.model.exact import Number
from omniroute.reservations.life import Step
from omniroute.reservations.lines import (
    Cells,
    HoldLines,
    as_of,
    cells_of,
    is_at_no_node,
    is_later,
    quanta_by_sku,
)
from omniroute.reservations.seen import (
    exceeds,
)
from omniroute.stock.lens import Asker

#: Of a step that can be taken, or could, were there stock for it.
NEEDS_STOCK = (Status.OK, Status.SHORT, Status.OUT_OF_STOCK)


class Steps(Core):
    """See `omniroute.engine.Engine`."""

    def _held_cells(self, lines: HoldLines) -> Cells:
        """Return cells that a caller names, with kits taken apart."""
        cells = cells_of(self._state.catalogue, lines)
        return self._composed.unpacked(cells) if self._composed else cells

    def _held_skus(self, lines: Mapping[str, Number] | None) -> dict[int, int] | None:
        """Return quanta by SKU number that a caller names, with kits taken apart."""
        skus = quanta_by_sku(self._state.catalogue, lines)
        if skus is None or not self._composed:
            return skus
        cells = self._composed.unpacked({(sku, 0): n for sku, n in skus.items()})
        return {sku: n for (sku, _), n in cells.items()}

    def _in_packs_but(self, held: Cells, cells: Cells) -> Cells:
        """Return the cells with whole packs wanted, but where it is what is held."""
        return {
            cell: n
            if n == held.get(cell, 0)
            else self._composed.packed(cell, n, f"lines[{i}]")
            for i, (cell, n) in enumerate(cells.items())
        }

    def _as_of(self, cells: Cells | None) -> Cells | None:
        """Return the cells with what is due by now wanted at once."""
        if cells is None or not is_later(cells):
            return cells
        return as_of(cells, self._state.now)

    def _take(self, step: Step, sell_by: int = 0) -> Status:
        """Take a step in the life of a reservation, if it can be taken."""
        self._commit(step.batch, sell_by)
        return step.status

    def _take_seen(
        self,
        id: str,
        cells: Cells,
        step: Callable[[Cells], Step],
        *,
        limited: bool = True,
    ) -> Status:
        """Take a step for which stock is needed, as the reservation's channel sees it."""
        unbound, skus = is_at_no_node(cells), {sku for sku, *_ in cells}
        if not (unbound or self._router.lens is not None):
            return self._take(step(cells))
        asker = self._asker_of(id)
        if is_later(cells):
            return self._take_later(asker, cells, step)
        if not unbound and self._lens.sees_plainly(asker, skus):
            return self._take(step(cells))
        with self._lens.over(skus, asker, limited=False) as limits:
            found = step(cells)
        short = found.status is Status.SHORT
        if limited and (short or exceeds(found.batch, limits)):
            return Status.SHORT if any(limits.values()) else Status.OUT_OF_STOCK
        status = self._take(found)
        self._look_through()
        return status

    def _take_later(
        self, asker: Asker, cells: Cells, step: Callable[[Cells], Step]
    ) -> Status:
        """Take a step of which something is for later: all of it comes of the pool.

        What is for now needs to be there for the reservation's channel as well.
        """
        found = step(cells)
        now: Cells = {cell: n for cell, n in cells.items() if len(cell) == 2}
        skus = {sku for sku, *_ in now}
        if found.status in NEEDS_STOCK and self._is_closed(asker, cells):
            return Status.NO_POOL
        if found.status is not Status.OK or asker.channel is None:
            return self._take(found)
        if now and not self._lens.sees_plainly(asker, skus):
            with self._lens.over(skus, asker, limited=False) as limits:
                seen = step(now)
            if seen.status is not Status.OK:
                return seen.status
            if exceeds(seen.batch, limits):
                return Status.SHORT if any(limits.values()) else Status.OUT_OF_STOCK
        return self._take(found)

    def _is_closed(self, asker: Asker, cells: Cells) -> bool:
        """Whether cells are wanted for later through a channel that has no pool."""
        later = any(n for cell, n in cells.items() if len(cell) > 2)
        return later and not self._lens.has_pool(asker)

    def _asker_of(self, id: str) -> Asker:
        """Return who asks with a reservation: the channel it came through."""
        aside = self._state.aside
        number = aside.through.get(self._state.book.ids.numbers.get(id, -1))
        channel = None if number is None else aside.channels.texts[number]
        return Asker(channel if channel in self._tree.numbers else None)
