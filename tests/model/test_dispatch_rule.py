"""Cut-off, working time and pickups as they are written; days that count."""

from __future__ import annotations

from datetime import date, timedelta

import attrs
import pytest

from omniroute import Calendar, ConfigurationError, DispatchRule, Hours, WorkingDays

DESK = Calendar(Hours.weekdays("09:00-17:00"), "UTC")


def test_times_are_read_for_the_week_or_by_weekday():
    """Minutes after midnight, in order, each once."""
    rule = DispatchRule(
        DESK,
        timedelta(minutes=90),
        {"fri": "12:00"},
        "17:30, 9:15, 17:30",
    )
    assert rule.processing_s == 5400
    assert rule.cutoff == ((), (), (), (), (720,), (), ())
    assert rule.pickups == ((555, 1050),) * 7
    assert DispatchRule(DESK).cutoff == ((),) * 7
    assert DispatchRule(DESK).pickups is None
    assert attrs.evolve(rule, processing=60).cutoff == rule.cutoff


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"calendar": "shop"}, "calendar"),
        ({"carrier": ["mon"]}, "carrier"),
        ({"processing": -1}, "processing"),
        ({"processing": "90 minutes"}, "processing"),
        ({"processing": True}, "processing"),
        ({"lead_days": -1}, "lead_days"),
        ({"lead_days": 1.5}, "lead_days"),
        ({"lead_days": "1"}, "lead_days"),
        ({"lead_days": 48 * 24}, "lead_days"),
        ({"cutoff": "14"}, "cutoff"),
        ({"cutoff": "24:00"}, "cutoff"),
        ({"cutoff": "12:00, 14:00"}, "cutoff"),
        ({"cutoff": {"Friday": "12:00"}}, "cutoff"),
        ({"cutoff": {"fri": "noon"}}, r"cutoff\['fri'\]"),
        ({"pickups": "17:30;18:30"}, "pickups"),
        ({"pickups": ""}, "pickups"),
        ({"pickups": {}}, "pickups"),
        ({"pickups": 17}, "pickups"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_by_its_path(change, path):
    """One clear error: the field, what was expected, what was found."""
    with pytest.raises(ConfigurationError, match=rf"^{path}: expected .*found "):
        DispatchRule(**{"calendar": DESK, **change})


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"weekdays": []}, "weekdays"),
        ({"weekdays": ["monday"]}, r"weekdays\[0\]"),
        ({"weekdays": ["mon", "mon"]}, r"weekdays\[1\]"),
        ({"closed": [20261225]}, r"closed\[0\]"),
    ],
)
def test_working_days_that_cannot_be_are_refused_by_their_path(change, path):
    """As everything a user describes."""
    with pytest.raises(ConfigurationError, match=rf"^{path}: expected .*found "):
        WorkingDays(**change)


def test_what_a_carrier_gets_on_a_day_off_is_there_on_the_next_working_day():
    """Two days from Saturday: from Monday on, so Wednesday."""
    carrier = WorkingDays()
    saturday = date(2026, 11, 28)
    assert carrier.after(saturday, 0) == date(2026, 11, 30)
    assert carrier.after(saturday, 2) == date(2026, 12, 2)
    assert carrier.before(date(2026, 12, 2), 2) == date(2026, 11, 30)
    assert carrier.before(date(2026, 11, 29), 0) == date(2026, 11, 27)
