"""The reservation book: who holds what, and until when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import attrs
import numpy as np
from numpy.typing import NDArray

from omniroute._show import Rows, Shown
from omniroute.codes import ReservationState
from omniroute.errors import UnknownReservationError
from omniroute.kernels.stock.book import (
    C_LINES,
    C_RESERVATIONS,
    COUNTERS,
    H_CREATED,
    H_EXPIRES,
    H_FIRST,
    H_LAST,
    H_LINES,
    H_STATE,
    HEAD_WIDTH,
    L_DUE,
    L_NEXT,
    LINE_WIDTH,
)
from omniroute.stock.agenda import Agenda
from omniroute.stock.growth import grown
from omniroute.stock.ids import Ids

I8 = NDArray[np.int64]

#: Looked up once: a member of an enum costs 70 ns each time.
_SOFT, _FIRM = ReservationState.SOFT, ReservationState.FIRM


@attrs.frozen
class Reservation(Shown):
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
        (SKU number, node index, quanta taken, quanta still held, quanta that have
        left), in order. What is none of the last two has been given back.
        `Engine.reservations` tells them by their ids.
    due_s
        Second UTC at which each line falls due, 0 for what holds stock already; empty
        where nothing falls due later.

    Examples
    --------
    >>> import omniroute as om
    >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
    >>> nodes = [om.Node("N1"), om.Node("N2", order_cost=1)]
    >>> engine = om.Engine(om.Network(nodes, [ground]), [om.Item("BOLT")], clock=lambda: 0)
    >>> engine.apply([om.Receive("BOLT", "N1", 4), om.Receive("BOLT", "N2", 6)])
    Applied(2)
    >>> engine.reserve({("BOLT", "N2"): 3}, id="A-1").status.name
    'OK'
    >>> found = engine.reservation("A-1")
    >>> found.state is om.ReservationState.FIRM, found.lines
    (True, ((0, 1, 3, 3, 0),))
    >>> engine.items[0].sku, engine.network.node_ids[1]
    ('BOLT', 'N2')
    """

    id: str
    state: ReservationState
    expires_s: int
    created_s: int
    lines: tuple[tuple[int, int, int, int, int], ...]
    due_s: tuple[int, ...] = ()

    def _rows(self) -> Rows:
        head = ["line", "sku", "node", "taken", "held", "left"]
        rows = enumerate(self.lines)
        return [head, *([str(i), *map(str, line)] for i, line in rows)]


def just_held(
    id: str, cells: dict[tuple[int, ...], int], expires_s: int, now: int
) -> Reservation:
    """Return a reservation that was made this moment, without a look into the book."""
    state = _SOFT if expires_s else _FIRM
    lines = tuple([(sku, node, n, n, 0) for (sku, node), n in cells.items()])
    return Reservation(id, state, expires_s, now, lines)


class Book:
    """Reservations in arrays, numbered in the order they were opened.

    Attributes
    ----------
    heads : int64[R, 9]
        One row a reservation, columns ``kernels.stock.book.H_*``; the first ``len(book)``
        are in use.
    lines : int64[L, 8]
        One row a line, columns ``L_*``; each says which is next of its reservation.
    counters : int64[4]
        Reservations and lines in use, the last engine time, the last fault.
    ids : Ids
        Reservation ids and numbers.
    agenda : Agenda
        When holds end: what time will change with no event.
    """

    __slots__ = ("agenda", "counters", "heads", "ids", "lines")

    #: Headers and lines there is room for at first.
    ROOM: ClassVar[int] = 64

    def __init__(self) -> None:
        self.heads = np.zeros((self.ROOM, HEAD_WIDTH), np.int64)
        self.lines = np.zeros((self.ROOM, LINE_WIDTH), np.int64)
        self.counters = np.zeros(COUNTERS, np.int64)
        self.ids = Ids()
        self.agenda = Agenda()

    def __len__(self) -> int:
        """Reservations ever opened."""
        return self.counters.item(C_RESERVATIONS)

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
        """Lines of a reservation, int64[n, 8], in order; good until the next change."""
        head = self.heads[number]
        first, count = int(head[H_FIRST]), int(head[H_LINES])
        if not count:
            return self.lines[:0]
        if int(head[H_LAST]) - first == count - 1:
            return self.lines[first : first + count]
        places, next_ = [first], self.lines[:, L_NEXT]
        while len(places) < count:
            places.append(int(next_[places[-1]]))
        return self.lines[places]

    def reservation(self, number: int) -> Reservation:
        """One reservation as it stands."""
        head = self.heads[number].tolist()
        lines = self.lines_of(number).tolist()
        due = tuple(line[L_DUE] for line in lines)
        return Reservation(
            id=self.ids.texts[number],
            state=ReservationState(head[H_STATE]),
            expires_s=head[H_EXPIRES],
            created_s=head[H_CREATED],
            lines=tuple(tuple(line[:5]) for line in lines),
            due_s=due if any(due) else (),
        )

    def due(self, now: int) -> I8:
        """Numbers of the holds that end at or before ``now``: by expiry, then number."""
        return self.agenda.due(now, self.heads)

    def note_opened(self, ids: Sequence[str], first: int) -> None:
        """Name reservations the kernel has opened, and put holds on the agenda.

        Their numbers count on from ``first``.
        """
        if len(ids) == 1:
            self.ids.add(ids[0])
            expires = self.heads.item(first, H_EXPIRES)
            if expires:
                self.agenda.add(expires, first)
            return
        self.ids.add_all(ids)
        end = first + len(ids)
        ends = self.heads[first:end, H_EXPIRES]
        if ends.min() != ends.max():
            self.note_expiry(range(first, end))
        elif ends[0]:
            self.agenda.add_run(int(ends[0]), first, end)

    def note_expiry(self, numbers: Sequence[int]) -> None:
        """Put holds on the agenda at the expiry their headers tell now."""
        add = self.agenda.add
        ends = self.heads[numbers, H_EXPIRES].tolist()
        for number, expires in zip(numbers, ends, strict=True):
            if expires:
                add(expires, number)
