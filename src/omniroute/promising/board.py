"""The departures of a whole network: when orders go from every node, and until when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final
from zlib import crc32
from zoneinfo import ZoneInfo

import attrs
import numpy as np
from numpy.typing import NDArray

from omniroute.codes import SERVICE_KINDS
from omniroute.model.calendar import Calendar, instant_of
from omniroute.model.dispatch_rule import DispatchRule
from omniroute.model.network import Network
from omniroute.model.node import Node
from omniroute.model.service import Service
from omniroute.promising.dispatch import Dispatch
from omniroute.promising.shifts import Shifts, Week, windows_at
from omniroute.promising.timetable import Timetable
from omniroute.promising.trips import service_trips, trips_of
from omniroute.promising.ways import ByDay, ByInstant, Step, Way

I4 = NDArray[np.int32]
I8 = NDArray[np.int64]

_DAY: Final = timedelta(days=1)
#: What would arrive later than this is not offered: a year. Sums of so many minutes over
#: all shipments of a plan fit beside its metres in the kernels' tie-breaks.
LONGEST_MIN: Final = 369 * 1440
_NEVER: Final = -1


@attrs.frozen(eq=False)
class Epoch:
    """A while in which the departures of a network stand.

    Arrivals are counted in minutes from a little before it begins, rounded up: they are
    above 0, and an arrival is never counted before its time.

    Parameters
    ----------
    first_s, last_s
        First and last second UTC of it.
    arrivals : int64[W, L]
        By way and trip: an ordinal day or seconds UTC; -1: never.
    by_day : bool[W, L]
        Whether it is a day.
    profiles : int32[N]
        By node: its row of ``ways``.
    ways : int32[P, V]
        By service: its way from there, by row of ``arrivals``.
    begins : int64[W]
        By way: the day (ordinal) on which work begins, or the window of a day, as
        `stock.periods` has it; -1: never. Empty where no work is counted.
    waits : int8[N, V]
        Days that work waits at a node, windows where it has some, of services that have
        capacity; -1: there is no room. None where no work is counted.
    nobody_waits
        Whether no work waits anywhere, and there is room everywhere.
    """

    first_s: int
    last_s: int
    arrivals: I8
    by_day: NDArray[np.bool_]
    profiles: I4
    ways: I4
    begins: I8
    waits: NDArray[np.int8] | None = None
    nobody_waits: bool = True
    _minutes: dict[str, I4] = attrs.field(factory=dict, init=False)
    #: Last seconds to order, by way, transit time and day: see `Board.told`.
    order_by: dict[tuple[int, int, int], int] = attrs.field(factory=dict, init=False)

    def where(self, profiles: I4, ways: I4, waits: NDArray[np.int8]) -> Epoch:
        """Return the same while with nodes that go other ways; minutes are shared."""
        found = attrs.evolve(
            self,
            profiles=profiles,
            ways=ways,
            waits=waits,
            nobody_waits=not waits.any(),
        )
        object.__setattr__(found, "_minutes", self._minutes)
        object.__setattr__(found, "order_by", self.order_by)
        return found

    def wait(self, node: int, service: int) -> int:
        """Return how many days work waits there."""
        return 0 if self.waits is None else int(self.waits[node, service])

    @property
    def print_of_waits(self) -> int:
        """A number that another way of waiting nearly always changes."""
        return 0 if self.waits is None else crc32(self.waits.tobytes())

    def __contains__(self, now_s: int) -> bool:
        return self.first_s <= now_s <= self.last_s

    @property
    def start_min(self) -> int:
        """The minute since 1970 from which arrivals are counted."""
        return self.first_s // 60 - 1

    def minutes(self, timezone: str) -> I4:
        """int32[W, L]: arrivals in minutes where days end by this clock; -1: never."""
        found = self._minutes.get(timezone)
        if found is None:
            found = self._minutes[timezone] = self._counted(ZoneInfo(timezone))
        return found

    def _counted(self, zone: ZoneInfo) -> I4:
        seconds = self.arrivals.copy()
        days = self.by_day & (self.arrivals != _NEVER)
        for day in np.unique(self.arrivals[days]).tolist():
            midnight_s = instant_of(date.fromordinal(day) + _DAY, 0, zone)
            seconds[days & (self.arrivals == day)] = midnight_s
        count = -(-seconds // 60) - self.start_min
        # The day may have ended here already that goes on where it leaves.
        count = np.maximum(count, 1)
        count[(self.arrivals == _NEVER) | (count > LONGEST_MIN)] = _NEVER
        return count.astype(np.int32)

    def until(self, needed_by_s: int) -> int:
        """Return the last minute that is in time; 0: nothing is."""
        return max(0, needed_by_s // 60 - self.start_min)


class Board:
    """When orders leave the nodes of a network, kept from epoch to epoch.

    Parameters
    ----------
    network
        One with calendars.
    backlog_days
        Days that work may wait at the most, or windows of them; None where no work is
        counted.

    Attributes
    ----------
    profiles : int32[N]
        By node: its row of ``ways``. Nodes with one row work alike.
    ways : int32[P, V]
        By service: its way from there; -1 where it is not offered.
    trips : list of Trip
        The trips in use: what arrivals are told for.
    own_ways : int
        Ways on which nothing waits. Those on which work waits a day come after all of
        them, then those of two days; the last one is that of what has no room.
    """

    def __init__(self, network: Network, backlog_days: int | None = None) -> None:
        self.trips = trips_of(network)
        self._step_s = network.time_step // timedelta(seconds=1)
        self._tables: dict[Calendar, Timetable] = {}
        self._shifts: dict[tuple[Calendar, Week], Shifts] = {}
        self._windows = windows_at(network)
        self._ways: list[Way] = []
        self._waiting = 0
        rows = self._rows(network)
        self.own_ways = len(self._ways)
        self._counts = backlog_days is not None
        table, profiles = np.unique(
            np.array(rows, np.int32), axis=0, return_inverse=True
        )
        self.ways: I4 = np.ascontiguousarray(table, np.int32)
        self.profiles: I4 = profiles.reshape(-1).astype(np.int32)
        self._needed = self._places_needed(network)
        for self._waiting in range(1, (backlog_days or 0) + 1):
            self._rows(network)
            self._needed += self._needed[: self.own_ways]
        self._steps = [Step(None, -(2**62))] * len(self._ways)
        self._days = [(_NEVER, -(2**62))] * len(self._ways)
        shape = len(self._ways) + self._counts, len(self.trips)
        self._arrivals = np.full(shape, _NEVER, np.int64)
        self._by_day = np.zeros(shape, np.bool_)
        self._epoch: Epoch | None = None

    def at(self, now_s: int) -> Epoch:
        """Return the departures as they stand at an instant.

        O(1) within an epoch; at its end, the ways whose departure has gone by are worked
        out anew.
        """
        if self._epoch is None or now_s not in self._epoch:
            self._epoch = self._next_epoch(now_s)
        return self._epoch

    def way(self, node: int, service: int, wait: int = 0) -> int:
        """Return the way of a service from a node, for work that waits so many days."""
        own = int(self.ways[self.profiles[node], service])
        return own + wait * self.own_ways

    def dispatch(
        self, node: int, service: int, now_s: int, trip: int, wait: int = 0
    ) -> Dispatch:
        """Return what becomes of an order handed in now, to the second.

        ``trip`` is a place in `trips`.
        """
        way = self._ways[self.way(node, service, wait)]
        found: Dispatch | None = way.dispatch(now_s, self.trips[trip])
        assert found is not None
        return found

    def told(
        self, place: tuple[int, int, int], at: int, epoch: Epoch, now_s: int
    ) -> tuple[int, bool, int]:
        """Return arrival, whether it is a day, and the last second to order for it.

        As `dispatch` has it, for a fraction of the time: what stands for an epoch is
        worked out once in it. The way, by node, service and days that work waits, has to
        be one that leaves; ``at`` is the trip's place in `trips`.
        """
        w = self.way(*place)
        way, trip = self._ways[w], self.trips[at]
        arrives, is_day = int(epoch.arrivals[w, at]), bool(epoch.by_day[w, at])
        if way.moves:
            goes = way.goes(now_s)
            found = None if goes is None else way.arrives(goes, trip)
            assert found is not None
            arrives, is_day = found
        key = w, at, arrives if is_day else way.day_of(arrives)
        order_by_s = epoch.order_by.get(key)
        if order_by_s is None:
            order_by_s = epoch.order_by[key] = way.order_by(key[2], trip)
        return arrives, is_day, order_by_s

    def in_time(
        self, place: tuple[int, int, int], at: int, day: date, ends_s: int
    ) -> int:
        """Return the last second to order that it is there in a window of a day.

        Way and trip as in `told`.
        """
        way = self._ways[self.way(*place)]
        return way.in_time(day.toordinal(), ends_s, self.trips[at])

    def _next_epoch(self, now_s: int) -> Epoch:
        until_s = (now_s // self._step_s + 1) * self._step_s - 1
        back = self._epoch is not None and now_s < self._epoch.first_s
        for w, step in enumerate(self._steps):
            if step.last_s < now_s or back:
                self._steps[w] = self._ways[w].step(now_s, until_s)
                self._tell(w, self._steps[w].leaves)
        lasts = [step.last_s for step in self._steps]
        begins = np.zeros(0, np.int64)
        if self._counts:
            lasts += self._look_at_days(now_s, back)
            begins = np.array([day for day, _ in self._days], np.int64)
        last_s = min(lasts, default=now_s + 86_400)
        arrivals, by_day = self._arrivals.copy(), self._by_day.copy()
        return Epoch(now_s, last_s, arrivals, by_day, self.profiles, self.ways, begins)

    def _look_at_days(self, now_s: int, back: bool) -> list[int]:
        """Work out the days on which work begins; return how long they stand."""
        for w, (_, last_s) in enumerate(self._days):
            if last_s < now_s or back:
                found = self._ways[w].begins_on(now_s)
                self._days[w] = found or (_NEVER, now_s + 86_400)
        return [last_s for _, last_s in self._days]

    def _tell(self, w: int, leaves: int | None) -> None:
        for at in self._needed[w]:
            trip = self.trips[at]
            found = None if leaves is None else self._ways[w].arrives(leaves, trip)
            self._arrivals[w, at], self._by_day[w, at] = found or (_NEVER, False)

    # -- what works alike --------------------------------------------------------------

    def _rows(self, network: Network) -> list[list[int]]:
        """By node, the number of the way of each service."""
        known: dict[object, int] = {}
        # Rules and hours are shared by many nodes: looked at once each, by identity.
        seen: dict[tuple[int, int, int, Week | None], int] = {}
        rows = []
        for n, node in enumerate(network.nodes):
            row = []
            for s, service in enumerate(network.services):
                own = node.dispatch.get(service.name)
                windows = self._windows.get((n, s))
                key = id(own), id(node.hours), s, windows
                if not service.offered_by(node):
                    row.append(-1)
                    continue
                if key not in seen:
                    rule = network.dispatch_rule(node, service)
                    shifts = self._shifts_of(rule, windows)
                    seen[key] = self._way(known, rule, node, service, shifts)
                row.append(seen[key])
            rows.append(row)
        return rows

    def _places_needed(self, network: Network) -> list[list[int]]:
        """By way, the places of the trips of the services that go so."""
        needed: list[set[int]] = [set() for _ in self._ways]
        for s, service in enumerate(network.services):
            places = {self.trips.index(each) for each in set(service_trips(service))}
            for w in np.unique(self.ways[:, s]).tolist():
                if w >= 0:
                    needed[w] |= places
        return [sorted(places) for places in needed]

    def _way(
        self,
        known: dict[object, int],
        rule: DispatchRule,
        node: Node,
        service: Service,
        shifts: Shifts | None,
    ) -> int:
        """Return the number of a way; alike ones have one."""
        instant = service.kind != SERVICE_KINDS[0]
        counter = node.hours if service.kind == "collect" else None
        key = rule, instant, counter, service.transit_time, shifts
        # In the same order for every number of days.
        if key not in known:
            known[key] = len(self._ways)
            self._ways.append(self._made(rule, counter, service, shifts))
        return known[key]

    def _made(
        self,
        rule: DispatchRule,
        counter: Calendar | None,
        by: Service,
        shifts: Shifts | None,
    ) -> Way:
        table = self._table(rule.working)
        if by.kind == SERVICE_KINDS[0]:
            return ByDay(rule, table, self._waiting, shifts)
        handed_out = None if counter is None else self._table(counter)
        travel_s = by.transit_time // timedelta(seconds=1)
        return ByInstant(rule, table, handed_out, travel_s, self._waiting, shifts)

    def _shifts_of(self, rule: DispatchRule, windows: Week | None) -> Shifts | None:
        """Return the windows of a node's hours; one object for those that are alike."""
        if windows is None:
            return None
        key = rule.working, windows
        if key not in self._shifts:
            self._shifts[key] = Shifts(windows, self._table(rule.working))
        return self._shifts[key]

    def _table(self, calendar: Calendar) -> Timetable:
        found = self._tables.get(calendar)
        if found is None:
            found = self._tables[calendar] = Timetable(calendar)
        return found


def home_zones(network: Network) -> list[str | None]:
    """By node, the time zone its clocks show; None where it has no hours."""
    return [_zone_of(node.hours, node.dispatch.values()) for node in network.nodes]


def _zone_of(hours: Calendar | None, rules: Iterable[DispatchRule]) -> str | None:
    for calendar in (hours, *(rule.calendar for rule in rules)):
        if calendar is not None:
            return calendar.timezone
    return None
