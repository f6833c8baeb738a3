"""Nodes that hold everything an order asks for, each as its policy would have it send."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import Status
from omniroute.model.order import Order
from omniroute.model.policy import RoutingPolicy
from omniroute.routing.ask import Ask
from omniroute.routing.failed_picks.counting import counted
from omniroute.routing.failed_picks.sending import Mask, Sending, best_services, sending
from omniroute.routing.limits import asker_of
from omniroute.routing.router import Router

I8 = NDArray[np.int64]

#: Cost terms of cash that every policy has, named as in a plan.
TERM_NAMES = ("rate", "handling_order", "handling_line", "handling_unit")


class Whole(NamedTuple):
    """Nodes that could send an order whole, in one shipment.

    Parameters
    ----------
    status
        `Status.OK`, or why there is none.
    nodes, services
        int64[n]: node indices, and the service that the policy would take of each.
    terms, prices
        int64[n] by name: minor units of the cost terms in cash, those of `TERM_NAMES`
        first, and of what the policy counts beside it.
    counts
        int64[n]: all that the policy counts: cash, prices, money for days and shipments.
    transit_days, distance_m
        int64[n].
    """

    status: Status
    nodes: I8
    services: I8
    terms: dict[str, I8]
    prices: dict[str, I8]
    counts: I8
    transit_days: I8
    distance_m: I8

    def quickest_first(self) -> Whole:
        """Return the same by transit time, then distance, then node."""
        by = np.lexsort((self.nodes, self.distance_m, self.transit_days))
        return Whole(
            self.status,
            self.nodes[by],
            self.services[by],
            {name: money[by] for name, money in self.terms.items()},
            {name: money[by] for name, money in self.prices.items()},
            self.counts[by],
            self.transit_days[by],
            self.distance_m[by],
        )

    def amounts(self, name: str) -> I8:
        """int64[n]: minor units of a term by name; 0 of what no shipment has."""
        nothing = np.zeros(len(self.nodes), np.int64)
        return self.terms.get(name, self.prices.get(name, nothing))


class Load(NamedTuple):
    """What a whole order weighs and takes to handle."""

    grams: int
    lines: int
    units: int


def nodes_with_all(
    router: Router,
    order: Order,
    ask: Ask,
    needed: dict[int, I8],
    policy: RoutingPolicy,
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
    policy
        What the ask was written under.
    """
    load = load_of(router, ask)
    ways = sending(router, ask, load.grams)
    has_all = np.ones(router.decider.arena.nodes, np.bool_)
    has_some = np.zeros(router.decider.arena.nodes, np.bool_)
    for sku, quanta in needed.items():
        held = held_by_node(router, order, ask, sku)
        has_all &= held >= quanta
        has_some |= held > 0
    weighed = ways.weighed(router, ask, load.lines, load.units)
    nodes, services = best_services(ways, weighed, has_all)
    here = nodes, services
    status = Status.OK if len(nodes) else _status(ways, has_all, has_some)
    cash = _cash(router, ways, here, load)
    on_top = counted(router, order, ask, here, policy)
    plain = sum(cash.values(), np.zeros(len(nodes), np.int64))
    return Whole(
        status,
        nodes,
        services,
        cash | on_top.cash,
        on_top.prices,
        plain + weighed.money[here] + on_top.of_items,
        ways.days[here],
        router.lanes.nodes[ways.slot, 1, nodes].astype(np.int64),
    )


def _cash(
    router: Router, ways: Sending, here: tuple[I8, I8], load: Load
) -> dict[str, I8]:
    """int64[n] by name: what every shipment costs, whatever the policy."""
    costs = router.tables.costs[here[0]]
    money = ways.rate[here], costs[:, 0], costs[:, 1] * load.lines
    return dict(zip(TERM_NAMES, (*money, costs[:, 2] * load.units), strict=True))


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
    return router.decider.arena.free_by_node(sku)


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


def _status(ways: Sending, has_all: Mask, has_some: Mask) -> Status:
    """Why no node can send it whole, in the precedence of `Status`."""
    served = ways.goes.any(axis=1)
    if not served.any():
        return Status.UNSERVED
    if not (served & has_some).any():
        return Status.OUT_OF_STOCK
    return Status.TOO_HEAVY if (served & has_all).any() else Status.SHORT
