"""The days of a network without calendars: they begin at midnight where nodes are."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import attrs
import numpy as np
from numpy.typing import NDArray

from omniroute.model.calendar import instant_of
from omniroute.model.network import Network
from omniroute.promising.board import Epoch, home_zones
from omniroute.promising.timetable import local_day
from omniroute.promising.trips import trips_of

I4 = NDArray[np.int32]
I8 = NDArray[np.int64]


@attrs.frozen(eq=False)
class DayEpoch(Epoch):
    """A while in which no node's day ends; transit is counted in days.

    ``arrivals`` are the days themselves: on the way, and those that work waits.
    """

    def minutes(self, timezone: str) -> I4:  # noqa: ARG002 - the same everywhere
        """int32[W, L]: days by way and transit time; -1 where there is no room."""
        return self.arrivals.astype(np.int32)


class DayBoard:
    """As `Board`, for networks without calendars: every day is worked.

    Parameters
    ----------
    network
        One without calendars.
    backlog_days
        Days that work may wait at the most.
    """

    def __init__(self, network: Network, backlog_days: int) -> None:
        self.trips = trips_of(network)
        names = [zone or "UTC" for zone in home_zones(network)]
        zones = sorted(set(names))
        self._zones = [ZoneInfo(zone) for zone in zones]
        self.own_ways = len(zones)
        self.profiles: I4 = np.array([zones.index(name) for name in names], np.int32)
        self.ways: I4 = np.repeat(
            np.arange(len(zones), dtype=np.int32)[:, None],
            len(network.services),
            axis=1,
        )
        days = np.array([trip.days for trip in self.trips], np.int64)
        waits = np.repeat(np.arange(backlog_days + 1), len(zones))
        nowhere = np.full((1, len(days)), -1, np.int64)
        self._arrivals: I8 = np.concatenate([waits[:, None] + days, nowhere])
        self._waits = waits
        self._epoch: DayEpoch | None = None

    def at(self, now_s: int) -> DayEpoch:
        """Return the days as they stand at an instant. O(1) until one ends."""
        if self._epoch is None or now_s not in self._epoch:
            self._epoch = self._next_epoch(now_s)
        return self._epoch

    def way(self, node: int, service: int, wait: int = 0) -> int:
        """Return the way of work at a node that waits so many days."""
        return int(self.ways[self.profiles[node], service]) + wait * self.own_ways

    def _next_epoch(self, now_s: int) -> DayEpoch:
        days = [local_day(now_s, zone) for zone in self._zones]
        ends = [
            _midnight_after(day, zone)
            for day, zone in zip(days, self._zones, strict=True)
        ]
        today = np.array([day.toordinal() for day in days], np.int64)
        return DayEpoch(
            now_s,
            min(ends) - 1,
            self._arrivals,
            np.zeros(self._arrivals.shape, np.bool_),
            self.profiles,
            self.ways,
            today[np.arange(len(self._waits)) % self.own_ways] + self._waits,
        )


def _midnight_after(day: date, zone: ZoneInfo) -> int:
    return instant_of(day + timedelta(days=1), 0, zone)
