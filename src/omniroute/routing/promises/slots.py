"""Which delivery windows a basket can have, what each costs, until when to order it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

import attrs

from omniroute._show import Rows, Shown
from omniroute.codes import Status
from omniroute.errors import ValidationError
from omniroute.kernels.order.layout import (
    O_HEADER,
    O_SHIPMENTS,
    SHIPMENT_WIDTH,
    X_NODE,
    X_ROW,
    X_SERVICE,
    X_WAIT,
)
from omniroute.model.calendar import instant_of
from omniroute.model.instant import to_datetime, to_seconds
from omniroute.model.order import Order
from omniroute.model.policy import RoutingPolicy
from omniroute.model.service import Service
from omniroute.routing.plan import Plan
from omniroute.routing.router import Router


class Window(NamedTuple):
    """A delivery window: its day at the destination, seconds UTC, and its deadline."""

    day: date
    begins_s: int
    ends_s: int
    closes_s: int


@attrs.frozen
class SlotOffer(Shown):
    """A delivery window, and the best plan that is there by its end.

    Parameters
    ----------
    service
        Who delivers.
    begins, ends
        The window, in UTC.
    order_by
        Last second at which this plan can be ordered for this window, in UTC; None where
        nothing can be served in time.
    plan
        The plan; ``engine.reserve(offer.plan, id=...)`` takes it.
    """

    service: str
    begins: datetime
    ends: datetime
    order_by: datetime | None
    plan: Plan = attrs.field(repr=False)

    @property
    def status(self) -> Status:
        """Whether the whole basket can be there: that of the plan."""
        return self.plan.status

    @property
    def cost(self) -> Decimal:
        """What the plan costs, in the currency unit."""
        return self.plan.cost

    def _rows(self) -> Rows:
        window = f"{self.begins:%Y-%m-%d %H:%M} to {self.ends:%H:%M} UTC"
        until = "" if self.order_by is None else f"{self.order_by:%Y-%m-%d %H:%M:%S}Z"
        told = {"service": self.service, "window": window, "order by": until}
        told |= {"status": self.status.name, "cost": str(self.cost)}
        return [["", "slot"], *([name, text] for name, text in told.items())]


def delivery_slots(
    router: Router, order: Order, policy: RoutingPolicy | None, service: Service
) -> list[SlotOffer]:
    """Return the windows of a service that are still open, with what each would cost.

    Whatever is in time for one window is in time for all later ones: once the best plan
    of all is, it is the best for the rest.
    """
    alone = attrs.evolve(order, services=[service.name])
    best = router.route(alone, policy)
    found = []
    # Windows of one day are the same question for parcels.
    in_time: dict[date, Plan] = {}
    for window in _open(router, alone, policy, service):
        plan = best
        if not _is_there(best, window):
            due = window.day if service.kind == "ship" else to_datetime(window.ends_s)
            if due not in in_time:
                order_by_then = attrs.evolve(alone, needed_by=due)
                in_time[due] = router.route(order_by_then, policy)
            plan = in_time[due]
        found.append(_offer(router, service, window, plan))
    return found


def _open(
    router: Router, order: Order, policy: RoutingPolicy | None, service: Service
) -> Iterator[Window]:
    """Yield the windows that still take orders, by the clock of the destination."""
    slots, now_s = service.slots, to_seconds(router.present, "now")
    if slots is None or router.calendars is None:
        expected = "a service with delivery slots, in a network that tells dates"
        raise ValidationError("service", expected, service.name)
    lanes = router.calendars.lanes
    zone = ZoneInfo(lanes.timezone(router.slot(order, policy)))
    today = router.present.astimezone(zone).date()
    to = order.destination
    where = to.country or router.network.country, router.network.home_postcode(to)
    for day, (begins, ends) in slots.coming(today):
        if not service.delivers_on(day, *where):
            continue
        begins_s = instant_of(day, begins, zone)
        window = Window(day, begins_s, instant_of(day, ends, zone), 0)
        closes_s = begins_s - slots.closes_s
        if closes_s >= now_s:
            yield window._replace(closes_s=closes_s)


def _is_there(plan: Plan, window: Window) -> bool:
    """Whether all of a plan is there by the end of a window."""
    arrives = plan.arrives
    if arrives is None:
        return True
    if isinstance(arrives, datetime):
        return to_seconds(arrives, "arrives") <= window.ends_s
    return arrives <= window.day


def _offer(router: Router, service: Service, window: Window, plan: Plan) -> SlotOffer:
    assert router.calendars is not None
    told = router.calendars.board.in_time
    until = [window.closes_s]
    for x in range(plan.answer[O_SHIPMENTS]):
        sent = plan.answer[O_HEADER + SHIPMENT_WIDTH * x :]
        place = sent[X_NODE], sent[X_SERVICE], sent[X_WAIT]
        trip = router.tables.row_trip[sent[X_ROW]]
        until.append(told(place, trip, window.day, window.ends_s))
    return SlotOffer(
        service.name,
        to_datetime(window.begins_s),
        to_datetime(window.ends_s),
        to_datetime(min(until)) if plan.shipments else None,
        plan,
    )
