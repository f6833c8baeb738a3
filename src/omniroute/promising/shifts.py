"""Windows of the working day: in which of them work begins, and in which after that."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import date, timedelta
from typing import Final, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from omniroute.model.calendar import instant_of
from omniroute.model.hours import Span
from omniroute.model.network import Network
from omniroute.model.work_windows import spans
from omniroute.promising.timetable import HORIZON_DAYS, Timetable, local_day
from omniroute.stock.periods import period_of

#: Days worked out at a time.
_STEP_DAYS: Final = 32
_DAY: Final = timedelta(days=1)

#: Windows by weekday.
Week: TypeAlias = tuple[tuple[Span, ...], ...]


class Shift(NamedTuple):
    """A window in which a node is open.

    Parameters
    ----------
    last_s, first_s
        Last and first second UTC in it at which the node is open.
    period
        Its number, as of `stock.periods`.
    """

    last_s: int
    first_s: int
    period: int


class Shifts:
    """The windows of a node, worked out into seconds UTC as they are asked for.

    Windows in which the node is never open are none.

    Parameters
    ----------
    windows
        By weekday, in minutes of the wall clock; they do not overlap.
    table
        When the node is open.

    Notes
    -----
    `begins` never falls as time goes on, and `by` is its counterpart:
    ``begins(t, k) <= s`` if, and only if, ``t <= by(s, k)``.
    """

    def __init__(self, windows: Week, table: Timetable) -> None:
        self._windows, self._table = windows, table
        self.zone = ZoneInfo(table.calendar.timezone)
        #: Days worked out: from the first up to, not including, the second.
        self._days: tuple[date, date] | None = None
        self._shifts: list[Shift] = []

    def begins(self, at_s: int, later: int = 0) -> int | None:
        """When work begins that could at an instant, so many windows later; None: never."""
        shift = self._later(at_s, later)
        if shift is None or later:
            return None if shift is None else shift.first_s
        first = self._table.next_open(at_s)
        assert first is not None
        return max(first, shift.first_s)

    def shift(self, at_s: int) -> Shift | None:
        """Return the window of an instant, or the next one."""
        return self._later(at_s, 0)

    def by(self, begins_by_s: int, later: int = 0) -> int | None:
        """Last instant at which work could begin, to begin so much later in time."""
        self._cover(begins_by_s)
        while (i := self._last_begun(begins_by_s) - later) < 0:
            if not self._look_back(begins_by_s):
                return None
        last_s = self._shifts[i].last_s
        if later:
            return last_s
        open_s = self._table.start_of_work(begins_by_s, 0)
        assert open_s is not None
        return min(open_s, last_s)

    def _later(self, at_s: int, later: int) -> Shift | None:
        self._cover(at_s)
        while True:
            i = bisect_left(self._shifts, (at_s,)) + later
            if i < len(self._shifts):
                return self._shifts[i]
            if not self._look_further(at_s):
                return None

    def _last_begun(self, at_s: int) -> int:
        """Place of the last window that has begun by an instant; -1: none."""
        return bisect_right(self._shifts, at_s, key=_first_s) - 1

    # -- days worked out ---------------------------------------------------------------

    def _cover(self, at_s: int) -> None:
        """Have the days about an instant worked out."""
        day = local_day(at_s, self.zone)
        if self._days is None:
            self._days = day - _DAY, day - _DAY
        first, end = self._days
        while day <= first:
            first = self._add_before()
        while day >= end - _DAY:
            end = self._add_after()

    def _look_further(self, at_s: int) -> bool:
        assert self._days is not None
        ahead = local_day(at_s, self.zone) + HORIZON_DAYS * _DAY
        return self._days[1] <= ahead and bool(self._add_after())

    def _look_back(self, at_s: int) -> bool:
        assert self._days is not None
        back = local_day(at_s, self.zone) - HORIZON_DAYS * _DAY
        return self._days[0] >= back and bool(self._add_before())

    def _add_after(self) -> date:
        assert self._days is not None
        first, end = self._days
        self._days = first, end + _STEP_DAYS * _DAY
        self._shifts += self._worked_out(end)
        return self._days[1]

    def _add_before(self) -> date:
        assert self._days is not None
        first, end = self._days
        self._days = first - _STEP_DAYS * _DAY, end
        self._shifts = self._worked_out(self._days[0]) + self._shifts
        return self._days[0]

    def _worked_out(self, first: date) -> list[Shift]:
        """Return the windows of some days, in which the node opens."""
        days = [first + k * _DAY for k in range(_STEP_DAYS)]
        found = [
            self._shift(day, *span)
            for day in days
            for span in self._windows[day.weekday()]
        ]
        return [each for each in found if each is not None]

    def _shift(self, day: date, begins: int, ends: int) -> Shift | None:
        start_s = instant_of(day, begins, self.zone)
        end_s = instant_of(day, ends, self.zone)
        first_s = self._table.next_open(start_s)
        if first_s is None or first_s >= end_s:
            return None
        last_s = self._table.start_of_work(end_s - 1, 0)
        assert last_s is not None
        return Shift(last_s, first_s, period_of(day.toordinal(), begins))


def windows_at(network: Network) -> dict[tuple[int, int], Week]:
    """Windows of the work of nodes, by node and service; none where days are counted."""
    found: dict[tuple[int, int], Week] = {}
    if all(each.windows is None for each in network.capacity):
        return found
    pools = network.pools
    for n, own in enumerate(pools.followed):
        for work, each in own.items():
            if each.windows is not None:
                week = tuple(map(spans, each.windows))
                named = pools.works[work].services
                for s, name in enumerate(network.service_names):
                    if not named or name in named:
                        found[n, s] = week
    return found


def _first_s(shift: Shift) -> int:
    return shift.first_s
