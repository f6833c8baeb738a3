"""What can be promised of a cell for an instant: the look-ahead rule over live stock.

With ``base`` what a cell has now that no promise holds, S(u) what is on its way and due
by u, D(u) what falls due by then, what can be promised for an instant t is the least
``base + S(u) - D(u)`` of all u from t on, less what of its lots will have ended by t. Now
is such an instant too: what ``base`` has more than is free now is the cell's dip.

Supply counts from the second at which it is due, and once that has passed only when it
arrives: what is late is trusted no more.
"""

from __future__ import annotations

from omniroute.codes import P_FIRM, P_FREE, P_SOFT
from omniroute.kernels.supply import N_DUE, N_OPEN
from omniroute.stock.dated import Cell
from omniroute.stock.state import State

#: Quanta by second.
BySecond = dict[int, int]


def limit(state: State, cell: Cell, due: int, own: BySecond | None = None) -> int:
    """Return the quanta of a cell that can be promised for an instant; may be negative.

    Parameters
    ----------
    state
        Read, never modified.
    cell
        SKU number and node index. Need not exist: all may still be on its way.
    due
        Second at which they are wanted; the state's now, or before, for at once.
    own
        Demand that counts as well, by second due; below zero what is not to count.
    """
    demand = _demand(state, cell, own)
    most = base(state, cell) + least_from(due, coming(state, cell), demand)
    return most - _lost(state, cell, due, demand) if due > state.now else most


def _lost(state: State, cell: Cell, due: int, demand: BySecond) -> int:
    """Return what of a cell's lots will have ended by an instant, and nobody has had.

    What is reserved, and what falls due before a lot ends, is taken to leave in time and
    to be of what ends first.
    """
    lots = state.lots.cells.get(cell)
    if not lots:
        return 0
    at, ended, lost = state.arena.find(*cell), 0, 0
    held = int(state.arena.planes[P_SOFT : P_FIRM + 1, at].sum())
    for end in sorted(end for end in lots if end <= due):
        ended += lots[end]
        taken = held + sum(n for second, n in demand.items() if second < end)
        lost = max(lost, ended - taken)
    return lost


def spare(state: State, cell: Cell, due: int, own: BySecond | None = None) -> int:
    """Return how much can be promised for an instant that takes nothing from now.

    Whoever is promised more takes it from what is free now. Parameters as of `limit`.
    """
    demand, supply = _demand(state, cell, own), coming(state, cell)
    return least_from(due, supply, demand) + dip_of(supply, demand)


def _demand(state: State, cell: Cell, own: BySecond | None) -> BySecond:
    demand = dict(state.dated.demand.get(cell, {}))
    for second, quanta in (own or {}).items():
        demand[second] = demand.get(second, 0) + quanta
    return demand


def base(state: State, cell: Cell) -> int:
    """Return what a cell has now that no promise holds, those for later aside."""
    at = state.arena.find(*cell)
    free = int(state.arena.planes[P_FREE, at]) if at >= 0 else 0
    return free + state.dated.dips.get(cell, 0)


def coming(state: State, cell: Cell) -> BySecond:
    """Return what is still to come to a cell and not overdue, by second due."""
    supply = state.supply
    found: BySecond = {}
    for number in supply.entries_of(*cell):
        entry = supply.entries[number]
        due, still = int(entry[N_DUE]), int(entry[N_OPEN])
        if still and due > state.now:
            found[due] = found.get(due, 0) + still
    return found


def dip_of(supply: BySecond, demand: BySecond) -> int:
    """Return what dated demand needs of what is there now.

    Examples
    --------
    >>> dip_of({10: 5}, {20: 8})
    3
    >>> dip_of({30: 50}, {20: 8})
    8
    """
    return max(0, -least_from(0, supply, demand))


def least_from(start: int, supply: BySecond, demand: BySecond) -> int:
    """Return the least of supply less demand, both summed up, from an instant on.

    What is due at one second is there for what falls due at it.

    Examples
    --------
    >>> least_from(15, {10: 5, 30: 9}, {20: 8, 40: 1})
    -3
    >>> least_from(30, {10: 5, 30: 9}, {20: 8, 40: 1})
    5
    """
    projected, least = 0, 0
    for second in sorted({*supply, *demand}):
        if second > start:
            least = min(least, projected)
        projected += supply.get(second, 0) - demand.get(second, 0)
        if second <= start:
            least = projected
    return min(least, projected)
