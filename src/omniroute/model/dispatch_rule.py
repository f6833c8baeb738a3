"""From an order handed in at a node to a parcel handed over: cut-off, work, pickup."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any, Final

import attrs
from attrs import field

from omniroute.errors import ConfigurationError
from omniroute.model.calendar import Calendar
from omniroute.model.checks import whole
from omniroute.model.instant import stated_span
from omniroute.model.weekly import by_weekday
from omniroute.model.working_days import WorkingDays

_CLOCK: Final = re.compile(r"\s*([01]?[0-9]|2[0-3]):([0-5][0-9])\s*")
#: A year, so that hours given as days are noticed.
_LEAD_DAYS_MAX: Final = 366
#: Minutes after midnight by weekday.
ByWeekday = tuple[tuple[int, ...], ...]


def _minutes(value: Any, path: str) -> tuple[int, ...]:
    """Read wall-clock times such as ``"12:00, 16:30"``; None or empty: none."""
    if value is None or value == "":
        return ()
    parts = value.split(",") if isinstance(value, str) else [""]
    minutes = set()
    for part in parts:
        match = _CLOCK.fullmatch(part)
        if match is None:
            expected = "times such as '16:30', several with commas, or None"
            raise ConfigurationError(path, expected, value)
        minutes.add(int(match[1]) * 60 + int(match[2]))
    return tuple(sorted(minutes))


def _cutoff(value: Any) -> ByWeekday:
    times = by_weekday(value, "cutoff", _minutes)
    if any(len(day) > 1 for day in times):
        raise ConfigurationError("cutoff", "one time a day at most", value)
    return times


def _pickups(value: Any) -> ByWeekday | None:
    if value is None:
        return None
    times = by_weekday(value, "pickups", _minutes)
    if not any(times):
        raise ConfigurationError("pickups", "a pickup a week or more, or None", value)
    return times


def _processing(value: Any) -> timedelta:
    return stated_span(value, "processing")


def _lead_days(value: Any) -> int:
    return whole(value, "lead_days", 0, _LEAD_DAYS_MAX, ConfigurationError)


@attrs.frozen
class DispatchRule:
    """How long a node takes from an order to the carrier.

    Parameters
    ----------
    calendar
        When orders are worked. None, in a network: the hours of each node.
    processing
        Working time an order takes: seconds, a ``timedelta``, or text such as ``"2h"``.
        A day of it is 24 hours of work; for working days there is ``lead_days``.
    cutoff
        Time of day on the wall after which work on an order begins on the next working
        day: text such as ``"14:00"``, or by weekday, ``{"sat": "12:00"}``. A day without
        one takes orders until it closes.
    pickups
        When the carrier comes, on the same clock: ``"12:00, 17:30"``, or by weekday.
        None: an order leaves when it is ready.
    carrier
        Days that count in transit, and on which there are pickups.
    lead_days
        Working days of the node after the one that an order is handed in for, before
        work on it begins: 1 for what "ships within one business day".

    Raises
    ------
    ConfigurationError
        One of these cannot be.

    Examples
    --------
    >>> from omniroute import Calendar, Hours
    >>> hours = Hours.weekdays("08:00-18:00")
    >>> rule = DispatchRule(Calendar(hours, "Europe/Berlin"), "90min", "14:00", "17:30")
    >>> rule.processing_s, rule.cutoff[0], rule.pickups[0]
    (5400, (840,), (1050,))
    """

    calendar: Calendar | None = field(default=None)
    processing: timedelta = field(default=timedelta(0), converter=_processing)
    cutoff: ByWeekday = field(default=None, converter=_cutoff)
    pickups: ByWeekday | None = field(default=None, converter=_pickups)
    carrier: WorkingDays = field(factory=WorkingDays)
    lead_days: int = field(default=0, converter=_lead_days)

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.calendar, Calendar | None):
            raise ConfigurationError("calendar", "a Calendar or None", self.calendar)
        if not isinstance(self.carrier, WorkingDays):
            raise ConfigurationError("carrier", "a WorkingDays", self.carrier)

    @property
    def working(self) -> Calendar:
        """The calendar of a rule that has one: of one node, not of a whole network.

        Raises
        ------
        ConfigurationError
            It has none.
        """
        if self.calendar is None:
            expected = "a Calendar, as no node lends its hours here"
            raise ConfigurationError("rule.calendar", expected, None)
        return self.calendar

    @property
    def processing_s(self) -> int:
        """The working time in seconds."""
        return self.processing // timedelta(seconds=1)
