"""The lines of an order in numbers: merged, in whole lots, and what may replace them."""

from __future__ import annotations

from omniroute.codes import ORDER_QUANTA_MAX
from omniroute.errors import ValidationError
from omniroute.model.order import Order
from omniroute.model.quantity import to_quanta
from omniroute.stock.composed import Composed
from omniroute.stock.ids import Catalogue


class LineReader:
    """Reads the lines of orders, whatever the policy.

    Parameters
    ----------
    catalogue
        SKUs that orders may name.
    composed
        What is sold by the lot, or has substitutes; None for nothing.
    """

    def __init__(self, catalogue: Catalogue, composed: Composed | None = None) -> None:
        self.catalogue = catalogue
        self.composed = composed
        self._places: list[int] = catalogue.decimals.tolist()

    def merged(self, order: Order) -> dict[int, int]:
        """Merge the lines of one SKU, in exact quanta."""
        numbers = self.catalogue.skus.numbers
        places = self._places
        wanted: dict[int, int] = {}
        total = 0
        for line in order.lines:
            sku = numbers.get(line.sku)
            quantity = line.quantity
            if sku is None or type(quantity) is not int or places[sku]:
                sku, quantity = self._line(order, line)
            total += quantity
            wanted[sku] = wanted.get(sku, 0) + quantity
        if total > ORDER_QUANTA_MAX:
            expected = f"at most {ORDER_QUANTA_MAX} quanta in one order"
            raise ValidationError("lines", expected, total)
        return wanted

    def offers(self, order: Order, lines: dict[int, int]) -> list[tuple[int, int]]:
        """Line and SKU number of what may be sent in place of lines that say so."""
        known = self.composed.substitutes if self.composed else {}
        numbers = self.catalogue.skus.numbers
        willing = {numbers[line.sku] for line in order.lines if line.substitutes}
        return [
            (i, other)
            for i, sku in enumerate(lines)
            if sku in willing
            for other in known.get(sku, ())
        ]

    def in_whole_lots(
        self, composed: Composed, order: Order, lines: dict[int, int]
    ) -> dict[int, int]:
        """Return merged lines in whole packs, and no more than an order may ask for."""
        if lines.keys().isdisjoint(composed.recipes):
            return lines
        texts, found = self.catalogue.skus.texts, dict(lines)
        units = 0
        for sku in [sku for sku in lines if sku in composed.recipes]:
            recipe, name = composed.recipes[sku], texts[sku]
            i = next(i for i, line in enumerate(order.lines) if line.sku == name)
            found[sku] = composed.rounded(sku, lines[sku], f"lines[{i}].quantity")
            units += found[sku] // recipe.lot_quanta * recipe.units
        for total, what in ((sum(found.values()), "quanta"), (units, "units of kits")):
            if total > ORDER_QUANTA_MAX:
                expected = f"at most {ORDER_QUANTA_MAX} {what} in one order"
                raise ValidationError("lines", expected, total)
        return found

    def _line(self, order: Order, line: object) -> tuple[int, int]:
        """One line the careful way, with the path in its error."""
        i = next(i for i, known in enumerate(order.lines) if known is line)
        sku = self.catalogue.sku(order.lines[i].sku, f"lines[{i}].sku")
        places = self._places[sku]
        path = f"lines[{i}].quantity"
        return sku, to_quanta(order.lines[i].quantity, places, path)
