"""Deciding under criteria that the kernels do not know: each question put in their words.

Money for shipments, nodes and services is added to the lanes (`priced`). Fewer shipments
first is money too, more than any plan costs. What depends on the latest arrival is no sum
over shipments: it is asked for again, each time a little sooner, until that cannot help.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from copy import copy
from functools import partial

import numpy as np
from numpy.typing import NDArray

from omniroute.kernels.order.layout import (
    A_LINES,
    A_OBJECTIVE,
    A_SLOT,
    A_WITHIN,
    O_BOUND,
    O_COST,
    O_HEADER,
    O_OBJECTIVE,
    O_PICKS,
    O_PROVEN,
    O_SHIPMENTS,
    O_SHORT,
    O_TRANSIT,
    SHIPMENT_WIDTH,
    X_DISTANCE_M,
)
from omniroute.routing.decide import Decider, is_sure_of_units
from omniroute.routing.lanes import LaneStore
from omniroute.routing.policies.assemble import Pick, assembled, lines_of, picks_of
from omniroute.routing.policies.item_prices import ItemPrices
from omniroute.routing.policies.priced import PricedLanes
from omniroute.routing.policies.ranking import CHEAPEST, Ranking, ranking_of
from omniroute.routing.policies.recost import Scale, in_cash
from omniroute.routing.policies.rules import ONE_SHIPMENT, Rules, distance_money
from omniroute.routing.policies.term_book import Load, TermBook, loads_of
from omniroute.routing.policies.terms import Names
from omniroute.routing.policies.weighed import Alone, Weighed
from omniroute.stock.arena import Arena


class Chooser:
    """Decides asks under one set of rules; shares the kernels' memory.

    Parameters
    ----------
    decider
        Asks the kernels.
    lanes
        The network's own lanes.
    names
        What turns ids into numbers, for terms.
    rules
        What counts.
    version
        Returns a number that changes where terms count otherwise than before.
    """

    monotone = True

    def __init__(
        self,
        decider: Decider,
        lanes: LaneStore,
        names: Names,
        rules: Rules,
        version: Callable[[], int] = int,
    ) -> None:
        self._rules, self._network_lanes = rules, lanes
        tables = decider.tables
        self._book = TermBook(rules.terms, tables, lanes, names)
        surcharges = partial(rules.surcharges, lanes, self._book)
        self._lanes = PricedLanes(lanes, tables.prices, surcharges)
        self._version, self._seen_version = version, version()
        self._kernels = copy(decider)
        self._kernels.tables = copy(tables)
        self._kernels.lanes = self._lanes
        self._scale = Scale(tables, decider.items)
        self._ranking = ranking_of(rules.criteria)
        self._items = ItemPrices(self._kernels) if self._book.has_items else None
        #: Of the ask at hand: money by line and node, what is told too much.
        self._money = np.zeros((0, 0), np.int64)
        self._credit = 0

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
        words[A_OBJECTIVE] = 0
        self._look(words)
        criteria = self._rules.criteria
        if self._rules.prices.day:
            answer = self._least_weighted(words)
        elif "fastest" not in criteria:
            answer = self._within(words, None)
        elif criteria[0] == "fastest" and self._items is None:
            words[A_OBJECTIVE] = 1
            answer = self._kernels.decide(words)
        else:
            answer = self._soonest_of_the_best(words)
        return self._told(words, answer)

    def least(self, words: list[int]) -> int:
        """Return what no plan of an ask counts less than: all credits, and no cost."""
        self._look(words)
        credit, refund, _, _ = self._lanes.told[words[A_SLOT]]
        return self._scale.least(words, credit + self._credit, refund)

    def allowed(self, slot: int) -> NDArray[np.bool_]:
        """bool[N, V]: what the rules leave nodes for a destination."""
        return self._lanes.allowed(slot)

    def weigh(self, words: list[int], alone: Alone) -> Weighed:
        """Return how single shipments are looked at; kits count nothing by the item."""
        rules, book, slot = self._rules, self._book, words[A_SLOT]
        self._look(words)
        metres = self._network_lanes.nodes[slot, 1].astype(np.int64)
        money = np.zeros_like(alone.arrival) + rules.prices.shipment
        money += distance_money(rules.prices.km, metres)[:, None]
        money += self._days(slot, alone.arrival) * rules.prices.day
        if book:
            money += book.per_shipment(slot)
            money += book.per_node(slot, "line")[:, None] * alone.lines
            money += book.per_node(slot, "unit")[:, None] * alone.units
        if self._items is not None:
            scales = self._kernels.items[[sku for sku, _ in lines_of(words)], 1]
            units = -(-alone.able // np.maximum(1, scales)[:, None])
            money += ((self._money - self._credit) * units).sum(axis=0)[:, None]
        return Weighed(rules.criteria, money, np.zeros_like(money))

    def _days(self, slot: int, arrival: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return days until each arrival; 0 of what never does."""
        times, which = np.unique(arrival, return_inverse=True)
        until = self._network_lanes.days_until
        days = [until(slot, at) if at >= 0 else 0 for at in times.tolist()]
        return np.array(days, np.int64)[which.reshape(arrival.shape)]

    def priced(self, words: list[int], picks: Sequence[Pick]) -> list[int] | None:
        """Return the answer that picks make; None where a shipment is too heavy."""
        self._look(words)
        answer = assembled(self._kernels, words, picks)
        if answer is None:
            return None
        answer[O_COST] += self._waiting(words, answer)
        if self._items is not None:
            answer[O_COST] += self._items.money_of(words, answer, self._money)
        return self._told(words, answer)

    def _look(self, words: list[int]) -> None:
        """See the lanes as they are now, and what units count where they lie."""
        self._refresh(words)
        self._kernels.tables.prices = self._lanes.rows.block
        if self._items is not None:
            money = self._book.per_item(words, self.arena, self._kernels.items)
            self._credit = -int(money.min(initial=0))
            self._money = money + self._credit

    def _refresh(self, words: list[int]) -> None:
        """See a slot as it is now, and what terms count now."""
        if (version := self._version()) != self._seen_version:
            self._seen_version = version
            self._lanes.forget()
        self._lanes.refresh(words[A_SLOT], self._book.look(words))

    # -- what kernels are asked -----------------------------------------------------------

    def _within(self, words: list[int], latest: int | None) -> list[int]:
        """Return the kernels' cheapest answer that arrives in time."""
        words[A_WITHIN] = 0 if latest is None else latest + 1
        if self._items is not None:
            return self._items.decide(words, self._money)
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
        read = (
            O_COST if self._rules.money in first else O_SHIPMENTS if first else O_SHORT
        )
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
            days = self._waiting(words, answer)
            bounds.append(floor + days)
            answer[O_COST] += days
            best = min(best or answer, answer, key=CHEAPEST.key)
            if floor > best[O_COST]:
                break
        best[O_BOUND] = min(bounds)
        best[O_PROVEN] = int(sure and best[O_BOUND] == best[O_COST])
        return best

    def _waiting(self, words: list[int], answer: list[int]) -> int:
        """Return money for the days until the last shipment of an answer is there."""
        if not self._rules.prices.day or not answer[O_SHIPMENTS]:
            return 0
        days = self._network_lanes.days_until(words[A_SLOT], answer[O_TRANSIT])
        return self._rules.prices.day * days

    # -- what is told ---------------------------------------------------------------------

    def _told(self, words: list[int], answer: list[int]) -> list[int]:
        """Return an answer of the kernels with its cash, and with money and bound apart."""
        if not answer[O_PICKS]:
            return answer
        rules, loads = self._rules, self._loads(words, answer)
        credit, refund, part, unit = self._lanes.told[words[A_SLOT]]
        known = answer[O_BOUND] > 0
        # What the kernels were told too much; the first shipment is no split.
        counted = rules.prices.split + credit * sum(load.units for load in loads)
        counted += self._credit * sum(load.counted for load in loads)
        credit += self._credit
        if rules.counts_shipments:
            counted += ONE_SHIPMENT * answer[O_SHIPMENTS]
            item = int(self._money.max(initial=0))
            if not self._scale.below(words, part - ONE_SHIPMENT, unit + item):
                answer[O_PROVEN], known = 0, False
        if not self._is_exact(words, answer, credit):
            answer[O_PROVEN], known = 0, False
        answer[O_OBJECTIVE] = answer[O_COST] - counted
        least = self._scale.least(words, credit, refund)
        bound = answer[O_BOUND] - counted if known else least
        if answer[O_PROVEN]:
            bound = answer[O_OBJECTIVE]
        answer[O_BOUND] = max(least, bound)
        in_cash(answer, self._kernels.tables, self._lanes.rows, loads)
        if self._book:
            self._settle_terms(words, answer)
        return answer

    def _loads(self, words: list[int], answer: list[int]) -> list[Load]:
        return loads_of(words, picks_of(answer), self._kernels.items)

    def _is_exact(self, words: list[int], answer: list[int], credit: int) -> bool:
        """Whether what the kernels minimised is what counts, up to a constant.

        Credits are told too much by the unit: a constant if all plans serve as many units,
        and quanta are what plans serve as many of.
        """
        if not self._book:
            return True
        scales = {int(self._kernels.items[sku, 1]) for sku, _ in lines_of(words)}
        counted = credit == 0 or scales == {1}
        whole = not answer[O_SHORT] and answer[O_PICKS] == words[A_LINES]
        return self._book.merges and (counted or whole)

    def _settle_terms(self, words: list[int], answer: list[int]) -> None:
        """Count terms afresh: cash to the cost; the objective is that of this very plan."""
        rules = self._rules
        named = self.named(words, answer)
        cash = {term.name for term in self._book.terms if term.cash}
        paid = sum(
            money for each in named for name, money in each.items() if name in cash
        )
        rest = sum(sum(each.values()) for each in named) - paid
        answer[O_COST] += paid
        rest += self._waiting(words, answer)
        rest += rules.prices.shipment * answer[O_SHIPMENTS]
        answer[O_OBJECTIVE] = answer[O_COST] + rest
        if answer[O_PROVEN]:
            answer[O_BOUND] = answer[O_OBJECTIVE]

    def named(self, words: list[int], answer: list[int]) -> list[dict[str, int]]:
        """Return what the policy adds to each shipment of an answer, by name."""
        self._refresh(words)
        picks, items = picks_of(answer), self._kernels.items
        loads = loads_of(words, picks, items)
        found = self._book.named(words, answer, picks, loads, (self.arena, items))
        prices = self._rules.prices
        for x, each in enumerate(found):
            at = O_HEADER + SHIPMENT_WIDTH * x
            if prices.km:
                metres = np.array([answer[at + X_DISTANCE_M]], np.int64)
                each["distance_price"] = int(distance_money(prices.km, metres)[0])
            if prices.split and x:
                each["split_penalty"] = prices.split
        return found

    @property
    def cash_terms(self) -> frozenset[str]:
        """Names of terms that are paid."""
        return frozenset(term.name for term in self._book.terms if term.cash)


def _of(answer: list[int], word: int) -> tuple[int, int]:
    return answer[O_SHORT], answer[word]
