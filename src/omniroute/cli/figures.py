"""What a retailer wants to know of a stream of orders, added up order by order."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import attrs

from omniroute.model.network import Network
from omniroute.model.order import Order
from omniroute.routing.plan import Plan

Number = int | Decimal
Values = dict[str, int | float | None]


@attrs.define
class Figures:
    """Sums over the orders of one side of the comparison.

    Parameters
    ----------
    network
        Tells stores from warehouses.
    """

    network: Network
    orders: int = 0
    lines: int = 0
    units: Number = 0
    units_short: Number = 0
    whole: int = 0
    served: int = 0
    split: int = 0
    shipments: int = 0
    from_store: int = 0
    cost: Decimal = Decimal(0)
    distance_km: Decimal = Decimal(0)
    days: int = 0
    proven: int = 0
    #: Units that walk-in customers asked for, and those they did not get.
    walk_in: int = 0
    walk_in_lost: int = 0
    #: Plans without a bound above 0, whose gap says nothing, and gaps of the others.
    unbounded: int = 0
    gaps: float = 0.0
    #: Nanoseconds of each call.
    calls_ns: list[int] = attrs.field(factory=list)

    def add(self, order: Order, plan: Plan, call_ns: int) -> None:
        """Take in an order, the plan that was reserved, and how long the call took."""
        self.orders += 1
        self.lines += len(order.lines)
        self.units += sum(Decimal(str(line.quantity)) for line in order.lines)
        self.units_short += sum(line.quantity for line in plan.shortages)
        self.whole += plan.complete
        self.calls_ns.append(call_ns)
        self._add_proof(plan)
        self._add_shipments(order, plan)

    def add_walk_in(self, asked: int, lost: int) -> None:
        """Take in what walk-in customers asked for and what of it was not there."""
        self.walk_in += asked
        self.walk_in_lost += lost

    def _add_proof(self, plan: Plan) -> None:
        if plan.proven:
            self.proven += 1
        elif plan.bound > 0:
            self.gaps += plan.gap
        else:
            self.unbounded += 1

    def _add_shipments(self, order: Order, plan: Plan) -> None:
        nodes = self.network.nodes
        self.served += bool(plan.shipments)
        self.split += len(plan.shipments) > 1
        self.shipments += len(plan.shipments)
        self.cost += plan.cost
        if plan.shipments:
            self.days += _days_until(order, plan)
        for shipment in plan.shipments:
            kind = nodes[self.network.node_index(shipment.node)].kind
            self.from_store += kind == "store"
            self.distance_km += shipment.distance_km or 0

    def outcome(self) -> Values:
        """Figures of the plans: the same in every run. None where there is nothing."""
        served = self.units - self.units_short
        return {
            "orders": self.orders,
            "lines": self.lines,
            "units": int(self.units),
            "units_served": int(served),
            "units_short": int(self.units_short),
            "fill_rate": ratio(served, self.units),
            "orders_whole": self.whole,
            "orders_whole_share": ratio(self.whole, self.orders),
            "split_rate": ratio(self.split, self.orders),
            "shipments": self.shipments,
            "shipments_per_order": ratio(self.shipments, self.orders),
            "cost_total": float(self.cost),
            "cost_per_order": ratio(self.cost, self.orders),
            "cost_per_unit": ratio(self.cost, served),
            "ship_from_store_share": ratio(self.from_store, self.shipments),
            "mean_distance_km": ratio(self.distance_km, self.shipments),
            "mean_days": ratio(self.days, self.served),
            "walk_in_units": self.walk_in,
            "walk_in_units_lost": self.walk_in_lost,
            "walk_in_lost_share": ratio(self.walk_in_lost, self.walk_in),
        }

    def proof(self) -> Values:
        """How sure the plans are: for a side that proves what it chooses."""
        bounded = self.orders - self.proven - self.unbounded
        return {
            "proven_share": ratio(self.proven, self.orders),
            "unbounded_share": ratio(self.unbounded, self.orders),
            "mean_gap_of_others": self.gaps / bounded if bounded else None,
        }

    def timing(self) -> Values:
        """How long the calls took: never the same twice."""
        calls = sorted(self.calls_ns)
        total = sum(calls)
        return {
            "decisions_per_second": 1e9 * len(calls) / total if total else None,
            "p50_ms": percentile(calls, 50) / 1e6 if calls else None,
            "p99_ms": percentile(calls, 99) / 1e6 if calls else None,
        }


def _days_until(order: Order, plan: Plan) -> int:
    """Days of the calendar from the order to its last parcel; in transit without one."""
    arrives, placed = plan.arrives, order.placed_at
    if arrives is None or placed is None:
        return plan.transit_days or 0
    day = arrives.date() if isinstance(arrives, datetime) else arrives
    return max(0, (day - placed.date()).days)


def ratio(part: Number, whole: Number) -> float | None:
    """Return part / whole, None where there is no whole.

    Examples
    --------
    >>> ratio(1, 4), ratio(1, 0)
    (0.25, None)
    """
    return float(Decimal(part) / Decimal(whole)) if whole else None


def percentile(values: list[int], percent: int) -> int:
    """Return the least of the sorted values that so many percent do not exceed.

    Examples
    --------
    >>> percentile([1, 2, 3, 4], 50), percentile([1, 2, 3, 4], 99)
    (2, 4)
    """
    return values[max(0, -(-len(values) * percent // 100) - 1)]
