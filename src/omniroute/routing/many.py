"""Running a batch: asks into the kernel, and by search what it cannot settle."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from omniroute._whole import Whole
from omniroute.errors import HalfDoneError
from omniroute.kernels.decide.batch import (
    B_ANSWERS,
    B_EFFECTS,
    B_END,
    B_HOLDS,
    B_NEXT,
    DONE,
    FILLED,
    NEED_LATER,
)
from omniroute.kernels.decide.route import NEED_SEARCH
from omniroute.kernels.order.layout import (
    A_SLOT,
    O_HEADER,
    O_STATUS,
)
from omniroute.model.order import Order
from omniroute.model.policy import RoutingPolicy
from omniroute.reservations import print_lines, repeated
from omniroute.reservations.holds import Adopt
from omniroute.routing.ask import Ask
from omniroute.routing.batch import Answers, BatchResult
from omniroute.routing.decided_on import DecidedOn
from omniroute.routing.many_asks import BatchAsks
from omniroute.routing.many_kernel import BatchKernel
from omniroute.routing.reserving import (
    Holds,
    Under,
    falling_due,
    reserve_effects,
    worth_reserving,
)
from omniroute.routing.router import Router
from omniroute.routing.working import jobs_of, with_work
from omniroute.routing.working_many import Working
from omniroute.stock.effects import EffectBatch
from omniroute.stock.state import State

I8 = NDArray[np.int64]


class BatchRun:
    """One call of `Engine.route_many`.

    Parameters
    ----------
    router
        The engine's.
    orders, policy
        What to decide.
    holds
        What to reserve under; None decides without reserving.
    apply, adopt
        Take in effects: to be applied, and applied already by the kernel, of reservations
        under ids that are new.
    """

    def __init__(
        self,
        router: Router,
        orders: Sequence[Order],
        policy: RoutingPolicy | None,
        holds: Holds | None,
        apply: Callable[[EffectBatch], None],
        adopt: Adopt,
    ) -> None:
        self._router = router
        self._state = state = router.state
        self._orders = orders
        self._policy = policy
        self._holds = holds
        self._apply = apply
        self._adopt = adopt
        #: By place: what was decided on by orders that no kernel decided.
        self._versions: dict[int, list[int]] = {}
        router.keep_time()
        self._written = BatchAsks(router, orders, policy)
        self._asks, self._apart = self._written.block, self._written.apart
        self._suspects = sorted({*_suspects(state, holds), *self._apart})
        self._working = Working(router) if router.room is not None else None
        self._kernel = BatchKernel(router, self._asks, holds, self._working)

    def run(self) -> BatchResult:
        """Decide all orders. Every order was checked before the first is decided."""
        count, room = len(self._orders), self._router.lanes.capacity
        # So many orders at a time that all their destinations find a lane slot.
        step = count if len(self._asks.destinations) <= room else room
        for first in range(0, count, max(1, step)):
            self._run_chunk(first, min(first + step, count))
        return self._result(count)

    def _result(self, count: int) -> BatchResult:
        """Return what came of the first orders."""
        answers = Answers(
            self._kernel.answers[: self._kernel.control[B_ANSWERS]],
            self._kernel.starts[:count],
            self._kernel.outcomes[:count],
            self._kernel.taken[:count].astype(bool),
        )
        return BatchResult(
            self._router,
            self._policy,
            self._orders[:count],
            self._asks,
            answers,
            self._decided_on(),
        )

    def _decided_on(self) -> DecidedOn | None:
        """Return what plans were decided on; None where they have taken it since."""
        if self._holds is not None:
            return None
        return DecidedOn(self._router, self._asks, self._versions)

    def _run_chunk(self, first: int, end: int) -> None:
        asks, control = self._asks, self._kernel.control
        asks.set_slots(first, end, self._router.lanes)
        self._written.set_latest(first, end)
        while control[B_NEXT] < end:
            control[B_END] = self._stretch(int(control[B_NEXT]), end)
            if control[B_END] == control[B_NEXT]:
                self._answer_apart(int(control[B_NEXT]))
                continue
            if self._working is not None:
                slots = asks.words[asks.at[control[B_NEXT] : control[B_END]] + A_SLOT]
                control[B_END] = control[B_NEXT] + self._working.ready(slots)
            code = self._kernel.run()
            self._hand_on()
            if code not in (DONE, FILLED):
                self._help(code)
            Whole.pause()

    def _stretch(self, start: int, end: int) -> int:
        """Orders from ``start`` on whose ids are new: the kernel may take them all."""
        at = bisect_left(self._suspects, start)
        if at < len(self._suspects) and self._suspects[at] == start:
            if start in self._apart or self._is_taken(start):
                return start
            at += 1
        return min([end, *self._suspects[at : at + 1]])

    def _hand_on(self) -> None:
        """Hand the effects the kernel has applied to the state and the log."""
        control = self._kernel.control
        used = int(control[B_EFFECTS])
        if not used or self._holds is None:
            return
        numbers = np.flatnonzero(self._kernel.taken == 1)
        ids = [self._holds.ids[i] for i in numbers.tolist()]
        self._kernel.taken[numbers] = 2
        if self._working is not None:
            self._state.workload.apply(self._kernel.effects[:used])
        self._adopt(self._kernel.effects, used, ids)
        control[B_EFFECTS] = control[B_HOLDS] = 0

    def _help(self, code: int) -> None:
        """Decide the order the kernel cannot, or give it what it lacks."""
        if code in (NEED_SEARCH, NEED_LATER):
            self._search()
        else:
            self._kernel.make_room(code)

    def _is_taken(self, i: int) -> bool:
        holds = self._holds
        return holds is not None and holds.ids[i] in self._state.book.ids.numbers

    def _answer_apart(self, i: int) -> None:
        """Answer an order whose id is taken, or that the kernel is not to decide."""
        if self._is_taken(i):
            self._answer_taken_id(i)
        else:
            self._search()

    def _search(self) -> None:
        """Decide the next order by itself and reserve it as the kernel would."""
        i = int(self._kernel.control[B_NEXT])
        ask, order = self._asks[i], self._orders[i]
        holds, due = self._holds, self._router.later(order)
        if self._working is not None:
            self._working.see(ask.words[A_SLOT], due)
        answer = self._decided(i, order, ask)
        if holds is not None and worth_reserving(answer, holds.partial):
            drawn = falling_due(self._router.drawn(ask, answer), due)
            under = Under(holds.ids[i], holds.terms[i], holds.expires_s, order.channel)
            batch = reserve_effects(self._state, ask, drawn, under)
            if self._working is not None:
                jobs = jobs_of(self._router, ask, answer)
                number = len(self._state.book)
                batch = with_work(self._router, batch, jobs, number, order)
                self._working.take(jobs, order)
            self._apply(batch)
            self._kernel.taken[i] = 2
        else:
            self._note_versions(i, order, ask)
        self._kernel.keep(i, answer)

    def _decided(self, i: int, order: Order, ask: Ask) -> list[int]:
        """Decide an order; where that breaks off, say what was done before."""
        try:
            return self._router.seen(order, self._router.decide(order, ask))
        except Exception as error:
            if not self._kernel.taken[:i].any():
                raise
            raise HalfDoneError(f"orders[{i}]", self._result(i)) from error

    def _note_versions(self, i: int, order: Order, ask: Ask) -> None:
        """Note what an order was decided on, where nothing of it is taken."""
        if self._holds is None:
            self._versions[i] = self._router.versions(order, ask)

    def _answer_taken_id(self, i: int) -> None:
        """Answer an order whose id is in the book: the same again, or another."""
        assert self._holds is not None
        number = self._state.book.ids.numbers[self._holds.ids[i]]
        lines = print_lines(self._state, self._asks[i].lines)
        terms = self._holds.terms[i]
        self._kernel.outcomes[i] = repeated(self._state, number, lines, terms)
        answer = [0] * O_HEADER
        answer[O_STATUS] = int(self._kernel.outcomes[i])
        self._kernel.keep(i, answer)


def _suspects(state: State, holds: Holds | None) -> list[int]:
    """Orders whose id is in the book, or under way to it with an earlier order."""
    if holds is None:
        return []
    known, seen = state.book.ids.numbers, set(holds.ids)
    if len(seen) == len(holds.ids) and known.keys().isdisjoint(seen):
        return []
    seen.clear()
    found = []
    for i, id in enumerate(holds.ids):
        if id in known or id in seen:
            found.append(i)
        seen.add(id)
    return found
