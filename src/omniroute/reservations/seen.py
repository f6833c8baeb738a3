"""Reserving named cells for who does not see what is free plainly."""

from __future__ import annotations

from omniroute.codes import (
    E_AUX,
    E_QUANTITY,
    E_SKU,
    E_WHAT,
    NO_NODE,
    QUANTITY_MAX,
    Effect,
    Status,
)
from omniroute.kernels.stock.arena import R_START
from omniroute.kernels.stock.availability import cell_free
from omniroute.kernels.stock.book import L_DUE, L_NODE, L_OPEN, L_SKU
from omniroute.reservations.at_risk import risks
from omniroute.reservations.lines import Cells
from omniroute.stock.effects import EffectBatch
from omniroute.stock.guard import Guard
from omniroute.stock.lens import Asker, Lens
from omniroute.stock.state import State

_LINE, _UNLINE = int(Effect.LINE), int(Effect.UNLINE)


def what_is_there(state: State, lens: Lens, asker: Asker, cells: Cells) -> Cells:
    """Return how much of each cell can be had, one after the other, 0 included.

    The cells of one item share its network limit; what is wanted at no node needs only
    that.
    """
    arena = state.arena
    skus = list(dict.fromkeys(sku for sku, _ in cells))
    had: Cells = {}
    shares = {sku: lens.shares(sku, asker) for sku in skus}
    with lens.over(skus, asker) as limits:
        for (sku, node), quanta in cells.items():
            share = shares[sku]
            if share is not None:
                had[sku, node] = share.take(_place(state, sku, node), quanta)
                continue
            free = QUANTITY_MAX
            if node != NO_NODE:
                free = cell_free(arena.rows, arena.cell_node, arena.planes, sku, node)
            had[sku, node] = min(quanta, free, limits[sku])
            limits[sku] -= had[sku, node]
    return had


def _place(state: State, sku: int, node: int) -> int | None:
    """Return the place of a cell in its row, -1 where it is not there; None for no node."""
    if node == NO_NODE:
        return None
    return max(-1, state.arena.find(sku, node) - int(state.arena.rows[sku, R_START]))


def status_of(cells: Cells, had: Cells) -> Status:
    """Return OK where all can be had, OUT_OF_STOCK for not a unit, else SHORT."""
    if had == cells:
        return Status.OK
    return Status.SHORT if any(had.values()) else Status.OUT_OF_STOCK


def exceeds(batch: EffectBatch, limits: dict[int, int]) -> bool:
    """Whether rows take more of an item than its network limit."""
    more = dict.fromkeys(limits, 0)
    for row in batch.rows.tolist():
        if row[E_AUX]:
            continue
        if row[E_WHAT] == _LINE:
            more[row[E_SKU]] += row[E_QUANTITY]
        elif row[E_WHAT] == _UNLINE:
            more[row[E_SKU]] -= row[E_QUANTITY]
    return any(quanta > limits[sku] for sku, quanta in more.items() if quanta > 0)


def missing_of(state: State, guard: Guard, number: int) -> Cells:
    """Return what a reservation holds of cells where rules warn, beyond their stock."""
    arena, aside = state.arena, state.aside
    found: Cells = {}
    for line in state.book.lines_of(number).tolist():
        cell = line[L_SKU], line[L_NODE]
        now = line[L_OPEN] and not line[L_DUE] and line[L_NODE] != NO_NODE
        if now and guard.warns(*cell, aside.through.get(number)):
            found[cell] = found.get(cell, 0) + line[L_OPEN]
    for (sku, node), held in list(found.items()):
        on_hand, _, soft, firm, _ = arena.planes[:, arena.find(sku, node)].tolist()
        lacking, drawn = soft + firm - on_hand, _drawn(state, number, sku, node)
        # What is in fences is not there for what has been drawn from none.
        set_apart = lacking + aside.fenced(sku, node)
        found[sku, node] = max(0, min(held, lacking), min(held - drawn, set_apart))
    return {
        cell: quanta
        for cell, quanta in {**found, **_missing_later(state, guard, number)}.items()
        if quanta
    }


def _drawn(state: State, number: int, sku: int, node: int) -> int:
    """Return what a reservation holds of a cell out of fences."""
    drawn = state.aside.drawn.get(number, {})
    return sum(n for key, n in drawn.items() if key[:2] == (sku, node))


def _missing_later(state: State, guard: Guard, number: int) -> Cells:
    """Return what a reservation holds for later beyond supply, where rules warn."""
    cells = {
        (line[L_SKU], line[L_NODE])
        for line in state.book.lines_of(number).tolist()
        if line[L_DUE] and line[L_OPEN]
    }
    found: Cells = {}
    for risk in risks(state, sorted(filter(guard.warns_later, cells))):
        owner, sku, node, due, _, missing, _ = risk
        if due and owner == number:
            found[sku, node, due] = found.get((sku, node, due), 0) + missing
    return found
