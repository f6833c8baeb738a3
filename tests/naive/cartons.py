"""The least cost of one order by lanes that are paid by weight or volume, in HiGHS.

A lane is a node and a carrier. Written down as the problem is stated, with nothing left
out because it does not matter in the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp


@dataclass(frozen=True)
class CartonCase:
    """What is known: by item, by node, by carrier, and by (node, carrier)."""

    wanted: dict[str, int]
    volume: dict[str, float]
    weight: dict[str, float]
    stock: dict[tuple[str, str], int]
    handling: dict[str, float]
    factor: dict[str, float]
    capacity: dict[tuple[str, str], float]
    tiers: tuple[float, ...]
    prices: dict[str, tuple[float, ...]]
    carton_volume: float

    @property
    def lanes(self) -> list[tuple[str, str]]:
        """Nodes and carriers."""
        return sorted(self.capacity)

    @property
    def nodes(self) -> list[str]:
        """Nodes."""
        return sorted(self.handling)


@dataclass(frozen=True)
class CartonPlan:
    """What it costs, and units by lane and item."""

    delivery: float
    handling: float
    units: dict[tuple[str, str, str], int]

    @property
    def cost(self) -> float:
        """All that is paid."""
        return self.delivery + self.handling


def billable(case: CartonCase, carrier: str, units: dict[str, int]) -> float:
    """Return the weight, or the volume times the carrier's factor if that is more."""
    weight = sum(case.weight[i] * n for i, n in units.items())
    volume = sum(case.volume[i] * n for i, n in units.items())
    return max(weight, case.factor[carrier] * volume)


def least_cost(
    case: CartonCase, *, idle_lanes_paid: bool = False, whole_lines: bool = False
) -> CartonPlan:
    """Return the plan of least cost.

    With `idle_lanes_paid` every lane is in some tier, also where it carries nothing. With
    `whole_lines` an item that one node has all of comes from one node.
    """
    rows = _Rows()
    units = {
        (n, c, i): rows.column(_handling(case, n, i), case.wanted[i])
        for (n, c), i in product(case.lanes, case.wanted)
    }
    tier = {
        (n, c, k): rows.column(case.prices[c][k], 1)
        for (n, c), k in product(case.lanes, range(len(case.tiers)))
    }
    for lane in case.lanes:
        _add_lane(rows, case, lane, units, tier, idle_lanes_paid=idle_lanes_paid)
    for i, wanted in case.wanted.items():
        rows.row({units[n, c, i]: 1 for n, c in case.lanes}, wanted, wanted)
        for n in case.nodes:
            here = {units[(*lane, i)]: 1 for lane in case.lanes if lane[0] == n}
            rows.row(here, high=case.stock[n, i])
        if whole_lines and any(case.stock[n, i] >= wanted for n in case.nodes):
            _add_whole(rows, case, units, i)
    values = rows.solve()
    return CartonPlan(
        sum(case.prices[c][k] for (n, c, k), col in tier.items() if values[col] > 0.5),
        sum(
            _handling(case, key[0], key[2]) * values[col] for key, col in units.items()
        ),
        {key: round(values[col]) for key, col in units.items() if values[col] > 0.5},
    )


def _handling(case: CartonCase, node: str, item: str) -> float:
    return case.handling[node] * case.volume[item] / case.carton_volume


def _add_lane(rows, case, lane, units, tier, *, idle_lanes_paid):
    """One tier, or none; what is billed lies within it; so does the volume."""
    carrier = lane[1]
    chosen = {tier[(*lane, k)]: 1 for k in range(len(case.tiers))}
    rows.row(chosen, 1 if idle_lanes_paid else 0, 1)
    limit = {tier[(*lane, k)]: -case.tiers[k] for k in range(len(case.tiers))}
    weight = {units[(*lane, i)]: case.weight[i] for i in case.wanted}
    volume = {units[(*lane, i)]: case.volume[i] for i in case.wanted}
    billed = {col: case.factor[carrier] * v for col, v in volume.items()}
    rows.row(weight | limit, high=0)
    rows.row(billed | limit, high=0)
    rows.row(volume, high=case.capacity[lane])


def _add_whole(rows, case, units, item):
    """One node sends all of the item."""
    sends = {n: rows.column(0, 1) for n in case.nodes}
    rows.row(dict.fromkeys(sends.values(), 1), 1, 1)
    for n, col in sends.items():
        here = {units[(*lane, item)]: 1 for lane in case.lanes if lane[0] == n}
        rows.row(here | {col: -case.wanted[item]}, 0, 0)


class _Rows:
    """Whole-number columns from 0 up, and rows over them."""

    def __init__(self) -> None:
        self.cost: list[float] = []
        self.upper: list[float] = []
        self.rows: list[tuple[dict[int, float], float, float]] = []

    def column(self, cost: float, upper: float) -> int:
        self.cost.append(cost)
        self.upper.append(upper)
        return len(self.cost) - 1

    def row(
        self, terms: dict[int, float], low: float = -np.inf, high: float = np.inf
    ) -> None:
        self.rows.append((terms, low, high))

    def solve(self) -> np.ndarray:
        matrix = np.zeros((len(self.rows), len(self.cost)))
        for r, (terms, _, _) in enumerate(self.rows):
            matrix[r, list(terms)] = list(terms.values())
        found = milp(
            np.array(self.cost),
            integrality=np.ones(len(self.cost)),
            bounds=Bounds(np.zeros(len(self.cost)), np.array(self.upper)),
            constraints=LinearConstraint(
                matrix,
                [low for _, low, _ in self.rows],
                [high for *_, high in self.rows],
            ),
            options={"mip_rel_gap": 0.0},
        )
        assert found.success, found.message
        return found.x
