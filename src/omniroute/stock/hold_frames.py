"""Reservations from the columns of a frame: many at once, checked as columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import NO_NODE
from omniroute.errors import UnknownNodeError, UnknownSkuError, ValidationError
from omniroute.kernels.stock.wanted import W_NODE, W_QUANTITY, W_SKU, WANTED_WIDTH
from omniroute.model.channels import ChannelTree
from omniroute.model.checks import text
from omniroute.stock.frame_columns import (
    as_list,
    check_length,
    column_length,
    is_missing,
)
from omniroute.stock.frame_ids import read_instants
from omniroute.stock.frame_names import HOLD_COLUMNS, open_frame, require
from omniroute.stock.frames import (
    Codes,
    bad_id,
    is_frame,
    quanta_column,
)
from omniroute.stock.ids import Catalogue
from omniroute.stock.problems import Problems

I8 = NDArray[np.int64]

#: Of a line that does not say when it is wanted; no instant is so far back.
NO_DUE: Final = -(2**62)


class HoldColumns(NamedTuple):
    """Checked requests in the numbers of one catalogue, request by request.

    Parameters
    ----------
    ids
        Each id once, in order of first appearance.
    wanted
        int64[n, 3]: SKU number, node index or `NO_NODE`, quanta.
    starts
        int64[m + 1]: where the lines of each request begin, and where the last end.
    rows
        int64[n]: the row of the frame that each line stood in.
    channels
        The channel each request comes through; None where the frame does not say.
    due
        int64[n]: second at which each line is wanted, `NO_DUE` where it does not say;
        None where none does.
    supersedes
        The hold that each request replaces; None where the frame does not say.
    """

    ids: list[str]
    wanted: I8
    starts: I8
    rows: I8
    channels: list[str | None] | None = None
    due: I8 | None = None
    supersedes: list[str | None] | None = None

    @property
    def at_no_node(self) -> NDArray[np.bool_]:
        """bool[n]: lines of the network as a whole."""
        found: NDArray[np.bool_] = self.wanted[:, W_NODE] == NO_NODE
        return found

    @property
    def later(self) -> NDArray[np.bool_]:
        """bool[n]: lines that say when they are wanted."""
        if self.due is None:
            return np.zeros(len(self.rows), np.bool_)
        found: NDArray[np.bool_] = self.due != NO_DUE
        return found

    def of_any(self, lines: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """bool[m]: requests of which any line is among these."""
        if not len(self.ids):
            return np.zeros(0, np.bool_)
        found: NDArray[np.bool_] = np.logical_or.reduceat(lines, self.starts[:-1])
        return found

    def keys(self) -> list[tuple[int, ...]]:
        """Return what each line names: SKU number, node index, and when if it says."""
        cells = map(tuple, self.wanted[:, : W_NODE + 1].tolist())
        if self.due is None:
            return list(cells)
        return [
            cell if due == NO_DUE else (*cell, due)
            for cell, due in zip(cells, self.due.tolist(), strict=True)
        ]

    def cut(self, first: int, end: int) -> HoldColumns:
        """Return some requests; the whole, as it is, where that is all of them."""
        if first == 0 and end == len(self.ids):
            return self
        lines = slice(self.starts[first], self.starts[end])
        return HoldColumns(
            self.ids[first:end],
            self.wanted[lines],
            self.starts[first : end + 1] - self.starts[first],
            self.rows[lines],
            self.channels and self.channels[first:end],
            None if self.due is None else self.due[lines],
            self.supersedes and self.supersedes[first:end],
        )


def holds_from_columns(
    frame: Any, catalogue: Catalogue, tree: ChannelTree | None = None
) -> HoldColumns:
    """Resolve a frame of reservations against a catalogue, all rows or none. O(n).

    Parameters
    ----------
    frame
        Columns ``id``, ``sku``, ``node`` and ``quantity`` (units); rows of one id are
        lines of one reservation, wherever they stand. A gap among nodes is no node yet.
        ``due``: when each is wanted, a gap where it does not say. With a tree also
        ``channel`` and ``supersedes``: a text for all rows, or a column of texts and
        gaps; without one they are not looked at. Other columns are ignored, but for
        names that `open_frame` refuses.
    catalogue
        The SKUs and nodes there are.
    tree
        The channels there are; None where requests come through none.

    Raises
    ------
    ValidationError, UnknownIdError
        A missing or misspelt column, columns of different lengths, an id, SKU, node or
        quantity that cannot be, a row for later at no node, rows of one id through
        different channels or in place of different holds. The path says where:
        ``lines.quantity[17]``.
    UnknownChannelError
        No such channel.

    Examples
    --------
    >>> catalogue = Catalogue(["N1", "N2"], ["BOLT"])
    >>> frame = {"id": ["A", "B", "A"], "sku": "BOLT", "node": "N2"}
    >>> found = holds_from_columns({**frame, "quantity": [1, 2, 3]}, catalogue)
    >>> found.ids, found.starts.tolist(), found.rows.tolist()
    (['A', 'B'], [0, 2, 3], [0, 2, 1])
    """
    if not is_frame(frame):
        raise ValidationError("lines", "a dict of columns or a data frame", frame)
    frame, names = open_frame(frame, HOLD_COLUMNS, "lines")
    require(names, ("id", "sku", "node", "quantity"), "lines")
    count = column_length(frame["quantity"], "lines.quantity")
    ids, owner = _by_id(frame["id"], count)
    problems = Problems()
    read = Codes(count, problems)
    known, complain = catalogue.skus.numbers, bad_id(UnknownSkuError)
    skus = read.codes(frame["sku"], known, "lines.sku", complain)
    known = catalogue.nodes.numbers
    nodes = _nodes(read, frame["node"], known, count)
    decimals = catalogue.decimals[skus]
    quanta = quanta_column(frame["quantity"], decimals, "lines.quantity", problems)
    bad = np.flatnonzero(quanta <= 0)
    if len(bad):
        row = int(bad[0])
        found = int(quanta[row])
        raise ValidationError(f"lines.quantity[{row}]", "a number above 0", found)
    asked = _grouped(ids, owner, (skus, nodes, quanta))
    if "due" in names and frame["due"] is not None:
        due = read_instants(frame["due"], count, "lines.due", problems, gap=NO_DUE)
        asked = with_due(asked, due[asked.rows])
    return asked if tree is None else _with_requests(asked, frame, names, tree)


def with_due(asked: HoldColumns, due: I8) -> HoldColumns:
    """Return the requests wanted at these times, line by line.

    Raises
    ------
    ValidationError
        A line wanted later has no node.
    """
    asked = asked._replace(due=due)
    both = asked.rows[asked.later & asked.at_no_node]
    if len(both):
        expected = "a node, for what is wanted later"
        raise ValidationError(f"lines.node[{both.min()}]", expected, None)
    return asked if asked.later.any() else asked._replace(due=None)


def one_of_both(asked: HoldColumns) -> HoldColumns:
    """Refuse a request of which some is for later and some at no node."""
    if asked.due is None:
        return asked
    mixed = asked.of_any(asked.later) & asked.of_any(asked.at_no_node)
    loose = asked.rows[asked.at_no_node & np.repeat(mixed, np.diff(asked.starts))]
    if len(loose):
        expected = "a node for every row of an id, where some are wanted later"
        raise ValidationError(f"lines.node[{loose.min()}]", expected, None)
    return asked


def _with_requests(
    asked: HoldColumns, frame: Any, names: list[Any], tree: ChannelTree
) -> HoldColumns:
    """Return the requests with what is said of each as a whole."""
    if "channel" in names:
        channels = _by_request(frame["channel"], "channel", tree.number, asked)
        asked = asked._replace(channels=channels)
    if "supersedes" in names and frame["supersedes"] is not None:
        olds = _by_request(frame["supersedes"], "supersedes", _text_or_none, asked)
        for i, (id, old) in enumerate(zip(asked.ids, olds, strict=True)):
            if id == old:
                path = f"lines.supersedes[{asked.rows[asked.starts[i]]}]"
                raise ValidationError(path, "another id than the new one", old)
        asked = asked._replace(supersedes=olds)
    return asked


def _nodes(read: Codes, column: Any, known: dict[str, int], count: int) -> I8:
    """Return the node of each row, `NO_NODE` for a gap."""
    if column is None:
        return np.full(count, NO_NODE, np.int64)
    complain = bad_id(UnknownNodeError)
    return read.codes(column, known, "lines.node", complain, gap=NO_NODE)


def _text_or_none(value: Any, path: str) -> object:
    return value if value is None else text(value, path)


def _by_id(column: Any, count: int) -> tuple[list[str], I8]:
    """Each id once, and which of them each row has."""
    check_length(column, "lines.id", count)
    values = as_list(column)
    if not set(map(type, values)) <= {str}:
        values = [text(id, f"lines.id[{row}]") for row, id in enumerate(values)]
    ids = list(dict.fromkeys(values))
    for id in ids:
        if not id.isascii() or not 0 < len(id) <= _PLAIN:
            text(id, f"lines.id[{values.index(id)}]")
    number = dict(zip(ids, range(len(ids)), strict=True))
    return ids, np.array(list(map(number.__getitem__, values)), np.int64)


def _by_request(
    column: Any, name: str, check: Callable[[Any, str], object], asked: HoldColumns
) -> list[str | None]:
    """Return what a column says of each request, which all its rows have to say."""
    path = f"lines.{name}"
    if isinstance(column, str):
        check(column, path)
        return [column] * len(asked.ids)
    check_length(column, path, len(asked.rows))
    said = [None if is_missing(value) else value for value in as_list(column)]
    known: set[str | None] = set()
    for row, value in enumerate(said):
        if not isinstance(value, str | None) or value not in known:
            check(value, f"{path}[{row}]")
            known.add(value)
    rows, starts = asked.rows.tolist(), asked.starts.tolist()
    found = [said[rows[start]] for start in starts[:-1]]
    for i, value in enumerate(found):
        for row in rows[starts[i] : starts[i + 1]]:
            if said[row] != value:
                expected = f"{value!r}, as in other rows of this id"
                raise ValidationError(f"{path}[{row}]", expected, said[row])
    return found


#: ASCII text up to here needs no closer look.
_PLAIN = 200


def _grouped(ids: list[str], owner: I8, columns: tuple[I8, I8, I8]) -> HoldColumns:
    rows = np.arange(len(owner))
    if len(owner) and (owner[1:] < owner[:-1]).any():
        rows = np.argsort(owner, kind="stable")
    wanted = np.empty((len(owner), WANTED_WIDTH), np.int64)
    for place, column in zip((W_SKU, W_NODE, W_QUANTITY), columns, strict=True):
        wanted[:, place] = column[rows]
    starts = np.zeros(len(ids) + 1, np.int64)
    np.cumsum(np.bincount(owner, minlength=len(ids)), out=starts[1:])
    return HoldColumns(ids, wanted, starts, rows)
