"""Work that is given back with the units it was for.

A decision says which units a reservation gives back; here the rows are added that give
back the work. What has left was worked, and what is still held will be: both keep it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import (
    E_AUX,
    E_AUX2,
    E_NODE,
    E_QUANTITY,
    E_REFERENCE,
    E_SKU,
    E_WHAT,
    WORK_LINES,
    WORK_ORDERS,
    Effect,
)
from omniroute.kernels.stock.book import L_NODE, L_OPEN, L_SHIPPED, L_SKU
from omniroute.stock.effects import EffectBatch, Row
from omniroute.stock.stores import Stores
from omniroute.stock.workload import Take, WorkDay, take

I8 = NDArray[np.int64]

_LINE, _UNLINE = int(Effect.LINE), int(Effect.UNLINE)
_TAKE = int(Effect.TAKE)


def with_work_back(state: Stores, batch: EffectBatch) -> EffectBatch:
    """Return the batch with the work that goes back with its units. O(rows)."""
    by, what = state.workload.by, batch.rows[:, E_WHAT]
    if not by or not (what == _UNLINE).any():
        return batch
    given = batch.rows[what == _UNLINE][:, [E_REFERENCE, E_NODE]]
    pairs = dict.fromkeys(map(tuple, given.tolist()))
    rows: list[Row] = []
    for number, node in pairs:
        if number in by:
            kept = kept_after(state, batch.rows, number, node)
            own = _not_given_yet(batch.rows, number, node, by[number])
            for part, anew in _parts_of(state, batch.rows, number, own):
                most = (0, 0, 0) if anew else kept
                takes = too_much(part, most, state.workload.kinds)
                rows += [take(number, each, state.now) for each in takes]
    if not rows:
        return batch
    return EffectBatch(np.concatenate([batch.rows, np.array(rows)]), batch.texts)


def _not_given_yet(
    rows: I8, number: int, node: int, work: dict[WorkDay, int]
) -> dict[WorkDay, int]:
    """Return work of a reservation at a node, less what rows give back themselves."""
    own = {key: n for key, n in work.items() if key[0] == node}
    mine = (rows[:, E_WHAT] == _TAKE) & (rows[:, E_REFERENCE] == number)
    for row in rows[mine & (rows[:, E_QUANTITY] < 0)].tolist():
        key = row[E_NODE], row[E_AUX2], row[E_AUX]
        if key in own:
            own[key] += row[E_QUANTITY]
    return {key: n for key, n in own.items() if n > 0}


def counted(cells: dict[int, int], decimals: NDArray[Any]) -> tuple[int, int, int]:
    """Orders, lines and units of quanta by SKU number at one node; units started.

    Examples
    --------
    >>> counted({0: 3, 1: 1500, 2: 0}, np.array([0, 3, 0]))
    (1, 2, 5)
    """
    some = {sku: quanta for sku, quanta in cells.items() if quanta > 0}
    units = sum(-(-quanta // 10 ** int(decimals[sku])) for sku, quanta in some.items())
    return int(bool(some)), len(some), units


def kept_at(state: Stores, number: int, node: int) -> tuple[int, int, int]:
    """Orders, lines and units of a reservation that a node works or has worked."""
    return counted(_quanta(state, number, node), state.catalogue.decimals)


def _parts_of(
    state: Stores, rows: I8, number: int, own: dict[WorkDay, int]
) -> Iterator[tuple[dict[WorkDay, int], bool]]:
    """Yield work of capacity, then that of windows, and whether rows tell it anew."""
    first = state.workload.first_delivery
    nodes = {key[0] for key in own}
    mine = (rows[:, E_WHAT] == _TAKE) & (rows[:, E_REFERENCE] == number)
    works = {
        work for node, work in rows[mine][:, [E_NODE, E_AUX2]].tolist() if node in nodes
    }
    for delivered in (False, True):
        part = {key: n for key, n in own.items() if (key[1] >= first) == delivered}
        yield part, any((work >= first) == delivered for work in works)


def kept_after(state: Stores, rows: I8, number: int, node: int) -> tuple[int, int, int]:
    """As `kept_at`, once the rows have been applied."""
    cells = _quanta(state, number, node)
    here = (rows[:, E_REFERENCE] == number) & (rows[:, E_NODE] == node)
    for what, sign in ((_LINE, 1), (_UNLINE, -1)):
        for row in rows[here & (rows[:, E_WHAT] == what)].tolist():
            cells[row[E_SKU]] = cells.get(row[E_SKU], 0) + sign * row[E_QUANTITY]
    return counted(cells, state.catalogue.decimals)


def _quanta(state: Stores, number: int, node: int) -> dict[int, int]:
    """Quanta by SKU number that a reservation holds at a node, or that have left."""
    found: dict[int, int] = {}
    if number < len(state.book):
        for line in state.book.lines_of(number).tolist():
            if line[L_NODE] == node:
                sku = line[L_SKU]
                found[sku] = found.get(sku, 0) + line[L_OPEN] + line[L_SHIPPED]
    return found


def too_much(
    own: dict[WorkDay, int], kept: tuple[int, int, int], kinds: Sequence[int]
) -> Iterator[Take]:
    """Yield what is over what is kept, of each kind of work, the last day first.

    Which line was in which shipment is not known: there are no more shipments than lines.
    """
    for work, kind in enumerate(kinds):
        days = [key for key in own if key[1] == work]
        most = kept[WORK_LINES if kind == WORK_ORDERS else kind]
        left = sum(own[key] for key in days) - most
        for key in sorted(days, reverse=True):
            part = min(left, own[key])
            if part > 0:
                yield Take(*key, -part)
                left -= part
