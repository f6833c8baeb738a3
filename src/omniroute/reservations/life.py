"""The life of a reservation after it was made: each step a status and its effects.

Pure functions of the state, for open and ended reservations alike. A step that cannot be
taken has a status that says why, and no effects. What has ended is never changed.
"""

from __future__ import annotations

from typing import NamedTuple

from omniroute.codes import NO_NODE, Effect, ReservationState, Status
from omniroute.kernels.stock.book import H_EXPIRES
from omniroute.reservations.held import Held
from omniroute.reservations.lines import Cells, at_once, is_at_no_node
from omniroute.reservations.served import served
from omniroute.reservations.standing import standing
from omniroute.stock import decide, effects
from omniroute.stock.effects import NOTHING, EffectBatch, Row
from omniroute.stock.state import State

_ADJUST = int(Effect.ADJUST)


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


# -- from soft to firm, and for longer -------------------------------------------------


def commit(state: State, id: str) -> tuple[Status, Row | None]:
    """Make a hold firm: the status, and the one effect for `State.apply_row`."""
    found = standing(state, id)
    if found.status is not Status.OK:
        return found.status, None
    if not found.soft:
        return Status.ALREADY_COMMITTED, None
    return Status.OK, effects.commit(found.number, state.now)


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
    """Let units go: all, or those of ``cells``. Only what is firm can go.

    What falls due later can go now where no other promise needs it.
    """
    found = standing(state, id)
    if found.status is not Status.OK:
        return Step(found.status, NOTHING)
    if found.soft:
        return Step(Status.NOT_COMMITTED, NOTHING)
    held = Held(state, found.number)
    picked = held.pick(_all_or(held, cells))
    if picked is None or is_at_no_node(picked) or (held.waits and not picked):
        # What is at no node yet cannot leave it, nor what is still waited for.
        return Step(Status.NOT_HELD, NOTHING)
    later = {key: n for key, n in picked.items() if len(key) > 2}
    status = served(state, at_once(later), later)
    if status is not Status.OK:
        return Step(status, NOTHING)
    rows = held.ship(picked) + held.end_if_empty(ReservationState.FULFILLED)
    return Step(Status.OK, EffectBatch(rows))


def cancel(state: State, id: str, cells: Cells | None) -> Step:
    """Give units back: all, with what it waits for, or those of ``cells``."""
    found = standing(state, id)
    if found.status is not Status.OK:
        return Step(found.status, NOTHING)
    held = Held(state, found.number)
    picked = held.pick(_all_or(held, cells))
    if picked is None:
        return Step(Status.NOT_HELD, NOTHING)
    rows, final = held.take(picked), ReservationState.CANCELLED
    rows += held.end(final) if cells is None else held.end_if_empty(final)
    return Step(Status.OK, EffectBatch(rows))


def _all_or(held: Held, cells: Cells | None) -> Cells:
    return dict(held.cells) if cells is None else cells


def at_node(
    state: State, id: str, node: int, skus: dict[int, int] | None
) -> tuple[Status, Cells]:
    """Return what a reservation holds at a node: so much of some SKUs, or all.

    The status is NOT_HELD where it does not hold so much there, or nothing at all.
    """
    found = standing(state, id)
    if found.status is not Status.OK:
        return found.status, {}
    held = Held(state, found.number)
    if skus is None:
        wanted = {cell: n for cell, n in held.cells.items() if cell[1] == node}
    else:
        wanted = {(sku, node): quanta for sku, quanta in skus.items()}
    picked = held.pick(wanted)
    return (Status.OK, picked) if picked else (Status.NOT_HELD, {})


def decline(state: State, id: str, declined: Cells, write_down: bool) -> Step:
    """Take out what a node refuses; written down, it is not there to be sold again.

    ``declined`` comes from `at_node`, with the status OK.
    """
    held = Held(state, standing(state, id).number)
    rows = give_up(state, held, declined, write_down)
    return Step(
        Status.OK, EffectBatch(rows + held.end_if_empty(ReservationState.DECLINED))
    )


def give_up(state: State, held: Held, declined: Cells, write_down: bool) -> list[Row]:
    """Return rows that take out what a node refuses."""
    rows = held.take(declined)
    if write_down:
        rows += [
            # What falls due later was never said to be there.
            effects.stock(_ADJUST, *cell, -quanta, state.now)
            for cell, quanta in declined.items()
            if len(cell) == 2
        ]
    return rows


# -- it holds something else -----------------------------------------------------------


def amend(state: State, id: str, targets: Cells) -> Step:
    """Hold so much of each cell named, more or less than now; others stay as they are.

    What the reservation holds already counts as its own: only an increase needs stock,
    and of a cell it may come from what is given up at another time.
    """
    found = standing(state, id)
    if found.status is not Status.OK:
        return Step(found.status, NOTHING)
    held = Held(state, found.number)
    change = {cell: n - held.cells.get(cell, 0) for cell, n in targets.items()}
    more = {cell: n for cell, n in change.items() if n > 0}
    less = {cell: -n for cell, n in change.items() if n < 0}
    status = served(state, more, _to_pool(state, held.cells, found.number, less))
    if status is not Status.OK:
        return Step(status, NOTHING)
    rows = held.take(less) + _lines(state, found.number, more)
    if not more:
        soft = found.soft
        final = ReservationState.RELEASED if soft else ReservationState.CANCELLED
        rows += held.end_if_empty(final)
    return Step(Status.OK, EffectBatch(rows) if rows else NOTHING)


def redate(state: State, id: str, cells: Cells | None, due: int) -> Step:
    """Let units fall due at another second, 0 for now: all, or those of ``cells``."""
    found = standing(state, id)
    if found.status is not Status.OK:
        return Step(found.status, NOTHING)
    held = Held(state, found.number)
    at_nodes = {key: n for key, n in held.cells.items() if key[1] != NO_NODE}
    picked = held.pick(at_nodes if cells is None else cells)
    if not picked or is_at_no_node(picked):
        return Step(Status.NOT_HELD, NOTHING)
    now = (due,) if due else ()
    less = {key: n for key, n in picked.items() if key[2:] != now}
    more: Cells = {}
    for key, n in less.items():
        more[(*key[:2], *now)] = more.get((*key[:2], *now), 0) + n
    status = served(state, more, _to_pool(state, held.cells, found.number, less))
    if status is not Status.OK or not more:
        return Step(status, NOTHING)
    rows = held.take(less) + _lines(state, found.number, more)
    return Step(Status.OK, EffectBatch(rows))


def move(state: State, id: str, moved: Cells, to_node: int) -> Step:
    """Hold at another node what ``moved`` names, all of it or nothing.

    ``moved`` comes from `at_node`, with the status OK.
    """
    there = {(cell[0], to_node, *cell[2:]): n for cell, n in moved.items()}
    status = served(state, there)
    if status is not Status.OK:
        return Step(status, NOTHING)
    number = standing(state, id).number
    rows = Held(state, number).take(moved)
    return Step(Status.OK, EffectBatch(rows + _lines(state, number, there)))


def bind(state: State, id: str, targets: Cells) -> Step:
    """Hold so much of each cell, what is missing there taken from what is at no node.

    Only the cells need to have it: the network's sum has been kept for it.
    """
    found = standing(state, id)
    if found.status is not Status.OK:
        return Step(found.status, NOTHING)
    held = Held(state, found.number)
    more = {cell: n - held.cells.get(cell, 0) for cell, n in targets.items()}
    more = {cell: n for cell, n in more.items() if n > 0}
    picked = held.pick(_at_no_node(more))
    if picked is None:
        return Step(Status.NOT_HELD, NOTHING)
    status = served(state, more)
    if status is not Status.OK or not more:
        return Step(status, NOTHING)
    rows = held.take(picked) + _lines(state, found.number, more)
    return Step(Status.OK, EffectBatch(rows))


def _at_no_node(cells: Cells) -> Cells:
    found: Cells = {}
    for (sku, *_), quanta in cells.items():
        found[sku, NO_NODE] = found.get((sku, NO_NODE), 0) + quanta
    return found


def held_cells(state: State, id: str) -> Cells:
    """Return what an open reservation holds of each cell, and at no node."""
    found = standing(state, id)
    return Held(state, found.number).cells if found.status is Status.OK else {}


def unbound(state: State, id: str, wanted: dict[int, int]) -> Step:
    """Give back so much of each SKU that is held at no node: a step that is undone."""
    found = standing(state, id)
    if found.status is not Status.OK:
        return Step(found.status, NOTHING)
    held = Held(state, found.number)
    picked = held.pick({(sku, NO_NODE): n for sku, n in wanted.items()})
    if picked is None:
        return Step(Status.NOT_HELD, NOTHING)
    return Step(Status.OK, EffectBatch(held.take(picked)))


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


def _to_pool(state: State, held: Cells, number: int, given_up: Cells) -> Cells:
    """Return of what a reservation gives up what goes to the pool, not to fences.

    The pool's part goes back first.
    """
    drawn: Cells = {}
    for (sku, node, _), quanta in state.aside.drawn.get(number, {}).items():
        drawn[sku, node] = drawn.get((sku, node), 0) + quanta
    return {
        key: min(n, held.get(key, 0) - drawn[key]) if key in drawn else n
        for key, n in given_up.items()
    }


def _lines(state: State, number: int, cells: Cells) -> list[Row]:
    return [
        effects.line(number, sku, node, quanta, state.now, *due)
        for (sku, node, *due), quanta in cells.items()
    ]
