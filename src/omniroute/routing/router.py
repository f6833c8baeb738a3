"""The router: decides orders on the stock as it stands."""

from __future__ import annotations

from collections.abc import Sequence

from omniroute.model.item import Item
from omniroute.model.network import Network
from omniroute.model.order import Order
from omniroute.model.policy import RoutingPolicy
from omniroute.routing.plan import Plan
from omniroute.routing.policies.shadow import Shadow
from omniroute.routing.router_answers import RouterAnswers
from omniroute.stock.state import State


class Router(RouterAnswers):
    """Routes orders over one network, on the stock of one state.

    Parameters
    ----------
    network, items
        What there is; ``items`` in the order of the state's SKU numbers.
    state
        Read, never modified.
    policy
        Used where a call names none.
    """

    def __init__(
        self,
        network: Network,
        items: Sequence[Item],
        state: State,
        policy: RoutingPolicy,
    ) -> None:
        super().__init__(network, items, state, policy)
        #: Who decides beside the live policy.
        self.shadows: list[Shadow] = []

    def route(self, order: Order, policy: RoutingPolicy | None = None) -> Plan:
        """Choose the best plan for an order on the stock as it stands.

        Raises
        ------
        ValidationError, UnknownIdError
            Something in the order cannot be; the path says where.
        """
        ask = self.ask(order, policy)
        answer = self.decide(order, ask)
        if self.shadows:
            self.seen(order, answer)
        return Plan.decided(self, order, ask, answer, policy)

    def seen(self, order: Order, answer: list[int]) -> list[int]:
        """Return an answer that every shadow has seen."""
        for shadow in self.shadows:
            shadow.see(order, answer, self._state.now)
        return answer
