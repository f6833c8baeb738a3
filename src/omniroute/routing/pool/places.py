"""The work that plans of a pool are for nodes, and whether there is room for it.

A bench routes as if nodes could do any amount of work; here it is counted. So bounds hold
whatever the limits are, and a plan is taken only where it fits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from omniroute.codes import QUANTITY_MAX
from omniroute.model.network import Network
from omniroute.promising.room import Room
from omniroute.routing.working import jobs_of
from omniroute.stock.workload import WorkDay, Workload

if TYPE_CHECKING:
    from omniroute.routing.ask import Ask
    from omniroute.routing.router import Router

#: Work by node, kind and day.
Worked = Mapping[WorkDay, int]


class Places:
    """Work of the pool's plans beside that of all others.

    A limit that may be passed at a price counts like any other: nothing is moved beyond it,
    so no move has such a price.

    Parameters
    ----------
    router
        The bench's, for which there is room for everything.
    load
        What nodes have taken on, the pool's work too; its own from now on.
    """

    def __init__(self, router: Router, load: Workload) -> None:
        assert router.room is not None
        self._router, self._taken = router, load.taken
        # The same days; but this one knows the limits.
        self._room = Room(router.network, load, router.room.board)
        self._room.at(router.now_s)

    def work_of(self, ask: Ask, answer: Sequence[int]) -> Worked:
        """Return the work that an answer is, of those of the bench."""
        takes = self._room.takes(jobs_of(self._router, ask, answer), self._router.now_s)
        return {each[:3]: each.amount for each in takes if each.amount}

    def enter(self, work: Worked) -> None:
        """Take on work."""
        for key, amount in work.items():
            self._taken[key] = self._taken.get(key, 0) + amount

    def leave(self, work: Worked) -> None:
        """Give work back."""
        for key, amount in work.items():
            self._taken[key] = self._taken.get(key, 0) - amount

    def left(self, key: WorkDay) -> int:
        """Return how much more of some work can be done."""
        return left_of(self._room, key)

    def have(self, more: Worked) -> bool:
        """Whether there is room for more."""
        return all(amount <= self.left(key) for key, amount in more.items())

    def lacking(self, work: Worked) -> list[int]:
        """Return the nodes that cannot do so much more, each once."""
        short = (key[0] for key, amount in work.items() if amount > self.left(key))
        return list(dict.fromkeys(short))


def left_of(room: Room, key: WorkDay) -> int:
    """Return how much more work a node can take for a day; below 0: over its limit."""
    node, work, day = key
    return room.left(node, work, room.followed[node][work], day)


def capacity_work(load: Workload, number: int) -> dict[WorkDay, int]:
    """Return the work that a reservation has taken, but for windows of deliveries."""
    own = load.by.get(number, {})
    return {key: n for key, n in own.items() if key[1] < load.first_delivery}


def copied(load: Workload) -> Workload:
    """Return what is taken and what limits there are, for another one to change."""
    fresh = Workload()
    fresh.taken, fresh.limits = dict(load.taken), dict(load.limits)
    return fresh


def boundless(network: Network) -> tuple[Network, Workload]:
    """Return a network whose nodes can do any work, on the days on which they do it."""
    load = Workload()
    load.limits = {
        (node, work, 0): QUANTITY_MAX
        for node, own in enumerate(network.pools.followed)
        for work in own
    }
    if any(each.over_price is not None for each in network.capacity):
        unpriced = (attrs.evolve(each, over_price=None) for each in network.capacity)
        network = attrs.evolve(network, capacity=tuple(unpriced))
    return network, load


def more_of(old: Iterable[Worked], new: Iterable[Worked]) -> dict[WorkDay, int]:
    """Return what new work is beyond old work, where it is more."""
    more: dict[WorkDay, int] = {}
    for sign, works in ((-1, old), (1, new)):
        for work in works:
            for key, amount in work.items():
                more[key] = more.get(key, 0) + sign * amount
    return {key: amount for key, amount in more.items() if amount > 0}
