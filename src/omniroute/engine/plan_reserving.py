"""Reserving what plans take, where it is still there and nodes can do the work."""

from __future__ import annotations

import attrs

from omniroute.codes import Status
from omniroute.engine.holding import Holding
from omniroute.engine.results import Placement
from omniroute.engine.terms import (
    Terms,
    print_of_terms,
)
from omniroute.kernels.order.layout import A_COMPLETE
from omniroute.reservations import print_lines, repeated
from omniroute.reservations.lines import (
    Cells,
)
from omniroute.reservations.seen import (
    what_is_there,
)
from omniroute.routing.ask import Ask
from omniroute.routing.limits import asker_of
from omniroute.routing.plan import Plan
from omniroute.routing.reserving import (
    falling_due,
    reserve_effects,
    still_there,
    worth_reserving,
)
from omniroute.stock import decide


class PlanReserving(Holding):
    """See `omniroute.engine.Engine`."""

    def _reserve_plan(self, plan: Plan, id: str, terms: Terms) -> Placement:
        number = self._state.book.ids.numbers.get(id)
        if plan.window is not None:
            # For another window it is another request.
            terms = terms._replace(beside=(*terms.beside, "window", *plan.window))
        if number is not None:
            status = self._repeated(number, plan.ask, print_of_terms(plan.order, terms))
        else:
            status = plan.status
            worth = worth_reserving(plan.answer, terms.partial)
            if worth and not self._is_there(plan):
                return self._reserve_rest(plan, id, terms)
            if worth and (full := self._full_nodes(plan)):
                return self._refuse_full(plan, id, terms, full)
            self._settle(plan, id, terms, status, worth)
        return Placement(status, id, plan, self._reservation(id))

    def _is_there(self, plan: Plan) -> bool:
        """Whether the stock a plan takes is there for who asks with its order."""
        due = self._router.later(plan.order)
        if due:
            later: Cells = {(sku, node, due): n for sku, node, n in plan.drawn}
            asker = asker_of(plan.order, self.network)
            return self._later_there(later, asker) == later
        if self._router.lens is None:
            return still_there(self._state, plan.drawn)
        wanted: Cells = {}
        for sku, node, quanta in plan.drawn:
            wanted[sku, node] = wanted.get((sku, node), 0) + quanta
        asker = asker_of(plan.order, self.network)
        return what_is_there(self._state, self._lens, asker, wanted) == wanted

    def _refuse_full(
        self, plan: Plan, id: str, terms: Terms, full: tuple[str, ...]
    ) -> Placement:
        """Reserve nothing of a plan whose nodes can do no more."""
        self._settle(plan, id, terms, Status.FULL, worth=False)
        return Placement(Status.FULL, id, plan, self._reservation(id), (), full)

    def _reserve_rest(self, plan: Plan, id: str, terms: Terms) -> Placement:
        """Reserve what is left of a plan whose stock has gone, if that will do."""
        cells: Cells = {}
        due, asker = self._router.later(plan.order), asker_of(plan.order, self.network)
        for sku, node, quanta in plan.taken:
            cell = (sku, node, due) if due else (sku, node)
            cells[cell] = cells.get(cell, 0) + quanta
        had = self._later_there(cells, asker) if due else self._there(cells, asker)
        prints = {
            "print_lines": print_lines(self._state, plan.ask.lines),
            "print_terms": print_of_terms(plan.order, terms),
        }
        partial = terms.partial and not plan.ask.words[A_COMPLETE]
        own = terms._replace(partial=partial, channel=plan.order.channel)
        if partial and any(had.values()) and (full := self._full_nodes(plan)):
            return self._refuse_full(plan, id, terms, full)
        placed = self._hold_what_is_there(cells, had, id, own, prints, plan)
        return attrs.evolve(placed, plan=plan)

    def _settle(
        self, plan: Plan, id: str, terms: Terms, status: Status, worth: bool
    ) -> None:
        """Reserve a plan that is worth it; write a refusal down where that is wanted."""
        if worth:
            self._reserve(plan, id, terms)
        elif terms.sticky:
            lines = print_lines(self._state, plan.ask.lines)
            print_ = print_of_terms(plan.order, terms)
            batch = decide.refuse(
                self._state, id, status, print_lines=lines, print_terms=print_
            )
            self._commit(batch)

    def _reserve(self, plan: Plan, id: str, terms: Terms) -> None:
        order, state = plan.order, self._state
        drawn = falling_due(plan.drawn, self._router.later(order))
        under = self._under(id, order, terms)
        batch = reserve_effects(state, plan.ask, drawn, under)
        self._commit(self._with_work(batch, plan, len(self._state.book)))

    def _repeated(self, number: int, ask: Ask, terms: int) -> Status:
        lines = print_lines(self._state, ask.lines)
        return repeated(self._state, number, lines, terms)
