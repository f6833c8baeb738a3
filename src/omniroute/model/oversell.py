"""Permission to promise more than there is: oversell and backorder."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

import attrs
import numpy as np
from attrs import field

from omniroute.errors import ConfigurationError
from omniroute.model.checks import one_of
from omniroute.model.exact import Number, from_scaled, to_scaled
from omniroute.model.scope import I8, Columns, Numbers, Scoped, ScopeIndex

#: What happens where stock runs out: refuse; promise on and say so; promise on.
LEVELS: Final = ("block", "warn", "ignore")
#: How far below an unlimited permission goes: half of what a cell can hold, so that
#: what is free stays within range whatever is on hand.
UNLIMITED_FLOOR: Final = 2**30

_THOUSAND = 1_000


def _level(value: str) -> str:
    return one_of(value, "level", LEVELS, ConfigurationError)


def _floor(value: Number | None) -> Decimal | None:
    if value is None:
        return None
    expected = f"a number from 0 to {UNLIMITED_FLOOR}, or None for no limit"
    scaled = to_scaled(value, 3, "floor", expected, ConfigurationError)
    if not 0 <= scaled <= UNLIMITED_FLOOR * _THOUSAND:
        raise ConfigurationError("floor", expected, value)
    return from_scaled(scaled, 3)


@attrs.frozen
class OversellRule(Scoped):
    """How far below nothing some cells may be promised.

    The most specific rule wins, as with `SafetyRule`.

    Parameters
    ----------
    level
        ``"block"``: refuse, as where there is no rule. ``"warn"``: promise down to the
        floor, and say which part has no stock. ``"ignore"``: promise and say nothing.
    floor
        Units a cell may be promised beyond what it has; None for no limit. Finer than
        the item's quantum is rounded down.

    Raises
    ------
    ConfigurationError
        No such level, a floor out of bounds, or a floor for what is blocked.

    Examples
    --------
    >>> OversellRule("warn", floor=10, item_class="garden").floor
    Decimal('10')
    """

    level: str = field(default="warn", converter=_level)
    floor: Decimal | None = field(default=None, converter=_floor)

    def __attrs_post_init__(self) -> None:
        if self.level == "block" and self.floor is not None:
            raise ConfigurationError("floor", "None: nothing is oversold", self.floor)
        if self.service is not None:
            raise ConfigurationError("service", "None: ask per channel", self.service)


class OversellRules:
    """Rules ready to be looked up.

    Parameters
    ----------
    rules
        `OversellRule` objects, each scope once.
    numbers
        As for `ScopeIndex`.

    Raises
    ------
    ConfigurationError, UnknownIdError
        Two rules of one scope, or a scope that names what there is not.

    Examples
    --------
    >>> found = OversellRules([OversellRule(floor=3, sku="BOLT")], {"sku": {"BOLT": 0}})
    >>> found.floors({"sku": np.array([0])}, np.array([10])).tolist()
    [30]
    """

    __slots__ = ("_floors", "_index", "_levels", "channels", "rules")

    def __init__(self, rules: Iterable[OversellRule], numbers: Numbers) -> None:
        self.rules = _checked(rules)
        self._index = ScopeIndex(self.rules, numbers)
        # The last is for cells that no rule fits: places of -1 find it.
        self._floors = np.array([*map(_thousandths, self.rules), 0], np.int64)
        levels = [LEVELS.index(rule.level) for rule in self.rules]
        self._levels = np.array([*levels, 0], np.int64)
        named = {rule.channel for rule in self.rules if rule.channel is not None}
        #: Channels that rules name.
        self.channels = tuple(sorted(named))

    def of_asker(self, channel: str | None) -> bool:
        """Whether who asks through a channel may have another floor than others."""
        return channel in self.channels

    def floors(self, cells: Columns, scale: I8, channel: str | None = None) -> I8:
        """Return the quanta each cell may be promised beyond what it has."""
        which = self._index.pick(cells, channel=channel)
        quanta = self._floors[which] * scale // _THOUSAND
        return np.asarray(np.minimum(quanta, UNLIMITED_FLOOR))

    def levels(self, cells: Columns, channel: str | None = None) -> I8:
        """Return the place in `LEVELS` of what happens at each cell."""
        return np.asarray(self._levels[self._index.pick(cells, channel=channel)])


def _thousandths(rule: OversellRule) -> int:
    if rule.level == "block":
        return 0
    floor = UNLIMITED_FLOOR if rule.floor is None else rule.floor
    return to_scaled(floor, 3, "floor")


def _checked(rules: Iterable[OversellRule]) -> tuple[OversellRule, ...]:
    if isinstance(rules, str | bytes | OversellRule) or not isinstance(rules, Iterable):
        raise ConfigurationError("rules", "a sequence of OversellRule objects", rules)
    found = tuple(rules)
    for i, rule in enumerate(found):
        if not isinstance(rule, OversellRule):
            raise ConfigurationError(f"rules[{i}]", "an OversellRule", rule)
    return found


def without_stock(quantity: int, free: int, floor: int) -> int:
    """Return how much of a promise has no stock behind it.

    Parameters
    ----------
    quantity
        Quanta promised.
    free
        What the cell could promise before, permission included.
    floor
        The permission.

    Examples
    --------
    >>> without_stock(quantity=5, free=13, floor=10)
    2
    """
    return max(0, quantity - max(0, free - floor))
