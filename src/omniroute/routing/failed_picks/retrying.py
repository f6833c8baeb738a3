"""From an order and what may fail to the attempts to make."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from math import prod

import attrs
import numpy as np
from numpy.typing import NDArray

from omniroute.codes import SHARE_ONE, Status
from omniroute.errors import ConfigurationError, ValidationError
from omniroute.kernels.order.layout import FAR_M
from omniroute.model.attempt_rules import AttemptRules
from omniroute.model.checks import texts
from omniroute.model.distance import from_metres
from omniroute.model.exact import from_scaled
from omniroute.model.money import to_decimal, to_minor
from omniroute.model.order import Order
from omniroute.model.policy import RoutingPolicy
from omniroute.routing.ask import Ask
from omniroute.routing.failed_picks.attempts import Attempt, Attempts
from omniroute.routing.failed_picks.counting import averages
from omniroute.routing.failed_picks.tries import (
    Try,
    best_order,
    failures,
    rounded,
    to_go,
)
from omniroute.routing.plan import Plan
from omniroute.routing.router import Router
from omniroute.routing.shipment import Shipment
from omniroute.routing.whole import TERM_NAMES, Whole, nodes_with_all, parts_of
from omniroute.stock.find import Find

I8 = NDArray[np.int64]

#: Decimals that chances are told with.
_CHANCE_DECIMALS = 6


class Retrying:
    """Works out attempts on the stock as it stands.

    Parameters
    ----------
    router
        Prices shipments.
    find
        How likely picks at cells find their units.
    rules
        What failures cost.
    policy
        What routing may do; None for the router's own.

    Raises
    ------
    ValidationError, ConfigurationError
        No such rules, or a cost term that there is not.
    """

    def __init__(
        self,
        router: Router,
        find: Find,
        rules: AttemptRules,
        policy: RoutingPolicy | None,
    ) -> None:
        if not isinstance(rules, AttemptRules):
            raise ValidationError("rules", "AttemptRules", rules)
        self._router, self._find, self._rules = router, find, rules
        self._policy = policy
        router.writer(policy)  # which says what is no policy
        self._followed = router.policy if policy is None else policy
        known = self._term_names()
        for i, name in enumerate(rules.spent):
            if name not in known:
                expected = "a cost term: " + ", ".join(known)
                raise ConfigurationError(f"rules.spent[{i}]", expected, name)

    def _term_names(self) -> list[str]:
        """Names of what a shipment of one attempt may count."""
        averaged = averages(self._followed)
        own = [term.name for term in self._followed.terms]
        kept = [name for name in own if name not in averaged]
        return [*TERM_NAMES, "distance_price", *kept, *self._router.work_prices]

    def of_order(self, order: Order, tried: Sequence[str]) -> Attempts:
        """Return the attempts to make for a whole order from one node.

        Raises
        ------
        ValidationError, UnknownIdError
            Something in the order, or a node that was tried, cannot be.
        """
        tried = texts(tried, "tried")
        for i, node in enumerate(tried):
            self._router.network.node_index(node, f"tried[{i}]")
        if not isinstance(order, Order):
            raise ValidationError("order", "an Order", order)
        barred = dict.fromkeys((*order.exclude_nodes, *tried))
        order = attrs.evolve(order, exclude_nodes=tuple(barred))
        ask = self._router.ask(order, self._policy)
        count = self._router.decider.arena.nodes
        needed = {
            sku: np.full(count, quanta, np.int64)
            for sku, quanta in parts_of(self._router, ask).items()
        }
        return self._attempts(order, ask, needed, tried)

    def of_plan(self, plan: Plan) -> tuple[Attempts, ...]:
        """Return the attempts to make for each shipment of a plan by itself."""
        orders = [_order_of(plan.order, shipment) for shipment in plan.shipments]
        asks = [self._router.ask(order, self._policy) for order in orders]
        parts = [parts_of(self._router, ask) for ask in asks]
        nodes = [self._router.network.node_index(s.node) for s in plan.shipments]
        return tuple(
            self._attempts(orders[x], asks[x], self._needed(parts, nodes, x), ())
            for x in range(len(orders))
        )

    def _needed(
        self, parts: list[dict[int, int]], nodes: list[int], x: int
    ) -> dict[int, I8]:
        """Quanta that nodes have to have for one shipment, whatever becomes of others.

        Of what several shipments take, a node has to have enough for all of them; what
        the plan takes at the shipment's own node is there for it.
        """
        count = self._router.decider.arena.nodes
        found = {}
        for sku, own in parts[x].items():
            together = sum(each.get(sku, 0) for each in parts)
            found[sku] = np.full(count, together, np.int64)
            found[sku][nodes[x]] = own
        return found

    # -- one question ------------------------------------------------------------------

    def _attempts(
        self, order: Order, ask: Ask, needed: dict[int, I8], tried: tuple[str, ...]
    ) -> Attempts:
        policy = self._followed
        whole = nodes_with_all(self._router, order, ask, needed, policy)
        whole = whole.quickest_first()
        one = SHARE_ONE ** len(needed)
        tries = self._tries(whole, list(needed))
        rules = self._rules
        give_up = to_minor(rules.give_up, "give_up")
        most = rules.max_attempts
        if most is not None:
            most = max(0, most - len(tried))
        order_of = best_order(tries, one, give_up, most)
        found = _Sequence([tries[i] for i in order_of], one, give_up)
        return Attempts(
            status=whole.status if not len(whole.nodes) else Status.OK,
            attempts=tuple(
                self._attempt(whole, i, k, found) for k, i in enumerate(order_of)
            ),
            expected_cost=found.to_go(0),
            chance=found.chance,
            give_up=found.give_up,
            candidates=len(whole.nodes),
            rules=rules,
            tried=tried,
        )

    def _tries(self, whole: Whole, skus: list[int]) -> list[Try]:
        """One try a node that holds everything."""
        # A credit is for what is sent: nobody has it in vain.
        paid = [np.maximum(whole.amounts(name), 0) for name in self._rules.spent]
        spent = sum(paid, np.zeros_like(whole.counts))
        found = whole.counts - spent
        nodes = self._router.decider.arena.nodes
        shares = [self._find.at(sku * nodes + whole.nodes).tolist() for sku in skus]
        chances = [prod(each) for each in zip(*shares, strict=True)]
        failed = to_minor(self._rules.failed, "failed")
        columns = zip(spent.tolist(), found.tolist(), chances, strict=True)
        return [Try(paid, rest, failed, chance) for paid, rest, chance in columns]

    def _attempt(self, whole: Whole, i: int, k: int, found: _Sequence) -> Attempt:
        network = self._router.network
        far = int(whole.distance_m[i])
        each = found.tries[k]
        return Attempt(
            node=network.nodes[int(whole.nodes[i])].id,
            service=network.services[int(whole.services[i])].name,
            chance=_told(each.chance, found.one),
            reached=found.reached(k),
            terms=_money(whole.terms, i),
            prices=_money(whole.prices, i),
            objective=to_decimal(int(whole.counts[i])),
            spent=to_decimal(each.spent),
            price=found.price(k),
            to_go=found.to_go(k),
            if_failed=found.if_failed(k),
            transit_days=int(whole.transit_days[i]),
            distance_km=None if far >= FAR_M else from_metres(far),
        )


class _Sequence:
    """A sequence of tries, with what it costs from each of them on."""

    def __init__(self, tries: Sequence[Try], one: int, give_up: int) -> None:
        self.tries, self.one = tries, one
        self._give_up = give_up
        self._over = [1]
        for _ in tries:
            self._over.append(self._over[-1] * one)
        self._to_go = to_go(tries, one, give_up)
        self._missed = failures(tries, one)

    def to_go(self, k: int, more: int = 0) -> Decimal:
        """Return the expected cost from a try on, and ``more`` minor units."""
        over = self._over[len(self.tries) - k]
        return to_decimal(rounded(self._to_go[k] + more * over, over))

    def if_failed(self, k: int) -> Decimal:
        """Return the expected cost once a try has failed, and what that costs."""
        return self.to_go(k + 1, self.tries[k].failed)

    def price(self, k: int) -> Decimal:
        """Return what a success costs on average at a try."""
        each = self.tries[k]
        return to_decimal(rounded(each.mean(self.one), each.chance))

    def reached(self, k: int) -> Decimal:
        """Return the chance that a try has to be made."""
        return _told(self._missed[k], self._over[k])

    @property
    def chance(self) -> Decimal:
        """Chance that one of them succeeds."""
        over = self._over[-1]
        return _told(over - self._missed[-1], over)

    @property
    def give_up(self) -> Decimal:
        """Expected cost of giving up: its chance times what it costs."""
        return to_decimal(rounded(self._missed[-1] * self._give_up, self._over[-1]))


def _told(top: int, bottom: int) -> Decimal:
    """Return a chance as it is told: rounded down."""
    return from_scaled(top * 10**_CHANCE_DECIMALS // bottom, _CHANCE_DECIMALS)


def _money(columns: dict[str, I8], i: int) -> dict[str, Decimal]:
    return {name: to_decimal(int(minor[i])) for name, minor in columns.items()}


def _order_of(order: Order, shipment: Shipment) -> Order:
    """Return the part of an order that one shipment of its plan serves."""
    return attrs.evolve(
        order, lines=[(line.sku, line.quantity) for line in shipment.lines]
    )
