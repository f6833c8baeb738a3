"""What can be promised of a cell for an instant: the look-ahead rule over live stock.

With ``base`` what a cell has now that no promise holds, S(u) what is on its way and due
by u, D(u) what falls due by then, what can be promised for an instant t is the least
``base + S(u) - D(u)`` of all u from t on. Now is such an instant too: what ``base`` has
more than is free now is the cell's dip.

Where units end, be they on hand or on their way, sums will not do: what can be promised
is how much more may be wanted at t with everybody else still served, each by what is there
and ends first. Without ends that is the same. The dip is what dated demand needs of today's
stock beside all that is on its way; it takes today's stock to last, since what keeps for
later is what ends last.

Supply counts from the second at which it is due, and once that has passed only when it
arrives: what is late is trusted no more.
"""

from __future__ import annotations

from omniroute.codes import FOREVER, P_FIRM, P_FREE, P_SOFT
from omniroute.kernels.stock.supply import N_DUE, N_OPEN, N_UNTIL
from omniroute.stock.dated import Cell
from omniroute.stock.spans import Span, unserved
from omniroute.stock.state import State

#: Quanta by second.
BySecond = dict[int, int]

#: More than is ever wanted at once.
MANY = 2**61


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
    demand, spans = _demand(state, cell, own), inbound(state, cell)
    lots = state.lots.cells.get(cell, {}) if due > state.now else {}
    if not lots and not ends(spans):
        return base(state, cell) + least_from(due, by_second(spans), demand)
    # What holds stock has of what ends first, as if all of it left at once.
    held = _held(state, cell) if lots else 0
    lasting = base(state, cell) + held - sum(lots.values())
    spans += [(0, end, quanta) for end, quanta in lots.items()]
    _add(demand, state.now, held)
    # What is given back is there at once.
    lasting += max(0, -demand.get(state.now, 0))
    return lasting + _more_at(max(due, state.now), spans, demand)


def _more_at(due: int, spans: list[Span], demand: BySecond) -> int:
    """Return how much more can be wanted then, less what is short without it."""
    return MANY - unserved(spans, {**demand, due: demand.get(due, 0) + MANY})


def spare(state: State, cell: Cell, due: int, own: BySecond | None = None) -> int:
    """Return how much can be promised for an instant that takes nothing from now.

    Whoever is promised more takes it from what is free now. Parameters as of `limit`.
    """
    demand, spans = _demand(state, cell, own), inbound(state, cell)
    # What is given back is there now: who takes it takes it from now.
    demand[state.now] = max(0, demand.get(state.now, 0))
    if ends(spans):
        return _more_at(max(due, state.now), spans, demand) + unserved(spans, demand)
    supply = by_second(spans)
    return least_from(due, supply, demand) + dip_of(supply, demand)


def needed(spans: list[Span], demand: BySecond) -> int:
    """Return what dated demand needs of what is there now, beside what is coming."""
    return unserved(spans, demand) if ends(spans) else dip_of(by_second(spans), demand)


def _demand(state: State, cell: Cell, own: BySecond | None) -> BySecond:
    demand = dict(state.dated.demand.get(cell, {}))
    for second, quanta in (own or {}).items():
        _add(demand, max(second, state.now), quanta)
    return demand


def _add(demand: BySecond, second: int, quanta: int) -> None:
    demand[second] = demand.get(second, 0) + quanta


def _held(state: State, cell: Cell) -> int:
    at = state.arena.find(*cell)
    return int(state.arena.planes[P_SOFT : P_FIRM + 1, at].sum()) if at >= 0 else 0


def base(state: State, cell: Cell) -> int:
    """Return what a cell has now that no promise holds, those for later aside."""
    at = state.arena.find(*cell)
    free = int(state.arena.planes[P_FREE, at]) if at >= 0 else 0
    return free + state.dated.dips.get(cell, 0)


def inbound(state: State, cell: Cell) -> list[Span]:
    """Return what is still to come to a cell, not overdue, and not over by then."""
    supply = state.supply
    found: list[Span] = []
    for number in supply.entries_of(*cell):
        entry = supply.entries[number]
        due, still, until = int(entry[N_DUE]), int(entry[N_OPEN]), int(entry[N_UNTIL])
        if still and due > state.now and not 0 < until <= due:
            found.append((due, until or FOREVER, still))
    return found


def ends(spans: list[Span]) -> bool:
    """Whether anything of it does."""
    return any(until < FOREVER for _, until, _ in spans)


def by_second(spans: list[Span]) -> BySecond:
    """Return what is coming by second due."""
    found: BySecond = {}
    for due, _, quanta in spans:
        _add(found, due, quanta)
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
