"""Departures kept from epoch to epoch: never before the truth, never when gone by."""

from __future__ import annotations

from datetime import UTC, date, datetime
from random import Random
from zoneinfo import ZoneInfo

import pytest

import omniroute as om
from omniroute.promising.board import LONGEST_MIN, Board
from omniroute.promising.timetable import Timetable
from omniroute.promising.trips import Trip
from omniroute.promising.ways import ByDay, ByInstant
from tests.routing.dated_worlds import (
    CARRIERS,
    CUTOFFS,
    LEADS,
    PICKUPS,
    WEEKS,
    WORK,
    moments,
)

SEEDS = range(60)
ZONES = ("America/Chicago", "Europe/Berlin", "Australia/Lord_Howe")
UNTIL = 300


def way_of(dice: Random):
    """Return a random way: parcels, a counter or a courier."""
    zone = dice.choice(ZONES)
    hours, counter = (om.Calendar(dice.choice(WEEKS), zone) for _ in range(2))
    rule = om.DispatchRule(
        hours,
        dice.choice(WORK),
        dice.choice(CUTOFFS),
        dice.choice(PICKUPS),
        dice.choice(CARRIERS),
        dice.choice(LEADS),
    )
    kind, table = dice.choice(["parcel", "counter", "courier"]), Timetable(hours)
    if kind == "parcel":
        return ByDay(rule, table)
    if kind == "counter":
        return ByInstant(rule, table, Timetable(counter))
    return ByInstant(rule, table, None, dice.choice([0, 1800, 14_400]))


def goes(way, now_s: int) -> int:
    """Return when an order handed in at an instant goes, to the second."""
    return way.step(now_s, now_s).leaves


@pytest.mark.parametrize("seed", SEEDS)
def test_a_step_is_never_before_the_truth(seed):
    """Whoever orders while it stands goes then or before; a second later that ends."""
    dice = Random(seed)
    way = way_of(dice)
    for minute in moments(dice, 4):
        now = minute + dice.randint(0, 59)
        step = way.step(now, now + UNTIL)
        assert step.last_s >= now
        for second in {now, step.last_s, dice.randint(now, step.last_s)}:
            assert goes(way, second) <= step.leaves
        if isinstance(way, ByDay) or step.last_s > now + UNTIL:
            assert goes(way, step.last_s + 1) > step.leaves


@pytest.mark.parametrize("seed", SEEDS)
def test_a_step_is_late_by_no_more_than_it_says(seed):
    """Up to its end for what moves with the clock, and not at all for what does not."""
    dice = Random(1000 + seed)
    way = way_of(dice)
    for now in moments(dice, 4):
        step = way.step(now, now + UNTIL)
        late = step.leaves - goes(way, now)
        assert late == 0 if isinstance(way, ByDay) else 0 <= late <= UNTIL


@pytest.mark.parametrize("seed", SEEDS)
def test_a_whole_step_of_seconds_is_told_alike(seed):
    """From any second of it the same: an epoch may begin anywhere."""
    dice = Random(2000 + seed)
    way = way_of(dice)
    for minute in moments(dice, 3):
        until = minute + UNTIL - 1
        now = minute + dice.randint(0, UNTIL - 1)
        step = way.step(now, until)
        for second in {min(until, step.last_s), (now + min(until, step.last_s)) // 2}:
            assert way.step(second, until).leaves == step.leaves


def network(*rules: om.DispatchRule) -> om.Network:
    """Return a network with a service a rule, at one node."""
    hours = om.Calendar(om.Hours.weekdays("09:00-18:00"), "America/Chicago")
    services = [
        om.Service(f"s{k}", "ship", om.RateCard.flat(1), dispatch=rule, transit_days=k)
        for k, rule in enumerate(rules)
    ]
    return om.Network([om.Node("N", hours=hours)], services)


def at(text: str) -> int:
    zone = ZoneInfo("America/Chicago")
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp())


def test_an_epoch_ends_with_the_first_departure():
    """At the cut-off, to the second; the other service's evening comes later."""
    rules = om.DispatchRule(cutoff="14:00", pickups="17:00"), om.DispatchRule()
    board = Board(network(*rules))
    epoch = board.at(at("2026-11-23 10:00:00"))
    assert epoch.last_s == at("2026-11-23 14:00:00")
    assert board.at(epoch.last_s) is epoch
    following = board.at(epoch.last_s + 1)
    assert following is not epoch
    assert following.last_s == at("2026-11-23 17:59:59")


def test_days_end_where_they_are_counted():
    """The same arrival, a day, by the clocks of two places."""
    board = Board(network(om.DispatchRule()))
    epoch = board.at(at("2026-11-23 10:00:00"))
    for zone, end in (
        ("America/Chicago", "2026-11-24 00:00:00"),
        ("America/New_York", "2026-11-23 23:00:00"),
    ):
        minutes = int(epoch.minutes(zone)[0, 0])
        assert 60 * (epoch.start_min + minutes) == at(end)
    assert epoch.minutes("UTC") is epoch.minutes("UTC")


def test_what_would_take_longer_than_a_year_is_not_offered():
    """A sum of minutes over sixty shipments has to fit beside their metres."""
    far = om.WorkingDays(["mon"])
    board = Board(network(om.DispatchRule(), om.DispatchRule(carrier=far)))
    board.trips[1] = Trip(366)  # Mondays: seven years
    epoch = board.at(at("2026-11-23 10:00:00"))
    assert (epoch.minutes("UTC") >= 0).tolist() == [[True, False], [False, False]]
    assert 63 * LONGEST_MIN < 2**25


def test_a_day_that_has_ended_where_it_is_counted_arrives_at_once():
    """A parcel that goes today from a place where it is yesterday still."""
    board = Board(network(om.DispatchRule()))
    epoch = board.at(at("2026-11-23 12:00:00"))
    assert epoch.minutes("Pacific/Kiritimati").tolist() == [[1]]
    assert epoch.until(at("2026-11-23 12:00:00") - 1) == 0


def test_nodes_that_work_alike_share_a_profile():
    """Equal calendars are one, whoever made them."""

    def hours():
        return om.Calendar(
            om.Hours.every_day("09:00-17:00"), "UTC", closed=[date(2026, 1, 1)]
        )

    def rule():
        return om.DispatchRule(None, "1h", "12:00")

    service = om.Service("post", "ship", om.RateCard.flat(1), dispatch=rule())
    nodes = [om.Node(f"N{k}", hours=hours()) for k in range(3)]
    nodes.append(om.Node("OWN", hours=hours(), dispatch={"post": rule()}))
    nodes.append(om.Node("OTHER", hours=om.Calendar(om.Hours.always(), "UTC")))
    nodes.append(om.Node("NONE", hours=hours(), services=[]))
    board = Board(om.Network(nodes, [service]))
    told = dict(
        zip(["N0", "N1", "N2", "NONE", "OTHER", "OWN"], board.profiles, strict=True)
    )
    assert told["N0"] == told["N1"] == told["N2"] == told["OWN"]
    assert len({told["N0"], told["OTHER"], told["NONE"]}) == 3
    assert board.ways[told["NONE"]].tolist() == [-1]


def test_a_board_can_be_asked_about_the_past():
    """As explanations are: nothing that has gone by since is forgotten."""
    board = Board(network(om.DispatchRule(cutoff="14:00", pickups="17:00")))
    later = board.at(at("2026-11-30 10:00:00"))
    earlier = board.at(at("2026-11-23 10:00:00"))
    assert earlier.arrivals[0, 0] == date(2026, 11, 23).toordinal()
    assert later.arrivals[0, 0] == date(2026, 11, 30).toordinal()
    assert datetime.fromtimestamp(earlier.first_s, UTC).day == 23
