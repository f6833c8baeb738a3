"""What is sold otherwise than it lies in stock: kits, packs, and what has no end.

A kit has no stock of its own and an item in packs is promised by the pack: what a node
has of either is worked out from what it has of the parts, for who asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import NO_NODE, QUANTITY_MAX, UNLIMITED
from omniroute.errors import ValidationError
from omniroute.model.item import Item
from omniroute.model.quantity import from_quanta
from omniroute.model.recipes import Recipe, recipes_of
from omniroute.stock.ids import Catalogue
from omniroute.stock.lens import Asker, Lens
from omniroute.stock.state import State

I8 = NDArray[np.int64]

#: Quanta by SKU number, node index and, for what falls due later, that second.
Cells = dict[tuple[int, ...], int]


class Composed:
    """Recipes of what is sold by the lot, over one state.

    Parameters
    ----------
    state
        Read, never modified.
    lens
        What askers see.
    items
        What is sold, in the order of SKU numbers.

    Attributes
    ----------
    recipes : dict of int to Recipe
        Of kits and of items in packs, by SKU number; nothing for all others.
    substitutes : dict of int to tuple of int
        What may be sent in place of an item, the best first.

    Raises
    ------
    ConfigurationError
        Recipes that cannot be: see `recipes_of`.
    """

    __slots__ = ("_items", "_lens", "_state", "recipes", "substitutes")

    def __init__(self, state: State, lens: Lens, items: Sequence[Item]) -> None:
        self._state, self._lens = state, lens
        self.recipes: dict[int, Recipe] = {}
        self.substitutes: dict[int, tuple[int, ...]] = {}
        self.know(items, recipes_of(items))

    def know(self, items: Sequence[Item], recipes: dict[int, Recipe]) -> None:
        """Take note of the items as they are now, and of their recipes."""
        self._items = items
        self.recipes = recipes
        kits = (number for number, recipe in recipes.items() if recipe.is_kit)
        self._state.catalogue.kits = frozenset(kits)
        numbers = self._state.catalogue.skus.numbers
        self.substitutes = {
            number: tuple(numbers[sku] for sku in item.substitutes)
            for number, item in enumerate(items)
            if item.substitutes
        }

    def __bool__(self) -> bool:
        return bool(self.recipes or self.substitutes)

    def through(self, lens: Lens) -> Composed:
        """Return the same recipes as they are now, over what another lens shows."""
        found = copy(self)
        found._lens = lens
        return found

    def lot_quanta(self, sku: int) -> int:
        """Quanta that a SKU is sold in multiples of; 1 where it is not composed."""
        recipe = self.recipes.get(sku)
        return 1 if recipe is None else recipe.lot_quanta

    def parts(self, sku: int) -> dict[int, int]:
        """Quanta of each SKU in stock that a lot is drawn from."""
        recipe = self.recipes.get(sku)
        return {sku: 1} if recipe is None else recipe.parts

    def is_kit(self, sku: int) -> bool:
        """Whether the SKU has no stock of its own."""
        recipe = self.recipes.get(sku)
        return recipe is not None and recipe.is_kit

    def drawn(self, lines: Iterable[tuple[int, int, int]]) -> Cells:
        """Return what is drawn from stock for (SKU, node, quanta), a cell once."""
        cells: Cells = {}
        for sku, node, quanta in lines:
            lot = self.lot_quanta(sku)
            for part, inside in self.parts(sku).items():
                cell = part, node
                cells[cell] = cells.get(cell, 0) + quanta * inside // lot
        return cells

    def unpacked(self, cells: Cells) -> Cells:
        """Return cells with kits taken apart, each at the time it is wanted."""
        found: Cells = {}
        for (sku, *where), quanta in cells.items():
            lot = self.lot_quanta(sku)
            for part, inside in self.parts(sku).items():
                cell = part, *where
                found[cell] = found.get(cell, 0) + quanta * inside // lot
        return found

    def rounded(self, sku: int, quanta: int, path: str) -> int:
        """Return a quantity in whole packs, as the item's rounding has it.

        Raises
        ------
        ValidationError
            It is no whole number of packs, and is not to be rounded; or nothing is
            left of it.
        """
        lot = self.lot_quanta(sku)
        rest = quanta % lot
        if not rest:
            return quanta
        item = self._items[sku]
        found = from_quanta(quanta, item.decimals)
        if item.pack_rounding == "up":
            return quanta - rest + lot
        if item.pack_rounding == "refuse":
            raise ValidationError(path, f"whole packs of {item.pack_size}", found)
        if quanta == rest:
            raise ValidationError(path, f"at least a pack of {item.pack_size}", found)
        return quanta - rest

    def packed(self, cell: tuple[int, ...], quanta: int, path: str) -> int:
        """Return what a line wants of a cell, `rounded`; packs have to be at a node.

        Raises
        ------
        ValidationError
            As `rounded`; or packs at no node, where nobody knows what makes a whole one.
        """
        if quanta and cell[1] == NO_NODE and cell[0] in self.recipes:
            expected = "a node: packs are promised whole, node by node"
            raise ValidationError(f"{path}.node", expected, None)
        return self.rounded(cell[0], quanta, f"{path}.quantity")

    def in_lots(self, cells: Cells) -> Cells:
        """Return of each cell what makes whole lots of it."""
        return {cell: n - n % self.lot_quanta(cell[0]) for cell, n in cells.items()}

    def seen_by(self, asker: Asker) -> Shelf:
        """Return what one asker sees, worked out when it is asked for."""
        return Shelf(self, self._state, self._lens, asker)


class Shelf:
    """What one asker can be promised of everything, whatever it is drawn from.

    Good until the state changes.
    """

    __slots__ = ("_asker", "_composed", "_known", "_lens", "_most", "_state")

    def __init__(
        self,
        composed: Composed,
        state: State,
        lens: Lens,
        asker: Asker,
        most: Mapping[int, I8] | None = None,
    ) -> None:
        self._composed, self._state, self._lens = composed, state, lens
        self._asker = asker
        self._most = most or {}
        self._known: dict[int, tuple[I8, int]] = {}

    def with_at_most(self, most: Mapping[int, I8]) -> Shelf:
        """Return the same, but for int64[N] quanta of SKUs that nodes may send at most."""
        found = Shelf(self._composed, self._state, self._lens, self._asker, most)
        found._known.update(self._known)
        return found

    def with_parts(self, parts: Mapping[int, tuple[I8, int]]) -> Shelf:
        """Return the same, but for what is told of the parts of some SKUs: as `part`."""
        found = Shelf(self._composed, self._state, self._lens, self._asker, self._most)
        for sku, (cells, limit) in parts.items():
            ends = limit < int(cells.sum())
            found._known[sku] = cells, limit if ends else UNLIMITED
        return found

    def part(self, sku: int) -> tuple[I8, int]:
        """Return int64[N], quanta that lie in stock, and the network's limit of them.

        `UNLIMITED` where there is no end of it, or no limit but what the nodes have.
        """
        found = self._known.get(sku)
        if found is None:
            endless = self._lens.endless(sku, self._asker)
            cells = self._lens.by_node(sku, self._asker)
            limit = self._lens.total(sku, self._asker)
            if limit >= int(cells.sum()):
                limit = UNLIMITED
            if endless:
                cells[endless] = limit = UNLIMITED
            found = self._known[sku] = cells, limit
        return found

    def lots(self, sku: int) -> I8:
        """Return int64[N]: lots that each node can make."""
        found = None
        for part, inside in self._composed.parts(sku).items():
            able = self.part(part)[0] // inside
            found = able if found is None else np.minimum(found, able)
        assert found is not None
        # No cell that ends holds so much, and none without end so little.
        found[found > QUANTITY_MAX] = UNLIMITED
        if sku in self._most:
            lot = self._composed.lot_quanta(sku)
            found = np.minimum(found, self._most[sku] // lot)
        return found

    def most_lots(self, sku: int) -> int:
        """Return the lots that the network's limits leave room for."""
        parts = self._composed.parts(sku)
        return min(self.part(part)[1] // inside for part, inside in parts.items())

    def by_node(self, sku: int) -> I8:
        """Return int64[N]: quanta of a SKU that each node can promise; `UNLIMITED`."""
        lots = self.lots(sku)
        endless = lots == UNLIMITED
        quanta = np.where(endless, 0, lots) * self._composed.lot_quanta(sku)
        quanta[endless] = UNLIMITED
        return quanta

    def at(self, sku: int, nodes: Sequence[int] | None = None) -> int:
        """Return quanta of a SKU that nodes, or all, can promise; `UNLIMITED`."""
        lots = self.lots(sku)
        lots = lots if nodes is None else lots[list(nodes)]
        if (lots == UNLIMITED).any():
            return UNLIMITED
        most = min(int(lots.sum()), self.most_lots(sku))
        return most * self._composed.lot_quanta(sku)

    def there(self, cells: Cells) -> Cells:
        """Return how much of each cell can be had, one after the other, 0 included.

        In whole lots; what one takes of a part, the next ones do not have.
        """
        left: Cells = {}
        limits: dict[int, int] = {}
        had: Cells = {}
        for (sku, node), quanta in cells.items():
            parts, lot = self._composed.parts(sku), self._composed.lot_quanta(sku)
            lots = quanta // lot
            for part, inside in parts.items():
                here, limit = self.part(part)
                free = left.setdefault((part, node), int(here[node]))
                lots = min(
                    lots, free // inside, limits.setdefault(part, limit) // inside
                )
            for part, inside in parts.items():
                left[part, node] -= lots * inside
                limits[part] -= lots * inside
            had[sku, node] = lots * lot
        return had


def units_of(catalogue: Catalogue, sku: int, quanta: int) -> int | Decimal | float:
    """Return quanta as units; infinity where there is no end."""
    if quanta >= UNLIMITED:
        return float("inf")
    return from_quanta(quanta, int(catalogue.decimals[sku]))
