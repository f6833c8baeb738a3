"""What a policy counts of shipments that are no plan: term by term, as a plan names it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from omniroute.kernels.order.layout import (
    A_SLOT,
    O_HEADER,
    O_PICKS,
    O_SHIPMENTS,
    SHIPMENT_WIDTH,
    X_DISTANCE_M,
    X_NODE,
    X_SERVICE,
)
from omniroute.model.order import Order
from omniroute.model.policy import RoutingPolicy
from omniroute.routing.ask import Ask
from omniroute.routing.router import Router

I8 = NDArray[np.int64]


class Counted(NamedTuple):
    """What is counted beside rates and handling, by name; int64[n] each.

    Parameters
    ----------
    cash, prices
        Minor units that are paid, and that are not.
    of_items
        What of both is for units where they lie.
    """

    cash: dict[str, I8]
    prices: dict[str, I8]
    of_items: I8


def counted(
    router: Router,
    order: Order,
    ask: Ask,
    here: tuple[I8, I8],
    policy: RoutingPolicy,
) -> Counted:
    """Return what a policy adds to shipments of a whole order from nodes by services.

    Not what a failed pick costs on average: who counts attempts one by one counts what
    failed, and would count it twice. O(nodes x lines).
    """
    nothing = np.zeros(len(here[0]), np.int64)
    if ask.decides is None or not len(nothing):
        return Counted({}, {}, nothing)
    named = router.named(order, ask, _side_by_side(router, ask, here))
    # What the first has names for: others would be told of a split, and there is none.
    cash, prices = (
        {
            name: np.array([each[part][name] for each in named], np.int64)
            for name in named[0][part]
        }
        for part in (0, 1)
    )
    for name in averages(policy):
        (cash if name in cash else prices).pop(name)
    kept = cash | prices
    names = [term.name for term in policy.terms if term.per == "item"]
    of_items = sum((kept[name] for name in names if name in kept), nothing)
    return Counted(cash, prices, of_items)


def averages(policy: RoutingPolicy) -> list[str]:
    """Return names of the terms that count failed picks on average."""
    return [term.name for term in policy.terms if term.function == "failed_pick"]


def _side_by_side(router: Router, ask: Ask, here: tuple[I8, I8]) -> list[int]:
    """Return all these shipments as if they were one answer, each with every line."""
    metres = router.lanes.nodes[ask.words[A_SLOT], 1, here[0]].tolist()
    head, shipments, picks = [0] * O_HEADER, [], []
    head[O_SHIPMENTS] = len(metres)
    head[O_PICKS] = len(metres) * len(ask.lines)
    pairs = zip(here[0].tolist(), here[1].tolist(), strict=True)
    for x, (node, service) in enumerate(pairs):
        shipment = [0] * SHIPMENT_WIDTH
        shipment[X_NODE], shipment[X_SERVICE] = node, service
        shipment[X_DISTANCE_M] = metres[x]
        shipments += shipment
        picks += [
            word for i, (_, quanta) in enumerate(ask.lines) for word in (x, i, quanta)
        ]
    return [*head, *shipments, *picks]
