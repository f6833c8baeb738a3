"""An order for what it holds: kits put together again, all else as it lies in stock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs

from omniroute.model.order import Order
from omniroute.model.quantity import whole_quanta
from omniroute.routing.remainder import order_again
from omniroute.stock.composed import Composed
from omniroute.stock.ids import Catalogue


def order_as_held(
    order: Order,
    catalogue: Catalogue,
    composed: Composed,
    parts: Mapping[int, int],
    excluded: Iterable[int],
) -> Order | str:
    """Return the order for what it holds, and without some nodes; or why there is none.

    What was sent for in place of another item is a line of its own, and is not replaced
    again.

    Parameters
    ----------
    order
        As it was handed in.
    catalogue, composed
        What there is.
    parts
        Quanta held, by SKU number.
    excluded
        Nodes that are not asked.
    """
    wanted = lines_as_held(order, catalogue, composed, parts)
    if any(quanta % composed.lot_quanta(sku) for sku, quanta in wanted.items()):
        return "not in whole packs"
    numbers = catalogue.skus.numbers
    own = {numbers[line.sku] for line in order.lines}
    instead = {
        other
        for line in order.lines
        if line.substitutes
        for other in composed.substitutes.get(numbers[line.sku], ())
    }
    kits = filter(composed.is_kit, own | instead)
    inside = {part for kit in kits for part in composed.parts(kit)}
    if (wanted.keys() & inside) - own - instead:
        return "part of a kit"
    again = order_again(order, catalogue, wanted, excluded)
    lines = (attrs.evolve(line, substitutes=False) for line in again.lines)
    return attrs.evolve(again, lines=tuple(lines))


def lines_as_held(
    order: Order, catalogue: Catalogue, composed: Composed, parts: Mapping[int, int]
) -> dict[int, int]:
    """Return what quanta in stock are of an order, by SKU number.

    Kits first, as many as are ordered; then more of them from what no line asks for
    itself. What is left over is itself.
    """
    left, wanted = dict(parts), dict[int, int]()
    ordered = _ordered(order, catalogue, composed)
    for spare in (False, True):
        for sku, lots in ordered.items():
            if not composed.is_kit(sku):
                continue
            inside = composed.parts(sku)
            made = min(
                (left.get(part, 0) - spare * ordered.get(part, 0)) // n
                for part, n in inside.items()
            )
            made = max(0, made if spare else min(made, lots))
            for part, n in inside.items():
                left[part] = left.get(part, 0) - made * n
            lot = composed.lot_quanta(sku)
            wanted[sku] = wanted.get(sku, 0) + made * lot
    for part, quanta in left.items():
        wanted[part] = wanted.get(part, 0) + quanta
    return {sku: quanta for sku, quanta in wanted.items() if quanta}


def _ordered(order: Order, catalogue: Catalogue, composed: Composed) -> dict[int, int]:
    """Return lots of kits, and quanta of all else, by SKU number; substitutes behind.

    Of what may be sent in place of a line, so many as that line asks for at most.
    """
    found: dict[int, int] = {}
    numbers, decimals = catalogue.skus.numbers, catalogue.decimals
    for line in order.lines:
        sku = numbers[line.sku]
        quanta = whole_quanta(line.quantity, int(decimals[sku]))
        lots = quanta // composed.lot_quanta(sku) if composed.is_kit(sku) else quanta
        found[sku] = found.get(sku, 0) + lots
    for line in order.lines:
        for other in composed.substitutes.get(numbers[line.sku], ()):
            if line.substitutes and composed.is_kit(other):
                quanta = whole_quanta(line.quantity, int(decimals[other]))
                lots = quanta // composed.lot_quanta(other)
                found[other] = found.get(other, 0) + lots
    return found
