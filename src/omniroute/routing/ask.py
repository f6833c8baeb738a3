"""What the kernels are asked for an order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from omniroute.routing.decide import Decides
from omniroute.routing.gates import Gates

#: Of an order that no time is set to.
ANY_TIME = -1


class Ask(NamedTuple):
    """What the kernel is asked: a header, then groups, excluded nodes, lines."""

    words: list[int]
    #: SKU number and quanta of each merged line, in the order first named.
    lines: list[tuple[int, int]]
    #: Line and SKU number of what may be sent in its place, the best first. In answers
    #: they come behind the lines.
    offers: Sequence[tuple[int, int]] = ()
    #: Who decides it; None where the kernels do by themselves.
    decides: Decides | None = None
    #: SKU numbers of lines that leave from one node, by group.
    together: Sequence[tuple[int, ...]] = ()
    #: What its policy's gates leave of the stock; None where it has none.
    gates: Gates | None = None

    def sku_of(self, place: int) -> int:
        """SKU number of a line, or of an offer."""
        own = len(self.lines)
        return self.lines[place][0] if place < own else self.offers[place - own][1]

    def line_of(self, place: int) -> int:
        """Line that a line or an offer is for."""
        own = len(self.lines)
        return place if place < own else self.offers[place - own][0]

    def skus_by_line(self) -> list[list[int]]:
        """SKU numbers that each line may be served with, its own first."""
        found = [[sku] for sku, _ in self.lines]
        for line, sku in self.offers:
            found[line].append(sku)
        return found
