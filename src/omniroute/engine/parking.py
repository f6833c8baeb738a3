"""Orders that wait for stock, and their turn when it has come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from omniroute._show import Columns
from omniroute.codes import Status
from omniroute.engine.after_results import Retried
from omniroute.engine.resourcing import Resourcing
from omniroute.engine.results import Placement
from omniroute.engine.terms import Instant
from omniroute.engine.waiting import missing_quanta
from omniroute.errors import HalfDoneError
from omniroute.model.checks import text, whole
from omniroute.model.exact import Number
from omniroute.model.order import Order
from omniroute.model.order_text import order_of
from omniroute.model.policy import RoutingPolicy
from omniroute.reservations import resourcing as steps
from omniroute.reservations.lines import quanta_by_sku
from omniroute.routing.in_time import route_in_time
from omniroute.routing.remainder import only_collects, order_again
from omniroute.routing.reserving import worth_reserving
from omniroute.stock.effects import EffectBatch, concat
from omniroute.stock.parked import wait

_LIMIT_MAX = 2**31 - 1


class Parking(Resourcing):
    """See `omniroute.engine.Engine`."""

    def retry(
        self,
        *,
        limit: int = 100,
        after: str | None = None,
        policy: RoutingPolicy | None = None,
        now: Instant = None,
    ) -> Retried:
        """Serve reservations that wait for stock, the longest waiting first.

        Call it when stock has come, or now and then. Each is routed on what is free
        when its turn comes; one that cannot be served yet does not hold up others.

        Parameters
        ----------
        limit
            Most orders to route in this call. Those of which no unit is free anywhere
            are passed over, and do not count.
        after
            Go on behind this one: ``last`` of the answer before. None: from the first.
        policy
            Rules to route by; the engine's by default.
        now
            The time; the engine's clock by default.

        Raises
        ------
        UnknownReservationError
            ``after`` is none that ever waited.
        HalfDoneError
            A cost term of the caller's own raised when others had been served: those
            stand, and ``error.result`` is the answer for them; go on behind ``last``.

        Notes
        -----
        O(orders that wait) look-ups, and ``limit`` routings. What waits is in the
        journal: a replayed engine goes on where this one stands.

        Examples
        --------
        >>> import omniroute as om
        >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
        >>> engine = om.Engine(om.Network([om.Node("N1")], [ground]), [om.Item("BOLT")])
        >>> order = om.Order({"BOLT": 2}, om.Destination(postcode="55425"), id="A-1")
        >>> engine.place(order, park=True).status.name, engine.parked()["quantity"]
        ('OUT_OF_STOCK', [2])
        >>> engine.apply(om.Receive("BOLT", "N1", 5))
        Applied(1)
        >>> [placed.id for placed in engine.retry().served]
        ['A-1']
        >>> engine.available_to_promise("BOLT"), engine.parked()["id"]
        (3, [])
        """
        whole(limit, "limit", 1, _LIMIT_MAX)
        with self._whole:
            self._advance(now)
            self._router.writer(policy)
            served: list[Placement] = []
            tried, last = 0, None
            for number in self._behind(after):
                if not self._may_be_there(number, policy):
                    continue
                if tried == limit:
                    return Retried(tuple(served), tried, last, True)
                tried, last = tried + 1, self._state.book.ids.texts[number]
                try:
                    placed = self._retry_one(number, last, policy)
                except Exception as error:
                    if not served or self._state.broken:
                        raise
                    done = Retried(tuple(served), tried, last, True)
                    raise HalfDoneError(f"parked[{last!r}]", done) from error
                if placed is not None:
                    served.append(placed)
                self._whole.pause()
            return Retried(tuple(served), tried, last, False)

    def unpark(
        self,
        id: str,
        lines: Mapping[str, Number] | None = None,
        now: Instant = None,
    ) -> Status:
        """Wait no more for what a reservation waits for: all of it, or ``lines``.

        What it holds stays; one that holds nothing and waits for nothing has ended,
        as if it were cancelled or, a hold, released.

        Parameters
        ----------
        id
            The reservation's.
        lines
            Quantities by SKU; None for all. All of it or nothing.
        now
            The time; the engine's clock by default.

        Returns
        -------
        Status
            `Status.OK`; `NOT_HELD` where it does not wait for so much; or how it ended.
        """
        with self._whole:
            skus = quanta_by_sku(self._state.catalogue, lines)
            self._advance(now)
            return self._take(steps.waiting_less(self._state, id, skus))

    def parked(self, *, now: Instant = None) -> dict[str, Any]:
        """Return what reservations wait for, as columns, in the order of their turns.

        ``id``, ``since_s`` (when it began to wait, seconds UTC), ``sku`` and
        ``quantity`` (units). O(orders that wait).
        """
        with self._lock:
            self._advance(now)
            state = self._state
            rows = [
                (state.book.ids.texts[number], state.after.parked.turn(number)[0], line)
                for number in state.after.in_turn()
                for line in self._plan_lines(state.after.waits_for(number))
            ]
            return Columns(
                id=[id for id, _, _ in rows],
                since_s=[since_s for _, since_s, _ in rows],
                sku=[line.sku for _, _, line in rows],
                quantity=[line.quantity for _, _, line in rows],
            )

    def declines(self, *, now: Instant = None) -> dict[str, Any]:
        """Return how often nodes have declined, as columns, by node.

        ``node``, ``count`` (ever) and ``rests_until_s`` (seconds UTC; 0 for a node that
        does not rest).
        """
        with self._lock:
            self._advance(now)
            known, nodes = self._state.after.declines, self._state.catalogue.nodes.texts
            some = sorted(known.counts)
            rests = [known.rests.get(node, 0) for node in some]
            return Columns(
                node=[nodes[node] for node in some],
                count=[known.counts[node] for node in some],
                rests_until_s=[u if u > self._state.now else 0 for u in rests],
            )

    def _behind(self, after: str | None) -> list[int]:
        """Return the numbers of what waits behind another, in order."""
        state = self._state
        waiting = state.after.in_turn()
        if after is None:
            return waiting
        turn = state.after.turn_of(state.book.number(text(after, "after"), "after"))
        return [n for n in waiting if state.after.parked.turn(n) > turn]

    def _may_be_there(self, number: int, policy: RoutingPolicy | None) -> bool:
        """Whether enough is free to route for; where that is quick to say."""
        state = self._state
        terms = state.after.parked.terms[number]
        if self._router.lens is not None or self._composed or '"due"' in terms.text:
            return True
        free = state.arena.sku_free.item
        policy = self.policy if policy is None else policy
        waits = state.after.waits_for(number)
        if terms.partial and not policy.complete_only:
            return any(free(sku) > 0 for sku in waits)
        return all(free(sku) >= quanta for sku, quanta in waits.items())

    def _retry_one(
        self, number: int, id: str, policy: RoutingPolicy | None
    ) -> Placement | None:
        """Serve one that waits, if it can be; in part only where that will do."""
        state = self._state
        terms, waits = state.after.parked.terms[number], state.after.waits_for(number)
        order = order_again(
            order_of(terms.text),
            state.catalogue,
            waits,
            state.after.declines.of(number),
        )
        order = self._where_collected(id, order)
        # What it was needed by may have passed: late is better than never.
        plan, _ = route_in_time(self._router, order, policy, None)
        if not worth_reserving(plan.answer, terms.partial):
            return None
        missing, now = missing_quanta(plan), state.now
        rows = [
            wait(number, sku, missing.get(sku, 0) - quanta, now)
            for sku, quanta in waits.items()
            if missing.get(sku, 0) != quanta
        ]
        held = steps.taking_on(state, id, plan.drawn, self._router.later(order))
        held = self._with_work(held, plan, number)
        self._commit(concat([held, EffectBatch(rows)]))
        return Placement(plan.status, id, plan, self._reservation(id))

    def _where_collected(self, id: str, order: Order) -> Order:
        """Return an order that is collected with the node at which the rest of it is."""
        if order.collect_at is not None or not only_collects(order, self.network):
            return order
        held = steps.held_for(self._state, id, self._router.later(order))
        nodes = {node for _, node, *_ in held}
        if len(nodes) != 1:
            return order
        return attrs.evolve(
            order, collect_at=self._state.catalogue.nodes.texts[min(nodes)]
        )
