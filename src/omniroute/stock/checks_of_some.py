"""A few cells and reservations looked at, cheaply enough for a system that is live.

What `checks` rebuilds from the whole book is here taken cell by cell and reservation by
reservation, as far as each can be judged by itself.
"""

from __future__ import annotations

from hashlib import shake_128

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import NO_NODE, P_FIRM, P_FREE, P_ON_HAND, P_SAFETY, P_SOFT
from omniroute.codes import ReservationState as R
from omniroute.kernels.stock.arena import R_LENGTH, R_START
from omniroute.kernels.stock.book import (
    H_EXPIRES,
    H_LINES,
    H_STATE,
    L_DUE,
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


class Dice:
    """Numbers by chance, the same for the same seed with every version of everything.

    Examples
    --------
    >>> Dice(7).below(100, 3).tolist() == Dice(7).below(100, 3).tolist()
    True
    """

    __slots__ = ("_drawn", "_seed")

    def __init__(self, seed: int) -> None:
        self._seed, self._drawn = seed, 0

    def below(self, most: int, count: int) -> I8:
        """Return so many numbers from 0 to below ``most``."""
        self._drawn += 1
        told = f"{self._seed} {self._drawn}".encode()
        bits = np.frombuffer(shake_128(told).digest(8 * count), "<u8")
        return np.asarray(bits % np.uint64(most), np.int64)


def some_cells(state: Stores, count: int, dice: Dice) -> I8:
    """Return keys ``sku * nodes + node`` of so many cells at most, by chance. O(count)."""
    arena = state.arena
    if not len(arena.rows):
        return np.zeros(0, np.int64)
    skus = np.unique(dice.below(len(arena.rows), count))
    lengths = arena.rows[skus, R_LENGTH]
    skus, lengths = skus[lengths > 0], lengths[lengths > 0]
    at = arena.rows[skus, R_START] + dice.below(2**62, len(skus)) % lengths
    return np.asarray(skus * arena.nodes + arena.cell_node[at], np.int64)


def check_some(state: Stores, keys: I8, count: int, dice: Dice) -> None:
    """Raise `InvariantError` at the first of them that does not add up.

    Parameters
    ----------
    state
        Read, never modified.
    keys
        The cells, from `some_cells`.
    count
        How many reservations, chosen by chance.
    dice
        What chooses.
    """
    for key in keys.tolist():
        _check_cell(state, divmod(key, state.arena.nodes))
    if len(state.book):
        for number in np.unique(dice.below(len(state.book), count)).tolist():
            _check_reservation(state, number)


def _check_cell(state: Stores, cell: tuple[int, int]) -> None:
    """Require of one cell what its planes, fences, floor, dip and lots say."""
    at = state.arena.find(*cell)
    planes = state.arena.planes[:, at].tolist()
    taken = sum(planes[P_SAFETY : P_FIRM + 1])
    apart = state.aside.fenced(*cell) - state.aside.floors.get(cell, 0)
    apart += state.dated.dips.get(cell, 0)
    free = planes[P_ON_HAND] - taken - apart
    require(planes[P_FREE] == free, "free of a cell is off")
    require(min(planes[P_SAFETY : P_FIRM + 1]) >= 0, "a plane is below zero")
    lots = state.lots.of(*cell)
    require(sum(lots.values()) <= planes[P_ON_HAND] or not lots, "lots hold too much")
    require(all(end > state.now for end in lots), "a lot has outlived its time")


def _check_reservation(state: Stores, number: int) -> None:
    """Require a reservation that is found by its id, and whose cells hold its lines."""
    book = state.book
    head, lines = book.heads[number], book.lines_of(number)
    id = book.ids.texts[number]
    require(book.ids.numbers.get(id) == number, "an id is not found under its number")
    require(len(lines) == head[H_LINES], "lines of a reservation are miscounted")
    require((lines[:, L_OWNER] == number).all(), "a line has another reservation")
    used = lines[:, L_OPEN] + lines[:, L_SHIPPED]
    sound = (lines[:, L_OPEN : L_SHIPPED + 1] >= 0).all()
    sound &= (used <= lines[:, L_QUANTITY]).all()
    require(sound, "a line has more than it took")
    if head[H_STATE] > R.FIRM:
        require(not lines[:, L_OPEN].any(), "a reservation that ended holds stock")
        return
    soft = head[H_STATE] == R.SOFT
    require(not soft or head[H_EXPIRES] > state.now, "a hold has outlived its time")
    drawn = number not in state.aside.drawn or number in state.aside.through
    require(drawn, "a reservation drew from fences through no channel")
    plane = state.arena.planes[P_SOFT if soft else P_FIRM]
    for sku, node, held, due in lines[:, [L_SKU, L_NODE, L_OPEN, L_DUE]].tolist():
        if held and node != NO_NODE and not due:
            at = state.arena.find(sku, node)
            require(at >= 0 and plane[at] >= held, "a line holds more than its cell")
