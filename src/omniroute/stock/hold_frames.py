"""Reservations from the columns of a frame: many at once, checked as columns."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from omniroute.errors import UnknownNodeError, UnknownSkuError, ValidationError
from omniroute.kernels.holds import W_NODE, W_QUANTITY, W_SKU, WANTED_WIDTH
from omniroute.model.channels import ChannelTree
from omniroute.model.checks import text
from omniroute.stock.frame_columns import (
    as_list,
    check_length,
    column_length,
    is_missing,
)
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


class HoldColumns(NamedTuple):
    """Checked requests in the numbers of one catalogue, request by request.

    Parameters
    ----------
    ids
        Each id once, in order of first appearance.
    wanted
        int64[n, 3]: SKU number, node index, quanta.
    starts
        int64[m + 1]: where the lines of each request begin, and where the last end.
    rows
        int64[n]: the row of the frame that each line stood in.
    channels
        The channel each request comes through; None where the frame does not say.
    """

    ids: list[str]
    wanted: I8
    starts: I8
    rows: I8
    channels: list[str | None] | None = None


def holds_from_columns(
    frame: Any, catalogue: Catalogue, tree: ChannelTree | None = None
) -> HoldColumns:
    """Resolve a frame of reservations against a catalogue, all rows or none. O(n).

    Parameters
    ----------
    frame
        Columns ``id``, ``sku``, ``node`` and ``quantity`` (units); rows of one id are
        lines of one reservation, wherever they stand. With a tree also ``channel``: a
        text for all rows, or a column of texts and gaps; without one it is not looked
        at. Other columns are ignored, but for names that `open_frame` refuses.
    catalogue
        The SKUs and nodes there are.
    tree
        The channels there are; None where requests come through none.

    Raises
    ------
    ValidationError, UnknownIdError
        A missing or misspelt column, columns of different lengths, an id, SKU, node or
        quantity that cannot be, rows of one id through different channels. The path
        says where: ``lines.quantity[17]``.
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
    known, complain = catalogue.nodes.numbers, bad_id(UnknownNodeError)
    nodes = read.codes(frame["node"], known, "lines.node", complain)
    decimals = catalogue.decimals[skus]
    quanta = quanta_column(frame["quantity"], decimals, "lines.quantity", problems)
    bad = np.flatnonzero(quanta <= 0)
    if len(bad):
        row = int(bad[0])
        found = int(quanta[row])
        raise ValidationError(f"lines.quantity[{row}]", "a number above 0", found)
    asked = _grouped(ids, owner, (skus, nodes, quanta))
    if tree is None or "channel" not in names:
        return asked
    return asked._replace(channels=_channels(frame["channel"], tree, asked))


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


def _channels(column: Any, tree: ChannelTree, asked: HoldColumns) -> list[str | None]:
    """Return the channel of each request, which is that of all its rows."""
    if isinstance(column, str):
        tree.number(column, "lines.channel")
        return [column] * len(asked.ids)
    check_length(column, "lines.channel", len(asked.rows))
    said = [None if is_missing(name) else name for name in as_list(column)]
    known: set[str | None] = set()
    for row, name in enumerate(said):
        if not isinstance(name, str | None) or name not in known:
            tree.number(name, f"lines.channel[{row}]")
            known.add(name)
    rows, starts = asked.rows.tolist(), asked.starts.tolist()
    found = [said[rows[start]] for start in starts[:-1]]
    for i, channel in enumerate(found):
        for row in rows[starts[i] : starts[i + 1]]:
            if said[row] != channel:
                expected = f"{channel!r}, as in other rows of this id"
                raise ValidationError(f"lines.channel[{row}]", expected, said[row])
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
