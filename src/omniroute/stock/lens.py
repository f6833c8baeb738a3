"""The stock as one asker sees it, less what the network keeps back of it.

Plain askers read what is free straight from the cells. For others the cells of a SKU are
worked out, and lent to the kernels in place of what is free while they decide.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import DRAW_POOL, P_FREE, QUANTITY_MAX
from omniroute.kernels.stock.arena import R_START
from omniroute.stock.shares import NOBODY, Shares, Totals, kept_of, sources_of, within
from omniroute.stock.sight import PLAIN, Asker, Sight

__all__ = ["PLAIN", "Asker", "Lens"]

I8 = NDArray[np.int64]


class Lens(Sight):
    """Works out what askers see, and lends it.

    Of the state, which is read, cells are lent and given back unchanged. Parameters as
    of `Sight`.
    """

    __slots__ = ()

    def sees_plainly(self, asker: Asker, skus: Iterable[int]) -> bool:
        """Whether the asker sees of these SKUs just what their cells have free."""
        channel, services, routing, confidence = asker
        if not self._guard.sees_all_alike(services, channel, routing):
            return False
        if confidence and self._state.find:
            return False
        if channel is not None and not self._uses_pool(channel):
            return False
        fences, thresholds = self._state.aside.fences, self._guard.thresholds
        fenced = channel is not None and bool(fences)
        unbound = self._state.unbound.held
        return not any(
            thresholds[sku] or sku in unbound or (fenced and sku in fences)
            for sku in skus
        )

    @property
    def kept_back(self) -> I8:
        """int64[S]: quanta subtracted once from what all pools of a SKU have."""
        thresholds, unbound = self._guard.thresholds, self._state.unbound.held
        if not unbound:
            return thresholds
        found = thresholds.copy()
        for sku in unbound:
            found[sku] = self._kept_of_pool(sku)
        return found

    def seen_otherwise(self, asker: Asker, skus: I8) -> Sequence[int]:
        """Places of those SKUs whose cells the asker sees otherwise than as free."""
        channel, services, routing, confidence = asker
        if not self._guard.sees_all_alike(services, channel, routing):
            return range(len(skus))
        if channel is not None and not self._uses_pool(channel):
            return range(len(skus))
        some = set() if channel is None else set(self._state.aside.fences)
        if confidence and self._state.find:
            some |= self._state.find.skus_below(confidence)
        return [i for i, sku in enumerate(skus.tolist()) if sku in some] if some else ()

    def versions(self, asker: Asker, skus: Sequence[int]) -> list[int]:
        """Return numbers that change with what an asker sees of SKUs, stock aside.

        Nothing for who sees just what cells have free: their stock says it all.
        """
        channel, services, routing, _ = asker
        alike = self._guard.sees_all_alike(services, channel, routing)
        found = [0 if alike else self._state.rules.version]
        for sku in skus:
            found.append(self._kept_back(sku))
            for held in sorted(self._state.unbound.through.get(sku, {}).items()):
                found += held
        return found if any(found) else []

    # -- what is seen ------------------------------------------------------------------

    def seen(self, sku: int, asker: Asker) -> tuple[I8, int]:
        """Return what each cell has for the asker by itself, and all of them together."""
        shares = self.shares(sku, asker)
        if shares is not None:
            return shares.cells(), shares.limit
        cells = self._by_cell(sku, asker)
        return cells, self._limit(sku, cells)

    # -- what the network keeps back ---------------------------------------------------

    def shares(
        self, sku: int, asker: Asker, given_back: Mapping[int, int] | None = None
    ) -> Shares | None:
        """Return whose share of a SKU an asker has; None where that makes no difference.

        It does for a channel, of what is fenced and of which something is kept back.

        Parameters
        ----------
        sku
            SKU number.
        asker
            Who asks.
        given_back
            Quanta that are no longer to be held at no node, by number of the channel.
        """
        if (
            sku not in self._state.aside.fences
            or asker.channel not in self._tree.numbers
        ):
            return None
        if not self._kept_back(sku):
            return None
        held = self._held_loose(sku)
        for number, quanta in (given_back or {}).items():
            held[number] = held.get(number, 0) - quanta
        whole = int(self._guard.thresholds[sku]) + sum(held.values())
        if not whole:
            return None
        nodes, pool = self._outside_fences(sku, asker)
        left, guarded = self._matrices(sku, nodes.tolist())
        values, number = pool + left.sum(axis=1), self._tree.number(asker.channel)
        sources = sources_of(self._tree, number)
        offers = np.empty((len(nodes), len(sources)), np.int64)
        for k, source in enumerate(sources):
            if source == DRAW_POOL:
                offers[:, k] = pool
            elif source == number or self._tree.emergency[number]:
                offers[:, k] = left[:, source]
            else:
                offers[:, k] = left[:, source] - guarded[:, source]
        offers[self._unsure(sku, asker)] = 0
        kept = self._kept(sku, held)
        return Shares(sources, np.maximum(offers, 0), values, kept, whole)

    def _kept(self, sku: int, held: Mapping[int, int]) -> dict[int, int]:
        """Return out of whose share it comes what the network keeps back of a SKU."""
        nodes, pool = self._outside_fences(sku, PLAIN)
        left, guarded = self._matrices(sku, nodes.tolist())
        left = within(left, np.maximum(pool + left.sum(axis=1), 0))
        totals = Totals(
            int(np.maximum(pool, 0).sum()),
            left.sum(axis=0).tolist(),
            np.maximum(left - guarded, 0).sum(axis=0).tolist(),
        )
        return kept_of(self._tree, totals, int(self._guard.thresholds[sku]), held)

    def _held_loose(self, sku: int) -> dict[int, int]:
        """Return what is held of a SKU at no node, by number of the channel."""
        texts = self._state.aside.channels.texts
        found: dict[int, int] = {}
        for channel, quanta in self._state.unbound.through.get(sku, {}).items():
            name = None if channel < 0 else texts[channel]
            number = self.holder(name)
            found[number] = found.get(number, 0) + quanta
        return found

    def holder(self, name: str | None) -> int:
        """Return the number under which a channel holds at no node."""
        return NOBODY if name is None else self._tree.numbers.get(name, NOBODY)

    def _kept_back(self, sku: int) -> int:
        """Return what is subtracted once from the sum over all nodes."""
        unbound = self._state.unbound.held.get(sku, 0)
        return int(self._guard.thresholds[sku]) + unbound

    def _kept_of_pool(self, sku: int) -> int:
        """Return what of it is subtracted from the sum of all pools."""
        own = self._state.unbound.through.get(sku, {}).keys() - {NOBODY}
        if not own or sku not in self._state.aside.fences:
            return self._kept_back(sku)
        return self._kept(sku, self._held_loose(sku))[DRAW_POOL]

    def _limit(self, sku: int, cells: I8) -> int:
        """Return what all nodes can promise who draws from the pool alone."""
        total = int(np.maximum(cells, 0).sum())
        return max(0, total - self._kept_of_pool(sku))

    def room(self, sku: int, confidence: int = 0) -> int | None:
        """Return what the network can promise of an item; None: all its cells can."""
        asker = PLAIN._replace(confidence=confidence) if confidence else PLAIN
        return self.total(sku, asker) if self._kept_back(sku) else None

    def total(self, sku: int, asker: Asker) -> int:
        """Return what the network can promise the asker."""
        return self.seen(sku, asker)[1]

    def by_node(self, sku: int, asker: Asker) -> I8:
        """Return int64[N]: what each node can promise the asker of a SKU."""
        arena = self._state.arena
        cells, limit = self.seen(sku, asker)
        start = int(arena.rows[sku, R_START])
        out = np.zeros(arena.nodes, np.int64)
        nodes = arena.cell_node[start : start + len(cells)]
        out[nodes] = np.clip(cells, 0, limit)
        return out

    def of_fences(self, sku: int, asker: Asker) -> tuple[I8, int]:
        """Return what fences give a channel before it turns to the pool.

        int64[N] by node, and what it can have of all of them together; nothing without a
        channel.
        """
        out = np.zeros(self._state.arena.nodes, np.int64)
        if asker.channel is None or sku not in self._state.aside.fences:
            return out, 0
        number = self._tree.number(asker.channel)
        first = sources_of(self._tree, number)
        if DRAW_POOL in first:
            first = first[: first.index(DRAW_POOL)]
        nodes, pool = self._outside_fences(sku, asker)
        left, guarded = self._matrices(sku, nodes.tolist())
        offered = left if self._tree.emergency[number] else left - guarded
        offered[:, number] = left[:, number]
        offered[self._unsure(sku, asker)] = 0
        there = np.maximum(pool + left.sum(axis=1), 0)
        given = np.minimum(np.maximum(offered[:, first], 0).sum(axis=1), there)
        shares, limit = self.shares(sku, asker), int(given.sum())
        if shares is not None:
            limit = min(limit, shares.limit, sum(shares.caps[s] for s in first))
        out[nodes] = np.minimum(given, limit)
        return out, limit

    # -- lending -----------------------------------------------------------------------

    @contextmanager
    def over(
        self, skus: Iterable[int], asker: Asker, *, limited: bool = True
    ) -> Iterator[dict[int, int]]:
        """Let cells have free what the asker sees; yields each SKU's limit.

        For decisions only: nothing may be applied to the state meanwhile. Cells show no
        more than the limit, unless what is decided takes nothing from the network.
        """
        arena = self._state.arena
        free, saved = arena.planes[P_FREE], []
        limits: dict[int, int] = {}
        try:
            for sku in skus:
                top, limits[sku] = self._lent(sku, asker, limited)
                start = int(arena.rows[sku, R_START])
                here = slice(start, start + len(top))
                saved.append((here, free[here].copy()))
                free[here] = np.clip(top, -QUANTITY_MAX, QUANTITY_MAX)
            yield limits
        finally:
            for here, old in reversed(saved):
                free[here] = old

    def _lent(self, sku: int, asker: Asker, limited: bool) -> tuple[I8, int]:
        """Return what the cells of a SKU are to show, and the SKU's limit."""
        shares = self.shares(sku, asker)
        if shares is not None and limited:
            return shares.together(), shares.limit
        cells = self._by_cell(sku, asker)
        limit = self._limit(sku, cells) if shares is None else shares.limit
        return (np.minimum(cells, limit) if limited else cells), limit
