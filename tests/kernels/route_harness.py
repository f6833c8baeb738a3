"""Routing questions as the kernels read them, and the kernels' answers read back."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import reduce
from typing import NamedTuple

import numpy as np

from omniroute.codes import P_FREE, PLANES, UNREACHED, Status
from omniroute.kernels.decide.route import NEED_ROOM, NEED_SEARCH, NEED_WORK, route
from omniroute.kernels.decide.search import (
    NOT_BEGUN,
    NOT_IN_TIME,
    search_cover,
    search_spread,
)
from omniroute.kernels.order import layout as at
from tests.naive.evaluate import Evaluation, evaluate, order_key
from tests.naive.routing_instance import Instance
from tests.naive.tariffs import Tariff

#: Price steps of a postal tariff: quarters of a pound, in grams.
QUARTER_POUNDS = (400_000, 45_359_237)


class Arrays(NamedTuple):
    """What `route` is called with before the ask; one destination, slot 0."""

    rows: np.ndarray
    cell_node: np.ndarray
    planes: np.ndarray
    items: np.ndarray
    prices: np.ndarray
    services: np.ndarray
    lane_nodes: np.ndarray
    lane_records: np.ndarray
    lane_sizes: np.ndarray


# -- an instance as arrays -------------------------------------------------------------


def as_arrays(instance: Instance, lattice: tuple[int, int] | None = None) -> Arrays:
    """Return the kernels' arrays: line i is SKU i, nodes keep their numbers."""
    heaviest = sum(line.weight_of(line.quantity) for line in instance.lines)
    services, prices, row_of = _tariffs(instance, heaviest, lattice)
    cls, records = _classes(instance, row_of, len(services))
    distance = np.zeros(len(instance.nodes), np.int32)
    for option in instance.options:
        distance[option.node] = option.distance_m
    return Arrays(
        *_stock(instance),
        np.array([[line.weight_g, line.scale] for line in instance.lines], np.int64),
        prices,
        services,
        np.stack([cls, distance])[None],
        records[None],
        np.array([len(records)], np.int64),
    )


def _stock(instance: Instance) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cells by SKU, then node, with an empty cell to spare before each SKU's."""
    held = np.array([node.stock for node in instance.nodes], np.int64)
    held = held.reshape(len(instance.nodes), len(instance.lines)).T
    rows, cell_node, free = [], [], []
    for stock in held:
        nodes = np.flatnonzero(stock)
        rows.append((len(cell_node) + 1, len(nodes), len(nodes)))
        cell_node += [0, *nodes]
        free += [9, *stock[nodes]]
    planes = np.zeros((PLANES, len(free)), np.int32)
    planes[P_FREE] = free
    return np.array(rows, np.int64), np.array(cell_node, np.int32), planes


def _tariffs(
    instance: Instance, heaviest: int, lattice: tuple[int, int] | None
) -> tuple[np.ndarray, np.ndarray, dict[tuple[int, Tariff], int]]:
    """Services, price rows, and the row of each (service, tariff)."""
    n_services = max((option.service for option in instance.options), default=0) + 1
    services = np.zeros((n_services, at.S_WIDTH), np.int64)
    services[:, at.S_RADIUS_M] = services[:, at.S_ZONES] = -1
    row_of: dict[tuple[int, Tariff], int] = {}
    for option in instance.options:
        row_of.setdefault((option.service, option.price), len(row_of))
    for s in range(n_services):
        cards = [price for service, price in row_of if service == s]
        num, den = lattice or _lattice(cards, heaviest)
        last = max((card.heaviest_g for card in cards), default=0)
        ends = {min(card.heaviest_g, heaviest) for card in cards}
        assert len(ends) <= 1, "a service has one weight limit"
        t_max = max(1, -(-min(last, heaviest) * num // den))
        services[s, [at.S_NUM, at.S_DEN, at.S_T_MAX]] = num, den, t_max
        services[s, at.S_MAX_G] = last
    width = services[:, at.S_T_MAX].max() + 1
    prices = np.full((max(1, len(row_of)), width), UNREACHED, np.int64)
    for (s, card), row in row_of.items():
        num, den, t_max = services[s, : at.S_T_MAX + 1].tolist()
        grams = np.arange(1, t_max + 1) * den // num if num else np.array([heaviest])
        grams = np.minimum(grams, heaviest)  # steps may end beyond the last limit
        known = np.append(card.prices_array, UNREACHED)
        prices[row, 1 : t_max + 1] = known[np.searchsorted(card.limits_array, grams)]
        prices[row, 0] = prices[row, 1]
    return services, prices, row_of


def _lattice(cards: list[Tariff], heaviest: int) -> tuple[int, int]:
    """Return the coarsest steps that tell every weight limit; none for flat prices."""
    limits = {limit for card in cards for limit in card.limits if limit < heaviest}
    if not limits and all(card.heaviest_g >= heaviest for card in cards):
        return 0, 1
    return 1, reduce(math.gcd, limits, 0) or 1


def _classes(
    instance: Instance, row_of: dict[tuple[int, Tariff], int], n_services: int
) -> tuple[np.ndarray, np.ndarray]:
    record_of: list[list[int]] = []
    for node in instance.nodes:
        costs = [node.order_cost, node.line_cost, node.unit_cost, 0]
        record_of.append([*costs, *[-1] * n_services, *[0] * n_services])
    for option in instance.options:
        record = record_of[option.node]
        record[at.C_SERVICES] |= 1 << option.service
        record[at.C_ROWS + option.service] = row_of[option.service, option.price]
        record[at.C_ROWS + n_services + option.service] = option.transit_days
    known: dict[tuple[int, ...], int] = {}
    cls = [
        known.setdefault(tuple(record), len(known)) if record[at.C_SERVICES] else -1
        for record in record_of
    ]
    width = at.C_ROWS + 2 * n_services
    records = np.array(list(known), np.int64).reshape(len(known), width)
    return np.array(cls, np.int32), records


def ask_of(
    instance: Instance,
    objective: str = "cheapest",
    max_shipments: int | None = None,
    *,
    groups: tuple[int, ...] | None = None,
    excluded: tuple[int, ...] = (),
    max_distance_m: int = -1,
    collect_at: int = -1,
    budget: int = 2_000_000,
    latest: int = -1,
) -> np.ndarray:
    """Return the ask of an instance; all services in one group unless told."""
    limit = max_shipments or 0
    header = [0] * at.A_HEADER
    header[at.A_LINES] = len(instance.lines)
    header[at.A_GROUPS] = 1 if groups is None else len(groups)
    header[at.A_EXCLUDED] = len(excluded)
    header[at.A_MAX_SHIPMENTS] = limit
    header[at.A_MAX_DISTANCE_M] = max_distance_m
    header[at.A_OBJECTIVE] = ("cheapest", "fastest").index(objective)
    header[at.A_COMPLETE] = int(instance.complete_only)
    header[at.A_BUDGET] = budget
    header[at.A_COLLECT_AT] = collect_at
    header[at.A_LATEST] = latest
    words = list(header)
    for group in groups or ((1 << 62) - 1,):
        words += [group, limit]
    words += excluded
    for i, line in enumerate(instance.lines):
        words += [i, line.quantity]
    return np.array(words, np.int64)


# -- the decision: tables first, then group by group the searches ----------------------


class Router:
    """Calls the kernels, and gives them memory as they ask for it."""

    def __init__(self) -> None:
        self.work = np.zeros(8, np.int64)
        self.out = np.zeros(64, np.int64)
        self.n_nodes = 0

    def call(self, entry, *arguments) -> int:
        """Call a kernel until its memory and the room for its answer suffice."""
        while True:
            code = int(entry(*arguments, self.work, self.out))
            if code == NEED_WORK:
                self.work = np.zeros(int(self.out[1]), np.int64)
            elif code == NEED_ROOM:
                self.out = np.zeros(int(self.out[1]), np.int64)
            else:
                return code

    def decide(self, arrays: Arrays, ask: np.ndarray) -> np.ndarray:
        """Return the answer for an ask, whatever it takes."""
        if self.n_nodes != arrays.lane_nodes.shape[2]:
            self.n_nodes = arrays.lane_nodes.shape[2]
            self.work[:] = 0  # what must be zero lies elsewhere for other networks
        if self.call(route, *arrays, ask) != NEED_SEARCH:
            return self.out.copy()
        return conclude(ask, self.search_groups(arrays, ask))

    def search_groups(self, arrays: Arrays, ask: np.ndarray) -> np.ndarray:
        """Return the best over the groups of services, each decided by itself."""
        best = None
        for k in range(int(ask[at.A_GROUPS])):
            alone = only_group(ask, k)
            if self.call(route, *arrays, alone) == NEED_SEARCH:
                answer = self.search(arrays, alone)
            else:
                answer = self.out.copy()
            if best is None or is_better(answer, best, bool(ask[at.A_OBJECTIVE])):
                best = answer
        return best

    def search(self, arrays: Arrays, ask: np.ndarray) -> np.ndarray:
        """Return the best found for the one group of an ask.

        Fastest: the cheapest within each transit time, from the shortest on, until as
        many units are served as without a limit.
        """
        best = self.search_within(arrays, ask, -1)
        if ask[at.A_OBJECTIVE] == 0:
            return best
        short = best[at.O_SHORT]
        sure = bool(best[at.O_PROVEN]) or short == best[at.O_SHORT_LEAST]
        for days in transit_days(arrays, ask):
            answer = self.search_within(arrays, ask, days)
            if answer is None:
                continue
            if answer[at.O_SHORT] <= short:
                if not sure:  # more units, or the same sooner, may be possible
                    answer[at.O_PROVEN], answer[at.O_BOUND] = 0, 0
                return answer
            hopeless = bool(answer[at.O_PROVEN]) or answer[at.O_SHORT_LEAST] > short
            sure = sure and hopeless
        return best

    def search_within(
        self, arrays: Arrays, ask: np.ndarray, latest: int
    ) -> np.ndarray | None:
        """Return the cheapest found within a latest transit; None: not all can be."""
        code = self.call(search_spread, *arrays, ask, latest)
        if code == NOT_IN_TIME:
            return None
        best = None if code == NOT_BEGUN else self.out.copy()
        if best is None or not best[at.O_PROVEN]:
            self.call(search_cover, *arrays, ask, latest)
            if best is None or is_better(self.out, best, fastest=False):
                best = self.out.copy()
        return best


def conclude(ask: np.ndarray, answer: np.ndarray) -> np.ndarray:
    """Set the status; an order to be served whole or not at all loses a part plan."""
    if answer[at.O_SHORT] == 0:
        answer[at.O_STATUS] = Status.OK
    else:
        assert answer[at.O_PICKS] > 0, "a search of what cannot be served"
        answer[at.O_STATUS] = Status.SHORT
        if ask[at.A_COMPLETE]:
            kept = [at.O_STATUS, at.O_PROVEN, at.O_METHOD, at.O_CANDIDATES]
            words = answer[kept]
            answer[:] = 0
            answer[kept] = words
            answer[at.O_SHORT] = asked_of(ask)
    answer[at.O_OBJECTIVE] = answer[at.O_COST]
    return answer


def asked_of(ask: np.ndarray) -> int:
    """Return the quanta asked for."""
    return int(ask[-at.LINE_WIDTH * int(ask[at.A_LINES]) :][1 :: at.LINE_WIDTH].sum())


def only_group(ask: np.ndarray, k: int) -> np.ndarray:
    """Return the ask with its k-th group as the only one."""
    start = at.A_HEADER + at.GROUP_WIDTH * k
    end = at.A_HEADER + at.GROUP_WIDTH * int(ask[at.A_GROUPS])
    alone = np.concatenate(
        [ask[: at.A_HEADER], ask[start : start + at.GROUP_WIDTH], ask[end:]]
    )
    alone[at.A_GROUPS] = 1
    return alone


def transit_days(arrays: Arrays, ask: np.ndarray) -> list[int]:
    """Return the transit days of the group's lanes, rising."""
    slot, group = int(ask[at.A_SLOT]), int(ask[at.A_HEADER])
    records = arrays.lane_records[slot, : arrays.lane_sizes[slot]]
    n = len(arrays.services)
    served = [s for s in range(n) if group >> s & 1]
    rows = records[:, [at.C_ROWS + s for s in served]]
    days = records[:, [at.C_ROWS + n + s for s in served]]
    return np.unique(days[rows >= 0]).tolist()


def is_better(trial: np.ndarray, best: np.ndarray, fastest: bool) -> bool:
    """Compare answers: most units, then the objective, then the tie-breaks."""
    words = [at.O_SHORT, *([at.O_TRANSIT] if fastest else [])]
    words += [at.O_COST, at.O_SHIPMENTS, at.O_TRANSIT_SUM, at.O_DISTANCE_SUM]
    return trial[words].tolist() < best[words].tolist()


# -- an answer read back ---------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """An answer in the terms of the slow oracles."""

    plan: list[tuple[int, dict[int, int]]]
    found: Evaluation
    cost: int
    bound: int
    proven: bool
    short: int
    method: int
    status: int
    words: np.ndarray

    def key(self, objective: str) -> tuple[object, ...]:
        """Return what plans are compared by, but for the quantities."""
        return order_key(self.found, objective)[:-1]

    @property
    def is_split(self) -> bool:
        """Whether a line comes from more than one node."""
        return any(len(nodes) > 1 for nodes in self.found.nodes_by_line)


def read_answer(
    instance: Instance, words: np.ndarray, max_shipments: int | None = None
) -> Answer:
    """Return the answer, its rules checked and its figures counted again."""
    shipments = _shipments(words)
    option_of = {(o.node, o.service): k for k, o in enumerate(instance.options)}
    plan = [
        (option_of[int(row[at.X_NODE]), int(row[at.X_SERVICE])], {})
        for row in shipments
    ]
    for x, line, quantity in _picks(words).tolist():
        assert line not in plan[x][1], "a line twice in one shipment"
        plan[x][1][line] = quantity
    found = evaluate(instance, plan, max_shipments)
    _check_figures(instance, found, words, shipments, plan)
    return Answer(
        plan,
        found,
        int(words[at.O_COST]),
        int(words[at.O_BOUND]),
        bool(words[at.O_PROVEN]),
        int(words[at.O_SHORT]),
        int(words[at.O_METHOD]),
        int(words[at.O_STATUS]),
        words,
    )


def _shipments(words: np.ndarray) -> np.ndarray:
    end = at.O_HEADER + int(words[at.O_SHIPMENTS]) * at.SHIPMENT_WIDTH
    return words[at.O_HEADER : end].reshape(-1, at.SHIPMENT_WIDTH)


def _picks(words: np.ndarray) -> np.ndarray:
    start = at.O_HEADER + int(words[at.O_SHIPMENTS]) * at.SHIPMENT_WIDTH
    end = start + int(words[at.O_PICKS]) * at.PICK_WIDTH
    return words[start:end].reshape(-1, at.PICK_WIDTH)


def _check_figures(instance, found, words, shipments, plan) -> None:
    told = words[[at.O_COST, at.O_SHIPMENTS, at.O_TRANSIT_SUM, at.O_DISTANCE_SUM]]
    counted = found.cost, found.n_shipments, found.sum_transit_days
    assert told.tolist() == [*counted, found.sum_distance_m]
    assert words[at.O_SHORT] == instance.asked - found.units
    assert words[at.O_TRANSIT] == (found.latest or 0)
    assert words[at.O_BOUND] <= words[at.O_COST]
    by_option = sorted(range(len(plan)), key=lambda x: plan[x][0])
    rows = shipments[by_option]
    assert rows[:, at.X_WEIGHT_G].tolist() == list(found.weights_g)
    assert rows[:, at.X_RATE].tolist() == list(found.prices)
    terms = rows[:, [at.X_ORDER, at.X_LINE, at.X_UNIT]].sum(axis=1)
    assert terms.tolist() == list(found.handling)


def check_clean(router: Router, arrays: Arrays, ask: np.ndarray) -> None:
    """Assert that the memory which must be zero between calls is."""
    from omniroute.kernels.decide.memory import SMALL_WORDS, STAMP_WORDS

    n_nodes = arrays.lane_nodes.shape[2]
    nodes = SMALL_WORDS + STAMP_WORDS
    assert not router.work[SMALL_WORDS:nodes].any(), "stamps"
    assert not router.work[nodes : nodes + n_nodes].any(), "node_word"
    barred = nodes + 4 * n_nodes
    assert not router.work[barred : barred + n_nodes].any(), "barred"
