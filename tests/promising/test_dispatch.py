"""From order to arrival, beside an order that is followed minute by minute."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from omniroute import Calendar, DispatchRule, Hours, ValidationError, WorkingDays
from omniroute.codes import WEEKDAYS
from omniroute.promising.desk import Desk
from omniroute.promising.dispatch import Dispatcher
from omniroute.promising.pickups import Pickups
from tests.naive.dispatch_minutes import Desk as NaiveDesk
from tests.naive.minutes import Minutes

SHOP = Hours.weekdays("09:00-18:00", sat="10:00-14:00")
HOLIDAY = date(2026, 3, 30)
POST = WorkingDays(["mon", "tue", "wed", "thu", "fri", "sat"], closed=[HOLIDAY])

#: Rules that differ in every part: hours, cut-off, work, pickups, the carrier's days.
RULES = {
    "plain": {},
    "by two": {"cutoff": "14:00", "processing": "90min", "pickups": "17:30"},
    "cut-off before opening": {"cutoff": "08:00", "pickups": "12:00, 20:00"},
    "by weekday": {
        "cutoff": {"fri": "12:00", "sat": "11:30"},
        "pickups": {"mon": "10:00", "wed": "10:00", "sat": "13:00"},
        "carrier": POST,
    },
    "more than a day's work": {"processing": "11h", "cutoff": "16:00", "carrier": POST},
    "night": {
        "hours": Hours.every_day("21:00-05:00"),
        "cutoff": "23:15",
        "processing": "2h",
        "pickups": "02:30",
        "carrier": POST,
    },
    "ships within two working days": {
        "cutoff": "14:00",
        "processing": "2h",
        "pickups": "12:00, 17:30",
        "lead_days": 2,
        "carrier": POST,
    },
    "a day later by night": {
        "hours": Hours.every_day("21:00-05:00"),
        "cutoff": "23:15",
        "lead_days": 1,
    },
    "no work on days with pickups": {
        "hours": Hours(tue="09:00-12:00"),
        "pickups": {"mon": "09:00"},
        "processing": "30min",
    },
}
ZONES = ("America/Chicago", "Europe/Berlin", "Asia/Beirut", "Australia/Lord_Howe")
#: About the changes of spring in the north and autumn in the south.
FIRST = date(2026, 3, 24)


def rule_of(name: str, zone: str) -> DispatchRule:
    parts = dict(RULES[name])
    calendar = Calendar(parts.pop("hours", SHOP), zone, closed=[HOLIDAY])
    return DispatchRule(calendar, **parts)


def followed(rule: DispatchRule) -> NaiveDesk:
    """The same rule, told to the follower of minutes."""
    clock = Minutes(
        rule.calendar.spans,
        rule.calendar.timezone,
        FIRST - timedelta(days=20),
        FIRST + timedelta(days=70),
    )
    return NaiveDesk(
        clock,
        rule.processing_s // 60,
        [day[0] if day else None for day in rule.cutoff],
        None if rule.pickups is None else [list(day) for day in rule.pickups],
        [name in rule.carrier.weekdays for name in WEEKDAYS],
        {HOLIDAY} - (set() if not rule.carrier.counts(HOLIDAY) else {HOLIDAY}),
        {HOLIDAY} if rule.calendar.hours.of(HOLIDAY.weekday()) else set(),
        rule.lead_days,
    )


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("name", RULES)
def test_an_order_is_ready_leaves_and_arrives_when_a_follower_sees_it(name, zone):
    """Whatever the rule, over a clock change and a holiday, with work accepted before."""
    rule = rule_of(name, zone)
    naive, dispatcher, rng = followed(rule), Dispatcher(rule), random.Random(3)
    for _ in range(40):
        m, transit, backlog = (
            20 * 1440 + rng.randrange(10 * 1440),
            rng.randrange(4),
            rng.choice([0, 0, 1, 3]),
        )
        found = dispatcher.dispatch(naive.clock.at(m), transit, backlog)
        ready = naive.ready(m, backlog)
        leaves = naive.leaves(ready)
        assert found.ready_s == naive.clock.at(ready)
        assert found.leaves_s == naive.clock.at(leaves)
        assert found.arrives == naive.arrives(leaves, transit)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("name", RULES)
def test_the_last_minute_to_order_is_the_last_that_arrives_the_same_day(name, zone):
    """Ordered by then it arrives on the day told; a second later it does not."""
    dispatcher, rng = Dispatcher(rule_of(name, zone)), random.Random(4)
    start = int(datetime(2026, 3, 24, tzinfo=UTC).timestamp())
    for _ in range(40):
        now, transit = start + rng.randrange(10 * 86_400), rng.randrange(4)
        backlog = rng.choice([0, 0, 2])
        found = dispatcher.dispatch(now, transit, backlog)
        assert now <= found.order_by_s
        last = dispatcher.dispatch(found.order_by_s, transit, backlog)
        late = dispatcher.dispatch(found.order_by_s + 1, transit, backlog)
        assert last.arrives == found.arrives < late.arrives


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("name", RULES)
def test_every_stage_and_its_counterpart_agree_on_what_is_in_time(name, zone):
    """f(t) <= y if, and only if, t <= g(y): for desk and pickups."""
    rule, rng = rule_of(name, zone), random.Random(5)
    desk, pickups = Desk(rule), Pickups(rule)
    start = int(datetime(2026, 3, 24, tzinfo=UTC).timestamp())
    for _ in range(150):
        t, y = (start + rng.randrange(9 * 86_400) for _ in range(2))
        backlog = rng.randrange(3)
        ready, leaves = desk.ready(t, backlog), pickups.leaves(t)
        for by in (y, ready, ready - 1):
            assert (ready <= by) == (t <= desk.hand_in_by(by, backlog)), (t, by)
        for by in (y, leaves, leaves - 1):
            assert (leaves <= by) == (t <= pickups.ready_by(by)), (t, by)


def test_days_of_transit_and_their_counterpart_agree_on_what_is_in_time():
    """The same of the carrier's days."""
    rng = random.Random(6)
    for _ in range(400):
        a, b = (FIRST + timedelta(days=rng.randrange(20)) for _ in range(2))
        n = rng.randrange(5)
        assert (POST.after(a, n) <= b) == (a <= POST.before(b, n)), (a, b, n)


def test_after_the_cut_off_work_begins_on_the_next_working_day():
    """Friday 14:00 is in time, a second later is Monday's work."""
    rule = DispatchRule(
        Calendar(Hours.weekdays("09:00-18:00"), "UTC"), "1h", "14:00", "17:00"
    )
    two = int(datetime(2026, 11, 27, 14, tzinfo=UTC).timestamp())
    friday = Dispatcher(rule).dispatch(two, transit_days=1)
    monday = Dispatcher(rule).dispatch(two + 1, transit_days=1)
    assert (friday.leaves_s, friday.arrives) == (two + 3 * 3600, date(2026, 11, 30))
    assert monday.ready_s == two + (2 * 24 + 20) * 3600
    assert monday.arrives == date(2026, 12, 1)


def test_a_node_that_never_opens_or_has_no_carrier_promises_nothing():
    """None, without a search for ever."""
    never = Dispatcher(DispatchRule(Calendar(Hours(), "UTC")))
    assert never.dispatch(0, 1) is None
    assert never.order_by(date(2026, 1, 1), 1) is None

    class Always:
        def __contains__(self, day: date) -> bool:
            return True

    idle = WorkingDays(closed=Always())
    nobody = Dispatcher(DispatchRule(Calendar(Hours.always(), "UTC"), carrier=idle))
    assert nobody.dispatch(0, 1) is None
    assert nobody.order_by(date(2026, 1, 1), 1) is None


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ({"now": datetime(2026, 11, 26, 11)}, "now"),  # noqa: DTZ001
        ({"now": "noon"}, "now"),
        ({"transit_days": -1}, "transit_days"),
        ({"transit_days": 1.5}, "transit_days"),
        ({"transit_days": 48 * 24}, "transit_days"),
        ({"backlog_days": True}, "backlog_days"),
    ],
)
def test_a_question_that_cannot_be_is_refused_by_its_path(asked, path):
    """A naive datetime above all: it says no instant."""
    desk = Dispatcher(rule_of("plain", "UTC"))
    with pytest.raises(ValidationError, match=rf"^{path}: expected .*found "):
        desk.dispatch(**{"now": 0, **asked})


def test_a_day_of_arrival_is_a_date():
    """Not an instant, which would be another day elsewhere."""
    desk = Dispatcher(rule_of("plain", "UTC"))
    with pytest.raises(ValidationError, match=r"^arrives: expected a date, found "):
        desk.order_by(datetime(2026, 11, 26, tzinfo=UTC))
    by = desk.order_by(date(2026, 11, 27), transit_days=1)
    assert by == datetime(2026, 11, 26, 17, 59, 59, tzinfo=UTC)


def at(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("hours", "pickups", "ready", "leaves"),
    [
        # Closed on Friday by an exception: Thursday's work goes on Saturday.
        (Hours.every_day("09:00-17:00"), "10:30", "26T15:00", "28T10:30"),
        # Closed on Friday, but Thursday's night is at work until 05:00, and to the second.
        (Hours.every_day("21:00-05:00"), "02:30", "26T23:00", "27T02:30"),
        (Hours.every_day("21:00-05:00"), "05:00", "26T23:00", "27T05:00"),
        (Hours.every_day("21:00-05:00"), "05:01", "26T23:00", "28T05:01"),
        # Never open on Fridays: who says that it is picked up then will be there.
        (Hours(thu="09:00-17:00"), {"fri": "10:30"}, "26T15:00", "27T10:30"),
    ],
)
def test_on_a_day_off_nobody_hands_anything_over(hours, pickups, ready, leaves):
    """Closed by its date, not by its weekday; there and back."""
    calendar = Calendar(hours, "UTC", exceptions={date(2026, 11, 27): None})
    week = WorkingDays(WEEKDAYS)
    told = Pickups(DispatchRule(calendar, pickups=pickups, carrier=week))
    ready_s, leaves_s = (
        int(at(f"2026-11-{each}").timestamp()) for each in (ready, leaves)
    )
    assert told.leaves(ready_s) == leaves_s
    assert ready_s <= told.ready_by(leaves_s) == leaves_s
    assert told.ready_by(leaves_s - 1) < ready_s


def test_east_of_the_date_line_and_over_the_end_of_the_year():
    """Fourteen hours ahead of UTC; closed on New Year's Day, as the carrier is."""
    zone, off = "Pacific/Kiritimati", [date(2027, 1, 1)]
    calendar = Calendar(Hours.weekdays("09:00-17:00"), zone, closed=off)
    carrier = WorkingDays(closed=off)
    desk = Dispatcher(DispatchRule(calendar, "1h", "14:00", "16:30", carrier))
    eve = at("2026-12-31 14:00", zone)
    sent = desk.dispatch(eve, transit_days=2)
    assert sent.leaves == at("2026-12-31 16:30", zone)
    assert (sent.arrives, sent.order_by) == (date(2027, 1, 5), eve)
    late = desk.dispatch(eve + timedelta(seconds=1), transit_days=2)
    assert late.leaves == at("2027-01-04 16:30", zone)
    assert late.arrives == date(2027, 1, 6)


def test_days_of_delivery_and_their_counterpart_agree_on_what_is_in_time():
    """Handed over later than it came, and the last order for a day that is no round."""
    rule = DispatchRule(Calendar(Hours.weekdays("09:00-17:00"), "UTC"), carrier=POST)
    desk, rounds = Dispatcher(rule), WorkingDays(["tue", "fri"])
    now = at(
        "2026-11-25 12:00"
    )  # a Wednesday: there on Thursday, handed over on Friday
    sent = desk.dispatch(now, 1, delivery=rounds)
    assert sent.arrives == date(2026, 11, 27)
    assert sent.order_by == at("2026-11-26 16:59:59")
    assert desk.order_by(date(2026, 11, 30), 1, delivery=rounds) == sent.order_by
    with pytest.raises(ValidationError, match="^delivery: expected a WorkingDays"):
        desk.dispatch(now, delivery=["tue"])
