"""Lines that leave from one node: branch and bound over whoever decides the rest.

Without the rule the lines of a group may come from several nodes. Where they do, the
question is split in two that both rule this answer out, each with fewer nodes for the
group: those that have all of it, or the others; then one node, or all but that one. The
most promising is asked first, so the first answer that keeps the rule is the best.
"""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from omniroute.kernels.order.layout import (
    A_COMPLETE,
    O_BOUND,
    O_PICKS,
    O_PROVEN,
    O_SHORT,
)
from omniroute.routing.decide import Decides, without_plan
from omniroute.routing.policies.assemble import lines_of, picks_of
from omniroute.routing.policies.cells import Cells, shown
from omniroute.routing.policies.ranking import Ranking
from omniroute.routing.policies.weighed import Alone, Weighed
from omniroute.stock.arena import Arena

Mask = NDArray[np.bool_]

#: Questions asked for one order, before it is left at the best so far.
QUESTIONS_MAX = 200


class _Branch(NamedTuple):
    """A question: the nodes that may serve each group, and the answer to it."""

    masks: list[Mask]
    answer: list[int]


class KeepTogether:
    """Decides asks so that each group of lines leaves from one node.

    Parameters
    ----------
    inner
        Decides without the rule.
    groups
        SKU numbers of lines that go together.
    """

    def __init__(self, inner: Decides, groups: Sequence[tuple[int, ...]]) -> None:
        self._inner, self._groups = inner, groups
        self.monotone = inner.monotone

    @property
    def arena(self) -> Arena:
        """The stock it looks at."""
        return self._inner.arena

    def least(self, words: list[int]) -> int:
        """Return what no plan of an ask counts less than."""
        return self._inner.least(words)

    def allowed(self, slot: int) -> Mask | None:
        """bool[N, V]: what a policy leaves nodes for a destination; None for all."""
        return self._inner.allowed(slot)

    def weigh(self, words: list[int], alone: Alone) -> Weighed:
        """Return how single shipments are looked at."""
        return self._inner.weigh(words, alone)

    def named(self, words: list[int], answer: list[int]) -> list[dict[str, int]]:
        """Return what a policy adds to each shipment of an answer, by name."""
        return self._inner.named(words, answer)

    @property
    def cash_terms(self) -> frozenset[str]:
        """Names of terms that are paid."""
        return self._inner.cash_terms

    def ranking(self, words: list[int]) -> Ranking:
        """Return what its answers are compared by."""
        return self._inner.ranking(words)

    def decide(self, words: list[int]) -> list[int]:
        """Return the best answer in which every group comes from one node."""
        asked = list(words)
        asked[A_COMPLETE] = 0
        with shown(
            self.arena, [sku for group in self._groups for sku in group]
        ) as cells:
            answer = _Search(self._inner, self._groups, asked, cells).answer()
        if words[A_COMPLETE] and answer[O_PICKS] and answer[O_SHORT]:
            return without_plan(answer)
        return answer


class _Search:
    """One order's search."""

    def __init__(
        self,
        inner: Decides,
        groups: Sequence[tuple[int, ...]],
        words: list[int],
        cells: Cells,
    ) -> None:
        self._inner, self._groups, self._words, self._cells = (
            inner,
            groups,
            words,
            cells,
        )
        self._ranking = inner.ranking(words)
        wanted = dict(lines_of(words))
        self._lines = [sku for sku, _ in lines_of(words)]
        #: By group: quanta that each node leaves short, and the nodes that leave none.
        self._missing: list[NDArray[np.int64]] = [
            np.sum([np.maximum(wanted[sku] - cells.held(sku), 0) for sku in group], 0)
            for group in groups
        ]
        self._full: list[Mask] = [missing == 0 for missing in self._missing]
        self._wanted = [sum(wanted[sku] for sku in group) for group in groups]
        self._others: int | None = None
        self._asked, self._count, self._sure = 0, 0, True
        self._open: list[tuple[tuple[int, ...], int, _Branch]] = []

    def answer(self) -> list[int]:
        """Return the best answer that keeps the rule, with what is known of a better."""
        everywhere = [np.ones(len(full), np.bool_) for full in self._full]
        first = self._question(everywhere)
        if self._clash(first) is None:
            return first
        self._push(everywhere, first)
        best = self._dive(everywhere, first)
        while self._open and self._asked < QUESTIONS_MAX:
            key, _, branch = heappop(self._open)
            if key >= self._ranking.key(best):
                self._open.clear()
            elif (clash := self._clash(branch.answer)) is None:
                best = branch.answer
            else:
                for masks in self._halves(branch, *clash):
                    self._push(masks, self._question(masks))
        return self._told(best, first)

    def _question(self, masks: Sequence[Mask]) -> list[int]:
        self._asked += 1
        for group, mask in zip(self._groups, masks, strict=True):
            for sku in group:
                self._cells.show(sku, mask)
        return self._inner.decide(self._words)

    def _clash(self, answer: list[int]) -> tuple[int, list[int]] | None:
        """Return a group that comes from several nodes, and these, the fullest first."""
        for g, group in enumerate(self._groups):
            sent: dict[int, int] = {}
            for pick in picks_of(answer):
                if self._lines[pick.line] in group:
                    sent[pick.node] = sent.get(pick.node, 0) + pick.quanta
            if len(sent) > 1:
                return g, sorted(sent, key=lambda node: (-sent[node], node))
        return None

    def _halves(
        self, branch: _Branch, g: int, nodes: list[int]
    ) -> tuple[list[Mask], list[Mask]]:
        """Return who may serve the group in two questions that share no plan."""
        mask, full = branch.masks[g], self._full[g]
        inside = mask & full
        if not inside.any() or not (mask & ~full).any():
            inside = np.zeros(len(mask), np.bool_)
            inside[nodes[0]] = True
        return (
            [*branch.masks[:g], inside, *branch.masks[g + 1 :]],
            [*branch.masks[:g], mask & ~inside, *branch.masks[g + 1 :]],
        )

    def _dive(self, masks: list[Mask], answer: list[int]) -> list[int]:
        """Return some answer that keeps the rule: nodes that have all, then the fullest."""
        while (clash := self._clash(answer)) is not None:
            masks, _ = self._halves(_Branch(masks, answer), *clash)
            answer = self._question(masks)
        return answer

    def _push(self, masks: list[Mask], answer: list[int]) -> None:
        self._sure = self._sure and answer[O_PROVEN] == 1
        key = self._ranking.key(answer)
        short = self._least_short(masks)
        if short > key[0]:
            key = short, *(0 for _ in key[1:])
        self._count += 1
        heappush(self._open, (key, self._count, _Branch(masks, answer)))

    def _least_short(self, masks: Sequence[Mask]) -> int:
        """Quanta that any plan leaves short whose groups come from one of these nodes."""
        short = 0
        for mask, missing, wanted in zip(
            masks, self._missing, self._wanted, strict=True
        ):
            short += int(missing[mask].min(initial=wanted))
        if not short:
            return 0
        if self._others is None:
            nobody = [np.zeros(len(full), np.bool_) for full in self._full]
            answer = self._question(nobody)
            sure = answer[O_PROVEN] == 1
            self._others = answer[O_SHORT] - sum(self._wanted) if sure else 0
        return short + self._others

    def _told(self, best: list[int], first: list[int]) -> list[int]:
        best = list(best)
        key, money = self._ranking.key(best), self._ranking.money
        over = not (self._open and self._open[0][0] < key)
        best[O_PROVEN] = int(over and self._sure and self._inner.monotone)
        if best[O_PROVEN]:
            best[O_BOUND] = best[money]
            return best
        before = self._ranking.before_money
        like = self._inner.monotone and before(first) == before(best)
        best[O_BOUND] = min(first[O_BOUND], best[money]) if like else 0
        return best
