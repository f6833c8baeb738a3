"""What is stated for a week: alike on all days, or by the name of the weekday."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from omniroute.codes import WEEKDAYS
from omniroute.errors import ConfigurationError

T = TypeVar("T")


def by_weekday(value: Any, path: str, read: Callable[[Any, str], T]) -> tuple[T, ...]:
    """Return what ``read`` makes of each day, Monday first.

    Parameters
    ----------
    value
        The same for every day, or a mapping by weekday, in which days may be missing; or
        what was read before, a tuple of seven.
    path
        Where it stood, for messages.
    read
        Called with what is said of a day, None for nothing, and its path.

    Raises
    ------
    ConfigurationError
        A name that is no weekday.

    Examples
    --------
    >>> by_weekday({"sat": 3}, "cups", lambda said, path: said or 0)
    (0, 0, 0, 0, 0, 3, 0)
    """
    if isinstance(value, tuple) and len(value) == len(WEEKDAYS):
        return value
    if not isinstance(value, Mapping):
        return (read(value, path),) * len(WEEKDAYS)
    for name in value:
        if name not in WEEKDAYS:
            expected = "weekdays among " + ", ".join(WEEKDAYS)
            raise ConfigurationError(path, expected, name)
    return tuple(read(value.get(name), f"{path}[{name!r}]") for name in WEEKDAYS)
