"""What cells have for one asker: through a channel, for some services, to route.

Cell by cell, and whose fence a line draws from; what the network keeps back is the
`omniroute.stock.lens` above it to know.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import DRAW_POOL, P_FREE
from omniroute.kernels.stock.arena import R_LENGTH, R_START
from omniroute.kernels.stock.fences import channel_free, take
from omniroute.model.channels import ChannelTree
from omniroute.stock.aside import Fence
from omniroute.stock.guard import Guard
from omniroute.stock.oversold import oversold
from omniroute.stock.shares import sources_of
from omniroute.stock.state import State

I8 = NDArray[np.int64]


class Asker(NamedTuple):
    """Who asks what can be promised.

    Parameters
    ----------
    channel
        Through which channel; None for none.
    services
        For which services; nothing for no particular one.
    routing
        Whether to route an order.
    confidence
        Least chance, in 1/10,000, that picks at a cell find its units; cells below
        count as empty.
    """

    channel: str | None = None
    services: tuple[str, ...] = ()
    routing: bool = False
    confidence: int = 0


PLAIN = Asker()


class Sight:
    """Works out what cells have for askers.

    Parameters
    ----------
    state
        Read, never modified.
    guard
        Rules about safety and oversell.
    tree
        The channels.
    """

    __slots__ = ("_guard", "_state", "_tree")

    def __init__(self, state: State, guard: Guard, tree: ChannelTree) -> None:
        self._state, self._guard, self._tree = state, guard, tree

    def has_pool(self, asker: Asker) -> bool:
        """Whether the common pool is open to the asker."""
        return asker.channel is None or self._uses_pool(asker.channel)

    def _uses_pool(self, channel: str) -> bool:
        return DRAW_POOL in self._tree.orders[self._tree.number(channel)]

    # -- what cells have ---------------------------------------------------------------

    def _by_cell(self, sku: int, asker: Asker) -> I8:
        """Return what each cell of the SKU's row has for the asker; may be below zero.

        Whatever the network keeps back.
        """
        found = self._with_fences(sku, asker)
        found[self._unsure(sku, asker)] = 0
        return found

    def _unsure(self, sku: int, asker: Asker) -> NDArray[np.bool_] | slice:
        """Return which cells of a row count as empty; for most askers none do."""
        if not (asker.confidence and self._state.find):
            return slice(0)
        arena = self._state.arena
        keys = sku * arena.nodes + arena.row(sku)[0].astype(np.int64)
        return np.asarray(self._state.find.at(keys) < asker.confidence)

    def _outside_fences(self, sku: int, asker: Asker) -> tuple[NDArray[np.int32], I8]:
        """Return the nodes of the SKU's row, and what is in no fence there."""
        arena = self._state.arena
        start, length = arena.rows[sku, R_START], arena.rows[sku, R_LENGTH]
        cells = slice(int(start), int(start + length))
        nodes = arena.cell_node[cells]
        free = arena.planes[P_FREE, cells].astype(np.int64)
        channel, services, routing, _ = asker
        if not self._guard.sees_all_alike(services, channel, routing):
            free += self._guard.more_for(
                sku, nodes.astype(np.int64), services, channel, routing
            )
        if sku in self._state.aside.fences:
            free = self.without_owed(sku, nodes.astype(np.int64), free, channel)
        return nodes, free

    def without_owed(self, sku: int, nodes: I8, pool: I8, channel: str | None) -> I8:
        """Return what is outside fences, less below zero by what others oversold.

        What a channel has taken by a floor of its own is missing to itself, not to the
        fences of the rest.

        Parameters
        ----------
        sku, nodes
            The cells.
        pool
            int64[n] (quanta): what is in no fence there, below zero where more is
            promised.
        channel
            Who asks; what it may oversell itself is in ``pool``.
        """
        if not self._guard.oversell.channels:
            return pool
        below = np.flatnonzero(pool < 0)
        if not len(below):
            return pool
        owed = oversold(self._state, self._guard, sku, nodes[below].tolist())
        owed -= self._guard.own_floors(sku, nodes[below], channel)
        found = pool.copy()
        found[below] = np.minimum(0, pool[below] + np.maximum(0, owed))
        return found

    def _with_fences(self, sku: int, asker: Asker) -> I8:
        nodes, free = self._outside_fences(sku, asker)
        channel = asker.channel
        if channel is None:
            return free
        if not self._uses_pool(channel):
            return self._at_cells(sku, free, nodes, channel)
        fenced = self._state.aside.fences.get(sku)
        if not fenced:
            return free
        where = np.searchsorted(nodes, sorted(fenced))
        free[where] = self._at_cells(sku, free[where], nodes[where], channel)
        return free

    def _at_cells(
        self, sku: int, pool: I8, nodes: NDArray[np.int32], channel: str
    ) -> I8:
        """Return what a channel has of cells, given what is in no fence of them."""
        left, guarded = self._matrices(sku, nodes.tolist())
        values = pool + left.sum(axis=1)
        out = np.empty(len(values), np.int64)
        drawn = np.empty(left.shape[1] + 1, np.int64)
        number = self._tree.number(channel)
        emergency = int(self._tree.emergency[number])
        order = self._tree.orders[number]
        channel_free(left, guarded, values, order, emergency, drawn, out)
        return out

    def _matrices(self, sku: int, nodes: Sequence[int]) -> tuple[I8, I8]:
        """Return what is left and what of it is guarded, a column a channel.

        Channels the tree does not know come last: what they have is nobody's to draw.
        """
        width = max(1, len(self._tree) + len(self._state.aside.channels))
        left, guarded = np.zeros((2, len(nodes), width), np.int64)
        fences = self._state.aside.fences.get(sku, {})
        for k, node in enumerate(nodes):
            for channel, fence in fences.get(node, {}).items():
                column = self.column(channel)
                left[k, column] = fence.left
                guarded[k, column] = fence.guarded
        return left, guarded

    def column(self, channel: int) -> int:
        """Return the number in the tree of a channel of the state."""
        return self.column_of(self._state.aside.channels.texts[channel], channel)

    def column_of(self, name: str, channel: int) -> int:
        """Return the same for a channel that the state may not know yet."""
        own = self._tree.numbers.get(name)
        return len(self._tree) + channel if own is None else own

    def outside_fences(self, cell: tuple[int, int], name: str | None, free: int) -> int:
        """Return what a channel finds in no fence of a cell where so much is free."""
        sku, node = cell
        nodes = np.array([node], np.int64)
        found = np.array([free], np.int64)
        if not self._guard.sees_all_alike((), name, routing=False):
            found += self._guard.more_for(sku, nodes, (), name, routing=False)
        return int(self.without_owed(sku, nodes, found, name)[0])

    def has_own_floors(self, asker: Asker) -> bool:
        """Whether how far cells may be oversold is another matter for the asker."""
        return self._guard.oversell.of_asker(asker.channel)

    def endless(self, sku: int, asker: Asker) -> list[int]:
        """Return the nodes where the SKU never runs short for the asker."""
        endless = self._endless(sku, asker)
        if not (endless and asker.confidence and self._state.find):
            return endless
        keys = sku * self._state.arena.nodes + np.array(endless, np.int64)
        sure = self._state.find.at(keys) >= asker.confidence
        return [node for node, yes in zip(endless, sure.tolist(), strict=True) if yes]

    def _endless(self, sku: int, asker: Asker) -> list[int]:
        channel, arena = asker.channel, self._state.arena
        if channel is not None and not self._uses_pool(channel):
            return []
        if not self.has_own_floors(asker):
            return sorted(self._state.aside.endless.get(sku, ()))
        nodes = arena.row(sku)[0].astype(np.int64)
        endless = self._guard.endless_for(sku, nodes, channel)
        return [int(node) for node in nodes[endless]]

    # -- drawing -----------------------------------------------------------------------

    def turn(self, name: str, source: int) -> int:
        """Return when it is the turn of a source, a channel of the state, to be drawn."""
        own = self._tree.numbers.get(name)
        order = [] if own is None else self._tree.orders[own].tolist()
        column = self.column(source)
        return order.index(column) if column in order else len(order) + source

    def draw(
        self,
        name: str,
        pool: int,
        fences: dict[int, Fence],
        quanta: int,
        caps: Mapping[int, int] | None = None,
    ) -> list[tuple[int, int]]:
        """Return (channel of the state, quanta) that a line draws from fences, in order.

        Parameters
        ----------
        name
            Name of the channel whose line it is.
        pool
            What is free at the cell, outside all fences.
        fences
            The fences there, by channel of the state.
        quanta
            What the line takes.
        caps
            What sources have for the channel at all nodes, where something is kept back;
            more is drawn of them only for what the others have not.
        """
        if name not in self._tree.numbers:
            return []
        numbers = {self.column(number): number for number in fences}
        width = max([len(self._tree), *(column + 1 for column in numbers)])
        left, guarded = np.zeros((2, 1, width), np.int64)
        for column, number in numbers.items():
            left[0, column] = fences[number].left
            guarded[0, column] = fences[number].guarded
        own = self._tree.number(name)
        order, emergency = self._tree.orders[own], int(self._tree.emergency[own])
        drawn = np.empty(width + 1, np.int64)
        value = int(left.sum()) + pool
        take(left, guarded, 0, value, order, emergency, quanta, drawn)
        sources = [source for source in order.tolist() if source >= 0]
        if caps is not None:
            found = self._capped(left[0], guarded[0], own, quanta, pool, caps)
            return [(numbers[s], found[s]) for s in sources if found.get(s)]
        return [(numbers[s], int(drawn[s])) for s in sources if drawn[s]]

    def _capped(
        self,
        left: I8,
        guarded: I8,
        own: int,
        quanta: int,
        pool: int,
        caps: Mapping[int, int],
    ) -> dict[int, int]:
        """Return what a line draws from each source, and no more than its share of it."""
        offers = {DRAW_POOL: max(0, pool)}
        for s in sources_of(self._tree, own):
            if s != DRAW_POOL:
                all_of_it = s == own or self._tree.emergency[own]
                offers[s] = max(0, int(left[s] - (0 if all_of_it else guarded[s])))
        found = dict.fromkeys(offers, 0)
        for most in (caps, offers):
            for s in sources_of(self._tree, own):
                more = min(quanta, offers[s] - found[s], max(0, most[s] - found[s]))
                found[s] += more
                quanta -= more
        return found
