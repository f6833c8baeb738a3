"""Deciding lines that draw on the same stock: branch and bound over the kernels.

The kernels take each line's stock for its own. Where their answer takes more of a shared
part from a node than there is, the question is split in two that both rule this answer
out: one line takes less there, or it takes no less and the others have what is left.
Each is asked again, the most promising first. No plan that keeps the rules (a line is
not split where some node has it whole) is then better than the first answer in which
nothing runs short: every question leaves out only plans that another one has.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from heapq import heappop, heappush
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from omniroute.kernels.order.layout import (
    O_BOUND,
    O_HEADER,
    O_PICKS,
    O_PROVEN,
    O_SHIPMENTS,
    PICK_WIDTH,
    SHIPMENT_WIDTH,
    X_NODE,
)
from omniroute.routing.policies.ranking import Ranking

I8 = NDArray[np.int64]

#: Questions asked of the kernels for one order, before it is left at the best so far.
QUESTIONS_MAX = 200

#: (line, node) and a number of lots.
Lots = dict[tuple[int, int], int]


class Shared(NamedTuple):
    """A part that several lines are drawn from.

    Parameters
    ----------
    here : int64[N]
        What each node has of it.
    uses
        (line, quanta of the part in a lot of the line).
    """

    here: I8
    uses: list[tuple[int, int]]


class _Branch(NamedTuple):
    """A question: what lines may take of nodes at most, and are taken to take at least."""

    most: Lots
    least: Lots
    answer: list[int]


class Joint:
    """Decides one order whose lines share parts.

    Parameters
    ----------
    ask
        Answers the order's lines with what they may take at most, in lots.
    shared
        The parts.
    ranking
        What answers are compared by.
    """

    def __init__(
        self,
        ask: Callable[[Lots], list[int]],
        shared: Sequence[Shared],
        *,
        ranking: Ranking,
    ) -> None:
        self._ask, self._shared, self._ranking = ask, shared, ranking
        self._asked = 0
        self._sure = True
        self._count = 0
        self._open: list[tuple[tuple[int, ...], int, _Branch]] = []

    def decide(self) -> list[int]:
        """Return the best answer that takes no more of anything than there is."""
        first = self._question({})
        if self._clash(first) is None:
            return first
        self._push({}, {}, first)
        best = self._dive(first)
        while self._open and self._asked < QUESTIONS_MAX:
            key, _, branch = heappop(self._open)
            if key >= self._key(best):
                # The least of all that are open: none of them is better.
                self._open.clear()
            elif (clash := self._clash(branch.answer)) is None:
                best = branch.answer
            else:
                self._split(branch, *clash)
        return self._told(best, first)

    @property
    def has_split(self) -> bool:
        """Whether the first answer took more of something than there is."""
        return self._asked > 1

    def _question(self, most: Lots) -> list[int]:
        self._asked += 1
        return self._ask(most)

    def _push(self, most: Lots, least: Lots, answer: list[int]) -> None:
        self._sure = self._sure and answer[O_PROVEN] == 1
        self._count += 1
        entry = self._key(answer), self._count, _Branch(most, least, answer)
        heappush(self._open, entry)

    def _key(self, answer: list[int]) -> tuple[int, ...]:
        return self._ranking.key(answer)

    def _told(self, best: list[int], first: list[int]) -> list[int]:
        """Return the answer with what is known of a better one."""
        best = list(best)
        proven = self._sure and not (self._open and self._open[0][0] < self._key(best))
        best[O_PROVEN] = int(proven)
        if proven:
            best[O_BOUND] = best[self._ranking.money]
            return best
        # The first question had all the room there is: its bound holds for the order.
        before = self._ranking.before_money
        bound = min(first[O_BOUND], best[self._ranking.money])
        best[O_BOUND] = bound if before(first) == before(best) else 0
        return best

    # -- what clashes ------------------------------------------------------------------

    def _clash(self, answer: list[int]) -> tuple[Shared, int, Lots] | None:
        """Return a part that an answer takes too much of, where, and what it takes."""
        taken = picked_lots(answer)
        for part in self._shared:
            for node in _nodes_short(part, taken):
                return part, node, taken
        return None

    def _dive(self, answer: list[int]) -> list[int]:
        """Return some answer in which nothing is short: first come, first served."""
        most: Lots = {}
        while (clash := self._clash(answer)) is not None:
            part, node, taken = clash
            left = int(part.here[node])
            for line, inside in part.uses:
                lots = min(taken.get((line, node), 0), left // inside)
                most[line, node] = min(lots, most.get((line, node), lots))
                left -= lots * inside
            answer = self._question(most)
        return answer

    # -- two questions for one ---------------------------------------------------------

    def _split(self, branch: _Branch, part: Shared, node: int, taken: Lots) -> None:
        """Ask again, so that neither answer takes there what this one does."""
        line, limit = self._pivot(branch, part, node, taken)
        at = line, node
        most = {**branch.most, at: limit}
        self._push(most, branch.least, self._question(most))
        least = {**branch.least, at: limit + 1}
        left = self._room_beside(node, branch.most, least)
        if left is not None:
            self._push(left, least, self._question(left))

    def _pivot(
        self, branch: _Branch, part: Shared, node: int, taken: Lots
    ) -> tuple[int, int]:
        """Return a line that takes more than it is known to, and what would fit."""
        over = -int(part.here[node])
        over += sum(taken.get((i, node), 0) * inside for i, inside in part.uses)
        line, inside = max(
            part.uses,
            key=lambda use: (
                (taken.get((use[0], node), 0) - branch.least.get((use[0], node), 0))
                * use[1]
            ),
        )
        fits = taken[line, node] - -(-over // inside)
        return line, max(fits, branch.least.get((line, node), 0))

    def _room_beside(self, node: int, most: Lots, least: Lots) -> Lots | None:
        """Return limits beside what lines take at least; None where that is too much."""
        limits = dict(most)
        for part in self._shared:
            left = int(part.here[node])
            left -= sum(least.get((i, node), 0) * inside for i, inside in part.uses)
            if left < 0:
                return None
            for line, inside in part.uses:
                at = line, node
                room = least.get(at, 0) + left // inside
                limits[at] = min(room, limits.get(at, room))
        if any(limits.get(at, lots) < lots for at, lots in least.items()):
            return None
        return limits


def picked_lots(answer: list[int]) -> Lots:
    """Return what an answer takes, by line and node."""
    start = O_HEADER + SHIPMENT_WIDTH * answer[O_SHIPMENTS]
    taken: Lots = {}
    for j in range(start, start + PICK_WIDTH * answer[O_PICKS], PICK_WIDTH):
        node = answer[O_HEADER + SHIPMENT_WIDTH * answer[j] + X_NODE]
        at = answer[j + 1], node
        taken[at] = taken.get(at, 0) + answer[j + 2]
    return taken


def _nodes_short(part: Shared, taken: Lots) -> list[int]:
    """Nodes that a part is taken from more than there is, in order."""
    wanted: dict[int, int] = {}
    inside = dict(part.uses)
    for (line, node), lots in taken.items():
        wanted[node] = wanted.get(node, 0) + lots * inside.get(line, 0)
    return sorted(node for node, quanta in wanted.items() if quanta > part.here[node])
