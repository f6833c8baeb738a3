"""Nodes that hold everything an order asks for, each with its cheapest service."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import P_FREE, UNREACHED, Status
from omniroute.kernels.layout import (
    A_COLLECT_AT,
    A_EXCLUDED,
    A_GROUPS,
    A_HEADER,
    A_MAX_DISTANCE_M,
    A_SLOT,
    C_ROWS,
    GROUP_WIDTH,
)
from omniroute.model.order import Order
from omniroute.routing.ask import Ask
from omniroute.routing.limits import asker_of
from omniroute.routing.router import Router

I8 = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Whole(NamedTuple):
    """Nodes that could send an order whole, in one shipment.

    Parameters
    ----------
    status
        `Status.OK`, or why there is none.
    nodes, services
        int64[n]: node indices, and the cheapest service of each.
    terms
        int64[4, n]: minor units of the cost terms, in the order of `plan.TERMS`.
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
    offers = Offers(router, ask.words, load.grams)
    has_all = np.ones(len(offers.rate), np.bool_)
    has_some = np.zeros(len(offers.rate), np.bool_)
    for sku, quanta in needed.items():
        held = held_by_node(router, order, ask, sku)
        has_all &= held >= quanta
        has_some |= held > 0
    nodes = np.flatnonzero(has_all & (offers.rate < UNREACHED))
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
        offers.distance_m[nodes],
    )


def parts_of(router: Router, ask: Ask) -> dict[int, int]:
    """Quanta by SKU that an order takes from stock where it is served whole."""
    if router.composed is None or not router.is_composed(ask):
        return dict(ask.lines)
    cells = router.composed.drawn((sku, 0, quanta) for sku, quanta in ask.lines)
    return {cell[0]: quanta for cell, quanta in cells.items()}


def held_by_node(router: Router, order: Order, ask: Ask, sku: int) -> I8:
    """int64[N]: quanta of something in stock that each node has for who orders."""
    asker = asker_of(order, router.network)
    if router.composed is not None and router.is_composed(ask):
        cells, limit = router.composed.seen_by(asker).part(sku)
        return np.minimum(cells, limit)
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


class Offers:
    """The cheapest admitted service of every node for one weight.

    Parameters
    ----------
    router
        The network.
    words
        An ask's words: what it admits.
    weight_g
        Grams of the shipment.

    Attributes
    ----------
    rate : int64[N]
        Minor units, `UNREACHED` where nothing goes.
    service, transit_days, distance_m : int64[N]
        Of equal rates the quicker service, then the first declared.
    served : bool[N]
        Where something goes if it is light enough.
    """

    def __init__(self, router: Router, words: list[int], weight_g: int) -> None:
        lanes, slot = router.lanes, words[A_SLOT]
        self._cls = lanes.nodes[slot, 0].astype(np.int64)
        self._records = lanes.records[slot]
        self.distance_m = lanes.nodes[slot, 1].astype(np.int64)
        count = len(self._cls)
        self.rate = np.full(count, UNREACHED, np.int64)
        self.service, self.transit_days = np.zeros((2, count), np.int64)
        self.served = np.zeros(count, np.bool_)
        open_ = self._admitted_nodes(words)
        bits = _admitted_services(words)
        for s in range(len(router.network.services)):
            if bits >> s & 1:
                self._add(router, s, open_ & (self._word(C_ROWS + s) >= 0), weight_g)

    def _admitted_nodes(self, words: list[int]) -> Mask:
        open_: Mask = self._cls >= 0
        if words[A_MAX_DISTANCE_M] >= 0:
            open_ &= self.distance_m <= words[A_MAX_DISTANCE_M]
        first = A_HEADER + GROUP_WIDTH * words[A_GROUPS]
        open_[words[first : first + words[A_EXCLUDED]]] = False
        if words[A_COLLECT_AT] >= 0:
            open_ &= np.arange(len(open_)) == words[A_COLLECT_AT]
        return open_

    def _word(self, place: int) -> I8:
        """Return a word of every node's class; of no meaning where there is none."""
        found: I8 = self._records[self._cls, place]
        return found

    def _add(self, router: Router, s: int, goes: Mask, weight_g: int) -> None:
        """Let nodes have a service where it is cheaper than what they have."""
        self.served |= goes
        rates = router.network.services[s].rates
        if not rates.carries(weight_g):
            return
        rate = router.tables.prices[self._word(C_ROWS + s), rates.steps(weight_g)]
        days = self._word(C_ROWS + len(router.network.services) + s)
        quicker = (rate == self.rate) & (days < self.transit_days)
        better = goes & ((rate < self.rate) | quicker)
        self.rate[better] = rate[better]
        self.transit_days[better] = days[better]
        self.service[better] = s


def _admitted_services(words: list[int]) -> int:
    bits = 0
    for g in range(words[A_GROUPS]):
        bits |= words[A_HEADER + GROUP_WIDTH * g]
    return bits


def _status(offers: Offers, has_all: Mask, has_some: Mask) -> Status:
    """Why no node can send it whole, in the precedence of `Status`."""
    if not offers.served.any():
        return Status.UNSERVED
    if not (offers.served & has_some).any():
        return Status.OUT_OF_STOCK
    return Status.TOO_HEAVY if (offers.served & has_all).any() else Status.SHORT
