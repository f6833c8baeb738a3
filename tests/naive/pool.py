"""A pool of orders over one stock: the best plans for all of them, by trying them all.

What an order may have is listed beforehand: what it takes of each cell, and the least that
such a plan costs. Which cells there are and what is in them with nobody's plan in force is
given. Nothing here knows how a plan is found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import block_diag, csr_array, vstack

from .evaluate import BrokenRuleError, evaluate
from .mip import mip_plan, scope_of
from .mip_model import Model, build
from .routing import Way, ways_to_serve
from .routing_instance import Instance

#: (SKU, node).
Cell = tuple[str, str]
#: Quanta by cell, in the order of cells.
Use = tuple[tuple[Cell, int], ...]


def plans_of(
    instance: Instance, cells: Sequence[Sequence[Cell]], max_shipments: int | None
) -> dict[Use, tuple[int, int]]:
    """Return what every plan that serves all of an order takes, with cost and transit.

    Of plans that take the same, the cheapest, and of those the soonest. `cells` are by
    node and line.
    """
    found: dict[Use, tuple[int, int]] = {}
    for plan in _whole_plans(instance, 0, {}):
        try:
            told = evaluate(instance, list(plan.items()), max_shipments)
        except BrokenRuleError:
            continue
        use: dict[Cell, int] = {}
        for option, quantities in plan.items():
            for line, quanta in quantities.items():
                cell = cells[instance.options[option].node][line]
                use[cell] = use.get(cell, 0) + quanta
        key = tuple(sorted(use.items()))
        figures = told.cost, told.latest or 0
        found[key] = min(found.get(key, figures), figures)
    return found


def _whole_plans(
    instance: Instance, line: int, plan: dict[int, dict[int, int]]
) -> Iterator[dict[int, dict[int, int]]]:
    if line == len(instance.lines):
        yield plan
        return
    for way in ways_to_serve(instance, line):
        if sum(quanta for _, quanta in way) == instance.lines[line].quantity:
            yield from _whole_plans(instance, line + 1, _with(plan, line, way))


def _with(
    plan: dict[int, dict[int, int]], line: int, way: Way
) -> dict[int, dict[int, int]]:
    longer = {option: dict(quantities) for option, quantities in plan.items()}
    for option, quanta in way:
        longer.setdefault(option, {})[line] = quanta
    return longer


def best_together(
    orders: Sequence[Mapping[Use, int]], stock: Mapping[Cell, int]
) -> int | None:
    """Return the least that plans cost which fit the stock together; None: none do."""
    if not orders:
        return 0
    best = None
    for use, cost in orders[0].items():
        if all(stock[cell] >= quanta for cell, quanta in use):
            left = dict(stock)
            for cell, quanta in use:
                left[cell] -= quanta
            rest = best_together(orders[1:], left)
            if rest is not None and (best is None or cost + rest < best):
                best = cost + rest
    return best


# -- pools too large for that ----------------------------------------------------------


def best_of_columns(
    orders: Sequence[Mapping[Use, int]], stock: Mapping[Cell, int]
) -> int:
    """Return the same by HiGHS: one plan for each order, a column for each plan."""
    columns = [
        (i, use, cost) for i, may in enumerate(orders) for use, cost in may.items()
    ]
    if not columns:
        return 0
    cells = {cell: r for r, cell in enumerate(stock, len(orders))}
    matrix = np.zeros((len(orders) + len(cells), len(columns)))
    for c, (i, use, _) in enumerate(columns):
        matrix[i, c] = 1
        for cell, quanta in use:
            matrix[cells[cell], c] = quanta
    high = np.array([1.0] * len(orders) + [float(n) for n in stock.values()])
    low = np.array([1.0] * len(orders) + [-np.inf] * len(cells))
    costs = np.array([float(cost) for *_, cost in columns])
    found = milp(
        costs,
        integrality=np.ones(len(columns)),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(csr_array(matrix), low, high),
        options={"mip_rel_gap": 0.0},
    )
    return round(float(costs @ np.rint(found.x)))


class PoolOrder:
    """An order as HiGHS is asked about it, and how it stands.

    Parameters
    ----------
    instance
        On all the stock of the pool.
    cells
        By node and line.
    stands
        What it holds, and what that costs.
    stands_apart
        Whether that is no plan of the instance.
    """

    def __init__(
        self,
        instance: Instance,
        cells: Sequence[Sequence[Cell]],
        stands: tuple[Mapping[Cell, int], int],
        *,
        stands_apart: bool,
    ) -> None:
        self.instance, self.cells = instance, cells
        self.held, self.money = stands
        self.stands_apart = stands_apart


def best_by_highs(orders: Sequence[PoolOrder], stock: Mapping[Cell, int]) -> int:
    """Return the least that plans for all orders cost, as one programme.

    Who stands in a way that no new plan may have either stays so or moves: all choices
    of who stays are tried.
    """
    apart = [order for order in orders if order.stands_apart]
    found = []
    for count in range(len(apart) + 1):
        for staying in combinations(apart, count):
            left = dict(stock)
            for order in staying:
                for cell, quanta in order.held.items():
                    left[cell] -= quanta
            moving = [order for order in orders if order not in staying]
            money = _solved(moving, left)
            if money is not None:
                found.append(money + sum(order.money for order in staying))
    return min(found)


def _solved(orders: Sequence[PoolOrder], stock: Mapping[Cell, int]) -> int | None:
    if not orders:
        return 0
    models, scopes = [], []
    for order in orders:
        if mip_plan(order.instance, "cheapest").units < order.instance.asked:
            return None
        options = range(len(order.instance.options))
        scope = scope_of(order.instance, options, None, order.instance.asked)
        scopes.append(scope)
        models.append(build(order.instance, scope))
    widths = [len(model.cost) for model in models]
    rows: dict[Cell, dict[int, int]] = {}
    first = 0
    for order, model, scope, width in zip(orders, models, scopes, widths, strict=True):
        for (option, line), y in model.y.items():
            cell = order.cells[order.instance.options[option].node][line]
            x = model.x.get((option, line))
            column, quanta = (y, scope.most[option][line]) if x is None else (x, 1)
            rows.setdefault(cell, {})[first + column] = quanta
        first += width
    return _least(models, rows, stock, first)


def _least(
    models: Sequence[Model],
    rows: Mapping[Cell, Mapping[int, int]],
    stock: Mapping[Cell, int],
    width: int,
) -> int | None:
    own = [model.constraints() for model in models]
    shared = np.zeros((len(rows), width))
    for r, row in enumerate(rows.values()):
        for column, quanta in row.items():
            shared[r, column] = quanta
    matrix = vstack([block_diag([c.A for c in own]), csr_array(shared)])
    low = np.concatenate([*(c.lb for c in own), np.full(len(rows), -np.inf)])
    high = np.concatenate([*(c.ub for c in own), [stock[cell] for cell in rows]])
    upper = np.concatenate([np.array(model.upper, float) for model in models])
    costs = np.concatenate([np.array(model.cost, float) for model in models])
    found = milp(
        costs,
        integrality=np.ones(width),
        bounds=Bounds(np.zeros(width), upper),
        constraints=LinearConstraint(matrix, low, high),
        options={"mip_rel_gap": 0.0},
    )
    return None if found.x is None else round(float(costs @ np.rint(found.x)))
