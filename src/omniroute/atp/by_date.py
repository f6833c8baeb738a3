"""The question: what can be promised, by date, under a rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omniroute.atp.ask import ask_of
from omniroute.atp.schedule import AtpSchedule
from omniroute.errors import ValidationError
from omniroute.model.atp_rule import AtpRule, share
from omniroute.model.exact import Number
from omniroute.model.timeline import Timeline
from omniroute.model.timelines import Timelines

#: The default rule, made once.
LOOK_AHEAD = AtpRule()


def atp_by_date(
    timelines: Timelines | Timeline | Sequence[Timeline] | Mapping[Any, Timeline],
    rule: AtpRule = LOOK_AHEAD,
    *,
    today: date | datetime | int,
    at_confidence: Number = 0,
    out: NDArray[np.int64] | None = None,
) -> AtpSchedule:
    """Return what every cell can promise on every date of the horizon.

    Parameters
    ----------
    timelines
        What is there and what is dated; `Timelines` if it is asked more than once.
    rule
        The rule; ``look_ahead`` over 28 days by default.
    today
        The first date: a date, an aware datetime or whole seconds UTC.
    at_confidence
        From 0 to 1: a cell whose find probability is below counts as empty.
    out
        int64[cells, days] to write to, for callers that ask again and again; the
        schedule then shares its memory.

    Raises
    ------
    ValidationError
        What is not a timeline, a date or a share; or an array of another shape.
    ConfigurationError
        Working days, where the buckets are not days.

    Notes
    -----
    O(events + cells x days). Rules ``nearest_receipt`` and ``expiring``, and
    considerations, match the events of a cell one by one: the square of their number
    at worst.

    Examples
    --------
    >>> from omniroute.model.timeline import Demand, Supply
    >>> cell = Timeline(
    ...     on_hand=20,
    ...     supplies=[Supply(10, date(2022, 2, 3))],
    ...     demands=[Demand(3, date(2022, 2, 1)), Demand(15, date(2022, 2, 4))],
    ... )
    >>> found = atp_by_date(cell, AtpRule(horizon_days=5), today=date(2022, 2, 1))
    >>> found.quanta.tolist()
    [[12, 12, 12, 12, 12]]
    """
    if not isinstance(timelines, Timelines):
        timelines = Timelines.of(timelines)
    if not isinstance(rule, AtpRule):
        raise ValidationError("rule", "an AtpRule", rule)
    first = timelines.buckets.bucket(today, "today")
    least = share(at_confidence, "at_confidence")
    shape = (len(timelines.ids), rule.horizon_days)
    if out is None:
        out = np.empty(shape, np.int64)
    elif out.shape != shape or out.dtype != np.int64 or not out.flags.carray:
        expected = f"a C-contiguous int64 array of shape {shape}"
        raise ValidationError("out", expected, f"{out.dtype}{out.shape}")
    ask_of(timelines, rule, first, least).matrix(timelines, out)
    return AtpSchedule(out, timelines, rule, first, least)
