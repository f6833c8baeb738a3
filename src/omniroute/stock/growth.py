"""Arrays that grow by doubling, so that adding one by one stays amortised O(1)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def grown(array: NDArray[Any], length: int) -> NDArray[Any]:
    """Return the array, or a zero-filled larger copy with room for ``length`` rows.

    Examples
    --------
    >>> grown(np.ones(3, np.int64), 4).tolist()
    [1, 1, 1, 0, 0, 0]
    """
    if length <= len(array):
        return array
    larger = np.zeros((max(length, 2 * len(array)), *array.shape[1:]), array.dtype)
    larger[: len(array)] = array
    return larger
