"""Random networks with calendars: hours, cut-offs, pickups, carriers, time zones."""

from __future__ import annotations

from datetime import UTC, date, datetime
from random import Random

import attrs

import omniroute as om
from omniroute.engine import Engine
from omniroute.promising.trips import Trip
from tests.routing.worlds import World, world

#: Clocks go back on 1 November 2026 in America, and forward on 14 March 2027.
DAYS = (date(2026, 10, 27), date(2026, 11, 24), date(2027, 3, 9))
#: Of the prefixes that nodes stand at.
ZONES = {
    "100": "America/New_York",
    "303": "America/New_York",
    "554": "America/Chicago",
    "606": "America/Chicago",
    "770": "America/Chicago",
    "941": "America/Los_Angeles",
}
WEEKS = (
    om.Hours.weekdays("09:00-18:00", sat="10:00-14:00"),
    om.Hours.every_day("10:00-21:00"),
    om.Hours.weekdays("08:00-12:00, 13:00-17:30"),
    om.Hours.every_day("21:00-05:00"),
    om.Hours.always(),
    om.Hours(tue="09:00-12:00", fri="09:00-12:00"),
)
CARRIERS = (
    om.WorkingDays(),
    om.WorkingDays(["mon", "tue", "wed", "thu", "fri", "sat"], [date(2026, 11, 26)]),
    om.WorkingDays(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]),
)
CUTOFFS = (None, "14:00", "16:30", {"sat": "11:30", "fri": "12:00"})
PICKUPS = (None, "17:00", "12:00, 17:30", {"mon": "10:00", "thu": "15:00"})
WORK = (0, "15min", "90min", "2h", "11h")
LEADS = (0, 0, 0, 1, 2)


def dated_world(seed: int, time_step: str = "1s", **how) -> World:
    """Return a world of `worlds.world` with calendars, and the same stock."""
    made = world(seed, **how)
    dice = Random(1000 + seed)
    old = made.engine.network
    nodes = [attrs.evolve(node, **_times(dice, node)) for node in old.nodes]
    services = [attrs.evolve(each, **_terms(dice, each)) for each in old.services]
    network = om.Network(nodes, services, places=old.places, time_step=time_step)
    fresh = Engine(network, made.engine.items, clock=lambda: 0)
    fresh.apply(
        [
            om.Receive(sku, node, quantity)
            for sku in made.skus
            for node in network.node_ids
            if (quantity := made.engine.available_to_promise(sku, node=node))
        ]
    )
    return World(fresh, made.dice, made.skus)


def moments(dice: Random, count: int) -> list[int]:
    """Return whole minutes of a fortnight, in order, in seconds UTC."""
    day = dice.choice(DAYS)
    start = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
    return sorted(start + 60 * dice.randint(0, 12 * 1440) for _ in range(count))


def day_of(moment: int) -> date:
    """Return the day whose fortnight a moment lies in."""
    at = datetime.fromtimestamp(moment, UTC).date()
    return max(day for day in DAYS if day <= at)


def trip_of(engine: Engine, sent: om.Shipment) -> int:
    """Return the place of a shipment's trip among the board's."""
    trips = engine._router.calendars.board.trips
    service = engine.network.services[engine.network.service_index(sent.service)]
    return trips.index(Trip(sent.transit_days, service.delivers(sent.zone)))


def _rule(dice: Random, hours: om.Calendar | None = None) -> om.DispatchRule:
    return om.DispatchRule(
        hours,
        dice.choice(WORK),
        dice.choice(CUTOFFS),
        dice.choice(PICKUPS),
        dice.choice(CARRIERS),
        dice.choice(LEADS),
    )


def _calendar(dice: Random, zone: str) -> om.Calendar:
    return om.Calendar(dice.choice(WEEKS), zone, closed=[date(2026, 11, 26)])


def _times(dice: Random, node: om.Node) -> dict[str, object]:
    zone = ZONES[node.postcode[:3]]
    own = {}
    if dice.random() < 0.3:
        picking = _calendar(dice, zone) if dice.random() < 0.5 else None
        own[dice.choice(["ground", "pickup", "courier"])] = _rule(dice, picking)
    return {"hours": _calendar(dice, zone), "dispatch": own}


def _terms(dice: Random, service: om.Service) -> dict[str, object]:
    terms: dict[str, object] = {}
    if service.name == "ground" or dice.random() < 0.8:
        terms["dispatch"] = _rule(dice)
    if service.kind == "same_day":
        terms["transit_time"] = dice.choice([0, "30min", "4h"])
        if dice.random() < 0.3:
            terms["transit_days"] = {1: 0, 2: 1}
    return terms
