"""What a plan tells of time: when its shipments leave and arrive."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from omniroute.model.instant import to_datetime
from omniroute.promising.board import Board, Epoch
from omniroute.promising.dispatch import Dispatch
from omniroute.routing.dated_lanes import DatedLanes
from omniroute.routing.tables import NetworkTables


class Dates(NamedTuple):
    """The instant of a decision, and the departures it was made on."""

    board: Board
    epoch: Epoch
    now_s: int

    def dispatch(self, node: int, service: int, transit_days: int) -> Dispatch:
        """Return what becomes of an order that was handed in at the decision."""
        return self.board.dispatch(node, service, self.now_s, transit_days)

    def told(self, node: int, service: int, transit_days: int) -> tuple[date, datetime]:
        """Return when it arrives and until when that can be ordered, as `dispatch` has it.

        Quicker than the whole of it. It has to be one that leaves.
        """
        at, is_day, order_by_s = self.board.told(
            node, service, transit_days, self.epoch, self.now_s
        )
        arrives = date.fromordinal(at) if is_day else to_datetime(at)
        return arrives, to_datetime(order_by_s)

    def arrives(self, node: int, service: int, transit_days: int) -> date | None:
        """Return the arrival that a decision counted on; None: it never leaves.

        A day, or an instant that is not before the true one.
        """
        way = self.board.ways[self.board.profiles[node], service]
        at = self.board.transit_days.index(transit_days)
        found = int(self.epoch.arrivals[way, at])
        if found < 0:
            return None
        if self.epoch.by_day[way, at]:
            return date.fromordinal(found)
        return to_datetime(found)

    def instant(self, minute: int) -> datetime:
        """Return the end of a minute in which the decision counted an arrival."""
        return to_datetime(60 * (self.epoch.start_min + minute))


class Calendars:
    """The departures of a network, and its lanes dated by them."""

    def __init__(self, tables: NetworkTables) -> None:
        self.board = Board(tables.network)
        self.lanes = DatedLanes(tables, self.board)

    def dates(self, now_s: int) -> Dates:
        """Return what tells the dates of decisions made at an instant."""
        return Dates(self.board, self.lanes.keep_time(now_s), now_s)
