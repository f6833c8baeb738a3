"""Deciding under criteria that the kernels do not know: each question put in their words.

Money for shipments, nodes and services is added to the lanes (`priced`). Fewer shipments
first is money too, more than any plan costs. What depends on the latest arrival is no sum
over shipments: it is asked for again, each time a little sooner, until that cannot help.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from functools import partial

import numpy as np
from numpy.typing import NDArray

from omniroute.kernels.layout import (
    A_LATEST,
    A_OBJECTIVE,
    A_SLOT,
    O_BOUND,
    O_COST,
    O_OBJECTIVE,
    O_PICKS,
    O_PROVEN,
    O_SHIPMENTS,
    O_SHORT,
    O_TRANSIT,
)
from omniroute.routing.assemble import Pick, assembled
from omniroute.routing.decide import Decider, is_sure_of_units
from omniroute.routing.lanes import LaneStore
from omniroute.routing.priced import PricedLanes
from omniroute.routing.ranking import CHEAPEST, Ranking, ranking_of
from omniroute.routing.recost import Scale, in_cash
from omniroute.routing.rules import ONE_SHIPMENT, Rules
from omniroute.stock.arena import Arena


class Chooser:
    """Decides asks under one set of rules; shares the kernels' memory.

    Parameters
    ----------
    decider
        Asks the kernels.
    lanes
        The network's own lanes.
    rules
        What counts.
    """

    monotone = True

    def __init__(self, decider: Decider, lanes: LaneStore, rules: Rules) -> None:
        self._rules = rules
        tables = decider.tables
        surcharges = partial(rules.surcharges, lanes)
        self._lanes = PricedLanes(lanes, tables.prices, surcharges)
        self._kernels = copy(decider)
        self._kernels.tables = copy(tables)
        self._kernels.lanes = self._lanes
        self._scale = Scale(tables, decider.items)
        self._ranking = ranking_of(rules.criteria)

    @property
    def arena(self) -> Arena:
        """The stock it looks at."""
        return self._kernels.arena

    def ranking(self, words: list[int]) -> Ranking:  # noqa: ARG002 - as a Decider's
        """Return what its answers are compared by."""
        return self._ranking

    def decide(self, words: list[int]) -> list[int]:
        """Return the answer to an ask: cash in its cost, money counted in its objective."""
        words = list(words)
        self._lanes.refresh(words[A_SLOT])
        self._kernels.tables.prices = self._lanes.rows.block
        criteria = self._rules.criteria
        if self._rules.prices.day:
            answer = self._least_weighted(words)
        elif "fastest" not in criteria:
            answer = self._within(words, None)
        elif criteria[0] == "fastest":
            words[A_OBJECTIVE] = 1
            answer = self._kernels.decide(words)
        else:
            answer = self._soonest_of_the_best(words)
        return self._told(words, answer)

    def allowed(self, slot: int) -> NDArray[np.bool_]:
        """bool[N, V]: what the rules leave nodes for a destination."""
        return self._lanes.allowed(slot)

    def priced(self, words: list[int], picks: Sequence[Pick]) -> list[int] | None:
        """Return the answer that picks make; None where a shipment is too heavy."""
        self._lanes.refresh(words[A_SLOT])
        self._kernels.tables.prices = self._lanes.rows.block
        answer = assembled(self._kernels, words, picks)
        if answer is None:
            return None
        answer[O_COST] += self._rules.prices.day * answer[O_TRANSIT]
        return self._told(words, answer)

    # -- what kernels are asked -----------------------------------------------------------

    def _within(self, words: list[int], latest: int | None) -> list[int]:
        """Return the kernels' cheapest answer that arrives in time."""
        words[A_LATEST] = 0 if latest is None else latest + 1
        return self._kernels.decide(words)

    def _sooner_and_sooner(self, words: list[int]) -> Iterator[list[int]]:
        """Yield the cheapest answer, the cheapest that arrives before it, and so on.

        The last one may serve less than those before.
        """
        answer = self._within(words, None)
        yield answer
        while answer[O_PICKS] and answer[O_TRANSIT] > 0:
            answer = self._within(words, answer[O_TRANSIT] - 1)
            yield answer

    def _soonest_of_the_best(self, words: list[int]) -> list[int]:
        """Return the soonest answer that is as good by what counts before arrival."""
        criteria = self._rules.criteria
        first = criteria[: criteria.index("fastest")]
        # Money has shipments in it where they come first.
        read = O_COST if self._rules.money in first else O_SHIPMENTS
        best: list[int] = []
        bound, sure = 0, True
        for answer in self._sooner_and_sooner(words):
            sure = sure and answer[O_PROVEN] == 1
            if not best:
                bound = answer[O_BOUND] if self._rules.money in first else 0
            elif _of(answer, read) > _of(best, read):
                break
            best = answer
        if not sure:
            best[O_PROVEN], best[O_BOUND] = 0, bound
        return best

    def _least_weighted(self, words: list[int]) -> list[int]:
        """Return the least sum of money and of days until the last shipment is there.

        All that arrives no sooner than an answer costs no less than its bound, and its
        days: the least of these sums is a bound on every plan.
        """
        best: list[int] = []
        bounds: list[int] = []
        floor, sure = 0, True
        for answer in self._sooner_and_sooner(words):
            if best and answer[O_SHORT] > best[O_SHORT]:
                if not answer[O_PROVEN]:
                    bounds.append(floor)
                break
            sure = sure and is_sure_of_units(answer)
            floor = answer[O_BOUND]
            days = self._rules.prices.day * answer[O_TRANSIT]
            bounds.append(floor + days)
            answer[O_COST] += days
            best = min(best or answer, answer, key=CHEAPEST.key)
            if floor > best[O_COST]:
                break
        best[O_BOUND] = min(bounds)
        best[O_PROVEN] = int(sure and best[O_BOUND] == best[O_COST])
        return best

    # -- what is told ---------------------------------------------------------------------

    def _told(self, words: list[int], answer: list[int]) -> list[int]:
        """Return an answer of the kernels with its cash, and with money and bound apart."""
        rules = self._rules
        if not answer[O_PICKS]:
            return answer
        counted = ONE_SHIPMENT * answer[O_SHIPMENTS] if rules.counts_shipments else 0
        # The first shipment is no split.
        counted += rules.prices.split
        answer[O_OBJECTIVE] = answer[O_COST] - counted
        answer[O_BOUND] = max(0, answer[O_BOUND] - counted)
        if rules.counts_shipments and not self._scale.below(words, rules):
            answer[O_PROVEN] = answer[O_BOUND] = 0
        return in_cash(answer, self._kernels.tables, self._lanes.rows)


def _of(answer: list[int], word: int) -> tuple[int, int]:
    return answer[O_SHORT], answer[word]
