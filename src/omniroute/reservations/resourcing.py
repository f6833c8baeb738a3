"""Steps of a reservation that is routed again: what it gives up, and what it takes on."""

from __future__ import annotations

from omniroute.codes import NO_NODE, ReservationState, Status
from omniroute.reservations.held import Held
from omniroute.reservations.life import Step, give_up
from omniroute.reservations.lines import Cells
from omniroute.reservations.standing import standing
from omniroute.stock import effects
from omniroute.stock.effects import NOTHING, EffectBatch, Row
from omniroute.stock.parked import wait
from omniroute.stock.state import State


def declined_at(
    state: State, id: str, node: int, skus: dict[int, int] | None, due: int = 0
) -> tuple[Status, Cells]:
    """Return what a reservation holds at a node for a second, 0 for now: all or some.

    As `life.at_node`, but what falls due at another second is not meant: NOT_HELD.
    """
    found = standing(state, id)
    if found.status is not Status.OK:
        return found.status, {}
    where = (node, due) if due else (node,)
    held = {
        cell: n
        for cell, n in Held(state, found.number).cells.items()
        if cell[1:] == where
    }
    wanted: Cells = dict(held)
    if skus is not None:
        wanted = {(sku, *where): n for sku, n in skus.items()}
    if not wanted or any(held.get(cell, 0) < n for cell, n in wanted.items()):
        return Status.NOT_HELD, {}
    return Status.OK, wanted


def declining(state: State, id: str, declined: Cells, write_down: bool) -> list[Row]:
    """Return rows that take out what a node refuses; the reservation goes on."""
    return give_up(state, Held(state, standing(state, id).number), declined, write_down)


def held(state: State, id: str) -> Cells:
    """Return all that an open reservation holds, later and at no node as well."""
    return dict(Held(state, standing(state, id).number).cells)


def held_for(state: State, id: str, due: int) -> Cells:
    """Return what a reservation holds at nodes for a second; 0 for now."""
    held = Held(state, standing(state, id).number).cells
    when = (due,) if due else ()
    return {c: n for c, n in held.items() if c[2:] == when and c[1] != NO_NODE}


def letting_go(state: State, id: str, cells: Cells) -> EffectBatch:
    """Effects of giving all this up, which is held."""
    rows = Held(state, standing(state, id).number).take(cells)
    return EffectBatch(rows) if rows else NOTHING


def taking_on(
    state: State, id: str, drawn: list[tuple[int, int, int]], due: int = 0
) -> EffectBatch:
    """Effects of holding (SKU number, node index, quanta) more, which is known to fit.

    ``due`` is the second at which it is wanted; 0 for now.
    """
    number, cells = standing(state, id).number, dict[tuple[int, int], int]()
    for sku, node, quanta in drawn:
        cells[sku, node] = cells.get((sku, node), 0) + quanta
    rows = [
        effects.line(number, sku, node, quanta, state.now, due)
        for (sku, node), quanta in cells.items()
    ]
    return EffectBatch(rows) if rows else NOTHING


def end_if_done(state: State, id: str, final: ReservationState) -> EffectBatch:
    """Effects of the end of a reservation that holds nothing and waits for nothing."""
    found = standing(state, id)
    if found.status is not Status.OK:
        return NOTHING
    rows = Held(state, found.number).end_if_empty(final)
    return EffectBatch(rows) if rows else NOTHING


def waiting_less(state: State, id: str, skus: dict[int, int] | None) -> Step:
    """Wait no more for so much of some SKUs, or for anything: NOT_HELD for too much."""
    found = standing(state, id)
    if found.status is not Status.OK:
        return Step(found.status, NOTHING)
    waits = state.after.waits_for(found.number)
    less = dict(waits) if skus is None else skus
    if not less or any(waits.get(sku, 0) < n for sku, n in less.items()):
        return Step(Status.NOT_HELD, NOTHING)
    rows = [wait(found.number, sku, -n, state.now) for sku, n in less.items()]
    held = Held(state, found.number)
    if less == waits and not any(held.cells.values()):
        soft = found.soft
        final = ReservationState.RELEASED if soft else ReservationState.CANCELLED
        rows += held.end(final)
    return Step(Status.OK, EffectBatch(rows))
