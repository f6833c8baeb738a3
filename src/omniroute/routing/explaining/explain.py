"""Why this plan: every node and service, with its cost terms and rank or its reason."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from omniroute.codes import QUANTITY_MAX, Reason, Status
from omniroute.errors import StatusError, UnknownNodeError
from omniroute.model.checks import whole
from omniroute.model.quantity import from_quanta
from omniroute.routing.explaining import telling
from omniroute.routing.explaining.candidate_ranking import Candidate, Ranking, ranking
from omniroute.routing.explaining.decision import Decision, decision_of
from omniroute.routing.explaining.seen import Seen

if TYPE_CHECKING:
    from omniroute.routing.dates import Dates
    from omniroute.routing.plan import Plan
    from omniroute.routing.router import Router

Units = int | Decimal

#: Rows that `Explanation.table` shows before it leaves some out.
TABLE_ROWS = 15


@attrs.frozen
class LineSources:
    """One line of the order: what is served of it, and who could.

    Parameters
    ----------
    sku
        Id.
    asked, served
        Units; substitutes count as served.
    sources
        (node, service, units) of what serves it, and the SKU sent in its place or None.
    whole_at, part_at
        Nodes that may serve the order and hold all of it, and only a part. Substitutes
        do not count.
    """

    sku: str
    asked: Units
    served: Units
    sources: tuple[tuple[str, str, Units, str | None], ...]
    whole_at: int
    part_at: int


@attrs.frozen
class NodeReason:
    """What became of a node, by all its services.

    Parameters
    ----------
    node
        Id.
    reason
        Of the service that came nearest to being chosen: the last reason in the order
        of precedence, unless it is chosen or a candidate.
    services
        The services with this reason, the best ranked first.
    rank
        Of the first of them; None where the node is out.
    units, cost
        What it sends or could send, and for how much; None where the node is out.
    """

    node: str
    reason: Reason
    services: tuple[str, ...]
    rank: int | None
    units: Units
    cost: Decimal | None


@attrs.frozen(repr=False, eq=False, slots=False)
class Explanation:
    """Why a plan is as it is: all its candidates, and what was decided.

    Parameters
    ----------
    status
        `Status.OK`, or `Status.STALE` where stock, or a rule about it, has changed since
        the decision: there is then nothing else, rather than an answer about another
        world.
    decision
        The plan in plain values; None where stale.
    lines
        The order's lines: what is served of each, and how many nodes could.
    limits
        What the network could promise, in units, of items of which it keeps something
        back from the sum of its nodes: holds at no node, a threshold.
    """

    status: Status
    decision: Decision | None = None
    lines: tuple[LineSources, ...] = ()
    limits: dict[str, Units] = attrs.field(factory=dict)
    _ranking: Ranking | None = None
    _nodes: tuple[str, ...] = ()
    _services: tuple[str, ...] = ()
    _dates: Dates | None = None

    # -- the candidates ----------------------------------------------------------------

    @cached_property
    def candidates(self) -> tuple[Candidate, ...]:
        """The chosen first, then by rank, then those that are out by node."""
        return tuple(self._candidate(k) for k in range(len(self)))

    @cached_property
    def nodes(self) -> tuple[NodeReason, ...]:
        """Every node of the network once, the chosen first, then by rank, then by id."""
        by_node: dict[str, list[Candidate]] = {}
        for row in self.candidates:
            by_node.setdefault(row.node, []).append(row)
        found = [_node_reason(node, rows) for node, rows in by_node.items()]
        return tuple(sorted(found, key=lambda each: min(each.reason, _FIRST_OUT)))

    def why(self, node: str) -> tuple[Candidate, ...]:
        """Return what became of one node, a row a service.

        Raises
        ------
        UnknownNodeError
            The network has no such node.
        StatusError
            `Status.STALE`: stock has changed since the decision.
        """
        if self.status is Status.STALE:
            raise StatusError(self.status, self)
        if node not in self._nodes:
            raise UnknownNodeError(node, "node")
        assert self._ranking is not None
        rows = np.flatnonzero(self._ranking.node == self._nodes.index(node))
        return tuple(self._candidate(int(k)) for k in rows)

    def counts(self) -> dict[Reason, int]:
        """How many (node, service) pairs there are of each reason."""
        if self._ranking is None:
            return {}
        codes, counts = np.unique(self._ranking.reason, return_counts=True)
        pairs = zip(codes.tolist(), counts.tolist(), strict=True)
        return {Reason(code): count for code, count in pairs}

    def node_counts(self) -> dict[Reason, int]:
        """How many nodes there are of each reason; see `NodeReason`."""
        return {} if self._ranking is None else self._ranking.by_node()

    def first(self, rows: int) -> tuple[Candidate, ...]:
        """Return the first so many candidates, without making the others."""
        return tuple(self._candidate(k) for k in range(min(rows, len(self))))

    def __len__(self) -> int:
        """(node, service) pairs."""
        return 0 if self._ranking is None else len(self._ranking.node)

    def _candidate(self, k: int) -> Candidate:
        assert self._ranking is not None
        return self._ranking.candidate(k, self._nodes, self._services, self._dates)

    # -- as data -----------------------------------------------------------------------

    def columns(self) -> dict[str, Any]:
        """Return the candidates as columns: ids, reasons by name, numbers.

        Money ends in ``_minor`` and is in 1/10,000 of the currency unit; -1 stands for
        no rank, no days and no distance.
        """
        if self._ranking is None:
            return {}
        return self._ranking.columns(self._nodes, self._services)

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as what JSON knows; quantities and money are texts, exact."""
        return telling.to_dict(self)

    def to_json(self, indent: int | None = None) -> str:
        """Return all of it as JSON."""
        return json.dumps(self.to_dict(), indent=indent, ensure_ascii=False)

    # -- to read -----------------------------------------------------------------------

    @property
    def headline(self) -> str:
        """A few sentences for who knows the shops and not the library."""
        return telling.headline(self)

    def table(self, rows: int = TABLE_ROWS) -> str:
        """Return the first candidates as aligned text, then the counts of the rest.

        Raises
        ------
        ValidationError
            Not a whole number of rows, 0 or more.
        """
        return telling.table(self, whole(rows, "rows", 0, QUANTITY_MAX))

    def __str__(self) -> str:
        return telling.text(self)

    def _repr_html_(self) -> str:
        return telling.html(self)

    def __repr__(self) -> str:
        counts = [f"{count} {reason.name}" for reason, count in self.counts().items()]
        return f"Explanation({', '.join([self.status.name, *counts])})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Explanation):
            return NotImplemented
        return self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash((self.status, self.decision is None, len(self)))


_FIRST_OUT = Reason.CANDIDATE + 1


def _node_reason(node: str, rows: Sequence[Candidate]) -> NodeReason:
    inside = [row.reason for row in rows if row.reason < _FIRST_OUT]
    reason = min(inside) if inside else max(row.reason for row in rows)
    some = [row for row in rows if row.reason is reason]
    services = tuple(row.service for row in some)
    return NodeReason(node, reason, services, some[0].rank, some[0].units, some[0].cost)


def explain(router: Router, plan: Plan) -> Explanation:
    """See `Plan.explain`. O(nodes x services x lines)."""
    if plan.stale:
        return Explanation(Status.STALE)
    seen = Seen(router, plan)
    texts, places = router.catalogue.skus.texts, router.catalogue.decimals
    return Explanation(
        Status.OK,
        decision_of(plan),
        _lines(seen, plan),
        {
            texts[sku]: from_quanta(quanta, int(places[sku]))
            for sku, quanta in seen.shelves.kept_back.items()
        },
        ranking(seen, plan),
        router.network.node_ids,
        router.network.service_names,
        plan.dates,
    )


def _lines(seen: Seen, plan: Plan) -> tuple[LineSources, ...]:
    """Return what is served of each line, and how many nodes could."""
    texts, places = seen.router.catalogue.skus.texts, seen.router.catalogue.decimals
    serving = seen.may_serve.any(axis=1)
    sources: list[list[tuple[str, str, Units, str | None]]] = [
        [] for _ in plan.ask.lines
    ]
    served = [0] * len(plan.ask.lines)
    for x, i, quanta in plan.picks:
        line, sku = plan.ask.line_of(i), plan.ask.sku_of(i)
        shipment, units = plan.shipments[x], from_quanta(quanta, int(places[sku]))
        instead = None if i == line else texts[sku]
        sources[line].append((shipment.node, shipment.service, units, instead))
        served[line] += quanta
    found = []
    for i, (sku, asked) in enumerate(plan.ask.lines):
        able, unit = seen.loads.able[i][serving], int(places[sku])
        found.append(
            LineSources(
                texts[sku],
                from_quanta(asked, unit),
                from_quanta(served[i], unit),
                tuple(sources[i]),
                int((able >= asked).sum()),
                int(((able > 0) & (able < asked)).sum()),
            )
        )
    return tuple(found)
