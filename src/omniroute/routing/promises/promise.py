"""Asking every service by itself: what it offers for a basket at its best."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from omniroute.codes import STATUS, Status
from omniroute.kernels.decide.counters import (
    W_COST,
    W_DISTANCE_M,
    W_NODE,
    W_ROW,
    W_SERVICE,
    WHOLE_WIDTH,
    whole_orders,
)
from omniroute.kernels.decide.route import NEED_ROOM, NEED_WORK
from omniroute.kernels.order.layout import (
    A_COLLECT_AT,
    A_GROUPS,
    A_HEADER,
    A_MAX_SHIPMENTS,
    A_OBJECTIVE,
    FAR_M,
    GROUP_WIDTH,
    O_COST,
    O_HEADER,
    O_PICKS,
    O_STATUS,
    X_DISTANCE_M,
    X_ROW,
    X_SERVICE,
)
from omniroute.model.distance import from_metres
from omniroute.model.money import to_decimal
from omniroute.model.objectives import OFFERED
from omniroute.model.order import Order
from omniroute.model.policy import RoutingPolicy
from omniroute.routing.ask import Ask
from omniroute.routing.feeding import FED, fed_by
from omniroute.routing.plan import Plan
from omniroute.routing.promises.offer import Offer, StoreOffer, Times
from omniroute.routing.promises.offers import Offers
from omniroute.routing.router import Router

I8 = NDArray[np.int64]

_COLLECT = "collect"


def promise(
    router: Router, order: Order, policy: RoutingPolicy | None, stores: int
) -> Offers:
    """Return every service's best offers for an order; see `Engine.promise`."""
    asking = Asking(router, order, policy)
    offers: list[Offer] = []
    missing: dict[str, Status] = {}
    for s in asking.services:
        found, status = asking.offers_of(s)
        offers += found
        if not found:
            missing[router.network.services[s].name] = status
    return Offers(offers, tuple(asking.stores(stores)), missing)


class Asking:
    """One basket, put to services one by one."""

    def __init__(
        self, router: Router, order: Order, policy: RoutingPolicy | None
    ) -> None:
        self.router, self.order, self.policy = router, order, policy
        self.network = router.network
        self.ask = router.ask(order, policy)
        #: Whether the kernels alone decide, without prices or rules of a policy.
        self.by_kernels = self.ask.decides is None and not self.ask.together
        self._asks = [self.ask, self.ask]
        if not self.by_kernels:
            rules = policy or router.policy
            self._asks = [router.ask(order, _aiming(rules, best)) for best in OFFERED]
        self.versions = router.versions(order, self.ask)
        self.dates = router.dates(order)
        #: When it is wanted; None for at once.
        self.due = order.due if router.later(order) else None
        self.asked_s = router.later(order) or router.now_s
        self._times = Times(self.dates, router.tables, self.asked_s, self.due)
        self.services = self._named(order)
        composed = router.composed is not None and router.is_composed(self.ask)
        #: Whether all who ask see the stock as the kernels do.
        self._plain = router.lens is None and not composed and self.by_kernels
        self._plain = self._plain and router.room is None and self.due is None

    def _named(self, order: Order) -> list[int]:
        """Services to ask, as declared: all there are unless the order says which.

        Legs that feed a place of collection are asked by orders that are fed, and by no
        others.
        """
        if fed := fed_by(order, self.network):
            return fed
        every = self.network.services
        names = order.services
        at_node = order.collect_at is not None
        return [
            s
            for s, service in enumerate(every)
            if (names is None or service.name in names)
            and (service.kind == _COLLECT if at_node else service.kind != FED)
        ]

    def offers_of(self, s: int) -> tuple[list[Offer], Status]:
        """Return the cheapest and the fastest plan of a service, once if they are one."""
        answers = [self.answer(s, objective) for objective in range(len(OFFERED))]
        cheap, fast = answers
        status = STATUS[cheap[O_STATUS]]
        if not cheap[O_PICKS]:
            return [], status
        if cheap[O_HEADER:] == fast[O_HEADER:]:
            return [self.offer(s, OFFERED, 0, cheap)], status
        return [
            self.offer(s, (name,), objective, answers[objective])
            for objective, name in enumerate(OFFERED)
        ], status

    def words_of(self, s: int, objective: int) -> list[int]:
        """Return the ask for one service by itself."""
        return self._words([s], objective)

    def answer(self, s: int, objective: int) -> list[int]:
        """Return the kernels' answer of one service by itself."""
        words = self.words_of(s, objective)
        if self._plain:
            return self.router.decider.decide(words)
        return self.router.decide(self._order([s]), self._ask_of(words, objective))

    def _ask_of(self, words: list[int], objective: int = 0) -> Ask:
        return self._asks[objective]._replace(words=words)

    def _order(self, services: Sequence[int]) -> Order:
        """Return the order as it would be for some services alone."""
        names = [self.network.services[s].name for s in services]
        return attrs.evolve(self.order, services=names)

    def _words(self, services: Sequence[int], objective: int = 0) -> list[int]:
        """Return the ask for one group of services, of one kind."""
        words = self.ask.words
        head, rest = words[:A_HEADER], words[A_HEADER + GROUP_WIDTH * words[A_GROUPS] :]
        kind = self.network.services[services[0]].kind
        limit = 1 if kind == _COLLECT else words[A_MAX_SHIPMENTS]
        head[A_GROUPS], head[A_OBJECTIVE] = 1, objective
        return [*head, sum(1 << s for s in services), limit, *rest]

    def offer(
        self, s: int, best: tuple[str, ...], objective: int, answer: list[int]
    ) -> Offer:
        """Return an answer of a service as an offer."""
        return Offer(
            self.network.services[s].name,
            best,
            answer,
            self._times,
            partial(self._plan, s, objective, answer),
        )

    def _plan(self, s: int, objective: int, answer: list[int]) -> Plan:
        ask = self._ask_of(self._words([s], objective), objective)
        order = self._order([s])
        return Plan(
            self.router, order, ask, answer, self.versions, self.policy, self.dates
        )

    # -- where it can be collected -----------------------------------------------------

    def stores(self, most: int) -> Iterator[StoreOffer]:
        """Yield the nearest nodes at which all of it can be collected."""
        counters = [
            s for s in self.services if self.network.services[s].kind == _COLLECT
        ]
        if not counters or most == 0:
            return
        composed = self.router.composed is not None
        composed = composed and self.router.is_composed(self.ask)
        if composed or not self.by_kernels:
            found = self._one_by_one(counters)
        else:
            found = self._at_once(counters)
        for count, (node, s, metres, row, cost) in enumerate(found):
            if count == most:
                return
            arrives = order_by = None
            if self.dates is not None:
                trip = self.router.tables.row_trip[row]
                arrives, order_by = self.dates.told(node, s, trip)
            yield StoreOffer(
                node=self.network.nodes[node].id,
                service=self.network.services[s].name,
                distance_km=None if metres >= FAR_M else from_metres(metres),
                cost=to_decimal(cost),
                arrives=arrives,
                order_by=order_by,
            )

    def _at_once(self, counters: list[int]) -> Iterator[tuple[int, ...]]:
        """Nodes that hold all of it, the nearest first, by one pass over the stock."""
        router, words = self.router, self._words(counters)
        if router.lens is None and self.due is None:
            rows = self._whole(words)
        else:
            # Cells show no more than the network may promise of the item.
            with router.as_seen(self._order(counters), self.ask):
                rows = self._whole(words)
        rows = rows[np.lexsort((rows[:, W_NODE], rows[:, W_DISTANCE_M]))]
        columns = [W_NODE, W_SERVICE, W_DISTANCE_M, W_ROW, W_COST]
        return map(tuple, rows[:, columns].tolist())

    def _whole(self, words: list[int]) -> I8:
        decider = self.router.decider
        ask = np.array(words, np.int64)
        while True:
            arguments: Any = (*decider.arguments(), ask, decider.work, decider.out)
            count = int(whole_orders(*arguments))
            if count not in (NEED_WORK, NEED_ROOM):
                break
            decider.enlarge(count)
        return decider.out[: WHOLE_WIDTH * count].reshape(count, WHOLE_WIDTH).copy()

    def _one_by_one(self, counters: list[int]) -> Iterator[tuple[int, ...]]:
        """As `_at_once`, for kits, packs and policies: each node in reach is asked."""
        router, words = self.router, self._words(counters)
        order = self._order(counters)
        slot = router.slot(self.order, self.policy)
        offers: Any = (router.lanes.price_rows(slot)[:, counters] >= 0).any(axis=1)
        metres = router.lanes.nodes[slot, 1]
        for node in np.argsort(metres, kind="stable").tolist():
            if not offers[node] or words[A_COLLECT_AT] not in (-1, node):
                continue
            asked = list(words)
            asked[A_COLLECT_AT] = node
            answer = router.decide(order, self._ask_of(asked))
            if answer[O_STATUS] == Status.OK:
                shipment = answer[O_HEADER:]
                s, row = shipment[X_SERVICE], shipment[X_ROW]
                yield node, s, shipment[X_DISTANCE_M], row, answer[O_COST]


def _aiming(policy: RoutingPolicy, objective: str) -> RoutingPolicy:
    """Return the limits and terms of a policy under another objective, without groups."""
    return attrs.evolve(
        policy,
        objective=objective,
        criteria=(),
        groups=(),
        fill="order",
        day_price=0,
        shipment_price=0,
    )
