"""What was decided, apart from the engine that decided: frozen, for keeps and for files."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import attrs

from omniroute._show import Rows, Shown
from omniroute.codes import Method, Status
from omniroute.routing.shipment import PlanLine, Shipment, shipment_rows

if TYPE_CHECKING:
    from omniroute.routing.plan_answer import PlanAnswer

Units = int | Decimal


@attrs.frozen
class Decision(Shown):
    """A plan in plain values.

    Parameters
    ----------
    status
        What stands in the way of serving everything, or `Status.OK`.
    goal
        What was looked for: ``"cheapest"``, ``"fastest"``.
    cost, objective, bound
        As `Plan` has them, in the currency unit.
    proven
        Whether no better plan exists.
    method
        How it was chosen.
    transit_days
        Days until the last shipment arrives; None without shipments.
    shipments
        What leaves from where.
    shortages
        What is asked for and not served.
    """

    status: Status
    goal: str
    cost: Decimal
    objective: Decimal
    bound: Decimal
    proven: bool
    method: Method
    transit_days: int | None
    shipments: tuple[Shipment, ...]
    shortages: tuple[PlanLine, ...]

    LEFT = (0, 1)

    def _rows(self) -> Rows:
        return shipment_rows(self.shipments)

    def to_dict(self) -> dict[str, Any]:
        """Return it as what JSON knows: numbers of units and money as texts."""
        return {
            "status": self.status.name,
            "goal": self.goal,
            "cost": str(self.cost),
            "objective": str(self.objective),
            "bound": str(self.bound),
            "proven": self.proven,
            "method": self.method.name,
            "transit_days": self.transit_days,
            "shipments": [_shipment(shipment) for shipment in self.shipments],
            "shortages": [_line(line) for line in self.shortages],
        }


def decision_of(plan: PlanAnswer) -> Decision:
    """Return what a plan decided."""
    return Decision(
        plan.status,
        plan.policy.objective,
        plan.cost,
        plan.objective,
        plan.bound,
        plan.proven,
        plan.method,
        plan.transit_days,
        plan.shipments,
        plan.shortages,
    )


def money_of(shipment: Shipment) -> dict[str, Decimal]:
    """Return all that is counted for a shipment, by name: what comparisons go through."""
    return shipment.terms | shipment.prices


def _shipment(shipment: Shipment) -> dict[str, Any]:
    return {
        "node": shipment.node,
        "service": shipment.service,
        "lines": [_line(line) for line in shipment.lines],
        "terms": {name: str(money) for name, money in money_of(shipment).items()},
        "cost": str(shipment.cost),
        "transit_days": shipment.transit_days,
        "zone": shipment.zone,
        "distance_km": text_or_none(shipment.distance_km),
        "weight_g": shipment.weight_g,
    }


def _line(line: PlanLine) -> dict[str, Any]:
    found: dict[str, Any] = {"sku": line.sku, "quantity": str(line.quantity)}
    if line.components:
        found["components"] = [_line(part) for part in line.components]
    if line.instead_of is not None:
        found["instead_of"] = line.instead_of
    return found


def text_or_none(value: Any) -> str | None:
    """Return a value as text, None as None."""
    return None if value is None else str(value)
