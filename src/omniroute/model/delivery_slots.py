"""Windows of the day in which a service delivers, for a customer to choose from."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Final

import attrs
from attrs import field

from omniroute.codes import WEEKDAYS
from omniroute.errors import ConfigurationError, ValidationError
from omniroute.model.calendar import check_dates
from omniroute.model.checks import whole
from omniroute.model.hours import DAY_MIN, Span
from omniroute.model.instant import duration_s

#: Days ahead that can be asked for.
DAYS_MAX: Final = 60

_CLOCK: Final = r"([01]?[0-9]|2[0-3]):([0-5][0-9])"
_WINDOW: Final = re.compile(rf"\s*{_CLOCK}\s*-\s*(?:{_CLOCK}|24:00)\s*")
_EXPECTED: Final = "windows such as '10:00-12:00, 12:00-14:00', or None"


def _windows_of(value: Any, path: str) -> tuple[Span, ...]:
    """Read the windows of one day, the first to begin first; they may overlap."""
    if value is None or value == "":
        return ()
    parts = value.split(",") if isinstance(value, str) else [None]
    windows = sorted({_window(part, path, value) for part in parts})
    return tuple(windows)


def _window(part: str | None, path: str, value: Any) -> Span:
    match = _WINDOW.fullmatch(part) if part is not None else None
    if match is None:
        raise ConfigurationError(path, _EXPECTED, value)
    begins = int(match[1]) * 60 + int(match[2])
    ends = DAY_MIN if match[3] is None else int(match[3]) * 60 + int(match[4])
    if ends <= begins:
        raise ConfigurationError(path, "windows that end after they begin", value)
    return begins, ends


def _windows(value: Any) -> tuple[tuple[Span, ...], ...]:
    if isinstance(value, tuple) and len(value) == len(WEEKDAYS):
        return value
    if isinstance(value, Mapping):
        for name in value:
            if name not in WEEKDAYS:
                expected = "weekdays among " + ", ".join(WEEKDAYS)
                raise ConfigurationError("windows", expected, name)
        week = tuple(
            _windows_of(value.get(name), f"windows[{name!r}]") for name in WEEKDAYS
        )
    else:
        week = (_windows_of(value, "windows"),) * len(WEEKDAYS)
    if not any(week):
        raise ConfigurationError("windows", "at least one a week", value)
    return week


def _closes(value: Any) -> timedelta:
    if value in (0, timedelta(0)) and value is not False:
        return timedelta(0)
    try:
        return timedelta(seconds=duration_s(value, "closes"))
    except ValidationError as error:
        raise ConfigurationError(error.path, error.expected, value) from None


def _days_ahead(value: Any) -> int:
    return whole(value, "days_ahead", 1, DAYS_MAX, ConfigurationError)


def _closed(value: Any) -> Container[date]:
    return check_dates(value, "closed")


@attrs.frozen
class DeliverySlots:
    """Windows of the day in which a service delivers, by the clock of the destination.

    Parameters
    ----------
    windows
        ``"10:00-12:00, 12:00-14:00"`` for every day, or by weekday:
        ``{"mon": "10:00-12:00", "sat": "09:00-13:00"}``. They may overlap.
    closes
        How long before it begins a window takes no more orders: seconds, a
        ``timedelta``, or text such as ``"2h"``.
    days_ahead
        For how many days windows are offered, today among them.
    closed
        Days without any: dates, or what answers ``day in closed``.

    Raises
    ------
    ConfigurationError
        One of these cannot be.

    Examples
    --------
    >>> slots = DeliverySlots({"sat": "10:00-12:00, 12:00-14:00"}, closes="90min")
    >>> slots.windows[5], slots.closes
    (((600, 720), (720, 840)), datetime.timedelta(seconds=5400))
    """

    windows: tuple[tuple[Span, ...], ...] = field(converter=_windows)
    closes: timedelta = field(default=timedelta(0), converter=_closes)
    days_ahead: int = field(default=7, converter=_days_ahead)
    closed: Container[date] = field(default=(), converter=_closed, hash=False)

    @property
    def closes_s(self) -> int:
        """Seconds before it begins at which a window closes."""
        return self.closes // timedelta(seconds=1)

    def coming(self, today: date) -> Iterator[tuple[date, Span]]:
        """Yield day, and minutes of the wall clock, of what is offered from a day on."""
        for ahead in range(self.days_ahead):
            day = today + timedelta(ahead)
            if day not in self.closed:
                for window in self.windows[day.weekday()]:
                    yield day, window
