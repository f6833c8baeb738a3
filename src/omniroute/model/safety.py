"""Safety stock: how much a cell holds back, by rule.

Of all rules that fit a cell and who asks, the most specific wins. The fields of a scope
are compared in this order: item, item class, node, node kind, service, channel; a rule
that names the first of them beats every rule that does not. Who asks for several
services is held to the largest of what each of them would be held to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

import attrs
import numpy as np
from attrs import field
from numpy.typing import NDArray

from omniroute.codes import QUANTITY_MAX
from omniroute.errors import ConfigurationError
from omniroute.model.checks import flag, one_of
from omniroute.model.exact import Number, to_scaled
from omniroute.model.figures import figure, percent_figure, quantity_figure
from omniroute.model.scope import I8, Columns, Numbers, Scoped, ScopeIndex

#: What a rule guards: promises, routing (on top of promises), or the whole network.
GUARDS: Final = ("promise", "routing", "network")
#: Most days of cover, so that days times demand stays within int64.
DAYS_MAX: Final = 1_000

#: Parts of a rule's figures: thousandths of units and days, 1/10,000 of a per cent.
_THOUSAND, _MILLION = 1_000, 1_000_000
_ABSOLUTE, _PERCENT, _DAYS = 0, 1, 2


def _days(value: Number | None) -> Decimal | None:
    return figure(value, "days", 3, DAYS_MAX)


def _whole_units(value: bool) -> bool:
    return flag(value, "whole_units", ConfigurationError)


def _guards(value: str) -> str:
    return one_of(value, "guards", GUARDS, ConfigurationError)


@attrs.frozen
class SafetyRule(Scoped):
    """How much of some cells is held back.

    Parameters
    ----------
    quantity
        Units; finer than the item's quantum is rounded up.
    percent
        Of what is on hand, reserved or not; nothing where that is below zero.
    days
        Days of cover: times the cell's daily demand, rounded up to the quantum.
    whole_units
        Truncate what a percentage leaves to whole units; by default it is kept to the
        item's quantum. It makes a difference for items with decimals only.
    guards
        ``"promise"``; ``"routing"`` for a protection that orders are routed around on
        top of it, so that the larger of the two holds; ``"network"`` for a threshold
        subtracted once from the sum over all nodes.

    Raises
    ------
    ConfigurationError
        Not exactly one of quantity, percent and days; a figure out of bounds; a network
        threshold with a percentage or days, or that names a node, service or channel.

    Examples
    --------
    >>> SafetyRule(2, node_kind="store").quantity
    Decimal('2')
    >>> SafetyRule(percent=25, sku="FLOUR", whole_units=True).percent
    Decimal('25')
    """

    quantity: Decimal | None = field(default=None, converter=quantity_figure)
    percent: Decimal | None = field(
        default=None, converter=percent_figure, kw_only=True
    )
    days: Decimal | None = field(default=None, converter=_days, kw_only=True)
    whole_units: bool = field(default=False, converter=_whole_units, kw_only=True)
    guards: str = field(default="promise", converter=_guards, kw_only=True)

    def __attrs_post_init__(self) -> None:
        given = [
            name
            for name in ("quantity", "percent", "days")
            if getattr(self, name) is not None
        ]
        if len(given) != 1:
            expected = "one of quantity, percent and days"
            raise ConfigurationError("quantity", expected, given)
        if self.guards != "network":
            return
        if self.quantity is None:
            raise ConfigurationError(given[0], "a quantity for the network", self)
        for name in ("node", "node_kind", "service", "channel"):
            if getattr(self, name) is not None:
                expected = "None: a network threshold is for an item or a class"
                raise ConfigurationError(name, expected, getattr(self, name))

    @property
    def follows(self) -> str | None:
        """What its amount follows: ``"stock"``, ``"demand"``, or None."""
        if self.percent is not None:
            return "stock"
        return "demand" if self.days is not None else None


@attrs.frozen(eq=False)
class CellFacts:
    """What rules look at, in columns of one length.

    Parameters
    ----------
    columns
        Numbers by field of ``scope.CELL_FIELDS``.
    on_hand
        int64[n]: quanta.
    scale
        int64[n]: quanta to the unit.
    daily_demand
        int64[n]: thousandths of a quantum a day.
    """

    columns: Columns
    on_hand: I8
    scale: I8
    daily_demand: I8


class SafetyRules:
    """Rules ready to be looked up.

    Parameters
    ----------
    rules
        `SafetyRule` objects, each scope once for each thing guarded.
    numbers
        As for `ScopeIndex`.

    Raises
    ------
    ConfigurationError, UnknownIdError
        Two rules of one scope, or a scope that names what there is not; the path says
        which (``rules[3].node``).

    Examples
    --------
    >>> numbers = {"sku": {"BOLT": 0}, "item_class": {}, "node": {"N1": 0, "N2": 1}}
    >>> found = SafetyRules([SafetyRule(2), SafetyRule(percent=25, node="N2")], numbers)
    >>> zeros = np.zeros(2, np.int64)
    >>> columns = {"sku": zeros, "node": np.array([0, 1])}
    >>> facts = CellFacts(columns, np.array([10, 10]), zeros + 1, zeros)
    >>> found.resolve(facts).tolist()
    [2, 3]
    """

    __slots__ = ("_amounts", "_index", "_kinds", "_whole", "rules")

    def __init__(self, rules: Iterable[SafetyRule], numbers: Numbers) -> None:
        self.rules = _checked(rules)
        self._index: dict[str, ScopeIndex] = {}
        self._kinds = np.array([_kind(rule) for rule in self.rules], np.int64)
        self._amounts = np.array([_amount(rule) for rule in self.rules], np.int64)
        self._whole = np.array([rule.whole_units for rule in self.rules], np.bool_)
        for what in GUARDS:
            self._index[what] = _Guarding(self.rules, what, numbers)

    def has(self, guards: str) -> bool:
        """Whether any rule guards this."""
        return any(rule.guards == guards for rule in self.rules)

    @property
    def follow_stock(self) -> bool:
        """Whether an amount changes with what is on hand."""
        return any(rule.follows == "stock" for rule in self.rules)

    def of_asker(
        self, services: Sequence[str], channel: str | None, *, routing: bool
    ) -> bool:
        """Whether who asks so may be held to something else than who asks plainly."""
        return any(
            (rule.service is not None and rule.service in services)
            or (rule.channel is not None and rule.channel == channel)
            or (routing and rule.guards == "routing")
            for rule in self.rules
        )

    def governed(self, cells: Columns) -> NDArray[np.bool_]:
        """Whether a rule for promises fits each cell, asked plainly."""
        return np.asarray(self._index["promise"].pick(cells) >= 0)

    def resolve(
        self,
        facts: CellFacts,
        services: Sequence[str] = (),
        channel: str | None = None,
        *,
        routing: bool = False,
    ) -> I8:
        """Return the quanta each cell holds back from who asks so.

        O(cells x kinds of scope x log rules), for each service.

        Parameters
        ----------
        facts
            The cells.
        services
            What is asked for; the largest amount holds. None at all: rules that name a
            service do not count.
        channel
            Through which channel.
        routing
            For routing: the larger of what guards promises and what guards routing.
        """
        safety = np.zeros(len(facts.on_hand), np.int64)
        for what in ("promise", "routing") if routing else ("promise",):
            for service in services or (None,):
                which = self._index[what].pick(facts.columns, service, channel)
                np.maximum(safety, self._quanta(which, facts), out=safety)
        return safety

    def thresholds(self, columns: Columns, scale: I8) -> I8:
        """Return the quanta subtracted once from the sum over all nodes, by SKU."""
        which = self._index["network"].pick(columns)
        zeros = np.zeros(len(scale), np.int64)
        return self._quanta(which, CellFacts(columns, zeros, scale, zeros))

    def _quanta(self, which: I8, facts: CellFacts) -> I8:
        """Return the amounts of the rules the cells follow; 0 where there is none."""
        out = np.zeros(len(which), np.int64)
        if not len(self.rules):
            return out
        amount, kind = self._amounts[which], self._kinds[which]
        ruled = which >= 0
        here = ruled & (kind == _ABSOLUTE)
        out[here] = _up(amount[here] * facts.scale[here], _THOUSAND)
        here = ruled & (kind == _DAYS)
        out[here] = _up(amount[here] * facts.daily_demand[here], _MILLION)
        here = ruled & (kind == _PERCENT)
        held = np.maximum(facts.on_hand[here], 0)
        left = held * (_MILLION - amount[here]) // _MILLION
        scale = facts.scale[here]
        whole = self._whole[which[here]]
        out[here] = held - np.where(whole, left // scale * scale, left)
        return np.minimum(out, QUANTITY_MAX)


class _Guarding(ScopeIndex):
    """The rules that guard one thing, under their places among all."""

    __slots__ = ("_places",)

    def __init__(
        self, rules: Sequence[SafetyRule], guards: str, numbers: Numbers
    ) -> None:
        places = [i for i, rule in enumerate(rules) if rule.guards == guards]
        self._places = np.array([*places, -1], np.int64)
        super().__init__([rules[i] for i in places], numbers, places=places)

    def pick(
        self, cells: Columns, service: str | None = None, channel: str | None = None
    ) -> I8:
        return np.asarray(self._places[super().pick(cells, service, channel)])


def _up(value: I8, divisor: int) -> I8:
    """Divide and round up."""
    return np.asarray(-(-value // divisor))


def _kind(rule: SafetyRule) -> int:
    if rule.quantity is not None:
        return _ABSOLUTE
    return _PERCENT if rule.percent is not None else _DAYS


def _amount(rule: SafetyRule) -> int:
    if rule.percent is not None:
        return to_scaled(rule.percent, 4, "percent")
    return to_scaled(rule.quantity if rule.days is None else rule.days, 3, "days")


def _checked(rules: Iterable[SafetyRule]) -> tuple[SafetyRule, ...]:
    if isinstance(rules, str | bytes | SafetyRule) or not isinstance(rules, Iterable):
        raise ConfigurationError("rules", "a sequence of SafetyRule objects", rules)
    found = tuple(rules)
    for i, rule in enumerate(found):
        if not isinstance(rule, SafetyRule):
            raise ConfigurationError(f"rules[{i}]", "a SafetyRule", rule)
    return found


# -- what safety stock does to a cell --------------------------------------------------


@attrs.frozen
class Withheld:
    """What safety stock does to one cell, in quanta.

    Parameters
    ----------
    available
        What can be promised.
    withheld
        What is there, unreserved, and held back.
    shortage
        What is promised and not there.
    """

    available: int
    withheld: int
    shortage: int


def withhold(on_hand: int, demand: int, safety: int) -> Withheld:
    """Return what a cell can promise, what it holds back and what it lacks.

    Examples
    --------
    >>> withhold(on_hand=4, demand=3, safety=2)
    Withheld(available=0, withheld=1, shortage=0)
    """
    left = on_hand - demand
    there = max(0, left)
    return Withheld(max(0, there - safety), min(safety, there), max(0, -left))


def network_available(cells: Iterable[int], threshold: int, held: int = 0) -> int:
    """Return what a whole network can promise of a SKU.

    Each node's own figure is clamped at zero, then what is held for the network and the
    threshold are subtracted once: once a node would hold back far more than was asked.

    Examples
    --------
    >>> network_available([4, -2, 3], threshold=5)
    2
    """
    return max(0, sum(max(0, free) for free in cells) - held - threshold)
