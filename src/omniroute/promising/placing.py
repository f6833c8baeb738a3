"""Where work is put that no service is known of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from omniroute.promising.room import Room
from omniroute.promising.room_left import counted_by
from omniroute.stock.periods import day_of
from omniroute.stock.workload import WorkDay


def places_in(
    room: Room,
    node: int,
    amounts: Mapping[int, int],
    at_s: int,
    own: Mapping[WorkDay, int],
    given: Mapping[WorkDay, int] | None = None,
) -> list[WorkDay] | None:
    """Return where so much, by work, is put that no service is known of.

    On the days of what somebody has there already (``own``), while they last; else
    on the first day with room for all of it, by any service that it could be of.
    ``given`` is what goes back in exchange. None: there is no room.
    """
    room.at(at_s)
    back = {key: -n for key, n in (given or {}).items()}
    last = _last_of(room, node, amounts, own)
    if last is not None:
        return last if _has_room(room, last, amounts, back) else None
    best: tuple[int, list[WorkDay]] | None = None
    for service in _services_of(room, node, amounts):
        pools = [pair for pair in room.hard[node][service] if pair[0] in amounts]
        for _, period in room.days(node, service, pools):
            keys = [
                (node, work, counted_by(room.followed[node][work], period))
                for work in amounts
            ]
            if _has_room(room, keys, amounts, back):
                if best is None or day_of(period) < day_of(best[0]):
                    best = period, keys
                break
    return None if best is None else best[1]


def _last_of(
    room: Room, node: int, amounts: Mapping[int, int], own: Mapping[WorkDay, int]
) -> list[WorkDay] | None:
    """Return the last day of each work that somebody has; None: not all to come."""
    found = []
    for work in amounts:
        days = [key[2] for key in own if key[1] == work]
        if not days or day_of(max(days)) < room.today(node):
            return None
        found.append((node, work, max(days)))
    return found


def _services_of(room: Room, node: int, amounts: Iterable[int]) -> list[int]:
    """Services of a node whose work it may be: of all of it, if there are such."""
    offered = [s for s in range(len(room.hard[node])) if room.day(node, s, 0) >= 0]
    fit = [s for s in offered if all(room.serves[work][s] for work in amounts)]
    return fit or offered


def _has_room(
    room: Room,
    keys: Iterable[WorkDay],
    amounts: Mapping[int, int],
    beside: Mapping[WorkDay, int],
) -> bool:
    for key in keys:
        each = room.followed[key[0]][key[1]]
        left = room.left(*key[:2], each, key[2]) - beside.get(key, 0)
        if each.over_price is None and left < amounts[key[1]]:
            return False
    return True
