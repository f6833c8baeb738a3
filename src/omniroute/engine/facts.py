"""Stock facts: what has happened to stock, taken in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from omniroute._show import Columns
from omniroute.engine.core import Core
from omniroute.engine.terms import (
    Instant,
)
from omniroute.errors import (
    UnknownIdError,
    ValidationError,
)
from omniroute.model.checks import one_of
from omniroute.stock import decide, intake
from omniroute.stock.any_event import CellEvent
from omniroute.stock.applied import ONE, Applied
from omniroute.stock.effects import EffectBatch, stock
from omniroute.stock.event_errors import as_event_error
from omniroute.stock.events import Event, resolve
from omniroute.stock.frames import is_frame
from omniroute.stock.shelf import with_lots
from omniroute.stock.show import (
    CellStock,
    cell_stock,
    inbound_columns,
    lot_columns,
    shortage_columns,
)
from omniroute.stock.supply_events import SupplyEvent
from omniroute.stock.taken_in import Errors, Intake, count_unchanged, is_idle


class Facts(Core):
    """See `omniroute.engine.Engine`."""

    def apply(
        self,
        events: Event | SupplyEvent | Iterable[Event | SupplyEvent] | Any,
        now: Instant = None,
        *,
        on_error: str = "raise",
    ) -> Applied:
        """Take in events: one, many, or the columns of a frame.

        Parameters
        ----------
        events
            `Receive`, `Return`, `Adjust`, `Count`, `Sell`, `Safety`, `Move`, `Expect`,
            `Arrive`, `Reschedule`, `CancelInbound` or `TransferOut` objects; or a dict
            of columns or a data frame with ``sku``, ``node``, ``quantity`` and
            ``event`` ("receive", "count", "transfer_out", ...; "receive" if there is
            none), and where they are wanted ``at``, ``event_id``, or ``source`` and
            ``sequence``.
        now
            The time; the engine's clock by default.
        on_error
            "raise": all events or none. "skip": leave out what is wrong and say so in
            the answer.

        Returns
        -------
        Applied
            The number of events taken in, with those that came twice, too late, or
            were skipped beside it.

        Raises
        ------
        ValidationError, UnknownIdError
            A bad event, named by its path (``events[17].quantity``); nothing changed.

        Notes
        -----
        An event that comes again is applied once, if it has an ``event_id`` (remembered
        for the engine's retention) or a ``source`` and ``sequence``. Events with ``at``
        may come in any order, and so may those of a source by their numbers: see `Count`.
        """
        if on_error != "raise":
            one_of(on_error, "on_error", ("raise", "skip"))
        with self._whole:
            at = self._time(now)
            if at >= self._state.lots.next_s:
                # A fact of now is about what is left once lots have ended.
                self._commit(decide.expire(self._state, at))
            if isinstance(events, CellEvent) and events.is_simple:
                return self._apply_one(events, at, on_error == "skip")
            return self._apply_many(events, at, on_error == "skip")

    def _apply_one(self, event: CellEvent, at: int, skip: bool) -> Applied:
        """Take the short way for what is most frequent: one fact about a cell."""
        try:
            what, sku, node, quanta, _ = resolve(event, self._state.catalogue)
            row = stock(what, sku, node, quanta, at)
            lots = self._state.lots.cells
            if lots and (sku, node) in lots:
                batch = with_lots(self._state, EffectBatch([row]))
                self._state.apply(batch)
                rows = batch.rows
            else:
                rows = self._state.apply_row(row)
        except (ValidationError, UnknownIdError) as error:
            told = as_event_error(error, event, self._state.catalogue)
            if not skip:
                raise told from None
            return Applied(0, errors=(told,))
        idle = is_idle(what, rows)
        if self._guarding or self._state.dated.demand:
            batch = EffectBatch(rows.copy())
            kept = self._dipped(batch, batch.rows)
            self._note(self._guarded(kept, batch.rows) if self._guarding else kept)
        else:
            self._note_rows(rows)
        if at != self._state.now:
            self._commit(decide.expire(self._state, at))
        return Applied(1, unchanged=1) if idle else ONE

    def _apply_many(self, events: Any, at: int, skip: bool) -> Applied:
        if isinstance(events, Iterable) and not is_frame(events):
            events = events if isinstance(events, str) else list(events)
        # What is wrong with others may be owed to one of these: it is looked at anew.
        refused: Errors = {}
        found = self._read(events, at, skip, refused, ordered=True)
        while True:
            try:
                self._state.apply(found.batch)
                break
            except ValidationError as error:
                if found.ordered:
                    # Applied as they came, the first that is bad shows.
                    found = self._read(events, at, skip, refused, ordered=False)
                    continue
                owner, blamed = found.blame(error, events, self._state.catalogue)
                if not skip:
                    raise blamed from None
                refused[owner] = blamed
                found = self._read(events, at, skip, refused, ordered=False)
        unchanged = count_unchanged(found.batch)
        kept = self._dipped(found.batch, found.batch.rows)
        if self._guarding:
            kept = self._guarded(kept, found.batch.rows)
        if len(kept):
            self._note(kept)
        # Last, so that events that are refused leave even the time as it was; what was
        # known of holds does not bear on facts.
        self._commit(decide.expire(self._state, at))
        return found.answer(unchanged)

    def _read(
        self,
        events: Any,
        at: int,
        skip: bool,
        errors: Errors,
        *,
        ordered: bool,
    ) -> Intake:
        return intake.read(self._state, events, at, skip, errors, ordered=ordered)

    def stock(self, sku: str, node: str, *, now: Instant = None) -> CellStock:
        """Everything there is to say of one cell: on hand, unavailable, reserved, ...

        Raises
        ------
        UnknownSkuError, UnknownNodeError
            An id that the engine does not know.

        Examples
        --------
        >>> import omniroute as om
        >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
        >>> engine = om.Engine(om.Network([om.Node("N1")], [ground]), [om.Item("BOLT")])
        >>> engine.apply([om.Receive("BOLT", "N1", 9), om.Safety("BOLT", "N1", 1)])
        Applied(2)
        >>> engine.apply(om.Move("BOLT", "N1", 2, "on_hand", "damaged"))
        Applied(1)
        >>> engine.stock("BOLT", "N1")
        CellStock(on_hand=7, unavailable={'damaged': 2}, safety=1, soft=0, firm=0, \
inbound=0, free=6)
        """
        with self._lock:
            self._advance(now)
            return cell_stock(self._state, sku, node)

    def inbound(
        self,
        sku: str | None = None,
        node: str | None = None,
        *,
        closed: bool = False,
        now: Instant = None,
    ) -> Columns:
        """Return what is on its way as columns, by due time and then id.

        ``id``, ``type``, ``sku``, ``node``, ``due`` and ``sell_by`` (datetime64, UTC;
        NaT for what does not end), ``expected``, ``arrived`` and ``open`` (units).
        O(entries).

        Parameters
        ----------
        sku, node
            Limit to one of either.
        closed
            Also those of which nothing is still to come.
        now
            The time; the engine's clock by default.

        Raises
        ------
        UnknownSkuError, UnknownNodeError
            An id that the engine does not know.
        """
        with self._lock:
            self._advance(now)
            return Columns(inbound_columns(self._state, sku, node, closed))

    def lots(
        self, sku: str | None = None, node: str | None = None, *, now: Instant = None
    ) -> Columns:
        """Return lots, units that can be sold until some time, as columns.

        ``sku``, ``node``, ``sell_by`` (datetime64, UTC) and ``quantity`` (units), the
        first to end first. O(lots). Units in no lot do not end.

        Parameters
        ----------
        sku, node
            Limit to one of either.
        now
            The time; the engine's clock by default.

        Raises
        ------
        UnknownSkuError, UnknownNodeError
            An id that the engine does not know.

        Examples
        --------
        >>> import omniroute as om
        >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
        >>> shop = om.Network([om.Node("N1")], [ground])
        >>> engine = om.Engine(shop, [om.Item("MILK")], clock=lambda: 1_700_000_000)
        >>> engine.apply(om.Receive("MILK", "N1", 9, sell_by=1_700_100_000))
        Applied(1)
        >>> engine.apply(om.Sell("MILK", "N1", 2))
        Applied(1)
        >>> engine.lots("MILK")["quantity"]
        [7]
        >>> engine.stock("MILK", "N1", now=1_700_100_000).unavailable
        {'expired': 7}
        """
        with self._lock:
            self._advance(now)
            return Columns(lot_columns(self._state, sku, node))

    def shortages(self, *, now: Instant = None) -> Columns:
        """Return cells with more reserved than is on hand, as columns. O(cells).

        ``sku``, ``node``, ``on_hand``, ``reserved`` and ``short`` (units): what a till
        sold, a count did not find, or what ended before it was fulfilled.
        """
        with self._lock:
            self._advance(now)
            return Columns(shortage_columns(self._state))
