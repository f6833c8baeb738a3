"""Why this plan: every node and service, with its cost terms and rank or its reason."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from html import escape
from operator import itemgetter
from typing import TYPE_CHECKING

import attrs
import numpy as np
from numpy.typing import NDArray

from omniroute.codes import P_FREE, QUANTITY_MAX, Reason, Status
from omniroute.errors import UnknownNodeError
from omniroute.kernels.layout import (
    A_COLLECT_AT,
    A_EXCLUDED,
    A_GROUPS,
    A_HEADER,
    A_LATEST,
    A_MAX_DISTANCE_M,
    A_OBJECTIVE,
    A_SLOT,
    C_ROWS,
    FAR_M,
    GROUP_WIDTH,
    O_HEADER,
    O_SHIPMENTS,
    S_RADIUS_M,
    S_ZONES,
    SHIPMENT_WIDTH,
    X_NODE,
    X_SERVICE,
)
from omniroute.model.checks import whole
from omniroute.model.distance import from_metres
from omniroute.model.money import to_decimal, total
from omniroute.model.quantity import from_quanta
from omniroute.model.zones import DistanceBands
from omniroute.routing.plan import TERMS

if TYPE_CHECKING:
    from omniroute.routing.plan import Plan
    from omniroute.routing.router import Router

I8 = NDArray[np.int64]

#: Rows that `Explanation.table` shows before it leaves some out.
TABLE_ROWS = 15


@attrs.frozen
class Candidate:
    """One node and service: what it sends of the order, would send, or why it cannot.

    A chosen one is shown with its shipment in the plan. The others are shown with what
    they could send if each alone sent all it can.

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
    arrives: date | None = attrs.field(default=None, repr=False)

    @property
    def cost(self) -> Decimal | None:
        """Sum of the terms; None for those that are out."""
        return total(self.terms.values()) if self.terms else None


@attrs.frozen(repr=False)
class Explanation:
    """Every candidate of a decision.

    Parameters
    ----------
    status
        `Status.OK`, or `Status.STALE` where stock has changed since the decision: the
        candidates are then empty rather than those of another world.
    candidates
        The chosen first, then by rank, then those that are out by node.
    limits
        What the network could promise, in units, of items of which it keeps something
        back from the sum of its nodes: holds at no node, a threshold.
    """

    status: Status
    candidates: tuple[Candidate, ...]
    limits: dict[str, int | Decimal] = attrs.field(factory=dict)

    def limited(self, limits: dict[str, int | Decimal]) -> Explanation:
        """Return the explanation with what the network could promise of some items."""
        return attrs.evolve(self, limits=limits)

    def why(self, node: str) -> tuple[Candidate, ...]:
        """Return what became of one node, a row a service.

        Raises
        ------
        UnknownNodeError
            The network has no such node (or the explanation is stale).
        """
        found = tuple(row for row in self.candidates if row.node == node)
        if not found:
            raise UnknownNodeError(node, "node")
        return found

    def counts(self) -> dict[Reason, int]:
        """How many (node, service) pairs there are of each reason."""
        counts: dict[Reason, int] = {}
        for row in self.candidates:
            counts[row.reason] = counts.get(row.reason, 0) + 1
        return dict(sorted(counts.items()))

    def table(self, rows: int = TABLE_ROWS) -> str:
        """Return the first rows as aligned text, then the counts of the rest.

        Raises
        ------
        ValidationError
            Not a whole number of rows, 0 or more.
        """
        rows = whole(rows, "rows", 0, QUANTITY_MAX)
        if self.status is Status.STALE:
            return "STALE: stock has changed since the decision"
        head = ("rank", "node", "service", "reason", "units", "days", "km", "cost")
        cells = [head, *(_cells(row) for row in self.candidates[:rows])]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = [
            "  ".join(
                cell.ljust(width) if j in (1, 2, 3) else cell.rjust(width)
                for j, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in cells
        ]
        counts = [f"{count} {reason.name}" for reason, count in self.counts().items()]
        told = [
            f"of {sku} the network promises {units}: it keeps the rest back"
            for sku, units in self.limits.items()
        ]
        count = f"of {len(self.candidates)}: " + ", ".join(counts)
        return "\n".join([*lines, count, *told])

    def __repr__(self) -> str:
        counts = [f"{count} {reason.name}" for reason, count in self.counts().items()]
        return f"Explanation({self.status.name}, {', '.join(counts)})"

    def _repr_html_(self) -> str:
        return f"<pre>{escape(self.table())}</pre>"


def _cells(row: Candidate) -> tuple[str, ...]:
    return (
        "" if row.rank is None else str(row.rank),
        row.node,
        row.service,
        row.reason.name,
        str(row.units),
        "" if row.transit_days is None else str(row.transit_days),
        "" if row.distance_km is None else f"{row.distance_km:.0f}",
        "" if row.cost is None else str(row.cost),
    )


def explain(router: Router, plan: Plan) -> Explanation:
    """See `Plan.explain`. O(nodes x services)."""
    if plan.stale:
        return Explanation(Status.STALE, ())
    return _Explainer(router, plan).explanation()


class _Explainer:
    """Works out one explanation from the same arrays that the kernels read."""

    def __init__(self, router: Router, plan: Plan) -> None:
        self.router = router
        self.tables = router.tables
        self.words = plan.ask.words
        slot = self.words[A_SLOT] = router.slot(plan.order)
        lanes = router.lanes
        self.dates = plan.dates
        if router.calendars is not None and plan.dates is not None:
            # As it was at the decision; whoever asks next has it dated anew.
            router.calendars.lanes.set_dates(slot, plan.dates.epoch)
        self.cls = lanes.nodes[slot, 0]
        self.lane_rows = lanes.price_rows(slot)
        self.dist_m = lanes.nodes[slot, 1].astype(np.int64)
        self.records = lanes.records[slot]
        self.held = _held(router, plan)
        self.answer = plan.answer
        self.chosen = _chosen(plan.answer)
        self.sent = _sent(router, plan)

    def explanation(self) -> Explanation:
        rows = [
            self._candidate(node, s)
            for node in range(len(self.cls))
            for s in range(len(self.tables.services))
        ]
        inside = [(key, row) for row, key in rows if key is not None]
        inside.sort(key=itemgetter(0))
        ranked = [attrs.evolve(row, rank=i + 1) for i, (_, row) in enumerate(inside)]
        ranked.sort(key=lambda row: row.reason)
        outside = [row for row, key in rows if key is None]
        return Explanation(Status.OK, (*ranked, *outside))

    def _candidate(self, node: int, s: int) -> tuple[Candidate, tuple[int, ...] | None]:
        """One row, and the key it is ranked by; None for those that are out."""
        held = self.held
        reason = self._reason(node, s)
        words = self._terms(node, s) if reason is None else None
        if reason is None:
            reason = Reason.TOO_HEAVY if words is None else Reason.CANDIDATE
        quanta = int(held.quanta[node])
        days = self._days(node, s)
        key: tuple[int, ...] | None = None
        if words is not None:
            arrival = self._arrival(node, s)
            key = (sum(words), arrival, int(self.dist_m[node]), node, s)
            first = (arrival,) if self.words[A_OBJECTIVE] == 1 else ()
            key = (-quanta, *first, *key)
        thousandths, lines = int(held.thousandths[node]), int(held.lines[node])
        if (node, s) in self.chosen:
            reason = Reason.CHOSEN
            x = self.chosen[node, s]
            start = O_HEADER + SHIPMENT_WIDTH * x
            words = [self.answer[start + at] for at in TERMS.values()]
            quanta, thousandths, lines = self.sent[x]
        far = self.dist_m[node] >= FAR_M
        row = Candidate(
            node=self.router.network.nodes[node].id,
            service=self.router.network.services[s].name,
            reason=reason,
            rank=None,
            quanta=quanta,
            units=_units(thousandths),
            lines=lines,
            terms=_named(words),
            transit_days=days,
            distance_km=None if far else from_metres(self.dist_m[node]),
            arrives=self._arrives(node, s, days),
        )
        return row, key

    def _reason(self, node: int, s: int) -> Reason | None:
        """First reason that keeps a node and service out, weight aside."""
        words, tables = self.words, self.tables
        if not self._admitted >> s & 1:
            return Reason.NOT_ADMITTED
        if node in self._excluded or words[A_COLLECT_AT] not in (-1, node):
            return Reason.EXCLUDED
        if not tables.costs[node, 3] >> s & 1:
            return Reason.NOT_OFFERED
        reason = self._too_far(node, s)
        if reason is None and self._row(node, s) < 0:
            reason = Reason.NO_LANE if self._days(node, s) is None else Reason.CLOSED
        if reason is None and 0 <= words[A_LATEST] < self._arrival(node, s):
            reason = Reason.TOO_LATE
        if reason is None and self.held.quanta[node] == 0:
            reason = Reason.NO_STOCK
        return reason

    def _too_far(self, node: int, s: int) -> Reason | None:
        limits = [
            int(self.tables.services[s, S_RADIUS_M]),
            self.words[A_MAX_DISTANCE_M],
        ]
        limits = [limit for limit in limits if limit >= 0]
        chart = int(self.tables.services[s, S_ZONES])
        by_distance = chart >= 0 and isinstance(
            self.tables.charts[chart], DistanceBands
        )
        if self.dist_m[node] >= FAR_M and (limits or by_distance):
            return Reason.NO_COORDINATES
        if limits and self.dist_m[node] > min(limits):
            return Reason.TOO_FAR
        return None

    @property
    def _admitted(self) -> int:
        words, bits = self.words, 0
        for g in range(words[A_GROUPS]):
            bits |= words[A_HEADER + GROUP_WIDTH * g]
        return bits

    @property
    def _excluded(self) -> list[int]:
        start = A_HEADER + GROUP_WIDTH * self.words[A_GROUPS]
        return self.words[start : start + self.words[A_EXCLUDED]]

    def _row(self, node: int, s: int) -> int:
        c = self.cls[node]
        return -1 if c < 0 else int(self.records[c, C_ROWS + s])

    def _days(self, node: int, s: int) -> int | None:
        """Days on the way; None where there is no lane."""
        row = int(self.lane_rows[node, s])
        return None if row < 0 else self.tables.row_days[row]

    def _arrival(self, node: int, s: int) -> int:
        """Transit, as the kernels count it; of nodes that have a lane."""
        count = len(self.tables.services)
        return int(self.records[self.cls[node], C_ROWS + count + s])

    def _arrives(self, node: int, s: int, days: int | None) -> date | None:
        if self.dates is None or days is None:
            return None
        return self.dates.arrives(node, s, days)

    def _terms(self, node: int, s: int) -> list[int] | None:
        """Cost of sending all it holds, in the order of TERMS; None: too heavy."""
        held, costs = self.held, self.tables.costs[node]
        rates = self.router.network.services[s].rates
        weight_g = int(held.grams[node])
        if not rates.carries(weight_g):
            return None
        row, t = self._row(node, s), rates.steps(weight_g)
        rate = int(self.tables.prices[row, t])
        by_line = int(costs[1] * held.lines[node])
        return [rate, int(costs[0]), by_line, int(costs[2] * held.units[node])]


@attrs.frozen
class _Held:
    """What each node could send of the order: int64[N] each."""

    quanta: I8
    #: Units in thousandths, the finest quantum: lines of different items add up.
    thousandths: I8
    lines: I8
    grams: I8
    units: I8


def _held(router: Router, plan: Plan) -> _Held:
    arena, items = router.decider.arena, router.decider.items
    places = router.catalogue.decimals
    quanta, thousandths, lines, grams, units = np.zeros((5, arena.nodes), np.int64)
    for sku, wanted in plan.ask.lines:
        start, length = arena.rows[sku, :2]
        cells = slice(start, start + length)
        nodes = arena.cell_node[cells]
        lot = 1 if router.composed is None else router.composed.lot_quanta(sku)
        take = np.clip(arena.planes[P_FREE, cells].astype(np.int64), 0, wanted // lot)
        unit_g, scale = items[sku]
        quanta[nodes] += take * lot
        thousandths[nodes] += take * lot * (1000 // 10 ** int(places[sku]))
        lines[nodes] += take > 0
        grams[nodes] += -(-take * unit_g // max(1, scale))
        units[nodes] += take * -scale if scale < 0 else -(-take // scale)
    return _Held(quanta, thousandths, lines, grams, units)


def _chosen(answer: list[int]) -> dict[tuple[int, int], int]:
    """Return the number of the shipment of each (node, service) that has one."""
    starts = [O_HEADER + SHIPMENT_WIDTH * x for x in range(answer[O_SHIPMENTS])]
    pairs = [(answer[at + X_NODE], answer[at + X_SERVICE]) for at in starts]
    return {pair: x for x, pair in enumerate(pairs)}


def _sent(router: Router, plan: Plan) -> list[list[int]]:
    """Quanta, thousandths of a unit and lines that each shipment sends."""
    sent = [[0, 0, 0] for _ in range(plan.answer[O_SHIPMENTS])]
    places = router.catalogue.decimals
    for x, i, quanta in plan.picks:
        sent[x][0] += quanta
        sent[x][1] += quanta * (1000 // 10 ** int(places[plan.ask.sku_of(i)]))
        sent[x][2] += 1
    return sent


def _units(thousandths: int) -> int | Decimal:
    whole, rest = divmod(thousandths, 1000)
    return from_quanta(thousandths, 3) if rest else whole


def _named(words: list[int] | None) -> dict[str, Decimal]:
    if words is None:
        return {}
    return dict(zip(TERMS, map(to_decimal, words), strict=True))
