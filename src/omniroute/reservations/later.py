"""What can be had of cells, now and later, line after line of one request."""

from __future__ import annotations

from omniroute.reservations.lines import Cells
from omniroute.stock.dated import Cell
from omniroute.stock.project import BySecond, limit
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
    had = dict.fromkeys(wanted, 0)
    for key in sorted(wanted, key=lambda key: key[2:]):
        cell, due = (key[0], key[1]), second_of(key, state.now)
        most = limit(state, cell, due, own.get(cell))
        if len(key) > 2:
            most += state.dated.beyond(cell)
        had[key] = max(0, min(wanted[key], most))
        _count(own, key, had[key], state.now)
    return had


def second_of(key: tuple[int, ...], now: int) -> int:
    """Return the second at which a cell of a request is wanted."""
    return key[2] if len(key) > 2 else now


def _count(own: dict[Cell, BySecond], key: tuple[int, ...], n: int, now: int) -> None:
    at_cell = own.setdefault((key[0], key[1]), {})
    second = second_of(key, now)
    at_cell[second] = at_cell.get(second, 0) + n
