"""The routing question as a mixed-integer model: what is asked of HiGHS.

Variables: ``z[o, b]`` option ``o`` ships within price step ``b``; ``y[o, i]`` it
carries line ``i``; ``x[o, i]`` how many quanta, where that is open; whole grams and
units started of an open quantity, where a unit is several quanta.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint
from scipy.sparse import csr_array

from .routing_instance import Instance

#: Most different shipment weights listed to find which price steps matter.
WEIGHTS_LISTED = 100_000


@dataclass(frozen=True)
class Scope:
    """What the model may use, and the quanta every line must get.

    ``most[o][i]`` are the most quanta option `o` can carry of line `i`; ``fixed[o][i]``
    says that carrying the line means carrying all of those. `served` is None while the
    units are still to be found; else `total` units are served, and line by line
    `served` of them, where that is known.
    """

    options: tuple[int, ...]
    most: dict[int, dict[int, int]]
    fixed: dict[int, dict[int, bool]]
    max_shipments: int | None
    total: int | None = None
    served: tuple[int, ...] | None = None


class Model:
    """Columns and rows, collected one by one."""

    def __init__(self) -> None:
        self.cost: list[int] = []
        self.upper: list[int] = []
        self._entries: list[tuple[int, int, int]] = []
        self._lows: list[float] = []
        self._highs: list[float] = []
        self.z: dict[int, list[tuple[int, int]]] = {}
        self.y: dict[tuple[int, int], int] = {}
        self.x: dict[tuple[int, int], int] = {}

    def column(self, cost: int, upper: int = 1) -> int:
        """Add an integer variable in ``0..upper``."""
        self.cost.append(cost)
        self.upper.append(upper)
        return len(self.cost) - 1

    def row(
        self,
        terms: list[tuple[int, int]],
        low: float = -np.inf,
        high: float = np.inf,
    ) -> None:
        """Add ``low <= sum(coefficient * column) <= high``, coefficients reduced."""
        divisor = math.gcd(*(value for value, _ in terms)) or 1
        if low == -np.inf or high == np.inf:
            low, high = np.ceil(low / divisor), np.floor(high / divisor)
        else:
            divisor = 1
        row = len(self._lows)
        self._entries += [(row, col, value // divisor) for value, col in terms]
        self._lows.append(low)
        self._highs.append(high)

    @property
    def money_unit(self) -> int:
        """The greatest amount that divides every cost."""
        return math.gcd(*self.cost) or 1

    def bounds(self) -> Bounds:
        """Return the box of the variables."""
        return Bounds(np.zeros(len(self.upper)), np.array(self.upper, dtype=float))

    def constraints(self) -> LinearConstraint:
        """Return the rows as one sparse block."""
        rows, cols, values = (
            zip(*self._entries, strict=True) if self._entries else ((), (), ())
        )
        shape = (len(self._lows), len(self.cost))
        matrix = csr_array((np.array(values, dtype=float), (rows, cols)), shape=shape)
        return LinearConstraint(matrix, np.array(self._lows), np.array(self._highs))

    def quantities(self, values: np.ndarray, scope: Scope) -> list[tuple[int, dict]]:
        """Return the shipments that the integer values mean."""
        plan: dict[int, dict[int, int]] = {}
        for (o, i), y in self.y.items():
            x = self.x.get((o, i))
            quanta = values[y] * scope.most[o][i] if x is None else values[x]
            if quanta:
                plan.setdefault(o, {})[i] = int(quanta)
        return list(plan.items())


def build(instance: Instance, scope: Scope) -> Model:
    """Return the model: most units if `scope.total` is None, else least cost."""
    model = Model()
    for o in scope.options:
        _add_option(model, instance, scope, o)
    for i in range(len(instance.lines)):
        _add_line(model, instance, scope, i)
    opens = [(1, z) for steps in model.z.values() for _, z in steps]
    if scope.max_shipments is not None and opens:
        model.row(opens, high=scope.max_shipments)
    if scope.total is not None and scope.served is None:
        _add_total(model, scope)
    return model


def heaviest(instance: Instance, most: dict[int, int]) -> int:
    """Return grams of all that an option can carry."""
    return sum(instance.lines[i].weight_of(x) for i, x in most.items())


def _add_option(model: Model, instance: Instance, scope: Scope, o: int) -> None:
    option = instance.options[o]
    node = instance.nodes[option.node]
    counting = scope.total is None
    if counting:
        top = heaviest(instance, scope.most[o])
        steps = [(min(top, option.price.heaviest_g), 0)]
    else:
        steps = [
            (limit, price + node.order_cost)
            for limit, price in price_steps(instance, scope, o)
        ]
    model.z[o] = [(limit, model.column(cost)) for limit, cost in steps]
    load: list[tuple[int, int]] = []
    for i, most in scope.most[o].items():
        fixed = scope.fixed[o][i]
        add = _add_fixed_line if fixed else _add_open_line
        load += add(model, instance, o, i, most=most, counting=counting)
    # Two rows that integers do not need and the relaxation does.
    model.row([(1, z) for _, z in model.z[o]], high=1)
    capacity = [(-limit, z) for limit, z in model.z[o]]
    if any(value for value, _ in load):
        model.row(load + capacity, high=0)


def _add_fixed_line(
    model: Model, instance: Instance, o: int, i: int, *, most: int, counting: bool
) -> list[tuple[int, int]]:
    """All of `most` or nothing; returns its weight terms."""
    line = instance.lines[i]
    node = instance.nodes[instance.options[o].node]
    handling = node.line_cost + node.unit_handling(line, most)
    y = model.column(-most if counting else handling)
    model.y[o, i] = y
    weight = line.weight_of(most)
    enough = [(-1, z) for limit, z in model.z[o] if limit >= weight]
    model.row([(1, y), *enough], high=0)
    return [(weight, y)]


def _add_open_line(
    model: Model, instance: Instance, o: int, i: int, *, most: int, counting: bool
) -> list[tuple[int, int]]:
    """Any quantity up to `most`; returns its weight terms."""
    line = instance.lines[i]
    node = instance.nodes[instance.options[o].node]
    y = model.column(0 if counting else node.line_cost)
    x = model.column(-1 if counting else 0, upper=most)
    model.y[o, i], model.x[o, i] = y, x
    model.row([(1, y), *((-1, z) for _, z in model.z[o])], high=0)
    model.row([(1, x), (-most, y)], high=0)
    if node.unit_cost and not counting:
        _add_rounded_up(model, x, 1, scale=line.scale, most=most, cost=node.unit_cost)
    if line.weight_g == 0:
        return []
    if line.weight_g % line.scale == 0:
        return [(line.weight_g // line.scale, x)]
    grams = _add_rounded_up(
        model, x, line.weight_g, scale=line.scale, most=most, cost=0
    )
    return [(1, grams)]


def _add_rounded_up(
    model: Model, x: int, times: int, *, scale: int, most: int, cost: int
) -> int:
    """Add a whole number at least ``x * times / scale``."""
    column = model.column(cost, upper=-(-most * times // scale))
    model.row([(times, x), (-scale, column)], high=0)
    return column


def _add_line(model: Model, instance: Instance, scope: Scope, i: int) -> None:
    by_node: dict[int, list[tuple[int, int]]] = {}
    quanta: list[tuple[int, int]] = []
    for o in scope.options:
        if (o, i) in model.y:
            y = model.y[o, i]
            by_node.setdefault(instance.options[o].node, []).append((1, y))
            x = model.x.get((o, i))
            quanta.append((scope.most[o][i], y) if x is None else (1, x))
    if not quanta:
        return
    if instance.one_node[i]:
        model.row([term for terms in by_node.values() for term in terms], high=1)
    else:
        for terms in by_node.values():
            model.row(terms, high=1)
    asked = instance.lines[i].quantity
    if scope.served is not None:
        model.row(quanta, low=scope.served[i], high=scope.served[i])
    elif not instance.one_node[i]:
        model.row(quanta, high=asked)


def _add_total(model: Model, scope: Scope) -> None:
    terms = [(scope.most[o][i], y) for (o, i), y in model.y.items()]
    for place, key in enumerate(model.y):
        if key in model.x:
            terms[place] = (1, model.x[key])
    if terms:
        model.row(terms, low=scope.total or 0, high=scope.total or 0)


def price_steps(instance: Instance, scope: Scope, o: int) -> list[tuple[int, int]]:
    """Return the (limit, price) steps that a load of this option can fall in.

    Where all loads can be listed, a limit comes down to the heaviest load within it:
    the relaxation is the tighter for it.
    """
    tariff = instance.options[o].price
    loads = _loads(instance, scope, o)
    if loads is None:
        top = min(heaviest(instance, scope.most[o]), tariff.heaviest_g)
        last = int(np.searchsorted(tariff.limits_array, top))
        limits = (*tariff.limits[:last], top)
        return list(zip(limits, tariff.prices[: last + 1], strict=True))
    loads = loads[loads <= tariff.heaviest_g]
    prices = tariff.prices_array[np.searchsorted(tariff.limits_array, loads)]
    last_of_price = np.append(prices[1:] != prices[:-1], True)[: len(prices)]
    return [
        (int(limit), int(price))
        for limit, price in zip(
            loads[last_of_price], prices[last_of_price], strict=True
        )
    ]


def _loads(instance: Instance, scope: Scope, o: int) -> np.ndarray | None:
    """Every weight that this option can ship, rising; None if too many to list."""
    weights = np.zeros(1, dtype=np.int64)
    for i, most in scope.most[o].items():
        line = instance.lines[i]
        choices = [most] if scope.fixed[o][i] else range(1, most + 1)
        if len(weights) * (len(choices) + 1) > WEIGHTS_LISTED:
            return None
        grams = np.array([0, *map(line.weight_of, choices)], dtype=np.int64)
        weights = np.unique(weights[:, None] + grams[None, :])
    weightless = any(instance.lines[i].weight_g == 0 for i in scope.most[o])
    return weights if weightless else weights[1:]
