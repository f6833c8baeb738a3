"""Routing what is sold by the lot: kits, packs, and what is sent in place of others.

The kernels are asked in lots, on rows lent to them that say how many lots each node can
make. Their answer is put back into quanta of the order's own lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import Status
from omniroute.kernels.order.layout import (
    A_COMPLETE,
    A_LINES,
    O_BOUND,
    O_HEADER,
    O_PICKS,
    O_PROVEN,
    O_SHIPMENTS,
    O_SHORT,
    O_STATUS,
    PICK_WIDTH,
    SHIPMENT_WIDTH,
)
from omniroute.routing.ask import Ask
from omniroute.routing.decide import without_plan
from omniroute.routing.joint import Joint, Lots, Shared
from omniroute.stock.bench import Bench, lend
from omniroute.stock.composed import Composed, Shelf

if TYPE_CHECKING:
    from omniroute.routing.decide import Decides

I8 = NDArray[np.int64]


class Claim(NamedTuple):
    """Quanta of a SKU that a line of the order is to be served with."""

    line: int
    sku: int
    quanta: int


class ComposedRouting:
    """Decides one order on the stock as its asker sees it.

    Parameters
    ----------
    decider
        Asks the kernels.
    composed
        The recipes.
    shelf
        What can be promised to who asks.
    ask
        The order.
    """

    def __init__(
        self, decider: Decides, composed: Composed, shelf: Shelf, ask: Ask
    ) -> None:
        self._decider = decider
        self._composed = composed
        self._shelf = shelf
        self._ask = ask
        self._sure = True

    def decide(self) -> list[int]:
        """Return the answer in quanta, of the order's lines and of its offers."""
        claims = [Claim(i, *line) for i, line in enumerate(self._ask.lines)]
        answer = self._decided(claims)
        for offers in self._rounds():
            short = self._short(answer)
            more = self._in_place(offers, short)
            if more:
                self._sure = self._sure and answer[O_PROVEN] == 1
                claims = [*_served(answer, claims), *more]
                answer = self._decided(claims)
        return self._concluded(answer)

    # -- what is sent in place of others -------------------------------------------------

    def _rounds(self) -> list[list[tuple[int, int, int]]]:
        """Offers (place, line, SKU) by rank: the best substitute of each line first."""
        rounds: list[list[tuple[int, int, int]]] = []
        ranks: dict[int, int] = {}
        for place, (line, sku) in enumerate(self._ask.offers, len(self._ask.lines)):
            rank = ranks[line] = ranks.get(line, -1) + 1
            if rank == len(rounds):
                rounds.append([])
            rounds[rank].append((place, line, sku))
        return rounds

    def _short(self, answer: list[int]) -> list[int]:
        """Quanta of each line of the order that nothing has been found for."""
        missing = [quanta for _, quanta in self._ask.lines]
        for _, place, quanta in picks_of(answer):
            missing[self._ask.line_of(place)] -= quanta
        return missing

    def _in_place(
        self, offers: list[tuple[int, int, int]], short: list[int]
    ) -> list[Claim]:
        """Claims of substitutes for what is short, in whole lots."""
        claims = []
        for place, line, sku in offers:
            quanta = short[line] - short[line] % self._composed.lot_quanta(sku)
            if quanta:
                claims.append(Claim(place, sku, quanta))
        return claims

    # -- one question ------------------------------------------------------------------

    def _decided(self, claims: Sequence[Claim]) -> list[int]:
        """Decide claims whose SKUs may coincide; picks are then told by claim."""
        lot = self._composed.lot_quanta
        wanted: dict[int, int] = {}
        for _, sku, quanta in claims:
            wanted[sku] = wanted.get(sku, 0) + quanta // lot(sku)
        answer = self._in_lots(wanted)
        return _by_claim(answer, claims, [(sku, lot(sku)) for sku in wanted])

    def _in_lots(self, wanted: dict[int, int]) -> list[int]:
        """Return the kernels' answer to lots of SKUs."""
        skus, words = list(wanted), self._words(wanted)
        table, asked = self._within_limits(wanted)
        for i, lots in enumerate(asked):
            words[len(words) - 2 * len(skus) + 2 * i + 1] = lots
        with lend(self._decider.arena, skus, table) as bench:
            asking = partial(self._answer, words, bench, table)
            shared = self._shared(skus)
            ranking = self._decider.ranking(words)
            joint = Joint(asking, shared, ranking=ranking)
            answer = joint.decide()
            if joint.has_split and not self._decider.monotone:
                self._sure = False
            return answer

    def _words(self, wanted: dict[int, int]) -> list[int]:
        head = self._ask.words[: len(self._ask.words) - 2 * len(self._ask.lines)]
        words = [*head, *(word for line in wanted.items() for word in line)]
        words[A_LINES], words[A_COMPLETE] = len(wanted), 0
        return words

    def _within_limits(self, wanted: dict[int, int]) -> tuple[list[I8], list[int]]:
        """Return what nodes can make of each SKU, and what may be asked for.

        Lines that share a part share its limit over the network, the first before the
        next: where that decides between them, no plan is proven.
        """
        left: dict[int, int] = {}
        table, asked = [], []
        for sku, lots in wanted.items():
            parts = self._composed.parts(sku)
            most = min(
                left.setdefault(part, self._shelf.part(part)[1]) // inside
                for part, inside in parts.items()
            )
            if most < min(lots, self._shelf.most_lots(sku)):
                self._sure = False
            able = self._shelf.lots(sku)
            table.append(np.minimum(able, most))
            # A line that nothing is left for keeps what it asks: its nodes have none.
            asked.append(min(lots, most) or lots)
            for part, inside in parts.items():
                left[part] -= min(lots, most) * inside
        return table, asked

    def _shared(self, skus: Sequence[int]) -> list[Shared]:
        """Parts that more than one line is drawn from."""
        uses: dict[int, list[tuple[int, int]]] = {}
        for i, sku in enumerate(skus):
            for part, inside in self._composed.parts(sku).items():
                uses.setdefault(part, []).append((i, inside))
        return [
            Shared(self._shelf.part(part)[0], lines)
            for part, lines in uses.items()
            if len(lines) > 1
        ]

    def _answer(
        self, words: list[int], bench: Bench, table: list[I8], most: Lots
    ) -> list[int]:
        """Return the kernels' answer where lines may take so many lots of nodes."""
        capped = dict.fromkeys(line for line, _ in most)
        shown = {line: table[line].copy() for line in capped}
        for (line, node), lots in most.items():
            shown[line][node] = min(lots, shown[line][node])
        for line, row in enumerate(table):
            bench.show(line, shown.get(line, row))
        return self._decider.decide(words)

    def _concluded(self, answer: list[int]) -> list[int]:
        """Return the answer with its status, by what the order asked for."""
        answer[O_SHORT] = sum(self._short(answer))
        if not self._sure:
            answer[O_PROVEN] = answer[O_BOUND] = 0
        if not answer[O_PICKS]:
            return answer
        answer[O_STATUS] = int(Status.SHORT if answer[O_SHORT] else Status.OK)
        if answer[O_SHORT] and self._ask.words[A_COMPLETE] == 1:
            return without_plan(answer)
        return answer


def picks_of(answer: list[int]) -> list[tuple[int, int, int]]:
    """(shipment, line, quantity) of every pick."""
    start = O_HEADER + SHIPMENT_WIDTH * answer[O_SHIPMENTS]
    places = range(start, start + PICK_WIDTH * answer[O_PICKS], PICK_WIDTH)
    return [(answer[j], answer[j + 1], answer[j + 2]) for j in places]


def _served(answer: list[int], claims: Sequence[Claim]) -> list[Claim]:
    """Return the claims cut to what the answer has for them."""
    had: dict[int, int] = {}
    for _, line, quanta in picks_of(answer):
        had[line] = had.get(line, 0) + quanta
    return [each._replace(quanta=had[each.line]) for each in claims if each.line in had]


def _by_claim(
    answer: list[int], claims: Sequence[Claim], lines: Sequence[tuple[int, int]]
) -> list[int]:
    """Return an answer in lots of SKUs as one in quanta of claims, the first first.

    ``lines`` are the SKU and the quanta of a lot of each line that was asked.
    """
    left = [claim.quanta for claim in claims]
    picks: list[int] = []
    for x, i, lots in picks_of(answer):
        sku, lot = lines[i]
        rest = lots * lot
        for k, claim in enumerate(claims):
            if claim.sku == sku and rest and left[k]:
                some = min(rest, left[k])
                picks += [x, claim.line, some]
                left[k] -= some
                rest -= some
    end = O_HEADER + SHIPMENT_WIDTH * answer[O_SHIPMENTS]
    told = [*answer[:end], *picks]
    told[O_PICKS] = len(picks) // PICK_WIDTH
    return told
