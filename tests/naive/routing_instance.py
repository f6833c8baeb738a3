"""One routing question in plain integers, as the slow oracles read it.

Quantities are quanta, money is 1/10,000 of the currency unit, weights are grams. All
options are admissible: filters were applied by whoever built the instance.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from .tariffs import Tariff


@dataclass(frozen=True)
class Line:
    """`quantity` quanta are asked for; a unit is `scale` quanta, `weight_g` grams."""

    quantity: int
    weight_g: int = 0
    scale: int = 1

    def weight_of(self, quanta: int) -> int:
        """Return grams of so many quanta, rounded up."""
        return -(-quanta * self.weight_g // self.scale)


@dataclass(frozen=True)
class Node:
    """Stock by line, and what handling costs per shipment, per line and per unit."""

    stock: tuple[int, ...]
    order_cost: int = 0
    line_cost: int = 0
    unit_cost: int = 0

    def unit_handling(self, line: Line, quanta: int) -> int:
        """Return the money for handling so many quanta: units started are paid whole."""
        return self.unit_cost * -(-quanta // line.scale)


@dataclass(frozen=True)
class Option:
    """A service at a node, with its price by weight, its transit and its distance."""

    node: int
    service: int
    price: Tariff
    transit_days: int = 0
    distance_m: int = 0


@dataclass(frozen=True)
class Instance:
    """Lines, nodes and options; `complete_only` wants all of it or nothing.

    A line comes from several nodes ``"when_needed"``, where no node has it whole,
    ``"never"``, or ``"freely"``.
    """

    lines: tuple[Line, ...]
    nodes: tuple[Node, ...]
    options: tuple[Option, ...]
    complete_only: bool = False
    split_lines: str = "when_needed"

    def __post_init__(self) -> None:
        assert all(line.quantity > 0 and line.scale > 0 for line in self.lines)
        assert all(len(node.stock) == len(self.lines) for node in self.nodes)
        assert all(min(node.stock, default=0) >= 0 for node in self.nodes)
        assert all(0 <= option.node < len(self.nodes) for option in self.options)
        pairs = {(option.node, option.service) for option in self.options}
        assert len(pairs) == len(self.options), "one option per node and service"
        assert self.split_lines in ("when_needed", "never", "freely")

    @cached_property
    def whole_able(self) -> tuple[bool, ...]:
        """By line: whether a node holds all of it and has an option that takes it."""
        return tuple(
            any(
                self.nodes[option.node].stock[i] >= line.quantity
                and option.price(line.weight_of(line.quantity)) is not None
                for option in self.options
            )
            for i, line in enumerate(self.lines)
        )

    @property
    def one_node(self) -> tuple[bool, ...]:
        """By line: whether one node at the most may serve it."""
        if self.split_lines == "when_needed":
            return self.whole_able
        return tuple(self.split_lines == "never" for _ in self.lines)

    @property
    def asked(self) -> int:
        """Quanta asked for, over all lines."""
        return sum(line.quantity for line in self.lines)

    def stock(self, option: int, line: int) -> int:
        """Quanta of the line at the node of the option."""
        return self.nodes[self.options[option].node].stock[line]


class Shipment(NamedTuple):
    """What one option carries: (line, quanta) in line order."""

    option: int
    quantities: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class PlanResult:
    """A plan with what it achieves; `key` sorts plans, the least is the best.

    `latest` is None for an empty plan. The last entry of `key` are the quantities
    (more from the first nodes first): a tie that the written rules leave open.
    """

    shipments: tuple[Shipment, ...]
    units: int
    latest: int | None
    cost: int
    key: tuple[object, ...]
