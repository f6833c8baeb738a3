"""Days, and windows of days, as one number: what work is counted by.

A day is its ordinal, as ever; a window has a bit that no ordinal has. Numbers of days,
and those of windows, follow each other as time goes on.
"""

from __future__ import annotations

from typing import Final

_WINDOW: Final = 1 << 40
#: Minutes of a day fit below.
_SHIFT: Final = 11
_MINUTES: Final = (1 << _SHIFT) - 1


def period_of(day: int, begins: int) -> int:
    """Return the window of a day that begins so many minutes after midnight.

    Examples
    --------
    >>> window = period_of(739_000, 600)
    >>> day_of(window), begins_of(window), day_of(739_000), begins_of(739_000)
    (739000, 600, 739000, None)
    """
    return _WINDOW | day << _SHIFT | begins


def day_of(period: int) -> int:
    """Return the ordinal of the day of a period."""
    return (period ^ _WINDOW) >> _SHIFT if period >= _WINDOW else period


def begins_of(period: int) -> int | None:
    """Return the minute at which a window begins; None: it is a day."""
    return period & _MINUTES if period >= _WINDOW else None


def every_day(begins: int | None) -> int:
    """Return what stands for a window of every day; without one: for every day."""
    return 0 if begins is None else period_of(0, begins)
