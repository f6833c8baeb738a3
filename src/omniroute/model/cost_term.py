"""A term of what a plan costs: a small function over candidates, with its parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeAlias

import attrs
from attrs import field

from omniroute.errors import ConfigurationError
from omniroute.model.checks import flag, one_of, text
from omniroute.model.term_parameters import Frozen, checked, frozen

#: What an amount is for: a shipment from a node by a service; each line or unit at a
#: node; each unit of a SKU at a node.
PER: Final = ("shipment", "line", "unit", "item")
#: Names that shipments have for terms of their own.
TAKEN: Final = (
    "rate",
    "handling_order",
    "handling_line",
    "handling_unit",
    "distance_price",
    "split_penalty",
)

#: How the names of what work over its limit counts begin.
WORK_PRICE: Final = "capacity_price"

Function: TypeAlias = Callable[..., Any] | str


def _name(value: str) -> str:
    name = text(value, "name", ConfigurationError)
    if name in TAKEN:
        raise ConfigurationError("name", "a name that shipments do not use", value)
    return name


def _function(value: Function) -> Function:
    if callable(value):
        return value
    return text(value, "function", ConfigurationError)


def _per(value: str) -> str:
    return one_of(value, "per", PER, ConfigurationError)


def _cash(value: bool) -> bool:
    return flag(value, "cash", ConfigurationError)


def _merges(value: bool) -> bool:
    return flag(value, "merges", ConfigurationError)


def _parameters(value: Any) -> Frozen:
    if not isinstance(value, Mapping):
        raise ConfigurationError("parameters", "a mapping", value)
    for key in value:
        text(key, "parameters", ConfigurationError)
    try:
        found = frozen(value)
    except TypeError:
        expected = "numbers, texts, and mappings or lists of them"
        raise ConfigurationError("parameters", expected, value) from None
    assert isinstance(found, Frozen)
    return found


@attrs.frozen
class CostTerm:
    """A term of the objective, by name.

    Parameters
    ----------
    name
        What shipments call it.
    function
        Amounts of candidates, in the currency unit: a function of one's own, or the name
        of one of `omniroute.model.terms`. It is called with columns (`LaneCandidates`, or
        `StockCandidates` where ``per`` is ``"item"``) and the parameters, and returns one
        number a row. A row's number depends on that row only: it is asked for all
        candidates, and again for the chosen ones.
    per
        What an amount is for: ``"shipment"``, ``"line"``, ``"unit"`` or ``"item"``.
    cash
        Whether it is money that is paid: part of `Plan.cost`. Prices, credits and
        penalties are part of `Plan.objective` only.
    merges
        Whether one shipment from a node never costs more than two. If not, no plan is
        proven.
    parameters
        Keyword arguments of the function: numbers, texts, flags, and mappings or lists of
        them, which it gets as mappings and tuples that do not change.

    Raises
    ------
    ConfigurationError
        One of these cannot be.

    Examples
    --------
    >>> CostTerm("carbon", lambda lanes: lanes.distance_m * 1e-6).per
    'shipment'
    """

    name: str = field(converter=_name)
    function: Function = field(converter=_function)
    per: str = field(default="shipment", converter=_per)
    cash: bool = field(default=False, converter=_cash)
    merges: bool = field(default=True, converter=_merges)
    parameters: Frozen = field(default=Frozen({}), converter=_parameters)

    def __attrs_post_init__(self) -> None:
        if isinstance(self.function, str):
            found = checked(self.function, self.per, self.parameters)
            object.__setattr__(self, "parameters", found)


def cost_terms(value: Iterable[Any], path: str) -> tuple[CostTerm, ...]:
    """Check the terms of a policy: each a `CostTerm`, of a name of its own."""
    if isinstance(value, str | bytes | CostTerm) or not isinstance(value, Iterable):
        raise ConfigurationError(path, "a sequence of CostTerm objects", value)
    terms = tuple(value)
    for i, term in enumerate(terms):
        if not isinstance(term, CostTerm):
            raise ConfigurationError(f"{path}[{i}]", "a CostTerm", term)
        if term.name.startswith(WORK_PRICE):
            # Work over its limit has such a term under every policy.
            expected = f"a name that does not begin with {WORK_PRICE}"
            raise ConfigurationError(f"{path}[{i}].name", expected, term.name)
        if term.name in [other.name for other in terms[:i]]:
            expected = "a name not given before"
            raise ConfigurationError(f"{path}[{i}].name", expected, term.name)
    return terms
