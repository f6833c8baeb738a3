"""Promises: what a shop page or a cart shows before anything is decided."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from omniroute.codes import QUANTITY_MAX
from omniroute.engine.core import Core
from omniroute.engine.terms import Instant
from omniroute.errors import ValidationError
from omniroute.model.checks import one_of, text, whole
from omniroute.model.destination import Destination
from omniroute.model.objectives import OFFERED
from omniroute.model.order import Lines, Order
from omniroute.model.policy import RoutingPolicy
from omniroute.routing.for_later import require_for_now
from omniroute.routing.listing import Listing, listing
from omniroute.routing.offers import Offers
from omniroute.routing.promise import promise

#: Stores that are listed unless told otherwise.
STORES = 10


class Promises(Core):
    """See `omniroute.engine.Engine`."""

    def promise(
        self,
        basket: Order | Lines,
        *,
        to: Destination | None = None,
        services: Sequence[str] | None = None,
        channel: str | None = None,
        stores: int = STORES,
        policy: RoutingPolicy | None = None,
        now: Instant = None,
    ) -> Offers:
        """Return every service's best offers for a basket. Changes nothing.

        Each service is asked by itself, for its cheapest and its fastest plan, under the
        rules of the policy. An offer that is taken is reserved by its plan:
        ``engine.reserve(offer.plan, id=...)``.

        Parameters
        ----------
        basket
            An `Order`, or the lines of one.
        to
            Where to, if the basket is no order.
        services, channel
            As of an order; services: None for all there are, those that collect too.
        stores
            How many nodes to list at which all of it can be collected, the nearest first.
        policy, now
            As in `route`; the policy's objective does not matter.

        Raises
        ------
        ValidationError, UnknownIdError
            Something in the basket cannot be, or it is an order and its terms are given
            beside it.

        Notes
        -----
        Two routing calls a service, and one pass over the cells of the SKUs.

        Examples
        --------
        >>> import omniroute as om
        >>> services = [
        ...     om.Service("ground", "ship", om.RateCard.flat(5), transit_days=3),
        ...     om.Service("express", "ship", om.RateCard.flat(19), transit_days=1),
        ... ]
        >>> engine = om.Engine(om.Network([om.Node("N1")], services), [om.Item("BOLT")])
        >>> engine.apply(om.Receive("BOLT", "N1", 40))
        Applied(1)
        >>> offers = engine.promise({"BOLT": 2}, to=om.Destination(postcode="55425"))
        >>> offers.cheapest, offers.fastest.transit_days
        (Offer(ground, cheapest and fastest, 5.00), 1)
        """
        with self._whole:
            self._advance(now)
            order = _order_of(basket, to, services, channel)
            require_for_now(self._router, order, "basket")
            whole(stores, "stores", 0, QUANTITY_MAX)
            return promise(self._router, order, policy, stores)

    def promise_many(
        self,
        skus: Sequence[str],
        *,
        to: Destination,
        quantity: int = 1,
        objective: str = "cheapest",
        services: Sequence[str] | None = None,
        channel: str | None = None,
        policy: RoutingPolicy | None = None,
        now: Instant = None,
    ) -> Listing:
        """Return the best offer of every service for each of many SKUs: a listing page.

        Each SKU by itself, from one node that has all of it: what routing an order for
        it by that service alone would choose. Changes nothing.

        Parameters
        ----------
        skus
            Ids, each as often as it is listed.
        to
            Where to.
        quantity
            Whole units of each.
        objective
            What a service is asked for: its ``"cheapest"`` node for each SKU, or its
            ``"fastest"``.
        services, channel
            As in `promise`.
        policy, now
            As in `route`; the policy's objective does not matter.

        Raises
        ------
        ValidationError, UnknownIdError
            Something in the arguments cannot be.

        Notes
        -----
        One pass over the cells of the SKUs. Kits, packs and what rules keep back are
        asked one by one.

        Examples
        --------
        >>> import omniroute as om
        >>> ground = om.Service("ground", "ship", om.RateCard.flat(5), transit_days=3)
        >>> items = [om.Item("BOLT"), om.Item("NUT")]
        >>> engine = om.Engine(om.Network([om.Node("N1")], [ground]), items)
        >>> engine.apply(om.Receive("BOLT", "N1", 40))
        Applied(1)
        >>> to = om.Destination(postcode="55425")
        >>> page = engine.promise_many(["BOLT", "NUT"], to=to)
        >>> page, page.cost.tolist()
        (Listing(2 SKUs, 1 offered, ground), [[5.0], [nan]])
        """
        with self._whole:
            self._advance(now)
            if isinstance(skus, str | bytes) or not isinstance(skus, Iterable):
                raise ValidationError("skus", "a sequence of SKU ids", skus)
            names = tuple(skus)
            whole(quantity, "quantity", 1, QUANTITY_MAX)
            rank = OFFERED.index(one_of(objective, "objective", OFFERED))
            if not names:
                raise ValidationError("skus", "at least one", skus)
            first = text(names[0], "skus[0]")
            order = _order_of({first: quantity}, to, services, channel)
            return listing(self._router, names, order, policy, rank)


def _order_of(
    basket: Order | Lines,
    to: Destination | None,
    services: Sequence[str] | None,
    channel: str | None,
) -> Order:
    """Return the order that a basket is, or would be."""
    if not isinstance(basket, Order):
        if not isinstance(to, Destination):
            raise ValidationError("to", "a Destination", to)
        return Order(basket, to, services=services, channel=channel)
    for path, value in (("to", to), ("services", services), ("channel", channel)):
        if value is not None:
            raise ValidationError(path, "None: the basket is an order", value)
    return basket
