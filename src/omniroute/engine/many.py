"""Many reservations at once, from columns."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omniroute.engine.deciding import Deciding
from omniroute.engine.terms import (
    I8,
    Duration,
    Instant,
    Terms,
    ttl_seconds,
)
from omniroute.errors import ValidationError
from omniroute.kernels.holds import W_SKU
from omniroute.model.checks import flag
from omniroute.model.quantity import to_quanta
from omniroute.reservations import life
from omniroute.reservations.holds import Requests, Reserving
from omniroute.reservations.lines import (
    Cells,
)
from omniroute.reservations.many import (
    HoldBatch,
    ManySteps,
    cancel_many,
    cancel_parts,
    commit_many,
    fulfil_many,
    fulfil_parts,
    ids_of,
    release_many,
)
from omniroute.reservations.prints import print_hold_terms
from omniroute.stock.frames import is_frame
from omniroute.stock.hold_frames import HoldColumns, holds_from_columns
from omniroute.stock.hold_lines import HoldLines, lines_of
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
        channel: str | None = None,
        now: Instant = None,
    ) -> HoldBatch:
        """Reserve stock at named nodes under many ids, one after the other.

        As if `reserve` were called for each id, at batch speed where no channel, rule
        or threshold has to be looked at.

        Parameters
        ----------
        lines
            A dict of columns or a data frame: ``id``, ``sku``, ``node``, ``quantity``,
            and ``channel`` where requests come through different ones. Rows of one id
            are lines of one reservation, all or nothing; rows of one id and cell are
            one line of it, their sum.
        channel
            The channel all come through, for a frame that has no such column.
        ttl, partial, sticky, now
            As in `reserve`.

        Raises
        ------
        ValidationError, UnknownIdError, ConfigurationError
            A bad row, named by its path (``lines.quantity[17]``); nothing has changed.

        Examples
        --------
        >>> import omniroute as om
        >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
        >>> engine = om.Engine(om.Network([om.Node("N1")], [ground]), [om.Item("BOLT")])
        >>> engine.apply(om.Receive("BOLT", "N1", 40))
        Applied(1)
        >>> frame = {"id": ["A", "B"], "sku": "BOLT", "node": "N1", "quantity": [5, 36]}
        >>> engine.reserve_many(frame)
        HoldBatch(2 requests: 1 OK, 1 SHORT)
        """
        if partial is not False:
            flag(partial, "partial")
        if sticky is not False:
            flag(sticky, "sticky")
        with self._whole:
            asked = holds_from_columns(lines, self._state.catalogue, self._tree)
            asked = self._through(asked, channel)
            self._advance(now)
            ttl_s = ttl_seconds(ttl, self._state.now)
            lines = lines_of(asked)
            self._round_packs(lines.asked)
            return self._reserve_all(lines, Terms(ttl_s, partial, None, sticky))

    def commit_many(self, ids: Iterable[str], now: Instant = None) -> NDArray[np.int8]:
        """Make many holds firm: int8, the `Status` of each as `commit` would tell."""
        return self._take_many(commit_many, ids, now)

    def fulfil_many(self, ids: Any, now: Instant = None) -> NDArray[np.int8]:
        """Let go what many hold: int8, the `Status` of each as from `fulfil`.

        Parameters
        ----------
        ids
            Ids, of reservations of which all goes. Or a frame as for `reserve_many`, of
            what has left: rows of one id are one step, all of it or nothing, and each
            of them has its status in the answer.
        now
            The time; the engine's clock by default.

        Raises
        ------
        ValidationError, UnknownIdError
            An id or a row that cannot be, named by its path (``lines.sku[17]``);
            nothing has changed.

        Examples
        --------
        >>> import omniroute as om
        >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
        >>> engine = om.Engine(om.Network([om.Node("N1")], [ground]), [om.Item("BOLT")])
        >>> engine.apply(om.Receive("BOLT", "N1", 40))
        Applied(1)
        >>> frame = {"id": ["A", "B"], "sku": "BOLT", "node": "N1", "quantity": [5, 6]}
        >>> engine.reserve_many(frame)
        HoldBatch(2 requests: 2 OK)
        >>> told = engine.fulfil_many({**frame, "quantity": [2, 7]})
        >>> [om.Status(code).name for code in told]
        ['OK', 'NOT_HELD']
        """
        if is_frame(ids):
            return self._take_parts(fulfil_parts, ids, now)
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

    def cancel_many(self, ids: Any, now: Instant = None) -> NDArray[np.int8]:
        """Give back what many hold: int8, the `Status` of each as from `cancel`.

        Ids, or a frame of what is given back, as in `fulfil_many`.
        """
        if is_frame(ids):
            return self._take_parts(cancel_parts, ids, now)
        return self._take_many(cancel_many, ids, now)

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

    def _take_parts(
        self,
        steps: Callable[[State, HoldColumns], ManySteps],
        lines: Any,
        now: Instant,
    ) -> NDArray[np.int8]:
        with self._whole:
            asked = holds_from_columns(lines, self._state.catalogue)
            self._advance(now)
            status, batch = steps(self._state, self._kits_apart(asked))
            self._commit(batch)
            told = np.empty(len(asked.rows), np.int8)
            told[asked.rows] = np.repeat(status, np.diff(asked.starts))
            return told

    def _kits_apart(self, asked: HoldColumns) -> HoldColumns:
        """Return the requests with the components of kits in their place."""
        kits = self._state.catalogue.kits
        if not kits or not np.isin(asked.wanted[:, W_SKU], list(kits)).any():
            return asked
        wanted: list[tuple[int, int, int]] = []
        starts = [0]
        for first, end in itertools.pairwise(asked.starts.tolist()):
            for sku, node, quanta in asked.wanted[first:end].tolist():
                drawn = self._composed.drawn([(sku, node, quanta)])
                wanted += [(*cell[:2], n) for cell, n in drawn.items()]  # type: ignore[misc]
            starts.append(len(wanted))
        return asked._replace(
            wanted=np.array(wanted, np.int64), starts=np.array(starts, np.int64)
        )

    # -- reserving, in runs of what the kernel sees as its askers do ---------------------

    def _through(self, asked: HoldColumns, channel: str | None) -> HoldColumns:
        """Return the requests with the channel they come through."""
        if channel is None:
            return asked
        self._tree.number(channel)
        if asked.channels is not None:
            raise ValidationError(
                "channel", "None, where the frame has a channel column", channel
            )
        return asked._replace(channels=[channel] * len(asked.ids))

    def _round_packs(self, asked: HoldColumns) -> None:
        """Make whole packs of what is asked for of items in packs."""
        recipes = self._composed.recipes
        if not recipes:
            return
        here = np.flatnonzero(np.isin(asked.wanted[:, W_SKU], list(recipes)))
        for k in here.tolist():
            sku, _, quanta = asked.wanted[k].tolist()
            path = f"lines.quantity[{asked.rows[k]}]"
            asked.wanted[k, 2] = self._composed.rounded(sku, quanta, path)

    def _reserve_all(self, each: HoldLines, own: Terms) -> HoldBatch:
        asked, count = each.asked, len(each.asked.ids)
        status, held = np.empty(count, np.int8), np.zeros(len(asked.rows), np.int64)
        ends = [*np.flatnonzero(np.diff(plain := self._sees_all(asked))) + 1, count]
        first = 0
        for end in map(int, ends if count else ()):
            reserve = self._reserve_plain if plain[first] else self._reserve_each
            lines = slice(asked.starts[first], asked.starts[end])
            status[first:end], held[lines] = reserve(_cut(asked, first, end), own)
            first = end
        return HoldBatch(asked.ids, status, each.by_row(held))

    def _sees_all(self, asked: HoldColumns) -> NDArray[np.bool_]:
        """Whether the kernel, which knows no channel, sees each request's stock."""
        plain = np.ones(len(asked.ids), np.bool_)
        if asked.channels is not None:
            plain = np.array([channel is None for channel in asked.channels], np.bool_)
        alike = self._router.lens is None and not self._composed
        if alike or not len(plain):
            return plain
        wanted = asked.wanted[:, W_SKU]
        odd = [
            sku
            for sku in np.unique(wanted).tolist()
            if sku in self._composed.recipes
            or not self._lens.sees_plainly(PLAIN, (sku,))
        ]
        if odd:
            seen = np.isin(wanted, odd, invert=True)
            plain &= np.logical_and.reduceat(seen, asked.starts[:-1])
        return plain

    def _reserve_plain(self, asked: HoldColumns, own: Terms) -> tuple[I8, I8]:
        """Let the kernel reserve; status of each request, quanta held by each line."""
        terms = print_hold_terms(own.ttl_s, own.partial, None)
        requests = Requests(
            asked.ids,
            asked.wanted,
            asked.starts,
            np.full(len(asked.ids), terms, np.int64),
            own.expires_s(self._state.now),
            partial=own.partial,
            sticky=own.sticky,
        )
        run = Reserving(self._state, requests, self._adopt_holds)
        run.run()
        return run.status, run.held()

    def _reserve_each(self, asked: HoldColumns, own: Terms) -> tuple[I8, I8]:
        """Reserve one after the other what the kernel does not see as its askers do."""
        status, held = np.empty(len(asked.ids), np.int64), np.zeros_like(asked.rows)
        catalogue = self._state.catalogue
        starts, lines = asked.starts.tolist(), asked.wanted.tolist()
        for i, id in enumerate(asked.ids):
            channel = None if asked.channels is None else asked.channels[i]
            some = lines[starts[i] : starts[i + 1]]
            cells: Cells = {}
            for sku, node, quanta in some:
                cells[sku, node] = cells.get((sku, node), 0) + quanta
            fresh = id not in self._state.book.ids.numbers
            placed = self._reserve_cells(cells, id, own._replace(channel=channel))
            status[i] = placed.status
            if placed.reservation is None or not (fresh and placed.reserved):
                continue
            had = dict(cells)
            for line in placed.shortages:
                assert line.node is not None
                cell = catalogue.sku(line.sku), catalogue.node(line.node)
                places = int(catalogue.decimals[cell[0]])
                had[cell] -= to_quanta(line.quantity, places, "quantity")
            for k, (sku, node, quanta) in enumerate(some, starts[i]):
                held[k] = min(quanta, had.get((sku, node), 0))
                had[sku, node] = had.get((sku, node), 0) - int(held[k])
        return status, held


def _cut(asked: HoldColumns, first: int, end: int) -> HoldColumns:
    """Return some of the requests; the whole, as it is, where that is all of them."""
    if first == 0 and end == len(asked.ids):
        return asked
    lines = slice(asked.starts[first], asked.starts[end])
    return HoldColumns(
        asked.ids[first:end],
        asked.wanted[lines],
        asked.starts[first : end + 1] - asked.starts[first],
        asked.rows[lines],
        asked.channels and asked.channels[first:end],
    )
