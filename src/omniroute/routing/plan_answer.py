"""What a plan answers: what it serves, where from, for how much and how sure that is."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import cached_property

from omniroute._show import Rows, Shown, counted
from omniroute.codes import STATUS, Method, Status
from omniroute.kernels.order.layout import (
    FAR_M,
    O_BOUND,
    O_COST,
    O_GROUP,
    O_HEADER,
    O_METHOD,
    O_OBJECTIVE,
    O_PROVEN,
    O_SHIPMENTS,
    O_STATUS,
    O_TRANSIT,
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
from omniroute.model.distance import from_metres
from omniroute.model.money import to_decimal
from omniroute.model.quantity import from_quanta
from omniroute.promising.dispatch import Dispatch
from omniroute.routing.plan_numbers import PlanNumbers
from omniroute.routing.shipment import PlanLine, Shipment, arrival, shipment_rows

#: Cost terms of a shipment by name, with their place in the kernel's answer.
TERMS = {
    "rate": X_RATE,
    "handling_order": X_ORDER,
    "handling_line": X_LINE,
    "handling_unit": X_UNIT,
}


class PlanAnswer(Shown, PlanNumbers):
    """The answer of a plan, read only; nothing is worked out before it is asked for.

    See `omniroute.routing.plan.Plan`.
    """

    LEFT = (0, 1)

    @property
    def lines(self) -> tuple[PlanLine, ...]:
        """What the order asks for: lines of one SKU merged, packs whole."""
        return tuple(self._plan_line(*line) for line in self._lines)

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
            dispatch=self._dispatch(words),
        )

    def _dispatch(self, words: list[int]) -> Dispatch | None:
        """Return when a shipment leaves and arrives; None without calendars."""
        if self._dates is None:
            return None
        place = words[X_NODE], words[X_SERVICE]
        trip = self._router.tables.row_trip[words[X_ROW]]
        # Timetables are worked out as they are asked: one at a time.
        with self._router.lock:
            return self._dates.dispatch(*place, trip, words[X_WAIT])
