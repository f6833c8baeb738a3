"""The book and what cells have reserved, compared with its lines."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import NO_NODE, P_FIRM, P_SOFT, ReservationState
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
from omniroute.stock.sound import require
from omniroute.stock.stores import Stores

I8 = NDArray[np.int64]


def check_book(state: Stores) -> None:
    """Require chained lines of one reservation each, held by open ones only."""
    book = state.book
    heads = book.heads[: len(book)]
    lines = book.lines[: book.counters[C_LINES]]
    require(len(book.ids) == len(book), "a reservation has no id")
    _check_chains(heads, lines)
    known = (lines[:, L_SKU] >= 0) & (lines[:, L_SKU] < len(state.arena.rows))
    known &= (lines[:, L_NODE] >= NO_NODE) & (lines[:, L_NODE] < state.arena.nodes)
    require(known.all(), "a line names no SKU or no node")
    require((lines[:, L_OPEN : L_SHIPPED + 1] >= 0).all(), "a line is below zero")
    used = lines[:, L_OPEN] + lines[:, L_SHIPPED]
    require((used <= lines[:, L_QUANTITY]).all(), "a line has more than it took")
    ended = _line_states(state) > ReservationState.FIRM
    states = heads[:, H_STATE]
    known = (states > 0) & (states <= max(ReservationState))
    require(known.all(), "a reservation has no such state")
    none = not lines[ended, L_OPEN].any()
    require(none, "a reservation that ended holds stock")


def _check_chains(heads: I8, lines: I8) -> None:
    """Require each line in the chain of its owner, in the order it was written."""
    owners = lines[:, L_OWNER]
    inside = (owners >= 0) & (owners < len(heads))
    require(inside.all(), "a line has no reservation")
    counts = np.bincount(owners, minlength=len(heads))
    require(
        (counts == heads[:, H_LINES]).all(), "lines of a reservation are miscounted"
    )
    order = np.argsort(owners, kind="stable")
    after = np.append(order[1:], -1)
    last = np.append(owners[order[1:]] != owners[order[:-1]], True)[: len(order)]
    wanted = np.where(last, -1, after[: len(order)])
    require((lines[order, L_NEXT] == wanted).all(), "a chain of lines is off")
    some = counts > 0
    ends = np.cumsum(counts)[some]
    first = np.full(len(heads), -1)
    final = np.full(len(heads), -1)
    first[some], final[some] = order[ends - counts[some]], order[ends - 1]
    require((heads[:, H_FIRST] == first).all(), "a chain begins elsewhere")
    require((heads[:, H_LAST] == final).all(), "a chain ends elsewhere")


def _line_states(state: Stores) -> I8:
    """Return the state of the reservation each line belongs to."""
    book = state.book
    owners = book.lines[: book.counters[C_LINES], L_OWNER]
    states: I8 = book.heads[owners, H_STATE]
    return states


def check_reserved(state: Stores) -> None:
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
        require(there, "a line has no cell")
        sums = np.zeros(len(keys), np.int64)
        np.add.at(sums, at, some[:, L_OPEN])
        same = (arena.planes[plane, positions] == sums).all()
        require(same, f"{kind.name.lower()} reserved of a cell is off")


def check_agenda(state: Stores) -> None:
    """Require open holds on the agenda and not yet over, firm ones without an expiry."""
    book = state.book
    heads = book.heads[: len(book)]
    soft = np.flatnonzero(heads[:, H_STATE] == ReservationState.SOFT)
    listed = np.sort(book.agenda.all_open(heads))
    require(np.array_equal(soft, listed), "the agenda is off")
    over = heads[soft, H_EXPIRES] <= state.now
    require(not over.any(), "a hold has outlived its time")
    firm = heads[heads[:, H_STATE] == ReservationState.FIRM, H_EXPIRES]
    require(not firm.any(), "a firm reservation has an expiry")
