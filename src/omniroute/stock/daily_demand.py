"""Daily demand by cell, which rules in days of cover look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omniroute.codes import QUANTITY_MAX
from omniroute.errors import UnknownIdError, ValidationError
from omniroute.model.exact import Number, to_scaled
from omniroute.model.safety import SafetyRule
from omniroute.stock.ids import Catalogue

I8 = NDArray[np.int64]

_THOUSAND = 1_000


def demands_of(daily_demand: Any, catalogue: Catalogue) -> tuple[I8, I8]:
    """Thousandths of a quantum a day by cell, sorted by cell.

    A cell is the key ``sku * nodes + node``. ``daily_demand`` is what a caller said: a
    dict of (SKU, node) and units a day, or None.
    """
    if daily_demand is None:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    if not isinstance(daily_demand, Mapping):
        expected = "a dict of (SKU, node) and units a day"
        raise ValidationError("daily_demand", expected, daily_demand)
    found = {}
    for cell, units in daily_demand.items():
        path = f"daily_demand[{cell!r}]"
        if not isinstance(cell, tuple) or len(cell) != 2:
            raise ValidationError(path, "a key (SKU, node)", cell)
        try:
            sku, node = catalogue.sku(cell[0]), catalogue.node(cell[1])
        except UnknownIdError as error:
            raise error.under(path) from None
        scale = 10 ** int(catalogue.decimals[sku])
        found[sku * len(catalogue.nodes) + node] = _demand(units, path) * scale
    return by_key(found)


def above_0(demand: tuple[I8, I8]) -> dict[int, int]:
    """Return daily demand by cell, without those that need none."""
    keys, values = demand
    some = values > 0
    return dict(zip(keys[some].tolist(), values[some].tolist(), strict=True))


def by_key(values: Mapping[int, int]) -> tuple[I8, I8]:
    """Return keys in order, and the value of each."""
    keys = sorted(values)
    return np.array(keys, np.int64), np.array([values[k] for k in keys], np.int64)


def require_demand(rules: Sequence[SafetyRule], demand: tuple[I8, I8]) -> None:
    """Refuse days of cover where nobody has said how much a day takes."""
    of_days = [i for i, rule in enumerate(rules) if rule.days is not None]
    if of_days and not len(demand[0]):
        expected = f"units a day of some (SKU, node), for rules[{of_days[0]}] in days"
        raise ValidationError("daily_demand", expected, None)


def _demand(units: Number, path: str) -> int:
    thousandths = to_scaled(units, 3, path, "units a day, not below 0")
    if not 0 <= thousandths <= QUANTITY_MAX * _THOUSAND:
        raise ValidationError(path, "units a day, not below 0", units)
    return thousandths
