"""When the rows of a frame happened, and what they are known by."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omniroute.errors import OmnirouteError, ValidationError
from omniroute.model.checks import text, whole
from omniroute.model.instant import DAYS, SECONDS, to_seconds
from omniroute.stock.any_event import SEQUENCE_MAX
from omniroute.stock.frame_columns import (
    as_list,
    check_length,
    encoded_column,
    is_missing,
    unfloated,
)
from omniroute.stock.problems import Problems

I8 = NDArray[np.int64]


def read_times(frame: Any, names: list[Any], rows: int, problems: Problems) -> I8:
    """Seconds UTC of column ``at``; 0 where a row does not say."""
    if "at" not in names:
        return np.zeros(rows, np.int64)
    return read_instants(frame["at"], rows, "events.at", problems)


def read_instants(
    column: Any, rows: int, path: str, problems: Problems, gap: int = 0
) -> I8:
    """Seconds UTC of a column of instants, or of one for all rows; ``gap`` for none."""
    if isinstance(column, int | datetime | np.datetime64) and not isinstance(
        column, bool
    ):
        return np.full(rows, to_seconds(column, path), np.int64)
    check_length(column, path, rows)
    if isinstance(column, np.ndarray) and column.dtype.kind == "M":
        column = _seconds(column)
    array = column.to_numpy() if hasattr(column, "to_numpy") else column
    if isinstance(array, np.ndarray) and array.ndim == 1 and array.dtype.kind in "iu":
        seconds = array.astype(np.int64)
        first, last = SECONDS
        if ((first <= seconds) & (seconds <= last)).all():
            return seconds
    found = np.full(rows, gap, np.int64)
    for row, value in enumerate(as_list(column)):
        if not is_missing(value):
            found[row] = _read(problems, row, to_seconds, value, path)
    return found


def _seconds(instants: NDArray[np.datetime64]) -> Any:
    """Return instants of numpy as integers, where there is no gap among them."""
    if np.datetime_data(instants.dtype)[0] in DAYS or np.isnat(instants).any():
        return instants
    return instants.astype("datetime64[s]").astype(np.int64)


def read_ids(
    frame: Any, names: list[Any], rows: int, problems: Problems
) -> list[str | None] | None:
    """Texts of column ``event_id``, None where a row has none."""
    if "event_id" not in names:
        return None
    column = frame["event_id"]
    check_length(column, "events.event_id", rows)
    ids = as_list(column)
    for row, value in enumerate(ids):
        if type(value) is str and _is_plain(value):
            continue
        if is_missing(value):
            ids[row] = None
        else:
            _read(problems, row, text, value, "events.event_id")
    return ids


def read_sources(
    frame: Any, names: list[Any], rows: int, problems: Problems
) -> tuple[list[str], I8, I8] | None:
    """Columns ``source`` and ``sequence``: names, place of each row's, numbers."""
    given = {name for name in ("source", "sequence") if name in names}
    if not given:
        return None
    if len(given) == 1:
        (there,) = given
        missing = "sequence" if there == "source" else "source"
        raise ValidationError("events", f"a column {missing!r} with {there!r}", names)
    sources, places = _sources(frame["source"], rows, problems)
    _check_sources(sources, places, problems)
    column = frame["sequence"]
    check_length(column, "events.sequence", rows)
    array = np.asarray(column) if not isinstance(column, list | tuple) else None
    if array is not None and array.dtype.kind == "i" and array.ndim == 1:
        sequences = array.astype(np.int64)
        bad = np.flatnonzero((sequences < 0) | (sequences > SEQUENCE_MAX))
        if not len(bad):
            return sources, places, sequences
    sequences = np.zeros(rows, np.int64)
    for row, value in enumerate(as_list(column)):
        if places[row] >= 0:
            sequences[row] = _read(problems, row, _sequence, value, "events.sequence")
        elif not is_missing(value):
            expected = "who gave the sequence number"
            error = ValidationError(f"events.source[{row}]", expected, None)
            problems.note(np.array([row]), partial(_same, error))
    return sources, places, sequences


def _sources(column: Any, rows: int, problems: Problems) -> tuple[list[str], I8]:
    if isinstance(column, str):
        return [text(column, "events.source")], np.zeros(rows, np.int64)
    check_length(column, "events.source", rows)
    encoded = encoded_column(column)
    if encoded is not None and all(isinstance(each, str) for each in encoded[0]):
        return encoded
    numbers: dict[str, int] = {}
    places = np.full(rows, -1, np.int64)
    for row, value in enumerate(as_list(column)):
        if is_missing(value):
            continue
        if not isinstance(value, str):
            _read(problems, row, text, value, "events.source")
            continue
        places[row] = numbers.setdefault(value, len(numbers))
    return list(numbers), places


def _check_sources(sources: list[str], places: I8, problems: Problems) -> None:
    """Note every row whose source is no text that can be kept."""
    for k, source in enumerate(sources):
        if not _is_plain(source):
            for row in np.flatnonzero(places == k).tolist():
                _read(problems, row, text, source, "events.source")


def _is_plain(value: str) -> bool:
    """Whether a text needs no closer look."""
    return 0 < len(value) <= 60 and value.isascii()


def _sequence(value: Any, path: str) -> int:
    return whole(value, path, 0, SEQUENCE_MAX)


def _read(problems: Problems, row: int, check: Any, value: Any, path: str) -> Any:
    """Return the value if it passes the check, 0 where it is reported instead."""
    try:
        return check(unfloated(value), f"{path}[{row}]")
    except ValidationError as error:
        problems.note(np.array([row]), partial(_same, error))
        return 0


def _same(error: OmnirouteError, _: int) -> OmnirouteError:
    return error
