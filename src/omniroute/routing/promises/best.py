"""Which service is best of many offers in columns: by rows, all at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from omniroute.errors import ValidationError
from omniroute.model.objectives import OFFERED

I8 = NDArray[np.int64]


def best_column(
    objective: str, there: NDArray[np.bool_], cost: I8, soon: I8, *before: I8
) -> I8:
    """Return the column of the best offer of each row; -1 where there is none.

    Parameters
    ----------
    objective
        ``"cheapest"``, then the soonest; or ``"fastest"``, then the cheapest. Then the
        first column.
    there
        bool[n, V]: where there is an offer.
    cost, soon
        int64[n, V]: money and arrival, the less the better.
    before
        int64[n, V]: what counts before either.

    Raises
    ------
    ValidationError
        No such objective.
    """
    if objective not in OFFERED:
        expected = "one of " + ", ".join(OFFERED)
        raise ValidationError("objective", expected, objective)
    words = (soon, cost) if objective == "fastest" else (cost, soon)
    tied, never = there, np.iinfo(np.int64).max
    for word in (*before, *words):
        left = np.where(tied, word, never)
        tied = tied & (left == left.min(axis=1, keepdims=True, initial=never))
    if not there.shape[1]:
        return np.full(len(there), -1, np.int64)
    return np.where(there.any(axis=1), tied.argmax(axis=1), -1)
