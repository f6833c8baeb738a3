"""A member of a pool in words: when it is to arrive, and what its terms are told."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from omniroute.kernels.order.layout import A_LATEST, A_SLOT
from omniroute.model.order import Order
from omniroute.model.policy import RoutingPolicy
from omniroute.routing.ask import Ask
from omniroute.routing.lateness import wish_of
from omniroute.routing.policies.told import AsTold
from omniroute.routing.pool.answers import Answers, Held
from omniroute.routing.pool.bench import Bench
from omniroute.routing.router import Router


class Promise(NamedTuple):
    """When an order is to arrive, beside what it says itself.

    Parameters
    ----------
    keep
        Whether it is to arrive no later than it would from where it is held.
    days
        Within so many days, which is then what was promised; None: nothing is known.
    by
        The same in a network with calendars, of an order that has only a wish.
    """

    keep: bool
    days: int | None = None
    by: date | None = None

    def limit(self, router: Router, ask: Ask, wish: int | None) -> int:
        """Return the last arrival that is admitted, as transit is counted."""
        told = ask.words[A_LATEST]
        if told >= 0 or not self.keep:
            return told
        promised = self.days
        if self.by is not None:
            promised = router.latest(self.by, ask.words[A_SLOT])
        return told if promised is None else latest_of(promised, wish)


def latest_of(promised: int, wish: int | None) -> int:
    """Return the later of what was promised and what is wished for."""
    return promised if wish is None else max(promised, wish)


def asked(
    answers: Answers, bench: Bench, policy: RoutingPolicy, order: Order, held: Held
) -> tuple[Ask, int | None]:
    """Return an order's ask, and the time that it would arrive by if it could.

    A wish is for terms to count; as a word of the ask it would be no limit, and a member
    has one. What units count where they lie is looked at as each order would find it
    now, with what it holds itself: else what they count would change with every plan.
    """
    router = bench.router
    ask = router.ask(order, policy)
    wish = wish_of(ask.words)
    # The bench has only what gates leave.
    ask = ask._replace(gates=None)
    by_item = any(term.per == "item" for term in policy.terms)
    if ask.decides is None or not (by_item or wish is not None):
        return ask, wish
    seen = {}
    if by_item:
        own = [(bench.position(*cell), quanta) for cell, quanta in held.items()]
        bench.give(own)
        seen = answers.able(ask)
        bench.take(own)
    return ask._replace(decides=AsTold(ask.decides, router.told, seen, wish)), wish
