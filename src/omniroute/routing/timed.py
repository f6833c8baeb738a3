"""Deciding within a time: the search again with more work, while there is time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from omniroute.kernels.order.layout import A_BUDGET, O_BOUND, O_PROVEN
from omniroute.routing.ask import Ask
from omniroute.routing.plan import Plan

if TYPE_CHECKING:
    from omniroute.model.order import Order
    from omniroute.model.policy import RoutingPolicy
    from omniroute.routing.router import Router

#: Steps of the first search, and how many times as many each later one may take.
FIRST: Final = 20_000
GROWTH: Final = 4.0
#: A search with less growth than this is hardly worth beginning again.
_LEAST_GROWTH: Final = 1.5
_STEPS_MAX: Final = 2**62


def route_within(
    router: Router,
    order: Order,
    policy: RoutingPolicy | None,
    seconds: float,
    clock: Callable[[], float],
) -> Plan:
    """Return the best plan found in so many seconds; one that is proven sooner at once.

    Searches cannot be told to stop, only how much to do: each does several times the work
    of the one before, and none is begun that would not be over in time at that pace.
    What they repeat is a third of the time. Steps of the policy's own budget are not
    counted.

    Parameters
    ----------
    router
        Decides.
    order, policy
        As `Router.route` takes them.
    seconds
        Time to take; the first search, of `FIRST` steps, is made in any case.
    clock
        Tells seconds.
    """
    ask = router.ask(order, policy)
    key = router.decider_of(ask).ranking(ask.words).key
    until, budget = clock() + seconds, FIRST
    best: list[int] = []
    while True:
        begun = clock()
        answer = router.decide(order, _with_budget(ask, budget))
        ended = clock()
        if not best or (*key(answer), -answer[O_BOUND]) < (*key(best), -best[O_BOUND]):
            best = answer
        growth = GROWTH
        if ended > begun:
            growth = min(GROWTH, (until - ended) / (ended - begun))
        is_over = growth < _LEAST_GROWTH or budget == _STEPS_MAX or ended >= until
        if best[O_PROVEN] or is_over:
            break
        budget = min(_STEPS_MAX, int(budget * growth))
    plan = Plan.decided(router, order, ask, router.seen(order, best), policy)
    # What the first search proves has nothing to do with the time.
    return plan if best[O_PROVEN] and budget == FIRST else plan.by_the_clock()


def _with_budget(ask: Ask, budget: int) -> Ask:
    words = list(ask.words)
    words[A_BUDGET] = budget
    return ask._replace(words=words)
