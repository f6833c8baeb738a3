"""The answer to "where to with it": a node for what came back, and the facts to book."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from html import escape

import attrs

from omniroute._show import aligned
from omniroute.codes import ReturnReason, Status
from omniroute.errors import StatusError, UnknownNodeError
from omniroute.model.hand_in import HandIn
from omniroute.stock.events import Return
from omniroute.stock.supply_events import Arrive, Expect

#: Rows that a table shows before it leaves some out.
TABLE_ROWS = 15
_HEAD = ("rank", "node", "service", "reason", "worth", "leg", "handling", "net")


@attrs.frozen
class ReturnOption:
    """What one node would make of what came back, or why it may not have it.

    Parameters
    ----------
    node
        Id.
    reason
        `ReturnReason.CHOSEN`, `ReturnReason.CANDIDATE`, or the first reason against it.
    rank
        1 for the best; None for those that are out.
    service
        Name of the service of the leg; None where there is none.
    worth
        What it is worth there, in the currency unit.
    leg
        What the way there costs.
    handling
        What taking it in costs.
    net
        Worth less leg and handling.
    transit_days
        Days on the way.
    distance_km
        Great-circle distance; None where a place is not known.
    """

    node: str
    reason: ReturnReason
    rank: int | None
    service: str | None
    worth: Decimal
    leg: Decimal
    handling: Decimal
    net: Decimal
    transit_days: int
    distance_km: Decimal | None


@attrs.frozen(repr=False)
class ReturnRoute:
    """Where returned units go.

    Parameters
    ----------
    status
        `Status.OK`; `Status.UNSERVED` where no node may have them; `Status.EXISTS`
        where the id was booked before, and stands as it was then;
        `Status.EXISTS_WITH_DIFFERENT_LINES` where that was another SKU or quantity.
    hand_in
        What came back.
    chosen
        The node it goes to, with its figures; None for none. Where the id was booked
        before, the node it went to, with the figures of now; None where that is not
        remembered: of units that are not fit for sale.
    due
        When it gets there; None where it stays, or goes nowhere.
    booked
        Whether this call has booked it.
    booking
        The fact to tell the engine now: a `Return` where it stays, an `Expect` where
        units that are fit for sale are sent on. None for others that are sent on: what
        cannot be sold is neither stock nor supply until it is there.
    on_arrival
        The fact to tell when it has arrived: an `Arrive` or a `Return`. None where it
        stays.
    """

    status: Status
    hand_in: HandIn
    chosen: ReturnOption | None
    #: Works all options out.
    _explain: Callable[[], tuple[ReturnOption, ...]] = attrs.field(eq=False)
    due: datetime | None = None
    booked: bool = False
    booking: Return | Expect | None = None
    on_arrival: Return | Arrive | None = None

    @cached_property
    def options(self) -> tuple[ReturnOption, ...]:
        """Every node: the chosen first, then by rank, then those that are out."""
        return self._explain()

    @property
    def node(self) -> str | None:
        """Id of the node it goes to; None for none."""
        return self.chosen.node if self.chosen else None

    @property
    def stays(self) -> bool:
        """Whether it stays where it was handed in."""
        return self.chosen is not None and self.node == self.hand_in.at

    @property
    def net(self) -> Decimal:
        """What it is worth there less what it costs: below 0, better not have it back."""
        return self.chosen.net if self.chosen else Decimal(0)

    def why(self, node: str) -> ReturnOption:
        """Return what became of one node.

        Raises
        ------
        UnknownNodeError
            The network has no such node.
        """
        found = next((each for each in self.options if each.node == node), None)
        if found is None:
            raise UnknownNodeError(node, "node")
        return found

    def raise_for_status(self) -> ReturnRoute:
        """Return it if it is in order.

        Raises
        ------
        StatusError
            No node may have the units, or the id was booked before.
        """
        if self.status is not Status.OK:
            raise StatusError(self.status, self)
        return self

    def table(self, rows: int = TABLE_ROWS) -> str:
        """Return the first options as aligned text."""
        cells = [_HEAD, *(_cells(each) for each in self.options[: max(0, rows)])]
        return aligned(cells, (1, 2, 3))

    def __repr__(self) -> str:
        what = f"{self.hand_in.quantity} {self.hand_in.sku}"
        where = f"stays at {self.node}" if self.stays else f"to {self.node}"
        if self.chosen is None:
            where = "to no node" if self.status is Status.UNSERVED else "booked before"
            return f"ReturnRoute({self.status.name}, {what} {where})"
        return f"ReturnRoute({self.status.name}, {what} {where}, net {self.net})"

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p><pre>{escape(self.table())}</pre>"


def _cells(option: ReturnOption) -> tuple[str, ...]:
    return (
        "" if option.rank is None else str(option.rank),
        option.node,
        option.service or "",
        option.reason.name,
        str(option.worth),
        str(option.leg),
        str(option.handling),
        str(option.net),
    )
