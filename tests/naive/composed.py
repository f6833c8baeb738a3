"""Kits, packs and supply without end, worked out the slow way.

Stock is a dict of (SKU, node) and units; a recipe a dict of SKU and units in one lot.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product

ENDLESS = float("inf")


def flat(sku: str, components: dict[str, dict[str, int]]) -> dict[str, int]:
    """Return what lies in stock of one unit: nested kits taken apart."""
    if sku not in components:
        return {sku: 1}
    found: dict[str, int] = {}
    for part, units in components[sku].items():
        for each, inside in flat(part, components).items():
            found[each] = found.get(each, 0) + units * inside
    return found


@dataclass
class Shop:
    """Stock, reservations and what is sold; every figure worked out when asked for."""

    components: dict[str, dict[str, int]]
    packs: dict[str, int]
    on_hand: dict[tuple[str, str], int] = field(default_factory=dict)
    endless: set[tuple[str, str]] = field(default_factory=set)
    held: dict[str, dict[tuple[str, str], int]] = field(default_factory=dict)

    def recipe(self, sku: str) -> dict[str, int]:
        """Units of each SKU in stock that one lot is drawn from."""
        size = self.packs.get(sku, 1)
        return {part: n * size for part, n in flat(sku, self.components).items()}

    def free(self, sku: str, node: str) -> float:
        """Units of something in stock that are promised to nobody."""
        if (sku, node) in self.endless:
            return ENDLESS
        taken = sum(cells.get((sku, node), 0) for cells in self.held.values())
        return max(0, self.on_hand.get((sku, node), 0) - taken)

    def available(self, sku: str, node: str) -> float:
        """Units that a node can promise, in whole lots."""
        parts = self.recipe(sku).items()
        ending = [(self.free(part, node), n) for part, n in parts]
        lots = [free // n for free, n in ending if free != ENDLESS]
        return min(lots) * self.packs.get(sku, 1) if lots else ENDLESS

    def wanted(self, lines: list[tuple[str, str, int]]) -> dict[tuple[str, str], int]:
        """Return what lines draw from stock, summed."""
        cells: dict[tuple[str, str], int] = {}
        for sku, node, units in lines:
            for part, n in self.recipe(sku).items():
                share = units * n // self.packs.get(sku, 1)
                cells[part, node] = cells.get((part, node), 0) + share
        return cells

    def fits(self, cells: dict[tuple[str, str], int]) -> bool:
        """Whether there is so much of everything at once."""
        return all(self.free(*cell) >= units for cell, units in cells.items())

    def partly(self, lines: list[tuple[str, str, int]]) -> dict[tuple[str, str], int]:
        """Return what can be had of lines, one after the other, in whole lots."""
        taken: dict[tuple[str, str], int] = {}
        for (sku, node), units in _merged(lines).items():
            lot = self.packs.get(sku, 1)
            for lots in range(units // lot, -1, -1):
                more = self.wanted([(sku, node, lots * lot)])
                both = {cell: n + taken.get(cell, 0) for cell, n in more.items()}
                if self.fits(both):
                    taken |= both
                    break
        return {cell: n for cell, n in taken.items() if n}


def _merged(lines: list[tuple[str, str, int]]) -> dict[tuple[str, str], int]:
    cells: dict[tuple[str, str], int] = {}
    for sku, node, units in lines:
        cells[sku, node] = cells.get((sku, node), 0) + units
    return cells


# -- routing ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Question:
    """An order in lots: what a lot of each line draws, weighs and costs to pick."""

    quantity: tuple[int, ...]
    draws: tuple[dict[str, int], ...]
    weight_g: tuple[int, ...]
    units: tuple[int, ...]
    #: Units of each part at each node.
    stock: tuple[dict[str, int], ...]
    #: Money per shipment, line and unit at each node, and what weights cost to send.
    order_cost: tuple[int, ...]
    line_cost: tuple[int, ...]
    unit_cost: tuple[int, ...]
    #: (grams up to which, price), increasing.
    price: tuple[tuple[int, int], ...]

    def able(self, line: int, node: int) -> int:
        """Lots of a line that a node can make, were the line alone."""
        here = self.stock[node]
        return min(here.get(part, 0) // n for part, n in self.draws[line].items())


#: Lots that each node sends, line by line.
Sent = tuple[tuple[int, ...], ...]


def best(question: Question, *, split_freely: bool) -> tuple[int, int] | None:
    """Return the least (lots short, cost) of all plans, tried one by one.

    A line that some node can make whole, were it alone, comes from one node, unless
    lines may be split freely. None where there are too many plans to try.
    """
    ways = [list(_ways(question, i, split_freely)) for i in range(len(question.draws))]
    count = 1
    for each in ways:
        count *= len(each)
    if count > 20_000:
        return None
    return min(value(question, sent) for sent in product(*ways) if fits(question, sent))


def fits(question: Question, sent: Sent) -> bool:
    """Whether no node gives more of any part than it has."""
    for node, here in enumerate(question.stock):
        taken: dict[str, int] = {}
        for lots, draws in zip(sent, question.draws, strict=True):
            for part, n in draws.items():
                taken[part] = taken.get(part, 0) + lots[node] * n
        if any(n > here.get(part, 0) for part, n in taken.items()):
            return False
    return True


def value(question: Question, sent: Sent) -> tuple[int, int]:
    """Return the lots a plan leaves short, and its cost."""
    short = sum(question.quantity) - sum(map(sum, sent))
    cost = 0
    for node in range(len(question.stock)):
        lots = [line[node] for line in sent]
        if not any(lots):
            continue
        weight_g = sum(n * g for n, g in zip(lots, question.weight_g, strict=True))
        units = sum(n * u for n, u in zip(lots, question.units, strict=True))
        cost += question.order_cost[node]
        cost += question.line_cost[node] * sum(map(bool, lots))
        cost += question.unit_cost[node] * units
        cost += next(price for most, price in question.price if weight_g <= most)
    return short, cost


def _ways(question: Question, line: int, freely: bool) -> Iterator[tuple[int, ...]]:
    """Every way to spread a line over the nodes, some of it left out or not."""
    able = [question.able(line, node) for node in range(len(question.stock))]
    wanted = question.quantity[line]
    alone = not freely and max(able) >= wanted
    for lots in product(*(range(min(n, wanted) + 1) for n in able)):
        if sum(lots) <= wanted and not (alone and sum(map(bool, lots)) > 1):
            yield lots
