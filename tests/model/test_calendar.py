"""Opening hours as they are written, and the days that differ."""

from __future__ import annotations

from datetime import UTC, date, datetime

import attrs
import pytest

from omniroute import Calendar, ConfigurationError, Hours

XMAS, BLACK_FRIDAY = date(2026, 12, 25), date(2026, 11, 27)


def seconds(*at: int) -> int:
    return int(datetime(*at, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("written", "spans"),
    [
        ("09:00-17:30", ((540, 1050),)),
        ("9:00 - 17:30", ((540, 1050),)),
        ("13:00-18:00, 09:00-12:00", ((540, 720), (780, 1080))),
        ("22:00-02:00", ((1320, 1560),)),
        ("00:00-24:00", ((0, 1440),)),
        ("18:00-00:00", ((1080, 1440),)),
        ("00:00-00:00", ((0, 1440),)),
        ("", ()),
        (None, ()),
    ],
)
def test_hours_of_a_day_are_read(written, spans):
    """Minutes after midnight; past midnight counts on."""
    assert Hours(mon=written).mon == spans


@pytest.mark.parametrize(
    "written",
    [
        "9-17",
        "09:00",
        "09:00-25:00",
        "09:60-17:00",
        "24:00-02:00",
        "09:00-12:00,",
        "09:00-12:00, 11:00-13:00",
        "09:00-12:00, 12:00-13:00",
        9,
        True,
        ((540, 500),),
        ((540, 720.5),),
        ((1500, 1600),),
        ((0, 1441),),
        {"mon": "09:00-17:00"},
    ],
)
def test_hours_that_cannot_be_are_refused_by_their_day(written):
    """The error names the weekday and shows what was found."""
    with pytest.raises(ConfigurationError, match=r"^fri: expected .*found "):
        Hours(fri=written)


def test_hours_of_the_week_are_those_of_its_days():
    """Monday is 0."""
    week = Hours.weekdays("08:00-17:00", sat="09:00-12:00")
    assert [len(week.of(day)) for day in range(7)] == [1, 1, 1, 1, 1, 1, 0]
    assert week.of(5) == ((540, 720),)
    assert attrs.evolve(week, sun="10:00-11:00").of(6) == ((600, 660),)
    assert attrs.evolve(week, sun=None) == week


def test_a_day_that_differs_goes_before_a_holiday_and_before_the_week():
    """Open on a holiday, if the exception says so."""
    shop = Calendar(
        Hours.every_day("10:00-18:00"),
        "America/Chicago",
        closed=[XMAS, BLACK_FRIDAY],
        exceptions={BLACK_FRIDAY: "05:00-22:00", date(2026, 12, 31): None},
    )
    assert shop.spans(BLACK_FRIDAY) == ((300, 1320),)
    assert shop.spans(XMAS) == shop.spans(date(2026, 12, 31)) == ()
    assert shop.spans(date(2026, 12, 24)) == ((600, 1080),)
    assert list(shop.opened(date(2026, 12, 24), XMAS)) == [
        (seconds(2026, 12, 24, 16), seconds(2026, 12, 25, 0))
    ]


def test_whatever_answers_for_a_date_can_say_what_is_closed():
    """As an object of the holidays package: asked date by date."""

    class Sundays:
        def __contains__(self, day: date) -> bool:
            return day.weekday() == 6

    shop = Calendar(Hours.every_day("10:00-18:00"), "UTC", closed=Sundays())
    assert shop.spans(date(2026, 11, 22)) == ()
    assert shop.spans(date(2026, 11, 23)) == ((600, 1080),)


def test_hours_that_a_clock_change_leaves_out_are_moved_or_gone():
    """Berlin, 29 March 2026: 02:00 is followed by 03:00."""
    night = Calendar(
        Hours(sun="01:30-02:15, 02:20-02:40, 02:50-03:30"), "Europe/Berlin"
    )
    change = date(2026, 3, 29)
    assert list(night.opened(change, change)) == [
        (seconds(2026, 3, 29, 0, 30), seconds(2026, 3, 29, 1)),
        (seconds(2026, 3, 29, 1), seconds(2026, 3, 29, 1, 30)),
    ]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"hours": "09:00-17:00"}, "hours"),
        ({"timezone": "America/Chicage"}, "timezone"),
        ({"timezone": "../etc/passwd"}, "timezone"),
        ({"timezone": None}, "timezone"),
        ({"closed": ["2026-12-25"]}, r"closed\[0\]"),
        ({"closed": [XMAS, datetime(2026, 1, 1, tzinfo=UTC)]}, r"closed\[1\]"),
        ({"closed": "2026-12-25"}, "closed"),
        ({"closed": 5}, "closed"),
        ({"exceptions": {"2026-12-25": None}}, r"exceptions\['2026-12-25'\]"),
        ({"exceptions": {XMAS: "late"}}, r"exceptions\[.*25\)\]"),
        ({"exceptions": [XMAS]}, "exceptions"),
    ],
)
def test_a_calendar_that_cannot_be_is_refused_by_its_path(change, path):
    """One clear error: the field, what was expected, what was found."""
    fields = {"hours": Hours.every_day("09:00-17:00"), "timezone": "UTC"}
    with pytest.raises(ConfigurationError, match=rf"^{path}: expected .*found "):
        Calendar(**{**fields, **change})
