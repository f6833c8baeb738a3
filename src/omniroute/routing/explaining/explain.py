"""Why this plan: every node and service, with its cost terms and rank or its reason."""

from __future__ import annotations

import json
from typing import Any

import attrs

from omniroute.codes import QUANTITY_MAX, Status
from omniroute.model.checks import whole
from omniroute.model.quantity import from_quanta
from omniroute.routing.explaining import telling
from omniroute.routing.explaining.candidate_ranking import ranking
from omniroute.routing.explaining.decision import decision_of
from omniroute.routing.explaining.explained import Explained, LineSources, Units
from omniroute.routing.explaining.seen import Seen
from omniroute.routing.plan_answer import PlanAnswer
from omniroute.routing.router_answers import RouterAnswers

#: Rows that `Explanation.table` shows before it leaves some out.
TABLE_ROWS = 15


@attrs.frozen(repr=False, eq=False, slots=False)
class Explanation(Explained):
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


def explain(router: RouterAnswers, plan: PlanAnswer) -> Explanation:
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


def _lines(seen: Seen, plan: PlanAnswer) -> tuple[LineSources, ...]:
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
