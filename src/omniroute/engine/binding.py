"""Holds of the network as a whole, and the node that is found for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from omniroute.codes import NO_NODE, Status
from omniroute.engine.later import Later
from omniroute.engine.results import Placement
from omniroute.engine.terms import Instant
from omniroute.engine.waiting import Waiting
from omniroute.errors import ValidationError
from omniroute.model.order import Order
from omniroute.model.policy import RoutingPolicy
from omniroute.reservations import life
from omniroute.reservations.lines import Cells, HoldLines, is_later
from omniroute.routing.for_later import require_for_now
from omniroute.routing.plan import Plan
from omniroute.stock.effects import NOTHING


class Binding(Later, Waiting):
    """See `omniroute.engine.Engine`."""

    def bind(
        self,
        id: str,
        to: str | HoldLines | Order,
        *,
        policy: RoutingPolicy | None = None,
        now: Instant = None,
    ) -> Placement:
        """Say where units are to come from that were reserved at no node.

        All of what is asked or nothing. The network's sum was kept for them when they
        were reserved, so only the node's own stock is asked for.

        Parameters
        ----------
        id
            The reservation's.
        to
            A node, for all that is at none yet; or lines at nodes as in `reserve`, what
            the reservation is to hold there; or an `Order`, to be routed on the stock
            with these units in it. Lines of the order it names no more than is held.
            To ask for the same again changes nothing.
        policy
            Rules for the order; the engine's by default.
        now
            The time; the engine's clock by default.

        Returns
        -------
        Placement
            `Status.OK`; `NOT_HELD` where so much is not held at no node; `SHORT` or
            `OUT_OF_STOCK` where the node has no stock for it; for an order what its
            plan says, and the plan.

        Raises
        ------
        ValidationError, UnknownIdError
            Something in the lines or the order cannot be.

        Examples
        --------
        >>> import omniroute as om
        >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
        >>> shop = om.Network([om.Node("N1"), om.Node("N2")], [ground])
        >>> engine = om.Engine(shop, [om.Item("BOLT")])
        >>> engine.apply([om.Receive("BOLT", "N1", 3), om.Receive("BOLT", "N2", 2)])
        Applied(2)
        >>> engine.reserve({("BOLT", None): 4}, id="A-1").status.name
        'OK'
        >>> engine.available_to_promise("BOLT"), engine.bind("A-1", "N1").status.name
        (1, 'SHORT')
        >>> engine.bind("A-1", {("BOLT", "N1"): 3, ("BOLT", "N2"): 1}).status.name
        'OK'
        """
        with self._whole:
            if isinstance(to, Order):
                return self._bind_routed(id, to, policy, now)
            cells = self._cells_to_bind(to)
            self._advance(now)
            if isinstance(to, str):
                cells = self._all_at(id, self._state.catalogue.node(to))
            status = self._take_seen(
                id,
                cells,
                lambda some: self._working(
                    id, life.bind(self._state, id, some), always=True
                ),
                limited=False,
            )
            if not cells and status is Status.OK:
                status = Status.NOT_HELD
            return Placement(status, id, None, self._reservation(id))

    def _cells_to_bind(self, to: str | HoldLines) -> Cells:
        catalogue = self._state.catalogue
        if isinstance(to, str):
            catalogue.node(to, "to")
            return {}
        cells = self._held_cells(to)
        if is_later(cells) or any(cell[1] == NO_NODE for cell in cells):
            raise ValidationError("to", "lines at nodes, wanted at once", to)
        return cells

    def _all_at(self, id: str, node: int) -> Cells:
        """Return what a reservation holds at a node once all of it is there."""
        found: Cells = {}
        for (sku, place, *due), quanta in life.held_cells(self._state, id).items():
            if place in (node, NO_NODE) and not due:
                found[sku, node] = found.get((sku, node), 0) + quanta
        return found

    def _bind_routed(
        self, id: str, order: Order, policy: RoutingPolicy | None, now: Instant
    ) -> Placement:
        """Bind to where an order for the same units is best served from."""
        state = self._state
        self._advance(now)
        ask = self._router.ask(order, policy)
        require_for_now(self._router, order, "to")
        drawn = self._composed.drawn(
            (sku, NO_NODE, quanta) for sku, quanta in ask.lines
        )
        wanted = {sku: quanta for (sku, _), quanta in drawn.items()}
        if self._is_bound(id, wanted):
            return Placement(Status.OK, id, None, self._reservation(id))
        status, loose = life.unbound(state, id, wanted)
        if status is not Status.OK:
            return Placement(status, id, None, self._reservation(id))
        state.apply(loose)
        try:
            plan = self._router.route(order, policy)
        finally:
            state.revert(loose)
        status = plan.status
        if status is Status.OK:
            with self._in_one_batch():
                status = self._bind_plan(id, plan)
                if status is Status.OK:
                    number = state.book.ids.numbers[id]
                    self._commit(self._with_work(NOTHING, plan, number))
        return Placement(status, id, plan, self._reservation(id))

    def _bind_plan(self, id: str, plan: Plan) -> Status:
        cells: Cells = dict(life.held_cells(self._state, id))
        targets: Cells = {}
        for sku, node, quanta in plan.drawn:
            there = targets.get((sku, node), cells.get((sku, node), 0))
            targets[sku, node] = there + quanta
        return self._take_seen(
            id, targets, lambda some: life.bind(self._state, id, some), limited=False
        )

    def _is_bound(self, id: str, wanted: Mapping[int, int]) -> bool:
        """Whether a reservation holds so much at nodes, and nothing of it at none."""
        held = life.held_cells(self._state, id)
        at_nodes: dict[Any, int] = {}
        for (sku, node, *due), quanta in held.items():
            if node != NO_NODE and not due:
                at_nodes[sku] = at_nodes.get(sku, 0) + quanta
        return all(
            (sku, NO_NODE) not in held and at_nodes.get(sku, 0) >= quanta
            for sku, quanta in wanted.items()
        )
