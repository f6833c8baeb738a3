"""Quotas by day, week and month: when an order can be confirmed, step by step."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Final

import attrs
from attrs import field

from omniroute._show import Rows, Shown
from omniroute.codes import QUANTITY_MAX
from omniroute.errors import ConfigurationError, ValidationError
from omniroute.model.checks import one_of, whole
from omniroute.model.exact import Number, to_scaled
from omniroute.model.item import DECIMALS_MAX
from omniroute.model.quantity import to_quanta

PERIODS: Final = ("day", "week", "month")


def _per(value: str) -> str:
    return one_of(value, "per", PERIODS, ConfigurationError)


def _quantity(value: Number) -> Number:
    expected = f"units from 0 to {QUANTITY_MAX}"
    scaled = to_scaled(value, DECIMALS_MAX, "quantity", expected, ConfigurationError)
    if not 0 <= scaled <= QUANTITY_MAX * 10**DECIMALS_MAX:
        raise ConfigurationError("quantity", expected, value)
    return value


@attrs.frozen
class Quota:
    """How much may be confirmed in each day, week or month.

    Parameters
    ----------
    per
        ``"day"``, ``"week"`` (Monday to Sunday) or ``"month"``.
    quantity
        Units, 0 or more.

    Raises
    ------
    ConfigurationError
        No such period, or no such quantity.

    Examples
    --------
    >>> Quota("week", 20).bucket(date(2009, 1, 14))
    datetime.date(2009, 1, 12)
    """

    per: str = field(converter=_per)
    quantity: Number = field(converter=_quantity)

    def bucket(self, day: date) -> date:
        """First day of the period a day lies in."""
        if self.per == "day":
            return day
        if self.per == "week":
            return day - timedelta(days=day.weekday())
        return day.replace(day=1)


class QuotaBook(Shown):
    """What has been confirmed under some quotas, all of which must have room.

    Parameters
    ----------
    quotas
        Each holds on its own: a day needs room in its day, its week and its month.
    factor
        Units of the quotas that one unit confirmed consumes.
    decimals
        The item's decimals; everything asked of the book is in its quanta.

    Raises
    ------
    ConfigurationError
        Not a quota, one finer than the item, or a factor that is no whole number.

    Examples
    --------
    >>> book = QuotaBook([Quota("week", 20), Quota("day", 10)])
    >>> [(day.day, n) for day, n in book.confirm(30, date(2009, 1, 12), days=30)]
    [(12, 10), (13, 10), (19, 10)]
    """

    __slots__ = ("_factor", "_limits", "_used")

    def __init__(
        self, quotas: Iterable[Quota], factor: int = 1, decimals: int = 0
    ) -> None:
        self._limits = _limits(quotas, decimals)
        self._factor = whole(factor, "factor", 1, 10**6, ConfigurationError)
        self._used: dict[tuple[str, date], int] = {}

    def copy(self) -> QuotaBook:
        """Return a book that goes its own way."""
        book = QuotaBook((), self._factor)
        book._limits, book._used = self._limits, dict(self._used)
        return book

    def __repr__(self) -> str:
        told = ", ".join(f"{quota.quantity} a {quota.per}" for quota, _ in self._limits)
        return f"QuotaBook({told})"

    def _rows(self) -> Rows:
        limits = [[quota.per, str(quota.quantity)] for quota, _ in self._limits]
        return [["per", "units"], *limits]

    def used(self, per: str, day: date) -> int:
        """Quanta of the quotas that the period of a day has consumed."""
        here = [quota for quota, _ in self._limits if quota.per == per]
        return self._used.get((per, here[0].bucket(day)), 0) if here else 0

    def room(self, day: date) -> int:
        """Quanta a day can still confirm."""
        left = [
            limit - self._used.get((quota.per, quota.bucket(day)), 0)
            for quota, limit in self._limits
        ]
        return max(0, min(left) // self._factor) if left else QUANTITY_MAX

    def confirm(self, quantity: int, first: date, days: int) -> list[tuple[date, int]]:
        """Confirm as much as there is room for, as early as there is; and consume it.

        Parameters
        ----------
        quantity
            Quanta wanted.
        first
            First day.
        days
            How many days to look at.
        """
        found = []
        for k in range(days):
            if not quantity:
                break
            day = first + timedelta(days=k)
            part = min(quantity, self.room(day))
            if part > 0:
                self.consume(day, part)
                found.append((day, part))
                quantity -= part
        return found

    def consume(self, day: date, quantity: int) -> None:
        """Note quanta confirmed for a day, whether there was room or not."""
        for per, bucket in {
            (quota.per, quota.bucket(day)) for quota, _ in self._limits
        }:
            here = self._used.get((per, bucket), 0)
            self._used[per, bucket] = here + quantity * self._factor


def _limits(quotas: Iterable[Quota], decimals: int) -> Sequence[tuple[Quota, int]]:
    """Quotas with their quanta."""
    if isinstance(quotas, str | Quota) or not isinstance(quotas, Iterable):
        raise ConfigurationError("quotas", "a sequence of Quota objects", quotas)
    found = []
    for i, quota in enumerate(quotas):
        if not isinstance(quota, Quota):
            raise ConfigurationError(f"quotas[{i}]", "a Quota", quota)
        path = f"quotas[{i}].quantity"
        try:
            quanta = to_quanta(quota.quantity, decimals, path, positive=False)
        except ValidationError as error:
            raise ConfigurationError(path, error.expected, quota.quantity) from None
        found.append((quota, quanta))
    return tuple(found)
