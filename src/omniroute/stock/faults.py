"""Why an effect could not be applied, in words."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import QUANTITY_MAX
from omniroute.errors import ValidationError
from omniroute.kernels.stock.book import (
    FAULT_BOOK,
    FAULT_CELL,
    FAULT_INBOUND,
    FAULT_KIND,
    FAULT_RANGE,
    FAULT_SKU,
    FAULT_TIME,
)

I8 = NDArray[np.int64]

_EXPECTED = {
    FAULT_RANGE: f"no quantity beyond {QUANTITY_MAX}, none reserved or safe below 0",
    FAULT_CELL: "a cell that holds the line, or a node of the catalogue",
    FAULT_SKU: "a SKU number of the catalogue",
    FAULT_BOOK: "an open reservation with such a line, or none that holds anything",
    FAULT_TIME: "a time not before the state's",
    FAULT_KIND: "a known effect",
    FAULT_INBOUND: "inbound supply that has so many units still to come, or a reason",
}


def fault(rows: I8, at: int, reason: int) -> ValidationError:
    """Return the error that says what row ``at`` should have been: one of FAULT_*."""
    return ValidationError(f"effects[{at}]", _EXPECTED[reason], rows[at].tolist())
