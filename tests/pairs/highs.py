"""The best plan for a problem, as mixed-integer programmes in HiGHS, one a criterion.

Whatever HiGHS finds is counted again in integers (`count`), which also checks its rules.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from .problem import Count, Problem, count

EVER = math.inf


@dataclass(frozen=True)
class Caps:
    """What earlier criteria have settled."""

    lots: int = 0
    shipments: int | None = None
    money: int | None = None
    latest: float = EVER


def best(problem: Problem) -> tuple[int, ...]:
    """Return the key of the best plan, as `Count.key` tells it; zeros for none."""
    nothing = (0,) * (1 + len(problem.criteria))
    most = _solve(problem, "lots", Caps())
    if not most.lots or (problem.complete_only and most.lots < problem.asked):
        return nothing
    caps, key = Caps(lots=most.lots), [-most.lots]
    for name in problem.criteria:
        if name == "fewest_shipments":
            value = _solve(problem, "shipments", caps).shipments
            caps = replace(caps, shipments=value)
        elif name == "fastest":
            value = next(t for t in _times(problem) if _is_there(problem, caps, t))
            caps = replace(caps, latest=value)
        else:
            value = _least_money(problem, caps)
            caps = replace(caps, money=value)
        key.append(value)
    return tuple(key)


def _times(problem: Problem) -> list[int]:
    return sorted({option.transit_days for option in problem.options})


def _is_there(problem: Problem, caps: Caps, latest: int) -> bool:
    return _solve(problem, "nothing", replace(caps, latest=latest)) is not None


def _least_money(problem: Problem, caps: Caps) -> int:
    """Where days have a price, the least over every latest arrival there can be."""
    if not problem.day_price:
        return _solve(problem, "money", caps).money
    found = [
        _solve(problem, "money", replace(caps, latest=latest))
        for latest in _times(problem)
        if latest <= caps.latest
    ]
    return min(each.money for each in found if each is not None)


class _Programme:
    """Columns and rows of one programme."""

    def __init__(self) -> None:
        self.money: list[int] = []
        self.upper: list[int] = []
        self.rows: list[tuple[dict[int, int], float, float]] = []

    def column(self, money: int = 0, upper: int = 1) -> int:
        self.money.append(money)
        self.upper.append(upper)
        return len(self.money) - 1

    def row(self, terms, low: float = -EVER, high: float = EVER) -> None:
        summed: dict[int, int] = {}
        for value, column in terms:
            summed[column] = summed.get(column, 0) + value
        if summed:
            self.rows.append((summed, low, high))

    def least(self, goal: list[int]) -> np.ndarray | None:
        at = [(r, c, v) for r, row in enumerate(self.rows) for c, v in row[0].items()]
        r, c, v = np.array(at, float).T
        shape = len(self.rows), len(self.money)
        matrix = csr_array((v, (r.astype(int), c.astype(int))), shape=shape)
        found = milp(
            np.array(goal, float),
            integrality=np.ones(len(goal)),
            bounds=Bounds(np.zeros(len(goal)), np.array(self.upper, float)),
            constraints=LinearConstraint(
                matrix,
                np.array([row[1] for row in self.rows]),
                np.array([row[2] for row in self.rows]),
            ),
            options={"mip_rel_gap": 0.0},
        )
        assert found.status in (0, 2), found.message
        return None if found.x is None else np.rint(found.x)


def _solve(problem: Problem, goal: str, caps: Caps) -> Count | None:
    """Return what the best plan by one goal counts to; None where none keeps the caps."""
    made = _Programme()
    z: dict[int, list[int]] = {}
    y: dict[tuple[int, int], int] = {}
    x: dict[tuple[int, int], int] = {}
    for o, option in enumerate(problem.options):
        if option.transit_days <= caps.latest:
            _add_option(made, problem, o, (z, y, x))
    if not x:
        return None if caps.lots else count(problem, {})
    lots = [0] * len(made.money)
    shipments = [0] * len(made.money)
    for column in x.values():
        lots[column] = -1
    for columns in z.values():
        for column in columns:
            shipments[column] = 1
    money = [
        m + problem.split_penalty * s
        for m, s in zip(made.money, shipments, strict=True)
    ]
    _add_rules(made, problem, (z, y, x))
    _add_caps(made, problem, caps, (lots, shipments, money))
    nothing = [0] * len(made.money)
    goals = {"lots": lots, "shipments": shipments, "money": money, "nothing": nothing}
    told = [goals[goal][c] if c < len(lots) else 0 for c in range(len(made.money))]
    found = made.least(told)
    if found is None:
        return None
    sent: dict[int, dict[int, int]] = {}
    for (o, i), column in x.items():
        if found[column]:
            sent.setdefault(o, {})[i] = int(found[column])
    return count(problem, sent)


def _add_caps(made: _Programme, problem: Problem, caps: Caps, goals) -> None:
    lots, shipments, money = goals
    if caps.lots:
        made.row([(-n, c) for c, n in enumerate(lots) if n], low=caps.lots)
    limits = [n for n in (problem.max_shipments, caps.shipments) if n is not None]
    if limits:
        made.row([(n, c) for c, n in enumerate(shipments) if n], high=min(limits))
    if caps.money is not None and not problem.day_price:
        spent = caps.money + problem.split_penalty
        made.row([(m, c) for c, m in enumerate(money) if m], high=spent)


def _add_option(made: _Programme, problem: Problem, o: int, columns) -> None:
    z, y, x = columns
    most = {i: problem.most(o, i) for i in range(len(problem.lines))}
    most = {i: n for i, n in most.items() if n}
    if not most:
        return
    option = problem.options[o]
    top = sum(problem.lines[i].grams(n) for i, n in most.items())
    steps = []
    for limit, price in zip(option.price.limits, option.price.prices, strict=True):
        steps.append((min(limit, top), price))
        if limit >= top:
            break
    z[o] = [made.column(price + problem.shipment[o].money) for _, price in steps]
    load = [(-limit, c) for (limit, _), c in zip(steps, z[o], strict=True)]
    for i, n in most.items():
        line = problem.lines[i]
        y[o, i] = made.column(problem.line[o].money)
        x[o, i] = made.column(upper=n)
        made.row([(1, x[o, i]), (-n, y[o, i])], high=0)
        made.row([(1, x[o, i]), (-1, y[o, i])], low=0)
        made.row([(1, y[o, i]), *((-1, c) for c in z[o])], high=0)
        each = problem.pick[o].money * line.picks + problem.item[o][i] * line.items
        if each or line.scale > 1:
            units = made.column(each, upper=line.units(n))
            made.row([(1, x[o, i]), (-line.scale, units)], high=0)
            made.row([(1, x[o, i]), (-line.scale, units)], low=1 - line.scale)
        if line.weight_g and line.scale > 1:
            grams = made.column(upper=line.grams(n))
            made.row([(line.weight_g, x[o, i]), (-line.scale, grams)], high=0)
            load.append((1, grams))
        elif line.weight_g:
            load.append((line.weight_g, x[o, i]))
    made.row(load, high=0)
    made.row([(1, c) for c in z[o]], high=1)
    made.row(
        [*((1, c) for c in z[o]), *((-1, y[o, i]) for i in most)],
        high=0,
    )


def _add_rules(made: _Programme, problem: Problem, columns) -> None:
    _, y, x = columns
    for i, line in enumerate(problem.lines):
        made.row([(1, c) for (_, j), c in x.items() if j == i], high=line.lots)
        by_node: dict[int, list] = {}
        for (o, j), c in y.items():
            if j == i:
                by_node.setdefault(problem.options[o].node, []).append((1, c))
        for terms in by_node.values():
            made.row(terms, high=1)
        if problem.one_node[i]:
            made.row([t for terms in by_node.values() for t in terms], high=1)
    _add_stock(made, problem, x)
    for group in problem.together:
        _add_group(made, problem, group, y)
    for room in problem.rooms:
        _add_room(made, problem, room, columns)


def _add_stock(made: _Programme, problem: Problem, x) -> None:
    taken: dict[tuple[str, int], list] = {}
    for (o, i), c in x.items():
        for part, inside in problem.lines[i].parts.items():
            key = part, problem.options[o].node
            taken.setdefault(key, []).append((inside, c))
    for key, terms in taken.items():
        made.row(terms, high=problem.stock.get(key, 0))


def _add_group(made: _Programme, problem: Problem, group, y) -> None:
    nodes = {problem.options[o].node for o, i in y if i in group}
    here = {node: made.column() for node in sorted(nodes)}
    made.row([(1, c) for c in here.values()], high=1)
    for (o, i), c in y.items():
        if i in group:
            made.row([(1, c), (-1, here[problem.options[o].node])], high=0)


def _add_room(made: _Programme, problem: Problem, room, columns) -> None:
    """Parts picked of one shipment are work once, however many lines they are for."""
    z, y, x = columns
    here = [o for o in z if problem.options[o].node == room.node]
    if room.of == "orders":
        made.row([(1, c) for o in here for c in z[o]], high=room.left)
        return
    work = []
    for o in here:
        by_part: dict[str, list] = {}
        for i, line in enumerate(problem.lines):
            for part, inside in line.parts.items():
                if (o, i) in x:
                    by_part.setdefault(part, []).append((i, inside, line.scale))
        for uses in by_part.values():
            if room.of == "units":
                top = sum(problem.lines[i].lots * n for i, n, _ in uses)
                units = made.column(upper=top)
                scale = max(s for _, _, s in uses)
                terms = [(inside, x[o, i]) for i, inside, _ in uses]
                made.row([*terms, (-scale, units)], high=0)
            else:
                units = made.column()
                for i, _, _ in uses:
                    made.row([(1, y[o, i]), (-1, units)], high=0)
            work.append((1, units))
    made.row(work, high=room.left)
