"""Timelines of live stock: what the state has, and what is on its way to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import (
    CELL_ROWS,
    EVENT_ROWS,
    FOREVER,
    L_FIND,
    L_LEAD,
    L_ON_HAND,
    L_SAFETY,
    ON_HAND,
    P_FIRM,
    P_ON_HAND,
    P_SAFETY,
    P_SOFT,
    UNDATED,
    V_BUCKET,
    V_KIND,
    V_LAST,
    V_QUANTITY,
    V_TIME,
    V_UNTIL,
    ReservationState,
)
from omniroute.kernels.stock.book import H_STATE, L_DUE, L_NODE, L_OPEN, L_SKU
from omniroute.kernels.stock.supply import (
    N_DUE,
    N_NODE,
    N_OPEN,
    N_SKU,
    N_TYPE,
    N_UNTIL,
)
from omniroute.model.buckets import Buckets
from omniroute.model.timelines import Timelines
from omniroute.stock.state import State

I8 = NDArray[np.int64]

#: Demand classes of what is reserved: firm for orders, soft in holds that expire.
ORDER, HOLD = 0, 1
CLASSES = ("order", "hold")


def timelines_of_state(
    state: State,
    skus: Sequence[int],
    nodes: Sequence[int] | None = None,
    buckets: Buckets | None = None,
    *,
    by_channel: bool = False,
    leads: Mapping[int, int] | None = None,
) -> Timelines:
    """Compile what SKUs have at nodes, and what is dated there.

    Parameters
    ----------
    state
        Read, never modified.
    skus
        SKU numbers, each once.
    nodes
        Node indices, in the order wanted; all that have a cell or expect something by
        default.
    buckets
        The calendar; days in UTC by default.
    by_channel
        Whether what came through a channel is demand of a class of its name. O(open
        reservations through channels).
    leads
        Replenishment lead time in days by SKU number; none where nothing is said.

    Returns
    -------
    Timelines
        A cell is called by its node where there is one SKU, else by (SKU, node). What
        is reserved is demand of classes ``"order"`` (firm) and ``"hold"`` (soft),
        undated but for what falls due later, or of its channel if that is asked for;
        supply has the type of its inbound entry. Lots are supply on hand that ends at
        its sell-by, as what is on its way does.

    Notes
    -----
    O(cells of the SKUs + open inbound entries), but for sorting them.
    """
    calendar = buckets or Buckets()
    inbound = _inbound(state, skus)
    keys = _cells(state, skus, nodes, inbound)
    planes = _planes(state, keys)
    dated = _dated(state, skus, by_channel)
    through = _through(state, keys) if by_channel else _NOBODY
    later = inbound, dated
    events, owner, names = _events(state, calendar, keys, planes, later, through)
    channels = state.aside.channels.texts if by_channel else ()
    return Timelines(
        _ids(state, keys, len(skus) == 1),
        calendar,
        events,
        np.searchsorted(owner, np.arange(len(keys) + 1)).astype(np.int64),
        _figures(state, keys, planes, leads or {}),
        state.catalogue.decimals[keys // state.arena.nodes],
        (ON_HAND, *state.supply.types.texts),
        (*CLASSES, *channels),
        EventIds(names, state.supply.ids.texts, state.book.ids.texts),
    )


class EventIds(Sequence[str]):
    """What events are called: by their delivery or reservation, else by nothing.

    Parameters
    ----------
    numbers
        int64[E]: number of the delivery, or -2 less that of the reservation; -1: no one.
    deliveries, reservations
        Ids by number; both only ever get more.
    """

    def __init__(
        self, numbers: I8, deliveries: Sequence[str], reservations: Sequence[str]
    ) -> None:
        self._numbers = numbers
        self._deliveries, self._reservations = deliveries, reservations

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, e: Any) -> Any:
        number = int(self._numbers[e])
        if number == -1:
            return ""
        return (
            self._deliveries[number] if number >= 0 else self._reservations[-2 - number]
        )


#: Places of cells, planes, quanta and classes of what came through channels: none.
_NOBODY: I8 = np.zeros((4, 0), np.int64)


def _through(state: State, keys: I8) -> I8:
    """int64[4, n]: place of the cell, plane, quanta and class of what channels hold now."""
    place = {key: i for i, key in enumerate(keys.tolist())}
    found: dict[tuple[int, int, int], int] = {}
    for number, channel in state.aside.through.items():
        plane = 2 if _class_of(state, number) == HOLD else 3
        for line in state.book.lines_of(number).tolist():
            at = place.get(line[L_SKU] * state.arena.nodes + line[L_NODE], -1)
            if line[L_OPEN] and not line[L_DUE] and line[L_NODE] >= 0 and at >= 0:
                key = at, plane, len(CLASSES) + channel
                found[key] = found.get(key, 0) + line[L_OPEN]
    rows = [(at, plane, quanta, kind) for (at, plane, kind), quanta in found.items()]
    return np.array(rows, np.int64).reshape(-1, 4).T.copy()


def _inbound(state: State, skus: Sequence[int]) -> I8:
    """Entries of the SKUs of which something is still to come, by cell, then time."""
    numbers = state.supply.open_entries()
    # The number of each comes last.
    entries = np.column_stack([state.supply.entries[numbers], numbers])
    entries = entries[np.isin(entries[:, N_SKU], np.asarray(skus, np.int64))]
    order = np.lexsort((entries[:, N_DUE], entries[:, N_NODE], entries[:, N_SKU]))
    found: I8 = entries[order]
    return found


def _dated(state: State, skus: Sequence[int], by_channel: bool) -> I8:
    """int64[n, 6]: SKU, node, second due, quanta below zero, class, reservation."""
    wanted, book = set(skus), state.book
    channels = state.aside.through if by_channel else {}
    found = [
        (
            line[L_SKU],
            line[L_NODE],
            line[L_DUE],
            -line[L_OPEN],
            len(CLASSES) + channels[number]
            if number in channels
            else _class_of(state, number),
            number,
        )
        for number in state.dated.all_numbers()
        for line in book.lines_of(number).tolist()
        if line[L_DUE] and line[L_OPEN] and line[L_SKU] in wanted
    ]
    return np.array(found, np.int64).reshape(-1, 6)


def _class_of(state: State, number: int) -> int:
    return HOLD if state.book.heads[number, H_STATE] == ReservationState.SOFT else ORDER


def _cells(
    state: State, skus: Sequence[int], nodes: Sequence[int] | None, inbound: I8
) -> I8:
    """Keys ``sku * nodes + node``, by SKU in the order asked, then node."""
    count = state.arena.nodes
    if nodes is not None:
        wanted = np.asarray(nodes, np.int64)
        return np.concatenate([sku * count + wanted for sku in skus])
    keys = []
    for sku in skus:
        start, length = state.arena.rows[sku, :2].tolist()
        here = state.arena.cell_node[start : start + length].astype(np.int64)
        coming = inbound[inbound[:, N_SKU] == sku, N_NODE]
        keys.append(sku * count + np.union1d(here, coming))
    return np.concatenate(keys)


def _planes(state: State, keys: I8) -> I8:
    """int64[4, C]: on hand, safety, soft and firm of each cell; 0 where there is none.

    What is fenced for channels is held back like safety stock from who names none.
    """
    arena = state.arena
    found = np.zeros((4, len(keys)), np.int64)
    which = [P_ON_HAND, P_SAFETY, P_SOFT, P_FIRM]
    skus, nodes = np.divmod(keys, arena.nodes)
    for sku in np.unique(skus).tolist():
        start, length = arena.rows[sku, :2].tolist()
        if not length:
            continue
        here = np.flatnonzero(skus == sku)
        row = arena.cell_node[start : start + length]
        place = np.minimum(np.searchsorted(row, nodes[here]), length - 1)
        known = row[place] == nodes[here]
        found[:, here[known]] = arena.planes[which][:, start + place[known]]
    if state.aside.fences:
        cells = zip(skus.tolist(), nodes.tolist(), strict=True)
        found[1] += np.array([state.aside.fenced(*cell) for cell in cells], np.int64)
    return found


def _events(
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
    planes = planes.copy()
    np.subtract.at(planes, (through[1], through[0]), through[2])
    inbound, dated = later
    # Lots come first: supply before demand at one time.
    cells, sold_by, left = _lots(state, keys)
    owners, times = [cells], [np.full(len(cells), UNDATED)]
    quanta, kinds = [left], [np.zeros(len(cells), np.int64)]
    for plane, kind in ((planes[3], ORDER), (planes[2], HOLD)):
        held = np.flatnonzero(plane)
        owners.append(held)
        times.append(np.full(len(held), UNDATED))
        quanta.append(-plane[held])
        kinds.append(np.full(len(held), kind))
    owners.append(through[0])
    times.append(np.full(len(through[0]), UNDATED))
    quanta.append(-through[2])
    kinds.append(through[3])
    names = [np.full(sum(map(len, owners)), -1)]
    columns = [N_SKU, N_NODE, N_DUE, N_OPEN, N_TYPE, -1]
    coming: I8 = inbound[:, columns].copy()
    coming[:, 4] += 1
    dated = dated.copy()
    dated[:, 5] = -2 - dated[:, 5]
    untils = [calendar.wall_column(sold_by, "sell_by")]
    untils += [np.full(len(owner), FOREVER) for owner in owners[1:]]
    for some, ends in ((coming, inbound[:, N_UNTIL]), (dated, None)):
        known, place = _places(keys, some[:, 0] * state.arena.nodes + some[:, 1])
        owners.append(place)
        times.append(calendar.wall_column(some[known, 2], "due"))
        quanta.append(some[known, 3])
        kinds.append(some[known, 4])
        names.append(some[known, 5])
        until = np.full(len(place), FOREVER)
        if ends is not None and (ending := ends[known] > 0).any():
            until[ending] = calendar.wall_column(ends[known][ending], "sell_by")
        untils.append(until)
    owner, time = np.concatenate(owners), np.concatenate(times)
    by_cell = np.lexsort((time, owner))
    events = np.empty((EVENT_ROWS, len(owner)), np.int64)
    events[V_TIME] = time[by_cell]
    events[V_QUANTITY] = np.concatenate(quanta)[by_cell]
    events[V_KIND] = np.concatenate(kinds)[by_cell]
    events[V_UNTIL] = np.concatenate(untils)[by_cell]
    last = calendar.bucket_of_wall(events[V_UNTIL])
    events[V_LAST] = np.where(events[V_UNTIL] == FOREVER, FOREVER, last)
    # What ends before it comes has ended, whenever anybody asks.
    events[V_LAST, events[V_UNTIL] <= events[V_TIME]] = UNDATED
    bucket = calendar.bucket_of_wall(events[V_TIME])
    # What is late by hours only is late: it counts as of yesterday.
    late = events[V_TIME] <= calendar.wall_column(np.array([state.now]), "now")[0]
    bucket -= late & (events[V_QUANTITY] > 0) & (bucket == calendar.bucket(state.now))
    events[V_BUCKET] = np.where(events[V_TIME] == UNDATED, UNDATED, bucket)
    return events, owner[by_cell], np.concatenate(names)[by_cell]


def _lots(state: State, keys: I8) -> tuple[I8, I8, I8]:
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


def _figures(state: State, keys: I8, planes: I8, leads: Mapping[int, int]) -> I8:
    cells = np.empty((CELL_ROWS, planes.shape[1]), np.int64)
    cells[L_ON_HAND], cells[L_SAFETY] = planes[0], planes[1]
    places, _, left = _lots(state, keys)
    np.subtract.at(cells[L_ON_HAND], places, left)
    cells[L_LEAD], cells[L_FIND] = FOREVER, state.find.at(keys)
    for sku, days in leads.items():
        cells[L_LEAD, keys // state.arena.nodes == sku] = days
    return cells


def _ids(state: State, keys: I8, one: bool) -> tuple[Any, ...]:
    skus, nodes = np.divmod(keys, state.arena.nodes)
    names = [state.catalogue.nodes.texts[node] for node in nodes.tolist()]
    if one:
        return tuple(names)
    texts = state.catalogue.skus.texts
    return tuple(zip([texts[sku] for sku in skus.tolist()], names, strict=True))
