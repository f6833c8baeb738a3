"""The answer to "where from": a plan, and what can be asked about it."""

from __future__ import annotations

from collections.abc import Sequence

from omniroute._whole import Whole
from omniroute.errors import StatusError, ValidationError
from omniroute.model.checks import flag, whole
from omniroute.model.order import Order
from omniroute.model.policy import RoutingPolicy
from omniroute.routing.ask import Ask
from omniroute.routing.dates import Dates
from omniroute.routing.delivery_room import DeliveryWindow
from omniroute.routing.explaining.alternatives import Alternatives, alternatives
from omniroute.routing.explaining.explain import Explanation, explain
from omniroute.routing.explaining.versus import PlanDifference, compare_plans
from omniroute.routing.explaining.why_not import WhyNot, why_not
from omniroute.routing.plan_answer import PlanAnswer
from omniroute.routing.router_answers import RouterAnswers
from omniroute.routing.working import less_sure


class Plan(PlanAnswer):
    """The best plan found for an order, with what it costs and how sure that is.

    Made by `Engine.route` and `Engine.place`. Read only; nothing is worked out before
    it is asked for.
    """

    _explanation: Explanation | None = None

    @classmethod
    def decided(
        cls,
        router: RouterAnswers,
        order: Order,
        ask: Ask,
        answer: list[int],
        policy: RoutingPolicy | None,
        dates: Dates | None = None,
    ) -> Plan:
        """Return a plan decided on the stock as it stands; ``dates`` None: now."""
        versions = router.versions(order, ask)
        plan = cls(router, order, ask, answer, versions, policy, dates)
        return plan if ask.decides is None else plan.name_terms()

    def instead(self, ask: Ask, answer: list[int]) -> Plan:
        """Return the plan that another answer to the same order is, decided now."""
        router, order = self._router, self._order
        return Plan.decided(router, order, ask, answer, self.policy, self.dates)

    def by_the_clock(self) -> Plan:
        """Return it marked as one that another machine may not find."""
        self._by_the_clock = True
        return self

    def for_window(
        self, window: DeliveryWindow, bounds: Sequence[int] | None = None
    ) -> Plan:
        """Return the same plan for a delivery window that has a limit.

        ``bounds``: what is proven is no more than that this answer is no worse.
        """
        answer = list(self._answer)
        if bounds is not None:
            less_sure(answer, bounds)
        found = Plan(
            self._router,
            self._order,
            self._ask,
            answer,
            self._versions,
            self._policy,
            self._dates,
        )
        found.epoch, found.window = self.epoch, window
        found._explanation = self._explanation
        return found if self._ask.decides is None else found.name_terms()

    def explain(self) -> Explanation:
        """Return every candidate with its cost terms and rank, or why it was out.

        Recorded with the decision if ``explain=True`` was given; else worked out now,
        and `Status.STALE` if stock of its SKUs has changed since.

        Notes
        -----
        O(nodes x services x lines).
        """
        return self._explanation or self._explained()

    def why_not(
        self, node: str, *, alone: bool = False, line: str | None = None
    ) -> WhyNot:
        """Return what the best plan with a node would have cost, or why it is out.

        Decided by the same kernels on the same stock, so as exact as the plan itself.

        Parameters
        ----------
        node
            Id of the node.
        alone
            Whether it is to send all that is sent, rather than some of it.
        line
            SKU of a line that is to come from it, and from nowhere else.

        Returns
        -------
        WhyNot
            `Status.STALE` if what the plan was decided on has changed since.

        Raises
        ------
        UnknownNodeError
            The network has no such node.
        ValidationError
            Not a SKU of the order; alone and a line at once.

        Notes
        -----
        A decision a line that the node has some of.

        Examples
        --------
        >>> import omniroute as om
        >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
        >>> nodes = [om.Node("N1"), om.Node("N2", order_cost=1), om.Node("N3")]
        >>> engine = om.Engine(om.Network(nodes, [ground]), [om.Item("MUG")])
        >>> engine.apply([om.Receive("MUG", "N1", 4), om.Receive("MUG", "N2", 3)])
        Applied(2)
        >>> order = om.Order({"MUG": 2}, om.Destination(postcode="55425"))
        >>> plan = engine.route(order)
        >>> print(plan.why_not("N2").headline)
        The best plan that draws on N2 costs 6.00: 1.00 more (handling_order).
        >>> print(plan.why_not("N3").headline)
        N3 is out: it has nothing of what was asked (ground).
        """
        if flag(alone, "alone") and line is not None:
            raise ValidationError("line", "None, as the node is asked for all", line)
        # Cells that are lent are given back, also when Ctrl-C is pressed.
        with Whole(self._router.lock):
            return why_not(self._router, self, node, alone=alone, line=line)

    def alternatives(self, k: int = 5) -> Alternatives:
        """Return the ``k`` best other plans, each from other places.

        The best single shipments, exactly, and the best plans that do without one of
        the chosen nodes: what comes next if that node says no.

        Raises
        ------
        ValidationError
            Not a whole number, 1 or more.

        Notes
        -----
        A decision a plan that is returned or does without a node.
        """
        most = whole(k, "k", 1, 1000)
        with Whole(self._router.lock):
            return alternatives(self._router, self, most)

    def versus(self, other: Plan) -> PlanDifference:
        """Return what another plan for the same lines would be instead of this one.

        Line by line, shipment by shipment, cost term by cost term.

        Raises
        ------
        ValidationError
            Not a plan, or one for other lines.
        """
        return compare_plans(self, other)

    def record_explanation(self) -> Plan:
        """Work the explanation out now and keep it with the plan."""
        self._explanation = self._explained()
        return self

    def _explained(self) -> Explanation:
        with self._router.lock:
            return explain(self._router, self)

    def raise_for_status(self) -> Plan:
        """Return the plan if it is complete.

        Raises
        ------
        StatusError
            It is not; the error carries the status and the plan.
        """
        if not self.complete:
            raise StatusError(self.status, self)
        return self

    def name_terms(self) -> Plan:
        """Work out what the policy adds now, on the stock of the decision."""
        _ = self._named
        return self
