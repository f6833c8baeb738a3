"""Nodes that hold everything an order asks for, each with its cheapest service."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import P_FREE, Status
from omniroute.kernels.order.layout import (
    A_COLLECT_AT,
    A_EXCLUDED,
    A_GROUPS,
    A_HEADER,
    A_LATEST,
    A_MAX_DISTANCE_M,
    A_SLOT,
    C_ROWS,
    GROUP_WIDTH,
)
from omniroute.model.order import Order
from omniroute.routing.ask import Ask
from omniroute.routing.cheapest import Cheapest, Mask
from omniroute.routing.limits import asker_of
from omniroute.routing.router import Router

I8 = NDArray[np.int64]

#: Cost terms that are worked out here, named as in a plan.
TERM_NAMES = ("rate", "handling_order", "handling_line", "handling_unit")


class Whole(NamedTuple):
    """Nodes that could send an order whole, in one shipment.

    Parameters
    ----------
    status
        `Status.OK`, or why there is none.
    nodes, services
        int64[n]: node indices, and the cheapest service of each.
    terms
        int64[4, n]: minor units of the cost terms, in the order of `TERM_NAMES`.
    transit_days, distance_m
        int64[n].
    """

    status: Status
    nodes: I8
    services: I8
    terms: I8
    transit_days: I8
    distance_m: I8

    def quickest_first(self) -> Whole:
        """Return the same by transit time, then distance, then node."""
        by = np.lexsort((self.nodes, self.distance_m, self.transit_days))
        return Whole(self.status, *(column[..., by] for column in self[1:]))


class Load(NamedTuple):
    """What a whole order weighs and takes to handle."""

    grams: int
    lines: int
    units: int


def nodes_with_all(
    router: Router, order: Order, ask: Ask, needed: dict[int, I8]
) -> Whole:
    """Return the nodes that hold an order whole. O(nodes x (services + lines)).

    Parameters
    ----------
    router
        The network, and the stock as it stands.
    order, ask
        The order, and what it says in the kernels' words. Substitutes are left aside.
    needed
        int64[N] by SKU number: quanta a node has to have of what lies in stock.
    """
    load = load_of(router, ask)
    slot, decides = ask.words[A_SLOT], ask.decides
    allowed = None if decides is None else decides.allowed(slot)
    offers = cheapest_services(router, ask.words, load.grams, allowed)
    distance_m = router.lanes.nodes[ask.words[A_SLOT], 1].astype(np.int64)
    has_all = np.ones(router.decider.arena.nodes, np.bool_)
    has_some = np.zeros(router.decider.arena.nodes, np.bool_)
    for sku, quanta in needed.items():
        held = held_by_node(router, order, ask, sku)
        has_all &= held >= quanta
        has_some |= held > 0
    nodes = np.flatnonzero(has_all & offers.carried)
    status = _status(offers, has_all, has_some) if not len(nodes) else Status.OK
    costs = router.tables.costs[nodes]
    terms = np.stack(
        [
            offers.rate[nodes],
            costs[:, 0],
            costs[:, 1] * load.lines,
            costs[:, 2] * load.units,
        ]
    )
    return Whole(
        status,
        nodes,
        offers.service[nodes],
        terms,
        offers.transit_days[nodes],
        distance_m[nodes],
    )


def parts_of(router: Router, ask: Ask) -> dict[int, int]:
    """Quanta by SKU that an order takes from stock where it is served whole."""
    if router.composed is None or not router.is_composed(ask):
        return dict(ask.lines)
    cells = router.composed.drawn((sku, 0, quanta) for sku, quanta in ask.lines)
    return {cell[0]: quanta for cell, quanta in cells.items()}


def held_by_node(router: Router, order: Order, ask: Ask, sku: int) -> I8:
    """int64[N]: quanta of something in stock that each node has for who orders.

    Less what the policy's gates shut and keep.
    """
    held = _seen_by_node(router, order, ask, sku)
    gates = ask.gates
    return held if gates is None else gates.left(router.decider.arena, sku, held)


def _seen_by_node(router: Router, order: Order, ask: Ask, sku: int) -> I8:
    asker = asker_of(order, router.network)
    if router.composed is not None and router.is_composed(ask):
        cells, limit = router.shelf(order, ask).part(sku)
        return np.minimum(cells, limit)
    if order.due is not None and (due := router.later(order)):
        return router.days.stock([sku], due, asker)[sku].rows
    if router.lens is not None:
        return router.lens.by_node(sku, asker)
    arena = router.decider.arena
    start, length = arena.rows[sku, :2].tolist()
    here = slice(start, start + length)
    held = np.zeros(arena.nodes, np.int64)
    held[arena.cell_node[here]] = arena.planes[P_FREE, here]
    return held


def load_of(router: Router, ask: Ask) -> Load:
    """Grams, lines and units of an order, as the kernels count them."""
    grams = units = 0
    for sku, quanta in ask.lines:
        unit_g, scale = router.decider.items[sku].tolist()
        if scale < 0:
            lots = quanta // router.composed.lot_quanta(sku) if router.composed else 0
            grams += lots * unit_g
            units -= lots * scale
        else:
            grams += -(-quanta * unit_g // scale)
            units += -(-quanta // scale)
    return Load(grams, len(ask.lines), units)


def cheapest_services(
    router: Router, words: list[int], weight_g: int, allowed: Mask | None = None
) -> Cheapest:
    """Return the cheapest service that an ask admits, from every node it admits.

    ``allowed`` is bool[N, V]: what a policy leaves nodes; None for all.
    """
    lanes, slot, network = router.lanes, words[A_SLOT], router.network
    cls = lanes.nodes[slot, 0]
    # Of no meaning where there is no class: such nodes are left out.
    records = lanes.records[slot][cls].T
    found = Cheapest(router.tables, weight_g)
    nodes = _admitted_nodes(words, lanes.nodes[slot, 1]) & (cls >= 0)
    bits, count = _admitted_services(words), len(network.services)
    latest = words[A_LATEST]
    for s in range(count):
        if bits >> s & 1:
            rows, arrival = records[C_ROWS + s], records[C_ROWS + count + s]
            timely = nodes if latest < 0 else nodes & (arrival <= latest)
            if allowed is not None:
                timely = timely & allowed[:, s]
            found.offer(s, rows, router.tables.days_of(rows), timely)
    return found


def _admitted_nodes(words: list[int], distance_m: NDArray[np.int32]) -> Mask:
    open_ = np.ones(len(distance_m), np.bool_)
    if words[A_MAX_DISTANCE_M] >= 0:
        open_ &= distance_m <= words[A_MAX_DISTANCE_M]
    first = A_HEADER + GROUP_WIDTH * words[A_GROUPS]
    open_[words[first : first + words[A_EXCLUDED]]] = False
    if words[A_COLLECT_AT] >= 0:
        open_ &= np.arange(len(open_)) == words[A_COLLECT_AT]
    return open_


def _admitted_services(words: list[int]) -> int:
    bits = 0
    for g in range(words[A_GROUPS]):
        bits |= words[A_HEADER + GROUP_WIDTH * g]
    return bits


def _status(offers: Cheapest, has_all: Mask, has_some: Mask) -> Status:
    """Why no node can send it whole, in the precedence of `Status`."""
    if not offers.served.any():
        return Status.UNSERVED
    if not (offers.served & has_some).any():
        return Status.OUT_OF_STOCK
    return Status.TOO_HEAVY if (offers.served & has_all).any() else Status.SHORT
