"""Windows in which a service delivers: how they are written, which are coming."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

import omniroute as om

SATURDAY = date(2026, 11, 28)


def test_windows_of_every_day_in_order_and_each_once():
    """They may meet and overlap."""
    slots = om.DeliverySlots("12:00-14:00, 10:00-12:00,11:00-13:00, 10:00-12:00")
    assert slots.windows[0] == ((600, 720), (660, 780), (720, 840))
    assert slots.windows == slots.windows[:1] * 7


def test_what_is_coming_by_weekday():
    """From today on, for so many days; closed days have none."""
    slots = om.DeliverySlots(
        {"sat": "10:00-12:00", "mon": "22:00-24:00", "sun": "10:00-12:00"},
        days_ahead=8,
        closed=[SATURDAY + timedelta(1)],
    )
    assert list(slots.coming(SATURDAY)) == [
        (SATURDAY, (600, 720)),
        (SATURDAY + timedelta(2), (1320, 1440)),
        (SATURDAY + timedelta(7), (600, 720)),
    ]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"windows": ""}, "windows"),
        ({"windows": {"sat": None}}, "windows"),
        ({"windows": {"saturday": "10:00-12:00"}}, "windows"),
        ({"windows": {"sat": "10-12"}}, r"windows\['sat'\]"),
        ({"windows": "12:00-12:00"}, "windows"),
        ({"windows": "22:00-02:00"}, "windows"),
        ({"windows": 5}, "windows"),
        ({"closes": "soon"}, "closes"),
        ({"closes": -1}, "closes"),
        ({"days_ahead": 0}, "days_ahead"),
        ({"days_ahead": 1000}, "days_ahead"),
        ({"closed": "2026-12-25"}, "closed"),
    ],
)
def test_what_cannot_be_is_named(change, path):
    """Each says where."""
    with pytest.raises(om.ConfigurationError, match=path):
        om.DeliverySlots(**{"windows": "10:00-12:00", **change})


@pytest.mark.parametrize(
    "how",
    [
        {"kind": "collect"},
        {"kind": "same_day", "transit_days": 1},
        {"kind": "ship_to_store"},
    ],
)
def test_only_what_is_brought_has_windows(how):
    """And only to the minute, or by the day."""
    slots = om.DeliverySlots("10:00-12:00")
    with pytest.raises(om.ConfigurationError, match="slots"):
        om.Service("van", rates=om.RateCard.flat(4), slots=slots, **how)
    with pytest.raises(om.ConfigurationError, match="slots"):
        om.Service("van", "ship", om.RateCard.flat(4), slots="10:00-12:00")
