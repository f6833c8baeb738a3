"""Windows of the working day: work begins in them as a clock looked at again shows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest

from omniroute.model.calendar import Calendar
from omniroute.model.dispatch_rule import DispatchRule
from omniroute.model.hours import Hours
from omniroute.model.instant import to_seconds
from omniroute.promising.desk import Desk
from omniroute.promising.shifts import Shifts
from omniroute.promising.timetable import Timetable
from omniroute.stock.periods import begins_of, day_of

#: Weeks in which clocks change, and one in which they do not.
WEEKS = (
    ("America/Chicago", datetime(2026, 10, 30, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2027, 3, 26, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2027, 4, 2, tzinfo=UTC)),
    ("Asia/Kolkata", datetime(2026, 11, 23, tzinfo=UTC)),
)
HOURS = ("00:00-24:00", "09:00-18:00", "08:30-12:00, 13:00-20:00", "22:00-02:30")
GRIDS = (
    ((480, 720), (720, 1080)),
    ((0, 120), (120, 150), (690, 900)),
    ((60, 120), (120, 180)),
    tuple((k, k + 60) for k in range(0, 1440, 60)),
)


def worlds():
    dice = Random(7)
    for zone, start in WEEKS:
        for hours in HOURS:
            # Of those that are open at night, windows by day would never begin.
            grid = dice.choice(GRIDS[3:] if hours == HOURS[-1] else GRIDS)
            # On some weekdays there are none, or fewer.
            week = tuple(dice.choice([grid, grid, grid[:1], ()]) for _ in range(6))
            yield Calendar(Hours.every_day(hours), zone), (grid, *week), start


@pytest.mark.parametrize(("calendar", "windows", "start"), list(worlds()))
def test_work_begins_when_a_clock_looked_at_every_minute_shows_it(
    calendar, windows, start
):
    """The k-th window later is the k-th in which somebody is there."""
    table = Timetable(calendar)
    shifts, first = Shifts(windows, table), to_seconds(start, "start")
    # By minute: the window in which work could begin then.
    minutes = range(first, first + 12 * 86_400, 60)
    shown = []
    for at in minutes:
        local = datetime.fromtimestamp(at, UTC).astimezone(shifts.zone)
        minute = 60 * local.hour + local.minute
        mine = [w for w in windows[local.weekday()] if w[0] <= minute < w[1]]
        inside = bool(mine) and table.is_open(at)
        shown.append((local.date().toordinal(), mine[0][0]) if inside else None)
    order = list(dict.fromkeys(each for each in shown if each))
    for i in range(0, 4 * 1440, 97):
        at = minutes[i]
        nxt = next(j for j in range(i, len(shown)) if shown[j])
        assert shifts.begins(at) == minutes[nxt]
        window = shifts.shift(at).period
        assert (day_of(window), begins_of(window)) == shown[nxt]
        for later in (1, 2, 5):
            place = order.index(shown[nxt]) + later
            if place < len(order):
                assert shifts.begins(at, later) == minutes[shown.index(order[place])]


@pytest.mark.parametrize(("calendar", "windows", "start"), list(worlds()))
def test_whoever_hands_in_a_second_later_begins_later(calendar, windows, start):
    """``by`` is the counterpart of ``begins``, with a cut-off before them as well."""
    dice, first = Random(3), to_seconds(start, "start")
    table = Timetable(calendar)
    shifts = Shifts(windows, table)
    rule = DispatchRule(calendar, "45min", "13:00", lead_days=dice.choice([0, 1]))
    desk = Desk(rule, table, shifts)
    for _ in range(60):
        at, later = first + dice.randrange(6 * 86_400), dice.choice([0, 0, 1, 3])
        until = shifts.by(at, later)
        assert shifts.begins(until, later) <= at < shifts.begins(until + 1, later)
        until = desk.hand_in_by(at, later)
        assert desk.ready(until, later) <= at < desk.ready(until + 1, later)
        period, last_s = desk.begins_on(at, later)
        assert desk.begins_on(last_s, later)[0] == period
        assert desk.begins_on(last_s + 1, later)[0] > period


def test_a_place_that_never_opens_in_its_windows_never_begins():
    calendar = Calendar(Hours.every_day("09:00-12:00"), "UTC")
    shifts = Shifts((((780, 840),),) * 7, Timetable(calendar))
    now = to_seconds(datetime(2026, 11, 23, tzinfo=UTC), "now")
    assert shifts.begins(now) is None
    assert shifts.shift(now) is None
    assert shifts.by(now) is None


def test_a_window_that_the_clocks_leave_out_is_none():
    calendar = Calendar(Hours.always(), "Europe/Berlin")
    shifts = Shifts((((60, 120), (120, 180), (180, 240)),) * 7, Timetable(calendar))
    night = to_seconds(datetime(2027, 3, 28, 0, 30, tzinfo=UTC), "night")
    after = shifts.begins(night, 1)
    assert datetime.fromtimestamp(after, UTC) == datetime(2027, 3, 28, 1, tzinfo=UTC)
    assert begins_of(shifts.shift(after).period) == 180


def test_windows_long_ago_and_far_ahead_are_found_all_the_same():
    calendar = Calendar(
        Hours.every_day("09:00-18:00"),
        "UTC",
        closed=[date(2026, 11, 1) + timedelta(k) for k in range(200)],
    )
    shifts = Shifts((((600, 660),),) * 7, Timetable(calendar))
    now = to_seconds(datetime(2026, 11, 23, tzinfo=UTC), "now")
    before = datetime(2026, 10, 31, 10, 59, 59, tzinfo=UTC)
    assert shifts.begins(now) == to_seconds(datetime(2027, 5, 20, 10, tzinfo=UTC), "x")
    assert shifts.by(now) == to_seconds(before, "before")
