"""What comes after a plan, as the state keeps it: who declined, and who waits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import E_NODE, E_REFERENCE, E_WHAT, Effect, ReservationState
from omniroute.errors import UnknownReservationError, ValidationError
from omniroute.kernels.stock.book import H_STATE
from omniroute.stock.declines import Declines
from omniroute.stock.effects import EffectBatch
from omniroute.stock.parked import Parked

if TYPE_CHECKING:
    from omniroute.stock.book import Book

_HOLD = int(Effect.HOLD)
_DECLINE, _REST = int(Effect.DECLINE), int(Effect.REST)


class After:
    """Declines and what is parked, over one book of reservations.

    Both are about open reservations: what has ended is left out of every answer, and
    forgotten when it is half of all there is.

    Parameters
    ----------
    book
        Read, never modified.

    Attributes
    ----------
    declines : Declines
        Who declined, and who rests.
    parked : Parked
        Who waits for what.
    """

    __slots__ = ("_book", "_sweep_at", "declines", "parked")

    #: Reservations there may be before ended ones are looked for.
    LEAST = 64

    def __init__(self, book: Book) -> None:
        self._book = book
        self.declines = Declines()
        self.parked = Parked()
        self._sweep_at = self.LEAST

    # -- changes -----------------------------------------------------------------------

    def check(self, batch: EffectBatch, skus: int, nodes: int) -> None:
        """Require that the rows can be applied, once the others have been.

        Raises
        ------
        ValidationError
            The path says which cannot.
        """
        rows = batch.rows
        what, node = rows[:, E_WHAT], rows[:, E_NODE]
        known = len(self._book) + int((what == _HOLD).sum())
        number = rows[:, E_REFERENCE]
        bad = ((what == _DECLINE) | (what == _REST)) & ((node < 0) | (node >= nodes))
        bad |= (what == _DECLINE) & ((number < 0) | (number >= known))
        if bad.any():
            i = int(bad.argmax())
            expected = "a reservation, and a node of the catalogue"
            raise ValidationError(f"effects[{i}]", expected, rows[i].tolist())
        self.parked.check(batch, known, skus)

    def apply(self, batch: EffectBatch) -> None:
        """Apply the rows, which `check` has let pass."""
        self.declines.apply(batch.rows)
        self.parked.apply(batch)
        if len(self.parked.terms) + len(self.declines.by) > self._sweep_at:
            self._sweep()

    def _sweep(self) -> None:
        numbers = {*self.parked.terms, *self.declines.by}
        ended = {number for number in numbers if not self._is_open(number)}
        self.parked.forget(ended)
        self.declines.forget(ended)
        left = len(self.parked.terms) + len(self.declines.by)
        self._sweep_at = max(self.LEAST, 2 * left)

    # -- questions ---------------------------------------------------------------------

    def _is_open(self, number: int) -> bool:
        return bool(self._book.heads[number, H_STATE] <= ReservationState.FIRM)

    def waits_for(self, number: int) -> dict[int, int]:
        """Quanta by SKU number that an open reservation waits for."""
        wanted = self.parked.wanted
        if number not in wanted or not self._is_open(number):
            return {}
        return wanted[number]

    def in_turn(self) -> list[int]:
        """Numbers of the reservations that wait, the longest waiting first."""
        return [number for number in self.parked.in_turn() if self._is_open(number)]

    def turn_of(self, number: int) -> tuple[int, int]:
        """Return the turn of a reservation that waits, or waited lately.

        Raises
        ------
        UnknownReservationError
            It never did, or that is forgotten.
        """
        if number not in self.parked.terms:
            raise UnknownReservationError(self._book.ids.texts[number], "after")
        return self.parked.turn(number)

    # -- proof -------------------------------------------------------------------------

    def records(
        self, skus: NDArray[np.uint64], nodes: NDArray[np.uint64]
    ) -> Iterator[NDArray[np.uint64]]:
        """Words the digest mixes."""
        if not (self.declines or self.parked):
            return
        named = {*self.parked.wanted, *self.declines.by}
        open_ = {number for number in named if self._is_open(number)}
        reservations = self._book.ids.hashes()
        yield from self.declines.records(nodes, reservations, open_)
        yield from self.parked.records(skus, reservations, open_)
