"""Many reservations at once, from columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omniroute.engine.deciding import Deciding
from omniroute.engine.terms import (
    Duration,
    Instant,
    Terms,
    ttl_seconds,
)
from omniroute.model.checks import flag
from omniroute.reservations import life
from omniroute.reservations.holds import Requests, Reserving
from omniroute.reservations.lines import (
    Cells,
)
from omniroute.reservations.many import (
    HoldBatch,
    ManySteps,
    commit_many,
    fulfil_many,
    ids_of,
    release_many,
)
from omniroute.reservations.prints import print_hold_terms
from omniroute.stock.hold_frames import HoldColumns, holds_from_columns
from omniroute.stock.lens import PLAIN
from omniroute.stock.state import State


class Many(Deciding):
    """See `omniroute.engine.Engine`."""

    def reserve_many(
        self,
        lines: Any,
        *,
        ttl: Duration = None,
        partial: bool = False,
        sticky: bool = False,
        now: Instant = None,
    ) -> HoldBatch:
        """Reserve stock at named nodes under many ids, one after the other.

        As if `reserve` were called for each id, at batch speed.

        Parameters
        ----------
        lines
            A dict of columns or a data frame: ``id``, ``sku``, ``node``, ``quantity``.
            Rows of one id are lines of one reservation, all or nothing.
        ttl, partial, sticky, now
            As in `reserve`.

        Raises
        ------
        ValidationError, UnknownIdError
            A bad row, named by its path (``lines.quantity[17]``); nothing has changed.
        """
        if partial is not False:
            flag(partial, "partial")
        if sticky is not False:
            flag(sticky, "sticky")
        with self._whole:
            state = self._state
            asked = holds_from_columns(lines, state.catalogue)
            self._advance(now)
            ttl_s = ttl_seconds(ttl, state.now)
            own = Terms(ttl_s, partial, None, sticky)
            skus = set(asked.wanted[:, 0].tolist()) if self._router.lens else ()
            if not self._lens.sees_plainly(PLAIN, skus):
                return self._reserve_each(asked, own)
            terms = print_hold_terms(ttl_s, partial, None)
            requests = Requests(
                asked.ids,
                asked.wanted,
                asked.starts,
                np.full(len(asked.ids), terms, np.int64),
                own.expires_s(state.now),
                partial=partial,
                sticky=sticky,
            )
            run = Reserving(state, requests, self._adopt_holds)
            run.run()
            held = np.zeros(len(asked.rows), np.int64)
            held[asked.rows] = run.held()
            return HoldBatch(asked.ids, run.status.astype(np.int8), held)

    def commit_many(self, ids: Iterable[str], now: Instant = None) -> NDArray[np.int8]:
        """Make many holds firm: int8, the `Status` of each as `commit` would tell."""
        return self._take_many(commit_many, ids, now)

    def fulfil_many(self, ids: Iterable[str], now: Instant = None) -> NDArray[np.int8]:
        """Let go all that many hold: int8, the `Status` of each as from `fulfil`."""
        with self._whole:
            found = ids_of(ids)
            self._advance(now)
            if not self._hold_what_stays(found):
                return self._take_many(fulfil_many, found, now)
            return np.array([self._fulfil_one(id) for id in found], np.int8)

    def _hold_what_stays(self, ids: Sequence[str]) -> bool:
        """Whether any of them may hold what falls due later, or is at no node yet."""
        dated, numbers = self._state.dated, self._state.book.ids.numbers
        if self._state.unbound.held:
            return True
        if not dated.demand:
            return False
        return not {*dated.all_numbers()}.isdisjoint(map(numbers.get, ids))

    def _fulfil_one(self, id: str) -> int:
        step = life.fulfil(self._state, id, None)
        self._commit(step.batch)
        return int(step.status)

    def release_many(self, ids: Iterable[str], now: Instant = None) -> NDArray[np.int8]:
        """Give many back: int8, the `Status` of each as `release` would tell."""
        return self._take_many(release_many, ids, now)

    def _take_many(
        self,
        steps: Callable[[State, Sequence[str]], ManySteps],
        ids: Iterable[str],
        now: Instant,
    ) -> NDArray[np.int8]:
        with self._whole:
            found = ids_of(ids)
            self._advance(now)
            status, batch = steps(self._state, found)
            self._commit(batch)
            return status

    def _reserve_each(self, asked: HoldColumns, terms: Terms) -> HoldBatch:
        """Reserve one after the other what the kernel does not see as its askers do."""
        status, held = [], np.zeros(len(asked.rows), np.int64)
        starts = asked.starts.tolist()
        for i, id in enumerate(asked.ids):
            lines = asked.wanted[starts[i] : starts[i + 1]].tolist()
            cells: Cells = {}
            for sku, node, quanta in lines:
                cells[sku, node] = cells.get((sku, node), 0) + quanta
            fresh = id not in self._state.book.ids.numbers
            placed = self._reserve_cells(cells, id, terms)
            status.append(int(placed.status))
            if placed.reservation is None or not (fresh and placed.reserved):
                continue
            had = {line[:2]: line[2] for line in placed.reservation.lines}
            for k, (sku, node, quanta) in enumerate(lines, starts[i]):
                some = min(quanta, had.get((sku, node), 0))
                held[asked.rows[k]] = some
                had[sku, node] = had.get((sku, node), 0) - some
        return HoldBatch(asked.ids, np.array(status, np.int8), held)
