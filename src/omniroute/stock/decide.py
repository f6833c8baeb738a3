"""Decisions about stock: pure functions of the state that answer with effects.

Nothing here changes the state; `State.apply` does, with what these return.
"""

from __future__ import annotations

from collections.abc import Iterable

from omniroute.codes import QUANTITY_MAX, ReservationState
from omniroute.errors import ValidationError
from omniroute.kernels.book import L_NODE, L_OPEN, L_SKU
from omniroute.model.quantity import from_quanta
from omniroute.stock.effects import (
    NOTHING,
    EffectBatch,
    Row,
    hold,
    resolve,
    stock_batch,
    tick,
    unline,
)
from omniroute.stock.events import EventColumns
from omniroute.stock.state import State


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


def refused_event(
    state: State, events: EventColumns, error: ValidationError
) -> ValidationError:
    """Return what the state said of a row of `record` as said of the event it is.

    The only thing left that can be wrong with a checked event is that it would take
    its cell out of bounds.
    """
    row = int(error.path.removeprefix("effects[").removesuffix("]"))
    catalogue = state.catalogue
    number = int(events.skus[row])
    sku, node = catalogue.skus.texts[number], catalogue.nodes.texts[events.nodes[row]]
    places = int(catalogue.decimals[number])
    most = from_quanta(QUANTITY_MAX, places)
    expected = f"stock of SKU {sku!r} at node {node!r} to stay within {most} units"
    found = from_quanta(int(events.quantities[row]), places)
    return ValidationError(f"events[{row}].quantity", expected, found)


def reserve(
    state: State,
    id: str,
    lines: Iterable[tuple[int, int, int]],
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
        (SKU number, node index, quanta).
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
    if state.book.reservation(number).state > ReservationState.FIRM:
        return NOTHING
    at = state.now if now is None else now
    return EffectBatch(_ending(state, number, ReservationState.RELEASED, at))


def expire(state: State, now: int) -> EffectBatch:
    """Effects of time moving on to ``now``: holds that have run out end, then a TICK.

    By expiry, then by id. A ``now`` before the state's counts as the state's: time
    never goes back. Nothing where neither time nor a hold moves.
    """
    now = max(now, state.now)
    rows: list[Row] = []
    for id in state.book.due(now):
        number = state.book.ids.numbers[id]
        rows += _ending(state, number, ReservationState.EXPIRED, now)
    if now > state.now:
        rows.append(tick(now))
    return EffectBatch(rows) if rows else NOTHING


def _ending(state: State, number: int, final: ReservationState, now: int) -> list[Row]:
    """Give every open line back, then end."""
    rows = [
        unline(number, held[L_SKU], held[L_NODE], held[L_OPEN], now)
        for held in state.book.lines_of(number).tolist()
        if held[L_OPEN]
    ]
    return [*rows, resolve(number, int(final), now)]
