"""Lines as callers give them, in the numbers of the state: summed per cell, checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from omniroute.codes import NO_NODE, QUANTITY_MAX
from omniroute.errors import UnknownIdError, ValidationError
from omniroute.model.exact import Number
from omniroute.model.hold_line import HoldLine
from omniroute.model.instant import Moment, to_datetime, to_seconds
from omniroute.model.quantity import from_quanta, to_quanta
from omniroute.stock.ids import Catalogue

#: How the lines of a reservation may be given.
HoldLines: TypeAlias = (
    Mapping[tuple[str, str | None], Number]
    | Iterable[
        HoldLine | tuple[str, str | None, Number] | tuple[str, str | None, Number, Any]
    ]
)
#: (SKU number, node index) and quanta, a cell once; what falls due later has the second
#: due as a third number in its key, what is at no node yet has `NO_NODE` as its node.
Cells: TypeAlias = dict[tuple[int, ...], int]

_EXPECTED = "a dict of (SKU, node) and quantity, or a sequence of HoldLine objects"


def cells_of(
    catalogue: Catalogue,
    lines: Any,
    least: int = 1,
    due: Moment | None = None,
) -> Cells:
    """Return what is wanted of each cell: lines of one cell are summed.

    Parameters
    ----------
    catalogue
        The SKUs and nodes there are.
    lines
        A mapping {(SKU, node): quantity}, or `HoldLine` objects or such tuples.
    least
        Least quanta of a line; 0 where nothing is a sensible wish.
    due
        When lines are wanted that do not say; None for at once.

    Raises
    ------
    ValidationError, UnknownIdError
        Not lines, none of them, or a bad one, named by its path: ``lines[2].quantity``.

    Examples
    --------
    >>> catalogue = Catalogue(["N1", "N2"], ["BOLT"])
    >>> cells_of(catalogue, [("BOLT", "N2", 2), HoldLine("BOLT", "N2", 3)])
    {(0, 1): 5}
    """
    if type(lines) is dict and due is None:
        plain = plain_cells(catalogue, lines, least)
        if plain is not None:
            return plain
    later = None if due is None else to_seconds(due, "due")
    return _any_cells(catalogue, lines, least, later)


def is_at_no_node(cells: Cells) -> bool:
    """Whether any of it is held for the network as a whole."""
    return any(cell[1] == NO_NODE for cell in cells)


def is_later(cells: Cells) -> bool:
    """Whether any of it falls due later."""
    return any(len(cell) > 2 for cell in cells)


def at_once(cells: Cells) -> Cells:
    """Return the cells with everything wanted now."""
    found: Cells = {}
    for (sku, node, *_), quanta in cells.items():
        found[sku, node] = found.get((sku, node), 0) + quanta
    return found


def later_lines(catalogue: Catalogue, cells: Cells) -> list[tuple[str, str, int, int]]:
    """Return (SKU, node, second due, quanta) of what falls due later, in order."""
    skus, nodes = catalogue.skus.texts, catalogue.nodes.texts
    return sorted(
        (skus[cell[0]], nodes[cell[1]], cell[2], quanta)
        for cell, quanta in cells.items()
        if len(cell) > 2
    )


def as_of(cells: Cells, now: int) -> Cells:
    """Return the cells with what is due by now wanted at once.

    Examples
    --------
    >>> as_of({(0, 1): 2, (0, 1, 60): 3, (0, 1, 90): 4}, now=60)
    {(0, 1): 5, (0, 1, 90): 4}
    """
    found: Cells = {}
    for cell, quanta in cells.items():
        own = cell if len(cell) > 2 and cell[2] > now else cell[:2]
        found[own] = found.get(own, 0) + quanta
    return found


def plain_cells(
    catalogue: Catalogue, lines: dict[Any, Any], least: int = 1
) -> Cells | None:
    """Return what nearly everybody asks, whole units of known cells; else None."""
    skus, nodes = catalogue.skus.numbers, catalogue.nodes.numbers
    decimals = catalogue.decimals.item
    cells: Cells = {}
    try:
        for (sku, node), quantity in lines.items():
            number = skus[sku]
            plain = type(quantity) is int and least <= quantity <= QUANTITY_MAX
            if not plain or decimals(number):
                return None
            cells[number, nodes[node]] = quantity
    except (KeyError, TypeError, ValueError):
        return None
    return cells or None


def _any_cells(
    catalogue: Catalogue, lines: Any, least: int, later: int | None
) -> Cells:
    """Return any lines, or complain of the first bad one."""
    skus, nodes = catalogue.skus.numbers, catalogue.nodes.numbers
    decimals = catalogue.decimals
    cells: Cells = {}
    for i, (sku, node, quantity, due) in enumerate(_quadruples(lines)):
        try:
            place = NO_NODE if node is None else nodes[node]
            cell: tuple[int, ...] = skus[sku], place
            second = later if due is None else to_seconds(due, "due")
            if second is not None and node is None:
                expected = "a node, for what is wanted later"
                raise ValidationError("node", expected, node)
            cell = cell if second is None else (*cell, second)
            quanta = _quanta(quantity, int(decimals[cell[0]]))
        except (KeyError, TypeError):
            raise _unknown(catalogue, sku, node, i) from None
        except ValidationError as error:
            raise error.under(f"lines[{i}]") from None
        if not least <= quanta <= QUANTITY_MAX:
            raise _out_of_range(quantity, least, f"lines[{i}].quantity")
        cells[cell] = cells.get(cell, 0) + quanta
    if not cells:
        raise ValidationError("lines", "at least one line", lines)
    if max(cells.values()) > QUANTITY_MAX:
        raise ValidationError("lines", f"at most {QUANTITY_MAX} of a cell", lines)
    return cells


def quanta_by_sku(catalogue: Catalogue, lines: Any) -> dict[int, int] | None:
    """Return quanta by SKU number of a mapping {SKU: quantity}; None of None."""
    if lines is None:
        return None
    if not isinstance(lines, Mapping) or not lines:
        raise ValidationError("lines", "a dict of SKU and quantity", lines)
    found: dict[int, int] = {}
    for i, (sku, quantity) in enumerate(lines.items()):
        number = catalogue.sku(sku, f"lines[{i}].sku")
        places = int(catalogue.decimals[number])
        found[number] = to_quanta(quantity, places, f"lines[{i}].quantity")
    return found


def hold_lines(catalogue: Catalogue, cells: Cells) -> tuple[HoldLine, ...]:
    """Return cells as lines that a caller can read."""
    skus, nodes = catalogue.skus.texts, catalogue.nodes.texts
    return tuple(
        HoldLine(
            skus[sku],
            None if node == NO_NODE else nodes[node],
            from_quanta(quanta, int(catalogue.decimals[sku])),
            *map(to_datetime, due),
        )
        for (sku, node, *due), quanta in cells.items()
    )


def _quadruples(lines: Any) -> Iterable[tuple[Any, Any, Any, Any]]:
    if isinstance(lines, Mapping):
        for i, (cell, quantity) in enumerate(lines.items()):
            if not isinstance(cell, tuple) or len(cell) != 2:
                raise ValidationError(f"lines[{i}]", "a key (SKU, node)", cell)
            yield cell[0], cell[1], quantity, None
        return
    if isinstance(lines, str | bytes) or not isinstance(lines, Iterable):
        raise ValidationError("lines", _EXPECTED, lines)
    for i, line in enumerate(lines):
        if isinstance(line, HoldLine):
            yield line.sku, line.node, line.quantity, line.due
        elif isinstance(line, tuple) and len(line) in (3, 4):
            yield line if len(line) == 4 else (*line, None)
        else:
            raise ValidationError(f"lines[{i}]", "a HoldLine", line)


def _quanta(quantity: Any, decimals: int) -> int:
    return to_quanta(quantity, decimals, "quantity", positive=False)


def _unknown(catalogue: Catalogue, sku: Any, node: Any, i: int) -> UnknownIdError:
    """Say which of the two ids it was."""
    try:
        catalogue.sku(sku, f"lines[{i}].sku")
        catalogue.node(node, f"lines[{i}].node")
    except UnknownIdError as error:
        return error
    raise AssertionError("both ids are known")


def _out_of_range(value: Any, least: int, path: str) -> ValidationError:
    low = "above 0" if least else "not below 0"
    return ValidationError(path, f"a number {low}, at most {QUANTITY_MAX}", value)
