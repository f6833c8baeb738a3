"""Many orders routed at batch speed, and reserved if that is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from omniroute.engine.deciding import Deciding
from omniroute.engine.terms import (
    Duration,
    Instant,
    Terms,
    checked_orders,
    print_of_terms,
    ttl_seconds,
    willing_skus,
)
from omniroute.errors import (
    ValidationError,
)
from omniroute.model.checks import flag
from omniroute.model.order import Order
from omniroute.model.policy import RoutingPolicy
from omniroute.routing.batch import BatchResult
from omniroute.routing.many import BatchRun
from omniroute.routing.reserving import Holds


class RouteMany(Deciding):
    """See `omniroute.engine.Engine`."""

    def route_many(
        self,
        orders: Sequence[Order],
        *,
        reserve: bool = False,
        ttl: Duration = None,
        partial: bool = False,
        policy: RoutingPolicy | None = None,
        now: Instant = None,
    ) -> BatchResult:
        """Route many orders, one after the other, at batch speed.

        Parameters
        ----------
        orders
            In the order in which they are served.
        reserve
            Reserve each plan at once under ``order.id``, so that each order sees what
            the earlier ones took. As if `place` were called for each.
        ttl, partial, policy, now
            As in `place`.

        Raises
        ------
        ValidationError, UnknownIdError
            Something in an order cannot be (``orders[3].lines[0].sku``); nothing has
            changed.
        HalfDoneError
            A cost term of the caller's own raised when earlier orders were reserved:
            those stand, and ``error.result`` is the answer for them.
        """
        if reserve is not False:
            flag(reserve, "reserve")
        if partial is not False:
            flag(partial, "partial")
        with self._whole:
            self._advance(now)
            found = checked_orders(orders)
            ttl_s = ttl_seconds(ttl, self._state.now)
            holds = self._holds(found, ttl_s, partial) if reserve else None
            run = BatchRun(
                self._router,
                found,
                policy,
                holds,
                self._commit,
                self._adopt_holds,
            )
            return run.run()

    def _holds(self, orders: Sequence[Order], ttl_s: int, partial: bool) -> Holds:
        """Return what a batch reserves under; terms that are alike are hashed once."""
        ids: list[str] = []
        terms: list[int] = []
        known: dict[tuple[Any, ...], int] = {}
        own = Terms(ttl_s, partial, None, sticky=False)
        composed = bool(self._composed)
        for i, order in enumerate(orders):
            if type(order.id) is not str:
                raise ValidationError(f"orders[{i}].id", "an id to reserve under", None)
            ids.append(order.id)
            key = (
                order.destination,
                order.services,
                order.collect_at,
                order.exclude_nodes,
                order.channel,
                order.keep_together,
                composed and willing_skus(order),
                order.needed_by,
                order.due,
            )
            found = known.get(key)
            if found is None:
                found = known[key] = print_of_terms(order, own)
            terms.append(found)
        return Holds(ids, terms, own.expires_s(self._state.now), partial)
