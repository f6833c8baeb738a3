"""What a plan tells of time: when its shipments leave and arrive."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from omniroute.model.instant import to_datetime
from omniroute.model.network import Network
from omniroute.promising.ahead import Ahead
from omniroute.promising.board import Board, Epoch
from omniroute.promising.days import DayBoard
from omniroute.promising.dispatch import Dispatch
from omniroute.promising.room import Room
from omniroute.promising.room_left import most_backlog_days
from omniroute.routing.dated_lanes import CountedLanes, DatedLanes
from omniroute.routing.tables import NetworkTables
from omniroute.stock.workload import Workload


class Dates(NamedTuple):
    """The instant of a decision, and the departures it was made on."""

    board: Board
    epoch: Epoch
    now_s: int

    def dispatch(
        self, node: int, service: int, trip: int, wait: int | None = None
    ) -> Dispatch:
        """Return what becomes of an order that was handed in at the decision.

        ``trip`` is a place among the board's; ``wait`` is how many days work waits
        there, by default as the epoch has it.
        """
        wait = self.epoch.wait(node, service) if wait is None else wait
        return self.board.dispatch(node, service, self.now_s, trip, wait)

    def told(
        self, node: int, service: int, trip: int, wait: int | None = None
    ) -> tuple[date, datetime]:
        """Return when it arrives and until when that can be ordered, as `dispatch` has it.

        Quicker than the whole of it. It has to be one that leaves.
        """
        wait = self.epoch.wait(node, service) if wait is None else wait
        at, is_day, order_by_s = self.board.told(
            (node, service, wait), trip, self.epoch, self.now_s
        )
        arrives = date.fromordinal(at) if is_day else to_datetime(at)
        return arrives, to_datetime(order_by_s)

    def arrives(self, node: int, service: int, trip: int) -> date | None:
        """Return the arrival that a decision counted on; None: it never leaves.

        A day, or an instant that is not before the true one.
        """
        wait = self.epoch.wait(node, service)
        if wait < 0:
            return None
        way = self.board.way(node, service, wait)
        found = int(self.epoch.arrivals[way, trip])
        if found < 0:
            return None
        if self.epoch.by_day[way, trip]:
            return date.fromordinal(found)
        return to_datetime(found)

    def instant(self, minute: int) -> datetime:
        """Return the end of a minute in which the decision counted an arrival."""
        return to_datetime(60 * (self.epoch.start_min + minute))


class Calendars:
    """The departures of a network, and its lanes dated by them."""

    def __init__(self, tables: NetworkTables, load: Workload) -> None:
        network = tables.network
        self.board = Board(network, most_backlog_days(network))
        self.room = Room(network, load, self.board) if network.capacity else None
        ahead = Ahead(lambda: self._ahead(network, load)) if self.room else None
        self.lanes = DatedLanes(tables, self.board, room=self.room, ahead=ahead)

    def dates(self, now_s: int, due: int = 0) -> Dates:
        """Return what tells the dates of decisions made at an instant, or for later."""
        return Dates(self.board, self.lanes.keep_time(now_s, due), due or now_s)

    def _ahead(self, network: Network, load: Workload) -> Room:
        board = Board(network, most_backlog_days(network))
        return Room(network, load, board, later=True)


def counted_days(tables: NetworkTables, load: Workload) -> tuple[Room, CountedLanes]:
    """Return room and lanes of a network with capacity and without calendars."""
    network, most = tables.network, most_backlog_days(tables.network) or 0
    board = DayBoard(network, most)
    room = Room(network, load, board)
    ahead = Ahead(lambda: Room(network, load, DayBoard(network, most), later=True))
    return room, CountedLanes(tables, board, room=room, ahead=ahead)
