"""Promises: what a shop page or a cart shows before anything is decided."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import lru_cache

import attrs

from omniroute.codes import QUANTITY_MAX
from omniroute.engine.core import Core
from omniroute.engine.terms import Duration, Instant, for_day
from omniroute.errors import ValidationError
from omniroute.model import transit
from omniroute.model.checks import one_of, text, whole
from omniroute.model.destination import Destination
from omniroute.model.exact import Number
from omniroute.model.instant import duration_s
from omniroute.model.objectives import OFFERED
from omniroute.model.order import Lines, Order
from omniroute.model.policy import RoutingPolicy
from omniroute.routing.promises.ahead import look_ahead
from omniroute.routing.promises.everywhere import everywhere
from omniroute.routing.promises.listing import Listing, listing
from omniroute.routing.promises.map import PromiseMap
from omniroute.routing.promises.offers import Offers
from omniroute.routing.promises.promise import promise
from omniroute.routing.promises.slots import SlotOffer, delivery_slots
from omniroute.routing.router import Router

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
        percentile: Number | None = None,
        policy: RoutingPolicy | None = None,
        due: Instant = None,
        ahead: Duration = None,
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
        percentile
            Share of parcels that are to be there by the day that is told, instead of the
            policy's ``promise_percentile``.
        policy, now
            As in `route`; the policy's objective does not matter.
        due
            When the units are wanted at the nodes, as in `route`.
        ahead
            How far to look ahead of that (``"14d"``) for what cannot be had: services
            that cannot bring all of it tell when they first can, and ``offers.lines``
            when each line can be had by itself. None: not at all.

        Raises
        ------
        ValidationError, UnknownIdError
            Something in the basket cannot be, or it is an order and its terms are given
            beside it.

        Notes
        -----
        Two routing calls a service, and one pass over the cells of the SKUs. Looking
        ahead is one a service, and a line, for each instant at which units of the basket
        come in, until an instant is after the arrival found.

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
            order = for_day(_order_of(basket, to, services, channel), due)
            whole(stores, "stores", 0, QUANTITY_MAX)
            policy = self._punctual(policy, percentile)
            start = self._router.later(order) or self._state.now
            ahead_s = 0 if ahead is None else duration_s(ahead, "ahead", start)
            offers = promise(self._router, order, policy, stores)
            if not ahead_s:
                return offers
            return look_ahead(self._router, order, policy, offers, start + ahead_s)

    def delivery_slots(
        self,
        basket: Order | Lines,
        service: str,
        *,
        to: Destination | None = None,
        channel: str | None = None,
        policy: RoutingPolicy | None = None,
        now: Instant = None,
    ) -> list[SlotOffer]:
        """Return the delivery windows of a service that a basket can have.

        Every window that is still open, with the best plan that is there by its end, what
        it costs and until when it can be ordered. Changes nothing: reserve an offer's
        plan to take it. Of windows with a limit, those that a node has a place left in.

        Parameters
        ----------
        basket
            An `Order`, or the lines of one.
        service
            One with `Service.slots`.
        to
            Where to, if the basket is no order.
        channel
            As of an order.
        policy, now
            As in `route`.

        Raises
        ------
        ValidationError, UnknownIdError
            Something in the basket cannot be, the service has no windows, or the network
            tells no dates.

        Notes
        -----
        A routing call a window, until one finds what is the best of all.

        Examples
        --------
        >>> import omniroute as om
        >>> slots = om.DeliverySlots("10:00-12:00, 18:00-20:00", days_ahead=1)
        >>> van = om.Service("van", "same_day", om.RateCard.flat(4), slots=slots,
        ...     transit_time="30min", dispatch=om.DispatchRule(processing="2h"))
        >>> hours = om.Calendar(om.Hours.every_day("08:00-20:00"), "Europe/Berlin")
        >>> network = om.Network([om.Node("N1", hours=hours)], [van])
        >>> engine = om.Engine(network, [om.Item("BOLT")], clock=lambda: 0)
        >>> engine.apply(om.Receive("BOLT", "N1", 1))
        Applied(1)
        >>> home = om.Destination(postcode="10115")
        >>> for slot in engine.delivery_slots({"BOLT": 1}, "van", to=home, now=36_000):
        ...     print(slot.begins, slot.cost, slot.status.name)
        1970-01-01 17:00:00+00:00 4.00 OK
        """
        with self._whole:
            self._advance(now)
            order = _order_of(basket, to, None, channel)
            network = self._router.network
            by = network.services[network.service_index(service, "service")]
            return delivery_slots(self._router, order, policy, by)

    def promise_many(
        self,
        skus: Sequence[str],
        *,
        to: Destination,
        quantity: int = 1,
        objective: str = "cheapest",
        services: Sequence[str] | None = None,
        channel: str | None = None,
        percentile: Number | None = None,
        policy: RoutingPolicy | None = None,
        due: Instant = None,
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
        services, channel, percentile
            As in `promise`.
        policy, due, now
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
            order = for_day(_order_of({first: quantity}, to, services, channel), due)
            policy = self._punctual(policy, percentile)
            return listing(self._router, names, order, policy, rank)

    def promise_everywhere(
        self,
        basket: Order | Lines,
        destinations: Sequence[Destination],
        *,
        objective: str = "cheapest",
        services: Sequence[str] | None = None,
        channel: str | None = None,
        percentile: Number | None = None,
        policy: RoutingPolicy | None = None,
        due: Instant = None,
        now: Instant = None,
    ) -> PromiseMap:
        """Return the best offer of every service for a basket, wherever it goes: a map.

        For each destination what `promise` would tell, in columns. Changes nothing.

        Parameters
        ----------
        basket
            An `Order`, whose own destination is left aside, or the lines of one.
        destinations
            Where to, each as often as it is listed.
        objective
            What a service is asked for: its ``"cheapest"`` plan for each destination, or
            its ``"fastest"``.
        services, channel, percentile
            As in `promise`.
        policy, due, now
            As in `route`; the policy's objective does not matter.

        Raises
        ------
        ValidationError, UnknownIdError
            Something in the arguments cannot be.

        Notes
        -----
        Lanes are made from the nodes that hold any of the basket, and not kept: one pass
        over them a place, and one decision a service that some of them has a lane by.
        Destinations that stand at one place, in the same zones, are one. What is wanted
        later (``due``) or by a day, networks with capacity or with more than half a dozen
        zone charts, kits, policies with terms or rules of their own and stock that is kept
        back are asked one by one.

        Examples
        --------
        >>> import omniroute as om
        >>> bands = om.DistanceBands([500, 3000])
        >>> card = om.RateCard.by_zone({1: 5, 2: 9})
        >>> ground = om.Service("ground", "ship", card, bands, transit_days={1: 1, 2: 3})
        >>> shop = om.Node("N1", latitude=44.9, longitude=-93.2)
        >>> engine = om.Engine(om.Network([shop], [ground]), [om.Item("BOLT")])
        >>> engine.apply(om.Receive("BOLT", "N1", 40))
        Applied(1)
        >>> towns = [(44.9, -93.1), (29.8, -95.4), (51.5, -0.1)]
        >>> to = [om.Destination(latitude=lat, longitude=lon) for lat, lon in towns]
        >>> found = engine.promise_everywhere({"BOLT": 2}, to)
        >>> found, found.cost[:, 0].tolist(), found.transit_days[:, 0].tolist()
        (PromiseMap(3 destinations, 2 served, ground), [5.0, 9.0, nan], [1, 3, 0])
        """
        with self._whole:
            self._advance(now)
            places = _places(self._router, destinations)
            rank = OFFERED.index(one_of(objective, "objective", OFFERED))
            if isinstance(basket, Order):
                _order_of(basket, None, services, channel)
                order = attrs.evolve(basket, destination=places[0])
            else:
                order = _order_of(basket, places[0], services, channel)
            policy = self._punctual(policy, percentile)
            return everywhere(self._router, for_day(order, due), places, policy, rank)

    def _punctual(
        self, policy: RoutingPolicy | None, percentile: Number | None
    ) -> RoutingPolicy | None:
        """Return a policy that counts on this share of parcels; None: as it says."""
        if percentile is None:
            return policy
        if not isinstance(policy, RoutingPolicy | None):
            raise ValidationError("policy", "a RoutingPolicy", policy)
        share = transit.percentile(percentile, "percentile", ValidationError)
        return _counting_on(policy or self.policy, share)


@lru_cache(maxsize=256)
def _counting_on(policy: RoutingPolicy, share: Decimal) -> RoutingPolicy:
    """Return a policy under which lanes take what such a share of parcels takes.

    Kept, as a page asks at the same share again and again.
    """
    return attrs.evolve(policy, promise_percentile=share)


def _places(router: Router, destinations: Sequence[Destination]) -> list[Destination]:
    """Return destinations that can be, and at least one."""
    if isinstance(destinations, str | bytes) or not isinstance(destinations, Iterable):
        raise ValidationError(
            "destinations", "a sequence of Destinations", destinations
        )
    places = list(destinations)
    if not places:
        raise ValidationError("destinations", "at least one", destinations)
    for i, to in enumerate(places):
        router.network.check_destination(to, f"destinations[{i}]")
    return places


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
