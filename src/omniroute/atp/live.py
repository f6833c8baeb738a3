"""What live stock can promise by date, no more than can be reserved for that date.

Two things are true of stock that timelines do not say. Of some SKUs a part is kept back
from the network as a whole (a threshold, holds at no node): what all nodes together give
of what they have today is no more than the rest; what is still on its way comes on top.
And what a lot has left when it ends is gone, whichever rule counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from omniroute.atp.ask import ask_of
from omniroute.atp.by_date import atp_by_date
from omniroute.atp.schedule import AtpSchedule
from omniroute.codes import (
    FOREVER,
    P_FREE,
    SHARE_ONE,
    UNDATED,
    UNLIMITED,
    V_KIND,
    V_LAST,
    V_QUANTITY,
    V_TIME,
    V_UNTIL,
)
from omniroute.kernels import phased_events as w
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
    if lines.expires and rule.name in _BY_THEN:
        figures = _without_ended(raw, lines, found)
    kept = {sku: n * scale for sku, n in rooms.items() if n is not None}
    more: dict[int, I8] = {}
    if kept:
        figures = figures.copy()
        nodes, owner = _cells_of(state, lines, skus)
        for sku, left in kept.items():
            own = np.flatnonzero(owner == sku)
            free = _free(state, sku, nodes[own]) * scale
            spare = np.maximum(0, raw[own] - free[:, None])
            more[sku] = _within(figures, own, spare, left, rule)
    if figures is raw:
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


def _without_ended(raw: I8, lines: Timelines, found: AtpSchedule) -> I8:
    """Return the figures less what of lots will have ended and nobody has had.

    What is reserved, and what falls due before a lot ends, is taken to be of what ends
    first. Lots that end today count on no date to begin with.
    """
    ask, figures = ask_of(lines, found.rule, found.today), raw.copy()
    ends = lines.events[V_LAST]
    lots = (lines.events[V_QUANTITY] > 0) & (ends < FOREVER) & (ends > found.today)
    for c in np.unique(np.searchsorted(lines.pointer, lots.nonzero()[0], "right") - 1):
        here = slice(lines.pointer[c], lines.pointer[c + 1])
        lost = _lost(lines.events[:, here], lots[here], ask.words, ask.share)
        for first, quanta in lost:
            later = figures[c, max(0, first - found.today) :]
            limited = later < UNLIMITED
            later[limited] -= quanta
    return figures


def _lost(
    events: I8, lots: NDArray[np.bool_], words: I8, share: I8
) -> list[tuple[int, int]]:
    """Bucket from which on, and how much more, is lost as the lots of a cell end."""
    mine = events[:, lots]
    mine = mine[:, np.argsort(mine[V_UNTIL], kind="stable")]
    demand = events[:, events[V_QUANTITY] < 0]
    scale = int(words[w.W_SCALE])
    found, ended, lost = [], 0, 0
    for until, last, quantity, kind in mine[
        [V_UNTIL, V_LAST, V_QUANTITY, V_KIND]
    ].T.tolist():
        part = quantity * int(share[kind])
        ended += part if scale > 1 else part // SHARE_ONE
        before = (demand[V_TIME] == UNDATED) | (demand[V_TIME] < until)
        taken = -int(demand[V_QUANTITY, before].sum()) * scale
        if ended - taken > lost:
            found.append((last, ended - taken - lost))
            lost = ended - taken
    return found


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
