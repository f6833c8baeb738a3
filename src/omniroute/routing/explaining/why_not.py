"""Why not from there: what the best plan with a node would have cost, or why it is out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import attrs
import numpy as np
from numpy.typing import NDArray

from omniroute._show import Rows, Shown, html_table, html_text
from omniroute.codes import Reason, Status
from omniroute.errors import UnknownNodeError, ValidationError
from omniroute.routing.explaining.candidate_ranking import Candidate, ranking
from omniroute.routing.explaining.instead import Instead, pairs_of
from omniroute.routing.explaining.reasons import SAYS
from omniroute.routing.explaining.telling import STALE
from omniroute.routing.explaining.versus import PlanDifference, compare_plans

if TYPE_CHECKING:
    from omniroute.routing.plan import Plan
    from omniroute.routing.router_answers import RouterAnswers

I8 = NDArray[np.int64]

_HEAD = ("service", "reason", "rank", "units", "cost", "")


@attrs.frozen(repr=False, eq=False)
class WhyNot(Shown):
    """What became of a node, and what the best plan with it would have been.

    Parameters
    ----------
    status
        `Status.OK`, or `Status.STALE` where what the plan was decided on has changed.
    node
        Id of the node.
    asked
        What was asked of it: ``"some"`` of the order, ``"all"`` that is sent, or the
        SKU of a line.
    reason
        Of its service that came nearest: see `NodeReason`. None where stale.
    rows
        Its services, a row each.
    plan
        The best plan in which the node does what was asked; None where there is none.
        It can be reserved like any other.
    difference
        What that plan would be instead of the one chosen.
    proven
        Whether no better plan does what was asked.
    """

    status: Status
    node: str
    asked: str
    reason: Reason | None = None
    rows: tuple[Candidate, ...] = ()
    plan: Plan | None = None
    difference: PlanDifference | None = None
    proven: bool = False

    LEFT = (0, 1, 5)

    @property
    def cost(self) -> Decimal | None:
        """What that plan costs more than the one chosen; None where there is none."""
        return None if self.difference is None else self.difference.cost

    @property
    def headline(self) -> str:
        """The answer in a sentence or two."""
        if self.reason is None:
            return STALE
        if self.difference is None or self.plan is None:
            return self._out()
        if self.difference.same:
            return f"{self.node} is part of the plan that was chosen."
        best = "The best plan that" if self.proven else "The best plan found that"
        told = self.difference.headline
        return f"{best} {self._does()} costs {self.plan.cost}: {told}"

    def _does(self) -> str:
        """Return what a plan does that does what was asked."""
        if self.asked == "some":
            return f"draws on {self.node}"
        if self.asked == "all":
            return f"is served by {self.node} alone"
        return f"has {self.asked} from {self.node}"

    def _out(self) -> str:
        """Return the reasons of its services, each once."""
        assert self.reason is not None
        reasons = dict.fromkeys(row.reason for row in self.rows)
        if self.reason <= Reason.CANDIDATE or self.reason is Reason.PART_ONLY:
            return f"No plan that keeps the rules {self._does()}."
        parts = []
        for reason in sorted(reasons, reverse=True):
            names = [row.service for row in self.rows if row.reason is reason]
            parts.append(f"{SAYS[reason]} ({', '.join(names)})")
        return f"{self.node} is out: {'; '.join(parts)}."

    def _rows(self) -> Rows:
        rows = [_HEAD]
        for row in self.rows:
            rank = "" if row.rank is None else str(row.rank)
            cost = "" if row.cost is None else str(row.cost)
            figures = (rank, str(row.units), cost, SAYS[row.reason])
            rows.append((row.service, row.reason.name, *figures))
        return rows

    def table(self) -> str:
        """Return its services as aligned text."""
        return STALE if self.reason is None else super().table()

    def __str__(self) -> str:
        parts = [self.headline, *([] if self.reason is None else [self.table()])]
        if self.difference is not None and not self.difference.same:
            parts.append(self.difference.table())
        return "\n\n".join(parts)

    def __repr__(self) -> str:
        if self.reason is None:
            return f"WhyNot({self.node!r}, STALE)"
        told = "no plan" if self.cost is None else f"{self.cost} more"
        return f"WhyNot({self.node!r}, {self.reason.name}, {told})"

    def _repr_html_(self) -> str:
        if self.reason is None:
            return html_text(STALE)
        parts = [html_text(self.headline), html_table(self._rows(), self.LEFT)]
        if self.difference is not None and not self.difference.same:
            parts.append(html_table(self.difference._rows(), self.difference.LEFT))
        return "".join(parts)

    def to_dict(self) -> dict[str, Any]:
        """Return it as what JSON knows; quantities and money are texts, exact."""
        found: dict[str, Any] = {
            "status": self.status.name,
            "node": self.node,
            "asked": self.asked,
            "headline": self.headline,
        }
        if self.reason is None:
            return found
        apart = None if self.difference is None else self.difference.to_dict()
        reasons = {row.service: row.reason.name for row in self.rows}
        return found | {
            "reason": self.reason.name,
            "services": reasons,
            "proven": self.proven,
            "difference": apart,
        }


def why_not(
    router: RouterAnswers, plan: Plan, node: str, *, alone: bool, line: str | None
) -> WhyNot:
    """See `Plan.why_not`."""
    if node not in router.network.node_ids:
        raise UnknownNodeError(node, "node")
    number = router.network.node_index(node, "node")
    asked = "all" if alone else line or "some"
    place = None if line is None else _place(plan, line)
    if plan.stale:
        return WhyNot(Status.STALE, node, asked)
    asking = _Asking(Instead(router, plan), number)
    rows = asking.rows()
    inside = [row.reason for row in rows if row.reason <= Reason.CANDIDATE]
    reason = min(inside) if inside else max(row.reason for row in rows)
    found = _Found(None)
    if reason <= Reason.CANDIDATE or reason is Reason.PART_ONLY:
        found = asking.alone() if alone else asking.best(place)
    apart = None if found.plan is None else compare_plans(plan, found.plan)
    return WhyNot(Status.OK, node, asked, reason, rows, found.plan, apart, found.proven)


def _place(plan: Plan, line: str) -> int:
    """Return the place of the line with a SKU."""
    skus = [each.sku for each in plan.lines]
    if line not in skus:
        raise ValidationError("line", f"a SKU of the order: {', '.join(skus)}", line)
    return skus.index(line)


class _Found(NamedTuple):
    plan: Plan | None
    #: Whether no better one does what was asked.
    proven: bool = True
    #: Quanta that are short in any plan of the question at least.
    short: int = 0


class _Asking:
    """Looks for the best plan in which one node has a part."""

    def __init__(self, instead: Instead, node: int) -> None:
        self._instead, self._node = instead, node
        self._seen, self._plan = instead.seen, instead.plan

    def rows(self) -> tuple[Candidate, ...]:
        """Return its services, each with its reason."""
        found, network = ranking(self._seen, self._plan), self._seen.router.network
        places = np.flatnonzero(found.node == self._node)
        ids = network.node_ids, network.service_names
        return tuple(found.candidate(int(k), *ids, self._plan.dates) for k in places)

    def alone(self) -> _Found:
        """Return the best plan from the node alone."""
        return self._only(self._instead.alone(self._node))

    def best(self, line: int | None) -> _Found:
        """Return the best plan that has a line from the node, or any."""
        if line is not None:
            return self._best_of([*self._with_line(line)])
        if any(node == self._node for node, _ in pairs_of(self._plan)):
            return _Found(self._plan, proven=self._plan.proven)
        return self._best_of([*self._tries()])

    def _best_of(self, tries: Sequence[_Found]) -> _Found:
        plans = [t.plan for t in tries if t.plan is not None]
        doubts = [t for t in tries if not t.proven]
        if not plans:
            return _Found(None, not doubts)
        best = min(plans, key=lambda plan: (self._instead.key(plan), pairs_of(plan)))
        # A question of which nothing can come that serves as much leaves no doubt.
        return _Found(best, all(t.short > best.short_quanta for t in doubts))

    def _groups(self) -> Iterator[tuple[int, int]]:
        """Return the groups of services by which the node may serve something."""
        for group in self._seen.groups:
            if self._seen.serving(group[0])[self._node]:
                yield group

    def _with_line(self, line: int) -> Iterator[_Found]:
        """Plans of each group that have a line from the node and nowhere else."""
        ask, able = self._plan.ask, self._seen.loads.able[line, self._node]
        for group in self._groups():
            if group[1] == 1:
                plan = self._instead.alone(self._node, *group)
            else:
                plan = self._instead.capped(self._here(line), group)
            if plan is None or all(ask.line_of(i) != line for _, i, _ in plan.picks):
                # Where shipments are limited, other lines may have been worth more.
                yield _Found(None, proven=not (able and group[1]))
            else:
                yield _Found(plan, plan.proven)

    def _tries(self) -> Iterator[_Found]:
        """Return plans of which the best is the best that draws on the node.

        A plan that does has some line from it. A line that some node can send whole
        comes from one node: asked once a line, that is all there is. A line that may be
        split is asked for as the plan splits it, with less from another; and where
        shipments are limited, a line may also be left out: then it is the best found.
        """
        seen = self._seen
        for group in self._groups():
            if group[1] == 1:
                yield self._only(self._instead.alone(self._node, *group))
                continue
            for found in self._by_line(group, seen.undivided(group[0])):
                yield found._replace(short=seen.least_short(group[0]))

    def _by_line(
        self, group: tuple[int, int], whole: NDArray[np.bool_]
    ) -> Iterator[_Found]:
        """Plans of one group of services, a line that the node has after the other."""
        able = self._seen.loads.able[:, self._node]
        plain = self._seen.loads.exact and not self._plan.ask.offers
        plain = plain and self._seen.by_kernels
        for i in np.flatnonzero(able).tolist():
            # What it cannot send whole may be split where only slower nodes can.
            sure = whole[i, self._node] or (whole[i].any() and not self._seen.fastest)
            sure = bool(sure) and plain and not group[1]
            yield self._only(self._instead.capped(self._here(i), group), sure)
            if not whole[i].any():
                yield from self._shares(i, group)
        if not plain:
            yield self._only(self._instead.alone(self._node, *group), sure=False)

    def _shares(self, i: int, group: tuple[int, int]) -> Iterator[_Found]:
        """Plans in which a line that is split is partly from the node."""
        taken = np.zeros(self._seen.shape[0], np.int64)
        nodes = [node for node, _ in pairs_of(self._plan)]
        for x, place, quanta in self._plan.picks:
            if place == i:
                taken[nodes[x]] += quanta
        sku, unit = self._plan.ask.lines[i][0], self._lot(i)
        for other in np.flatnonzero(taken).tolist():
            most = taken.copy()
            most[other] -= unit
            most[self._node] = self._seen.loads.able[i, self._node]
            yield self._only(self._instead.capped({sku: most}, group), sure=False)

    def _only(self, plan: Plan | None, sure: bool = True) -> _Found:
        """Return a plan if the node has a part in it."""
        if plan is None or not any(node == self._node for node, _ in pairs_of(plan)):
            return _Found(None, sure)
        return _Found(plan, sure and plan.proven)

    def _here(self, line: int) -> dict[int, I8]:
        """Caps under which a line, and what may replace it, comes from the node only."""
        ask, count = self._plan.ask, self._seen.shape[0]
        most = np.zeros(count, np.int64)
        most[self._node] = ask.lines[line][1]
        skus = [ask.lines[line][0], *(sku for i, sku in ask.offers if i == line)]
        return dict.fromkeys(skus, most)

    def _lot(self, line: int) -> int:
        composed = self._seen.router.composed
        sku = self._plan.ask.lines[line][0]
        return 1 if composed is None else composed.lot_quanta(sku)
