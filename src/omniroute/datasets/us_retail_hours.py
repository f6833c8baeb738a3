"""Opening hours of the US retail sample: read as published; assumed dispatch rules.

The source writes hours as a shop door does: ``10-9`` is from ten in the morning to nine
at night. Everything named in capitals here is an assumption.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

import attrs

from omniroute.codes import WEEKDAYS
from omniroute.model import (
    Calendar,
    DispatchRule,
    Hours,
    Node,
    Service,
    WorkingDays,
)

#: The days as the source calls them.
_DAYS: Final = ("Mon", "Tue", "Wed", "Thurs", "Fri", "Sat", "Sun")
_DAY: Final = re.compile(r"(\w+): (\d+)(?::(\d\d))?-(\d+)(?::(\d\d))?")
#: An opening hour below this is one of the afternoon.
_FIRST_MORNING_HOUR: Final = 7
_NOON_MIN: Final = 12 * 60
_LAST_MIN: Final = 24 * 60 - 1

#: Assumed: of places whose hours are not published.
WAREHOUSE_HOURS: Final = Hours.weekdays("06:00-22:00", sat="08:00-16:00")
#: Assumed: the days of the parcel carrier.
CARRIER: Final = WorkingDays(WEEKDAYS[:6])
_ALL_DAYS: Final = WorkingDays(WEEKDAYS)
#: Assumed: how stores work orders, by service.
STORE_RULES: Final = {
    "ground": DispatchRule(None, "2h", "14:00", "17:00", CARRIER),
    "priority": DispatchRule(None, "2h", "14:00", "17:00", CARRIER),
    "express": DispatchRule(None, "1h", "15:00", "17:00", CARRIER),
    "store-pickup": DispatchRule(processing="2h", carrier=_ALL_DAYS),
    "same-day": DispatchRule(
        None, "1h", pickups="12:00, 15:00, 18:00", carrier=_ALL_DAYS
    ),
}
#: Assumed: how warehouses do, which work orders to the evening.
WAREHOUSE_RULE: Final = DispatchRule(None, "1h", "18:00", "20:00", CARRIER)
#: Assumed: the courier's time on the way.
COURIER_TIME: Final = "90min"


def hours_of(text: str) -> Hours:
    """Return published opening hours; a day that is left out is closed.

    ``11:59`` at night stands for midnight.

    Raises
    ------
    ValueError
        Not hours as this source writes them.

    Examples
    --------
    >>> hours_of("Mon: 10-9:30; Sat: 0-11:59; Sun: 1-6").mon
    ((600, 1290),)
    """
    spans = dict(_span(part) for part in text.split("; "))
    return Hours(*[spans.get(day, "") for day in _DAYS])


def _span(part: str) -> tuple[str, str]:
    """Name of a day, and its hours as `Hours` reads them."""
    match = _DAY.fullmatch(part)
    if match is None or match[1] not in _DAYS:
        raise ValueError(f"no opening hours: {part!r}")
    opens = int(match[2]) * 60 + int(match[3] or 0)
    if 0 < opens < _FIRST_MORNING_HOUR * 60:
        opens += _NOON_MIN
    closes = int(match[4]) * 60 + int(match[5] or 0) + _NOON_MIN
    if closes == _LAST_MIN:
        closes += 1
    return match[1], f"{_clock(opens)}-{_clock(closes)}"


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def calendars_of(hours: Iterable[str], timezones: Iterable[str]) -> list[Calendar]:
    """Return a calendar a place, one and the same for places that are open alike."""
    known: dict[tuple[str, str], Calendar] = {}
    found = []
    for key in zip(hours, timezones, strict=True):
        if key not in known:
            week = hours_of(key[0]) if key[0] else WAREHOUSE_HOURS
            known[key] = Calendar(week, key[1])
        found.append(known[key])
    return found


def with_rules(
    nodes: Iterable[Node], services: Iterable[Service]
) -> tuple[list[Node], list[Service]]:
    """Return nodes and services with the assumed dispatch rules."""
    parcels = dict.fromkeys(("ground", "priority", "express"), WAREHOUSE_RULE)
    working = [
        attrs.evolve(node, dispatch=parcels) if node.kind == "warehouse" else node
        for node in nodes
    ]
    ruled = [attrs.evolve(each, dispatch=STORE_RULES[each.name]) for each in services]
    return working, [
        attrs.evolve(each, transit_time=COURIER_TIME)
        if each.kind == "same_day"
        else each
        for each in ruled
    ]
