"""An order for part of what it was: what was declined, or could not be had."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs

from omniroute.model.network import Network
from omniroute.model.order import Order, OrderLine
from omniroute.model.quantity import from_quanta, whole_quanta
from omniroute.routing.feeding import FED, fed_by
from omniroute.routing.limits import asker_of
from omniroute.stock.composed import Composed
from omniroute.stock.ids import Catalogue


def order_again(
    order: Order,
    catalogue: Catalogue,
    quanta: Mapping[int, int],
    excluded: Iterable[int],
) -> Order:
    """Return the order for these quanta by SKU number, and without some nodes.

    Lines are in the order of the order's own, and as willing to be replaced; those that
    were to leave together still are, as far as they are left.
    """
    own: dict[str, OrderLine] = {}
    for line in order.lines:
        if line.sku not in own or line.substitutes:
            own[line.sku] = line
    place = {sku: k for k, sku in enumerate(own)}
    skus = [(catalogue.skus.texts[number], number) for number in quanta]
    skus.sort(key=lambda pair: (place.get(pair[0], len(place)), pair[0]))
    lines = []
    for sku, number in skus:
        units = from_quanta(quanta[number], int(catalogue.decimals[number]))
        line = own[sku] if sku in own else OrderLine(sku, units)
        lines.append(attrs.evolve(line, quantity=units))
    nodes = catalogue.nodes.texts
    without = dict.fromkeys([*order.exclude_nodes, *(nodes[k] for k in excluded)])
    return attrs.evolve(
        order,
        lines=tuple(lines),
        exclude_nodes=tuple(without),
        keep_together=_still_together(order, {line.sku for line in lines}),
    )


def _still_together(order: Order, left: set[str]) -> tuple[tuple[str, ...], ...]:
    """Return what is left of the groups of an order; one alone is no group."""
    groups = (
        tuple(sku for sku in group if sku in left) for group in order.keep_together
    )
    return tuple(group for group in groups if len(group) > 1)


def as_ordered(
    order: Order, catalogue: Catalogue, composed: Composed, parts: Mapping[int, int]
) -> dict[int, int]:
    """Return what quanta that lie in stock are of an order: kits put together again.

    Whole kits as far as they were ordered and their parts go, in the order of the
    lines; what replaced another item stands for that. What is left over is itself.
    """
    if not composed:
        return dict(parts)
    numbers, left = catalogue.skus.numbers, dict(parts)
    wanted: dict[int, int] = {}
    for line in order.lines:
        sku = numbers[line.sku]
        wanted.setdefault(sku, 0)
        if not composed.is_kit(sku):
            continue
        inside, lot = composed.parts(sku), composed.lot_quanta(sku)
        quanta = whole_quanta(line.quantity, int(catalogue.decimals[sku]))
        lots = min(
            quanta // lot, *(left.get(part, 0) // n for part, n in inside.items())
        )
        for part, n in inside.items():
            left[part] = left.get(part, 0) - lots * n
        wanted[sku] += lots * lot
    for part, quanta in left.items():
        sku = part if part in wanted else _replaced(order, catalogue, composed, part)
        wanted[sku] = wanted.get(sku, 0) + quanta
    return {sku: quanta for sku, quanta in wanted.items() if quanta}


def _replaced(order: Order, catalogue: Catalogue, composed: Composed, part: int) -> int:
    """Return the item of the order that another was sent for; else that itself."""
    for line in order.lines:
        sku = catalogue.skus.numbers[line.sku]
        if line.substitutes and part in composed.substitutes.get(sku, ()):
            return sku
    return part


def only_collects(order: Order, network: Network) -> bool:
    """Whether an order can only be collected from one node's stock, all of it there."""
    if fed_by(order, network):
        return False
    admitted = asker_of(order, network).services
    kinds = {network.services[network.service_index(name)].kind for name in admitted}
    return kinds - {FED} == {"collect"}
