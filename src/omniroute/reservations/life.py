"""The life of a reservation after it was made: each step a status and its effects.

Pure functions of the state, for open and ended reservations alike. A step that cannot be
taken has a status that says why, and no effects. What has ended is never changed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from omniroute.codes import Effect, ReservationState, Status
from omniroute.kernels.availability import cell_free
from omniroute.kernels.book import H_EXPIRES, L_NODE, L_OPEN, L_SKU
from omniroute.reservations.lines import Cells
from omniroute.reservations.standing import standing
from omniroute.stock import decide, effects
from omniroute.stock.effects import NOTHING, EffectBatch, Row
from omniroute.stock.state import State

_ADJUST = int(Effect.ADJUST)

#: A row that takes quanta of a cell out of a reservation: `effects.unline` or `ship`.
Taking = Callable[[int, int, int, int, int], Row]


class Step(NamedTuple):
    """What a step comes to.

    Parameters
    ----------
    status
        OK, or why it cannot be taken.
    batch
        Its effects; none where it cannot be taken, or changes nothing.
    """

    status: Status
    batch: EffectBatch


class _Open:
    """What an open reservation holds, while a step takes it apart."""

    def __init__(self, state: State, number: int) -> None:
        self._number = number
        self._now = state.now
        #: (SKU number, node index, quanta held), line by line.
        self._lines = [
            [line[L_SKU], line[L_NODE], line[L_OPEN]]
            for line in state.book.lines_of(number).tolist()
            if line[L_OPEN]
        ]
        self.cells: Cells = {}
        for sku, node, held in self._lines:
            self.cells[sku, node] = self.cells.get((sku, node), 0) + held

    def holds(self, wanted: Cells) -> bool:
        """Whether it holds so much of each cell."""
        return all(self.cells.get(cell, 0) >= n for cell, n in wanted.items())

    def take(self, wanted: Cells, taking: Taking) -> list[Row]:
        """Return rows that take so much out, from the oldest line of a cell on."""
        left, rows = dict(wanted), []
        for line in self._lines:
            sku, node, held = line
            some = min(held, left.get((sku, node), 0))
            if some:
                rows.append(taking(self._number, sku, node, some, self._now))
                left[sku, node] -= some
                line[2] -= some
        for cell, quanta in wanted.items():
            self.cells[cell] -= quanta
        return rows

    def end_if_empty(self, final: ReservationState) -> list[Row]:
        """Return the row that ends it, where nothing is held any more."""
        if any(self.cells.values()):
            return []
        return [effects.resolve(self._number, int(final), self._now)]


# -- from soft to firm, and for longer -------------------------------------------------


def commit(state: State, id: str) -> Step:
    """Make a hold firm."""
    found = standing(state, id)
    if found.status is not Status.OK:
        return Step(found.status, NOTHING)
    if not found.soft:
        return Step(Status.ALREADY_COMMITTED, NOTHING)
    return Step(Status.OK, EffectBatch([effects.commit(found.number, state.now)]))


def extend(state: State, id: str, ttl_s: int) -> Step:
    """Let a hold last so many seconds from now, never less than it did."""
    found = standing(state, id)
    if found.status is not Status.OK:
        return Step(found.status, NOTHING)
    if not found.soft:
        return Step(Status.ALREADY_COMMITTED, NOTHING)
    expires = state.now + ttl_s
    if expires <= int(state.book.heads[found.number, H_EXPIRES]):
        return Step(Status.OK, NOTHING)
    row = effects.extend(found.number, expires, state.now)
    return Step(Status.OK, EffectBatch([row]))


# -- units leave it --------------------------------------------------------------------


def release(state: State, id: str) -> Step:
    """Give back all it holds."""
    found = standing(state, id)
    if found.status is not Status.OK:
        return Step(found.status, NOTHING)
    return Step(Status.OK, decide.release(state, found.number))


def fulfil(state: State, id: str, cells: Cells | None) -> Step:
    """Let units go: all, or those of ``cells``. Only what is firm can go."""
    found = standing(state, id)
    if found.status is Status.OK and found.soft:
        return Step(Status.NOT_COMMITTED, NOTHING)
    final = ReservationState.FULFILLED
    return _take_out(state, found.status, found.number, cells, effects.ship, final)


def cancel(state: State, id: str, cells: Cells | None) -> Step:
    """Give units back: all, or those of ``cells``."""
    found = standing(state, id)
    final = ReservationState.CANCELLED
    return _take_out(state, found.status, found.number, cells, effects.unline, final)


def _take_out(
    state: State,
    status: Status,
    number: int,
    cells: Cells | None,
    taking: Taking,
    final: ReservationState,
) -> Step:
    if status is not Status.OK:
        return Step(status, NOTHING)
    held = _Open(state, number)
    wanted = dict(held.cells) if cells is None else cells
    if not held.holds(wanted):
        return Step(Status.NOT_HELD, NOTHING)
    rows = held.take(wanted, taking)
    return Step(Status.OK, EffectBatch(rows + held.end_if_empty(final)))


def at_node(
    state: State, id: str, node: int, skus: dict[int, int] | None
) -> tuple[Status, Cells]:
    """Return what a reservation holds at a node: so much of some SKUs, or all.

    The status is NOT_HELD where it does not hold so much there, or nothing at all.
    """
    found = standing(state, id)
    if found.status is not Status.OK:
        return found.status, {}
    held = _Open(state, found.number).cells
    if skus is None:
        wanted = {cell: quanta for cell, quanta in held.items() if cell[1] == node}
    else:
        wanted = {(sku, node): quanta for sku, quanta in skus.items()}
    fits = all(held.get(cell, 0) >= quanta for cell, quanta in wanted.items())
    return (Status.OK, wanted) if wanted and fits else (Status.NOT_HELD, {})


def decline(state: State, id: str, declined: Cells, write_down: bool) -> Step:
    """Take out what a node refuses; written down, it is not there to be sold again.

    ``declined`` comes from `at_node`, with the status OK.
    """
    held = _Open(state, standing(state, id).number)
    rows = held.take(declined, effects.unline)
    if write_down:
        rows += [
            effects.stock(_ADJUST, sku, node, -quanta, state.now)
            for (sku, node), quanta in declined.items()
        ]
    return Step(
        Status.OK, EffectBatch(rows + held.end_if_empty(ReservationState.DECLINED))
    )


# -- it holds something else -----------------------------------------------------------


def amend(state: State, id: str, targets: Cells) -> Step:
    """Hold so much of each cell named, more or less than now; others stay as they are.

    What the reservation holds already counts as its own: only an increase needs stock.
    """
    found = standing(state, id)
    if found.status is not Status.OK:
        return Step(found.status, NOTHING)
    held = _Open(state, found.number)
    change = {cell: n - held.cells.get(cell, 0) for cell, n in targets.items()}
    more = {cell: n for cell, n in change.items() if n > 0}
    status = served(state, more)
    if status is not Status.OK:
        return Step(status, NOTHING)
    less = {cell: -n for cell, n in change.items() if n < 0}
    rows = held.take(less, effects.unline) + _lines(state, found.number, more)
    if not more:
        soft = found.soft
        final = ReservationState.RELEASED if soft else ReservationState.CANCELLED
        rows += held.end_if_empty(final)
    return Step(Status.OK, EffectBatch(rows) if rows else NOTHING)


def move(state: State, id: str, moved: Cells, to_node: int) -> Step:
    """Hold at another node what ``moved`` names, all of it or nothing.

    ``moved`` comes from `at_node`, with the status OK.
    """
    there = {(sku, to_node): quanta for (sku, _), quanta in moved.items()}
    status = served(state, there)
    if status is not Status.OK:
        return Step(status, NOTHING)
    number = standing(state, id).number
    rows = _Open(state, number).take(moved, effects.unline)
    return Step(Status.OK, EffectBatch(rows + _lines(state, number, there)))


def supersede(state: State, old: str) -> Step:
    """End a hold that another is to replace.

    OK with no effects where it holds nothing any more: it ran out, or was given up. A
    firm reservation is no hold to be replaced, and one replaced before has a successor.
    """
    found = standing(state, old)
    if found.status in (
        Status.ALREADY_RELEASED,
        Status.EXPIRED,
        Status.ALREADY_CANCELLED,
    ):
        return Step(Status.OK, NOTHING)
    if found.status is not Status.OK:
        return Step(found.status, NOTHING)
    if not found.soft:
        return Step(Status.ALREADY_COMMITTED, NOTHING)
    final = ReservationState.SUPERSEDED
    return Step(Status.OK, decide.end(state, found.number, final))


def served(state: State, wanted: Cells) -> Status:
    """Whether cells can promise so much: OK, SHORT, or OUT_OF_STOCK for not a unit."""
    arena = state.arena
    some, short = not wanted, False
    for (sku, node), quanta in wanted.items():
        free = cell_free(arena.rows, arena.cell_node, arena.planes, sku, node)
        some = some or free > 0
        short = short or free < quanta
    if not short:
        return Status.OK
    return Status.SHORT if some else Status.OUT_OF_STOCK


def _lines(state: State, number: int, cells: Cells) -> list[Row]:
    return [
        effects.line(number, sku, node, quanta, state.now)
        for (sku, node), quanta in cells.items()
    ]
