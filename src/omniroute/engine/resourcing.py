"""What a node declines comes from another one, and keeps its promise if it can."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from omniroute.codes import ReservationState, Status
from omniroute.engine.after_results import Resourced
from omniroute.engine.binding import Binding
from omniroute.engine.deciding import Deciding
from omniroute.engine.terms import Instant, for_day
from omniroute.engine.waiting import missing_quanta
from omniroute.errors import ValidationError
from omniroute.model.checks import flag, whole
from omniroute.model.exact import Number
from omniroute.model.instant import to_datetime
from omniroute.model.order import Order
from omniroute.model.order_text import order_text
from omniroute.model.policy import RoutingPolicy
from omniroute.model.quantity import from_quanta
from omniroute.model.transit import TRANSIT_MAX_DAYS
from omniroute.reservations import resourcing as steps
from omniroute.reservations.lines import Cells, hold_lines
from omniroute.routing.in_time import route_in_time
from omniroute.routing.plan import Plan
from omniroute.routing.remainder import as_ordered, only_collects, order_again
from omniroute.routing.shipment import PlanLine
from omniroute.stock.effects import NOTHING, EffectBatch, concat


class _Elsewhere(NamedTuple):
    """Where declined units come from now."""

    status: Status
    plan: Plan | None
    in_time: bool
    #: Quanta by SKU number that come from nowhere.
    missing: dict[int, int]
    #: What the reservation gives up elsewhere, to have it all in one place.
    let_go: EffectBatch = NOTHING


class Resourcing(Binding, Deciding):
    """See `omniroute.engine.Engine`."""

    def resource(
        self,
        id: str,
        order: Order,
        node: str,
        lines: Mapping[str, Number] | None = None,
        *,
        write_down: bool = False,
        within_days: int | None = None,
        park: bool = False,
        policy: RoutingPolicy | None = None,
        due: Instant = None,
        now: Instant = None,
    ) -> Resourced:
        """Take out of a reservation what a node declines, and route that again.

        One atomic step: units that are found elsewhere are held by the same
        reservation. No node that has declined an order is asked again for it.

        Parameters
        ----------
        id
            The reservation's.
        order
            The order it was made for: where it goes, by which services. Its quantities
            do not matter.
        node
            The node that declines.
        lines
            Quantities by SKU; None for all it was to give. All of it or nothing.
        write_down
            The units are not there: on hand goes down by them. What is due later was
            never said to be there, and is not written down.
        within_days
            The promise, where the order has no ``needed_by``: days from now, or from
            when it is due, within which the customer was told to have it. It is kept
            where that costs no unit, at whatever price; else what is best under the
            policy is taken.
        park
            What comes from nowhere is waited for, see `retry`; by default a reservation
            with nothing left in it ends, DECLINED.
        policy
            Rules for what is routed again; the engine's by default.
        due
            When it is wanted, as ``order.due``: what the node was to give then is
            declined, and found on what others can promise for then.
        now
            The time; the engine's clock by default.

        Raises
        ------
        ValidationError, UnknownIdError
            Something in the order, the node or the lines cannot be, or the order names
            another channel than the reservation came through; nothing has changed.

        Notes
        -----
        What is declined is routed as an order of its own. An order that can only be
        collected stays together: all of it moves to a node that has all, or none does.

        Examples
        --------
        >>> import omniroute as om
        >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
        >>> shop = om.Network([om.Node("N1"), om.Node("N2", order_cost=1)], [ground])
        >>> engine = om.Engine(shop, [om.Item("BOLT")])
        >>> engine.apply([om.Receive("BOLT", "N1", 3), om.Receive("BOLT", "N2", 2)])
        Applied(2)
        >>> order = om.Order({"BOLT": 3}, om.Destination(postcode="55425"), id="A-1")
        >>> engine.place(order).status.name
        'OK'
        >>> found = engine.resource("A-1", order, "N1", write_down=True, park=True)
        >>> found.status.name, found.plan.shipments[0].node, found.missing
        ('SHORT', 'N2', (PlanLine(sku='BOLT', quantity=1),))
        """
        for name, value in (("write_down", write_down), ("park", park)):
            flag(value, name)
        with self._whole:
            place = self._state.catalogue.node(node)
            skus = self._held_skus(lines)
            if within_days is not None:
                days = whole(within_days, "within_days", 0, TRANSIT_MAX_DAYS)
            else:
                days = None
            self._advance(now)
            order = for_day(order, due)
            self._router.ask(order, policy)
            if park:
                order_text(order)
            second = self._router.later(order)
            status, cells = steps.declined_at(self._state, id, place, skus, second)
            if status is not Status.OK:
                held = self._reservation(id)
                return Resourced(status, id, node, reservation=held)
            self._require_its_channel(id, order)
            again = self._order_for(id, order, cells, place)
            self._require_whole_packs(again, order, cells, policy)
            with self._in_one_batch():
                rows = steps.declining(self._state, id, cells, write_down)
                self._commit(EffectBatch(rows))
                where = self._elsewhere_or_undo(id, again, policy, days)
                self._commit(EffectBatch(self._declining(id, place)))
                self._look_who_rests()
                self._go_there(id, order, where, park)
            promised = days is not None or order.needed_by is not None
            return self._resourced(id, node, cells, where, promised, park)

    def _require_its_channel(self, id: str, order: Order) -> None:
        channel = self._asker_of(id).channel
        if order.channel != channel:
            expected = f"the channel the reservation came through, {channel!r}"
            raise ValidationError("order.channel", expected, order.channel)

    def _order_for(self, id: str, order: Order, cells: Cells, place: int) -> Order:
        """Return the order for what some cells were to give, without who declined."""
        state = self._state
        number = state.book.ids.numbers[id]
        wanted = as_ordered(order, state.catalogue, self._composed, _by_sku(cells))
        excluded = {*state.after.declines.of(number), place}
        return order_again(order, state.catalogue, wanted, sorted(excluded))

    def _require_whole_packs(
        self, again: Order, order: Order, cells: Cells, policy: RoutingPolicy | None
    ) -> None:
        """Refuse what would be rounded: no more is routed than was declined."""
        ask = self._router.ask(again, policy)
        catalogue = self._state.catalogue
        wanted = as_ordered(order, catalogue, self._composed, _by_sku(cells))
        for sku, quanta in ask.lines:
            if wanted[sku] != quanta:
                name = catalogue.skus.texts[sku]
                found = from_quanta(wanted[sku], int(catalogue.decimals[sku]))
                raise ValidationError(f"lines[{name!r}]", "whole packs", found)

    # -- from elsewhere ----------------------------------------------------------------

    def _elsewhere_or_undo(
        self, id: str, again: Order, policy: RoutingPolicy | None, days: int | None
    ) -> _Elsewhere:
        """Find where declined units can come from; where that fails, nothing is declined.

        A cost term of the caller's own may raise, or tell what no price can be.
        """
        try:
            return self._elsewhere(id, again, policy, days)
        except BaseException:
            assert self._withheld is not None
            while self._withheld:
                self._state.revert(self._withheld.pop())
            raise

    def _elsewhere(
        self, id: str, again: Order, policy: RoutingPolicy | None, days: int | None
    ) -> _Elsewhere:
        """Find where declined units can come from, which are given back already."""
        state, router = self._state, self._router
        wanted = dict(router.ask(again, policy).lines)
        before = state.after.declines.count_of(state.book.ids.numbers[id])
        most = self._decline_rules.order_max
        if most is not None and before >= most:
            return _Elsewhere(Status.UNSERVED, None, False, wanted)
        held: Cells = {}
        if only_collects(again, self.network):
            held = steps.held_for(state, id, router.later(again))
        if held:
            return self._elsewhere_together(id, again, policy, days, held)
        plan, in_time = route_in_time(router, again, policy, days)
        return _Elsewhere(plan.status, plan, in_time, missing_quanta(plan))

    def _elsewhere_together(
        self,
        id: str,
        again: Order,
        policy: RoutingPolicy | None,
        days: int | None,
        held: Cells,
    ) -> _Elsewhere:
        """Find one node for what was declined and all that is still held."""
        state = self._state
        wanted = dict(self._router.ask(again, policy).lines)
        parts = _by_sku(held)
        own = as_ordered(again, state.catalogue, self._composed, parts)
        both = {sku: wanted.get(sku, 0) + own.get(sku, 0) for sku in {**wanted, **own}}
        order = order_again(again, state.catalogue, both, ())
        let_go = steps.letting_go(state, id, held)
        loose = self._drawing(let_go)
        state.apply(loose)
        loose = self._dipped(loose, loose.rows)
        try:
            plan, in_time = route_in_time(self._router, order, policy, days)
        finally:
            state.revert(loose)
        if plan.complete:
            return _Elsewhere(Status.OK, plan, in_time, {}, let_go)
        served_in_part = plan.status is Status.SHORT
        status = Status.OUT_OF_STOCK if served_in_part else plan.status
        return _Elsewhere(status, None, False, wanted)

    def _go_there(self, id: str, order: Order, where: _Elsewhere, park: bool) -> None:
        """Hold what was found; wait for the rest, or end with nothing left."""
        state = self._state
        batches = [where.let_go]
        if where.plan is not None:
            due = self._router.later(order)
            held = steps.taking_on(state, id, where.plan.drawn, due)
            number = state.book.ids.numbers[id]
            batches.append(self._with_work(held, where.plan, number))
        if park and where.missing:
            number = state.book.ids.numbers[id]
            batches.append(self._parking(number, order, where.missing, partial=True))
        self._commit(concat(batches))
        self._commit(steps.end_if_done(state, id, ReservationState.DECLINED))

    def _resourced(
        self,
        id: str,
        node: str,
        cells: Cells,
        where: _Elsewhere,
        promised: bool,
        park: bool,
    ) -> Resourced:
        state = self._state
        until = state.after.declines.rests.get(state.catalogue.node(node), 0)
        in_time = where.in_time and where.status is Status.OK
        return Resourced(
            where.status,
            id,
            node,
            hold_lines(state.catalogue, cells),
            where.plan,
            in_time if promised else None,
            self._plan_lines(where.missing),
            park and bool(where.missing),
            to_datetime(until) if until > state.now else None,
            self._reservation(id),
        )

    def _plan_lines(self, quanta: Mapping[int, int]) -> tuple[PlanLine, ...]:
        catalogue = self._state.catalogue
        return tuple(
            PlanLine(
                catalogue.skus.texts[sku], from_quanta(n, int(catalogue.decimals[sku]))
            )
            for sku, n in quanta.items()
        )


def _by_sku(cells: Cells) -> dict[int, int]:
    """Quanta by SKU number of all cells together."""
    found: dict[int, int] = {}
    for (sku, *_), quanta in cells.items():
        found[sku] = found.get(sku, 0) + quanta
    return found
