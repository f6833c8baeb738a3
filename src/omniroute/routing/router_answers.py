"""Asks answered: on what who asks sees of the stock, for now or for later."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from omniroute._whole import Whole
from omniroute.kernels.order.layout import (
    A_LINES,
    O_BOUND,
    O_HEADER,
    O_PICKS,
    O_PROVEN,
    O_SHIPMENTS,
    PICK_WIDTH,
    SHIPMENT_WIDTH,
)
from omniroute.model.order import Order
from omniroute.routing.ask import Ask
from omniroute.routing.composed import ComposedRouting
from omniroute.routing.for_later import (
    decide_later,
    lent_for,
    shelf_for,
    stock_for,
    versions_of,
)
from omniroute.routing.gates import gated
from omniroute.routing.limits import asker_of, decide_on_what_is_seen
from omniroute.routing.router_asks import RouterAsks
from omniroute.routing.working import decide_in_room
from omniroute.stock.bench import lend
from omniroute.stock.composed import Shelf


class RouterAnswers(RouterAsks):
    """See `omniroute.routing.router.Router`."""

    def decide(self, order: Order, ask: Ask) -> list[int]:
        """Return the best answer to an order's ask, on the stock as it sees it."""
        if self.room is None:
            return self.decide_as_told(order, ask)
        answer = decide_in_room(self, order, ask, self.decide_as_told)
        return self.bounded(order, ask, answer)

    def decide_as_told(self, order: Order, ask: Ask) -> list[int]:
        """Return the best answer on lanes as they are."""
        return self.bounded(order, ask, self._decided(order, ask))

    def bounded(self, order: Order, ask: Ask, answer: list[int]) -> list[int]:
        """Return an answer of which no better bound is known with what credits allow.

        Where nothing is known the bound is 0; but a plan may count less than nothing.
        """
        if ask.decides is not None and not (answer[O_BOUND] or answer[O_PROVEN]):
            with self.as_seen(order, ask):
                answer[O_BOUND] = min(0, ask.decides.least(self._in_lots(ask)))
        return answer

    def _decided(self, order: Order, ask: Ask) -> list[int]:
        if order.due is not None and (due := self.later(order)):
            return decide_later(self, order, ask, due)
        decider = self.decider_of(ask)
        if self.composed is not None and self.is_composed(ask):
            shelf = self.shelf(order, ask)
            return ComposedRouting(decider, self.composed, shelf, ask).decide()
        if self.lens is None and ask.gates is None:
            return decider.decide(ask.words)
        return decide_on_what_is_seen(self, order, ask)

    @contextmanager
    def as_seen(self, order: Order, ask: Ask) -> Iterator[None]:
        """Let the arena show what an order was decided on: what its asker sees, in lots."""
        with Whole(self.lock), ExitStack() as stack:
            skus = [sku for sku, _ in ask.lines]
            if order.due is not None and (due := self.later(order)):
                stack.enter_context(lent_for(self, order, ask, due))
            elif self.composed is not None and self.is_composed(ask):
                skus = list(dict.fromkeys([*skus, *(sku for _, sku in ask.offers)]))
                table = [self.shelf(order, ask).lots(sku) for sku in skus]
                stack.enter_context(lend(self.decider.arena, skus, table))
            else:
                if self.lens is not None:
                    asker = asker_of(order, self.network)
                    stack.enter_context(self.lens.over(skus, asker))
                stack.enter_context(gated(self.decider.arena, skus, ask.gates))
            yield

    def shelf(self, order: Order, ask: Ask) -> Shelf:
        """Return what can be promised to who asks with an order."""
        assert self.composed is not None
        if order.due is not None and (due := self.later(order)):
            return shelf_for(self, stock_for(self, order, ask, due))
        shelf = self.composed.seen_by(asker_of(order, self.network))
        if ask.gates is None:
            return shelf
        skus = [sku for line in ask.skus_by_line() for sku in line]
        return ask.gates.over(shelf, self.decider.arena, skus)

    def versions(self, order: Order, ask: Ask) -> list[int]:
        """Return numbers that change with anything an order's decision was made on.

        Stock that a line is served from; where the order sees it otherwise than all do,
        also the rules, and what the network keeps back.
        """
        if order.due is not None and (due := self.later(order)):
            found = versions_of(self, order, ask, due)
            if self.timed is not None and self.calendars is None:
                found.append(self.timed.keep_time(self._state.now, due).print_of_waits)
            return found
        version = self.decider.arena.sku_version.item
        if self.composed is None or not self.is_composed(ask):
            skus = [sku for sku, _ in ask.lines]
            found = [version(sku) for sku in skus]
        else:
            lines = [self.parts_of(skus) for skus in ask.skus_by_line()]
            found = [sum(map(version, parts)) for parts in lines]
            skus = [part for parts in lines for part in parts]
        if self.lens is not None:
            found += self.lens.versions(asker_of(order, self.network), skus)
        if self.room is not None and self.calendars is None:
            found.append(self.room.changes)
        return found

    def named(
        self, order: Order, ask: Ask, answer: list[int]
    ) -> list[tuple[dict[str, int], dict[str, int]]]:
        """Return cash and prices that a policy adds to each shipment of an answer."""
        decides = ask.decides
        if decides is None or not answer[O_PICKS]:
            return []
        with self.as_seen(order, ask):
            found = decides.named(self._in_lots(ask), self._lots_of(ask, answer))
        cash = decides.cash_terms
        return [
            (
                {name: money for name, money in each.items() if name in cash},
                {name: money for name, money in each.items() if name not in cash},
            )
            for each in found
        ]

    def _in_lots(self, ask: Ask) -> list[int]:
        """Return an ask with its offers as lines, and lots where it says quanta."""
        wanted = [quanta for _, quanta in ask.lines]
        wanted += [ask.lines[line][1] for line, _ in ask.offers]
        head = list(ask.words[: len(ask.words) - 2 * len(ask.lines)])
        head[A_LINES] = len(wanted)
        for place, quanta in enumerate(wanted):
            sku = ask.sku_of(place)
            head += [sku, quanta // self.lot_quanta(sku)]
        return head

    def _lots_of(self, ask: Ask, answer: list[int]) -> list[int]:
        """Return an answer with lots where it says quanta."""
        told = list(answer)
        start = O_HEADER + SHIPMENT_WIDTH * answer[O_SHIPMENTS]
        for j in range(start, start + PICK_WIDTH * answer[O_PICKS], PICK_WIDTH):
            told[j + 2] //= self.lot_quanta(ask.sku_of(answer[j + 1]))
        return told
