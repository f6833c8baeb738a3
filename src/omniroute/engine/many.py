"""Many reservations at once, from columns."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omniroute.engine.in_turn import InTurn
from omniroute.engine.terms import (
    I8,
    Duration,
    Instant,
    Terms,
    ttl_seconds,
)
from omniroute.errors import ValidationError
from omniroute.kernels.stock.wanted import W_SKU
from omniroute.model.checks import flag
from omniroute.model.instant import to_seconds
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
from omniroute.stock.hold_frames import (
    NO_DUE,
    HoldColumns,
    holds_from_columns,
    one_of_both,
    with_due,
)
from omniroute.stock.hold_lines import HoldLines, lines_of
from omniroute.stock.state import State


class Many(InTurn):
    """See `omniroute.engine.Engine`."""

    def reserve_many(
        self,
        lines: Any,
        *,
        ttl: Duration = None,
        partial: bool = False,
        sticky: bool = False,
        channel: str | None = None,
        due: Instant = None,
        now: Instant = None,
    ) -> HoldBatch:
        """Reserve stock under many ids, one after the other.

        As if `reserve` were called for each id, at batch speed where no channel, rule
        or threshold has to be looked at, all is wanted at once and at a node, and no
        hold is replaced.

        Parameters
        ----------
        lines
            A dict of columns or a data frame: ``id``, ``sku``, ``node`` (a gap: at none
            yet), ``quantity``. Rows of one id are lines of one reservation, all or
            nothing; rows of one id and cell are one line of it, their sum. It may have
            ``due``, when a row is wanted (a gap: at once), and what all rows of an id
            have alike: ``channel``, and ``supersedes``, the id of a hold that is
            replaced.
        channel
            The channel all come through, for a frame that has no such column.
        due
            When all is wanted that does not say.
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
            asked = self._through(one_of_both(_due_by(asked, due)), channel)
            self._check_parts(asked)
            self._advance(now)
            ttl_s = ttl_seconds(ttl, self._state.now)
            lines = lines_of(asked)
            self._round_packs(lines.asked)
            return self._reserve_all(lines, Terms(ttl_s, partial, None, sticky))

    def commit_many(self, ids: Iterable[str], now: Instant = None) -> NDArray[np.int8]:
        """Make many holds firm: int8, the `Status` of each as `commit` would tell.

        Raises
        ------
        ValidationError
            No sequence of ids; nothing has changed.

        Examples
        --------
        >>> import omniroute as om
        >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
        >>> nodes = [om.Node("N1"), om.Node("N2", order_cost=1)]
        >>> engine = om.Engine(om.Network(nodes, [ground]), [om.Item("BOLT")])
        >>> engine.apply([om.Receive("BOLT", "N1", 4), om.Receive("BOLT", "N2", 6)])
        Applied(2)
        >>> engine.reserve({("BOLT", "N1"): 3}, id="A-1", ttl="15min").status.name
        'OK'
        >>> engine.commit_many(["A-1", "A-2"]).tolist()
        [0, 4]
        >>> om.Status(4).name
        'UNKNOWN_RESERVATION'
        """
        return self._take_many(commit_many, ids, now)

    def fulfil_many(self, ids: Any, now: Instant = None) -> NDArray[np.int8]:
        """Let go what many hold: int8, the `Status` of each as from `fulfil`.

        Parameters
        ----------
        ids
            Ids, of reservations of which all goes. Or a frame as for `reserve_many`, of
            what has left: rows of one id are one step, all of it or nothing, and each
            of them has its status in the answer. A row without ``due`` means the units
            that are due first.
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
            return self._take_parts(fulfil_parts, life.fulfil, ids, now)
        with self._whole:
            found = ids_of(ids)
            self._advance(now)
            if not self._hold_what_stays(found):
                return self._take_many(fulfil_many, found, now)
            return np.array([self._fulfil_one(id) for id in found], np.int8)

    def _hold_what_stays(self, ids: Sequence[str]) -> bool:
        """Whether any of them may hold what falls due later, or is at no node yet."""
        return bool(self._state.unbound.held) or self._hold_later(ids)

    def _hold_later(self, ids: Sequence[str]) -> bool:
        """Whether any of them holds what falls due later."""
        dated, numbers = self._state.dated, self._state.book.ids.numbers
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
            return self._take_parts(cancel_parts, life.cancel, ids, now)
        return self._take_many(cancel_many, ids, now)

    def release_many(self, ids: Iterable[str], now: Instant = None) -> NDArray[np.int8]:
        """Give many back: int8, the `Status` of each as `release` would tell.

        Raises
        ------
        ValidationError
            No sequence of ids; nothing has changed.

        Examples
        --------
        >>> import omniroute as om
        >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
        >>> nodes = [om.Node("N1"), om.Node("N2", order_cost=1)]
        >>> engine = om.Engine(om.Network(nodes, [ground]), [om.Item("BOLT")])
        >>> engine.apply([om.Receive("BOLT", "N1", 4), om.Receive("BOLT", "N2", 6)])
        Applied(2)
        >>> engine.reserve({("BOLT", "N1"): 3}, id="A-1", ttl="15min").status.name
        'OK'
        >>> engine.release_many(["A-1"]).tolist(), engine.available_to_promise("BOLT")
        ([0], 10)
        """
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
        step: Callable[[State, str, Cells | None], life.Step],
        lines: Any,
        now: Instant,
    ) -> NDArray[np.int8]:
        with self._whole:
            asked = holds_from_columns(lines, self._state.catalogue)
            self._advance(now)
            apart = (asked.later | asked.at_no_node).any()
            if apart or self._hold_later(asked.ids):
                # The kernel lets go of what lies at a node now, the oldest line first.
                status = self._take_each(step, asked)
            else:
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
            status[first:end], held[lines] = reserve(asked.cut(first, end), own)
            first = end
        return HoldBatch(asked.ids, status, each.by_row(held))

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


def _due_by(asked: HoldColumns, due: Instant) -> HoldColumns:
    """Return the requests with a time for the lines that do not say."""
    if due is None:
        return asked
    second = to_seconds(due, "due")
    said = np.full(len(asked.rows), NO_DUE) if asked.due is None else asked.due
    return with_due(asked, np.where(said == NO_DUE, second, said))
