"""The answer to "whom to ask next": nodes in order, with what each attempt is worth."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from html import escape

import attrs

from omniroute._show import aligned
from omniroute.codes import Status
from omniroute.errors import StatusError
from omniroute.model.attempt_rules import AttemptRules
from omniroute.model.money import total

_HEAD = ("", "node", "service", "chance", "reached", "cost", "price", "if not found")


@attrs.frozen
class Attempt:
    """One node that is asked for the goods, if those before it did not find them.

    Expected amounts are exact inside and told to the nearest 1/10,000 of the currency
    unit, halves up; chances are told to a millionth and rounded down, so that what is
    not sure never reads as 1.

    Parameters
    ----------
    node, service
        Ids.
    chance
        How likely the node finds everything, all lines together.
    reached
        How likely it is that this attempt has to be made at all.
    terms
        Cost terms of the shipment in cash, if everything is found.
    prices
        What the policy counts beside cash, by name, as in a plan's shipments.
    objective
        All that the policy counts if everything is found: what `route` would minimise
        if there were no other node.
    spent
        What of it is paid even if nothing is found, in the currency unit.
    price
        What a success here costs on average, attempts in vain included: what the
        order of attempts goes by.
    to_go
        Expected cost of this attempt and all that follow.
    if_failed
        Expected cost of all that follow, or of giving up, and what the failure costs.
    transit_days
        Days on the way.
    distance_km
        Great-circle distance; None where a place is not known.
    """

    node: str
    service: str
    chance: Decimal
    reached: Decimal
    terms: dict[str, Decimal]
    prices: dict[str, Decimal]
    objective: Decimal
    spent: Decimal
    price: Decimal
    to_go: Decimal
    if_failed: Decimal
    transit_days: int
    distance_km: Decimal | None

    @property
    def cost(self) -> Decimal:
        """What it costs if everything is found: the sum of the terms."""
        return total(self.terms.values())


@attrs.frozen(repr=False)
class Attempts:
    """Nodes to ask one after the other, at the least expected cost.

    Parameters
    ----------
    status
        `Status.OK`, or why no node can be asked: `Status.SHORT` where none holds
        everything.
    attempts
        In the order to make them; none where giving up at once is cheaper.
    expected_cost
        Of all of it, giving up included, in the currency unit.
    chance
        How likely it is that one of them finds everything.
    give_up
        Expected cost of nobody finding it: its chance times what giving up costs.
    candidates
        Nodes that hold everything and could be asked, worth it or not.
    rules
        What was followed.
    tried
        Nodes that had failed before.
    """

    status: Status
    attempts: tuple[Attempt, ...]
    expected_cost: Decimal
    chance: Decimal
    give_up: Decimal
    candidates: int
    rules: AttemptRules
    tried: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.attempts)

    def __iter__(self) -> Iterator[Attempt]:
        return iter(self.attempts)

    @property
    def next(self) -> Attempt | None:
        """Whom to ask now; None where there is nobody, or nobody worth asking."""
        return self.attempts[0] if self.attempts else None

    def raise_for_status(self) -> Attempts:
        """Return it if somebody can be asked.

        Raises
        ------
        StatusError
            Nobody holds everything; the error carries the status.
        """
        if self.status is not Status.OK:
            raise StatusError(self.status, self)
        return self

    def table(self) -> str:
        """Return the attempts as aligned text."""
        rows = [_HEAD, *(_row(i, each) for i, each in enumerate(self.attempts, 1))]
        return aligned(rows, (1, 2))

    def __repr__(self) -> str:
        names = " > ".join(each.node for each in self.attempts) or "give up"
        if self.status is not Status.OK:
            names = "nobody"
        return (
            f"Attempts({self.status.name}, {names}, expected cost "
            f"{self.expected_cost}, found {self.chance})"
        )

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p><pre>{escape(self.table())}</pre>"


def _row(i: int, attempt: Attempt) -> tuple[str, ...]:
    return (
        str(i),
        attempt.node,
        attempt.service,
        str(attempt.chance),
        str(attempt.reached),
        str(attempt.cost),
        str(attempt.price),
        str(attempt.if_failed),
    )
