"""How much nodes may deliver in a window: what is taken of it, and what is left."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from omniroute.codes import WORK
from omniroute.model.delivery_slots import DeliverySlots
from omniroute.model.network import Network
from omniroute.promising.jobs import Job
from omniroute.stock.workload import Take, WorkDay, Workload


class DeliveryWindow(NamedTuple):
    """A window that a plan is for.

    Parameters
    ----------
    service
        Place in the network of the service that has it.
    period
        The window, by the clock of the destination, as `stock.periods` has it.
    """

    service: int
    period: int


class DeliveryRoom:
    """The windows of a network that have a limit, and what is left of them.

    What is taken is work like that of capacity (`stock.workload`), of kinds that come
    after those.

    Parameters
    ----------
    network
        Its services may have windows with limits.
    load
        What is taken; read, never modified.
    """

    def __init__(self, network: Network, load: Workload) -> None:
        self._network, self._load = network, load
        limited: dict[int, DeliverySlots] = {
            s: service.slots
            for s, service in enumerate(network.services)
            if service.slots is not None and service.slots.limit is not None
        }
        self._slots = limited
        #: How many kinds of work come before.
        self.first = len(network.pools.works) if limited else 0
        self.kinds = tuple(WORK.index(slots.of) for slots in limited.values())

    def is_limited(self, service: int) -> bool:
        """Whether the windows of a service take so many and no more."""
        return service in self._slots

    def left(self, window: DeliveryWindow, node: int) -> int | None:
        """Return how much more a node may deliver in a window; None: any number."""
        most = self._slots[window.service].limit_of(self._network.nodes[node].id)
        if most is None:
            return None
        key = node, self._work(window.service), window.period
        return most - self._load.taken.get(key, 0)

    def takes(self, window: DeliveryWindow, jobs: Iterable[Job]) -> list[Take]:
        """Return what shipments take of their window."""
        work = self._work(window.service)
        found: dict[WorkDay, int] = {}
        for job in jobs:
            key = job.node, work, window.period
            amount = job.amounts[self.kinds[work - self.first]]
            found[key] = found.get(key, 0) + amount
        return [Take(*key, amount) for key, amount in found.items()]

    def lacking(self, window: DeliveryWindow, jobs: Iterable[Job]) -> list[int]:
        """Return the nodes of shipments that may not deliver so much more then."""
        return [
            each.node
            for each in self.takes(window, jobs)
            if (left := self.left(window, each.node)) is not None and left < each.amount
        ]

    def full(self, window: DeliveryWindow) -> list[int]:
        """Return the nodes that deliver no more in a window."""
        nodes = range(len(self._network.nodes))
        lefts = ((node, self.left(window, node)) for node in nodes)
        return [node for node, left in lefts if left is not None and left <= 0]

    def _work(self, service: int) -> int:
        return self.first + list(self._slots).index(service)
