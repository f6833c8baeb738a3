"""Work that goes along with orders of a pool when they are moved."""

from __future__ import annotations

from collections.abc import Sequence

from omniroute.promising.room import Room
from omniroute.routing.pool.places import Worked, capacity_work, left_of, more_of
from omniroute.routing.pool.result import Move
from omniroute.stock.effects import EffectBatch
from omniroute.stock.state import State
from omniroute.stock.workload import Take, take


class WorkMoved:
    """What moved orders give back of work, and what they take.

    All that an order has is given back, and its new plan takes its own anew: which
    shipment was whose is not remembered.

    Parameters
    ----------
    state
        Read.
    room
        Where there is room by now.
    moves
        Of reservations that are open.
    """

    def __init__(self, state: State, room: Room, moves: Sequence[Move]) -> None:
        self._state, self._room, self._moves = state, room, moves
        numbers = state.book.ids.numbers
        self._numbers = [numbers[each.id] for each in moves]
        self._old = [capacity_work(state.workload, each) for each in self._numbers]
        self._new = [self._work_of(each) for each in moves]

    def _work_of(self, move: Move) -> Worked:
        takes = self._room.takes(move.plan.jobs, self._state.now)
        return {each[:3]: each.amount for each in takes if each.amount}

    def lacking(self) -> tuple[str, ...]:
        """Return ids of orders for whose work there is no room, all taken together."""
        more = more_of(self._old, self._new)
        full = {key for key, n in more.items() if n > left_of(self._room, key)}
        return tuple(
            move.id
            for move, old, new in zip(self._moves, self._old, self._new, strict=True)
            if not full.isdisjoint(more_of([old], [new]))
        )

    def effects(self) -> EffectBatch:
        """Effects of giving back and taking."""
        now = self._state.now
        rows = [
            take(number, Take(*key, sign * amount), now)
            for sign, works in ((-1, self._old), (1, self._new))
            for number, work in zip(self._numbers, works, strict=True)
            for key, amount in work.items()
        ]
        return EffectBatch(rows)
