"""Frames of steps in the life of reservations: which rows are one step, all checked."""

from __future__ import annotations

from typing import Any, NamedTuple

from omniroute.errors import ValidationError
from omniroute.model.checks import text
from omniroute.model.quantity import to_quanta
from omniroute.stock.composed import Composed
from omniroute.stock.frame_columns import (
    as_list,
    check_length,
    column_length,
    is_missing,
)
from omniroute.stock.frame_ids import read_instants
from omniroute.stock.frame_names import open_frame, require
from omniroute.stock.frames import is_frame
from omniroute.stock.hold_frames import NO_DUE
from omniroute.stock.ids import Catalogue
from omniroute.stock.problems import Problems

#: What a step is known by, the rows it has in the frame, and what they say.
Asked = dict[tuple[Any, ...], tuple[list[int], list[tuple[Any, ...]]]]


class StepColumns(NamedTuple):
    """Which columns a frame of steps has.

    Parameters
    ----------
    keys
        Rows that are alike in these are one step.
    says
        What a row says besides, ``sku`` and ``quantity`` among it: all or none of it.
    needs
        Whether it has to say so.
    may
        What it may say on top.
    gaps
        Columns in which an entry may be missing, or all of them.
    least
        Least quantity of a row.
    """

    keys: tuple[str, ...]
    says: tuple[str, ...] = ("sku", "quantity")
    needs: bool = False
    may: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    least: int = 1


def steps_of(
    frame: Any, wants: StepColumns, catalogue: Catalogue, composed: Composed
) -> tuple[Asked, int]:
    """Return the steps that a frame asks for, in order, and how many rows it has.

    Raises
    ------
    ValidationError, UnknownIdError
        A row that cannot be, by its path: ``lines.sku[17]``.
    """
    columns, rows = _columns(frame, wants)
    asked: Asked = {}
    seen: set[tuple[Any, ...]] = set()
    others = [name for name in columns if name != "quantity"]
    for i in range(rows):
        row = {name: column[i] for name, column in columns.items()}
        _check(row, i, wants, catalogue, composed)
        key = tuple(row[name] for name in wants.keys)
        own, said = asked.setdefault(key, ([], []))
        own.append(i)
        if "sku" not in row:
            continue
        said.append(tuple(row.get(name) for name in (*wants.says, *wants.may)))
        once = tuple(row[name] for name in others)
        if once in seen:
            alike = ", ".join(name for name in others if name != "sku")
            expected = f"a SKU once for one {alike}"
            raise ValidationError(f"lines.sku[{i}]", expected, row["sku"])
        seen.add(once)
    return asked, rows


def _columns(lines: Any, wants: StepColumns) -> tuple[dict[str, list[Any]], int]:
    """Columns of a frame as lists, and how many rows it has."""
    if not is_frame(lines):
        raise ValidationError("lines", "a dict of columns or a data frame", lines)
    frame, names = open_frame(lines, (*wants.keys, *wants.says, *wants.may), "lines")
    parts = wants.needs or any(name in names for name in wants.says)
    needed = (*wants.keys, *wants.says) if parts else wants.keys
    require(names, needed, "lines")
    rows = column_length(frame["id"], "lines.id", "ids")
    known = [*needed, *(name for name in wants.may if name in names)]
    return {name: _column(frame[name], name, rows, wants) for name in known}, rows


def _column(column: Any, name: str, rows: int, wants: StepColumns) -> list[Any]:
    path = f"lines.{name}"
    if column is None and name in wants.gaps:
        return [None] * rows
    if name == "due":
        found = read_instants(column, rows, path, Problems(), gap=NO_DUE)
        return [None if second == NO_DUE else second for second in found.tolist()]
    if isinstance(column, str):
        return [column] * rows
    check_length(column, path, rows)
    entries = as_list(column)
    if name in wants.gaps:
        return [None if is_missing(entry) else entry for entry in entries]
    return entries


def _check(
    row: dict[str, Any],
    i: int,
    wants: StepColumns,
    catalogue: Catalogue,
    composed: Composed,
) -> None:
    """Refuse a row that cannot be, before anything is done."""
    text(row["id"], f"lines.id[{i}]")
    for name in ("node", "from_node", "to_node"):
        if name in row and not (row[name] is None and name in wants.gaps):
            catalogue.node(row[name], f"lines.{name}[{i}]")
    if "to_node" in row and row["to_node"] == row["from_node"]:
        expected = "another than from_node"
        raise ValidationError(f"lines.to_node[{i}]", expected, row["to_node"])
    if "sku" in row:
        sku = _check_units(row, i, wants.least, catalogue)
        if "node" in row and row["node"] is None:
            _check_at_no_node(row, i, sku in composed.recipes)


def _check_units(row: dict[str, Any], i: int, least: int, catalogue: Catalogue) -> int:
    """Refuse units that cannot be; the SKU's number."""
    sku = catalogue.sku(row["sku"], f"lines.sku[{i}]")
    if least == 0:
        catalogue.stocked(sku, f"lines.sku[{i}]")
    places, path = int(catalogue.decimals[sku]), f"lines.quantity[{i}]"
    if to_quanta(row["quantity"], places, path, positive=least > 0) < 0:
        raise ValidationError(path, "a number not below 0", row["quantity"])
    return sku


def _check_at_no_node(row: dict[str, Any], i: int, in_packs: bool) -> None:
    if row.get("due") is not None:
        expected = "a node, for what is wanted later"
        raise ValidationError(f"lines.node[{i}]", expected, None)
    if in_packs and row["quantity"]:
        expected = "a node: packs are promised whole, node by node"
        raise ValidationError(f"lines.node[{i}]", expected, None)
