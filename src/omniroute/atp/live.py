"""What live stock can promise by date, no more than can be reserved for that date.

Two things are true of stock that timelines do not say. Of some SKUs a part is kept back
from the network as a whole (a threshold, holds at no node): what all nodes together give
of what they have today is no more than the rest; what is still on its way comes on top.
And what is left of units that end is gone by then, whichever rule counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from omniroute.atp.ask import ask_of
from omniroute.atp.by_date import atp_by_date
from omniroute.atp.schedule import AtpSchedule
from omniroute.codes import (
    ATP_EXPIRING,
    FOREVER,
    L_ON_HAND,
    P_FREE,
    SHARE_ONE,
    UNLIMITED,
    V_LAST,
    V_QUANTITY,
)
from omniroute.kernels import phased_events as w
from omniroute.kernels.phased_ends import OF_ALL, OF_COMING, lost_by_date
from omniroute.model.atp_rule import AtpRule
from omniroute.model.exact import Number
from omniroute.model.timelines import Timelines
from omniroute.stock.state import State

I8 = NDArray[np.int64]

#: Rules that say what is there by a date, and so have to leave out what has ended.
#: `net` and `net_plus_future` look at no date, `expiring` does so by itself, the others
#: say what is new on a date.
_BY_THEN = ("cumulative", "accumulate", "look_ahead", "nearest_receipt")
#: Rules whose figures beyond the first date are of that date's supply alone.
_NEW_ON_A_DATE = ("discrete", "period", "backward", "forward")

#: What the network can promise of a SKU by number; None: all its cells can.
Room = Callable[[int, int], int | None]


def live_by_date(
    state: State,
    lines: Timelines,
    skus: Sequence[int],
    rule: AtpRule,
    room: Room,
    at_confidence: Number = 0,
) -> tuple[AtpSchedule, dict[int, I8]]:
    """Return what cells of the state can promise by date, and what sums have too much.

    Parameters
    ----------
    state
        Read, never modified.
    lines
        Its timelines (`timelines_of_state`).
    skus
        The SKUs they are of, by number, in the same order.
    rule
        The rule.
    room
        What the network can promise of a SKU now, at a confidence in 1/10,000.
    at_confidence
        As in `atp_by_date`.

    Returns
    -------
    tuple
        The schedule; and by SKU int64[H], what its cells together promise less than the
        sum of their figures, for those of which it is anything.
    """
    found = atp_by_date(lines, rule, today=state.now, at_confidence=at_confidence)
    scale = SHARE_ONE if rule.fractions == "keep" else 1
    rooms = {sku: room(sku, found.at_confidence) for sku in skus}
    figures = raw = found.quanta
    ends = lines.expires and rule.name in _BY_THEN
    if ends:
        limited = raw < UNLIMITED
        figures = np.where(limited, raw - _lost(lines, found, OF_ALL), raw)
    kept = {sku: n * scale for sku, n in rooms.items() if n is not None}
    more: dict[int, I8] = {}
    if kept:
        figures = figures.copy()
        if ends:
            # What ends on its way is no more there to spare what is there now.
            raw = raw - _lost(lines, found, OF_COMING)
        nodes, owner = _cells_of(state, lines, skus)
        for sku, left in kept.items():
            own = np.flatnonzero(owner == sku)
            free = _free(state, sku, nodes[own]) * scale
            spare = np.maximum(0, raw[own] - free[:, None])
            more[sku] = _within(figures, own, spare, left, rule)
    if figures is found.quanta:
        return found, more
    excess = sum(more.values(), np.zeros(rule.horizon_days, np.int64))
    schedule = AtpSchedule(
        figures, lines, rule, found.today, found.at_confidence, excess=excess
    )
    return schedule, more


def _within(figures: I8, own: I8, spare: I8, left: int, rule: AtpRule) -> I8:
    """Cut cells of a SKU to what the network has left, in place; returns the excess.

    ``spare`` is what each can promise by date without taking from what is free now.
    """
    some = figures[own]
    limited = some < UNLIMITED
    if rule.name in _NEW_ON_A_DATE:
        limited[:, 1:] = False
    some = np.where(limited, np.minimum(some, spare + left), some)
    figures[own] = some
    of_now = np.where(limited, np.maximum(0, np.maximum(0, some) - spare), 0)
    excess: I8 = np.maximum(0, of_now.sum(axis=0) - left)
    return excess


def _lost(lines: Timelines, found: AtpSchedule, whose: int) -> I8:
    """Return what cells have less by date than if nothing ended.

    Each demand is taken to be served by what is there by then and ends first. Supply that
    ends today counts on no date to begin with.
    """
    lost = np.zeros(found.quanta.shape, np.int64)
    ask = ask_of(lines, found.rule, found.today)
    words = ask.words.copy()
    words[w.W_RULE], words[w.W_MATCH_UNTIL] = ATP_EXPIRING, 1
    left = np.empty(ask.listed.shape[1], np.int64)
    ends = lines.events[V_LAST]
    ending = (lines.events[V_QUANTITY] > 0) & (ends < FOREVER) & (ends > found.today)
    cells = np.searchsorted(lines.pointer, ending.nonzero()[0], "right") - 1
    for c in np.unique(cells).tolist():
        begin, end = lines.pointer[c : c + 2].tolist()
        on_hand = int(lines.cells[L_ON_HAND, c]) * int(ask.share[0])
        if words[w.W_SCALE] == 1:
            on_hand //= SHARE_ONE
        lost_by_date(
            lines.events,
            begin,
            end,
            on_hand,
            words,
            ask.share,
            ask.next_open,
            FOREVER,
            ask.listed,
            ask.fates,
            left,
            whose,
            lost[c],
        )
    return lost


def _cells_of(state: State, lines: Timelines, skus: Sequence[int]) -> tuple[I8, I8]:
    """Node and SKU number of each cell of the timelines."""
    nodes, numbers = state.catalogue.nodes.numbers, state.catalogue.skus.numbers
    if len(skus) == 1:
        own = [nodes[name] for name in lines.ids]
        return np.array(own, np.int64), np.full(len(own), skus[0])
    cells = [(nodes[node], numbers[sku]) for sku, node in lines.ids]
    both = np.array(cells, np.int64).reshape(-1, 2).T
    return both[0], both[1]


def _free(state: State, sku: int, nodes: I8) -> I8:
    """Return what cells of a SKU have free now; nothing where there is no cell."""
    places = [state.arena.find(sku, node) for node in nodes.tolist()]
    plane = state.arena.planes[P_FREE]
    return np.array([plane[at] if at >= 0 else 0 for at in places], np.int64)
