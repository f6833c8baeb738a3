"""When it leaves and arrives: published rules of hours, cut-offs, pickups and carriers."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest

import omniroute as om

ALL_WEEK = om.WorkingDays(["mon", "tue", "wed", "thu", "fri", "sat", "sun"])
SIX_DAYS = om.WorkingDays(["mon", "tue", "wed", "thu", "fri", "sat"])
WEEKDAYS = om.WorkingDays()


class Leg(NamedTuple):
    """One order handed in; what is expected as ``MM-DD HH:MM`` of the node, or a day."""

    name: str
    rule: om.DispatchRule
    now: str
    transit: int = 0
    ready: str | None = None
    leaves: str | None = None
    arrives: date | None = None
    order_by: str | None = None


def rule(hours, zone="UTC", closed=(), **more):
    return om.DispatchRule(om.Calendar(hours, zone, closed=closed), **more)


def weekly(text, **more):
    return om.Hours.weekdays(text, **more)


ALWAYS = om.Hours.every_day("00:00-24:00")

# IBM Sterling, carrier pickup schedule: ground is fetched at 15:00 on Monday, Wednesday and
# Friday; the same with four hours of notice.
MWF = {"mon": "15:00", "wed": "15:00", "fri": "15:00"}
GROUND = rule(ALWAYS, pickups=MWF)
NOTICE = rule(ALWAYS, pickups=MWF, processing="4h")
# IBM Sterling, minimum notification time: 8 to 17, two hours of work.
TWO_HOURS = rule(om.Hours.every_day("08:00-17:00"), processing="2h")
# IBM Sterling, transfer schedule: the warehouse works 8 to 20, needs two hours, and a lorry
# goes on Mondays and Thursdays at any time of the shift (here: every hour).
HOURLY = ", ".join(f"{hour:02}:00" for hour in range(8, 21))
TRANSFER = rule(
    om.Hours.every_day("08:00-20:00"),
    processing="2h",
    pickups={"mon": HOURLY, "thu": HOURLY},
    carrier=ALL_WEEK,
)
# IBM Sterling, product procurement: goods are received Monday to Friday 5 to 13, which
# takes 3 hours (half an hour where they only pass through), and shipped from 14 on.
RECEIVED = rule(weekly("05:00-13:00"), processing="3h", pickups="14:00")
FORWARDED = rule(weekly("05:00-13:00"), processing="30min", pickups="14:00")
# SAP SD, delivery scheduling: transport planning (2 days, picking beside it) and loading
# (1 day) before goods issue, 2 days on the road; every day of the week counts.
SAP = rule(ALWAYS, processing="3d", carrier=ALL_WEEK)
# Transportation management with SAP LES, 6.7: 2 + 2 working days, then a day on the road.
LES = rule(weekly("00:00-24:00"), processing="4d")
# Odoo, sales lead times: 14 days and one of security, week-ends included.
ODOO = rule(ALWAYS, processing="1d", carrier=ALL_WEEK)
# A carrier's days in transit do not count week-ends nor holidays (Puget Systems).
TWO_DAY = rule(weekly("09:00-18:00"), pickups="17:00")
MONDAY_OFF = rule(
    weekly("09:00-18:00"),
    pickups="17:00",
    carrier=om.WorkingDays(closed=[date(2026, 3, 9)]),
)
FEDEX_HOME = rule(
    om.Hours.every_day("09:00-18:00"),
    pickups="17:00",
    carrier=om.WorkingDays(["tue", "wed", "thu", "fri", "sat"]),
)
# schema.org, cutoffTime: after it a day is added; 14:00 in Los Angeles is 17:00 in New
# York.
LA = rule(weekly("08:00-18:00"), "America/Los_Angeles", cutoff="14:00", pickups="17:00")


# Google Merchant Center, delivery time: handling counts business days, 0 is shipped the
# same day, 1 the next; an order after the cut-off is the next day's.
def handled(days, hours=None, **more):
    week = hours or weekly("09:00-18:00", sat="10:00-14:00")
    return rule(week, cutoff="14:00", pickups="13:00, 17:00", lead_days=days, **more)


CASES = [
    # Monday 2 March 2026, 12:00 is in time for 15:00; 15:30 has to wait for Wednesday.
    Leg("pickup today", GROUND, "03-02 12:00", leaves="03-02 15:00"),
    Leg("at the very minute", GROUND, "03-02 15:00", leaves="03-02 15:00"),
    Leg("pickup missed", GROUND, "03-02 15:30", leaves="03-04 15:00"),
    Leg("Friday missed", GROUND, "03-06 16:00", leaves="03-09 15:00"),
    Leg("notice too short", NOTICE, "03-02 12:00", leaves="03-04 15:00"),
    Leg("notice, missed as well", NOTICE, "03-02 15:30", leaves="03-04 15:00"),
    Leg("notice just long enough", NOTICE, "03-02 11:00", leaves="03-02 15:00"),
    # By 15:00 it still ships at 17:00 today, else tomorrow: an hour of it at 9.
    Leg("by three it ships today", TWO_HOURS, "03-02 15:00", leaves="03-02 17:00"),
    Leg("a minute after three", TWO_HOURS, "03-02 15:01", leaves="03-03 08:01"),
    Leg("after closing", TWO_HOURS, "03-02 19:00", leaves="03-03 10:00"),
    # The table of the page: Friday 13:00 -> Monday 8:00; Monday 17:00 -> 19:00 the same
    # day; Monday 19:00 would be ready at 21:00, after the shift: Thursday 8:00.
    Leg("transfer from Friday", TRANSFER, "03-06 13:00", leaves="03-09 08:00"),
    Leg("transfer the same day", TRANSFER, "03-02 17:00", leaves="03-02 19:00"),
    Leg("transfer missed", TRANSFER, "03-02 19:00", leaves="03-05 08:00"),
    # There at 14:00 on Monday, after receiving hours: Tuesday 5:00 + 3 h, shipped from
    # 14:00; passed through in half an hour: 5:30.
    Leg("procured", RECEIVED, "03-02 14:00", ready="03-03 08:00", leaves="03-03 14:00"),
    Leg("forwarded", FORWARDED, "03-02 14:00", ready="03-03 05:30"),
    # 30 - 2 - 1 - 2 = the 25th is the last day to begin for the 30th of January 2009; begun
    # on the 21st: 21 + 2 + 1 + 2 = 26.
    Leg(
        "backward",
        SAP,
        "2009-01-21 00:00",
        2,
        arrives=date(2009, 1, 26),
        order_by="2009-01-21 23:59",
    ),
    Leg(
        "backward, the last day", SAP, "2009-01-25 00:00", 2, arrives=date(2009, 1, 30)
    ),
    # Wednesday 28 August 2013: two working days to the 30th, two to Tuesday 3 September.
    Leg(
        "forward",
        LES,
        "2013-08-28 00:00",
        1,
        leaves="2013-09-03 00:00",
        arrives=date(2013, 9, 4),
    ),
    Leg("fifteen days of the week", ODOO, "03-04 09:00", 14, arrives=date(2026, 3, 19)),
    # Thursday's parcel: Friday is the first day, Monday the second; Tuesday if Monday
    # is off.
    Leg("two days of the carrier", TWO_DAY, "03-05 10:00", 2, arrives=date(2026, 3, 9)),
    Leg("and a holiday", MONDAY_OFF, "03-05 10:00", 2, arrives=date(2026, 3, 10)),
    # FedEx Home delivers from Tuesday to Saturday: of Saturday's two days Tuesday is
    # the first.
    Leg("Tuesday to Saturday", FEDEX_HOME, "03-07 10:00", 2, arrives=date(2026, 3, 11)),
    # Friday 13:30: worked the same day; on Saturday, of which 13:00 is the pickup; on
    # Monday.
    Leg("handled today", handled(0), "03-06 13:30", 2, arrives=date(2026, 3, 10)),
    Leg("in a day", handled(1, carrier=SIX_DAYS), "03-06 13:30", leaves="03-07 13:00"),
    Leg("in two", handled(2), "03-06 13:30", leaves="03-09 13:00"),
    # A minute past the cut-off it is Saturday's order; one at the week-end Monday's.
    Leg("in a day, late", handled(1), "03-06 14:01", leaves="03-09 13:00"),
    Leg("at the week-end", handled(1), "03-08 11:00", 1, arrives=date(2026, 3, 11)),
    # Two business days on a Monday of nine hours, five and a half of which are gone.
    Leg(
        "two business days",
        handled(2, weekly("09:00-18:00"), processing="2h"),
        "03-02 13:30",
        2,
        ready="03-04 11:00",
        leaves="03-04 13:00",
        arrives=date(2026, 3, 6),
    ),
    # Thursday 13:30 in Los Angeles (16:30 in New York) is in time, 14:01 is Friday's.
    Leg("cut-off in its own zone", LA, "03-05 13:30", 1, arrives=date(2026, 3, 6)),
    Leg("a minute late", LA, "03-05 14:01", 1, arrives=date(2026, 3, 9)),
]


def moment(text, zone):
    text = text if len(text) > 11 else f"2026-{text}"
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize("leg", CASES, ids=lambda leg: leg.name)
def test_the_schedule_holds(leg):
    """Ready, gone, there; and whoever orders by the minute that is told is there then."""
    zone = leg.rule.calendar.timezone
    desk = om.Dispatcher(leg.rule)
    sent = desk.dispatch(moment(leg.now, zone), leg.transit)
    told = {
        name: getattr(sent, name).astimezone(ZoneInfo(zone)).replace(second=0)
        for name in ("ready", "leaves", "order_by")
        if getattr(leg, name)
    }
    assert told == {name: moment(getattr(leg, name), zone) for name in told}
    assert leg.arrives in (None, sent.arrives)
    last = desk.dispatch(sent.order_by, leg.transit)
    late = desk.dispatch(int(sent.order_by.timestamp()) + 1, leg.transit)
    assert last.arrives == sent.arrives < late.arrives


def test_the_last_day_to_begin_is_reckoned_backwards():
    """SAP SD: 30 January, less 2 on the road, 1 to load, 2 to plan: begun by the 25th."""
    last = om.Dispatcher(SAP).order_by(date(2009, 1, 30), 2)
    assert last.date() == date(2009, 1, 25)


# -- when clocks change --------------------------------------------------------------------

CHANGES = [
    # 8 March 2026, New York: 2:00 is 3:00. 1:30 + 90 min are half an hour to the
    # change, and an hour behind it: 4:00.
    ("spring, in the night", "America/New_York", "03-08 01:30", 90, "03-08 04:00"),
    # 1 November 2026: 0:30 + 120 min is the second 1:30, an hour after the first.
    ("autumn, in the night", "America/New_York", "11-01 00:30", 120, "11-01 01:30"),
    # 29 March 2026, Berlin: from 23:00 six hours of work end at 6:00 on the clock.
    ("spring, in Berlin", "Europe/Berlin", "03-28 23:00", 360, "03-29 06:00"),
    # Half an hour on Lord Howe Island (5 April 2026, 2:00 is 1:30): an hour from 1:20.
    ("half an hour", "Australia/Lord_Howe", "04-05 01:20", 60, "04-05 01:50"),
]


@pytest.mark.parametrize("case", CHANGES, ids=lambda case: case[0])
def test_work_takes_as_long_when_clocks_change(case):
    _, zone, now, minutes, ready = case
    desk = om.Dispatcher(
        rule(ALWAYS, zone, processing=f"{minutes}min", carrier=ALL_WEEK)
    )
    start = moment(now, zone)
    sent = desk.dispatch(start)
    assert sent.ready.timestamp() == start.timestamp() + 60 * minutes
    assert sent.ready.astimezone(ZoneInfo(zone)).replace(
        tzinfo=None
    ) == datetime.fromisoformat(f"2026-{ready}")


def test_a_cutoff_is_the_clock_on_the_wall_on_both_sides_of_the_change():
    """14:00 in Chicago is 20:00 UTC on 6 March 2026 and 19:00 UTC on the 9th."""
    desk = om.Dispatcher(
        rule(weekly("09:00-18:00"), "America/Chicago", cutoff="14:00", pickups="17:00")
    )
    for day, hour in ((6, 20), (9, 19)):
        at = datetime(2026, 3, day, hour, tzinfo=ZoneInfo("UTC"))
        sent = desk.dispatch(at)
        assert sent.order_by == at
        assert sent.leaves.astimezone(ZoneInfo("America/Chicago")).day == day
