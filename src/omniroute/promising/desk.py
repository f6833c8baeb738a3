"""When an order handed in at a node is ready to leave it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from omniroute.model.calendar import instant_of
from omniroute.model.dispatch_rule import DispatchRule
from omniroute.promising.shifts import Shifts
from omniroute.promising.timetable import Timetable, local_day

_DAY: Final = timedelta(days=1)


class Desk:
    """Where orders are handed in and worked, each in its turn.

    Parameters
    ----------
    rule
        Its calendar, cut-off, lead days and working time.
    table
        Its calendar worked out, to share between rules.
    shifts
        Windows of its days in which so much work can begin; None: whole days.

    Notes
    -----
    `ready` never falls as time goes on, and `hand_in_by` is its counterpart:
    ``ready(t) <= y`` if, and only if, ``t <= hand_in_by(y)``. A working day is a date of
    the wall calendar on which the node opens at all. Where there are windows, what waits
    does so for another window instead of another day.
    """

    def __init__(
        self,
        rule: DispatchRule,
        table: Timetable | None = None,
        shifts: Shifts | None = None,
    ) -> None:
        self._rule = rule
        self._zone = ZoneInfo(rule.working.timezone)
        self._table = table or Timetable(rule.working)
        self._shifts = shifts

    def ready(self, now_s: int, backlog_days: int = 0) -> int | None:
        """First instant at which an order handed in now is ready; None: never.

        Parameters
        ----------
        now_s
            Seconds UTC.
        backlog_days
            Working days of work accepted already: it begins so many of them later; so
            many windows, where there are some.
        """
        start = self.begins(now_s, backlog_days)
        if start is None:
            return None
        return self._table.after_work(start, self._rule.processing_s)

    def hand_in_by(self, ready_by_s: int, backlog_days: int = 0) -> int | None:
        """Last instant at which an order can be handed in to be ready in time."""
        start = self._table.start_of_work(ready_by_s, self._rule.processing_s)
        return self._handed_in_by(start, backlog_days)

    def begins(self, now_s: int, backlog_days: int = 0) -> int | None:
        """When work on an order handed in now begins; None: never."""
        start = self._begins(now_s)
        if self._shifts is not None and start is not None:
            return self._shifts.begins(start, backlog_days)
        return self._mornings_later(start, backlog_days)

    def begins_on(self, now_s: int, backlog_days: int = 0) -> tuple[int, int] | None:
        """Day on which work begins; last instant to hand in for that day.

        Its ordinal, or the window, as `stock.periods` has it.
        """
        start = self.begins(now_s, backlog_days)
        if start is None:
            return None
        if self._shifts is not None:
            shift = self._shifts.shift(start)
            assert shift is not None
            last_s = self._handed_in_by(shift.last_s, backlog_days)
            assert last_s is not None
            return shift.period, last_s
        day = local_day(start, self._zone)
        last_s = self._handed_in_by(
            instant_of(day + _DAY, 0, self._zone) - 1, backlog_days
        )
        assert last_s is not None
        return day.toordinal(), last_s

    def _handed_in_by(self, start_by_s: int | None, backlog_days: int) -> int | None:
        """Last instant to hand an order in whose work is to begin in time."""
        if self._shifts is not None and start_by_s is not None:
            return self._begins_by(self._shifts.by(start_by_s, backlog_days))
        return self._begins_by(self._evenings_before(start_by_s, backlog_days))

    # -- stages, each with its counterpart ---------------------------------------------

    def _begins(self, now_s: int) -> int | None:
        """When work on an order handed in now begins, but for the backlog."""
        start = self._table.next_open(now_s)
        if start is None:
            return None
        cutoff = self._cutoff(local_day(start, self._zone))
        late = cutoff is not None and now_s > cutoff
        return self._mornings_later(start, self._rule.lead_days + late)

    def _begins_by(self, start_by_s: int | None) -> int | None:
        """Last instant to hand an order in whose work is to begin in time."""
        latest = self._open_by(self._evenings_before(start_by_s, self._rule.lead_days))
        if latest is None:
            return None
        start = self._table.next_open(latest)
        assert start is not None
        cutoff = self._cutoff(local_day(start, self._zone))
        return latest if cutoff is None else min(latest, cutoff)

    def _mornings_later(self, at_s: int | None, days: int) -> int | None:
        """When the working day begins that is so many after an instant's own."""
        for _ in range(days):
            if at_s is None:
                return None
            tomorrow = local_day(at_s, self._zone) + _DAY
            at_s = self._table.next_open(instant_of(tomorrow, 0, self._zone))
        return at_s

    def _evenings_before(self, morning_by_s: int | None, days: int) -> int | None:
        """Last instant from which so many working days later begin in time."""
        for _ in range(days):
            latest = self._open_by(morning_by_s)
            if latest is None:
                return None
            midnight_s = instant_of(local_day(latest, self._zone), 0, self._zone)
            morning_by_s = midnight_s - 1
        return morning_by_s

    def _open_by(self, at_s: int | None) -> int | None:
        """Last instant from which the node is open by another."""
        return None if at_s is None else self._table.start_of_work(at_s, 0)

    def _cutoff(self, day: date) -> int | None:
        times = self._rule.cutoff[day.weekday()]
        return instant_of(day, times[0], self._zone) if times else None
