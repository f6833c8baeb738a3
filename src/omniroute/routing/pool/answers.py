"""What the router of a bench answers, whatever the lines of an order are drawn from.

Kits and packs are asked for in lots of what their components make, as of any order; what
a plan takes of the bench are components.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import QUANTITY_MAX, SHORT_UNIT
from omniroute.kernels.order.layout import A_LINES, A_SLOT, LINE_WIDTH
from omniroute.model.order import Order
from omniroute.model.policy import RoutingPolicy
from omniroute.routing.ask import Ask
from omniroute.routing.composed import ComposedRouting
from omniroute.routing.policies.cells import shown
from omniroute.routing.pool.bench import Bench
from omniroute.stock.bench import lend
from omniroute.stock.composed import Shelf
from omniroute.stock.lens import PLAIN

I8 = NDArray[np.int64]
#: Quanta by SKU number and node index, as they lie in stock.
Held = Mapping[tuple[int, int], int]


class Answers:
    """Answers to asks under one policy, on the stock as it lies on a bench just then."""

    def __init__(self, bench: Bench, policy: RoutingPolicy) -> None:
        self._bench, self._router, self._policy = bench, bench.router, policy

    # -- what an ask is drawn from -----------------------------------------------------

    def is_composed(self, ask: Ask) -> bool:
        """Whether any line is sold by the lot."""
        return self._router.is_composed(ask)

    def lots(self, ask: Ask, line: int) -> int:
        """Return how many lots a line is, which is as often as it may be split."""
        sku, quanta = ask.lines[line]
        composed = self._router.composed
        return quanta if composed is None else quanta // composed.lot_quanta(sku)

    def parts(self, ask: Ask) -> list[int]:
        """SKU numbers in stock that the lines are drawn from, each line's own."""
        composed = self._router.composed
        skus = [sku for sku, _ in ask.lines]
        if composed is None:
            return skus
        return [part for sku in skus for part in composed.parts(sku)]

    def shares_parts(self, ask: Ask) -> bool:
        """Whether several lines are drawn from the same stock."""
        parts = self.parts(ask)
        return len(parts) > len(set(parts))

    # -- answers -----------------------------------------------------------------------

    def answer(self, order: Order, ask: Ask) -> list[int]:
        """Return the best answer."""
        self._see(order, ask)
        shelf = self._shelf() if self.is_composed(ask) else None
        return self._router.bounded(order, ask, self._decided(ask, shelf))

    def answer_whole(self, order: Order, ask: Ask, lines: Collection[int]) -> list[int]:
        """Return the best answer in which some lines come from who has all of them."""
        self._see(order, ask)
        wanted = [ask.lines[i] for i in sorted(lines)]
        if self.is_composed(ask):
            shelf = self._shelf()
            most = {
                sku: np.where(shelf.by_node(sku) >= quanta, QUANTITY_MAX, 0)
                for sku, quanta in wanted
            }
            answer = self._decided(ask, shelf.with_at_most(most))
        else:
            with shown(self._bench.arena, [sku for sku, _ in wanted]) as cells:
                for sku, quanta in wanted:
                    cells.show(sku, cells.held(sku) >= quanta)
                answer = self._decided(ask)
        return self._router.bounded(order, ask, answer)

    def as_held(self, order: Order, ask: Ask, held: Held) -> list[int]:
        """Return the best answer where nodes have what is held, and nothing else.

        That the bench has not got.
        """
        self._see(order, ask)
        arena = self._bench.arena
        rows = {sku: np.zeros(arena.nodes, np.int64) for sku in self.parts(ask)}
        for (sku, node), quanta in held.items():
            rows[sku][node] = quanta
        if self.is_composed(ask):
            parts = {sku: (row, int(row.sum())) for sku, row in rows.items()}
            return self._decided(ask, self._shelf().with_parts(parts))
        with lend(arena, list(rows), list(rows.values())):
            return self._decided(ask)

    def line_alone(self, order: Order, ask: Ask, line: int) -> list[int]:
        """Return the best answer for one line, as if the order had no other."""
        words = ask.words[: len(ask.words) - LINE_WIDTH * len(ask.lines)]
        words[A_LINES] = 1
        one = ask._replace(
            words=[*words, *ask.lines[line]], lines=[ask.lines[line]], together=()
        )
        return self.answer(order, one)

    def floor(self, ask: Ask) -> int:
        """Return what no plan counts less than, whatever the pool's stock allows."""
        if ask.decides is None:
            return 0
        if self.is_composed(ask):
            # What kits and packs are credited is known where there is stock to make them.
            return -SHORT_UNIT if self._policy.terms else 0
        return min(0, ask.decides.least(ask.words))

    def able(self, ask: Ask) -> dict[int, I8]:
        """int64[N]: what nodes have of each line, in lots where it is sold by the lot."""
        if self.is_composed(ask):
            shelf = self._shelf()
            return {sku: shelf.lots(sku) for sku, _ in ask.lines}
        free = self._bench.arena.free_by_node
        return {sku: np.maximum(free(sku), 0) for sku, _ in ask.lines}

    def _see(self, order: Order, ask: Ask) -> None:
        # Lanes of a destination may have made room for others since.
        ask.words[A_SLOT] = self._router.slot(order, self._policy)

    def _shelf(self) -> Shelf:
        assert self._router.composed is not None
        return self._router.composed.seen_by(PLAIN)

    def _decided(self, ask: Ask, shelf: Shelf | None = None) -> list[int]:
        decider = self._router.decider_of(ask)
        if shelf is None:
            return decider.decide(ask.words)
        assert self._router.composed is not None
        return ComposedRouting(decider, self._router.composed, shelf, ask).decide()
