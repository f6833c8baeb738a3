"""Asking the kernels for a decision, with the memory they need."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import Status
from omniroute.kernels.decide.route import NEED_ROOM, NEED_SEARCH, NEED_WORK
from omniroute.kernels.decide.route import route as route_kernel
from omniroute.kernels.decide.search import (
    NOT_BEGUN,
    NOT_IN_TIME,
    search_cover,
    search_spread,
)
from omniroute.kernels.order.layout import (
    A_COMPLETE,
    A_GROUPS,
    A_HEADER,
    A_LATEST,
    A_LINES,
    A_OBJECTIVE,
    A_SLOT,
    A_SPLIT,
    A_WITHIN,
    C_ROWS,
    GROUP_WIDTH,
    LINE_WIDTH,
    O_BOUND,
    O_CANDIDATES,
    O_COST,
    O_HEADER,
    O_METHOD,
    O_OBJECTIVE,
    O_PICKS,
    O_PROVEN,
    O_SHIPMENTS,
    O_SHORT,
    O_STATUS,
    PICK_WIDTH,
    SHIPMENT_WIDTH,
    SPLIT_FREELY,
)
from omniroute.routing.lanes import LaneStore
from omniroute.routing.policies.priced import PricedLanes
from omniroute.routing.policies.ranking import CHEAPEST, FASTEST, Ranking
from omniroute.routing.policies.unit_money import OneSlot
from omniroute.routing.policies.weighed import Alone, Weighed
from omniroute.routing.tables import NetworkTables
from omniroute.stock.arena import Arena

I8 = NDArray[np.int64]


class Decides(Protocol):
    """Who decides asks: the kernels, or a policy by way of them."""

    @property
    def arena(self) -> Arena:
        """The stock it looks at."""

    def decide(self, words: list[int]) -> list[int]:
        """Return the answer to an ask."""

    def ranking(self, words: list[int]) -> Ranking:
        """Return what answers to an ask are compared by."""

    @property
    def monotone(self) -> bool:
        """Whether less stock never makes a better answer."""

    def named(self, words: list[int], answer: list[int]) -> list[dict[str, int]]:
        """Return what a policy adds to each shipment of an answer, by name."""

    @property
    def cash_terms(self) -> frozenset[str]:
        """Names of terms that are paid."""

    def least(self, words: list[int]) -> int:
        """Return what no plan of an ask counts less than."""

    def allowed(self, slot: int) -> NDArray[np.bool_] | None:
        """bool[N, V]: what a policy leaves nodes for a destination; None for all."""

    def weigh(self, words: list[int], alone: Alone) -> Weighed:
        """Return how single shipments are looked at."""


class Decider:
    """Decides orders on the stock of an arena; owns the kernels' scratch memory.

    Not for several threads at once: the memory is shared between calls.
    """

    monotone = True

    def __init__(
        self, tables: NetworkTables, lanes: LaneStore, arena: Arena, items: I8
    ) -> None:
        self.tables = tables
        self.lanes: LaneStore | PricedLanes | OneSlot = lanes
        self.arena = arena
        self.items = items
        self.ask: I8 = np.zeros(256, np.int64)
        self.work: I8 = np.zeros(1 << 20, np.int64)
        self.out: I8 = np.zeros(4096, np.int64)

    def decide(self, words: list[int]) -> list[int]:
        """Return the answer to an ask, as `layout` describes it.

        Exact by tables where they settle it; else by the searches.
        """
        count = len(words)
        if count > len(self.ask):
            self.ask = np.zeros(2 * count, np.int64)
        self.ask[:count] = words
        code = self._route()
        if code == NEED_SEARCH:
            return self._search_groups(words)
        return self.answer()

    cash_terms: frozenset[str] = frozenset()

    def named(self, words: list[int], answer: list[int]) -> list[dict[str, int]]:  # noqa: ARG002
        """Nothing is added."""
        return []

    def least(self, words: list[int]) -> int:  # noqa: ARG002
        """Cash is never below nothing."""
        return 0

    def allowed(self, slot: int) -> None:
        """Nothing is left out of the lanes."""

    def weigh(self, words: list[int], alone: Alone) -> Weighed:
        """Return how single shipments are looked at: by cash, or first by arrival."""
        nothing = np.zeros_like(alone.arrival)
        criteria = ("fastest", "cheapest") if words[A_OBJECTIVE] == 1 else ("cheapest",)
        return Weighed(criteria, nothing, nothing)

    def put(self, words: list[int]) -> None:
        """Write an ask where kernels read it."""
        count = len(words)
        if count > len(self.ask):
            self.ask = np.zeros(2 * count, np.int64)
        self.ask[:count] = words

    def ranking(self, words: list[int]) -> Ranking:
        """Return what answers to an ask are compared by."""
        return FASTEST if words[A_OBJECTIVE] == 1 else CHEAPEST

    def arguments(self) -> tuple[NDArray[np.generic], ...]:
        """Return the arrays every routing kernel reads first."""
        arena, tables, lanes = self.arena, self.tables, self.lanes
        return (
            arena.rows,
            arena.cell_node,
            arena.planes,
            self.items,
            tables.prices,
            tables.services,
            lanes.nodes,
            lanes.records,
            lanes.sizes,
        )

    def _route(self) -> int:
        arena, tables, lanes = self.arena, self.tables, self.lanes
        while True:
            code = int(
                route_kernel(
                    arena.rows,
                    arena.cell_node,
                    arena.planes,
                    self.items,
                    tables.prices,
                    tables.services,
                    lanes.nodes,
                    lanes.records,
                    lanes.sizes,
                    self.ask,
                    self.work,
                    self.out,
                )
            )
            if code not in (NEED_WORK, NEED_ROOM):
                return code
            self.enlarge(code)

    def enlarge(self, code: int) -> None:
        """Give the kernel the memory it asked for in its last answer."""
        need = int(self.out[1])
        if code == NEED_WORK:
            self.work = np.zeros(need + need // 4, np.int64)
        else:
            self.out = np.zeros(max(need, 2 * len(self.out)), np.int64)

    def answer(self) -> list[int]:
        """Return what the kernel has just answered."""
        out = self.out
        used = O_HEADER + SHIPMENT_WIDTH * int(out[O_SHIPMENTS])
        answer: list[int] = out[: used + PICK_WIDTH * int(out[O_PICKS])].tolist()
        return answer

    # -- orders that tables do not settle ----------------------------------------------

    def _search_groups(self, words: list[int]) -> list[int]:
        """Decide each group of services by itself and keep the best answer."""
        fastest = words[A_OBJECTIVE] == 1
        groups = range(words[A_GROUPS])
        answers = [self._search_group(only_group(words, g)) for g in groups]
        best = best_of_groups(answers, fastest)
        return conclude(best, words[A_COMPLETE] == 1)

    def _search_group(self, words: list[int]) -> list[int]:
        self.ask[: len(words)] = words
        self.ask[A_COMPLETE] = 0
        if self._route() != NEED_SEARCH:
            return self.answer()
        if words[A_OBJECTIVE] == 0:
            return self._search(words, words[A_WITHIN] - 1) or _none_in_time(words)
        return self._search_fastest(words)

    def _search_fastest(self, words: list[int]) -> list[int]:
        """Least latest arrival: try each transit time from the shortest."""
        best = self._search(words, -1)
        assert best is not None
        short, sure = best[O_SHORT], is_sure_of_units(best)
        for days in self._transit_times(words):
            answer = self._search(words, days)
            if answer is None:
                continue
            if answer[O_SHORT] <= short:
                if not sure:
                    answer[O_PROVEN] = answer[O_BOUND] = 0
                return answer
            sure = sure and is_sure_of_units(answer)
        return best

    def _transit_times(self, words: list[int]) -> list[int]:
        lanes, slot, group = self.lanes, words[A_SLOT], words[A_HEADER]
        count = len(self.tables.services)
        records = lanes.records[slot, : lanes.sizes[slot]]
        times: set[int] = set()
        for s in range(count):
            if group >> s & 1:
                served = records[:, C_ROWS + s] >= 0
                times.update(records[served, C_ROWS + count + s].tolist())
        latest = words[A_LATEST]
        return sorted(time for time in times if latest < 0 or time <= latest)

    def _search(self, words: list[int], latest: int) -> list[int] | None:
        """Search for the best plan that arrives in time; None: not everything can.

        Where lines are split freely, it is no worse than one that splits when needed.
        """
        answer = self._searched(latest)
        if words[A_SPLIT] != SPLIT_FREELY or answer is None:
            return answer
        kept = self._search_group(when_needed(words, latest))
        self.put(words)
        return whole_if_as_good(answer, kept)

    def _searched(self, latest: int) -> list[int] | None:
        """Split quantities exactly if that is small enough, else find a good cover.

        None where not everything can arrive within ``latest`` days.
        """
        code = self._run(search_spread, latest)
        if code == NOT_IN_TIME:
            return None
        spread = self.answer() if code != NOT_BEGUN else None
        if spread is not None and spread[O_PROVEN]:
            return spread
        if self._run(search_cover, latest) == NOT_IN_TIME:
            return None
        cover = self.answer()
        if spread is None or not is_better(spread, cover, False):
            return cover
        return spread

    def _run(self, kernel: object, latest: int) -> int:
        while True:
            arguments = (*self.arguments(), self.ask, latest, self.work, self.out)
            code = int(kernel(*arguments))  # type: ignore[operator]
            if code != NEED_ROOM:
                return code
            self.out = np.zeros(2 * len(self.out), np.int64)


def when_needed(words: list[int], latest: int) -> list[int]:
    """Return the ask that splits lines when needed, for its cheapest answer in time."""
    asked = list(words)
    asked[A_SPLIT], asked[A_OBJECTIVE], asked[A_WITHIN] = 0, 0, latest + 1
    return asked


def whole_if_as_good(free: list[int], kept: list[int]) -> list[int]:
    """Return the better of two answers to one ask: lines split freely, or when needed.

    What bounds the first bounds the other; of equal ones, the one that splits less.
    """
    if is_better(free, kept, False) or not kept[O_PICKS]:
        return free
    bound = free[O_BOUND] if free[O_SHORT] == kept[O_SHORT] else 0
    kept[O_BOUND] = min(bound, kept[O_COST])
    kept[O_PROVEN] = int(is_sure_of_units(free) and bound >= kept[O_COST])
    return kept


def _none_in_time(words: list[int]) -> list[int]:
    """Return the answer that serves nothing: not all of it can arrive in time."""
    answer = [0] * O_HEADER
    answer[O_SHORT] = sum(words[len(words) - LINE_WIDTH * words[A_LINES] + 1 :: 2])
    answer[O_PROVEN] = 1
    return answer


def is_sure_of_units(answer: list[int]) -> bool:
    """Whether no plan serves more units: a bound is told only where that is known."""
    return answer[O_PROVEN] == 1 or answer[O_SHORT] == 0 or answer[O_BOUND] > 0


def weigh_doubts(best: list[int], answers: list[list[int]], fastest: bool) -> None:
    """Lower the bound of the best answer to what other groups might still reach."""
    for answer in answers:
        if answer is best or answer[O_PROVEN]:
            continue
        bound = answer[O_BOUND]
        before = (FASTEST if fastest else CHEAPEST).before_money
        if bound and before(answer) > before(best):
            continue
        if bound < best[O_COST] or not bound:
            best[O_PROVEN] = 0
        best[O_BOUND] = min(best[O_BOUND], bound)


def conclude(answer: list[int], complete_only: bool) -> list[int]:
    """Set the status, as the kernel does for orders it settles itself."""
    if answer[O_SHORT] == 0:
        answer[O_STATUS] = int(Status.OK)
    else:  # only orders of which something can be served are searched
        answer[O_STATUS] = int(Status.SHORT)
        if complete_only:
            answer = without_plan(answer)
    answer[O_OBJECTIVE] = answer[O_COST]
    return answer


def without_plan(answer: list[int]) -> list[int]:
    """Keep what is left of an answer that had to be whole and is not."""
    kept = [0] * O_HEADER
    for word in (O_STATUS, O_PROVEN, O_METHOD, O_CANDIDATES):
        kept[word] = answer[word]
    picks = answer[O_HEADER + SHIPMENT_WIDTH * answer[O_SHIPMENTS] :]
    kept[O_SHORT] = answer[O_SHORT] + sum(picks[2::PICK_WIDTH])
    return kept


def only_group(words: list[int], g: int) -> list[int]:
    """Return the same ask for one of its groups of services."""
    start = A_HEADER + GROUP_WIDTH * g
    head = words[:A_HEADER]
    head[A_GROUPS] = 1
    rest = words[A_HEADER + GROUP_WIDTH * words[A_GROUPS] :]
    return head + words[start : start + GROUP_WIDTH] + rest


def best_of_groups(answers: list[list[int]], fastest: bool) -> list[int]:
    """Return the best answer of several groups of services, no surer than they are.

    It counts the candidates of all of them.
    """
    best = answers[0]
    for answer in answers[1:]:
        if is_better(answer, best, fastest):
            best = answer
    weigh_doubts(best, answers, fastest)
    best[O_CANDIDATES] = sum(answer[O_CANDIDATES] for answer in answers)
    return best


def is_better(trial: list[int], best: list[int], fastest: bool) -> bool:
    """Whether an answer beats another: most units, the objective, the tie-breaks."""
    if not trial[O_PICKS] or not best[O_PICKS]:
        return trial[O_PICKS] > 0
    key = (FASTEST if fastest else CHEAPEST).key
    return key(trial) < key(best)
