"""Events that say when they happened: what is late, and what a late count misses.

A count says what was there at its cut-over. What happened at or before is in it; what
happened later comes on top, whether it was applied before the count arrived or not.
"""

from __future__ import annotations

from omniroute._jit import kernel
from omniroute.codes import (
    E_AUX,
    E_NODE,
    E_QUANTITY,
    E_SKU,
    E_TIME,
    E_WHAT,
    STOCK_FIRST,
    STOCK_LAST,
    Effect,
)
from omniroute.kernels.arrays import I8
from omniroute.kernels.table import EMPTY, place_of, value_of

#: The change of a ledger entry that is a count without a time of its own.
MARK = 2**62
#: A cut-over before all times.
NEVER = -(2**62)

_COUNT = int(Effect.COUNT)
_SELL = int(Effect.SELL)
_SAFETY = int(Effect.SAFETY)
_SHIP = int(Effect.SHIP)


@kernel()
def is_on_hand(what: int) -> bool:
    """Whether the effect changes on hand."""
    return bool(
        (STOCK_FIRST <= what <= STOCK_LAST and what != _SAFETY) or what == _SHIP
    )


@kernel("i8[,] i8 i8[] i8[] i8[]")
def ledger_rows(effects: I8, nodes: int, cells: I8, happened: I8, changes: I8) -> int:
    """Write what the rows did to on hand, without counts that have a time of their own.

    Returns how many; the three columns int64[n] are written.
    """
    found = 0
    for i in range(effects.shape[0]):
        what, at = effects[i, E_WHAT], effects[i, E_AUX]
        if not is_on_hand(what) or (what == _COUNT and at != 0):
            continue
        cells[found] = effects[i, E_SKU] * nodes + effects[i, E_NODE]
        happened[found] = at if at != 0 else effects[i, E_TIME]
        if what == _COUNT:
            changes[found] = MARK
        elif what in (_SELL, _SHIP):
            changes[found] = -effects[i, E_QUANTITY]
        else:
            changes[found] = effects[i, E_QUANTITY]
        found += 1
    return found


@kernel()
def chain(at: int, place: int, when: int, change: int, heads: I8, links: I8) -> None:
    """Put one change at the head of its cell's chain. Modified in place."""
    links[at, 0] = heads[place]
    links[at, 1] = when
    links[at, 2] = change
    heads[place] = at


@kernel()
def later_than(cut: int, place: int, heads: I8, links: I8) -> int:
    """Sum of a cell's changes after ``cut``, or MARK where a count came after it.

    Changes at or before leave the chain: no count that still matters asks for them.
    """
    total = 0
    at, before = heads[place], -1
    while at >= 0:
        if links[at, 1] > cut:
            if links[at, 2] == MARK:
                return MARK
            total += links[at, 2]
            before = at
        elif before < 0:
            heads[place] = links[at, 0]
        else:
            links[before, 0] = links[at, 0]
        at = links[at, 0]
    return total


@kernel("i8[] i8[] i8[] i8[] i8[,]")
def chain_ledger(slots: I8, heads: I8, cells: I8, happened: I8, links: I8) -> int:
    """Chain the ledger entries of cells in ``slots``; links column 2 holds changes.

    Returns the first free link. ``heads`` and ``links`` are modified in place.
    """
    for j in range(cells.size):
        at = place_of(slots, cells[j])
        if slots[at] != EMPTY:
            chain(j, at, happened[j], links[j, 2], heads, links)
    return int(cells.size)


@kernel("i8[] i8[] i8[] i8[] i8[] i8[]")
def open_slots(
    cells: I8, slots: I8, cuts: I8, heads: I8, cut_keys: I8, cut_values: I8
) -> None:
    """Give every cell a slot with its last cut-over and an empty chain."""
    for i in range(cells.size):
        at = place_of(slots, cells[i])
        if slots[at] == EMPTY:
            slots[at] = cells[i]
            heads[at] = -1
            cuts[at] = value_of(cut_keys, cut_values, cells[i], NEVER)


@kernel("i8[,] i8[] i8 i8[] i8[] i8[] i8[,] i8 i8[]")
def settle(
    effects: I8,
    cells: I8,
    floor: int,
    slots: I8,
    cuts: I8,
    heads: I8,
    links: I8,
    first: int,
    late: I8,
) -> None:
    """Decide which rows are late, and add to a count what happened after it.

    Parameters
    ----------
    effects
        int64[n, 8]. E_QUANTITY of counts is modified in place.
    cells
        int64[n]: ``sku * nodes + node`` of each row.
    floor
        A count before this time cannot be honoured: what came after is not known.
    slots, cuts, heads
        int64[m], one place a cell: the cell, its last cut-over, the head of its chain
        of changes. The latter two are modified in place.
    links
        int64[k, 3]: next in chain, time, change. Modified in place from ``first`` on.
    late
        int64[n], written: 1 where the row must not be applied.
    """
    for i in range(effects.shape[0]):
        what, said = effects[i, E_WHAT], effects[i, E_AUX]
        if not is_on_hand(what):
            continue
        place = place_of(slots, cells[i])
        when = said if said != 0 else effects[i, E_TIME]
        change = effects[i, E_QUANTITY]
        if what != _COUNT:
            if said != 0 and said <= cuts[place]:
                late[i] = 1
                continue
            change = -change if what == _SELL else change
        elif said == 0:
            change = MARK
        else:
            missed = MARK
            if said >= cuts[place] and said >= floor:
                missed = later_than(said, place, heads, links)
            if missed == MARK:
                late[i] = 1
            else:
                effects[i, E_QUANTITY] += missed
                cuts[place] = said
            continue
        chain(first + i, place, when, change, heads, links)
