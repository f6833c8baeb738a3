"""Instants and durations."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omniroute.errors import ValidationError
from omniroute.model.instant import duration_s, to_datetime, to_seconds


@given(st.datetimes(timezones=st.just(UTC)))
def test_an_instant_goes_in_and_comes_out_to_the_second(instant):
    """Over all years a datetime knows, before 1970 too; a fraction is cut off."""
    assert to_datetime(to_seconds(instant, "now")) == instant.replace(microsecond=0)


def test_the_same_instant_in_another_zone_is_the_same_number():
    """Only the instant counts, not how it is written."""
    east = timezone(timedelta(hours=5, minutes=30))
    there = datetime(2026, 1, 1, 5, 30, tzinfo=east)
    assert to_seconds(there, "now") == to_seconds(datetime(2026, 1, 1, tzinfo=UTC), "")


def test_integers_are_seconds_already():
    """From a simulated clock or an array."""
    assert to_seconds(0, "now") == 0
    assert type(to_seconds(np.int64(5), "now")) is int


@pytest.mark.parametrize("unit", ["h", "m", "s", "ms", "us", "ns"])
def test_an_instant_of_numpy_is_utc(unit):
    """It has no zone to say otherwise; a fraction is cut off, before 1970 too."""
    assert to_seconds(np.datetime64("2026-01-01T05", unit), "now") == 1_767_243_600
    assert to_seconds(np.datetime64(-1, "ms"), "now") == -1


@pytest.mark.parametrize(
    "value",
    [np.datetime64("NaT"), np.datetime64("NaT", "s"), np.datetime64("2026-01-01")],
)
def test_a_day_of_numpy_or_none_is_no_instant(value):
    """Which hour of it, and where."""
    with pytest.raises(ValidationError, match="^now: expected an instant, to the hour"):
        to_seconds(value, "now")


def test_an_instant_of_numpy_has_a_date():
    """As one in seconds has to."""
    with pytest.raises(ValidationError, match="^now: expected seconds UTC within"):
        to_seconds(np.datetime64(10**15, "s"), "now")


@pytest.mark.parametrize(
    "value",
    [True, 1.5, "2026-01-01", None, datetime(2026, 1, 1), 10**15, -(10**15)],  # noqa: DTZ001 - naive on purpose
)
def test_what_says_no_instant_is_refused(value):
    """Above all a naive datetime, which is a different instant in every office."""
    with pytest.raises(ValidationError, match="^placed_at: expected"):
        to_seconds(value, "placed_at")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (90, 90),
        (np.int64(90), 90),
        (timedelta(minutes=15), 900),
        ("30s", 30),
        ("15min", 900),
        ("2h", 7_200),
        ("1d", 86_400),
    ],
)
def test_durations_are_read(value, seconds):
    """Seconds, a timedelta, or a number and a unit."""
    assert duration_s(value, "ttl") == seconds


@pytest.mark.parametrize(
    "value",
    [
        0,
        -5,
        True,
        1.5,
        None,
        "",
        "15",
        "15 min",
        "-1h",
        "1w",
        "1.5h",
        "١h",
        "999999999d",
        timedelta(0),
        timedelta(seconds=-1),
        timedelta(milliseconds=1500),
    ],
)
def test_what_is_no_duration_is_refused(value):
    """Zero or negative, a part of a second, an unknown unit, a stray space."""
    with pytest.raises(ValidationError, match="^ttl: expected whole seconds above 0"):
        duration_s(value, "ttl")
