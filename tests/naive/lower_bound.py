"""A lower bound that needs no search: the linear relaxation of the mixed model."""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import vstack

from .mip import scope_of
from .mip_model import build
from .routing_instance import Instance

#: How far, relative to the bound, a linear solver's answer is not trusted.
MARGIN = 1e-6


def lower_bound(
    instance: Instance,
    units: int,
    latest: int | None = None,
    max_shipments: int | None = None,
) -> int:
    """Return money below which no plan serves so many units.

    Parameters
    ----------
    units
        The *most* units that can be served: what the best plan serves.
    latest
        Only options of at most so many transit days; None for all.
    """
    options = [
        o
        for o, option in enumerate(instance.options)
        if latest is None or option.transit_days <= latest
    ]
    if units == 0:
        return 0
    model = build(instance, scope_of(instance, options, max_shipments, units))
    rows = model.constraints()
    equal = rows.lb == rows.ub
    above, below = np.isfinite(rows.ub) & ~equal, np.isfinite(rows.lb) & ~equal
    relaxed = linprog(
        np.array(model.cost, dtype=float) / model.money_unit,
        A_ub=vstack([rows.A[above], -rows.A[below]]),
        b_ub=np.concatenate([rows.ub[above], -rows.lb[below]]),
        A_eq=rows.A[equal],
        b_eq=rows.ub[equal],
        bounds=np.column_stack([np.zeros(len(model.upper)), model.upper]),
    )
    assert relaxed.status == 0, relaxed.message
    return math.ceil(relaxed.fun * (1 - MARGIN)) * model.money_unit
