"""Many orders at once: the batch kernel fed, and its answers as columns."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from omniroute._show import ROWS_SHOWN, Rows, Shown, told
from omniroute.codes import MONEY_SCALE, STATUS
from omniroute.kernels.order.layout import (
    O_BOUND,
    O_COST,
    O_DISTANCE_SUM,
    O_HEADER,
    O_METHOD,
    O_OBJECTIVE,
    O_PICKS,
    O_PROVEN,
    O_SHIPMENTS,
    O_SHORT,
    O_STATUS,
    O_TRANSIT,
    O_TRANSIT_SUM,
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
    X_WEIGHT_G,
)
from omniroute.model.checks import whole
from omniroute.model.money import to_decimal
from omniroute.model.order import Order
from omniroute.routing.ask import Ask
from omniroute.routing.of_engine import OfEngine
from omniroute.routing.plan import Plan

if TYPE_CHECKING:
    from omniroute.model.policy import RoutingPolicy
    from omniroute.routing.decided_on import DecidedOn
    from omniroute.routing.router import Router

I8 = NDArray[np.int64]

_ORDER_COLUMNS = {
    "cost_minor": O_COST,
    "objective_minor": O_OBJECTIVE,
    "bound_minor": O_BOUND,
    "shipments": O_SHIPMENTS,
    "short_quanta": O_SHORT,
    "transit_days": O_TRANSIT,
    "transit_days_sum": O_TRANSIT_SUM,
    "distance_m_sum": O_DISTANCE_SUM,
    "method": O_METHOD,
}
_SHIPMENT_COLUMNS = {
    "node": X_NODE,
    "service": X_SERVICE,
    "transit_days": X_TRANSIT,
    "distance_m": X_DISTANCE_M,
    "weight_g": X_WEIGHT_G,
    "rate_minor": X_RATE,
    "handling_order_minor": X_ORDER,
    "handling_line_minor": X_LINE,
    "handling_unit_minor": X_UNIT,
}


class Answers(NamedTuple):
    """Answers of a batch, and what came of them."""

    #: End to end.
    words: I8
    #: Where each begins.
    starts: I8
    #: `Status` of each order where it is not the plan's own: -1 elsewhere.
    outcomes: I8
    #: Whether the order's plan was reserved.
    reserved: NDArray[np.bool_]


class BatchResult(Shown, OfEngine):
    """What `Engine.route_many` decided, in columns; a `Plan` is made when asked for.

    Columns that end in ``_minor`` are money in 1/10,000 of the currency unit, exact.
    ``sku``, ``node`` and ``service`` are numbers; `sku_ids`, `node_ids` and
    `service_names` tell the ids of a whole column: ``result.sku_ids[columns["sku"]]``.

    Parameters
    ----------
    router, policy, orders, asks
        What was decided.
    answers
        What the kernels answered, and what came of it.
    decided_on
        What stock the plans were decided on; None where the batch has taken of it.
    """

    TAKE = "its columns(), line_columns() and shipment_columns()"

    def __init__(
        self,
        router: Router,
        policy: RoutingPolicy | None,
        orders: Sequence[Order],
        asks: Sequence[Ask],
        answers: Answers,
        decided_on: DecidedOn | None = None,
    ) -> None:
        self._decided_on = decided_on
        self._dates = router.dates()
        self._epoch = None if router.timed is None else router.timed.epoch
        self._router = router
        self._policy = policy
        self._orders = orders
        self._asks = asks
        self._answers, self._starts, outcomes, self._reserved = answers
        starts = self._starts
        own = self._answers[starts + O_STATUS] if len(starts) else starts
        self._status = np.where(outcomes >= 0, outcomes, own).astype(np.int8)

    def __len__(self) -> int:
        return len(self._orders)

    @property
    def reserved(self) -> NDArray[np.bool_]:
        """Whether the order's plan was reserved by this call, one entry an order."""
        return self._reserved

    @property
    def status(self) -> NDArray[np.int8]:
        """`Status` codes, one an order."""
        return self._status

    def _header(self, word: int) -> I8:
        return self._answers[self._starts + word]

    @property
    def cost(self) -> NDArray[np.float64]:
        """Cost of each order in the currency unit; ``cost_minor`` is exact."""
        return np.asarray(self._header(O_COST) / MONEY_SCALE)

    @property
    def proven(self) -> NDArray[np.bool_]:
        """Whether each plan is proven optimal."""
        return np.asarray(self._header(O_PROVEN) == 1)

    @cached_property
    def sku_ids(self) -> NDArray[np.object_]:
        """Ids by SKU number, to be indexed with a column of numbers."""
        return np.array(self._router.catalogue.skus.texts, np.object_)

    @cached_property
    def node_ids(self) -> NDArray[np.object_]:
        """Ids by node number."""
        return np.array(self._router.network.node_ids, np.object_)

    @cached_property
    def service_names(self) -> NDArray[np.object_]:
        """Names by service number."""
        return np.array(self._router.network.service_names, np.object_)

    def columns(self) -> dict[str, NDArray[np.generic]]:
        """One row an order: status, money, proof, shipments, units short, days.

        With calendars also ``arrives_by_s``: seconds UTC at which everything has arrived,
        rounded up to the minute; a parcel by the end of its day. 0 where nothing is sent.
        """
        found: dict[str, NDArray[np.generic]] = {"status": self.status}
        found["reserved"] = self.reserved
        found["proven"] = self.proven
        for name, word in _ORDER_COLUMNS.items():
            found[name] = self._header(word)
        if self._dates is not None:
            self._tell_dates(found)
        return found

    def _tell_dates(self, found: dict[str, NDArray[np.generic]]) -> None:
        """Put days where the kernels count minutes, and tell the arrival."""
        order, at = self._shipment_places()
        days, (most, total) = self._days(at), np.zeros((2, len(self)), np.int64)
        np.maximum.at(most, order, days)
        np.add.at(total, order, days)
        found["transit_days"], found["transit_days_sum"] = most, total
        found["arrives_by_s"] = self._arrival(self._header(O_TRANSIT))

    def _arrival(self, minutes: I8) -> I8:
        """Seconds UTC by which something has arrived; 0 where nothing is sent."""
        assert self._dates is not None
        return np.where(minutes > 0, 60 * (self._dates.epoch.start_min + minutes), 0)

    def shipment_columns(self) -> dict[str, NDArray[np.generic]]:
        """One row a shipment; ``order`` is the order's place in the batch."""
        order, at = self._shipment_places()
        within = (at - self._starts[order] - O_HEADER) // SHIPMENT_WIDTH
        found: dict[str, NDArray[np.generic]] = {"order": order, "shipment": within}
        for name, word in _SHIPMENT_COLUMNS.items():
            found[name] = self._answers[at + word]
        if self._dates is not None:
            found["arrives_by_s"] = self._arrival(self._answers[at + X_TRANSIT])
            found["transit_days"] = self._days(at)
        return found

    def _shipment_places(self) -> tuple[I8, I8]:
        """Order of each shipment, and where its words begin."""
        order, within = _expand(self._header(O_SHIPMENTS))
        return order, self._starts[order] + O_HEADER + SHIPMENT_WIDTH * within

    def _days(self, at: I8) -> I8:
        """Days on the way of shipments, by their lane."""
        return self._router.tables.days_of(self._answers[at + X_ROW])

    def line_columns(self) -> dict[str, NDArray[np.generic]]:
        """One row a pick: order, shipment, SKU number, quanta."""
        order, within = _expand(self._header(O_PICKS))
        shipments = self._header(O_SHIPMENTS)[order]
        at = self._starts[order] + O_HEADER + SHIPMENT_WIDTH * shipments
        at += PICK_WIDTH * within
        line = self._answers[at + 1]
        skus = [self._asks[o].sku_of(i) for o, i in zip(order, line, strict=True)]
        return {
            "order": order,
            "shipment": self._answers[at],
            "sku": np.array(skus, np.int64),
            "quanta": self._answers[at + 2],
        }

    def plan(self, i: int) -> Plan:
        """Return the plan of order i as an object.

        Counted as in a sequence: -1 is the last. It can be explained until stock changes;
        where the batch has reserved, it has changed.

        Raises
        ------
        ValidationError
            There is no such order.
        """
        i = whole(i, "i", -len(self), len(self) - 1) % len(self)
        start = int(self._starts[i])
        head = self._answers[start : start + O_HEADER]
        used = O_HEADER + SHIPMENT_WIDTH * int(head[O_SHIPMENTS])
        used += PICK_WIDTH * int(head[O_PICKS])
        answer = self._answers[start : start + used].tolist()
        ask = self._asks[i]
        decided = self._decided_on
        versions = [-1] * len(ask.lines) if decided is None else decided.of(i)
        order = self._orders[i]
        plan = Plan(
            self._router, order, ask, answer, versions, self._policy, self._dates
        )
        plan.epoch = self._epoch
        return plan

    LEFT = (1,)

    def _rows(self) -> Rows:
        """Return the first orders, a row each."""
        rows = [["order", "status", "shipments", "days", "cost", "proven"]]
        for i in range(min(len(self), ROWS_SHOWN + 1)):
            start = int(self._starts[i])
            head = self._answers[start : start + O_HEADER].tolist()
            days = self._longest(start, head)
            figures = [head[O_SHIPMENTS], days, to_decimal(head[O_COST])]
            status = STATUS[self.status[i]].name
            proven = told(bool(head[O_PROVEN]))
            rows.append([str(i), status, *map(str, figures), proven])
        return rows

    def _longest(self, start: int, head: list[int]) -> int:
        """Return the days that the shipment of one answer longest on the way takes."""
        if self._dates is None:
            return head[O_TRANSIT]
        places = np.arange(head[O_SHIPMENTS])
        at = start + O_HEADER + SHIPMENT_WIDTH * places
        return int(self._days(at).max(initial=0))

    def __repr__(self) -> str:
        codes, counts = np.unique(self.status, return_counts=True)
        parts = [f"{n} {STATUS[c].name}" for c, n in zip(codes, counts, strict=True)]
        if not parts:
            return "BatchResult(no orders)"
        total = self._header(O_COST).sum() / MONEY_SCALE
        noun = "order" if len(self) == 1 else "orders"
        return f"BatchResult({len(self)} {noun}: {', '.join(parts)}; cost {total:.2f})"


def _expand(counts: I8) -> tuple[I8, I8]:
    """Rows of a ragged table: (owner, place within its owner)."""
    owner = np.repeat(np.arange(len(counts)), counts)
    first = np.cumsum(counts) - counts
    return owner, np.arange(len(owner)) - first[owner]
