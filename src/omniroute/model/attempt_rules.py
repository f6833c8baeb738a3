"""What a failed pick costs, and how often one may be tried again: data."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

import attrs
from attrs import field

from omniroute.errors import ConfigurationError
from omniroute.model.checks import text, texts, whole
from omniroute.model.exact import Number
from omniroute.model.money import cost

#: Cost terms that are paid for looking, whether or not the goods are there.
HANDLING: Final = ("handling_order", "handling_line", "handling_unit")
_ATTEMPTS_MAX: Final = 1_000


def _give_up(value: Number) -> Decimal:
    return cost(value, "give_up")


def _failed(value: Number) -> Decimal:
    return cost(value, "failed")


def _max_attempts(value: int | None) -> int | None:
    if value is None:
        return None
    return whole(value, "max_attempts", 1, _ATTEMPTS_MAX, ConfigurationError)


def _spent(value: Iterable[str]) -> tuple[str, ...]:
    return texts(value, "spent", ConfigurationError)


def _name(value: str) -> str:
    return text(value, "name", ConfigurationError)


@attrs.frozen
class AttemptRules:
    """What it costs to look for goods in vain, and when to stop.

    Parameters
    ----------
    give_up
        What it costs, in the currency unit, if nobody finds it: the margin lost, the
        apology. No attempt that is dearer than this is made.
    failed
        What each failed attempt costs besides what was spent on it: the day lost.
    max_attempts
        Most nodes that are asked, those that have failed already among them; None for
        any number.
    spent
        Names of the cost terms that are paid even if the goods are not found. The
        others are paid where they are.
    name
        What reports call it.

    Raises
    ------
    ConfigurationError
        An amount below zero, a number of attempts that cannot be.

    Examples
    --------
    >>> AttemptRules(give_up=40, failed=1.5, max_attempts=3).failed
    Decimal('1.50')
    """

    give_up: Decimal = field(converter=_give_up)
    failed: Decimal = field(default=Decimal(0), converter=_failed)
    max_attempts: int | None = field(default=None, converter=_max_attempts)
    spent: tuple[str, ...] = field(default=HANDLING, converter=_spent)
    name: str = field(default="default", converter=_name)
