"""Decisions: where orders are served from, and what is reserved for them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial as partial_
from typing import Any

import attrs

from omniroute.codes import Status
from omniroute.engine.holding import Holding
from omniroute.engine.pools import seconds
from omniroute.engine.results import Placement
from omniroute.engine.terms import (
    Duration,
    Instant,
    Terms,
    checked_orders,
    for_day,
    parked_terms,
    print_of_terms,
    superseded_id,
    ttl_seconds,
    willing_skus,
)
from omniroute.errors import (
    ValidationError,
)
from omniroute.kernels.order.layout import A_COMPLETE
from omniroute.model.checks import flag, text
from omniroute.model.order import Order
from omniroute.model.policy import RoutingPolicy
from omniroute.reservations import print_lines, repeated
from omniroute.reservations.lines import (
    Cells,
    HoldLines,
)
from omniroute.reservations.seen import (
    what_is_there,
)
from omniroute.routing.ask import Ask
from omniroute.routing.batch import BatchResult
from omniroute.routing.limits import asker_of
from omniroute.routing.many import (
    BatchRun,
    Holds,
    falling_due,
    reserve_effects,
    still_there,
    worth_reserving,
)
from omniroute.routing.plan import Plan
from omniroute.routing.timed import route_within
from omniroute.stock import decide


class Deciding(Holding):
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

    def route_many(
        self,
        orders: Sequence[Order],
        *,
        reserve: bool = False,
        ttl: Duration = None,
        partial: bool = False,
        policy: RoutingPolicy | None = None,
        now: Instant = None,
    ) -> BatchResult:
        """Route many orders, one after the other, at batch speed.

        Parameters
        ----------
        orders
            In the order in which they are served.
        reserve
            Reserve each plan at once under ``order.id``, so that each order sees what
            the earlier ones took. As if `place` were called for each.
        ttl, partial, policy, now
            As in `place`.

        Raises
        ------
        ValidationError, UnknownIdError
            Something in an order cannot be (``orders[3].lines[0].sku``); nothing has
            changed.
        HalfDoneError
            A cost term of the caller's own raised when earlier orders were reserved:
            those stand, and ``error.result`` is the answer for them.
        """
        if reserve is not False:
            flag(reserve, "reserve")
        if partial is not False:
            flag(partial, "partial")
        with self._whole:
            self._advance(now)
            found = checked_orders(orders)
            ttl_s = ttl_seconds(ttl, self._state.now)
            holds = self._holds(found, ttl_s, partial) if reserve else None
            run = BatchRun(
                self._router,
                self._state,
                found,
                policy,
                holds,
                self._commit,
                self._adopt_holds,
            )
            return run.run()

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

    def _repeated(self, number: int, ask: Ask, terms: int) -> Status:
        lines = print_lines(self._state, ask.lines)
        return repeated(self._state, number, lines, terms)

    def _reserve(self, plan: Plan, id: str, terms: Terms) -> None:
        batch = reserve_effects(
            self._state,
            plan.ask,
            falling_due(plan.drawn, self._router.later(plan.order)),
            id,
            print_of_terms(plan.order, terms),
            terms.expires_s(self._state.now),
            plan.order.channel,
        )
        self._commit(self._with_work(batch, plan, len(self._state.book)))

    def _holds(self, orders: Sequence[Order], ttl_s: int, partial: bool) -> Holds:
        """Return what a batch reserves under; terms that are alike are hashed once."""
        ids: list[str] = []
        terms: list[int] = []
        known: dict[tuple[Any, ...], int] = {}
        own = Terms(ttl_s, partial, None, sticky=False)
        composed = bool(self._composed)
        for i, order in enumerate(orders):
            if type(order.id) is not str:
                raise ValidationError(f"orders[{i}].id", "an id to reserve under", None)
            ids.append(order.id)
            key = (
                order.destination,
                order.services,
                order.collect_at,
                order.exclude_nodes,
                order.channel,
                order.keep_together,
                composed and willing_skus(order),
                order.needed_by,
                order.due,
            )
            found = known.get(key)
            if found is None:
                found = known[key] = print_of_terms(order, own)
            terms.append(found)
        return Holds(ids, terms, own.expires_s(self._state.now), partial)
