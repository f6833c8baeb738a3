"""Selling at a counter: what this store lacks from elsewhere, and one thing for another."""

from __future__ import annotations

from collections.abc import Iterable

from omniroute.codes import Effect, Status
from omniroute.engine.after_results import Aisle, Exchange
from omniroute.engine.facts import Facts
from omniroute.engine.parking import Parking
from omniroute.engine.results import Placement
from omniroute.engine.terms import (
    Duration,
    Instant,
    Terms,
    for_day,
    print_of_terms,
    ttl_seconds,
)
from omniroute.errors import ValidationError
from omniroute.model.checks import flag, text
from omniroute.model.order import Order
from omniroute.model.policy import RoutingPolicy
from omniroute.reservations import print_lines
from omniroute.reservations.lines import Cells, hold_lines
from omniroute.routing.ask import Ask
from omniroute.routing.for_later import require_for_now
from omniroute.routing.plan import Plan
from omniroute.routing.remainder import order_again
from omniroute.routing.reserving import worth_reserving
from omniroute.stock import decide
from omniroute.stock.draws import through
from omniroute.stock.effects import EffectBatch, stock
from omniroute.stock.events import Return
from omniroute.stock.intake import any_told_before
from omniroute.stock.lens import Asker

_SELL = int(Effect.SELL)


class Counter(Parking, Facts):
    """See `omniroute.engine.Engine`."""

    def exchange(
        self,
        returned: Return | Iterable[Return],
        order: Order,
        *,
        id: str | None = None,
        ttl: Duration = None,
        partial: bool = False,
        policy: RoutingPolicy | None = None,
        due: Instant = None,
        now: Instant = None,
    ) -> Exchange:
        """Take units back and place an order for others, in one atomic step.

        Both or neither: where the order cannot be had, nothing has come back. What
        comes back does not serve this very order. Safe to repeat: the same id, returns
        and content again answers `Status.EXISTS`, and takes nothing back twice. Under
        another id a return that was told before, by its event id or its source's number,
        pays for nothing more: `Status.ALREADY_RETURNED`, and nothing has changed.

        Parameters
        ----------
        returned
            `Return` events, one or several: where the units come back, and in which
            state.
        order
            What is wanted for them.
        id, ttl, partial, policy, due, now
            As in `place`: what is wanted may be due later, what comes back is here.

        Raises
        ------
        ValidationError, UnknownIdError
            Something in the returns, the order, the id or the time to live cannot be;
            nothing has changed.

        Examples
        --------
        >>> import omniroute as om
        >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
        >>> shop = om.Network([om.Node("N1")], [ground])
        >>> engine = om.Engine(shop, [om.Item("SHIRT-M"), om.Item("SHIRT-L")])
        >>> engine.apply(om.Receive("SHIRT-L", "N1", 1))
        Applied(1)
        >>> order = om.Order({"SHIRT-L": 1}, om.Destination(postcode="55425"), id="X-1")
        >>> engine.exchange(om.Return("SHIRT-M", "N1", 1), order).status.name
        'OK'
        >>> engine.stock("SHIRT-M", "N1").free, engine.stock("SHIRT-L", "N1").free
        (1, 0)
        """
        flag(partial, "partial")
        with self._whole:
            events = _returns(returned)
            self._advance(now)
            if not isinstance(order, Order):
                raise ValidationError("order", "an Order", order)
            order = for_day(order, due)
            id = text(order.id if id is None else id, "id")
            beside = ("returns", *sorted(map(_print_of_return, events)))
            ttl_s = ttl_seconds(ttl, self._state.now)
            terms = Terms(ttl_s, partial, None, False, beside=beside)
            plan, status = self._try_place(order, id, terms, policy)
            applied = None
            if plan is not None and worth_reserving(plan.answer, partial):
                if any_told_before(self._state, events, self._state.now):
                    told = Status.ALREADY_RETURNED
                    return Exchange(None, Placement(told, id, plan, None))
                with self._in_one_batch():
                    applied = self.apply(events, self._state.now)
                    self._reserve(plan, id, terms)
            return Exchange(applied, Placement(status, id, plan, self._reservation(id)))

    def endless_aisle(
        self,
        order: Order,
        at: str,
        *,
        id: str | None = None,
        ttl: Duration = None,
        partial: bool = False,
        policy: RoutingPolicy | None = None,
        now: Instant = None,
    ) -> Aisle:
        """Sell at a store what it has, and the rest from where it is best served from.

        One atomic step, one reservation: what the store has is held there, to be taken
        along; what it lacks is routed to the order's destination without it.

        Parameters
        ----------
        order
            What the customer wants, and where what is not here should go.
        at
            The store.
        id, ttl, partial, policy, now
            As in `place`.

        Raises
        ------
        ValidationError, UnknownIdError
            Something in the order, the store, the id or the time to live cannot be.

        Examples
        --------
        >>> import omniroute as om
        >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
        >>> shop = om.Network([om.Node("MALL"), om.Node("HUB")], [ground])
        >>> engine = om.Engine(shop, [om.Item("BOLT")])
        >>> engine.apply([om.Receive("BOLT", "MALL", 2), om.Receive("BOLT", "HUB", 9)])
        Applied(2)
        >>> order = om.Order({"BOLT": 3}, om.Destination(postcode="55425"), id="T-1")
        >>> sold = engine.endless_aisle(order, "MALL")
        >>> sold.here, sold.plan
        ((HoldLine(sku='BOLT', node='MALL', quantity=2),), Plan(OK, 1 shipment, \
cost 5.00, proven))
        >>> engine.fulfil("T-1", sold.here).name
        'OK'
        """
        flag(partial, "partial")
        with self._whole:
            place = self._state.catalogue.node(at, "at")
            self._advance(now)
            ask = self._router.ask(order, policy)
            require_for_now(self._router, order)
            id = text(order.id if id is None else id, "id")
            ttl_s = ttl_seconds(ttl, self._state.now)
            terms = Terms(ttl_s, partial, None, False, beside=("at", at))
            number = self._state.book.ids.numbers.get(id)
            if number is not None:
                status = self._repeated(number, ask, print_of_terms(order, terms))
                return Aisle(status, id, (), None, self._reservation(id))
            here = self._here(ask, place, order.channel)
            plan = self._from_elsewhere(order, ask, here, place, policy)
            status = _status_of_both(here, plan)
            if status is Status.OK or (partial and status is Status.SHORT):
                self._hold_both(order, ask, id, terms, here, plan)
            lines = hold_lines(self._state.catalogue, here)
            return Aisle(status, id, lines, plan, self._reservation(id))

    def _here(self, ask: Ask, place: int, channel: str | None) -> Cells:
        """Return what of an order a store has for who stands in it."""
        wanted: Cells = {(sku, place): quanta for sku, quanta in ask.lines}
        had = self._there(wanted, Asker(channel))
        return {cell: quanta for cell, quanta in had.items() if quanta > 0}

    def _from_elsewhere(
        self,
        order: Order,
        ask: Ask,
        here: Cells,
        place: int,
        policy: RoutingPolicy | None,
    ) -> Plan | None:
        """Route what a store lacks, on the stock without what it gives; None: nothing."""
        rest = {s: n - here.get((s, place), 0) for s, n in ask.lines}
        rest = {sku: quanta for sku, quanta in rest.items() if quanta}
        if not rest:
            return None
        state = self._state
        again = order_again(order, state.catalogue, rest, (place,))
        # As if sold already: the network as a whole may not have both.
        sold = self._composed.unpacked(here)
        rows = [
            stock(_SELL, sku, node, n, state.now) for (sku, node), n in sold.items()
        ]
        gone = EffectBatch(rows)
        state.apply(gone)
        try:
            return self._router.route(again, policy)
        finally:
            state.revert(gone)

    def _hold_both(
        self,
        order: Order,
        ask: Ask,
        id: str,
        terms: Terms,
        here: Cells,
        plan: Plan | None,
    ) -> None:
        """Reserve what is here and what comes from elsewhere under one id."""
        state = self._state
        lines = [
            (*cell, quanta) for cell, quanta in self._composed.unpacked(here).items()
        ]
        batch = decide.reserve(
            state,
            id,
            [*lines, *(() if plan is None else plan.drawn)],
            now=state.now,
            expires_s=terms.expires_s(state.now),
            print_lines=print_lines(state, ask.lines),
            print_terms=print_of_terms(order, terms),
        )
        batch = through(state, batch, order.channel)
        if plan is not None:
            batch = self._with_work(batch, plan, len(state.book))
        self._commit(batch)


def _returns(returned: Return | Iterable[Return]) -> list[Return]:
    """Return the events as a list, once they are returns and nothing else."""
    expected = "a Return event, or a sequence of them"
    if isinstance(returned, Return):
        return [returned]
    if isinstance(returned, str | bytes) or not isinstance(returned, Iterable):
        raise ValidationError("returned", expected, returned)
    events = list(returned)
    for i, event in enumerate(events):
        if not isinstance(event, Return):
            raise ValidationError(f"returned[{i}]", "a Return event", event)
    if not events:
        raise ValidationError("returned", "at least one Return event", returned)
    return events


def _print_of_return(event: Return) -> tuple[str, ...]:
    """Return what tells a return from another one."""
    told = event.sku, event.node, event.quantity, event.state
    return tuple(map(str, (*told, event.channel, event.sell_by)))


def _status_of_both(here: Cells, plan: Plan | None) -> Status:
    if plan is None or plan.complete:
        return Status.OK
    return Status.SHORT if here or plan.shipments else plan.status
