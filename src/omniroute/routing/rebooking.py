"""Work of reservations that are changed by hand: more of a node, another one, a later day.

A plan says which service sends what; who amends, moves or binds says a node. What is more
there than before is work of the node: where the reservation has work there already, of
the same kinds and on the same day; else of all services, and of the kinds that the
reservation has at other nodes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import (
    E_AUX,
    E_NODE,
    E_QUANTITY,
    E_REFERENCE,
    E_SKU,
    E_WHAT,
    NO_NODE,
    WORK_LINES,
    WORK_ORDERS,
    Effect,
)
from omniroute.promising.placing import places_in
from omniroute.promising.room import Room
from omniroute.stock.effects import EffectBatch
from omniroute.stock.giving_back import counted, kept_after, kept_at, too_much
from omniroute.stock.workload import Take, WorkDay, take

if TYPE_CHECKING:
    from omniroute.routing.router_core import RouterCore

I8 = NDArray[np.int64]

_LINE, _UNLINE = int(Effect.LINE), int(Effect.UNLINE)

#: What a reservation has of the work at a node, by work and day.
_Own = dict[WorkDay, int]


def with_added_work(
    router: RouterCore, batch: EffectBatch, number: int
) -> EffectBatch | None:
    """Return a batch with the work of what it adds at nodes; None: there is no room."""
    rows, state, found = batch.rows, router.state, list[Take]()
    for node, due in _added_at(rows, number).items():
        room, own = _room_at(router, due), _own(router, number, node)
        has = kept_after(state, rows, number, node)
        had = kept_at(state, number, node)
        more = {
            work: has[room.kinds[work]] - had[room.kinds[work]]
            for work in _works(router, room, number, node)
            if has[room.kinds[work]] > had[room.kinds[work]]
        }
        if not more:
            continue
        keys = places_in(room, node, more, due or router.now_s, own)
        if keys is None:
            return None
        if len(_given_up(rows, number, node)):
            # All of its work there is told anew.
            found += _but(own, too_much(own, has, room.kinds))
        found += [Take(*key, more[key[1]]) for key in keys]
    return _joined(router, batch, number, found)


def with_redated_work(
    router: RouterCore, batch: EffectBatch, number: int
) -> EffectBatch | None:
    """Return a batch with work on the day its lines fall due; None: there is no room."""
    rows, state, found = batch.rows, router.state, list[Take]()
    for node, due in _added_at(rows, number).items():
        room, own = _room_at(router, due), _own(router, number, node)
        goes = _counted(router, _given_up(rows, number, node))
        kept = kept_at(state, number, node)
        whole = goes == kept
        stays = {} if whole else _staying(own, goes, room.kinds)
        given = {key: n - stays.get(key, 0) for key, n in own.items()}
        more = {work: _sum(given, work) for work in {key[1] for key in own}}
        if not whole:
            # The parcel that stays is one order still, that which goes another.
            # But there are no more orders than lines.
            more |= {
                w: int(_sum(own, w) < kept[WORK_LINES])
                for w in more
                if room.kinds[w] == WORK_ORDERS
            }
        more = {work: amount for work, amount in more.items() if amount}
        if not more:
            continue
        keys = places_in(room, node, more, due or router.now_s, {}, given)
        if keys is None:
            return None
        found += [Take(*key, n) for key, n in stays.items() if n]
        found += [Take(*key, more[key[1]]) for key in keys]
    return _joined(router, batch, number, found)


def _joined(
    router: RouterCore, batch: EffectBatch, number: int, takes: Iterable[Take]
) -> EffectBatch:
    rows = [take(number, each, router.now_s) for each in takes]
    if not rows:
        return batch
    both = np.concatenate((batch.rows, np.array(rows, np.int64)))
    return EffectBatch(both, batch.texts)


def _added_at(rows: I8, number: int) -> dict[int, int]:
    """Nodes at which a reservation gets more lines, and when the first falls due."""
    found: dict[int, int] = {}
    for row in rows[
        (rows[:, E_WHAT] == _LINE) & (rows[:, E_REFERENCE] == number)
    ].tolist():
        if row[E_NODE] != NO_NODE:
            found[row[E_NODE]] = min(found.get(row[E_NODE], row[E_AUX]), row[E_AUX])
    return found


def _given_up(rows: I8, number: int, node: int) -> I8:
    here = (rows[:, E_REFERENCE] == number) & (rows[:, E_NODE] == node)
    found: I8 = rows[here & (rows[:, E_WHAT] == _UNLINE)]
    return found


def _counted(router: RouterCore, rows: I8) -> tuple[int, int, int]:
    """Orders, lines and units that rows speak of."""
    cells: dict[int, int] = {}
    for row in rows.tolist():
        cells[row[E_SKU]] = cells.get(row[E_SKU], 0) + row[E_QUANTITY]
    return counted(cells, router.catalogue.decimals)


def _room_at(router: RouterCore, due: int) -> Room:
    assert router.timed is not None
    room = router.timed.room_at(due)
    assert room is not None
    return room


def _own(router: RouterCore, number: int, node: int) -> _Own:
    load = router.state.workload
    return {
        key: n
        for key, n in load.by.get(number, {}).items()
        if key[0] == node and key[1] < load.first_delivery
    }


def _works(router: RouterCore, room: Room, number: int, node: int) -> set[int]:
    """Kinds of work that more of a reservation at a node is."""
    if own := _own(router, number, node):
        return {key[1] for key in own if key[1] in room.followed[node]}
    elsewhere = {key[1] for key in router.state.workload.by.get(number, {})}
    return {
        work
        for work in room.followed[node]
        if work in elsewhere or not room.works[work].services
    }


def _staying(own: _Own, goes: tuple[int, int, int], kinds: Sequence[int]) -> _Own:
    """Return what stays where it is if so much of it goes, the last day first."""
    stays, left = dict(own), {work: goes[kind] for work, kind in enumerate(kinds)}
    for key in sorted(own, reverse=True):
        if kinds[key[1]] != WORK_ORDERS:
            part = min(left[key[1]], stays[key])
            stays[key] -= part
            left[key[1]] -= part
    return stays


def _sum(own: _Own, work: int) -> int:
    return sum(n for key, n in own.items() if key[1] == work)


def _but(own: _Own, less: Iterable[Take]) -> list[Take]:
    """Return what is left of some work."""
    left = dict(own)
    for each in less:
        left[each[:3]] += each.amount
    return [Take(*key, n) for key, n in left.items() if n]
