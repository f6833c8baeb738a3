"""One order decided again, under other circumstances: some nodes out, or one node only.

The same kernels on the same stock: what they answer is as exact as the plan itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from omniroute.kernels.order.layout import (
    A_COLLECT_AT,
    A_COMPLETE,
    A_EXCLUDED,
    A_GROUPS,
    A_HEADER,
    GROUP_WIDTH,
    O_PICKS,
    X_NODE,
    X_SERVICE,
)
from omniroute.routing.composed import ComposedRouting
from omniroute.routing.explaining.seen import Seen
from omniroute.routing.limits import short_by
from omniroute.stock.bench import lend

if TYPE_CHECKING:
    from omniroute.routing.plan import Plan
    from omniroute.routing.router_answers import RouterAnswers

I8 = NDArray[np.int64]

#: Most quanta of a SKU that each node may send.
Caps = Mapping[int, I8]


class Instead:
    """Decides the order of a plan again, on the stock as it stands.

    Answers are compared as the kernels compare them: see `key`. For who holds the
    router's lock: cells are lent meanwhile.
    """

    def __init__(self, router: RouterAnswers, plan: Plan) -> None:
        self.plan = plan
        self.seen = Seen(router, plan)
        self._router = router
        self._decides = router.decider_of(plan.ask)

    def key(self, plan: Plan) -> tuple[int, ...]:
        """Return what plans are compared by: the least is the best."""
        ranking = self._decides.ranking(self.plan.ask.words)
        return ranking.key(plan.answer)

    def without(self, nodes: Iterable[int]) -> Plan | None:
        """Return the best plan that none of these nodes has a part in."""
        words = list(self.plan.ask.words)
        more = list(nodes)
        at = A_HEADER + GROUP_WIDTH * words[A_GROUPS]
        words[at:at] = more
        words[A_EXCLUDED] += len(more)
        return self._decided(words)

    def alone(
        self, node: int, services: int | None = None, limit: int | None = None
    ) -> Plan | None:
        """Return the best plan from one node, by any service or by these (bits)."""
        words = list(self.plan.ask.words)
        words[A_COLLECT_AT] = node
        if services is not None:
            words = _with_group(words, services, limit or 0)
        return self._decided(words)

    def capped(self, caps: Caps, group: tuple[int, int] | None = None) -> Plan | None:
        """Return the best plan where nodes may send so much of SKUs at most."""
        words = list(self.plan.ask.words)
        if group is not None:
            words = _with_group(words, *group)
        return self._decided(words, caps)

    def _decided(self, words: list[int], caps: Caps | None = None) -> Plan | None:
        """Return the plan, None where there is none."""
        router, order = self._router, self.plan.order
        ask = self.plan.ask._replace(words=words)
        if caps is None:
            answer = router.decide(order, ask)
        elif router.composed is not None and router.is_composed(ask):
            shelf = router.shelf(order, ask).with_at_most(caps)
            answer = ComposedRouting(
                self._decides, router.composed, shelf, ask
            ).decide()
        else:
            answer = self._on_capped_rows(words, caps)
        if not answer[O_PICKS]:
            return None
        return self.plan.instead(ask, answer)

    def _on_capped_rows(self, words: list[int], caps: Caps) -> list[int]:
        """Return the kernels' answer on rows that hold no more than the caps."""
        parts, asked = self.seen.shelves.parts, self.seen.shelves.asked
        lines = self.plan.ask.lines
        words = list(words)
        words[len(words) - 2 * len(lines) + 1 :: 2] = asked
        missing = sum(quanta for _, quanta in lines) - sum(asked)
        skus = [sku for sku, _ in lines]
        rows = [np.minimum(parts[s], caps[s]) if s in caps else parts[s] for s in skus]
        with lend(self._router.decider.arena, skus, rows):
            answer = self._decides.decide(words)
        return short_by(answer, missing, complete_only=words[A_COMPLETE] == 1)


def _with_group(words: list[int], services: int, limit: int) -> list[int]:
    """Return an ask's words with one group of services."""
    rest = words[A_HEADER + GROUP_WIDTH * words[A_GROUPS] :]
    head = words[:A_HEADER]
    head[A_GROUPS] = 1
    return [*head, services, limit, *rest]


def pairs_of(plan: Plan) -> list[tuple[int, int]]:
    """(node, service) numbers of every shipment of a plan."""
    return [(words[X_NODE], words[X_SERVICE]) for words in plan.shipment_words]
