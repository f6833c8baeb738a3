"""A copy of some stock, and a router of its own on it: what is tried there is not done.

The engine is asked for the copy and then left alone, however long the search takes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import P_FREE
from omniroute.model.item import Item
from omniroute.model.network import Network
from omniroute.model.policy import RoutingPolicy
from omniroute.routing.gates import Gates
from omniroute.routing.pool.places import Places, boundless, copied
from omniroute.routing.router import Router
from omniroute.stock.arena import Arena
from omniroute.stock.composed import Composed
from omniroute.stock.find import Find
from omniroute.stock.ids import Catalogue
from omniroute.stock.lens import Asker
from omniroute.stock.state import State
from omniroute.stock.workload import Workload

I8 = NDArray[np.int64]

#: Position of a cell of the bench, and quanta.
Take = tuple[int, int]


class _Stock(NamedTuple):
    """What a router reads of a state."""

    arena: Arena
    catalogue: Catalogue
    now: int
    #: In which there is room for everything.
    workload: Workload
    find: Find


class _Free:
    """What a bench has free, as kits and packs are worked out from: a lens for all.

    Who sees stock otherwise than everybody, or without end, is in no pool.
    """

    def __init__(self, arena: Arena) -> None:
        self._arena = arena

    def by_node(self, sku: int, asker: Asker) -> I8:  # noqa: ARG002 - all see the same
        nodes, planes = self._arena.row(sku)
        found = np.zeros(self._arena.nodes, np.int64)
        found[nodes] = np.maximum(planes[P_FREE], 0)
        return found

    def total(self, sku: int, asker: Asker) -> int:
        return int(self.by_node(sku, asker).sum())

    def endless(self, sku: int, asker: Asker) -> list[int]:  # noqa: ARG002
        return []


class Bench:
    """Stock to try plans on. Positions of its cells never change.

    Parameters
    ----------
    router
        The router of the copy: its lanes, its memory.
    places
        Work of nodes; None where they have no capacity.
    """

    def __init__(self, router: Router, places: Places | None = None) -> None:
        self.router, self.places = router, places
        self.arena = router.decider.arena

    def position(self, sku: int, node: int) -> int:
        """Return where a cell is, which there must be."""
        at = self.arena.find(sku, node)
        assert at >= 0
        return at

    def free(self, at: int) -> int:
        """Return what a cell has free; below zero where more is taken than there is."""
        return int(self.arena.planes[P_FREE, at])

    def take(self, takes: Iterable[Take]) -> None:
        """Take quanta of cells."""
        free = self.arena.planes[P_FREE]
        for at, quanta in takes:
            free[at] -= quanta

    def give(self, takes: Iterable[Take]) -> None:
        """Give back what was taken."""
        free = self.arena.planes[P_FREE]
        for at, quanta in takes:
            free[at] += quanta

    def has(self, takes: Iterable[Take]) -> bool:
        """Whether cells have so much free; of takes that name each cell once."""
        free = self.arena.planes[P_FREE]
        return all(free[at] >= quanta for at, quanta in takes)

    def keep_to(self, gates: Gates | None, skus: Iterable[int]) -> None:
        """Let cells have no more than gates leave of what is free of these SKUs.

        Before the pool gives back what it holds: that it may hold as it did, whoever
        of it does.
        """
        if gates is None:
            return
        arena = self.arena
        for sku in filter(gates.concern, skus):
            nodes, planes = arena.row(sku)
            free = planes[P_FREE]
            held = np.zeros(arena.nodes, np.int64)
            held[nodes] = np.maximum(free, 0)
            left = gates.left(arena, sku, held)[nodes]
            planes[P_FREE] = np.where(free > 0, left, free)

    def all_free(self) -> NDArray[np.int64]:
        """int64[cells]: what each cell has free, by position."""
        free: NDArray[np.int64] = self.arena.planes[P_FREE].astype(np.int64)
        return free


def bench_of(
    state: State,
    skus: Iterable[int],
    network: Network,
    items: list[Item],
    policy: RoutingPolicy,
    composed: Composed,
) -> Bench:
    """Return a bench with the cells of some SKUs as they are. O(their cells)."""
    arena = _copied(state.arena, sorted(skus))
    network, load = boundless(network)
    stock = _Stock(arena, state.catalogue, state.now, load, state.find)
    router = Router(network, items, stock, policy)  # type: ignore[arg-type]
    if composed:
        free = _Free(arena)
        router.add_items(items, composed.through(free))  # type: ignore[arg-type]
    if router.room is None:
        return Bench(router)
    return Bench(router, Places(router, copied(state.workload)))


def _copied(arena: Arena, skus: list[int]) -> Arena:
    """Return an arena with the rows of these SKUs, and no others."""
    fresh = Arena(arena.nodes, len(arena.rows))
    rows = [arena.row(sku) for sku in skus]
    keys = [
        sku * arena.nodes + nodes.astype(np.int64)
        for sku, (nodes, _) in zip(skus, rows, strict=True)
    ]
    if keys:
        fresh.add_keys(np.concatenate(keys))
    for sku, (_, planes) in zip(skus, rows, strict=True):
        fresh.row(sku)[1][:] = planes
    return fresh
