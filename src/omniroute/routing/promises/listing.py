"""A page of many SKUs for one destination: the best offer of every service, in columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from omniroute._show import Columns, Rows, Shown, rows_of
from omniroute.codes import MONEY_SCALE, Status
from omniroute.errors import ValidationError
from omniroute.kernels.decide.listing import (
    G_COST,
    G_NODE,
    G_ROW,
    G_TRANSIT,
    OFFER_WIDTH,
    best_offers,
)
from omniroute.kernels.order.layout import (
    A_GROUPS,
    A_HEADER,
    A_LINES,
    A_OBJECTIVE,
    A_SPLIT,
    O_COST,
    O_HEADER,
    O_STATUS,
    SPLIT_FREELY,
    X_NODE,
    X_ROW,
    X_TRANSIT,
)
from omniroute.model.order import Order
from omniroute.model.policy import RoutingPolicy
from omniroute.routing.ask_words import excluded_of
from omniroute.routing.dates import Dates
from omniroute.routing.limits import asker_of
from omniroute.routing.of_engine import OfEngine
from omniroute.routing.promises.best import best_column
from omniroute.routing.promises.promise import Asking
from omniroute.routing.router import Router
from omniroute.stock.bench import lend

I8 = NDArray[np.int64]


class Listing(OfEngine, Shown):
    """The best offer for each of many SKUs, by every service that was asked.

    Made by `Engine.promise_many`. Arrays have a row a SKU, in the order asked, and a
    column a service of ``services``.

    Attributes
    ----------
    skus, services : tuple of str
    node : int64[n, V]
        Place of the node among ``node_ids``; -1 where no node sends it whole.
    cost_minor : int64[n, V]
        In 1/10,000 of the currency unit; 0 where there is no offer.
    transit_days : int64[n, V]
        Days on the way; 0 where there is no offer.
    arrives_by_s : int64[n, V] or None
        Seconds UTC at which it has arrived, rounded up to the minute; a parcel by the end
        of its day. 0 where there is no offer, None without calendars.
    """

    TAKE = "its arrays"

    def __init__(
        self,
        router: Router,
        skus: tuple[str, ...],
        services: Sequence[int],
        found: I8,
        dates: Dates | None,
    ) -> None:
        self._found, self._dates = found, dates
        self._services = list(services)
        self._objective = 0
        self.skus = skus
        self.services = tuple(router.network.services[s].name for s in services)
        self.node_ids = router.network.node_ids
        self.node: I8 = found[:, :, G_NODE]
        there = self.node >= 0
        row_days = np.array(router.tables.row_days, np.int64)
        self.cost_minor: I8 = np.where(there, found[:, :, G_COST], 0)
        rows = np.where(there, found[:, :, G_ROW], 0)
        self.transit_days: I8 = np.where(there, row_days[rows], 0)
        self._trips = np.array(router.tables.row_trip, np.int64)[rows]
        self.arrives_by_s: I8 | None = None
        if dates is not None:
            minutes = dates.epoch.start_min + found[:, :, G_TRANSIT]
            self.arrives_by_s = np.where(there, 60 * minutes, 0)

    def __len__(self) -> int:
        return len(self.skus)

    @property
    def cost(self) -> NDArray[np.float64]:
        """Cost in the currency unit; NaN where there is no offer."""
        return np.where(self.node >= 0, self.cost_minor / MONEY_SCALE, np.nan)

    def best(self, objective: str = "cheapest") -> I8:
        """Return the column of the best service of each SKU; -1 where there is none.

        Parameters
        ----------
        objective
            ``"cheapest"``, then the soonest; or ``"fastest"``, then the cheapest. Then the
            service declared first.

        Raises
        ------
        ValidationError
            Neither of the two.
        """
        cost, soon = self._found[:, :, G_COST], self._found[:, :, G_TRANSIT]
        return best_column(objective, self.node >= 0, cost, soon)

    def order_by_s(self, objective: str = "cheapest") -> I8:
        """Return until when to order the best offers for the same day; 0: no offer.

        Seconds UTC, one a SKU.

        Raises
        ------
        ValidationError
            No such objective, or the network has no calendars.
        """
        if self._dates is None:
            expected = "asked for where routing tells dates"
            raise ValidationError("order_by_s", expected, None)
        best, rows = self.best(objective), np.arange(len(self))
        told: dict[tuple[int, int, int], int] = {}
        found = np.zeros(len(self), np.int64)
        for i, column in zip(
            rows[best >= 0].tolist(), best[best >= 0].tolist(), strict=True
        ):
            s, trip = self._services[column], int(self._trips[i, column])
            node = int(self.node[i, column])
            key = int(self._dates.epoch.profiles[node]), s, trip
            if key not in told:
                told[key] = int(self._dates.told(node, s, trip)[1].timestamp())
            found[i] = told[key]
        return found

    def columns(self) -> Columns:
        """Return one row a SKU and service, for a frame.

        ``node`` is an id, None where there is no offer; ``cost`` is in the currency
        unit, NaN where there is none.

        Examples
        --------
        >>> import omniroute as om
        >>> ground = om.Service("ground", "ship", om.RateCard.flat(5), transit_days=3)
        >>> engine = om.Engine(om.Network([om.Node("N1")], [ground]), [om.Item("BOLT")])
        >>> engine.apply(om.Receive("BOLT", "N1", 4))
        Applied(1)
        >>> page = engine.promise_many(["BOLT"], to=om.Destination(postcode="55425"))
        >>> print(page.columns().table())
        sku   service  node  cost  transit_days
        BOLT  ground   N1     5.0             3
        """
        row, column = np.indices(self.node.shape).reshape(2, -1)
        ids = np.array([*self.node_ids, None], np.object_)
        found = Columns(
            sku=np.array(self.skus, np.object_)[row],
            service=np.array(self.services, np.object_)[column],
            node=ids[self.node.reshape(-1)],
            cost=self.cost.reshape(-1),
            transit_days=self.transit_days.reshape(-1),
        )
        if self.arrives_by_s is not None:
            found["arrives_by_s"] = self.arrives_by_s.reshape(-1)
        return found

    LEFT = (0, 1, 2)

    def _rows(self) -> Rows:
        return rows_of(self.columns())

    def __repr__(self) -> str:
        offered = int((self.node >= 0).any(axis=1).sum())
        return (
            f"Listing({len(self)} SKUs, {offered} offered, {', '.join(self.services)})"
        )


def listing(
    router: Router,
    skus: Sequence[str],
    order: Order,
    policy: RoutingPolicy | None,
    objective: int,
) -> Listing:
    """Return the best offers for SKUs, on the terms of an order for the first of them."""
    asking = Asking(router, order, policy)
    units = int(order.lines[0].quantity)
    numbers = _numbers(router, skus)
    apart = _apart(asking, numbers)
    with _as_on_the_day(asking, numbers):
        found = _at_once(asking, numbers, units, objective)
    for i in apart:
        line = {skus[i]: units}
        alone = Asking(router, attrs.evolve(order, lines=line), policy)
        for s in asking.services:
            found[i, s] = _alone(alone, s, objective)
    told = found[:, asking.services]
    return Listing(router, tuple(skus), asking.services, told, asking.dates)


def _numbers(router: Router, skus: Sequence[str]) -> list[int]:
    """Numbers of SKUs; the path of the first that is unknown is in the error."""
    known = router.catalogue.skus.numbers
    try:
        return [known[sku] for sku in skus]
    except (KeyError, TypeError):
        sku = router.catalogue.sku
        return [sku(each, f"skus[{i}]") for i, each in enumerate(skus)]


def _apart(asking: Asking, skus: Sequence[int]) -> list[int]:
    """Places of SKUs that are not what their cells have free: kits, or kept back.

    And of those that may come from several nodes although one has them whole.
    """
    router = asking.router
    words, units = asking.ask.words, asking.order.lines[0].quantity
    freely = words[A_SPLIT] == SPLIT_FREELY and units > 1
    if freely or not asking.by_kernels:
        return list(range(len(skus)))
    recipes = router.composed.recipes if router.composed is not None else {}
    if router.lens is None or asking.due is not None:
        return [i for i, sku in enumerate(skus) if sku in recipes] if recipes else []
    asker, lens = asker_of(asking.order, router.network), router.lens
    return [
        i
        for i, sku in enumerate(skus)
        if sku in recipes or not lens.sees_plainly(asker, [sku])
    ]


@contextmanager
def _as_on_the_day(asking: Asking, skus: list[int]) -> Iterator[None]:
    """Let the arena show what nodes can promise for the day the page is asked for."""
    if asking.due is None:
        yield
        return
    router = asking.router
    asker, known = asker_of(asking.order, router.network), dict.fromkeys(skus)
    stock = router.days.stock(known, asking.asked_s, asker)
    with lend(
        router.decider.arena, list(stock), [each.rows for each in stock.values()]
    ):
        yield


def _at_once(asking: Asking, skus: list[int], units: int, objective: int) -> I8:
    """int64[n, all services, OFFER_WIDTH]: what the kernel finds."""
    router, decider = asking.router, asking.router.decider
    words = asking.ask.words
    services = sum(1 << s for s in asking.services)
    head = [*words[:A_HEADER], services, 0, *excluded_of(words)]
    head[A_GROUPS], head[A_LINES], head[A_OBJECTIVE] = 1, 0, objective
    count = len(router.network.services)
    nodes = router.lanes.nodes.shape[2]
    memory = np.zeros(nodes + 2 * router.lanes.records.shape[1], np.int64)
    out = np.empty((len(skus), count, OFFER_WIDTH), np.int64)
    ask, numbers = np.array(head, np.int64), np.array(skus, np.int64)
    arguments: Any = (*decider.arguments(), ask, numbers, units, memory, out)
    best_offers(*arguments)
    return out


def _alone(asking: Asking, s: int, objective: int) -> list[int]:
    """Return the offer of one service for one SKU, as routing decides it."""
    offer = [0] * OFFER_WIDTH
    offer[G_NODE] = -1
    answer = asking.answer(s, objective)
    if answer[O_STATUS] == Status.OK:
        offer[G_NODE], offer[G_COST] = answer[O_HEADER + X_NODE], answer[O_COST]
        offer[G_TRANSIT] = answer[O_HEADER + X_TRANSIT]
        offer[G_ROW] = answer[O_HEADER + X_ROW]
    return offer
