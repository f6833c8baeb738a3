"""What each candidate's shipment would cost, term by term.

One entry a term of `plan.TERMS`, under the same name and in the same order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from omniroute.kernels.order.layout import (
    C_LINE,
    C_ORDER,
    C_UNIT,
    S_DEN,
    S_NUM,
    S_T_MAX,
)
from omniroute.routing.explaining.seen import Seen

I8 = NDArray[np.int64]


def _rate(seen: Seen) -> I8:
    """Return the carrier's price of the load; of a lane only, and what it carries."""
    services = seen.tables.services
    steps = -(-seen.loads.grams * services[:, S_NUM] // services[:, S_DEN])
    steps = np.clip(steps, 1, services[:, S_T_MAX])
    found: I8 = seen.tables.prices[np.maximum(seen.rows, 0), steps]
    return found


def _handling_order(seen: Seen) -> I8:
    return seen.costs[:, C_ORDER, None]


def _handling_line(seen: Seen) -> I8:
    return seen.costs[:, C_LINE, None] * seen.loads.lines


def _handling_unit(seen: Seen) -> I8:
    return seen.costs[:, C_UNIT, None] * seen.loads.units


#: Money by node and service, int64[N, V] or a shape that becomes it.
COSTS: Final[dict[str, Callable[[Seen], I8]]] = {
    "rate": _rate,
    "handling_order": _handling_order,
    "handling_line": _handling_line,
    "handling_unit": _handling_unit,
}


def costs(seen: Seen) -> I8:
    """int64[T, N, V]: each term; of no meaning where a node and service are out."""
    return np.stack(
        [np.broadcast_to(cost(seen), seen.shape) for cost in COSTS.values()]
    )
