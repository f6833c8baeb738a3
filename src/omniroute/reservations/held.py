"""What an open reservation holds, taken apart by a step of its life."""

from __future__ import annotations

from omniroute.codes import ReservationState
from omniroute.kernels.stock.book import L_DUE, L_NODE, L_OPEN, L_SKU
from omniroute.reservations.lines import Cells
from omniroute.stock import effects
from omniroute.stock.effects import Row
from omniroute.stock.state import State


class Held:
    """What an open reservation holds, while a step takes it apart."""

    def __init__(self, state: State, number: int) -> None:
        self._number = number
        self._now = state.now
        #: [SKU number, node index, quanta held, second due or 0], line by line.
        self._lines = [
            [line[L_SKU], line[L_NODE], line[L_OPEN], line[L_DUE]]
            for line in state.book.lines_of(number).tolist()
            if line[L_OPEN]
        ]
        #: Whether it waits for more: then it goes on with nothing in it.
        self.waits = bool(state.after.waits_for(number))
        self.cells: Cells = {}
        for sku, node, held, due in self._lines:
            key = _key(sku, node, due)
            self.cells[key] = self.cells.get(key, 0) + held

    def pick(self, wanted: Cells) -> Cells | None:
        """Return which units of it are meant, or None where it does not hold so much.

        A key without a second means units of the cell whenever they are due: the first
        to be due first.
        """
        left: Cells = dict(self.cells)
        found: Cells = {}
        times: dict[tuple[int, ...], list[tuple[int, ...]]] = {}
        for own in sorted(left, key=lambda own: own[2:]):
            times.setdefault(own[:2], []).append(own)
        # Those that say when they are due have the first pick.
        for key in sorted(wanted, key=len, reverse=True):
            n = wanted[key]
            for own in [key] if len(key) > 2 else times.get(key, ()):
                some = min(n, left.get(own, 0))
                if some:
                    found[own] = found.get(own, 0) + some
                    left[own] -= some
                    n -= some
            if n:
                return None
        return found

    def take(self, picked: Cells) -> list[Row]:
        """Return rows that give so much back, from the oldest line of a cell on."""
        rows = []
        for sku, node, some, due in self._out(picked):
            rows.append(effects.unline(self._number, sku, node, some, self._now, due))
        return rows

    def ship(self, picked: Cells) -> list[Row]:
        """Return rows by which so much leaves; what is due later is taken now."""
        rows, now = [], self._now
        # What holds stock first: what is brought forward gets a line of its own.
        for sku, node, some, due in sorted(self._out(picked), key=lambda out: out[3]):
            if due:
                rows.append(effects.unline(self._number, sku, node, some, now, due))
                rows.append(effects.line(self._number, sku, node, some, now))
            rows.append(effects.ship(self._number, sku, node, some, now))
        return rows

    def _out(self, picked: Cells) -> list[tuple[int, int, int, int]]:
        """Take units out of lines: SKU number, node index, quanta, second due or 0."""
        left, found = dict(picked), []
        for line in self._lines:
            sku, node, held, due = line
            key = _key(sku, node, due)
            some = min(held, left.get(key, 0))
            if some:
                found.append((sku, node, some, due))
                left[key] -= some
                line[2] -= some
        for key, quanta in picked.items():
            self.cells[key] -= quanta
        return found

    def end_if_empty(self, final: ReservationState) -> list[Row]:
        """Return the row that ends it: it holds nothing any more, and waits for nothing."""
        if self.waits or any(self.cells.values()):
            return []
        return self.end(final)

    def end(self, final: ReservationState) -> list[Row]:
        """Return the row that ends it."""
        return [effects.resolve(self._number, int(final), self._now)]


def _key(sku: int, node: int, due: int) -> tuple[int, ...]:
    return (sku, node, due) if due else (sku, node)
