"""Cost a plan from scratch and check every rule on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from .routing_instance import Instance, PlanResult, Shipment

#: Sorts after every node: the place of a line that nobody serves.
UNSERVED = 2**31

Quantities = Mapping[int, int] | Sequence[tuple[int, int]]


class BrokenRuleError(AssertionError):
    """A plan breaks a rule of the problem; the text names it."""


class Evaluation(NamedTuple):
    """What a plan achieves, and the figures that decide between equal plans."""

    units: int
    latest: int | None
    cost: int
    n_shipments: int
    sum_transit_days: int
    sum_distance_m: int
    nodes_by_line: tuple[tuple[int, ...], ...]
    services_by_line: tuple[tuple[int, ...], ...]
    quantities_by_line: tuple[tuple[int, ...], ...]
    weights_g: tuple[int, ...]
    prices: tuple[int, ...]
    handling: tuple[int, ...]


def evaluate(
    instance: Instance,
    shipments: Sequence[tuple[int, Quantities]],
    max_shipments: int | None = None,
) -> Evaluation:
    """Return what the plan achieves.

    Raises
    ------
    BrokenRuleError
        An `AssertionError` that names the first broken rule.

    Examples
    --------
    >>> from .routing_instance import Line, Node, Option
    >>> from .tariffs import Tariff
    >>> one = Instance(
    ...     (Line(2, weight_g=300),), (Node((5,)),), (Option(0, 0, Tariff.flat(7)),)
    ... )
    >>> evaluate(one, [(0, {0: 2})])[:4]
    (2, 0, 7, 1)
    """
    plan = _in_order(instance, shipments)
    _check_limits(plan, max_shipments)
    _check_stock(instance, plan)
    _check_spread(instance, plan)
    weights = tuple(_weight(instance, shipment) for shipment in plan)
    prices = tuple(
        _price(instance, shipment, weight)
        for shipment, weight in zip(plan, weights, strict=True)
    )
    handling = tuple(_handling(instance, shipment) for shipment in plan)
    options = [instance.options[shipment.option] for shipment in plan]
    served = [_served(instance, plan, i) for i in range(len(instance.lines))]
    return Evaluation(
        units=sum(quanta for line in served for _, _, quanta in line),
        latest=max((option.transit_days for option in options), default=None),
        cost=sum(prices) + sum(handling),
        n_shipments=len(plan),
        sum_transit_days=sum(option.transit_days for option in options),
        sum_distance_m=sum(option.distance_m for option in options),
        nodes_by_line=tuple(
            tuple(node for node, _, _ in line) or (UNSERVED,) for line in served
        ),
        services_by_line=tuple(
            tuple(service for _, service, _ in line) for line in served
        ),
        quantities_by_line=tuple(
            tuple(quanta for _, _, quanta in line) for line in served
        ),
        weights_g=weights,
        prices=prices,
        handling=handling,
    )


def order_key(found: Evaluation, objective: str) -> tuple[object, ...]:
    """Return what plans are compared by: the least is the best.

    The quantities come last (more from the first lines and nodes first), since the
    rules before them can leave a tie between two splits over the same nodes.
    """
    assert objective in ("cheapest", "fastest"), objective
    latest = -1 if found.latest is None else found.latest
    return (
        -found.units,
        *((latest,) if objective == "fastest" else ()),
        found.cost,
        found.n_shipments,
        found.sum_transit_days,
        found.sum_distance_m,
        found.nodes_by_line,
        found.services_by_line,
        tuple(tuple(-quanta for quanta in line) for line in found.quantities_by_line),
    )


def as_result(
    instance: Instance,
    shipments: Sequence[tuple[int, Quantities]],
    objective: str,
    max_shipments: int | None = None,
) -> PlanResult:
    """Return the plan with its figures, its rules checked."""
    found = evaluate(instance, shipments, max_shipments)
    return PlanResult(
        shipments=_in_order(instance, shipments),
        units=found.units,
        latest=found.latest,
        cost=found.cost,
        key=order_key(found, objective),
    )


def _in_order(
    instance: Instance, shipments: Sequence[tuple[int, Quantities]]
) -> tuple[Shipment, ...]:
    plan = []
    for option, quantities in shipments:
        _rule(0 <= option < len(instance.options), "0: an option that is not there")
        pairs = sorted(dict(quantities).items())
        _rule(len(pairs) == len(quantities), "0: a line twice in one shipment")
        _rule(bool(pairs), "0: a shipment with no line")
        for i, quanta in pairs:
            _rule(0 <= i < len(instance.lines), "0: a line that is not there")
            _rule(quanta > 0, "0: a quantity that is not positive")
        plan.append(Shipment(option, tuple(pairs)))
    return tuple(sorted(plan))


def _check_limits(plan: tuple[Shipment, ...], max_shipments: int | None) -> None:
    used = [shipment.option for shipment in plan]
    _rule(len(set(used)) == len(used), "0: an option used twice")
    if max_shipments is not None:
        _rule(len(plan) <= max_shipments, f"4: more than {max_shipments} shipments")


def _check_stock(instance: Instance, plan: tuple[Shipment, ...]) -> None:
    for i, line in enumerate(instance.lines):
        taken: dict[int, int] = {}
        for node, _, quanta in _served(instance, plan, i):
            taken[node] = taken.get(node, 0) + quanta
        for node, quanta in taken.items():
            enough = quanta <= instance.nodes[node].stock[i]
            _rule(enough, f"1: node {node} does not hold {quanta} of line {i}")
        _rule(sum(taken.values()) <= line.quantity, f"1: line {i} served too much")


def _check_spread(instance: Instance, plan: tuple[Shipment, ...]) -> None:
    for i in range(len(instance.lines)):
        nodes = [node for node, _, _ in _served(instance, plan, i)]
        if instance.one_node[i]:
            _rule(len(nodes) <= 1, f"2: line {i} is split although a node holds it all")
        _rule(len(set(nodes)) == len(nodes), f"3: line {i} twice from one node")


def _served(
    instance: Instance, plan: tuple[Shipment, ...], line: int
) -> list[tuple[int, int, int]]:
    """(node, service, quanta) of every shipment that carries the line, by node."""
    return sorted(
        (instance.options[option].node, instance.options[option].service, quanta)
        for option, quantities in plan
        for i, quanta in quantities
        if i == line
    )


def _weight(instance: Instance, shipment: Shipment) -> int:
    return sum(instance.lines[i].weight_of(x) for i, x in shipment.quantities)


def _price(instance: Instance, shipment: Shipment, weight_g: int) -> int:
    price = instance.options[shipment.option].price(weight_g)
    if price is None:
        raise BrokenRuleError(f"rule 5: {weight_g} g has no price at {shipment.option}")
    return price


def _handling(instance: Instance, shipment: Shipment) -> int:
    node = instance.nodes[instance.options[shipment.option].node]
    by_unit = sum(node.unit_handling(instance.lines[i], x) for i, x in shipment[1])
    return node.order_cost + node.line_cost * len(shipment.quantities) + by_unit


def _rule(holds: bool, text: str) -> None:
    if not holds:
        raise BrokenRuleError(f"rule {text}")
