"""What live stock can promise by date, no more than can be reserved for that date.

Two things are true of stock that timelines do not say. Of some SKUs a part is kept back
from the network as a whole (a threshold, holds at no node): what all nodes together give
of what they have today is no more than the rest; what is still on its way comes on top.
And what is left of units that end is gone by then, whichever rule counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from omniroute.atp.ask import ask_of
from omniroute.atp.by_date import atp_by_date
from omniroute.atp.by_instant import ByInstant
from omniroute.atp.live_schedule import LiveSchedule, is_promise
from omniroute.atp.of_state import timelines_of_state
from omniroute.atp.schedule import AtpSchedule
from omniroute.atp.withheld import fenced_of, unavailable_of
from omniroute.codes import (
    FOREVER,
    L_FIND,
    P_FREE,
    SHARE_ONE,
    UNDATED,
    UNLIMITED,
    V_BUCKET,
    V_LAST,
    V_QUANTITY,
)
from omniroute.kernels.phased.ends import OF_ALL, OF_COMING, OF_NONE
from omniroute.model.atp_rule import AtpRule
from omniroute.model.buckets import Buckets
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


class Asked(NamedTuple):
    """How it is asked: by which rule, of what room, on which calendar."""

    rule: AtpRule
    room: Room
    buckets: Buckets | None
    at_confidence: Number = 0
    #: Replenishment lead times by SKU number, where the rule asks for them.
    leads: Mapping[int, int] | None = None


def stock_by_date(
    state: State, skus: Sequence[int], nodes: Sequence[int] | None, asked: Asked
) -> tuple[AtpSchedule, dict[int, I8]]:
    """Return what lies in stock can promise by date; see `live_by_date`.

    At all nodes that hold or expect a SKU, where none are named.
    """
    lines = timelines_of_state(
        state,
        skus,
        nodes,
        asked.buckets,
        by_channel=bool(asked.rule.considerations),
        leads=asked.leads,
    )
    rule, room = asked.rule, asked.room
    return live_by_date(state, lines, skus, rule, room, asked.at_confidence)


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
    kept = {sku: n * scale for sku, n in rooms.items() if n is not None}
    figures, coming = _no_more_than_there_is(found, bool(kept))
    more: dict[int, I8] = {}
    by_cell, whole = np.full(len(lines.ids), -1), figures.copy() if kept else None
    nodes, owner, fenced = by_cell, by_cell, None
    is_fenced = any(sku in state.aside.fences for sku in skus)
    if kept or is_fenced:
        nodes, owner = cells_of(state, lines, skus)
    if is_fenced:
        fenced = fenced_of(state, nodes, owner)
    for sku, left in kept.items():
        own = np.flatnonzero(owner == sku)
        free = _free(state, sku, nodes[own]) * scale
        spare = np.maximum(0, coming[own] - free[:, None])
        more[sku] = _within(figures, own, spare, left, rule)
        by_cell[own] = left
    excess = sum(more.values(), np.zeros(rule.horizon_days, np.int64)) if more else None
    schedule = LiveSchedule(
        figures,
        lines,
        rule,
        found.today,
        found.at_confidence,
        excess=excess,
        rooms=by_cell,
        fenced=fenced,
        unsold=_unsold(state, skus),
        whole=whole,
    )
    return schedule, more


def _unsold(
    state: State, skus: Sequence[int]
) -> Callable[[Any], dict[str, int]] | None:
    """Return who tells what of a cell cannot be sold, by what the cell is called."""
    if not state.supply.unavailable.used:
        return None
    found, catalogue = unavailable_of(state, skus), state.catalogue

    def of(cell: Any) -> dict[str, int]:
        number, node = skus[0], cell
        if len(skus) > 1:
            number, node = catalogue.skus.numbers[cell[0]], cell[1]
        if number not in found:
            return {}
        at = number * len(catalogue.nodes.texts) + catalogue.nodes.numbers[node]
        return found[number].of(at)

    return of if found else None


def _no_more_than_there_is(found: AtpSchedule, shared: bool) -> tuple[I8, I8]:
    """Return the figures with ends in mind; and, if asked, with those of inbound alone.

    The second is what there would be if everything that is there now lasted.
    """
    lines, rule = found.timelines, found.rule
    figures = found.quanta.copy()
    coming = found.quanta.copy() if shared else figures
    ask = ask_of(lines, rule, found.today)
    exact = is_promise(rule, ask)
    cells = _affected(found, exact)
    if not len(cells) or not (exact or rule.name in _BY_THEN):
        return figures, coming
    instants = ByInstant(lines, ask, beyond=exact)
    for row, whose in ((figures, OF_ALL), (coming, OF_COMING))[: 1 + shared]:
        own, most = row[cells], instants.more(cells, whose)
        if exact:
            most = np.minimum(own, most)
        else:
            most = own - (instants.more(cells, OF_NONE) - most)
        if rule.clamped:
            most = np.maximum(0, most)
        row[cells] = np.where(own < UNLIMITED, most, own)
    return figures, coming


def _affected(found: AtpSchedule, exact: bool) -> I8:
    """Return cells of which the rule's own figures may be too high."""
    lines = found.timelines
    quanta, ends = lines.events[V_QUANTITY], lines.events[V_LAST]
    some = (quanta > 0) & (ends < FOREVER) & (ends > found.today)
    if found.rule.name == "expiring":
        # What is owed does not wait there for what comes.
        some[:] = True
    elif exact:
        # Bucket rules know no instants within a day, and nothing beyond the horizon.
        some |= (quanta < 0) & (lines.events[V_BUCKET] != UNDATED)
    cells = np.unique(np.searchsorted(lines.pointer, some.nonzero()[0], "right") - 1)
    # One that is not sure enough promises nothing, whatever comes.
    affected: I8 = cells[lines.cells[L_FIND, cells] >= found.at_confidence]
    return affected


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


def cells_of(state: State, lines: Timelines, skus: Sequence[int]) -> tuple[I8, I8]:
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
