"""Every clock change of a dozen zones, beside a clock that is watched minute by minute.

Hours, cut-offs and pickups are laid into the very minutes that a change leaves out or
shows twice, wherever in the day these are.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from omniroute import Calendar, DispatchRule, Hours, WorkingDays
from omniroute.codes import WEEKDAYS
from omniroute.promising.dispatch import Dispatcher
from omniroute.promising.timetable import Timetable
from tests.naive.dispatch_minutes import Desk as NaiveDesk
from tests.naive.minutes import Minutes

#: By an hour or half of one, by night or at midnight, north and south, given up since,
#: for Ramadan, and once by a whole day.
ZONES = (
    "Europe/London",
    "America/New_York",
    "America/St_Johns",
    "America/Havana",
    "America/Santiago",
    "America/Sao_Paulo",
    "Africa/Casablanca",
    "Asia/Beirut",
    "Asia/Tehran",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "Pacific/Apia",
)
YEARS = (2000, 2037)
CARRIER = WorkingDays(WEEKDAYS[:6])


@cache
def changes(zone: str) -> tuple[int, ...]:
    """Return the seconds at which the clocks of a zone change, over the years."""
    info = ZoneInfo(zone)

    def offset(at_s: int) -> timedelta | None:
        return datetime.fromtimestamp(at_s, UTC).astimezone(info).utcoffset()

    first, end = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in YEARS)
    found = []
    for day in range(first, end, 86_400):
        if offset(day) != offset(day + 86_400):
            minutes = range(day, day + 86_400, 60)
            found += [s + 60 for s in minutes if offset(s) != offset(s + 60)]
    return tuple(found)


def shown(at_s: int, zone: str) -> datetime:
    """Return what the clock on the wall shows."""
    return datetime.fromtimestamp(at_s, UTC).astimezone(ZoneInfo(zone))


def text(minute: int) -> str:
    return f"{minute // 60 % 24:02d}:{minute % 60:02d}"


def rules_about(change_s: int, zone: str) -> dict[str, DispatchRule]:
    """Return rules whose times lie in the minutes left out, or shown twice."""
    before, after = shown(change_s - 60, zone), shown(change_s, zone)
    told = [t.hour * 60 + t.minute for t in (before, after)]
    told[0] += 1
    low, high = min(told), max(told)
    if high - low > 12 * 60:
        # About midnight: what is left out, or twice, is on both sides of it.
        low, high = high, low + 1440
    half = (low + high) // 2
    always = Hours.always()
    return {
        "opens": rule(zone, span(half, half + 240), work=30),
        "closes": rule(zone, span(half - 300, half), work=45),
        "lies within": rule(zone, span(low + 5, high - 5), work=10),
        "cut-off": rule(zone, always, text(half), text(half + 7), work=5),
        "cut-off at its ends": rule(zone, always, text(low), text(high)),
        "pickup": rule(zone, always, None, f"{text(half)}, {text(half + 1)}"),
        "night": rule(zone, Hours.every_day("21:00-06:00"), "23:30", "05:00", work=150),
    }


def span(opens: int, closes: int) -> Hours:
    return Hours.every_day(f"{text(opens)}-{text(closes)}")


def rule(zone, hours, cutoff=None, pickups=None, work=0) -> DispatchRule:
    return DispatchRule(Calendar(hours, zone), 60 * work, cutoff, pickups, CARRIER)


def followed(told: DispatchRule, change_s: int) -> NaiveDesk:
    """Return the same rule as a follower of minutes sees it, about a change."""
    day = datetime.fromtimestamp(change_s, UTC).date()
    first, last = day - timedelta(days=4), day + timedelta(days=6)
    calendar = told.working
    return NaiveDesk(
        Minutes(calendar.spans, calendar.timezone, first, last),
        told.processing_s // 60,
        [times[0] if times else None for times in told.cutoff],
        None if told.pickups is None else [list(times) for times in told.pickups],
        [name in CARRIER.weekdays for name in WEEKDAYS],
    )


def beside(zone: str, change_s: int, step: int = 1) -> None:
    """Compare every answer about one change: ready, leaves, arrives, order by.

    Asked every so many minutes, and at the change itself in any case.
    """
    for name, told in rules_about(change_s, zone).items():
        naive, table = followed(told, change_s), Timetable(told.working)
        dispatcher, at = Dispatcher(told, table), naive.clock.at
        change = (change_s - naive.clock.start_s) // 60
        near = {*range(change - 100, change + 100, step), change - 1, change}
        for m in (*range(change - 1600, change + 200, 97), *near):
            where = f"{zone}, {name}, {shown(at(m), zone)}"
            assert table.is_open(at(m)) == naive.clock.open[m], where
            found = dispatcher.dispatch(at(m), transit_days=1)
            ready = naive.ready(m, 0)
            leaves = naive.leaves(ready)
            assert found.ready_s == at(ready), where
            assert found.leaves_s == at(leaves), where
            assert found.arrives == naive.arrives(leaves, 1), where
            if m % 10 == 0:
                # The last minute for that day is the last for which it is.
                last = (found.order_by_s - naive.clock.start_s) // 60
                assert naive.arrival(last, 1, 0) == found.arrives, where
                assert naive.arrival(last + 1, 1, 0) > found.arrives, where


def some(zone: str) -> list[int]:
    """Return the last changes of a zone: forward, back, and by a whole day."""
    by_step = {}
    for at_s in changes(zone):
        before, after = (shown(s, zone).utcoffset() for s in (at_s - 60, at_s))
        by_step[after - before] = at_s
    return sorted(by_step.values())


@pytest.mark.parametrize("zone", ZONES)
def test_the_last_changes_of_a_zone_are_what_a_watcher_of_the_clock_says(zone):
    """Forward and back: what is left out is the change, what comes twice its first."""
    told = some(zone)
    assert len(told) >= 2
    for at_s in told:
        beside(zone, at_s)


@pytest.mark.slow
@pytest.mark.parametrize("zone", ZONES)
def test_every_change_of_a_zone_is_what_a_watcher_of_the_clock_says(zone):
    """All that the rules of the zone know of, for 37 years."""
    for at_s in changes(zone):
        beside(zone, at_s, step=11)


WEEKS = {
    "shop": Hours.weekdays("10:00-21:00", sat="09:00-12:00, 13:00-18:00"),
    "night": Hours.weekdays("22:00-06:00", sun="20:00-04:30"),
    "small hours": Hours.every_day("00:10-00:40, 01:15-01:45, 02:15-02:45"),
}


@pytest.mark.slow
@pytest.mark.parametrize("week", WEEKS)
@pytest.mark.parametrize("zone", ZONES)
def test_whole_years_are_what_a_watcher_of_the_clock_says(zone, week):
    """Every minute of a year in which clocks changed, and working time from day to day."""
    last = shown(changes(zone)[-1], zone).year
    calendar, year = Calendar(WEEKS[week], zone), min(last, 2026)
    first = date(year, 1, 1)
    clock = Minutes(
        calendar.spans, zone, first - timedelta(days=3), first + timedelta(days=370)
    )
    table, day = Timetable(calendar), 1440
    for m in range(3 * day, 368 * day):
        assert table.is_open(clock.at(m)) == clock.open[m], shown(clock.at(m), zone)
    for m in range(3 * day, 366 * day, 613):
        at, ahead = clock.at(m), clock.at(m + day)
        assert table.worked(at, ahead) == 60 * clock.worked(m, m + day)
        assert table.next_open(at) == clock.at(clock.next_open(m))
