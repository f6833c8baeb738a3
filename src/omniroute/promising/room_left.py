"""What is left of the capacity of a network, by node, work and day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import WORK
from omniroute.model.capacity import Capacity
from omniroute.model.network import Network
from omniroute.promising.board import Board, Epoch
from omniroute.promising.days import DayBoard
from omniroute.promising.jobs import Job
from omniroute.stock.periods import begins_of, day_of, every_day
from omniroute.stock.workload import WorkDay, Workload

I4 = NDArray[np.int32]


class RoomLeft:
    """What nodes can do on a day, and how much of that is taken.

    See `omniroute.promising.room.Room`.
    """

    def __init__(
        self, network: Network, load: Workload, board: Board | DayBoard
    ) -> None:
        pools = network.pools
        self.works = pools.works
        self.kinds = tuple(WORK.index(work.of) for work in pools.works)
        self._load, self._board = load, board
        self.followed = pools.followed
        names = network.service_names
        self.serves = [
            tuple(not work.services or name in work.services for name in names)
            for work in pools.works
        ]
        #: By node and service: work of which no more is taken than the limit.
        self.hard = [self._of_node(own, len(names)) for own in pools.followed]
        #: The departures in force, nobody waiting.
        self._base: Epoch | None = None
        self._most = max(each.waits_most for each in network.capacity)
        #: Whether any work is counted by windows of the day.
        self.has_windows = any(each.windows for each in network.capacity)
        hard = {work for own in self.hard for each in own for work, _ in each}
        #: Whether a node that is not full has room for any one shipment.
        self.counts_orders = all(WORK[self.kinds[work]] == "orders" for work in hard)

    def _of_node(
        self, own: dict[int, Capacity], services: int
    ) -> tuple[tuple[tuple[int, Capacity], ...], ...]:
        hard = [(work, each) for work, each in own.items() if each.over_price is None]
        return tuple(
            tuple(pair for pair in hard if self.serves[pair[0]][s])
            for s in range(services)
        )

    def limit(self, node: int, work: int, capacity: Capacity, day: int) -> int:
        """Return how much work a node can do on a day."""
        day = counted_by(capacity, day)
        begins = begins_of(day)
        if limits := self._load.limits:
            for every in (day, day_of(day), every_day(begins), 0):
                if (key := (node, work, every)) in limits:
                    return limits[key]
        # The first of January of the year 1 was a Monday, and its ordinal is 1.
        limit = capacity.limit[(day_of(day) - 1) % 7]
        if isinstance(limit, int):
            return limit
        return next((each.limit for each in limit if each.begins == begins), 0)

    def left(self, node: int, work: int, capacity: Capacity, day: int) -> int:
        """Return how much more a node can take for a day; below 0: over its limit.

        Of work that is counted by window, for the window that the day stands for.
        """
        day = counted_by(capacity, day)
        taken = self._load.taken.get((node, work, day), 0)
        return self.limit(node, work, capacity, day) - taken

    def day(self, node: int, service: int, wait: int) -> int:
        """Day on which work begins that is handed in now, or its window; -1: never."""
        assert self._base is not None
        way = self._board.way(node, service, wait)
        return int(self._base.begins[way]) if way >= 0 else -1

    def today(self, node: int) -> int:
        """Day (ordinal) on which work begins that is handed in at a node now."""
        services = range(self._board.ways.shape[1])
        days = [day_of(self.day(node, s, 0)) for s in services]
        return min((day for day in days if day >= 0), default=-1)

    def days(
        self, node: int, service: int, pools: Sequence[tuple[int, Capacity]]
    ) -> Iterator[tuple[int, int]]:
        """Yield how long work may wait, and the day, or window, on which it begins."""
        most = min((each.backlog_days for _, each in pools), default=0)
        before, days = -1, -1
        for wait in range(self._most + 1):
            period = self.day(node, service, wait)
            if period < 0:
                return
            day = day_of(period)
            days += day != before
            if days > most:
                return
            before = day
            yield wait, period

    def day_in(self, epoch: Epoch, job: Job) -> int:
        """Day (ordinal) on which a job was to begin by an epoch."""
        return int(epoch.begins[self._board.way(job.node, job.service, job.wait)])

    def is_ample(
        self, places: Iterable[tuple[int, int, int]], most: tuple[int, int, int]
    ) -> bool:
        """Whether there is room for so much at each node, service and wait."""
        for node, service, wait in places:
            if not (pools := self.hard[node][service]):
                continue
            day = self.day(node, service, wait)
            for work, each in pools:
                if self.left(node, work, each, day) < most[self.kinds[work]]:
                    return False
        return True

    def _needs(self, job: Job) -> list[tuple[WorkDay, Capacity, int]]:
        """Return the work of a job by day, with the capacity it is taken of."""
        day = self.day(job.node, job.service, job.wait)
        return [
            (
                (job.node, work, counted_by(each, day)),
                each,
                job.amounts[self.kinds[work]],
            )
            for work, each in self.followed[job.node].items()
            if self.serves[work][job.service]
        ]

    def _fits(self, job: Job, beside: Mapping[WorkDay, int]) -> bool:
        return all(
            amount <= self.left(*key[:2], each, key[2]) - beside.get(key, 0)
            for key, each, amount in self._needs(job)
            if each.over_price is None
        )


def most_backlog_days(network: Network) -> int | None:
    """Days that work may wait, or windows; None where no work is counted."""
    if not network.capacity:
        return None
    return max(each.waits_most for each in network.capacity)


def counted_by(capacity: Capacity, period: int) -> int:
    """Return the day of a window where days are counted; else the period itself."""
    return day_of(period) if capacity.windows is None else period
