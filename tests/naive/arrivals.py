"""When an order arrives, in a network with calendars: followed minute by minute.

Nothing is kept from one question to the next but the minutes of a place; nothing is
rounded. Whoever compares gives the network steps of a second, and asks on whole minutes.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from omniroute import Calendar, DispatchRule, Hours, Network
from omniroute.codes import WEEKDAYS

from .dispatch_minutes import Desk
from .minutes import Minutes

WEEKS = timedelta(days=40)


class Follower:
    """Follows orders of one network about a day.

    Parameters
    ----------
    network
        One whose rules are in whole minutes.
    day
        Orders are handed in within two weeks from here.
    """

    def __init__(self, network: Network, day: date) -> None:
        self.network, self.day = network, day
        self._clocks: dict[tuple[object, ...], Minutes] = {}
        self._desks: dict[tuple[str, str], Desk] = {}

    def begins(self, node: str, service: str, now_s: int, wait: int) -> date:
        """Return the day on which work begins that waits so many working days."""
        desk = self._desk(node, service)
        day = desk.day_of(desk.begins((now_s - desk.clock.start_s) // 60, wait))
        return date(1970, 1, 1) + timedelta(days=day)

    def arrives(
        self, node: str, service: str, days: int, now_s: int, wait: int = 0
    ) -> tuple[date | int, int, int]:
        """Return the day or instant of arrival, and when it is ready and leaves."""
        desk = self._desk(node, service)
        by, at = self._service(service), self._node(node)
        m = (now_s - desk.clock.start_s) // 60
        ready = desk.ready(m, wait)
        leaves = desk.leaves(ready)
        told = desk.clock.at(ready), desk.clock.at(leaves)
        if by.kind == "ship":
            return desk.arrives(leaves, days), *told
        goes = desk.clock.at(leaves)
        if by.kind == "collect" and at.hours is not None:
            counter = self._clock(at.hours)
            goes = counter.at(counter.next_open((goes - counter.start_s) // 60))
        if days:
            return desk.arrives((goes - desk.clock.start_s) // 60, days), *told
        return goes + by.transit_time // timedelta(seconds=1), *told

    def counted_s(self, arrives: date | int, timezone: str) -> int:
        """Return an arrival as an instant: a day counts as its end."""
        if isinstance(arrives, int):
            return arrives
        end = datetime.combine(arrives, datetime.min.time(), ZoneInfo(timezone))
        return int((end + timedelta(days=1)).astimezone(UTC).timestamp())

    # -- what the network says ---------------------------------------------------------

    def _node(self, id):
        return next(node for node in self.network.nodes if node.id == id)

    def _service(self, name):
        return next(each for each in self.network.services if each.name == name)

    def _desk(self, node: str, service: str) -> Desk:
        if (node, service) not in self._desks:
            at, by = self._node(node), self._service(service)
            rule = at.dispatch.get(service) or by.dispatch or DispatchRule()
            hours = rule.calendar or at.hours or Calendar(Hours.always(), "UTC")
            self._desks[node, service] = Desk(
                self._clock(hours),
                rule.processing_s // 60,
                [day[0] if day else None for day in rule.cutoff],
                None if rule.pickups is None else [list(day) for day in rule.pickups],
                [name in rule.carrier.weekdays for name in WEEKDAYS],
                set(rule.carrier.closed),
                {day for day in hours.closed if hours.hours.of(day.weekday())},
                rule.lead_days,
            )
        return self._desks[node, service]

    def _clock(self, hours: Calendar) -> Minutes:
        key = id(hours), hours.timezone
        if key not in self._clocks:
            first, last = self.day - timedelta(days=4), self.day + WEEKS
            self._clocks[key] = Minutes(hours.spans, hours.timezone, first, last)
        return self._clocks[key]
