"""Opening hours by watching the clock on the wall, minute after minute.

Nothing here knows of folds or gaps: an instant is converted to what the clock shows,
and a place opens at the first minute that shows its opening time or a later one.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

_MINUTE_S = 60
#: Looked at by so many minutes, and one by one where the clock has changed in them.
_STEADY_MIN = 30

#: Opening and closing times of a day, as "HH:MM" and minutes open by the clock.
Week = Callable[[date], list[tuple[int, int]]]


class Minutes:
    """Every minute of some days, and whether a place is open in it.

    Parameters
    ----------
    week
        Spans of a day, in minutes of the wall clock.
    timezone
        IANA name.
    first, last
        Days to watch, of the UTC calendar.
    """

    def __init__(self, week: Week, timezone: str, first: date, last: date) -> None:
        zone = ZoneInfo(timezone)
        start = datetime(first.year, first.month, first.day, tzinfo=UTC)
        self.start_s = int(start.timestamp())
        count = ((last - first).days + 1) * 1440
        #: What the clock shows, in minutes since 1970 of its own calendar.
        self.wall = _shown(start, count, zone)
        self.open = [False] * count
        highest = list(accumulate(self.wall, max))
        day = first - timedelta(days=2)
        while day <= last + timedelta(days=1):
            midnight = (day - date(1970, 1, 1)).days * 1440
            for opens, closes in week(day):
                a = bisect_left(highest, midnight + opens)
                b = bisect_left(highest, midnight + closes)
                for m in range(a, b):
                    self.open[m] = True
            day += timedelta(days=1)

    def at(self, m: int) -> int:
        """Instant of a minute, in seconds UTC."""
        return self.start_s + _MINUTE_S * m

    def next_open(self, m: int) -> int:
        """First minute from m on at which it is open."""
        while not self.open[m]:
            m += 1
        return m

    def worked(self, m: int, end: int) -> int:
        """Open minutes from m up to, not including, the end."""
        return sum(self.open[m:end])

    def after_work(self, m: int, minutes: int) -> int:
        """First minute by which so many have been worked."""
        if minutes == 0:
            return self.next_open(m)
        while minutes:
            minutes -= self.open[m]
            m += 1
        return m

    def start_of_work(self, by: int, minutes: int) -> int:
        """Last minute to hand in work that is to be done by another minute."""
        m = by
        while self.after_work(m, minutes) > by:
            m -= 1
        return m


def _shown(start: datetime, count: int, zone: ZoneInfo) -> list[int]:
    """What the clock on the wall shows, by minute."""
    wall: list[int] = []
    epoch = datetime(1970, 1, 1, tzinfo=UTC)

    def shown(m: int) -> int:
        local = (start + timedelta(minutes=m)).astimezone(zone).replace(tzinfo=UTC)
        return (local - epoch) // timedelta(minutes=1)

    for half in range(0, count, _STEADY_MIN):
        first, end = shown(half), shown(half + _STEADY_MIN)
        if end == first + _STEADY_MIN:
            wall += range(first, end)
        else:
            # Some clocks changed a minute past midnight.
            wall += [shown(m) for m in range(half, half + _STEADY_MIN)]
    return wall
