"""The rule most retailers use: each line from the nearest node that has it in stock.

The rule looks at one line at a time and does not know what a shipment costs; lines
that happen to end at one node travel together. Its plans are written in the same words
as the router's and priced with the same rate cards and handling, in exact integers, so
that the two differ by what they choose and by nothing else.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import KIND_SHIP, P_FREE, UNREACHED, Status
from omniroute.engine import Engine, Placement
from omniroute.kernels.order.layout import (
    A_MAX_DISTANCE_M,
    A_OBJECTIVE,
    A_SLOT,
    C_LINE,
    C_ORDER,
    C_ROWS,
    C_SERVICES,
    C_UNIT,
    O_COST,
    O_DISTANCE_SUM,
    O_HEADER,
    O_OBJECTIVE,
    O_PICKS,
    O_SHIPMENTS,
    O_SHORT,
    O_STATUS,
    O_TRANSIT,
    O_TRANSIT_SUM,
    S_DEN,
    S_KIND,
    S_MAX_G,
    S_NUM,
    SHIPMENT_WIDTH,
    X_DISTANCE_M,
    X_LINE,
    X_NODE,
    X_ORDER,
    X_RATE,
    X_ROW,
    X_SERVICE,
    X_TRANSIT,
    X_UNIT,
    X_WEIGHT_G,
)
from omniroute.model.order import Order
from omniroute.routing.ask import Ask
from omniroute.routing.ask_words import excluded_of, services_of
from omniroute.routing.plan import Plan
from omniroute.routing.router import Router


class NearestNode:
    """The nearest-node rule on the stock of an engine.

    It reserves what it takes in that engine, so that it oversells no more than the
    router does. Give it an engine of its own; items that are added to the engine later
    are unknown to it.

    Parameters
    ----------
    engine
        Whose stock it serves from, and whose policy says which nodes are out, how far
        one may be, and whether the service at a node is the ``cheapest`` or the
        ``fastest``. The rule knows no limit of shipments.

    Examples
    --------
    >>> import omniroute as om
    >>> ground = om.Service("ground", "ship", om.RateCard.flat(5))
    >>> near = om.Node("NEAR", latitude=44.9, longitude=-93.2)
    >>> far = om.Node("FAR", latitude=34.1, longitude=-118.2)
    >>> engine = om.Engine(
    ...     om.Network([near, far], [ground]), [om.Item("BOLT"), om.Item("NUT")]
    ... )
    >>> facts = [("BOLT", "NEAR"), ("BOLT", "FAR"), ("NUT", "FAR")]
    >>> engine.apply([om.Receive(sku, node, 9) for sku, node in facts])
    Applied(3)
    >>> here = om.Destination(latitude=44.8, longitude=-93.3)
    >>> order = om.Order({"BOLT": 1, "NUT": 1}, here, id="A-1")
    >>> engine.route(order)
    Plan(OK, 1 shipment, cost 5.00, proven)
    >>> NearestNode(engine).place(order).plan
    Plan(OK, 2 shipments, cost 10.00, no bound)
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._router = Router(engine.network, engine.items, engine.state, engine.policy)

    def route(self, order: Order) -> Plan:
        """Return the rule's plan for an order. Changes nothing."""
        return nearest_plan(self._router, order)

    def place(
        self, order: Order, *, id: str | None = None, partial: bool = False
    ) -> Placement:
        """Route an order by the rule and reserve the plan, as `Engine.place` does.

        Raises
        ------
        ValidationError, UnknownIdError
            Something in the order cannot be, or the id is missing.
        """
        return self._engine.reserve(self.route(order), id=id, partial=partial)


def nearest_plan(router: Router, order: Order) -> Plan:
    """Return the plan of the nearest-node rule for an order.

    Every line goes whole to the nearest node that holds it whole, or else is filled
    from the nearest nodes on; a node that cannot send it by an admissible service of
    kind ``ship``, or whose parcel would become too heavy, is passed over. Then each
    node sends what it has by its cheapest service. Ties: by node, then service. The
    plan claims no bound (it is 0), so its gap says nothing.

    Raises
    ------
    ValidationError, UnknownIdError
        Something in the order cannot be; the path says where.

    Notes
    -----
    O(n log n) for n nodes, and again for each line.
    """
    ask = router.ask(order)
    answer = _Rule(router, ask).answer()
    version = router.decider.arena.sku_version.item
    versions = [version(sku) for sku, _ in ask.lines]
    return Plan(router, order, ask, answer, versions, None)


class _Rule:
    """One decision of the rule, on the arrays that the routing kernels read."""

    def __init__(self, router: Router, ask: Ask) -> None:
        slot = ask.words[A_SLOT]
        lanes = router.lanes
        self.tables, self.words, self.lines = router.tables, ask.words, ask.lines
        self.arena, self.items = router.decider.arena, router.decider.items
        self.cls = lanes.nodes[slot, 0]
        self.dist_m = lanes.nodes[slot, 1]
        self.records = lanes.records[slot]
        self.bits = _ship_bits(router, ask.words)
        self.rank = self._rank()
        #: Grams at each node so far; (line, node, quanta) of every pick, by line.
        self.load_g: dict[int, int] = {}
        self.picks: list[tuple[int, int, int]] = []

    def _rank(self) -> NDArray[np.int64]:
        """int64[N]: place of each node by distance; -1 for those that cannot send."""
        offers = (self.records[self.cls, C_SERVICES] & self.bits) != 0
        sends = (self.cls >= 0) & offers
        words = self.words
        if words[A_MAX_DISTANCE_M] >= 0:
            sends &= self.dist_m <= words[A_MAX_DISTANCE_M]
        sends[excluded_of(words)] = False
        rank = np.empty(len(sends), np.int64)
        # Stable: nodes at one distance stay in the order of their ids.
        rank[np.argsort(self.dist_m, kind="stable")] = np.arange(len(sends))
        rank[~sends] = -1
        return rank

    def answer(self) -> list[int]:
        """Choose, price, and write the plan as `kernels.order.layout` describes it."""
        for i, (sku, wanted) in enumerate(self.lines):
            self._fill(i, sku, wanted)
        nodes = list(self.load_g)
        shipments = [self._shipment(node) for node in nodes]
        head = self._header(shipments)
        body = [word for shipment in shipments for word in shipment]
        place = {node: x for x, node in enumerate(nodes)}
        picks = [word for i, node, q in self.picks for word in (place[node], i, q)]
        return head + body + picks

    def _fill(self, i: int, sku: int, wanted: int) -> None:
        """Take a line whole from one node, or else from the nearest nodes on."""
        start, length = self.arena.rows[sku, :2].tolist()
        here = slice(start, start + length)
        nodes, free = self.arena.cell_node[here], self.arena.planes[P_FREE, here]
        rank = self.rank[nodes]
        for at in _nearest(rank, (rank >= 0) & (free >= wanted)):
            if self._take(i, int(nodes[at]), wanted):
                return
        left = wanted
        for at in _nearest(rank, (rank >= 0) & (free > 0)):
            quanta = min(left, int(free[at]))
            if self._take(i, int(nodes[at]), quanta):
                left -= quanta
            if not left:
                return

    def _take(self, i: int, node: int, quanta: int) -> bool:
        """Give a node a part of a line, unless its parcel would be too heavy."""
        unit_g, scale = self.items[self.lines[i][0]].tolist()
        load_g = self.load_g.get(node, 0) - (-quanta * unit_g // scale)
        if self._service(node, load_g) is None:
            return False
        self.load_g[node] = load_g
        self.picks.append((i, node, quanta))
        return True

    def _service(self, node: int, weight_g: int) -> tuple[int, int, int] | None:
        """Rate, days and service a node sends a weight by; None: too heavy for all."""
        tables, record = self.tables, self.records[self.cls[node]].tolist()
        count = len(tables.services)
        found = []
        for s in range(count):
            if record[C_SERVICES] & self.bits & 1 << s:
                rate = _rate(tables, s, record[C_ROWS + s], weight_g)
                if rate < UNREACHED:
                    found.append((rate, record[C_ROWS + count + s], s))
        if self.words[A_OBJECTIVE] == 1:
            return min(found, key=lambda offer: (offer[1], *offer), default=None)
        return min(found, default=None)

    def _shipment(self, node: int) -> list[int]:
        """Price what a node sends: its words of the answer."""
        weight_g = self.load_g[node]
        offer = self._service(node, weight_g)
        assert offer is not None
        rate, days, s = offer
        record = self.records[self.cls[node]].tolist()
        sent = [(i, quanta) for i, at, quanta in self.picks if at == node]
        scales = [int(self.items[self.lines[i][0], 1]) for i, _ in sent]
        units = sum(-(-q // scale) for (_, q), scale in zip(sent, scales, strict=True))
        words = [0] * SHIPMENT_WIDTH
        words[X_NODE], words[X_SERVICE], words[X_TRANSIT] = node, s, days
        words[X_DISTANCE_M] = int(self.dist_m[node])
        words[X_WEIGHT_G], words[X_ROW] = weight_g, record[C_ROWS + s]
        words[X_RATE], words[X_ORDER] = rate, record[C_ORDER]
        words[X_LINE] = record[C_LINE] * len(sent)
        words[X_UNIT] = record[C_UNIT] * units
        return words

    def _header(self, shipments: list[list[int]]) -> list[int]:
        head = [0] * O_HEADER
        terms = (X_RATE, X_ORDER, X_LINE, X_UNIT)
        days = [words[X_TRANSIT] for words in shipments]
        head[O_SHIPMENTS], head[O_PICKS] = len(shipments), len(self.picks)
        head[O_COST] = sum(words[term] for words in shipments for term in terms)
        head[O_OBJECTIVE] = head[O_COST]
        head[O_SHORT] = sum(quanta for _, quanta in self.lines)
        head[O_SHORT] -= sum(quanta for _, _, quanta in self.picks)
        head[O_TRANSIT], head[O_TRANSIT_SUM] = max(days, default=0), sum(days)
        head[O_DISTANCE_SUM] = sum(words[X_DISTANCE_M] for words in shipments)
        head[O_STATUS] = int(self._status(head[O_SHORT]))
        return head

    def _status(self, short: int) -> Status:
        if not short:
            return Status.OK
        if self.picks:
            return Status.SHORT
        if not (self.rank >= 0).any():
            return Status.UNSERVED
        held = any(self._held(sku) for sku, _ in self.lines)
        return Status.TOO_HEAVY if held else Status.OUT_OF_STOCK

    def _held(self, sku: int) -> bool:
        """Whether a node that can send something holds any of a SKU."""
        start, length = self.arena.rows[sku, :2].tolist()
        here = slice(start, start + length)
        nodes, free = self.arena.cell_node[here], self.arena.planes[P_FREE, here]
        return bool(((self.rank[nodes] >= 0) & (free > 0)).any())


def _ship_bits(router: Router, words: list[int]) -> int:
    """Services of kind ``ship`` that an ask admits, as bits."""
    admitted = services_of(words)
    kinds = router.tables.services[:, S_KIND].tolist()
    return sum(1 << s for s, k in enumerate(kinds) if k == KIND_SHIP) & admitted


def _rate(tables: Any, s: int, row: int, weight_g: int) -> int:
    """Carrier's price; `UNREACHED` where it is too heavy."""
    words = tables.services[s].tolist()
    if weight_g > words[S_MAX_G]:
        return UNREACHED
    t = max(1, -(-weight_g * words[S_NUM] // words[S_DEN]))
    return int(tables.prices[row, t])


def _nearest(rank: NDArray[np.int64], among: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Places of the cells that qualify, nearest first."""
    places = np.flatnonzero(among)
    return places[np.argsort(rank[places])]
