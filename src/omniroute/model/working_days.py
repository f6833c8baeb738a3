"""Days on which a carrier, or anybody else, works."""

from __future__ import annotations

from collections.abc import Container
from datetime import date, timedelta
from typing import Any, Final

import attrs
from attrs import field

from omniroute.codes import WEEKDAYS
from omniroute.errors import ConfigurationError
from omniroute.model.calendar import check_dates
from omniroute.model.checks import one_of, texts

_DAY: Final = timedelta(days=1)
#: So many days without a working one, and none is looked for further.
IDLE_DAYS_MAX: Final = 400


def _weekdays(value: Any) -> tuple[str, ...]:
    names = texts(value, "weekdays", ConfigurationError)
    for i, name in enumerate(names):
        one_of(name, f"weekdays[{i}]", WEEKDAYS, ConfigurationError)
    if not names:
        raise ConfigurationError("weekdays", "a working day or more", value)
    return names


def _closed(value: Any) -> Container[date]:
    return check_dates(value, "closed")


@attrs.frozen
class WorkingDays:
    """Days that count, of a carrier's transit for example.

    Parameters
    ----------
    weekdays
        Names of the days of the week that count: ``"mon"`` to ``"sun"``.
    closed
        Days off among them: dates, or anything that answers ``date in closed``.

    Raises
    ------
    ConfigurationError
        One of these cannot be, or no day counts.

    Examples
    --------
    >>> from datetime import date
    >>> post = WorkingDays(["mon", "tue", "wed", "thu", "fri", "sat"],
    ...                    closed=[date(2026, 11, 26)])
    >>> str(post.after(date(2026, 11, 25), 2)), str(post.before(date(2026, 11, 28), 2))
    ('2026-11-28', '2026-11-25')
    """

    weekdays: tuple[str, ...] = field(default=WEEKDAYS[:5], converter=_weekdays)
    closed: Container[date] = field(default=frozenset(), converter=_closed, hash=False)

    def counts(self, day: date) -> bool:
        """Whether a day is a working day."""
        return WEEKDAYS[day.weekday()] in self.weekdays and day not in self.closed

    def after(self, day: date, days: int) -> date | None:
        """Return the day on which so many working days have gone by.

        They count from ``day``, or from the first working day after it: what a carrier
        gets on a Sunday is there on Monday, as far as it is concerned. None if no working
        day comes in `IDLE_DAYS_MAX`.
        """
        found = self._next(day, 1)
        for _ in range(days):
            if found is None:
                return None
            found = self._next(found + _DAY, 1)
        return found

    def before(self, day: date, days: int) -> date | None:
        """Return the last day after which so many working days end by ``day``.

        The counterpart of `after`: begun a day later, they end too late.
        """
        found = self._next(day, -1)
        for _ in range(days):
            if found is None:
                return None
            found = self._next(found - _DAY, -1)
        return found

    def _next(self, day: date, step: int) -> date | None:
        """First working day from ``day`` on, forwards or backwards."""
        for k in range(IDLE_DAYS_MAX):
            there = day + step * k * _DAY
            if self.counts(there):
                return there
        return None
