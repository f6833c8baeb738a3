"""An explanation put into words, tables and plain data."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from omniroute._show import Rows, aligned, counted, html_table, html_text
from omniroute.codes import Reason, Status
from omniroute.model.money import minus
from omniroute.routing.explaining.decision import Decision, text_or_none
from omniroute.routing.explaining.reasons import SAYS
from omniroute.routing.shipment import PlanLine, shipment_rows

if TYPE_CHECKING:
    from omniroute.routing.explaining.candidate_ranking import Candidate
    from omniroute.routing.explaining.explained import Explained

STALE = "STALE: stock, or a rule about it, has changed since the decision"

#: What stands in the way, where nothing is sent.
_NOTHING = {
    Status.UNSERVED: "no node may serve the order",
    Status.OUT_OF_STOCK: "nothing of it is in stock at the nodes that may serve it",
    Status.TOO_HEAVY: "a single unit is over every service's heaviest shipment",
    Status.SHORT: "it is to be served whole or not at all, and something is short",
}
_HEAD = ("rank", "node", "service", "reason", "units", "days", "km", "cost")
_LEFT = (1, 2, 3)


# -- sentences -------------------------------------------------------------------------


def headline(told: Explained) -> str:
    """Return what was decided, how sure that is, what came next, and who was out."""
    decision = told.decision
    if decision is None:
        return STALE
    parts = [outcome(decision), _proof(decision), _runner_up(told, decision)]
    return " ".join([*(part for part in parts if part), _nodes(told)])


def outcome(decision: Decision) -> str:
    """Return what was decided, in a sentence."""
    if not decision.shipments:
        why = _NOTHING.get(decision.status, decision.status.name)
        return f"Nothing is sent: {why}{_short(decision.shortages)}."
    what = "Part of it" if decision.shortages else "All of it"
    first, *more = decision.shipments
    days = counted(decision.transit_days or 0, "day")
    if more:
        places = list(dict.fromkeys(shipment.node for shipment in decision.shipments))
        how = f"in {len(more) + 1} shipments from {listed(places)}"
    else:
        how = f"from {first.node} by {first.service}"
    short = _short(decision.shortages)
    return f"{what} {how}: {decision.cost}, {days} on the way{short}."


def listed(names: Sequence[str], most: int = 6) -> str:
    """Return names as a sentence has them, long lists cut.

    Examples
    --------
    >>> listed(["A", "B", "C"]), listed(["A"]), listed(list("ABCDEFGHI"), most=3)
    ('A, B and C', 'A', 'A, B, C and 6 more')
    """
    shown = list(names[:most])
    if len(names) > most:
        return f"{', '.join(shown)} and {len(names) - most} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def _short(shortages: Sequence[PlanLine]) -> str:
    if not shortages:
        return ""
    return f"; short of {listed([f'{line.quantity} {line.sku}' for line in shortages])}"


def _proof(decision: Decision) -> str:
    if not decision.shipments:
        return ""
    if decision.proven:
        return "No better plan exists."
    if not decision.bound:
        return "Whether a better plan exists is not known."
    return f"No plan costs less than {decision.bound}."


def _runner_up(told: Explained, decision: Decision) -> str:
    """Return the best that one shipment could do instead, if it could do it all."""
    sent = sum(row.quanta for row in told.first(len(decision.shipments)))
    rest = told.first(len(decision.shipments) + 1)[len(decision.shipments) :]
    row = next((row for row in rest if row.reason is Reason.CANDIDATE), None)
    if row is None or row.cost is None or not decision.shipments:
        return ""
    if row.quanta < sent:
        which = "No other" if len(decision.shipments) == 1 else "No"
        return f"{which} single shipment could bring as much."
    where = f"{row.node} by {row.service}"
    return f"Next best from one place: {where}, {_apart(row, decision)}."


def _apart(row: Candidate, decision: Decision) -> str:
    assert row.cost is not None
    told = f"{row.cost}, {difference(row.cost, decision.cost)}"
    if (row.objective, decision.objective) != (row.cost, decision.cost):
        assert row.objective is not None
        told += f" ({difference(row.objective, decision.objective)} by the policy)"
    days = (row.transit_days or 0) - (decision.transit_days or 0)
    return told + (f" and {later(days)}" if days else "")


def difference(one: Decimal, other: Decimal) -> str:
    """Return how much more or less the first amount is.

    Examples
    --------
    >>> from decimal import Decimal
    >>> difference(Decimal("14.65"), Decimal("12.60"))
    '2.05 more'
    """
    more = minus(one, other)
    if not more:
        return "the same"
    return f"{abs(more)} {'more' if more > 0 else 'less'}"


def later(days: int) -> str:
    """Return a number of days as later or sooner."""
    return f"{counted(abs(days), 'day')} {'later' if days > 0 else 'sooner'}"


def _nodes(told: Explained) -> str:
    counts = told.node_counts()
    count = sum(counts.values())
    could = counts.pop(Reason.CANDIDATE, 0)
    chosen = counts.pop(Reason.CHOSEN, 0)
    parts = [f"{chosen} chosen", f"{could} could serve something"]
    out = ", ".join(f"{n} {reason.name}" for reason, n in counts.items())
    parts += [f"{sum(counts.values())} out ({out})"] if out else []
    return f"Of {counted(count, 'node')}: {', '.join(parts)}."


# -- tables ----------------------------------------------------------------------------


def candidate_rows(told: Explained, rows: int) -> Rows:
    """Return the first candidates, under their head.

    What the policy counts is shown where that is more than rates and handling.
    """
    found = told.first(rows)
    cells = [(*_HEAD, "objective"), *(_cells(row) for row in found)]
    counts_more = any(row.objective != row.cost for row in found)
    return cells if counts_more else [row[:-1] for row in cells]


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
        "" if row.objective is None else str(row.objective),
    )


def line_rows(told: Explained) -> Rows:
    """Return the order's lines: what is served of each, by whom, and who could."""
    found: list[list[str]] = [
        ["line", "asked", "served", "from", "whole at", "part at"],
    ]
    for line in told.lines:
        parts = [
            f"{node} {units}" + (f" {sku}" if sku else "")
            for node, _, units, sku in line.sources
        ]
        figures = [str(line.asked), str(line.served)]
        nodes = [str(line.whole_at), str(line.part_at)]
        found.append([line.sku, *figures, ", ".join(parts), *nodes])
    return found


def _below(told: Explained) -> list[str]:
    """Return what stands under the table of candidates."""
    counts = [f"{count} {reason.name}" for reason, count in told.counts().items()]
    kept = [
        f"of {sku} the network promises {units}: it keeps the rest back"
        for sku, units in told.limits.items()
    ]
    return [f"of {len(told)}: " + ", ".join(counts), *kept]


def table(told: Explained, rows: int) -> str:
    """Return the first candidates as aligned text, then the counts of the rest."""
    if told.decision is None:
        return STALE
    return "\n".join([aligned(candidate_rows(told, rows), _LEFT), *_below(told)])


def text(told: Explained, rows: int = 15) -> str:
    """Return the headline, then all tables."""
    if told.decision is None:
        return STALE
    parts = [headline(told)]
    if told.decision.shipments:
        parts.append(aligned(shipment_rows(told.decision.shipments), (0, 1)))
    return "\n\n".join([*parts, aligned(line_rows(told), (0, 3)), table(told, rows)])


def html(told: Explained, rows: int = 15) -> str:
    """Return the same as HTML that needs nothing else; ids are escaped."""
    if told.decision is None:
        return html_text(STALE)
    parts = [html_text(headline(told))]
    if told.decision.shipments:
        parts.append(html_table(shipment_rows(told.decision.shipments), (0, 1)))
    parts.append(html_table(line_rows(told), (0, 3)))
    parts.append(html_table(candidate_rows(told, rows), _LEFT))
    return "".join([*parts, *map(html_text, _below(told))])


# -- data ------------------------------------------------------------------------------


def to_dict(told: Explained) -> dict[str, Any]:
    """Return it as what JSON knows; quantities and money are texts, exact."""
    found: dict[str, Any] = {"status": told.status.name}
    if told.decision is None:
        return found
    return found | {
        "headline": headline(told),
        "decision": told.decision.to_dict(),
        "lines": [
            {
                "sku": line.sku,
                "asked": str(line.asked),
                "served": str(line.served),
                "sources": [
                    {
                        "node": node,
                        "service": service,
                        "quantity": str(units),
                        "sku": instead or line.sku,
                    }
                    for node, service, units, instead in line.sources
                ],
                "whole_at": line.whole_at,
                "part_at": line.part_at,
            }
            for line in told.lines
        ],
        "limits": {sku: str(units) for sku, units in told.limits.items()},
        "reasons": {reason.name: SAYS[reason] for reason in told.counts()},
        "candidates": [_candidate(row) for row in told.candidates],
    }


def _candidate(row: Candidate) -> dict[str, Any]:
    return {
        "node": row.node,
        "service": row.service,
        "reason": row.reason.name,
        "rank": row.rank,
        "units": str(row.units),
        "lines": row.lines,
        "terms": {name: str(money) for name, money in row.terms.items()},
        "cost": text_or_none(row.cost),
        "objective": text_or_none(row.objective),
        "transit_days": row.transit_days,
        "distance_km": text_or_none(row.distance_km),
    }
