"""Frames with more than quantities of on hand and safety: a row becomes an object."""

from __future__ import annotations

from functools import partial
from typing import Any

import attrs
import numpy as np

from omniroute.codes import ON_HAND
from omniroute.errors import OmnirouteError, ValidationError
from omniroute.stock.any_event import AnyEvent
from omniroute.stock.events import Adjust, Count, Receive, Return, Safety, Sell
from omniroute.stock.frame_columns import (
    as_list,
    column_length,
    encoded_column,
    is_missing,
    unfloated,
)
from omniroute.stock.problems import Problems
from omniroute.stock.supply_events import (
    Arrive,
    CancelInbound,
    Expect,
    Move,
    Reschedule,
    TransferOut,
)

#: Events by their name in a column.
KINDS: dict[str, type[AnyEvent]] = {
    "receive": Receive,
    "adjust": Adjust,
    "count": Count,
    "sell": Sell,
    "safety": Safety,
    "return": Return,
    "move": Move,
    "expect": Expect,
    "arrive": Arrive,
    "reschedule": Reschedule,
    "cancel_inbound": CancelInbound,
    "transfer_out": TransferOut,
}
#: Columns of whole numbers, which a gap may have made floats.
_WHOLE = frozenset(("at", "due", "sell_by", "sequence"))
_BESIDE = frozenset(
    ("move", "expect", "arrive", "reschedule", "cancel_inbound", "transfer_out")
)
#: Events whose units go to the fence of the channel they name.
_CREDITING = frozenset(("return",))


def needs_objects(frame: Any, names: list[Any]) -> bool:
    """Whether some row is about more than a cell's units: states, lots, channels."""
    if "sell_by" in names:
        return True
    if "event" in names:
        if _some(frame["event"], _BESIDE):
            return True
        if "channel" in names and _some(frame["event"], _CREDITING):
            column = frame["channel"]
            return isinstance(column, str) or not all(map(is_missing, as_list(column)))
    return "state" in names and _other_than_on_hand(frame["state"])


def _some(column: Any, wanted: frozenset[str]) -> bool:
    if isinstance(column, str):
        return column in wanted
    return bool(wanted & _texts(column))


def _other_than_on_hand(column: Any) -> bool:
    texts = {column} if isinstance(column, str) else _texts(column)
    return bool(texts - {ON_HAND})


def _texts(column: Any) -> set[str]:
    """Distinct texts of a column; categories count whether used or not."""
    values = getattr(getattr(column, "cat", None), "categories", None)
    if values is None and hasattr(column, "__len__"):
        encoded = encoded_column(column)
        values = as_list(column) if encoded is None else encoded[0]
    if values is None:
        return set()
    return {value for value in values if isinstance(value, str)}


def events_from_rows(
    frame: Any, names: list[Any], problems: Problems
) -> dict[int, Any]:
    """Make an event of each row from the columns that its kind has fields for.

    An entry that is missing counts as not given.
    """
    columns, rows = _columns(frame, names)
    found: dict[int, Any] = {}
    for row in range(rows):
        said = {
            name: column if isinstance(column, str) else column[row]
            for name, column in columns.items()
        }
        given = {name: value for name, value in said.items() if not is_missing(value)}
        try:
            found[row] = _event(given)
        except OmnirouteError as error:
            found[row] = None
            under = error.under(f"events[{row}]")
            problems.note(np.array([row]), partial(_same, under))
    return found


def _columns(frame: Any, names: list[Any]) -> tuple[dict[str, Any], int]:
    """Columns as lists, or one text for all rows, and how many rows there are."""
    columns = {name: frame[name] for name in names if isinstance(name, str)}
    lengths = {
        name: column_length(column, f"events.{name}", "values")
        for name, column in columns.items()
        if not isinstance(column, str)
    }
    if not lengths:
        raise ValidationError("events", "a column with a row for each event", names)
    rows = next(iter(lengths.values()))
    for name, length in lengths.items():
        if length != rows:
            raise ValidationError(f"events.{name}", f"as many rows ({rows})", length)
    listed = {
        name: column if isinstance(column, str) else as_list(column)
        for name, column in columns.items()
    }
    return listed, rows


def _event(given: dict[str, Any]) -> AnyEvent:
    kind = given.pop("event", "receive")
    if not isinstance(kind, str) or kind not in KINDS:
        raise ValidationError("event", "one of " + ", ".join(KINDS), kind)
    fields = attrs.fields_dict(KINDS[kind])
    # Other columns are for other rows; these two say which units a row is about.
    if "sell_by" in given and "sell_by" not in fields:
        raise ValidationError("sell_by", f"None: {kind!r} takes none", given["sell_by"])
    if "state" not in fields and given.get("state", ON_HAND) != ON_HAND:
        expected = f"{ON_HAND!r}: {kind!r} takes no other"
        raise ValidationError("state", expected, given["state"])
    for name, field in fields.items():
        if field.default is attrs.NOTHING and name not in given:
            raise ValidationError(name, f"what {kind!r} needs", None)
    known = {name: value for name, value in given.items() if name in fields}
    for name in _WHOLE & known.keys():
        known[name] = unfloated(known[name])
    return KINDS[kind](**known)


def _same(error: OmnirouteError, _: int) -> OmnirouteError:
    return error
