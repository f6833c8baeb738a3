"""What omniroute is measured against: the same question, the same facts, other means.

All rivals get the stock as arrays or dicts and the lanes of a destination ready made, so
that none has to compute zones or distances; all are warm when the clock starts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

import omniroute as om
from omniroute.kernels.order.layout import C_ROWS, C_SERVICES, S_DEN, S_NUM, S_T_MAX

Lines = list[tuple[int, int]]
#: A price where there is no lane.
NO_LANE = 2**60


@dataclass
class Lanes:
    """One destination: price row by node and service, -1 where there is no lane."""

    rows: np.ndarray
    alike: np.ndarray


class Facts:
    """Everything a rival may know, taken from an engine once."""

    def __init__(self, engine: om.Engine, services: tuple[str, ...]) -> None:
        router = engine._router
        tables = router.tables
        self.engine = engine
        self.number = engine.state.catalogue.skus.numbers
        self.free = np.array(
            [engine.available_by_node(item.sku) for item in engine.items]
        )
        self.grams = np.array([item.weight_g for item in engine.items])
        self.order_cost, self.line_cost, self.unit_cost, _ = tables.costs.T.copy()
        self.prices = tables.prices
        self.services = [engine.network.service_index(name) for name in services]
        self.shape = tables.services
        self._lanes: dict[om.Destination, Lanes] = {}
        self.dicts = [
            dict(zip(held.tolist(), row[held].tolist(), strict=True))
            for row in self.free
            for held in [np.flatnonzero(row)]
        ]
        self.lists = {"handling": tables.costs[:, :3].tolist()}
        self.price_lists = self.prices[:, :4096].tolist()
        self._row_lists: dict[om.Destination, list[list[int]]] = {}

    def lines(self, order: om.Order) -> Lines:
        return [(self.number[line.sku], int(line.quantity)) for line in order.lines]

    def lanes(self, order: om.Order) -> Lanes:
        found = self._lanes.get(order.destination)
        if found is None:
            store = self.engine._router.lanes
            slot = store.slot(order.destination)
            alike = store.nodes[slot, 0].astype(np.int64)
            record = store.records[slot, alike]
            rows = np.stack([self._rows(record, s) for s in self.services])
            rows[:, alike < 0] = -1
            found = self._lanes[order.destination] = Lanes(rows, alike)
        return found

    def _rows(self, record: np.ndarray, s: int) -> np.ndarray:
        offered = record[:, C_SERVICES] >> s & 1 == 1
        return np.where(offered, record[:, C_ROWS + s], -1)

    def row_lists(self, order: om.Order) -> list[list[int]]:
        found = self._row_lists.get(order.destination)
        if found is None:
            found = self.lanes(order).rows.tolist()
            self._row_lists[order.destination] = found
        return found


# -- numpy -----------------------------------------------------------------------------


def numpy_greedy(
    facts: Facts, order: om.Order, take: bool = False
) -> tuple[int, list[tuple[int, int]]]:
    """Ship what costs least a line, then the rest the same way. Cost and picks.

    Lines that no node holds whole are left out. With `take` the stock is taken.
    """
    lines, lanes = facts.lines(order), facts.lanes(order)
    skus = np.array([sku for sku, _ in lines])
    wanted = np.array([quantity for _, quantity in lines])
    held = facts.free[skus] >= wanted[:, None]
    grams = wanted * facts.grams[skus]
    total, picks = 0, []
    while held.any():
        count = held.sum(axis=0)
        weight = grams @ held
        cost = _cheapest(facts, lanes, weight)
        cost += facts.order_cost + facts.line_cost * count
        cost += facts.unit_cost * (wanted @ held)
        score = np.where(count > 0, cost / np.maximum(count, 1), np.inf)
        node = int(score.argmin())
        if score[node] >= NO_LANE / len(lines):
            break
        total += int(cost[node])
        for i in np.flatnonzero(held[:, node]):
            picks.append((int(i), node))
            held[i] = False
    if take:
        for i, node in picks:
            facts.free[skus[i], node] -= wanted[i]
    return total, picks


def _cheapest(facts: Facts, lanes: Lanes, weight: np.ndarray) -> np.ndarray:
    best = np.full(len(weight), NO_LANE)
    for rows, s in zip(lanes.rows, facts.services, strict=True):
        num, den, most = facts.shape[s, [S_NUM, S_DEN, S_T_MAX]]
        step = np.maximum(1, -(-weight * num // den))
        price = facts.prices[rows, np.minimum(step, most)]
        np.minimum(
            best, np.where((rows >= 0) & (step <= most), price, NO_LANE), out=best
        )
    return best


# -- plain Python ----------------------------------------------------------------------


def python_greedy(facts: Facts, order: om.Order) -> tuple[int, list[tuple[int, int]]]:
    """The same rule over dicts, node by node."""
    lines = facts.lines(order)
    rows = facts.row_lists(order)
    handling, prices, grams = facts.lists["handling"], facts.price_lists, facts.grams
    weights = [quantity * int(grams[sku]) for sku, quantity in lines]
    shapes = [facts.shape[s, [S_NUM, S_DEN]].tolist() for s in facts.services]
    left = set(range(len(lines)))
    total, picks = 0, []
    while left:
        by_node: dict[int, list[int]] = {}
        for i in left:
            sku, quantity = lines[i]
            for node, free in facts.dicts[sku].items():
                if free >= quantity:
                    by_node.setdefault(node, []).append(i)
        best = (float("inf"), 0, -1)
        for node, held in by_node.items():
            weight = sum(weights[i] for i in held)
            price = NO_LANE
            for lane, (num, den) in zip(rows, shapes, strict=True):
                row = lane[node]
                if row >= 0:
                    price = min(price, prices[row][max(1, -(-weight * num // den))])
            order_cost, line_cost, unit_cost = handling[node]
            units = sum(lines[i][1] for i in held)
            cost = price + order_cost + line_cost * len(held) + unit_cost * units
            best = min(best, (cost / len(held), cost, node))
        if best[2] < 0 or best[1] >= NO_LANE:
            break
        total += best[1]
        picks += [(i, best[2]) for i in by_node[best[2]]]
        left -= set(by_node[best[2]])
    return total, picks


def python_candidates(facts: Facts, order: om.Order) -> list[tuple[int, int, int, int]]:
    """Every node and service with what it would send and for how much, the best first.

    Pair by pair over dicts; no reasons for those that are out.
    """
    lines, rows = facts.lines(order), facts.row_lists(order)
    handling, prices = facts.lists["handling"], facts.price_lists
    shapes = [facts.shape[s, [S_NUM, S_DEN]].tolist() for s in facts.services]
    found = []
    for node, (order_cost, line_cost, unit_cost) in enumerate(handling):
        held = [(s, min(facts.dicts[s].get(node, 0), n)) for s, n in lines]
        units = sum(n for _, n in held)
        count = sum(n > 0 for _, n in held)
        weight = sum(n * int(facts.grams[s]) for s, n in held)
        cost = order_cost + line_cost * count + unit_cost * units
        for s, (lane, (num, den)) in enumerate(zip(rows, shapes, strict=True)):
            if units and lane[node] >= 0:
                rate = prices[lane[node]][max(1, -(-weight * num // den))]
                found.append((-units, rate + cost, node, s))
    return sorted(found)


# -- a mixed-integer programme in HiGHS ------------------------------------------------


class Mip:
    """The exact choice for lines that some node holds whole, as HiGHS is asked.

    ``z[o, b]``: option o (node and service) ships within price step b; ``y[o, i]``: it
    carries line i. A service that is never cheaper than another at the same node is left
    out beforehand. With `reduced`, so are all but one of the nodes that cost the same
    and hold the same lines, which is half of what omniroute's own method does.
    """

    def __init__(self, facts: Facts, order: om.Order, reduced: bool = False) -> None:
        self._facts = facts
        self._lines = facts.lines(order)
        self._costs: list[int] = []
        self._entries: list[tuple[int, int, float]] = []
        self._lows: list[float] = []
        self._highs: list[float] = []
        self._carriers: list[list[int]] = [[] for _ in self._lines]
        for node, row, s, held in self._options(facts.lanes(order), reduced):
            self._add(node, row, s, held)
        for carriers in self._carriers:
            self._row([(y, 1.0) for y in carriers], 1.0, 1.0)
        shape = (len(self._lows), len(self._costs))
        at, column, value = zip(*self._entries, strict=True)
        matrix = csr_array((np.array(value), (at, column)), shape=shape)
        self._limits = LinearConstraint(matrix, self._lows, self._highs)
        self._scaled = np.array(self._costs, float) / 100
        self._whole = np.ones(len(self._costs))

    def solve(self, limit_s: float = float("inf")) -> bool:
        """Ask HiGHS; whether it was done within so long.

        Keeps the cost of what it found, counted again in integers, and its bound: both
        alike if it was done, and 0 where it found nothing.
        """
        found = milp(
            self._scaled,
            integrality=self._whole,
            bounds=Bounds(0, 1),
            constraints=self._limits,
            options={"mip_rel_gap": 0.0, "time_limit": limit_s},
        )
        done = found.status == 0
        if not done and found.status != 1:
            raise RuntimeError(found.message)
        self.cost = 0
        if found.x is not None:
            self.cost = int(np.rint(found.x).astype(np.int64) @ np.array(self._costs))
        self.bound = self.cost if done else int((found.mip_dual_bound or 0) * 100)
        return done

    def _options(self, lanes: Lanes, reduced: bool) -> list[tuple[int, int, int, list]]:
        free = self._facts.free
        held = np.array([free[sku] >= quantity for sku, quantity in self._lines])
        seen: set[tuple[int, bytes]] = set()
        options = []
        for node in np.flatnonzero(held.any(axis=0)).tolist():
            key = (int(lanes.alike[node]), held[:, node].tobytes())
            if reduced and key in seen:
                continue
            seen.add(key)
            mine = np.flatnonzero(held[:, node]).tolist()
            rows = [
                (int(lane[node]), s)
                for lane, s in zip(lanes.rows, self._facts.services, strict=True)
                if lane[node] >= 0
            ]
            options += [(node, row, s, mine) for row, s in self._undominated(rows)]
        return options

    def _undominated(self, rows: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """Leave out services never cheaper than another; steps are the same for all."""
        kept: list[tuple[int, int]] = []
        top = self._step(sum(self._weights()), rows[0][1]) if rows else 0
        prices = self._facts.prices[:, 1 : top + 1]
        for row, s in rows:
            if not any((prices[r] <= prices[row]).all() for r, _ in kept):
                kept = [k for k in kept if (prices[k[0]] < prices[row]).any()]
                kept.append((row, s))
        return kept

    def _weights(self) -> list[int]:
        return [q * int(self._facts.grams[sku]) for sku, q in self._lines]

    def _step(self, grams: int, s: int) -> int:
        num, den = self._facts.shape[s, [S_NUM, S_DEN]].tolist()
        return max(1, -(-grams * num // den))

    def _add(self, node: int, row: int, s: int, held: list[int]) -> None:
        facts, weights = self._facts, self._weights()
        top = self._step(sum(weights[i] for i in held), s)
        prices = facts.prices[row, 1 : top + 1].tolist()
        num, den = facts.shape[s, [S_NUM, S_DEN]].tolist()
        ends = [t for t in range(top) if t + 1 == top or prices[t + 1] > prices[t]]
        order_cost = int(facts.order_cost[node])
        steps = [
            (self._column(prices[t] + order_cost), (t + 1) * den // num) for t in ends
        ]
        carried = []
        for i in held:
            handling = int(facts.line_cost[node])
            handling += int(facts.unit_cost[node]) * self._lines[i][1]
            y = self._column(handling)
            self._carriers[i].append(y)
            carried.append((y, i))
            self._row([(y, 1.0), *((z, -1.0) for z, _ in steps)], -np.inf, 0.0)
        load = [(y, float(weights[i])) for y, i in carried]
        self._row([*load, *((z, -float(g)) for z, g in steps)], -np.inf, 0.0)
        if len(steps) > 1:
            self._row([(z, 1.0) for z, _ in steps], -np.inf, 1.0)

    def _column(self, cost: int) -> int:
        self._costs.append(cost)
        return len(self._costs) - 1

    def _row(self, terms: list[tuple[int, float]], low: float, high: float) -> None:
        self._entries += [(len(self._lows), column, value) for column, value in terms]
        self._lows.append(low)
        self._highs.append(high)


# -- availability ----------------------------------------------------------------------


def numpy_matrix(facts: Facts, skus: list[str], nodes: list[str], known: Any) -> Any:
    """A labelled matrix by numpy: ids to numbers by dict, then one gather."""
    at = [facts.number[sku] for sku in skus]
    to = [known[node] for node in nodes]
    return np.maximum(facts.free[np.ix_(at, to)], 0)


def dict_matrix(cells: dict, skus: list[str], nodes: list[str]) -> list[list[int]]:
    return [[cells.get((sku, node), 0) for node in nodes] for sku in skus]


# -- ATP by date -----------------------------------------------------------------------


class DatedStock:
    """Dated supply and demand as numpy would hold them: a flat index a row, ready made.

    Overdue rows are in the first day and rows beyond the horizon gone beforehand.
    """

    def __init__(
        self, on_hand: Any, supply: Any, demand: Any, first: Any, days: int
    ) -> None:
        self.on_hand, self.days = on_hand, days
        index, quantity = [], []
        for side, sign in ((supply, 1), (demand, -1)):
            at = np.maximum(0, (side["at"] - first).astype(np.int64))
            keep = at < days
            index.append((side["cell"] * days + at)[keep])
            quantity.append((sign * side["quantity"])[keep])
        self.index = np.concatenate(index)
        self.quantity = np.concatenate(quantity)
        self.weights = self.quantity.astype(float)


def numpy_look_ahead(stock: DatedStock) -> Any:
    """Sum by cell and day, running sum, least from each day on."""
    shape = (len(stock.on_hand), stock.days)
    size = shape[0] * shape[1]
    net = np.bincount(stock.index, stock.weights, size).astype(np.int64).reshape(shape)
    net[:, 0] += stock.on_hand
    projected = np.cumsum(net, axis=1)
    return np.minimum.accumulate(projected[:, ::-1], axis=1)[:, ::-1]


def python_look_ahead(stock: DatedStock) -> list[list[int]]:
    """The same with lists."""
    days = stock.days
    net = [[0] * days for _ in stock.on_hand]
    for place, quantity in zip(
        stock.index.tolist(), stock.quantity.tolist(), strict=True
    ):
        net[place // days][place % days] += quantity
    for row, on_hand in zip(net, stock.on_hand.tolist(), strict=True):
        total = on_hand
        for t in range(days):
            total += row[t]
            row[t] = total
        for t in range(days - 2, -1, -1):
            row[t] = min(row[t], row[t + 1])
    return net
