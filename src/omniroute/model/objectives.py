"""What a routing decision minimises: names, and the order in which things count."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from omniroute.errors import ConfigurationError
from omniroute.model.checks import one_of, texts

#: The first two are what kernels know by these numbers.
OBJECTIVES: Final = (
    "cheapest",
    "fastest",
    "fewest_shipments",
    "weighted",
    "lexicographic",
    "waterfall",
)
#: What offers are the best by.
OFFERED: Final = OBJECTIVES[:2]
#: What can stand in a list of criteria.
CRITERIA: Final = OBJECTIVES[:4]
#: Those that count money.
MONEY: Final = ("cheapest", "weighted")


def objective(value: str) -> str:
    """Check the name of an objective."""
    return one_of(value, "objective", OBJECTIVES, ConfigurationError)


def criteria(value: Iterable[str]) -> tuple[str, ...]:
    """Check a list of criteria: each once, money once and days once."""
    names = texts(value, "criteria", ConfigurationError)
    for i, name in enumerate(names):
        one_of(name, f"criteria[{i}]", CRITERIA, ConfigurationError)
    if "weighted" in names:
        # Money for a day is part of it: what arrives when is settled there.
        for name in {"cheapest", "fastest"}.intersection(names):
            path = f"criteria[{names.index(name)}]"
            raise ConfigurationError(path, "no other days or money than weighted", name)
    return names


def in_order(objective: str, named: tuple[str, ...]) -> tuple[str, ...]:
    """Return the criteria of an objective, the first to decide first; money is one.

    Examples
    --------
    >>> in_order("fewest_shipments", ())
    ('fewest_shipments', 'cheapest')
    >>> in_order("lexicographic", ("fewest_shipments", "fastest"))
    ('fewest_shipments', 'fastest', 'cheapest')
    """
    found = named if objective in ("lexicographic", "waterfall") else (objective,)
    return found if set(found) & set(MONEY) else (*found, "cheapest")


def check_fields(policy: Any) -> None:
    """Refuse what an objective lacks, or does not read.

    Raises
    ------
    ConfigurationError
        Naming the field.
    """
    _given("criteria", policy.criteria, policy.objective, ("lexicographic",), may=True)
    _given("groups", policy.groups, policy.objective, ("waterfall",))
    if policy.fill != "order" and policy.objective != "waterfall":
        raise ConfigurationError("fill", "the waterfall objective", policy.fill)
    if "weighted" not in policy.in_order:
        for name in ("day_price", "shipment_price"):
            value = getattr(policy, name)
            if value:
                raise ConfigurationError(name, "0: only weighted reads it", value)


def _given(
    name: str, value: Any, objective: str, needed: tuple[str, ...], may: bool = False
) -> None:
    """Refuse a field that an objective needs and has not, or has and does not read."""
    readers = (*needed, "waterfall") if may else needed
    if value and objective not in readers:
        raise ConfigurationError(name, f"none: {objective} does not read it", value)
    if not value and objective in needed:
        raise ConfigurationError(name, f"at least one, for {objective}", value)
