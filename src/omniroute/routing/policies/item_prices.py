"""Deciding where units are priced where they lie: exact by one table, else with a bound."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from omniroute.kernels.decide.priced_lines import route_priced
from omniroute.kernels.decide.route import NEED_ROOM, NEED_SEARCH, NEED_WORK
from omniroute.kernels.order.layout import (
    A_COMPLETE,
    A_GROUPS,
    A_SLOT,
    A_SPLIT,
    A_WITHIN,
    O_BOUND,
    O_COST,
    O_PICKS,
    O_PROVEN,
    O_SHORT,
    SPLIT_FREELY,
)
from omniroute.routing.decide import (
    Decider,
    best_of_groups,
    conclude,
    is_better,
    is_sure_of_units,
    only_group,
    when_needed,
    whole_if_as_good,
)
from omniroute.routing.policies.assemble import lines_of, picks_of
from omniroute.routing.policies.cells import Cells, shown
from omniroute.routing.policies.term_book import counted
from omniroute.routing.policies.unit_money import by_node, with_units

I8 = NDArray[np.int64]


class ItemPrices:
    """Decides asks on kernels' lanes, with money for a unit of each line at each node.

    Costs and bounds of its answers have that money in them.

    Parameters
    ----------
    kernels
        Decide without it.
    """

    def __init__(self, kernels: Decider) -> None:
        self._kernels = kernels

    def decide(self, words: list[int], money: I8) -> list[int]:
        """Return the answer of least cost to an ask, whatever its groups of services.

        ``money`` is int64[lines, N], 0 or more, for a unit started.
        """
        answers = [
            self._of_group(only_group(words, g), money) for g in range(words[A_GROUPS])
        ]
        best = best_of_groups(answers, False)
        if not any(answer[O_PICKS] for answer in answers):
            return self._kernels.decide(words)  # which says why
        return conclude(best, words[A_COMPLETE] == 1)

    def _of_group(self, words: list[int], money: I8) -> list[int]:
        words[A_COMPLETE] = 0
        kernels = self._kernels
        kernels.put(words)
        while True:
            code = int(
                route_priced(  # type: ignore[call-arg]
                    *kernels.arguments(),  # type: ignore[arg-type]
                    kernels.ask,
                    money,
                    kernels.work,
                    kernels.out,
                )
            )
            if code not in (NEED_WORK, NEED_ROOM):
                break
            kernels.enlarge(code)
        if code == NEED_SEARCH:
            return self._by_search(words, money)
        answer = kernels.answer()
        answer[O_COST] += self.money_of(words, answer, money)
        answer[O_BOUND] = answer[O_COST] if answer[O_PROVEN] else 0
        return answer

    def _by_search(self, words: list[int], money: I8) -> list[int]:
        """Return what the kernels find with prices of nodes, where that is what they are.

        Else the better of two plans: one without the money, one from least of it. No plan
        costs less than the first one's bound and the least money of every line. Where
        lines are split freely, one that splits when needed is looked at as well.
        """
        unit = self._by_node(words, money)
        if unit is not None:
            return self._as_units(words, unit)
        plain = self._kernels.decide(words)
        bound, sure = plain[O_BOUND], is_sure_of_units(plain)
        plain[O_COST] += self.money_of(words, plain, money)
        best = plain
        with shown(self._kernels.arena, [sku for sku, _ in lines_of(words)]) as cells:
            least = self._only_least(words, cells, money)
            trial = self._kernels.decide(words)
        trial[O_COST] += self.money_of(words, trial, money)
        if is_better(trial, best, False):
            best = list(trial)
        known = sure and bound > 0 and not best[O_SHORT]
        best[O_BOUND] = min(best[O_COST], bound + least) if known else 0
        best[O_PROVEN] = int(known and best[O_BOUND] == best[O_COST])
        if words[A_SPLIT] == SPLIT_FREELY:
            asked = when_needed(words, words[A_WITHIN] - 1)
            best = whole_if_as_good(best, self._of_group(asked, money))
        return best

    def _by_node(self, words: list[int], money: I8) -> I8 | None:
        """int64[N]: what any unit counts; None where lines differ."""
        skus = [sku for sku, _ in lines_of(words)]
        units = np.maximum(1, -self._kernels.items[skus, 1])[:, None]  # to a lot
        if (money % units).any():
            return None
        return by_node(self._kernels.arena, skus, money // units)

    def _as_units(self, words: list[int], unit: I8) -> list[int]:
        """Return the kernels' answer where a unit at a node costs so much more."""
        kernels, lanes = self._kernels, self._kernels.lanes
        asked = list(words)
        asked[A_SLOT] = 0
        kernels.lanes = with_units(lanes, words[A_SLOT], unit)
        try:
            return kernels.decide(asked)
        finally:
            kernels.lanes = lanes

    def _only_least(self, words: list[int], cells: Cells, money: I8) -> int:
        """Show each line only where it has all, or some, at the least; what that adds."""
        total = 0
        for i, (sku, quanta) in enumerate(lines_of(words)):
            held = cells.held(sku)
            nodes = held > 0
            if not nodes.any():
                continue
            total += int(money[i][nodes].min()) * self._units(sku, quanta)
            full = held >= quanta
            among = full if full.any() else nodes
            if full.any():
                cells.show(sku, among & (money[i] == money[i][among].min()))
        return total

    def money_of(self, words: list[int], answer: list[int], money: I8) -> int:
        """Return the money of what an answer takes."""
        lines = lines_of(words)
        return sum(
            int(money[p.line, p.node]) * self._units(lines[p.line][0], p.quanta)
            for p in picks_of(answer)
        )

    def _units(self, sku: int, quanta: int) -> int:
        return counted(quanta, int(self._kernels.items[sku, 1]))
