"""What each node would send of an order if it alone sent all it can, in one shipment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import attrs
import numpy as np
from numpy.typing import NDArray

from omniroute.kernels.order.layout import S_MAX_G

if TYPE_CHECKING:
    from omniroute.routing.ask import Ask
    from omniroute.routing.explaining.shelves import Shelves
    from omniroute.routing.router_core import RouterCore

I8 = NDArray[np.int64]

#: Grams that stand for no limit: times the quanta of a unit they stay within int64.
_NO_LIMIT_G = 2**50


@attrs.frozen(eq=False)
class Loads:
    """A shipment of all it can from each node by each service: int64[N, V] each.

    Lines are filled in their order, then substitutes of what is short; a shipment that
    would be too heavy has the first lines, as far as it carries them. The arrays have
    one column, good for every service, where no service minds the weight.

    Parameters
    ----------
    quanta
        Quanta, all lines together.
    thousandths
        The same in thousandths of a unit: lines of different items add up.
    lines
        Lines, and substitutes, it has some of.
    grams, units
        Weight, and units started.
    able : int64[L, N]
        Quanta that a node has of each line, up to what may be served.
    some : bool[N]
        Whether a node has some of a line, or of a substitute, whatever it weighs.
    exact
        Whether no better shipment from a node by a service exists: none was too heavy,
        and no two lines are drawn from the same stock.
    """

    quanta: I8
    thousandths: I8
    lines: I8
    grams: I8
    units: I8
    able: I8
    some: NDArray[np.bool_]
    exact: bool


class _Want(NamedTuple):
    """A line, or a substitute for one, to be filled."""

    line: int
    sku: int
    #: Quanta of a lot, and of each SKU in stock that a lot is drawn from.
    lot: int
    parts: dict[int, int]


def loads(router: RouterCore, ask: Ask, shelves: Shelves) -> Loads:
    """Return what each node would send. O(lines x nodes x services)."""
    return _Filling(router, ask, shelves).loads()


class _Filling:
    def __init__(self, router: RouterCore, ask: Ask, shelves: Shelves) -> None:
        self._items = router.decider.items
        self._decimals = router.catalogue.decimals
        self._shelves = shelves
        self._wants = list(_wants(router, ask))
        self._own = len(ask.lines)
        self._most_g = self._heaviest(router)
        shape = len(next(iter(shelves.parts.values()))), len(self._most_g)
        self._left = {
            sku: np.repeat(row[:, None], shape[1], 1)
            for sku, row in shelves.parts.items()
        }
        self._short = [np.full(shape, quanta) for quanta in shelves.asked]
        self._sums = np.zeros((5, *shape), np.int64)
        self._cut = False

    def loads(self) -> Loads:
        able = np.array([self._able(want) for want in self._wants])
        for want in self._wants:
            self._fill(want)
        exact = not self._cut and not self._is_shared()
        quanta, thousandths, lines, grams, units = self._sums
        return Loads(
            quanta,
            thousandths,
            lines,
            grams,
            units,
            able[: self._own],
            np.asarray(able.any(axis=0)),
            exact,
        )

    def _heaviest(self, router: RouterCore) -> I8:
        """Grams each service takes in a shipment; one number where none minds."""
        most = np.minimum(router.tables.services[:, S_MAX_G], _NO_LIMIT_G)
        asked = self._shelves.asked
        whole = [
            self._grams(want.sku, np.array(asked[want.line] // want.lot))
            for want in self._wants
        ]
        light = int(sum(whole)) <= int(most.min())
        return np.array([_NO_LIMIT_G]) if light else most

    def _able(self, want: _Want) -> I8:
        """Quanta of a line that each node has, whatever the other lines take."""
        parts = self._shelves.parts
        lots = [parts[part] // inside for part, inside in want.parts.items()]
        asked = self._shelves.asked[want.line] // want.lot
        able: I8 = np.minimum(np.min(lots, axis=0), asked) * want.lot
        return able

    def _fill(self, want: _Want) -> None:
        """Add what there is, and can still be carried, of a line or a substitute."""
        lots = self._short[want.line] // want.lot
        for part, inside in want.parts.items():
            lots = np.minimum(lots, self._left[part] // inside)
        room = self._carried(want.sku)
        if (room < lots).any():
            self._cut = True
            lots = np.minimum(lots, room)
        for part, inside in want.parts.items():
            self._left[part] -= lots * inside
        quanta = lots * want.lot
        self._short[want.line] -= quanta
        places = int(self._decimals[want.sku])
        self._sums[0] += quanta
        self._sums[1] += quanta * 10 ** (3 - places)
        self._sums[2] += lots > 0
        self._sums[3] += self._grams(want.sku, lots)
        self._sums[4] += self._units(want.sku, lots)

    def _carried(self, sku: int) -> I8:
        """Lots that a shipment still has room for."""
        unit_g, scale = self._items[sku].tolist()
        left_g = np.maximum(0, self._most_g - self._sums[3])
        if unit_g == 0:
            return np.full_like(left_g, _NO_LIMIT_G)
        room: I8 = left_g * max(1, scale) // unit_g
        return room

    def _grams(self, sku: int, lots: I8) -> I8:
        unit_g, scale = self._items[sku].tolist()
        grams: I8 = -(-lots * unit_g // max(1, scale))
        return grams

    def _units(self, sku: int, lots: I8) -> I8:
        scale = int(self._items[sku, 1])
        units: I8 = lots * -scale if scale < 0 else -(-lots // scale)
        return units

    def _is_shared(self) -> bool:
        """Whether some stock is drawn on by more than one line or substitute."""
        parts = [part for want in self._wants for part in want.parts]
        return len(parts) != len(set(parts))


def _wants(router: RouterCore, ask: Ask) -> Iterator[_Want]:
    """Lines in their order, then substitutes: the best of each line, the second ..."""
    composed = router.composed
    ranks: dict[int, int] = {}
    offers = []
    for line, sku in ask.offers:
        ranks[line] = ranks.get(line, -1) + 1
        offers.append((ranks[line], line, sku))
    lines = [(line, sku) for line, (sku, _) in enumerate(ask.lines)]
    for line, sku in [*lines, *((line, sku) for _, line, sku in sorted(offers))]:
        if composed is None:
            yield _Want(line, sku, 1, {sku: 1})
        else:
            yield _Want(line, sku, composed.lot_quanta(sku), composed.parts(sku))
