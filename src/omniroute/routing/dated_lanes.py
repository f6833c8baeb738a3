"""Lanes whose transit is an arrival: computed once, dated anew in each epoch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from omniroute.kernels.order.dated import date_classes
from omniroute.model.calendar import instant_of
from omniroute.model.destination import Destination
from omniroute.model.instant import to_datetime, to_seconds
from omniroute.promising.ahead import Ahead
from omniroute.promising.board import Board, Epoch, home_zones
from omniroute.promising.days import DayBoard
from omniroute.promising.room import Room
from omniroute.routing.lanes import LaneStore
from omniroute.routing.lateness import days_after, end_of
from omniroute.routing.tables import NetworkTables

I8 = NDArray[np.int64]

_DAY: Final = timedelta(days=1)


class DatedLanes(LaneStore):
    """The lanes of a network with calendars.

    What does not change with time (zone, distance, cost) is kept as for any network.
    In a new epoch a destination is dated when it is first asked for: two passes over the
    nodes, without a calendar.

    Parameters
    ----------
    tables
        The network.
    board
        Its departures.
    budget_bytes
        As of `LaneStore`.
    room
        Where there is room for more work; None where no work is counted.
    ahead
        The same for orders that are due later.

    Attributes
    ----------
    nodes : int32[D, 3, N]
        By slot: class of each node, distance, and its class by lanes alone.
    """

    ROWS = 3

    def __init__(
        self,
        tables: NetworkTables,
        board: Board | DayBoard,
        budget_bytes: int = 64 << 20,
        room: Room | None = None,
        ahead: Ahead | None = None,
    ) -> None:
        width = tables.record_width
        self._lane_records: I8 = np.empty((0, 0, width), np.int64)
        #: Epoch that each slot is dated in, and the time zone in which its days end.
        self._epochs: list[Epoch | None] = []
        self._zones: list[str] = []
        self._board = board
        self._room, self._ahead = room, ahead
        self._home = home_zones(tables.network)
        self._with_home = np.array([zone is not None for zone in self._home])
        #: What the lanes that are asked for are dated in.
        self.epoch: Epoch | None = None
        #: The instant from which days are counted.
        self.now_s = 0
        super().__init__(tables, budget_bytes)

    @property
    def capacity(self) -> int:
        """See `LaneStore`; classes are kept twice."""
        per_slot = self.nodes[0].nbytes + 2 * self.records[0].nbytes
        return int(max(16, self._budget_bytes // per_slot))

    def room_at(self, due: int) -> Room | None:
        """Return where there is room for work handed in at a second; 0: now."""
        return self._ahead.room() if due and self._ahead else self._room

    def keep_time(self, now_s: int, due: int = 0) -> Epoch:
        """Let lanes that are asked for tell the arrivals of an instant, or of a later."""
        self.now_s = now_s = due or now_s
        room = self.room_at(due)
        if room is not None:
            self.epoch = room.at(now_s)
        elif self.epoch is None or now_s not in self.epoch:
            self.epoch = self._board.at(now_s)
        return self.epoch

    def epoch_of(self, slot: int) -> Epoch:
        """Return what a slot is dated in."""
        epoch = self._epochs[slot]
        assert epoch is not None
        return epoch

    def find(self, destination: Destination, level: int = 0) -> int | None:
        """See `LaneStore`; dated by the epoch in force."""
        slot = super().find(destination, level)
        if slot is not None:
            self.refresh(slot)
        return slot

    def refresh(self, slot: int) -> None:
        """Let a slot tell the arrivals of the epoch in force."""
        if self._epochs[slot] is not self.epoch:
            self.set_dates(slot, self.epoch)

    def set_dates(self, slot: int, epoch: Epoch | None) -> None:
        """Let a slot tell the arrivals of an epoch. O(nodes), no calendar."""
        assert epoch is not None, "keep_time() comes first"
        minutes = self._minutes(slot, epoch)
        if len(self._pairs) < self.records.shape[1] * len(epoch.ways):
            self._make_pairs(len(epoch.ways))
        while True:
            found = date_classes(
                self.nodes[slot, 2],
                self._lane_records[slot],
                epoch.profiles,
                epoch.ways,
                minutes,
                self.nodes[slot, 0],
                self.records[slot],
                self._pairs,
                self._hash,
            )
            if found >= 0:
                break
            most = min(2 * self.records.shape[1] - 1, self.nodes.shape[2])
            self._allocate(len(self.nodes), most)
            self._make_pairs(len(epoch.ways))
        self.sizes[slot] = found
        self._epochs[slot] = epoch

    def _minutes(self, slot: int, epoch: Epoch) -> NDArray[np.int32]:
        """int32[W, L]: arrivals by way and transit time, as kernels count them."""
        return epoch.minutes(self._zones[slot])

    def _make_pairs(self, profiles: int) -> None:
        """Have room to count every class with every kind of node."""
        self._pairs = np.zeros(self.records.shape[1] * 2 * profiles, np.int32)

    def price_rows(self, slot: int) -> I8:
        """See `LaneStore`; also of what never leaves."""
        return self._price_rows(self.nodes[slot, 2], self._lane_records[slot])

    def days_until(self, slot: int, transit: int) -> int:
        """Return days by the calendar from now to a minute of the slot's epoch.

        No more for what arrives sooner. What arrives by the end of a day is there on it.
        """
        epoch = self._epochs[slot]
        assert epoch is not None
        zone = ZoneInfo(self._zones[slot])
        end = to_datetime(60 * (epoch.start_min + transit) - 1).astimezone(zone)
        today = to_datetime(self.now_s).astimezone(zone)
        return max(0, (end.date() - today.date()).days)

    def timezone(self, slot: int) -> str:
        """Return the time zone by whose clock days end at a slot's destination."""
        return self._zones[slot]

    def latest(self, slot: int, needed_by: date) -> int:
        """Return the last minute of the slot's epoch that is in time; 0: nothing is."""
        epoch = self._epochs[slot]
        assert epoch is not None
        if isinstance(needed_by, datetime):
            return epoch.until(to_seconds(needed_by, "needed_by"))
        zone = ZoneInfo(self._zones[slot])
        return epoch.until(instant_of(needed_by + _DAY, 0, zone))

    def time_of(self, slot: int, needed_by: date, now_s: int) -> int:  # noqa: ARG002
        """See `LaneStore`."""
        end_s = end_of(needed_by, ZoneInfo(self._zones[slot]))
        return end_s // 60 - self.epoch_of(slot).start_min

    def days_late(self, slot: int, time: int, arrivals: I8) -> I8:
        """See `LaneStore`."""
        start_min, zone = self.epoch_of(slot).start_min, ZoneInfo(self._zones[slot])
        return days_after(60 * (start_min + time), 60 * (start_min + arrivals), zone)

    def _allocate(self, slots: int, classes: int) -> None:
        super()._allocate(slots, classes)
        before = self._lane_records
        self._lane_records = np.empty_like(self.records)
        self._lane_records[: len(before), : before.shape[1]] = before
        self._epochs += [None] * (slots - len(self._epochs))
        self._zones += ["UTC"] * (slots - len(self._zones))
        self._pairs = np.zeros((classes + 1) * len(self._board.ways), np.int32)

    def _build(self, slot: int, destination: Destination, level: int) -> None:
        super()._build(slot, destination, level)
        self.nodes[slot, 2] = self.nodes[slot, 0]
        self._lane_records[slot] = self.records[slot]
        self._zones[slot] = self._zone_at(slot)
        self.set_dates(slot, self.epoch)

    def _zone_at(self, slot: int) -> str:
        """Time zone of the nearest node that tells one: days end by its clock."""
        if not self._with_home.any():
            return "UTC"
        far = np.where(self._with_home, self.nodes[slot, 1], np.iinfo(np.int32).max)
        return self._home[int(far.argmin())] or "UTC"


class CountedLanes(DatedLanes):
    """The lanes of a network without calendars in which work is counted.

    Transit is counted in days, and those that work waits are among them.

    Attributes
    ----------
    most_days
        Lanes that take longer are left out; None: none is.
    """

    most_days: int | None = None

    def days_until(self, slot: int, transit: int) -> int:  # noqa: ARG002 - as LaneStore
        """Return days until an arrival."""
        return transit

    def time_of(self, slot: int, needed_by: date, now_s: int) -> int:
        """See `LaneStore`."""
        return LaneStore.time_of(self, slot, needed_by, now_s)

    def days_late(self, slot: int, time: int, arrivals: I8) -> I8:
        """See `LaneStore`."""
        return LaneStore.days_late(self, slot, time, arrivals)

    @contextmanager
    def within(self, slot: int, days: int) -> Iterator[None]:
        """Leave out lanes of a slot that take more days than so many."""
        self.most_days = days
        try:
            self.set_dates(slot, self.epoch_of(slot))
            yield
        finally:
            self.most_days = None
            self.set_dates(slot, self.epoch_of(slot))

    def _minutes(self, slot: int, epoch: Epoch) -> NDArray[np.int32]:
        found = super()._minutes(slot, epoch)
        if self.most_days is None:
            return found
        return np.where(found > self.most_days, np.int32(-1), found)
