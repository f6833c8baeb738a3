"""What cannot be had yet: when the whole basket comes, and when each line by itself.

What nodes can promise grows only when something comes in. So an order is asked for as if
it were handed in at each such instant, in turn; and no more once the instant itself is
after the arrival that an earlier one has found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs
import numpy as np

from omniroute.codes import Status
from omniroute.kernels.order.layout import O_COST, O_STATUS
from omniroute.model.instant import to_datetime
from omniroute.model.objectives import OFFERED
from omniroute.model.order import Order, OrderLine
from omniroute.model.policy import RoutingPolicy
from omniroute.routing.promises.offer import LineOffer, Offer
from omniroute.routing.promises.offers import WHOLE, Offers
from omniroute.routing.promises.promise import Asking
from omniroute.routing.router import Router

_FASTEST = OFFERED.index("fastest")

#: An offer, and what makes it better than another: its arrival, then its cost.
Found = tuple[tuple[int, int], Offer]


def look_ahead(
    router: Router,
    order: Order,
    policy: RoutingPolicy | None,
    offers: Offers,
    until_s: int,
) -> Offers:
    """Return an order's offers with what it can have until then.

    Raises
    ------
    ValidationError
        Something in it is promised for now only.
    """
    router.ask(attrs.evolve(order, due=to_datetime(until_s)), policy)
    with router.days.remembered():
        later = _whole_ahead(router, order, policy, offers, until_s)
        lines = tuple(
            _line_offer(line, _soonest(router, _alone(order, line), policy, until_s))
            for line in order.lines
        )
    return offers.with_later(later, lines)


def _whole_ahead(
    router: Router,
    order: Order,
    policy: RoutingPolicy | None,
    offers: Offers,
    until_s: int,
) -> list[Offer]:
    """Return when services first bring all of an order that they cannot bring now."""
    asking, best = Asking(router, order, policy), dict[int, Found]()
    at_once = {offer.service for offer in offers if offer.complete}
    names = router.network.services
    left = [s for s in asking.services if names[s].name not in at_once]
    for due in _instants(router, asking, until_s):
        left = [s for s in left if s not in best or best[s][0][0] > due]
        if not left:
            break
        for s, found in _at(router, order, policy, due, left):
            best[s] = min(best.get(s, found), found, key=_soon)
    return [best[s][1] for s in sorted(best)]


def _alone(order: Order, line: OrderLine) -> Order:
    return attrs.evolve(order, lines=(line,), keep_together=())


def _soonest(
    router: Router, order: Order, policy: RoutingPolicy | None, until_s: int
) -> Offer | None:
    """Return the soonest offer of all of an order, by any service."""
    asking = Asking(router, order, policy)
    best = min((found for _, found in _complete(asking)), key=_soon, default=None)
    for due in _instants(router, asking, until_s):
        if best is not None and best[0][0] <= due:
            break
        later = [f for _, f in _at(router, order, policy, due, asking.services)]
        best = min(
            [*later] if best is None else [best, *later], key=_soon, default=None
        )
    return None if best is None else best[1]


def _instants(router: Router, asking: Asking, until_s: int) -> list[int]:
    """Seconds at which units that may serve an order come in, in order."""
    start, ask = router.later(asking.order) or router.now_s, asking.ask
    skus = {sku for sku, _ in ask.lines} | {sku for _, sku in ask.offers}
    coming = router.state.supply.dated()
    count = len(router.network.nodes)
    seconds = set[int]()
    for sku in skus:
        first, end = np.searchsorted(coming.cells, [sku * count, (sku + 1) * count])
        here = coming.due_s[coming.starts[first] : coming.starts[end]]
        seconds.update(here[(here > start) & (here <= until_s)].tolist())
    return sorted(seconds)


def _at(
    router: Router,
    order: Order,
    policy: RoutingPolicy | None,
    due: int,
    services: Iterable[int],
) -> Iterator[tuple[int, Found]]:
    """Yield the services that bring all of an order that is handed in then, and how."""
    later = attrs.evolve(order, due=to_datetime(due))
    return _complete(Asking(router, later, policy), services)


def _complete(
    asking: Asking, services: Iterable[int] | None = None
) -> Iterator[tuple[int, Found]]:
    for s in asking.services if services is None else services:
        answer = asking.answer(s, _FASTEST)
        if answer[O_STATUS] == Status.OK:
            offer = asking.offer(s, (WHOLE,), _FASTEST, answer)
            yield s, ((offer.soon_s, answer[O_COST]), offer)


def _soon(found: Found) -> tuple[int, int]:
    return found[0]


def _line_offer(line: OrderLine, offer: Offer | None) -> LineOffer:
    if offer is None:
        return LineOffer(line.sku, line.quantity)
    told = offer.service, offer.due, offer.arrives, offer.cost
    return LineOffer(line.sku, line.quantity, *told, offer)
