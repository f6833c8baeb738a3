"""What a policy counts of single shipments: what candidates are ranked by."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

I8 = NDArray[np.int64]


class Alone(NamedTuple):
    """What each node sends by each service, if it alone sends all it can.

    Parameters
    ----------
    lines, units : int64[N, V], or int64[N, 1]
        Lines it has some of; units started.
    able : int64[L, N]
        Quanta it has of each line, up to what is wanted.
    arrival : int64[N, V]
        When it arrives, as the kernels count it; -1: never.
    """

    lines: I8
    units: I8
    able: I8
    arrival: I8


class Weighed(NamedTuple):
    """How a policy looks at these shipments.

    Parameters
    ----------
    criteria
        What counts, the first to decide first.
    money : int64[N, V]
        What it counts beside rates and handling, cash or not.
    turn : int64[N, V]
        The first group of a waterfall that admits it, from 0.
    """

    criteria: tuple[str, ...]
    money: I8
    turn: I8
