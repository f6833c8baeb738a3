"""The cost terms of a policy on one network: summed for the search, told by shipment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from omniroute.kernels.order.layout import (
    A_SLOT,
    O_HEADER,
    O_SHIPMENTS,
    SHIPMENT_WIDTH,
    X_NODE,
    X_SERVICE,
)
from omniroute.model.cost_term import CostTerm
from omniroute.routing.lanes import LaneStore
from omniroute.routing.lateness import wish_of
from omniroute.routing.policies.assemble import Pick, lines_of
from omniroute.routing.policies.candidates import Lanes, StockCandidates
from omniroute.routing.policies.terms import (
    Names,
    amounts,
    reads_lateness,
    require_known,
)
from omniroute.routing.tables import NetworkTables
from omniroute.stock.arena import Arena

I8 = NDArray[np.int64]


class Load(NamedTuple):
    """What one shipment carries, as terms count it."""

    lines: int
    units: int
    #: Units that money is for where they lie: of what is sold by the lot, lots.
    counted: int


class TermBook:
    """Amounts of terms, in 1/10,000 of the currency unit.

    Parameters
    ----------
    terms
        The policy's.
    tables, lanes
        The network.
    names
        What turns ids into numbers.
    """

    def __init__(
        self,
        terms: Sequence[CostTerm],
        tables: NetworkTables,
        lanes: LaneStore,
        names: Names,
    ) -> None:
        self.terms = tuple(terms)
        self._names = names
        self._lanes = Lanes(tables, lanes)
        self._shape = tables.costs.shape[0], len(tables.services)
        for term in self.terms:
            require_known(term, names)
        #: The time that the order at hand would have it by, where a term asks for it.
        self._wish: int | None = None
        self._looks_at_wish = any(reads_lateness(term) for term in self.terms)

    def look(self, words: list[int]) -> int | None:
        """Count lateness as an ask would have it; return the time, None for none."""
        self._wish = None
        if self._looks_at_wish:
            told = self._names.told.wish
            self._wish = wish_of(words) if told is None else told
        return self._wish

    def __bool__(self) -> bool:
        return bool(self.terms)

    @property
    def has_items(self) -> bool:
        """Whether units are priced where they lie."""
        return any(term.per == "item" for term in self.terms)

    @property
    def merges(self) -> bool:
        """Whether one shipment from a node never costs more than two."""
        return all(term.merges for term in self.terms)

    def per_shipment(self, slot: int) -> I8:
        """int64[N, V]: what a shipment from a node by a service counts."""
        found = np.zeros(self._shape, np.int64)
        seen = self._lanes.all_of(slot, self._wish)
        for term in self._of("shipment"):
            found[seen.node, seen.service] += amounts(term, seen, self._names)
        return found

    def per_node(self, slot: int, per: str) -> I8:
        """int64[N]: what a line, or a unit, at each node counts."""
        found = np.zeros(self._shape[0], np.int64)
        seen = self._lanes.nodes_of(slot, np.arange(self._shape[0]))
        for term in self._of(per):
            found += amounts(term, seen, self._names)
        return found

    def per_item(self, words: list[int], arena: Arena, items: I8) -> I8:
        """int64[lines, N]: what a unit of each line, or a lot, counts where it lies."""
        lines = lines_of(words)
        found = np.zeros((len(lines), self._shape[0]), np.int64)
        pairs = [(i, _holders(arena, sku)) for i, (sku, _) in enumerate(lines)]
        seen = self._stock(words, arena, items, pairs)
        at = np.repeat([i for i, _ in pairs], [len(nodes) for _, nodes in pairs])
        for term in self._of("item"):
            found[at, seen.node] += amounts(term, seen, self._names)
        for i, (sku, _) in enumerate(lines):
            found[i] *= self._names.lot(sku)
        return found

    def named(
        self,
        words: list[int],
        answer: list[int],
        picks: Sequence[Pick],
        loads: Sequence[Load],
        stock: tuple[Arena, I8],
    ) -> list[dict[str, int]]:
        """Return the amounts of each shipment of an answer, by term."""
        starts = [O_HEADER + SHIPMENT_WIDTH * x for x in range(answer[O_SHIPMENTS])]
        pairs = [(answer[at + X_NODE], answer[at + X_SERVICE]) for at in starts]
        found: list[dict[str, int]] = [{} for _ in starts]
        for term in self.terms:
            if term.per == "item":
                money = self._of_items(term, words, pairs, picks, stock)
            else:
                money = self._of_lanes(term, words[A_SLOT], pairs, loads)
            for x, amount in enumerate(money):
                found[x][term.name] = amount
        return found

    def _of_lanes(
        self,
        term: CostTerm,
        slot: int,
        pairs: Sequence[tuple[int, int]],
        loads: Sequence[Load],
    ) -> list[int]:
        node, service = np.array(pairs, np.int64).reshape(-1, 2).T
        if term.per == "shipment":
            seen = self._lanes.of(slot, node, service, self._wish)
        else:
            seen = self._lanes.nodes_of(slot, node)
        each = amounts(term, seen, self._names).tolist()
        return [a * _count(term, load) for a, load in zip(each, loads, strict=True)]

    def _of_items(
        self,
        term: CostTerm,
        words: list[int],
        pairs: Sequence[tuple[int, int]],
        picks: Sequence[Pick],
        stock: tuple[Arena, I8],
    ) -> list[int]:
        lines, (_, items) = lines_of(words), stock
        where = [(pick.line, np.array([pick.node], np.int64)) for pick in picks]
        each = amounts(term, self._stock(words, *stock, where), self._names).tolist()
        places = {pair: x for x, pair in enumerate(pairs)}
        money = [0] * len(pairs)
        for pick, amount in zip(picks, each, strict=True):
            sku = lines[pick.line][0]
            count = counted(pick.quanta, int(items[sku, 1])) * self._names.lot(sku)
            money[places[pick.node, pick.service]] += amount * count
        return money

    def _of(self, per: str) -> list[CostTerm]:
        return [term for term in self.terms if term.per == per]

    def _stock(
        self,
        words: list[int],
        arena: Arena,
        items: I8,
        pairs: Sequence[tuple[int, I8]],
    ) -> StockCandidates:
        """Return lines of an ask at nodes, as candidates."""
        lines = lines_of(words)
        slot, told = words[A_SLOT], self._names.told.held
        columns = []
        for i, nodes in pairs:
            sku, wanted = lines[i]
            held = told[sku] if sku in told else np.maximum(arena.free_by_node(sku), 0)
            scale = max(1, int(items[sku, 1]))
            metres = self._lanes.metres(slot, nodes)
            columns.append(_column(sku, wanted, scale, held[nodes], nodes, metres))
        if not columns:
            return StockCandidates(*np.zeros((6, 0), np.int64))
        return StockCandidates(*np.concatenate(columns, axis=1))


def _column(sku: int, wanted: int, scale: int, held: I8, nodes: I8, metres: I8) -> I8:
    n = len(nodes)
    return np.array(
        [np.full(n, sku), nodes, np.full(n, wanted), held, np.full(n, scale), metres],
        np.int64,
    )


def _holders(arena: Arena, sku: int) -> I8:
    return arena.row(sku)[0].astype(np.int64)


def _count(term: CostTerm, load: Load) -> int:
    return {"shipment": 1, "line": load.lines, "unit": load.units}[term.per]


def _units(quanta: int, scale: int) -> int:
    """Return the units that so many quanta start, as kernels count them."""
    return quanta * -scale if scale < 0 else -(-quanta // scale)


def counted(quanta: int, scale: int) -> int:
    """Return the units that a price is for: those started, or lots."""
    return quanta if scale < 0 else -(-quanta // scale)


def loads_of(words: list[int], picks: Sequence[Pick], items: I8) -> list[Load]:
    """Return what each shipment carries, in the order of the answer's shipments."""
    lines = lines_of(words)
    found: dict[tuple[int, int], Load] = {}
    for pick in picks:
        pair = pick.node, pick.service
        count, units, lots = found.get(pair, (0, 0, 0))
        scale = int(items[lines[pick.line][0], 1])
        units += _units(pick.quanta, scale)
        found[pair] = Load(count + 1, units, lots + counted(pick.quanta, scale))
    return list(found.values())
