"""The stock arena: every cell of the network in one block of arrays."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import P_FREE, PLANES
from omniroute.kernels.stock.arena import (
    F_CELLS,
    F_TAIL,
    R_CAPACITY,
    R_LENGTH,
    R_START,
    insert_keys,
    locate,
    merge_rows,
)
from omniroute.stock.growth import grown

I8 = NDArray[np.int64]


class Arena:
    """Cells sorted by SKU and, within a SKU's row, by node.

    A row that fills moves to the tail and leaves its old place behind; when the tail is
    used up, or many cells come at once, everything is laid out afresh in one pass.
    Positions therefore change: keep none across a change of the state.

    Parameters
    ----------
    nodes
        Number of nodes.
    skus
        Number of SKUs at first.

    Attributes
    ----------
    rows : int64[S, 3]
        Start, length and capacity of each SKU's row.
    cell_node : int32[C]
        Node of each cell, increasing within a row.
    planes : int32[PLANES, C]
        Quanta, by plane ``codes.P_*``.
    sku_free : int64[S]
        What the network can still promise of each SKU: the sum over its cells of
        max(0, free).
    sku_version : int64[S]
        Moves on with every effect on the SKU.

    Examples
    --------
    >>> arena = Arena(nodes=10, skus=3)
    >>> arena.add(np.array([2, 0, 2]), np.array([7, 1, 4]))
    >>> arena.cells, arena.row(2)[0].tolist()
    (3, [4, 7])
    """

    __slots__ = (
        "_free",
        "_rows",
        "_version",
        "cell_node",
        "fill",
        "nodes",
        "planes",
        "rows",
        "sku_free",
        "sku_version",
    )

    #: Places a row that moves gets on top of half its length.
    ROW_SPARE: ClassVar[int] = 2
    #: A fresh layout leaves each row, and the tail, 1/2**SLACK_SHIFT of room: 12.5 %.
    SLACK_SHIFT: ClassVar[int] = 3
    #: Least room in the tail of a fresh layout.
    TAIL_LEAST: ClassVar[int] = 1024
    #: From this many new cells on, and from 1/2**MERGE_SHIFT of all cells, one merge
    #: is quicker than inserting one by one.
    MERGE_LEAST: ClassVar[int] = 4096
    MERGE_SHIFT: ClassVar[int] = 6

    def __init__(self, nodes: int, skus: int = 0) -> None:
        self.nodes = nodes
        self.fill = np.zeros(2, np.int64)
        self.cell_node = np.zeros(0, np.int32)
        self.planes = np.zeros((PLANES, 0), np.int32)
        self._rows = np.zeros((0, 3), np.int64)
        self._free = np.zeros(0, np.int64)
        self._version = np.zeros(0, np.int64)
        self.grow_skus(skus)

    @property
    def cells(self) -> int:
        """Cells in all rows."""
        return int(self.fill[F_CELLS])

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays, room to spare included."""
        arrays = (self.cell_node, self.planes, self._rows, self._free, self._version)
        return sum(array.nbytes for array in arrays)

    def grow_skus(self, skus: int) -> None:
        """Make room for SKU numbers below ``skus``; amortised O(1) a SKU."""
        self._rows = grown(self._rows, skus)
        self._free = grown(self._free, skus)
        self._version = grown(self._version, skus)
        self.rows = self._rows[:skus]
        self.sku_free = self._free[:skus]
        self.sku_version = self._version[:skus]

    def find(self, sku: int, node: int) -> int:
        """Position of a cell, or -1; good until the next change. O(log row)."""
        return int(locate(self.rows, self.cell_node, sku, node))

    def row(self, sku: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Nodes and planes of a SKU's cells, as views good until the next change."""
        start, length, _ = self.rows[sku].tolist()
        here = slice(start, start + length)
        return self.cell_node[here], self.planes[:, here]

    def free_by_node(self, sku: int) -> I8:
        """int64[N]: what each node has free of a SKU; below 0 where too much is held."""
        nodes, planes = self.row(sku)
        found = np.zeros(self.nodes, np.int64)
        found[nodes] = planes[P_FREE]
        return found

    def positions(self) -> I8:
        """Positions of all cells, in order of SKU and node. O(cells)."""
        lengths = self.rows[:, R_LENGTH]
        ends = np.cumsum(lengths)
        shift = self.rows[:, R_START] - (ends - lengths)
        at: I8 = np.arange(self.cells) + np.repeat(shift, lengths)
        return at

    def skus_of_cells(self) -> I8:
        """SKU number of each cell, in the order of `positions`. O(cells)."""
        return np.repeat(np.arange(len(self.rows)), self.rows[:, R_LENGTH])

    def add(self, skus: NDArray[Any], nodes: NDArray[Any]) -> None:
        """Make the cells that are missing; repeats and existing cells are fine."""
        self.add_keys(np.asarray(skus, np.int64) * self.nodes + nodes)

    def add_keys(self, keys: I8) -> None:
        """`add` for keys ``sku * nodes + node``.

        A few are inserted one by one, O(row) each; many by one merge of the whole
        arena, O(cells + n log n).
        """
        many = max(self.MERGE_LEAST, self.cells >> self.MERGE_SHIFT)
        if len(keys) > many:
            self._lay_out(_distinct(keys))
            return
        done = self._insert(keys, 0)
        while done < len(keys):
            self._lay_out(keys[:0])
            done = self._insert(keys, done)

    def compact(self) -> None:
        """Reclaim what moved rows left behind. O(cells)."""
        self._lay_out(np.zeros(0, np.int64))

    def enlarge_tail(self, places: int) -> int:
        """Return where the tail begins, with room for so many places behind it."""
        tail = int(self.fill[F_TAIL])
        missing = tail + places - len(self.cell_node)
        if missing > 0:
            more = max(missing, self.TAIL_LEAST)
            self.cell_node = np.pad(self.cell_node, (0, more))
            self.planes = np.pad(self.planes, ((0, 0), (0, more)))
        return tail

    def _insert(self, keys: I8, begin: int) -> int:
        return int(
            insert_keys(
                self.rows,
                self.cell_node,
                self.planes,
                self.fill,
                keys,
                self.nodes,
                self.ROW_SPARE,
                begin,
            )
        )

    def _lay_out(self, keys: I8) -> None:
        """Copy every row to a fresh block, with new empty cells merged in."""
        fresh, size = self._plan(keys)
        cell_node = np.zeros(size, np.int32)
        planes = np.zeros((PLANES, size), np.int32)
        merge_rows(
            self.rows,
            self.cell_node,
            self.planes,
            keys,
            self.nodes,
            fresh,
            cell_node,
            planes,
        )
        self.rows[:] = fresh
        self.cell_node, self.planes = cell_node, planes
        self.fill[F_TAIL] = int(fresh[:, R_CAPACITY].sum())
        self.fill[F_CELLS] = int(fresh[:, R_LENGTH].sum())

    def _plan(self, keys: I8) -> tuple[I8, int]:
        """Where each row goes, and the size of the whole."""
        bounds = np.arange(len(self.rows) + 1) * self.nodes
        # A key may exist already: then the row merely gets a place to spare.
        lengths = self.rows[:, R_LENGTH] + np.diff(np.searchsorted(keys, bounds))
        capacity = lengths + (lengths >> self.SLACK_SHIFT)
        fresh = np.zeros_like(self.rows)
        fresh[:, R_CAPACITY] = capacity
        fresh[:, R_START] = np.cumsum(capacity) - capacity
        total = int(capacity.sum())
        return fresh, total + max(self._tail_least(), total >> self.SLACK_SHIFT)

    def _tail_least(self) -> int:
        """Room in which at least the longest row can move, whatever the knobs say."""
        longest = int(self.rows[:, R_LENGTH].max(initial=0)) + 1
        return max(self.TAIL_LEAST, longest + (longest >> 1) + self.ROW_SPARE)


def _distinct(keys: I8) -> I8:
    """Return the keys once each, increasing; a sorted export is not sorted again."""
    if len(keys) > 1 and not bool((keys[1:] > keys[:-1]).all()):
        keys = np.sort(keys)
        first = np.ones(len(keys), np.bool_)
        np.not_equal(keys[1:], keys[:-1], out=first[1:])
        keys = keys[first]
    return np.ascontiguousarray(keys)
