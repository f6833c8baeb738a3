"""When the carrier comes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from omniroute.model.calendar import instant_of
from omniroute.model.dispatch_rule import DispatchRule
from omniroute.model.working_days import IDLE_DAYS_MAX
from omniroute.promising.timetable import local_day

_DAY: Final = timedelta(days=1)


class Pickups:
    """The carrier's visits to a node, on its wall clock.

    Parameters
    ----------
    rule
        Times by weekday, on the carrier's working days; no times: whenever asked for.

    Notes
    -----
    On a day off of the node, closed by its date and not by its weekday, nobody hands
    anything over: no visit, unless the night before is at work still.

    A visit takes what is ready at its very second. `leaves` and `ready_by` are
    counterparts: ``leaves(t) <= y`` if, and only if, ``t <= ready_by(y)``.
    """

    def __init__(self, rule: DispatchRule) -> None:
        self._rule = rule
        self._zone = ZoneInfo(rule.working.timezone)

    def leaves(self, ready_s: int) -> int | None:
        """First instant at which what is ready can leave; None: never."""
        if self._rule.pickups is None:
            return ready_s
        first = local_day(ready_s, self._zone)
        return next((at for at in self._visits(first, 1) if at >= ready_s), None)

    def ready_by(self, leaves_by_s: int) -> int | None:
        """Last instant to be ready at, to have left by another; None: never."""
        if self._rule.pickups is None:
            return leaves_by_s
        last = local_day(leaves_by_s, self._zone)
        return next((at for at in self._visits(last, -1) if at <= leaves_by_s), None)

    def _visits(self, day: date, step: int) -> Iterator[int]:
        """Visits from a day on, forwards or backwards in time."""
        assert self._rule.pickups is not None
        for _ in range(IDLE_DAYS_MAX):
            if self._rule.carrier.counts(day):
                off = self._rule.working.is_off(day)
                for minute in self._rule.pickups[day.weekday()][::step]:
                    at = instant_of(day, minute, self._zone)
                    if not off or self._last_night(day, at):
                        yield at
            day += step * _DAY

    def _last_night(self, day: date, at_s: int) -> bool:
        """Whether hours that began the day before reach to an instant."""
        nights = self._rule.working.opened(day - _DAY, day - _DAY)
        return any(opens <= at_s <= closes for opens, closes in nights)
