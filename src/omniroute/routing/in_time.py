"""Routing with a promise to keep: first among what arrives in time, then among all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

import attrs
import numpy as np

from omniroute.kernels.order.layout import C_ROWS, C_SERVICES
from omniroute.model.instant import to_datetime
from omniroute.routing.dated_lanes import CountedLanes
from omniroute.routing.lateness import days_left

if TYPE_CHECKING:
    from omniroute.model.order import Order
    from omniroute.model.policy import RoutingPolicy
    from omniroute.routing.plan import Plan
    from omniroute.routing.router import Router


class Rerouted(NamedTuple):
    """A plan, and whether everything in it arrives within the days that were promised."""

    plan: Plan
    in_time: bool


def route_in_time(
    router: Router, order: Order, policy: RoutingPolicy | None, days: int | None
) -> Rerouted:
    """Return the best plan that arrives as promised, else the best there is.

    Promised is the order's ``needed_by``, or else ``days`` from now, or from when the
    order is due; None: nothing. A
    promise is kept where that costs no unit: of two plans the one that serves more is
    taken, and of those that serve as much the one in time. A ``needed_by`` that is soft
    is a promise all the same to who has reserved; it has its price where it is not kept.
    """
    needed_by = order.needed_by
    if router.writer(policy).wishes:
        best = router.route(order, policy)
        if router.calendars is None and needed_by is not None:
            days = days_left(needed_by, router.later(order) or router.now_s)
            order = attrs.evolve(order, needed_by=None)
        policy = router.with_limit(policy)
    else:
        best = router.route(attrs.evolve(order, needed_by=None), policy)
    if needed_by is None and days is None:
        return Rerouted(best, True)
    timely = _timely(router, order, policy, days)
    if timely.short_quanta <= best.short_quanta:
        return Rerouted(timely if timely.shipments else best, True)
    return Rerouted(best, False)


def _timely(
    router: Router, order: Order, policy: RoutingPolicy | None, days: int | None
) -> Plan:
    """Return the best plan of those that arrive as promised."""
    if router.calendars is None:
        assert days is not None
        with only_within(router, order, policy, days):
            return router.route(order, policy)
    if order.needed_by is None:
        assert days is not None
        start = to_datetime(router.later(order) or router.now_s)
        day = start.date() + timedelta(days)
        order = attrs.evolve(order, needed_by=day)
    return router.route(order, policy)


@contextmanager
def only_within(
    router: Router, order: Order, policy: RoutingPolicy | None, days: int
) -> Iterator[None]:
    """Let an order be served only by lanes that take so many days at the most.

    For whoever holds the router's lock, and whole: the lanes are given back.
    """
    lanes, slot = router.lanes, router.slot(order, policy)
    if isinstance(lanes, CountedLanes):
        with lanes.within(slot, days):
            yield
        return
    records = lanes.records[slot, : lanes.sizes[slot]]
    kept, count = records.copy(), len(router.tables.services)
    rows = records[:, C_ROWS : C_ROWS + count]
    transit = records[:, C_ROWS + count : C_ROWS + 2 * count]
    late = (rows >= 0) & (transit > days)
    # As `build_classes` writes what is not offered.
    records[:, C_SERVICES] &= ~(late @ (1 << np.arange(count)))
    rows[late], transit[late] = -1, 0
    try:
        yield
    finally:
        np.copyto(records, kept)
