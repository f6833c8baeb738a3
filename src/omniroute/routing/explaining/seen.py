"""One order's world as arrays by node and service: what explanations are read from.

Numbers of nodes go down, numbers of services across. Everything here is what the kernels
read too, or worked out from it in the same integers.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from omniroute.kernels.order.layout import (
    A_COLLECT_AT,
    A_GROUPS,
    A_HEADER,
    A_LATEST,
    A_MAX_DISTANCE_M,
    A_OBJECTIVE,
    A_SLOT,
    A_SPLIT,
    C_ROWS,
    C_SERVICES,
    FAR_M,
    GROUP_WIDTH,
    S_MAX_G,
    S_RADIUS_M,
    S_ZONES,
    SPLIT_FREELY,
)
from omniroute.model.zones import DistanceBands
from omniroute.promising.profiles import NO_ROOM
from omniroute.routing.ask_words import excluded_of, mask_of, services_of
from omniroute.routing.explaining.loads import loads
from omniroute.routing.explaining.shelves import shelves
from omniroute.routing.policies.weighed import Alone, Weighed

if TYPE_CHECKING:
    from omniroute.routing.plan_answer import PlanAnswer
    from omniroute.routing.router_answers import RouterAnswers

I8 = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Seen:
    """What the order of a plan sees of every node and service.

    Parameters
    ----------
    router
        The network and the stock, as they stand.
    plan
        The order, what the kernels are asked for it, and what the decision knew of time.

    Attributes
    ----------
    shelves : Shelves
        What nodes have of it.
    loads : Loads
        What each would send if it alone sent all it can.
    dist_m : int64[N]
        Metres to the destination; `FAR_M` where unknown.
    costs : int64[N, 4]
        Handling money a shipment, line and unit; services offered (bits).
    lane_rows, days : int64[N, V]
        Price row of each lane, -1 for none; days on the way.
    rows, arrival : int64[N, V]
        Price row, -1 also of what never leaves; when it arrives, as the kernels count it.
    groups : list of (int, int)
        Services that may share a plan (bits), and most shipments of one, 0 for no limit.
    """

    def __init__(self, router: RouterAnswers, plan: PlanAnswer) -> None:
        order, ask, dates = plan.order, plan.ask, plan.dates
        self.router, self.order, self.ask = router, order, ask
        self.tables = router.tables
        self.words = ask.words
        self.shelves = shelves(router, order, ask)
        self.loads = loads(router, ask, self.shelves)
        slot = self.words[A_SLOT] = router.slot(order, plan.policy)
        lanes, count = router.lanes, len(self.tables.services)
        self.dates = dates
        if router.calendars is not None and dates is not None:
            # As it was at the decision; whoever asks next has it dated anew.
            router.calendars.lanes.set_dates(slot, dates.epoch)
            router.calendars.lanes.now_s = dates.now_s
        cls = lanes.nodes[slot, 0]
        self.dist_m: I8 = lanes.nodes[slot, 1].astype(np.int64)
        records = lanes.records[slot][np.maximum(cls, 0)]
        served = (cls >= 0)[:, None]
        self.costs = self.tables.costs
        self.rows: I8 = np.where(served, records[:, C_ROWS : C_ROWS + count], -1)
        self.arrival: I8 = records[:, C_ROWS + count : C_ROWS + 2 * count]
        self.lane_rows: I8 = lanes.price_rows(slot)
        self.days = self.tables.days_of(self.lane_rows)
        if router.timed is not None and dates is None:
            waits = router.timed.epoch_of(slot).waits
            self.days = self.days + np.maximum(0 if waits is None else waits, 0)
        first = self.words[A_HEADER : A_HEADER + GROUP_WIDTH * self.words[A_GROUPS]]
        self.groups = list(zip(first[::2], first[1::2], strict=True))

    @property
    def shape(self) -> tuple[int, int]:
        """Nodes and services."""
        return self.rows.shape[0], self.rows.shape[1]

    @property
    def fastest(self) -> bool:
        """Whether the latest arrival counts before the cost."""
        return self.words[A_OBJECTIVE] == 1

    @cached_property
    def full(self) -> Mask:
        """bool[N, V]: where there is no room for more work."""
        timed = self.router.timed
        waits = None if timed is None else timed.epoch_of(self.words[A_SLOT]).waits
        return np.zeros(self.shape, np.bool_) if waits is None else waits == NO_ROOM

    # -- what keeps nodes and services out -----------------------------------------------

    @cached_property
    def admitted(self) -> Mask:
        """bool[V]: services that the order admits."""
        return mask_of(services_of(self.words), self.shape[1])

    @cached_property
    def excluded(self) -> Mask:
        """bool[N]: nodes that the order or the policy rules out by name."""
        found = np.zeros(self.shape[0], np.bool_)
        only = self.words[A_COLLECT_AT]
        if only >= 0:
            found[:] = True
            found[only] = False
        found[excluded_of(self.words)] = True
        return found

    @property
    def by_kernels(self) -> bool:
        """Whether the kernels alone decide, without prices or rules of a policy."""
        return self.ask.decides is None and not self.ask.together

    @cached_property
    def weighed(self) -> Weighed:
        """How the decision looks at what each would send alone."""
        loads, never = self.loads, np.where(self.rows >= 0, self.arrival, -1)
        alone = Alone(loads.lines, loads.units, loads.able, never)
        decider, words = self.router.decider_of(self.ask), list(self.words)
        if self.router.is_composed(self.ask):
            return decider.weigh(words, alone)
        with self.router.as_seen(self.order, self.ask):
            return decider.weigh(words, alone)

    @cached_property
    def ruled_out(self) -> Mask:
        """bool[N, V]: what the policy leaves out of the lanes."""
        decides, found = self.ask.decides, np.zeros(self.shape, np.bool_)
        allowed = None if decides is None else decides.allowed(self.words[A_SLOT])
        return found if allowed is None else np.asarray(~allowed)

    @cached_property
    def offered(self) -> Mask:
        """bool[N, V]: what each node offers."""
        bits = self.costs[:, C_SERVICES, None]
        return np.asarray((bits >> np.arange(self.shape[1])) & 1 == 1)

    @cached_property
    def limits_m(self) -> I8:
        """int64[V]: farthest a node may be; -1 for no limit."""
        found = self.tables.services[:, S_RADIUS_M].copy()
        most = self.words[A_MAX_DISTANCE_M]
        if most >= 0:
            found = np.where(found < 0, most, np.minimum(found, most))
        return np.asarray(found, np.int64)

    @cached_property
    def by_distance(self) -> Mask:
        """bool[V]: services whose zones are bands of distance."""
        charts = self.tables.charts
        return np.array(
            [
                chart >= 0 and isinstance(charts[chart], DistanceBands)
                for chart in self.tables.services[:, S_ZONES].tolist()
            ]
        )

    @cached_property
    def far(self) -> Mask:
        """bool[N, 1]: nodes whose distance is not known."""
        return (self.dist_m >= FAR_M)[:, None]

    @cached_property
    def too_late(self) -> Mask:
        """bool[N, V]: what arrives after the order is needed."""
        latest = self.words[A_LATEST]
        return np.asarray((latest >= 0) & (self.arrival > latest))

    @cached_property
    def gated(self) -> Mask:
        """bool[N, 1]: nodes that would have something, but for the policy's gates."""
        shut = self.shelves.shut
        nothing = np.zeros_like(self.loads.some) if shut is None else shut
        return np.asarray(nothing & ~self.loads.some)[:, None]

    @cached_property
    def may_serve(self) -> Mask:
        """bool[N, V]: what might serve something, if it had it."""
        near = (self.limits_m < 0) | (self.dist_m[:, None] <= self.limits_m)
        open_to = self.admitted & ~self.excluded[:, None] & self.offered
        open_to &= ~self.ruled_out
        return open_to & near & (self.rows >= 0) & ~self.too_late

    @cached_property
    def holds_parts_only(self) -> Mask:
        """bool[N, V]: of every line it has, a part, while another node has it whole.

        Such a line is not split: no plan draws on the node. Not worked out where it may
        be otherwise: where lines are split freely or shipments are limited, in the
        fastest plan, and of what is sold by the lot.
        """
        found = np.zeros(self.shape, np.bool_)
        if self.words[A_SPLIT] == SPLIT_FREELY or self.fastest:
            return found
        if not self.by_kernels or self.router.is_composed(self.ask):
            return found
        for bits, limit in self.groups:
            if not limit:
                found[:, mask_of(bits, self.shape[1])] |= self._parts_only(bits)
        return found

    def _parts_only(self, bits: int) -> Mask:
        """bool[N, 1]: nodes that have parts only, among the services of a group."""
        whole = self.whole(bits)
        usable = (self.loads.able > 0) & (whole | ~whole.any(axis=1, keepdims=True))
        return np.asarray(self.loads.some & ~usable.any(axis=0))[:, None]

    def whole(self, bits: int) -> Mask:
        """bool[L, N]: lines that a node can send whole, by one of these services."""
        serving = self._serving(bits)
        most_g = np.where(serving, self.tables.services[:, S_MAX_G], -1).max(axis=1)
        asked = np.array(self.shelves.asked)[:, None]
        line_g = np.array(self._line_weights())[:, None]
        return np.asarray((self.loads.able >= asked) & (line_g <= most_g))

    def undivided(self, bits: int) -> Mask:
        """bool[L, N]: as `whole`, of the lines that then come from one node."""
        found = self.whole(bits)
        if self.words[A_SPLIT] == SPLIT_FREELY:
            found[[quanta > 1 for quanta in self.shelves.asked]] = False
        return found

    def serving(self, bits: int) -> Mask:
        """bool[N]: nodes that may serve something by one of these services."""
        return np.asarray(self._serving(bits).any(axis=1))

    def _serving(self, bits: int) -> Mask:
        return np.asarray(self.may_serve & mask_of(bits, self.shape[1]))

    def least_short(self, bits: int) -> int:
        """Quanta asked for that these services cannot serve at all, whatever the plan."""
        able = np.where(self.serving(bits), self.loads.able, 0)
        asked = np.array([quanta for _, quanta in self.ask.lines])
        return int(
            np.maximum(0, asked - np.minimum(able, asked[:, None]).sum(axis=1)).sum()
        )

    def _line_weights(self) -> list[int]:
        """Grams of each line, whole."""
        items = self.router.decider.items
        return [
            -(-asked * int(items[sku, 0]) // max(1, int(items[sku, 1])))
            for (sku, _), asked in zip(self.ask.lines, self.shelves.asked, strict=True)
        ]
