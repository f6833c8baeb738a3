"""A shop as a problem in plain integers, and what a plan for it counts, from scratch.

Quantities are lots: packs, kits, or quanta. Nothing here reads what kernels read, and
nothing knows how a plan is found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from tests.naive.evaluate import BrokenRuleError
from tests.naive.routing_instance import Option

#: Lots by option and line.
Sent = Mapping[int, Mapping[int, int]]


@dataclass(frozen=True)
class Line:
    """`lots` are wanted; `scale` of them are a unit, of so many grams.

    A unit is picked in `picks` picks, and counts `items` times what a unit is worth.
    """

    lots: int
    weight_g: int
    scale: int
    picks: int
    items: int
    #: Quanta of what a lot is taken from.
    parts: dict[str, int]

    def grams(self, lots: int) -> int:
        """Return what lots weigh, rounded up."""
        return -(-lots * self.weight_g // self.scale)

    def units(self, lots: int) -> int:
        """Return units started."""
        return -(-lots // self.scale)


class Price(NamedTuple):
    """Money of an option, in 1/10,000, cash apart from what only counts."""

    cash: int = 0
    counted: int = 0

    @property
    def money(self) -> int:
        """Both together."""
        return self.cash + self.counted


class Room(NamedTuple):
    """A node takes on so many orders, lines or units at most."""

    node: int
    of: str
    left: int


@dataclass(frozen=True)
class Problem:
    """What one group of services that may share a plan can do for an order."""

    lines: tuple[Line, ...]
    options: tuple[Option, ...]
    #: Quanta of parts by (part, node).
    stock: dict[tuple[str, int], int]
    #: By option: for a shipment; by option and line: for the line, a pick, a unit.
    shipment: tuple[Price, ...]
    line: tuple[Price, ...]
    pick: tuple[Price, ...]
    item: tuple[tuple[int, ...], ...]
    criteria: tuple[str, ...]
    max_shipments: int | None = None
    together: tuple[tuple[int, ...], ...] = ()
    rooms: tuple[Room, ...] = ()
    split_penalty: int = 0
    day_price: int = 0
    days_of: Callable[[int], int] = int
    complete_only: bool = False
    split_lines: bool = True
    #: Whether lines may be split that some node has whole.
    split_freely: bool = False

    def most(self, o: int, i: int) -> int:
        """Return the most lots of a line that an option can send by itself."""
        line, option = self.lines[i], self.options[o]
        have = min(
            self.stock.get((part, option.node), 0) // inside
            for part, inside in line.parts.items()
        )
        have = min(have, line.lots)
        while have and option.price(line.grams(have)) is None:
            have -= 1
        return have

    @property
    def one_node(self) -> tuple[bool, ...]:
        """By line: whether one node at most may serve it."""
        if not self.split_lines:
            return (True,) * len(self.lines)
        if self.split_freely:
            return (False,) * len(self.lines)
        return tuple(
            any(self.most(o, i) == line.lots for o in range(len(self.options)))
            for i, line in enumerate(self.lines)
        )

    @property
    def asked(self) -> int:
        """Lots wanted, of all lines."""
        return sum(line.lots for line in self.lines)

    def only(self, admits: Callable[[Option], bool]) -> Problem:
        """Return the problem with the options that somebody admits."""
        kept = [o for o, option in enumerate(self.options) if admits(option)]

        def cut(rows):
            return tuple(rows[o] for o in kept)

        return replace(
            self,
            options=cut(self.options),
            shipment=cut(self.shipment),
            line=cut(self.line),
            pick=cut(self.pick),
            item=cut(self.item),
        )


class Count(NamedTuple):
    """What a plan comes to."""

    lots: int
    shipments: int
    latest: int
    cash: int
    money: int

    def key(self, criteria: tuple[str, ...]) -> tuple[int, ...]:
        """Return what plans are compared by: the least is the best."""
        read = {
            "cheapest": self.money,
            "weighted": self.money,
            "fastest": self.latest,
            "fewest_shipments": self.shipments,
        }
        return (-self.lots, *(read[name] for name in criteria))


def count(problem: Problem, sent: Sent) -> Count:
    """Return what a plan comes to; every rule is checked on the way.

    Raises
    ------
    BrokenRuleError
        The plan breaks a rule.
    """
    sent = {o: lines for o, lines in sent.items() if lines}
    _check(problem, sent)
    cash = counted = 0
    for o, lines in sent.items():
        price = problem.options[o].price(
            sum(problem.lines[i].grams(n) for i, n in lines.items())
        )
        _rule(price is not None, "a shipment has no price for its weight")
        cash += price + problem.shipment[o].cash
        counted += problem.shipment[o].counted
        for i, lots in lines.items():
            units = problem.lines[i].units(lots)
            picks = units * problem.lines[i].picks
            cash += problem.line[o].cash + problem.pick[o].cash * picks
            counted += problem.line[o].counted + problem.pick[o].counted * picks
            counted += problem.item[o][i] * problem.lines[i].items * units
    latest = max((problem.options[o].transit_days for o in sent), default=0)
    counted += problem.split_penalty * max(0, len(sent) - 1)
    if sent:
        counted += problem.day_price * problem.days_of(latest)
    lots = sum(n for lines in sent.values() for n in lines.values())
    return Count(lots, len(sent), latest, cash, cash + counted)


def _check(problem: Problem, sent: Sent) -> None:
    most = problem.max_shipments
    _rule(most is None or len(sent) <= most, "too many shipments")
    taken: dict[tuple[str, int], int] = {}
    nodes: list[list[int]] = [[] for _ in problem.lines]
    served = [0] * len(problem.lines)
    for o, lines in sent.items():
        node = problem.options[o].node
        for i, lots in lines.items():
            _rule(lots > 0, "less than one lot")
            _rule(node not in nodes[i], "a line twice from one node")
            nodes[i].append(node)
            served[i] += lots
            for part, inside in problem.lines[i].parts.items():
                key = part, node
                taken[key] = taken.get(key, 0) + lots * inside
    for key, quanta in taken.items():
        _rule(quanta <= problem.stock.get(key, 0), f"more than there is of {key}")
    for i, one in enumerate(problem.one_node):
        _rule(served[i] <= problem.lines[i].lots, "more than was asked for")
        _rule(not one or len(nodes[i]) <= 1, "a line split that a node has whole")
    for group in problem.together:
        apart = {node for i in group for node in nodes[i]}
        _rule(len(apart) <= 1, "lines apart that go together")
    for room in problem.rooms:
        _rule(_work(problem, sent, room) <= room.left, f"no room: {room}")


def _work(problem: Problem, sent: Sent, room: Room) -> int:
    here = [lines for o, lines in sent.items() if problem.options[o].node == room.node]
    if room.of == "orders":
        return len(here)
    parts: dict[int, dict[str, int]] = {}
    for x, lines in enumerate(here):
        for i, lots in lines.items():
            for part, inside in problem.lines[i].parts.items():
                own = parts.setdefault(x, {})
                own[part] = own.get(part, 0) + inside * lots
    if room.of == "lines":
        return sum(len(own) for own in parts.values())
    scale = {part: line.scale for line in problem.lines for part in line.parts}
    return sum(
        -(-n // scale[part]) for own in parts.values() for part, n in own.items()
    )


def _rule(holds: bool, text: str) -> None:
    if not holds:
        raise BrokenRuleError(text)
