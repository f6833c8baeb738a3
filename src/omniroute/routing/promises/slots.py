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
from omniroute.routing.delivery_room import DeliveryWindow
from omniroute.routing.plan import Plan
from omniroute.routing.router import Router
from omniroute.stock.periods import period_of


class Window(NamedTuple):
    """A delivery window: its day at the destination, seconds UTC, and its deadline.

    And the window by the clock there, as `stock.periods` has it.
    """

    day: date
    begins_s: int
    ends_s: int
    closes_s: int
    period: int


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
        The plan; ``engine.reserve(offer.plan, id=...)`` takes it, and its place in the
        window.
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
    of all is, it is the best for the rest. Where windows have limits that goes for each
    set of nodes that may deliver in them; a window that only nodes could serve that
    deliver no more is left out.
    """
    alone = attrs.evolve(order, services=[service.name])
    plans = _Plans(router, alone, policy, service)
    found = []
    for window in _open(router, alone, policy, service):
        plan = plans.within_limit(window)
        if plan is not None:
            found.append(_offer(router, service, window, plan))
    return found


class _Plans:
    """The best plans of an order for windows, each decided once.

    Parameters
    ----------
    router, order, policy, service
        The order admits this service alone.
    """

    def __init__(
        self,
        router: Router,
        order: Order,
        policy: RoutingPolicy | None,
        service: Service,
    ) -> None:
        self._router, self._order, self._policy = router, order, policy
        self._kind = service.kind
        self._service = router.network.service_index(service.name, "service")
        #: By day or end of a window, None for any, and nodes left out. Windows of one
        #: day are the same question for parcels.
        self._known: dict[tuple[date | None, frozenset[int]], Plan] = {}

    def within_limit(self, window: Window) -> Plan | None:
        """Return the best plan for a window by nodes that deliver more in it.

        None where only others could.
        """
        deliveries = self._router.deliveries
        if not deliveries.is_limited(self._service):
            return self._best(window, frozenset())
        place = DeliveryWindow(self._service, window.period)
        first, without = self._best(window, frozenset()), set[int]()
        plan, sure = first, True
        while lacking := deliveries.lacking(place, plan.jobs):
            # Those that deliver no more are left out at once; one that has no room for
            # so much as the plan gives it may have had some for less.
            full = deliveries.full(place)
            sure = sure and set(lacking) <= set(full)
            without |= {*full, *lacking}
            plan = self._best(window, frozenset(without))
        if first.shipments and not plan.shipments:
            return None
        return plan.for_window(place, None if sure else first.answer)

    def _best(self, window: Window, without: frozenset[int]) -> Plan:
        best = self._plan(None, without)
        if _is_there(best, window):
            return best
        by_day = self._kind == "ship"
        return self._plan(window.day if by_day else to_datetime(window.ends_s), without)

    def _plan(self, needed_by: date | None, without: frozenset[int]) -> Plan:
        key = needed_by, without
        if key not in self._known:
            order, router, policy = self._order, self._router, self._policy
            if needed_by is not None:
                # A window is no wish, whatever the policy says of the order's own time.
                policy = router.with_limit(policy)
                order = attrs.evolve(order, needed_by=needed_by)
            if without:
                ids = [router.network.nodes[node].id for node in sorted(without)]
                ids = sorted({*order.exclude_nodes, *ids})
                order = attrs.evolve(order, exclude_nodes=ids)
            self._known[key] = router.route(order, policy)
        return self._known[key]


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
        closes_s = begins_s - slots.closes_s
        if closes_s >= now_s:
            ends_s = instant_of(day, ends, zone)
            period = period_of(day.toordinal(), begins)
            yield Window(day, begins_s, ends_s, closes_s, period)


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
