"""Where there is room for more work, and when: the capacity of a network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from omniroute.model.capacity import Capacity
from omniroute.model.network import Network
from omniroute.promising.board import Board, Epoch
from omniroute.promising.days import DayBoard
from omniroute.promising.jobs import Job
from omniroute.promising.profiles import NO_ROOM, Profiles
from omniroute.promising.room_left import RoomLeft
from omniroute.stock.workload import Take, WorkDay, Workload

I4 = NDArray[np.int32]


class Room(RoomLeft):
    """Capacity as routing sees it: an epoch in which full nodes go later, or not at all.

    Parameters
    ----------
    network
        One with capacity.
    load
        What is taken; read, but for what has been touched.
    board
        When work begins.
    later
        Whether it is asked about instants to come, in no order; instead of the present,
        which goes on.

    Attributes
    ----------
    kinds : tuple of int
        By number of the work what it counts.
    changes
        How often nodes have begun to go other ways.
    unseen : set of (int, int)
        Nodes and works of which facts have come in: for who keeps what is left, and
        empties it.
    followed : tuple of dict of int to Capacity
        By node: its capacity, by number of the work.
    serves : list of tuple of bool
        By number of the work: whether each service is such work.
    prices : dict of int to float64[N, V]
        By number of the work that may be over its limit, at a price: what more of it
        counts at a node for a service, in the currency unit.
    price_changes
        How often that has changed.

    Notes
    -----
    Nodes of which a fact has come in are looked at anew; another epoch is made where one
    of them goes another way than before. When days end, so are those that have taken all
    they can of a day, or have days without capacity. Others cost nothing.
    """

    def __init__(
        self,
        network: Network,
        load: Workload,
        board: Board | DayBoard,
        *,
        later: bool = False,
    ) -> None:
        super().__init__(network, load, board)
        self._touched, self.is_later = load.watch(), later
        self._epoch: Epoch | None = None
        #: Nodes that go other ways than the board's, or may on another day.
        self._others: set[int] = set()
        self._closing = {n for n, own in enumerate(self.followed) if _closes(own)}
        self.changes = self.price_changes = 0
        self.unseen: set[tuple[int, int]] = set()
        soft = {
            work
            for own in self.followed
            for work, each in own.items()
            if each.over_price is not None
        }
        shape = len(network.nodes), len(network.service_names)
        self.prices = {work: np.zeros(shape) for work in sorted(soft)}
        self._profiles = Profiles(board)

    # -- as routing sees it ------------------------------------------------------------

    def at(self, now_s: int) -> Epoch:
        """Return the departures at an instant, from where there is room."""
        base = self._board.at(now_s)
        touched = self._touched
        if base is self._base and not touched and not self._profiles.forgotten:
            # As nearly always.
            assert self._epoch is not None
            return self._epoch
        nodes = {node for node, _ in touched}
        if not self.is_later:
            self.unseen |= touched
        touched.clear()
        if base is not self._base or self._profiles.forgotten:
            nodes |= self._begin(base)
            self._others = {node for node in nodes if self._is_full_some_day(node)}
        else:
            self._others |= nodes
        assert self._epoch is not None
        rows = {node: self._row(node) for node in nodes}
        found = self._profiles.with_waits(self._epoch, rows)
        if self.prices:
            self._set_prices(rows)
        self.changes += found is not self._epoch
        self._epoch, self._profiles.forgotten = found, False
        return self._epoch

    def _begin(self, base: Epoch) -> set[int]:
        """Let nobody wait from other departures on; return who may have to."""
        for prices in self.prices.values():
            self.price_changes += bool(prices.any())
            prices[:] = 0
        found = self._others | self._closing | {key[0] for key in self._load.limits}
        if self.is_later:
            # Whatever was looked at last may have been another day.
            found |= {key[0] for key in self._load.taken}
        self._base, self._epoch = base, self._profiles.nobody_waits(base)
        return found

    def _row(self, node: int) -> tuple[int, ...]:
        """Return by service how many days work waits at a node; `NO_ROOM`."""
        return tuple(
            self._first_wait(node, s, pools) if pools else 0
            for s, pools in enumerate(self.hard[node])
        )

    def _is_full_some_day(self, node: int) -> bool:
        """Whether there is a day in sight of which a node has taken all it can."""
        return any(
            self.left(node, work, each, day) <= 0
            for work, each in self.followed[node].items()
            for s, counts in enumerate(self.serves[work])
            for wait in range(self._most + 1)
            if counts and (day := self.day(node, s, wait)) >= 0
        )

    def _set_prices(self, rows: Mapping[int, tuple[int, ...]]) -> None:
        """Note what more work counts at nodes that have been looked at."""
        for work, prices in self.prices.items():
            for node, row in rows.items():
                new = [self._price(node, s, work, wait) for s, wait in enumerate(row)]
                if prices[node].tolist() != new:
                    prices[node] = new
                    self.price_changes += 1

    def _price(self, node: int, service: int, work: int, wait: int) -> float:
        """Return what more of some work counts, on the day of it."""
        each = self.followed[node].get(work)
        if each is None or each.over_price is None or wait < 0:
            return 0.0
        day = self.day(node, service, wait)
        if not self.serves[work][service] or day < 0:
            return 0.0
        full = self.left(node, work, each, day) <= 0
        return float(each.over_price) if full else 0.0

    def _first_wait(
        self, node: int, service: int, pools: Sequence[tuple[int, Capacity]]
    ) -> int:
        for wait, day in self.days(node, service, pools):
            if all(self.left(node, work, each, day) > 0 for work, each in pools):
                return wait
        # Of what never begins other reasons tell: closed.
        return 0 if self.day(node, service, 0) < 0 else NO_ROOM

    # -- what plans need ---------------------------------------------------------------

    def takes(self, jobs: Iterable[Job], now_s: int) -> list[Take]:
        """Return the work that jobs take, whether there is room for it or not."""
        self.at(now_s)
        found: dict[WorkDay, int] = {}
        for job in jobs:
            for key, _, amount in self._needs(job):
                found[key] = found.get(key, 0) + amount
        return [Take(*key, amount) for key, amount in found.items()]

    def lacking(self, jobs: Iterable[Job], now_s: int) -> list[Job]:
        """Return the jobs for which there is no room beside those before them."""
        self.at(now_s)
        found, beside = [], dict[WorkDay, int]()
        for job in jobs:
            if not self._fits(job, beside):
                found.append(job)
                continue
            for key, _, amount in self._needs(job):
                beside[key] = beside.get(key, 0) + amount
        return found

    @property
    def board(self) -> Board | DayBoard:
        """When work begins."""
        return self._board

    @property
    def base(self) -> Epoch:
        """The departures in force, nobody waiting."""
        assert self._base is not None
        return self._base

    def ways(self, waits: I4) -> NDArray[np.int64]:
        """int64[N, V]: the way of work that waits so long, by node and service."""
        own = self._board.ways[self._board.profiles].astype(np.int64)
        return own + waits * self._board.own_ways

    def from_day(self, job: Job, day: int, now_s: int) -> Job:
        """Return a job as it waits now that was to begin on a day, or is late."""
        self.at(now_s)
        waits = range(self._most + 1)
        days = ((w, self.day(job.node, job.service, w)) for w in waits)
        return job._replace(wait=next((w for w, each in days if each >= day), 0))

    def later(self, epoch: Epoch, jobs: Iterable[Job], now_s: int) -> Epoch:
        """Return an epoch in which these jobs go on a later day that has room for them."""
        assert epoch.waits is not None
        self.at(now_s)
        rows: dict[int, tuple[int, ...]] = {}
        for job in jobs:
            row = list(rows.get(job.node) or epoch.waits[job.node].tolist())
            row[job.service] = self._next_wait(job, row[job.service])
            rows[job.node] = tuple(row)
        return self._profiles.with_waits(epoch, rows)

    def _next_wait(self, job: Job, wait: int) -> int:
        pools = self.hard[job.node][job.service]
        for after, _ in self.days(job.node, job.service, pools):
            if after > wait and self._fits(job._replace(wait=after), {}):
                return after
        return NO_ROOM

    def tight_for(self, amounts: tuple[int, int, int]) -> list[Job]:
        """Return jobs of so much work, at all nodes where there is no room for it."""
        assert self._epoch is not None
        assert self._epoch.waits is not None
        found = []
        for node, row in enumerate(self._epoch.waits.tolist()):
            for service, wait in enumerate(row):
                job = Job(node, service, wait, amounts)
                pools = self.hard[node][service]
                if wait >= 0 and pools and not self._fits(job, {}):
                    found.append(job)
        return found


def _closes(own: dict[int, Capacity]) -> bool:
    """Whether a node has a day without capacity."""
    return any(
        not limit
        if isinstance(limit, int)
        else any(not window.limit for window in limit)
        for each in own.values()
        for limit in each.limit
    )
