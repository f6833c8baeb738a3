"""What the calls answer that come after a plan: declined, waiting, exchanged, sold."""

from __future__ import annotations

from datetime import datetime

import attrs

from omniroute.codes import Status
from omniroute.engine.results import Placement
from omniroute.errors import StatusError
from omniroute.model.hold_line import HoldLine
from omniroute.routing.plan import Plan, PlanLine
from omniroute.stock.applied import Applied
from omniroute.stock.book import Reservation


@attrs.frozen
class Resourced:
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


@attrs.frozen
class Retried:
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
    """

    served: tuple[Placement, ...]
    tried: int
    last: str | None
    more: bool


@attrs.frozen
class Exchange:
    """What came of `Engine.exchange`.

    Parameters
    ----------
    returned
        What was taken back; None where nothing was: the order could not be had, or the
        same exchange was made before.
    placement
        What came of the order.
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


@attrs.frozen
class Aisle:
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
    """

    status: Status
    id: str
    here: tuple[HoldLine, ...]
    plan: Plan | None
    reservation: Reservation | None

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
