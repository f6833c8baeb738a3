"""Many reservations in one call: made, made firm, shipped or given back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import attrs
import numpy as np
from numpy.typing import NDArray

from omniroute._show import ROWS_SHOWN, Rows, Shown, counted
from omniroute.codes import (
    E_REFERENCE,
    E_TIME,
    E_WHAT,
    EFFECT_WIDTH,
    STATUS,
    Effect,
    ReservationState,
    Status,
)
from omniroute.errors import ValidationError
from omniroute.kernels.stock.book import H_LINES, H_STATE, L_OPEN
from omniroute.kernels.stock.parts import write_parts
from omniroute.reservations.standing import TOLD_OF_STATE
from omniroute.stock import decide
from omniroute.stock.effects import NOTHING, EffectBatch
from omniroute.stock.hold_frames import HoldColumns
from omniroute.stock.state import State

I8 = NDArray[np.int64]

_SOFT = int(ReservationState.SOFT)
_FIRM = int(ReservationState.FIRM)
_NOT_HELD = int(Status.NOT_HELD)
_RESOLVE = int(Effect.RESOLVE)
_TOLD = np.array([int(status) for status in TOLD_OF_STATE], np.int8)


@attrs.frozen(eq=False, repr=False)
class HoldBatch(Shown):
    """What came of `Engine.reserve_many`, in columns.

    Parameters
    ----------
    ids
        Each id once, in order of first appearance in the frame.
    status
        int8[m]: `Status` of each id.
    held_quanta
        int64[n]: what each row of the frame holds because of this call, in quanta.

    Examples
    --------
    >>> import omniroute as om
    >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
    >>> nodes = [om.Node("N1"), om.Node("N2", order_cost=1)]
    >>> engine = om.Engine(om.Network(nodes, [ground]), [om.Item("BOLT")], clock=lambda: 0)
    >>> engine.apply([om.Receive("BOLT", "N1", 4), om.Receive("BOLT", "N2", 6)])
    Applied(2)
    >>> frame = {"id": ["A", "B"], "sku": "BOLT", "node": "N1", "quantity": [3, 2]}
    >>> found = engine.reserve_many(frame)
    >>> found, found.status.tolist(), found.held_quanta.tolist()
    (HoldBatch(2 requests: 1 OK, 1 SHORT), [0, 18], [3, 0])
    """

    ids: Sequence[str]
    status: NDArray[np.int8]
    held_quanta: I8

    def __len__(self) -> int:
        return len(self.ids)

    def __repr__(self) -> str:
        codes, counts = np.unique(self.status, return_counts=True)
        parts = [f"{n} {STATUS[c].name}" for c, n in zip(codes, counts, strict=True)]
        return f"HoldBatch({counted(len(self), 'request')}: {', '.join(parts)})"

    LEFT = (0, 1)

    def _rows(self) -> Rows:
        pairs = zip(self.ids[: ROWS_SHOWN + 1], self.status.tolist(), strict=False)
        return [["id", "status"], *([id, STATUS[code].name] for id, code in pairs)]


class ManySteps(NamedTuple):
    """What a step comes to for each of many reservations.

    Parameters
    ----------
    status
        int8[n]: `Status` of each.
    batch
        Effects of those that are OK.
    """

    status: NDArray[np.int8]
    batch: EffectBatch


def commit_many(state: State, ids: Sequence[str]) -> ManySteps:
    """Make holds firm; as if `life.commit` were called for each in turn."""
    status, numbers, states = _standings(state, ids)
    status[states == _FIRM] = Status.ALREADY_COMMITTED
    taken = _each_once(status, numbers, Status.ALREADY_COMMITTED)
    rows = np.zeros((len(taken), EFFECT_WIDTH), np.int64)
    rows[:, 1:3] = -1
    rows[:, E_WHAT] = Effect.COMMIT
    rows[:, E_REFERENCE] = taken
    rows[:, E_TIME] = state.now
    return ManySteps(status, EffectBatch(rows) if len(taken) else NOTHING)


def release_many(state: State, ids: Sequence[str]) -> ManySteps:
    """Give reservations back; as if `life.release` were called for each in turn."""
    status, numbers, _ = _standings(state, ids)
    taken = _each_once(status, numbers, Status.ALREADY_RELEASED)
    return _ended(state, status, taken, ReservationState.RELEASED)


def fulfil_many(state: State, ids: Sequence[str]) -> ManySteps:
    """Let all that is held go; as if `life.fulfil` were called for each in turn."""
    status, numbers, states = _standings(state, ids)
    status[states == _SOFT] = Status.NOT_COMMITTED
    waiting = _waiting(state, numbers)
    status[waiting & (status == Status.OK) & ~_holding(state, numbers)] = _NOT_HELD
    taken = _each_once(status, numbers, Status.ALREADY_FULFILLED)
    # Of what waits for more, nothing is left the second time, but it has not ended.
    status[waiting & (status == Status.ALREADY_FULFILLED)] = _NOT_HELD
    ended = _ended(state, status, taken, ReservationState.FULFILLED)
    return ended._replace(batch=_going_on(state, ended.batch))


def cancel_many(state: State, ids: Sequence[str]) -> ManySteps:
    """Give all that is held back; as if `life.cancel` were called for each in turn."""
    status, numbers, _ = _standings(state, ids)
    taken = _each_once(status, numbers, Status.ALREADY_CANCELLED)
    return _ended(state, status, taken, ReservationState.CANCELLED)


def fulfil_parts(state: State, asked: HoldColumns) -> ManySteps:
    """Let parts go; as if `life.fulfil` were called for each reservation in turn."""
    status, numbers, states = _standings(state, asked.ids)
    status[states == _SOFT] = Status.NOT_COMMITTED
    final = ReservationState.FULFILLED
    return _parts(state, asked, status, numbers, Effect.SHIP, final)


def cancel_parts(state: State, asked: HoldColumns) -> ManySteps:
    """Give parts back; as if `life.cancel` were called for each reservation in turn."""
    status, numbers, _ = _standings(state, asked.ids)
    final = ReservationState.CANCELLED
    return _parts(state, asked, status, numbers, Effect.UNLINE, final)


def ids_of(ids: Any) -> list[str]:
    """Return the ids of a sequence or column."""
    if isinstance(ids, str | bytes) or not isinstance(ids, Iterable):
        raise ValidationError("ids", "a sequence of reservation ids", ids)
    found = list(ids.tolist() if isinstance(ids, np.ndarray) else ids)
    for i, id in enumerate(found):
        if not isinstance(id, str):
            raise ValidationError(f"ids[{i}]", "a reservation id (text)", id)
    return found


def _standings(state: State, ids: Sequence[str]) -> tuple[NDArray[np.int8], I8, I8]:
    """Status of each id, its number (-1: unknown) and its state (0: unknown)."""
    get = state.book.ids.numbers.get
    numbers = np.array([get(id, -1) for id in ids], np.int64)
    states = np.zeros(len(ids), np.int64)
    known = numbers >= 0
    states[known] = state.book.heads[numbers[known], H_STATE]
    return _TOLD[states], numbers, states


def _each_once(status: NDArray[np.int8], numbers: I8, again: Status) -> I8:
    """Numbers of what is OK, in order; a second mention is told ``again``."""
    okay = np.flatnonzero(status == Status.OK)
    _, first = np.unique(numbers[okay], return_index=True)
    repeats = np.ones(len(okay), np.bool_)
    repeats[first] = False
    status[okay[repeats]] = again
    found: I8 = numbers[okay[~repeats]]
    return found


def _ended(
    state: State, status: NDArray[np.int8], numbers: I8, final: ReservationState
) -> ManySteps:
    if not len(numbers):
        return ManySteps(status, NOTHING)
    rows = decide.endings(state, numbers, final, state.now)
    return ManySteps(status, EffectBatch(rows))


def _parts(
    state: State,
    asked: HoldColumns,
    status: NDArray[np.int8],
    numbers: I8,
    what: Effect,
    final: ReservationState,
) -> ManySteps:
    book, told = state.book, status.astype(np.int64)
    open_ = numbers[status == Status.OK]
    room = int(book.heads[open_, H_LINES].sum()) + len(asked.wanted) + len(open_)
    rows = np.empty((room, EFFECT_WIDTH), np.int64)
    used = write_parts(
        numbers,
        asked.starts,
        asked.wanted.copy(),
        int(what),
        int(final),
        state.now,
        book.heads,
        book.lines,
        told,
        rows,
    )
    batch = EffectBatch(rows[:used]) if used else NOTHING
    return ManySteps(told.astype(np.int8), _going_on(state, batch))


def _waiting(state: State, numbers: I8) -> NDArray[np.bool_]:
    """Whether reservations wait for more than they hold."""
    if not state.after.parked:
        return np.zeros(len(numbers), np.bool_)
    waits_for = state.after.waits_for
    return np.array([bool(waits_for(number)) for number in numbers.tolist()], np.bool_)


def _holding(state: State, numbers: I8) -> NDArray[np.bool_]:
    """Whether reservations hold anything; looked up only for those that wait."""
    found = np.ones(len(numbers), np.bool_)
    for i in np.flatnonzero(_waiting(state, numbers)).tolist():
        found[i] = (state.book.lines_of(int(numbers[i]))[:, L_OPEN] > 0).any()
    return found


def _going_on(state: State, batch: EffectBatch) -> EffectBatch:
    """Leave out the ends of reservations that wait for more."""
    if not state.after.parked:
        return batch
    rows = batch.rows
    kept = (rows[:, E_WHAT] != _RESOLVE) | ~_waiting(state, rows[:, E_REFERENCE])
    return EffectBatch(rows[kept], batch.texts) if kept.any() else NOTHING
