"""From events to effects: one event, many of them, or a frame."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from omniroute.errors import UnknownIdError, ValidationError
from omniroute.stock.any_event import AnyEvent, CellEvent
from omniroute.stock.event_columns import EventColumns, events_from_objects
from omniroute.stock.frames import is_frame, read_frame
from omniroute.stock.intake_columns import from_columns
from omniroute.stock.intake_objects import from_objects
from omniroute.stock.problems import Problems
from omniroute.stock.repeats import Repeats
from omniroute.stock.state import State
from omniroute.stock.taken_in import Errors, Intake


def read(
    state: State,
    events: Any,
    now: int,
    skip: bool = False,
    without: Errors | None = None,
    *,
    ordered: bool = True,
) -> Intake:
    """Return the effects of events: one, many, or a frame. Changes nothing.

    Parameters
    ----------
    state
        Read, never modified.
    events
        An event, a sequence of them, or a frame.
    now
        Engine time at which they are taken in, seconds UTC.
    skip
        Leave out what is wrong instead of raising.
    without
        Errors of events that were found wrong before, by place; left out as well.
    ordered
        Let many effects be in order of SKU, and not in that of their events.

    Raises
    ------
    ValidationError, UnknownIdError
        A bad event, named by its path, unless it is to be skipped; no sequence of
        events.
    """
    errors = dict(without or {})
    if is_frame(events):
        found = read_frame(events, state.catalogue, Problems(skip, errors))
        if not isinstance(found, EventColumns):
            return from_objects(state, found, now, skip, errors)
        return from_columns(state, found, now, Problems(skip, errors), ordered)
    if isinstance(events, AnyEvent):
        return from_objects(state, {0: events}, now, skip, errors, single=True)
    if isinstance(events, str) or not isinstance(events, Iterable):
        expected = "an event, a sequence of them or a frame"
        raise ValidationError("events", expected, events)
    each = list(events)
    if not errors and all(isinstance(e, CellEvent) and e.is_plain for e in each):
        try:
            columns = events_from_objects(each, state.catalogue)
        except (ValidationError, UnknownIdError):
            if not skip:
                raise
        else:
            return from_columns(state, columns, now, Problems(skip, errors), ordered)
    return from_objects(state, dict(enumerate(each)), now, skip, errors)


def any_told_before(state: State, events: Iterable[AnyEvent], now: int) -> bool:
    """Whether some event came before, by its id or number: earlier, or among these."""
    repeats = Repeats(state, now)
    for event in events:
        if repeats.knows(event):
            return True
        repeats.add(event)
    return False
