"""The state rebuilt from its facts and compared with what is kept incrementally."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import P_FIRM, P_FREE, P_ON_HAND, P_SAFETY, P_SOFT, SHARE_ONE
from omniroute.errors import InvariantError
from omniroute.kernels.stock.arena import F_TAIL, R_CAPACITY, R_LENGTH, R_START
from omniroute.kernels.stock.book import L_DUE, L_NODE, L_OPEN, L_SKU
from omniroute.model.oversell import UNLIMITED_FLOOR
from omniroute.stock.checks_of_book import check_agenda, check_book, check_reserved
from omniroute.stock.checks_of_later import (
    check_after,
    check_dated,
    check_supply,
    check_workload,
)
from omniroute.stock.digest import digest_of
from omniroute.stock.sound import require
from omniroute.stock.stores import Stores

I8 = NDArray[np.int64]


def check(state: Stores) -> None:
    """Raise `InvariantError` at the first thing in the state that does not add up."""
    # Where these fail, not even a digest can be taken.
    _check_layout(state)
    _check_names(state)
    check_book(state)
    try:
        _check_planes(state)
        check_reserved(state)
        check_agenda(state)
        check_supply(state)
        _check_aside(state)
        _check_lots(state)
        _check_find(state)
        check_dated(state)
        check_after(state)
        check_workload(state)
    except InvariantError as error:
        raise InvariantError(str(error), digest_of(state)) from None


def _check_layout(state: Stores) -> None:
    """Require rows inside the arena, apart from each other and sorted by node."""
    arena = state.arena
    used = arena.rows[arena.rows[:, R_CAPACITY] > 0]
    used = used[np.argsort(used[:, R_START])]
    ends = used[:, R_START] + used[:, R_CAPACITY]
    lengths = arena.rows[:, R_LENGTH]
    tail = arena.fill[F_TAIL]
    require((lengths >= 0).all(), "a row has a negative length")
    fits = (lengths <= arena.rows[:, R_CAPACITY]).all()
    require(fits, "a row is longer than its place")
    require((ends[:-1] <= used[1:, R_START]).all(), "two rows overlap")
    require(not len(ends) or ends[-1] <= tail, "a row lies beyond the tail")
    require(tail <= len(arena.cell_node), "the tail is beyond the arena")
    require(arena.cells == lengths.sum(), "cells are miscounted")
    nodes = arena.cell_node[arena.positions()]
    keys = arena.skus_of_cells() * arena.nodes + nodes
    require((np.diff(keys) > 0).all(), "a row is not sorted by node")
    inside = ((nodes >= 0) & (nodes < arena.nodes)).all()
    require(inside, "a cell has a node outside the network")


def _check_names(state: Stores) -> None:
    """Require each id to be found under its number, and the reverse."""
    catalogue = state.catalogue
    for ids in (catalogue.skus, catalogue.nodes, state.book.ids):
        numbers = list(map(ids.numbers.get, ids.texts))
        same = numbers == list(range(len(ids))) and len(ids.numbers) == len(ids)
        require(same, "an id is not found under its number")


def _check_planes(state: Stores) -> None:
    """Require ``free`` and ``sku_free`` to be what the other planes say."""
    arena = state.arena
    cells = arena.planes[:, arena.positions()].astype(np.int64)
    taken = cells[P_SAFETY] + cells[P_SOFT] + cells[P_FIRM]
    free = cells[P_ON_HAND] - taken - _set_apart(state)
    require((cells[P_FREE] == free).all(), "free of a cell is off")
    require((cells[P_SAFETY : P_FIRM + 1] >= 0).all(), "a plane is below zero")
    sums = np.zeros(len(arena.rows), np.int64)
    np.add.at(sums, arena.skus_of_cells(), np.maximum(free, 0))
    require((arena.sku_free == sums).all(), "free of a SKU is off")


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
        require(there, "a fence, floor or dip has no cell")
        np.add.at(out, at, np.array(list(parts.values()), np.int64))
    return out


def _check_aside(state: Stores) -> None:
    """Require fences that add up with what open reservations drew from them."""
    aside, book = state.aside, state.book
    used: dict[tuple[int, int, int], int] = {}
    for number, drawn in aside.drawn.items():
        require(number < len(book), "a draw has no reservation")
        require(number in aside.through, "a draw is through no channel")
        held: dict[tuple[int, int], int] = {}
        for line in book.lines_of(number).tolist():
            cell, now = (line[L_SKU], line[L_NODE]), not line[L_DUE]
            held[cell] = held.get(cell, 0) + now * line[L_OPEN]
        for (sku, node, channel), quanta in drawn.items():
            require(quanta > 0, "a draw is not above zero")
            held[sku, node] = held.get((sku, node), 0) - quanta
            fence = sku, node, channel
            used[fence] = used.get(fence, 0) + quanta
        require(min(held.values()) >= 0, "a reservation drew more than it holds")
    found = {fence: row.used for fence, row in aside.rows() if row.used}
    require(found == used, "use of a fence is off")
    for _, row in aside.rows():
        sound = row.left >= 0 and row.guarded >= 0
        require(sound, "a fence is below zero")
    require(all(floor > 0 for floor in aside.floors.values()), "a floor is off")
    endless: dict[int, set[int]] = {}
    for (sku, node), floor in aside.floors.items():
        if floor >= UNLIMITED_FLOOR:
            endless.setdefault(sku, set()).add(node)
    require(aside.endless == endless, "a cell that never runs short is off")


def _check_lots(state: Stores) -> None:
    """Require lots that are not over, and no more units in them than are on hand."""
    arena = state.arena
    for (sku, node), lots in state.lots.cells.items():
        at = arena.find(sku, node)
        require(at >= 0, "a lot has no cell")
        require(min(lots.values()) > 0, "a lot is not above zero")
        require(min(lots) > state.now, "a lot has outlived its time")
        on_hand = int(arena.planes[P_ON_HAND, at])
        require(sum(lots.values()) <= on_hand, "lots hold more than is on hand")
        require(min(lots) >= state.lots.next_s, "a lot is not on the agenda")


def _check_find(state: Stores) -> None:
    """Require chances of cells of the catalogue, from 0 to 1."""
    keys, chances = state.find.items()
    known = (keys >= 0) & (keys < len(state.arena.rows) * state.arena.nodes)
    require(known.all(), "a find probability has no cell")
    within = ((chances >= 0) & (chances < SHARE_ONE)).all()
    require(within, "a find probability is off")
