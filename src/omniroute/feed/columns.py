"""Columns of ids and quantities, for numpy and for whoever reads Arrow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import UNLIMITED
from omniroute.errors import ConfigurationError


class Coded(NamedTuple):
    """A column of texts, kept as the texts once and a number a row; -1 for none."""

    texts: Sequence[str]
    codes: NDArray[Any]

    def objects(self) -> NDArray[Any]:
        """Return the text of every row. O(n)."""
        return np.asarray(np.array([*self.texts, None], object)[self.codes])


def units(quanta: NDArray[np.int64], decimals: NDArray[np.int8]) -> NDArray[Any]:
    """Return units: the quanta themselves, or float64 where some item has decimals.

    Also float64 where something never runs short, of which there is infinity.
    """
    endless = quanta.max(initial=0) >= UNLIMITED
    if not (endless or decimals.any()):
        return quanta
    found = quanta / 10.0**decimals
    return np.where(quanta >= UNLIMITED, np.inf, found) if endless else found


def plain(columns: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
    """Return the columns as arrays."""
    return {
        name: column.objects() if isinstance(column, Coded) else column
        for name, column in columns.items()
    }


def arrow_stream(columns: Mapping[str, Any], requested_schema: Any) -> Any:
    """Return a stream of the columns for ``__arrow_c_stream__``; ids as dictionaries.

    Raises
    ------
    ConfigurationError
        pyarrow is not installed, which makes the stream.
    """
    try:
        # Here and not above: it is needed for nothing else, and may be absent.
        pa = import_module("pyarrow")
    except ImportError:
        expected = "pyarrow to be installed, or columns() to be read instead"
        raise ConfigurationError("pyarrow", expected, None) from None
    arrays = {
        name: pa.DictionaryArray.from_arrays(
            pa.array(column.codes, pa.int32(), mask=column.codes < 0),
            pa.array(list(column.texts), pa.string()),
        )
        if isinstance(column, Coded)
        else pa.array(column)
        for name, column in columns.items()
    }
    return pa.table(arrays).__arrow_c_stream__(requested_schema)
