"""Windows of the day in which a service delivers, for a customer to choose from."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Final

import attrs
from attrs import field

from omniroute.codes import QUANTITY_MAX, WORK
from omniroute.errors import ConfigurationError
from omniroute.model.calendar import check_dates
from omniroute.model.checks import one_of, text, whole
from omniroute.model.hours import Span, clock_span
from omniroute.model.instant import stated_span
from omniroute.model.weekly import by_weekday

#: Days ahead that can be asked for.
DAYS_MAX: Final = 60

_EXPECTED: Final = "windows such as '10:00-12:00, 12:00-14:00', or None"


def _windows_of(value: Any, path: str) -> tuple[Span, ...]:
    """Read the windows of one day, the first to begin first; they may overlap."""
    if value is None or value == "":
        return ()
    parts = value.split(",") if isinstance(value, str) else [None]
    windows = sorted({_window(part, path, value) for part in parts})
    return tuple(windows)


def _window(part: str | None, path: str, value: Any) -> Span:
    window = None if part is None else clock_span(part)
    if window is None:
        raise ConfigurationError(path, _EXPECTED, value)
    begins, ends = window
    if ends <= begins:
        raise ConfigurationError(path, "windows that end after they begin", value)
    return begins, ends


def _windows(value: Any) -> tuple[tuple[Span, ...], ...]:
    week = by_weekday(value, "windows", _windows_of)
    if not any(week):
        raise ConfigurationError("windows", "at least one a week", value)
    return week


def _closes(value: Any) -> timedelta:
    return stated_span(value, "closes")


def _days_ahead(value: Any) -> int:
    return whole(value, "days_ahead", 1, DAYS_MAX, ConfigurationError)


def _closed(value: Any) -> Container[date]:
    return check_dates(value, "closed")


def _limit(value: Any) -> int | dict[str, int] | None:
    if value is None:
        return None
    if not isinstance(value, Mapping):
        return whole(value, "limit", 0, QUANTITY_MAX, ConfigurationError)
    return {
        text(node, "limit", ConfigurationError): whole(
            most, f"limit[{node!r}]", 0, QUANTITY_MAX, ConfigurationError
        )
        for node, most in value.items()
    }


def _of(value: str) -> str:
    return one_of(value, "of", WORK, ConfigurationError)


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
    limit
        How much a node delivers in each window: a number for every node, or by node,
        ``{"S1": 12}``, where those that are not named have no limit; None: no limit.
    of
        What is counted: "orders" (shipments), "lines" or "units".

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
    limit: int | Mapping[str, int] | None = field(
        default=None, converter=_limit, hash=False
    )
    of: str = field(default="orders", converter=_of)

    def __attrs_post_init__(self) -> None:
        for day in self.windows if self.limit is not None else ():
            if len({begins for begins, _ in day}) < len(day):
                expected = "windows that begin at different times, as they have limits"
                raise ConfigurationError("windows", expected, day)

    def limit_of(self, node: str) -> int | None:
        """Return how much a node delivers in a window; None: no limit."""
        if isinstance(self.limit, Mapping):
            return self.limit.get(node)
        return self.limit

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
