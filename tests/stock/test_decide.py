"""Decisions answer with effects and leave the state alone."""

from __future__ import annotations

from omniroute.codes import E_REFERENCE, E_WHAT, Effect, ReservationState
from omniroute.stock import decide
from omniroute.stock.effects import EffectBatch, stock, unline
from omniroute.stock.event_columns import events_from_objects
from omniroute.stock.events import Count, Receive
from omniroute.stock.state import State


def shop():
    state = State(["N0", "N1"], ["S0", "S1"])
    state.apply(EffectBatch([stock(Effect.RECEIVE, 0, 0, 9, 0)]))
    return state


def held(state, id, expires):
    state.apply(decide.reserve(state, id, [(0, 0, 2)], now=0, expires_s=expires))


def test_recording_keeps_engine_time_and_the_events_own():
    """The engine decides at 7 what happened at 3."""
    state = shop()
    events = [Receive("S1", "N1", 4, at=3), Count("S0", "N0", 1)]
    digest = state.digest()
    batch = decide.record(state, events_from_objects(events, state.catalogue), now=7)
    assert state.digest() == digest
    assert batch.rows.tolist() == [
        [Effect.RECEIVE, 1, 1, 4, -1, 7, 3, 0],
        [Effect.COUNT, 0, 0, 1, -1, 7, 0, 0],
    ]


def test_releasing_gives_open_lines_back_and_ends():
    """Once; the second time there is nothing to do."""
    state = shop()
    held(state, "A", 0)
    assert state.arena.sku_free[0] == 7
    state.apply(decide.release(state, 0))
    assert state.arena.sku_free[0] == 9
    assert state.book.reservation(0).state == ReservationState.RELEASED
    assert len(decide.release(state, 0)) == 0
    state.check()


def test_releasing_skips_what_was_given_back_already():
    """A line without anything left has nothing to give."""
    state = shop()
    held(state, "A", 0)
    state.apply(EffectBatch([unline(0, 0, 0, 2, 0)]))
    state.apply(decide.release(state, 0))
    assert state.arena.sku_free[0] == 9
    assert state.book.reservation(0).state == ReservationState.RELEASED


def test_expiring_goes_by_expiry_then_opening_and_ends_with_a_tick():
    """The order is that of the agenda."""
    state = shop()
    for id, expires in (("B", 60), ("C", 50), ("A", 60), ("D", 61)):
        held(state, id, expires)
    batch = decide.expire(state, 60)
    resolved = batch.rows[batch.rows[:, E_WHAT] == Effect.RESOLVE]
    assert [state.book.ids.texts[n] for n in resolved[:, E_REFERENCE]] == [
        "C",
        "B",
        "A",
    ]
    assert batch.rows[-1, E_WHAT] == Effect.TICK
    state.apply(batch)
    state.check()
    assert (state.now, state.arena.sku_free[0]) == (60, 7)
    assert [state.book.reservation(n).state.name for n in range(4)] == [
        "EXPIRED",
        "EXPIRED",
        "EXPIRED",
        "SOFT",
    ]


def test_time_that_goes_back_or_stands_still_says_nothing():
    """And does not expire what is due later."""
    state = shop()
    state.apply(decide.expire(state, 10))
    held(state, "A", 12)
    assert len(decide.expire(state, 10)) == 0
    assert len(decide.expire(state, 3)) == 0


def test_a_hold_already_over_when_opened_ends_at_the_next_call():
    """Even where a clock went back: nothing is held for ever."""
    state = shop()
    state.apply(decide.expire(state, 10))
    held(state, "A", 10)
    state.apply(decide.expire(state, 3))
    assert state.book.reservation(0).state == ReservationState.EXPIRED
    assert state.now == 10
