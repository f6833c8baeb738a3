"""When a place is open: its week, its time zone, the days that differ."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import attrs
from attrs import field

from omniroute.errors import ConfigurationError
from omniroute.model.checks import Problem, text
from omniroute.model.hours import DAY_MIN, Hours, Span, spans_of
from omniroute.model.instant import to_seconds

_DAY: Final = timedelta(days=1)


def check_zone(value: Any, path: str) -> str:
    """Check the name of an IANA time zone that this machine knows.

    Raises
    ------
    ConfigurationError
        Not the name of a zone, or no time-zone data here (Windows: install ``tzdata``).
    """
    name = text(value, path, ConfigurationError)
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        expected = "an IANA time zone known here, such as 'America/Chicago'"
        raise ConfigurationError(path, expected, value) from None
    return name


def check_dates(value: Any, path: str) -> Container[date]:
    """Check days off: a collection of dates is frozen, another container kept."""
    if not isinstance(value, Container) or isinstance(value, str | bytes):
        raise ConfigurationError(path, "dates, or a container of dates", value)
    if isinstance(value, Mapping) or not isinstance(value, Collection):
        # Of `holidays` objects: they work out a year when it is first asked for.
        return value
    for i, day in enumerate(value):
        check_date(day, f"{path}[{i}]")
    return frozenset(value)


def check_date(value: Any, path: str, error: Problem = ConfigurationError) -> date:
    """Check a day of the calendar, which an instant is not."""
    if not isinstance(value, date) or isinstance(value, datetime):
        raise error(path, "a date", value)
    return value


def instant_of(day: date, minute: int, zone: ZoneInfo) -> int:
    """First second UTC at which the wall clock shows this time or a later one.

    Parameters
    ----------
    day, minute
        Wall clock; minutes may go on beyond the day.
    zone
        Where the clock hangs.

    Notes
    -----
    When clocks go back, a time that comes twice is its first. When they go forward, a
    time that is left out is the instant the clocks change: a shop that opens at 02:30
    opens then, at 03:00.
    """
    days, minute = divmod(minute, DAY_MIN)
    shown = time(minute // 60, minute % 60)
    aware = datetime.combine(day + days * _DAY, shown, tzinfo=zone)
    told = aware.astimezone(UTC)
    before, after = aware.utcoffset(), aware.replace(fold=1).utcoffset()
    assert before is not None
    assert after is not None
    seconds = to_seconds(told, "hours")
    if before < after:
        # Left out: read by the clock that was, it lies as far after the change as it
        # lies after the last time that was shown before it.
        return _change(seconds - (after - before) // timedelta(seconds=1), zone)
    return seconds


def _change(low: int, zone: ZoneInfo) -> int:
    """First second after ``low`` at which the offset differs. Bisects a day."""

    def offset(at: int) -> timedelta | None:
        return datetime.fromtimestamp(at, UTC).astimezone(zone).utcoffset()

    high, was = low + 86_400, offset(low)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if offset(middle) == was else (low, middle)
    return high


@attrs.frozen
class Calendar:
    """When a place is open, on the clock of its own time zone.

    Parameters
    ----------
    hours
        Its week.
    timezone
        IANA name, such as ``"America/Chicago"``.
    closed
        Days off: dates, or anything that answers ``date in closed``, such as an object
        of the ``holidays`` package.
    exceptions
        Hours of single days that differ, by date: text as in `Hours`, None for closed.
        They also go before ``closed``.

    Raises
    ------
    ConfigurationError
        One of these cannot be.

    Notes
    -----
    Clock changes follow the zone. A time that comes twice is its first; a time that is
    left out is the instant of the change. So a night shift from 22:00 to 06:00 has seven
    hours in spring and nine in autumn, as those who work it know.

    Examples
    --------
    >>> from datetime import date
    >>> shop = Calendar(Hours.every_day("10:00-21:00"), "America/Chicago",
    ...                 closed=[date(2026, 12, 25)],
    ...                 exceptions={date(2026, 11, 27): "05:00-22:00"})
    >>> shop.spans(date(2026, 11, 27)), shop.spans(date(2026, 12, 25))
    (((300, 1320),), ())
    """

    hours: Hours = field()
    timezone: str = field()
    closed: Container[date] = field(default=frozenset(), hash=False)
    exceptions: Mapping[date, tuple[Span, ...]] = field(factory=dict, hash=False)

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.hours, Hours):
            raise ConfigurationError("hours", "an Hours", self.hours)
        check_zone(self.timezone, "timezone")
        object.__setattr__(self, "closed", check_dates(self.closed, "closed"))
        object.__setattr__(self, "exceptions", _exceptions(self.exceptions))

    def spans(self, day: date) -> tuple[Span, ...]:
        """Return when it opens and closes on a day, in minutes of the wall clock."""
        found = self.exceptions.get(day)
        if found is not None:
            return found
        return () if day in self.closed else self.hours.of(day.weekday())

    def is_off(self, day: date) -> bool:
        """Whether a day is closed by its date, on a weekday that is not."""
        return bool(self.hours.of(day.weekday())) and not self.spans(day)

    def opened(self, first: date, last: date) -> Iterator[tuple[int, int]]:
        """Yield when spans that open in these days open and close, in seconds UTC.

        Spans that meet or overlap, such as a night's and the next morning's, stay apart.
        One that a clock change swallows is left out.
        """
        zone, day = ZoneInfo(self.timezone), first
        while day <= last:
            for opens, closes in self.spans(day):
                start = instant_of(day, opens, zone)
                end = instant_of(day, closes, zone)
                if start < end:
                    yield start, end
            day += _DAY


def _exceptions(value: Any) -> dict[date, tuple[Span, ...]]:
    if not isinstance(value, Mapping):
        raise ConfigurationError("exceptions", "hours by date", value)
    read = {}
    for day, hours in value.items():
        path = f"exceptions[{day!r}]"
        check_date(day, path)
        read[day] = spans_of(hours, path)
    return read
