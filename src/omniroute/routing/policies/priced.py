"""Lanes as a policy sees them: what is left out of them, and what costs more than cash.

Whatever a policy adds to the cost of a shipment, a line or a unit at a node is added to
the class of the node; what differs from service to service is added to the price row.
Nodes are then sorted into classes anew. The kernels minimise what they are shown: their
proofs hold for the policy's money as they do for cash.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import UNREACHED
from omniroute.kernels.order.layout import C_LINE, C_ORDER, C_ROWS, C_SERVICES, C_UNIT
from omniroute.routing.lanes import LaneStore

I8 = NDArray[np.int64]
I4 = NDArray[np.int32]

#: Memory for the lanes of one policy; with more in use, all are worked out anew.
BUDGET_BYTES = 64 << 20


class Surcharges(NamedTuple):
    """What a policy adds at one destination, in 1/10,000 of the currency unit.

    Parameters
    ----------
    shipment : int64[N, V]
        For a shipment from a node by a service.
    line, unit : int64[N]
        For each line of it, and each unit started.
    allowed : bool[N, V]
        Services that the policy leaves a node.
    credit
        What every unit is told too much, so that none counts less than nothing.
    refund
        Most that a shipment can count less than nothing; kernels are told of none.
    """

    shipment: I8
    line: I8
    unit: I8
    allowed: NDArray[np.bool_]
    credit: int = 0
    refund: int = 0

    @property
    def most(self) -> tuple[int, int]:
        """Most that a shipment with a line counts, and a unit."""
        part = int(self.shipment.max(initial=0)) + int(self.line.max(initial=0))
        return part, int(self.unit.max(initial=0))


class PriceRows:
    """The price rows of a network, and copies of them with an amount on top."""

    def __init__(self, prices: I8) -> None:
        self.block = prices
        #: By row: the row it is a copy of, and the amount on top.
        self.base: list[int] = list(range(len(prices)))
        self.extra: list[int] = [0] * len(prices)
        self._known: dict[tuple[int, int], int] = {}
        self._own = len(prices)

    def rows(self, base: I8, extra: I8) -> I8:
        """Return the rows of these prices with these amounts on top, made if new."""
        found = base.copy()
        for at in np.flatnonzero(extra):
            found[at] = self._row(int(base[at]), int(extra[at]))
        return found

    def _row(self, base: int, extra: int) -> int:
        row = self._known.get((base, extra))
        if row is None:
            row = self._known[base, extra] = len(self.base)
            if row == len(self.block):
                bigger = np.empty((2 * row, self.block.shape[1]), np.int64)
                bigger[:row] = self.block
                self.block = bigger
            prices = self.block[base]
            self.block[row] = np.where(prices < UNREACHED, prices + extra, UNREACHED)
            self.base.append(base)
            self.extra.append(extra)
        return row

    @property
    def nbytes(self) -> int:
        """Memory of the copies."""
        return int((len(self.base) - self._own) * self.block[0].nbytes)


class PricedLanes:
    """The lanes of a `LaneStore` under one policy: arrays of the same slots and shape.

    Parameters
    ----------
    lanes
        The network's lanes.
    prices : int64[R, T]
        Its closed prices.
    surcharges
        What the policy adds, by slot.
    """

    def __init__(
        self, lanes: LaneStore, prices: I8, surcharges: Callable[[int], Surcharges]
    ) -> None:
        self._lanes = lanes
        self._plain_prices = prices
        self._surcharges = surcharges
        self._forget(0)

    def refresh(self, slot: int, wish: int | None) -> None:
        """See to it that a slot is as the network's lanes have it now. O(nodes).

        ``wish`` is what its prices are for beside the lanes: a time, or None.
        """
        if slot >= len(self.nodes):
            self._forget(self._classes)
        seen = self._seen.get(slot)
        if (
            seen is not None
            and self._wishes.get(slot) == wish
            and self._is_as_seen(slot, *seen)
        ):
            return
        if self._used_bytes > BUDGET_BYTES:
            self._forget(0)
        self._build(slot)
        self._wishes[slot] = wish

    def forget(self) -> None:
        """Work all slots out anew: what is added has changed."""
        self._forget(self._classes)

    def allowed(self, slot: int) -> NDArray[np.bool_]:
        """bool[N, V]: services that the policy leaves each node at a destination."""
        return self._surcharges(slot).allowed

    def _is_as_seen(self, slot: int, nodes: I4, records: I8) -> bool:
        lanes = self._lanes
        count = int(lanes.sizes[slot])
        return (
            count == len(records)
            and np.array_equal(lanes.nodes[slot], nodes)
            and np.array_equal(lanes.records[slot, :count], records)
        )

    def _forget(self, classes: int) -> None:
        """Begin anew, with as many slots as there are, and room for so many classes."""
        lanes = self._lanes
        slots, kept, width = lanes.records.shape
        self._classes = max(classes, kept - 1)
        self.nodes: I4 = np.empty(lanes.nodes.shape, np.int32)
        self.records: I8 = np.empty((slots, self._classes + 1, width), np.int64)
        self.sizes: I8 = np.zeros(slots, np.int64)
        self.rows = PriceRows(self._plain_prices)
        #: By slot: the network's lanes that its own were made of; credit, refund and the
        #: most that is added for a part and for a unit.
        self._seen: dict[int, tuple[I4, I8]] = {}
        #: By slot: the time that lateness was counted from.
        self._wishes: dict[int, int | None] = {}
        self.told: dict[int, tuple[int, int, int, int]] = {}

    @property
    def _used_bytes(self) -> int:
        each = self.nodes[0].nbytes + self.records[0].nbytes
        return int(2 * len(self._seen) * each + self.rows.nbytes)

    def _build(self, slot: int) -> None:
        lanes = self._lanes
        count = int(lanes.sizes[slot])
        base, classes = lanes.nodes[slot].copy(), lanes.records[slot, :count].copy()
        here = np.flatnonzero(base[0] >= 0)
        add = self._surcharges(slot)
        records = self._records(classes[base[0, here]], here, add)
        served = records[:, C_SERVICES] != 0
        found, which = np.unique(records[served], axis=0, return_inverse=True)
        if len(found) > self._classes:
            self._forget(max(len(found), 2 * self._classes))
            self._build(slot)
            return
        self.nodes[slot, 0] = -1
        self.nodes[slot, 0, here[served]] = which.reshape(-1)
        self.nodes[slot, 1] = base[1]
        self.records[slot, : len(found)] = found
        self.sizes[slot] = len(found)
        self._seen[slot] = base, classes
        self.told[slot] = add.credit, add.refund, *add.most

    def _records(self, records: I8, here: I8, add: Surcharges) -> I8:
        """Return records of nodes with what is added; one left no service has no bits."""
        services = add.allowed.shape[1]
        part = slice(C_ROWS, C_ROWS + services)
        rows = records[:, part]
        open_ = (rows >= 0) & add.allowed[here]
        # What all services of a node have in common needs no price row of its own.
        amounts = np.where(open_, add.shipment[here], UNREACHED)
        least = np.where(open_.any(axis=1), amounts.min(axis=1, initial=UNREACHED), 0)
        extra = np.where(open_, amounts - least[:, None], 0)
        made = self.rows.rows(rows.reshape(-1), extra.reshape(-1)).reshape(rows.shape)
        records[:, C_ORDER] += least
        records[:, C_LINE] += add.line[here]
        records[:, C_UNIT] += add.unit[here]
        records[:, C_SERVICES] = open_ @ (1 << np.arange(services))
        records[:, part] = np.where(open_, made, -1)
        return records
