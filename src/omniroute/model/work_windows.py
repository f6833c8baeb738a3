"""Windows of a working day, each with work of its own."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final, NamedTuple, TypeAlias

from omniroute.codes import QUANTITY_MAX
from omniroute.errors import ConfigurationError
from omniroute.model.checks import whole
from omniroute.model.hours import Span, clock_span

#: Windows of one day.
WINDOWS_MAX: Final = 48

_EXPECTED: Final = "windows such as '10:00-12:00' that end after they begin"


class WorkWindow(NamedTuple):
    """A window, in minutes of the wall clock, and how much work begins in it."""

    begins: int
    ends: int
    limit: int


Windows: TypeAlias = tuple[WorkWindow, ...]


def windows_of(value: Mapping[Any, Any], path: str) -> Windows:
    """Read how much work there is by window of one day, the first to begin first.

    Raises
    ------
    ConfigurationError
        No such windows, or some that overlap.

    Examples
    --------
    >>> windows_of({"12:00-24:00": 25, "08:00-12:00": 10}, "limit")[0]
    WorkWindow(begins=480, ends=720, limit=10)
    """
    found = []
    for text, limit in value.items():
        begins, ends = window_of(text, path, ConfigurationError)
        most = whole(limit, f"{path}[{text!r}]", 0, QUANTITY_MAX, ConfigurationError)
        found.append(WorkWindow(begins, ends, most))
    found.sort()
    if any(a.ends > b.begins for a, b in pairwise(found)):
        raise ConfigurationError(path, "windows that do not overlap", dict(value))
    if len(found) > WINDOWS_MAX:
        raise ConfigurationError(path, f"{WINDOWS_MAX} windows at most", len(found))
    return tuple(found)


def window_of(text: Any, path: str, problem: type[Exception]) -> Span:
    """Read one window."""
    span = clock_span(text) if isinstance(text, str) else None
    if span is None or span[1] <= span[0]:
        raise problem(path, _EXPECTED, text)
    return span


def spans(windows: Windows) -> tuple[Span, ...]:
    """Return the windows without their limits."""
    return tuple((each.begins, each.ends) for each in windows)


def window_text(begins: int, ends: int) -> str:
    """Return a window as it is written.

    Examples
    --------
    >>> window_text(480, 1440)
    '08:00-24:00'
    """
    return "-".join(f"{m // 60:02}:{m % 60:02}" for m in (begins, ends))


def told(windows: Windows) -> dict[str, int]:
    """Return limits by window as they are written."""
    return {window_text(each.begins, each.ends): each.limit for each in windows}
