"""The answer to "where from": a plan of shipments, its cost and its proof."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

import attrs

from omniroute._show import Rows, Shown, counted, told
from omniroute.codes import STATUS, Method, Status
from omniroute.errors import StatusError
from omniroute.kernels.order.layout import (
    FAR_M,
    O_BOUND,
    O_COST,
    O_GROUP,
    O_HEADER,
    O_METHOD,
    O_OBJECTIVE,
    O_PICKS,
    O_PROVEN,
    O_SHIPMENTS,
    O_SHORT,
    O_STATUS,
    O_TRANSIT,
    PICK_WIDTH,
    SHIPMENT_WIDTH,
    X_DISTANCE_M,
    X_LINE,
    X_NODE,
    X_ORDER,
    X_RATE,
    X_ROW,
    X_SERVICE,
    X_TRANSIT,
    X_UNIT,
    X_WAIT,
    X_WEIGHT_G,
)
from omniroute.model.checks import whole
from omniroute.model.distance import from_metres
from omniroute.model.money import to_decimal, total
from omniroute.model.order import Order
from omniroute.model.quantity import from_quanta, total_units
from omniroute.promising.dispatch import Dispatch
from omniroute.routing.dates import Dates
from omniroute.routing.of_engine import OfEngine
from omniroute.routing.working import jobs_of, less_sure

if TYPE_CHECKING:
    from omniroute.model.policy import RoutingPolicy
    from omniroute.promising.jobs import Job
    from omniroute.routing.ask import Ask
    from omniroute.routing.delivery_room import DeliveryWindow
    from omniroute.routing.explaining.alternatives import Alternatives
    from omniroute.routing.explaining.explain import Explanation
    from omniroute.routing.explaining.versus import PlanDifference
    from omniroute.routing.explaining.why_not import WhyNot
    from omniroute.routing.router import Router
    from omniroute.stock.state import State

#: Headings of a table of shipments.
_HEAD: tuple[str, ...] = ("node", "service", "lines", "units", "days", "km", "cost")

#: Cost terms of a shipment by name, with their place in the kernel's answer.
TERMS = {
    "rate": X_RATE,
    "handling_order": X_ORDER,
    "handling_line": X_LINE,
    "handling_unit": X_UNIT,
}


@attrs.frozen
class PlanLine:
    """Units of one SKU.

    Parameters
    ----------
    sku
        Id.
    quantity
        Units.
    components
        Of a kit: what it is put together from.
    instead_of
        SKU of the order's line that it is a substitute for; None for no substitute.
    """

    sku: str
    quantity: int | Decimal
    components: tuple[PlanLine, ...] = attrs.field(default=(), repr=False)
    instead_of: str | None = attrs.field(default=None, repr=False)


@attrs.frozen
class Shipment(Shown):
    """What one node sends, or keeps for collection, by one service.

    Parameters
    ----------
    node, service
        Ids.
    lines
        Units of each SKU, in the order of the order's lines.
    terms
        Cost terms in the currency unit: carrier's ``rate``, handling by order, line and
        unit, and what the policy's own terms of cash come to.
    transit_days
        Days on the way.
    zone
        Zone label of the lane.
    distance_km
        Great-circle distance; None where a place is not known.
    weight_g
        Grams.
    dispatch
        In a network with calendars, what becomes of an order that was handed in when
        the plan was made.
    prices
        What the policy counts beside cash, by name: prices, credits, penalties.
    """

    node: str
    service: str
    lines: tuple[PlanLine, ...]
    terms: dict[str, Decimal]
    transit_days: int
    zone: int
    distance_km: Decimal | None
    weight_g: int
    dispatch: Dispatch | None = attrs.field(default=None, repr=False)
    prices: dict[str, Decimal] = attrs.field(factory=dict, repr=False)

    LEFT = (0, 2)

    def _rows(self) -> Rows:
        lines = [[x.sku, str(x.quantity), told(x.instead_of)] for x in self.lines]
        return [["sku", "units", "instead of"], *lines]

    @property
    def cost(self) -> Decimal:
        """Sum of the terms."""
        return total(self.terms.values())

    @property
    def ready(self) -> datetime | None:
        """When it is packed, in UTC; None without calendars."""
        return None if self.dispatch is None else self.dispatch.ready

    @property
    def leaves(self) -> datetime | None:
        """When it leaves the node, in UTC; None without calendars."""
        return None if self.dispatch is None else self.dispatch.leaves

    @property
    def arrives(self) -> date | None:
        """Day of delivery; a ``datetime`` in UTC if it is collected or the same day's."""
        return None if self.dispatch is None else self.dispatch.arrives

    @property
    def order_by(self) -> datetime | None:
        """Last instant to order that it still arrives on that day, in UTC."""
        return None if self.dispatch is None else self.dispatch.order_by


def picked_lines(ask: Ask, answer: list[int]) -> list[tuple[int, int, int]]:
    """(SKU number, node index, quanta) that an answer takes."""
    start = O_HEADER + SHIPMENT_WIDTH * answer[O_SHIPMENTS]
    end = start + PICK_WIDTH * answer[O_PICKS]
    node_at = O_HEADER + X_NODE
    return [
        (
            ask.sku_of(answer[j + 1]),
            answer[node_at + SHIPMENT_WIDTH * answer[j]],
            answer[j + 2],
        )
        for j in range(start, end, PICK_WIDTH)
    ]


class Plan(Shown, OfEngine):
    """The best plan found for an order, with what it costs and how sure that is.

    Made by `Engine.route` and `Engine.place`. Read only; nothing is worked out before
    it is asked for.
    """

    TAKE = "its shipments and shortages, or what explain() tells"
    LEFT = (0, 1)

    def __init__(
        self,
        router: Router,
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
        self._explanation: Explanation | None = None
        self._by_the_clock = False

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
    def lines(self) -> tuple[PlanLine, ...]:
        """What the order asks for: lines of one SKU merged, packs whole."""
        return tuple(self._plan_line(*line) for line in self._lines)

    @property
    def answer(self) -> list[int]:
        """What the kernel answered, as `kernels.order.layout` describes it."""
        return self._answer

    def made_on(self, state: State) -> bool:
        """Whether it was decided on the stock of this state."""
        return self._router.decider.arena is state.arena

    @property
    def stale(self) -> bool:
        """Whether what it was decided on has changed since: stock, or a rule about it."""
        return self._router.versions(self._order, self._ask) != self._versions

    @property
    def status(self) -> Status:
        """`Status.OK` if everything is served; else what stands in the way."""
        return STATUS[self._answer[O_STATUS]]

    @property
    def complete(self) -> bool:
        """Whether everything asked for is served."""
        return self._answer[O_STATUS] == 0

    @property
    def cost(self) -> Decimal:
        """Cash cost, in the currency unit."""
        return to_decimal(self._answer[O_COST])

    @property
    def objective(self) -> Decimal:
        """What was minimised, in the currency unit: cash, and what else the policy prices.

        Among the plans that tie on all that counts before money: under ``fastest``, those
        with the least latest arrival.
        """
        return to_decimal(self._answer[O_OBJECTIVE])

    @property
    def bound(self) -> Decimal:
        """No plan that serves as many units has an objective below this.

        0 where nothing better is known.
        """
        return to_decimal(self._answer[O_BOUND])

    @property
    def gap(self) -> float:
        """(objective - bound) / max(1, |bound|): says nothing where the bound is 0."""
        objective, bound = self._answer[O_OBJECTIVE], self._answer[O_BOUND]
        return (objective - bound) / max(10_000, abs(bound))

    @property
    def proven(self) -> bool:
        """Whether no better plan exists, of those that keep the rules.

        Beside the order's and the policy's: a line that some node can send whole is not
        split, and a node sends what it sends of a line by one service, in one shipment.
        """
        return self._answer[O_PROVEN] == 1

    @property
    def reproducible(self) -> bool:
        """Whether the same question has this answer on any machine.

        Not where a time budget ended the search (``route(budget_s=...)``).
        """
        return not self._by_the_clock

    @property
    def method(self) -> Method:
        """How it was chosen."""
        return Method(self._answer[O_METHOD])

    @property
    def rule_group(self) -> str | None:
        """Name of the group of a waterfall that serves it; None where there are none.

        Where groups serve line by line, of the last that served some.
        """
        policy = self._policy or self._router.policy
        place = self._answer[O_GROUP]
        return policy.groups[place - 1].name if place else None

    @property
    def transit_days(self) -> int | None:
        """Days the shipment longest on the way takes; None without shipments."""
        if not self._answer[O_SHIPMENTS]:
            return None
        if self._dates is None:
            return self._answer[O_TRANSIT]
        return max(shipment.transit_days for shipment in self.shipments)

    @property
    def arrives(self) -> date | None:
        """When the last shipment arrives; None without shipments, or calendars.

        A day, or a ``datetime`` where it is collected or the same day's.
        """
        count = self._answer[O_SHIPMENTS]
        if self._dates is None or not count:
            return None
        at = [O_HEADER + SHIPMENT_WIDTH * x + X_TRANSIT for x in range(count)]
        last = max(range(count), key=lambda x: self._answer[at[x]])
        return self.shipments[last].arrives

    @property
    def order_by(self) -> datetime | None:
        """Last instant to order that every shipment still arrives on its day."""
        last = [each.order_by for each in self.shipments if each.order_by is not None]
        return min(last, default=None)

    @property
    def dates(self) -> Dates | None:
        """What the decision knew of time: for those who work on plans."""
        return self._dates

    @cached_property
    def shipments(self) -> tuple[Shipment, ...]:
        """The shipments, in the order of the first line each serves."""
        count = self._answer[O_SHIPMENTS]
        picked: list[list[PlanLine]] = [[] for _ in range(count)]
        for x, i, quanta in self.picks:
            picked[x].append(self._picked(i, quanta))
        return tuple(self._shipment(x, tuple(picked[x])) for x in range(count))

    @cached_property
    def shortages(self) -> tuple[PlanLine, ...]:
        """What is asked for and not served, line by line."""
        missing = [quanta for _, quanta in self._lines]
        for _, i, quanta in self.picks:
            missing[self._ask.line_of(i)] -= quanta
        return tuple(
            self._plan_line(sku, short)
            for (sku, _), short in zip(self._lines, missing, strict=True)
            if short
        )

    @cached_property
    def substitutions(self) -> tuple[PlanLine, ...]:
        """What is sent in place of something else, over all shipments."""
        sent: dict[int, int] = {}
        for _, i, quanta in self.picks:
            if i >= len(self._lines):
                sent[i] = sent.get(i, 0) + quanta
        return tuple(self._picked(i, quanta) for i, quanta in sent.items())

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

    def explain(self) -> Explanation:
        """Return every candidate with its cost terms and rank, or why it was out.

        Recorded with the decision if ``explain=True`` was given; else worked out now,
        and `Status.STALE` if stock of its SKUs has changed since.

        Notes
        -----
        O(nodes x services x lines).
        """
        return self._explanation or self._router.explain(self)

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
        return self._router.why_not(self, node, alone=alone, line=line)

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
        return self._router.alternatives(self, whole(k, "k", 1, 1000))

    def versus(self, other: Plan) -> PlanDifference:
        """Return what another plan for the same lines would be instead of this one.

        Line by line, shipment by shipment, cost term by cost term.

        Raises
        ------
        ValidationError
            Not a plan, or one for other lines.
        """
        return self._router.compare(self, other)

    def record_explanation(self) -> Plan:
        """Work the explanation out now and keep it with the plan."""
        self._explanation = self._router.explain(self)
        return self

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

    def _rows(self) -> Rows:
        """Return a table of the shipments; with dates, where there are any."""
        rows = shipment_rows(self.shipments)
        if self._dates is None:
            return rows
        told = ["arrives", *(arrival(each.arrives) for each in self.shipments)]
        return [[*row, arrives] for row, arrives in zip(rows, told, strict=True)]

    def __repr__(self) -> str:
        count = self._answer[O_SHIPMENTS]
        text = f"Plan({self.status.name}, {counted(count, 'shipment')}"
        if count:
            text += f", cost {self.cost}"
        if proof := self._proof():
            text += f", {proof}"
        if not self.complete:
            text += f", {counted(len(self.shortages), 'line')} short"
        return text + ")"

    def _proof(self) -> str:
        """How sure it is, in a word or two; an empty plan proves nothing."""
        if self.proven:
            return "proven" if self._answer[O_SHIPMENTS] else ""
        return f"gap {100 * self.gap:.1f} %" if self._answer[O_BOUND] else "no bound"

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

    # -- decoding ----------------------------------------------------------------------

    def _plan_line(self, sku: int, quanta: int) -> PlanLine:
        catalogue = self._router.catalogue
        places = int(catalogue.decimals[sku])
        return PlanLine(catalogue.skus.texts[sku], from_quanta(quanta, places))

    def _picked(self, i: int, quanta: int) -> PlanLine:
        """One pick: with what it is drawn from, and what it is sent in place of."""
        sku, own = self._ask.sku_of(i), self._lines[self._ask.line_of(i)][0]
        line = self._plan_line(sku, quanta)
        composed = self._router.composed
        if composed is None:
            return line
        components: tuple[PlanLine, ...] = ()
        if composed.is_kit(sku):
            parts = composed.drawn([(sku, 0, quanta)])
            components = tuple(self._plan_line(p, n) for (p, _), n in parts.items())
        instead = None if sku == own else self._router.catalogue.skus.texts[own]
        return PlanLine(line.sku, line.quantity, components, instead)

    def _shipment(self, x: int, lines: tuple[PlanLine, ...]) -> Shipment:
        start = O_HEADER + SHIPMENT_WIDTH * x
        words = self._answer[start : start + SHIPMENT_WIDTH]
        network = self._router.network
        cash, prices = self._named[x] if self._named else ({}, {})
        far = words[X_DISTANCE_M] >= FAR_M
        days = self._router.tables.row_days[words[X_ROW]]
        if self._dates is None:
            days += words[X_WAIT]
        dispatch = None
        if self._dates is not None:
            # Timetables are worked out as they are asked: one at a time.
            with self._router.lock:
                place = words[X_NODE], words[X_SERVICE]
                trip = self._router.tables.row_trip[words[X_ROW]]
                dispatch = self._dates.dispatch(*place, trip, words[X_WAIT])
        return Shipment(
            node=network.nodes[words[X_NODE]].id,
            service=network.services[words[X_SERVICE]].name,
            lines=lines,
            terms={
                **{name: to_decimal(words[at]) for name, at in TERMS.items()},
                **{name: to_decimal(money) for name, money in cash.items()},
            },
            transit_days=days,
            zone=self._router.tables.row_zone[words[X_ROW]],
            distance_km=None if far else from_metres(words[X_DISTANCE_M]),
            weight_g=words[X_WEIGHT_G],
            prices={name: to_decimal(money) for name, money in prices.items()},
            dispatch=dispatch,
        )

    @cached_property
    def _named(self) -> list[tuple[dict[str, int], dict[str, int]]]:
        """Cash and prices that the policy adds to each shipment; nothing if it has none."""
        return self._router.named(self._order, self._ask, self._answer)

    def name_terms(self) -> Plan:
        """Work out what the policy adds now, on the stock of the decision."""
        _ = self._named
        return self


def arrival(at: date | None) -> str:
    """Return a day, or an instant in UTC, as tables have it."""
    if isinstance(at, datetime):
        return f"{at:%Y-%m-%d %H:%M}Z"
    return "" if at is None else at.isoformat()


def shipment_rows(shipments: Iterable[Shipment]) -> Rows:
    """Return shipments as rows of a table, under their head."""
    return [_HEAD, *(_row(shipment) for shipment in shipments)]


def _row(shipment: Shipment) -> tuple[str, ...]:
    far = shipment.distance_km
    return (
        shipment.node,
        shipment.service,
        str(len(shipment.lines)),
        str(total_units(line.quantity for line in shipment.lines)),
        str(shipment.transit_days),
        "" if far is None else f"{far:.0f}",
        str(shipment.cost),
    )
