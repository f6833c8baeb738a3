"""From what came back to the answer: one hand-in, or many as columns."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import ON_HAND, ReturnReason, Status
from omniroute.kernels.order.layout import FAR_M
from omniroute.model.distance import from_metres
from omniroute.model.hand_in import HandIn
from omniroute.model.instant import to_datetime
from omniroute.model.money import to_decimal
from omniroute.model.network import Network
from omniroute.routing.returns.disposition import Table
from omniroute.routing.returns.hand_ins import Before
from omniroute.routing.returns.returned import ReturnOption, ReturnRoute
from omniroute.stock.events import Return
from omniroute.stock.supply_events import Arrive, Expect

I8 = NDArray[np.int64]

_DAY_S = 86_400


class Way(NamedTuple):
    """Where a hand-in goes: what its facts depend on.

    Parameters
    ----------
    given
        What came back.
    node
        Id of the node it goes to; None for none.
    due_s
        When it gets there, seconds UTC.
    """

    given: HandIn
    node: str | None
    due_s: int

    @property
    def stays(self) -> bool:
        """Whether it stays where it was handed in."""
        return self.node is not None and self.node == self.given.at

    def booking(self) -> Return | Expect | None:
        """Return the fact to tell now."""
        given = self.given
        if self.stays:
            return self._return()
        if self.node is None or given.state != ON_HAND or given.id is None:
            # What cannot be sold is no supply; an entry has to have an id.
            return None
        expected = given.id, given.sku, self.node, given.quantity, self.due_s
        return Expect(*expected, "return", event_id=given.id)

    def on_arrival(self) -> Return | Arrive | None:
        """Return the fact to tell once it is there."""
        if self.node is None or self.stays:
            return None
        if self.given.state != ON_HAND or self.given.id is None:
            return self._return()
        return Arrive(self.given.id)

    def _return(self) -> Return:
        given = self.given
        assert self.node is not None
        return Return(
            given.sku, self.node, given.quantity, state=given.state, event_id=given.id
        )


def way_of(
    network: Network,
    given: HandIn,
    table: Table,
    now: int,
    before: Before | None = None,
) -> Way:
    """Return where a hand-in goes, and when it gets there: whole days from now."""
    if table.chosen < 0:
        return Way(given, None, now)
    if before is not None:
        return Way(given, network.nodes[table.chosen].id, before.due_s)
    days = int(table.passage.transit_days[table.chosen])
    return Way(given, network.nodes[table.chosen].id, now + _DAY_S * days)


def route_of(network: Network, way: Way, table: Table) -> ReturnRoute:
    """Return the answer for one hand-in; every node's is worked out when asked for."""
    sent = way.node is not None and not way.stays
    return ReturnRoute(
        status=Status.UNSERVED if way.node is None else Status.OK,
        hand_in=way.given,
        chosen=None if way.node is None else _option(network, table, table.chosen, 1),
        explain=partial(_options, network, table),
        due=to_datetime(way.due_s) if sent else None,
        booking=way.booking(),
        on_arrival=way.on_arrival(),
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
