"""What else could be done: the best other plans, each with its cost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import attrs

from omniroute._show import Rows, Shown, counted, html_text, told
from omniroute.codes import Status
from omniroute.model.quantity import total_units
from omniroute.routing.explaining.candidate_ranking import ranking
from omniroute.routing.explaining.instead import Instead, pairs_of
from omniroute.routing.explaining.telling import STALE, difference, listed

if TYPE_CHECKING:
    from omniroute.routing.plan import Plan
    from omniroute.routing.router_answers import RouterAnswers

#: Single shipments that are tried beyond those returned, where a policy ranks otherwise.
TRIED = 30

_HEAD = ("", "from", "shipments", "short", "days", "cost", "difference")


@attrs.frozen(repr=False, eq=False)
class Alternatives(Shown):
    """Other plans for an order, the best first.

    Parameters
    ----------
    status
        `Status.OK`, or `Status.STALE` where what the plan was decided on has changed.
    plan
        The plan that was chosen.
    plans
        The best single shipments from other nodes or by other services, and the best
        plans that do without one of the chosen nodes; each from other places than the
        others.
    """

    status: Status
    plan: Plan
    plans: tuple[Plan, ...]

    LEFT = (0, 1, 6)

    def __len__(self) -> int:
        return len(self.plans)

    def __iter__(self) -> Iterator[Plan]:
        return iter(self.plans)

    def __getitem__(self, i: int) -> Plan:
        return self.plans[i]

    def __repr__(self) -> str:
        if self.status is not Status.OK:
            return f"Alternatives({self.status.name})"
        best = f", best {self.plans[0].cost}" if self.plans else ""
        count = counted(len(self.plans), "plan")
        return f"Alternatives({count}{best}; chosen {self.plan.cost})"

    def table(self) -> str:
        """Return them as aligned text, under the plan that was chosen."""
        return STALE if self.status is not Status.OK else super().table()

    def _repr_html_(self) -> str:
        if self.status is not Status.OK:
            return html_text(STALE)
        return super()._repr_html_()

    def _rows(self) -> Rows:
        rows = [("chosen", *_cells(self.plan), "")]
        for i, plan in enumerate(self.plans, 1):
            more = difference(plan.cost, self.plan.cost)
            rows.append((str(i), *_cells(plan), more))
        return [_HEAD, *rows]


def _cells(plan: Plan) -> tuple[str, ...]:
    places = [f"{x.node} by {x.service}" for x in plan.shipments]
    short = total_units(line.quantity for line in plan.shortages)
    return (
        listed(places, 4) if places else "nowhere",
        str(len(places)),
        str(short) if short else "",
        told(plan.transit_days),
        str(plan.cost),
    )


def alternatives(router: RouterAnswers, plan: Plan, k: int) -> Alternatives:
    """See `Plan.alternatives`."""
    if plan.stale:
        return Alternatives(Status.STALE, plan, ())
    instead = Instead(router, plan)
    found = [*_single(instead, k), *_without_one(instead)]
    seen = {frozenset(pairs_of(plan))}
    best = []
    for other in sorted(found, key=lambda each: (instead.key(each), pairs_of(each))):
        pairs = frozenset(pairs_of(other))
        if pairs not in seen:
            seen.add(pairs)
            best.append(other)
    return Alternatives(Status.OK, plan, tuple(best[:k]))


def _single(instead: Instead, k: int) -> Iterator[Plan]:
    """Return the k best single shipments, of those that are not in the plan alone.

    The ranking is the decision's own where each load is; else more are asked.
    """
    plan, rows = instead.plan, ranking(instead.seen, instead.plan)
    chosen = pairs_of(plan)
    inside = zip(rows.node[rows.inside], rows.service[rows.inside], strict=True)
    ranked = sorted(zip(rows.rank[rows.inside].tolist(), inside, strict=True))
    pairs = [(int(node), int(service)) for _, (node, service) in ranked]
    pairs = [pair for pair in pairs if [pair] != chosen]
    if not instead.seen.by_kernels:
        # Limits of the policy may leave some out, and loads may not be the best.
        pairs = pairs[: k + TRIED]
    elif instead.seen.loads.exact:
        pairs = pairs[:k]
    for node, service in pairs:
        other = instead.alone(node, 1 << service, 1)
        if other is not None:
            yield other


def _without_one(instead: Instead) -> Iterator[Plan]:
    """Return the best plan without each of the chosen nodes."""
    for node in dict.fromkeys(node for node, _ in pairs_of(instead.plan)):
        other = instead.without([node])
        if other is not None:
            yield other
