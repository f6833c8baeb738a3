"""Whom to ask for goods that may not be there, and whom next."""

from __future__ import annotations

from collections.abc import Iterable

from omniroute.engine.core import Core
from omniroute.engine.terms import Instant, for_day
from omniroute.errors import ValidationError
from omniroute.model.attempt_rules import AttemptRules
from omniroute.model.order import Order
from omniroute.model.policy import RoutingPolicy
from omniroute.routing.failed_picks.attempts import Attempts
from omniroute.routing.failed_picks.retrying import Retrying
from omniroute.routing.plan import Plan


class Attempting(Core):
    """See `omniroute.engine.Engine`."""

    def attempts(
        self,
        order: Order,
        rules: AttemptRules,
        *,
        tried: Iterable[str] = (),
        policy: RoutingPolicy | None = None,
        due: Instant = None,
        now: Instant = None,
    ) -> Attempts:
        """Return which nodes to ask for a whole order, in the best order.

        Of all nodes that hold everything and may serve it, by their find probabilities:
        no other order of asking them, of some or of all, has a lower expected cost.
        Changes nothing.

        Parameters
        ----------
        order
            What is wanted. One node sends all of it; substitutes are left aside.
        rules
            What failures cost, and how many there may be.
        tried
            Ids of nodes that have failed already: they are left out, and count against
            ``max_attempts``.
        policy
            What routing may do, and what counts, as in `route`: each node sends by the
            service that the policy would take of it, and counts what its plan would.
            What is least is the expected sum of that, whatever the objective.
        due
            When it is wanted at the node, as ``order.due``: nodes count that can promise
            all of it for then.
        now
            The time; the engine's clock by default.

        Raises
        ------
        ValidationError, UnknownIdError, ConfigurationError
            Something in the order, the rules or ``tried`` cannot be.

        Notes
        -----
        An attempt succeeds if the node finds all lines, each with the find probability
        of its cell, independently; nothing is sent of a part. O(nodes x services).

        Examples
        --------
        >>> import omniroute as om
        >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
        >>> shop = om.Network([om.Node("A", unit_cost=1), om.Node("B", unit_cost=2)],
        ...                   [ground])
        >>> engine = om.Engine(shop, [om.Item("BOLT")])
        >>> engine.apply([om.Receive("BOLT", "A", 4), om.Receive("BOLT", "B", 3)])
        Applied(2)
        >>> engine.set_find({("BOLT", "A"): 0.4})
        1
        >>> order = om.Order({"BOLT": 1}, om.Destination(postcode="55425"))
        >>> rules = om.AttemptRules(give_up=40)
        >>> engine.attempts(order, rules)
        Attempts(OK, B, expected cost 7.00, found 1)
        >>> engine.attempts(order, rules, tried=["B"])
        Attempts(OK, A, expected cost 27.00, found 0.4)
        """
        with self._lock:
            self._advance(now)
            retrying = Retrying(self._router, self._state.find, rules, policy)
            if isinstance(tried, Iterable) and not isinstance(tried, str):
                tried = tuple(tried)
            if isinstance(order, Order):
                order = for_day(order, due)
            return retrying.of_order(order, tried)

    def attempts_by_shipment(
        self,
        plan: Plan,
        rules: AttemptRules,
        *,
        policy: RoutingPolicy | None = None,
        now: Instant = None,
    ) -> tuple[Attempts, ...]:
        """Return which nodes to ask for each shipment of a plan that is not reserved.

        Each shipment by itself, as if its lines were an order of their own: expected
        costs add up to that of serving the plan so. Of an item that several shipments
        take, another node is asked only if it has enough for all of them: no two of
        these lists ever count on the same units.

        Parameters
        ----------
        plan
            A plan of this engine.
        rules
            As in `attempts`; what giving up costs is for each shipment.
        policy
            What routing may do, and what counts; by default what the plan was decided
            under.
        now
            The time; the engine's clock by default.

        Raises
        ------
        ValidationError, ConfigurationError
            No plan of this engine, or rules that cannot be.
        """
        with self._lock:
            self._advance(now)
            if not isinstance(plan, Plan) or not plan.made_on(self._state):
                raise ValidationError("plan", "a Plan of this engine", plan)
            rule = plan.policy if policy is None else policy
            retrying = Retrying(self._router, self._state.find, rules, rule)
            return retrying.of_plan(plan)
