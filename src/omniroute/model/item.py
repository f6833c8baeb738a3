"""What is sold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import attrs
from attrs import field

from omniroute.codes import QUANTITY_MAX
from omniroute.errors import ValidationError
from omniroute.model.checks import one_of, text, texts, whole
from omniroute.model.exact import Number
from omniroute.model.quantity import check_quantity

#: Heaviest unit in grams: a thousand tonnes, so that a misread column is noticed.
WEIGHT_MAX_G = 10**9
#: Finest quantum: a thousandth of a unit.
DECIMALS_MAX = 3
#: Longest replenishment lead time: ten years.
LEAD_TIME_MAX_DAYS = 3_660
#: What becomes of a quantity that is no whole number of packs.
PACK_ROUNDINGS: Final = ("refuse", "up", "down")


def _sku(value: str) -> str:
    return text(value, "sku")


def _weight(value: int) -> int:
    return whole(value, "weight_g", 0, WEIGHT_MAX_G)


def _decimals(value: int) -> int:
    return whole(value, "decimals", 0, DECIMALS_MAX)


def _item_class(value: str | None) -> str | None:
    return None if value is None else text(value, "item_class")


def _components(value: Any) -> tuple[tuple[str, Number], ...]:
    """Return a kit's components as pairs, in the order given."""
    expected = "a dict of SKU and quantity, or a sequence of such pairs"
    pairs = value.items() if isinstance(value, Mapping) else value
    if isinstance(pairs, str | bytes) or not isinstance(pairs, Iterable):
        raise ValidationError("components", expected, value)
    found: dict[str, Number] = {}
    for i, pair in enumerate(pairs):
        path = f"components[{i}]"
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise ValidationError(path, "a pair of SKU and quantity", pair)
        sku = text(pair[0], f"{path}.sku")
        if sku in found:
            raise ValidationError(f"{path}.sku", "a SKU not given before", sku)
        check_quantity(pair[1], f"{path}.quantity")
        found[sku] = pair[1]
    return tuple(found.items())


def _pack_size(value: int) -> int:
    return whole(value, "pack_size", 1, QUANTITY_MAX)


def _pack_rounding(value: str) -> str:
    return one_of(value, "pack_rounding", PACK_ROUNDINGS)


def _lead_time(value: int | None) -> int | None:
    path = "replenishment_lead_time_days"
    return None if value is None else whole(value, path, 0, LEAD_TIME_MAX_DAYS)


def _substitutes(value: Iterable[str]) -> tuple[str, ...]:
    return texts(value, "substitutes")


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
    components
        Of a kit: units of each component in one unit of it, by SKU. A kit has no stock
        of its own, has no decimals, and weighs what its components weigh unless it
        says otherwise; a component may be a kit.
    pack_size
        Whole units to the pack: it is promised and sold in whole packs.
    pack_rounding
        What becomes of an ordered quantity between two packs: ``"refuse"`` it, or
        round it ``"up"`` or ``"down"``.
    substitutes
        SKUs that may be sent in its place, the best first, unit for unit, to an order
        line that says so.
    replenishment_lead_time_days
        Days after which more can be had, whatever is on its way: an infinite-supply
        fence of `AtpRule` may go by it. None: never.

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
    components: tuple[tuple[str, Number], ...] = field(
        default=(), converter=_components
    )
    pack_size: int = field(default=1, converter=_pack_size)
    pack_rounding: str = field(default="refuse", converter=_pack_rounding)
    substitutes: tuple[str, ...] = field(default=(), converter=_substitutes)
    replenishment_lead_time_days: int | None = field(
        default=None, converter=_lead_time, kw_only=True
    )

    def __attrs_post_init__(self) -> None:
        if self.components and self.decimals:
            raise ValidationError("decimals", "0: kits are whole", self.decimals)
        if self.sku in self.substitutes:
            raise ValidationError("substitutes", "other SKUs than its own", self.sku)

    @property
    def scale(self) -> int:
        """Quanta to the unit: ``10**decimals``."""
        return int(10**self.decimals)
