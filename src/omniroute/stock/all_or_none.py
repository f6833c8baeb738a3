"""Rows applied to all that a state is made of, or to none of it.

Tables beside the cells go first, since they refuse without having done anything; the
cells go last, and where they refuse, the tables take the rows back.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import E_NODE, E_SKU, E_WHAT, FIND, LOT, Effect
from omniroute.errors import ValidationError
from omniroute.kernels.stock.book import C_FAULT, FAULT_CELL, FAULT_ROOM, FAULT_SKU
from omniroute.kernels.stock.bulk import (
    S_ASIDE,
    S_DATED,
    S_FIND,
    S_LOTS,
    S_STOCK,
    S_SUPPLY,
    S_UNBOUND,
    S_WORK,
    missing_keys,
    survey,
)
from omniroute.kernels.stock.effects import apply_rows, undo_rows
from omniroute.stock.aside import Aside
from omniroute.stock.faults import fault
from omniroute.stock.find import Find
from omniroute.stock.lots import Lots
from omniroute.stock.stores import Stores
from omniroute.stock.workload import Workload

I8 = NDArray[np.int64]

_HOLD, _LINE = int(Effect.HOLD), int(Effect.LINE)


def apply_all(stores: Stores, rows: I8, kinds: int) -> None:
    """Apply the rows, of these kinds (S_*), in order: all of them, or none and an error."""
    if len(rows) > stores.arena.MERGE_LEAST and len(rows) > stores.arena.cells:
        # Not to find out half-way through a bulk load, and undo that half.
        _make_cells(stores, rows)
    if kinds == S_STOCK:
        apply_cells(stores, rows)
        return
    if not kinds & (S_ASIDE | S_LOTS | S_FIND | S_DATED | S_UNBOUND | S_WORK):
        _apply_beside(stores, rows, kinds)
        return
    if kinds & (S_LOTS | S_FIND):
        _require_cells(stores, rows)
    done: list[Aside | Lots | Find | Workload] = []
    try:
        for table in _tables(stores, kinds):
            table.apply(rows)
            done.append(table)
        _apply_beside(stores, rows, kinds)
    except ValidationError:
        for table in reversed(done):
            table.undo(rows)
        raise
    if kinds & S_DATED:
        stores.dated.apply(rows)
    if kinds & S_UNBOUND:
        stores.unbound.apply(rows)


def undo_all(stores: Stores, rows: I8) -> None:
    """Undo rows that were just applied, with nothing applied since."""
    _undo_cells(stores, rows)
    kinds = int(survey(rows))
    if kinds & S_SUPPLY:
        stores.supply.undo(rows)
    if kinds & S_UNBOUND:
        # While it is still known through which channel it was held.
        stores.unbound.undo(rows)
    for table in _tables(stores, kinds):
        table.undo(rows)
    if kinds & S_DATED:
        stores.dated.undo(rows)


def _require_cells(stores: Stores, rows: I8) -> None:
    """Require a SKU and a node of the catalogue where units of a cell are spoken of."""
    what, sku, node = rows[:, E_WHAT], rows[:, E_SKU], rows[:, E_NODE]
    bad = (sku < 0) | (sku >= len(stores.arena.rows))
    bad |= (node < 0) | (node >= stores.arena.nodes)
    bad &= (what == LOT) | (what == FIND)
    if bad.any():
        raise fault(rows, int(bad.argmax()), FAULT_SKU)


def _tables(stores: Stores, kinds: int) -> list[Aside | Lots | Find | Workload]:
    """Return what is kept in tables of its own, of these kinds of effects."""
    tables = (
        (S_ASIDE, stores.aside),
        (S_LOTS, stores.lots),
        (S_FIND, stores.find),
        (S_WORK, stores.workload),
    )
    return [table for kind, table in tables if kinds & kind]


def _apply_beside(stores: Stores, rows: I8, kinds: int) -> None:
    """Apply what lies beside the cells, and what moves them."""
    beside = bool(kinds & S_SUPPLY)
    stopped = stores.supply.apply(rows, len(stores.arena.rows)) if beside else -1
    try:
        apply_cells(stores, rows if stopped < 0 else rows[:stopped])
    except ValidationError:
        if beside and stopped < 0:
            stores.supply.undo(rows)
        raise
    if stopped >= 0:
        _undo_cells(stores, rows[:stopped])
        raise fault(rows, stopped, stores.supply.fault)


def apply_cells(stores: Stores, rows: I8) -> None:
    """Apply the rows to cells and book, which get what cells and room they lack."""
    at = _apply_rows(stores, rows)
    helped: set[int] = set()
    while at >= 0:
        reason = int(stores.book.counters[C_FAULT])
        if reason in helped or reason not in (FAULT_CELL, FAULT_ROOM):
            raise fault(rows, at, reason)
        helped.add(reason)
        if reason == FAULT_CELL:
            _make_cells(stores, rows)
        else:
            what = rows[:, E_WHAT]
            stores.book.make_room(_count(what, _HOLD), _count(what, _LINE))
        at = _apply_rows(stores, rows)


def _apply_rows(stores: Stores, rows: I8) -> int:
    arena, book = stores.arena, stores.book
    return int(
        apply_rows(
            rows,
            arena.rows,
            arena.cell_node,
            arena.planes,
            arena.sku_free,
            arena.sku_version,
            book.heads,
            book.lines,
            book.counters,
        )
    )


def _undo_cells(stores: Stores, rows: I8) -> None:
    arena, book = stores.arena, stores.book
    undo_rows(
        rows,
        len(rows),
        arena.rows,
        arena.cell_node,
        arena.planes,
        arena.sku_free,
        arena.sku_version,
        book.heads,
        book.lines,
        book.counters,
    )


def _make_cells(stores: Stores, rows: I8) -> None:
    arena = stores.arena
    keys = np.empty(len(rows), np.int64)
    found = int(missing_keys(rows, arena.rows, arena.cell_node, arena.nodes, keys))
    if found < 0:
        raise fault(rows, -1 - found, FAULT_SKU)
    if found:
        arena.add_keys(keys[:found])
        stores.making.append(keys[:found])


def _count(what: I8, kind: int) -> int:
    return int(np.count_nonzero(what == kind))
