"""What work over its limit counts, as cost terms of every policy."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from omniroute.model.capacity import Work
from omniroute.model.cost_term import WORK_PRICE, CostTerm
from omniroute.promising.room import Room
from omniroute.routing.policies.candidates import LaneCandidates

#: What an amount is for, by what is counted.
_PER = {"orders": "shipment", "lines": "line", "units": "unit"}


def price_terms(
    room: Room | None, viewed: Callable[[], Room | None]
) -> tuple[CostTerm, ...]:
    """Return what work over its limit counts, as terms of every policy.

    ``viewed`` tells whose prices count by now.
    """
    if room is None:
        return ()
    return tuple(_price_term(room.works, work, viewed) for work in room.prices)


def _price_term(
    works: Sequence[Work], work: int, viewed: Callable[[], Room | None]
) -> CostTerm:
    of, services = works[work]
    name = " ".join((WORK_PRICE, of, *services))

    def amounts(lanes: LaneCandidates) -> NDArray[np.float64]:
        room = viewed()
        assert room is not None
        prices = room.prices[work]
        if of == "orders":
            return prices[lanes.node, lanes.service]
        # Of all services: they differ where one has no day in sight.
        most: NDArray[np.float64] = prices[lanes.node].max(axis=1, initial=0.0)
        return most

    return CostTerm(name, amounts, _PER[of])
