"""Timelines on their way into arrays: columns, numbers of names, buckets of times."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import (
    EVENT_ROWS,
    FOREVER,
    QUANTITY_MAX,
    UNDATED,
    V_BUCKET,
    V_KIND,
    V_LAST,
    V_QUANTITY,
    V_TIME,
    V_UNTIL,
)
from omniroute.errors import ValidationError
from omniroute.model.buckets import Buckets
from omniroute.model.checks import text
from omniroute.model.timeline import INBOUND

I8 = NDArray[np.int64]


def numbered(first: str, names: Iterable[str]) -> dict[str, int]:
    """Numbers of names: the one that always is 0, then as they come."""
    found = {first: 0}
    for name in names:
        found.setdefault(name, len(found))
    return found


def fill_buckets(events: I8, calendar: Buckets) -> None:
    """Write the buckets that belong to the times."""
    for times, place, none in (
        (V_TIME, V_BUCKET, UNDATED),
        (V_UNTIL, V_LAST, FOREVER),
    ):
        bucket = (events[times] - calendar.origin_s) // calendar.length_s
        events[place] = np.where(events[times] == none, none, bucket)


def by_cell(value: Any, count: int, path: str, low: int) -> I8:
    """Whole quanta by cell."""
    found = np.asarray(value)
    if found.dtype.kind not in "iu" or found.shape not in ((), (count,)):
        raise ValidationError(path, f"whole quanta, one or {count} of them", value)
    found = np.broadcast_to(found.astype(np.int64), (count,))
    wrong = (found < low) | (found > QUANTITY_MAX)
    if wrong.any():
        c = int(wrong.argmax())
        expected = f"quanta from {low} to {QUANTITY_MAX}"
        raise ValidationError(f"{path}[{c}]", expected, int(found[c]))
    return found


def dated_columns(
    frame: Mapping[str, Any], path: str, cells: int, calendar: Buckets, first: str
) -> tuple[I8, tuple[str, ...]]:
    """Columns of a frame under a row of cells, and the names of the kinds."""
    if not frame:
        return np.empty((EVENT_ROWS + 1, 0), np.int64), (first,)
    known = {"cell", "at", "quantity", "kind", "until"}
    for name in ("cell", "at", "quantity"):
        if name not in frame:
            raise ValidationError(path, f"a column {name!r}", sorted(frame))
    for name in frame:
        if name not in known or (name == "until" and path == "demand"):
            raise ValidationError(f"{path}.{name}", "no such column", name)
    cell = _whole_column(frame["cell"], f"{path}.cell", 0, cells - 1)
    found = np.empty((EVENT_ROWS + 1, len(cell)), np.int64)
    found[0] = cell
    quantity = _whole_column(frame["quantity"], f"{path}.quantity", 1, QUANTITY_MAX)
    found[V_QUANTITY + 1] = _as_long(quantity, len(cell), f"{path}.quantity")
    time = calendar.wall_column(frame["at"], f"{path}.at")
    found[V_TIME + 1] = _as_long(time, len(cell), f"{path}.at")
    found[V_UNTIL + 1] = FOREVER
    if "until" in frame:
        until = calendar.wall_column(frame["until"], f"{path}.until")
        found[V_UNTIL + 1] = _as_long(until, len(cell), f"{path}.until")
        wrong = found[V_UNTIL + 1] <= found[V_TIME + 1]
        if wrong.any():
            i = int(wrong.argmax())
            raise ValidationError(
                f"{path}.until[{i}]", "a time after `at`", frame["until"][i]
            )
    names = [first if path == "demand" else INBOUND] * len(cell)
    if "kind" in frame:
        names = [
            text(name, f"{path}.kind[{i}]") for i, name in enumerate(frame["kind"])
        ]
        _as_long(np.array(names), len(cell), f"{path}.kind")
    numbers = numbered(first, dict.fromkeys(names))
    found[V_KIND + 1] = [numbers[name] for name in names]
    return found, tuple(numbers)


def _whole_column(column: Any, path: str, low: int, high: int) -> I8:
    found = np.asarray(column)
    if found.dtype.kind not in "iu" or found.ndim != 1:
        raise ValidationError(path, "a column of whole numbers", column)
    wrong = (found < low) | (found > high)
    if wrong.any():
        i = int(wrong.argmax())
        expected = f"a whole number from {low} to {high}"
        raise ValidationError(f"{path}[{i}]", expected, int(found[i]))
    return found.astype(np.int64)


def _as_long(column: NDArray[Any], length: int, path: str) -> NDArray[Any]:
    if len(column) != length:
        raise ValidationError(path, f"a column of {length} rows", len(column))
    return column
