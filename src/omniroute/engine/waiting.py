"""Steps of several decisions that are one, and what waits for stock to come."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from omniroute.engine.terms import Terms, print_of_terms
from omniroute.engine.working import Working
from omniroute.model.order import Order
from omniroute.model.order_text import order_text
from omniroute.routing.plan import Plan
from omniroute.routing.reserving import Under, falling_due, reserve_effects
from omniroute.stock.effects import NOTHING, EffectBatch, concat
from omniroute.stock.parked import park, wait


class Waiting(Working):
    """See `omniroute.engine.Engine`."""

    @contextmanager
    def _in_one_batch(self) -> Iterator[None]:
        """Note all that is decided within as one batch: replayed whole or not at all."""
        assert self._withheld is None
        self._withheld = []
        try:
            yield
        finally:
            decided, self._withheld = self._withheld, None
            if decided:
                self._note(concat(decided))

    def _under(self, id: str, order: Order, terms: Terms) -> Under:
        """Return what a plan for an order is reserved under."""
        ends_s = terms.expires_s(self._state.now)
        return Under(id, print_of_terms(order, terms), ends_s, order.channel)

    def _settle_waiting(self, plan: Plan, id: str, terms: Terms, worth: bool) -> None:
        """Reserve what a plan takes, if it is worth it, and let the rest wait."""
        state, order = self._state, plan.order
        number = len(state.book)
        later = self._router.later(order)
        drawn = falling_due(plan.drawn, later) if worth else ()
        under = self._under(id, order, terms)
        held = reserve_effects(state, plan.ask, drawn, under)
        if worth:
            held = self._with_work(held, plan, number)
        wanted = missing_quanta(plan) if worth else dict(plan.ask.lines)
        parked = self._parking(number, order, wanted, terms.partial)
        self._commit(concat([held, parked]))

    def _parking(
        self, number: int, order: Order, wanted: Mapping[int, int], partial: bool
    ) -> EffectBatch:
        """Effects of a reservation waiting for more; it keeps the turn it has."""
        if not wanted:
            return NOTHING
        state, now = self._state, self._state.now
        since_s = now
        if state.after.waits_for(number):
            since_s = state.after.parked.terms[number].since_s
        rows = [park(number, 0, since_s, partial, now)]
        rows += [wait(number, sku, quanta, now) for sku, quanta in wanted.items()]
        return EffectBatch(rows, (order_text(order),))


def missing_quanta(plan: Plan) -> dict[int, int]:
    """Return by SKU number of its lines what a plan does not serve."""
    missing = [quanta for _, quanta in plan.ask.lines]
    for _, place, quanta in plan.picks:
        missing[plan.ask.line_of(place)] -= quanta
    skus = [sku for sku, _ in plan.ask.lines]
    return {sku: short for sku, short in zip(skus, missing, strict=True) if short}
