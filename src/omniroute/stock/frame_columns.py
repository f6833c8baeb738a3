"""Columns of any make: how long, which texts, which numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from omniroute.errors import ValidationError

I8 = NDArray[np.int64]


def column_length(column: Any, path: str, kind: str = "numbers") -> int:
    """Rows of a column.

    Raises
    ------
    ValidationError
        It is none.
    """
    # An array of no dimension has a length by name only.
    single = isinstance(column, str) or getattr(column, "ndim", 1) == 0
    if single or not hasattr(column, "__len__"):
        raise ValidationError(path, f"a column of {kind}", column)
    return len(column)


def check_length(column: Any, path: str, rows: int) -> None:
    """Check that a column has as many rows as the others."""
    if column_length(column, path) != rows:
        raise ValidationError(path, f"as many rows as quantity ({rows})", len(column))


def encoded_column(column: Any) -> tuple[list[Any], I8] | None:
    """Distinct texts and the place of each row among them, -1 for none."""
    cat = getattr(column, "cat", None)
    codes = getattr(cat, "codes", None)
    if codes is not None:  # a pandas Series of categories
        return list(column.cat.categories), np.asarray(codes, np.int64)
    if hasattr(column, "combine_chunks"):  # a pyarrow ChunkedArray
        column = column.combine_chunks()
    if hasattr(column, "dictionary") and hasattr(column, "indices"):
        places = column.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        return column.dictionary.to_pylist(), places.astype(np.int64)
    if (
        cat is not None
        and hasattr(cat, "get_categories")
        and hasattr(column, "to_physical")
    ):  # polars
        places = column.to_physical().cast(int).fill_null(-1).to_numpy()
        return cat.get_categories().to_list(), places
    return None


def as_list(column: Any) -> list[Any]:
    """Entries of a column as Python objects."""
    if isinstance(column, np.ndarray) and column.dtype.kind == "M":
        # Turned into datetimes they would lose what they say: UTC, as numpy has it.
        return list(column)
    for name in ("tolist", "to_pylist", "to_list"):
        if hasattr(column, name):
            return list(getattr(column, name)())
    return list(column)


def unfloated(value: Any) -> Any:
    """Return a whole float as the integer it was before a gap in its column made it one."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def is_missing(value: Any) -> bool:
    """Whether an entry says nothing: None, NaN, NaT, NA."""
    if value is None:
        return True
    if isinstance(value, str | list | tuple | dict | np.ndarray):
        return False
    same = value == value  # noqa: PLR0124 - what is missing is not equal to itself
    return same is not True and same is not np.True_
