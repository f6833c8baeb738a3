"""Every way to send a load whole: each node and service, and which one a policy takes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import UNREACHED
from omniroute.kernels.order.layout import (
    A_COLLECT_AT,
    A_LATEST,
    A_MAX_DISTANCE_M,
    A_SLOT,
    C_ROWS,
)
from omniroute.routing.ask import Ask
from omniroute.routing.ask_words import excluded_of, mask_of, services_of
from omniroute.routing.policies.weighed import Alone, Weighed
from omniroute.routing.router import Router

I8 = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Sending(NamedTuple):
    """What each node could send a load by, whatever it holds.

    Parameters
    ----------
    slot
        Of the destination.
    goes : bool[N, V]
        Where the order and its policy admit it, if it is light enough.
    carried : bool[N, V]
        Where it is.
    rate : int64[N, V]
        Minor units; of no meaning where nothing is carried.
    days, arrival : int64[N, V]
        Days on the way; when it arrives, as the kernels count it.
    """

    slot: int
    goes: Mask
    carried: Mask
    rate: I8
    days: I8
    arrival: I8

    def weighed(self, router: Router, ask: Ask, lines: int, units: int) -> Weighed:
        """Return how the policy looks at these shipments, prices of items aside.

        What an item counts where it lies is the same by every service of a node.
        """
        shape = self.goes.shape
        arrival = np.where(self.goes, self.arrival, -1)
        alone = Alone(
            np.full(shape, lines),
            np.full(shape, units),
            np.zeros((len(ask.lines), shape[0]), np.int64),
            arrival,
        )
        return (ask.decides or router.decider).weigh(list(ask.words), alone)


def sending(router: Router, ask: Ask, weight_g: int) -> Sending:
    """Return the ways to send so many grams. O(nodes x services)."""
    words, lanes, tables = ask.words, router.lanes, router.tables
    slot, count = words[A_SLOT], len(tables.services)
    cls, metres = lanes.nodes[slot, 0], lanes.nodes[slot, 1]
    # Of no meaning where there is no class: such nodes are left out.
    records = lanes.records[slot][cls]
    rows = records[:, C_ROWS : C_ROWS + count]
    arrival = records[:, C_ROWS + count : C_ROWS + 2 * count]
    goes = (_admitted_nodes(words, metres) & (cls >= 0))[:, None] & (rows >= 0)
    goes &= mask_of(services_of(words), count)
    if words[A_LATEST] >= 0:
        goes &= arrival <= words[A_LATEST]
    allowed = None if ask.decides is None else ask.decides.allowed(slot)
    if allowed is not None:
        goes &= allowed
    rate = _rates(router, rows, weight_g)
    carried = goes & (rate < UNREACHED)
    return Sending(slot, goes, carried, rate, tables.days_of(rows), arrival)


def best_services(ways: Sending, weighed: Weighed, among: Mask) -> tuple[I8, I8]:
    """Return nodes that can send it, and the service that the policy takes of each.

    Whose turn it is first, then the criteria; of equal ones the soonest, the first.
    Being one shipment each, fewer of them decide nothing.
    """
    node, service = np.nonzero(ways.carried & among[:, None])
    here = node, service
    arrival = ways.arrival[here]
    money = ways.rate[here] + weighed.money[here]
    counts = {"fastest": arrival, "cheapest": money, "weighted": money}
    criteria = [counts[name] for name in weighed.criteria if name in counts]
    keys = (node, weighed.turn[here], *criteria, arrival, service)
    by = np.lexsort(keys[::-1])
    node, service = node[by], service[by]
    first = np.ones(len(by), np.bool_)
    first[1:] = node[1:] != node[:-1]
    return node[first], service[first]


def _rates(router: Router, rows: I8, weight_g: int) -> I8:
    """int64[N, V]: what each lane asks for so many grams; `UNREACHED` of too many."""
    prices = router.tables.prices
    found = np.full(rows.shape, UNREACHED, np.int64)
    for s, service in enumerate(router.network.services):
        if service.rates.carries(weight_g):
            found[:, s] = prices[rows[:, s], service.rates.steps(weight_g)]
    return found


def _admitted_nodes(words: list[int], distance_m: NDArray[np.int32]) -> Mask:
    open_ = np.ones(len(distance_m), np.bool_)
    if words[A_MAX_DISTANCE_M] >= 0:
        open_ &= distance_m <= words[A_MAX_DISTANCE_M]
    open_[excluded_of(words)] = False
    if words[A_COLLECT_AT] >= 0:
        open_ &= np.arange(len(open_)) == words[A_COLLECT_AT]
    return open_
