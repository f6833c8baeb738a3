"""What is sold."""

from __future__ import annotations

import attrs
from attrs import field

from omniroute.model.checks import text, whole

#: Heaviest unit in grams: a thousand tonnes, so that a misread column is noticed.
WEIGHT_MAX_G = 10**9
#: Finest quantum: a thousandth of a unit.
DECIMALS_MAX = 3


def _sku(value: str) -> str:
    return text(value, "sku")


def _weight(value: int) -> int:
    return whole(value, "weight_g", 0, WEIGHT_MAX_G)


def _decimals(value: int) -> int:
    return whole(value, "decimals", 0, DECIMALS_MAX)


def _item_class(value: str | None) -> str | None:
    return None if value is None else text(value, "item_class")


@attrs.frozen
class Item:
    """One thing that is sold.

    Parameters
    ----------
    sku
        Its id: text of 1 to 200 characters.
    weight_g
        Whole grams of one unit.
    decimals
        0 for pieces; 1 to 3 for what is sold by weight or length, in tenths to
        thousandths of a unit.
    item_class
        What rules about several items may call it; None for no class.

    Raises
    ------
    ValidationError
        One of these is out of bounds.

    Examples
    --------
    >>> Item("CABLE-M", weight_g=120, decimals=2).scale
    100
    """

    sku: str = field(converter=_sku)
    weight_g: int = field(default=0, converter=_weight)
    decimals: int = field(default=0, converter=_decimals)
    item_class: str | None = field(default=None, converter=_item_class)

    @property
    def scale(self) -> int:
        """Quanta to the unit: ``10**decimals``."""
        return int(10**self.decimals)
