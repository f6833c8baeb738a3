"""Timelines of live stock: what the state has, and what is on its way to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omniroute.atp.state_events import HOLD, ORDER, events_of, lots_of
from omniroute.codes import (
    CELL_ROWS,
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
    ReservationState,
)
from omniroute.kernels.stock.book import H_STATE, L_DUE, L_NODE, L_OPEN, L_SKU
from omniroute.kernels.stock.supply import (
    N_DUE,
    N_NODE,
    N_SKU,
)
from omniroute.model.buckets import Buckets
from omniroute.model.timelines import Timelines
from omniroute.stock.state import State

I8 = NDArray[np.int64]

#: Demand classes of what is reserved, by number.
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
    events, owner, names = events_of(state, calendar, keys, planes, later, through)
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


def _figures(state: State, keys: I8, planes: I8, leads: Mapping[int, int]) -> I8:
    cells = np.empty((CELL_ROWS, planes.shape[1]), np.int64)
    cells[L_ON_HAND], cells[L_SAFETY] = planes[0], planes[1]
    places, _, left = lots_of(state, keys)
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
