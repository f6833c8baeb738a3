"""Working time beside a clock that is watched minute by minute."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from omniroute.model.calendar import Calendar
from omniroute.model.hours import Hours
from omniroute.promising.timetable import HORIZON_DAYS, Timetable
from tests.naive.minutes import Minutes

#: North and south, by an hour and by half of one, at midnight, and not at all.
ZONES = (
    "America/Chicago",
    "America/New_York",
    "America/St_Johns",
    "America/Santiago",
    "Europe/London",
    "Europe/Berlin",
    "Asia/Beirut",
    "Africa/Cairo",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
)

#: A shop, a night shift, a place that opens and closes while clocks change.
WEEKS = {
    "shop": Hours.weekdays("10:00-21:00", sat="09:00-12:00, 13:00-18:00"),
    "night": Hours.weekdays("22:00-06:00", sun="20:00-04:30"),
    "small hours": Hours.every_day(
        "00:10-00:40, 01:15-01:45, 02:15-02:45, 03:05-03:20"
    ),
    "never closed": Hours.always(),
    "on into the morning": Hours.every_day("06:00-14:00, 14:30-06:30"),
}


def changes(zone: str, first_year: int, last_year: int) -> list[date]:
    """Days on which the clocks of a zone change."""
    info, found = ZoneInfo(zone), []
    day = datetime(first_year, 1, 1, tzinfo=UTC)
    while day.year <= last_year:
        after = day + timedelta(days=1)
        if day.astimezone(info).utcoffset() != after.astimezone(info).utcoffset():
            found.append(day.date())
        day = after
    return found


def beside_the_clock(hours: Hours, zone: str, first: date, days: int, seed: int):
    """Compare every answer at random minutes of some days."""
    calendar = Calendar(hours, zone)
    last = first + timedelta(days=days + 8)
    clock = Minutes(
        calendar.spans, zone, first - timedelta(days=8), last + timedelta(days=1)
    )
    table, rng = Timetable(calendar), random.Random(seed)
    from_m, to_m = 8 * 1440, (8 + days) * 1440
    for m in range(from_m, to_m, 7):
        assert table.is_open(clock.at(m)) == clock.open[m], clock.at(m)
    for _ in range(40):
        m = rng.randrange(from_m, to_m)
        work = rng.choice([0, 1, 20, 45, 90, rng.randrange(400)])
        at, told = clock.at(m), f"{datetime.fromtimestamp(clock.at(m), UTC)} {zone}"
        assert table.next_open(at) == clock.at(clock.next_open(m)), told
        done = clock.after_work(m, work)
        assert table.after_work(at, 60 * work) == clock.at(done), (told, work)
        later = m + rng.randrange(3000)
        assert table.worked(at, clock.at(later)) == 60 * clock.worked(m, later), told


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("week", WEEKS)
def test_working_time_over_every_clock_change_is_what_a_watcher_of_the_clock_says(
    week, zone
):
    """Two years of changes, the days about each; and a plain week."""
    for day in [date(2026, 7, 1), *changes(zone, 2025, 2026)]:
        beside_the_clock(WEEKS[week], zone, day - timedelta(days=2), 4, day.toordinal())


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Santiago"])
def test_a_whole_year_is_what_a_watcher_of_the_clock_says(zone):
    """Day after day, with holidays and single days that differ."""
    beside_the_clock(WEEKS["shop"], zone, date(2026, 1, 1), 365, 1)


@pytest.mark.parametrize("week", WEEKS)
@pytest.mark.parametrize("work", [0, 1, 60, 7 * 3600])
def test_work_handed_in_at_the_last_instant_is_done_in_time_and_a_second_later_not(
    week, work
):
    """The order-by time is sharp to the second, whatever the hour."""
    table, rng = Timetable(Calendar(WEEKS[week], "Europe/London")), random.Random(5)
    spring = int(datetime(2026, 3, 27, tzinfo=UTC).timestamp())
    for _ in range(40):
        by = spring + rng.randrange(4 * 86_400)
        last = table.start_of_work(by, work)
        assert table.after_work(last, work) <= by < table.after_work(last + 1, work)


def test_a_night_shift_is_an_hour_shorter_in_spring_and_longer_in_autumn():
    """22:00 to 06:00 in Berlin."""
    table = Timetable(Calendar(Hours.every_day("22:00-06:00"), "Europe/Berlin"))

    def worked_h(day: date) -> float:
        noon = int(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp())
        return table.worked(noon, noon + 86_400) / 3600

    nights = [date(2026, 3, 28), date(2026, 7, 1), date(2026, 10, 24)]
    assert [worked_h(day) for day in nights] == [7, 8, 9]


def test_a_place_that_never_opens_says_so_and_does_not_search_for_ever():
    """None, not a loop."""
    table = Timetable(Calendar(Hours(), "UTC"))
    assert table.next_open(0) is None
    assert table.closes(0) is None
    assert table.after_work(0, 60) is None
    assert table.start_of_work(0, 60) is None
    assert table.start_of_work(0, 0) is None
    assert table.worked(0, 10 * 86_400) == 0


def test_a_place_that_opens_once_has_no_end_of_more_work_than_that():
    """An exception is the only day it opens."""
    once = date(2026, 6, 1)
    table = Timetable(Calendar(Hours(), "UTC", exceptions={once: "09:00-10:00"}))
    nine = int(datetime(2026, 6, 1, 9, tzinfo=UTC).timestamp())
    assert table.after_work(nine - 86_400, 3600) == nine + 3600
    assert table.after_work(nine, 3601) is None
    assert table.next_open(nine + 3600) is None
    assert table.next_open(nine - (HORIZON_DAYS - 70) * 86_400) == nine


def test_the_order_of_questions_does_not_matter():
    """Days worked out for one question are not in the way of the next."""
    calendar = Calendar(WEEKS["night"], "America/Chicago")
    rng = random.Random(2)
    asked = [rng.randrange(1_700_000_000, 1_900_000_000) for _ in range(60)]
    table = Timetable(calendar)
    one = [table.after_work(at, 3600) for at in asked]
    assert one == [Timetable(calendar).after_work(at, 3600) for at in asked]


@pytest.mark.parametrize("seed", range(8))
def test_a_timetable_that_was_asked_before_answers_like_a_new_one(seed):
    """Days worked out for other questions, near and far, do not show."""
    dice = random.Random(seed)
    hours = dice.choice([Hours.weekdays("09:00-17:00"), Hours.every_day("20:00-04:00")])
    calendar = Calendar(hours, dice.choice(["Pacific/Kiritimati", "Pacific/Pago_Pago"]))
    known, now = Timetable(calendar), 1_790_000_000
    for _ in range(60):
        now += dice.choice([-1, 1]) * dice.randint(0, 64 * 86_400)
        work_s = dice.choice([0, 60, 30_000, 400_000])
        questions = [
            lambda table, at=now: table.next_open(at),
            lambda table, at=now, work=work_s: table.after_work(at, work),
            lambda table, at=now, work=work_s: table.start_of_work(at, work),
        ]
        for question in dice.sample(questions, 2):
            assert question(known) == question(Timetable(calendar))
