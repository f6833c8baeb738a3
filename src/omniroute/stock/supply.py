"""What lies beside the cells: unavailable units and what is on its way."""

from __future__ import annotations

from typing import Any, ClassVar

import attrs
import numpy as np
from numpy.typing import NDArray

from omniroute.codes import (
    E_AUX2,
    E_REFERENCE,
    E_WHAT,
    INBOUND_TYPES,
    REASONS,
    REASONS_MAX,
    SUPPLY_FIRST,
    SUPPLY_LAST,
    Effect,
)
from omniroute.errors import UnknownInboundError
from omniroute.kernels.stock.supply import (
    ENTRY_WIDTH,
    N_ARRIVED,
    N_DUE,
    N_EXPECTED,
    N_FIRST_DUE,
    N_FIRST_UNTIL,
    N_NODE,
    N_OPEN,
    N_SKU,
    N_TYPE,
    N_UNTIL,
    T_ENTRIES,
    T_FAULT,
    T_INBOUND,
    T_UNAVAILABLE,
    T_VERSION,
    TALLY,
    apply_supply,
    undo_supply,
)
from omniroute.stock.growth import grown
from omniroute.stock.ids import Ids
from omniroute.stock.table import Table

I8 = NDArray[np.int64]

_EXPECT = int(Effect.EXPECT)


@attrs.frozen(eq=False)
class DatedSupply:
    """What is on its way, by cell and time, in flat arrays.

    Parameters
    ----------
    cells
        int64[C], increasing: ``sku * nodes + node`` of each cell that expects anything.
    starts
        int64[C + 1]: where each cell's entries begin in the other two.
    due_s
        int64[n]: second at which each entry is due, increasing within a cell.
    quantity
        int64[n]: quanta still to come.
    """

    cells: I8
    starts: I8
    due_s: I8
    quantity: I8

    def of(self, cell: int) -> tuple[I8, I8]:
        """Due times and quanta of one cell, as views. O(log cells)."""
        at = int(np.searchsorted(self.cells, cell))
        if at == len(self.cells) or self.cells[at] != cell:
            return self.due_s[:0], self.quantity[:0]
        here = slice(int(self.starts[at]), int(self.starts[at + 1]))
        return self.due_s[here], self.quantity[here]


class Supply:
    """Inbound entries in arrays, unavailable units in a table.

    Attributes
    ----------
    entries : int64[E, 10]
        One row an inbound entry, columns ``kernels.stock.supply.N_*``; the first
        ``len(supply)`` are in use.
    unavailable : Table
        Quanta by ``cell * REASONS_MAX + reason``, where a cell is
        ``sku * nodes + node``.
    totals : Table
        Quanta still to come by cell.
    ids : Ids
        Ids of the entries.
    reasons, types : Ids
        Names of reasons and of kinds of inbound supply.
    """

    __slots__ = (
        "_by_cell",
        "_dated",
        "_indexed",
        "_tally",
        "_unsold",
        "entries",
        "ids",
        "nodes",
        "reasons",
        "totals",
        "types",
        "unavailable",
    )

    #: Entries there is room for at first.
    ROOM: ClassVar[int] = 64

    def __init__(self, nodes: int) -> None:
        self.nodes = nodes
        self.entries = np.zeros((self.ROOM, ENTRY_WIDTH), np.int64)
        self.unavailable, self.totals = Table(), Table()
        self.ids = Ids()
        self.reasons, self.types = Ids(REASONS), Ids(INBOUND_TYPES)
        self._tally = np.zeros(TALLY, np.int64)
        self._dated: tuple[int, DatedSupply] | None = None
        self._unsold: tuple[int, I8, I8] | None = None
        #: Numbers of the first ``_indexed`` entries, by cell.
        self._by_cell: dict[tuple[int, int], list[int]] = {}
        self._indexed = 0

    def __len__(self) -> int:
        """Entries ever written."""
        return int(self._tally[T_ENTRIES])

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays, room to spare included."""
        tables = self.unavailable.nbytes + self.totals.nbytes
        return int(self.entries.nbytes) + tables

    @property
    def fault(self) -> int:
        """Why the last effects were refused."""
        return int(self._tally[T_FAULT])

    def number(self, id: str, path: str = "id") -> int:
        """Return the number of an entry.

        Raises
        ------
        UnknownInboundError
            No entry has this id.
        """
        try:
            return self.ids.numbers[id]
        except (KeyError, TypeError):
            raise UnknownInboundError(id, path) from None

    # -- changes -----------------------------------------------------------------------

    def apply(self, rows: I8, skus: int) -> int:
        """Apply the supply rows, all or none; -1, or the row that could not be."""
        what = rows[:, E_WHAT]
        some = int(np.count_nonzero((what >= SUPPLY_FIRST) & (what <= SUPPLY_LAST)))
        self.entries = grown(self.entries, len(self) + some)
        self.unavailable.make_room(some)
        self.totals.make_room(some)
        at = int(apply_supply(rows, skus, self.nodes, *self._arrays()))
        self._count()
        return at

    def undo(self, rows: I8) -> None:
        """Undo rows that `apply` has applied."""
        undo_supply(rows, len(rows), self.nodes, *self._arrays())
        self._count()

    def _arrays(self) -> tuple[I8, ...]:
        unavailable, totals = self.unavailable, self.totals
        tables = unavailable.keys, unavailable.values, totals.keys, totals.values
        self._tally[T_UNAVAILABLE] = unavailable.used
        self._tally[T_INBOUND] = totals.used
        return self.entries, *tables, self._tally

    def _count(self) -> None:
        self.unavailable.used = int(self._tally[T_UNAVAILABLE])
        self.totals.used = int(self._tally[T_INBOUND])
        self._tally[T_VERSION] += 1

    # -- questions ---------------------------------------------------------------------

    def entries_of(self, sku: int, node: int) -> list[int]:
        """Numbers of all entries of a cell, oldest first. Each is indexed once."""
        if len(self) < self._indexed:
            self._by_cell, self._indexed = {}, 0
        fresh = self.entries[self._indexed : len(self), [N_SKU, N_NODE]].tolist()
        for number, cell in enumerate(fresh, self._indexed):
            self._by_cell.setdefault(tuple(cell), []).append(number)
        self._indexed = len(self)
        return self._by_cell.get((sku, node), [])

    def unavailable_of(self, sku: int, node: int) -> dict[str, int]:
        """Quanta of a cell by reason, those there are. O(reasons)."""
        first = (sku * self.nodes + node) * REASONS_MAX
        held = {
            reason: self.unavailable.get(first + number)
            for reason, number in self.reasons.numbers.items()
        }
        return {reason: quanta for reason, quanta in held.items() if quanta}

    def unsold(self, sku: int) -> tuple[I8, I8]:
        """Return what is unavailable of a SKU: keys as of ``unavailable``, and quanta.

        Views of arrays that never change. O(n log n) after a change, else O(log n).
        """
        version = int(self._tally[T_VERSION])
        if self._unsold is None or self._unsold[0] != version:
            keys, quanta = self.unavailable.items()
            keys, quanta = keys[quanta != 0], quanta[quanta != 0]
            order = np.argsort(keys)
            self._unsold = version, keys[order], quanta[order]
        _, keys, quanta = self._unsold
        width = self.nodes * REASONS_MAX
        first, end = np.searchsorted(keys, [sku * width, (sku + 1) * width])
        return keys[first:end], quanta[first:end]

    def inbound_of(self, sku: int, node: int) -> int:
        """Quanta still to come to a cell. O(1)."""
        return self.totals.get(sku * self.nodes + node)

    def open_entries(self) -> I8:
        """Numbers of the entries of which something is still to come. O(entries)."""
        return np.flatnonzero(self.entries[: len(self), N_OPEN])

    def dated(self) -> DatedSupply:
        """Return what is on its way by cell and time; O(n log n) after a change, else O(1).

        This is what availability by date reads. Dated demand, and the dip it makes in
        what is free now, would be compiled beside it in the same shape.
        """
        version = int(self._tally[T_VERSION])
        if self._dated is None or self._dated[0] != version:
            self._dated = version, self._compile()
        return self._dated[1]

    def _compile(self) -> DatedSupply:
        numbers = self.open_entries()
        some = self.entries[numbers]
        keys = some[:, N_SKU] * self.nodes + some[:, N_NODE]
        order = np.lexsort((numbers, some[:, N_DUE], keys))
        cells, starts = np.unique(keys[order], return_index=True)
        due, quantity = some[order, N_DUE], some[order, N_OPEN]
        starts = np.append(starts, len(order)).astype(np.int64)
        return DatedSupply(cells, starts, due, quantity)

    def same_entry(self, number: int, row: tuple[int | None, ...], until: int) -> bool:
        """Whether an EXPECT row, of what ends then, asks for the entry that is there."""
        sku, node, quantity, due, kind = (*row[1:4], *row[6:8])
        asked = {
            N_SKU: sku,
            N_NODE: node,
            N_EXPECTED: quantity,
            N_FIRST_DUE: due,
            N_TYPE: kind,
            N_FIRST_UNTIL: until,
        }
        entry = self.entries[number].tolist()
        return all(entry[column] == value for column, value in asked.items())

    # -- proof -------------------------------------------------------------------------

    def records(self, skus: Any, nodes: Any) -> list[NDArray[np.uint64]]:
        """Words the digest mixes, a row each: unavailable units, then entries."""
        keys, quanta = self.unavailable.items()
        keys, quanta = keys[quanta != 0], quanta[quanta != 0]
        cells, reasons = np.divmod(keys, REASONS_MAX)
        unavailable = [
            *(skus[cells // self.nodes], nodes[cells % self.nodes]),
            *(self.reasons.hashes()[reasons], quanta),
        ]
        used = self.entries[: len(self)]
        entries = [
            *(self.ids.hashes()[: len(used)], skus[used[:, N_SKU]]),
            *(nodes[used[:, N_NODE]], self.types.hashes()[used[:, N_TYPE]]),
            *(
                used[:, column]
                for column in (N_DUE, N_OPEN, N_EXPECTED, N_ARRIVED, N_FIRST_DUE)
            ),
        ]
        ending = (used[:, N_UNTIL] != 0) | (used[:, N_FIRST_UNTIL] != 0)
        ends = [
            self.ids.hashes()[: len(used)][ending],
            *(used[ending, column] for column in (N_UNTIL, N_FIRST_UNTIL)),
        ]
        return [_words(5, unavailable), _words(6, entries), _words(29, ends)]


def _words(tag: int, columns: list[Any]) -> NDArray[np.uint64]:
    """Columns as one table of 64-bit words, with a tag that no other kind has."""
    words = np.empty((len(columns[0]), len(columns) + 1), np.uint64)
    words[:, 0] = tag
    for k, column in enumerate(columns):
        words[:, k + 1] = column.astype(np.uint64)
    return words


def translate(rows: I8, entries: Any, reasons: Any, types: Any) -> None:
    """Give supply rows another state's numbers; each argument maps a column."""
    what = rows[:, E_WHAT]
    here = what == Effect.UNAVAILABLE
    rows[here, E_REFERENCE] = reasons(rows[here, E_REFERENCE])
    here = (what > Effect.UNAVAILABLE) & (what <= SUPPLY_LAST)
    rows[here, E_REFERENCE] = entries(rows[here, E_REFERENCE])
    here = what == _EXPECT
    rows[here, E_AUX2] = types(rows[here, E_AUX2])
