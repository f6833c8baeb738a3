"""Available to promise: how much can still be promised, at every level.

The rule is `net`: on hand, less safety stock, less what is reserved, never below zero
at any node.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from omniroute._show import aligned, html_table, html_text
from omniroute.codes import QUANTITY_MAX
from omniroute.errors import ValidationError
from omniroute.kernels.stock.availability import (
    cell_free,
    free_by_node,
    free_matrix,
    free_of_group,
)
from omniroute.model.checks import unique, whole
from omniroute.model.quantity import from_quanta
from omniroute.stock.ids import Catalogue
from omniroute.stock.state import State

I8 = NDArray[np.int64]

#: Most rows and columns `AvailabilityMatrix.table` shows before it leaves some out.
TABLE_ROWS = 20
TABLE_COLUMNS = 10


def available_to_promise(
    state: State,
    sku: str,
    node: str | None = None,
    group: Iterable[str] | None = None,
) -> int | Decimal:
    """Return the units of a SKU that can still be promised.

    Parameters
    ----------
    state
        Stock state. Read, never modified.
    sku
        Id of the SKU.
    node
        Limit to one node.
    group
        Limit to some nodes; naming one twice counts it once.

    Returns
    -------
    int or Decimal
        Units, never negative; `Decimal` where the item has decimals.

    Raises
    ------
    UnknownSkuError, UnknownNodeError
        An id that is not in the catalogue.
    ValidationError
        Both a node and a group.

    Notes
    -----
    O(1) for the whole network, O(log row) for a node, O(row) for a group.

    Examples
    --------
    >>> from omniroute.stock.decide import record
    >>> from omniroute.stock.event_columns import events_from_objects
    >>> from omniroute.stock.events import Receive
    >>> state = State(["N1", "N2"], ["BOLT"])
    >>> events = [Receive("BOLT", "N1", 40), Receive("BOLT", "N2", 2)]
    >>> state.apply(record(state, events_from_objects(events, state.catalogue)))
    >>> available_to_promise(state, "BOLT"), available_to_promise(state, "BOLT", "N2")
    (42, 2)
    """
    number = state.catalogue.sku(sku)
    if node is None and group is None:
        quanta = int(state.arena.sku_free[number])
    elif group is None:
        quanta = _at_node(state, number, state.catalogue.node(node))  # type: ignore[arg-type]
    elif node is None:
        quanta = _in_group(state, number, group)
    else:
        raise ValidationError("group", "a node or a group, not both", group)
    return from_quanta(quanta, int(state.catalogue.decimals[number]))


def _at_node(state: State, sku: int, node: int) -> int:
    arena = state.arena
    return int(cell_free(arena.rows, arena.cell_node, arena.planes, sku, node))


def _in_group(state: State, sku: int, group: Iterable[str]) -> int:
    arena = state.arena
    column = _columns(state, _numbers(state.catalogue, group, "group"))
    return int(free_of_group(arena.rows, arena.cell_node, arena.planes, sku, column))


def available_by_node(state: State, sku: str) -> I8:
    """Return the quanta of a SKU that each node can still promise.

    Parameters
    ----------
    state
        Stock state. Read, never modified.
    sku
        Id of the SKU.

    Returns
    -------
    int64[N]
        Quanta by node index, never negative.

    Raises
    ------
    UnknownSkuError
        The SKU is not in the catalogue.

    Notes
    -----
    O(nodes).

    Examples
    --------
    >>> available_by_node(State(["N1", "N2"], ["BOLT"]), "BOLT").tolist()
    [0, 0]
    """
    number = state.catalogue.sku(sku)
    arena = state.arena
    out = np.empty(arena.nodes, np.int64)
    free_by_node(arena.rows, arena.cell_node, arena.planes, number, out)
    return out


@attrs.frozen(eq=False, repr=False)
class AvailabilityMatrix:
    """What nodes can still promise of SKUs, labelled.

    Parameters
    ----------
    quanta
        int32[n, k], read-only: quanta by SKU and node, never negative.
    skus, nodes
        Ids of the rows and of the columns.
    decimals
        int8[n]: decimals of each SKU; a unit is 10**decimals quanta.
    endless
        Whether `omniroute.codes.QUANTITY_MAX` quanta stand for a cell that never runs
        short; its value is then infinity.

    Examples
    --------
    >>> matrix = availability(State(["N1", "N2"], ["BOLT", "NUT"]), ["NUT"])
    >>> matrix
    AvailabilityMatrix(1 SKU x 2 nodes, 0 of 2 with stock)
    >>> print(matrix.table())
         N1  N2
    NUT   0   0
    """

    quanta: NDArray[np.int32]
    skus: tuple[str, ...]
    nodes: tuple[str, ...]
    decimals: NDArray[np.int8]
    endless: bool = False

    @property
    def values(self) -> NDArray[Any]:
        """Units: the quanta themselves, or float64 where some item has decimals.

        Also float64 where a cell never runs short, which has infinity.
        """
        without_end = self.quanta == QUANTITY_MAX if self.endless else np.zeros(0, bool)
        if not (self.decimals.any() or without_end.any()):
            return self.quanta
        units = self.quanta / 10.0 ** self.decimals[:, None]
        return np.where(without_end, np.inf, units) if without_end.any() else units

    def __array__(
        self, dtype: np.dtype[Any] | None = None, copy: bool | None = None
    ) -> NDArray[Any]:
        return np.array(self.values, dtype=dtype, copy=copy)

    def __repr__(self) -> str:
        rows, columns = self.quanta.shape
        stocked = np.count_nonzero(self.quanta)
        skus = f"{rows} SKU{'s' if rows != 1 else ''}"
        nodes = f"{columns} node{'s' if columns != 1 else ''}"
        size = f"{stocked} of {self.quanta.size} with stock"
        return f"AvailabilityMatrix({skus} x {nodes}, {size})"

    def table(self, rows: int = TABLE_ROWS, columns: int = TABLE_COLUMNS) -> str:
        """Return the upper left part as aligned text.

        Raises
        ------
        ValidationError
            Not a whole number of rows or columns, 0 or more.
        """
        rows = whole(rows, "rows", 0, QUANTITY_MAX)
        columns = whole(columns, "columns", 0, QUANTITY_MAX)
        return aligned(self._cells(rows, columns))

    def _repr_html_(self) -> str:
        cells = self._cells(TABLE_ROWS, TABLE_COLUMNS)
        return html_table(cells) + html_text(repr(self))

    def _cells(self, rows: int, columns: int) -> list[list[str]]:
        """Texts of the table, headings included; an ellipsis where it is cut."""
        more = ["..."] if len(self.nodes) > columns else []
        lines = [["", *self.nodes[:columns], *more]]
        for i, sku in enumerate(self.skus[:rows]):
            places = int(self.decimals[i])
            quanta = self.quanta[i, :columns].tolist()
            lines.append([sku, *(self._shown(q, places) for q in quanta), *more])
        if len(self.skus) > rows:
            lines.append(["..."] * len(lines[0]))
        return lines

    def _shown(self, quanta: int, places: int) -> str:
        if self.endless and quanta == QUANTITY_MAX:
            return "unlimited"
        return str(from_quanta(quanta, places))


def availability(
    state: State,
    skus: Iterable[str] | None = None,
    nodes: Iterable[str] | None = None,
) -> AvailabilityMatrix:
    """Return what nodes can still promise of SKUs, as a labelled matrix.

    Parameters
    ----------
    state
        Stock state. Read, never modified.
    skus
        Ids of the rows, in the order wanted; None for all.
    nodes
        Ids of the columns, each once; None for all.

    Raises
    ------
    UnknownSkuError, UnknownNodeError
        An id that is not in the catalogue.
    ValidationError
        One text where a sequence is expected, or a node twice.

    Notes
    -----
    O(cells of these SKUs + size of the result).

    Examples
    --------
    >>> availability(State(["N1", "N2"], ["BOLT"]), ["BOLT"], ["N2"]).values.tolist()
    [[0]]
    """
    catalogue, arena = state.catalogue, state.arena
    rows, row_ids = _chosen(catalogue, skus, "skus")
    columns, column_ids = _chosen(catalogue, nodes, "nodes")
    unique(column_ids, "nodes")
    out = np.zeros((len(rows), len(columns)), np.int32)
    free_matrix(
        arena.rows,
        arena.cell_node,
        arena.planes,
        rows,
        columns,
        _columns(state, columns),
        out,
    )
    out.flags.writeable = False
    return AvailabilityMatrix(out, row_ids, column_ids, catalogue.decimals[rows])


def _chosen(
    catalogue: Catalogue, ids: Iterable[str] | None, path: str
) -> tuple[I8, tuple[str, ...]]:
    """Return numbers and ids of the SKUs or nodes asked for."""
    if ids is None:
        texts = catalogue.skus.texts if path == "skus" else catalogue.nodes.texts
        return np.arange(len(texts)), tuple(texts)
    chosen = _sequence(ids, path)
    return _numbers(catalogue, chosen, path), tuple(chosen)


def _sequence(ids: Iterable[str], path: str) -> list[str]:
    if isinstance(ids, str) or not isinstance(ids, Iterable):
        raise ValidationError(path, "a sequence of ids", ids)
    return list(ids)


def _numbers(catalogue: Catalogue, ids: Iterable[str], path: str) -> I8:
    look_up = catalogue.sku if path == "skus" else catalogue.node
    known = catalogue.skus.numbers if path == "skus" else catalogue.nodes.numbers
    chosen = _sequence(ids, path)
    try:
        return np.array([known[id] for id in chosen], np.int64)
    except (KeyError, TypeError):
        # Instead, one by one, to say which it was.
        return np.array([look_up(id, f"{path}[{i}]") for i, id in enumerate(chosen)])


def _columns(state: State, nodes: I8) -> NDArray[np.int32]:
    """Return the place of each node in ``nodes``, -1 for none."""
    column = np.full(state.arena.nodes, -1, np.int32)
    column[nodes] = np.arange(len(nodes))
    return column
