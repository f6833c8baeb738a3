"""The kernel of a batch: its memory, its control words, and running it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import EFFECT_WIDTH
from omniroute.kernels.decide.batch import (
    B_ANSWERS,
    B_EXPIRES,
    B_FIRST_DAY,
    B_NEXT,
    B_NOW,
    B_PARTIAL,
    B_RESERVE,
    B_WIDTH,
    B_WORK,
    BROKEN,
    NEED_ANSWERS,
    NEED_BOOK,
    NEED_EFFECTS,
    route_batch,
)
from omniroute.kernels.decide.route import NEED_ROOM, NEED_WORK
from omniroute.kernels.order.layout import (
    O_PICKS,
    O_SHIPMENTS,
)
from omniroute.promising.room_block import no_block
from omniroute.routing.ask_block import AskBlock
from omniroute.routing.reserving import Holds
from omniroute.routing.router import Router
from omniroute.routing.working_many import Working
from omniroute.stock.state import State

I8 = NDArray[np.int64]

#: Rows of the effect buffer: 2 MB, handed on whenever it is full.
EFFECT_ROWS = 1 << 15
_PRIME_BITS = 2**31 - 1


class BatchKernel:
    """Runs the kernel over the asks of a batch, in memory that grows.

    Parameters
    ----------
    router
        The engine's.
    asks
        What is to be decided.
    holds
        What to reserve under; None decides without reserving.
    working
        Room for the work of nodes; None where they have no capacity.

    Attributes
    ----------
    answers, starts
        Answers end to end, and where each begins.
    taken
        Of each order: 1 where the kernel has reserved it, 2 once that is handed on.
    outcomes
        `Status` of each order where it is not the plan's own: -1 elsewhere.
    effects
        What reserving has written, not yet handed on.
    control
        See `kernels.decide.batch`.
    """

    def __init__(
        self,
        router: Router,
        asks: AskBlock,
        holds: Holds | None,
        working: Working | None,
    ) -> None:
        state, count = router.state, len(asks)
        self._router, self._asks, self._working = router, asks, working
        self.answers: I8 = np.empty(64 * count + 1024, np.int64)
        self.starts: I8 = np.zeros(count, np.int64)
        self.taken: I8 = np.zeros(count, np.int64)
        self.outcomes: I8 = np.full(count, -1, np.int64)
        self._terms = np.array(holds.terms if holds else [0] * count, np.int64)
        self.effects: I8 = np.empty((EFFECT_ROWS, EFFECT_WIDTH), np.int64)
        self._marks = _marks(state)
        self.control = np.zeros(B_WIDTH, np.int64)
        self.control[B_RESERVE] = int(holds is not None)
        self.control[B_PARTIAL] = int(holds is not None and holds.partial)
        self.control[B_EXPIRES] = holds.expires_s if holds else 0
        self.control[B_NOW] = state.now
        self._no_work = no_block()
        self.control[B_WORK] = int(self._working is not None)
        self.control[B_FIRST_DAY] = self._working.first_day if self._working else 0

    def run(self) -> int:
        """Decide orders up to the end, as far as memory goes; says what is lacking."""
        words, starts = self._asks.words, self._asks.at
        decider, state = self._router.decider, self._router.state
        arena, book = state.arena, state.book
        return int(
            route_batch(  # type: ignore[call-arg]
                *decider.arguments(),  # type: ignore[arg-type]
                words,
                starts,
                decider.work,
                decider.out,
                self._terms,
                self._marks,
                arena.sku_free,
                arena.sku_version,
                book.heads,
                book.lines,
                book.counters,
                self.effects,
                self.answers,
                self.starts,
                self.taken,
                *(self._working.arrays() if self._working else self._no_work),
                self.control,
            )
        )

    def make_room(self, code: int) -> None:
        """Give the kernel the memory that it lacks."""
        assert code != BROKEN
        decider = self._router.decider
        if code in (NEED_WORK, NEED_ROOM):
            decider.enlarge(code)
        elif code == NEED_BOOK:
            count, picks = len(self.starts), int(decider.out[O_PICKS])
            self._router.state.book.make_room(count, 4 * count + picks)
        elif code == NEED_ANSWERS:
            self.answers = np.resize(self.answers, 2 * len(self.answers))
        else:
            assert code == NEED_EFFECTS
            # The buffer is empty by now; one order may still need a larger one.
            works = len(self._router.room.works) if self._router.room else 0
            rows = int(decider.out[O_PICKS] + works * decider.out[O_SHIPMENTS]) + 2
            if rows > len(self.effects):
                self.effects = np.empty((2 * rows, EFFECT_WIDTH), np.int64)

    def keep(self, i: int, answer: list[int]) -> None:
        """Take in the answer to the next order, decided elsewhere."""
        used = int(self.control[B_ANSWERS])
        while used + len(answer) > len(self.answers):
            self.answers = np.resize(self.answers, 2 * len(self.answers))
        self.answers[used : used + len(answer)] = answer
        self.starts[i] = used
        self.control[B_ANSWERS] += len(answer)
        self.control[B_NEXT] += 1


def _marks(state: State) -> I8:
    """int64[S, 2]: residues of the SKU ids' hashes, for `print_lines` in the kernel."""
    hashes = state.catalogue.skus.hashes()[: len(state.catalogue.skus)]
    mask, shift = np.uint64(_PRIME_BITS), np.uint64(31)
    parts = np.stack([hashes & mask, (hashes >> shift) & mask], axis=1)
    return np.ascontiguousarray(parts.astype(np.int64))
