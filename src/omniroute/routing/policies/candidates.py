"""What cost terms are asked about, in columns of whole numbers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import NODE_KINDS
from omniroute.kernels.order.layout import C_ROWS, S_KIND
from omniroute.routing.lanes import LaneStore
from omniroute.routing.tables import NetworkTables

I8 = NDArray[np.int64]


class LaneCandidates(NamedTuple):
    """Nodes and services that have a lane to a destination; int64, a row each.

    Parameters
    ----------
    node, service
        Places in ``network.nodes``, which are sorted by id, and ``network.services``.
    node_kind, service_kind
        Places in `codes.NODE_KINDS` and `codes.SERVICE_KINDS`.
    distance_m
        Great-circle metres; `kernels.order.layout.FAR_M` where a place is not known.
    transit_days
        Days on the way.
    days_late
        Days that an arrival is later than the order would have it, where the policy
        prices that (``needed_by="soft"``); else 0.
    """

    node: I8
    service: I8
    node_kind: I8
    service_kind: I8
    distance_m: I8
    transit_days: I8
    days_late: I8


class StockCandidates(NamedTuple):
    """Nodes that hold some of a line of an order; int64, a row each.

    Parameters
    ----------
    sku, node
        Number of the SKU, in the order in which items were added; place of the node.
    wanted, held
        Quanta of the line, and what the node can promise of it.
    scale
        Quanta to the unit: 10 to the item's decimals.
    distance_m
        Great-circle metres.
    """

    sku: I8
    node: I8
    wanted: I8
    held: I8
    scale: I8
    distance_m: I8


class Lanes:
    """One network's lanes as candidates."""

    def __init__(self, tables: NetworkTables, lanes: LaneStore) -> None:
        self._tables, self._lanes = tables, lanes
        self._node_kinds = np.array(
            [NODE_KINDS.index(node.kind) for node in tables.network.nodes], np.int64
        )

    def all_of(self, slot: int, wish: int | None) -> LaneCandidates:
        """Return every lane to a destination, by node, then service."""
        services = len(self._tables.services)
        cls, records = self._lanes.nodes[slot, 0], self._lanes.records[slot]
        rows = records[cls, C_ROWS : C_ROWS + services]
        node, service = np.nonzero((rows >= 0) & (cls >= 0)[:, None])
        return self.of(slot, node, service, wish)

    def of(self, slot: int, node: I8, service: I8, wish: int | None) -> LaneCandidates:
        """Return these nodes and services, which have lanes.

        ``wish`` is the time that lateness is counted from; None for none.
        """
        lanes, services = self._lanes, self._tables.services
        cls = lanes.nodes[slot, 0, node]
        # What a class tells of transit is an arrival where the network has calendars.
        rows = lanes.records[slot, cls, C_ROWS + service]
        return LaneCandidates(
            node,
            service,
            self._node_kinds[node],
            services[service, S_KIND],
            self.metres(slot, node),
            self._tables.days_of(rows),
            self._late(slot, cls, service, wish),
        )

    def _late(self, slot: int, cls: I8, service: I8, wish: int | None) -> I8:
        if wish is None:
            return np.zeros(len(service), np.int64)
        at = C_ROWS + len(self._tables.services) + service
        return self._lanes.days_late(slot, wish, self._lanes.records[slot, cls, at])

    def metres(self, slot: int, node: I8) -> I8:
        """Return metres of nodes from a destination."""
        return np.asarray(self._lanes.nodes[slot, 1, node], np.int64)

    def nodes_of(self, slot: int, node: I8) -> LaneCandidates:
        """Return nodes, whatever the service: -1 where a service would tell."""
        none = np.full(len(node), -1, np.int64)
        kinds, metres = self._node_kinds[node], self.metres(slot, node)
        return LaneCandidates(node, none, kinds, none, metres, none, none)
