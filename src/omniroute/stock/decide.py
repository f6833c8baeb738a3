"""Decisions about stock: pure functions of the state that answer with effects.

Nothing here changes the state; `State.apply` does, with what these return.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import (
    E_AUX,
    E_REFERENCE,
    E_WHAT,
    EFFECT_WIDTH,
    Effect,
    ReservationState,
)
from omniroute.kernels.stock.book import (
    H_EXPIRES,
    H_LINES,
    H_STATE,
    L_DUE,
    L_NODE,
    L_OPEN,
    L_SKU,
)
from omniroute.kernels.stock.endings import write_endings
from omniroute.stock.effects import (
    NOTHING,
    EffectBatch,
    fall_due,
    hold,
    resolve,
    stock_batch,
    tick,
)
from omniroute.stock.event_columns import EventColumns
from omniroute.stock.spoil import spoiled
from omniroute.stock.state import State

I8 = NDArray[np.int64]


def record(state: State, events: EventColumns, now: int | None = None) -> EffectBatch:
    """Effects of stock facts from outside. O(n).

    Parameters
    ----------
    state
        Read, never modified.
    events
        From `events_from_objects` or `events_from_columns`.
    now
        Engine time, seconds UTC; the state's own by default.
    """
    return stock_batch(
        events.what,
        events.skus,
        events.nodes,
        events.quantities,
        now=state.now if now is None else now,
        happened=events.happened,
    )


def reserve(
    state: State,
    id: str,
    lines: Iterable[tuple[int, ...]],
    *,
    now: int,
    expires_s: int = 0,
    print_lines: int = 0,
    print_terms: int = 0,
) -> EffectBatch:
    """Effects of a reservation under a new id, for lines that are known to fit.

    Parameters
    ----------
    state
        Read, never modified.
    id
        The caller's id; the book must not have it.
    lines
        (SKU number, node index, quanta), and the second due of what falls due later.
    now
        Engine time, seconds UTC.
    expires_s
        Second at which the hold ends; 0 reserves firmly.
    print_lines, print_terms
        Fingerprints of what was asked and on which terms.
    """
    number = len(state.book)
    rows = hold(
        number,
        lines,
        now,
        expires_s=expires_s,
        print_lines=print_lines,
        print_terms=print_terms,
    )
    return EffectBatch(rows, (id,))


def refuse(
    state: State, id: str, status: int, *, print_lines: int = 0, print_terms: int = 0
) -> EffectBatch:
    """Effects of writing down that a request under a new id was refused.

    Nothing is held; the same request will be told the same `Status` again.
    """
    prints = {"print_lines": print_lines, "print_terms": print_terms}
    batch = reserve(state, id, (), now=state.now, **prints)
    final = int(ReservationState.REFUSED)
    row = resolve(len(state.book), final, state.now, told=int(status))
    return EffectBatch([*batch.rows.tolist(), row], (id,))


def release(state: State, number: int, now: int | None = None) -> EffectBatch:
    """Effects of giving a reservation back; nothing where it has ended already.

    Examples
    --------
    >>> state = State(["N1"], ["BOLT"])
    >>> state.apply(reserve(state, "cart-77", [(0, 0, 2)], now=0))
    >>> state.apply(release(state, state.book.number("cart-77")))
    >>> state.book.reservation(0).state.name
    'RELEASED'
    """
    if state.book.heads[number, H_STATE] > ReservationState.FIRM:
        return NOTHING
    return end(state, number, ReservationState.RELEASED, now)


def expire(state: State, now: int) -> EffectBatch:
    """Effects of time moving on to ``now``: holds and lots that are over, then a TICK.

    Second by second: at one of them first holds end, in order of opening, then what is
    promised for it falls due, then lots end, by cell. A ``now`` before the state's counts
    as the state's: time never goes back. Nothing where nothing moves.
    """
    now = max(now, state.now)
    due = state.book.due(now)
    time_moves = now > state.now
    if (falling := state.dated.due(now)) or state.lots.next_s <= now:
        return _second_by_second(state, due, falling, now)
    if not len(due):
        return EffectBatch([tick(now)]) if time_moves else NOTHING
    rows = endings(state, due, ReservationState.EXPIRED, now, spare=int(time_moves))
    if time_moves:
        rows[-1] = tick(now)
    return EffectBatch(rows)


def _second_by_second(
    state: State, ending: I8, falling: list[int], now: int
) -> EffectBatch:
    """Effects of time moving on where promises fall due or lots end. O(seconds + lines).

    ``ending`` is in order of seconds, and cut where they change.
    """
    ends, spoils = state.book.heads[ending, H_EXPIRES], dict(spoiled(state, now))
    rows: list[I8] = []
    over: set[int] = set()
    at = 0
    for second in sorted({*falling, *spoils, *np.unique(ends).tolist()}):
        first, at = at, int(np.searchsorted(ends, second, "right"))
        here = ending[first:at]
        over.update(here.tolist())
        if len(here):
            rows.append(endings(state, here, ReservationState.EXPIRED, now))
        if second in state.dated.owners:
            numbers = [n for n in state.dated.numbers(second) if n not in over]
            rows.append(_falls_due(state, numbers, second, now))
        if second in spoils:
            rows.append(spoils[second])
    if now > state.now:
        rows.append(np.array([tick(now)], np.int64))
    if not rows:
        return NOTHING
    batch = np.concatenate(rows)
    # What fell due and ended later in the same step gives back what its cell holds.
    _as_fallen_due(batch)
    return EffectBatch(batch)


def _falls_due(state: State, numbers: list[int], second: int, now: int) -> I8:
    """Return rows after which lines that fall due at a second hold stock."""
    rows = [
        fall_due(number, line[L_SKU], line[L_NODE], line[L_OPEN], now, second)
        for number in numbers
        for line in state.book.lines_of(number).tolist()
        if line[L_DUE] == second and line[L_OPEN]
    ]
    return np.array(rows, np.int64).reshape(-1, EFFECT_WIDTH)


def _as_fallen_due(rows: I8) -> None:
    """Let rows that end reservations speak of lines as they are by then.

    They were written from the book as it stands. ``rows`` is modified in place.
    """
    fallen: set[tuple[int, int]] = set()
    for row in rows:
        key = int(row[E_REFERENCE]), int(row[E_AUX])
        if row[E_WHAT] == Effect.DUE:
            fallen.add(key)
        elif row[E_WHAT] == Effect.UNLINE and key in fallen:
            row[E_AUX] = 0


def end(
    state: State, number: int, final: ReservationState, now: int | None = None
) -> EffectBatch:
    """Effects of giving back all that an open reservation holds, and ending it."""
    at = state.now if now is None else now
    return EffectBatch(endings(state, np.array([number], np.int64), final, at))


def endings(
    state: State, numbers: I8, final: ReservationState, now: int, spare: int = 0
) -> I8:
    """Return effect rows by which open reservations end, and ``spare`` rows to fill.

    Where they end FULFILLED what they hold has left, else it is given back. O(lines).
    """
    book = state.book
    what = Effect.SHIP if final is ReservationState.FULFILLED else Effect.UNLINE
    room = int(book.heads[numbers, H_LINES].sum()) + len(numbers) + spare
    rows = np.empty((room, EFFECT_WIDTH), np.int64)
    used = write_endings(
        numbers, int(what), int(final), now, book.heads, book.lines, rows
    )
    return rows[: used + spare]
