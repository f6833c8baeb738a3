"""Which open reservations have no stock behind them any more, and when they will.

Demand is pegged to supply in the order in which it is due: what holds stock already
first, firm before soft, then what falls due later; at one instant in order of opening.
Each takes what is there when it is due, what ends first before the rest. Whoever is not
served by then is at risk for what is missing, and waits for what comes next.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import (
    FOREVER,
    NO_NODE,
    P_FIRM,
    P_FREE,
    P_ON_HAND,
    P_SOFT,
    ReservationState,
)
from omniroute.kernels.stock.book import (
    C_LINES,
    H_STATE,
    L_DUE,
    L_NODE,
    L_OPEN,
    L_OWNER,
    L_SKU,
)
from omniroute.model.quantity import from_quanta
from omniroute.stock.dated import Cell
from omniroute.stock.project import inbound
from omniroute.stock.state import State

I8 = NDArray[np.int64]

_NAT = np.datetime64("NaT", "s")
_FIRM = int(ReservationState.FIRM)

#: (owner, SKU number, node index, second due or 0, held, missing, second covered or None).
Risk = tuple[int, int, int, int, int, int, int | None]


def at_risk_columns(state: State, sku: int | None, node: int | None) -> dict[str, Any]:
    """Return what is not covered, as columns: by SKU, node, due time, opening.

    What is held at no node comes last.

    O(cells + lines + entries), all but what is short in one pass of arrays.
    """
    found = list(risks(state, _short_cells(state, sku, node)))
    if node is None:
        held = sorted(state.unbound.held)
        found += [row for s in held if sku in (None, s) for row in _loose(state, s)]
    catalogue = state.catalogue
    places = [int(catalogue.decimals[row[1]]) for row in found]
    return {
        "id": [state.book.ids.texts[row[0]] for row in found],
        "sku": [catalogue.skus.texts[row[1]] for row in found],
        # The last stands for `NO_NODE`.
        "node": [[*catalogue.nodes.texts, None][row[2]] for row in found],
        "due": _instants([row[3] or None for row in found]),
        "held": [from_quanta(row[4], p) for row, p in zip(found, places, strict=True)],
        "missing": [
            from_quanta(row[5], p) for row, p in zip(found, places, strict=True)
        ],
        "covered": _instants([row[6] for row in found]),
    }


def risks(state: State, cells: list[Cell]) -> Iterator[Risk]:
    """Return the lines of cells that are not covered when they are due."""
    if not cells:
        return
    by_cell = _lines_by_cell(state, set(cells))
    for cell in cells:
        yield from _pegged(state, cell, by_cell.get(cell, []))


def _pegged(state: State, cell: Cell, lines: list[list[int]]) -> Iterator[Risk]:
    """Serve the lines of one cell one after the other."""
    there = _Units(state, cell)
    for due, _, owner, held in lines:
        second = max(due, state.now)
        missing = there.take(second, held)
        if missing:
            yield owner, *cell, due, held, missing, there.wait(second, missing)


class _Units:
    """Units of a cell, there and coming, from which lines are served in turn."""

    def __init__(self, state: State, cell: Cell) -> None:
        at = state.arena.find(*cell)
        on_hand = int(state.arena.planes[P_ON_HAND, at]) if at >= 0 else 0
        lots = state.lots.of(*cell)
        lasting = on_hand - sum(lots.values())
        #: [First second, end, quanta], in the order in which they end.
        self._spans = sorted(
            (
                [0, FOREVER, max(0, lasting)],
                *([0, end, quanta] for end, quanta in lots.items()),
                *map(list, inbound(state, cell)),
            ),
            key=lambda span: (span[1], span[0]),
        )
        # What was sold beyond what was there is owed before anybody is served.
        self.wait(state.now, max(0, -lasting))

    def take(self, due: int, wanted: int) -> int:
        """Take what is there at a second; returns what is missing."""
        for span in self._spans:
            if span[0] <= due < span[1]:
                wanted -= _from(span, wanted)
        return wanted

    def wait(self, due: int, wanted: int) -> int | None:
        """Take what comes next; returns when all of it has come, None if it does not."""
        second = None
        for span in sorted(self._spans):
            if wanted and span[2] and span[0] > due:
                wanted -= _from(span, wanted)
                second = span[0]
        return None if wanted else second


def _from(span: list[int], wanted: int) -> int:
    some = min(span[2], wanted)
    span[2] -= some
    return some


def _loose(state: State, sku: int) -> Iterator[Risk]:
    """Return what is held of an item at no node, and its cells no longer have together.

    Served in order of opening: out of the own fence of the channel it is held through,
    then with what is free.
    """
    fenced = _fenced(state, sku)
    start, length = state.arena.rows[sku, :2].tolist()
    free = state.arena.planes[P_FREE, start : start + length]
    there = int(np.maximum(free, 0).sum(dtype=np.int64))
    lines = state.book.lines[: state.book.counters[C_LINES]]
    own = (lines[:, L_SKU] == sku) & (lines[:, L_NODE] == NO_NODE)
    some = lines[own & (lines[:, L_OPEN] > 0)]
    order = np.argsort(some[:, L_OWNER], kind="stable")
    for owner, held in some[order][:, [L_OWNER, L_OPEN]].tolist():
        channel = state.aside.through.get(owner, -1)
        of_fence = min(held, fenced.get(channel, 0))
        missing = held - of_fence - min(held - of_fence, there)
        there -= held - of_fence - missing
        if of_fence:
            fenced[channel] -= of_fence
        if missing:
            yield owner, sku, NO_NODE, 0, held, missing, None


def _fenced(state: State, sku: int) -> dict[int, int]:
    """Return what is left in the fences of an item, by channel of the state."""
    found: dict[int, int] = {}
    for channels in state.aside.fences.get(sku, {}).values():
        for channel, fence in channels.items():
            found[channel] = found.get(channel, 0) + fence.left
    return found


def _short_cells(state: State, sku: int | None, node: int | None) -> list[Cell]:
    """Return the cells where something may be short, by SKU, then node."""
    arena = state.arena
    positions = arena.positions()
    planes = arena.planes[:, positions].astype(np.int64)
    short = planes[P_SOFT] + planes[P_FIRM] > planes[P_ON_HAND]
    skus, nodes = arena.skus_of_cells()[short], arena.cell_node[positions[short]]
    cells = {*zip(skus.tolist(), nodes.tolist(), strict=True), *state.dated.demand}
    return [
        cell
        for cell in sorted(cells)
        if sku in (None, cell[0]) and node in (None, cell[1])
    ]


def _lines_by_cell(state: State, cells: set[Cell]) -> dict[Cell, list[list[int]]]:
    """Return [second due or 0, 0 firm or 1 soft, owner, held] of open lines, in order."""
    book = state.book
    lines = book.lines[: book.counters[C_LINES]]
    keys = np.array([sku * state.arena.nodes + node for sku, node in cells], np.int64)
    here = np.isin(lines[:, L_SKU] * state.arena.nodes + lines[:, L_NODE], keys)
    some = lines[here & (lines[:, L_OPEN] > 0) & (lines[:, L_NODE] != NO_NODE)]
    soft = (book.heads[some[:, L_OWNER], H_STATE] != _FIRM).astype(np.int64)
    order = np.lexsort((some[:, L_OWNER], soft * (some[:, L_DUE] == 0), some[:, L_DUE]))
    found: dict[Cell, list[list[int]]] = {}
    for line, is_soft in zip(some[order].tolist(), soft[order].tolist(), strict=True):
        rows = found.setdefault((line[L_SKU], line[L_NODE]), [])
        rows.append([line[L_DUE], is_soft, line[L_OWNER], line[L_OPEN]])
    return found


def _instants(seconds: list[int | None]) -> NDArray[np.datetime64]:
    return np.array(
        [_NAT if second is None else np.datetime64(second, "s") for second in seconds],
        "datetime64[s]",
    )
