"""Which columns a frame may have: the one place where their names are looked at."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final

from omniroute.errors import ValidationError

_CELL: Final = ("sku", "node")
#: Of `Engine.apply`: what one kind of event or another has fields for.
EVENT_COLUMNS: Final = (
    "event",
    *_CELL,
    "quantity",
    "at",
    "event_id",
    "source",
    "sequence",
    "state",
    "channel",
    "sell_by",
    "from_state",
    "to_state",
    "id",
    "due",
    "type",
    "from_node",
    "to_node",
)
#: Of `reserve_many`, and of `fulfil_many` and `cancel_many`, which take the same frame.
HOLD_COLUMNS: Final = ("id", *_CELL, "quantity", "channel", "due", "supersedes")
#: Of `set_find`.
FIND_COLUMNS: Final = (*_CELL, "find_probability")
#: Of `Engine.route_returns`. What a thing is worth, and a postcode, other frames may well
#: have for purposes of their own.
HAND_IN_COLUMNS: Final = (
    "sku",
    "quantity",
    "value",
    "at",
    "postcode",
    "state",
    "id",
)
#: What calls take beside a frame, for all its rows alike, and no frame has.
_ARGUMENTS: Final = (
    "ttl",
    "partial",
    "sticky",
    "supersedes",
    "now",
    "on_error",
    "confidence",
)


def _plain(name: str) -> str:
    """Return a name without what is easily written otherwise."""
    return name.casefold().translate(_WITHOUT)


_WITHOUT: Final = str.maketrans("", "", "_- ")
#: The names of the interface, by what is left of them.
_NAMES: Final = {
    _plain(name): name
    for name in (*EVENT_COLUMNS, *HOLD_COLUMNS, *FIND_COLUMNS, *_ARGUMENTS)
}


def open_frame(frame: Any, known: tuple[str, ...], path: str) -> tuple[Any, list[Any]]:
    """Return a frame whose columns can be read by name, and the names.

    A column that the call does not know is ignored, unless it is plain that it was
    meant for something: its name is known to other calls, or is nearly one that this
    one knows.

    Parameters
    ----------
    frame
        Anything that has named columns.
    known
        Columns that the call looks at.
    path
        What the frame is called in messages.

    Raises
    ------
    ValidationError
        A column as above, by its name; a name twice; a frame that is not there yet.

    Examples
    --------
    >>> frame = {"sku": [], "node": [], "find_probability": [], "aisle": []}
    >>> open_frame(frame, FIND_COLUMNS, "cells")[1]
    ['sku', 'node', 'find_probability', 'aisle']
    >>> open_frame({"SKU": []}, FIND_COLUMNS, "cells")
    Traceback (most recent call last):
        ...
    omniroute.errors.ValidationError: cells.SKU: expected a column named 'sku', \
found 'SKU'
    """
    frame = _readable(frame, path)
    names = _column_names(frame)
    seen: set[str] = set()
    for name in names:
        if not isinstance(name, str):
            continue
        if name in seen:
            raise ValidationError(f"{path}.{name}", "one column of this name", names)
        seen.add(name)
        if name not in known:
            _check_unknown(name, known, path)
    return frame, names


def require(names: list[Any], needed: tuple[str, ...], path: str) -> None:
    """Require columns.

    Raises
    ------
    ValidationError
        One is missing.
    """
    for name in needed:
        if name not in names:
            raise ValidationError(path, f"a column {name!r}", names)


def _check_unknown(name: str, known: tuple[str, ...], path: str) -> None:
    plain = _plain(name)
    for meant in known:
        if plain == _plain(meant):
            raise ValidationError(f"{path}.{name}", f"a column named {meant!r}", name)
    meant = _NAMES.get(plain, "")
    if not meant:
        return
    hint = "an argument of the call, not a column" if meant in _ARGUMENTS else ""
    expected = "one of the columns " + ", ".join(known)
    raise ValidationError(f"{path}.{name}", expected, name, hint)


def is_lazy(value: object) -> bool:
    """Whether the value is a query, as of polars, whose rows are not there yet."""
    # Of its class: asking the object itself for its columns would run the query.
    return all(hasattr(type(value), name) for name in ("collect", "collect_schema"))


def _readable(frame: Any, path: str) -> Any:
    if is_lazy(frame):
        expected = "a frame with its rows in it"
        raise ValidationError(path, expected, type(frame).__name__, "collect() it")
    if isinstance(frame, Mapping) or hasattr(frame, "columns"):
        return frame
    try:
        # Here and not above: it is needed for nothing else, and may be absent.
        pa = import_module("pyarrow")
    except ImportError:
        expected = "a frame that can be read without pyarrow, which is not installed"
        raise ValidationError(path, expected, type(frame).__name__) from None
    try:
        return pa.table(frame)
    except pa.ArrowException:
        # One column has rows, but no names.
        expected = "a frame with named columns"
        raise ValidationError(path, expected, type(frame).__name__) from None


def _column_names(frame: Any) -> list[Any]:
    if isinstance(frame, Mapping):
        return list(frame)
    # A pyarrow table has its names here; its ``columns`` are the data.
    return list(getattr(frame, "column_names", frame.columns))
