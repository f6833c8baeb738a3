"""One basket for many destinations: every service's best offer for each, in columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from omniroute.kernels.decide.everywhere import MAP_WIDTH
from omniroute.model.destination import Destination
from omniroute.model.order import Order
from omniroute.model.policy import RoutingPolicy
from omniroute.routing.limits import asker_of
from omniroute.routing.promises.by_holders import ByHolders
from omniroute.routing.promises.holder_lanes import fits
from omniroute.routing.promises.map import PromiseMap
from omniroute.routing.promises.promise import Asking
from omniroute.routing.promises.told import Told
from omniroute.routing.router import Router

I8 = NDArray[np.int64]


def everywhere(
    router: Router,
    order: Order,
    destinations: Sequence[Destination],
    policy: RoutingPolicy | None,
    objective: int,
) -> PromiseMap:
    """Return the best offers of an order wherever it might go.

    The order's own destination is the first of them. Those that nothing tells apart are
    asked for once.
    """
    asking = Asking(router, order, policy)
    asks: ByHolders | _OneByOne
    if by_holders(asking):
        asks = ByHolders(asking, objective)
    else:
        asks = _OneByOne(asking, objective)
    known: dict[Any, int] = {}
    where = [known.setdefault(asks.place(to), len(known)) for to in destinations]
    found = asks.rows(list(known))[where]
    names = [router.network.services[s].name for s in asking.services]
    return PromiseMap(destinations, names, found, dated=asking.dates is not None)


def by_holders(asking: Asking) -> bool:
    """Whether answers hang on the lanes of who holds the basket, and on nothing else.

    Not what is wanted later or by a day, where work is counted, of kits, by prices or
    rules of a policy, of stock that is kept back from who asks, or where it is collected.
    """
    router, order = asking.router, asking.order
    if not fits(router.tables):
        return False
    if not asking.by_kernels or router.room is not None or asking.due is not None:
        return False
    if order.needed_by is not None or order.collect_at is not None:
        return False
    if router.composed is not None and router.is_composed(asking.ask):
        return False
    skus = [sku for sku, _ in asking.ask.lines]
    asker = asker_of(order, router.network)
    return router.lens is None or router.lens.sees_plainly(asker, skus)


# -- wherever more than that counts ----------------------------------------------------


class _OneByOne:
    """Each destination asked as `promise` asks it."""

    def __init__(self, asking: Asking, objective: int) -> None:
        self._asking, self._objective = asking, objective

    def place(self, to: Destination) -> Destination:
        """Return the destination: a policy may look at anything of it."""
        return to

    def rows(self, places: Sequence[Any]) -> I8:
        """int64[k, V, MAP_WIDTH]: what each service offers each destination."""
        rows = [self._row(to) for to in places]
        shape = len(rows), len(self._asking.services), MAP_WIDTH
        return np.array(rows, np.int64).reshape(shape)

    def _row(self, to: Destination) -> list[list[int]]:
        order = attrs.evolve(self._asking.order, destination=to)
        alone = Asking(self._asking.router, order, self._asking.policy)
        told = Told(alone)
        return [told.row(alone.answer(s, self._objective)) for s in alone.services]
