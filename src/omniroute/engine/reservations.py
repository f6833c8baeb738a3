"""Reservations as they stand: what they hold, and what of it has no stock behind it."""

from __future__ import annotations

from omniroute._show import Columns
from omniroute.engine.core import Core
from omniroute.engine.terms import (
    Instant,
)
from omniroute.model.hold_line import HoldLine
from omniroute.reservations.lines import (
    hold_lines,
)
from omniroute.reservations.query import reservation_columns
from omniroute.reservations.seen import (
    missing_of,
)
from omniroute.stock.book import Reservation


class Reservations(Core):
    """See `omniroute.engine.Engine`."""

    def reservations(
        self,
        *,
        open: bool = True,
        sku: str | None = None,
        node: str | None = None,
        now: Instant = None,
    ) -> Columns:
        """Return what reservations hold, as columns, one row a line. O(lines).

        ``id``, ``state``, ``expires_s`` (0: none), ``sku``, ``node``, ``due_s`` (0: it
        holds stock already), and in quanta what a line holds now, what it took at first
        and what has left.

        Parameters
        ----------
        open
            Only lines that hold something; else those that no longer do as well.
        sku, node
            Only lines of this SKU, or at this node.
        now
            The time; the engine's clock by default.

        Raises
        ------
        UnknownSkuError, UnknownNodeError
            An id that the engine does not know.
        """
        with self._lock:
            catalogue = self._state.catalogue
            number = None if sku is None else catalogue.sku(sku)
            place = None if node is None else catalogue.node(node)
            self._advance(now)
            return Columns(reservation_columns(self._state, open, number, place))

    def reservation(self, id: str, now: Instant = None) -> Reservation:
        """Return a reservation as it stands.

        Raises
        ------
        UnknownReservationError
            No reservation has this id.
        """
        with self._lock:
            self._advance(now)
            return self._state.book.reservation(self._state.book.number(id))

    def backordered(self, id: str, now: Instant = None) -> tuple[HoldLine, ...]:
        """Return what a reservation holds with no stock behind it, where rules warn.

        As stock stands now: what is missing of a cell is the last that was promised of
        it, so all reservations of the cell are told of it.

        Raises
        ------
        UnknownReservationError
            No reservation has this id.
        """
        with self._lock:
            self._advance(now)
            number = self._state.book.number(id)
            return hold_lines(
                self._state.catalogue, missing_of(self._state, self._guard, number)
            )
