"""Many destinations asked on the lanes of who holds any of a basket."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import P_FREE, Status
from omniroute.kernels.decide.everywhere import (
    DONE,
    E_PLACE,
    E_SENT,
    E_SERVICE,
    E_WIDTH,
    G_LAST,
    G_NODE,
    G_OFFER,
    G_ROW,
    G_SERVICE,
    M_ARRIVES,
    M_ARRIVES_BY_S,
    M_ORDER_BY_S,
    M_SHIPMENTS,
    M_STATUS,
    M_TOLD,
    MAP_WIDTH,
    NEED_SENT,
    SENT_WIDTH,
    offers_of_places,
    write_offer,
)
from omniroute.kernels.decide.route import NEED_ROOM, NEED_WORK
from omniroute.kernels.order.layout import (
    A_MAX_DISTANCE_M,
    A_SLOT,
    O_SHIPMENTS,
)
from omniroute.model.destination import Destination
from omniroute.routing.ask_words import excluded_of
from omniroute.routing.dates import Dates
from omniroute.routing.decide import Decider
from omniroute.routing.promises.holder_lanes import HolderLanes, Place
from omniroute.routing.promises.promise import Asking
from omniroute.routing.promises.told import goes

I8 = NDArray[np.int64]

_UNSERVED, _OUT_OF_STOCK = int(Status.UNSERVED), int(Status.OUT_OF_STOCK)


class ByHolders:
    """Destinations whose answers hang on the lanes of holders, and on nothing else.

    Parameters
    ----------
    asking
        The basket.
    objective
        What services are asked for.
    """

    #: Shipments there is room for at first.
    SENT = 256

    def __init__(self, asking: Asking, objective: int) -> None:
        router = asking.router
        epoch = None if router.timed is None else router.timed.epoch
        self._lanes = HolderLanes(router.tables, _holders(asking), epoch)
        self._level = router.writer(asking.policy).level
        arena, items = router.decider.arena, router.decider.items
        self._decider = Decider(router.tables, router.lanes, arena, items)
        self._decider.lanes = cast(Any, self._lanes)
        self._services = asking.services
        self._dates = asking.dates
        asks = [asking.words_of(s, objective) for s in asking.services]
        self._asks = np.array([word for words in asks for word in words], np.int64)
        self._ask_at = np.cumsum([0, *map(len, asks)])
        words = asking.ask.words
        self._max_m = words[A_MAX_DISTANCE_M]
        self._opened = np.ones(arena.nodes, np.bool_)
        self._opened[excluded_of(words)] = False
        self._row_days = np.array(router.tables.row_days, np.int64)
        self._row_trip = np.array(router.tables.row_trip, np.int64)
        self._sent = np.zeros((self.SENT, SENT_WIDTH), np.int64)
        #: By profile of a node, service and trip: see `goes`.
        self._known: dict[int, tuple[int, int, int]] = {}

    def place(self, to: Destination) -> Place:
        """Return what tells a destination from others."""
        return self._lanes.place(to, self._level)

    def rows(self, places: Sequence[Place]) -> I8:
        """int64[k, V, MAP_WIDTH]: what each service offers each place."""
        found = np.zeros((len(places), len(self._services), MAP_WIDTH), np.int64)
        for k in range(0, len(places), HolderLanes.AT_ONCE):
            some = slice(k, k + HolderLanes.AT_ONCE)
            self._lanes.make(places[some])
            sent = self._offers(found[some])
            self._tell_who_is_out(found[some])
            if self._dates is None:
                found[some, :, M_ARRIVES_BY_S] = 0
            else:
                self._tell_dates(self._dates, found[some], sent)
        return found

    # -- who sends what ----------------------------------------------------------------

    def _offers(self, found: I8) -> I8:
        """Write the offers of the places whose lanes are made; return their shipments."""
        decider, lanes = self._decider, self._lanes
        control = np.zeros(E_WIDTH, np.int64)
        while True:
            code = int(
                offers_of_places(  # type: ignore[call-arg]
                    *decider.arguments(),  # type: ignore[arg-type]
                    lanes.served,
                    self._asks,
                    self._ask_at,
                    decider.work,
                    decider.out,
                    self._row_days,
                    found,
                    self._sent,
                    control,
                )
            )
            if code == DONE:
                return self._sent[: control[E_SENT]]
            if code in (NEED_WORK, NEED_ROOM):
                decider.enlarge(code)
            elif code == NEED_SENT:
                self._make_room()
            else:
                self._search(found, control)

    def _search(self, found: I8, control: I8) -> None:
        """Settle what tables do not, and go on behind it."""
        b, v = int(control[E_PLACE]), int(control[E_SERVICE])
        words = self._asks[self._ask_at[v] : self._ask_at[v + 1]].tolist()
        words[A_SLOT] = b
        answer = self._decider.decide(words)
        while control[E_SENT] + answer[O_SHIPMENTS] > len(self._sent):
            self._make_room()
        at, told = b * found.shape[1] + v, np.array(answer, np.int64)
        sent = int(control[E_SENT])
        write_offer(told, self._row_days, at, found[b, v], self._sent, sent)
        control[E_SENT] += found[b, v, M_SHIPMENTS]
        control[E_SERVICE] += 1

    def _make_room(self) -> None:
        self._sent = np.concatenate([self._sent, np.zeros_like(self._sent)])

    def _tell_who_is_out(self, found: I8) -> None:
        """Others may have a lane where no holder has: then stock is what is missing."""
        unserved = np.argwhere(found[:, :, M_STATUS] == _UNSERVED)
        if not len(unserved):
            return
        asked = unserved.copy()
        asked[:, 1] = np.array(self._services, np.int64)[unserved[:, 1]]
        out = unserved[self._lanes.reached(asked, self._opened, self._max_m)]
        found[out[:, 0], out[:, 1], M_STATUS] = _OUT_OF_STOCK

    # -- when --------------------------------------------------------------------------

    def _tell_dates(self, dates: Dates, found: I8, sent: I8) -> None:
        """Tell the arrival of the last shipment, and the first to be ordered for."""
        if not len(sent):
            return
        offers = found.reshape(-1, MAP_WIDTH)
        offer, first = np.unique(sent[:, G_OFFER], return_index=True)
        told = self._goes(dates, sent)
        last = sent[:, G_LAST] == 1
        offers[offer, M_ARRIVES] = told[last, 0]
        offers[offer, M_TOLD] = told[last, 1]
        offers[offer, M_ORDER_BY_S] = np.minimum.reduceat(told[:, 2], first)
        offers[offer, M_ARRIVES_BY_S] += dates.epoch.start_min
        offers[offer, M_ARRIVES_BY_S] *= 60

    def _goes(self, dates: Dates, sent: I8) -> I8:
        """int64[m, 3]: what `goes` tells of each shipment; once for all that go alike.

        Nobody waits: where work is counted, destinations are asked one by one.
        """
        trip = self._row_trip[sent[:, G_ROW]]
        way = dates.epoch.profiles[sent[:, G_NODE]].astype(np.int64)
        way = way * len(self._decider.tables.services) + sent[:, G_SERVICE]
        way = way * (1 + int(self._row_trip.max())) + trip
        ways, first, alike = np.unique(way, return_index=True, return_inverse=True)
        for one, k in zip(ways.tolist(), first.tolist(), strict=True):
            if one not in self._known:
                node, service = sent[k, [G_NODE, G_SERVICE]].tolist()
                self._known[one] = goes(dates, node, service, int(trip[k]), 0)
        told = [self._known[one] for one in ways.tolist()]
        return np.array(told, np.int64)[alike.reshape(-1)]


def _holders(asking: Asking) -> I8:
    """Nodes that have any of the basket, in increasing order."""
    arena = asking.router.decider.arena
    found = []
    for sku, _ in asking.ask.lines:
        nodes, planes = arena.row(sku)
        found.append(nodes[planes[P_FREE] > 0])
    return np.unique(np.concatenate(found)).astype(np.int64)
