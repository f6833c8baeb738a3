"""What every node has of an order's lines, for who asks with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import P_FREE
from omniroute.routing.for_later import stock_for
from omniroute.routing.limits import asker_of
from omniroute.stock.lens import Asker, Lens

if TYPE_CHECKING:
    from omniroute.model.order import Order
    from omniroute.routing.ask import Ask
    from omniroute.routing.router_core import RouterCore
    from omniroute.stock.composed import Composed
    from omniroute.stock.day import DayStock

I8 = NDArray[np.int64]


class Shelves(NamedTuple):
    """Stock as one order sees it.

    Parameters
    ----------
    parts : dict of int to int64[N]
        Quanta by node of every SKU that lines or their substitutes are drawn from; no
        more at a node than the network may promise.
    asked : list of int
        Quanta of each line that may be served at all: less than it asks for where the
        network keeps something back.
    kept_back : dict of int to int
        Quanta the network could promise, of the SKUs of which it keeps something back.
    shut : bool[N], or None
        Nodes that have more of something than a policy's gates leave; None: no gates.
    """

    parts: dict[int, I8]
    asked: list[int]
    kept_back: dict[int, int]
    shut: NDArray[np.bool_] | None = None


def shelves(router: RouterCore, order: Order, ask: Ask) -> Shelves:
    """Return what nodes have for an order, as the decision sees it. O(cells + nodes)."""
    gates, arena = ask.gates, router.decider.arena
    found = _before_gates(router, order, ask._replace(gates=None))
    if gates is None:
        return found
    shut = np.zeros(arena.nodes, np.bool_)
    for sku, held in found.parts.items():
        left = gates.left(arena, sku, held)
        shut |= left < held
        found.parts[sku] = left
    return found._replace(shut=shut)


def _before_gates(router: RouterCore, order: Order, ask: Ask) -> Shelves:
    skus = [sku for sku, _ in ask.lines] + [sku for _, sku in ask.offers]
    asker = asker_of(order, router.network)
    lens, composed = router.lens, router.composed
    if order.due is not None and (due := router.later(order)):
        return _for_later(stock_for(router, order, ask, due), ask)
    if composed is not None and router.is_composed(ask):
        return _of_recipes(composed, lens, asker, ask, skus)
    if lens is None or lens.sees_plainly(asker, skus):
        free = {sku: _free(router, sku) for sku in skus}
        return Shelves(free, [quanta for _, quanta in ask.lines], {})
    limits = {sku: lens.total(sku, asker) for sku in skus}
    # A line that the network has nothing left for keeps its quantity: nodes have none.
    asked = [min(quanta, limits[sku]) or quanta for sku, quanta in ask.lines]
    parts = {sku: lens.by_node(sku, asker) for sku in skus}
    kept = {sku: n for sku, n in limits.items() if lens.room(sku) is not None}
    return Shelves(parts, asked, kept)


def _for_later(stock: dict[int, DayStock], ask: Ask) -> Shelves:
    """Return what can be promised for the day on which an order is due."""
    limits = {sku: each.limit for sku, each in stock.items()}
    asked = [min(quanta, limits[sku]) or quanta for sku, quanta in ask.lines]
    kept = {sku: limits[sku] for sku, each in stock.items() if each.room is not None}
    return Shelves({sku: each.rows for sku, each in stock.items()}, asked, kept)


def _free(router: RouterCore, sku: int) -> I8:
    """int64[N]: what is free of a SKU."""
    arena = router.decider.arena
    start, length = arena.rows[sku, :2]
    cells = slice(int(start), int(start + length))
    found = np.zeros(arena.nodes, np.int64)
    found[arena.cell_node[cells]] = np.maximum(arena.planes[P_FREE, cells], 0)
    return found


def _of_recipes(
    composed: Composed, lens: Lens | None, asker: Asker, ask: Ask, skus: list[int]
) -> Shelves:
    """Stock of what kits and packs are drawn from."""
    shelf, parts, kept = composed.seen_by(asker), {}, {}
    for part in dict.fromkeys(part for sku in skus for part in composed.parts(sku)):
        parts[part] = shelf.part(part)[0]
        if lens is not None and lens.room(part) is not None:
            kept[part] = shelf.at(part)
    return Shelves(parts, [quanta for _, quanta in ask.lines], kept)
