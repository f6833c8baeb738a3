"""Where returned units go: the node at which they are worth most, the way there paid.

Units that come one after the other see where the earlier ones went: fifty returns do
not all go to the one node that is sold out.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import P_FREE, REASONS_MAX, UNREACHED, ReturnReason
from omniroute.kernels.order.layout import FAR_M
from omniroute.kernels.stock.arena import R_LENGTH, R_START
from omniroute.model.destination import Destination
from omniroute.routing.legs import Legs
from omniroute.routing.returns.hand_ins import Before, Came, Prices, Rules
from omniroute.routing.returns.worth import Units, worth_at
from omniroute.stock.state import State
from omniroute.stock.supply import Supply

I8 = NDArray[np.int64]

_CANDIDATE = int(ReturnReason.CANDIDATE)
#: Passages that are kept: 48 bytes a node each.
_KEPT_MAX = 256


class Passage(NamedTuple):
    """How units of one weight and state get from one place to every node: int64[N].

    Parameters
    ----------
    reason
        `ReturnReason.CANDIDATE`, or why not.
    leg
        Minor units of the way there; 0 where it cannot be.
    cost
        The same; `UNREACHED` where it cannot be.
    service
        -1 where they stay.
    transit_days, distance_m
        0 where they stay.
    """

    reason: I8
    leg: I8
    cost: I8
    service: I8
    transit_days: I8
    distance_m: I8


class Table(NamedTuple):
    """What every node would make of a hand-in: int64[N], in minor units.

    Parameters
    ----------
    passage
        The way there.
    worth, handling
        What it is worth there, and what taking it in costs.
    net
        Worth less leg and handling.
    chosen
        Index of the node it goes to, -1 for none.
    """

    passage: Passage
    worth: I8
    handling: I8
    net: I8
    chosen: int


class Disposition:
    """Decides hand-ins one after the other.

    Parameters
    ----------
    legs
        Ways to nodes.
    state
        Stock; read, never modified.
    rules
        What units are worth, and which nodes may have them.
    prices
        Node prices.
    """

    def __init__(self, legs: Legs, state: State, rules: Rules, prices: Prices) -> None:
        self._legs, self._state, self._rules = legs, state, rules
        self._prices = prices
        self._levels: dict[int, I8] = {}
        self._passages: dict[tuple[int | Destination, int, str], Passage] = {}
        self._more = _more_than_free(state.supply, rules)

    def decide(self, came: Came, before: Before | None = None) -> Table:
        """Return what every node makes of a hand-in; the next one sees where it went.

        One that was booked before is where it is, and counted there already.

        O(nodes x (steps of need + 1)); O(nodes x services) once a place.
        """
        rules, levels = self._rules, self._level(came.sku)
        passage = self._passage(came)
        sellable = rules.sellable(came.state)
        units = Units(came.quanta, came.scale, came.value_minor, sellable, rules.scrap)
        shares = rules.ladder(came.scale).shares(levels, came.quanta)
        worth = worth_at(units, shares, self._prices.of(came.sku))
        handling = rules.handling * came.units
        gain = worth - handling
        if before is not None:
            net = gain - passage.leg
            return Table(passage, worth, handling, net, before.node)
        chosen = self._best(came, passage, gain - passage.cost)
        if chosen >= 0 and sellable:
            levels[chosen] += came.quanta
        return Table(passage, worth, handling, gain - passage.leg, chosen)

    def _best(self, came: Came, passage: Passage, net: I8) -> int:
        """Return the node with the greatest net worth; then here, then the nearest."""
        best = np.flatnonzero(net == net.max())
        if passage.reason[best[0]] != _CANDIDATE:
            return -1
        if not isinstance(came.at, Destination) and came.at in best:
            return came.at
        return int(best[np.argmin(passage.distance_m[best])])

    def _level(self, sku: int) -> I8:
        """int64[N]: quanta that are free, on their way, or may yet be for sale."""
        found = self._levels.get(sku)
        if found is None:
            arena = self._state.arena
            found = self._levels[sku] = np.zeros(arena.nodes, np.int64)
            start, length = arena.rows[sku, [R_START, R_LENGTH]].tolist()
            here = slice(start, start + length)
            found[arena.cell_node[here]] = arena.planes[P_FREE, here]
            cells, quanta = self._more
            ends = [sku * arena.nodes, (sku + 1) * arena.nodes]
            first, end = np.searchsorted(cells, ends)
            np.add.at(found, cells[first:end] - ends[0], quanta[first:end])
        return found

    # -- the way there -------------------------------------------------------------------

    def _passage(self, came: Came) -> Passage:
        key = came.at, came.weight_g, came.state
        found = self._passages.get(key)
        if found is None:
            if len(self._passages) >= _KEPT_MAX:
                self._passages.clear()
            found = self._passages[key] = self._passage_of(came)
        return found

    def _passage_of(self, came: Came) -> Passage:
        ways = self._legs.ways(came.at)
        rules, far = self._rules, ways.distance_m.copy()
        best = self._legs.cheapest(ways, rules.services, came.weight_g)
        reason = np.full(len(far), _CANDIDATE, np.int64)
        # The last of these that fits a node is the one that is told.
        reason[~best.carried] = ReturnReason.TOO_HEAVY
        reason[~best.served] = ReturnReason.NO_LANE
        if rules.max_m is not None:
            reason[far > rules.max_m] = ReturnReason.TOO_FAR
            reason[far >= FAR_M] = ReturnReason.NO_COORDINATES
        leg, service = np.where(best.carried, best.rate, 0), best.service
        days = np.where(best.carried, best.transit_days, 0)
        if not isinstance(came.at, Destination):
            here = _CANDIDATE if rules.keep_here else ReturnReason.NOT_KEPT
            reason[came.at], leg[came.at] = here, 0
            service[came.at] = -1
            days[came.at] = far[came.at] = 0
        takes = rules.takes(came.state)
        if takes is not None:
            reason[~takes] = ReturnReason.NOT_TAKEN
        reason[~rules.open] = ReturnReason.EXCLUDED
        cost = np.where(reason == _CANDIDATE, leg, UNREACHED)
        return Passage(reason, leg, cost, service, days, far)


def _more_than_free(supply: Supply, rules: Rules) -> tuple[I8, I8]:
    """Cells and quanta of what is on its way, or unavailable and may yet be sold."""
    cells, quanta = supply.totals.items()
    states = enumerate(supply.reasons.texts)
    hopeful = [number for number, state in states if rules.sellable(state)]
    if not hopeful:
        return cells, quanta
    keys, units = supply.unavailable.items()
    kept = np.isin(keys % REASONS_MAX, hopeful)
    cells = np.concatenate([cells, keys[kept] // REASONS_MAX])
    order = np.argsort(cells, kind="stable")
    return cells[order], np.concatenate([quanta, units[kept]])[order]
