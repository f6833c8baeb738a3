"""Reserving stock at named cells: requests into the kernel, its effects to the state."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from omniroute._whole import Whole
from omniroute.codes import EFFECT_WIDTH, STATUS, Status
from omniroute.kernels.stock.holds import (
    BROKEN,
    DONE,
    K_EFFECTS,
    K_END,
    K_EXPIRES,
    K_IDS,
    K_LINES,
    K_NEXT,
    K_NOW,
    K_PARTIAL,
    K_STATUS,
    K_STICKY,
    K_TERMS,
    K_WIDTH,
    NEED_BOOK,
    NEED_EFFECTS,
    reserve_cells,
    reserve_one,
)
from omniroute.kernels.stock.wanted import WANTED_WIDTH, print_many
from omniroute.reservations.lines import Cells
from omniroute.reservations.standing import repeated
from omniroute.stock.state import State

I8 = NDArray[np.int64]

#: Rows of the effect buffer: 2 MB, handed on whenever it is full.
EFFECT_ROWS = 1 << 15
#: Rows a request needs besides its lines.
_EXTRA_ROWS = 3
#: Looked up once: a member of an enum costs 70 ns each time.
_OK = Status.OK
#: Takes in effects that the kernel has applied: rows, how many of them, the ids in them.
Adopt = Callable[[I8, int, Sequence[str]], None]


class Requests:
    """What is to be held under which ids.

    Parameters
    ----------
    ids
        The callers' ids, each once.
    wanted
        int64[n, 3]: SKU number, node index, quanta above 0, request by request.
    starts
        int64[m + 1]: where the lines of each request begin, and where the last end.
    terms
        int64[m]: fingerprint of each request's terms.
    expires_s
        Second at which the holds end; 0 reserves firmly.
    partial
        Hold what can be had where not everything can.
    sticky
        Write refusals down, so that the same request is refused again.
    """

    __slots__ = ("expires_s", "ids", "partial", "starts", "sticky", "terms", "wanted")

    def __init__(
        self,
        ids: Sequence[str],
        wanted: I8,
        starts: I8,
        terms: I8,
        expires_s: int,
        *,
        partial: bool,
        sticky: bool,
    ) -> None:
        self.ids = ids
        self.wanted = wanted
        self.starts = starts
        self.terms = terms
        self.expires_s = expires_s
        self.partial = partial
        self.sticky = sticky


class OneHold:
    """Reserves one request at a time, with memory that is kept between calls.

    What a batch does once costs as much as the kernel where it is done for each.

    Parameters
    ----------
    state
        What is reserved from.
    adopt
        Takes in the effects.
    """

    __slots__ = (
        "_adopt",
        "_control",
        "_effects",
        "_set",
        "_state",
        "_taken",
        "_wanted",
        "_words",
    )

    def __init__(self, state: State, adopt: Adopt) -> None:
        self._state = state
        self._adopt = adopt
        self._control = np.zeros(K_WIDTH, np.int64)
        self._set = _words(self._control)
        self._make_room(16)

    def _make_room(self, count: int) -> None:
        """Have room for so many lines, and as many again."""
        room = 2 * count
        self._wanted: I8 = np.empty((room, WANTED_WIDTH), np.int64)
        self._words = _words(self._wanted.reshape(-1))
        self._taken: I8 = np.empty(room, np.int64)
        self._effects: I8 = np.empty((room + _EXTRA_ROWS, EFFECT_WIDTH), np.int64)

    def reserve(
        self,
        id: str,
        cells: Cells,
        terms: int,
        expires_s: int,
        flags: tuple[bool, bool],
    ) -> tuple[Status, list[int]]:
        """Return what came of a request under a new id; if short, what each cell had.

        ``flags`` are whether part of it will do, and whether a refusal is written down.
        """
        self._write(cells)
        control = self._set
        control[K_LINES], control[K_TERMS] = len(cells), terms
        control[K_NOW], control[K_EXPIRES] = self._state.now, expires_s
        control[K_PARTIAL], control[K_STICKY] = flags
        control[K_EFFECTS] = control[K_IDS] = 0
        code = self._kernel()
        if code == NEED_BOOK:
            self._state.book.make_room(1, len(cells))
            code = self._kernel()
        assert code == DONE
        if control[K_IDS]:
            self._adopt(self._effects, control[K_EFFECTS], (id,))
        status = STATUS[control[K_STATUS]]
        if status is _OK:
            return status, []
        return status, self._taken[: len(cells)].tolist()

    def _kernel(self) -> int:
        state = self._state
        arena, book, catalogue = state.arena, state.book, state.catalogue
        return reserve_one(
            arena.rows,
            arena.cell_node,
            arena.planes,
            arena.sku_free,
            arena.sku_version,
            book.heads,
            book.lines,
            book.counters,
            self._wanted,
            catalogue.skus.marks(),
            catalogue.nodes.marks(),
            self._effects,
            self._taken,
            self._control,
        )

    def _write(self, cells: Cells) -> None:
        """Write the cells as the kernel reads them."""
        if len(cells) > len(self._wanted):
            self._make_room(len(cells))
        words, k = self._words, 0
        for (sku, node), quanta in cells.items():
            words[k], words[k + 1], words[k + 2] = sku, node, quanta
            k += WANTED_WIDTH

    def repeat(self, number: int, cells: Cells, terms: int) -> Status:
        """Return what to answer to a request under an id that is taken."""
        return repeated(self._state, number, self.print_of(cells), terms)

    def print_of(self, cells: Cells) -> int:
        """Return the fingerprint of lines at named cells."""
        catalogue = self._state.catalogue
        self._write(cells)
        starts = np.array((0, len(cells)), np.int64)
        found = np.zeros(1, np.int64)
        print_many(
            self._wanted, starts, catalogue.skus.marks(), catalogue.nodes.marks(), found
        )
        return int(found[0])


def _words(array: I8) -> memoryview[int]:
    """Return the same words, to be set one by one: in half the time an array takes."""
    return memoryview(array)  # type: ignore[arg-type]


class Reserving:
    """One call that reserves cells for many requests in turn.

    Parameters
    ----------
    state
        What is reserved from.
    requests
        What is to be held.
    adopt
        Takes in the effects.

    Attributes
    ----------
    status : int64[m]
        `Status` of each request.
    taken : int64[n]
        Quanta that each line holds; of a refused request, what there was for it.
    """

    __slots__ = (
        "_adopt",
        "_control",
        "_effects",
        "_fresh",
        "_named",
        "_requests",
        "_state",
        "status",
        "taken",
    )

    def __init__(self, state: State, requests: Requests, adopt: Adopt) -> None:
        self._state = state
        self._requests = requests
        self._adopt = adopt
        rows = len(requests.wanted) + _EXTRA_ROWS * len(requests.ids)
        self._effects: I8 = np.empty((min(rows, EFFECT_ROWS), EFFECT_WIDTH), np.int64)
        self._control = np.zeros(K_WIDTH, np.int64)
        self._named = np.empty(len(requests.ids), np.int64)
        self.status = np.full(len(requests.ids), -1, np.int64)
        self._fresh = self.status == -1
        self.taken = np.zeros(len(requests.wanted), np.int64)

    def run(self) -> None:
        """Reserve what can be reserved; ids that are taken are answered from the book."""
        requests, control = self._requests, self._control
        self._answer_taken()
        self._fresh = self.status == -1
        control[K_END] = len(requests.ids)
        control[K_EXPIRES] = requests.expires_s
        control[K_PARTIAL] = requests.partial
        control[K_STICKY] = requests.sticky
        control[K_NOW] = self._state.now
        while (code := self._kernel()) != DONE:
            assert code != BROKEN
            begun = int(control[K_NEXT])
            self._hand_on()
            self._help(code, begun)
            Whole.pause()
        self._hand_on()

    def held(self) -> I8:
        """Return quanta that each line holds because of this call."""
        requests = self._requests
        kept = (self.status == Status.OK) & self._fresh
        if requests.partial:
            kept |= (self.status == Status.SHORT) & self._fresh
        found: I8 = self.taken * np.repeat(kept, np.diff(requests.starts))
        return found

    def _answer_taken(self) -> None:
        """Answer the requests whose id the book has."""
        requests, numbers = self._requests, self._state.book.ids.numbers
        if numbers.keys().isdisjoint(requests.ids):
            return
        known = [i for i, id in enumerate(requests.ids) if id in numbers]
        prints = np.empty(len(requests.ids), np.int64)
        catalogue = self._state.catalogue
        print_many(
            requests.wanted,
            requests.starts,
            catalogue.skus.marks(),
            catalogue.nodes.marks(),
            prints,
        )
        for i in known:
            number = numbers[requests.ids[i]]
            lines, terms = int(prints[i]), int(requests.terms[i])
            self.status[i] = repeated(self._state, number, lines, terms)

    def _kernel(self) -> int:
        state, requests = self._state, self._requests
        arena, book, catalogue = state.arena, state.book, state.catalogue
        return int(
            reserve_cells(
                arena.rows,
                arena.cell_node,
                arena.planes,
                arena.sku_free,
                arena.sku_version,
                book.heads,
                book.lines,
                book.counters,
                requests.wanted,
                requests.starts,
                requests.terms,
                catalogue.skus.marks(),
                catalogue.nodes.marks(),
                self._effects,
                self.taken,
                self.status,
                self._named,
                self._control,
            )
        )

    def _hand_on(self) -> None:
        """Hand the effects the kernel has applied to the state and the log."""
        control, requests = self._control, self._requests
        used = int(control[K_EFFECTS])
        if not used:
            return
        ids = [requests.ids[i] for i in self._named[: control[K_IDS]].tolist()]
        self._adopt(self._effects, used, ids)
        control[K_EFFECTS] = control[K_IDS] = 0

    def _help(self, code: int, begun: int) -> None:
        """Give the kernel the room it lacks."""
        requests, starts = self._requests, self._requests.starts
        lines = int(starts[begun + 1] - starts[begun])
        if code == NEED_EFFECTS:
            if lines + _EXTRA_ROWS > len(self._effects):
                rows = lines + _EXTRA_ROWS
                self._effects = np.empty((rows, EFFECT_WIDTH), np.int64)
            return
        left = len(requests.ids) - begun
        self._state.book.make_room(left, int(starts[-1] - starts[begun]))
