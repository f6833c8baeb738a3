"""The reservation book: who holds what, and until when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

import attrs
import numpy as np
from numpy.typing import NDArray
from sortedcontainers import SortedList

from omniroute.codes import ReservationState
from omniroute.errors import UnknownReservationError
from omniroute.kernels.book import (
    C_LINES,
    C_RESERVATIONS,
    COUNTERS,
    H_CREATED,
    H_EXPIRES,
    H_FIRST,
    H_LINES,
    H_STATE,
    HEAD_WIDTH,
    LINE_WIDTH,
)
from omniroute.stock.growth import grown
from omniroute.stock.ids import Ids

I8 = NDArray[np.int64]


@attrs.frozen
class Reservation:
    """One reservation as it stands, in numbers of the state.

    Parameters
    ----------
    id
        The caller's id.
    state
        Where it stands.
    expires_s
        Second UTC at which a hold ends; 0 for none.
    created_s
        Second UTC at which it was opened.
    lines
        (SKU number, node index, quanta taken, quanta still held), in order.
    """

    id: str
    state: ReservationState
    expires_s: int
    created_s: int
    lines: tuple[tuple[int, int, int, int], ...]


class Book:
    """Reservations in arrays, numbered in the order they were opened.

    Attributes
    ----------
    heads : int64[R, 8]
        One row a reservation, columns ``kernels.book.H_*``; the first ``len(book)`` are
        in use.
    lines : int64[L, 4]
        One row a line, columns ``L_*``; lines of a reservation are adjacent.
    counters : int64[4]
        Reservations and lines in use, the last engine time, the last fault.
    ids : Ids
        Reservation ids and numbers.
    agenda : SortedList of (int, str)
        (Expiry, id) of the holds that are open: what time will change with no event.
    """

    __slots__ = ("agenda", "counters", "heads", "ids", "lines")

    #: Headers and lines there is room for at first.
    ROOM: ClassVar[int] = 64

    def __init__(self) -> None:
        self.heads = np.zeros((self.ROOM, HEAD_WIDTH), np.int64)
        self.lines = np.zeros((self.ROOM, LINE_WIDTH), np.int64)
        self.counters = np.zeros(COUNTERS, np.int64)
        self.ids = Ids()
        self.agenda = SortedList()

    def __len__(self) -> int:
        """Reservations ever opened."""
        return int(self.counters[C_RESERVATIONS])

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays, room to spare included."""
        return int(self.heads.nbytes + self.lines.nbytes)

    def make_room(self, reservations: int, lines: int) -> None:
        """Have room for that many more of each; amortised O(1)."""
        self.heads = grown(self.heads, len(self) + reservations)
        self.lines = grown(self.lines, int(self.counters[C_LINES]) + lines)

    def number(self, id: str, path: str = "id") -> int:
        """Return the number of a reservation.

        Raises
        ------
        UnknownReservationError
            No reservation has this id.
        """
        try:
            return self.ids.numbers[id]
        except (KeyError, TypeError):
            raise UnknownReservationError(id, path) from None

    def lines_of(self, number: int) -> I8:
        """Lines of a reservation, int64[n, 4]: a view good until the next change."""
        first = int(self.heads[number, H_FIRST])
        return self.lines[first : first + int(self.heads[number, H_LINES])]

    def reservation(self, number: int) -> Reservation:
        """One reservation as it stands."""
        head = self.heads[number].tolist()
        return Reservation(
            id=self.ids.texts[number],
            state=ReservationState(head[H_STATE]),
            expires_s=head[H_EXPIRES],
            created_s=head[H_CREATED],
            lines=tuple(tuple(line) for line in self.lines_of(number).tolist()),
        )

    def due(self, now: int) -> list[str]:
        """Ids of the holds that end at or before ``now``, by expiry, then id."""
        last = (now + 1,)
        return [id for _, id in self.agenda.irange(None, last, (True, False))]

    def note_opened(self, ids: Sequence[str], first: int) -> None:
        """Name reservations the kernel has opened, and put holds on the agenda.

        They are numbered from ``first``, which comes after all that have a name.
        """
        if len(ids) > 1:
            self._note_many(ids, first)
            return
        for number, id in enumerate(ids, first):
            self.ids.add(id)
            expires = int(self.heads[number, H_EXPIRES])
            if expires:
                self.agenda.add((expires, id))

    def _note_many(self, ids: Sequence[str], first: int) -> None:
        """Do it by columns, whose fixed cost is more than all that one costs."""
        self.ids.add_all(ids)
        expiries = self.heads[first : first + len(ids), H_EXPIRES].tolist()
        pairs = zip(expiries, ids, strict=True)
        self.agenda.update([pair for pair in pairs if pair[0]])

    def note_resolved(self, numbers: Iterable[int]) -> None:
        """Take reservations the kernel has ended off the agenda."""
        for number in numbers:
            expires = int(self.heads[number, H_EXPIRES])
            if expires:
                self.agenda.remove((expires, self.ids.texts[number]))
