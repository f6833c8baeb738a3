"""Quotas by day, week and month: when an order can be confirmed, step by step."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Final

import attrs
from attrs import field

from omniroute.codes import QUANTITY_MAX
from omniroute.errors import ConfigurationError
from omniroute.model.checks import one_of, whole

PERIODS: Final = ("day", "week", "month")


def _per(value: str) -> str:
    return one_of(value, "per", PERIODS, ConfigurationError)


def _quantity(value: int) -> int:
    return whole(value, "quantity", 0, QUANTITY_MAX, ConfigurationError)


@attrs.frozen
class Quota:
    """How much may be confirmed in each day, week or month.

    Parameters
    ----------
    per
        ``"day"``, ``"week"`` (Monday to Sunday) or ``"month"``.
    quantity
        Quanta of the allocation.

    Examples
    --------
    >>> Quota("week", 20).bucket(date(2009, 1, 14))
    datetime.date(2009, 1, 12)
    """

    per: str = field(converter=_per)
    quantity: int = field(converter=_quantity)

    def bucket(self, day: date) -> date:
        """First day of the period a day lies in."""
        if self.per == "day":
            return day
        if self.per == "week":
            return day - timedelta(days=day.weekday())
        return day.replace(day=1)


class QuotaBook:
    """What has been confirmed under some quotas, all of which must have room.

    Parameters
    ----------
    quotas
        Each holds on its own: a day needs room in its day, its week and its month.
    factor
        Units of the quotas that one unit confirmed consumes.

    Examples
    --------
    >>> book = QuotaBook([Quota("week", 20), Quota("day", 10)])
    >>> [(day.day, n) for day, n in book.confirm(30, date(2009, 1, 12), days=30)]
    [(12, 10), (13, 10), (19, 10)]
    """

    __slots__ = ("_factor", "_quotas", "_used")

    def __init__(self, quotas: Iterable[Quota], factor: int = 1) -> None:
        self._quotas: Sequence[Quota] = tuple(quotas)
        self._factor = whole(factor, "factor", 1, 10**6, ConfigurationError)
        self._used: dict[tuple[str, date], int] = {}

    def used(self, per: str, day: date) -> int:
        """Units of the quota that the period of a day has consumed."""
        here = [quota for quota in self._quotas if quota.per == per]
        return self._used.get((per, here[0].bucket(day)), 0) if here else 0

    def room(self, day: date) -> int:
        """Quanta a day can still confirm."""
        left = [
            quota.quantity - self._used.get((quota.per, quota.bucket(day)), 0)
            for quota in self._quotas
        ]
        return min(left) // self._factor if left else QUANTITY_MAX

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
                self._consume(day, part)
                found.append((day, part))
                quantity -= part
        return found

    def _consume(self, day: date, quantity: int) -> None:
        for per, bucket in {(quota.per, quota.bucket(day)) for quota in self._quotas}:
            here = self._used.get((per, bucket), 0)
            self._used[per, bucket] = here + quantity * self._factor
