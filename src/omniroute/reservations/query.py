"""What reservations hold, as columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import ReservationState
from omniroute.kernels.stock.book import (
    C_LINES,
    H_EXPIRES,
    H_STATE,
    L_DUE,
    L_NODE,
    L_OPEN,
    L_OWNER,
    L_QUANTITY,
    L_SHIPPED,
    L_SKU,
)
from omniroute.stock.state import State

I8 = NDArray[np.int64]


def reservation_columns(
    state: State, open_only: bool, sku: int | None, node: int | None
) -> dict[str, Any]:
    """Return one row a line, in the order in which lines were written. O(lines).

    Parameters
    ----------
    state
        Read, never modified.
    open_only
        Only lines that hold something.
    sku, node
        Only lines of this SKU number, of this node index; None for all.
    """
    book = state.book
    lines = book.lines[: book.counters[C_LINES]]
    wanted = np.ones(len(lines), np.bool_)
    if open_only:
        wanted &= lines[:, L_OPEN] > 0
    if sku is not None:
        wanted &= lines[:, L_SKU] == sku
    if node is not None:
        wanted &= lines[:, L_NODE] == node
    found = lines[wanted]
    heads = book.heads[found[:, L_OWNER]]
    return {
        "id": _texts(book.ids.texts, found[:, L_OWNER]),
        "state": _texts([s.name for s in _STATES], heads[:, H_STATE] - 1),
        "expires_s": heads[:, H_EXPIRES],
        "sku": _texts(state.catalogue.skus.texts, found[:, L_SKU]),
        # The last stands for `NO_NODE`.
        "node": _texts([*state.catalogue.nodes.texts, None], found[:, L_NODE]),
        "due_s": found[:, L_DUE],
        "held_quanta": found[:, L_OPEN],
        "taken_quanta": found[:, L_QUANTITY],
        "shipped_quanta": found[:, L_SHIPPED],
    }


_STATES = tuple(ReservationState)


def _texts(texts: Sequence[str | None], numbers: I8) -> list[str | None]:
    return [texts[number] for number in numbers.tolist()]
