"""Timelines on their way into arrays: objects as rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from omniroute.codes import (
    CELL_ROWS,
    FOREVER,
    L_FIND,
    L_LEAD,
    L_ON_HAND,
    L_SAFETY,
    UNDATED,
)
from omniroute.errors import ValidationError
from omniroute.model.atp_rule import share
from omniroute.model.buckets import Buckets
from omniroute.model.quantity import to_quanta
from omniroute.model.timeline import Timeline


class DatedRow(NamedTuple):
    """One event on its way into the arrays."""

    cell: int
    time: int
    demand: bool
    quantity: int
    kind: str
    until: int
    id: str


def named_timelines(timelines: Any) -> dict[Any, Timeline]:
    """Return timelines by the id of their cell."""
    if isinstance(timelines, Timeline):
        return {0: timelines}
    if isinstance(timelines, Mapping):
        named = dict(timelines)
    elif isinstance(timelines, Iterable) and not isinstance(timelines, str):
        named = dict(enumerate(timelines))
    else:
        raise ValidationError("timelines", "a Timeline, or some of them", timelines)
    for id, member in named.items():
        if not isinstance(member, Timeline):
            raise ValidationError(f"timelines[{id!r}]", "a Timeline", member)
    return named


def cell_figures(timeline: Timeline) -> list[int]:
    """Return what the rows ``L_*`` have of a cell."""
    places = timeline.decimals
    lead = timeline.lead_time_days
    found = [0] * CELL_ROWS
    found[L_ON_HAND] = to_quanta(timeline.on_hand, places, "on_hand", positive=False)
    found[L_SAFETY] = to_quanta(timeline.safety, places, "safety", positive=False)
    found[L_LEAD] = FOREVER if lead is None else lead
    found[L_FIND] = share(timeline.find_probability, "find_probability")
    return found


def dated_rows(c: int, timeline: Timeline, calendar: Buckets) -> Iterable[DatedRow]:
    """Yield the supplies and demands of a cell."""
    for i, one in enumerate(timeline.supplies):
        path = f"supplies[{i}]"
        time, until = UNDATED, FOREVER
        if one.at is not None:
            time = calendar.wall_s(one.at, f"{path}.at")
        if one.until is not None:
            until = calendar.wall_s(one.until, f"{path}.until")
        if until <= time:
            raise ValidationError(f"{path}.until", f"a time after {one.at}", one.until)
        quanta = to_quanta(one.quantity, timeline.decimals, f"{path}.quantity")
        yield DatedRow(c, time, False, quanta, one.type, until, one.id or "")
    for i, need in enumerate(timeline.demands):
        path = f"demands[{i}]"
        time = UNDATED
        if need.at is not None:
            time = calendar.wall_s(need.at, f"{path}.at")
        quanta = to_quanta(need.quantity, timeline.decimals, f"{path}.quantity")
        yield DatedRow(c, time, True, quanta, need.demand_class, FOREVER, need.id or "")
