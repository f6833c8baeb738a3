from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from omniroute.errors import ConfigurationError, ValidationError
from omniroute.model.buckets import Buckets


def test_days_are_calendar_days_through_changes_of_the_clock():
    """Spring forward in New York: 23 hours, one bucket."""
    days = Buckets(zone="America/New_York")
    zone = ZoneInfo("America/New_York")
    first = days.bucket(datetime(2026, 3, 8, 0, 0, tzinfo=zone))
    assert days.bucket(datetime(2026, 3, 8, 23, 59, tzinfo=zone)) == first
    assert days.bucket(datetime(2026, 3, 9, 0, 0, tzinfo=zone)) == first + 1
    assert days.label(first + 1) == date(2026, 3, 9)


def test_an_instant_falls_on_the_day_of_the_zone_it_is_asked_in():
    """One second, two days."""
    late = datetime(2026, 1, 1, 23, 30, tzinfo=UTC)
    assert Buckets().label(Buckets().bucket(late)) == date(2026, 1, 1)
    berlin = Buckets(zone="Europe/Berlin")
    assert berlin.label(berlin.bucket(late)) == date(2026, 1, 2)
    assert berlin.bucket(int(late.timestamp())) == berlin.bucket(late)


def test_weeks_begin_on_the_day_of_the_origin():
    """A Monday makes weeks from Monday to Sunday."""
    weeks = Buckets("7d", origin=date(1970, 1, 5))
    monday, sunday = date(2026, 3, 2), date(2026, 3, 8)
    assert weeks.bucket(monday) == weeks.bucket(sunday)
    assert weeks.label(weeks.bucket(sunday)) == monday
    assert weeks.bucket(date(1969, 12, 28)) == -2


def test_hours_have_instants_for_labels():
    """In the zone of the calendar."""
    hours = Buckets("1h", zone=timezone(timedelta(hours=2)))
    label = hours.label(hours.bucket(datetime(2026, 1, 1, 10, 45, tzinfo=UTC)))
    assert label == datetime(2026, 1, 1, 10, 0, tzinfo=UTC)
    assert label.utcoffset() == timedelta(hours=2)


def test_columns_are_read_as_single_values_are():
    """Dates of numpy stand on the wall clock, integers are seconds UTC."""
    days = Buckets(zone="America/New_York")
    instants = np.array([0, 90_000, 0])
    singles = [days.wall_s(int(s)) for s in instants]
    assert days.wall_column(instants, "at").tolist() == singles
    dates = np.array(["2026-03-08"], "datetime64[D]")
    assert days.wall_column(dates, "at")[0] == days.wall_s(date(2026, 3, 8))
    assert days.wall_column([date(2026, 3, 8)], "at")[0] == days.wall_s(
        date(2026, 3, 8)
    )


def test_what_is_no_calendar_is_refused():
    """Each with its path."""
    with pytest.raises(ConfigurationError, match="^zone: expected a time zone"):
        Buckets(zone="Mars/Olympus")
    with pytest.raises(ConfigurationError, match="^zone: expected a time zone"):
        Buckets(zone=3)
    with pytest.raises(ConfigurationError, match="^origin: expected a date"):
        Buckets(origin=datetime(2026, 1, 1, tzinfo=UTC))
    with pytest.raises(
        ValidationError, match="^length_s: expected whole seconds above"
    ):
        Buckets(0)
    with pytest.raises(ValidationError, match="^at: expected a datetime with a time"):
        Buckets().bucket(datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(ValidationError, match=r"^at\[1\]: expected a datetime"):
        Buckets().wall_column([3, "x"], "at")
    with pytest.raises(ValidationError, match="^at: expected dates without gaps"):
        Buckets().wall_column(np.array(["NaT"], "datetime64[D]"), "at")
