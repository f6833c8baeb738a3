"""One basket for many destinations: every service's best offer for each, in columns."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from datetime import datetime
from typing import Any, cast

import attrs
import numpy as np
from numpy.typing import NDArray

from omniroute.codes import P_FREE, Status
from omniroute.kernels.order.layout import (
    A_SLOT,
    FAR_M,
    O_COST,
    O_HEADER,
    O_PICKS,
    O_SHIPMENTS,
    O_SHORT,
    O_STATUS,
    O_TRANSIT,
    SHIPMENT_WIDTH,
    X_DISTANCE_M,
    X_NODE,
    X_ROW,
    X_SERVICE,
    X_TRANSIT,
    X_WAIT,
)
from omniroute.kernels.stock.arena import R_LENGTH, R_START
from omniroute.model.destination import Destination
from omniroute.model.order import Order
from omniroute.model.policy import RoutingPolicy
from omniroute.routing.dates import Dates
from omniroute.routing.decide import Decider
from omniroute.routing.limits import asker_of
from omniroute.routing.promises.holder_lanes import HolderLanes, Place
from omniroute.routing.promises.map import (
    M_ARRIVES,
    M_ARRIVES_BY_S,
    M_COST,
    M_DISTANCE_M,
    M_ORDER_BY_S,
    M_SHIPMENTS,
    M_SHORT,
    M_STATUS,
    M_TOLD,
    M_TRANSIT_DAYS,
    MAP_WIDTH,
    TOLD_DAY,
    TOLD_INSTANT,
    PromiseMap,
)
from omniroute.routing.promises.promise import Asking
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
    asked = _ByHolders if by_holders(asking) else _OneByOne
    asks = asked(asking, objective)
    known: dict[Hashable, int] = {}
    rows: list[list[list[int]]] = []
    where = np.empty(len(destinations), np.int64)
    for i, to in enumerate(destinations):
        place = asks.place(to)
        if place not in known:
            known[place] = len(rows)
            rows.append(asks.rows(to, place))
        where[i] = known[place]
    shape = len(rows), len(asking.services), MAP_WIDTH
    found = np.array(rows, np.int64).reshape(shape)[where]
    names = [router.network.services[s].name for s in asking.services]
    return PromiseMap(destinations, names, found, dated=asking.dates is not None)


# -- where the kernels decide on the stock as it is ------------------------------------


def by_holders(asking: Asking) -> bool:
    """Whether answers hang on the lanes of who holds the basket, and on nothing else.

    Not what is wanted later or by a day, where work is counted, of kits, by prices or
    rules of a policy, of stock that is kept back from who asks, or where it is collected.
    """
    router, order = asking.router, asking.order
    if not asking.by_kernels or router.room is not None or asking.due is not None:
        return False
    if order.needed_by is not None or order.collect_at is not None:
        return False
    if router.composed is not None and router.is_composed(asking.ask):
        return False
    skus = [sku for sku, _ in asking.ask.lines]
    asker = asker_of(order, router.network)
    return router.lens is None or router.lens.sees_plainly(asker, skus)


class _ByHolders:
    """Destinations asked on the lanes of who holds any of the basket."""

    def __init__(self, asking: Asking, objective: int) -> None:
        router = asking.router
        epoch = None if router.timed is None else router.timed.epoch
        self._lanes = HolderLanes(router.tables, _holders(asking), epoch)
        self._level = router.writer(asking.policy).level
        arena, items = router.decider.arena, router.decider.items
        self._decider = Decider(router.tables, router.lanes, arena, items)
        every = np.arange(len(router.network.nodes))
        #: Lanes from all nodes, for what nobody who holds it can send.
        self._all = HolderLanes(router.tables, every, epoch)
        self._services = asking.services
        self._asks = [asking.words_of(s, objective) for s in asking.services]
        for words in self._asks:
            words[A_SLOT] = 0
        self._told = _Told(asking)

    def place(self, to: Destination) -> Place:
        """Return what tells a destination from others."""
        return self._lanes.place(to, self._level)

    def rows(self, _: Destination, place: Any) -> list[list[int]]:
        """Return what each service offers a place."""
        answers = self._answers(self._lanes, place, self._asks)
        # Others may have a lane, but no stock: then that is what is missing.
        unsure = [
            v
            for v, s in enumerate(self._services)
            if answers[v][O_STATUS] == Status.UNSERVED and self._all.reaches(s, place)
        ]
        if unsure:
            asks = [self._asks[v] for v in unsure]
            for v, each in zip(
                unsure, self._answers(self._all, place, asks), strict=True
            ):
                answers[v] = each
        return [self._told.row(each) for each in answers]

    def _answers(
        self, lanes: HolderLanes, place: Place, asks: list[list[int]]
    ) -> list[list[int]]:
        lanes.make(place)
        self._decider.lanes = cast(Any, lanes)
        return [self._decider.decide(words) for words in asks]


def _holders(asking: Asking) -> I8:
    """Nodes that have any of the basket, in increasing order."""
    arena = asking.router.decider.arena
    found = []
    for sku, _ in asking.ask.lines:
        start, length = arena.rows[sku, R_START], arena.rows[sku, R_LENGTH]
        row = slice(start, start + length)
        found.append(arena.cell_node[row][arena.planes[P_FREE][row] > 0])
    return np.unique(np.concatenate(found)).astype(np.int64)


# -- wherever more than that counts ----------------------------------------------------


class _OneByOne:
    """Each destination asked as `promise` asks it."""

    def __init__(self, asking: Asking, objective: int) -> None:
        self._asking, self._objective = asking, objective

    def place(self, to: Destination) -> Destination:
        """Return the destination: a policy may look at anything of it."""
        return to

    def rows(self, to: Destination, _: Any) -> list[list[int]]:
        """Return what each service offers a destination."""
        order = attrs.evolve(self._asking.order, destination=to)
        alone = Asking(self._asking.router, order, self._asking.policy)
        told = _Told(alone)
        return [told.row(alone.answer(s, self._objective)) for s in alone.services]


# -- what is told of an answer ---------------------------------------------------------


class _Told:
    """Answers as rows of a map."""

    def __init__(self, asking: Asking) -> None:
        self._dates = asking.dates
        self._row_days = asking.router.tables.row_days
        self._row_trip = asking.router.tables.row_trip
        #: By profile of a node, service, trip and wait: see `_goes`.
        self._known: dict[tuple[int, int, int, int], tuple[int, int, int]] = {}

    def row(self, answer: list[int]) -> list[int]:
        """Return what a map tells of an answer."""
        row = [0] * MAP_WIDTH
        row[M_STATUS], row[M_SHORT] = answer[O_STATUS], answer[O_SHORT]
        if not answer[O_PICKS]:
            return row
        row[M_COST], row[M_SHIPMENTS] = answer[O_COST], answer[O_SHIPMENTS]
        end = O_HEADER + SHIPMENT_WIDTH * answer[O_SHIPMENTS]
        sent = [
            answer[at : at + SHIPMENT_WIDTH]
            for at in range(O_HEADER, end, SHIPMENT_WIDTH)
        ]
        waits = self._dates is None
        row[M_TRANSIT_DAYS] = max(
            self._row_days[words[X_ROW]] + words[X_WAIT] * waits for words in sent
        )
        far = max(words[X_DISTANCE_M] for words in sent)
        row[M_DISTANCE_M] = -1 if far >= FAR_M else far
        if self._dates is not None:
            self._tell_dates(self._dates, answer, sent, row)
        return row

    def _tell_dates(
        self, dates: Dates, answer: list[int], sent: list[list[int]], row: list[int]
    ) -> None:
        """Tell the arrival of the last shipment, and the first to be ordered for."""
        told = [self._goes(dates, words) for words in sent]
        last = max(range(len(sent)), key=lambda x: sent[x][X_TRANSIT])
        row[M_ARRIVES], row[M_TOLD], _ = told[last]
        row[M_ORDER_BY_S] = min(until for _, _, until in told)
        row[M_ARRIVES_BY_S] = 60 * (dates.epoch.start_min + answer[O_TRANSIT])

    def _goes(self, dates: Dates, words: list[int]) -> tuple[int, int, int]:
        """Return arrival, whether a day or an instant, and the last second to order."""
        node, s, wait = words[X_NODE], words[X_SERVICE], words[X_WAIT]
        trip = self._row_trip[words[X_ROW]]
        key = int(dates.epoch.profiles[node]), s, trip, wait
        found = self._known.get(key)
        if found is None:
            arrives, until = dates.told(node, s, trip, wait)
            at, kind = arrives.toordinal(), TOLD_DAY
            if isinstance(arrives, datetime):
                at, kind = int(arrives.timestamp()), TOLD_INSTANT
            found = self._known[key] = at, kind, int(until.timestamp())
        return found
