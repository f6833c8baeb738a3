"""Decisions: where orders are served from, and what is reserved for them."""

from __future__ import annotations

import time
from functools import partial as partial_

from omniroute.codes import Status
from omniroute.engine.plan_reserving import PlanReserving
from omniroute.engine.pools import seconds
from omniroute.engine.results import Placement
from omniroute.engine.terms import (
    Duration,
    Instant,
    Terms,
    for_day,
    parked_terms,
    print_of_terms,
    superseded_id,
    ttl_seconds,
)
from omniroute.errors import (
    ValidationError,
)
from omniroute.model.checks import flag, text
from omniroute.model.order import Order
from omniroute.model.policy import RoutingPolicy
from omniroute.reservations.lines import (
    HoldLines,
)
from omniroute.routing.plan import Plan
from omniroute.routing.reserving import (
    worth_reserving,
)
from omniroute.routing.timed import route_within


class Deciding(PlanReserving):
    """See `omniroute.engine.Engine`."""

    def route(
        self,
        order: Order,
        *,
        policy: RoutingPolicy | None = None,
        explain: bool = False,
        due: Instant = None,
        budget_s: float | None = None,
        now: Instant = None,
    ) -> Plan:
        """Choose where an order is best served from. Takes no stock.

        Of the state only its time may change, as with every call.

        Parameters
        ----------
        order
            What is wanted, where, by which services.
        policy
            Rules for this order; the engine's by default.
        explain
            Record the explanation with the plan.
        due
            When the units are wanted at the nodes, as ``order.due``: decided on what
            each can promise for then.
        budget_s
            Seconds to search for a better plan, or a proof, where tables do not settle
            the order; in place of the policy's ``work_budget``. The plan then says
            whether it is `Plan.reproducible`.
        now
            The time; the engine's clock by default.

        Returns
        -------
        Plan
            Its status says whether everything can be served.

        Raises
        ------
        ValidationError, UnknownIdError
            Something in the order cannot be; the path says where
            (``order.lines[0].quantity``).

        Notes
        -----
        Exact up to 12 lines: O(cells of the SKUs + classes 2^n + 3^n / 6) steps.

        Examples
        --------
        >>> import omniroute as om
        >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
        >>> nodes = [om.Node("N1"), om.Node("N2", order_cost=1)]
        >>> engine = om.Engine(om.Network(nodes, [ground]), [om.Item("BOLT")])
        >>> engine.apply([om.Receive("BOLT", "N1", 4), om.Receive("BOLT", "N2", 6)])
        Applied(2)
        >>> order = om.Order({"BOLT": 5}, om.Destination(postcode="55425"))
        >>> plan = engine.route(order)
        >>> plan, plan.shipments[0].node, str(plan.cost)
        (Plan(OK, 1 shipment, cost 6.00, proven), 'N2', '6.00')
        """
        if explain is not False:
            flag(explain, "explain")
        most_s = seconds(budget_s)
        with self._whole:
            self._advance(now)
            wanted = for_day(order, due)
            if most_s is None:
                plan = self._router.route(wanted, policy)
            else:
                plan = route_within(
                    self._router, wanted, policy, most_s, time.monotonic
                )
            return plan.record_explanation() if explain else plan

    def place(
        self,
        order: Order,
        *,
        id: str | None = None,
        ttl: Duration = None,
        partial: bool = False,
        supersedes: str | None = None,
        sticky: bool = False,
        park: bool = False,
        policy: RoutingPolicy | None = None,
        explain: bool = False,
        due: Instant = None,
        now: Instant = None,
    ) -> Placement:
        """Route an order and reserve the plan, in one atomic step.

        Safe to repeat: the same id and content again answers `Status.EXISTS` and
        changes nothing; the id with other content is refused.

        Parameters
        ----------
        order
            What is wanted.
        id
            The caller's id of the reservation; ``order.id`` by default.
        ttl
            How long the hold lasts: ``"15min"``, seconds or a timedelta. None reserves
            firmly.
        partial
            Reserve what can be served if not everything can.
        supersedes
            Id of a hold that this one replaces: what it holds counts as free. Where the
            new one cannot be had, the old one stands.
        sticky
            Write a refusal down: the same request under this id is then refused again,
            whatever stock there is. By default it is decided anew.
        park
            What cannot be had now is waited for: the reservation goes on, with nothing
            in it if need be, and `retry` serves it. With ``partial`` it takes what
            there is in the meantime, else all or nothing.
        policy, explain, due, now
            As in `route`. What is due later is held for later: a pre-order.

        Raises
        ------
        ValidationError, UnknownIdError
            Something in the order, the id or the time to live cannot be.

        Examples
        --------
        >>> import omniroute as om
        >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
        >>> nodes = [om.Node("N1"), om.Node("N2", order_cost=1)]
        >>> engine = om.Engine(om.Network(nodes, [ground]), [om.Item("BOLT")])
        >>> engine.apply([om.Receive("BOLT", "N1", 4), om.Receive("BOLT", "N2", 6)])
        Applied(2)
        >>> order = om.Order({"BOLT": 5}, om.Destination(postcode="55425"), id="A-1")
        >>> engine.place(order).status.name, engine.place(order).status.name
        ('OK', 'EXISTS')
        >>> engine.available_by_node("BOLT").tolist()
        [4, 1]
        """
        if partial is not False:
            flag(partial, "partial")
        if sticky is not False:
            flag(sticky, "sticky")
        if explain is not False:
            flag(explain, "explain")
        with self._whole:
            self._advance(now)
            if not isinstance(order, Order):
                raise ValidationError("order", "an Order", order)
            order = for_day(order, due)
            id = text(order.id if id is None else id, "id")
            ttl_s = ttl_seconds(ttl, self._state.now)
            terms = Terms(ttl_s, partial, superseded_id(supersedes, id), sticky)
            if park is not False:
                terms = parked_terms(terms, park)

            def attempt() -> Placement:
                plan, status = self._try_place(order, id, terms, policy)
                if plan is not None and explain:
                    plan.record_explanation()
                if plan is not None:
                    worth = worth_reserving(plan.answer, partial)
                    if park and status is not Status.OK:
                        self._settle_waiting(plan, id, terms, worth)
                        return Placement(status, id, plan, self._reservation(id))
                    self._settle(plan, id, terms, status, worth)
                return Placement(status, id, plan, self._reservation(id))

            return self._superseding(supersedes, id, attempt)

    def reserve(
        self,
        what: Plan | HoldLines,
        *,
        id: str | None = None,
        ttl: Duration = None,
        partial: bool = False,
        supersedes: str | None = None,
        sticky: bool = False,
        channel: str | None = None,
        due: Instant = None,
        now: Instant = None,
    ) -> Placement:
        """Reserve a plan made earlier, or stock at nodes that the caller names.

        The stock of every line is checked, lines of one cell summed, all or nothing:
        `Status.SHORT` where some is missing, which ``shortages`` names, and
        `Status.OUT_OF_STOCK` where nothing is left. A plan is held to its own nodes:
        where their stock has gone, route again. Ids are as in `place`: the same request
        again answers `Status.EXISTS`.

        Parameters
        ----------
        what
            A plan from this engine's `route`; or a mapping {(SKU, node): quantity}, or
            a sequence of `HoldLine` objects. A node of None is none yet: units of the
            network as a whole, for `bind` to say later where.
        id
            The caller's id of the reservation; that of a plan's order by default.
        ttl, partial, supersedes, sticky, now
            As in `place`.
        channel
            Through which channel, where cells are named; a plan has its order's.
        due
            When the units are wanted, where cells are named: a pre-order. Each line
            may say so by itself. What is on its way counts if it is due by then, and
            what other promises need, earlier or later, does not.

        Raises
        ------
        ValidationError, UnknownIdError
            Something in the lines, the id or the time to live cannot be.

        Examples
        --------
        >>> import omniroute as om
        >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
        >>> nodes = [om.Node("N1"), om.Node("N2", order_cost=1)]
        >>> engine = om.Engine(om.Network(nodes, [ground]), [om.Item("BOLT")])
        >>> engine.apply([om.Receive("BOLT", "N1", 4), om.Receive("BOLT", "N2", 6)])
        Applied(2)
        >>> plan = engine.route(om.Order({"BOLT": 2}, om.Destination(postcode="55425")))
        >>> engine.reserve(plan, id="A-1", ttl="15min").status.name
        'OK'
        >>> engine.reserve({("BOLT", "N1"): 2, ("BOLT", "N2"): 6}, id="A-2").status.name
        'OK'
        >>> engine.reserve({("BOLT", "N1"): 2}, id="A-3").status.name
        'OUT_OF_STOCK'
        """
        if partial is not False:
            flag(partial, "partial")
        if sticky is not False:
            flag(sticky, "sticky")
        with self._whole:
            now_s = self._advance(now)
            if isinstance(what, Plan) and id is None:
                id = what.order.id
            id = text(id, "id")
            if channel is not None:
                self._tree.number(channel)
            ttl_s, old = (
                ttl_seconds(ttl, now_s),
                superseded_id(supersedes, id),
            )
            terms = Terms(ttl_s, partial, old, sticky, channel)
            if isinstance(what, Plan):
                if channel not in (None, what.order.channel):
                    expected = "None, or the channel of the plan's order"
                    raise ValidationError("channel", expected, channel)
                if due is not None:
                    expected = "None: a plan is for when its order is due"
                    raise ValidationError("due", expected, due)
                if not what.made_on(self._state):
                    raise ValidationError("plan", "a Plan of this engine", what)
                attempt = partial_(self._reserve_plan, what, id, terms)
            else:
                cells, how = self._cells_and_way(what, due)
                if supersedes is None:
                    return how(cells, id, terms)
                attempt = partial_(how, cells, id, terms)
            return self._superseding(supersedes, id, attempt)

    def _try_place(
        self,
        order: Order,
        id: str,
        terms: Terms,
        policy: RoutingPolicy | None,
    ) -> tuple[Plan | None, Status]:
        """Decide an order under a new id; for one that is taken say what it means."""
        number = self._state.book.ids.numbers.get(id)
        if number is None:
            plan = self._router.route(order, policy)
            return plan, plan.status
        ask = self._router.ask(order, policy)
        return None, self._repeated(number, ask, print_of_terms(order, terms))
