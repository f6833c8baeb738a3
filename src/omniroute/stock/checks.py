"""The state rebuilt from its facts and compared with what is kept incrementally."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import (
    NO_NODE,
    P_FIRM,
    P_FREE,
    P_ON_HAND,
    P_SAFETY,
    P_SOFT,
    QUANTITY_MAX,
    SHARE_ONE,
    WORK_LINES,
    WORK_ORDERS,
    ReservationState,
)
from omniroute.errors import InvariantError
from omniroute.kernels.stock.arena import F_TAIL, R_CAPACITY, R_LENGTH, R_START
from omniroute.kernels.stock.book import (
    C_LINES,
    H_EXPIRES,
    H_FIRST,
    H_LAST,
    H_LINES,
    H_STATE,
    L_DUE,
    L_NEXT,
    L_NODE,
    L_OPEN,
    L_OWNER,
    L_QUANTITY,
    L_SHIPPED,
    L_SKU,
)
from omniroute.kernels.stock.supply import (
    N_DUE,
    N_EXPECTED,
    N_NODE,
    N_OPEN,
    N_SKU,
    N_UNTIL,
)
from omniroute.model.oversell import UNLIMITED_FLOOR
from omniroute.stock.digest import digest_of
from omniroute.stock.giving_back import kept_at
from omniroute.stock.stores import Stores

I8 = NDArray[np.int64]


def check(state: Stores) -> None:
    """Raise `InvariantError` at the first thing in the state that does not add up."""
    # Where these fail, not even a digest can be taken.
    _check_layout(state)
    _check_names(state)
    _check_book(state)
    try:
        _check_planes(state)
        _check_reserved(state)
        _check_agenda(state)
        _check_supply(state)
        _check_aside(state)
        _check_lots(state)
        _check_find(state)
        _check_dated(state)
        _check_after(state)
        _check_workload(state)
    except InvariantError as error:
        raise InvariantError(str(error), digest_of(state)) from None


def _require(holds: object, message: str) -> None:
    if not holds:
        raise InvariantError(message)


def _check_layout(state: Stores) -> None:
    """Require rows inside the arena, apart from each other and sorted by node."""
    arena = state.arena
    used = arena.rows[arena.rows[:, R_CAPACITY] > 0]
    used = used[np.argsort(used[:, R_START])]
    ends = used[:, R_START] + used[:, R_CAPACITY]
    lengths = arena.rows[:, R_LENGTH]
    tail = arena.fill[F_TAIL]
    _require((lengths >= 0).all(), "a row has a negative length")
    fits = (lengths <= arena.rows[:, R_CAPACITY]).all()
    _require(fits, "a row is longer than its place")
    _require((ends[:-1] <= used[1:, R_START]).all(), "two rows overlap")
    _require(not len(ends) or ends[-1] <= tail, "a row lies beyond the tail")
    _require(tail <= len(arena.cell_node), "the tail is beyond the arena")
    _require(arena.cells == lengths.sum(), "cells are miscounted")
    nodes = arena.cell_node[arena.positions()]
    keys = arena.skus_of_cells() * arena.nodes + nodes
    _require((np.diff(keys) > 0).all(), "a row is not sorted by node")
    inside = ((nodes >= 0) & (nodes < arena.nodes)).all()
    _require(inside, "a cell has a node outside the network")


def _check_names(state: Stores) -> None:
    """Require each id to be found under its number, and the reverse."""
    catalogue = state.catalogue
    for ids in (catalogue.skus, catalogue.nodes, state.book.ids):
        numbers = list(map(ids.numbers.get, ids.texts))
        same = numbers == list(range(len(ids))) and len(ids.numbers) == len(ids)
        _require(same, "an id is not found under its number")


def _check_planes(state: Stores) -> None:
    """Require ``free`` and ``sku_free`` to be what the other planes say."""
    arena = state.arena
    cells = arena.planes[:, arena.positions()].astype(np.int64)
    taken = cells[P_SAFETY] + cells[P_SOFT] + cells[P_FIRM]
    free = cells[P_ON_HAND] - taken - _set_apart(state)
    _require((cells[P_FREE] == free).all(), "free of a cell is off")
    _require((cells[P_SAFETY : P_FIRM + 1] >= 0).all(), "a plane is below zero")
    sums = np.zeros(len(arena.rows), np.int64)
    np.add.at(sums, arena.skus_of_cells(), np.maximum(free, 0))
    _require((arena.sku_free == sums).all(), "free of a SKU is off")


def _set_apart(state: Stores) -> I8:
    """Return what each cell has in fences and keeps for later, less its floor."""
    arena, parts = state.arena, state.aside.parts()
    for cell, dip in state.dated.dips.items():
        parts[cell] = parts.get(cell, 0) + dip
    out = np.zeros(arena.cells, np.int64)
    if parts:
        positions = arena.positions()
        keys = arena.skus_of_cells() * arena.nodes + arena.cell_node[positions]
        wanted = np.array([sku * arena.nodes + node for sku, node in parts], np.int64)
        at = np.searchsorted(keys, wanted)
        there = (np.append(keys, -1)[at] == wanted).all()
        _require(there, "a fence, floor or dip has no cell")
        np.add.at(out, at, np.array(list(parts.values()), np.int64))
    return out


def _check_aside(state: Stores) -> None:
    """Require fences that add up with what open reservations drew from them."""
    aside, book = state.aside, state.book
    used: dict[tuple[int, int, int], int] = {}
    for number, drawn in aside.drawn.items():
        _require(number < len(book), "a draw has no reservation")
        _require(number in aside.through, "a draw is through no channel")
        held: dict[tuple[int, int], int] = {}
        for line in book.lines_of(number).tolist():
            cell, now = (line[L_SKU], line[L_NODE]), not line[L_DUE]
            held[cell] = held.get(cell, 0) + now * line[L_OPEN]
        for (sku, node, channel), quanta in drawn.items():
            _require(quanta > 0, "a draw is not above zero")
            held[sku, node] = held.get((sku, node), 0) - quanta
            fence = sku, node, channel
            used[fence] = used.get(fence, 0) + quanta
        _require(min(held.values()) >= 0, "a reservation drew more than it holds")
    found = {fence: row.used for fence, row in aside.rows() if row.used}
    _require(found == used, "use of a fence is off")
    for _, row in aside.rows():
        sound = row.left >= 0 and row.guarded >= 0
        _require(sound, "a fence is below zero")
    _require(all(floor > 0 for floor in aside.floors.values()), "a floor is off")
    endless: dict[int, set[int]] = {}
    for (sku, node), floor in aside.floors.items():
        if floor >= UNLIMITED_FLOOR:
            endless.setdefault(sku, set()).add(node)
    _require(aside.endless == endless, "a cell that never runs short is off")


def _check_lots(state: Stores) -> None:
    """Require lots that are not over, and no more units in them than are on hand."""
    arena = state.arena
    for (sku, node), lots in state.lots.cells.items():
        at = arena.find(sku, node)
        _require(at >= 0, "a lot has no cell")
        _require(min(lots.values()) > 0, "a lot is not above zero")
        _require(min(lots) > state.now, "a lot has outlived its time")
        on_hand = int(arena.planes[P_ON_HAND, at])
        _require(sum(lots.values()) <= on_hand, "lots hold more than is on hand")
        _require(min(lots) >= state.lots.next_s, "a lot is not on the agenda")


def _check_find(state: Stores) -> None:
    """Require chances of cells of the catalogue, from 0 to 1."""
    keys, chances = state.find.items()
    known = (keys >= 0) & (keys < len(state.arena.rows) * state.arena.nodes)
    _require(known.all(), "a find probability has no cell")
    within = ((chances >= 0) & (chances < SHARE_ONE)).all()
    _require(within, "a find probability is off")


def _check_book(state: Stores) -> None:
    """Require chained lines of one reservation each, held by open ones only."""
    book = state.book
    heads = book.heads[: len(book)]
    lines = book.lines[: book.counters[C_LINES]]
    _require(len(book.ids) == len(book), "a reservation has no id")
    _check_chains(heads, lines)
    known = (lines[:, L_SKU] >= 0) & (lines[:, L_SKU] < len(state.arena.rows))
    known &= (lines[:, L_NODE] >= NO_NODE) & (lines[:, L_NODE] < state.arena.nodes)
    _require(known.all(), "a line names no SKU or no node")
    _require((lines[:, L_OPEN : L_SHIPPED + 1] >= 0).all(), "a line is below zero")
    used = lines[:, L_OPEN] + lines[:, L_SHIPPED]
    _require((used <= lines[:, L_QUANTITY]).all(), "a line has more than it took")
    ended = _line_states(state) > ReservationState.FIRM
    states = heads[:, H_STATE]
    known = (states > 0) & (states <= max(ReservationState))
    _require(known.all(), "a reservation has no such state")
    none = not lines[ended, L_OPEN].any()
    _require(none, "a reservation that ended holds stock")


def _check_chains(heads: I8, lines: I8) -> None:
    """Require each line in the chain of its owner, in the order it was written."""
    owners = lines[:, L_OWNER]
    inside = (owners >= 0) & (owners < len(heads))
    _require(inside.all(), "a line has no reservation")
    counts = np.bincount(owners, minlength=len(heads))
    _require(
        (counts == heads[:, H_LINES]).all(), "lines of a reservation are miscounted"
    )
    order = np.argsort(owners, kind="stable")
    after = np.append(order[1:], -1)
    last = np.append(owners[order[1:]] != owners[order[:-1]], True)[: len(order)]
    wanted = np.where(last, -1, after[: len(order)])
    _require((lines[order, L_NEXT] == wanted).all(), "a chain of lines is off")
    some = counts > 0
    ends = np.cumsum(counts)[some]
    first = np.full(len(heads), -1)
    final = np.full(len(heads), -1)
    first[some], final[some] = order[ends - counts[some]], order[ends - 1]
    _require((heads[:, H_FIRST] == first).all(), "a chain begins elsewhere")
    _require((heads[:, H_LAST] == final).all(), "a chain ends elsewhere")


def _line_states(state: Stores) -> I8:
    """Return the state of the reservation each line belongs to."""
    book = state.book
    owners = book.lines[: book.counters[C_LINES], L_OWNER]
    states: I8 = book.heads[owners, H_STATE]
    return states


def _check_reserved(state: Stores) -> None:
    """Compare the soft and firm planes with the sums of open lines."""
    arena = state.arena
    lines = state.book.lines[: state.book.counters[C_LINES]]
    states = _line_states(state)
    positions = arena.positions()
    keys = arena.skus_of_cells() * arena.nodes + arena.cell_node[positions]
    planes = {ReservationState.SOFT: P_SOFT, ReservationState.FIRM: P_FIRM}
    for kind, plane in planes.items():
        now = (lines[:, L_OPEN] > 0) & (lines[:, L_DUE] == 0)
        some = lines[(states == kind) & now & (lines[:, L_NODE] != NO_NODE)]
        wanted = some[:, L_SKU] * arena.nodes + some[:, L_NODE]
        at = np.searchsorted(keys, wanted)
        there = (np.append(keys, -1)[at] == wanted).all()
        _require(there, "a line has no cell")
        sums = np.zeros(len(keys), np.int64)
        np.add.at(sums, at, some[:, L_OPEN])
        same = (arena.planes[plane, positions] == sums).all()
        _require(same, f"{kind.name.lower()} reserved of a cell is off")


def _check_dated(state: Stores) -> None:
    """Require dated demand to be what the book says, and dips what that needs."""
    dated, now = state.dated, state.now
    lines = state.book.lines[: state.book.counters[C_LINES]]
    _check_unbound(state, lines)
    some = lines[(lines[:, L_DUE] != 0) & (lines[:, L_OPEN] > 0)]
    _require((some[:, L_DUE] > now).all(), "a line is overdue")
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
    _require(dated.demand == demand, "dated demand of a cell is off")
    _require(dated.owners == owners, "dated demand of a reservation is off")
    _require(set(owners) <= dated.seconds(), "a second that is due is not listed")
    for cell in {*demand, *dated.dips}:
        kept, needed = (
            dated.dips.get(cell, 0),
            _needed(state, cell, demand.get(cell, {})),
        )
        at = state.arena.find(*cell)
        _require(at >= 0, "dated demand has no cell")
        # Kept to what leaves free within the range of a plane.
        capped = kept < needed and state.arena.planes[P_FREE, at] == -QUANTITY_MAX
        _require(kept == needed or capped, "the dip of a cell is off")


def _check_after(state: Stores) -> None:
    """Require reservations and terms for all that is waited for."""
    book, parked = state.book, state.after.parked
    for number, wanted in parked.wanted.items():
        _require(0 <= number < len(book), "what waits is no reservation")
        _require(number in parked.terms, "what waits has no terms")
        _require(wanted and min(wanted.values()) > 0, "nothing is waited for")


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
    _require(same, "what is held at no node is off")


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


def _check_supply(state: Stores) -> None:
    """Require entries that name what there is, and compare the totals of cells."""
    supply, arena = state.supply, state.arena
    entries = supply.entries[: len(supply)]
    _require(len(supply.ids) == len(supply), "an inbound entry has no id")
    known = (entries[:, N_SKU] >= 0) & (entries[:, N_SKU] < len(arena.rows))
    known &= (entries[:, N_NODE] >= 0) & (entries[:, N_NODE] < arena.nodes)
    _require(known.all(), "an inbound entry names no SKU or no node")
    still = entries[:, N_OPEN]
    within = (still >= 0) & (still <= entries[:, N_EXPECTED])
    _require(within.all(), "an inbound entry has more to come than was expected")
    cells, at = np.unique(
        entries[:, N_SKU] * arena.nodes + entries[:, N_NODE], return_inverse=True
    )
    sums = np.zeros(len(cells), np.int64)
    np.add.at(sums, at, still)
    keys, totals = supply.totals.items()
    wanted = dict(zip(cells[sums > 0].tolist(), sums[sums > 0].tolist(), strict=True))
    found = dict(zip(keys.tolist(), totals.tolist(), strict=True))
    found = {cell: total for cell, total in found.items() if total}
    _require(found == wanted, "inbound of a cell is off")
    held = supply.unavailable.items()[1]
    _require((held >= 0).all(), "unavailable units are below zero")


def _check_agenda(state: Stores) -> None:
    """Require open holds on the agenda and not yet over, firm ones without an expiry."""
    book = state.book
    heads = book.heads[: len(book)]
    soft = np.flatnonzero(heads[:, H_STATE] == ReservationState.SOFT)
    listed = np.sort(book.agenda.all_open(heads))
    _require(np.array_equal(soft, listed), "the agenda is off")
    over = heads[soft, H_EXPIRES] <= state.now
    _require(not over.any(), "a hold has outlived its time")
    firm = heads[heads[:, H_STATE] == ReservationState.FIRM, H_EXPIRES]
    _require(not firm.any(), "a firm reservation has an expiry")


def _check_workload(state: Stores) -> None:
    """Require work counted as reservations take it, for no more than they are about."""
    load, book = state.workload, state.book
    sums: dict[tuple[int, int, int], int] = {}
    at_nodes: dict[tuple[int, int, int], int] = {}
    for number, own in load.by.items():
        _require(0 <= number < len(book), "work is taken by no reservation")
        for (node, work, day), amount in own.items():
            _require(amount > 0, "less than no work is taken")
            sums[node, work, day] = sums.get((node, work, day), 0) + amount
            key = number, node, work
            at_nodes[key] = at_nodes.get(key, 0) + amount
    _require(sums == load.taken, "the work of a node is off")
    for (number, node, work), amount in at_nodes.items():
        if work < len(load.kinds):
            kind = load.kinds[work]
            kept = kept_at(state, number, node)
            # A node may send several shipments, of a line or more each.
            most = kept[WORK_LINES if kind == WORK_ORDERS else kind]
            _require(amount <= most, "work is taken for what is not there")
