"""Every node and service of a decision: ranked, or with the reason that keeps it out."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import attrs
import numpy as np
from numpy.typing import NDArray

from omniroute.codes import Reason
from omniroute.kernels.order.layout import (
    FAR_M,
    O_HEADER,
    O_SHIPMENTS,
    SHIPMENT_WIDTH,
    X_NODE,
    X_SERVICE,
)
from omniroute.model.distance import from_metres
from omniroute.model.money import to_decimal, total
from omniroute.model.quantity import from_quanta
from omniroute.routing.explaining.candidate_terms import COSTS, costs
from omniroute.routing.explaining.reasons import reasons
from omniroute.routing.plan_answer import TERMS

if TYPE_CHECKING:
    from omniroute.routing.dates import Dates
    from omniroute.routing.explaining.seen import Seen
    from omniroute.routing.plan_answer import PlanAnswer
    from omniroute.routing.policies.weighed import Weighed
    from omniroute.routing.router_answers import RouterAnswers

I8 = NDArray[np.int64]

_CHOSEN, _CANDIDATE = int(Reason.CHOSEN), int(Reason.CANDIDATE)
#: Stands for a number that there is none of.
NONE = -1


@attrs.frozen
class Candidate:
    """One node and service: what it sends of the order, would send, or why it cannot.

    A chosen one is shown with its shipment in the plan. The others are shown with what
    they could send if each alone sent all it can, in one shipment.

    Parameters
    ----------
    node, service
        Ids.
    reason
        `Reason.CHOSEN`, `Reason.CANDIDATE`, or the first reason that keeps it out.
    rank
        1 for the best if each alone sent all it can, the chosen too: most quanta, then
        the objective, then the tie-breaks. None for those that are out.
    quanta
        Quanta of the order it sends or could send, all lines together.
    units
        The same in units, whatever the decimals of each item.
    lines
        Lines it sends or could send some of.
    terms
        Cost terms of that shipment, in the currency unit.
    transit_days
        Days on the way; None where there is no lane.
    distance_km
        Great-circle distance; None where a place is not known.
    objective
        What it counts by the decision's policy: `cost`, and what that has on top, cash or
        not. None for those that are out.
    arrives
        With calendars, when it arrives by the decision: a day, or an instant that is not
        before the true one. None where there is no lane, or it never leaves.
    """

    node: str
    service: str
    reason: Reason
    rank: int | None
    quanta: int
    units: int | Decimal
    lines: int
    terms: dict[str, Decimal]
    transit_days: int | None
    distance_km: Decimal | None
    objective: Decimal | None = None
    arrives: date | None = attrs.field(default=None, repr=False)

    @property
    def cost(self) -> Decimal | None:
        """Sum of the terms, rates and handling; None for those that are out."""
        return total(self.terms.values()) if self.terms else None


class Ranking(NamedTuple):
    """Candidates as columns, int64[K]: the chosen, then by rank, then those out by node.

    Parameters
    ----------
    node, service
        Numbers.
    reason
        `Reason` codes.
    rank
        From 1; `NONE` for those that are out.
    quanta, thousandths, lines
        As of `Loads`; of the chosen, what the plan sends.
    terms : int64[T, K]
        Money by term; 0 for those that are out.
    more
        What the policy counts on top, cash or not; 0 for those that are out.
    days
        `NONE` where there is no lane.
    dist_m
        `FAR_M` where unknown.
    arrival
        What the soonest is told by: days on the way, or with calendars as the kernels
        count time.
    trip
        Place of its trip among the board's; `NONE` where there is no lane.
    """

    node: I8
    service: I8
    reason: I8
    rank: I8
    quanta: I8
    thousandths: I8
    lines: I8
    terms: I8
    more: I8
    days: I8
    dist_m: I8
    arrival: I8
    trip: I8

    @property
    def inside(self) -> NDArray[np.bool_]:
        """bool[K]: those that could serve, or do."""
        return self.reason <= _CANDIDATE

    def by_node(self) -> dict[Reason, int]:
        """How many nodes there are of each reason, by the service that came nearest.

        Chosen before candidate before the reasons, of these the last in precedence.
        """
        below = 2 * len(Reason)
        # Inside 0 and -1, outside far below: the largest came nearest.
        near = np.where(self.inside, -self.reason, self.reason - below)
        nearest = np.full(int(self.node.max(initial=-1)) + 1, -below)
        np.maximum.at(nearest, self.node, near)
        codes = np.where(nearest < -_CANDIDATE, nearest + below, -nearest)
        found, counts = np.unique(codes, return_counts=True)
        pairs = zip(found.tolist(), counts.tolist(), strict=True)
        return {Reason(code): count for code, count in pairs}

    def columns(
        self, nodes: tuple[str, ...], services: tuple[str, ...]
    ) -> dict[str, Any]:
        """Return it with ids, reasons by name, and money by term."""
        names = [reason.name for reason in Reason]
        found: dict[str, Any] = {
            "node": np.array(nodes, np.object_)[self.node],
            "service": np.array(services, np.object_)[self.service],
            "reason": np.array(names, np.object_)[self.reason],
            "rank": self.rank,
            "quanta": self.quanta,
            "units_thousandths": self.thousandths,
            "lines": self.lines,
            "transit_days": self.days,
            "distance_m": np.where(self.dist_m >= FAR_M, NONE, self.dist_m),
            "cost_minor": self.terms.sum(axis=0),
            "objective_minor": self.terms.sum(axis=0) + self.more,
        }
        money = zip(TERMS, self.terms, strict=True)
        return found | {f"{name}_minor": minor for name, minor in money}

    def candidate(
        self,
        k: int,
        nodes: tuple[str, ...],
        services: tuple[str, ...],
        dates: Dates | None,
    ) -> Candidate:
        """Return one row as an object."""
        node, service, reason, rank, quanta, thousandths, lines, days, dist_m, trip = (
            int(column[k])  # of all but the terms
            for column in (*self[:7], self.days, self.dist_m, self.trip)
        )
        terms = self.terms[:, k].tolist() if reason <= _CANDIDATE else []
        return Candidate(
            nodes[node],
            services[service],
            Reason(reason),
            None if rank == NONE else rank,
            quanta,
            units_of(thousandths),
            lines,
            dict(zip(TERMS, map(to_decimal, terms), strict=True)) if terms else {},
            None if days == NONE else days,
            None if dist_m >= FAR_M else from_metres(dist_m),
            to_decimal(sum(terms) + int(self.more[k])) if terms else None,
            _arrives(dates, node, service, trip),
        )


def _arrives(dates: Dates | None, node: int, service: int, trip: int) -> date | None:
    if dates is None or trip == NONE:
        return None
    return dates.arrives(node, service, trip)


def units_of(thousandths: int) -> int | Decimal:
    """Return thousandths of a unit as units."""
    whole, rest = divmod(thousandths, 1000)
    return from_quanta(thousandths, 3) if rest else whole


def ranking(seen: Seen, plan: PlanAnswer) -> Ranking:
    """Return every node and service, ranked. O(nodes x services x lines)."""
    assert list(COSTS) == list(TERMS), "a term without a cost, or the other way round"
    reason, money = reasons(seen).ravel(), costs(seen).reshape(len(TERMS), -1)
    quanta, thousandths, lines = (
        np.broadcast_to(each, seen.shape).ravel().copy()
        for each in (seen.loads.quanta, seen.loads.thousandths, seen.loads.lines)
    )
    node, service = np.divmod(np.arange(len(reason)), seen.shape[1])
    there = seen.lane_rows >= 0
    days = np.where(there, seen.days, NONE).ravel()
    trip = np.where(there, np.array(seen.tables.row_trip)[seen.lane_rows], NONE).ravel()
    chosen = _chosen(plan, seen.shape[1])
    reason[list(chosen)] = _CHOSEN
    found = Ranking(
        node,
        service,
        reason,
        np.full(len(reason), NONE),
        quanta,
        thousandths,
        lines,
        np.where(reason <= _CANDIDATE, money, 0),
        np.where(reason <= _CANDIDATE, seen.weighed.money.ravel(), 0),
        days,
        seen.dist_m[node],
        np.where(seen.rows >= 0, seen.arrival, NONE).ravel(),
        trip,
    )
    order = _by_rank(found, seen.weighed)
    found.rank[order] = np.arange(1, len(order) + 1)
    _as_sent(found, plan, chosen, seen.router)
    return _sorted(found)


def _chosen(plan: PlanAnswer, services: int) -> dict[int, int]:
    """Return the shipment of each chosen node and service, by place in a ranking."""
    answer, found = plan.answer, {}
    for x in range(answer[O_SHIPMENTS]):
        at = O_HEADER + SHIPMENT_WIDTH * x
        found[answer[at + X_NODE] * services + answer[at + X_SERVICE]] = x
    return found


def _by_rank(found: Ranking, weighed: Weighed) -> I8:
    """Places of those that could serve, the best first.

    Each is one shipment: fewer of them decide nothing.
    """
    inside = np.flatnonzero(found.inside)
    arrival = found.arrival[inside]
    money = (found.terms.sum(axis=0) + found.more)[inside]
    counts = {"fastest": arrival, "cheapest": money, "weighted": money}
    criteria = [counts[name] for name in weighed.criteria if name in counts]
    first = -found.quanta[inside], weighed.turn.ravel()[inside]
    ties = arrival, found.dist_m[inside], inside
    best: I8 = inside[np.lexsort((*first, *criteria, *ties)[::-1])]
    return best


def _as_sent(
    found: Ranking, plan: PlanAnswer, chosen: dict[int, int], router: RouterAnswers
) -> None:
    """Show the chosen with what the plan sends."""
    places = router.catalogue.decimals
    named = router.named(plan.order, plan.ask, plan.answer)
    sent = [[0, 0, 0] for _ in chosen]
    for x, i, quanta in plan.picks:
        sent[x][0] += quanta
        sent[x][1] += quanta * 10 ** (3 - int(places[plan.ask.sku_of(i)]))
        sent[x][2] += 1
    for at, x in chosen.items():
        start = O_HEADER + SHIPMENT_WIDTH * x
        found.quanta[at], found.thousandths[at], found.lines[at] = sent[x]
        found.terms[:, at] = [plan.answer[start + word] for word in TERMS.values()]
        more = named[x] if named else ()
        found.more[at] = sum(sum(each.values()) for each in more)


def _sorted(found: Ranking) -> Ranking:
    """Return the chosen first, then by rank, then those that are out as they come."""
    group = np.minimum(found.reason, _CANDIDATE + 1)
    order = np.lexsort((np.arange(len(group)), found.rank, group))
    return Ranking(*(column[..., order] for column in found))
