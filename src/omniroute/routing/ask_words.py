"""What the words of an ask say of services and of nodes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from omniroute.kernels.order.layout import (
    A_EXCLUDED,
    A_GROUPS,
    A_HEADER,
    GROUP_WIDTH,
)


def services_of(words: list[int]) -> int:
    """Return the services that any group of an ask admits, as bits."""
    bits = 0
    for g in range(words[A_GROUPS]):
        bits |= words[A_HEADER + GROUP_WIDTH * g]
    return bits


def excluded_of(words: list[int]) -> list[int]:
    """Return the nodes that an ask rules out by name."""
    first = A_HEADER + GROUP_WIDTH * words[A_GROUPS]
    return words[first : first + words[A_EXCLUDED]]


def mask_of(bits: int, count: int) -> NDArray[np.bool_]:
    """bool[count]: which of the lowest bits are set."""
    return np.array([bits >> s & 1 == 1 for s in range(count)])
