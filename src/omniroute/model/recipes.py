"""What is drawn from stock where a kit or a pack is sold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from omniroute.codes import ORDER_QUANTA_MAX, QUANTITY_MAX
from omniroute.errors import ConfigurationError, ValidationError
from omniroute.model.item import WEIGHT_MAX_G, Item
from omniroute.model.quantity import to_quanta

#: Kits inside each other, at most.
NESTING_MAX = 50


class Recipe(NamedTuple):
    """The least that is sold of a composed item, a *lot*, and what it is drawn from.

    A lot of a kit is one unit of it, of an item in packs one pack. Nested kits are
    flattened: the parts are what lies in stock.

    Parameters
    ----------
    lot_quanta
        Quanta of the item in a lot.
    parts
        Quanta of each SKU, by number, in a lot.
    weight_g
        Grams of a lot.
    units
        Units that are picked for a lot: for handling that is paid by the unit.
    is_kit
        Whether the parts are others than the item itself, which then has no stock.
    """

    lot_quanta: int
    parts: dict[int, int]
    weight_g: int
    units: int
    is_kit: bool


def recipes_of(items: Sequence[Item], first: int = 0) -> dict[int, Recipe]:
    """Return the recipe of each item that is sold by the lot, by its number.

    Parameters
    ----------
    items
        All items, in the order of their numbers.
    first
        Number of the first that is new: paths in errors count from there.

    Raises
    ------
    ConfigurationError
        A component or a substitute that there is not, a component's quantity finer than
        its quantum, a kit that contains itself (named by the way it does), more in a
        kit than an order may ask for.

    Examples
    --------
    >>> found = recipes_of([Item("CUP", 90), Item("SET", components={"CUP": 6})])
    >>> found[1]
    Recipe(lot_quanta=1, parts={0: 6}, weight_g=540, units=6, is_kit=True)
    """
    if not any(
        item.components or item.pack_size > 1 or item.substitutes for item in items
    ):
        return {}
    return _Kitchen(items, first).recipes()


class _Kitchen:
    """Works the recipes out, components before the kits that have them."""

    def __init__(self, items: Sequence[Item], first: int) -> None:
        self._items = items
        self._first = first
        self._numbers = {item.sku: number for number, item in enumerate(items)}
        #: One unit of each kit that is worked out.
        self._units: dict[int, Recipe] = {}

    def recipes(self) -> dict[int, Recipe]:
        found = {}
        for number, item in enumerate(self._items):
            self._check_substitutes(number)
            if item.components:
                found[number] = self._packed(number, self._kit(number, ()))
            elif item.pack_size > 1:
                found[number] = self._packed(number, self._plain(number))
        return found

    def _path(self, number: int) -> str:
        return f"items[{number - self._first}]"

    def _check_substitutes(self, number: int) -> None:
        item = self._items[number]
        for i, sku in enumerate(item.substitutes):
            path = f"{self._path(number)}.substitutes[{i}]"
            if sku not in self._numbers:
                raise ConfigurationError(path, "a SKU of the items", sku)
            if self._items[self._numbers[sku]].decimals != item.decimals:
                expected = f"an item with {item.decimals} decimals, as it replaces one"
                raise ConfigurationError(path, expected, sku)

    def _plain(self, number: int) -> Recipe:
        """One unit of an item that has stock of its own."""
        item = self._items[number]
        return Recipe(item.scale, {number: item.scale}, item.weight_g, 1, False)

    def _kit(self, number: int, within: tuple[int, ...]) -> Recipe:
        """One unit of a kit; ``within`` are the kits on the way down to it."""
        if number in within:
            ring = [*within[within.index(number) :], number]
            told = " > ".join(self._items[each].sku for each in ring)
            path = f"{self._path(within[0])}.components"
            raise ConfigurationError(path, "no kit that contains itself", told)
        if len(within) >= NESTING_MAX:
            expected = f"at most {NESTING_MAX} kits inside each other"
            path = f"{self._path(within[0])}.components"
            raise ConfigurationError(path, expected, self._items[number].sku)
        if number not in self._units:
            self._units[number] = self._made(number, (*within, number))
        return self._units[number]

    def _made(self, number: int, within: tuple[int, ...]) -> Recipe:
        item = self._items[number]
        parts: dict[int, int] = {}
        weight_g = units = 0
        for i, (sku, quantity) in enumerate(item.components):
            path = f"{self._path(number)}.components[{i}]"
            if sku not in self._numbers:
                raise ConfigurationError(f"{path}.sku", "a SKU of the items", sku)
            part = self._numbers[sku]
            component = self._items[part]
            try:
                quanta = to_quanta(quantity, component.decimals, f"{path}.quantity")
            except ValidationError as error:
                raise ConfigurationError(
                    error.path, error.expected, error.found
                ) from None
            one = self._kit(part, within) if component.components else self._plain(part)
            for each, inside in one.parts.items():
                share = quanta * inside // one.lot_quanta
                parts[each] = parts.get(each, 0) + share
            weight_g += -(-quanta * one.weight_g // one.lot_quanta)
            units += -(-quanta // one.lot_quanta) * one.units
        return Recipe(1, parts, item.weight_g or weight_g, units, True)

    def _packed(self, number: int, unit: Recipe) -> Recipe:
        """Return a lot: so many units as there are in a pack."""
        size = self._items[number].pack_size
        lot = Recipe(
            unit.lot_quanta * size,
            {part: quanta * size for part, quanta in unit.parts.items()},
            unit.weight_g * size,
            unit.units * size,
            unit.is_kit,
        )
        self._check_size(number, lot)
        return lot

    def _check_size(self, number: int, lot: Recipe) -> None:
        path = self._path(number)
        path += ".components" if lot.is_kit else ".pack_size"
        for most, value, what in (
            (QUANTITY_MAX, max(lot.parts.values()), "quanta of a component"),
            (ORDER_QUANTA_MAX, lot.units, "units"),
            (WEIGHT_MAX_G, lot.weight_g, "grams"),
        ):
            if value > most:
                raise ConfigurationError(path, f"at most {most} {what}", value)
