"""From what came back to the answer: one hand-in, or many as columns."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import ON_HAND, ReturnReason, Status
from omniroute.kernels.layout import FAR_M
from omniroute.model.distance import from_metres
from omniroute.model.hand_in import HandIn
from omniroute.model.instant import to_datetime
from omniroute.model.money import to_decimal
from omniroute.model.network import Network
from omniroute.routing.disposition import Table
from omniroute.routing.hand_ins import Came
from omniroute.routing.returned import ReturnOption, ReturnRoute
from omniroute.stock.events import Return
from omniroute.stock.supply_events import Arrive, Expect

I8 = NDArray[np.int64]

_DAY_S = 86_400


class Booking:
    """The facts that book hand-ins: now, and when they arrive.

    Parameters
    ----------
    network
        Knows the ids.
    now
        Seconds UTC.
    """

    def __init__(self, network: Network, now: int) -> None:
        self._network, self._now = network, now

    def due_s(self, table: Table) -> int:
        """Second at which it gets there: whole days from now."""
        return self._now + _DAY_S * int(table.passage.transit_days[table.chosen])

    def now(self, given: HandIn, table: Table) -> Return | Expect | None:
        """Return the fact to tell now."""
        if table.chosen < 0:
            return None
        node = self._network.nodes[table.chosen].id
        if node == given.at:
            return self._return(given, node)
        if given.state != ON_HAND or given.id is None:
            # What cannot be sold is no supply; an entry has to have an id.
            return None
        return Expect(
            given.id,
            given.sku,
            node,
            given.quantity,
            self.due_s(table),
            "return",
            event_id=given.id,
        )

    def on_arrival(self, given: HandIn, table: Table) -> Return | Arrive | None:
        """Return the fact to tell once it is there."""
        if table.chosen < 0 or self._network.nodes[table.chosen].id == given.at:
            return None
        if given.state != ON_HAND or given.id is None:
            return self._return(given, self._network.nodes[table.chosen].id)
        return Arrive(given.id)

    def _return(self, given: HandIn, node: str) -> Return:
        return Return(
            given.sku, node, given.quantity, state=given.state, event_id=given.id
        )


def route_of(
    network: Network, given: HandIn, came: Came, table: Table, booking: Booking
) -> ReturnRoute:
    """Return the answer for one hand-in, with every node in it."""
    stays = table.chosen == came.at
    sent = table.chosen >= 0 and not stays
    return ReturnRoute(
        status=Status.UNSERVED if table.chosen < 0 else Status.OK,
        hand_in=given,
        chosen=_option(network, table, table.chosen, 1) if table.chosen >= 0 else None,
        explain_=partial(_options, network, table),
        due=to_datetime(booking.due_s(table)) if sent else None,
        booking=booking.now(given, table),
        on_arrival=booking.on_arrival(given, table),
    )


def row_of(table: Table) -> list[int]:
    """Return the chosen node of one hand-in, as `return_batch.COLUMNS` has it."""
    k = table.chosen
    if k < 0:
        return [-1, -1, 0, 0, 0, 0, 0]
    passage = table.passage
    columns = (
        passage.service,
        table.worth,
        passage.leg,
        table.handling,
        table.net,
        passage.transit_days,
    )
    return [k, *(int(column[k]) for column in columns)]


def _options(network: Network, table: Table) -> tuple[ReturnOption, ...]:
    """Every node: the chosen, the candidates by rank, the others by node."""
    passage, nodes = table.passage, np.arange(len(table.net))
    out = passage.reason != ReturnReason.CANDIDATE
    order = np.lexsort(
        (nodes, passage.distance_m, nodes != table.chosen, -table.net, out)
    )
    return tuple(
        _option(network, table, k, None if out[k] else rank)
        for rank, k in enumerate(order.tolist(), 1)
    )


def _option(network: Network, table: Table, k: int, rank: int | None) -> ReturnOption:
    passage, far = table.passage, int(table.passage.distance_m[k])
    reason = ReturnReason(int(passage.reason[k]))
    service = int(passage.service[k])
    goes = rank is not None and service >= 0
    return ReturnOption(
        node=network.nodes[k].id,
        reason=ReturnReason.CHOSEN if k == table.chosen else reason,
        rank=rank,
        service=network.services[service].name if goes else None,
        worth=to_decimal(int(table.worth[k])),
        leg=to_decimal(int(passage.leg[k])),
        handling=to_decimal(int(table.handling[k])),
        net=to_decimal(int(table.net[k])),
        transit_days=int(passage.transit_days[k]),
        distance_km=None if far >= FAR_M else from_metres(far),
    )
