"""What an explanation knows: every candidate, every node and every line of the order."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any

import attrs
import numpy as np

from omniroute.codes import Reason, Status
from omniroute.errors import StatusError, UnknownNodeError
from omniroute.routing.dates import Dates
from omniroute.routing.explaining.candidate_ranking import Candidate, Ranking
from omniroute.routing.explaining.decision import Decision

Units = int | Decimal

_FIRST_OUT = Reason.CANDIDATE + 1


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
class Explained:
    """What `Explanation` tells, before it is put into words."""

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


def _node_reason(node: str, rows: Sequence[Candidate]) -> NodeReason:
    inside = [row.reason for row in rows if row.reason < _FIRST_OUT]
    reason = min(inside) if inside else max(row.reason for row in rows)
    some = [row for row in rows if row.reason is reason]
    services = tuple(row.service for row in some)
    return NodeReason(node, reason, services, some[0].rank, some[0].units, some[0].cost)
