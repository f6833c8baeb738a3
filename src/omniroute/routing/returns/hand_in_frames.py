"""Hand-ins from the columns of a frame."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from omniroute.codes import ON_HAND
from omniroute.errors import OmnirouteError, ValidationError
from omniroute.model.destination import Destination
from omniroute.model.hand_in import HandIn
from omniroute.stock.frame_columns import (
    as_list,
    check_length,
    column_length,
    is_missing,
)
from omniroute.stock.frame_names import HAND_IN_COLUMNS, open_frame, require
from omniroute.stock.frames import is_frame

_PATH = "hand_ins"


def hand_ins_of(given: Any) -> list[HandIn]:
    """Return hand-ins, given one by one or as the columns of a frame.

    Parameters
    ----------
    given
        `HandIn` objects; or a dict of columns or a data frame with ``sku``,
        ``quantity``, ``value``, ``at`` (node ids) or ``postcode``, and where they are
        wanted ``state`` and ``id``. ``sku``, ``at``, ``value`` and ``state`` may each
        be one value for all rows.

    Raises
    ------
    ValidationError
        A column that is missing, or what cannot be in one: ``hand_ins.value[17]``.

    Examples
    --------
    >>> frame = {"sku": "COAT", "quantity": [1, 2], "value": 80, "at": ["N1", "N2"]}
    >>> hand_ins_of(frame)[1].at
    'N2'
    """
    if is_frame(given):
        return _from_columns(given)
    if isinstance(given, str | bytes | HandIn) or not isinstance(given, Iterable):
        raise ValidationError(_PATH, "a sequence of HandIn objects, or a frame", given)
    found = list(given)
    for i, each in enumerate(found):
        if not isinstance(each, HandIn):
            raise ValidationError(f"{_PATH}[{i}]", "a HandIn", each)
    return found


def _from_columns(frame: Any) -> list[HandIn]:
    frame, names = open_frame(frame, HAND_IN_COLUMNS, _PATH)
    require(names, ("sku", "quantity", "value"), _PATH)
    if "at" not in names and "postcode" not in names:
        raise ValidationError(_PATH, "a column 'at' or 'postcode'", names)
    rows = column_length(frame["quantity"], f"{_PATH}.quantity")
    columns = {
        name: _column(frame[name], name, rows)
        for name in HAND_IN_COLUMNS
        if name in names
    }
    places = [None] * rows
    at = columns.pop("at", places)
    postcodes = columns.pop("postcode", places)
    states = [ON_HAND if is_missing(s) else s for s in columns.get("state", places)]
    columns |= {"state": states}
    columns["id"] = [None if is_missing(i) else i for i in columns.get("id", places)]
    found = []
    for i in range(rows):
        fields = {name: column[i] for name, column in columns.items()}
        try:
            fields["at"] = _place(at[i], postcodes[i])
            found.append(HandIn(**fields))
        except OmnirouteError as error:
            raise _in_column(error, i) from None
    return found


def _column(column: Any, name: str, rows: int) -> list[Any]:
    if isinstance(column, str) or not hasattr(column, "__len__"):
        if name in ("quantity", "id", "postcode"):
            raise ValidationError(f"{_PATH}.{name}", "a column", column)
        return [column] * rows
    check_length(column, f"{_PATH}.{name}", rows)
    return as_list(column)


def _place(at: Any, postcode: Any) -> Any:
    if is_missing(at) and not is_missing(postcode):
        return Destination(postcode)
    return at


def _in_column(error: OmnirouteError, row: int) -> OmnirouteError:
    """Return an error about a field of a hand-in as one about a row of a column."""
    if not isinstance(error, ValidationError):
        return error
    path = f"{_PATH}.{error.path}[{row}]"
    return ValidationError(path, error.expected, error.found, error.hint)
