"""A bound on many members together: what is scarce gets a price (Lagrangian relaxation).

Everybody may take of a cell what they like, and pays for it. At any prices the least that
all can have, less what the stock there is would bring in, is below what any plans cost
that fit together. Prices rise where more is taken than there is, and fall where less is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from omniroute.kernels.order.layout import A_SLOT, O_BOUND, O_PICKS, O_SHORT
from omniroute.routing.picks import picked_lines
from omniroute.routing.policies.item_prices import ItemPrices
from omniroute.routing.pool.components import Quanta
from omniroute.routing.pool.member import Member
from omniroute.routing.pool.trials import Trials

I8 = NDArray[np.int64]

#: Times that prices are set anew.
ROUNDS_MAX = 40
#: Rounds without a better bound after which steps are halved.
PATIENCE = 3
#: Share of the first step below which prices hardly move.
THETA_LEAST = 1 / 32

#: SKU number and node index.
Cell = tuple[int, int]


class Bid(NamedTuple):
    """What a member would do at some prices."""

    bound: int
    takes: tuple[tuple[Cell, int], ...]


class Prices:
    """Prices of cells, for the members of one group.

    Parameters
    ----------
    trials
        Routes them; its bench has all the pool's stock.
    members
        Each has been asked alone.
    caps
        What cells have, by position.
    """

    def __init__(self, trials: Trials, members: Sequence[Member], caps: Quanta) -> None:
        self._trials, self._caps = trials, caps
        decider = trials.bench.router.decider
        self._items = decider.items
        self._kernels = ItemPrices(decider)
        self._members = [member for member in members if self._can_bid(member)]
        #: What those who cannot be asked with prices cost at least.
        self._others = sum(m.bound for m in members) - sum(
            m.bound for m in self._members
        )
        self._bids = [self._unpriced(member) for member in self._members]
        self.by_sku: dict[int, I8] = {}

    def bound(self, target: int) -> int:
        """Return the best bound found; ``target`` is what some plans cost together."""
        best = self._value()
        theta, since = 1.0, 0
        for _ in range(ROUNDS_MAX):
            if not self._trials.work.more() or not self._step(theta * (target - best)):
                break
            value = self._value()
            since = 0 if value > best else since + 1
            best = max(best, value)
            if since == PATIENCE:
                theta, since = theta / 2, 0
            if best >= target or theta < THETA_LEAST:
                break
        return int(min(best, target))

    def _can_bid(self, member: Member) -> bool:
        """Whether prices can be put on what a member takes: whole units, kernels alone."""
        ask = member.ask
        if ask.decides is not None or ask.together or member.alone is None:
            return False
        return all(self._items[sku, 1] == 1 for sku, _ in ask.lines)

    @staticmethod
    def _unpriced(member: Member) -> Bid:
        assert member.alone is not None
        return Bid(member.bound, _cells(member, member.alone.answer))

    def _value(self) -> int:
        """Return the bound at these prices."""
        income = sum(
            int(row[node]) * self._cap(sku, int(node))
            for sku, row in self.by_sku.items()
            for node in np.flatnonzero(row)
        )
        return self._others + sum(bid.bound for bid in self._bids) - income

    def _cap(self, sku: int, node: int) -> int:
        return self._caps[self._trials.bench.position(sku, node)]

    def _step(self, money: float) -> bool:
        """Set prices anew, and ask who is concerned; False where all is well."""
        slack = self._slack()
        norm = sum(over * over for over in slack.values())
        if not norm or money <= 0:
            return False
        size = money / norm
        changed = set()
        for (sku, node), over in slack.items():
            row = self.by_sku.setdefault(
                sku, np.zeros(self._trials.bench.arena.nodes, np.int64)
            )
            price = max(0, int(row[node]) + round(size * over))
            if price != row[node]:
                row[node] = price
                changed.add(sku)
        for i, member in enumerate(self._members):
            if changed.intersection(sku for sku, _ in member.ask.lines):
                self._bids[i] = self._bid(member)
        return bool(changed)

    def _slack(self) -> dict[Cell, int]:
        """Return how much more is taken of cells than there is, where that matters."""
        taken: dict[Cell, int] = {}
        for bid in self._bids:
            for cell, quanta in bid.takes:
                taken[cell] = taken.get(cell, 0) + quanta
        for sku, row in self.by_sku.items():
            for node in np.flatnonzero(row).tolist():
                taken.setdefault((sku, node), 0)
        slack = {cell: quanta - self._cap(*cell) for cell, quanta in taken.items()}
        return {
            cell: over
            for cell, over in slack.items()
            if over > 0 or (over < 0 and self._price(cell))
        }

    def _price(self, cell: Cell) -> int:
        row = self.by_sku.get(cell[0])
        return 0 if row is None else int(row[cell[1]])

    def _bid(self, member: Member) -> Bid:
        """Return what a member does at these prices, on all the pool's stock."""
        words = list(member.ask.words)
        words[A_SLOT] = self._trials.slot(member.order)
        nothing = np.zeros(self._trials.bench.arena.nodes, np.int64)
        skus = [sku for sku, _ in member.ask.lines]
        money = np.stack([self.by_sku.get(sku, nothing) for sku in skus])
        answer = self._kernels.decide(words, money)
        self._trials.work.spend(answer)
        stays = member.stands.money + sum(
            self._price(cell) * quanta
            for cell, quanta in _cells(member, member.stands.answer)
        )
        if answer[O_SHORT] or not answer[O_PICKS]:
            # Prices do not change what can be served at all.
            return Bid(member.bound, _cells(member, member.stands.answer))
        bound = max(member.bound, min(answer[O_BOUND], stays))
        return Bid(bound, _cells(member, answer))


def _cells(member: Member, answer: list[int]) -> tuple[tuple[Cell, int], ...]:
    return tuple(
        ((sku, node), quanta) for sku, node, quanta in picked_lines(member.ask, answer)
    )
