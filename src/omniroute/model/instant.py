"""Time: aware datetimes (or numpy's, in UTC) at the edge, whole seconds UTC inside."""

from __future__ import annotations

import numbers
import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeAlias

import numpy as np

from omniroute.errors import ConfigurationError, ValidationError

#: What callers may say an instant by.
Moment: TypeAlias = datetime | np.datetime64 | int

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND: Final = timedelta(seconds=1)
#: The years a datetime can express: 1 to 9999.
_FIRST: Final = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // _SECOND
_LAST: Final = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _SECOND
#: The first and the last second that have a date.
SECONDS: Final = (_FIRST, _LAST)
#: Units of numpy that say a day at best.
DAYS: Final = frozenset(("Y", "M", "W", "D", "generic"))
#: What clocks answer: time.time(), and that of a simulation.
_CLOCKS: Final = (float, int)
_UNITS: Final = {"s": 1, "min": 60, "h": 3600, "d": 86_400}
_DURATION: Final = re.compile(r"([0-9]{1,9})(s|min|h|d)")


def to_seconds(value: Any, path: str) -> int:
    """Return an instant as whole seconds since 1970 in UTC; a fraction is cut off.

    Parameters
    ----------
    value
        A timezone-aware ``datetime``, a numpy ``datetime64`` of hours or finer, which
        has no zone and is UTC, or seconds as an integer.
    path
        Where it stood, for the message.

    Raises
    ------
    ValidationError
        A naive datetime, which says no instant; or none of the three.

    Examples
    --------
    >>> to_seconds(datetime(2026, 1, 1, tzinfo=UTC), "now")
    1767225600
    >>> to_seconds(np.datetime64("2026-01-01T00:00"), "now")
    1767225600
    >>> to_seconds(datetime(2026, 1, 1), "now")
    Traceback (most recent call last):
        ...
    omniroute.errors.ValidationError: now: expected a datetime with a time zone, \
found datetime.datetime(2026, 1, 1, 0, 0)
    """
    if isinstance(value, datetime):
        return _from_datetime(value, path)
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        if isinstance(value, np.datetime64):
            return _from_datetime64(value, path)
        expected = "a datetime with a time zone, or whole seconds UTC"
        raise ValidationError(path, expected, value)
    return _within(int(value), path, value)


def _from_datetime(value: datetime, path: str) -> int:
    if value.utcoffset() is None:
        raise ValidationError(path, "a datetime with a time zone", value)
    # In UTC it may be in the year 0 or 10000.
    return _within(int((value - _EPOCH) // _SECOND), path, value)


def _from_datetime64(value: np.datetime64, path: str) -> int:
    if np.isnat(value) or np.datetime_data(value.dtype)[0] in DAYS:
        raise ValidationError(path, "an instant, to the hour or finer", value)
    return _within(int(value.astype("datetime64[s]").astype(np.int64)), path, value)


def _within(seconds: int, path: str, value: Any) -> int:
    if not _FIRST <= seconds <= _LAST:
        expected = "seconds UTC within the years 1 to 9999"
        scaled = isinstance(value, numbers.Integral) and seconds <= 1000 * _LAST
        hint = "these may be milliseconds" if scaled else ""
        raise ValidationError(path, expected, value, hint)
    return seconds


def clock_seconds(value: Any) -> int:
    """Return what a clock has answered as whole seconds UTC.

    Raises
    ------
    ConfigurationError
        Not seconds: None, NaN, or milliseconds, which would be beyond the year 9999.

    Examples
    --------
    >>> clock_seconds(1_767_225_600.7)
    1767225600
    >>> clock_seconds(1_767_225_600_700)
    Traceback (most recent call last):
        ...
    omniroute.errors.ConfigurationError: clock: expected a function that returns \
seconds UTC within the years 1 to 9999, found 1767225600700
    """
    if type(value) in _CLOCKS and _FIRST <= value <= _LAST:
        # At every call of an engine: quickly.
        return int(value)
    real = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if not real or not _FIRST <= value <= _LAST:
        expected = "a function that returns seconds UTC within the years 1 to 9999"
        raise ConfigurationError("clock", expected, value)
    return int(value)


def to_datetime(seconds: int) -> datetime:
    """Return an inside instant as an aware datetime in UTC.

    Examples
    --------
    >>> to_datetime(1_767_225_600)
    datetime.datetime(2026, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)
    """
    # Not fromtimestamp(): its range depends on the platform.
    return _EPOCH + timedelta(seconds=int(seconds))


def duration_s(value: Any, path: str, start: int = 0) -> int:
    """Return a length of time in whole seconds, above 0.

    Parameters
    ----------
    value
        Seconds as an integer, a ``timedelta``, or text such as ``"30s"``, ``"15min"``,
        ``"2h"``, ``"1d"``.
    path
        Where it stood, for the message.
    start
        The instant it counts from, in seconds UTC: its end must have a date.

    Raises
    ------
    ValidationError
        Anything else, a part of a second, zero or below, an end after the year 9999.

    Examples
    --------
    >>> duration_s("15min", "ttl"), duration_s(timedelta(hours=2), "ttl")
    (900, 7200)
    """
    seconds = _duration(value)
    if seconds is None or not 0 < seconds <= _LAST:
        expected = "whole seconds above 0, a timedelta, or text such as '15min'"
        raise ValidationError(path, expected, value)
    if seconds > _LAST - max(0, start):
        raise ValidationError(path, "a time that ends by the year 9999", value)
    return seconds


def stated_s(value: Any, path: str) -> int:
    """Return a length of time that settings state, as `duration_s` reads it.

    Raises
    ------
    ConfigurationError
        Where that raises a `ValidationError`.
    """
    try:
        return duration_s(value, path)
    except ValidationError as error:
        raise ConfigurationError(error.path, error.expected, value) from None


def stated_span(value: Any, path: str) -> timedelta:
    """Return a length of time that settings state; 0 (``"0min"``) for none.

    Raises
    ------
    ConfigurationError
        It is neither 0 nor what `duration_s` reads.
    """
    if (value in (0, timedelta(0)) and value is not False) or _duration(value) == 0:
        return timedelta(0)
    try:
        return timedelta(seconds=duration_s(value, path))
    except ValidationError:
        expected = "whole seconds from 0 on, a timedelta, or text such as '15min'"
        raise ConfigurationError(path, expected, value) from None


def _duration(value: Any) -> int | None:
    """Seconds, or None where the value says no whole number of them."""
    if isinstance(value, timedelta):
        seconds, rest = divmod(value, _SECOND)
        return None if rest else seconds
    if isinstance(value, str):
        match = _DURATION.fullmatch(value)
        return int(match[1]) * _UNITS[match[2]] if match else None
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        return None
    return int(value)
