"""Events from the columns of a frame: many at once, checked as columns.

A frame is a dict of lists or arrays, or anything with named columns: pandas, polars and
pyarrow tables work without being imported here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import QUANTITY_MAX, Effect
from omniroute.errors import (
    UnknownIdError,
    UnknownNodeError,
    UnknownSkuError,
    ValidationError,
)
from omniroute.model.quantity import from_quanta, to_quanta
from omniroute.stock.events import (
    EFFECT_OF,
    LEAST,
    EventColumns,
    expected_quantity,
)
from omniroute.stock.ids import Catalogue

I8 = NDArray[np.int64]

#: What a bad entry of an id column is reported as.
Complaint = Callable[[Any, str], Exception]


def is_frame(value: object) -> bool:
    """Whether the value has named columns.

    Examples
    --------
    >>> is_frame({"sku": []}), is_frame([])
    (True, False)
    """
    return isinstance(value, Mapping) or hasattr(value, "columns")


def events_from_columns(frame: Any, catalogue: Catalogue) -> EventColumns:
    """Resolve a frame of events against a catalogue, all rows or none. O(n).

    Parameters
    ----------
    frame
        Columns ``sku``, ``node`` and ``quantity`` (units), and ``event``, where it is
        not ``"receive"`` throughout: ``"receive"``, ``"adjust"``, ``"count"``,
        ``"sell"`` or ``"safety"``. In a dict, ``sku``, ``node`` and ``event`` may each
        be one text that holds for all rows.
    catalogue
        The SKUs and nodes there are.

    Raises
    ------
    ValidationError
        A missing column, columns of different lengths, a text or NaN among the
        quantities, a quantity finer than the item's quantum, below what the event
        allows or beyond a cell. The path says where: ``events.quantity[17]``.
    UnknownSkuError, UnknownNodeError
        An id the catalogue does not have.

    Examples
    --------
    >>> catalogue = Catalogue(["N1", "N2"], ["BOLT"])
    >>> frame = {"sku": "BOLT", "node": ["N1", "N2"], "quantity": [4, 5]}
    >>> events_from_columns(frame, catalogue).nodes.tolist()
    [0, 1]
    """
    _check_columns(frame)
    quantity = frame["quantity"]
    rows = _length(quantity, "events.quantity")
    what = np.full(rows, int(Effect.RECEIVE), np.int64)
    if "event" in _names(frame):
        what = _codes(frame["event"], EFFECT_OF, "events.event", rows, _bad_event)
    known, complain = catalogue.skus.numbers, _bad_id(UnknownSkuError)
    skus = _codes(frame["sku"], known, "events.sku", rows, complain)
    known, complain = catalogue.nodes.numbers, _bad_id(UnknownNodeError)
    nodes = _codes(frame["node"], known, "events.node", rows, complain)
    quantities = _quanta(quantity, catalogue.decimals[skus])
    _check_least(what, quantities, catalogue.decimals[skus])
    return EventColumns(what, skus, nodes, quantities, np.zeros(rows, np.int64))


# -- the shape of the frame ------------------------------------------------------------


def _names(frame: Any) -> list[Any]:
    if isinstance(frame, Mapping):
        return list(frame)
    # A pyarrow table has its names here; its ``columns`` are the data.
    return list(getattr(frame, "column_names", frame.columns))


def _check_columns(frame: Any) -> None:
    names = _names(frame)
    for name in ("sku", "node", "quantity"):
        if name not in names:
            raise ValidationError("events", f"a column {name!r}", names)


def _length(column: Any, path: str) -> int:
    if isinstance(column, str) or not hasattr(column, "__len__"):
        raise ValidationError(path, "a column of numbers", column)
    return len(column)


# -- ids and kinds ---------------------------------------------------------------------


def _codes(
    column: Any, numbers: Mapping[str, int], path: str, rows: int, complain: Complaint
) -> I8:
    """Return the number of each entry; an encoded column is looked up by category."""
    if isinstance(column, str):
        if column not in numbers:
            raise complain(column, path)
        return np.full(rows, int(numbers[column]), np.int64)
    if _length(column, path) != rows:
        raise ValidationError(path, f"as many rows as quantity ({rows})", len(column))
    encoded = _encoded(column)
    if encoded is None:
        texts = _as_list(column)
        found = _look_up(texts, numbers)
    else:
        texts, places = encoded
        known = np.append(_look_up(texts, numbers), -1)
        found = known[places]
    bad = np.flatnonzero(found < 0)
    if len(bad):
        row = int(bad[0])
        value = texts[row] if encoded is None else _entry(texts, places[row])
        raise complain(value, f"{path}[{row}]")
    return found


def _look_up(texts: list[Any], numbers: Mapping[str, int]) -> I8:
    get = numbers.get
    try:
        return np.array([get(text, -1) for text in texts], np.int64)
    except TypeError:
        # Something that cannot be a key, such as a list, is at any rate no id.
        known = [get(text, -1) if isinstance(text, str) else -1 for text in texts]
        return np.array(known, np.int64)


def _entry(texts: list[Any], place: int) -> Any:
    return texts[place] if place >= 0 else None


def _encoded(column: Any) -> tuple[list[Any], I8] | None:
    """Distinct texts and the place of each row among them, -1 for none."""
    codes = getattr(getattr(column, "cat", None), "codes", None)
    if codes is not None:  # a pandas Series of categories
        return list(column.cat.categories), np.asarray(codes, np.int64)
    if hasattr(column, "combine_chunks"):  # a pyarrow ChunkedArray
        column = column.combine_chunks()
    if hasattr(column, "dictionary") and hasattr(column, "indices"):
        places = column.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        return column.dictionary.to_pylist(), places.astype(np.int64)
    return None


def _as_list(column: Any) -> list[Any]:
    for name in ("tolist", "to_pylist", "to_list"):
        if hasattr(column, name):
            return list(getattr(column, name)())
    return list(column)


def _bad_id(unknown: type[UnknownIdError]) -> Complaint:
    def complain(value: Any, path: str) -> Exception:
        if isinstance(value, str):
            return unknown(value, path)
        return ValidationError(path, f"a {unknown.kind} id (text)", value)

    return complain


def _bad_event(value: Any, path: str) -> Exception:
    return ValidationError(path, "one of " + ", ".join(EFFECT_OF), value)


# -- quantities ------------------------------------------------------------------------


def _quanta(
    column: Any, decimals: NDArray[np.int8], path: str = "events.quantity"
) -> I8:
    """Return the exact quanta of a column of units.

    Numbers in an array are tried whole; where one of them does not pass, or there is no
    such array, each entry is taken on its own and the first bad one complains.
    """
    array = _numbers(column)
    if array is not None:
        quanta, good = (
            _from_floats(array, decimals)
            if array.dtype.kind == "f"
            else _from_integers(array, decimals)
        )
        if good.all():
            return quanta
    each = zip(_as_list(column), decimals.tolist(), strict=True)
    slowly = [
        to_quanta(value, places, f"{path}[{row}]", positive=False)
        for row, (value, places) in enumerate(each)
    ]
    return np.array(slowly, np.int64)


def _numbers(column: Any) -> NDArray[Any] | None:
    """Return the column as an array of integers or floats, if it is nothing else."""
    if isinstance(column, list | tuple):
        kinds = set(map(type, column))
        if not kinds <= {int, float}:
            # Left to numpy, True would become 1 and a text make all others texts.
            return None
        column = np.array(column, np.float64 if float in kinds else None)
    array = np.asarray(column)
    return array if array.ndim == 1 and array.dtype.kind in "iuf" else None


def _from_integers(
    array: NDArray[Any], decimals: NDArray[np.int8]
) -> tuple[I8, NDArray[np.bool_]]:
    scale = 10 ** decimals.astype(np.int64)
    most = QUANTITY_MAX // scale
    good = (array <= most) & (array >= -most)
    return array.astype(np.int64) * scale, good


def _from_floats(
    array: NDArray[Any], decimals: NDArray[np.int8]
) -> tuple[I8, NDArray[np.bool_]]:
    """Let a float pass where it is the one nearest to a whole number of quanta.

    That number is then the decimal it prints as, the same that `to_quanta` reads.
    """
    scale = 10.0**decimals
    with np.errstate(invalid="ignore", over="ignore"):
        rounded = np.rint(array * scale)
        good = (rounded / scale == array) & (np.abs(rounded) <= QUANTITY_MAX)
        return np.where(good, rounded, 0.0).astype(np.int64), good


def _check_least(what: I8, quanta: I8, decimals: NDArray[np.int8]) -> None:
    least = np.full(max(LEAST) + 1, -QUANTITY_MAX, np.int64)
    for effect, quantity in LEAST.items():
        least[effect] = quantity
    bad = np.flatnonzero(quanta < least[what])
    if len(bad):
        row = int(bad[0])
        expected = expected_quantity(Effect(what[row]))
        value = from_quanta(int(quanta[row]), int(decimals[row]))
        raise ValidationError(f"events.quantity[{row}]", expected, value)
