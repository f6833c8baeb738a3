"""What the calls answer that come after a plan: declined, waiting, exchanged, sold."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import attrs

from omniroute._show import Rows, Shown, counted
from omniroute.codes import Status
from omniroute.engine.results import Placement
from omniroute.errors import StatusError
from omniroute.model.hold_line import HoldLine
from omniroute.routing.plan import Plan
from omniroute.routing.shipment import PlanLine
from omniroute.stock.applied import Applied
from omniroute.stock.book import Reservation

#: What becomes of units: declined or here, from elsewhere, from nowhere.
_HEAD = ("", "sku", "quantity", "node")
_LEFT = (0, 1, 3)


def _held(what: str, lines: Iterable[HoldLine]) -> list[tuple[str, ...]]:
    return [(what, x.sku, str(x.quantity), x.node or "") for x in lines]


def _sent(plan: Plan | None) -> list[tuple[str, ...]]:
    return [
        ("sent", line.sku, str(line.quantity), shipment.node)
        for shipment in (plan.shipments if plan else ())
        for line in shipment.lines
    ]


def _short(lines: Iterable[PlanLine]) -> list[tuple[str, ...]]:
    return [("missing", line.sku, str(line.quantity), "") for line in lines]


@attrs.frozen(repr=False)
class Resourced(Shown):
    """What came of `Engine.resource`.

    Parameters
    ----------
    status
        `Status.OK`: all that was declined comes from elsewhere; `SHORT`: part of it;
        `OUT_OF_STOCK`, `UNSERVED`, `TOO_HEAVY`: nothing. Else why nothing was declined.
    id
        The caller's id.
    node
        The node that declined.
    lines
        What it was to give, and will not; empty where nothing was declined.
    plan
        Where it comes from now; None where it was not routed. Of an order that is
        collected, with all that it held elsewhere.
    in_time
        Whether it all arrives within the days that were promised; None for no promise.
    missing
        What comes from nowhere.
    parked
        Whether that waits for stock.
    rests_until
        Until when the node is asked for nothing; None where it does not rest.
    reservation
        As it stands now; None where there is none.

    Examples
    --------
    >>> import omniroute as om
    >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
    >>> nodes = [om.Node("N1"), om.Node("N2", order_cost=1)]
    >>> engine = om.Engine(om.Network(nodes, [ground]), [om.Item("BOLT")], clock=lambda: 0)
    >>> engine.apply([om.Receive("BOLT", "N1", 4), om.Receive("BOLT", "N2", 6)])
    Applied(2)
    >>> home = om.Destination(postcode="55425")
    >>> order = om.Order({"BOLT": 3}, home, id="A-1")
    >>> engine.place(order).plan.shipments[0].node
    'N1'
    >>> found = engine.resource("A-1", order, "N1")
    >>> found.status.name, found.plan.shipments[0].node, found.missing
    ('OK', 'N2', ())
    """

    status: Status
    id: str
    node: str
    lines: tuple[HoldLine, ...] = ()
    plan: Plan | None = None
    in_time: bool | None = None
    missing: tuple[PlanLine, ...] = ()
    parked: bool = False
    rests_until: datetime | None = None
    reservation: Reservation | None = None

    LEFT = _LEFT

    def _rows(self) -> Rows:
        declined = _held("declined", self.lines)
        return [_HEAD, *declined, *_sent(self.plan), *_short(self.missing)]

    def __repr__(self) -> str:
        told = [self.status.name, repr(self.id), f"declined by {self.node}"]
        told += [] if self.plan is None else [repr(self.plan)]
        told += ["not in time"] if self.in_time is False else []
        told += ["parked"] if self.parked else []
        return f"Resourced({', '.join(told)})"

    def raise_for_status(self) -> Resourced:
        """Return the answer if all that was declined comes from elsewhere.

        Raises
        ------
        StatusError
            It does not; the error carries the status.
        """
        if self.status is not Status.OK:
            raise StatusError(self.status, self)
        return self


@attrs.frozen(repr=False)
class Retried(Shown):
    """What came of `Engine.retry`.

    Parameters
    ----------
    served
        A placement for each order that got something of what it waits for: with
        `Status.OK` it waits for nothing more, with `SHORT` for the rest.
    tried
        How many were routed.
    last
        Id of the last that was; None where none was.
    more
        Whether others behind it have not been tried: go on with ``after=last``.

    Examples
    --------
    >>> import omniroute as om
    >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
    >>> nodes = [om.Node("N1"), om.Node("N2", order_cost=1)]
    >>> engine = om.Engine(om.Network(nodes, [ground]), [om.Item("BOLT")], clock=lambda: 0)
    >>> engine.apply([om.Receive("BOLT", "N1", 4), om.Receive("BOLT", "N2", 6)])
    Applied(2)
    >>> home = om.Destination(postcode="55425")
    >>> engine.place(om.Order({"BOLT": 11}, home, id="A-1"), park=True).status.name
    'SHORT'
    >>> engine.apply(om.Receive("BOLT", "N2", 1))
    Applied(1)
    >>> [placed.id for placed in engine.retry().served]
    ['A-1']
    """

    served: tuple[Placement, ...]
    tried: int
    last: str | None
    more: bool

    LEFT = (0, 1)

    def _rows(self) -> Rows:
        rows = [(each.id, each.status.name, repr(each.plan)) for each in self.served]
        return [("id", "status", "plan"), *rows]

    def __repr__(self) -> str:
        more = ", and there are more" if self.more else ""
        served = counted(len(self.served), "order")
        return f"Retried({served} served of {self.tried} tried{more})"


@attrs.frozen
class Exchange:
    """What came of `Engine.exchange`.

    Parameters
    ----------
    returned
        What was taken back; None where nothing was: the order could not be had, the
        same exchange was made before, or a return of it was told before.
    placement
        What came of the order.

    Examples
    --------
    >>> import omniroute as om
    >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
    >>> nodes = [om.Node("N1"), om.Node("N2", order_cost=1)]
    >>> engine = om.Engine(om.Network(nodes, [ground]), [om.Item("BOLT")], clock=lambda: 0)
    >>> engine.apply([om.Receive("BOLT", "N1", 4), om.Receive("BOLT", "N2", 6)])
    Applied(2)
    >>> home = om.Destination(postcode="55425")
    >>> back = om.Return("BOLT", "N1", 1, state="damaged", event_id="R-1")
    >>> found = engine.exchange(back, om.Order({"BOLT": 1}, home, id="X-1"))
    >>> found.status.name, found.returned, found.placement.plan.shipments[0].node
    ('OK', Applied(1), 'N1')
    """

    returned: Applied | None
    placement: Placement

    @property
    def status(self) -> Status:
        """The order's status."""
        return self.placement.status

    def raise_for_status(self) -> Exchange:
        """Return the exchange if its order is in force.

        Raises
        ------
        StatusError
            See `Placement.raise_for_status`.
        """
        self.placement.raise_for_status()
        return self


@attrs.frozen(repr=False)
class Aisle(Shown):
    """What came of `Engine.endless_aisle`.

    Parameters
    ----------
    status
        `Status.OK`: all of it is here or comes from elsewhere; `SHORT`: part of it;
        `EXISTS`: this very request was accepted before; else why nothing can be had.
    id
        The caller's id.
    here
        What the store gives, as lines that `fulfil` takes.
    plan
        Where the rest comes from; None where there is no rest, or the id was taken.
    reservation
        The reservation under this id as it stands; None where there is none.

    Examples
    --------
    >>> import omniroute as om
    >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
    >>> nodes = [om.Node("N1"), om.Node("N2", order_cost=1)]
    >>> engine = om.Engine(om.Network(nodes, [ground]), [om.Item("BOLT")], clock=lambda: 0)
    >>> engine.apply([om.Receive("BOLT", "N1", 4), om.Receive("BOLT", "N2", 6)])
    Applied(2)
    >>> home = om.Destination(postcode="55425")
    >>> sold = engine.endless_aisle(om.Order({"BOLT": 7}, home, id="T-1"), "N2")
    >>> sold.here, sold.plan.shipments[0].node
    ((HoldLine(sku='BOLT', node='N2', quantity=6),), 'N1')
    """

    status: Status
    id: str
    here: tuple[HoldLine, ...]
    plan: Plan | None
    reservation: Reservation | None

    LEFT = _LEFT

    def _rows(self) -> Rows:
        short = () if self.plan is None else self.plan.shortages
        return [_HEAD, *_held("here", self.here), *_sent(self.plan), *_short(short)]

    def __repr__(self) -> str:
        here = f"{counted(len(self.here), 'line')} here"
        plan = "" if self.plan is None else f", {self.plan}"
        return f"Aisle({self.status.name}, {self.id!r}, {here}{plan})"

    @property
    def reserved(self) -> bool:
        """Whether this id holds stock because of this or the same earlier request."""
        return Placement(self.status, self.id, None, self.reservation).reserved

    def raise_for_status(self) -> Aisle:
        """Return the sale if it is in force.

        Raises
        ------
        StatusError
            It holds no stock; the error carries the status.
        """
        if not self.reserved:
            raise StatusError(self.status, self)
        return self
