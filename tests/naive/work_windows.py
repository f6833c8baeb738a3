"""In which window of the day work begins: the clock is looked at again and again."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from tests.naive.capacity import amount, counts

LOOK_S = 1800
FAR_S = 21 * 86_400


@dataclass
class Rule:
    """So much in each window, (first minute, end, limit) by weekday; or a day: a number."""

    limit: list
    of: str = "orders"
    services: tuple[str, ...] = ()
    backlog: int = 0


@dataclass
class Desk:
    """A node: when it is open, and the work it has taken on.

    All hours and windows are on half hours of the wall clock.
    """

    zone: str
    hours: list[tuple[int, int]]
    rules: list[Rule]
    #: Reservation, service, when work begins, units by SKU.
    jobs: list = field(default_factory=list)

    def clock(self, at):
        """Return the day and the minute that the wall shows."""
        shown = datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(self.zone))
        return shown.date(), 60 * shown.hour + shown.minute

    def is_open(self, at):
        """Whether somebody is there."""
        _, minute = self.clock(at)
        return any(begins <= minute < ends for begins, ends in self.hours)

    def place(self, rule, at):
        """Return what a rule counts an instant to: a day, or a day and window; or None."""
        day, minute = self.clock(at)
        limit = rule.limit[day.weekday()]
        if isinstance(limit, int):
            return (day, None), limit
        for begins, ends, most in limit:
            if begins <= minute < ends:
                return (day, begins), most
        return None

    def taken(self, rule, place):
        """Count what jobs have of a day or window."""
        return sum(
            amount(rule.of, lines)
            for _, service, at, lines in self.jobs
            if counts(rule, service) and self.place(rule, at)[0] == place
        )

    def fits(self, service, at, lines):
        """Whether there is room for a job that begins at an instant."""
        for rule in self.rules:
            if counts(rule, service):
                place, most = self.place(rule, at)
                if self.taken(rule, place) + amount(rule.of, lines) > most:
                    return False
        return True

    def begins(self, service, now, lines):
        """Return when work on an order handed in now begins; None: there is no room."""
        rules = [rule for rule in self.rules if counts(rule, service)]
        marks = range(now // LOOK_S * LOOK_S + LOOK_S, now + FAR_S, LOOK_S)
        seen, days = set(), []
        for at in (now, *marks):
            if not self.is_open(at) or any(self.place(r, at) is None for r in rules):
                continue
            windows = tuple(self.place(rule, at)[0] for rule in rules)
            if windows in seen:
                continue
            seen.add(windows)
            day = self.clock(at)[0]
            if day not in days:
                days.append(day)
            if rules and len(days) > min(rule.backlog for rule in rules) + 1:
                return None
            if self.fits(service, at, lines):
                return at
        return None
