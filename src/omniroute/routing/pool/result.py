"""What came of looking at a pool of orders together."""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import attrs

from omniroute._show import Rows, Shown, counted, told
from omniroute.codes import Status
from omniroute.errors import StatusError
from omniroute.model.money import to_decimal
from omniroute.routing.of_engine import OfEngine
from omniroute.routing.plan import Plan
from omniroute.routing.pool.member import Choice, Member
from omniroute.routing.pool.search import Search
from omniroute.routing.pool.trials import Trials

if TYPE_CHECKING:
    from omniroute.stock.state import State

#: Quanta by SKU number and node index.
Held = dict[tuple[int, int], int]

_HEAD = ("id", "from", "to", "before", "after", "saving")


@attrs.frozen(repr=False)
class MovedOrder(Shown):
    """An order of a pool that would be served otherwise.

    Parameters
    ----------
    id
        The reservation's.
    old
        As it stands: the best plan for just what it holds.
    new
        As it would be served.
    """

    id: str
    old: Plan
    new: Plan

    LEFT = (0, 1, 2)

    def __repr__(self) -> str:
        return f"MovedOrder({self.id!r}, saving {self.saving})"

    @property
    def saving(self) -> Decimal:
        """How much less the new plan's objective is; below zero where it makes room."""
        return self.old.objective - self.new.objective

    def _rows(self) -> Rows:
        return [_HEAD, self.row]

    @property
    def row(self) -> tuple[str, ...]:
        """As a row of a table."""
        old, new = self.old, self.new
        money = str(old.objective), str(new.objective), str(self.saving)
        return (self.id, _nodes(old), _nodes(new), *money)


def _nodes(plan: Plan) -> str:
    return ", ".join(dict.fromkeys(shipment.node for shipment in plan.shipments))


class Move(NamedTuple):
    """A moved order, and what it holds before and after."""

    id: str
    old: Held
    new: Held
    plan: Plan

    @property
    def less(self) -> Held:
        """What it gives up."""
        return _rest(self.old, self.new)

    @property
    def more(self) -> Held:
        """What it takes on."""
        return _rest(self.new, self.old)


def _rest(a: Held, b: Held) -> Held:
    """Return what the first holds beyond the second."""
    rest = {cell: quanta - b.get(cell, 0) for cell, quanta in a.items()}
    return {cell: quanta for cell, quanta in rest.items() if quanta > 0}


class Reoptimised(Shown, OfEngine):
    """What came of `Engine.reoptimise`: better plans for a pool, and a bound.

    Nothing has changed: `Engine.reassign` makes it so. Money is the policy's objective.
    """

    TAKE = "its moved orders as rows, or the sums"
    LEFT = (0, 1, 2)

    def __init__(
        self,
        state: State,
        trials: Trials,
        search: Search,
        ids: list[str],
        held: list[Held],
        stays: dict[str, str],
    ) -> None:
        self._state = state
        self._trials = trials
        self._members = search.members
        self._ids, self._held = ids, held
        self._bound = search.bound
        self._stays = stays
        self._routed = trials.work.spent

    def __repr__(self) -> str:
        share = "proven" if self.proven else f"within {self.gap:.2%}"
        return (
            f"Reoptimised({counted(len(self._members), 'order')}: {len(self.moved)} "
            f"moved; {self.before} -> {self.after}, {share})"
        )

    def made_on(self, state: State) -> bool:
        """Whether it was decided on the stock of this state."""
        return self._state is state

    @property
    def before(self) -> Decimal:
        """What the orders cost as they stand, together."""
        return to_decimal(sum(member.stands.money for member in self._members))

    @property
    def after(self) -> Decimal:
        """What they would cost, together: never more."""
        return to_decimal(self._after)

    @property
    def _after(self) -> int:
        return sum(member.now.money for member in self._members)

    @property
    def saving(self) -> Decimal:
        """How much less that is."""
        return self.before - self.after

    @property
    def bound(self) -> Decimal:
        """No plans for all of them cost less than this together."""
        return to_decimal(self._bound)

    @property
    def gap(self) -> float:
        """(after - bound) / max(1, bound)."""
        return (self._after - self._bound) / max(10_000, abs(self._bound))

    @property
    def proven(self) -> bool:
        """Whether no better plans exist for all of them together."""
        return self._after == self._bound

    @property
    def orders(self) -> tuple[str, ...]:
        """Ids of the orders that took part."""
        return tuple(self._ids)

    @property
    def stays(self) -> dict[str, str]:
        """Orders that took no part and stay as they are, by id, and why."""
        return dict(self._stays)

    @property
    def routed(self) -> int:
        """Routings that it took: what the budget counts."""
        return self._routed

    @cached_property
    def moved(self) -> tuple[MovedOrder, ...]:
        """Orders that would be served otherwise, as the pool names them."""
        return tuple(
            MovedOrder(
                self._ids[m.place], self._plan(m, m.stands), self._plan(m, m.now)
            )
            for m in self._members
            if m.now is not m.stands
        )

    def plan(self, id: str) -> Plan:
        """Return the plan of an order that took part: the new one, if it has one.

        Raises
        ------
        KeyError
            None that took part has this id.
        """
        member = self._members[self._place[id]]
        return self._plan(member, member.now)

    @cached_property
    def _place(self) -> dict[str, int]:
        return {id: place for place, id in enumerate(self._ids)}

    def _plan(self, member: Member, choice: Choice) -> Plan:
        router = self._trials.bench.router
        return Plan.decided(
            router, member.order, member.ask, choice.answer, self._trials.policy
        )

    @property
    def moves(self) -> list[Move]:
        """MovedOrder orders in numbers: for those who work on stock."""
        return [
            Move(
                self._ids[m.place],
                self._held[m.place],
                self._drawn(m),
                self._plan(m, m.now),
            )
            for m in self._members
            if m.now is not m.stands
        ]

    def _drawn(self, member: Member) -> Held:
        """Return what a member is to hold: of kits, their components."""
        found: Held = {}
        router = self._trials.bench.router
        for sku, node, quanta in router.drawn(member.ask, member.now.answer):
            found[sku, node] = found.get((sku, node), 0) + quanta
        return found

    def _rows(self) -> Rows:
        rows = [each.row for each in self.moved]
        total = ("total", "", "", *map(told, (self.before, self.after, self.saving)))
        return [_HEAD, *rows, total]


@attrs.frozen
class Reassigned:
    """What came of `Engine.reassign`.

    Parameters
    ----------
    status
        `Status.OK`: every moved order is held as its new plan says. Else nothing has
        changed: `STALE`: one holds something else by now; `SHORT`: stock that some need
        has gone; `FULL`: a node can do no more of the work that some would bring; or
        how one has ended.
    moved
        Ids of the orders that moved.
    refused
        Ids of those that stood in the way.
    """

    status: Status = attrs.field(repr=str)
    moved: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()

    def raise_for_status(self) -> Reassigned:
        """Return the answer if the orders have moved.

        Raises
        ------
        StatusError
            They have not; the error carries the status.
        """
        if self.status is not Status.OK:
            raise StatusError(self.status, self)
        return self
