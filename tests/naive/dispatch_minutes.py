"""An order followed minute by minute: handed in, begun, worked, picked up, under way."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import accumulate

from .minutes import Minutes

_EPOCH = date(1970, 1, 1)


@dataclass
class Desk:
    """A node and its carrier, told in minutes.

    Times by weekday are minutes after midnight; no pickups: leaves when ready.
    """

    clock: Minutes
    work: int
    cutoff: list[int | None]
    pickups: list[list[int]] | None
    working: list[bool]
    closed: set[date] = field(default_factory=set)
    #: Days off of the node: nobody hands over, but who is at work since the day before.
    off: set[date] = field(default_factory=set)
    #: Working days between being taken in and being worked.
    lead: int = 0

    def __post_init__(self) -> None:
        self._highest = list(accumulate(self.clock.wall, max))
        self._visits = set(self._all_visits())

    def shows(self, day: int, minute: int) -> int:
        """First minute at which the wall clock shows a time or a later one."""
        return bisect_left(self._highest, 1440 * day + minute)

    def day_of(self, m: int) -> int:
        """Date on the wall, as days since 1970."""
        return self.clock.wall[m] // 1440

    def ready(self, now: int, backlog: int) -> int:
        """Minute at which an order is ready."""
        return self.clock.after_work(self.begins(now, backlog), self.work)

    def begins(self, now: int, backlog: int) -> int:
        """Minute at which work begins that waits so many working days."""
        m = self.clock.next_open(now)
        cutoff = self.cutoff[_weekday(self.day_of(m))]
        late = cutoff is not None and now > self.shows(self.day_of(m), cutoff)
        for _ in range(backlog + late + self.lead):
            m = self.clock.next_open(self.shows(self.day_of(m) + 1, 0))
        return m

    def leaves(self, ready: int) -> int:
        """Minute at which it leaves."""
        while self.pickups is not None and ready not in self._visits:
            ready += 1
        return ready

    def arrives(self, leaves: int, transit: int) -> date:
        """Day on which it arrives, counted off on the carrier's calendar."""
        day = _EPOCH + timedelta(days=self.day_of(leaves))
        while not self.counts(day):
            day += timedelta(days=1)
        while transit:
            day += timedelta(days=1)
            transit -= self.counts(day)
        return day

    def counts(self, day: date) -> bool:
        """Whether the carrier works."""
        return self.working[day.weekday()] and day not in self.closed

    def arrival(self, now: int, transit: int, backlog: int) -> date:
        """From now to the day of arrival."""
        return self.arrives(self.leaves(self.ready(now, backlog)), transit)

    def _all_visits(self) -> list[int]:
        first, last = self.day_of(0) + 1, self.day_of(len(self.clock.wall) - 1)
        visits = []
        for day in range(first, last):
            told = _EPOCH + timedelta(days=day)
            for minute in (self.pickups or [[]] * 7)[_weekday(day)]:
                m = self.shows(day, minute)
                at_work = self.clock.open[m] or self.clock.open[m - 1]
                if self.counts(told) and (told not in self.off or at_work):
                    visits.append(m)
        return visits


def _weekday(day: int) -> int:
    return (day + 3) % 7
