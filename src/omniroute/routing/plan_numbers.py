"""A plan in the kernels' numbers: for those who work on plans."""

from __future__ import annotations

from functools import cached_property

from omniroute.kernels.order.layout import (
    O_HEADER,
    O_PICKS,
    O_SHIPMENTS,
    O_SHORT,
    PICK_WIDTH,
    SHIPMENT_WIDTH,
    X_NODE,
)
from omniroute.model.order import Order
from omniroute.model.policy import RoutingPolicy
from omniroute.promising.jobs import Job
from omniroute.routing.ask import Ask
from omniroute.routing.dates import Dates
from omniroute.routing.delivery_room import DeliveryWindow
from omniroute.routing.of_engine import OfEngine
from omniroute.routing.router_answers import RouterAnswers
from omniroute.routing.working import jobs_of
from omniroute.stock.state import State


class PlanNumbers(OfEngine):
    """What was asked and answered, and what of the stock and of nodes it takes.

    See `omniroute.routing.plan.Plan`.
    """

    TAKE = "its shipments and shortages, or what explain() tells"

    def __init__(
        self,
        router: RouterAnswers,
        order: Order,
        ask: Ask,
        answer: list[int],
        versions: list[int],
        policy: RoutingPolicy | None,
        dates: Dates | None = None,
    ) -> None:
        self._router = router
        self._order = order
        self._ask = ask
        self._lines = ask.lines
        self._answer = answer
        #: Versions of the lines' SKUs at the decision: tells whether stock has changed.
        self._versions = versions
        self._policy = policy
        self._dates = router.dates(order) if dates is None else dates
        #: What it was decided in, where work is counted: for those who reserve plans.
        self.epoch = None if router.timed is None else router.timed.epoch
        #: The delivery window it is for, where that has a limit.
        self.window: DeliveryWindow | None = None
        self._by_the_clock = False

    @property
    def order(self) -> Order:
        """The order it answers."""
        return self._order

    @property
    def ask(self) -> Ask:
        """What the kernel was asked: for those who work on plans."""
        return self._ask

    @property
    def policy(self) -> RoutingPolicy:
        """The rules it was decided under."""
        return self._policy or self._router.policy

    @property
    def answer(self) -> list[int]:
        """What the kernel answered, as `kernels.order.layout` describes it."""
        return self._answer

    @property
    def dates(self) -> Dates | None:
        """What the decision knew of time: for those who work on plans."""
        return self._dates

    def made_on(self, state: State) -> bool:
        """Whether it was decided on the stock of this state."""
        return self._router.decider.arena is state.arena

    @property
    def stale(self) -> bool:
        """Whether what it was decided on has changed since: stock, or a rule about it."""
        return self._router.versions(self._order, self._ask) != self._versions

    @property
    def picks(self) -> list[tuple[int, int, int]]:
        """(shipment, merged line, quanta) of every pick: the plan in numbers.

        A line past the order's own is one of its offers: what replaces another.
        """
        answer = self._answer
        start = O_HEADER + SHIPMENT_WIDTH * answer[O_SHIPMENTS]
        end = start + PICK_WIDTH * answer[O_PICKS]
        words = range(start, end, PICK_WIDTH)
        return [(answer[j], answer[j + 1], answer[j + 2]) for j in words]

    @property
    def shipment_words(self) -> list[list[int]]:
        """The words of every shipment, as `kernels.order.layout` describes them."""
        end = O_HEADER + SHIPMENT_WIDTH * self._answer[O_SHIPMENTS]
        starts = range(O_HEADER, end, SHIPMENT_WIDTH)
        return [self._answer[start : start + SHIPMENT_WIDTH] for start in starts]

    @property
    def short_quanta(self) -> int:
        """Quanta asked for and not served, over all lines."""
        return self._answer[O_SHORT]

    @property
    def drawn(self) -> list[tuple[int, int, int]]:
        """(SKU number, node index, quanta) it takes from stock; kits taken apart."""
        return self._router.drawn(self._ask, self._answer)

    @property
    def taken(self) -> list[tuple[int, int, int]]:
        """(SKU number, node index, quanta) of every pick; kits as they are sold."""
        words = range(O_HEADER, O_HEADER + SHIPMENT_WIDTH * self._answer[O_SHIPMENTS])
        nodes = [self._answer[k + X_NODE] for k in words[::SHIPMENT_WIDTH]]
        return [(self._ask.sku_of(i), nodes[x], n) for x, i, n in self.picks]

    @property
    def jobs(self) -> list[Job]:
        """What its shipments are for their nodes, as it was decided."""
        return jobs_of(self._router, self._ask, self._answer)

    @cached_property
    def _named(self) -> list[tuple[dict[str, int], dict[str, int]]]:
        """Cash and prices that the policy adds to each shipment; nothing if it has none."""
        return self._router.named(self._order, self._ask, self._answer)
