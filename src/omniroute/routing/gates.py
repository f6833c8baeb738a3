"""Gates of a policy on one network: what they leave of the stock that a decision sees.

A gate looks at what a node can promise at the start of a decision, once: whatever is
asked in parts after that, in one question or in many, is asked of what the gates left.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import P_FREE, P_ON_HAND, QUANTITY_MAX
from omniroute.errors import ConfigurationError
from omniroute.kernels.stock.arena import R_LENGTH, R_START
from omniroute.model.exact import to_scaled
from omniroute.model.gates import StockGate
from omniroute.model.network import Network
from omniroute.stock.arena import Arena
from omniroute.stock.composed import Composed, Shelf
from omniroute.stock.ids import Catalogue

I8 = NDArray[np.int64]

_SHARE_ONE = 10_000


class _Gate(NamedTuple):
    """A gate in numbers; quantities in thousandths of a unit, the share in 1/10,000."""

    nodes: NDArray[np.bool_]
    #: SKU numbers it is for; None for all.
    skus: frozenset[int] | None
    least: int
    share: int
    keep: int


class Gates:
    """What the gates of a policy leave of what nodes have.

    Parameters
    ----------
    gates
        As the policy has them.
    network, catalogue
        What there is.
    classes
        Item class of each SKU number.
    composed
        Kits and packs; None where there are none.
    """

    def __init__(
        self,
        gates: Sequence[StockGate],
        network: Network,
        catalogue: Catalogue,
        classes: Sequence[str | None],
        composed: Composed | None,
    ) -> None:
        self._catalogue, self._composed = catalogue, composed
        self._gates = [
            self._in_numbers(gate, network, classes, f"policy.gates[{g}]")
            for g, gate in enumerate(gates)
        ]

    def _in_numbers(
        self,
        gate: StockGate,
        network: Network,
        classes: Sequence[str | None],
        path: str,
    ) -> _Gate:
        nodes = np.ones(len(network.nodes), np.bool_)
        if gate.node_kinds:
            nodes &= [node.kind in gate.node_kinds for node in network.nodes]
        if gate.nodes:
            named = [
                network.node_index(node, f"{path}.nodes[{j}]")
                for j, node in enumerate(gate.nodes)
            ]
            nodes &= np.isin(np.arange(len(nodes)), named)
        skus: frozenset[int] | None = None
        if gate.skus:
            skus = frozenset(
                self._number(sku, f"{path}.skus[{j}]")
                for j, sku in enumerate(gate.skus)
            )
        if gate.item_classes:
            of_class = {
                s for s, each in enumerate(classes) if each in gate.item_classes
            }
            skus = frozenset(of_class if skus is None else of_class & skus)
        return _Gate(
            nodes,
            skus,
            to_scaled(gate.min_units, 3, "min_units"),
            to_scaled(gate.min_share, 4, "min_share"),
            to_scaled(gate.keep_units, 3, "keep_units"),
        )

    def _number(self, sku: str, path: str) -> int:
        """Return the number of a SKU that lies in stock."""
        number = self._catalogue.sku(sku, path)
        if self._composed is not None and self._composed.is_kit(number):
            expected = "its components: a kit does not lie in stock"
            raise ConfigurationError(path, expected, sku)
        return number

    def concern(self, sku: int) -> bool:
        """Whether any gate is for an item."""
        return any(gate.skus is None or sku in gate.skus for gate in self._gates)

    def left(self, arena: Arena, sku: int, held: I8) -> I8:
        """Return int64[N]: what they leave of quanta that nodes have of an item.

        The strictest of several counts: nodes that any shuts have nothing, and the most
        that any keeps is kept.
        """
        quanta = 10 ** int(self._catalogue.decimals[sku])
        shut = np.zeros(len(held), np.bool_)
        keep = np.zeros(len(held), np.int64)
        for gate in self._gates:
            if gate.skus is not None and sku not in gate.skus:
                continue
            few = held < _quanta(gate.least, quanta)
            if gate.share:
                on_hand = _on_hand(arena, sku)
                few |= held * _SHARE_ONE < gate.share * on_hand
            shut |= gate.nodes & few
            keep = np.maximum(keep, gate.nodes * _quanta(gate.keep, quanta))
        found = np.where(shut, 0, np.maximum(held - keep, 0))
        endless = (held > QUANTITY_MAX) & ~shut
        return np.asarray(np.where(endless, held, found), np.int64)

    def over(self, shelf: Shelf, arena: Arena, skus: Iterable[int]) -> Shelf:
        """Return a shelf with what they leave of all that some SKUs are drawn from."""
        assert self._composed is not None
        parts = {part for sku in skus for part in self._composed.parts(sku)}
        found = {}
        for part in sorted(filter(self.concern, parts)):
            cells, limit = shelf.part(part)
            found[part] = self.left(arena, part, cells), limit
        return shelf.with_parts(found)


def _quanta(thousandths: int, quanta: int) -> int:
    """Return a quantity in an item's quanta, rounded up: a part of one is one."""
    return -(-thousandths * quanta // 1000)


def _on_hand(arena: Arena, sku: int) -> I8:
    """int64[N]: what lies at each node of an item, promised or not."""
    nodes, planes = arena.row(sku)
    found = np.zeros(arena.nodes, np.int64)
    found[nodes] = planes[P_ON_HAND]
    return found


@contextmanager
def gated(arena: Arena, skus: Iterable[int], gates: Gates | None) -> Iterator[None]:
    """Let cells have free what gates leave of it, for decisions only."""
    saved = []
    try:
        for sku in skus if gates is not None else ():
            if gates is not None and gates.concern(sku):
                start, length = arena.rows[sku, [R_START, R_LENGTH]].tolist()
                at = slice(start, start + length)
                free = arena.planes[P_FREE, at].copy()
                saved.append((at, free))
                held = np.zeros(arena.nodes, np.int64)
                nodes = arena.cell_node[at]
                held[nodes] = np.maximum(free, 0)
                left = gates.left(arena, sku, held)[nodes]
                arena.planes[P_FREE, at] = np.where(free > 0, left, free)
        yield
    finally:
        for at, free in reversed(saved):
            arena.planes[P_FREE, at] = free
