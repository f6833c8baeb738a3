"""What comes of a request to the engine."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import attrs

from omniroute._show import Rows, Shown, told
from omniroute.codes import ReservationState, Status
from omniroute.errors import (
    StatusError,
)
from omniroute.model.hold_line import HoldLine
from omniroute.model.instant import (
    to_datetime,
)
from omniroute.reservations.standing import TOLD_OF_STATE
from omniroute.routing.plan import Plan
from omniroute.routing.shipment import shipment_rows
from omniroute.stock.book import Reservation


def _line_rows(lines: Iterable[HoldLine], what: str) -> Rows:
    rows = [[line.sku, told(line.node), str(line.quantity)] for line in lines]
    return [["sku", "node", what], *rows]


#: The id is taken by another request, whose reservation this is.
OTHERS = (Status.EXISTS_WITH_DIFFERENT_LINES, Status.EXISTS_WITH_DIFFERENT_TERMS)


@attrs.frozen(repr=False)
class Placement(Shown):
    """What came of `Engine.place` or `Engine.reserve`.

    Parameters
    ----------
    status
        `Status.OK`: reserved now; `Status.EXISTS`: this very request was accepted
        before, and `reserved` says whether it still holds; else why nothing was
        reserved.
    id
        The caller's id.
    plan
        The plan decided now; None where the id was taken, or cells were named.
    reservation
        The reservation under this id as it stands; None where there is none.
    shortages
        What is missing, where cells were named, or a plan made earlier, and not all
        could be had.
    full
        Nodes that have no capacity any more for a plan made earlier: `Status.FULL`.
    differs
        Where the id is taken with other terms and cells were named: which of ``ttl``,
        ``partial``, ``supersedes`` and ``channel``, as far as it can still be told.

    Examples
    --------
    >>> import omniroute as om
    >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
    >>> nodes = [om.Node("N1"), om.Node("N2", order_cost=1)]
    >>> engine = om.Engine(om.Network(nodes, [ground]), [om.Item("BOLT")], clock=lambda: 0)
    >>> engine.apply([om.Receive("BOLT", "N1", 4), om.Receive("BOLT", "N2", 6)])
    Applied(2)
    >>> home = om.Destination(postcode="55425")
    >>> placed = engine.place(om.Order({"BOLT": 5}, home), id="A-1", ttl="15min")
    >>> placed.status.name, placed.reserved, str(placed.expires_at)
    ('OK', True, '1970-01-01 00:15:00+00:00')
    >>> placed.plan
    Plan(OK, 1 shipment, cost 6.00, proven)
    >>> short = engine.reserve({("BOLT", "N1"): 7}, id="A-2")
    >>> short.status.name, short.shortages
    ('SHORT', (HoldLine(sku='BOLT', node='N1', quantity=3),))
    """

    status: Status
    id: str
    plan: Plan | None
    reservation: Reservation | None
    shortages: tuple[HoldLine, ...] = ()
    full: tuple[str, ...] = ()
    differs: tuple[str, ...] = ()

    LEFT = (0, 1)

    def _rows(self) -> Rows:
        """Return what the plan sends, or what is missing of cells that were named."""
        if self.plan is not None:
            return shipment_rows(self.plan.shipments)
        return _line_rows(self.shortages, "missing")

    def __repr__(self) -> str:
        held = ""
        if self.reserved:
            until = self.expires_at
            held = ", firm" if until is None else f", until {until:%Y-%m-%d %H:%M:%S}Z"
        plan = "" if self.plan is None else f", {self.plan!r}"
        return f"Placement({self.status.name}, {self.id!r}{held}{plan})"

    @property
    def reserved(self) -> bool:
        """Whether this id holds stock because of this or the same earlier request.

        One that only waits for stock holds none yet.
        """
        held = self.reservation
        if held is None or self.status in OTHERS:
            return False
        if held.state > ReservationState.FIRM:
            return False
        return any(line[3] for line in held.lines)

    @property
    def expires_at(self) -> datetime | None:
        """When the hold ends; None for a firm reservation, or none at all."""
        if self.reservation is None or not self.reservation.expires_s:
            return None
        return to_datetime(self.reservation.expires_s)

    def raise_for_status(self) -> Placement:
        """Return the placement if it is in force.

        Raises
        ------
        StatusError
            It holds no stock: nothing was reserved, it has ended, or the id is another
            request's. The error carries the status; of a request that was accepted
            before and has ended, how: `Status.ALREADY_RELEASED`, `Status.EXPIRED`, ...
        """
        if self.reserved:
            return self
        status = self.status
        if status is Status.EXISTS and self.reservation is not None:
            status = TOLD_OF_STATE[self.reservation.state] or Status.OUT_OF_STOCK
        raise StatusError(status, self)


@attrs.frozen
class Declined(Shown):
    """What came of `Engine.decline`, for whoever finds another source.

    Parameters
    ----------
    status
        `Status.OK`, or why nothing was declined.
    id
        The caller's id.
    node
        The node that declined: not to be asked again.
    lines
        What it was to give, and will not.

    Examples
    --------
    >>> import omniroute as om
    >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
    >>> nodes = [om.Node("N1"), om.Node("N2", order_cost=1)]
    >>> engine = om.Engine(om.Network(nodes, [ground]), [om.Item("BOLT")], clock=lambda: 0)
    >>> engine.apply([om.Receive("BOLT", "N1", 4), om.Receive("BOLT", "N2", 6)])
    Applied(2)
    >>> engine.reserve({("BOLT", "N1"): 3}, id="A-1").status.name
    'OK'
    >>> engine.decline("A-1", "N1").lines
    (HoldLine(sku='BOLT', node='N1', quantity=3),)
    """

    status: Status
    id: str
    node: str
    lines: tuple[HoldLine, ...]

    LEFT = (0, 1)

    def _rows(self) -> Rows:
        return _line_rows(self.lines, "declined")
