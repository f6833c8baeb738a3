"""What can be had of cells, now and later, line after line of one request."""

from __future__ import annotations

from omniroute.reservations.lines import Cells
from omniroute.stock.dated import Cell
from omniroute.stock.project import BySecond, limit, spare
from omniroute.stock.state import State


def admitted(state: State, wanted: Cells, given_up: Cells | None = None) -> Cells:
    """Return how much of each cell can be had at its time, 0 included.

    What is wanted first is looked at first, and what it takes is gone for the rest.

    Parameters
    ----------
    state
        Read, never modified.
    wanted
        Quanta by cell, and second due of what falls due later.
    given_up
        The same of what the asker gives up in exchange.
    """
    own: dict[Cell, BySecond] = {}
    for key, quanta in (given_up or {}).items():
        _count(own, key, -quanta, state.now)
    room = _Room(state)
    for cell, less in own.items():
        freed = max(0, limit(state, cell, state.now, less))
        room.take(cell, max(0, limit(state, cell, state.now)) - freed)
    had = dict.fromkeys(wanted, 0)
    for key in sorted(wanted, key=lambda key: key[2:]):
        cell, due = (key[0], key[1]), second_of(key, state.now)
        most = limit(state, cell, due, own.get(cell))
        if len(key) > 2:
            most += state.dated.beyond(cell)
        not_of_now = spare(state, cell, due, own.get(cell))
        most = room.within(cell, most, not_of_now)
        had[key] = max(0, min(wanted[key], most))
        room.take(cell, max(0, had[key] - not_of_now))
        _count(own, key, had[key], state.now)
    return had


class _Room:
    """What the network can still promise of items of which it keeps something back."""

    def __init__(self, state: State) -> None:
        self._of = state.unbound.room
        self._left: dict[int, int | None] = {}

    def within(self, cell: Cell, most: int, spare: int) -> int:
        """Return what can be had: what is not spare comes out of the network's room."""
        left = self._room(cell[0])
        return most if left is None else min(most, max(0, spare) + left)

    def take(self, cell: Cell, quanta: int) -> None:
        """Note that so much came out of it; below zero, that it was given back."""
        left = self._room(cell[0])
        if left is not None:
            self._left[cell[0]] = left - quanta

    def _room(self, sku: int) -> int | None:
        if sku not in self._left:
            self._left[sku] = self._of(sku)
        return self._left[sku]


def second_of(key: tuple[int, ...], now: int) -> int:
    """Return the second at which a cell of a request is wanted."""
    return key[2] if len(key) > 2 else now


def _count(own: dict[Cell, BySecond], key: tuple[int, ...], n: int, now: int) -> None:
    at_cell = own.setdefault((key[0], key[1]), {})
    second = second_of(key, now)
    at_cell[second] = at_cell.get(second, 0) + n
