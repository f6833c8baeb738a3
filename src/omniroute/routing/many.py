"""Running a batch: asks into the kernel, and by search what it cannot settle."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from omniroute._whole import Whole
from omniroute.codes import EFFECT_WIDTH, Status
from omniroute.errors import HalfDoneError, OmnirouteError, ValidationError
from omniroute.kernels.decide.batch import (
    B_ANSWERS,
    B_EFFECTS,
    B_END,
    B_EXPIRES,
    B_FIRST_DAY,
    B_HOLDS,
    B_NEXT,
    B_NOW,
    B_PARTIAL,
    B_RESERVE,
    B_WIDTH,
    B_WORK,
    BROKEN,
    DONE,
    FILLED,
    NEED_ANSWERS,
    NEED_BOOK,
    NEED_EFFECTS,
    NEED_LATER,
    route_batch,
)
from omniroute.kernels.decide.route import NEED_ROOM, NEED_SEARCH, NEED_WORK
from omniroute.kernels.order.layout import (
    A_LATEST,
    A_SLOT,
    O_HEADER,
    O_PICKS,
    O_SHIPMENTS,
    O_STATUS,
)
from omniroute.kernels.stock.availability import cell_free
from omniroute.model.destination import Destination
from omniroute.model.order import Order
from omniroute.model.policy import RoutingPolicy
from omniroute.promising.room_block import no_block
from omniroute.reservations import print_lines, repeated
from omniroute.reservations.holds import Adopt
from omniroute.routing.ask import Ask
from omniroute.routing.ask_block import AskBlock
from omniroute.routing.ask_rows import AskRows
from omniroute.routing.ask_writer import AskWriter
from omniroute.routing.batch import BatchResult
from omniroute.routing.decided_on import DecidedOn
from omniroute.routing.feeding import goes_to
from omniroute.routing.for_later import check_lines
from omniroute.routing.limits import asker_of
from omniroute.routing.router import Router
from omniroute.routing.working import jobs_of, with_work
from omniroute.routing.working_many import Working
from omniroute.stock import decide
from omniroute.stock.draws import through
from omniroute.stock.effects import EffectBatch
from omniroute.stock.state import State

I8 = NDArray[np.int64]

#: Rows of the effect buffer: 2 MB, handed on whenever it is full.
EFFECT_ROWS = 1 << 15
_PRIME_BITS = 2**31 - 1


class Holds(NamedTuple):
    """What a batch reserves under: an id and a fingerprint of the terms an order."""

    ids: list[str]
    terms: list[int]
    expires_s: int
    partial: bool


def worth_reserving(answer: list[int], partial: bool) -> bool:
    """Whether an answer is to be reserved: whole, or in part where that is wanted."""
    if not answer[O_PICKS]:
        return False
    partly = partial and answer[O_STATUS] == Status.SHORT
    return answer[O_STATUS] == Status.OK or partly


def still_there(state: State, drawn: Sequence[tuple[int, int, int]]) -> bool:
    """Whether the stock that an answer takes is still free: it takes a cell once."""
    arena = state.arena
    return all(
        cell_free(arena.rows, arena.cell_node, arena.planes, sku, node) >= quanta
        for sku, node, quanta in drawn
    )


def reserve_effects(
    state: State,
    ask: Ask,
    drawn: Sequence[tuple[int, ...]],
    id: str,
    terms: int,
    expires_s: int,
    channel: str | None = None,
) -> EffectBatch:
    """Effects of reserving what an answer takes, for an order of a channel.

    ``drawn`` is (SKU number, node index, quanta), and the second due of what is wanted
    later; the id is new.
    """
    batch = decide.reserve(
        state,
        id,
        drawn,
        now=state.now,
        expires_s=expires_s,
        print_lines=print_lines(state, ask.lines),
        print_terms=terms,
    )
    return through(state, batch, channel)


def falling_due(
    drawn: Sequence[tuple[int, int, int]], due: int
) -> Sequence[tuple[int, ...]]:
    """Return what an answer takes as lines that fall due at a second; 0: at once."""
    return [(*line, due) for line in drawn] if due else drawn


class BatchRun:
    """One call of `Engine.route_many`.

    Parameters
    ----------
    router, state
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
        state: State,
        orders: Sequence[Order],
        policy: RoutingPolicy | None,
        holds: Holds | None,
        apply: Callable[[EffectBatch], None],
        adopt: Adopt,
    ) -> None:
        self._router = router
        self._state = state
        self._orders = orders
        self._policy = policy
        self._holds = holds
        self._apply = apply
        self._adopt = adopt
        count = len(orders)
        #: Orders with kits or packs, or that take substitutes.
        self._composed: set[int] = set()
        #: Orders that are due at a time.
        self._later: list[int] = []
        #: By place: what was decided on by orders that no kernel decided.
        self._versions: dict[int, list[int]] = {}
        #: Orders that are needed by a time.
        self._hurried: list[int] = []
        router.keep_time()
        self._asks = self._written()
        self._apart = self._not_for_the_kernel()
        self._suspects = sorted({*_suspects(state, holds), *self._apart})
        self._answers: I8 = np.empty(64 * count + 1024, np.int64)
        self._starts: I8 = np.zeros(count, np.int64)
        self._taken: I8 = np.zeros(count, np.int64)
        self._outcomes: I8 = np.full(count, -1, np.int64)
        self._terms = np.array(holds.terms if holds else [0] * count, np.int64)
        self._effects: I8 = np.empty((EFFECT_ROWS, EFFECT_WIDTH), np.int64)
        self._marks = _marks(state)
        self._control = np.zeros(B_WIDTH, np.int64)
        self._control[B_RESERVE] = int(holds is not None)
        self._control[B_PARTIAL] = int(holds is not None and holds.partial)
        self._control[B_EXPIRES] = holds.expires_s if holds else 0
        self._control[B_NOW] = state.now
        self._no_work = no_block()
        self._working = Working(router) if router.room is not None else None
        self._control[B_WORK] = int(self._working is not None)
        self._control[B_FIRST_DAY] = self._working.first_day if self._working else 0

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
        return BatchResult(
            self._router,
            self._policy,
            self._orders[:count],
            self._asks,
            self._answers[: self._control[B_ANSWERS]],
            self._starts[:count],
            self._outcomes[:count],
            self._taken[:count].astype(bool),
            self._decided_on(),
        )

    def _decided_on(self) -> DecidedOn | None:
        """Return what plans were decided on; None where they have taken it since."""
        if self._holds is not None:
            return None
        return DecidedOn(self._router, self._asks, self._versions)

    def _written(self) -> AskBlock:
        """Asks of all orders end to end; lane slots are filled in when they run."""
        writer = self._router.writer(self._policy)
        compiled, composed = writer.compiled, self._router.composed
        keeps = writer.keeps_classes
        offers: dict[int, list[tuple[int, int]]] = {}
        together: dict[int, list[tuple[int, ...]]] = {}
        check = self._router.network.check_destination
        rows, where = AskRows(), []
        add = rows.add
        places: dict[Destination, int] = {}
        for i, order in enumerate(self._orders):
            to = order.destination
            try:
                if order.collect_at is not None:
                    to = goes_to(order, self._router.network)
                place = places.get(to)
                if order.channel is not None:
                    self._router.check_channel(order)
                if order.due is not None:
                    self._note_due(i, order, writer)
                if order.needed_by is not None:
                    self._note_hurried(i, order.needed_by, writer)
                if place is None:
                    check(to, "destination")
                    place = places[to] = len(places)
                head, lines = compiled(order)
                if order.keep_together or keeps:
                    together[i] = writer.together(order, lines)
                if composed is not None:
                    if found := writer.offers(order, lines):
                        offers[i] = found
                    if found or not lines.keys().isdisjoint(composed.recipes):
                        self._composed.add(i)
            except OmnirouteError as error:
                raise error.under(f"orders[{i}]") from None
            where.append(place)
            add(head, lines)
        words, at = rows.written()
        block = AskBlock(words, at, tuple(places), np.array(where, np.int64))
        block.offers = offers
        block.together = {i: groups for i, groups in together.items() if groups}
        block.decides, block.level = writer.decides, writer.level
        block.gates = writer.gates
        return block

    def _note_hurried(self, i: int, needed_by: date, writer: AskWriter) -> None:
        """Note an order that is needed by a time; refuse a limit without dates."""
        if not writer.wishes:
            self._router.check_needed_by(needed_by)
        self._hurried.append(i)

    def _note_due(self, i: int, order: Order, writer: AskWriter) -> None:
        """Note an order for later; refuse it where a batch tells dates of one instant."""
        if self._router.calendars is not None:
            expected = "None: in a network with calendars, place them one by one"
            raise ValidationError("due", expected, order.due)
        check_lines(self._router, writer.write(order, 0))
        self._later.append(i)

    def _run_chunk(self, first: int, end: int) -> None:
        asks, control = self._asks, self._control
        asks.set_slots(first, end, self._router.lanes)
        self._set_latest(first, end)
        while control[B_NEXT] < end:
            control[B_END] = self._stretch(int(control[B_NEXT]), end)
            if control[B_END] == control[B_NEXT]:
                self._answer_apart(int(control[B_NEXT]))
                continue
            if self._working is not None:
                slots = asks.words[asks.at[control[B_NEXT] : control[B_END]] + A_SLOT]
                control[B_END] = control[B_NEXT] + self._working.ready(slots)
            code = self._kernel(asks.words, asks.at)
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

    def _set_latest(self, first: int, end: int) -> None:
        """Note in the asks until when orders are to arrive."""
        words, at = self._asks.words, self._asks.at
        router = self._router
        wishes = router.writer(self._policy).wishes
        for i in self._hurried:
            if first <= i < end:
                slot = int(words[at[i] + A_SLOT])
                latest = router.latest_of(self._orders[i], slot, wishes)
                words[at[i] + A_LATEST] = latest

    def _kernel(self, words: I8, starts: I8) -> int:
        decider, state = self._router.decider, self._state
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
                self._effects,
                self._answers,
                self._starts,
                self._taken,
                *(self._working.arrays() if self._working else self._no_work),
                self._control,
            )
        )

    def _hand_on(self) -> None:
        """Hand the effects the kernel has applied to the state and the log."""
        control = self._control
        used = int(control[B_EFFECTS])
        if not used or self._holds is None:
            return
        numbers = np.flatnonzero(self._taken == 1)
        ids = [self._holds.ids[i] for i in numbers.tolist()]
        self._taken[numbers] = 2
        if self._working is not None:
            self._state.workload.apply(self._effects[:used])
        self._adopt(self._effects, used, ids)
        control[B_EFFECTS] = control[B_HOLDS] = 0

    def _help(self, code: int) -> None:
        """Give the kernel what it lacks, or decide the order it cannot."""
        assert code != BROKEN
        decider = self._router.decider
        if code in (NEED_WORK, NEED_ROOM):
            decider.enlarge(code)
        elif code in (NEED_SEARCH, NEED_LATER):
            self._search()
        elif code == NEED_BOOK:
            count, picks = len(self._orders), int(decider.out[O_PICKS])
            self._state.book.make_room(count, 4 * count + picks)
        elif code == NEED_ANSWERS:
            self._answers = np.resize(self._answers, 2 * len(self._answers))
        else:
            assert code == NEED_EFFECTS
            # The buffer is empty by now; one order may still need a larger one.
            works = len(self._router.room.works) if self._router.room else 0
            rows = int(decider.out[O_PICKS] + works * decider.out[O_SHIPMENTS]) + 2
            if rows > len(self._effects):
                self._effects = np.empty((2 * rows, EFFECT_WIDTH), np.int64)

    def _not_for_the_kernel(self) -> set[int]:
        """Orders that do not see plainly what is free, or have kits: one by one.

        So are all of them under a policy that the kernel does not know, and where work
        is counted by windows of the day.
        """
        lens, asks = self._router.lens, self._asks
        room = self._router.room
        windows = room is not None and room.has_windows
        if asks.decides is not None or self._router.shadows or windows:
            return set(range(len(asks)))
        apart = self._composed.union(asks.together, self._later)
        if lens is None:
            return apart
        network = self._router.network
        skus = ([sku for sku, _ in asks[i].lines] for i in range(len(asks)))
        return apart | {
            i
            for i, (order, own) in enumerate(zip(self._orders, skus, strict=True))
            if order.channel is not None
            or not lens.sees_plainly(asker_of(order, network), own)
        }

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
        i = int(self._control[B_NEXT])
        ask, order = self._asks[i], self._orders[i]
        holds, due = self._holds, self._router.later(order)
        if self._working is not None:
            self._working.see(ask.words[A_SLOT], due)
        answer = self._decided(i, order, ask)
        if holds is not None and worth_reserving(answer, holds.partial):
            batch = reserve_effects(
                self._state,
                ask,
                falling_due(self._router.drawn(ask, answer), due),
                holds.ids[i],
                holds.terms[i],
                holds.expires_s,
                order.channel,
            )
            if self._working is not None:
                jobs = jobs_of(self._router, ask, answer)
                number = len(self._state.book)
                batch = with_work(self._router, batch, jobs, number, order)
                self._working.take(jobs, order)
            self._apply(batch)
            self._taken[i] = 2
        else:
            self._note_versions(i, order, ask)
        self._keep(i, answer)

    def _decided(self, i: int, order: Order, ask: Ask) -> list[int]:
        """Decide an order; where that breaks off, say what was done before."""
        try:
            return self._router.seen(order, self._router.decide(order, ask))
        except Exception as error:
            if not self._taken[:i].any():
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
        self._outcomes[i] = repeated(self._state, number, lines, terms)
        answer = [0] * O_HEADER
        answer[O_STATUS] = int(self._outcomes[i])
        self._keep(i, answer)

    def _keep(self, i: int, answer: list[int]) -> None:
        used = int(self._control[B_ANSWERS])
        while used + len(answer) > len(self._answers):
            self._answers = np.resize(self._answers, 2 * len(self._answers))
        self._answers[used : used + len(answer)] = answer
        self._starts[i] = used
        self._control[B_ANSWERS] += len(answer)
        self._control[B_NEXT] += 1


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


def _marks(state: State) -> I8:
    """int64[S, 2]: residues of the SKU ids' hashes, for `print_lines` in the kernel."""
    hashes = state.catalogue.skus.hashes()[: len(state.catalogue.skus)]
    mask, shift = np.uint64(_PRIME_BITS), np.uint64(31)
    parts = np.stack([hashes & mask, (hashes >> shift) & mask], axis=1)
    return np.ascontiguousarray(parts.astype(np.int64))
