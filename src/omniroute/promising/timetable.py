"""Questions about working time, put to a calendar."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from typing import Final
from zoneinfo import ZoneInfo

from omniroute.model.calendar import Calendar

#: Days worked out at a time.
_STEP_DAYS: Final = 64
#: A place that does not open for so many days does not open.
HORIZON_DAYS: Final = 800
_DAY: Final = timedelta(days=1)
_FIRST_DAY: Final = date(1970, 1, 1)


class Timetable:
    """A calendar worked out into seconds UTC, a stretch of days at a time.

    Parameters
    ----------
    calendar
        What to work out.

    Notes
    -----
    Instants and durations are integer seconds, UTC. A place is open from the second it
    opens up to, not including, the second it closes. Answers take O(log days) once their
    days are worked out; about 800 days ahead are looked at before the answer is None.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from omniroute import Calendar, Hours
    >>> shop = Timetable(Calendar(Hours.weekdays("09:00-17:00"), "Europe/Berlin"))
    >>> friday = int(datetime(2026, 11, 27, 15, 30, tzinfo=UTC).timestamp())  # 16:30
    >>> ready = shop.after_work(friday, 45 * 60)
    >>> str(datetime.fromtimestamp(ready, UTC))  # Monday 09:15 there
    '2026-11-30 08:15:00+00:00'
    """

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar
        self._zone = ZoneInfo(calendar.timezone)
        #: Days worked out: from the first up to, not including, the second.
        self._days: tuple[date, date] | None = None
        #: Seconds from and to which that is enough, whatever the zone.
        self._enough: tuple[int, int] = (0, 0)
        self._starts: list[int] = []
        self._ends: list[int] = []
        #: Working seconds before each span, and after the last.
        self._before: list[int] = [0]

    def is_open(self, at_s: int) -> bool:
        """Whether it is open at an instant."""
        i = self._span_from(at_s)
        return i is not None and self._starts[i] <= at_s

    def next_open(self, at_s: int) -> int | None:
        """First instant from ``at_s`` on at which it is open; None within the horizon."""
        i = self._span_from(at_s)
        return None if i is None else max(at_s, self._starts[i])

    def closes(self, at_s: int) -> int | None:
        """When it closes that is open at ``at_s``, or that opens next."""
        i = self._span_from(at_s)
        return None if i is None else self._ends[i]

    def after_work(self, at_s: int, work_s: int) -> int | None:
        """First instant by which ``work_s`` seconds have been worked since ``at_s``.

        Without work to do that is when it is next open: an order that takes no time is
        still not looked at before.
        """
        assert work_s >= 0, work_s
        i = self._span_from(at_s)
        if i is None or work_s == 0:
            return self.next_open(at_s)
        done = self._before[i] + max(0, at_s - self._starts[i]) + work_s
        while self._before[-1] < done:
            # Days are added behind: positions stay.
            if not self._look_further(at_s):
                return None
        j = bisect_left(self._before, done) - 1
        return self._starts[j] + done - self._before[j]

    def start_of_work(self, by_s: int, work_s: int) -> int | None:
        """Last instant at which work can be handed in that is to be done ``by_s``.

        The counterpart of `after_work`: handed in a second later, it is done too late.
        None if that was more than the horizon ago.
        """
        assert work_s >= 0, work_s
        first = by_s
        while self.worked(first, by_s) < max(1, work_s):
            first -= _STEP_DAYS * 86_400
            if first < by_s - HORIZON_DAYS * 86_400:
                return None
        if work_s == 0:
            i = bisect_right(self._starts, by_s) - 1
            return min(by_s, self._ends[i] - 1)
        left = self._worked_before(by_s) - work_s
        j = bisect_right(self._before, left) - 1
        return self._starts[j] + left - self._before[j]

    def worked(self, start_s: int, end_s: int) -> int:
        """Working seconds from one instant to a later one."""
        self._cover(start_s)
        self._cover(end_s)
        return self._worked_before(end_s) - self._worked_before(start_s)

    # -- days worked out ---------------------------------------------------------------

    def _worked_before(self, at_s: int) -> int:
        """Working seconds of the days worked out, up to an instant among them."""
        i = bisect_right(self._starts, at_s) - 1
        if i < 0:
            return 0
        return self._before[i] + min(at_s, self._ends[i]) - self._starts[i]

    def _span_from(self, at_s: int) -> int | None:
        """Position of the span that is open at an instant, or opens next."""
        self._cover(at_s)
        while (i := bisect_right(self._ends, at_s)) == len(self._ends):
            if not self._look_further(at_s):
                return None
        return i

    def _look_further(self, at_s: int) -> bool:
        """Work out more days, unless that is beyond the horizon of an instant."""
        assert self._days is not None
        first, end = self._days
        if end > local_day(at_s, self._zone) + HORIZON_DAYS * _DAY:
            return False
        self._work_out(first, end + _STEP_DAYS * _DAY)
        return True

    def _cover(self, at_s: int) -> None:
        """Have the days about an instant worked out."""
        if self._enough[0] <= at_s < self._enough[1]:
            return
        day = local_day(at_s, self._zone)
        # What opened the day before may be open still.
        low, high = day - 2 * _DAY, day + 2 * _DAY
        if self._days is None:
            self._work_out(low, low + _STEP_DAYS * _DAY)
            return
        first, end = self._days
        if low < first or high > end:
            ahead = high + _STEP_DAYS * _DAY if high > end else end
            back = low - _STEP_DAYS * _DAY if low < first else first
            self._work_out(back, ahead)

    def _work_out(self, first: date, end: date) -> None:
        """Work out the days from ``first`` up to, not including, ``end``."""
        starts: list[int] = []
        ends: list[int] = []
        for opens, closes in sorted(self.calendar.opened(first, end - _DAY)):
            if ends and opens <= ends[-1]:
                # A night goes on into the morning after: worked once.
                ends[-1] = max(ends[-1], closes)
            else:
                starts.append(opens)
                ends.append(closes)
        lengths = (b - a for a, b in zip(starts, ends, strict=True))
        self._before = list(accumulate(lengths, initial=0))
        self._starts, self._ends, self._days = starts, ends, (first, end)
        # A local day is at most one off that of UTC.
        low, high = first + 3 * _DAY, end - 3 * _DAY
        self._enough = _midnight_s(low), _midnight_s(high)


def _midnight_s(day: date) -> int:
    """Seconds at which a day of the UTC calendar begins."""
    return (day - _FIRST_DAY).days * 86_400


def local_day(at_s: int, zone: ZoneInfo) -> date:
    """Return the date that the calendar on the wall shows."""
    return datetime.fromtimestamp(at_s, UTC).astimezone(zone).date()
