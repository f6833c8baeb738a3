"""What is promised for later, waited for, on its way and worked, compared."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import NO_NODE, P_FREE, QUANTITY_MAX, WORK_LINES, WORK_ORDERS
from omniroute.kernels.stock.book import C_LINES, L_DUE, L_NODE, L_OPEN, L_OWNER, L_SKU
from omniroute.kernels.stock.supply import (
    N_DUE,
    N_EXPECTED,
    N_NODE,
    N_OPEN,
    N_SKU,
    N_UNTIL,
)
from omniroute.stock.giving_back import kept_at
from omniroute.stock.sound import require
from omniroute.stock.stores import Stores

I8 = NDArray[np.int64]


def check_dated(state: Stores) -> None:
    """Require dated demand to be what the book says, and dips what that needs."""
    dated, now = state.dated, state.now
    lines = state.book.lines[: state.book.counters[C_LINES]]
    _check_unbound(state, lines)
    some = lines[(lines[:, L_DUE] != 0) & (lines[:, L_OPEN] > 0)]
    require((some[:, L_DUE] > now).all(), "a line is overdue")
    demand: dict[tuple[int, int], dict[int, int]] = {}
    owners: dict[int, dict[int, int]] = {}
    for row in some[:, [L_SKU, L_NODE, L_DUE, L_OPEN, L_OWNER]].tolist():
        sku, node, due, held, owner = row
        at_cell, at_second = (
            demand.setdefault((sku, node), {}),
            owners.setdefault(due, {}),
        )
        at_cell[due] = at_cell.get(due, 0) + held
        at_second[owner] = at_second.get(owner, 0) + held
    require(dated.demand == demand, "dated demand of a cell is off")
    require(dated.owners == owners, "dated demand of a reservation is off")
    require(set(owners) <= dated.seconds(), "a second that is due is not listed")
    for cell in {*demand, *dated.dips}:
        kept, needed = (
            dated.dips.get(cell, 0),
            _needed(state, cell, demand.get(cell, {})),
        )
        at = state.arena.find(*cell)
        require(at >= 0, "dated demand has no cell")
        # Kept to what leaves free within the range of a plane.
        capped = kept < needed and state.arena.planes[P_FREE, at] == -QUANTITY_MAX
        require(kept == needed or capped, "the dip of a cell is off")


def check_after(state: Stores) -> None:
    """Require reservations and terms for all that is waited for."""
    book, parked = state.book, state.after.parked
    for number, wanted in parked.wanted.items():
        require(0 <= number < len(book), "what waits is no reservation")
        require(number in parked.terms, "what waits has no terms")
        require(wanted and min(wanted.values()) > 0, "nothing is waited for")


def _check_unbound(state: Stores, lines: I8) -> None:
    """Require the sums of what is held at no node to be what the book says."""
    sums: dict[int, int] = {}
    through: dict[int, dict[int, int]] = {}
    at_no_node = (lines[:, L_NODE] == NO_NODE) & (lines[:, L_OPEN] > 0)
    for sku, held, owner in lines[at_no_node][:, [L_SKU, L_OPEN, L_OWNER]].tolist():
        sums[sku] = sums.get(sku, 0) + held
        channel = state.aside.through.get(owner, -1)
        by_channel = through.setdefault(sku, {})
        by_channel[channel] = by_channel.get(channel, 0) + held
    same = state.unbound.held == sums and state.unbound.through == through
    require(same, "what is held at no node is off")


def _needed(state: Stores, cell: tuple[int, int], demand: dict[int, int]) -> int:
    """Return what is wanted by second and not served by what is on its way.

    Served backwards in time, each by what comes last: the mirror image of how the engine
    goes about it.
    """
    entries = state.supply.entries[: len(state.supply)]
    of_cell = (entries[:, N_SKU] == cell[0]) & (entries[:, N_NODE] == cell[1])
    coming = entries[of_cell & (entries[:, N_DUE] > state.now)]
    coming = coming[np.argsort(-coming[:, N_DUE], kind="stable")]
    left, needed = coming[:, N_OPEN].copy(), 0
    for second in sorted(demand, reverse=True):
        wanted = demand[second]
        lasts = (coming[:, N_UNTIL] == 0) | (coming[:, N_UNTIL] > second)
        for k in np.flatnonzero((coming[:, N_DUE] <= second) & lasts).tolist():
            some = min(wanted, int(left[k]))
            left[k] -= some
            wanted -= some
        needed += wanted
    return needed


def check_supply(state: Stores) -> None:
    """Require entries that name what there is, and compare the totals of cells."""
    supply, arena = state.supply, state.arena
    entries = supply.entries[: len(supply)]
    require(len(supply.ids) == len(supply), "an inbound entry has no id")
    known = (entries[:, N_SKU] >= 0) & (entries[:, N_SKU] < len(arena.rows))
    known &= (entries[:, N_NODE] >= 0) & (entries[:, N_NODE] < arena.nodes)
    require(known.all(), "an inbound entry names no SKU or no node")
    still = entries[:, N_OPEN]
    within = (still >= 0) & (still <= entries[:, N_EXPECTED])
    require(within.all(), "an inbound entry has more to come than was expected")
    cells, at = np.unique(
        entries[:, N_SKU] * arena.nodes + entries[:, N_NODE], return_inverse=True
    )
    sums = np.zeros(len(cells), np.int64)
    np.add.at(sums, at, still)
    keys, totals = supply.totals.items()
    wanted = dict(zip(cells[sums > 0].tolist(), sums[sums > 0].tolist(), strict=True))
    found = dict(zip(keys.tolist(), totals.tolist(), strict=True))
    found = {cell: total for cell, total in found.items() if total}
    require(found == wanted, "inbound of a cell is off")
    held = supply.unavailable.items()[1]
    require((held >= 0).all(), "unavailable units are below zero")


def check_workload(state: Stores) -> None:
    """Require work counted as reservations take it, for no more than they are about."""
    load, book = state.workload, state.book
    sums: dict[tuple[int, int, int], int] = {}
    at_nodes: dict[tuple[int, int, int], int] = {}
    for number, own in load.by.items():
        require(0 <= number < len(book), "work is taken by no reservation")
        for (node, work, day), amount in own.items():
            require(amount > 0, "less than no work is taken")
            sums[node, work, day] = sums.get((node, work, day), 0) + amount
            key = number, node, work
            at_nodes[key] = at_nodes.get(key, 0) + amount
    require(sums == load.taken, "the work of a node is off")
    for (number, node, work), amount in at_nodes.items():
        if work < len(load.kinds):
            kind = load.kinds[work]
            kept = kept_at(state, number, node)
            # A node may send several shipments, of a line or more each.
            most = kept[WORK_LINES if kind == WORK_ORDERS else kind]
            require(amount <= most, "work is taken for what is not there")
