"""Events of live stock by cell and time: lots, what is held, what comes, what falls due."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import (
    EVENT_ROWS,
    FOREVER,
    UNDATED,
    V_BUCKET,
    V_KIND,
    V_LAST,
    V_QUANTITY,
    V_TIME,
    V_UNTIL,
)
from omniroute.kernels.stock.supply import (
    N_DUE,
    N_NODE,
    N_OPEN,
    N_SKU,
    N_TYPE,
    N_UNTIL,
)
from omniroute.model.buckets import Buckets
from omniroute.stock.state import State

I8 = NDArray[np.int64]

#: Demand classes of what is reserved: firm for orders, soft in holds that expire.
ORDER, HOLD = 0, 1


class Block(NamedTuple):
    """Events of one sort, in columns; each int64[n]."""

    #: Place of the cell.
    cells: I8
    #: On the wall clock, in seconds; `UNDATED` for what is so now.
    times: I8
    #: Below zero for demand.
    quanta: I8
    #: Supply type or demand class.
    kinds: I8
    #: When it ends, on the wall clock, in seconds.
    untils: I8
    #: As in `omniroute.atp.of_state.EventIds`.
    names: I8


def events_of(
    state: State,
    calendar: Buckets,
    keys: I8,
    planes: I8,
    later: tuple[I8, I8],
    through: I8,
) -> tuple[I8, I8, I8]:
    """Events int64[6, E] by cell and time; the cell's place and the name of each.

    ``later`` is what is on its way, and what is promised for later; ``through`` what
    channels hold now.
    """
    planes, (inbound, dated) = planes.copy(), later
    np.subtract.at(planes, (through[1], through[0]), through[2])
    blocks = [
        # Lots come first: supply before demand at one time.
        _in_lots(state, calendar, keys),
        _held(planes[3], ORDER),
        _held(planes[2], HOLD),
        _now(through[0], -through[2], through[3]),
        _coming(state, calendar, keys, inbound),
        _promised(state, calendar, keys, dated),
    ]
    found = Block(*(np.concatenate(column) for column in zip(*blocks, strict=True)))
    by_cell = np.lexsort((found.times, found.cells))
    found = Block(*(column[by_cell] for column in found))
    return _in_buckets(found, calendar, state.now), found.cells, found.names


def _in_buckets(found: Block, calendar: Buckets, now_s: int) -> I8:
    """Return events as the kernels read them."""
    events = np.empty((EVENT_ROWS, len(found.cells)), np.int64)
    events[V_TIME], events[V_QUANTITY] = found.times, found.quanta
    events[V_KIND], events[V_UNTIL] = found.kinds, found.untils
    last = calendar.bucket_of_wall(events[V_UNTIL])
    events[V_LAST] = np.where(events[V_UNTIL] == FOREVER, FOREVER, last)
    # What ends before it comes has ended, whenever anybody asks.
    events[V_LAST, events[V_UNTIL] <= events[V_TIME]] = UNDATED
    bucket = calendar.bucket_of_wall(events[V_TIME])
    # What is late by hours only is late: it counts as of yesterday.
    late = events[V_TIME] <= calendar.wall_column(np.array([now_s]), "now")[0]
    bucket -= late & (events[V_QUANTITY] > 0) & (bucket == calendar.bucket(now_s))
    events[V_BUCKET] = np.where(events[V_TIME] == UNDATED, UNDATED, bucket)
    return events


def _now(cells: I8, quanta: I8, kinds: I8) -> Block:
    """Return what is so now, does not end and has no name."""
    count = len(cells)
    undated, forever = np.full(count, UNDATED), np.full(count, FOREVER)
    return Block(cells, undated, quanta, kinds, forever, np.full(count, -1))


def _held(plane: I8, kind: int) -> Block:
    """Return what is held of each cell."""
    cells = np.flatnonzero(plane)
    return _now(cells, -plane[cells], np.full(len(cells), kind))


def _in_lots(state: State, calendar: Buckets, keys: I8) -> Block:
    """Return stock on hand that ends."""
    cells, sold_by, left = lots_of(state, keys)
    ends = calendar.wall_column(sold_by, "sell_by")
    return _now(cells, left, np.zeros(len(cells), np.int64))._replace(untils=ends)


def _coming(state: State, calendar: Buckets, keys: I8, inbound: I8) -> Block:
    """Return what is on its way; some of it ends."""
    rows: I8 = inbound[:, [N_SKU, N_NODE, N_DUE, N_OPEN, N_TYPE, -1]].copy()
    rows[:, 4] += 1
    known, found = _dated(state, calendar, keys, rows)
    ends = inbound[known, N_UNTIL]
    if (ending := ends > 0).any():
        found.untils[ending] = calendar.wall_column(ends[ending], "sell_by")
    return found


def _promised(state: State, calendar: Buckets, keys: I8, dated: I8) -> Block:
    """Return what is promised for later."""
    rows = dated.copy()
    rows[:, 5] = -2 - rows[:, 5]
    return _dated(state, calendar, keys, rows)[1]


def _dated(
    state: State, calendar: Buckets, keys: I8, rows: I8
) -> tuple[NDArray[np.bool_], Block]:
    """Return rows (SKU, node, second due, quanta, kind, name) of the cells; which ones."""
    known, place = _places(keys, rows[:, 0] * state.arena.nodes + rows[:, 1])
    some = rows[known]
    times, forever = (
        calendar.wall_column(some[:, 2], "due"),
        np.full(len(place), FOREVER),
    )
    return known, Block(place, times, some[:, 3], some[:, 4], forever, some[:, 5])


def lots_of(state: State, keys: I8) -> tuple[I8, I8, I8]:
    """Place of the cell, sell-by in seconds UTC and quanta of each lot, by cell and end."""
    found: list[tuple[int, int, int]] = []
    if state.lots.cells:
        for place, key in enumerate(keys.tolist()):
            lots = state.lots.of(*divmod(key, state.arena.nodes))
            found += [(place, sell_by, quanta) for sell_by, quanta in lots.items()]
    places, ends, left = np.array(found, np.int64).reshape(-1, 3).T.copy()
    return places, ends, left


def _places(keys: I8, wanted: I8) -> tuple[NDArray[np.bool_], I8]:
    """Return which of the cells wanted are among ``keys``, and where those are."""
    order = np.argsort(keys, kind="stable")
    place = np.searchsorted(keys[order], wanted) if len(keys) else wanted
    known = place < len(keys)
    known[known] = keys[order][place[known]] == wanted[known]
    return known, order[place[known]]
