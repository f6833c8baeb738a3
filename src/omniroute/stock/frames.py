"""Events from the columns of a frame: many at once, checked as columns.

A frame is a dict of lists or arrays, or anything with named columns: pandas, polars and
pyarrow tables work without being imported here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import QUANTITY_MAX, Effect
from omniroute.errors import (
    OmnirouteError,
    UnknownIdError,
    UnknownNodeError,
    UnknownSkuError,
    ValidationError,
)
from omniroute.model.quantity import from_quanta, to_quanta
from omniroute.stock.any_event import EFFECT_OF, LEAST, expected_quantity
from omniroute.stock.event_columns import EventColumns
from omniroute.stock.frame_columns import (
    as_list,
    check_length,
    column_length,
    encoded_column,
    is_missing,
)
from omniroute.stock.frame_ids import (
    read_ids,
    read_sources,
    read_times,
)
from omniroute.stock.frame_names import EVENT_COLUMNS, is_lazy, open_frame, require
from omniroute.stock.frame_rows import KINDS, events_from_rows, needs_objects
from omniroute.stock.ids import Catalogue
from omniroute.stock.problems import Problems

I8 = NDArray[np.int64]

#: What a bad entry of an id column is reported as.
Complaint = Callable[[Any, str], OmnirouteError]


def is_frame(value: object) -> bool:
    """Whether the value has named columns. A single column, a series, has none.

    Examples
    --------
    >>> is_frame({"sku": []}), is_frame([])
    (True, False)
    """
    if isinstance(value, Mapping) or is_lazy(value) or hasattr(value, "columns"):
        return True
    single = hasattr(value, "dtype") or hasattr(value, "type")
    capsule = hasattr(value, "__arrow_c_stream__") or hasattr(
        value, "__arrow_c_array__"
    )
    return capsule and not single


def events_from_columns(frame: Any, catalogue: Catalogue) -> EventColumns:
    """Resolve a frame of events about cells against a catalogue, all or none. O(n).

    Parameters
    ----------
    frame
        As for `read_frame`.
    catalogue
        The SKUs and nodes there are.

    Raises
    ------
    ValidationError, UnknownSkuError, UnknownNodeError
        As for `read_frame`; a row about unavailable or inbound units.

    Examples
    --------
    >>> catalogue = Catalogue(["N1", "N2"], ["BOLT"])
    >>> frame = {"sku": "BOLT", "node": ["N1", "N2"], "quantity": [4, 5]}
    >>> events_from_columns(frame, catalogue).nodes.tolist()
    [0, 1]
    """
    found = read_frame(frame, catalogue, Problems())
    if not isinstance(found, EventColumns):
        raise ValidationError("events", "events about on hand and safety only", frame)
    return found


def read_frame(
    frame: Any, catalogue: Catalogue, problems: Problems
) -> EventColumns | dict[int, Any]:
    """Resolve a frame of events against a catalogue. O(n).

    Parameters
    ----------
    frame
        A dict of columns, a data frame, or anything with ``__arrow_c_stream__`` or
        ``__arrow_c_array__`` (that takes pyarrow). Columns ``sku``, ``node`` and
        ``quantity`` (units), and

        * ``event``, where it is not ``"receive"`` throughout;
        * ``at``, when each happened: seconds UTC or aware datetimes, None where unsaid;
        * ``event_id``, or ``source`` and ``sequence``: what each is known by.

        In a dict, ``sku``, ``node``, ``event``, ``at`` and ``source`` may each be one
        value that holds for all rows. Rows about unavailable or inbound units, or lots,
        take the columns that the event of that name has: ``state``, ``id``, ``sell_by``;
        returns take ``channel``, whose fence they are credited to. Other columns are
        ignored, but for names that `open_frame` refuses.
    catalogue
        The SKUs and nodes there are.
    problems
        What to do with a bad row; in columns it leaves a row of no meaning.

    Returns
    -------
    EventColumns, or dict of int to event
        Events by row where some are about more than on hand and safety.

    Raises
    ------
    ValidationError
        A missing or misspelt column, columns of different lengths, a text or NaN among the
        quantities, a quantity finer than the item's quantum, below what the event
        allows or beyond a cell. The path says where: ``events.quantity[17]``.
    UnknownSkuError, UnknownNodeError
        An id the catalogue does not have.
    """
    frame, names = open_frame(frame, EVENT_COLUMNS, "events")
    if needs_objects(frame, names):
        return events_from_rows(frame, names, problems)
    require(names, ("sku", "node", "quantity"), "events")
    quantity = frame["quantity"]
    rows = column_length(quantity, "events.quantity")
    what = np.full(rows, int(Effect.RECEIVE), np.int64)
    read = Codes(rows, problems)
    if "event" in names:
        what = read.codes(frame["event"], EFFECT_OF, "events.event", _bad_event)
        what[what == 0] = int(Effect.RECEIVE)
    known = catalogue.skus.numbers
    skus = read.codes(frame["sku"], known, "events.sku", bad_id(UnknownSkuError))
    known = catalogue.nodes.numbers
    nodes = read.codes(frame["node"], known, "events.node", bad_id(UnknownNodeError))
    decimals = catalogue.decimals[skus]
    quantities = quanta_column(quantity, decimals, "events.quantity", problems)
    _check_least(what, quantities, decimals, problems)
    return EventColumns(
        what,
        skus,
        nodes,
        quantities,
        read_times(frame, names, rows, problems),
        read_ids(frame, names, rows, problems),
        read_sources(frame, names, rows, problems),
    )


# -- ids and kinds ---------------------------------------------------------------------


class Codes:
    """Columns of ids, each looked up once: per entry, or per category."""

    def __init__(self, rows: int, problems: Problems) -> None:
        self._rows, self._problems = rows, problems

    def codes(
        self,
        column: Any,
        numbers: Mapping[str, int],
        path: str,
        complain: Complaint,
        gap: int | None = None,
    ) -> I8:
        """Return the number of each entry, 0 for one that has none.

        An entry that says nothing is ``gap``, where that is a number.
        """
        if isinstance(column, str):
            if column not in numbers:
                raise complain(column, path)
            return np.full(self._rows, int(numbers[column]), np.int64)
        check_length(column, path, self._rows)
        encoded = encoded_column(column)
        if encoded is None:
            texts = as_list(column)
            found = _look_up(texts, numbers)
        else:
            texts, places = encoded
            found = np.append(_look_up(texts, numbers), -1)[places]
        bad = np.flatnonzero(found < 0)
        if len(bad):
            values = texts if encoded is None else [*texts, None]
            at = (lambda row: row) if encoded is None else places.__getitem__
            if gap is not None:
                said = [not is_missing(values[at(row)]) for row in bad.tolist()]
                found[bad] = gap
                bad = bad[said]
            self._problems.note(
                bad, lambda row: complain(values[at(row)], f"{path}[{row}]")
            )
            found[bad] = 0
        return found


def _look_up(texts: list[Any], numbers: Mapping[str, int]) -> I8:
    get = numbers.get
    try:
        return np.array([get(text, -1) for text in texts], np.int64)
    except TypeError:
        # Something that cannot be a key, such as a list, is at any rate no id.
        known = [get(text, -1) if isinstance(text, str) else -1 for text in texts]
        return np.array(known, np.int64)


def bad_id(unknown: type[UnknownIdError]) -> Complaint:
    """Return what words the error of an id that is unknown, or no text."""

    def complain(value: Any, path: str) -> OmnirouteError:
        if isinstance(value, str):
            return unknown(value, path)
        return ValidationError(path, f"a {unknown.kind} id (text)", value)

    return complain


def _bad_event(value: Any, path: str) -> OmnirouteError:
    return ValidationError(path, "one of " + ", ".join(KINDS), value)


# -- quantities ------------------------------------------------------------------------


def quanta_column(
    column: Any,
    decimals: NDArray[np.int8],
    path: str,
    problems: Problems,
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
    found = np.zeros(len(decimals), np.int64)
    each = zip(as_list(column), decimals.tolist(), strict=True)
    for row, (value, places) in enumerate(each):
        try:
            found[row] = to_quanta(value, places, f"{path}[{row}]", positive=False)
        except ValidationError as error:
            problems.note(np.array([row]), partial(_same, error))
    return found


def _same(error: OmnirouteError, _: int) -> OmnirouteError:
    return error


def _numbers(column: Any) -> NDArray[Any] | None:
    """Return the column as an array of integers or floats, if it is nothing else."""
    if isinstance(column, list | tuple):
        kinds = set(map(type, column))
        if not kinds <= {int, float}:
            # Left to numpy, True would become 1 and a text make all others texts.
            return None
        column = np.array(column, np.float64 if float in kinds else None)
    if isinstance(column, np.ma.MaskedArray):
        # Its gaps would become the numbers under the mask.
        return None
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


def _check_least(
    what: I8, quanta: I8, decimals: NDArray[np.int8], problems: Problems
) -> None:
    least = np.full(max(LEAST) + 1, -QUANTITY_MAX, np.int64)
    for effect, quantity in LEAST.items():
        least[effect] = quantity

    def error(row: int) -> OmnirouteError:
        expected = expected_quantity(Effect(what[row]))
        value = from_quanta(int(quanta[row]), int(decimals[row]))
        return ValidationError(f"events.quantity[{row}]", expected, value)

    problems.note(np.flatnonzero(quanta < least[what]), error)
